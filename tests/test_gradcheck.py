"""nnlib.gradcheck: each verdict and each cause by a planted mistake, and no false alarm on what is right."""

import re

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nnlib import nn
from nnlib.gradcheck import check_gradient, v_curve


def rng(seed=0):
    return np.random.default_rng(seed)


RNG = rng(1)
X, T = RNG.normal(size=(12, 5)), RNG.normal(size=(12, 3))
THETA = {"W1": RNG.normal(size=(4, 5)), "b1": RNG.normal(size=4),
         "W2": RNG.normal(size=(3, 4)), "b2": RNG.normal(size=3)}


def loss(p):
    """Mean squared error of a tanh network; dtype-generic, and analytic."""
    a = np.tanh(X.astype(p["W1"].dtype) @ p["W1"].T + p["b1"])
    e = a @ p["W2"].T + p["b2"] - T.astype(p["W1"].dtype)
    return (e * e).mean()


def gradient(p):
    a = np.tanh(X @ p["W1"].T + p["b1"])
    d2 = 2 * (a @ p["W2"].T + p["b2"] - T) / T.size
    d1 = d2 @ p["W2"] * (1 - a * a)
    return {"W1": d1.T @ X, "b1": d1.sum(axis=0), "W2": d2.T @ a, "b2": d2.sum(axis=0)}


def planted(**changes):
    """The gradient with some of its arrays changed: planted(W1=lambda g: 2 * g)."""
    def wrong(p):
        g = gradient(p)
        return g | {name: change(g[name]) for name, change in changes.items()}

    return wrong


def everywhere(change):
    return planted(**dict.fromkeys(THETA, change))


def put(index, value):
    def change(g):
        g = g.copy()
        g[index] = value(g[index]) if callable(value) else value
        return g

    return change


# --- right ---------------------------------------------------------------------------

MODES = {"every entry": {}, "complex step": {"method": "complex"}, "directions": {"directions": 4, "rng": rng(2)},
         "complex directions": {"method": "complex", "directions": 3, "rng": rng(3)}}


@pytest.mark.parametrize("mode", MODES)
def test_a_right_gradient_is_right_in_every_mode(mode):
    report = check_gradient(loss, gradient, THETA, **MODES[mode])
    assert report and report.ok and report.verdict == "right" and report.cause is None
    assert str(report).startswith("Right: the largest relative error is") and report.sentence == str(report)
    assert report.error < (1e-12 if "complex" in mode else 1e-6)
    assert check_gradient(loss, gradient(THETA), THETA, **MODES[mode]).ok  # an array will do for a function


def torch_gradient(f):
    return lambda x: torch.func.jacrev(f)(torch.from_numpy(x)).numpy()


SMOOTH = {  # in NumPy and in torch
    "softmax": (lambda x: np.exp(x - x.max()) / np.exp(x - x.max()).sum(), lambda x: torch.softmax(x, 0)),
    "log-sum-exp": (lambda x: np.log(np.exp(x).sum()), lambda x: torch.logsumexp(x, 0)),
    "product": (np.prod, torch.prod),
    "norm": (lambda x: np.sqrt((x * x).sum()), lambda x: (x * x).sum().sqrt()),
    "squares": (lambda x: x * x, lambda x: x * x),
    "cosines": (lambda x: np.cos(3 * x).sum(), lambda x: torch.cos(3 * x).sum()),
    "relu": (lambda x: np.maximum(x, 0), torch.relu),
    "abs": (lambda x: np.abs(x).sum(), lambda x: x.abs().sum()),
    "constant": (lambda x: 0.0 * x + 3.7, lambda x: 0.0 * x + 3.7),
    "sum of softmax": (lambda x: (np.exp(x) / np.exp(x).sum()).sum(), lambda x: torch.softmax(x, 0).sum()),
    "linear": (lambda x: 5.0 * x.sum() - 2.0, lambda x: 5.0 * x.sum() - 2.0),
}


@pytest.mark.parametrize("name", SMOOTH)
@given(n=st.integers(1, 6), scale=st.sampled_from([1e-3, 0.1, 1.0, 3.0, 30.0]), size=st.sampled_from([1e-6, 1.0, 1e4]),
       seed=st.integers(0, 10**6))
@example(n=5, scale=30.0, size=1e-6, seed=18)  # rounding noise that looked like a jump
@settings(deadline=None, max_examples=40)
def test_no_false_alarm_on_functions_of_many_sizes(name, n, scale, size, seed):
    f, in_torch = SMOOTH[name]
    x = rng(seed).normal(size=n) * scale
    claimed = size * torch_gradient(in_torch)(x)
    g = lambda x: size * f(x)
    hidden = 0 < np.abs(claimed).max() < 1e-6 * np.abs(g(x)).max()  # a saturated softmax, say: central cannot see it
    for options in ({}, {"directions": 2, "rng": rng(seed)}):
        report = check_gradient(g, claimed, x, **options)
        assert report.ok or hidden and report.verdict == "noise", report
    if name != "abs":
        assert check_gradient(g, claimed, x, method="complex").ok


