"""What handing in late costs.  nbgrader_config.py states the policy; nbgrader and `course grade` both use this class.

With s points earned and t seconds after the due date (nbgrader's, with the student's own extension), the penalty is

    0                                                     while t <= grace_minutes
    s · min(maximum_percent, percent_per_day · ⌈t / 1 day⌉) / 100     after that: a day begun counts as a day.
"""

import math
import re
from pathlib import Path

from nbgrader.api import SubmittedAssignment
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import parse_utc
from traitlets import Float

from grading.course import Course

DAY = 24 * 60 * 60


class LatePolicy(LateSubmissionPlugin):
    """Some percent of the points earned for each day begun, up to a maximum, after some minutes of grace."""

    grace_minutes = Float(15.0, min=0, help="Minutes after the due date that cost nothing.").tag(config=True)
    percent_per_day = Float(10.0, min=0, max=100, help="Percent of the points earned, a day begun.").tag(config=True)
    maximum_percent = Float(50.0, min=0, max=100, help="The penalty never exceeds this.").tag(config=True)

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float | None:
        """The points taken off, or None for none."""
        if total_seconds_late <= 60 * self.grace_minutes:
            return None
        percent = min(self.maximum_percent, self.percent_per_day * math.ceil(total_seconds_late / DAY))
        return score * percent / 100


def penalty(course: Course, submission: SubmittedAssignment, earned: float) -> tuple[float, str]:
    """(the points taken off, a sentence for the table), by the plugin that nbgrader_config.py names."""
    if submission.assignment.duedate is None or submission.total_seconds_late <= 0:
        return 0.0, ""
    late = submission.total_seconds_late
    step = AssignLatePenalties(config=course.config)
    step.init_plugin()
    points = step.plugin_inst.late_submission_penalty(submission.student_id, earned, late)
    points = min(max(0.0, points or 0.0), earned)
    how_late = f"{late / DAY:.1f} days" if late >= DAY else f"{late / 3600:.1f} hours"
    return points, f"{how_late} late: " + (f"{points:g} points off" if points else "this costs nothing")


def handed_in(folder: Path) -> tuple[str, str]:
    """(what timestamp.txt says, "") or ("", what is wrong with it).  A student may have written it: not trusted."""
    path = folder / "timestamp.txt"
    if path.is_symlink() or not path.is_file():
        return "", ""
    try:
        with path.open("rb") as file:
            text = file.read(100).decode().strip()
        # dateutil also reads "10" or "May", and takes the rest from today.
        if re.match(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d", text) and parse_utc(text):
            return text, ""
    except (OSError, ValueError, OverflowError, TypeError, AttributeError):
        pass
    return "", "timestamp.txt holds no date and time: counted as handed in on time"
