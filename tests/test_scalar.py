"""nnlib.scalar against PyTorch, against closed forms, and at sizes where naive code breaks."""

import gc
import math
import random
import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nnlib.scalar import MLP, Layer, Neuron, Value, backward_steps, dot, topological_order

# Each operation once: the same expression of Values and of tensors, and where it is defined.
OPERATIONS = {
    "a + b": (lambda a, b: a + b, -3, 3),
    "a - b": (lambda a, b: a - b, -3, 3),
    "a * b": (lambda a, b: a * b, -3, 3),
    "a / b": (lambda a, b: a / b, 0.2, 3),
    "a ** b": (lambda a, b: a**b, 0.2, 3),
    "a ** 3": (lambda a, b: a**3 + b, -3, 3),
    "a ** -0.5": (lambda a, b: a**-0.5 * b, 0.2, 3),
    "a ** 0": (lambda a, b: a**0 + b, -3, 3),
    "2 ** a": (lambda a, b: 2**a + b, -3, 3),
    "1 - a": (lambda a, b: 1 - a * b, -3, 3),
    "1 / a": (lambda a, b: 1 / a + b, 0.2, 3),
    "-a": (lambda a, b: -a * b, -3, 3),
    "3 + 2 * a": (lambda a, b: 3 + 2 * a * b, -3, 3),
    "exp": (lambda a, b: (a * b).exp(), -2, 2),
    "log": (lambda a, b: (a * b).log(), 0.2, 3),
    "tanh": (lambda a, b: (a * b).tanh(), -3, 3),
    "sigmoid": (lambda a, b: (a * b).sigmoid(), -30, 30),
    "relu": (lambda a, b: (a * b).relu(), -3, 3),
    "a * a": (lambda a, b: a * a + b, -3, 3),
    "(a + b) * (a + b)": (lambda a, b: (a + b) * (a + b), -3, 3),
}


def value_and_gradients(f, numbers):
    leaves = [Value(x) for x in numbers]
    y = f(*leaves)
    y.backward()
    return y.data, [leaf.grad for leaf in leaves]


def torch_value_and_gradients(f, numbers):
    leaves = [torch.tensor(float(x), dtype=torch.float64, requires_grad=True) for x in numbers]
    y = f(*leaves)
    y.backward()
    return y.item(), [0.0 if leaf.grad is None else leaf.grad.item() for leaf in leaves]


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_equals_torch(name):
    f, low, high = OPERATIONS[name]
    rng = np.random.default_rng(0)
    for numbers in rng.uniform(low, high, (50, 2)).tolist():
        y, grads = value_and_gradients(f, numbers)
        y_torch, grads_torch = torch_value_and_gradients(f, numbers)
        assert y == pytest.approx(y_torch, rel=1e-13, abs=1e-13)
        assert grads == pytest.approx(grads_torch, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_equals_central_difference(name):
    f, low, high = OPERATIONS[name]
    a, b = np.random.default_rng(1).uniform(max(low, -2.5), min(high, 2.5), 2)
    h = 1e-6
    numeric = [(f(Value(a + h), Value(b)).data - f(Value(a - h), Value(b)).data) / (2 * h),
               (f(Value(a), Value(b + h)).data - f(Value(a), Value(b - h)).data) / (2 * h)]
    assert value_and_gradients(f, (a, b))[1] == pytest.approx(numeric, rel=1e-6, abs=1e-7)


def random_graph(rng, leaves):
    """An expression that reuses its own nodes; the same draws give the same graph on Values and tensors."""
    nodes = list(leaves)
    for _ in range(rng.randrange(5, 60)):
        a, b = rng.choice(nodes), rng.choice(nodes)
        nodes.append(rng.choice([
            lambda: a + b, lambda: a - b, lambda: a * b * 0.3, lambda: a / (b * b + 1.0), lambda: a.tanh(),
            lambda: a.sigmoid(), lambda: (a * 0.1).exp(), lambda: (a * a + 1.0).log(), lambda: a.relu() + b,
            lambda: (b * b + 0.5) ** a.tanh(), lambda: (a * 0.2) ** 3,
        ])())
    return sum(nodes[len(leaves):])


@given(seed=st.integers(0, 10**6))
def test_random_graphs_equal_torch(seed):
    numbers = [random.Random(seed).uniform(-2, 2) for _ in range(4)]
    ours = value_and_gradients(lambda *leaves: random_graph(random.Random(seed), leaves), numbers)
    theirs = torch_value_and_gradients(lambda *leaves: random_graph(random.Random(seed), leaves), numbers)
    assert ours[0] == pytest.approx(theirs[0], rel=1e-12, abs=1e-12)
    scale = max(1.0, *map(abs, theirs[1]))
    assert [g / scale for g in ours[1]] == pytest.approx([g / scale for g in theirs[1]], rel=1e-12, abs=1e-12)


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), max_size=20), st.floats(-5, 5))
def test_dot_equals_the_written_out_sum(pairs, bias):
    def gradients(weighted_sum):
        w, x, b = [Value(p) for p, _ in pairs], [Value(q) for _, q in pairs], Value(bias)
        z = weighted_sum(w, x, b)
        (z * z).backward()
        return z.data, [v.grad for v in (*w, *x, b)]

    z, fused = gradients(dot)
    z_plain, plain = gradients(lambda w, x, b: sum((wi * xi for wi, xi in zip(w, x)), b))
    assert z == pytest.approx(z_plain, rel=1e-12, abs=1e-12)
    assert fused == pytest.approx(plain, rel=1e-12, abs=1e-12)


