"""The pictures: the right numbers stand in them, and wrong requests get a clear answer."""

import random
import re

import networkx as nx
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from nnlib.plots import draw_classifier, draw_graph, draw_growth, draw_tangent, subplots
from nnlib.plots.graph import LIMIT, number
from nnlib.plots.layout import layered_layout
from nnlib.scalar import Value, backward_steps, topological_order


def the_example():
    x1, x2, x3, x4 = map(Value, (5, 4, 3, 2))
    a = x1 + x2
    b = a * x3
    f = b - x4
    return f, {"x1": x1, "x2": x2, "x3": x3, "x4": x4, "a": a, "b": b, "f": f}


def random_graph(seed, operations=12):
    rng = random.Random(seed)
    nodes = [Value(rng.uniform(-2, 2)) for _ in range(4)]
    for _ in range(operations):
        nodes.append(rng.choice([Value.__add__, Value.__mul__, Value.__sub__])(nodes[-1], rng.choice(nodes)))
    return nodes[-1]


def boxes(figure):
    """{title: {"value": text, "grad": text}}: each box with the texts that stand inside it."""
    ax = figure.axes[0]
    found = {}
    for patch in ax.patches:
        if isinstance(patch, FancyBboxPatch):
            inside = [t for t in ax.texts
                      if patch.get_x() < t.get_position()[0] < patch.get_x() + patch.get_width()
                      and patch.get_y() < t.get_position()[1] < patch.get_y() + patch.get_height()]
            title, *rest = [t.get_text() for t in sorted(inside, key=lambda t: -t.get_position()[1])]
            assert title not in found, f"two boxes are called {title}"
            found[title] = dict(line.split(" ", 1) for line in rest)
    return found


def gradients(figure):
    return {title.split(" ")[0]: lines["grad"] for title, lines in boxes(figure).items()}


def slopes(figure):
    return sorted(t.get_text() for t in figure.axes[0].texts if t.get_text().startswith("×") and len(t.get_text()) > 1)


# The computation graph ------------------------------------------------------------------


def test_before_backward_the_graph_shows_values_and_no_gradients():
    f, names = the_example()
    assert boxes(draw_graph(f, names)) == {
        "x1": {"value": "5"}, "x2": {"value": "4"}, "x3": {"value": "3"}, "x4": {"value": "2"},
        "a (+)": {"value": "9"}, "b (×)": {"value": "27"}, "f (−)": {"value": "25"}}
    assert slopes(draw_graph(f, names)) == []


def test_after_backward_it_shows_the_gradients_and_the_local_slopes():
    f, names = the_example()
    f.backward()
    figure = draw_graph(f, names)
    assert gradients(figure) == {"x1": "3", "x2": "3", "x3": "9", "x4": "−1", "a": "3", "b": "1", "f": "1"}
    assert slopes(figure) == sorted(["×1", "×1", "×3", "×9", "×1", "×−1"])


@pytest.mark.parametrize("k", range(7))
def test_after_k_steps_exactly_k_gradients_are_there(k):
    f, names = the_example()
    shown = gradients(draw_graph(f, names, steps=k))
    label = {node: name for name, node in names.items()}
    done = {label[s.parent]: number(s.total) for s in backward_steps(f)[:k]} | {"f": "1"}
    assert {name: g for name, g in shown.items() if g != "·"} == done
    assert len(done) == k + 1  # here every node is used once, so every step completes a gradient
    assert all(node.grad == 0.0 for node in names.values()), "drawing must not run the pass"


def thick(figure):
    return [p for p in figure.axes[0].patches if isinstance(p, FancyArrowPatch) and p.get_linewidth() > 2]


@pytest.mark.parametrize("k", range(1, 7))
def test_a_step_marks_its_edge_and_says_its_product(k):
    f, names = the_example()
    figure = draw_graph(f, names, steps=k)
    step = backward_steps(f)[k - 1]
    texts = [t.get_text() for t in figure.axes[0].texts]
    assert len(thick(figure)) == 1
    assert texts.count("upstream") == texts.count("downstream") == 1
    told = [float(x.strip("()").replace("−", "-")) for x in re.findall(r"\(?−?[\d.]+\)?", texts[-1])]
    assert told == [step.upstream, step.local, step.downstream]


def test_the_start_marks_no_edge():
    f, names = the_example()
    figure = draw_graph(f, names, steps=0)
    assert thick(figure) == []
    assert figure.axes[0].texts[-1].get_text() == "start: the gradient of the root is 1"


