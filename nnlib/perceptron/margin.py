"""How far apart two classes are, and how many mistakes that allows (section 1.5).

The bias is one more weight, on an input that is always 1, and a target of 0 turns its
example round. Then "w separates the classes" reads w·p > 0 for every p = ±(x, 1), and

    R = max ‖p‖,    γ = max over ‖w‖ = 1 of  min w·p ,    mistakes ≤ (R/γ)².

The largest margin γ equals the distance from 0 to the convex hull of the points p: the
nearest point of the hull, divided by its length, is the best w.
"""

from typing import NamedTuple

import numpy as np

from nnlib.perceptron.rule import checked


class Margin(NamedTuple):
    """The widest separation. `gamma` is 0.0, and w, b are zeros, when no hyperplane separates the classes."""

    gamma: float
    w: np.ndarray
    b: float


def margin(X, t):
    """γ and the (w, b) of length 1 that reaches it: every example has ±(w·x + b) ≥ γ. Exact but for rounding;
    a gap below about 1e-8 of the radius counts as none.

    X: (N, D).  t: N targets, 0 or 1. Raises ValueError for other shapes or targets.
    """
    points = _turned(X, t)
    nearest = _nearest_to_zero(points)
    gamma = float(np.linalg.norm(nearest))
    # Touching classes leave rounding; the smallest w·p says whether w separates them after all.
    if gamma <= 1e-9 * radius(X) or (points @ nearest).min() <= 0:
        return Margin(0.0, np.zeros(points.shape[1] - 1), 0.0)
    return Margin(gamma, nearest[:-1] / gamma, float(nearest[-1] / gamma))


def radius(X):
    """R, the length of the longest (x, 1)."""
    return float(np.sqrt((np.square(np.asarray(X, dtype=float)).sum(axis=1) + 1.0).max()))


def mistake_bound(X, t):
    """(R/γ)²: no order of the examples makes Rosenblatt's rule err more often. Infinite where γ is 0."""
    gamma = margin(X, t).gamma
    return (radius(X) / gamma) ** 2 if gamma > 0 else float("inf")


def _turned(X, t):
    X, t = checked(X, t)
    return np.where(t == 1, 1.0, -1.0)[:, None] * np.column_stack([X, np.ones(len(X))])


def _nearest_to_zero(points):
    """The point of the convex hull that is nearest to 0, by Wolfe's algorithm (1976), in finitely many steps.

    It keeps a few corners and the nearest point of *their* hull. A corner that lies deeper in
    that direction comes in; corners that the nearest point no longer needs go out.
    """
    corners = [int(np.argmin((points**2).sum(axis=1)))]
    shares = np.ones(1)  # of each corner in the nearest point
    tolerance = 1e-13 * (points**2).sum(axis=1).max()
    while True:
        nearest = shares @ points[corners]
        deepest = int(np.argmin(points @ nearest))
        if points[deepest] @ nearest > nearest @ nearest - tolerance or deepest in corners:
            return nearest
        corners, shares = [*corners, deepest], np.append(shares, 0.0)
        while (wanted := _nearest_shares(points[corners])).min() < 1e-12:
            falling = wanted < 1e-12  # walk towards `wanted` until the first of these shares is 0
            step = min(1.0, (shares[falling] / np.maximum(shares[falling] - wanted[falling], 1e-300)).min())
            shares = (1 - step) * shares + step * wanted
            keep = shares > 1e-12
            corners, shares = [c for c, k in zip(corners, keep) if k], shares[keep]
        shares = wanted
        if deepest not in corners:  # rounding threw the new corner out at once: there is no nearer point to find
            return nearest


def _nearest_shares(Q):
    """a with Σ a = 1 and ‖a Q‖ least: the nearest point of the plane through the rows of Q, by Lagrange's equations."""
    k = len(Q)
    system = np.block([[Q @ Q.T, np.ones((k, 1))], [np.ones((1, k)), np.zeros((1, 1))]])
    return np.linalg.lstsq(system, np.append(np.zeros(k), 1.0), rcond=None)[0][:k]