def test_dot_takes_plain_numbers_and_repeated_values():
    w = Value(2.0)
    z = dot([w, w, 3], [w, np.float64(5.0), 1], 0.5)
    z.backward()
    assert (z.data, w.grad) == (4 + 10 + 3 + 0.5, 2 * 2 + 5)
    with pytest.raises(ValueError, match="2 weights came with 1 inputs"):
        dot([w, w], [w], 0.0)


def test_worked_examples_of_the_chapter():
    f = lambda x1, x2, x3, x4: (x1 + x2) * x3 - x4
    assert value_and_gradients(f, (5, 4, 3, 2)) == (25.0, [3.0, 3.0, 9.0, -1.0])
    assert value_and_gradients(lambda x, y, z: (x + y) * z, (-2, 5, -4)) == (-12.0, [-4.0, -4.0, 3.0])
    assert value_and_gradients(lambda x: x * x, (3,)) == (9.0, [6.0])


def test_second_pass_adds_on_leaves_as_in_torch_and_zero_grad_starts_afresh():
    def two_passes(a, again):
        b = a * a
        c = b * b
        c.backward(**again)
        c.backward()
        return a.grad

    ours = two_passes(Value(1.5), {})
    theirs = two_passes(torch.tensor(1.5, dtype=torch.float64, requires_grad=True), {"retain_graph": True})
    assert ours == theirs.item() == 2 * 4 * 1.5**3

    a = Value(1.5)
    c = a * a * a
    c.backward()
    c.zero_grad()
    assert a.grad == c.grad == 0.0
    c.backward()
    assert a.grad == 3 * 1.5**2


def test_nan_stays_nan():
    for f in (lambda x: x.relu(), lambda x: x.relu() * 2 + x.tanh()):
        ours, theirs = value_and_gradients(f, [math.nan]), torch_value_and_gradients(f, [math.nan])
        assert np.array_equal(np.array([ours[0], *ours[1]]), np.array([theirs[0], *theirs[1]]), equal_nan=True)


def test_a_zero_passes_on_nothing_even_over_an_infinite_slope():
    x = Value(0.0)
    y = x**0.5 * 0
    assert backward_steps(y)[-1].local == math.inf and backward_steps(y)[-1].total == 0.0
    y.backward()
    assert x.grad == 0.0  # PyTorch: NaN


def test_a_power_may_have_a_finite_value_and_an_infinite_slope():
    for x, n in ((1e-300, -1), (-1e-300, -1), (-1e-150, -2), (1e-200, 2)):
        (y, [slope]), (y_torch, [slope_torch]) = (of(lambda a: a**n, [x]) for of in (
            value_and_gradients, torch_value_and_gradients))
        assert (y, slope) == pytest.approx((y_torch, slope_torch), rel=1e-12, abs=0)


def test_gradients_of_two_losses_add_up():
    a = Value(2.0)
    (a * 3).backward()
    (a * a).backward()
    assert a.grad == 3 + 4


