"""The course as nbgrader sees it.  `course`, plain `nbgrader` and formgrader all read this file."""

from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    LimitOutput,
    OverwriteKernelspec,
)

c = get_config()  # noqa: F821 - nbgrader provides it

c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
# nbgrader copies every other file of a source folder to students: not the source itself and its bank.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback", "*.md", "progress.json*"]

c.ClearSolutions.code_stub = {
    "python": '# Your code here, in place of the next line.\nraise NotImplementedError("not written yet")'
}
c.ClearSolutions.text_stub = "*Your answer here, in place of this line.*"

# A release ends with a search for secrets.
c.GenerateAssignment.preprocessors = [*GenerateAssignment.preprocessors.default(), "grading.leaks.RefuseLeaks"]

# Grading trusts the gradebook, not the submission's metadata; a warning costs nothing,
# and a test cell that gives no number never gives full marks.
c.Autograde.sanitize_preprocessors = [
    ClearOutput,
    OverwriteKernelspec,
    "grading.restore.RestoreCells",
    CheckCellMetadata,
]
c.Autograde.autograde_preprocessors = [
    "grading.execute.RunCells",
    LimitOutput,
    "grading.execute.SaveScores",
    AssignLatePenalties,
    CheckCellMetadata,
]
c.Execute.timeout = 30  # seconds a cell
c.Execute.extra_arguments = ["--HistoryManager.hist_file=:memory:", "--IPKernelApp.log_level=ERROR"]
c.Execute.skip_cells_with_tag = "slider"  # nobody looks at them while grading

# Late (grading/late.py): with a due date, set in formgrader, and after some grace, each day begun costs some percent of
# the points earned, up to a maximum. A student's extension moves the due date. 0 percent: nothing is taken off.
c.AssignLatePenalties.plugin_class = "grading.late.LatePolicy"
c.LatePolicy.grace_minutes = 15
c.LatePolicy.percent_per_day = 10
c.LatePolicy.maximum_percent = 50
