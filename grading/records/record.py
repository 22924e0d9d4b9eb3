"""Record: the only writer of the gradebook.  One transaction a submission; the same result twice changes no row.

The rules, as nbgrader's where it has one:

- every automatic score is written anew, also of an item that the result says nothing of: no score survives its
  submission;
- scores, extra credit and comments given by hand stay;
- an item waits for a person (`needs_manual_grade`) when it is graded by hand and was answered, when its test is at
  fault, when the examiner asks for it, and when nothing could be examined.  An item that a person has already
  graded waits again if the student's text or the automatic score changed; the old score counts until then.
  (nbgrader lets it wait after every regrade, changed or not);
- an answer left as it was released is "No response.", and 0 points without waiting; a task waits in any case;
- the late penalty is computed anew from the present score, the due date and the policy in nbgrader_config.py.
"""

import copy
import json
from dataclasses import dataclass, field

from nbgrader.api import (
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    SolutionCell,
    SourceCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
    new_uuid,
)
from nbgrader.utils import parse_utc
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import with_polymorphic

from grading.course import Course
from grading.engine.result import Result
from grading.records.gradebook import Connection, connect
from grading.records.late import handed_in, penalty
from grading.records.publish import last_result, publish


@dataclass
class Row:
    """What the gradebook now holds of one submission: a row of the table."""

    student: str
    problem_set: str
    scores: dict[str, float] = field(default_factory=dict)
    points: dict[str, float] = field(default_factory=dict)
    by_hand: list[str] = field(default_factory=list)
    penalty: float = 0.0
    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    trouble: str = ""

    def enter(self, item: str, grade: Grade, points: float, compared: bool) -> None:
        """Note the score of an item as nbgrader counts it: by hand before automatic, and extra credit.

        compared: was there an earlier version to compare it with?
        """
        score = grade.auto_score if grade.manual_score is None else grade.manual_score
        self.scores[item] = 0.0 if score is None else score + (grade.extra_credit or 0.0)
        self.points[item] = points
        if grade.needs_manual_grade:
            self.by_hand.append(item)
            if grade.manual_score is not None:
                why = "changed since it was graded by hand" if compared else (
                    "graded by hand in a version that autograded/ no longer holds")
                self.notes.append(f"{item}: {why}; that score counts until you look")
        if (grade.manual_score or 0.0) > points:
            self.notes.append(f"{item}: graded by hand with {grade.manual_score:g} of {points:g} points; if the points "
                              "were changed since, grade it anew (what goes beyond them is extra credit)")

    @property
    def score(self) -> float:
        return max(0.0, sum(self.scores.values()) - self.penalty)

    @property
    def max_score(self) -> float:
        return sum(self.points.values())


def record(course: Course, student: str, problem_set: str, result: Result, connection: Connection | None = None,
           known: Result | None = None) -> Row:
    """Enter one result into the gradebook and put its files into autograded/; return the row that came of it.

    known: what the journal held of this very submission. It tells what has changed where autograded/ is gone.
    What cannot be entered (a name too long for the database, a full disk) is the trouble of this row alone.
    Raises CourseError when the gradebook itself cannot be used.
    """
    if connection is None:
        with connect(course) as connection:
            return record(course, student, problem_set, result, connection, known)
    row = Row(student, problem_set, trouble=result.trouble, notes=list(result.notes))
    row.faults = [verdict.fault for verdict in result.verdicts.values() if verdict.fault]
    row.notes += [f"{verdict.item}: {verdict.stopped}" for verdict in result.verdicts.values() if verdict.stopped]
    try:
        before = last_result(course, student, problem_set) or known
        stamp, note = handed_in(course.folder("submitted", problem_set, student))
        row.notes += [note] * bool(note)
        # First the gradebook, then the files: killed in between, the next run still sees what changed.
        row = connection.run(lambda gradebook: _at_once(gradebook, course, copy.deepcopy(row), result, before, stamp))
        publish(course, student, problem_set, result, stamp)
    except (SQLAlchemyError, OSError, ValueError) as error:
        reason = str(getattr(error, "orig", error)).strip().split("\n")[0]
        row.trouble = f"could not be recorded ({type(error).__name__}: {reason})"
    return row


def _at_once(gradebook: Gradebook, *about) -> Row:
    """_enter(), with all its rows sent to the database together, when it is done."""
    with gradebook.db.no_autoflush:
        return _enter(gradebook, *about)


