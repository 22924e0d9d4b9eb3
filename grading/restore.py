"""Before grading: put a submission's cells in order, trusting only the gradebook and the release.

Students delete, copy, rename and edit cells, mostly by accident, and some tools drop metadata.
nbgrader's own steps stop the whole batch at some of that.  This one step stands in for its
DeduplicateIds and OverwriteCells: nbgrader's settings of every cell are written anew from the
gradebook, locked cells get their text back, and missing cells return to their places.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from grading.source import SCHEMA_VERSION, CourseError, settings


class RestoreCells(NbGraderPreprocessor):
    """Write nbgrader's settings anew, restore locked cells, bring back missing ones."""

    def preprocess(self, nb, resources):
        where = resources["nbgrader"]
        course = self.parent.parent.coursedir  # preprocessor -> exporter -> converter
        released = Path(
            course.format_path(course.release_directory, ".", where["assignment"]), where["notebook"] + ".ipynb"
        )
        if not released.is_file():
            raise CourseError(f"{released} is missing. Release it first: `course release {where['assignment']}`.")
        metadata = {
            settings(cell).get("grade_id"): cell.metadata for cell in nbformat.read(released, as_version=4).cells
        }
        with Gradebook(where["db_url"]) as gradebook:
            known = _known_cells(gradebook.find_notebook(where["notebook"], where["assignment"]))
        order = [name for name in metadata if name in known]
        for name in order:
            known[name]["metadata"] = metadata[name]
        self._claim(nb, known)
        self._bring_back(nb, known, order)
        return nb, resources

    def _claim(self, nb, known):
        """Each name goes to the last cell that carries it; all other settings are dropped."""
        taken = set()
        for cell in reversed(nb.cells):
            name = settings(cell).get("grade_id")
            cell.metadata.pop("nbgrader", None)
            if not isinstance(name, str) or name not in known:
                continue
            if name in taken:
                self.log.warning("Cell %s stands twice in the submission: the last one counts.", name)
                continue
            taken.add(name)
            _restore(cell, known[name])

    def _bring_back(self, nb, known, order):
        """Insert each missing cell just before the next released one, after all that may belong to it."""
        for place, name in enumerate(order):
            here = [settings(cell).get("grade_id") for cell in nb.cells]
            if name in here:
                continue
            self.log.warning("Cell %s is missing from the submission: brought back from the release.", name)
            before = [here.index(other) for other in order[:place] if other in here][-1:]
            after = [here.index(other) for other in order[place:] if other in here][:1]
            spot = max(after + [index + 1 for index in before]) if after else len(nb.cells)
            make = new_code_cell if known[name]["cell_type"] == "code" else new_markdown_cell
            cell = make(known[name]["source"])
            settings_ = known[name]["nbgrader"]
            if settings_["solution"] and not settings_["grade"]:
                # Not the empty exercise: it would undo an answer that stands in a cell of the student's own.
                cell.source = "# This answer was missing from the submission."
            _restore(cell, known[name])
            nb.cells.insert(spot, cell)


def _known_cells(notebook) -> dict[str, dict]:
    """Every cell that the gradebook knows, by name, with the settings it should have."""
    points = {cell.name: cell.max_score for cell in [*notebook.grade_cells, *notebook.task_cells]}
    graded = {cell.name for cell in notebook.grade_cells}
    answers = {cell.name for cell in notebook.solution_cells}
    tasks = {cell.name for cell in notebook.task_cells}
    known = {}
    for cell in notebook.source_cells:
        of_nbgrader = {
            "schema_version": SCHEMA_VERSION,
            "grade_id": cell.name,
            "cell_type": cell.cell_type,
            "grade": cell.name in graded,
            "solution": cell.name in answers,
            "task": cell.name in tasks,
            "locked": bool(cell.locked),
            "checksum": cell.checksum,
        }
        if cell.name in points:
            of_nbgrader["points"] = points[cell.name]
        known[cell.name] = {"nbgrader": of_nbgrader, "source": cell.source, "cell_type": cell.cell_type}
    return known


def _restore(cell, known):
    """Make a submitted cell what the gradebook says it is; a locked cell gets its text and nothing else."""
    cell.cell_type = known["cell_type"]
    if known["cell_type"] == "code":
        cell.setdefault("outputs", [])
        cell.setdefault("execution_count", None)
        cell.pop("attachments", None)
    else:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)
    if known["nbgrader"]["locked"]:
        cell.metadata = nbformat.from_dict(known.get("metadata", {}))  # a student's tag could skip the test
        cell.source = known["source"]
    cell.metadata["nbgrader"] = nbformat.from_dict(known["nbgrader"])
