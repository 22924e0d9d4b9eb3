"""The examiner against every bank: the same test cell, the same verdict as in the student's own notebook."""

import base64
import copy
import importlib.util
import re
import sys
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from small_course import cell

from grading.authoring.bank import fill, read_answers, score, solved, untouched
from grading.authoring.source import read_source
from grading.cells import is_answer, settings
from grading.engine.candidate import _warm_up_torch
from grading.engine.examine import _mine, _stop, examine
from grading.errors import CourseError

if sys.platform != "linux":
    pytest.skip("submissions are examined in a sandbox, and that needs Linux", allow_module_level=True)

ROOT = Path(__file__).parents[1]
SETS = sorted(path.name for path in (ROOT / "solutions").glob("ps[0-9][0-9]"))


class Bank:
    def __init__(self, name):
        self.source = read_source(ROOT / "solutions" / name / f"{name}.md")
        self.items = [settings(cell)["grade_id"] for cell in self.source.cells if is_answer(cell)]
        self.empty, self.answers = untouched(self.source), {item: [] for item in self.items}
        for answer in read_answers(ROOT / "solutions" / name / "bank.md"):
            self.answers.setdefault(answer.item, []).append(answer.code)

    def examined(self, filled, **limits):
        return examine(SimpleNamespace(
            master=nbformat.writes(self.source).encode(), submitted=nbformat.writes(filled).encode(), limits=limits))


BANKS = {}
for name in SETS:
    with suppress(CourseError):  # test_problem_sets.py says what is wrong with it
        BANKS[name] = Bank(name)
# The k-th answer of every item in one submission: so every answer is examined once.
ROUNDS = [(name, k) for name in BANKS for k in range(max(len(a) for a in BANKS[name].answers.values()))]


@pytest.fixture(scope="module", autouse=True)
def warm():
    """What PyTorch loads when first asked takes seconds: here it would count as the answer's time.

    Endless answers end sooner, here and in the examiner; right ones still end in time on a slow and busy machine.
    """
    if importlib.util.find_spec("torch"):
        importlib.import_module("torch")
        _warm_up_torch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nnlib.check.items.PATIENCE", 1 / 2)
        patch.setenv("NNLIB_PATIENCE", "0.5")
        let_go()
        yield
    let_go()


def let_go():
    """The next examiner is a new one, with the patience of its time."""
    if hasattr(_mine, "examiner"):
        _stop(_mine.examiner)


@pytest.mark.parametrize(("name", "k"), ROUNDS)
def test_the_verdict_is_that_of_the_notebook(name, k):
    bank = BANKS[name]
    filled = {item: codes[k] for item, codes in bank.answers.items() if k < len(codes)}
    notebook = fill(bank.empty, filled)
    result = bank.examined(notebook)
    for item in filled:
        there, here = result.verdicts[f"test-{item}"], score(notebook, item)
        told = f"{there.reason}\n{there.text}\n\n{here.report}"
        assert (there.earned, there.mistakes) == (here.points, here.mistakes), told
        assert not there.fault and not there.by_hand


@pytest.mark.parametrize("name", BANKS)
def test_the_solution_earns_all_and_the_untouched_nothing(name):
    bank = BANKS[name]
    right = bank.examined(fill(bank.empty, {item: solved(bank.source, item) for item in bank.items}))
    assert [v.earned for v in right.verdicts.values()] == [v.points for v in right.verdicts.values()]
    assert bank.examined(bank.empty).earned == 0


def test_a_cell_that_failed_is_named_where_its_name_is_missing():
    """A graded page is no open notebook: nobody can run a cell there."""
    bank = BANKS["ps06"]
    for code, ended, mistakes in (
            ("def forward(x1, x2, x3, x4)\n    return x1", "SyntaxError", []),
            ("x = float(input())\ndef forward(x1, x2, x3, x4): return x", "EOFError", ["asks-for-input"]),
            ("class Saw_m1p5(Exception): pass\nraise Saw_m1p5", "an error", [])):
        verdict = bank.examined(fill(bank.empty, {"by-hand": code})).verdicts["test-by-hand"]
        assert f"There is no forward: the cell that should define it ended with {ended}" in verdict.text
        assert (verdict.earned, verdict.mistakes) == (0, mistakes)


@pytest.mark.parametrize("place", ["top", "inside"])
def test_the_default_type_of_tensors_is_the_students_as_in_a_notebook(place):
    """Tests make their tensors in another process than the student's: of one type all the same."""
    bank, switch = BANKS["ps08"], "torch.set_default_dtype(torch.float64)\n"
    right = {item: solved(bank.source, item) for item in bank.items}
    right["bridge"] = (switch + right["bridge"] if place == "top" else
                       re.sub(r"^(def to_torch.*\n)", r"\1    " + switch, right["bridge"], flags=re.M))
    assert switch in right["bridge"]
    verdicts = bank.examined(fill(bank.empty, right)).verdicts.values()
    assert [(v.item, v.earned) for v in verdicts] == [(v.item, v.points) for v in verdicts]
    assert bank.examined(fill(bank.empty, right | {"bridge": solved(bank.source, "bridge")})).earned == sum(
        v.points for v in verdicts)


