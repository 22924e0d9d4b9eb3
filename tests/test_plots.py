"""The pictures: the right numbers stand in them, and wrong requests get a clear answer."""

import random
import re
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from nnlib.gradcheck import check_gradient
from nnlib.plots import (
    draw_batch,
    draw_bits,
    draw_classifier,
    draw_devices,
    draw_gradients,
    draw_graph,
    draw_growth,
    draw_ladder,
    draw_mapping,
    draw_network,
    draw_node,
    draw_product,
    draw_race,
    draw_tangent,
    draw_timeline,
    draw_v_curve,
    move_in_words,
    network_moves,
    subplots,
)
from nnlib.plots.bits import FORMATS, bits_of, round_to
from nnlib.plots.graph import LIMIT, number
from nnlib.plots.layout import layered_layout
from nnlib.plots.style import BLUE, INK, RED
from nnlib.scalar import Value, backward_steps, dot, topological_order


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
    assert at["downstream"][0] <= at["x3"][0] and at["downstream"][1] > at["x3"][1]
    renderer = FigureCanvasAgg(figure).get_renderer()
    word = next(t for t in ax.texts if t.get_text() == "downstream").get_window_extent(renderer)
    frames = [p.get_window_extent(renderer) for p in ax.patches if isinstance(p, FancyBboxPatch)]
    assert any(abs(word.x1 - frame.x1) < 8 for frame in frames), "it ends with its box: there the slopes begin"


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


def test_edges_that_leave_one_node_do_not_cross():
    x = Value(3.0)
    y = x * x + x
    for k in range(5):
        figure = draw_graph(y, {"x": x, "y": y}, steps=k)
        edges = [p._path_original.vertices for p in figure.axes[0].patches if isinstance(p, FancyArrowPatch)]
        edges = [e if e[0, 0] < e[-1, 0] else e[::-1] for e in edges]  # as numbers flow forward
        first = [e[:4, 1] for e in edges if e[0, 0] == min(e[0, 0] for e in edges)]  # from x to the next column
        assert len(first) == 3
        assert all((a - b > 0.2).all() or (b - a > 0.2).all() for a, b in combinations(first, 2))


def test_all_steps_of_a_graph_have_boxes_of_one_size():
    x, y = Value(3.0), Value(2.0)
    g = (x + y) * x
    pictures = [draw_graph(g, {"x": x, "y": y}, steps=k) for k in range(5)]
    drawn = {tuple((p.get_x(), p.get_y(), p.get_width()) for p in figure.axes[0].patches
                   if isinstance(p, FancyBboxPatch)) for figure in pictures}
    assert len(drawn) == 1


def test_every_word_of_a_graph_has_room_in_its_box():
    x = Value(3.0)
    square = x * x
    figure = draw_graph(square + x, {"x": x, "square": square}, steps=2)
    ax, renderer = figure.axes[0], FigureCanvasAgg(figure).get_renderer()
    for frame in [p.get_window_extent(renderer) for p in ax.patches if isinstance(p, FancyBboxPatch)]:
        for box in [t.get_window_extent(renderer) for t in ax.texts]:
            if frame.y0 < (box.y0 + box.y1) / 2 < frame.y1 and frame.x0 < (box.x0 + box.x1) / 2 < frame.x1:
                assert frame.x0 + 3 < box.x0 and box.x1 < frame.x1 - 3


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


def test_v_curve_marks_its_lowest_point_and_leaves_out_what_left_the_domain():
    report = check_gradient(lambda x: np.log(x).sum(), lambda x: 1 / x, np.array([0.02, 1.0]))
    steps, errors = report.v_curve()
    assert np.isnan(errors[0])  # log(0.02 − 0.1 …)
    figure = draw_v_curve({"right": (steps, errors), "exact": (steps, np.zeros(len(steps)))})
    [ax] = figure.axes
    right, exact = ax.get_lines()
    assert ax.get_xscale() == ax.get_yscale() == "log"
    assert np.array_equal(right.get_xdata(), steps) and np.array_equal(right.get_ydata(), errors, equal_nan=True)
    assert right.get_markevery() == [np.nanargmin(errors)] and right.get_linestyle() != exact.get_linestyle()
    assert (exact.get_ydata() == 1e-17).all()
    assert re.fullmatch(r"right: \de−\d\d at h = \de−\d\d", figure.legends[0].get_texts()[0].get_text())
    assert draw_v_curve((steps, errors)).legends[0].get_texts()[0].get_text().startswith("error: ")


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


