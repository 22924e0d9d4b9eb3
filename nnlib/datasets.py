"""Small data sets, made from a random generator that the caller gives."""

import numpy as np


def two_moons(n, noise, rng):
    """Two half circles that interlock: the smallest data set that no line separates.

    n:      number of points, half of them (rounded down) in class 0.
    noise:  standard deviation of the Gaussian noise added to both coordinates.
    Returns X of shape (n, 2) and y of shape (n,), classes 0 and 1, in random order.
    """
    if n < 2:
        raise ValueError(f"two moons need at least two points, but n = {n}")
    if noise < 0:
        raise ValueError(f"noise is a standard deviation, so at least 0, but it is {noise}")
    y = np.arange(n) * 2 // n  # first half 0, second half 1
    angle = rng.uniform(0.0, np.pi, n)
    upper = np.column_stack([np.cos(angle), np.sin(angle)])
    lower = np.column_stack([1.0 - np.cos(angle), 0.5 - np.sin(angle)])
    X = np.where(y[:, None] == 0, upper, lower) + rng.normal(0.0, noise, (n, 2))
    order = rng.permutation(n)
    return X[order], y[order]
