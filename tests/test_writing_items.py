"""The example of book/writing-items.md: cut out of the page, built, tried against its bank, and released."""

import ast
import re
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest
from test_grading import RUNS_NBGRADER

from grading.authoring.bank import fill, read_answers, score, solved, untouched
from grading.authoring.release import release
from grading.authoring.source import read_source
from grading.cells import is_test
from grading.course import Course
from nnlib import check
from nnlib.check import MISTAKES, Mistake

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "book/writing-items.md").read_text(encoding="utf-8")
ITEM, POINTS = "centre", 3
STUB = "raise NotImplementedError"


def files():
    """{name of a file: all blocks of the page that carry it as their caption}."""
    found = {}
    for block in re.finditer(r"^(`{3,})\{code-block\} \w+\n:caption: (\S+)\n\n(.*?)\n\1$", PAGE, re.M | re.S):
        found.setdefault(block[2], []).append(block[3])
    return {name: "\n\n".join(blocks) + "\n" for name, blocks in found.items()}


FILES = files()
ROWS = ast.literal_eval("{" + FILES["nnlib/check/mistakes/chapter07.py"] + "}")


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course that holds nothing but the page's problem set; `check` knows the page's mistakes."""
    for name in ("solutions/ps90/ps90.md", "solutions/ps90/bank.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(FILES[name], encoding="utf-8")
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    for name, row in ROWS.items():
        monkeypatch.setitem(MISTAKES, name, Mistake(*row))
    return Course(tmp_path)


@pytest.fixture
def source(course):
    return read_source(course.root / "solutions/ps90/ps90.md")


@pytest.fixture
def bank(course):
    return read_answers(course.root / "solutions/ps90/bank.md")


def test_the_page_gives_three_files():
    assert sorted(FILES) == ["nnlib/check/mistakes/chapter07.py", "solutions/ps90/bank.md", "solutions/ps90/ps90.md"]


def test_untouched_earns_nothing_and_solved_earns_all(source):
    empty = untouched(source)
    assert score(empty, ITEM).points == 0 and "not written yet" in score(empty, ITEM).report
    full = score(fill(empty, {ITEM: solved(source, ITEM)}), ITEM)
    assert (full.points, full.mistakes) == (POINTS, [])


def test_the_bank(source, bank):
    empty, kinds, named = untouched(source), [answer.kind for answer in bank], 0
    for answer in bank:
        result = score(fill(empty, {ITEM: answer.code}), ITEM)
        if answer.kind == "right":
            assert (result.points, result.mistakes) == (POINTS, []), answer.title
        else:
            assert result.points < POINTS, answer.title
            assert set(answer.mistakes) <= set(result.mistakes), (answer.title, result.report)
            named += bool(answer.mistakes)
    assert kinds.count("right") >= 3 and kinds.count("wrong") >= 5
    assert 0.85 * kinds.count("wrong") <= named < kinds.count("wrong")  # the page says: not all need a name


def test_every_new_mistake_is_needed(source, bank, monkeypatch):
    """Without the page's rows the test cell is refused: they are no decoration."""
    monkeypatch.delitem(MISTAKES, "rows-centred")
    wrong = next(answer for answer in bank if "rows-centred" in answer.mistakes)
    with pytest.raises(Exception, match="no mistake is called 'rows-centred'"):
        score(fill(untouched(source), {ITEM: wrong.code}), ITEM)
    assert set(ROWS) <= {name for answer in bank for name in answer.mistakes}


def test_a_choice_among_letters():
    lines = re.search(r"```python\n(t\.call\(cheaper\).*?)```", PAGE, re.S)[1]
    for letter, points in {"B": 2.0, "A": 0.5, "C": 0.5, "b": 0.0, None: 0.0}.items():
        names = {"t": check.item("ps90.cheaper", points=2), "cheaper": lambda letter=letter: letter}
        exec(lines, names)
        assert names["t"].score() == points, letter


def test_a_word_that_numpy_says_itself_lets_a_function_pass_that_checks_nothing():
    for word, points in {"shape": 1.0, "columns": 0.0}.items():
        t = check.item("ps90.refuses", points=1)
        t.call(np.add, np.ones(2), np.ones(3)).raises(ValueError, points=1, says=word)
        assert t.score() == points


@pytest.mark.filterwarnings(*(mark.args[0] for mark in RUNS_NBGRADER))
def test_it_is_released_without_answers(course):
    done = release(course, "ps90")
    assert (done["items"], done["points"], done["by hand"]) == (1, POINTS, 0)
    notebook = nbformat.read(course.root / "exercises/ps90/ps90.ipynb", as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells)
    assert STUB in text and "t.call(centre, X)" in text
    assert "X.mean(axis=0)" not in text and "t.each" not in text and "t.hidden" not in text


def test_the_report_on_the_page_is_that_of_the_problem_set(source):
    """What the page shows at its end is run there; here it is held against the files above it."""
    shown = PAGE.rsplit("```{code-cell}", 1)[1]
    visible = next(cell.source for cell in source.cells if is_test(cell)).split("### BEGIN HIDDEN")[0]
    flat = "".join(shown.split())
    call = re.search(r"t\.call\(.*?mistakes=\{\s*\"rows-centred\": .*?\]\]\)", visible, re.S)[0]
    assert "".join(call.split()) in flat
    assert "".join(ROWS["rows-centred"][0].split()) in flat
