"""The same gradient, computed in several ways, side by side."""

import numpy as np

from nnlib.plots.style import BLUE, INK, MUTED, RED, subplots

FLOOR = 1e-18  # where a difference of exactly 0 is drawn on the logarithmic axis


def draw_gradients(ways, scale=None, limit=1e-10):
    """Heat maps of one gradient computed in several ways, and below, how far each lies from the first.

    ways:   {name: array}, all of one shape, at most two axes; a vector becomes one row.
    scale:  the largest |entry| on the colour scale, so that the frames of a slider share it.
    limit:  what the differences are held against, a dashed line.
    """
    arrays = {name: np.atleast_2d(np.asarray(array, float)) for name, array in ways.items()}
    (first, reference), *others = arrays.items()
    for name, array in others:
        if array.shape != reference.shape:
            raise ValueError(f"{name} has shape {array.shape}, but {first} has {reference.shape}; "
                             "is one of them transposed?")
    scale = scale or max(np.abs(array).max() for array in arrays.values()) or 1.0
    n_rows, n_columns = reference.shape
    figure, axes = subplots(5.2, 0.42 * n_rows + 2.2, 2, 1, height_ratios=(0.42 * n_rows + 0.45, 1.55))
    top, below = axes
    top.set_axis_off()
    wide = 3.0 * len(arrays)  # the heat maps share one Axes: three equal panels with a gap
    for place, (name, array) in enumerate(arrays.items()):
        left = 3.0 * place
        extent = (left, left + 2.8, n_rows, 0)
        top.imshow(array, extent=extent, cmap="RdBu_r", vmin=-1.6 * scale, vmax=1.6 * scale, aspect="auto")
        top.text(left + 1.4, -0.18, name, ha="center", va="bottom", weight="bold")
        for (i, j), entry in np.ndenumerate(array):
            top.text(left + 2.8 * (j + 0.5) / n_columns, i + 0.5, f"{round(entry, 2) + 0.0:.2f}".replace("-", "−"),
                     ha="center", va="center", size=11 if n_columns < 4 else 9.5)
    top.set(xlim=(0, wide - 0.2), ylim=(n_rows, -0.75))

    below.axvline(limit, color=MUTED, linestyle="--")
    below.text(1.6 * limit, -0.42, f"limit {limit:.0e}".replace("e-", "e−"), color=MUTED)
    for row, (_, array) in enumerate(reversed(others)):
        worst = float(np.abs(array - reference).max())
        colour = BLUE if worst <= limit else RED
        below.plot([FLOOR, max(worst, FLOOR)], [row, row], color=colour)
        below.plot([max(worst, FLOOR)], [row], "o" if worst <= limit else "X", color=colour, clip_on=False)
        below.text(2.0 * max(worst, FLOOR), row + 0.16, f"{worst:.0e}".replace("e-", "e−") if worst else "exactly 0",
                   color=INK, va="bottom")
    below.set(xscale="log", xlim=(FLOOR, 1.0), ylim=(-0.5, len(others) - 0.3), yticks=range(len(others)),
              yticklabels=[name for name, _ in reversed(others)], xlabel=f"largest difference to {first}")
    below.set_xticks([1e-16, 1e-12, 1e-8, 1e-4, 1.0])
    below.minorticks_off()
    return figure