def _enter(gradebook: Gradebook, course: Course, row: Row, result: Result, before: Result | None, stamp: str) -> Row:
    """The transaction of one submission; returns the row, filled in."""
    db = gradebook.db
    notebook = gradebook.find_notebook(row.problem_set, row.problem_set)
    submission, work, known = _submission(db, row.student, notebook, parse_utc(stamp) if stamp else None)
    grades = {grade.cell_id: grade for grade in _all(db, Grade, work)} if known else {}
    comments = {comment.cell_id: comment for comment in _all(db, Comment, work)} if known else {}
    fresh = []
    sources = select(SourceCell.name, SourceCell.source).where(SourceCell.notebook_id == notebook.id)
    released = {name: source for name, source in db.execute(sources)}
    cells = _all(db, with_polymorphic(BaseCell, "*"), notebook)
    tests, answers, tasks = ([cell for cell in cells if isinstance(cell, kind)]
                             for kind in (GradeCell, SolutionCell, TaskCell))
    for_a_person = {cell.name for cell in [*answers, *tasks]} | {c.name for c in tests if c.cell_type == "markdown"}
    texts, earlier = _texts(result), _texts(before)
    order = {name: place for place, name in enumerate(texts)}
    for cell in sorted([*tests, *tasks], key=lambda cell: (order.get(cell.name, 0), cell.name)):
        name, verdict = cell.name, result.verdicts.get(cell.name)
        if result.trouble:
            score, waits = 0.0, True
        elif name in for_a_person:
            written = cell in tasks or texts.get(name) != released.get(name)  # what a task asks for may stand anywhere
            score, waits = (None, True) if written else (0.0, verdict is not None and verdict.by_hand)
        elif verdict is None:
            score, waits = 0.0, True
            row.faults.append(f"The examiner gave no verdict on {name} of {row.problem_set}: it waits for you.")
        else:
            score, waits = verdict.earned, verdict.by_hand or bool(verdict.fault)
        grade = grades.get(cell.id)
        if grade is None:
            fresh.append(grade := Grade(cell_id=cell.id, notebook_id=work.id, needs_manual_grade=True))
        answer = name if name in for_a_person else name.removeprefix("test-")
        same = before is not None and before.trouble == result.trouble and earlier.get(answer) == texts.get(answer)
        if not same or grade.auto_score != score:
            grade.needs_manual_grade = waits or grade.manual_score is not None
        grade.auto_score = score
        row.enter(name, grade, cell.max_score, before is not None)
    for cell in [*answers, *tasks]:
        comment = comments.get(cell.id)
        if comment is None:
            fresh.append(comment := Comment(cell_id=cell.id, notebook_id=work.id))
        beside = cell.name in result.verdicts and result.verdicts[cell.name].by_hand  # written, but somewhere else
        untouched = cell in answers and texts.get(cell.name) == released.get(cell.name) and not beside
        comment.auto_comment = "No response." if untouched else None
    db.bulk_save_objects(fresh)  # in one go
    row.penalty, note = penalty(course, submission, sum(row.scores.values()))
    work.late_submission_penalty = row.penalty or None
    row.notes += [note] * bool(note)
    return row


def _submission(db, student: str, notebook, stamp) -> tuple[SubmittedAssignment, SubmittedNotebook, bool]:
    """The rows of a student's submission and of the notebook in it, made where missing; and was the second there?

    stamp: when it was handed in, or None."""
    if db.get(Student, student) is None:
        db.add(Student(id=student))
    of_student = {"assignment_id": notebook.assignment_id, "student_id": student}
    submission = db.scalars(select(SubmittedAssignment).filter_by(**of_student)).one_or_none()
    known = submission is not None
    if not known:
        db.add(submission := SubmittedAssignment(id=new_uuid(), **of_student))
    submission.timestamp = stamp
    of_submission = {"assignment_id": submission.id, "notebook_id": notebook.id}
    work = db.scalars(select(SubmittedNotebook).filter_by(**of_submission)).one_or_none() if known else None
    if work is None:
        known = False
        db.add(work := SubmittedNotebook(id=new_uuid(), **of_submission))
        db.flush()  # what refers to something else, like a late submission to its due date, finds it
    return submission, work, known


def _all(db, kind, notebook) -> list:
    """All rows of a kind that belong to a notebook."""
    return list(db.scalars(select(kind).where(kind.notebook_id == notebook.id)))


def _texts(result: Result | None) -> dict[str, str]:
    """The text of every cell with a name in a graded notebook."""
    if result is None or not result.notebook:
        return {}
    cells = json.loads(result.notebook)["cells"]
    named = ((cell["metadata"].get("nbgrader", {}).get("grade_id"), cell["source"]) for cell in cells)
    return {name: source if isinstance(source, str) else "".join(source) for name, source in named if name}