@given(widths=st.lists(st.integers(1, 6), min_size=1, max_size=3), N=st.integers(1, 8), seed=st.integers(0, 10**6),
       activation=st.sampled_from(["tanh", "relu", "sigmoid"]), size=st.sampled_from([0.1, 1.0, 4.0]))
@example(widths=[1, 1, 1], N=1, seed=1993, activation="relu", size=4.0)  # PyTorch's own rounding, p − 1
@example(widths=[6], N=1, seed=58, activation="relu", size=4.0)  # a loss of six times 2⁻⁵²
@example(widths=[1], N=1, seed=4, activation="tanh", size=4.0)  # noise that a median overlooks
@settings(deadline=None, max_examples=60)
def test_no_false_alarm_on_networks(widths, N, seed, activation, size):
    """Cross-entropy of a random network, by all of its parameters; PyTorch gives the gradient."""
    draw = rng(seed)
    sizes, shapes = [3, *widths, 4], []
    inputs, labels = draw.normal(size=(N, 3)), draw.integers(0, 4, N)
    for n, m in zip(sizes, sizes[1:]):
        shapes += [(m, n), (m,)]
    theta = draw.normal(size=sum(int(np.prod(s)) for s in shapes)) * size
    f = {"tanh": np.tanh, "relu": lambda z: np.maximum(z, 0), "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    f_torch = {"tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid}[activation]

    def parts(theta):
        ends = np.cumsum([0] + [int(np.prod(s)) for s in shapes])
        return [theta[a:b].reshape(s) for a, b, s in zip(ends, ends[1:], shapes)]

    def cross_entropy(theta):
        a, p = inputs, parts(theta)
        for k in range(0, len(p), 2):
            z = a @ p[k].T + p[k + 1]
            a = f(z)
        z = z - z.real.max(axis=1, keepdims=True)
        return (np.log(np.exp(z).sum(axis=1)) - z[np.arange(N), labels]).mean()

    def in_torch(theta):
        a, p = torch.from_numpy(inputs), parts(theta)
        for k in range(0, len(p), 2):
            z = a @ p[k].T + p[k + 1]
            a = f_torch(z)
        return torch.nn.functional.cross_entropy(z, torch.from_numpy(labels))

    claimed = torch.func.grad(in_torch)(torch.from_numpy(theta)).numpy()
    hidden = cross_entropy(theta) < 1e-8  # log(1 + tiny): rounding takes its digits, and central cannot see them
    for options in ({}, {"method": "complex"}, {"directions": 3, "rng": draw}):
        report = check_gradient(cross_entropy, claimed, theta, **options)
        assert report.ok or hidden and report.verdict == "noise", report
        if hidden:
            continue
        doubled = check_gradient(cross_entropy, 2 * claimed, theta, **options)
        assert doubled.verdict == "wrong" and doubled.cause == "accumulated twice", doubled


# --- wrong, and why --------------------------------------------------------------------

# The mistake, its cause, and what the sentence says.
MISTAKES = {
    "half of one array": (planted(W1=lambda g: g / 2), "missing factor 2", "factor 2 is missing"),
    "half of all": (everywhere(lambda g: g / 2), "missing factor 2", "in 39 of 39 entries"),
    "accumulated twice": (everywhere(lambda g: 2 * g), "accumulated twice", "not set to zero"),
    "accumulated twice in one": (planted(b2=lambda g: g + g),
                                 "accumulated twice", "3 of 39 entries, all of them by b2"),
    "sign": (everywhere(lambda g: -g), "sign", "sign is wrong"),
    "sign of one array": (planted(b1=lambda g: -g), "sign", "all of them by b1"),
    "sign and two": (everywhere(lambda g: -2 * g), "sign and factor 2", "wrong sign"),
    "sign and half": (everywhere(lambda g: -g / 2), "sign and factor 2", "a minus and a factor 2"),
    "sum for mean": (everywhere(lambda g: 36 * g), "times N", "large by a factor of 36.*sum over 36 entries"),
    "mean over the batch only": (everywhere(lambda g: 3 * g), "times N", "factor of 3"),
    "mean twice": (everywhere(lambda g: g / 12), "divided by N", "small by a factor of 12"),
    "sum for mean, and sign": (everywhere(lambda g: -12 * g), "times N", "factor of 12.*sign is wrong"),
    "zeros": (planted(W1=np.zeros_like), "zero", "0 where it should not be"),
    "one entry never filled": (planted(W2=put((1, 2), 0.0)),
                               "zero", r"1 of 39 entries.*W2\[1, 2\]: claimed 0, measured"),
    "a row of zeros": (planted(W1=put(2, 0.0)), "zero", "5 of 39 entries"),
    "a strange factor": (everywhere(lambda g: 0.37 * g), "factor", "0.37 times"),
    "transposed, not square": (planted(W2=lambda g: g.T), "transposed", "by W2 is the transpose"),
    "NaN": (planted(b1=put(1, np.nan)), "nan", r"b1\[1\]: claimed nan.*0/0"),
    "one entry, no pattern": (planted(W1=put((3, 4), lambda g: 1.2345 * g + 0.1)), None, r"1 of 39.*W1\[3, 4\]"),
    "another gradient's": (lambda p: gradient(p) | {"b1": gradient(p)["W2"][0]}, None, "4 of 39 entries, all .* by b1"),
}


