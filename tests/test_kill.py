"""`course grade`, killed with SIGKILL at 100 random points and started again each time, ends like a run undisturbed.

A third of the points are lines of the controller's own code, a third stand just before it changes a file, a third are
moments by the clock, which also fall into SQLite and the operating system.  The course has been graded before: some
scores and comments are by hand, then many students handed in again, some late, some the same text, and new ones came.
"""

import multiprocessing
import os
import shutil
import signal
import time
from collections import Counter
from pathlib import Path

import killed
import numpy as np
import pytest
import small_course
from small_course import PS, by_hand, dump, files, hand_in

from grading.course import Course
from grading.records.grade import grade
from grading.records.journal import Journal

KILLS = 100

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that can fork and kill")


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """The course as it lies there when the run begins."""
    course = small_course.make_course(tmp_path_factory.mktemp("kill") / "course")
    for number in range(20):
        hand_in(course, f"s{number:02}", double=f"{number % 5 / 2}", explain=f"text of {number}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grading.records.job.engine", lambda: killed.ENGINE)
        list(grade(course, [PS], examine=small_course.examine))
    for number in range(20):
        by_hand(course, f"s{number:02}", score=number / 5, comment=f"comment on {number}")
        if number % 2:
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


@pytest.fixture(scope="module")
def processes(before, tmp_path_factory):
    """Starts processes by fork from one that has graded already: imports take seconds, a fork takes none."""
    warm = tmp_path_factory.mktemp("warm") / "course"
    shutil.copytree(before, warm)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["killed"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(killed.WARM_UP, str(warm))
        patch.setenv("PYTHONPATH", str(Path(killed.__file__).parent), prepend=os.pathsep)
        process = context.Process(target=len, args=((),))
        process.start()  # and with it the server of forks
        process.join()
    return context


def state(root):
    """All that a run leaves: the gradebook's rows, the files, the keys of the journal, and nothing lying about."""
    course = Course(root)
    with Journal(root / ".grading" / "journal.jsonl") as journal:
        keys = sorted(journal.keys())
    beside = sorted(path.name for path in (root / ".grading").iterdir() if path.name != "lock")
    return {"rows": dump(course), "files": files(course), "journal": keys, "beside": beside}


@pytest.fixture(scope="module")
def undisturbed(processes, before, tmp_path_factory):
    """(its end state, {kind: its length in lines, in operations on files, in seconds})"""
    root, lengths = tmp_path_factory.mktemp("undisturbed") / "course", {}
    for kind in ("line", "file", "clock"):
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(before, root)
        counted = processes.Value("i", 0)
        process = processes.Process(target=killed.course_grade, args=(root, kind, 0, counted))
        process.start()
        started = time.monotonic()
        process.join()
        assert process.exitcode == 1  # some submissions are in trouble, and say so
        lengths[kind] = counted.value or time.monotonic() - started
    return state(root), lengths


def test_the_undisturbed_run_is_worth_disturbing(undisturbed, before):
    end, lengths = undisturbed
    rows = end["rows"]
    assert lengths["line"] > 3000 and lengths["file"] > 300
    assert len([row for row in rows if row[0] == "submission"]) == 30
    assert rows != dump(Course(before)) and end["beside"] == ["journal.jsonl"]
    flagged = [row for row in rows if row[0] == "grade" and row[5] is not None and row[7]]
    kept = [row for row in rows if row[0] == "grade" and row[5] is not None and not row[7]]
    assert len(flagged) > 5 and len(kept) > 5 and any(row[0] == "notebook" and row[3] for row in rows)


def test_killed_at_a_hundred_points_it_ends_with_the_same_gradebook(processes, before, undisturbed, tmp_path):
    end, lengths = undisturbed
    rng, root, kills = np.random.default_rng(20261128), tmp_path / "course", Counter()
    while kills.total() < KILLS:
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(before, root)
        for _ in range(4):  # killed, started again and killed again …
            kind, share = str(rng.choice(list(lengths))), rng.random()
            process = processes.Process(target=killed.course_grade, args=(root, kind, 1 + int(share * lengths[kind])))
            if kind == "clock":
                process = processes.Process(target=killed.course_grade, args=(root,))
            process.start()
            process.join(share * lengths[kind] if kind == "clock" else None)
            process.kill()
            process.join()
            kills[kind] += process.exitcode == -signal.SIGKILL  # a later run is shorter: it may have got through
        process = processes.Process(target=killed.course_grade, args=(root,))
        process.start()  # … and left alone
        process.join()
        assert process.exitcode == 1
        assert state(root) == end, f"after {dict(kills)}"
    print(dict(kills))
    assert min(kills.values()) > KILLS / 10 and len(kills) == 3
