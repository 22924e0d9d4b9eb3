"""Marks: what the gradebook and the stored results say about a submission, read once, as plain data.

Feedback, export and report read from here and nowhere else.  Nothing is written.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import nbformat
from nbgrader.api import Assignment, BaseCell, Comment, Grade, Student, SubmittedAssignment, SubmittedNotebook

from grading.course import Course
from grading.engine.result import Result, Verdict
from grading.errors import CourseError


@dataclass
class Mark:
    """The score of one item: a test cell, or a text that a person reads."""

    cell: str  # the grade_id, "test-backward" or "explain"
    score: float
    points: float
    by_hand: bool  # a person still has to look
    given: bool  # a person gave this score
    comment: str = ""
    verdict: Verdict | None = None  # what the check said; None for a text, or when no result is stored

    @property
    def item(self) -> str:
        return self.cell.removeprefix("test-")


@dataclass
class Marks:
    """Everything about one student's submission of one problem set."""

    student: str
    problem_set: str
    last_name: str = ""
    first_name: str = ""
    email: str = ""
    lms_id: str = ""
    submitted: datetime | None = None
    late_penalty: float = 0.0
    marks: list[Mark] = field(default_factory=list)
    result: Result = field(default_factory=Result)
    notebook: Path | None = None  # the graded notebook

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.student

    @property
    def earned(self) -> float:
        return sum(mark.score for mark in self.marks)

    @property
    def score(self) -> float:
        """What counts: the points earned less the late penalty, and never below 0."""
        return max(0.0, self.earned - self.late_penalty)

    @property
    def points(self) -> float:
        return sum(mark.points for mark in self.marks)

    @property
    def waiting(self) -> list[Mark]:
        return [mark for mark in self.marks if mark.by_hand]


def read_marks(course: Course, problem_sets: list[str] | None = None) -> list[Marks]:
    """The marks of every submission in the gradebook, by problem set and student; items in the order of the release.

    Raises CourseError when there are none.
    """
    with course.gradebook() as gradebook:
        found = list(_submissions(gradebook.db, problem_sets))
        by_id = {id_: marks for id_, marks in found}
        for id_, mark in _grades(gradebook.db):
            if id_ in by_id:
                by_id[id_].marks.append(mark)
        for id_, cell, text in _comments(gradebook.db):
            for mark in by_id[id_].marks if id_ in by_id else ():
                if cell in (mark.cell, mark.item):
                    mark.comment = text
    if not found:
        sets = ", ".join(problem_sets or []) or "any problem set"
        raise CourseError(f"The gradebook holds no grades yet of {sets}. Grade first: `course grade`.")
    order = {}
    for _, marks in found:
        name = marks.problem_set
        if name not in order:
            order[name] = {cell: place for place, cell in enumerate(released_names(course, name))}
        marks.marks.sort(key=lambda mark: (order[name].get(mark.cell, len(order[name])), mark.cell))
        _add_result(course, marks)
    return sorted((marks for _, marks in found), key=lambda marks: (marks.problem_set, marks.student))


def released(course: Course, problem_set: str):
    """The notebook that students got, or an empty one."""
    path = course.folder("release", problem_set) / f"{problem_set}.ipynb"
    return nbformat.read(path, as_version=4) if path.is_file() else nbformat.v4.new_notebook()


def released_names(course: Course, problem_set: str) -> list[str]:
    cells = released(course, problem_set).cells
    return [cell.metadata.nbgrader["grade_id"] for cell in cells if "nbgrader" in cell.metadata]


def students(course: Course) -> list[Marks]:
    """Everybody in the gradebook, with no marks: the rows of a table that also names who handed in nothing."""
    with course.gradebook() as gradebook:
        return [_person(student, "") for student in gradebook.db.query(Student).order_by(Student.id)]


def _person(student: Student, problem_set: str) -> Marks:
    return Marks(student.id, problem_set, student.last_name or "", student.first_name or "", student.email or "",
                 student.lms_user_id or "")


def _submissions(db, problem_sets) -> Iterator[tuple[str, Marks]]:
    columns = (SubmittedAssignment.id, SubmittedAssignment.timestamp, SubmittedAssignment.late_submission_penalty)
    query = db.query(Student, Assignment.name, *columns)
    query = query.join(SubmittedAssignment, SubmittedAssignment.student_id == Student.id)
    query = query.join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
    for student, name, id_, timestamp, penalty in query:
        if not problem_sets or name in problem_sets:
            marks = _person(student, name)
            marks.submitted, marks.late_penalty = timestamp, penalty or 0.0
            yield id_, marks


def _grades(db) -> Iterator[tuple[str, Mark]]:
    query = db.query(Grade, BaseCell.name, SubmittedNotebook.assignment_id)
    query = query.join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
    for grade, cell, id_ in query.join(BaseCell, Grade.cell_id == BaseCell.id):
        given = grade.manual_score is not None or bool(grade.extra_credit)
        yield id_, Mark(cell, grade.score, grade.max_score, grade.needs_manual_grade, given)


def _comments(db) -> Iterator[tuple[str, str, str]]:
    query = db.query(SubmittedNotebook.assignment_id, BaseCell.name, Comment.comment)
    query = query.join(SubmittedNotebook, Comment.notebook_id == SubmittedNotebook.id)
    yield from query.join(BaseCell, Comment.cell_id == BaseCell.id).where(Comment.comment.is_not(None))


def _add_result(course: Course, marks: Marks) -> None:
    """The stored result of the submission and the place of its graded notebook, where they are."""
    folder = course.folder("autograded", marks.problem_set, marks.student)
    notebook, stored = folder / f"{marks.problem_set}.ipynb", folder / "result.json"
    marks.notebook = notebook if notebook.is_file() else None
    if stored.is_file():
        try:
            marks.result = Result.from_json(stored.read_text(encoding="utf-8"))
        except (ValueError, TypeError, KeyError):
            marks.result.notes.append("What the checks said is damaged on disk and was not read: grade this again.")
    for mark in marks.marks:
        mark.verdict = marks.result.verdicts.get(mark.cell)
