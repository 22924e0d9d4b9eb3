"""autograded/STUDENT/psNN: written beside its place, then moved in as a whole, so that nobody finds it half written.

    psNN.ipynb      the graded notebook; missing when the submission could not be examined
    result.json     the Result, for feedback and reports
    timestamp.txt   when it was handed in
    and the pictures and data of the release; never a file of the student's
"""

import os
import shutil
from pathlib import Path

from nbgrader.converters import Autograde

from grading.course import Course
from grading.engine.result import Result

RESULT = "result.json"


def last_result(course: Course, student: str, problem_set: str) -> Result | None:
    """What was recorded last of this submission, or None.  First undoes a move that was cut off in the middle."""
    target = course.folder("autograded", problem_set, student)
    _mend(target)
    try:
        return Result.from_json((target / RESULT).read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):  # none, or not one of ours: written anew
        return None


def publish(course: Course, student: str, problem_set: str, result: Result, timestamp: str) -> None:
    """Put the files of one submission in their place.  What is there already stays untouched when it is the same."""
    target = course.folder("autograded", problem_set, student)
    files = {RESULT: result.to_json().encode()}
    if result.notebook:
        files[f"{problem_set}.ipynb"] = result.notebook.encode()
    if timestamp:
        files["timestamp.txt"] = timestamp.encode()
    released = course.folder("release", problem_set)
    for path in released.rglob("*"):
        if path.is_file() and path.suffix != ".ipynb":
            files[str(path.relative_to(released))] = path.read_bytes()
    _mend(target)
    if files == _content(target):
        return
    new, old = _beside(target, "new"), _beside(target, "old")
    permissions = int(str(Autograde(coursedir=course.directory).permissions), 8)
    for name, content in files.items():
        path = new / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(permissions)
    if course.directory.groupshared:
        for folder in (new, target.parent):
            folder.chmod(folder.stat().st_mode | 0o2770)
    if target.exists():
        os.replace(target, old)
    os.replace(new, target)
    shutil.rmtree(old, ignore_errors=True)


def _mend(target: Path) -> None:
    """After a run that was killed: back to the state before or after the move, and no leftovers."""
    new, old = _beside(target, "new"), _beside(target, "old")
    if old.is_dir() and not target.exists():
        os.replace(old, target)
    for leftover in (new, old):
        if leftover.exists():
            shutil.rmtree(leftover)


def _beside(target: Path, what: str) -> Path:
    """A hidden neighbour of a folder: on the same disk, and not seen by nbgrader."""
    return target.parent / f".{target.name}.{what}"


def _content(folder: Path) -> dict[str, bytes]:
    if folder.is_symlink() or not folder.is_dir():
        return {}
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
