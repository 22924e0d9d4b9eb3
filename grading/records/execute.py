"""Plain `nbgrader autograde`, and formgrader's button, through the same examiner and the same sandbox.

nbgrader's own steps would trust the submission's metadata, run its cells as the instructor's user without a limit,
score 0 for one word on stderr and *full marks for anything that is not a number*. nbgrader_config.py names these
three classes in their places.
"""

import nbformat
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades

from grading.cells import settings
from grading.course import Course
from grading.engine.examine import examine
from grading.engine.restore import restore
from grading.errors import CourseError
from grading.records.job import Job, limits, master_notebook


def _master(step, resources) -> bytes:
    """The released notebook with all its tests, as the gradebook knows it."""
    where = resources["nbgrader"]
    course = Course(step.parent.parent.coursedir.root)  # preprocessor -> exporter -> converter
    with Gradebook(where["db_url"]) as gradebook:
        return master_notebook(course, gradebook, where["assignment"])


class RestoreCells(NbGraderPreprocessor):
    """Put the submission's cells in order, trusting only the gradebook and the release."""

    def preprocess(self, nb, resources):
        for note in restore(nb, nbformat.reads(_master(self, resources).decode(), as_version=4)):
            self.log.warning(note)
        return nb, resources


class ExamineCells(NbGraderPreprocessor):
    """Run the cells: the student's in the sandbox, the tests beside it."""

    def preprocess(self, nb, resources):
        name, student = resources["nbgrader"]["assignment"], resources["nbgrader"]["student"]
        its = limits(self.parent.parent.config, name, student)
        result = examine(Job(name, _master(self, resources), nbformat.writes(nb).encode(), its))
        if result.trouble:
            raise CourseError(result.trouble)
        for verdict in result.verdicts.values():
            for sentence in filter(None, (verdict.fault, verdict.stopped, verdict.reason)):
                self.log.error(f"{verdict.item}: {sentence}")
        resources["examined"] = result
        resources["outputs"] = {**resources.get("outputs", {}), "result.json": result.to_json().encode()}
        return nbformat.reads(result.notebook, as_version=4), resources


class SaveScores(SaveAutoGrades):
    """nbgrader's step that writes scores; what a person must look at is marked for grading by hand."""

    def preprocess(self, nb, resources):
        self.examined = resources["examined"].verdicts
        return super().preprocess(nb, resources)

    def _add_score(self, cell, resources):
        super()._add_score(cell, resources)
        verdict = self.examined.get(settings(cell)["grade_id"])
        if verdict and verdict.by_hand:
            grade = self.gradebook.find_grade(verdict.item, self.notebook_id, self.assignment_id, self.student_id)
            grade.needs_manual_grade = True
            self.gradebook.db.commit()
