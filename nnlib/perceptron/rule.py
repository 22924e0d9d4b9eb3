"""Rosenblatt's rule: a unit that learns from its mistakes, and only from them (sections 1.3 to 1.5)."""

from typing import NamedTuple

import numpy as np


class Update(NamedTuple):
    """One correction: example n was answered wrong, and w and b were moved."""

    epoch: int  # counted from 0
    n: int  # the row of X
    target: int
    output: int  # what the unit said before
    w: np.ndarray  # the weights after the correction
    b: float


class Learned(NamedTuple):
    """Where the rule ended, and every step on the way."""

    w: np.ndarray
    b: float
    updates: list  # of Update; as many as mistakes were made
    converged: bool  # whether the last epoch was free of mistakes
    epochs: int  # how many passes over the data were begun

    def __call__(self, X):
        """1 where w·x + b ≥ 0, else 0, for each row of X."""
        return np.where(np.asarray(X) @ self.w + self.b >= 0, 1, 0)


def learn(X, t, lr=1.0, epochs=100, rng=None):
    """The perceptron algorithm, from w = 0, b = 0: after each answer,  w ← w + η (t − o) x,  b ← b + η (t − o).

    Where the output o is right, t − o = 0 and nothing moves. Where it should have fired,
    the weights of active inputs grow; where it should not have, they shrink; an input that
    is 0 leaves its weight alone.

    X: (N, D).  t: N targets, 0 or 1.  Stops after the first epoch without a mistake, or after
    `epochs`. The examples come in their order, or with an rng in a new random order each epoch.

    If a line (a hyperplane) separates the classes, there are at most (R/γ)² mistakes, whatever
    the order (Novikoff 1962; `mistake_bound`). If none does, the rule never comes to rest.
    """
    X, t = checked(X, t)
    if not lr > 0:
        raise ValueError(f"the learning rate must be above 0, but lr = {lr}: with it the unit would "
                         + ("never move" if lr == 0 else "move away from what is right"))
    if epochs < 1:
        raise ValueError(f"at least one epoch is needed to learn, but epochs = {epochs}")
    w, b, updates = np.zeros(X.shape[1]), 0.0, []
    for epoch in range(epochs):
        before = len(updates)
        for n in range(len(X)) if rng is None else rng.permutation(len(X)).tolist():
            o = 1 if X[n] @ w + b >= 0 else 0
            if o != t[n]:
                w = w + lr * (t[n] - o) * X[n]
                b = b + lr * (t[n] - o)
                updates.append(Update(epoch, n, int(t[n]), o, w, float(b)))
        if len(updates) == before:
            return Learned(w, float(b), updates, True, epoch + 1)
    return Learned(w, float(b), updates, False, epochs)


def checked(X, t):
    """X and t as arrays. Raises ValueError where they are not rows of numbers and a 0 or 1 for each."""
    X, t = np.asarray(X, dtype=float), np.asarray(t)
    if X.ndim != 2 or len(X) == 0:
        raise ValueError(f"X holds one example in each row, shape (N, D), but it has shape {X.shape}")
    if t.shape != (len(X),):
        raise ValueError(f"one target for each of the {len(X)} examples is needed, shape ({len(X)},), "
                         f"but t has shape {t.shape}")
    if not np.isfinite(X).all():
        raise ValueError("X holds NaN or infinity, and no weight can learn from that")
    if strange := sorted(set(t.tolist()) - {0, 1}):
        raise ValueError(f"targets are 0 or 1, but t holds {strange[0]}"
                         + ("; turn −1 and +1 into 0 and 1 with (t + 1) // 2" if -1 in strange else ""))
    return X, t.astype(int)
