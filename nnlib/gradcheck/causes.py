"""From a wrong derivative to the likely mistake: patterns in claimed against measured values.

A pattern is a function from the wrong entries to True or False. To add one: a row in
CAUSES (special before general), and a planted mistake in the tests.
"""

from typing import NamedTuple

import numpy as np


class Wrong(NamedTuple):
    """The entries that are wrong, each an array (entries,)."""

    claimed: np.ndarray
    measured: np.ndarray
    tolerance: np.ndarray  # how far apart two equal numbers may be here
    x: np.ndarray | None = None  # the entry of x that each is the derivative by; None where it is a direction

    def ratio(self):
        """The one factor claimed / measured that fits best, by least squares; NaN where nothing was measured but 0."""
        if (np.abs(self.measured) <= self.tolerance).all():
            return np.nan
        return float(self.claimed @ self.measured / (self.measured @ self.measured))

    def is_moved(self):
        """Whether the claimed numbers are the measured ones in another order, and differ enough to tell."""
        claimed, measured, tolerance = np.sort(self.claimed), np.sort(self.measured), self.tolerance.max()
        return bool((np.abs(claimed - measured) <= tolerance).all() and (np.diff(measured) > 2 * tolerance).sum() > 2)

    def decay(self):
        """The λ for which claimed = measured + λ x in every entry, or 0 where there is none."""
        if self.x is None or len(self.x) < 3 or not self.x.any():
            return 0.0
        missing = self.claimed - self.measured
        rate = float(missing @ self.x / (self.x @ self.x))
        return rate if (np.abs(missing - rate * self.x) <= self.tolerance).all() else 0.0

    def is_times(self, r):
        """Whether claimed = r · measured in every entry."""
        return bool((np.abs(self.claimed - r * self.measured) <= max(1.0, abs(r)) * self.tolerance).all())


def likely_cause(wrong, transposed):
    """(name, sentence) of the first pattern that fits, or (None, "").

    transposed: whether exchanging the axes makes every entry right.
    """
    if np.isnan(wrong.claimed).any():
        return "nan", "NaN: a division 0/0, or ∞ − ∞, on the way back."
    if np.isinf(wrong.claimed).any():
        return "inf", "Infinity: a division by 0, or an exponential that is too large, on the way back."
    if transposed:
        return "transposed", "It is the transpose of the right one: rows and columns are exchanged."
    r = wrong.ratio()
    for name, factor, sentence in CAUSES:
        if wrong.is_times(factor):
            return name, sentence
    if wrong.is_moved():
        return "moved", ("The numbers are right, but stand in other places: rows or columns exchanged or shifted, or a "
                         "reshape where a transpose is meant?")
    minus = " And the sign is wrong." if r < 0 else ""
    if (n := _whole(r)) and wrong.is_times(n):
        return "times N", (f"Too large by a factor of {abs(n)}. A sum over {abs(n)} entries where the mean is "
                           f"meant?{minus}")
    if (n := _whole(1 / r if r else 0.0)) and wrong.is_times(1 / n):
        return "divided by N", (f"Too small by a factor of {abs(n)}. Divided by {abs(n)} once too often, or a mean "
                                f"where the sum is meant?{minus}")
    if len(wrong.claimed) > 2 and abs(r - 1.0) < 1e-2 and wrong.is_times(r):
        return "nearly", (f"Off by a part of {abs(r - 1.0):.0e} only: no missing factor, but a rounded constant, an ε "
                          "in a root or a quotient that one of the two leaves out, or float32 on the way?")
    if len(wrong.claimed) > 2 and wrong.is_times(r):
        return "factor", f"Every wrong entry is {r:.4g} times what it should be: a constant factor is wrong or missing."
    if rate := wrong.decay():
        what, here, there = ("too much", "its gradient", "f") if rate > 0 else ("missing", "f", "its gradient")
        return "decay", (f"{abs(rate):.4g} times the weights themselves is {what}: weight decay that is in {here}, but "
                         f"not in {there}?")
    return None, ""


def _whole(r):
    """r as a whole number, or 0 where it is none that could count entries."""
    return round(r) if 2.5 < abs(r) < 1e6 else 0


# name, claimed / measured, what a tutor would say
CAUSES = [
    ("zero", 0.0, "It is 0 where it should not be: a path of the chain rule is missing, or it was never filled in."),
    ("sign", -1.0, "The size is right and the sign is wrong: a minus lost, or a difference taken the wrong way round?"),
    ("missing factor 2", 0.5, "Half of what it should be: a factor 2 is missing, as from the derivative of a square."),
    ("accumulated twice", 2.0, "Twice what it should be: accumulated twice (a second backward pass onto gradients that "
                               "were not set to zero)? Or a factor ½ of the loss forgotten?"),
    ("sign and factor 2", -2.0, "Twice what it should be, and of the wrong sign: a minus lost, a factor 2 too many."),
    ("sign and factor 2", -0.5, "Half of what it should be, and of the wrong sign: a minus and a factor 2 lost."),
]