@pytest.mark.parametrize("name", MISTAKES)
@pytest.mark.parametrize("method", ["central", "complex"])
def test_a_planted_mistake_is_named(name, method):
    wrong, cause, words = MISTAKES[name]
    report = check_gradient(loss, wrong, THETA, method=method)
    assert (report.verdict, report.cause, report.ok, bool(report)) == ("wrong", cause, False, False)
    assert str(report).startswith("Wrong derivative") and report.worst.entry.split("[")[0] in THETA
    assert re.search(words, str(report)), report


def test_the_worst_entry_is_the_one_with_the_largest_relative_error():
    x = np.array([100.0, 1.0])
    report = check_gradient(lambda x: x @ x, 2 * x + [0.5, 0.2], x)  # off by 0.25 % and by 9 %
    assert report.worst.entry == "x[1]" and report.error == pytest.approx(0.2 / 2.2)


def test_one_number_is_one_entry():
    assert "over 1 entry" in str(check_gradient(lambda x: x[0] ** 2, np.ones(1) * 2, np.ones(1)))


def test_the_worst_entry_has_both_values():
    right = gradient(THETA)["W1"][3, 1]
    report = check_gradient(loss, planted(W1=put((3, 1), right + 0.25), b1=put(0, lambda g: g + 1e-3)), THETA)
    assert report.worst.entry == "W1[3, 1]"
    assert report.worst.claimed == pytest.approx(right + 0.25)
    assert report.worst.measured == pytest.approx(right, rel=1e-6)
    assert f"claimed {right + 0.25:.6g}, measured {right:.6g}" in str(report)


@pytest.mark.parametrize("name", ["half of all", "accumulated twice", "sign", "sum for mean", "mean twice",
                                  "a strange factor"])
def test_random_directions_find_it_too(name):
    wrong, cause, _ = MISTAKES[name]
    report = check_gradient(loss, wrong, THETA, directions=4, rng=rng())
    assert (report.verdict, report.cause) == ("wrong", cause) and "4 of 4 random directions" in str(report)


def test_a_direction_sees_a_single_wrong_entry_in_few_evaluations():
    calls = []
    counted = lambda p: calls.append(1) or loss(p)
    assert check_gradient(counted, gradient, THETA, directions=2, rng=rng()).ok
    assert len(calls) <= 2 + 32 + 2 * 2 + 1
    assert not check_gradient(loss, planted(W2=put((0, 0), lambda g: g + 1e-3)), THETA, directions=2, rng=rng())


@given(ratio=st.floats(0.01, 100).filter(lambda r: abs(r - 1) > 1e-4), seed=st.integers(0, 999))
@settings(deadline=None, max_examples=40)
def test_any_constant_factor_is_seen(ratio, seed):
    x = rng(seed).normal(size=6)
    report = check_gradient(lambda x: np.sin(x).sum(), lambda x: ratio * np.cos(x), x)
    assert report.verdict == "wrong" and report.cause is not None


@given(seed=st.integers(0, 10**6), size=st.sampled_from([1e-5, 1e-3, 1.0]))
@settings(deadline=None, max_examples=40)
def test_any_wrong_entry_is_found(seed, size):
    draw = rng(seed)
    A = draw.normal(size=(3, 4))
    i, j = draw.integers(3), draw.integers(4)
    wrong = A * (1 - np.tanh(A @ np.ones(4)) ** 2)[:, None]
    wrong[i, j] += size * (np.abs(wrong).max() + 1.0)
    report = check_gradient(lambda x: np.tanh(A @ x), wrong, np.ones(4))
    assert report.verdict == "wrong" and report.worst.entry == f"f[{i}] by x[{j}]"


