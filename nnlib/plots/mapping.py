"""A network from plane to plane: its hidden units as lines among the inputs, its errors as arrows among the outputs."""

import numpy as np

from nnlib.plots.style import BLUE, INK, MUTED, RED, subplots


def draw_mapping(X, Y, Y_hat, W=None, b=None, losses=None, step=None, limits=None):
    """Inputs on the left, with the line w · x + b = 0 of each hidden unit; on the right targets, predictions, errors.

    X, Y, Y_hat: (N, 2), in the order of a curve. An arrow is the error ŷ − y, from the target to the prediction.
    W: (units, 2), b: (units,), the first layer.
    losses: {step: loss} for a third panel, both axes logarithmic, drawn up to `step`; step 0 stands at the left edge.
    limits: ((x low, x high), (y low, y high)) of the right panel, so that the frames of a slider share one scale.
    """
    X, Y, Y_hat = (np.asarray(a, float) for a in (X, Y, Y_hat))
    if not X.shape == Y.shape == Y_hat.shape or X.shape[1:] != (2,):
        raise ValueError(f"expected X, Y and Y_hat of the same shape (N, 2), but got {X.shape}, {Y.shape} "
                         f"and {Y_hat.shape}")
    if losses is None:
        figure, (left, right) = subplots(5.4, 2.9, columns=2)
    else:
        if step not in losses:
            raise ValueError(f"step={step}: there are losses for the steps {', '.join(map(str, losses))}")
        figure, axes = subplots(5.4, 4.6, rows=2, columns=2, height_ratios=(2.2, 1), width_ratios=(1, 1.3))
        (left, right), (below, spare) = axes
        spare.remove()
        below.set_subplotspec(below.get_gridspec()[1, :])
        _draw_losses(below, losses, step)
    left.plot(*X.T, color=BLUE)
    for i, w in enumerate([] if W is None else np.asarray(W, float)):
        foot = -w * (0.0 if b is None else float(b[i])) / (w @ w)  # the point of the line that is nearest to 0
        along = np.array([-w[1], w[0]]) / np.linalg.norm(w) * 4.0
        left.plot(*np.array([foot - along, foot + along]).T, "--", color=MUTED, linewidth=1.2)
    left.set(title="inputs x", xlim=(-1.35, 1.35), ylim=(-0.5, 1.35), aspect="equal", xticks=(-1, 0, 1), yticks=(0, 1))
    right.quiver(*Y.T, *(Y_hat - Y).T, angles="xy", scale_units="xy", scale=1, color=RED, width=0.008, zorder=3)
    right.plot(*Y.T, "--", color=INK, linewidth=1.2, label="target y", zorder=2.5)  # seen where both agree
    right.plot(*Y_hat.T, color=BLUE, label="prediction ŷ")
    right.set_title("outputs")
    if limits:
        right.set(xlim=limits[0], ylim=limits[1])
    figure.legend(*right.get_legend_handles_labels(), loc="outside upper right", ncols=2, frameon=False, fontsize=11)
    return figure


def _draw_losses(ax, losses, step):
    steps, values = np.array(list(losses), float), np.array(list(losses.values()), float)
    at = np.where(steps == 0, 0.5, steps)  # a logarithmic axis has no 0
    seen = steps <= step
    ax.loglog(at[seen], values[seen], color=MUTED)
    ax.plot(at[steps == step], values[steps == step], "o", color=INK)
    ax.set(xlabel="step", ylabel="loss", xlim=(0.4, 1.3 * at.max()), ylim=(values.min() / 2, values.max() * 2))
    ticks = [10**k for k in range(int(np.log10(at.max())) + 1)]
    ax.set_xticks([0.5, *ticks], ["0", *map(str, ticks)])
    ax.minorticks_off()
