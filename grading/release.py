"""Release: source text -> notebook with solutions -> the notebook that students get."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from nbgrader.converters import GenerateAssignment

from grading.course import Course
from grading.leaks import find_leaks, read_bank, secrets
from grading.source import CourseError, is_test, read_source, settings, write_notebook


def release(course: Course, problem_set: str) -> dict:
    """Write exercises/psNN from solutions/psNN and enter its items into the gradebook.

    The student's version is made in a temporary folder and searched for secrets; only a clean one
    replaces the earlier release.  Raises CourseError with a sentence for every fault or leak.
    """
    source = course.folder("source", problem_set)
    notebook = read_source(source / f"{problem_set}.md")
    write_notebook(notebook, source / f"{problem_set}.ipynb")
    with tempfile.TemporaryDirectory() as stage:
        course.run(GenerateAssignment, problem_set, release_directory=stage)
        made = Path(stage) / problem_set
        leaks = find_leaks(made, problem_set, secrets(notebook, read_bank(source)))
        if leaks:
            raise CourseError(*leaks)
        target = course.folder("release", problem_set)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(made, target)
    graded = [settings(cell) for cell in notebook.cells if settings(cell).get("grade")]
    return {
        "folder": target,
        "items": len(graded),
        "points": sum(item["points"] for item in graded),
        "by hand": len(graded) - sum(map(is_test, notebook.cells)),
    }
