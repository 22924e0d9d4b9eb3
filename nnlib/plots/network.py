"""Draws a small network of Values: the forward pass in its units, the backward pass on top, one gradient at a time."""

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from nnlib.plots.moves import name, network_moves, read_network, short
from nnlib.plots.style import BLUE_FILL, INK, MUTED, RED, RED_FILL, number, subplots

LINE, ROW = 0.225, 0.42  # inches: a line of text; the room between two boxes of a column
ALONG = 0.33  # where on its edge a weight is written: near the sender, edges have not crossed yet


def draw_network(layers, loss, steps=None, biases=False, room=0):
    """A fully connected network of Values, with what went forward in ink and what came back in red.

    layers: [[x₁, x₂, …], [a₁, …], …, [ŷ₁, …]], the Values of each layer as `dot` and an activation, or a
            nnlib.scalar.Layer, made them.   loss: the Value computed from the last layer.
    steps:  None draws all gradients, k those after the first k of `network_moves(layers, loss)`: the way of
            move k is thick, a gradient still missing contributions ends in "…".
    biases: whether biases and their gradients are shown.
    room:   every number gets room for so many characters at least, so that the frames of a slider keep one size.
    In a unit: z and a; ∂a = ∂L/∂a; δ = ∂L/∂z and how often it was used; b and ∂b = ∂L/∂b.
    On an edge: the weight, and ∂L/∂w below.
    A unit through which nothing comes back (f′(z) = 0) has a dashed frame.

    Returns a matplotlib Figure. Raises TypeError for layers that are not made of Values, ValueError where they are
    no fully connected network, where it is too large to read, or for a step that does not exist.
    """
    units = read_network(layers)
    moves = network_moves(layers, loss, biases)
    if steps is not None and not 0 <= steps <= len(moves):
        raise ValueError(f"steps={steps}: the backward pass of this network has {len(moves)} moves, "
                         f"so 0 to {len(moves)}")
    state = _State(layers, units, moves, len(moves) if steps is None else steps, biases, room)
    current = moves[steps - 1] if steps else None

    tall = max(len(row) for row in layers)
    height = LINE * (7 if biases else 5) + 0.18  # the same in every frame
    below = 0.34 if steps is not None else 0.0
    pitch = max(height + ROW, 0.5 * max(len(row) for row in layers[:-1]) + 0.5)
    boxes = _places(layers, units, state, pitch, height)
    left, right = boxes[0, 0][0] - 0.08, max(x + w for x, _, w, _ in boxes.values()) + 0.08
    if steps is not None and right - left < 4.6:  # room for the sentence
        left, right = (left + right) / 2 - 2.3, (left + right) / 2 + 2.3
    top = (tall - 1) / 2 * pitch + height / 2 + 0.34
    figure, ax = subplots(right - left, 2 * top + below - 0.24)
    figure.set_layout_engine("none")
    ax.set(position=(0, 0, 1, 1), xlim=(left, right), ylim=(-top - below + 0.24, top))
    ax.set_axis_off()

    for layer, row in enumerate(units, start=1):
        for i, unit in enumerate(row):
            for j, w in enumerate(unit.w):
                when = _when(current, (layer, i), j)
                _edge(ax, boxes[layer - 1, j], boxes[layer, i], number(w.data), state.text(w), when)
    for (layer, i), box in boxes.items():
        involved = current is not None and (layer, i) in (current.unit, current.target)
        _unit(ax, box, state.lines(layer, i), layer > 0 and units[layer - 1][i].off, involved)
    x, y, w, h = boxes[len(units), 0]
    # Four digits, as in the sentence below a slider: (−0.5 − 3)² = 12.25.
    ax.text(x + w / 2, top - 0.17, f"L = {loss.data:.4g}".replace("-", "−"), ha="center", va="center", size=12,
            weight="bold", color=INK)
    if steps is not None:
        ax.text((left + right) / 2, -top - below + 0.42, short(current), ha="center", va="center", size=12,
                color=RED if current else INK)
    return figure


