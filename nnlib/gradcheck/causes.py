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

    def ratio(self):
        """The one factor claimed / measured that fits best, by least squares."""
        return float(self.claimed @ self.measured / (self.measured @ self.measured)) if self.measured.any() else np.nan

    def is_times(self, r):
        """Whether claimed = r · measured in every entry."""
        return bool((np.abs(self.claimed - r * self.measured) <= max(1.0, abs(r)) * self.tolerance).all())


def likely_cause(wrong, transposed):
    """(name, sentence) of the first pattern that fits, or (None, "").

    transposed: whether exchanging the axes makes every entry right.
    """
    if np.isnan(wrong.claimed).any():
        return "nan", "NaN: a division 0/0, or ∞ − ∞, on the way back."
    if transposed:
        return "transposed", "It is the transpose of the right one: rows and columns are exchanged."
    r = wrong.ratio()
    for name, factor, sentence in CAUSES:
        if wrong.is_times(factor):
            return name, sentence
    for name, n, sentence in (("times N", r, "A sum over {n} entries where the mean is asked for?"),
                              ("divided by N", 1 / r if r else np.nan, "Divided by {n} once too often, or a mean where "
                                                                      "the sum is asked for?")):
        n = round(n) if abs(n) < 1e6 else 0
        if abs(n) > 2 and wrong.is_times(float(n) if name == "times N" else 1 / n):
            minus = "" if n > 0 else " The sign is wrong, too."
            off = f"Too {'large' if name == 'times N' else 'small'} by a factor of {abs(n)}. "
            return name, off + sentence.format(n=abs(n)) + minus
    if len(wrong.claimed) > 2 and wrong.is_times(r):
        return "factor", f"Every wrong entry is {r:.4g} times what it should be: a constant factor is wrong or missing."
    return None, ""


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
