"""Export: the gradebook as a table."""

from __future__ import annotations

import csv
from pathlib import Path

from nbgrader.api import MissingEntry

from grading.course import Course
from grading.source import CourseError


def export(course: Course, path: Path) -> int:
    """Write the gradebook as CSV: a row for each student and problem set, a column for each item; return the rows."""
    rows, items = [], []
    with course.gradebook() as gradebook:
        for assignment in gradebook.assignments:
            for student in gradebook.students:
                try:
                    submission = gradebook.find_submission(assignment.name, student.id)
                except MissingEntry:
                    continue
                entries = [entry for notebook in submission.notebooks for entry in notebook.grades]
                penalty = submission.late_submission_penalty or 0.0
                row = {
                    "student": student.id,
                    "last_name": student.last_name,
                    "first_name": student.first_name,
                    "email": student.email,
                    "problem_set": assignment.name,
                    "submitted": submission.timestamp,
                    "score": max(0.0, submission.score - penalty),
                    "max_score": submission.max_score,
                    "late_penalty": penalty,
                    "to_grade_by_hand": sum(entry.needs_manual_grade for entry in entries),
                }
                scores = {f"{assignment.name}:{entry.name}": entry.score for entry in entries}
                items += [item for item in sorted(scores) if item not in items]
                rows.append(row | scores)
    if not rows:
        raise CourseError("The gradebook holds no grades yet. Grade first: `course grade`.")
    rows.sort(key=lambda row: (row["problem_set"], row["student"]))
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, [key for key in rows[0] if ":" not in key] + items)
            writer.writeheader()
            writer.writerows(rows)
    except OSError as error:
        raise CourseError(f"{path} cannot be written ({error.strerror}). Choose another place.") from error
    return len(rows)