def test_transposes():
    A = rng(4).normal(size=(3, 3))
    assert check_gradient(lambda x: A @ x, A, np.ones(3)).ok
    report = check_gradient(lambda x: A @ x, A.T, np.ones(3))  # a square Jacobian
    assert (report.verdict, report.cause) == ("wrong", "transposed") and "f[" in report.worst.entry
    B = rng(5).normal(size=(2, 3))
    assert check_gradient(lambda x: B @ x, B.T, np.ones(3)).cause == "transposed"  # one that is not
    W = rng(6).normal(size=(4, 4))
    square = lambda W: ((W @ np.arange(4.0)) ** 2).sum()  # the gradient of a square matrix
    g = 2 * np.outer(W @ np.arange(4.0), np.arange(4.0))
    assert check_gradient(square, g, W).ok and check_gradient(square, g.T, W).cause == "transposed"
    one_off = put((0, 1), lambda entry: entry + 1.0)  # exchanging the axes mends some entries of it, not all
    assert check_gradient(square, one_off(g), W).cause is None
    assert check_gradient(lambda x: A @ x, one_off(A), np.ones(3)).cause is None
    assert check_gradient(lambda W: (W @ W.T).sum(), 2 * np.tile(W.sum(axis=0), (4, 1)), W).ok


# --- kinks -------------------------------------------------------------------------------


def relu_sum(x):
    return np.maximum(x, 0).sum()


@pytest.mark.parametrize("claimed", [0.0, 1.0, 0.5])
def test_a_kink_at_this_input(claimed):
    report = check_gradient(relu_sum, [1.0, claimed, 0.0], [2.0, 0.0, -1.0])
    assert report.verdict == "kink" and not report.ok
    assert "kink at this input, as of ReLU at 0: by x[1], the slope is 0 on one side and 1 on the other" in str(report)


@pytest.mark.parametrize("claimed", [-1.0, 2.0])
def test_a_value_outside_of_both_slopes_is_wrong_even_at_a_kink(claimed):
    assert check_gradient(relu_sum, [1.0, claimed, 0.0], [2.0, 0.0, -1.0]).verdict == "wrong"


@pytest.mark.parametrize("distance", 10.0 ** -np.arange(1, 10))
@pytest.mark.parametrize("side", [-1, 1])
def test_a_kink_beside_the_input_is_no_excuse_and_no_alarm(distance, side):
    x = np.array([2.0, side * distance, -1.0])
    right, wrong = (x > 0) * 1.0, (x <= 0) * 1.0
    assert check_gradient(relu_sum, right, x).ok
    assert check_gradient(relu_sum, wrong, x).verdict == "wrong"


def test_a_kink_inside_a_network():
    W = np.array([[1.0, -1.0], [0.5, 2.0]])
    f = lambda x: (np.maximum(W @ x, 0) ** 2).sum() + np.maximum(W @ x, 0).sum()
    g = lambda x: W.T @ ((2 * np.maximum(W @ x, 0) + 1) * (W @ x > 0))
    assert check_gradient(f, g, np.array([1.0, 1.0])).verdict == "kink"  # z = (0, 2.5)
    assert check_gradient(f, g, np.array([1.0, 1.1])).ok
    assert check_gradient(f, lambda x: 2 * g(x), np.array([1.0, 1.1])).cause == "accumulated twice"
    smooth_at_0 = lambda x: (np.maximum(x, 0) ** 2).sum()  # its slope has a kink, it itself has none
    assert check_gradient(smooth_at_0, np.zeros(3), np.zeros(3)).ok
    both = check_gradient(relu_sum, [3.0, 0.0], [1.0, 0.0])  # a mistake outweighs a kink
    assert (both.verdict, both.worst.entry) == ("wrong", "x[0]")


@pytest.mark.parametrize("height", [1.0, -1.0])
@pytest.mark.parametrize("side", [np.greater_equal, np.greater])
def test_a_jump(height, side):
    step = lambda x: np.where(side(x, 0), height, 0.0).sum()
    report = check_gradient(step, np.zeros(2), [0.0, 1.0])
    assert report.verdict == "kink" and "not continuous at this input (x[0])" in str(report)
    assert check_gradient(step, np.zeros(2), [0.5, 1.0]).ok


def test_nan_is_named_even_where_x_has_no_effect():
    level = lambda x: 7.0 + 0.0 * x.sum()
    assert check_gradient(level, np.array([1.0, np.nan]), np.ones(2)).cause == "nan"
    assert check_gradient(level, np.array([1.0, 2.0]), np.ones(2)).cause == "no effect"


