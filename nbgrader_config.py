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

c.CourseDirectory.course_id = "nnlib"  # PostgreSQL insists on one
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
# nbgrader copies every other file of a source folder to students: not the source itself and its bank; and every other
# file of autograded/ into feedback/: not result.json, for hidden tests stand in it.
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback", "*.md", "progress.json*", "result.json"
]

c.ClearSolutions.code_stub = {
    "python": '# Your code here, in place of the next line.\nraise NotImplementedError("not written yet")'
}
c.ClearSolutions.text_stub = "*Your answer here, in place of this line.*"

# A release folds the tests, and ends with a search for secrets.
c.GenerateAssignment.preprocessors = GenerateAssignment.preprocessors.default()
c.GenerateAssignment.preprocessors += ["grading.authoring.fold.FoldTests", "grading.authoring.leaks.RefuseLeaks"]

# Plain `nbgrader autograde` and formgrader's button examine as `course grade` does: student code runs in a sandbox
# only, and what is trusted is the gradebook, not the submission.
c.Autograde.sanitize_preprocessors = [
    ClearOutput,
    OverwriteKernelspec,
    "grading.records.execute.RestoreCells",
    CheckCellMetadata,
]
c.Autograde.autograde_preprocessors = [
    "grading.records.execute.ExamineCells",
    LimitOutput,
    "grading.records.execute.SaveScores",
    AssignLatePenalties,
    CheckCellMetadata,
]

# What a submission may take, each in its sandbox. A call in a test has its own limit, in `check.item(…, seconds=…)`.
c.Limits.cell_seconds = 30  # of computing, for a cell of the student's
c.Limits.item_seconds = 60  # by the clock, for all tests of an item, once one of them has run out of time
c.Limits.memory = 2000  # megabytes, for all its processes together
c.Limits.disk = 64  # megabytes, in memory
c.Limits.processes = 64

# Submissions that reached for the machinery around them (grading/engine/gate.py), in which a person has found nothing
# wrong:
# c.LookedAt.ps08 = ["ann"]

# Late (grading/records/late.py): with a due date, set in formgrader, and after some grace, each day begun costs some
# percent of the points earned, up to a maximum. A student's extension moves the due date. 0 percent: nothing is
# taken off.
c.AssignLatePenalties.plugin_class = "grading.records.late.LatePolicy"
c.LatePolicy.grace_minutes = 15
c.LatePolicy.percent_per_day = 10
c.LatePolicy.maximum_percent = 50
