"""The source of a problem set is checked, becomes the same bytes every time, and leaks nothing."""

import base64
import io
import zipfile
from pathlib import Path

import nbformat
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from grading.authoring.leaks import find_leaks, read_bank, secrets
from grading.authoring.marks import split_secret
from grading.authoring.source import read_source, write_notebook
from grading.cells import is_test, settings
from grading.errors import CourseError

ROOT = Path(__file__).parents[1]
PROBLEM_SETS = sorted(path.stem for path in ROOT.glob("solutions/*/*.md") if path.stem == path.parent.name)

HINTS = 't.hints("Look at the signs.", "Twice is once and once more.", "2x is x and x, added up.", section="6.1")\n'
TINY = '''---
kernelspec:
  name: python3
  display_name: Python 3
---

# A tiny problem set

```{code-cell} ipython3
---
nbgrader: {schema_version: 3, grade: false, solution: true, locked: false, grade_id: double}
---
def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    twice_the_given_number = x + x
    return twice_the_given_number
    ### END SOLUTION
```

```{code-cell} ipython3
---
nbgrader: {schema_version: 3, grade: true, solution: false, locked: true, grade_id: test-double, points: 2}
---
from nnlib import check

t = check.item("tiny.double", points=2)
HINTS
t.call(double, 2).gives(4, points=1)
### BEGIN HIDDEN TESTS
t.hidden()
t.call(double, -21).gives(-42, points=1)
### END HIDDEN TESTS
t.score()
```
'''.replace("HINTS\n", HINTS)
BANK = '''## double
### right: by a product
```python
def double(x):
    """Twice x."""
    two_times_whatever_came = 2 * x
    return two_times_whatever_came
```
'''


def read(tmp_path, text):
    path = tmp_path / "tiny.md"
    path.write_text(text, encoding="utf-8")
    return read_source(path)


def test_there_are_problem_sets():
    assert PROBLEM_SETS


@pytest.mark.parametrize("name", PROBLEM_SETS)
def test_a_source_gives_the_same_bytes_every_time(name, tmp_path):
    source = ROOT / "solutions" / name / f"{name}.md"
    for number in (1, 2):
        write_notebook(read_source(source), tmp_path / f"{number}.ipynb")
    assert (tmp_path / "1.ipynb").read_bytes() == (tmp_path / "2.ipynb").read_bytes()
    notebook = nbformat.read(tmp_path / "1.ipynb", as_version=4)
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(ids) == len(set(ids))
    assert {settings(cell)["grade_id"] for cell in notebook.cells if settings(cell)} <= set(ids)


def test_equal_cells_get_ids_of_their_own(tmp_path):
    notebook = read(tmp_path, TINY + "\n+++\n\nsame\n\n+++\n\nsame\n")
    ids = [cell.id for cell in notebook.cells]
    assert len(ids) == len(set(ids)) and ids[-1] == ids[-2] + "-2"


def test_the_tiny_source_is_right(tmp_path):
    notebook = read(tmp_path, TINY)
    assert [settings(cell).get("grade_id") for cell in notebook.cells] == [None, "double", "test-double"]
    assert notebook.metadata.kernelspec.name == "python3"


