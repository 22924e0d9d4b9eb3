"""Draws a computation graph: values from left to right, gradients from right to left."""

from collections import Counter

import networkx as nx
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from nnlib.plots.layout import layered_layout
from nnlib.plots.style import BLUE_FILL, INK, MUTED, RED, RED_FILL, bracket, number, subplots
from nnlib.scalar import backward_steps, topological_order

LIMIT = 60  # nodes; a larger picture could not be read


def draw_graph(root, names=None, steps=None, room=0):
    """The computation graph of a Value, with the value and the gradient in each node.

    names:  {"x1": x1, ...}, what to call nodes; an operation without a name shows only its sign.
    steps:  None draws the gradients that the nodes hold (none at all before `backward()`);
            k draws the state after the first k steps of `backward_steps(root)`: the edge of
            step k is thick and labelled, a gradient still missing contributions ends in "…".
    room:   every number gets room for so many characters at least, so that the frames of a slider keep one size.
    ×s on an edge: its local slope s = ∂(child)/∂(parent).

    Returns a matplotlib Figure. Raises TypeError for a root that is not a Value, ValueError
    for a name of a node outside the graph, a step that does not exist, or a graph too large to read.
    """
    if not hasattr(root, "parents"):
        raise TypeError(f"draw_graph draws the graph of a Value, but {root!r} ({type(root).__name__}) came")
    order = topological_order(root)
    if len(order) > LIMIT:
        raise ValueError(f"this graph has {len(order)} nodes, and a drawing stays readable up to {LIMIT}; "
                         "draw a part of it: a single neuron, or the loss of one example")
    titles = _titles(order, names or {})
    plan = backward_steps(root)
    if steps is not None and not 0 <= steps <= len(plan):
        raise ValueError(f"steps={steps}: the backward pass of this graph has {len(plan)} steps, so 0 to {len(plan)}")

    current = plan[steps - 1] if steps else None
    held = {v: number(v.grad) for v in order} if root.grad else {}
    frames = [held] if steps is None else [_gradients(order, root, plan, k) for k in range(len(plan) + 1)]
    gradients = frames[steps or 0]
    lines = {v: [titles[v], f"value {number(v.data)}", *([f"grad {gradients[v]}"] if gradients else [])]
             for v in order}
    words = {v: [*lines[v][1:], *(f"grad {frame[v]}" for frame in frames if frame)] for v in order}  # of all steps
    graph = nx.DiGraph()
    graph.add_nodes_from(reversed(order))  # as written: what comes first in the formula stands on top
    graph.add_edges_from((step.parent, step.child) for step in plan)
    places, routes = layered_layout(graph)
    slopes = [(places[s.child][0], number(s.local)) for s in plan] if gradients else []
    boxes = _Boxes(places, titles, words, slopes, room, rows=3 if gradients else 2)
    figure, ax = _canvas(boxes, [*places.values(), *sum(routes.values(), [])], footer=steps is not None)

    edge_steps = {}
    for i, step in enumerate(plan, start=1):
        edge_steps.setdefault((step.parent, step.child), []).append((i, step))
    starts = _starts(edge_steps, routes, boxes.height)
    for (parent, child), told in edge_steps.items():
        ends = _spread(len(told), 0.4, boxes.height)
        for twin, (i, step) in enumerate(told):
            when = None if steps is None else (i > steps) - (i < steps)  # −1 done, 0 now, 1 still to come
            _edge(ax, boxes, routes[parent, child], starts[parent, child, twin], ends[twin], when,
                  number(step.local) if gradients else "")
    for v in order:
        touched = bool(gradients) and gradients[v] != "·"
        involved = current is not None and v in (current.child, current.parent)
        _node(ax, boxes.at(places[v]), lines[v], touched, involved)
    if current:
        _tag(ax, boxes.at(places[current.child]), "upstream")
        _tag(ax, boxes.at(places[current.parent]), "downstream")
    if steps is not None:
        ax.text(sum(ax.get_xlim()) / 2, ax.get_ylim()[0] + 0.2, sentence(current), ha="center", va="center",
                size=11, color=RED if current else INK)
    return figure


def sentence(step):
    """One accumulation in words; also the text under the stepping figure."""
    if step is None:
        return "start: the gradient of the root is 1"
    text = (f"upstream {number(step.upstream)} × local {bracket(step.local)}"
            f" = downstream {number(step.downstream)}")
    before = step.total - step.downstream
    return text if before == 0 else f"{text};  {number(before)} + {bracket(step.downstream)} = {number(step.total)}"


def _titles(order, names):
    given = {}
    for name, node in names.items():
        if node not in order:
            raise ValueError(f"names has {name!r} for {node!r}, which is not in the graph of this root")
        given[node] = name
    return {v: (f"{given[v]} ({v.op})" if v.op else given[v]) if v in given else v.op or "constant" for v in order}


def _gradients(order, root, plan, steps):
    """The text of each node's gradient after so many steps."""
    missing = Counter(step.parent for step in plan)
    texts = {v: "·" for v in order} | {root: "1"}
    for step in plan[:steps]:
        missing[step.parent] -= 1
        texts[step.parent] = number(step.total) + (" …" if missing[step.parent] else "")
    return texts


