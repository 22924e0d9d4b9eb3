"""`course grade`, killed with SIGKILL at 100 random points and started again each time, ends like a run undisturbed.

Half of the points are lines of the controller's own code, the other half moments by the clock, which also fall into
SQLite and the operating system.  The course has been graded before: some scores and comments are by hand, then
half of the students handed in again, some late, some twice the same, and new ones came.
"""

import multiprocessing
import os
import shutil
import signal
import sys
import time
import types
from pathlib import Path

import numpy as np
import pytest
import small_course
from small_course import PS, by_hand, dump, files, hand_in

from grading.course import Course
from grading.grade import grade
from grading.journal import Journal

KILLS = 100
HOME = str(Path(small_course.__file__).resolve().parents[1] / "grading")

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that can fork and kill")


def course_grade(root, at_line, counted=None):
    """In a process of its own: the command `course grade --workers 2`, with the examiner that runs nothing.

    Kills itself at a line of grading/*.py by its number, or counts the lines when that is 0.
    """
    sys.modules["grading.examine"] = types.ModuleType("grading.examine")
    sys.modules["grading.examine"].examine = small_course.examine
    from grading import cli, job

    job.engine = lambda: "the engine of this test"  # someone may save a file of the package meanwhile
    line = 0

    def each_line(frame, event, value):
        nonlocal line
        line += event == "line"
        if line == at_line:
            os.kill(os.getpid(), signal.SIGKILL)
        return each_line

    def each_call(frame, event, value):
        return each_line if frame.f_code.co_filename.startswith(HOME) else None

    sys.argv = ["course", "--course", str(root), "grade", PS, "--workers", "2"]
    sys.stdout = sys.stderr = open(os.devnull, "w")
    if at_line is not None:
        sys.settrace(each_call)
    try:
        cli.main()
    finally:
        sys.settrace(None)
        if counted is not None:
            counted.value = line


@pytest.fixture(scope="module")
def processes():
    """Starts processes by fork from one that has imported everything: the imports take seconds, a fork takes none."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["grading.cli", "grading.grade", "small_course", "test_kill"])
    return context


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """The course as it lies there when the run begins."""
    course = small_course.make_course(tmp_path_factory.mktemp("kill") / "course")
    for number in range(20):
        hand_in(course, f"s{number:02}", double=f"{number % 5 / 2}", explain=f"text of {number}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grading.job.engine", lambda: "the engine of this test")
        list(grade(course, [PS], examine=small_course.examine))
    for number in range(0, 20, 2):
        by_hand(course, f"s{number:02}", score=number / 5, comment=f"comment on {number}")
        by_hand(course, f"s{number:02}", "test-double", 1.5)
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(PS, duedate="2026-11-01 12:00:00")
    for number in range(0, 20, 3):  # again, with another text
        hand_in(course, f"s{number:02}", double="0.25", explain="another text", timestamp="2026-11-03 13:00:00 UTC")
    for number in range(1, 20, 3):  # again, with the same text
        hand_in(course, f"s{number:02}", double="1.25", treble="1.25", explain=f"text of {number}")
    for number in range(20, 29):
        hand_in(course, f"s{number:02}", double="fault" if number == 25 else "2.0", explain=None)
    hand_in(course, "s29", double="crash")
    folder = course.folder("submitted", PS, "s00")
    (folder / f"{PS}.ipynb").write_text("{")  # again, and broken: it had been graded by hand
    (course.folder("submitted", PS, "s04") / f"{PS}.ipynb").unlink()
    return course.root


def state(root):
    """All that a run leaves: the gradebook's rows, the files, the keys of the journal, and nothing lying about."""
    course = Course(root)
    with Journal(root / ".grading" / "journal.jsonl") as journal:
        keys = sorted(journal.keys())
    beside = sorted(path.name for path in (root / ".grading").iterdir() if path.name != "lock")
    return {"rows": dump(course), "files": files(course), "journal": keys, "beside": beside}


@pytest.fixture(scope="module")
def undisturbed(processes, before, tmp_path_factory):
    """(its end state, its length in lines, its length in seconds)"""
    root = tmp_path_factory.mktemp("undisturbed") / "course"
    counted = processes.Value("i", 0)
    for at_line in (0, None):
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(before, root)
        process = processes.Process(target=course_grade, args=(root, at_line, counted if at_line == 0 else None))
        process.start()
        started = time.monotonic()
        process.join()
        assert process.exitcode == 1  # some submissions are in trouble, and say so
    return state(root), counted.value, time.monotonic() - started


def test_the_undisturbed_run_is_worth_disturbing(undisturbed, before):
    end, lines, seconds = undisturbed
    rows = end["rows"]
    assert lines > 3000 and seconds < 20 and len([row for row in rows if row[0] == "submission"]) == 30
    assert rows != dump(Course(before)) and end["beside"] == ["journal.jsonl"]
    flagged = [row for row in rows if row[0] == "grade" and row[5] is not None and row[7]]
    kept = [row for row in rows if row[0] == "grade" and row[5] is not None and not row[7]]
    assert len(flagged) > 5 and len(kept) > 5 and any(row[0] == "notebook" and row[3] for row in rows)


def test_killed_at_a_hundred_points_it_ends_with_the_same_gradebook(processes, before, undisturbed, tmp_path):
    end, lines, seconds = undisturbed
    rng = np.random.default_rng(20261128)
    kills, by_line, rounds, root = 0, 0, 0, tmp_path / "course"
    while kills < KILLS:
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(before, root)
        rounds += 1
        while True:
            # Short runs and long ones: a run that goes on from far along has little left to do.
            share = rng.uniform(0, 1 / rng.integers(1, 6))
            at_line = 1 + int(share * lines) if rng.random() < 0.5 and kills < KILLS else None
            process = processes.Process(target=course_grade, args=(root, at_line))
            process.start()
            if at_line is None:
                process.join(share * seconds if kills < KILLS else None)
                process.kill()
            process.join()
            if process.exitcode != -signal.SIGKILL:
                break
            kills += 1
            by_line += at_line is not None
        assert process.exitcode == 1
        assert state(root) == end, f"round {rounds}, after {kills} kills"
    print(f"{kills} kills in {rounds} rounds, {by_line} of them at a line of the code")
    assert kills == KILLS and rounds >= 3 and 25 < by_line < 75
