"""Collect: from a folder of what students handed in to submitted/STUDENT/psNN/psNN.ipynb.

Only notebooks are taken; a student's other files stay behind.  A file that cannot be graded is one
line in the report and stops nobody else.
"""

from __future__ import annotations

import json
import shutil
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat.validator import normalize

from grading.course import Course
from grading.source import CourseError, settings

SAVE_AGAIN = "ask the student to open it in JupyterLab, save it, and hand it in again"


@dataclass
class Collected:
    """One student's submission of one problem set: what was taken, and what is to be said about it."""

    student: str
    problem_set: str
    taken: bool
    notes: list[str] = field(default_factory=list)


def collect(course: Course, folder: Path, problem_sets: list[str]) -> list[Collected]:
    """Copy every submission in `folder` into the course; one line for each student and problem set.

    A student's folder holds psNN.ipynb, or psNN/psNN.ipynb as nbgrader lays it out.  An unreadable file
    is taken too, so that it stays visible in the grades, unless an earlier readable one is there already.
    """
    if not folder.is_dir():
        raise CourseError(f"{folder} is not a folder. Give the folder that holds one folder for each student.")
    students = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    report = []
    for student in students:
        if student.is_symlink() or not student.is_dir():
            kind = "a link" if student.is_symlink() else "a file"
            report.append(Collected(student.name, "-", False, [f"{kind}, not a student's folder: left alone"]))
            continue
        fault = name_fault(student.name)
        if fault:
            report.append(Collected(student.name, "-", False, [fault]))
            continue
        report += [_collect_one(course, student, problem_set) for problem_set in problem_sets]
    if not any(line.problem_set != "-" for line in report):
        raise CourseError(
            f"{folder} holds no student's folder, so nothing was collected. "
            f"Expected: {folder}/STUDENT/{problem_sets[0]}.ipynb"
        )
    return report


def name_fault(student: str) -> str:
    """Why nbgrader would lose a student of this name, or an empty text."""
    if student != student.strip() or any(letter in student for letter in "*?[]"):
        return "nbgrader loses names that hold * ? [ ] or begin or end with a space: rename the folder"
    return ""


def _collect_one(course: Course, student: Path, problem_set: str) -> Collected:
    notebook, notes = _find(student, problem_set)
    line = Collected(student.name, problem_set, False, notes)
    if notebook is None:
        return line
    fault, remarks = examine_file(notebook, _released_names(course, problem_set))
    line.notes += [fault] * bool(fault) + remarks
    target = course.folder("submitted", problem_set, student.name) / f"{problem_set}.ipynb"
    if fault and target.is_file() and not examine_file(target)[0]:
        line.notes.append("the earlier submission was kept")
        return line
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(notebook, target)
    stamp = notebook.parent / "timestamp.txt"
    if stamp.is_file() and not stamp.is_symlink():
        shutil.copyfile(stamp, target.parent / "timestamp.txt")
    line.taken = True
    return line


def _find(student: Path, problem_set: str) -> tuple[Path | None, list[str]]:
    """The notebook of a problem set in a student's folder: by its name, else the only one with psNN in its name."""
    places = [student / problem_set, student]
    if any(place.is_symlink() for place in places):
        return None, [f"{problem_set} is a link: left alone"]
    for place in places:
        exact = place / f"{problem_set}.ipynb"
        if exact.is_symlink():
            return None, [f"{exact.name} is a link: left alone"]
        if exact.is_file():
            return exact, []
    found = [
        path for place in places for path in sorted(place.glob("*.ipynb")) if path.is_file() and not path.is_symlink()
    ]
    close = [path for path in found if problem_set.lower() in path.name.lower()]
    if len(close) == 1:
        return close[0], [f"{close[0].name} was taken for {problem_set}.ipynb"]
    names = ", ".join(path.name for path in close or found) or "no notebook at all"
    return None, [f"{problem_set}.ipynb is missing; found: {names}"]


def _released_names(course: Course, problem_set: str) -> list[str]:
    released = course.folder("release", problem_set) / f"{problem_set}.ipynb"
    if not released.is_file():
        raise CourseError(
            f"{problem_set} has not been released, so there is nothing to compare with. "
            f"Run `course release {problem_set}`."
        )
    cells = nbformat.read(released, as_version=4).cells
    return [settings(cell)["grade_id"] for cell in cells if settings(cell).get("grade_id")]


def examine_file(path: Path, expected: list[str] = ()) -> tuple[str, list[str]]:
    """(why a file cannot be graded or "", remarks about a file that can).  Reads, never runs."""
    data = path.read_bytes()
    if not data.strip():
        return "the file is empty: ask the student to save the notebook and hand it in again", []
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        looks = {b"%PDF": "a PDF", b"PK": "a zip archive", b"<": "a web page"}
        what = next((name for start, name in looks.items() if data.lstrip().startswith(start)), "damaged or cut short")
        return f"not a notebook (not JSON; it looks like {what}): ask the student for the .ipynb file itself", []
    version = content.get("nbformat") if isinstance(content, dict) else None
    if version is None:
        return "JSON, but not a notebook: ask the student for the .ipynb file itself", []
    if version != 4:
        return (
            f"notebook format {version!r}, but 4 is needed: {SAVE_AGAIN}",
            [],
        )
    if not isinstance(content.get("cells"), list):
        return f"damaged notebook (it has no cells): {SAVE_AGAIN}", []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # missing and doubled cell ids are repaired, not refused
            notebook = nbformat.from_dict(normalize(content)[1])
        nbformat.validate(notebook, relax_add_props=True)
    except Exception as error:  # any damage is one student's line
        reason = str(error).splitlines()[0]
        return (
            f"damaged notebook ({reason}): {SAVE_AGAIN}",
            [],
        )
    remarks = []
    kernel = notebook.metadata.get("kernelspec", {})
    language = kernel.get("language") or notebook.metadata.get("language_info", {}).get("name", "python")
    if language != "python":
        remarks.append(
            f"written for the kernel {kernel.get('name')!r} ({language}): it is graded with python3; "
            "tell the student to choose Python 3"
        )
    missing = [name for name in expected if name not in {settings(cell).get("grade_id") for cell in notebook.cells}]
    if missing:
        remarks.append(
            f"cells are missing: {', '.join(missing)}; tests are brought back, answers count where they still stand"
        )
    return "", remarks