def test_a_million_deep_and_a_million_wide():
    n = 10**6
    x = Value(1.0)
    y = x
    for _ in range(n):
        y = y + x
    y.backward()
    assert (y.data, x.grad) == (n + 1.0, n + 1.0)
    assert len(topological_order(y)) == n + 1
    del y  # the whole chain is freed here, without recursion too

    wide = dot([x] * n, [2.0] * n, 0.0)
    x.grad = 0.0
    wide.backward()
    assert x.grad == 2.0 * n


def test_graph_is_small():
    x = y = Value(1.0001)
    tracemalloc.start()
    try:
        for _ in range(10_000):
            y = y * x
        assert tracemalloc.get_traced_memory()[0] / 10_000 <= 180
    finally:
        tracemalloc.stop()


def test_graph_is_freed_at_once_without_the_collector():
    def alive():
        return sum(type(o) is Value for o in gc.get_objects())

    gc.collect()
    before = alive()
    gc.disable()
    try:
        y = MLP(2, [4, 4, 1], rng=random.Random(0))([1.0, 2.0])
        y.backward()
        assert alive() > before + 40
        del y
        assert alive() == before
    finally:
        gc.enable()


def test_topological_order_puts_parents_first_each_once():
    rng = random.Random(3)
    root = random_graph(rng, [Value(rng.uniform(-1, 1)) for _ in range(5)])
    order = topological_order(root)
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order) and order[-1] is root
    assert all(place[p] < place[node] for node in order for p in node.parents)


def test_wide_diamond_is_visited_once_a_node():
    x = Value(1.0)
    for _ in range(200):  # 2^200 paths, 200 nodes
        x = x + x
    assert len(topological_order(x)) == 201
    x.backward()
    assert topological_order(x)[0].grad == 2.0**200


def test_backward_steps_tell_what_backward_does():
    rng = random.Random(5)
    leaves = [Value(rng.uniform(-1, 1)) for _ in range(3)]
    root = random_graph(rng, leaves)
    steps = backward_steps(root)
    assert all(node.grad == 0.0 for node in topological_order(root))  # nothing was changed
    assert len(steps) == sum(len(node.parents) for node in topological_order(root))
    root.backward()
    last = {step.parent: step.total for step in steps}
    assert all(last[node] == node.grad for node in last)
    assert all(step.downstream == step.upstream * step.local for step in steps)
    assert all(step.upstream == step.child.grad for step in steps)  # finished before it is passed on


