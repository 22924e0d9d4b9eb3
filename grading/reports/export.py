"""Export: the gradebook as a CSV file, for a table program or for the import of Canvas or Moodle (lms_tables.py).

Every text stands in quotes, so that no separator can cut it, and none can be a formula (formulas.py).
"""

import csv
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from grading.course import Course
from grading.errors import CourseError
from grading.reports.formulas import defused
from grading.reports.lms_tables import canvas, moodle
from grading.reports.marks import Marks, read_marks


def export(course: Course, path: Path, kind: str = "csv", problem_sets: list[str] | None = None, by_item: bool = False,
           columns: dict[str, str] | None = None, say: Callable[[str], None] = lambda sentence: None) -> int:
    """Write the gradebook as CSV; return how many rows of students.

    kind: "csv" has a row for each student and problem set; "canvas" and "moodle" a row for each student.
    by_item, columns: see lms_tables.py.  `say` gets a sentence for whatever the learning platform will not understand.
    Raises CourseError when there are no grades, or the file cannot be written.
    """
    marks = read_marks(course, problem_sets)
    if kind == "csv":
        rows = _plain(marks)
    else:
        rows = {"canvas": canvas, "moodle": moodle}[kind](course, marks, by_item, columns or {}, say)
        waiting = [f"{one.student} ({one.problem_set}: {len(one.waiting)})" for one in marks if one.waiting]
        if waiting:
            more = f" and {len(waiting) - 10} more" if len(waiting) > 10 else ""
            say(f"Not final, as items still wait for you: {', '.join(waiting[:10])}{more}.")
    write(path, rows)
    return len(rows) - (2 if kind == "canvas" else 1)


def write(path: Path, rows: list[list]) -> None:
    """Write rows of texts and numbers, whole or not at all.  Raises CourseError when the file cannot be written."""
    temporary = None
    try:
        with tempfile.NamedTemporaryFile("w", newline="", encoding="utf-8", errors="replace", dir=path.parent,
                                         suffix=".tmp", delete=False) as file:
            temporary = file.name
            writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
            writer.writerows([[defused(cell) if isinstance(cell, str) else cell for cell in row] for row in rows])
        os.chmod(temporary, 0o600)  # marks are nobody else's business
        os.replace(temporary, path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise CourseError(f"{path} cannot be written ({error.strerror}). Choose another place.") from error


def _plain(all_marks: list[Marks]) -> list[list]:
    """A row for each student and problem set, a column for each item."""
    items = list(dict.fromkeys(f"{marks.problem_set}:{mark.cell}" for marks in all_marks for mark in marks.marks))
    rows = [["student", "last_name", "first_name", "email", "problem_set", "submitted", "score", "max_score",
             "late_penalty", "to_grade_by_hand", *items]]
    for marks in all_marks:
        scores = {f"{marks.problem_set}:{mark.cell}": mark.score for mark in marks.marks}
        submitted = f"{marks.submitted:%Y-%m-%d %H:%M:%S}" if marks.submitted else ""
        rows.append([marks.student, marks.last_name, marks.first_name, marks.email, marks.problem_set, submitted,
                     marks.score, marks.points, marks.late_penalty, len(marks.waiting),
                     *(scores.get(item, "") for item in items)])
    return rows