def test_the_words_stand_above_the_boxes_that_they_name():
    f, names = the_example()
    figure = draw_graph(f, names, steps=4)  # from b to x3
    ax = figure.axes[0]
    at = {t.get_text(): t.get_position() for t in ax.texts}
    assert at["upstream"][0] == pytest.approx(at["b (×)"][0]) and at["upstream"][1] > at["b (×)"][1]
    assert at["downstream"][0] == pytest.approx(at["x3"][0]) and at["downstream"][1] > at["x3"][1]


def test_a_node_used_twice_has_two_edges_and_is_marked_unfinished_in_between():
    x = Value(3.0)
    y = x * x
    pictures = [draw_graph(y, {"x": x, "y": y}, steps=k) for k in range(3)]
    assert [gradients(p)["x"] for p in pictures] == ["·", "3 …", "6"]
    assert slopes(pictures[0]) == ["×3", "×3"]
    assert pictures[2].axes[0].texts[-1].get_text().endswith("3 + 3 = 6")
    edges = [p for p in pictures[0].axes[0].patches if isinstance(p, FancyArrowPatch)]
    first, second = (e._path_original.vertices[:, 1].mean() for e in edges)
    assert abs(first - second) > 0.2, "the two edges must not lie on each other"


def test_every_box_and_word_lies_inside_the_picture():
    for figure in (draw_graph(*the_example(), steps=6), draw_graph(random_graph(5), steps=3)):
        ax = figure.axes[0]
        (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
        renderer = FigureCanvasAgg(figure).get_renderer()
        for thing in [*ax.texts, *ax.patches]:
            if isinstance(thing, FancyArrowPatch):
                continue  # its head is a matter of a few points
            box = thing.get_window_extent(renderer).transformed(ax.transData.inverted())
            assert left <= box.x0 and box.x1 <= right and bottom <= box.y0 and box.y1 <= top, thing


@pytest.mark.parametrize("seed", range(5))
def test_boxes_do_not_overlap(seed):
    places = [p for p in draw_graph(random_graph(seed)).axes[0].patches if isinstance(p, FancyBboxPatch)]
    for i, p in enumerate(places):
        for q in places[:i]:
            apart = (abs(p.get_x() - q.get_x()) >= min(p.get_width(), q.get_width())
                     or abs(p.get_y() - q.get_y()) >= p.get_height())
            assert apart


def test_names_are_optional_and_numbers_are_short():
    x = Value(1 / 3)
    y = x.exp()
    y.backward()
    assert boxes(draw_graph(y)) == {"constant": {"value": "0.333", "grad": "1.4"}, "exp": {"value": "1.4", "grad": "1"}}
    assert [number(x) for x in (-4.0, 1234.0, 0.05, -0.0, 1e-9, float("inf"))] == \
        ["−4", "1234", "0.05", "0", "1e−09", "inf"]


def test_a_single_node_is_a_graph():
    assert boxes(draw_graph(Value(2.0), steps=0)) == {"constant": {"value": "2", "grad": "1"}}


def test_errors_say_what_is_wrong():
    f, names = the_example()
    with pytest.raises(TypeError, match="graph of a Value, but 25.0"):
        draw_graph(f.data)
    with pytest.raises(ValueError, match="steps=7: the backward pass of this graph has 6 steps"):
        draw_graph(f, names, steps=7)
    with pytest.raises(ValueError, match="steps=-1"):
        draw_graph(f, names, steps=-1)
    with pytest.raises(ValueError, match="'c'.*not in the graph"):
        draw_graph(f, {**names, "c": Value(1.0)})
    long = sum((Value(1.0) for _ in range(LIMIT)), Value(0.0))
    with pytest.raises(ValueError, match=f"{2 * LIMIT + 1} nodes.*readable up to {LIMIT}"):
        draw_graph(long)


def test_the_same_graph_is_drawn_the_same_way():
    one, two = (draw_graph(*the_example(), steps=3)._repr_svg_() for _ in range(2))
    assert one == two
    assert one.startswith("<?xml") and "<text" not in one, "words are paths: no font is needed on the reader's side"


# The layout --------------------------------------------------------------------------------


def as_graph(root):
    graph = nx.DiGraph()
    graph.add_nodes_from(reversed(topological_order(root)))
    graph.add_edges_from((s.parent, s.child) for s in backward_steps(root))
    return graph


@pytest.mark.parametrize("seed", range(10))
def test_parents_stand_left_and_nobody_stands_on_another(seed):
    places, routes = layered_layout(as_graph(random_graph(seed)))
    assert all(places[parent][0] < places[child][0] for parent, child in routes)
    points = sorted({p for path in routes.values() for p in path} | set(places.values()))
    for (c0, h0), (c1, h1) in zip(points, points[1:]):
        assert c0 != c1 or h1 - h0 >= 1 - 1e-9
    for (parent, child), path in routes.items():
        assert (path[0], path[-1]) == (places[parent], places[child])
        assert [c for c, _ in path] == list(range(path[0][0], path[-1][0] + 1))


def test_crossings_that_can_be_avoided_are_avoided():
    graph = nx.DiGraph()
    graph.add_nodes_from(["r", "u", "v", "p", "q"])  # drawn in this order, p→v and q→u would cross
    graph.add_edges_from([("p", "v"), ("q", "u"), ("u", "r"), ("v", "r")])
    places, _ = layered_layout(graph)
    assert (places["p"][1] - places["q"][1]) * (places["v"][1] - places["u"][1]) > 0


# The other pictures ------------------------------------------------------------------------


def test_a_tangent_touches_its_curve_with_the_slope_it_was_given():
    figure = draw_tangent(lambda t: t * t, 1.5, {"+=": 3.0, "=": 1.5}, (-3, 3), (-4, 9))
    ax = figure.axes[0]
    curve, right, wrong, point = ax.lines
    np.testing.assert_allclose(curve.get_ydata(), np.square(curve.get_xdata()))
    assert (right.get_xy1(), right.get_slope(), wrong.get_slope()) == ((1.5, 2.25), 3.0, 1.5)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["+=: 3", "=: 1.5"]
    assert (list(point.get_xdata()), list(point.get_ydata())) == ([1.5], [2.25])


def test_growth_is_drawn_on_logarithmic_axes():
    ax = draw_growth([1, 10, 100], {"linear": [2, 20, 200], "square": [1, 100, 10_000]}, "n", "cost").axes[0]
    assert (ax.get_xscale(), ax.get_yscale(), ax.get_xlabel(), ax.get_ylabel()) == ("log", "log", "n", "cost")
    assert [list(line.get_ydata()) for line in ax.lines] == [[2, 20, 200], [1, 100, 10_000]]
    assert len({line.get_marker() for line in ax.lines}) == 2, "two curves differ in more than colour"


def test_a_classifier_shows_its_points_its_boundary_and_the_loss_so_far():
    X, y = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]]), np.array([0, 1, 1])
    a, b = np.linspace(0, 2, 5), np.linspace(0, 2, 4)
    P = np.tile(a / 2, (4, 1))
    plane, loss = draw_classifier(X, y, (a, b, P), [0.7, 0.4, 0.2, 0.1], epoch=2).axes
    shading, boundary, zeros, ones = plane.collections
    np.testing.assert_allclose(boundary.get_paths()[0].vertices[:, 0], 1.0)
    np.testing.assert_allclose(zeros.get_offsets(), X[:1])
    np.testing.assert_allclose(ones.get_offsets(), X[1:])
    assert len(zeros.get_paths()[0].vertices) != len(ones.get_paths()[0].vertices), "a shape for each class"
    assert list(loss.lines[0].get_ydata()) == [0.7, 0.4, 0.2]
    assert loss.get_xlim()[1] > 3, "the axis has room for all epochs"


