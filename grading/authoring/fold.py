"""Tests come folded: in JupyterLab a test cell shows its first line, and a click shows the rest.

So hints and expected values do not meet the eye before anybody has tried.
"""

from nbgrader.preprocessors import NbGraderPreprocessor

from grading.cells import is_test


class FoldTests(NbGraderPreprocessor):
    """A step of nbgrader's release."""

    def preprocess_cell(self, cell, resources, cell_index):
        if is_test(cell):
            cell.metadata["jupyter"] = {"source_hidden": True}
        return cell, resources
