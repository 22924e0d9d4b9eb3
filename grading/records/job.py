"""A job: all that examining one submission needs, as bytes and numbers, so that any machine can do it."""

import hashlib
import json
import os
import stat
import sys
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry

from grading.authoring.source import SCHEMA_VERSION
from grading.cells import settings
from grading.course import Course
from grading.errors import CourseError

LARGEST = 50_000_000  # bytes of a submission that is read at all


@dataclass(frozen=True)
class Job:
    """One submission to examine."""

    problem_set: str
    master: bytes  # the notebook as released, with the hidden tests: trusted
    submitted: bytes  # the student's file: not trusted
    limits: dict[str, float] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The name of its result in the journal: the same job on the same engine gives the same key."""
        digest = hashlib.sha256(engine().encode())
        for part in (self.master, self.submitted, json.dumps(self.limits, sort_keys=True).encode()):
            digest.update(len(part).to_bytes(8, "big") + part)
        return f"{self.problem_set}:{digest.hexdigest()}"


@cache
def engine() -> str:
    """A fingerprint of all that decides on a verdict: the code of the examiner and of the checks, Python, NumPy."""
    root = Path(__file__).parents[2]
    files = [*(root / "grading/engine").glob("*.py"), root / "grading/cells.py", *(root / "nnlib").rglob("*.py")]
    digest = hashlib.sha256(f"{sys.version_info[:3]} {version('numpy')}".encode())
    for path in sorted(files):
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def limits(config, problem_set: str, student: str) -> dict:
    """What nbgrader_config.py says for a submission: its limits, and whether a person has looked at it."""
    found = dict(config.get("Limits", {}))
    if student in config.get("LookedAt", {}).get(problem_set, []):
        found["looked_at"] = True
    return found


def master_notebook(course: Course, gradebook: Gradebook, problem_set: str) -> bytes:
    """The released notebook with every graded cell's settings and every locked cell's text from the gradebook.

    The gradebook alone knows the hidden tests.  Raises CourseError, with what to do, when the problem set was never
    released or its released file and the gradebook are not of one release.
    """
    again = f"Run `course release {problem_set}`."
    try:
        notebook = gradebook.find_notebook(problem_set, problem_set)
    except MissingEntry:
        raise CourseError(
            f"{problem_set} is not in the gradebook, so its tests are unknown. "
            f"{again.replace('`.', '` first.')}"
        ) from None
    path = course.folder("release", problem_set) / f"{problem_set}.ipynb"
    if not path.is_file():
        raise CourseError(f"{path} is missing. {again}")
    points = {cell.name: cell.max_score for cell in [*notebook.grade_cells, *notebook.task_cells]}
    graded = {cell.name for cell in notebook.grade_cells}
    answers = {cell.name for cell in notebook.solution_cells}
    tasks = {cell.name for cell in notebook.task_cells}
    known = {cell.name: cell for cell in notebook.source_cells}
    released = nbformat.read(path, as_version=4)
    for cell in released.cells:
        name = settings(cell).get("grade_id")
        if name not in known:
            continue
        source = known.pop(name)
        cell.source, cell.cell_type = source.source, source.cell_type
        of_nbgrader = {
            "schema_version": SCHEMA_VERSION,
            "grade_id": name,
            "cell_type": source.cell_type,
            "grade": name in graded,
            "solution": name in answers,
            "task": name in tasks,
            "locked": bool(source.locked),
            "checksum": source.checksum,
        }
        if name in points:
            of_nbgrader["points"] = points[name]
        cell.metadata["nbgrader"] = of_nbgrader
    if known:
        raise CourseError(f"{path} lacks {', '.join(sorted(known))}, which the gradebook knows. {again}")
    return nbformat.writes(released).encode()


def read_submission(course: Course, student: str, problem_set: str) -> tuple[bytes, str]:
    """(the bytes of a student's notebook, "") or (nothing, why it could not be read).  Follows no link."""
    folder = course.folder("submitted", problem_set, student)
    path = folder / f"{problem_set}.ipynb"
    if folder.is_symlink() or folder.parent.is_symlink() or path.is_symlink():
        return b"", f"{path.relative_to(course.root)} is a link, and links are not followed"
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with open(handle, "rb") as file:
            about = os.fstat(handle)
            if not stat.S_ISREG(about.st_mode):
                return b"", f"{problem_set}.ipynb is not a file"
            if about.st_size > LARGEST:
                return b"", f"{problem_set}.ipynb is too large: {about.st_size:,} bytes of at most {LARGEST:,}"
            return file.read(LARGEST + 1), ""
    except FileNotFoundError:
        return b"", f"{problem_set}.ipynb is missing from {folder.relative_to(course.root)}"
    except OSError as error:
        return b"", f"{problem_set}.ipynb cannot be read ({error.strerror})"