def test_what_is_left_of_a_saturated_unit_carries_the_rounding_of_one():
    for x in (18.0, 18.5):  # 1 − tanh is 10⁻¹⁶ there, as exact as 1 is
        assert check_gradient(lambda x: 1 - np.tanh(x), -1 / np.cosh(x) ** 2, np.array(x)).ok


def test_near_the_edge_of_its_domain_a_function_is_checked_with_short_steps():
    x = np.array([1e-3, 1e-6, 2.0, 1e-8])
    assert check_gradient(lambda x: np.log(x).sum(), 1 / x, x).ok
    assert check_gradient(lambda x: np.log(x).sum(), 2 / x, x).cause == "accumulated twice"


# --- noise ---------------------------------------------------------------------------------


def single(p):
    return {name: a.astype(np.float32) for name, a in p.items()}


FLOAT32 = {
    "x": (loss, gradient, single(THETA), "the float32 of x"),
    "f": (lambda p: np.float32(loss(p)), gradient, THETA, r"the float32 of f\(x\)"),
    "the gradient": (loss, lambda p: single(gradient(p)), THETA, "the float32 of the gradient"),
    "inside f": (lambda p: float(loss(single(p))), gradient, THETA, "some float32 inside f"),
}


@pytest.mark.parametrize("name", FLOAT32)
def test_float32_is_named(name):
    f, g, x, words = FLOAT32[name]
    report = check_gradient(f, g, x)
    assert report.verdict == "float32" and not report.ok
    assert re.search(words, str(report)) and "Use float64" in str(report)


@pytest.mark.parametrize("name", FLOAT32)
@pytest.mark.parametrize("mistake", ["accumulated twice", "sign", "sum for mean", "zeros"])
def test_float32_is_no_excuse_for_a_mistake(name, mistake):
    f, g, x, _ = FLOAT32[name]
    wrong, cause, _ = MISTAKES[mistake]
    narrow = single if name == "the gradient" else dict
    report = check_gradient(f, lambda p: narrow(wrong(p)), x)
    assert (report.verdict, report.cause) == ("wrong", cause)


@given(seed=st.integers(0, 10**6), distance=st.sampled_from([0.0, 1e-8, 1e-6, 1e-5, 1e-4, 1e-2]))
@settings(deadline=None, max_examples=50)
def test_no_false_alarm_in_float32(seed, distance):
    x = rng(seed).normal(size=4).astype(np.float32)
    A = rng(seed).normal(size=(3, 4)).astype(np.float32)
    assert check_gradient(lambda x: np.tanh(A @ x), (1 - np.tanh(A @ x) ** 2)[:, None] * A, x).verdict == "float32"
    x[2] = distance
    verdict = check_gradient(relu_sum, (x > 0) * np.float32(1), x).verdict
    assert verdict == "kink" if distance == 0.0 else verdict in ("float32", "kink")


def float32_network(layer, seed):
    """(f, x, the right gradient) of a cross-entropy by the parameters of a small network around `layer`."""
    draw = rng(seed)
    width = 4 if isinstance(layer, nn.Maxout) else 8
    net = nn.Sequential(nn.Linear(2, 8, rng=draw, dtype=np.float32), layer,
                        nn.Linear(width, 2, rng=draw, dtype=np.float32))
    X, y = (draw.normal(size=(4, 2)) * [0.01, 1.0][seed % 2]).astype(np.float32), draw.integers(0, 2, 4)
    criterion, parameters = nn.CrossEntropy(), dict(net.named_parameters())

    def f(x):
        for name, p in parameters.items():
            p.data[...] = x[name]
        return criterion(net(X), y)

    x = {name: p.data.copy() for name, p in parameters.items()}
    f(x)
    net.backward(criterion.backward())
    return f, x, {name: p.grad for name, p in parameters.items()}


@pytest.mark.parametrize("directions", [None, 5])
@pytest.mark.parametrize("layer", [nn.Activation("relu"), nn.Maxout(2), nn.Softmax()], ids=str)
def test_a_float32_network_with_kinks_raises_no_alarm(layer, directions):
    """The steps that float32 needs reach kinks beside x; and a loss that is a Python float hides that x is coarse."""
    for seed in range(8):
        f, x, claimed = float32_network(layer, seed)
        options = {"directions": directions, "rng": rng(seed)}
        assert check_gradient(f, claimed, x, **options).verdict in ("float32", "kink"), seed
        report = check_gradient(f, {name: 2 * g for name, g in claimed.items()}, x, **options)
        assert not report.ok and (report.verdict == "wrong" or directions)  # a few directions see less