FAULTS = {
    "a name used twice": (
        "grade_id: test-double",
        "grade_id: double",
        "cell 2 (double): the grade_id `double` stands on 2 cells",
    ),
    "a test without points": (
        ", points: 2}",
        "}",
        "cell 3 (test-double): a graded cell needs points above 0, but has None",
    ),
    "points that differ": ("points=2)", "points=3)", "`check.item(…, points=3)` and the metadata's `points: 2` differ"),
    "an old schema": (
        "schema_version: 3, grade: true",
        "schema_version: 1, grade: true",
        "schema_version is 1. Write `schema_version: 3`",
    ),
    "an open test": ("locked: true", "locked: false", "a test cell must be locked"),
    "a test that ends in something else": (
        "\nt.score()",
        "\nprint(t.score())",
        "its last line is `print(t.score())`. End it with `t.score()`",
    ),
    "a score that students do not get": (
        "### END HIDDEN TESTS\nt.score()", "t.score()\n### END HIDDEN TESTS",
        "the last line that students get is `t.call(double, 2).gives(4, points=1)`. End it with `t.score()`",
    ),
    "half a statement hidden": (
        "### BEGIN HIDDEN TESTS", "if True:\n    ### BEGIN HIDDEN TESTS\n    t.hidden()",
        "what students get of it is not Python: without the hidden tests, expected an indented block",
    ),
    "a locked answer": ("locked: false", "locked: true", "an answer is locked, so students could not write it"),
    "an answer without a test": (
        "grade_id: test-double",
        "grade_id: test-other",
        "Add a test cell with the grade_id `test-double`",
    ),
    "a solution that does not end": (
        "    ### END SOLUTION\n",
        "",
        "`### BEGIN SOLUTION` and `### END SOLUTION` do not come in pairs",
    ),
    "a solution that only ends": (
        "    ### BEGIN SOLUTION\n",
        "",
        "do not come in pairs. Each BEGIN needs an END, each END a BEGIN",
    ),
    "a solution around a function": (
        "def double(x):\n    \"\"\"Twice x.\"\"\"\n    ### BEGIN SOLUTION\n",
        "### BEGIN SOLUTION\ndef double(x):\n",
        "begins in line 1 is not inside one function (line 2: `def double(x):`)",
    ),
    "a solution around methods": (
        "def double(x):\n    \"\"\"Twice x.\"\"\"\n    ### BEGIN SOLUTION\n    twice_the_given_number = x + x",
        "class Twice:\n    ### BEGIN SOLUTION\n    @staticmethod\n    def double(x):\n        return x + x\n    t = 2",
        "is not inside one function (line 3: `@staticmethod`)",
    ),
    "a solution over two functions": (
        "    return twice_the",
        "    return 1\n\n\ndef other(x):\n    return twice_the",
        "begins in line 3 is not inside one function (line 8: `def other(x):`)",
    ),
    "a solution at the top level": (
        "    ### END SOLUTION",
        "    ### END SOLUTION\n\n### BEGIN SOLUTION\nanswer = 42\n### END SOLUTION",
        "(line 9: `answer = 42`)",
    ),
    "a mark in the singular": (
        "### BEGIN HIDDEN TESTS", "### BEGIN HIDDEN TEST",
        "the line `### BEGIN HIDDEN TEST` looks like a mark and is none: students could get what stands behind it. "
        "Write exactly `### BEGIN HIDDEN TESTS`",
    ),
    "a mark with two blanks": ("### BEGIN HIDDEN TESTS", "### BEGIN  HIDDEN TESTS", "is none"),
    "a mark with two signs": ("### BEGIN SOLUTION", "## BEGIN SOLUTION", "Write exactly `### BEGIN SOLUTION`"),
    "a mark in small letters": ("### END SOLUTION", "# end solution", "the line `# end solution` looks like a mark"),
    "a mark with a remark": ("### BEGIN SOLUTION", "### BEGIN SOLUTION (short)", "nothing else in that line"),
    "hidden tests without marks": (
        "### BEGIN HIDDEN TESTS\nt.hidden()\nt.call(double, -21).gives(-42, points=1)\n### END HIDDEN TESTS",
        "t.hidden()\nt.call(double, -21).gives(-42, points=1)",
        "`t.hidden()` stands where students see it",
    ),
    "hidden tests that are not said to be": ("t.hidden()\n", "", "the hidden tests do not begin with `t.hidden()`"),
    "another item's name": (
        'check.item("tiny.double"', 'check.item("tiny.duoble"',
        'opens `check.item("tiny.duoble")`, but by its file and its grade_id the item is called `tiny.double`',
    ),
    "no hints": (HINTS, "", "it has no hints. Write three in `t.hints(…, section=…)`"),
    "one hint": ('"Look at the signs.", "Twice is once and once more.", ', "", "it has 1 hint. Write three"),
    "points as a text": (
        "points: 2}", "points: '2'}", "`check.item(…, points=2)` and the metadata's `points: '2'` differ"
    ),
    "a solution in prose": (
        "# A tiny problem set",
        "# A tiny one\n\n### BEGIN SOLUTION\nit is x + x\n### END SOLUTION",
        "stands outside of an answer cell",
    ),
    "an answer without a gap": ("### BEGIN SOLUTION", "###", "the answer has no `### BEGIN SOLUTION`"),
    "a test outside of its cell": (
        "twice_the_given_number = x + x",
        "### BEGIN HIDDEN TESTS",
        "stands outside of a test cell",
    ),
    "another kernel": ("name: python3", "name: ir", "the kernel is 'ir', but exercises run on 'python3'"),
    "not Python": ("return twice_the", "return (twice_the", "line 5 is not Python"),
    "a bad name": ("grade_id: double", "grade_id: 'double it'", "grade_id is 'double it'"),
    "a flag that is missing": ("grade: false, ", "", "grade must be given as true or false"),
    "metadata that do not parse": (
        "nbgrader: {schema_version: 3, grade: false",
        "nbgrader: {{schema_version",
        "cannot be read as a MyST notebook",
    ),
}


