"""What test_kill.py starts and kills: the command `course grade`, in a process forked from one that has graded."""

import os
import signal
import sys
import types
from pathlib import Path

import small_course
from small_course import PS

from grading import cli
from grading.course import Course
from grading.records import job
from grading.records.grade import grade

WARM_UP = "TEST_KILL_WARM_UP"  # the folder of a course to grade once, before anything is forked
ENGINE = "the engine of this test"  # for somebody may save a file of the package meanwhile
FILE_EVENTS = {"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.chmod", "os.truncate", "shutil.rmtree"}
HOME = str(Path(small_course.__file__).resolve().parents[1] / "grading")


def course_grade(root, kind="", at=0, counted=None):
    """In a process of its own: the command `course grade --workers 2`, with the examiner that runs nothing.

    Kills itself at the `at`-th line of grading/*.py (kind "line") or just before it changes a file of the course
    for the `at`-th time ("file"); counts them all when `at` is 0.
    """
    sys.modules["grading.engine.examine"] = types.ModuleType("grading.engine.examine")
    sys.modules["grading.engine.examine"].examine = small_course.examine
    job.engine = lambda: ENGINE
    count = 0

    def tick():
        nonlocal count
        count += 1
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def each_line(frame, event, value):
        if event == "line":
            tick()
        return each_line

    def each_call(frame, event, value):
        return each_line if frame.f_code.co_filename.startswith(HOME) else None

    def each_operation(event, arguments):
        reads = event == "open" and arguments[1] in ("r", "rb")
        if event in FILE_EVENTS and not reads and str(arguments[0]).startswith(str(root)):
            tick()

    sys.argv = ["course", "--course", str(root), "grade", PS, "--workers", "2"]
    sys.stdout = sys.stderr = open(os.devnull, "w")
    if kind == "line":
        sys.settrace(each_call)
    elif kind == "file":
        sys.addaudithook(each_operation)
    try:
        cli.main()
    finally:
        if counted is not None:
            counted.value = count


if WARM_UP in os.environ:  # taken out: not once more in the forked ones
    list(grade(Course(os.environ.pop(WARM_UP)), [PS], examine=small_course.examine))
