"""nbgrader's two traps are closed: shown on tests that are faulty on purpose, and on students' loops and crashes."""

import copy
import json
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.preprocessors import ClearOutput, Execute, OverwriteKernelspec, SaveAutoGrades
from test_grading import PS, RUNS_NBGRADER, cell, make_course

from grading.course import Course
from grading.execute import FAULT
from grading.grade import grade, read_result
from grading.source import CourseError, write_notebook

pytestmark = RUNS_NBGRADER

ENDINGS = {  # what a test cell of 2 points ends in: (its score, is it a fault of the test?)
    "number": ("1.5", 1.5, False),
    "warning": ("import sys; print('careful', file=sys.stderr); 1.5", 1.5, False),
    "numpy": ("import numpy; numpy.float64(0.5)", 0.0, True),
    "none": ("None", 0.0, True),
    "nothing": ("pass", 0.0, True),
    "nan": ("float('nan')", 0.0, True),
    "negative": ("-1.0", 0.0, True),
    "true": ("True", 0.0, True),
    "text": ("'all good'", 0.0, True),
    "list": ("[1.0, 2.0]", 0.0, True),
    "two-results": ("from IPython import get_ipython\nget_ipython().displayhook(2.0)\n1.0", 0.0, True),
    "error": ("1 / 0", 0.0, False),
    "shown-then-error": ("from IPython import get_ipython\nget_ipython().displayhook(2.0)\n1 / 0", 0.0, False),
    "infinite": ("float('inf')", 0.0, True),
    "too-much": ("2.5", 0.0, True),
}
STOPS = {  # student code that stops Python, or does not stop
    "loop": "while True: pass",
    "deaf": "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(60)",
    "exit": "import os\nos._exit(1)",
}


def test_cell(name, source):
    of_nbgrader = {"schema_version": 3, "grade": True, "solution": False, "locked": True, "grade_id": name, "points": 2}
    return new_code_cell(source, metadata={"nbgrader": of_nbgrader})


test_cell.__test__ = False


@pytest.fixture(scope="module")
def traps(tmp_path_factory):
    """A course whose tests end in all sorts of things, graded by the plain command `nbgrader autograde`."""
    course = make_course(tmp_path_factory.mktemp("traps"))
    settings_file = course.root / "nbgrader_config.py"
    settings_file.write_text(settings_file.read_text() + "\nc.Execute.timeout = 1\nc.Execute.iopub_timeout = 2\n")
    course = Course(course.root)
    shutil.rmtree(course.folder("source", PS))
    cells = {"traps": [test_cell(name, source) for name, (source, _, _) in ENDINGS.items()]}
    for name in STOPS:
        student = {"schema_version": 3, "grade": False, "solution": True, "locked": False, "grade_id": "f"}
        cells[name] = [
            new_code_cell("def f(): ...", metadata={"nbgrader": student}),
            test_cell("before", "1.0"),
            test_cell("at", "f()\n1.0"),
            test_cell("after", "2.0"),
        ]
    for name in cells:
        folder = course.folder("source", name)
        folder.mkdir(parents=True)
        notebook = new_notebook(
            cells=cells[name], metadata={"kernelspec": {"name": "python3", "display_name": "p", "language": "python"}}
        )
        write_notebook(notebook, folder / f"{name}.ipynb")
        course.run(GenerateAssignment, name)
        handed_in = nbformat.read(course.folder("release", name) / f"{name}.ipynb", as_version=4)
        if name in STOPS:
            handed_in.cells[0].source = "def f():\n    " + STOPS[name].replace("\n", "\n    ")
        course.folder("submitted", name, "ann").mkdir(parents=True)
        write_notebook(handed_in, course.folder("submitted", name, "ann") / f"{name}.ipynb")
    return course


@pytest.fixture(scope="module")
def endings(traps):
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", "traps"],
        cwd=traps.root,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return read_result(traps, "ann", "traps"), done.stderr


@pytest.mark.parametrize("name", ENDINGS)
def test_what_a_test_cell_ends_in(endings, traps, name):
    result, log = endings
    _, score, faulty = ENDINGS[name]
    assert result.scores[name] == score
    assert (name in result.by_hand) == faulty
    sentences = [
        fault for fault in result.faults if f"The test cell {name} must end in one number from 0 to 2" in fault
    ]
    assert len(sentences) == faulty
    assert not faulty or sentences[0] in log
    graded = nbformat.read(traps.folder("autograded", "traps", "ann") / "traps.ipynb", as_version=4)
    outputs = cell(graded, name).outputs
    assert any(output.get("ename") == FAULT for output in outputs) == faulty
    if name == "warning":
        assert [(output.name, output.text) for output in outputs if output.output_type == "stream"] == [
            ("stdout", "careful\n")
        ]


def test_plain_nbgrader_falls_into_these_traps(traps):
    """Without our settings it does: else these tests would prove nothing."""
    before = read_result(traps, "ann", "traps").scores
    config = copy.deepcopy(traps.config)
    traps.config.Autograde.sanitize_preprocessors = [ClearOutput, OverwriteKernelspec]
    traps.config.Autograde.autograde_preprocessors = [Execute, SaveAutoGrades]
    try:
        with pytest.raises(CourseError, match="partial credit cannot be greater than maximum"):
            traps.run(Autograde, "traps", "ann")  # stops at `infinite`, after the cells above it
        plain = read_result(traps, "ann", "traps").scores
        assert plain["warning"] == 0
        full = [name for name, (_, _, faulty) in ENDINGS.items() if faulty or name == "shown-then-error"]
        assert {name: plain[name] for name in full[:-2]} == dict.fromkeys(full[:-2], 2.0)
    finally:
        traps.config = config
        traps.run(Autograde, "traps", "ann")
    assert read_result(traps, "ann", "traps").scores == before


@pytest.mark.parametrize(
    "name, scores",
    {
        "loop": {"before": 1.0, "at": 0.0, "after": 2.0},
        "deaf": {"before": 1.0, "at": 0.0, "after": 0.0},
        "exit": {"before": 1.0, "at": 0.0, "after": 0.0},
    }.items(),
)
def test_a_loop_or_a_death_costs_no_more_than_it_must(traps, name, scores):
    (result,) = grade(traps, [name])
    assert (result.trouble, result.faults, result.scores) == ("", [], scores)
    graded = nbformat.read(traps.folder("autograded", name, "ann") / f"{name}.ipynb", as_version=4)
    said = json.dumps(cell(graded, "after").outputs)
    assert ("Not run: Python stopped in cell at." in said) == (name != "loop")