@pytest.mark.parametrize("before, after, says", FAULTS.values(), ids=FAULTS)
def test_a_faulty_source_is_refused_with_a_sentence(tmp_path, before, after, says):
    assert before in TINY
    with pytest.raises(CourseError) as caught:
        read(tmp_path, TINY.replace(before, after))
    assert any(says in problem and "tiny.md" in problem for problem in caught.value.problems), caught.value.problems


def test_what_has_no_name_is_not_told_to_have_a_test_of_that_name(tmp_path):
    with pytest.raises(CourseError) as caught:
        read(tmp_path, TINY.replace(", grade_id: double", ""))
    assert len(caught.value.problems) == 1 and "grade_id is None" in caught.value.problems[0]


def test_one_slip_of_a_mark_is_told_once(tmp_path):
    with pytest.raises(CourseError) as caught:
        read(tmp_path, TINY.replace("HIDDEN TESTS", "HIDDEN TEST"))
    assert len(caught.value.problems) == 2  # a line each


def test_a_solution_may_begin_with_remarks_and_empty_lines(tmp_path):
    begin = "    ### BEGIN SOLUTION\n"
    text = TINY.replace('    """Twice x."""\n', "").replace(begin, f"{begin}# Twice.\n   \n    # x and x\n")
    assert "# x and x" in read(tmp_path, text).cells[1].source


def test_a_solution_that_also_stands_in_public_code_is_no_secret(tmp_path):
    text = TINY.replace("twice_the_given_number = x + x\n    return twice_the_given_number", "return x + x")
    shown = text.replace("from nnlib import check\n", "from nnlib import check\n\n\ndef ours(x):\n    return x + x\n")
    told = [["returnx+x" in secret.text for secret in secrets(read(tmp_path, source))] for source in (text, shown)]
    assert any(told[0]) and not any(told[1])


def test_a_source_without_tests_or_without_a_file_is_refused(tmp_path):
    with pytest.raises(CourseError, match="holds no test cell"):
        read(tmp_path, "---\nkernelspec:\n  name: python3\n  display_name: p\n---\n\nOnly prose.\n")
    with pytest.raises(CourseError, match="nowhere.md is missing"):
        read_source(tmp_path / "nowhere.md")


@pytest.mark.parametrize("name", PROBLEM_SETS)
def test_no_released_file_holds_a_secret(name):
    source = ROOT / "solutions" / name
    hidden = secrets(read_source(source / f"{name}.md"), read_bank(source))
    kinds = " ".join(secret.what for secret in hidden)
    assert "the solution" in kinds and "a hidden test" in kinds and "in the bank" in kinds
    assert (ROOT / "exercises" / name / f"{name}.ipynb").is_file()
    assert find_leaks(ROOT / "exercises" / name, name, hidden) == []


@pytest.fixture
def released(tmp_path):
    """(folder of a clean release of the tiny problem set, its secrets)."""
    source = read(tmp_path, TINY)
    folder = tmp_path / "released"
    folder.mkdir()
    student = read(tmp_path, TINY)
    for cell in student.cells:
        for kind in ("SOLUTION", "HIDDEN TESTS"):
            cell.source = split_secret(cell.source, kind)[0]
    write_notebook(student, folder / "tiny.ipynb")
    hidden = secrets(source, BANK)
    assert find_leaks(folder, "tiny", hidden) == []
    return folder, hidden