# Chapter 08: number formats, batches, gradients beside each other, devices, operators --------------------------


@pytest.mark.parametrize("name", ["float32", "bfloat16", "float16"])
def test_numbers_are_rounded_and_stored_as_in_torch(name):
    import torch

    kind, whole = getattr(torch, name), torch.int32 if name == "float32" else torch.int16
    rng = random.Random(8)
    numbers = [0.0, -0.0, 1.0, 0.1, -1 / 3, 1 + 2**-8, 1 + 3 * 2**-8, 257.0, 2049.0, 65504.0, 65519.9, 65520.0,
               70_000.0, 6e-8, 3e-8, 2.9e-8, 1e-40, 3.5e38, float("inf"), float("nan"),
               *(rng.choice([-1, 1]) * 10 ** rng.uniform(-46, 39) for _ in range(500))]
    for number_ in numbers:
        stored = torch.tensor(number_, dtype=torch.float64).to(kind)
        np.testing.assert_equal(round_to(number_, *FORMATS[name]), stored.item(), err_msg=str(number_))
        size = 32 if name == "float32" else 16
        bits = f"{stored.view(whole).item() % 2**size:0{size}b}"
        if number_ == number_:  # which of the many NaNs it is, machines decide
            assert "".join(bits_of(number_, *FORMATS[name])) == bits, number_
    assert "".join(bits_of(float("nan"), 8, 7)) == "0111111111000000"


def test_the_bits_of_a_number_stand_in_boxes_below_its_format():
    ax = draw_bits(-2.5).axes[0]
    shown = [t.get_text() for t in ax.texts]
    assert [name for name in shown if name in FORMATS] == list(FORMATS)
    assert shown.count("stores −2.5") == 4
    bits = "".join(text for text in shown if text in ("0", "1"))
    assert bits == "".join("".join(bits_of(-2.5, *sizes)) for sizes in FORMATS.values())
    assert bits[:32] == f"{np.float32(-2.5).view(np.uint32):032b}"
    low, high = ax.get_ylim()
    assert all(low <= patch.get_y() and patch.get_y() + patch.get_height() <= high for patch in ax.patches)
    assert "stores ∞" in [t.get_text() for t in draw_bits(70_000.0).axes[0].texts]


def test_a_batch_shows_its_slice_its_words_and_its_padding():
    T, words = np.arange(24.0).reshape(2, 3, 4), [["a", "b", "c"], ["d"]]
    for axis, size in enumerate(T.shape):
        ax = draw_batch(T, words, axis, 0).axes[0]
        assert len(ax.patches) == T.size
        assert sum(patch.get_linewidth() == 2 for patch in ax.patches) == T.size // size
    shown = [t.get_text() for t in ax.texts]
    assert shown.count("padding") == 2 and sum(bool(patch.get_hatch()) for patch in ax.patches) == 2 * 4
    assert [float(text) for text in shown if text[0].isdigit()] == [*range(16)]
    with pytest.raises(ValueError, match="no slice 4 along axis 2"):
        draw_batch(T, words, 2, 4)
    with pytest.raises(ValueError, match=r"\(2, 3\) and 2 sequences"):
        draw_batch(T[:, :, 0], words, 0, 0)


