"""From a release to a grade on a real gradebook: every grade is known beforehand.

One course is graded once for all tests here; nbgrader starts a kernel for each submission, so the
submissions are few and each carries much: the k-th wrong student gives the k-th wrong answer of the
bank to every item.  The whole bank is run, without kernels, elsewhere.
"""

import copy
import csv
import re
from pathlib import Path

import nbformat
import pytest
from small_course import real_course

from grading.authoring.bank import fill, read_answers, solved
from grading.authoring.release import release
from grading.authoring.source import read_source, write_notebook
from grading.cells import is_answer, is_test, settings
from grading.errors import CourseError
from grading.hand_in.collect import collect
from grading.records.grade import grade
from grading.reports.export import export
from grading.reports.feedback import feedback

# nbgrader and its kernels leave sockets and databases to the garbage collector.
RUNS_NBGRADER = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
pytestmark = RUNS_NBGRADER
ROOT = Path(__file__).parents[1]
PS = "ps06"
BROKEN = {
    "empty": (b"", "the file is empty"),
    "pdf": (b"%PDF-1.4 ...", "not JSON; it looks like a PDF"),
    "cut": (b'{"cells": [', "not JSON; it looks like damaged or cut short"),
    "no-notebook": (b'{"a": 1}', "JSON, but not a notebook"),
    "old": (
        b'{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []}',
        "notebook format 3, but 4 is needed",
    ),
    "no-cells": (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "damaged notebook (it has no cells)"),
    "odd-cells": (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"a": 1}]}', "damaged notebook ("),
}
ESSAY = "With x * x the gradient 2 x needs both shares; `=` keeps one."


def cell(notebook, name):
    return next(cell for cell in notebook.cells if settings(cell).get("grade_id") == name)


