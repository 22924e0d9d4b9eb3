"""A batch of sequences: one card a sequence, one row a word, one column a feature."""

import numpy as np
from matplotlib.patches import Rectangle

from nnlib.plots.style import BLUE, BLUE_FILL, INK, MUTED, RED, RED_FILL, subplots


def draw_batch(T, words, axis, index):
    """The tensor T, (sequences, words, features), one card a sequence, the slice `index` along `axis` in red.

    words:  for each sequence its words; a row beyond its end is padding, drawn hatched.
    Raises ValueError where T has not three axes or there is no such slice.
    """
    T = np.asarray(T)
    if T.ndim != 3 or len(words) != len(T):
        raise ValueError(f"expected a tensor (sequences, words, features) and the words of each sequence, "
                         f"but got shape {T.shape} and {len(words)} sequences of words")
    if axis not in (0, 1, 2) or not 0 <= index < T.shape[axis]:
        raise ValueError(f"a tensor of shape {T.shape} has no slice {index} along axis {axis}")
    b, length, d = T.shape
    figure, ax = subplots(5.2, 0.31 * length * b + 0.42 * b + 0.1)
    ax.set_axis_off()
    top = 0.0
    for i in range(b):
        ax.text(2.6, top + 0.12, f"sentence {i}", va="bottom", weight="bold",
                color=RED if (axis, index) == (0, i) else INK)
        for t in range(length):
            known = t < len(words[i])
            ax.text(2.4, top - t - 0.5, words[i][t] if known else "padding", ha="right", va="center",
                    color=RED if (axis, index) == (1, t) else INK if known else MUTED)
            for k in range(d):
                inside = (i, t, k)[axis] == index
                ax.add_patch(Rectangle((2.6 + 1.4 * k, top - t - 1), 1.4, 1, hatch=None if known else "///",
                                       facecolor=RED_FILL if inside else BLUE_FILL,
                                       edgecolor=RED if inside else MUTED, linewidth=2 if inside else 0.7,
                                       zorder=3 if inside else 2))
                if known:
                    ax.text(3.3 + 1.4 * k, top - t - 0.5, f"{round(T[i, t, k], 1) + 0.0:.1f}".replace("-", "−"),
                            ha="center", va="center", size=11, color=RED if inside else BLUE, zorder=4)
        top -= length + 1.35
    ax.set(xlim=(-1.2, 2.7 + 1.4 * d), ylim=(top + 1.2, 0.9))
    return figure
