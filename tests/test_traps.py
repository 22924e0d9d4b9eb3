"""nbgrader's traps are closed, also for its own command: tests faulty on purpose, students' loops and crashes."""

import copy
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.preprocessors import ClearOutput, Execute, OverwriteKernelspec, SaveAutoGrades
from small_course import cell as new_cell
from small_course import real_course
from test_grading import PS, RUNS_NBGRADER

from grading.authoring.source import write_notebook
from grading.cells import settings
from grading.course import Course
from grading.engine.result import Result
from grading.errors import CourseError
from grading.records.grade import grade

pytestmark = RUNS_NBGRADER

ENDINGS = {  # what a test cell of 2 points ends in: (its score, is it a fault of the test?)
    "number": ("1.5", 1.5, False),
    "whole": ("2", 2.0, False),
    "warning": ("import sys; print('careful', file=sys.stderr); 1.5", 1.5, False),
    "numpy": ("import numpy; numpy.float64(0.5)", 0.5, False),
    "none": ("None", 0.0, True),
    "nothing": ("pass", 0.0, True),
    "nan": ("float('nan')", 0.0, True),
    "negative": ("-1.0", 0.0, True),
    "true": ("True", 0.0, True),
    "text": ("'all good'", 0.0, True),
    "list": ("[1.0, 2.0]", 0.0, True),
    "error": ("1 / 0", 0.0, False),
    "student-gone": ("never_defined(3)\n1.0", 0.0, False),
    "infinite": ("float('inf')", 0.0, True),
    "too-much": ("2.5", 0.0, True),
}
TRAPPED = ["none", "nothing", "nan", "negative", "true", "text", "list"]  # full marks from nbgrader itself
STOPS = {  # student code that stops Python, or does not stop; and what the report says
    "loop": ("while True: pass", "stopped after"),
    "deaf": ("import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(60)", "stopped after"),
    "exit": ("import os\nos._exit(1)", "Python itself stopped"),
    "abort": ("import ctypes\nctypes.string_at(0)", "Python itself stopped"),
}


def a_test(name, source):
    return new_cell(new_code_cell, name, source, grade=True, locked=True, points=2)


@pytest.fixture(scope="module")
def traps(tmp_path_factory):
    """A course of two problem sets, handed in by ann: tests that end in all sorts of things, answers that stop."""
    course = real_course(tmp_path_factory.mktemp("traps"))
    settings_file = course.root / "nbgrader_config.py"
    settings_file.write_text(settings_file.read_text() + "\nc.Limits.call_seconds = 1\n")
    course = Course(course.root)
    shutil.rmtree(course.folder("source", PS).parent)
    cells = {"endings": [a_test(name, source) for name, (source, _, _) in ENDINGS.items()], "stops": []}
    for name in STOPS:
        cells["stops"] += [
            new_cell(new_code_cell, f"f-{name}", "def f(): ...", solution=True),
            a_test(f"before-{name}", "1.0"),
            a_test(f"at-{name}", "f()\n1.0"),
            a_test(f"after-{name}", "2.0"),
        ]
    for name in cells:
        folder = course.folder("source", name)
        folder.mkdir(parents=True)
        (folder / f"{name}.md").touch()
        kernel = {"name": "python3", "display_name": "p", "language": "python"}
        write_notebook(new_notebook(cells=cells[name], metadata={"kernelspec": kernel}), folder / f"{name}.ipynb")
        course.run(GenerateAssignment, name)
        handed_in = nbformat.read(course.folder("release", name) / f"{name}.ipynb", as_version=4)
        for cell in handed_in.cells:
            if (grade_id := settings(cell)["grade_id"]).startswith("f-"):
                cell.source = "def f():\n    " + STOPS[grade_id[2:]][0].replace("\n", "\n    ")
        target = course.folder("submitted", name, "ann")
        target.mkdir(parents=True)
        write_notebook(handed_in, target / f"{name}.ipynb")
    return course


def scores(course, problem_set):
    """(scores, names that wait for a person) in the gradebook."""
    with course.gradebook() as gradebook:
        entries = [e for n in gradebook.find_submission(problem_set, "ann").notebooks for e in n.grades]
        return {e.name: e.score for e in entries}, {e.name for e in entries if e.needs_manual_grade}


def by_nbgrader(course, problem_set):
    """Graded by the plain command; what it logged, and the result that lies beside the graded notebook."""
    command = [sys.executable, "-m", "nbgrader", "autograde", problem_set, "--force"]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    path = course.folder("autograded", problem_set, "ann") / "result.json"
    return done.stderr, Result.from_json(path.read_text(encoding="utf-8"))


def by_course(course, problem_set):
    (row,) = grade(course, [problem_set])
    assert not row.trouble
    path = course.folder("autograded", problem_set, "ann") / "result.json"
    return "\n".join(row.faults), Result.from_json(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("by", [by_nbgrader, by_course])
def test_what_a_test_cell_ends_in(traps, by):
    said, result = by(traps, "endings")
    found, by_hand = scores(traps, "endings")
    assert found == {name: score for name, (_, score, _) in ENDINGS.items()}
    assert by_hand == {name for name, (_, _, faulty) in ENDINGS.items() if faulty}
    for name, (_, _, faulty) in ENDINGS.items():
        sentence = f"The test cell {name} must end in one number from 0 to 2"
        assert (sentence in said) == (sentence in result.verdicts[name].fault) == faulty
    assert "There is no never_defined yet" in result.verdicts["student-gone"].text


def test_plain_nbgrader_falls_into_these_traps(traps):
    """Without our settings it does: else these tests would prove nothing."""
    config = copy.deepcopy(traps.config)
    traps.config.Autograde.sanitize_preprocessors = [ClearOutput, OverwriteKernelspec]
    traps.config.Autograde.autograde_preprocessors = [Execute, SaveAutoGrades]
    try:
        with pytest.raises(CourseError, match="partial credit cannot be greater than maximum"):
            traps.run(Autograde, "endings", "ann")  # stops at `infinite`, after the cells above it
        plain, _ = scores(traps, "endings")
    finally:
        traps.config = config
    assert plain["warning"] == 0
    assert {name: plain[name] for name in ["numpy", *TRAPPED]} == dict.fromkeys(["numpy", *TRAPPED], 2.0)
    by_course(traps, "endings")
    assert scores(traps, "endings")[0] == {name: score for name, (_, score, _) in ENDINGS.items()}


@pytest.mark.parametrize("by", [by_nbgrader, by_course])
def test_a_loop_or_a_death_costs_its_item_alone(traps, by):
    _, result = by(traps, "stops")
    points = {"before": 1.0, "at": 0.0, "after": 2.0}
    assert scores(traps, "stops")[0] == {f"{when}-{name}": points[when] for name in STOPS for when in points}
    for name, (_, says) in STOPS.items():
        assert says in result.verdicts[f"at-{name}"].stopped
