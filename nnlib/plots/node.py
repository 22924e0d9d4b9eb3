"""One operation on tensors: what goes in, what it keeps, and what comes back."""

from matplotlib.patches import FancyArrowPatch, Rectangle

from nnlib.plots.style import BLUE, BLUE_FILL, INK, MUTED, RED, RED_FILL, subplots

WIDE, HIGH = 3.8, 1.5  # of a tensor's box


def draw_node(name, inputs, output, kept="", upstream=None, downstream=None):
    """A node of a graph of tensors: its forward pass in blue, its backward pass dashed and in red.

    inputs:      {name: numbers}.     output: (name, numbers); None in place of the numbers before the forward pass.
    kept:        what ctx holds for the way back, in words.
    upstream:    the gradient by the output, once it has come.
    downstream:  {input: (its rule in words, numbers)}, once the backward pass is done.
    """
    rows = len(inputs)
    figure, ax = subplots(5.4, 0.3 + 0.95 * max(rows, 2))
    ax.set_axis_off()
    heights = [(rows - 1) - 2.0 * row for row in range(rows)]
    node, right = (4.7, 6.8), 7.7
    for height, (label, numbers) in zip(heights, inputs.items()):
        back = (downstream or {}).get(label)
        tensor(ax, 0.0, height, label, numbers, back)
        ends = (WIDE, height), (node[0], 0.3 * height + 0.25)
        arrow(ax, *ends, BLUE if output[1] is not None else MUTED)
        if back:
            arrow(ax, (ends[1][0], ends[1][1] - 0.35), (ends[0][0], ends[0][1] - 0.35), RED, "--")
    tensor(ax, right, 0.0, *output, None if upstream is None else ("upstream", upstream))
    arrow(ax, (node[1], 0.2), (right, 0.2), BLUE if output[1] is not None else MUTED)
    if upstream is not None:
        arrow(ax, (right, -0.2), (node[1], -0.2), RED, "--")
    ax.add_patch(Rectangle((node[0], -0.65), node[1] - node[0], 1.3, facecolor="white", edgecolor=INK, linewidth=1.6))
    ax.text(sum(node) / 2, 0.0, name, ha="center", va="center", weight="bold", size=11)
    ax.plot([sum(node) / 2] * 2, [-0.65, -1.05], color=MUTED, linewidth=1.2)
    ax.add_patch(Rectangle((node[0], -1.75), node[1] - node[0], 0.7, facecolor="#f3f4f6", edgecolor=MUTED,
                           linestyle=":", linewidth=1.2))
    ax.text(sum(node) / 2, -1.4, f"ctx: {kept or 'empty'}", ha="center", va="center", size=11,
            color=INK if kept else MUTED)
    edge = max(rows - 1 + HIGH / 2, 1.85)
    ax.set(xlim=(-0.1, right + WIDE + 0.1), ylim=(-edge - 0.05, edge + 0.05))
    return figure


def tensor(ax, left, middle, label, numbers, back):
    """A box with a tensor's numbers and, below them, the gradient that came to it and its rule."""
    ax.add_patch(Rectangle((left, middle - HIGH / 2), WIDE, HIGH, facecolor=RED_FILL if back else BLUE_FILL,
                           edgecolor=RED if back else BLUE, linewidth=1.2))
    known = "?" if numbers is None else listed(numbers)
    ax.text(left + 0.2, middle + (0.45 if back else 0.0), f"{label} = {known}", va="center", size=11, color=BLUE)
    if back:
        ax.text(left + 0.2, middle, listed(back[1]), va="center", size=11, color=RED)
        ax.text(left + 0.2, middle - 0.45, back[0], va="center", size=11, color=RED)


def listed(numbers):
    """Numbers with two decimals at most."""
    return ", ".join(f"{round(number, 2):g}" for number in numbers).replace("-", "−")


def arrow(ax, start, end, color, dash="-"):
    ax.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=12, shrinkA=1, shrinkB=1, color=color,
                                 linestyle=dash, linewidth=1.4))
