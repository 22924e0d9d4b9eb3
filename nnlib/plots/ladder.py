"""Relative errors of gradients on one logarithmic scale, with what their size means."""

from nnlib.plots.style import BLUE, INK, MUTED, RED, subplots

RUNGS = ((1e-18, 1e-7, "fine", "#e9f1fa"), (1e-7, 1e-4, "look closer", "#f3f4f6"),
         (1e-4, 1e-2, "doubt", "#fbe5d9"), (1e-2, 30.0, "wrong", "#f0b497"))


def draw_ladder(errors):
    """A line for each case, from the smallest relative error to the largest.

    errors: {name: (relative error, whether the gradient is right)}; right ones are circles, wrong ones triangles.
    Behind them the ladder of Stanford's CS231n: below 1e-7 fine, above 1e-2 probably wrong.
    """
    if bad := [name for name, (error, _) in errors.items() if not error > 0]:
        raise ValueError(f"a logarithmic scale shows errors above 0, but {', '.join(bad)} came with none")
    cases = sorted(errors.items(), key=lambda case: case[1][0])
    figure, ax = subplots(5.4, 1.0 + 0.5 * len(cases))
    for low, high, word, shade in RUNGS:
        ax.axvspan(low, high, color=shade, zorder=0)
        ax.text((max(low, 1e-16) * min(high, 4.0)) ** 0.5, len(cases) - 0.32, word, ha="center", size=11, color=INK)
    for i, (name, (error, right)) in enumerate(cases):
        ax.plot([error], [i], "o" if right else "^", color=BLUE if right else RED, markersize=9)
        inside = error < 1e-6
        ax.annotate(name, (error, i), (9 if inside else -9, 0), textcoords="offset points", va="center", size=11,
                    ha="left" if inside else "right", color=INK)
    ax.set(xscale="log", xlim=(1e-16, 4.0), ylim=(-0.6, len(cases) + 0.1), yticks=[], xlabel="relative error",
           xticks=[1e-16, 1e-13, 1e-10, 1e-7, 1e-4, 1e-2, 1])
    ax.minorticks_off()
    ax.grid(False)
    ax.spines["left"].set_visible(False)
    ax.tick_params(colors=MUTED)
    return figure
