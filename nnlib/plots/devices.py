"""Measured times of a training step, over batch sizes, for several ways to compute it."""

from nnlib.plots.style import BLUE, INK, MUTED, RED, subplots

LOOKS = ((BLUE, "o", "-"), (RED, "s", "--"), (INK, "^", "-."), (MUTED, "D", ":"))


def draw_devices(batches, ways, at):
    """Milliseconds of a step against the batch size, both axes logarithmic, and below, bars for one batch size.

    batches:  the batch sizes measured.     at: the one to look at.
    ways:     {name: milliseconds, one for each batch size, None where nobody measured}.
    A way that was never measured has no curve; its bar says "not measured yet".
    """
    if at not in batches:
        raise ValueError(f"there is no measurement at batch size {at}; there are {', '.join(map(str, batches))}")
    for name, times in ways.items():
        if len(times) != len(batches):
            raise ValueError(f"{name} has {len(times)} times for {len(batches)} batch sizes")
    figure, (ax, bars) = subplots(5.2, 3.6 + 0.42 * len(ways), 2, height_ratios=(2.9, 0.42 * len(ways)))
    known = [t for times in ways.values() for t in times if t is not None]
    low, high = (min(known) / 1.6, max(known) * 1.6) if known else (1e-3, 1e3)
    here = list(batches).index(at)
    for row, ((name, times), (colour, mark, dash)) in enumerate(zip(ways.items(), LOOKS)):
        measured = [(b, t) for b, t in zip(batches, times) if t is not None]
        if measured:
            ax.loglog(*zip(*measured), marker=mark, linestyle=dash, color=colour, label=name, markersize=5)
        y = len(ways) - 1 - row
        if times[here] is None:
            bars.text(low * 1.1, y, "not measured yet", va="center", color=MUTED, style="italic")
        else:
            bars.barh(y, times[here] - low, left=low, height=0.62, color=colour)
            inside = times[here] > (low * high) ** 0.5
            bars.text(times[here] / 1.08 if inside else times[here] * 1.08, y, in_ms(times[here]), va="center",
                      ha="right" if inside else "left", color="white" if inside else INK)
    ax.axvline(at, color=MUTED, linewidth=1)
    ax.set(xscale="log", yscale="log", xlabel="examples in a batch", ylabel="ms a step", ylim=(low, high),
           xlim=(batches[0] / 1.3, batches[-1] * 1.3))
    ax.set_xticks(list(batches)[::4], [f"{b:,}" for b in list(batches)[::4]])
    ax.minorticks_off()
    if known:
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
    bars.set(xscale="log", xlim=(low, high), ylim=(-0.6, len(ways) - 0.4), xlabel=f"ms a step at batch size {at:,}",
             yticks=range(len(ways)), yticklabels=list(ways)[::-1])
    bars.minorticks_off()
    bars.grid(axis="y", visible=False)
    return figure


def in_ms(time):
    """Milliseconds with three digits, and without an exponent."""
    return f"{time:,.0f} ms" if time >= 100 else f"{time:.3g} ms"