def submissions(course):
    """{student: notebook} out of the bank."""
    source = read_source(course.folder("source", PS) / f"{PS}.md")
    empty = nbformat.read(course.folder("release", PS) / f"{PS}.ipynb", as_version=4)
    items = [settings(answer)["grade_id"] for answer in source.cells if is_answer(answer)]
    bank = read_answers(course.folder("source", PS) / "bank.md")
    right = {item: solved(source, item) for item in items}
    other = {
        item: [answer.code for answer in bank if (answer.item, answer.kind) == (item, "right")][-1] for item in items
    }
    wrong = {item: [answer.code for answer in bank if (answer.item, answer.kind) == (item, "wrong")] for item in items}
    made = {"right": fill(empty, right), "otherwise-right": fill(empty, other), "untouched": empty}
    cell(made["right"], "explain").source = ESSAY
    for turn in range(3):
        made[f"wrong-{turn + 1}"] = fill(
            empty, {item: wrong[item][turn * (len(wrong[item]) - 1) // 2] for item in items}
        )
    # An honest student's accidents: another kernel, tests deleted, moved, edited, copied, and a tag that skips one.
    messy = copy.deepcopy(made["right"])
    messy.metadata.kernelspec = {"name": "ir", "display_name": "R", "language": "R"}
    tests = [cell for cell in messy.cells if is_test(cell)]
    messy.cells.remove(tests[0])
    messy.cells.append(messy.cells.pop(messy.cells.index(tests[1])))
    tests[2].source = "3.0"
    tests[3].metadata.tags = ["skip-execution"]
    tests[4].metadata.nbgrader.schema_version = 99
    tests[5].metadata.nbgrader.points = 1000
    messy.cells.append(copy.deepcopy(tests[5]))
    messy.cells[-1].id = "copied"
    del cell(messy, items[0]).metadata["nbgrader"]
    made["messy"] = messy
    # One answer is missing altogether.
    made["one-missing"] = fill(empty, right)
    made["one-missing"].cells.remove(cell(made["one-missing"], items[-1]))
    return made, items


class Graded:
    """The course of these tests: released, collected, graded, once."""

    def __init__(self, root):
        self.course = real_course(root)
        self.released = release(self.course, PS)
        notebooks, self.items = submissions(self.course)
        hand_in = root / "handed in"
        for student, notebook in notebooks.items():
            folder = hand_in / student / PS if student == "right" else hand_in / student
            folder.mkdir(parents=True)
            write_notebook(notebook, folder / f"{PS}.ipynb")
        (hand_in / "otherwise-right" / f"{PS}.ipynb").rename(hand_in / "otherwise-right" / f"{PS} (1).ipynb")
        for student, (data, _) in BROKEN.items():
            (hand_in / student).mkdir()
            (hand_in / student / f"{PS}.ipynb").write_bytes(data)
        for student in ("nothing", "a[b]", "linked"):
            (hand_in / student).mkdir()
        write_notebook(notebooks["right"], hand_in / "a[b]" / f"{PS}.ipynb")
        (hand_in / "linked" / f"{PS}.ipynb").symlink_to(hand_in / "right" / PS / f"{PS}.ipynb")
        (hand_in / "list.csv").write_text("not a student")
        self.collected = {line.student: line for line in collect(self.course, hand_in, [PS])}
        self.results = {result.student: result for result in grade(self.course, [PS])}
        self.points = {name: self.results["right"].points[name] for name in self.results["right"].points}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    return Graded(tmp_path_factory.mktemp("course"))


def test_the_committed_exercises_are_what_the_sources_give(graded):
    made = graded.course.folder("release", PS)
    committed = ROOT / "exercises" / PS
    names = sorted(str(path.relative_to(made)) for path in made.rglob("*") if path.is_file())
    assert names == sorted(str(path.relative_to(committed)) for path in committed.rglob("*") if path.is_file())
    for name in names:
        assert (made / name).read_bytes() == (committed / name).read_bytes(), (
            f"run `course release {PS}` and commit exercises/{PS}/{name}"
        )


def test_everything_right_earns_all_and_the_essay_waits(graded):
    for student in ("right", "otherwise-right"):
        scores = graded.results[student].scores
        assert {name: scores[name] for name in scores if name != "explain"} == {
            name: points for name, points in graded.points.items() if name != "explain"
        }, student
    assert graded.results["right"].by_hand == ["explain"]
    assert graded.results["right"].scores["explain"] == 0
    assert graded.results["right"].score == graded.released["points"] - graded.points["explain"] == 27
    assert graded.results["otherwise-right"].by_hand == []  # no essay written: 0, nothing to read


def test_untouched_earns_nothing(graded):
    assert graded.results["untouched"].score == 0
    assert graded.results["untouched"].max_score == graded.released["points"] == 30


@pytest.mark.parametrize("student", ["wrong-1", "wrong-2", "wrong-3"])
def test_every_wrong_answer_earns_less(graded, student):
    scores = graded.results[student].scores
    for item in graded.items:
        assert scores[f"test-{item}"] < graded.points[f"test-{item}"], item


def test_accidents_cost_nothing(graded):
    """A wrong kernel; tests deleted, moved, edited, copied, skipped, with other points or schema; metadata lost."""
    assert graded.results["messy"].scores == graded.results["right"].scores
    assert "written for the kernel 'ir' (R)" in graded.collected["messy"].notes[0]


def test_a_missing_exercise_costs_itself_and_is_said(graded):
    missing = graded.items[-1]
    lost = {name for name, points in graded.points.items() if graded.results["one-missing"].scores[name] < points}
    assert lost == {f"test-{missing}", "explain"}
    assert f"cells are missing: {missing};" in graded.collected["one-missing"].notes[0]


@pytest.mark.parametrize("student", BROKEN)
def test_a_broken_file_is_one_row(graded, student):
    says = BROKEN[student][1]
    assert any(says in note for note in graded.collected[student].notes)
    result = graded.results[student]
    assert says in result.trouble and "Traceback" not in result.trouble
    assert result.score == 0 and len(result.by_hand) == len(graded.points)


def test_what_cannot_be_collected_is_said(graded):
    assert {name: line.notes for name, line in graded.collected.items() if not line.taken} == {
        "nothing": ["ps06.ipynb is missing; found: no notebook at all"],
        "linked": ["ps06.ipynb is a link: left alone"],
        "list.csv": ["a file, not a student's folder: left alone"],
    }
    assert graded.collected["otherwise-right"].notes == ["ps06 (1).ipynb was taken for ps06.ipynb"]
    assert graded.collected["right"].notes == []
    assert graded.collected["a[b]"].notes == ["in folders and in the gradebook: a=5Bb=5D"]


def test_feedback_shows_scores_and_messages(graded):
    pages = {student: page for student, _, page in feedback(graded.course, [PS])}
    wrong, right = ((graded.course.root / pages[name]).read_text(encoding="utf-8") for name in ("wrong-1", "right"))
    assert f"<strong>{graded.results['right'].score:g}</strong> of 30 points" in right
    assert f"<strong>{graded.results['wrong-1'].score:g}</strong> of 30 points" in wrong
    assert "needs both shares" in right


def test_export_writes_every_grade(graded, tmp_path):
    assert export(graded.course, tmp_path / "grades.csv") == len(graded.results)
    with (tmp_path / "grades.csv").open(encoding="utf-8") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert set(rows) == set(graded.results)
    for student, result in graded.results.items():
        assert float(rows[student]["score"]) == result.score
        assert int(rows[student]["to_grade_by_hand"]) == len(result.by_hand)
        assert {name: float(rows[student][f"{PS}:{name}"]) for name in result.scores} == result.scores


def test_a_hand_grade_and_its_export_survive_grading_again(graded, tmp_path):
    with graded.course.gradebook() as gradebook:
        gradebook.find_grade("explain", PS, PS, "right").manual_score = 2.5
        gradebook.db.commit()
    others = graded.course.folder("submitted", "x", "x").parent.parent
    kept = tmp_path / "kept"
    kept.mkdir()
    for path in others.iterdir():  # grade one student again, not everybody
        if path.name != "right":
            path.rename(kept / path.name)
    try:
        (again,) = grade(graded.course, [PS])
    finally:
        for path in kept.iterdir():
            path.rename(others / path.name)
    assert again.score == 29.5
    assert {**again.scores, "explain": 0.0} == graded.results["right"].scores


def test_a_broken_file_does_not_replace_a_readable_one(graded, tmp_path):
    (tmp_path / "right").mkdir()
    (tmp_path / "right" / f"{PS}.ipynb").write_bytes(b"")
    (line,) = collect(graded.course, tmp_path, [PS])
    assert not line.taken and line.notes[-1] == "the earlier submission was kept"
    assert (graded.course.folder("submitted", PS, "right") / f"{PS}.ipynb").read_bytes() != b""


def test_a_release_that_would_leak_is_refused_and_the_earlier_one_stays(graded):
    source = graded.course.folder("source", PS) / f"{PS}.md"
    released = graded.course.folder("release", PS) / f"{PS}.ipynb"
    before, text = released.read_bytes(), source.read_text(encoding="utf-8")
    solutions = "".join(re.findall(r"BEGIN SOLUTION\n(.*?)### END", text, re.S))
    line = max((line.strip() for line in solutions.split("\n") if "=" in line), key=len)
    try:
        source.write_text(text.replace("## How to work", f"## How to work\n\nA hint: `{line}`\n"), encoding="utf-8")
        with pytest.raises(CourseError, match="holds the solution of cell"):
            release(graded.course, PS)
        source.write_text(text, encoding="utf-8")
        (source.parent / "notes.txt").write_text("which test is hidden")
        with pytest.raises(CourseError, match="notes.txt may not be released"):
            release(graded.course, PS)
    finally:
        source.write_text(text, encoding="utf-8")
        (source.parent / "notes.txt").unlink(missing_ok=True)
    assert released.read_bytes() == before