def test_a_node_shows_what_is_known_so_far_and_nothing_outside_the_picture():
    inputs = {"x": [1.0, 2.0], "y": [-3.0, 0.5]}
    long = [-0.0625, -0.8, -25 / 3]
    steps = [(None, {}), ([-3.0, 1.0], {"kept": "x, y"}), ([-3.0, 1.0], {"kept": "x, y", "upstream": [1.0, 10.0]}),
             ([-3.0, 1.0], {"kept": "x, y", "upstream": [1.0, 10.0], "downstream": {
                 "x": ("upstream · y", [-3.0, 5.0]), "y": ("−upstream · x / y²", long)}})]
    seen, sizes = [], set()
    for numbers, known in steps:
        figure = draw_node("Multiply", inputs, ("z", numbers), **known)
        figure.draw_without_rendering()
        ax = figure.axes[0]
        seen.append({t.get_text() for t in ax.texts})
        sizes.add((tuple(figure.get_size_inches()), ax.get_xlim(), ax.get_ylim()))
        boxes = [patch.get_window_extent() for patch in ax.patches if isinstance(patch, Rectangle)]
        for words in (t.get_window_extent() for t in ax.texts):  # each in a box of its own
            assert any(box.x0 < words.x0 and words.x1 < box.x1 and box.y0 < words.y0 and words.y1 < box.y1
                       for box in boxes)
        arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
        assert len([a for a in arrows if a.get_linestyle() == "--"]) == {0: 0, 1: 0, 2: 1, 3: 3}[len(seen) - 1]
    assert len(sizes) == 1  # no frame jumps
    assert {"x = 1, 2", "y = −3, 0.5", "z = ?", "ctx: empty", "Multiply"} == seen[0]
    assert seen[1] - seen[0] == {"z = −3, 1", "ctx: x, y"} and seen[2] - seen[1] == {"1, 10", "upstream"}
    assert seen[3] - seen[2] == {"−3, 5", "−0.06, −0.8, −8.33", "upstream · y", "−upstream · x / y²"}


def test_gradients_stand_side_by_side_and_differences_below():
    G = np.array([[0.25, -0.5], [1.0, -1e-9]])
    top, below = draw_gradients({"one": G, "two": G, "three": G + 1e-6}, limit=1e-10).axes
    shown = [t.get_text() for t in top.texts]
    assert [text for text in shown if text in ("one", "two", "three")] == ["one", "two", "three"]
    assert shown.count("0.25") == 3 and shown.count("−0.50") == 3 and "−0.00" not in shown
    said = [t.get_text() for t in below.texts]
    assert "exactly 0" in said and "1e−06" in said
    good, bad = (next(line.get_marker() for line in below.lines if list(line.get_ydata()) == [row]) for row in (1, 0))
    assert (good, bad) == ("o", "X"), "beyond the limit a difference has another mark"
    with pytest.raises(ValueError, match="transposed"):
        draw_gradients({"one": np.zeros((2, 3)), "two": np.zeros((3, 2))})


def test_devices_draw_what_was_measured_and_say_what_was_not():
    ax, marks = draw_devices([32, 64, 128], {"NumPy": [1.0, 2.0, 4.0], "CUDA": [None, None, None]}, 64).axes
    assert [list(line.get_ydata()) for line in ax.lines[:-1]] == [[1.0, 2.0, 4.0]]
    assert [t.get_text() for t in marks.texts] == ["2 ms", "not measured yet"] and len(marks.lines) == 1
    ax, marks = draw_devices([32, 64], {"NumPy": [1.0, 2.0], "CUDA": [0.5, None]}, 32).axes
    assert [list(line.get_ydata()) for line in ax.lines[:-1]] == [[1.0, 2.0], [0.5]]
    assert len({line.get_marker() for line in ax.lines[:-1]}) == 2
    assert [(line.get_marker(), *line.get_xdata()) for line in marks.lines] == [("o", 1.0), ("s", 0.5)]
    assert [t.get_text() for t in draw_devices([32], {"CUDA": [None]}, 32).axes[1].texts] == ["not measured yet"]
    with pytest.raises(ValueError, match="no measurement at batch size 33; there are 32, 64"):
        draw_devices([32, 64], {"NumPy": [1, 2]}, 33)
    with pytest.raises(ValueError, match="NumPy has 1 times for 2 batch sizes"):
        draw_devices([32, 64], {"NumPy": [1]}, 32)