def test_a_large_constant_hides_a_small_derivative():
    f = lambda x: 1e9 + 1e-6 * (x * x).sum()
    report = check_gradient(f, lambda x: 2e-6 * x, np.array([1.0, 2.0]))
    assert report.verdict == "noise" and "hides derivatives of size 6e-06" in str(report)
    lost_before = check_gradient(lambda x: f(x) - 1e9, lambda x: 2e-6 * x, np.array([1.0, 2.0]))
    assert lost_before.verdict == "noise" and "do large numbers cancel" in str(lost_before)
    assert check_gradient(lambda x: 1e-6 * (x * x).sum(), lambda x: 2e-6 * x, np.array([1.0, 2.0])).ok


# --- the V ---------------------------------------------------------------------------------


def test_right_says_when_rounding_leaves_more_than_usual():
    f, x = lambda x: 1.0 + 1e-7 * np.sin(x).sum(), np.array([0.3, np.pi / 2 + 1e-3])
    report = check_gradient(f, 1e-7 * np.cos(x), x)
    assert report.ok and report.error > 1e-6 and "which is what rounding in f leaves" in str(report)
    assert "rounding" not in str(check_gradient(lambda x: np.sin(x).sum(), np.cos(x), x))


def test_v_curve_falls_with_h_squared_and_rises_with_one_over_h():
    steps, errors = check_gradient(loss, gradient, THETA).v_curve()
    assert len(steps) == len(errors) and (np.diff(steps) < 0).all()
    bottom = errors.argmin()
    assert 1e-8 < steps[bottom] < 1e-3 and 0 < errors[bottom] < 1e-9
    slope = lambda where: np.polyfit(np.log(steps[where]), np.log(errors[where] + 1e-300), 1)[0]
    assert slope((steps > 1e-4) & (steps < 1e-2)) == pytest.approx(2.0, abs=0.1)
    assert slope((steps > 1e-13) & (steps < 1e-7)) == pytest.approx(-1.0, abs=0.3)


@pytest.mark.parametrize(("method", "order"), [("forward", 1), ("richardson", 4)])
def test_v_curve_of_the_other_methods(method, order):
    steps, errors = v_curve(loss, THETA, gradient, method=method)
    falling = (steps > 2e-2) if method == "richardson" else (steps > 1e-6) & (steps < 1e-2)
    assert np.polyfit(np.log(steps[falling]), np.log(errors[falling]), 1)[0] == pytest.approx(order, abs=0.3)


def test_v_curve_of_a_wrong_gradient_is_level_and_of_float32_stands_high():
    _, errors = check_gradient(loss, MISTAKES["accumulated twice"][0], THETA).v_curve()
    assert np.allclose(errors[5:40], 0.5, rtol=1e-2)
    _, errors = check_gradient(loss, gradient, single(THETA)).v_curve()
    assert 1e-6 < errors.min() < 1e-2


def test_v_curve_along_a_given_direction_and_of_the_complex_step():
    f, x = lambda x: np.exp(x).sum(), np.array([0.5, 1.0])
    steps, errors = v_curve(f, x, np.exp, v=np.array([1.0, 0.0]), method="complex", steps=[1e-3, 1e-30])
    assert errors[0] == pytest.approx(1e-6 / 6, rel=1e-3) and errors[1] < 1e-15


def test_v_curve_of_a_level_function_is_not_divided_by_its_slope():
    for claimed in (0.0, 2.0):
        steps, errors = v_curve(lambda x: 7.0 + 0.0 * x, np.array(1.0), np.array(claimed))
        assert np.array_equal(errors, np.full(len(steps), 1.0 if claimed else 0.0))


# --- errors ----------------------------------------------------------------------------------


def unsteady():
    draw = rng()
    return lambda x: (x * draw.binomial(1, 0.5, x.shape)).sum()