class _State:
    """The texts that stand in the drawing after the first k moves."""

    def __init__(self, layers, units, moves, k, biases, room):
        self.layers, self.units, self.moves, self.biases, self.room = layers, units, moves, biases, room
        self.known, self.missing, self.used = {}, {}, {}
        for unit in units[-1]:
            self.missing[unit.a] = 0
        for move in moves[1:]:
            self.missing[move.step.parent] = self.missing.get(move.step.parent, 0) + 1
        if k:
            for unit in units[-1]:  # what reaches the outputs has come from outside the network
                self.known[unit.a] = _upstream(unit.a, moves)
        for move in moves[1:k]:
            self.known[move.step.parent] = move.step.total
            self.missing[move.step.parent] -= 1
            if move.what != "slope":
                self.used[move.unit] = move.uses

    def text(self, value):
        """The gradient of this Value as a text, "" before any contribution."""
        if value not in self.known:
            return ""
        return number(self.known[value]) + (" …" if self.missing[value] else "")

    def lines(self, layer, i):
        """[(text, is it a gradient?)] of a box."""
        if layer == 0:
            return [(f"{name('x', self.layers, 0, i)} {number(self.layers[0][i].data)}", False)]
        unit, last = self.units[layer - 1][i], layer == len(self.units)
        lines = [(f"z {number(unit.z.data)}", False)]
        if unit.a is not unit.z:
            lines += [(f"a {number(unit.a.data)}", False), (f"∂a {self.text(unit.a)}", True)]
        elif last:
            lines = [(f"ŷ {number(unit.a.data)}", False)]
        lines += [(f"δ {self.text(unit.z)}", True)]
        if uses := self.used.get((layer, i)):
            lines.append((f"used {uses}×", True))
        if self.biases:
            lines += [(f"b {number(unit.b.data)}", False), (f"∂b {self.text(unit.b)}", True)]
        return [(text, gradient) for text, gradient in lines if not gradient or text[-1] != " "]

    def width(self, layer):
        """Inches that a column needs, the same in every frame: its longest text of all moves."""
        texts = [text for i in range(len(self.layers[layer])) for text, _ in self.lines(layer, i)]
        texts += ["used 9×"] if layer else []
        for unit in self.units[layer - 1] if layer else []:
            totals = [m.step.total for m in self.moves[1:] if m.step.parent in (unit.a, unit.z)]
            texts += [f"∂a {number(total)} …" for total in totals[:-1]] + [f"∂a {number(t)}" for t in totals]
            texts += [f"∂b {number(m.step.total)}" for m in self.moves if m.what == "bias" and m.step.parent is unit.b]
        return 0.1 * max(self.room + 3, *map(len, texts)) + 0.15

    def gap(self, layer):
        """Inches between a column and the next: room for the weights and their gradients."""
        weights = [w for unit in self.units[layer] for w in unit.w]
        totals = [m.step.total for m in self.moves[1:] if m.what == "weight" and m.target[0] == layer + 1]
        return 0.095 * max(self.room, *(len(number(x)) for x in [*totals, *(w.data for w in weights)])) + 0.52


def _upstream(a, moves):
    """∂L/∂a of an output: what its own step passes on, or, where no step of it is listed, 0."""
    return next((m.step.upstream for m in moves[1:] if m.step.child is a), 0.0)


def _places(layers, units, state, pitch, height):
    """{(layer, place): (left, bottom, width, height)} in inches, the middle of every column at height 0."""
    boxes, x = {}, 0.0
    for layer, row in enumerate(layers):
        width = state.width(layer)
        for i in range(len(row)):
            h = LINE + 0.1 if layer == 0 else height
            y = ((len(row) - 1) / 2 - i) * pitch
            boxes[layer, i] = x, y - h / 2, width, h
        x += width + (state.gap(layer) if layer < len(units) else 0.0)
    return boxes


def _when(current, unit, j):
    """Whether the current move uses the edge to `unit` from place j: "weight", "back" to what lies behind it, or ""."""
    if current is None or current.unit != unit:
        return ""
    on = {"weight": (*unit, j), "back": (unit[0] - 1, j)}
    return current.what if on.get(current.what) == current.target else ""


def _edge(ax, start, end, weight, gradient, when):
    x0, y0 = start[0] + start[2], start[1] + start[3] / 2
    x1, y1 = end[0], end[1] + end[3] / 2
    ends = [(x1, y1), (x0, y0)] if when == "back" else [(x0, y0), (x1, y1)]
    ax.add_patch(FancyArrowPatch(*ends, arrowstyle="-" if when == "weight" else "-|>",
                                 mutation_scale=17 if when else 12, color=RED if when else MUTED,
                                 linewidth=2.8 if when else 1.2, shrinkA=0, shrinkB=1, zorder=2))
    if abs(y1 - y0) < 0.01:  # above and below a level arrow there is room, so it stays whole
        x, y, above, below, plate = (x0 + x1) / 2, y0, 0.13, 0.14, None
    else:
        x, y, above, below = x0 + ALONG * (x1 - x0), y0 + ALONG * (y1 - y0), 0.092 * bool(gradient), 0.092
        plate = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
    ax.text(x, y + above, weight, ha="center", va="center", size=12, color=INK, zorder=5, bbox=plate)
    if gradient:
        ax.text(x, y - below, gradient, ha="center", va="center", size=12, color=RED, zorder=5, bbox=plate,
                weight="bold" if when == "weight" else "normal")


def _unit(ax, box, lines, off, involved):
    left, bottom, width, height = box
    touched = any(gradient for _, gradient in lines)
    ax.add_patch(FancyBboxPatch((left, bottom), width, height, boxstyle="round,pad=0,rounding_size=0.09",
                                facecolor=RED_FILL if touched else BLUE_FILL, edgecolor=RED if involved else MUTED,
                                linewidth=2.4 if involved else 1, linestyle=(0, (4, 2)) if off else "solid", zorder=3))
    first = bottom + height / 2 + LINE * (len(lines) - 1) / 2
    for i, (text, gradient) in enumerate(lines):
        ax.text(left + width / 2, first - LINE * i, text, ha="center", va="center", size=13, zorder=4,
                color=RED if gradient else INK)
