"""Curves that a chapter draws more than once."""

import numpy as np

from nnlib.plots.style import BLUE, INK, LOOKS, MUTED, RED, subplots

FLOOR = 1e-17  # where an error of exactly 0 is drawn on a logarithmic axis


def draw_growth(sizes, costs, x_label, y_label):
    """Cost against size, both axes logarithmic; straight lines, whose slope is the exponent.

    sizes:  numbers, or {name: numbers} where each curve has its own.
    costs:  {name: numbers as long as its sizes}.
    """
    figure, ax = subplots()
    for (name, cost), (colour, mark, _) in zip(costs.items(), LOOKS):
        ax.loglog(sizes[name] if isinstance(sizes, dict) else sizes, cost, marker=mark, color=colour, label=name)
    ax.set(xlabel=x_label, ylabel=y_label)
    if len(costs) > 1:
        ax.legend()
    return figure


def draw_tangent(f, x, slopes, x_range, y_range):
    """The curve of f and, through (x, f(x)), a line for each claimed slope.

    slopes: {name: slope}; the first is drawn solid, the others dashed.
    """
    figure, ax = subplots()
    xs = np.linspace(*x_range, 61)
    ax.plot(xs, [f(v) for v in xs], color=INK)
    for i, (name, slope) in enumerate(slopes.items()):
        ax.axline((x, f(x)), slope=slope, color=(RED, BLUE, MUTED)[i % 3], linestyle="--" if i else "-",
                  label=f"{name}: {slope:g}".replace("-", "−"))
    ax.plot([x], [f(x)], "o", color=INK)
    ax.set(xlim=x_range, ylim=y_range, xlabel="x")
    ax.legend(loc="upper center")
    return figure


def draw_v_curve(curves):
    """How far a measured derivative is from the claimed one, for each step h: a V where the claim is right, level where
    it is wrong. The lowest point is marked.

    curves: (steps, errors), as a Report of nnlib.gradcheck gives them by v_curve(), or {name: (steps, errors)}.
    """
    curves = curves if isinstance(curves, dict) else {"error": curves}
    figure, ax = subplots(height=3.2 + 0.25 * len(curves))
    for (name, (steps, errors)), (colour, mark, dash) in zip(curves.items(), LOOKS):
        errors = np.where(np.isfinite(errors), np.maximum(errors, FLOOR), np.nan)  # NaN: a step left the domain of f
        best = np.nanargmin(errors)
        ax.loglog(steps, errors, color=colour, linestyle=dash, marker=mark, markevery=[best],
                  label=f"{name}: {errors[best]:.0e} at h = {steps[best]:.0e}".replace("e-", "e−"))
    ax.set(xlabel="step h", ylabel="relative error")
    figure.legend(loc="outside upper left")  # beside a V is no room that another curve would not cross
    return figure
