"""A product of two matrices as a sum of outer products, one term at a time."""

import numpy as np
from matplotlib.patches import Rectangle

from nnlib.plots.style import BLUE_FILL, FAINT, INK, MUTED, RED, RED_FILL, number, subplots

CELL = 0.5, 0.36  # inches


def draw_product(left, right, terms, names=("A", "B", "A B")):
    """left (m, N), right (N, p), and the sum of the first `terms` outer products left[:, n] · right[n, :].

    The column and the row of the newest term are framed; what is still to come is grey.
    Raises ValueError for shapes that do not fit, or more terms than there are.
    """
    left, right = np.asarray(left, float), np.asarray(right, float)
    if left.ndim != 2 or right.ndim != 2 or left.shape[1] != right.shape[0]:
        raise ValueError(f"a product needs shapes (m, N) and (N, p), but {left.shape} and {right.shape} came")
    N = right.shape[0]
    if not 0 <= terms <= N:
        raise ValueError(f"terms={terms}: this product is a sum of {N} outer products, so 0 to {N}")
    total = left[:, :terms] @ right[:terms]
    matrices = (left, right, total)
    gaps = (0.42, 0.42, 0.1)
    w, h = CELL
    tall = max(m.shape[0] for m in matrices) * h
    width = sum(m.shape[1] * w for m in matrices) + sum(gaps) + 0.1
    figure, ax = subplots(width, tall + 0.5)
    figure.set_layout_engine("none")
    ax.set(position=(0, 0, 1, 1), xlim=(-0.1, width - 0.1), ylim=(-tall / 2 - 0.1, tall / 2 + 0.4))
    ax.set_axis_off()
    x = 0.0
    for m, matrix in enumerate(matrices):
        rows, columns = matrix.shape
        top = rows * h / 2
        for i, j in np.ndindex(matrix.shape):
            n = (j, i, None)[m]  # the term that this entry belongs to
            ahead, now = n is not None and n >= terms, n is not None and n == terms - 1
            ax.add_patch(Rectangle((x + j * w, top - (i + 1) * h), w, h, edgecolor=FAINT,
                                   facecolor="white" if ahead else RED_FILL if now or m == 2 else BLUE_FILL))
            ax.text(x + (j + 0.5) * w, top - (i + 0.5) * h, number(matrix[i, j]), ha="center", va="center", size=12,
                    color=MUTED if ahead else RED if m == 2 else INK)
        if terms and m < 2:
            corner, span = ((x + (terms - 1) * w, -top), (w, rows * h)) if m == 0 else (
                (x, top - terms * h), (columns * w, h))
            ax.add_patch(Rectangle(corner, *span, fill=False, edgecolor=RED, linewidth=2.4, zorder=3))
        ax.text(x + columns * w / 2, top + 0.19, names[m], ha="center", va="center", size=12, weight="bold", color=INK)
        x += columns * w
        if m < 2:
            ax.text(x + gaps[m] / 2, 0.0, "×="[m], ha="center", va="center", size=14, color=INK)
        x += gaps[m]
    return figure