SPY = '''
kept = []


def forward(x1, x2, x3, x4):
    kept.append((x1, x2, x3, x4))
    name = f"Saw{kept[-1]}"
    for old, new in ("(", "_"), (")", "_"), (", ", "_"), (".", "p"), ("-", "m"):
        name = name.replace(old, new)
    return type(name, (), {})()


def gradient(*x):
    kept.append(x)
    raise type("Saw" + "_".join(str(abs(v)).replace(".", "p") for v in x), (Exception,), {})(str(x))
'''


def test_no_hidden_input_comes_back():
    """A student's code keeps what it was called with, prints it later, and names classes and functions after it."""
    bank = BANKS["ps06"]
    notebook = fill(bank.empty, {"by-hand": SPY})
    notebook.cells.append(nbformat.v4.new_code_cell("print('kept', kept)"))
    result = bank.examined(notebook)
    verdict = result.verdicts["test-by-hand"]
    assert "(a hidden test)" in verdict.text and verdict.earned == 0
    shown = nbformat.reads(result.notebook, as_version=4).cells[-1].outputs
    assert shown[0].text == "kept []\n"
    own = [verdict.text, verdict.page]
    own += [str(cell.get("outputs")) for cell in nbformat.reads(result.notebook, as_version=4).cells]
    assert not [text for text in own if "Saw_m1" in text or "1p5" in text or "-1.5, 2.0, -3.0" in text]


def test_a_suspicious_submission_waits_until_a_person_has_looked():
    bank = BANKS["ps08"]
    right = {item: solved(bank.source, item) for item in bank.items}
    notebook = fill(bank.empty, right)
    notebook.cells.insert(3, nbformat.v4.new_code_cell("import sys\nsys._getframe(0)"))
    waiting = bank.examined(notebook).verdicts.values()
    assert {(v.earned, v.by_hand) for v in waiting} == {(0.0, True)}
    assert all("Cell 4 of the submission uses `import sys`" in v.reason for v in waiting)
    assert bank.examined(notebook, looked_at=True).earned == sum(v.points for v in waiting)


def test_a_name_is_the_students_where_an_answer_binds_it_and_the_instructors_where_a_locked_cell_does():
    """Whatever a test or the student has called by it before or since."""
    def test(name, points, *lines):
        item = ["from nnlib import check", f"t = check.item('x.{name}', points={points})", *lines, "t.score()"]
        return cell(new_code_cell, f"test-{name}", "\n".join(item), grade=True, locked=True, points=points)

    master = new_notebook(cells=[
        cell(new_code_cell, "one", "def one():\n    return 1.0\ndef abs(x):\n    return 5.0", solution=True),
        test("one", 3, "two = lambda: 2.0\nright = 2.0", "t.call(one).gives(1.0, points=1)",
             "t.call(helper).gives(1.0, points=1)", "t.call(abs, -1.0).gives(5.0, points=1)"),
        cell(new_code_cell, "helper", "from math import *\ndef helper():\n    return 2.0", locked=True),
        cell(new_code_cell, "two", "def two():\n    return 2.0", solution=True),
        test("gone", 1, "t.call(one).gives(1.0, points=1)"),
        test("two", 3, "t.call(two).gives(right, points=2)", "t.call(helper).gives(float(floor(2.9)), points=1)"),
    ])
    submitted = copy.deepcopy(master)
    submitted.cells[0].source += "\ndef helper():\n    return 1.0"
    submitted.cells[3].source = "two = helper = floor = lambda *x: 0.0\ndel one"
    verdicts = examine(SimpleNamespace(master=nbformat.writes(master).encode(), limits={},
                                       submitted=nbformat.writes(submitted).encode())).verdicts
    assert {name: v.earned for name, v in verdicts.items()} == {"test-one": 3.0, "test-gone": 0.0, "test-two": 1.0}


def test_nothing_of_a_student_runs_in_the_page_of_the_instructor():
    """nbconvert, with which formgrader shows a graded notebook, believes what stands in it."""
    png, svg = base64.b64encode(b"\x89PNG").decode(), "<svg onload=alert(1)>"
    notebook = read_source(ROOT / "solutions/ps06/ps06.md")
    released = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    wicked = ("<script>alert('TEXT')</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) "
              "but $a < b$, *good* and ![](attachment:a.png)")
    attached = {"a.png": {"image/png": png, "image/svg+xml": svg, "text/html": wicked}}
    text = new_markdown_cell(wicked, attachments=attached)
    shows = new_code_cell("from IPython.display import HTML, Javascript, Markdown, display\n"
                          f"display(HTML({wicked!r}), Markdown({wicked!r}), Javascript('alert(2)'))\n"
                          f"display({{'image/png': {png!r}, 'image/svg+xml': {svg!r}, 'text/plain': 'p'}}, raw=True)")
    raw = new_raw_cell(wicked, metadata={"format": "text/html"})
    notebook.cells[3:3] = [text, shows, raw]
    master = nbformat.writes(read_source(ROOT / "solutions/ps06/ps06.md")).encode()
    job = SimpleNamespace(master=master, submitted=nbformat.writes(notebook).encode(), limits={})
    graded = nbformat.reads(examine(job).notebook, as_version=4)
    assert [cell.source for cell in graded.cells if cell.source in released] == released
    page, _ = HTMLExporter(template_name="classic").from_notebook_node(graded)
    assert "a &lt; b" in page and "<em>good</em>" in page and f"data:image/png;base64,{png}" in page
    for bad in ("<script>alert", "onerror=alert(1)>", "<svg onload", "href=\"javascript:", "alert(2)</script>"):
        assert bad not in page, bad