def comment_in_a_picture(text):
    note, buffer = PngInfo(), io.BytesIO()
    note.add_text("Comment", text, zip=True)
    Image.new("RGB", (2, 2)).save(buffer, "png", pnginfo=note)
    return buffer.getvalue()


def archive(text):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("notes.txt", text)
    return buffer.getvalue()


SOLUTION, HIDDEN, BANKED = (
    "twice_the_given_number=x+x",
    "t.call(double, -21).gives(-42, points=1)",
    "two_times_whatever_came = 2 * x",
)
b64 = lambda data: base64.b64encode(data).decode()  # noqa: E731
PLANTS = {
    "in prose": (
        lambda nb: nb.cells[0].update(source=f"Hint: `{SOLUTION}`"),
        "cell 1, source holds the solution of cell double",
    ),
    "in prose, from the bank": (lambda nb: nb.cells[0].update(source=BANKED), "an answer in the bank for double"),
    "a hidden test in its own cell": (
        lambda nb: nb.cells[2].update(source=HIDDEN + "\nt.score()"),
        "a hidden test of cell test-double",
    ),
    "in a cell's metadata": (
        lambda nb: nb.cells[0].metadata.update(note=[HIDDEN]),
        "cell 1, metadata holds a hidden test",
    ),
    "in the notebook's metadata": (
        lambda nb: nb.metadata.update(note={SOLUTION: 1}),
        "metadata of the notebook holds the solution",
    ),
    "in an output": (
        lambda nb: nb.cells[1].outputs.append(nbformat.v4.new_output("stream", text=SOLUTION)),
        "cell 2 (double), outputs",
    ),
    "in an output's picture": (
        lambda nb: nb.cells[1].outputs.append(
            nbformat.v4.new_output("display_data", {"image/png": b64(comment_in_a_picture(SOLUTION))})
        ),
        "outputs (base64, a compressed part) holds",
    ),
    "in an attachment": (
        lambda nb: nb.cells[0].update(attachments={"a.txt": {"text/plain": b64(SOLUTION.encode())}}),
        "base64",
    ),
    "a marker": (lambda nb: nb.cells[0].update(source="### BEGIN SOLUTION"), "a marker of solution"),
}


@pytest.mark.parametrize("plant, says", PLANTS.values(), ids=PLANTS)
def test_the_guard_finds_what_is_planted_in_a_notebook(released, plant, says):
    folder, hidden = released
    notebook = nbformat.read(folder / "tiny.ipynb", as_version=4)
    plant(notebook)
    write_notebook(notebook, folder / "tiny.ipynb")
    leaks = find_leaks(folder, "tiny", hidden)
    assert any(says in leak for leak in leaks), leaks


FILES = {
    "the bank": ("bank.md", BANK.encode(), "bank.md may not be released"),
    "a helper": ("helper.py", b"", "helper.py may not be released"),
    "an asset": ("assets/notes.txt", f"so {SOLUTION}.".encode(), "assets/notes.txt (text) holds the solution"),
    "a picture": ("assets/a.png", comment_in_a_picture(HIDDEN), "a hidden test of cell test-double"),
    "an archive": ("assets/a.zip", archive(BANK), "archive member notes.txt"),
}


@pytest.mark.parametrize("name, data, says", FILES.values(), ids=FILES)
def test_the_guard_finds_what_lies_beside_the_notebook(released, name, data, says):
    folder, hidden = released
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(data)
    leaks = find_leaks(folder, "tiny", hidden)
    assert any(says in leak for leak in leaks), leaks


def test_the_guard_lets_harmless_assets_pass_but_no_links(released):
    folder, hidden = released
    (folder / "assets").mkdir()
    (folder / "assets/a.png").write_bytes(comment_in_a_picture("a graph"))
    assert find_leaks(folder, "tiny", hidden) == []
    (folder / "assets/link.md").symlink_to(ROOT / "README.md")
    assert "is a link" in find_leaks(folder, "tiny", hidden)[0]


def test_every_test_cell_of_a_problem_set_has_hidden_tests_and_there_are_enough_of_them():
    for name in PROBLEM_SETS:
        tests = [cell for cell in read_source(ROOT / "solutions" / name / f"{name}.md").cells if is_test(cell)]
        assert len(tests) >= 6
        assert all(split_secret(cell.source, "HIDDEN TESTS")[1] for cell in tests)
