"""Measured times of a training step, over batch sizes, for several ways to compute it."""

from nnlib.plots.style import LOOKS, MUTED, subplots


def draw_devices(batches, ways, at):
    """Milliseconds of a step against the batch size, both axes logarithmic, and below, a mark a way for one batch size.

    batches:  the batch sizes measured.     at: the one to look at.
    ways:     {name: milliseconds, one for each batch size, None where nobody measured}.
    A way that was never measured has no curve; its row says "not measured yet".
    """
    if at not in batches:
        raise ValueError(f"there is no measurement at batch size {at}; there are {', '.join(map(str, batches))}")
    for name, times in ways.items():
        if len(times) != len(batches):
            raise ValueError(f"{name} has {len(times)} times for {len(batches)} batch sizes")
    figure, (ax, marks) = subplots(5.2, 3.6 + 0.42 * len(ways), 2, height_ratios=(2.9, 0.42 * len(ways)))
    known = [t for times in ways.values() for t in times if t is not None]
    low, high = (min(known) / 1.6, max(known) * 1.6) if known else (1e-3, 1e3)
    here, plate = list(batches).index(at), {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
    for row, ((name, times), (colour, mark, dash)) in enumerate(zip(ways.items(), LOOKS)):
        measured = [(b, t) for b, t in zip(batches, times) if t is not None]
        if measured:
            ax.loglog(*zip(*measured), marker=mark, linestyle=dash, color=colour, label=name, markersize=5)
        y = len(ways) - 1 - row
        if times[here] is None:
            marks.text(low * 1.1, y, "not measured yet", va="center", color=MUTED, style="italic", bbox=plate)
        else:
            marks.plot(times[here], y, mark, color=colour, markersize=8)  # a bar's length means nothing without a zero
            right = times[here] > (low * high) ** 0.5
            marks.annotate(in_ms(times[here]), (times[here], y), (-8 if right else 8, 0), textcoords="offset points",
                           va="center", ha="right" if right else "left", bbox=plate)
    ax.axvline(at, color=MUTED, linewidth=1)
    ax.set(xscale="log", yscale="log", xlabel="examples in a batch", ylabel="ms a step", ylim=(low, high),
           xlim=(batches[0] / 1.3, batches[-1] * 1.3))
    ax.set_xticks(list(batches)[::4], [f"{b:,}" for b in list(batches)[::4]])
    ax.minorticks_off()
    if known:
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
    marks.set(xscale="log", xlim=(low, high), ylim=(-0.6, len(ways) - 0.4), xlabel=f"ms a step at batch size {at:,}",
              yticks=range(len(ways)), yticklabels=list(ways)[::-1])
    marks.minorticks_off()
    return figure


def in_ms(time):
    """Milliseconds with three digits, and without an exponent."""
    return f"{time:,.0f} ms" if time >= 100 else f"{time:.3g} ms"