def test_a_timeline_shows_operators_and_the_time_in_none():
    line, bars = draw_timeline([("work", 0, 20), ("rest", 30, 40), ("work", 40, 50)], 100, ["work", "rest"]).axes
    assert [(p.get_x(), p.get_width()) for p in line.patches] == [(0, 20), (30, 10), (40, 10)]
    assert [t.get_text() for t in bars.texts] == ["30%", "10%", "60%"]
    for total in (100, 1874, 16_574, 123_456):
        figure = draw_timeline([("work", 0, 20)], total, ["work"])
        renderer = FigureCanvasAgg(figure).get_renderer()
        figure.draw(renderer)
        ticks = [t for t in figure.axes[0].get_xticklabels() if 0 <= t.get_position()[0] <= total]
        edges = [t.get_window_extent(renderer) for t in ticks]
        assert len(ticks) > 2 and all(a.x1 + 8 < b.x0 for a, b in zip(edges, edges[1:])), [t.get_text() for t in ticks]
    assert ticks[-1].get_text() == "100,000"
    with pytest.raises(ValueError, match="kind 'play'"):
        draw_timeline([("play", 0, 1)], 1, ["work"])


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


# Chapter 7: a network, step by step ----------------------------------------------------------


def relu_network(weights, x, y, biases=None):
    layers = [[Value(v) for v in x]]
    for n, W in enumerate(weights, start=1):
        b = [Value(v) for v in biases[n - 1]] if biases else [0.0] * len(W)
        Z = [dot([Value(w) for w in row], layers[-1], c) for row, c in zip(W, b)]
        layers.append(Z if n == len(weights) else [z.relu() for z in Z])
    return layers, (layers[-1][0] - y) ** 2


def two_relus():
    return relu_network([[[2], [-1]], [[1, 2]]], [1], 3)


def deep():
    return relu_network([[[1, 0.5], [-1, 1]], [[1, -1], [0.5, 1]], [[1, 0.5]]], [1, 2], 1)


def words(figure, colour=None):
    return [t.get_text() for t in figure.axes[0].texts if colour is None or t.get_color() == colour]


def test_the_moves_of_a_network_are_its_backward_pass():
    layers, loss = two_relus()
    moves = network_moves(layers, loss)
    assert [(m.what, m.unit, m.target, m.uses) for m in moves] == [
        ("loss", (2, 0), (2, 0), 0),
        ("weight", (2, 0), (2, 0, 0), 1), ("weight", (2, 0), (2, 0, 1), 2),
        ("back", (2, 0), (1, 0), 3), ("back", (2, 0), (1, 1), 4),
        ("slope", (1, 0), (1, 0), 0), ("weight", (1, 0), (1, 0, 0), 1),
        ("slope", (1, 1), (1, 1), 0), ("weight", (1, 1), (1, 1, 0), 1)]
    assert [m.step.downstream for m in moves[1:]] == [-4, 0, -2, -4, -2, -2, 0, 0]


