"""What the check found, in numbers and in a sentence."""

from dataclasses import dataclass
from typing import NamedTuple


class Worst(NamedTuple):
    """The entry that is furthest off."""

    entry: str  # "W1[2, 3]"
    claimed: float
    measured: float


@dataclass
class Report:
    """The verdict on a gradient. True in an `if` or an `assert` when it is right; print it to read why.

    verdict:  "right"; "wrong"; "kink", when f has no derivative at this input; "float32" or
              "noise", when rounding in f hides more than a check should leave open.
    cause:    for a wrong one the name of the likely mistake, or None.
    error:    the largest |claimed − measured|, each relative to the larger of the two, or to a
              thousandth of the largest derivative where both are smaller still.
    worst:    the entry that is furthest off: its name, the claimed and the measured value.
    claimed, measured: all derivatives, (outputs, entries of x or directions).
    sentence: the verdict in words.
    """

    verdict: str
    sentence: str
    error: float
    worst: Worst
    claimed: object
    measured: object
    cause: str | None = None
    curve: object = None  # () -> (steps, errors)

    @property
    def ok(self):
        return self.verdict == "right"

    def __bool__(self):
        return self.ok

    def __str__(self):
        return self.sentence

    def v_curve(self):
        """(steps h, errors) of central differences against the claimed derivative, as `v_curve` computes them.

        A V: right. A level line: wrong, whatever the step. A V that stands high: noise. To see it:
        nnlib.plots.draw_v_curve(report.v_curve()).
        """
        return self.curve()