ERRORS = {
    "log of a negative number": (lambda: Value(-2.0).log(), ValueError, r"log\(-2.0\).*positive"),
    "log of zero": (lambda: Value(0.0).log(), ValueError, r"log\(0.0\)"),
    "division by zero": (lambda: Value(1.0) / 0, ZeroDivisionError, r"1.0 / 0.0"),
    "negative power of zero": (lambda: Value(0.0) ** -1, ZeroDivisionError, "zero has no negative power"),
    "root of a negative number": (lambda: Value(-4.0) ** 0.5, ValueError, r"\(-4.0\) \*\* 0.5"),
    "negative base, Value exponent": (lambda: Value(-2.0) ** Value(3.0), ValueError, r"write \*\* 3.0"),
    "overflow of exp": (lambda: Value(1000.0).exp(), OverflowError, r"exp\(1000.0\).*709"),
    "overflow of a power": (lambda: Value(10.0) ** 400, OverflowError, r"\(10.0\) \*\* 400.0"),
    "an array on the right": (lambda: Value(1.0) + np.ones(3), TypeError, "one Value of each entry"),
    "an array on the left": (lambda: np.ones(3) * Value(1.0), TypeError, "one Value of each entry"),
    "a list": (lambda: Value([1.0, 2.0]), TypeError, r"several came \(list\)"),
    "an array of no axes": (lambda: Value(np.array(3.0)), TypeError, r"\(ndarray\).*\.item\(\)"),
    "a Value around a Value": (lambda: Value(Value(3.0) * 2), TypeError, "would lose its graph"),
    "a string compared": (lambda: Value(1.0) < "2", TypeError, r"'2' \(str\)"),
    "one number for a list": (lambda: MLP(2, [1], rng=random.Random(0))(1.0), TypeError, "list of inputs.*float"),
    "one width for a list": (lambda: MLP(2, 12, rng=random.Random(0)), TypeError, r"widths is a list.*\[12\]"),
    "a neuron without inputs": (lambda: Neuron(0, rng=random.Random(0)), ValueError, "at least one input"),
    "a string": (lambda: Value(1.0) * "2", TypeError, r"'2' \(str\)"),
    "None": (lambda: Value(None), TypeError, r"None \(NoneType\)"),
    "a complex number": (lambda: Value(1j), TypeError, "complex"),
    "input of the wrong length": (lambda: Neuron(2, rng=random.Random(0))([1.0]), ValueError, "2 weights came with 1"),
    "unknown activation": (lambda: Neuron(2, "gelo", rng=random.Random(0)), ValueError, "gelo.*relu"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        call()


def test_limits_at_zero_are_torch_s():
    for n in (0, 1, 2, 0.5):
        ours = value_and_gradients(lambda x: x**n, (0.0,))
        assert ours == torch_value_and_gradients(lambda x: x**n, (0.0,))
    assert Value(-1000.0).sigmoid().data == 0.0 and Value(1000.0).sigmoid().data == 1.0
    for at in ((0.0, 0.0), (0.0, 0.5), (0.0, 2.0)):  # the exponent may move, too
        assert value_and_gradients(lambda x, n: x**n, at) == torch_value_and_gradients(lambda x, n: x**n, at)


def test_comparisons_and_conversions():
    a, b = Value(1.0), Value(2.0)
    assert a < b and a <= 1 and b > a and b >= 2.0 and max(a, b) is b
    assert a != Value(1.0) and len({a, b, a}) == 2  # equal only to itself
    assert float(b) == 2.0 and type(Value(3).data) is float and type(Value(np.float32(0.5)).data) is float
    assert repr(a * 2) == "Value(2, grad=0)"
    assert (a * 2).op == "×" and a.op == "" and math.isclose((a + b).slopes[1], 1.0)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu", "identity"])
def test_mlp_equals_torch(activation):
    net = MLP(3, [4, 5, 2], activation, rng=np.random.default_rng(0))
    assert len(net.parameters()) == (3 * 4 + 4) + (4 * 5 + 5) + (5 * 2 + 2)
    x, target = [0.3, -1.2, 0.8], [0.5, -0.5]
    loss = sum((y - t) ** 2 for y, t in zip(net(x), target))
    loss.backward()

    f = {"tanh": torch.tanh, "sigmoid": torch.sigmoid, "relu": torch.relu, "identity": lambda z: z}[activation]
    a, tensors = torch.tensor(x, dtype=torch.float64), []
    for i, layer in enumerate(net.layers):
        W = torch.tensor([[w.data for w in n.w] for n in layer.neurons], dtype=torch.float64, requires_grad=True)
        b = torch.tensor([n.b.data for n in layer.neurons], dtype=torch.float64, requires_grad=True)
        tensors += [W, b]
        a = W @ a + b if i == 2 else f(W @ a + b)
    loss_torch = ((a - torch.tensor(target, dtype=torch.float64)) ** 2).sum()
    loss_torch.backward()
    assert loss.data == pytest.approx(loss_torch.item(), rel=1e-12)
    for layer, W, b in zip(net.layers, tensors[::2], tensors[1::2]):
        assert np.allclose([[w.grad for w in n.w] for n in layer.neurons], W.grad.numpy(), rtol=1e-12, atol=1e-14)
        assert np.allclose([n.b.grad for n in layer.neurons], b.grad.numpy(), rtol=1e-12, atol=1e-14)
    net.zero_grad()
    assert all(p.grad == 0.0 for p in net.parameters())


def test_weights_start_on_both_sides_of_zero_and_by_the_number_of_inputs():
    w = [p.data for p in Layer(16, 50, rng=random.Random(0)).parameters() if p.data]  # without the biases
    assert len(w) == 16 * 50 and -0.25 <= min(w) < -0.24 and 0.24 < max(w) <= 0.25 and abs(sum(w) / len(w)) < 0.02


def test_one_output_is_a_value_and_a_layer_always_a_list():
    rng = random.Random(0)
    assert isinstance(MLP(2, [3, 1], rng=rng)([1.0, 2.0]), Value)
    assert len(Layer(2, 1, rng=rng)([1.0, 2.0])) == 1
