"""Grade: nbgrader does the work, one student at a time; one student's trouble is one row.

Nothing here protects the machine from what a notebook does: grade only work of people you trust.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import nbformat
from nbgrader.api import MissingEntry
from nbgrader.converters import Autograde

from grading.collect import examine_file, name_fault
from grading.course import Course
from grading.execute import find_fault
from grading.source import CourseError


@dataclass
class Result:
    """What grading one submission came to."""

    student: str
    problem_set: str
    scores: dict[str, float] = field(default_factory=dict)
    points: dict[str, float] = field(default_factory=dict)
    by_hand: list[str] = field(default_factory=list)
    trouble: str = ""
    faults: list[str] = field(default_factory=list)

    @property
    def score(self) -> float:
        return sum(self.scores.values())

    @property
    def max_score(self) -> float:
        return sum(self.points.values())


def submissions(course: Course, problem_sets: list[str]) -> list[tuple[str, str]]:
    """(student, problem set) of everything under submitted/.  Raises CourseError when there is nothing."""
    found = []
    for problem_set in problem_sets:
        top = course.folder("submitted", "x", "x").parent.parent
        found += [(path.name, problem_set) for path in sorted(top.glob("*")) if (path / problem_set).is_dir()]
    if not found:
        raise CourseError(
            f"There are no submissions of {', '.join(problem_sets)} in {top}. "
            "Collect them first: `course collect FOLDER`."
        )
    return found


def grade(course: Course, problem_sets: list[str]) -> Iterator[Result]:
    """Grade every submission, each time anew; yield a Result for each.  Never stops at one of them."""
    for problem_set in problem_sets:
        _require_release(course, problem_set)
    for student, problem_set in submissions(course, problem_sets):
        trouble = _unreadable(course, student, problem_set)
        if not trouble:
            try:
                course.run(Autograde, problem_set, student)
            except CourseError as error:
                trouble = "; ".join(error.problems)
        if trouble:
            _enter_nothing(course, student, problem_set)
        result = read_result(course, student, problem_set)
        result.trouble = trouble
        yield result


def read_result(course: Course, student: str, problem_set: str) -> Result:
    """What the gradebook holds for one submission, and the faults of tests found in the graded notebook."""
    result = Result(student, problem_set)
    with course.gradebook() as gradebook:
        for notebook in gradebook.find_submission(problem_set, student).notebooks:
            for entry in notebook.grades:
                result.scores[entry.name] = entry.score
                result.points[entry.name] = entry.max_score
                if entry.needs_manual_grade:
                    result.by_hand.append(entry.name)
    graded = course.folder("autograded", problem_set, student) / f"{problem_set}.ipynb"
    if graded.is_file():
        result.faults = [fault for cell in nbformat.read(graded, as_version=4).cells if (fault := find_fault(cell))]
    return result


def _require_release(course: Course, problem_set: str) -> None:
    try:
        with course.gradebook() as gradebook:
            gradebook.find_assignment(problem_set)
    except MissingEntry:
        raise CourseError(
            f"{problem_set} is not in the gradebook, so its tests are unknown. "
            f"Run `course release {problem_set}` first."
        ) from None


def _unreadable(course: Course, student: str, problem_set: str) -> str:
    path = course.folder("submitted", problem_set, student) / f"{problem_set}.ipynb"
    if name_fault(student):
        return name_fault(student)
    if path.is_symlink() or not path.is_file():
        return f"{problem_set}.ipynb is missing from {path.parent.relative_to(course.root)}"
    return examine_file(path)[0]


def _enter_nothing(course: Course, student: str, problem_set: str) -> None:
    """A submission that could not be graded has no automatic score; no earlier one stays in its place."""
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student(student)
        submission = gradebook.update_or_create_submission(problem_set, student)
        for notebook in submission.notebooks:
            for entry in notebook.grades:
                entry.auto_score, entry.needs_manual_grade = 0.0, True
        gradebook.db.commit()