class _Boxes:
    """Sizes in inches: each column as wide as its longest text, each gap as wide as the slopes in it need."""

    def __init__(self, places, titles, words, slopes, room, rows):
        columns = range(max(c for c, _ in places.values()) + 1)
        self.height = 0.26 * rows + 0.02
        self.row = self.height + 0.24
        numbers = ["0" * room] if room else []
        here = [[v for v, (c, _) in places.items() if c == column] for column in columns]
        texts = [["value " + n for n in numbers] + [text for v in nodes for text in words[v]] for nodes in here]
        steps = [numbers + [text for c, text in slopes if c == column] for column in columns]
        self.width = [max([0.6, *(0.088 * len(text) + 0.12 for text in column),
                           *(0.107 * len(titles[v]) + 0.14 for v in nodes)])  # bold letters are wider
                      for column, nodes in zip(texts, here)]
        gaps = [max([0.56, *(0.095 * len(text) + 0.4 for text in column)]) for column in steps]
        self.x = [sum(self.width[:c]) + sum(gaps[1 : c + 1]) + self.width[c] / 2 for c in columns]

    def at(self, place):
        """(left, bottom, width, height) of the box at a place (column, height) of the layout."""
        width = self.width[place[0]]
        return self.x[place[0]] - width / 2, -place[1] * self.row - self.height / 2, width, self.height


def _canvas(boxes, places, footer):
    """Axes that measure inches, just large enough for all boxes and waypoints."""
    lefts, bottoms, widths, _ = zip(*map(boxes.at, places))
    margin = 0.32 if footer else 0.08  # the word "downstream" is wider than a narrow box, and juts out to the left
    left, right = min(lefts) - margin, max(map(sum, zip(lefts, widths))) + 0.08
    bottom, top = min(bottoms) - (0.5 if footer else 0.08), max(bottoms) + boxes.height + (0.3 if footer else 0.08)
    if footer and right - left < 4.6:  # room for the sentence
        left, right = (left + right) / 2 - 2.3, (left + right) / 2 + 2.3
    figure, ax = subplots(right - left, top - bottom)
    figure.set_layout_engine("none")
    ax.set(position=(0, 0, 1, 1), xlim=(left, right), ylim=(bottom, top))
    ax.set_axis_off()
    return figure, ax


def _node(ax, box, lines, touched, involved):
    left, bottom, width, height = box
    ax.add_patch(FancyBboxPatch((left, bottom), width, height, boxstyle="round,pad=0,rounding_size=0.09",
                                facecolor=RED_FILL if touched else BLUE_FILL,
                                edgecolor=RED if involved else MUTED, linewidth=2.4 if involved else 1, zorder=3))
    for i, line in enumerate(lines):
        ax.text(left + width / 2, bottom + height - 0.155 - 0.25 * i, line, ha="center", va="center", zorder=4,
                size=12 if i == 0 else 11, weight="bold" if i == 0 else "normal",
                color=RED if i == 2 and touched else INK)


def _starts(edge_steps, routes, height):
    """{(parent, child, twin): how far above the middle of its parent an edge starts}, sorted, so that none cross."""
    leaving = {}
    for (parent, child), told in edge_steps.items():
        lower = routes[parent, child][1][1]  # heights of the layout grow downwards
        leaving.setdefault(parent, []).extend((-lower, twin, child) for twin in range(len(told)))
    starts = {}
    for parent, edges in leaving.items():
        edges.sort(key=lambda edge: edge[:2])
        for start, (_, twin, child) in zip(_spread(len(edges), 0.27, height), edges):
            starts[parent, child, twin] = start
    return starts


def _spread(count, apart, height):
    """So many heights about 0, so far apart if the side of a box of this height has room for them."""
    apart = min(apart, 0.7 * height / max(count - 1, 1))
    return [apart * (i - (count - 1) / 2) for i in range(count)]


def _edge(ax, boxes, route, start, end, when, slope):
    """A smooth line through the route; the arrow points the way in which numbers flow along it.

    start, end: how far above the middle of its two boxes it begins and ends.
    """
    sides = [(left, left + width, bottom + height / 2 + (start if i == 0 else end))
             for i, (left, bottom, width, height) in enumerate(map(boxes.at, route))]
    vertices, codes = [sides[0][1:]], [Path.MOVETO]
    for (_, x0, y0), (x1, after, y1) in zip(sides, sides[1:]):
        middle = (x0 + x1) / 2
        vertices += [(middle, y0), (middle, y1), (x1, y1), (after, y1)]
        codes += [Path.CURVE4] * 3 + [Path.LINETO]  # between two columns, then across the column of a waypoint
    del vertices[-1], codes[-1]
    if when in (-1, 0):
        vertices.reverse()
    ax.add_patch(FancyArrowPatch(path=Path(vertices, codes), arrowstyle="-|>", mutation_scale=17 if when == 0 else 13,
                                 color=RED if when in (-1, 0) else MUTED,
                                 linewidth=2.8 if when == 0 else 1.3,
                                 linestyle=(0, (4, 2)) if when == 1 else "solid", shrinkA=0, shrinkB=1, zorder=2))
    if slope:
        now = when == 0
        ax.text(middle, (y0 + y1) / 2, f"×{slope}", ha="center", va="center", zorder=5,
                size=12 if now else 11, color=RED if now else MUTED, weight="bold" if now else "normal",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2})


def _tag(ax, box, word):
    left, bottom, width, height = box
    middle = left + width - max(width, 0.088 * len(word)) / 2  # no further to the right than its box: there are slopes
    ax.text(middle, bottom + height + 0.13, word, ha="center", va="center", zorder=5,
            size=11, color=RED, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})
