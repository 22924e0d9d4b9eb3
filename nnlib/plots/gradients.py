"""The same gradient, computed in several ways, side by side."""

import numpy as np

from nnlib.plots.style import BLUE, INK, MUTED, RED, subplots

FLOOR = 1e-18  # where a difference of exactly 0 is drawn on the logarithmic axis
ROW = 0.42  # inches


def draw_gradients(ways, scale=None, limit=1e-10, rows=None):
    """Heat maps of one gradient computed in several ways, and below, how far each lies from the first.

    ways:   {name: array}, all of one shape, at most two axes; a vector becomes one row.
    scale:  the largest |entry| on the colour scale, so that the frames of a slider share it.
    limit:  what the differences are held against, a dashed line.
    rows:   room for so many rows, so that the frames of a slider have one size.
    """
    arrays = {name: np.atleast_2d(np.asarray(array, float)) for name, array in ways.items()}
    (first, reference), *others = arrays.items()
    for name, array in others:
        if array.shape != reference.shape:
            raise ValueError(f"{name} has shape {array.shape}, but {first} has {reference.shape}; "
                             "is one of them transposed?")
    scale = scale or max(np.abs(array).max() for array in arrays.values()) or 1.0
    room = rows or len(reference)
    tall = ROW * room + 2.1
    figure, (top, below) = subplots(5.2, tall, 2)
    figure.set_layout_engine("none")  # the heat maps get the whole width
    top.set_position((0.01, 1.7 / tall, 0.98, (ROW * room + 0.4) / tall))
    below.set_position((0.17, 0.58 / tall, 0.79, 0.95 / tall))
    _heat_maps(top, arrays, scale, room)
    for row, (_, array) in enumerate(reversed(others)):
        _difference(below, row, float(np.abs(array - reference).max()), limit)
    below.axvline(limit, color=MUTED, linestyle="--")
    below.text(1.6 * limit, -0.42, f"limit {limit:.0e}".replace("e-", "e−"), color=MUTED)
    below.set(xscale="log", xlim=(FLOOR, 1.0), ylim=(-0.5, len(others) - 0.3), yticks=range(len(others)),
              yticklabels=[name for name, _ in reversed(others)], xlabel=f"largest difference to {first}")
    below.set_xticks([1e-16, 1e-12, 1e-8, 1e-4, 1.0])
    below.minorticks_off()
    return figure


def _heat_maps(ax, arrays, scale, room):
    ax.set_axis_off()
    for place, (name, array) in enumerate(arrays.items()):
        n_rows, n_columns = array.shape
        left, above = 3.0 * place, (room - n_rows) / 2  # the maps share one Axes: equal panels with a gap
        ax.imshow(array, extent=(left, left + 2.8, above + n_rows, above), cmap="RdBu_r", vmin=-1.6 * scale,
                  vmax=1.6 * scale, aspect="auto")
        ax.text(left + 1.4, above - 0.15, name, ha="center", va="bottom", weight="bold")
        for (i, j), entry in np.ndenumerate(array):
            ax.text(left + 2.8 * (j + 0.5) / n_columns, above + i + 0.5,
                    f"{round(entry, 2) + 0.0:.2f}".replace("-", "−"), ha="center", va="center", size=10)
    ax.set(xlim=(0, 3.0 * len(arrays) - 0.2), ylim=(room, -0.4 / ROW))


def _difference(ax, row, worst, limit):
    colour, mark = (BLUE, "o") if worst <= limit else (RED, "X")
    ax.plot([FLOOR, max(worst, FLOOR)], [row, row], color=colour)
    ax.plot([max(worst, FLOOR)], [row], mark, color=colour, clip_on=False)
    ax.text(2.0 * max(worst, FLOOR), row + 0.16, f"{worst:.0e}".replace("e-", "e−") if worst else "exactly 0",
            color=INK, va="bottom")
