"""Two ways to the same result, drawn as rows of jobs that are done one after the other."""

import numpy as np
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from nnlib.plots.style import BLUE, FAINT, INK, RED, subplots

EMPTY = "#c3cad1"


def draw_race(ways, done, rows=None, columns=None):
    """One panel for each way; in it a row for each result, with a square for each job that the result needs.

    ways: {title: {result: number of jobs}}, the results from top to bottom, in the order in which they are computed.
          The one called "forward" is blue, as everywhere in the book, and what comes back is red.
    done: how many jobs each way has had time for; those squares are filled.
    rows, columns: room for so many results, and for so many jobs of one, so that all frames of a slider have one scale.

    Returns a matplotlib Figure. Raises ValueError for a negative `done`, or ways that differ in their results.
    """
    if done < 0:
        raise ValueError(f"done counts finished jobs, so it is at least 0, but it is {done}")
    names = [list(jobs) for jobs in ways.values()]
    if any(sorted(n) != sorted(names[0]) for n in names):
        raise ValueError(f"both ways lead to the same results, but they are called {names}")
    widest = columns or max(max(jobs.values()) for jobs in ways.values())
    results, rows = len(names[0]), rows or len(names[0])
    figure, axes = subplots(5.2, 1.0 + 0.21 * rows, columns=len(ways), squeeze=False, sharey=True)
    for ax, (title, jobs) in zip(axes[0], ways.items()):
        total = sum(jobs.values())
        before = np.cumsum([0, *jobs.values()])[:-1]
        filled = np.clip(done - before, 0, list(jobs.values()))
        ax.add_patch(_bars(filled, list(jobs.values()), EMPTY))
        forward = np.array([result == "forward" for result in jobs])
        ax.add_patch(_bars(0 * filled, filled * forward, BLUE))
        ax.add_patch(_bars(0 * filled, filled * ~forward, RED))
        ax.vlines(np.arange(1, widest) - 0.5, -0.5, results - 0.5, color="white", linewidth=1.6)
        ax.set_title(f"{title}\n{min(done, total)} of {total}" + (", finished" if done >= total else ""), loc="left")
        ax.set(xlim=(-0.8, widest - 0.2), ylim=(rows - 0.3, -0.7), xticks=[])
        ax.set_yticks(range(results), jobs, color=INK, fontsize=11)
        ax.tick_params(length=0)
        ax.grid(False)
        for spine in ax.spines.values():
            spine.set(color=FAINT, visible=spine.spine_type == "left")
    return figure


def _bars(starts, ends, colour):
    """One bar a row, from square to square, as a single shape, so that the picture stays small in a page."""
    bars = [[(a - 0.5, row - 0.36), (b - 0.5, row - 0.36), (b - 0.5, row + 0.36), (a - 0.5, row + 0.36), (0, 0)]
            for row, (a, b) in enumerate(zip(starts, ends)) if b > a]
    codes = [Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY] * len(bars)
    return PathPatch(Path(np.reshape(bars, (-1, 2)), codes), facecolor=colour, edgecolor="none")
