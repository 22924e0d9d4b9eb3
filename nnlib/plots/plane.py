"""Points of two classes in the plane, and what a classifier makes of the plane."""

import numpy as np

from nnlib.plots.style import BLUE, INK, MUTED, RED, subplots

SHADES = ("#b5d0ec", "#dfeaf6", "#fbe5d9", "#f0b497")  # P(class 1) below 0.1, below ½, above ½, above 0.9


def draw_classifier(X, y, probability=None, losses=None, epoch=None):
    """Points, the probability of class 1 as shading with the boundary P = ½, and the loss below.

    X: (N, 2).  y: (N,), classes 0 and 1.
    probability: (a, b, P), where P[i, j] is the probability of class 1 at (a[j], b[i]).
    losses: the loss after epochs 0, 1, …, drawn up to `epoch` (all by default); the axes fit
    the whole list, so that the frames of a slider share one scale.
    """
    X, y = np.asarray(X, float), np.asarray(y)
    if X.ndim != 2 or X.shape[1] != 2 or y.shape != X.shape[:1]:
        raise ValueError(f"expected X of shape (N, 2) and y of shape (N,), but got {X.shape} and {y.shape}")
    if losses is None:
        figure, ax = subplots(4.8, 3.6)
    else:
        figure, (ax, below) = subplots(4.8, 5.0, rows=2, height_ratios=(2.4, 1))
        _draw_loss(below, losses, len(losses) - 1 if epoch is None else epoch)
    if probability is not None:
        a, b, P = probability
        ax.contourf(a, b, P, levels=[0, 0.1, 0.5, 0.9, 1], colors=SHADES)
        ax.contour(a, b, P, levels=[0.5], colors=[INK], linewidths=2)
    for c, mark, colour in ((0, "o", BLUE), (1, "^", RED)):
        ax.scatter(*X[y == c].T, marker=mark, s=24, color=colour, label=f"class {c}")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
    ax.set(xlabel="x₁", ylabel="x₂", aspect="equal")
    ax.grid(False)
    return figure


def _draw_loss(ax, losses, epoch):
    if not 0 <= epoch < len(losses):
        raise ValueError(f"epoch={epoch}: there are losses for the epochs 0 to {len(losses) - 1}")
    ax.plot(losses[: epoch + 1], color=MUTED)
    ax.plot([epoch], [losses[epoch]], "o", color=INK)
    last = len(losses) - 1
    ax.set(xlabel="epoch", ylabel="loss", xlim=(-0.02 * last - 0.5, 1.02 * last + 0.5), ylim=(0, 1.1 * max(losses)))
