"""Small data sets, made from a random generator that the caller gives, and one of real digits.

Classification sets return X of shape (n, 2) and classes y, whole numbers from 0, of shape (n,),
in random order and as evenly shared among the classes as n allows.
"""

from typing import NamedTuple

import numpy as np


def xor(n=4, noise=0.0, rng=None):
    """The corners of the unit square, class 1 where exactly one input is 1: no line separates the classes.

    n:      number of points, the four corners in turn; with n = 4 and no noise it is the truth table.
    noise:  standard deviation of the Gaussian noise added to both inputs; it needs an rng.
    """
    _at_least(n, 4, "XOR", "one for each corner")
    _noise(noise)
    if noise or rng is not None:
        _random(rng)
    corner = np.arange(n) % 4
    X = np.column_stack([corner // 2, corner % 2]).astype(float)
    y = corner // 2 ^ corner % 2
    if rng is None:
        return X, y
    return _shuffled(X + rng.normal(0.0, noise, (n, 2)), y, rng)


def two_moons(n, noise, rng):
    """Two half circles that interlock: the smallest data set that no line separates.

    n:      number of points, half of them (rounded down) in class 0.
    noise:  standard deviation of the Gaussian noise added to both coordinates.
    Returns X of shape (n, 2) and y of shape (n,), classes 0 and 1, in random order.
    """
    _random(rng)
    _at_least(n, 2, "two moons", "one for each")
    _noise(noise)
    y = np.arange(n) * 2 // n  # first half 0, second half 1
    angle = rng.uniform(0.0, np.pi, n)
    upper = np.column_stack([np.cos(angle), np.sin(angle)])
    lower = np.column_stack([1.0 - np.cos(angle), 0.5 - np.sin(angle)])
    X = np.where(y[:, None] == 0, upper, lower) + rng.normal(0.0, noise, (n, 2))
    return _shuffled(X, y, rng)


def spirals(n, noise, rng, classes=2, turns=1.0):
    """Arms that wind around each other, one a class: near the centre they are close, and a deep bend separates them.

    Arm k starts at angle 2πk/classes; its radius grows from 0 to 1 in `turns` turns.
    """
    _random(rng)
    if classes < 1:
        raise ValueError(f"spirals: classes is the number of arms, at least 1, but it is {classes}")
    _at_least(n, classes, "spirals", "one for each arm")
    _noise(noise)
    y = np.arange(n) * classes // n
    r = np.sqrt(rng.uniform(0.0, 1.0, n))  # the root spreads the points evenly over the disc
    angle = 2.0 * np.pi * (turns * r + y / classes)
    X = r[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]) + rng.normal(0.0, noise, (n, 2))
    return _shuffled(X, y, rng)


def blobs(n, centres, noise, rng):
    """A round cloud about each centre.

    centres: (classes, D), one row for each class; X then has D columns.
    noise:   standard deviation of each cloud in every direction.
    """
    _random(rng)
    centres = np.asarray(centres, dtype=float)
    if centres.ndim != 2:
        raise ValueError(f"centres holds one centre in each row, shape (classes, D), but it has shape {centres.shape}")
    _at_least(n, len(centres), "blobs", "one for each centre")
    _noise(noise)
    y = np.arange(n) * len(centres) // n
    return _shuffled(centres[y] + rng.normal(0.0, noise, (n, centres.shape[1])), y, rng)


def semicircle_to_parabola(n, rng=None):
    """A regression from plane to plane: x on the upper unit semicircle, y = (x_1, x_1²) on a parabola.

    With an rng the points are drawn evenly from the arc, without one they stand at equal steps along it.
    Returns X of shape (n, 2) and Y of shape (n, 2).
    """
    if rng is not None:
        _random(rng)
    _at_least(n, 1, "the semicircle", "or there is nothing to learn")
    angle = np.linspace(0.0, np.pi, n) if rng is None else rng.uniform(0.0, np.pi, n)
    X = np.column_stack([np.cos(angle), np.sin(angle)])
    return X, np.column_stack([X[:, 0], X[:, 0] ** 2])


def digits():
    """1,797 real handwritten digits of 8 × 8 pixels, from scikit-learn (Alpaydin and Kaynak 1998).

    Returns X of shape (1797, 64), ink from 0 to 1, one image in each row, and the classes y, 0 to 9.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise ImportError("the digits come with scikit-learn, which is not installed here: "
                          "pip install scikit-learn") from None
    X, y = load_digits(return_X_y=True)
    return X / 16.0, y


class Split(NamedTuple):
    """Three parts of a data set, each a pair (X, y): learn from the first, choose by the second, judge by the third."""

    train: tuple
    validation: tuple
    test: tuple


def split(X, y, rng, validation=0.2, test=0.2, stratify=True):
    """Deals the examples out at random. Every example lands in exactly one part.

    validation, test: the shares of these parts, 0 to 1; the rest is for training.
    stratify:         every part has its share of every class, as nearly as whole numbers allow.
                      For regression, where y has no classes, say False.
    Raises ValueError for shares that leave nothing to train on.
    """
    _random(rng)
    X, y = np.asarray(X), np.asarray(y)
    if len(X) != len(y):
        raise ValueError(f"each example needs its target: X has {len(X)} rows, y has {len(y)}")
    if not (0 <= validation and 0 <= test and validation + test < 1):
        raise ValueError("shares lie between 0 and 1 and leave something to train on, but they are "
                         f"validation = {validation} and test = {test}")
    if stratify and (y.ndim != 1 or y.dtype.kind == "f"):
        raise ValueError(f"stratify needs classes, one whole number for each example, but y has shape {y.shape} and "
                         f"dtype {y.dtype}; for regression write stratify=False")
    order = rng.permutation(len(X))
    if stratify:
        order = order[np.argsort(y[order], kind="stable")]  # class by class, in random order within
    rest, in_test = _deal(order, test)
    train, in_validation = _deal(rest, validation / (1.0 - test))
    if not len(train):
        raise ValueError(f"of {len(X)} examples none is left to train on, with validation = {validation} and "
                         f"test = {test}")
    return Split(*((X[part], y[part]) for part in map(rng.permutation, (train, in_validation, in_test))))


def _deal(order, share):
    """(rest, dealt): every 1/share-th of them, so that each stretch of `order` gives its share."""
    count = np.floor(np.arange(len(order) + 1) * share + 0.5 + 1e-9)
    dealt = np.diff(count) > 0
    return order[~dealt], order[dealt]


def _shuffled(X, y, rng):
    order = rng.permutation(len(y))
    return X[order], y[order]


def _at_least(n, least, what, why):
    if n < least:
        raise ValueError(f"{what}: n must be at least {least}, {why}, but n = {n}")


def _random(rng):
    if not isinstance(rng, np.random.Generator):
        raise TypeError("random numbers come from a generator that you give, rng=np.random.default_rng(0), but "
                        f"{rng!r} came")


def _noise(noise):
    if not noise >= 0:
        raise ValueError(f"noise is a standard deviation, so at least 0, but it is {noise}")
