"""Feedback: one HTML page for each graded submission."""

from __future__ import annotations

from collections.abc import Iterator

from nbgrader.converters import GenerateFeedback

from grading.course import Course
from grading.grade import submissions
from grading.source import CourseError


def feedback(course: Course, problem_sets: list[str]) -> Iterator[tuple[str, str, str]]:
    """Write feedback/STUDENT/psNN/psNN.html; yield (student, problem set, path or what went wrong)."""
    for student, problem_set in submissions(course, problem_sets):
        page = course.folder("feedback", problem_set, student) / f"{problem_set}.html"
        if not (course.folder("autograded", problem_set, student) / f"{problem_set}.ipynb").is_file():
            yield student, problem_set, "not graded, so there is nothing to write: see `course grade`"
            continue
        try:
            course.run(GenerateFeedback, problem_set, student)
            yield student, problem_set, str(page.relative_to(course.root))
        except CourseError as error:
            yield student, problem_set, "; ".join(error.problems)