ONES = np.ones(3)
ERRORS = {
    "whole numbers": (lambda: check_gradient(np.sum, ONES, np.arange(3)), TypeError, r"int64.*astype\(float\)"),
    "whole numbers, named": (lambda: check_gradient(loss, gradient, THETA | {"b1": np.arange(4)}),
                             TypeError, "b1: .*int64"),
    "NaN in x": (lambda: check_gradient(np.sum, ONES, [1.0, np.nan, 2.0]), ValueError, r"nan at \[1\]"),
    "NaN in f": (lambda: check_gradient(lambda x: x * np.nan, ONES, ONES), ValueError, r"f\(x\) holds nan"),
    "chance": (lambda: check_gradient(unsteady(), ONES, ONES), ValueError, "Dropout in training mode"),
    "in place": (lambda: check_gradient(lambda x: x.__imul__(2).sum(), ONES, ONES), ValueError, "in place"),
    "None from f": (lambda: check_gradient(lambda x: None, ONES, ONES), TypeError, "return"),
    "None for a gradient": (lambda: check_gradient(np.sum, lambda x: None, ONES), ValueError, "gradient by x is None"),
    "None for one": (lambda: check_gradient(loss, planted(W1=lambda g: None), THETA),
                     ValueError, "gradient by W1 is None"),
    "complex gradient": (lambda: check_gradient(np.sum, ONES * 1j, ONES), TypeError, "real numbers.*complex128"),
    "shape": (lambda: check_gradient(np.sum, np.ones(4), ONES),
              ValueError, r"by x has shape \(4,\).*must have shape \(3,\)"),
    "shape of a Jacobian": (lambda: check_gradient(np.sin, np.ones(3), ONES),
                            ValueError, r"shape \(3,\).*\(3, 3\): outputs first"),
    "shape, named": (lambda: check_gradient(loss, planted(b2=lambda g: g[:2]), THETA),
                     ValueError, r"by b2 has shape \(2,\)"),
    "keys": (lambda: check_gradient(loss, {"W1": ONES}, THETA), ValueError, "keys W1, b1, W2, b2.*keys W1 came"),
    "array for dict": (lambda: check_gradient(loss, ONES, THETA), ValueError, "a ndarray came"),
    "empty dict": (lambda: check_gradient(loss, {}, {}), ValueError, "empty dict"),
    "another shape": (lambda: check_gradient(lambda x: x[x >= 1.0], np.eye(3), ONES),
                      ValueError, "must not depend on the numbers"),
    "edge": (lambda: check_gradient(lambda x: np.where(x <= 1.0, x, np.nan).sum(), ONES, ONES), ValueError, "edge"),
    "method": (lambda: check_gradient(np.sum, ONES, ONES, method="forward"),
               ValueError, "'central' or 'complex', not 'forward'"),
    "no rng": (lambda: check_gradient(np.sum, ONES, ONES, directions=3), TypeError, "need a generator.*rng=None came"),
    "a seed for rng": (lambda: check_gradient(np.sum, ONES, ONES, directions=3, rng=0), TypeError, "rng=0 came"),
    "no directions": (lambda: check_gradient(np.sum, ONES, ONES, directions=0, rng=rng()),
                      ValueError, "at least 1, but it is 0"),
    "half a direction": (lambda: check_gradient(np.sum, ONES, ONES, directions=2.5, rng=rng()),
                         ValueError, "a whole number, at least 1, but it is 2.5"),
    "complex, abs": (lambda: check_gradient(lambda x: np.abs(x).sum(), ONES, ONES, method="complex"),
                     ValueError, "abs"),
    "complex, conj": (lambda: check_gradient(lambda x: (x * x.conj()).sum(), 2 * ONES, ONES, method="complex"),
                      ValueError, "not analytic"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        call()


@pytest.mark.parametrize("factor, where", [(1e-3, "too much: weight decay that is in its gradient, but not in f"),
                                           (-1e-3, "missing: weight decay that is in f, but not in its gradient")])
def test_weight_decay_on_one_side_only_is_named(factor, where):
    """Of the weights; the biases have none and are right."""
    theta = {"W": np.arange(1.0, 7.0).reshape(2, 3), "b": np.ones(2)}

    def gradient(p):
        return {"W": np.cos(p["W"]) + factor * p["W"], "b": np.exp(p["b"])}

    report = check_gradient(lambda p: np.sin(p["W"]).sum() + np.exp(p["b"]).sum(), gradient, theta)
    assert (report.verdict, report.cause) == ("wrong", "decay")
    assert f"0.001 times the weights themselves is {where}?" in str(report) and "all of them by W" in str(report)


@pytest.mark.parametrize("moved", [lambda g: np.roll(g, 1, axis=0), lambda g: g[:, ::-1],
                                   lambda g: g.T.reshape(g.shape)], ids=["shifted", "exchanged", "reshaped"])
def test_right_numbers_in_the_wrong_places_are_named(moved):
    W = rng(3).normal(size=(3, 4))
    report = check_gradient(lambda W: np.sin(W).sum(), lambda W: moved(np.cos(W)), W)
    assert (report.verdict, report.cause) == ("wrong", "moved") and "stand in other places" in str(report)


def test_a_gradient_where_there_is_none_has_no_factor():
    x = rng(4).normal(size=6)
    report = check_gradient(lambda x: (x[:2] ** 2).sum(), lambda x: np.append(2 * x[:2], 0.1 * x[2:] ** 2), x)
    assert report.verdict == "wrong" and report.cause is None and "factor" not in str(report)


@pytest.mark.parametrize(("number", "cause"), [(np.nan, "nan"), (np.inf, "inf")])
def test_infinite_claims_are_named_along_directions_too(number, cause):
    x = rng(5).normal(size=4)
    claimed = np.where(np.arange(4) < 2, number, 2 * x)
    report = check_gradient(lambda x: (x * x).sum(), claimed, x, directions=3, rng=rng(6))
    assert (report.verdict, report.cause) == ("wrong", cause)


def test_transposed_and_wrong_elsewhere_says_both():
    report = check_gradient(loss, planted(W2=lambda g: g.T, b1=lambda g: 2 * g), THETA)
    assert report.verdict == "wrong" and re.search(
        r"by W2 came with its axes exchanged. With them exchanged back, 4 of 39 entries are still wrong; .*b1\[",
        str(report)), report


@pytest.mark.parametrize(("f", "claim", "x", "words"), [
    (lambda x: x @ x, lambda x: 2 * x * np.where(np.arange(3) == 1, np.inf, 1.0), np.ones(3), "Infinity: a division"),
    (lambda x: x @ x, lambda x: 2 * x * (1 + 1e-5), np.ones(3), "2.00002, measured 2.*Off by a part of 1e-05 only"),
    (lambda x: x @ x, lambda x: 2 * x * (1 + 1e-6 + 1e-7), np.ones(3), "claimed 2.0000022, measured (2|1.99999999)"),
    (lambda x: 3.0, lambda x: x, np.ones(3), "f does not change at all when x does"),
    (lambda x: np.maximum(x, 0).sum(), lambda x: 2 + 0 * x, np.zeros(2),
     "a kink of f, where any slope from 0 to 1 would do, but 2 is claimed"),
])
def test_the_sentence_fits_what_was_claimed(f, claim, x, words):
    report = check_gradient(f, claim, x)
    assert report.verdict == "wrong" and re.search(words, str(report)), report


def test_two_mistakes_in_two_arrays_are_told_apart():
    report = check_gradient(loss, planted(W1=lambda g: -g, b2=lambda g: 2 * g), THETA)
    assert re.search("By (W1 alone: The size is right and the sign is wrong|b2 alone: Twice)", str(report)), report


def test_a_sum_over_the_batch_that_is_missing_is_asked_for():
    with pytest.raises(ValueError, match=r"by b2 has shape \(12, 3\).*b2 \(3,\).*sum over the 12 examples"):
        check_gradient(loss, planted(b2=lambda g: np.tile(g, (12, 1))), THETA)


@pytest.mark.parametrize("f", [
    lambda x: float((1 + 1e-3 * np.tanh(x.astype(np.float32))).sum()), lambda x: np.round(x @ x, 3)])
def test_zeros_claimed_where_rounding_hides_the_slope_are_not_right(f):
    x = np.array([0.3, -0.2, 0.7])
    assert not check_gradient(f, np.zeros(3), x)


@pytest.mark.parametrize(("f", "slope", "x"), [
    (lambda x: np.sin(1e6 * x).sum(), lambda x: 1e6 * np.cos(1e6 * x), np.array([0.3, 1.1])),
    (lambda x: (1 / x).sum(), lambda x: -1 / x**2, np.array([1e-6, 3e-6])),
    (lambda x: np.log(x).sum(), lambda x: 1 / x, np.array([1e-7, 0.5])),
    (lambda x: np.tanh(x / 1e-6).sum(), lambda x: (1 - np.tanh(x / 1e-6) ** 2) / 1e-6, np.array([4e-7]))])
def test_functions_that_bend_sharply_raise_no_alarm(f, slope, x):
    assert check_gradient(f, slope, x).verdict != "wrong"
    assert check_gradient(f, lambda x: 1.01 * slope(x), x).verdict != "right"


def test_a_function_that_puts_its_argument_into_a_network_leaves_it_there():
    held = np.zeros(3)

    def f(x):
        held[...] = x.real
        return (x**3).sum()

    x = np.array([1.0, -2.0, 0.5])
    for options in ({}, {"directions": 2, "rng": rng()}, {"method": "complex"}):
        assert check_gradient(f, 3 * x**2, x, **options)
        assert (held == x).all()


def test_a_small_part_that_is_not_analytic_is_no_wrong_gradient():
    w = np.array([0.5, -1.5, 2.0])
    with pytest.raises(ValueError, match="not analytic"):
        check_gradient(lambda w: ((w - 1) ** 2).sum() + 1e-3 * np.abs(w).sum(),
                       2 * (w - 1) + 1e-3 * np.sign(w), w, method="complex")
