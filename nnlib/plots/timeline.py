"""What a processor did while a program ran: one box for each operator, along a line of time."""

from matplotlib.patches import Rectangle

from nnlib.plots.style import BLUE, INK, MUTED, RED, subplots

COLOURS = (BLUE, RED, MUTED, INK)


def draw_timeline(events, total, kinds):
    """events: (kind, start, end) in microseconds, none inside another; total: length of the whole program.

    kinds:  what the events may be, in the order of the rows. Below stands the time in no operator at all.
    """
    rows = [*kinds, "no operator"]
    figure, (ax, bars) = subplots(5.2, 3.6, 2, height_ratios=(1, 1))
    spent = dict.fromkeys(kinds, 0.0)
    for kind, start, end in events:
        if kind not in spent:
            raise ValueError(f"an event of kind {kind!r}, but the kinds are {', '.join(kinds)}")
        spent[kind] += end - start
        row = kinds.index(kind)
        ax.add_patch(Rectangle((start, len(kinds) - row - 0.88), end - start, 0.76, color=COLOURS[row % 4],
                               linewidth=0.4))
    ax.set(xlim=(0, total), ylim=(0, len(kinds)), yticks=[len(kinds) - 0.5 - i for i in range(len(kinds))],
           yticklabels=kinds, xlabel="µs since the step began")
    ax.locator_params(axis="x", nbins=5)  # more numbers than that run into each other
    ax.xaxis.set_major_formatter("{x:,.10g}")
    ax.grid(axis="y", visible=False)
    spent["no operator"] = max(total - sum(spent.values()), 0.0)
    for i, name in enumerate(rows):
        share = 100.0 * spent[name] / total
        y = len(rows) - 1 - i
        bars.barh(y, share, height=0.7, color="white" if name == "no operator" else COLOURS[i % 4],
                  edgecolor=INK if name == "no operator" else COLOURS[i % 4],
                  hatch="///" if name == "no operator" else None)
        bars.text(share + 1.5, y, f"{share:.0f}%", va="center")
    bars.set(xlim=(0, 112), yticks=range(len(rows)), yticklabels=rows[::-1], xlabel="share of the step's time, %")
    bars.set_xticks([0, 25, 50, 75, 100])
    bars.grid(axis="y", visible=False)
    return figure