def test_a_classifier_without_anything_is_a_picture_of_points():
    figure = draw_classifier([[0, 1], [1, 0]], [0, 1])
    assert len(figure.axes) == 1


def test_wrong_shapes_are_named():
    with pytest.raises(ValueError, match=r"\(2, 3\) and \(2,\)"):
        draw_classifier(np.zeros((2, 3)), np.zeros(2))
    with pytest.raises(ValueError, match="epoch=4: there are losses for the epochs 0 to 3"):
        draw_classifier(np.zeros((2, 2)), np.zeros(2), losses=[1, 1, 1, 1], epoch=4)


def test_the_style_leaves_the_global_settings_alone():
    import matplotlib

    before = dict(matplotlib.rcParams)
    figure, axes = subplots(columns=2)
    assert dict(matplotlib.rcParams) == before
    assert len(axes) == 2 and figure.get_facecolor() == (1, 1, 1, 1)


def contrast(one, other):
    """WCAG 2 contrast ratio of two colours."""
    from matplotlib.colors import to_rgb

    def luminance(colour):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
        return np.dot([0.2126, 0.7152, 0.0722], linear)

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_words_can_be_read_on_their_grounds():
    from nnlib.plots.style import BLUE_FILL, INK, MUTED, RED, RED_FILL

    for word, ground in [(INK, "white"), (MUTED, "white"), (RED, "white"), (INK, BLUE_FILL), (INK, RED_FILL),
                         (RED, RED_FILL)]:
        assert contrast(word, ground) >= 4.5, (word, ground)
