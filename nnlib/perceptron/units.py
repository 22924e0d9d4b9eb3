"""The neuron of McCulloch and Pitts: it fires when enough of its inputs are on (section 1.2)."""

from typing import NamedTuple

import numpy as np


class ThresholdUnit(NamedTuple):
    """Fires, 1, where w·x ≥ threshold; else stays silent, 0."""

    w: np.ndarray
    threshold: float

    def __call__(self, X):
        """X: one input (D,) or a batch of rows (N, D). Returns 0 or 1, or an array (N,) of them.

        Raises ValueError when there are not as many inputs as weights.
        """
        X = np.asarray(X)
        if X.ndim not in (1, 2) or X.shape[-1] != len(self.w):
            raise ValueError(f"this unit has {len(self.w)} weights, so it takes inputs of shape ({len(self.w)},) "
                             f"or (N, {len(self.w)}), but {X.shape} came")
        return np.where(X @ self.w >= self.threshold, 1, 0)[()]


def and_unit(n):
    """Fires when all of its n inputs are on: x_1 + … + x_n ≥ n."""
    return ThresholdUnit(_ones(n), n)


def or_unit(n):
    """Fires when at least one of its n inputs is on: x_1 + … + x_n ≥ 1."""
    return ThresholdUnit(_ones(n), 1)


def majority_unit(n):
    """Fires when more than half of its n inputs are on."""
    return ThresholdUnit(_ones(n), n // 2 + 1)


def not_unit():
    """Fires when its one input is off: −x ≥ 0."""
    return ThresholdUnit(np.array([-1.0]), 0)


def _ones(n):
    if n < 1:
        raise ValueError(f"a unit needs at least one input, but n = {n}")
    return np.ones(n)
