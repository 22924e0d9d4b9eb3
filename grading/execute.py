"""Run a submission's cells, and close nbgrader's two traps on the way.

nbgrader reads the score of a test cell from what the cell left behind: any stderr or error scores 0,
and *anything else that is not a number scores full marks*.  So after each test cell
- text on stderr becomes ordinary output: a warning costs nothing;
- the cell must have ended in one number from 0 to its points.  If it did not, that is the
  instructor's fault: no points for now, marked for grading by hand, said in a sentence.
nbgrader_config.py names both classes, so plain nbgrader and formgrader's button use them as well.
"""

from __future__ import annotations

import math

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute, SaveAutoGrades

from grading.source import is_test, settings

FAULT = "TestCellFault"


class RunCells(Execute):
    """Run every cell with a time limit; a dead kernel costs what stood after it, not the batch."""

    stopped = ""

    def preprocess(self, nb, resources=None, km=None):
        self.stopped = ""
        return super().preprocess(nb, resources, km)

    def preprocess_cell(self, cell, resources, index):
        if self.stopped and cell.cell_type == "code":
            cell.outputs = [_error("KernelDied", f"Not run: Python stopped in {self.stopped}.")]
        else:
            try:
                cell, resources = super().preprocess_cell(cell, resources, index)
            except DeadKernelError:
                self._stop(cell, index, "Python itself stopped here (out of memory, a crash, or exit).")
            except CellTimeoutError:  # a plain time-out is an error in its cell; this one could not be interrupted
                self._stop(cell, index, "The cell went on after its time limit and could not be stopped.")
        if is_test(cell):
            fault = judge(cell)
            if fault:
                self.log.error(fault)
        return cell, resources

    def _stop(self, cell, index, why):
        name = settings(cell).get("grade_id")
        self.stopped = f"cell {name}" if name else f"cell number {index + 1}"
        cell.outputs.append(_error("KernelDied", why))


class SaveScores(SaveAutoGrades):
    """nbgrader's step that writes scores; a faulty test cell is also marked for grading by hand."""

    def _add_score(self, cell, resources):
        super()._add_score(cell, resources)
        if find_fault(cell):
            grade = self.gradebook.find_grade(
                settings(cell)["grade_id"], self.notebook_id, self.assignment_id, self.student_id
            )
            grade.needs_manual_grade = True
            self.gradebook.db.commit()


def judge(cell) -> str:
    """Make a test cell's outputs say what nbgrader must read; return a sentence when the test is faulty."""
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stderr":
            output.name = "stdout"
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if errors:
        # nbgrader reads from the top: a number shown before the error must not count.
        cell.outputs = errors + [output for output in cell.outputs if output.output_type != "error"]
        return ""
    results = [output.data.get("text/plain", "") for output in cell.outputs if output.output_type == "execute_result"]
    points = float(settings(cell)["points"])
    if len(results) == 1 and _is_score(results[0], points):
        return ""
    got = " and ".join(f"`{text[:60]}`" for text in results) or "nothing"
    fault = (
        f"The test cell {settings(cell)['grade_id']} must end in one number from 0 to {points:g}, but it gave {got}. "
        "This is a fault of the test, not of the student: no points for now, marked for grading by hand. "
        "Instructor: end the cell with `t.score()`, release it again, grade it again."
    )
    cell.outputs.insert(0, _error(FAULT, fault))
    return fault


def find_fault(cell) -> str:
    """The sentence about a faulty test that `judge` left in a cell, or an empty text."""
    for output in cell.get("outputs", []):
        if output.output_type == "error" and output.ename == FAULT:
            return output.evalue
    return ""


def _is_score(text: str, points: float) -> bool:
    try:
        value = float(text)
    except ValueError:
        return False
    return math.isfinite(value) and 0 <= value <= points


def _error(name: str, text: str):
    return new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"])