@pytest.mark.parametrize("make", [two_relus, deep])
def test_the_totals_of_all_moves_are_the_gradients(make):
    layers, loss = make()
    moves = network_moves(layers, loss)
    loss.backward()
    last = {m.step.parent: m.step.total for m in moves[1:]}
    assert all(value.grad == total for value, total in last.items())
    zs = [a if a.op == "dot" else a.parents[0] for row in layers[1:] for a in row]
    trained = [w for z in zs for w in z.parents[: (len(z.parents) - 1) // 2]]
    assert set(trained) <= set(last) and not set(layers[0]) & set(last), "all weights, and no input"


def test_a_drawn_network_shows_forward_first_and_then_what_came_back():
    layers, loss = two_relus()
    assert words(draw_network(layers, loss, 0), RED) == []
    assert {"x 1", "z 2", "a 2", "z −1", "a 0", "ŷ 2", "L = 1"} <= set(words(draw_network(layers, loss, 0)))
    assert words(draw_network(layers, loss, 1), RED) == ["δ −2", "the loss hands in ∂L/∂ŷ"]
    whole = words(draw_network(layers, loss), RED)
    assert sorted(whole) == sorted(["−4", "0", "−2", "0", "∂a −2", "δ −2", "used 1×", "∂a −4", "δ 0", "used 1×",
                                    "δ −2", "used 4×"])
    assert all(v.grad == 0.0 for row in layers for v in row), "drawing must not run the pass"


def test_a_delta_counts_its_uses_and_a_sum_waits_for_its_terms():
    layers, loss = deep()
    moves = network_moves(layers, loss)
    k = next(i for i, m in enumerate(moves, start=1) if m.what == "back" and m.target == (1, 0))
    assert "∂a 2 …" in words(draw_network(layers, loss, k))
    k = next(i for i, m in enumerate(moves, start=1) if m.what == "back" and m.unit == (2, 1) and m.target == (1, 0))
    assert "∂a 2.5" in words(draw_network(layers, loss, k))
    assert "used 3×" in words(draw_network(layers, loss, k))
    assert move_in_words(moves[k - 1], layers) == (
        "Back to a¹₁: δ × weight = δ²₂ × w²₂₁ = 1 × 0.5 = 0.5, and 2 + 0.5 = 2.5. δ²₂ has been used 3 times.")


@pytest.mark.parametrize("k", range(1, 22))
def test_every_move_marks_one_way_and_keeps_the_frame_s_size(k):
    layers, loss = deep()
    figure, start = draw_network(layers, loss, k), draw_network(layers, loss, 0)
    assert tuple(figure.get_size_inches()) == tuple(start.get_size_inches())
    what = network_moves(layers, loss)[k - 1].what
    assert len(thick(figure)) == (what in ("weight", "back"))
    for arrow in thick(figure):
        start, end = arrow._posA_posB
        assert (end[0] < start[0]) == (what == "back"), "what goes back points back"


def test_room_keeps_one_size_for_other_numbers():
    def net(w):
        x, v = Value(1.0), Value(w)
        a = dot([v], [x], 0.0).relu()
        y = dot([Value(2.0)], [a], 0.0)
        return [[x], [a], [y]], (y - 3) ** 2

    def sizes(draw):
        return {tuple(draw(w).get_size_inches()) for w in (-1.0, 0.5, 2.0)}

    assert len(sizes(lambda w: draw_network(*net(w)))) > 1
    assert len(sizes(lambda w: draw_network(*net(w), room=5))) == 1
    assert len(sizes(lambda w: draw_graph(net(w)[1]))) > 1
    assert len(sizes(lambda w: draw_graph(net(w)[1], room=4))) == 1


def test_a_level_arrow_is_not_covered_by_its_numbers():
    layers, loss = two_relus()
    row = [layers[0], [layers[1][0]]]
    figure = draw_network(row, layers[1][0] ** 2)
    ax, renderer = figure.axes[0], FigureCanvasAgg(figure).get_renderer()
    (arrow,) = [p for p in ax.patches if isinstance(p, FancyArrowPatch)]
    y = ax.transData.transform((0, arrow._posA_posB[0][1]))[1]
    numbers = [t.get_window_extent(renderer) for t in ax.texts if t.get_text() in ("2", "4")]
    assert len(numbers) == 2
    assert all(not box.y0 < y < box.y1 for box in numbers)


def test_a_unit_that_lets_nothing_through_has_a_dashed_frame():
    layers, loss = two_relus()
    frames = [p.get_linestyle() for p in draw_network(layers, loss).axes[0].patches if isinstance(p, FancyBboxPatch)]
    assert frames.count("solid") == 3 and len(frames) == 4


def test_biases_are_shown_on_request_and_layers_of_the_library_can_be_drawn():
    from nnlib.scalar import MLP

    mlp = MLP(2, [2, 1], "tanh", rng=random.Random(0))
    layers = [[Value(1.0), Value(-1.0)]]
    for layer in mlp.layers:
        layers.append(layer(layers[-1]))
    loss = layers[-1][0] ** 2
    plain, full = network_moves(layers, loss), network_moves(layers, loss, biases=True)
    assert len(full) == len(plain) + 3 == 1 + 3 + 2 + 2 * (1 + 2 + 1)
    assert any(text.startswith("b 0") for text in words(draw_network(layers, loss, biases=True)))
    assert not any(text.startswith("b ") for text in words(draw_network(layers, loss)))
    assert "∂L/∂b² = δ² × 1" in move_in_words(next(m for m in full if m.what == "bias"), layers)
    dark, red = words(draw_network(layers, loss, biases=True), INK), words(draw_network(layers, loss, biases=True), RED)
    assert dark.count("b 0") == 3 and sum(text.startswith("∂b ") for text in red) == 3, "a bias was there before"


def test_a_layer_of_one_unit_has_no_number_and_the_loss_has_four_digits():
    layers, loss = relu_network([[[-1], [0.5]], [[-1, -1]]], [1], 3)
    told = [move_in_words(move, layers) for move in network_moves(layers, loss)]
    assert told[2].startswith("∂L/∂w²₂ = δ² × a¹₂ = −7 × 0.5 = −3.5.") and "∂L/∂w¹₂ = δ¹₂ × x = 7 × 1 = 7." in told[-1]
    assert "L = 12.25" in words(draw_network(layers, loss))
    chain, loss = relu_network([[[1.5]], [[-1]]], [2], 1)
    assert move_in_words(network_moves(chain, loss)[-1], chain).startswith("∂L/∂w¹ = δ¹ × x = 8 × 2 = 16.")
    assert "x 2" in words(draw_network(chain, loss))


def test_no_word_of_a_network_lies_outside_the_picture_or_wider_than_its_box():
    for (layers, loss), biases in ((two_relus(), False), (deep(), False), (two_relus(), True)):
        for k in range(len(network_moves(layers, loss, biases)) + 1):
            figure = draw_network(layers, loss, k, biases)
            ax, renderer = figure.axes[0], FigureCanvasAgg(figure).get_renderer()
            frames = [p.get_window_extent(renderer) for p in ax.patches if isinstance(p, FancyBboxPatch)]
            for text in ax.texts:
                box = text.get_window_extent(renderer)
                assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1, text
                assert figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1, text
                for frame in frames:
                    if frame.x0 < (box.x0 + box.x1) / 2 < frame.x1 and frame.y0 < (box.y0 + box.y1) / 2 < frame.y1:
                        assert frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 + 2 < box.y0, text


def test_what_is_no_network_is_refused():
    layers, loss = two_relus()
    with pytest.raises(TypeError, match="layer 0 holds 1.0"):
        draw_network([[1.0], *layers[1:]], loss)
    with pytest.raises(ValueError, match="unit 1 of layer 1 is not an activation of dot"):
        draw_network([layers[0], layers[2]], loss)
    with pytest.raises(ValueError, match="9 moves, so 0 to 9"):
        draw_network(layers, loss, 10)
    with pytest.raises(ValueError, match="at least one layer"):
        draw_network(layers[:1], loss)
    with pytest.raises(ValueError, match="31 units.*up to 24"):
        draw_network([[Value(0.0)] * 30, layers[2]], loss)


# Chapter 7: the other pictures -----------------------------------------------------------------


def test_a_race_fills_as_many_squares_as_there_was_time_for():
    ways = {"slow": {"forward": 2, "a": 4}, "fast": {"forward": 2, "a": 1}}
    for done in range(7):
        figure = draw_race(ways, done)
        for ax, jobs in zip(figure.axes, ways.values()):
            total = sum(jobs.values())
            bars = [p.get_path().vertices.reshape(-1, 5, 2)[:, :4] for p in ax.patches]
            empty, forward, back = (sum(bar[:, 0].max() - bar[:, 0].min() for bar in some) for some in bars)
            assert (forward, back, empty) == pytest.approx((min(done, 2), max(min(done, total) - 2, 0),
                                                            max(total - done, 0)))
            assert [to_hex(p.get_facecolor()) for p in ax.patches[1:]] == [BLUE, RED], "whatever is finished"
            assert ax.get_title(loc="left").endswith("finished") == (done >= total)
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["forward", "a"]
    sizes = [tuple(draw_race(w, 0, rows=9).get_size_inches()) for w in (ways, {"x": {"b": 1}})]
    assert sizes[0] == sizes[1], "frames of one slider have one size"
    ranges = [draw_race(w, 0, rows=9, columns=7).axes[0].get_xlim() for w in (ways, {"x": {"b": 1}})]
    assert ranges[0] == ranges[1], "and one scale"
    with pytest.raises(ValueError, match="at least 0, but it is -1"):
        draw_race(ways, -1)
    with pytest.raises(ValueError, match="same results"):
        draw_race({"one": {"a": 1}, "two": {"b": 1}}, 0)


def test_a_mapping_shows_lines_where_hidden_units_turn_and_arrows_for_errors():
    X, Y = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 1.0], [0.0, 0.0]])
    Y_hat, W, b = Y + [[0.5, 0.0], [0.0, -0.25]], np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([0.5, -1.5])
    figure = draw_mapping(X, Y, Y_hat, W, b, losses={0: 1.0, 10: 0.1, 100: 0.01}, step=10)
    left, right, below = figure.axes
    for line, w, c in zip(left.lines[1:], W, b):
        assert np.abs(line.get_xydata() @ w + c).max() < 1e-12, "w · x + b = 0 all along"
    arrows = right.collections[0]
    np.testing.assert_allclose(arrows.get_offsets(), Y)
    np.testing.assert_allclose(np.column_stack([arrows.U, arrows.V]), Y_hat - Y)
    assert list(below.lines[0].get_ydata()) == [1.0, 0.1]
    assert len(draw_mapping(X, Y, Y_hat).axes) == 2
    with pytest.raises(ValueError, match=r"same shape \(N, 2\)"):
        draw_mapping(X, Y, Y_hat[:1])
    with pytest.raises(ValueError, match="step=7: there are losses for the steps 0, 1"):
        draw_mapping(X, Y, Y_hat, losses={0: 1.0, 1: 0.5}, step=7)


def test_a_product_shows_the_sum_of_its_first_terms():
    left, right = np.array([[1, 2, 3], [4, 5, 6]]), np.array([[1, 0], [0, 1], [2, 2]])
    for terms in range(4):
        ax = draw_product(left, right, terms).axes[0]
        shown = [t.get_text() for t in ax.texts if t.get_color() == RED]
        assert shown == [number(v) for v in (left[:, :terms] @ right[:terms]).ravel()]
        framed = [p for p in ax.patches if not p.get_fill()]
        assert len(framed) == (2 if terms else 0)
    with pytest.raises(ValueError, match=r"\(m, N\) and \(N, p\)"):
        draw_product(left, left, 0)
    with pytest.raises(ValueError, match="sum of 3 outer products"):
        draw_product(left, right, 4)


def test_a_ladder_sorts_by_error_and_tells_right_from_wrong_by_shape():
    ax = draw_ladder({"half": (0.5, False), "good": (1e-9, True)}).axes[0]
    marks = [line for line in ax.lines if len(line.get_xdata()) == 1]
    assert [(line.get_xdata()[0], line.get_marker()) for line in marks] == [(1e-9, "o"), (0.5, "^")]
    assert [t.get_text() for t in ax.texts][-2:] == ["good", "half"] and ax.get_xscale() == "log"
    with pytest.raises(ValueError, match="exact came with none"):
        draw_ladder({"exact": (0.0, True)})
