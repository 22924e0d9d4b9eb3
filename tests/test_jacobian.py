"""nnlib.jacobian against PyTorch, closed forms and itself; the orders and floors of the measured ones."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib import nn
from nnlib.jacobian import (
    METHODS,
    derivative,
    forward_jacobian,
    jacobian_by_backward,
    jvp,
    local_jacobians,
    multiply_chain,
    numerical_jacobian,
    numerical_jvp,
    reverse_jacobian,
    vjp,
)

# How exact each method must be on smooth functions of ordinary size, and how exact it cannot be.
FLOORS = {"forward": (1e-10, 1e-6), "central": (1e-13, 1e-9), "richardson": (1e-16, 1e-11), "complex": (0.0, 2e-15)}


def softmax(Z):
    e = np.exp(Z - Z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_slope(Z, A):
    return A[:, :, None] * np.eye(A.shape[1]) - A[:, :, None] * A[:, None, :]


# name: our pair (f, slope), and torch's function
ACTIVATIONS = {
    "tanh": ((np.tanh, lambda Z, A: 1 - A * A), torch.tanh),
    "sigmoid": ((lambda Z: 1 / (1 + np.exp(-Z)), lambda Z, A: A * (1 - A)), torch.sigmoid),
    "relu": ((lambda Z: np.maximum(Z, 0), lambda Z, A: (Z > 0) * 1.0), torch.relu),
    "softmax": ((softmax, softmax_slope), lambda z: torch.softmax(z, -1)),
    "identity": (None, lambda z: z),
}


def network(widths, activation="tanh", last="identity", seed=0):
    """Our network and the same in torch, a function of one example."""
    rng = np.random.default_rng(seed)
    names = [activation] * (len(widths) - 2) + [last]
    net = [(rng.normal(0, n**-0.5, (m, n)), rng.normal(0, 0.5, m), ACTIVATIONS[name][0])
           for n, m, name in zip(widths, widths[1:], names)]

    def in_torch(x):
        for (W, b, _), name in zip(net, names):
            x = ACTIVATIONS[name][1](torch.from_numpy(W) @ x + torch.from_numpy(b))
        return x

    return net, in_torch


def outputs(net, X):
    for W, b, activation in net:
        X = X @ W.T + b
        X = X if activation is None else activation[0](X)
    return X


def relative(a, b):
    return np.abs(a - b).max() / np.abs(b).max()


# --- measured --------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_floor_of_each_method(method):
    """The largest relative error over a hundred functions: small enough, and no miracle."""
    errors = []
    for seed in range(100):
        net, in_torch = network((3, 5, 2), seed=seed)
        x = np.random.default_rng(seed).normal(size=3)
        exact = torch.func.jacrev(in_torch)(torch.from_numpy(x)).numpy()
        errors.append(relative(numerical_jacobian(lambda x, net=net: outputs(net, x), x, method), exact))
    low, high = FLOORS[method]
    assert low <= max(errors) <= high


@pytest.mark.parametrize("method", METHODS)
def test_order_of_each_method(method):
    """The error of eˣ⁺ˢⁱⁿ ˣ falls as h^order: slope of its log–log line."""
    g = lambda t: np.asarray(np.exp(1 + t + np.sin(1 + t)))
    exact = math.exp(1 + math.sin(1)) * (1 + math.cos(1))
    h = np.logspace(-1, -1.6, 7)
    errors = [abs(derivative(g, step, method) - exact) for step in h]
    assert np.polyfit(np.log(h), np.log(errors), 1)[0] == pytest.approx(METHODS[method].order, abs=0.25)


def test_the_v_of_each_method_in_h():
    """Too long a step or too short a one: both lose digits, except for the complex step."""
    g = lambda t: np.asarray(np.exp(1 + t))
    errors = {m: [abs(derivative(g, h, m) / math.e - 1) for h in np.logspace(-1, -14, 27)] for m in METHODS}
    for method, (low, high) in FLOORS.items():
        best = min(errors[method])
        assert best <= high and errors[method][0] > 100 * best
        if method == "complex":
            assert errors[method][-1] == best <= 2e-16 or errors[method][-1] <= 4e-16
        else:
            assert errors[method][-1] > 1e-4 > 1e3 * best >= 0 and low < 1


SHAPES = {  # shape of x, shape of f(x)
    "number to number": ((), ()), "vector to number": ((4,), ()), "vector to vector": ((4,), (3,)),
    "matrix to number": ((2, 3), ()), "matrix to vector": ((2, 3), (4,)), "matrix to matrix": ((2, 3), (4, 2)),
    "number to matrix": ((), (2, 2)), "one entry": ((1,), (1, 1)),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("method", METHODS)
def test_tensors_are_outputs_by_inputs(name, method):
    inputs, out = SHAPES[name]
    rng = np.random.default_rng(1)
    A, x = rng.normal(size=(*out, int(np.prod(inputs)))), rng.normal(size=inputs)
    J = numerical_jacobian(lambda x: np.sin(A @ np.ravel(x)), x, method)
    exact = torch.func.jacrev(lambda x: torch.sin(torch.from_numpy(A) @ x.reshape(-1)))(torch.from_numpy(x)).numpy()
    assert J.shape == out + inputs == exact.shape
    assert np.allclose(J, exact, rtol=1e-6, atol=1e-7)
    v = rng.normal(size=inputs)
    product = numerical_jvp(lambda x: np.sin(A @ np.ravel(x)), x, v, method)
    assert product.shape == out and np.allclose(product, np.tensordot(exact, v, len(inputs)), rtol=1e-6, atol=1e-7)


def test_worked_examples_of_the_chapter():
    assert numerical_jacobian(lambda y: 2 * y**2, 3.0) == pytest.approx(12.0)
    x, y = 1.5, 0.7
    gradient = numerical_jacobian(lambda p: p[1] ** 4 * p[0] ** 5, [x, y])
    assert gradient == pytest.approx([5 * x**4 * y**4, 4 * y**3 * x**5])


def test_closed_forms_of_layers():
    rng = np.random.default_rng(2)
    W, x = rng.normal(size=(3, 4)), rng.normal(size=4)
    by_W = numerical_jacobian(lambda W: W @ x, W)  # ∂z_i/∂W_jk = [i = j] x_k
    assert by_W.shape == (3, 3, 4) and np.allclose(by_W, np.eye(3)[:, :, None] * x)
    assert np.allclose(numerical_jacobian(lambda x: W @ x, x), W)
    z = W @ x
    assert np.allclose(numerical_jacobian(np.tanh, z), np.diag(1 - np.tanh(z) ** 2))
    a = softmax(z)
    assert np.allclose(numerical_jacobian(softmax, z), np.diag(a) - np.outer(a, a))


def test_chain_rule_as_a_product_three_maps():
    rng = np.random.default_rng(3)
    A, B, C = rng.normal(size=(2, 3)), rng.normal(size=(3, 5)), rng.normal(size=(5, 4))
    f, g, k = lambda x: np.tanh(A @ x), lambda x: np.sin(B @ x), lambda x: np.exp(0.1 * C @ x)
    x = rng.normal(size=4)
    J = numerical_jacobian(lambda x: f(g(k(x))), x)
    product = numerical_jacobian(f, g(k(x))) @ numerical_jacobian(g, k(x)) @ numerical_jacobian(k, x)
    assert np.allclose(J, product, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
@given(N=st.integers(1, 5), widths=st.lists(st.integers(1, 4), min_size=2, max_size=4))
@settings(max_examples=20)
def test_batched_is_one_jacobian_a_row_for_the_price_of_one(method, N, widths):
    net, _ = network(widths)
    X = np.random.default_rng(4).normal(size=(N, widths[0])) * 3
    calls = []

    def f(X):
        calls.append(len(X))
        return outputs(net, X)

    J = numerical_jacobian(f, X, method, batched=True)
    assert J.shape == (N, widths[-1], widths[0]) and len(calls) <= 4 * widths[0] + 5 + 10
    assert np.allclose(J, [numerical_jacobian(lambda x: outputs(net, x), x, method) for x in X], rtol=1e-6, atol=1e-7)


def test_large_and_small_inputs_get_steps_of_their_size():
    x = np.array([1e8, 1e-3, -1e4])
    for method in METHODS:
        assert np.allclose(numerical_jacobian(lambda x: (x / [1e8, 1.0, 1e4]) ** 2, x, method),
                           np.diag(2 * x / [1e16, 1.0, 1e8]), rtol=1e-4, atol=1e-18)


def test_float32_takes_a_longer_step():
    x = np.array([0.3, -1.0], dtype=np.float32)
    J = numerical_jacobian(np.tanh, x)
    assert np.allclose(J, np.diag(1 - np.tanh(x) ** 2), atol=1e-3)
    assert not np.allclose(numerical_jacobian(np.tanh, x, h=1e-7), np.diag(1 - np.tanh(x) ** 2), atol=1e-2)


# --- exact -----------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")  # torch's own import
@given(widths=st.lists(st.integers(1, 7), min_size=2, max_size=5), N=st.integers(1, 4), seed=st.integers(0, 999),
       activation=st.sampled_from([*ACTIVATIONS]), last=st.sampled_from([*ACTIVATIONS]))
@settings(deadline=None, max_examples=60)
def test_exact_jacobians_equal_torch(widths, N, seed, activation, last):
    net, in_torch = network(widths, activation, last, seed)
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, widths[0]))
    x = torch.from_numpy(X)
    J = torch.func.vmap(torch.func.jacrev(in_torch))(x).numpy()
    assert np.allclose(J, torch.func.vmap(torch.func.jacfwd(in_torch))(x).numpy(), rtol=1e-10, atol=1e-12)
    for ours in (reverse_jacobian(net, X), forward_jacobian(net, X)):
        assert ours.shape == (N, widths[-1], widths[0])
        assert np.allclose(ours, J, rtol=1e-10, atol=1e-12)
    assert np.allclose(reverse_jacobian(net, X[0]), J[0], rtol=1e-10, atol=1e-12)
    assert np.allclose(forward_jacobian(net, X[0]), J[0], rtol=1e-10, atol=1e-12)

    V, U = rng.normal(size=X.shape), rng.normal(size=(N, widths[-1]))
    Jv = torch.func.vmap(lambda x, v: torch.func.jvp(in_torch, (x,), (v,))[1])(x, torch.from_numpy(V)).numpy()
    uJ = torch.func.vmap(lambda x, u: torch.func.vjp(in_torch, x)[1](u)[0])(x, torch.from_numpy(U)).numpy()
    assert np.allclose(jvp(net, X, V), Jv, rtol=1e-10, atol=1e-12)
    assert np.allclose(vjp(net, X, U), uJ, rtol=1e-10, atol=1e-12)
    assert np.allclose(jvp(net, X[0], V[0]), Jv[0], rtol=1e-10, atol=1e-12)
    assert np.allclose(vjp(net, X[0], U[0]), uJ[0], rtol=1e-10, atol=1e-12)


def test_exact_equals_complex_step_to_the_last_digits():
    net, _ = network((20, 30, 10, 4), last="softmax")
    X = np.random.default_rng(5).normal(size=(3, 20))
    measured = numerical_jacobian(lambda X: outputs(net, X), X, "complex", batched=True)
    assert relative(reverse_jacobian(net, X), measured) < 1e-14


def test_an_exact_jacobian_is_the_caller_s_own_array():
    net, _ = network((3, 2))
    for jacobian in (reverse_jacobian, forward_jacobian):
        J = jacobian(net, np.ones((2, 3)))
        J[0] = 0.0
        assert net[0][0].all() and (J[1] == net[0][0]).all()


class TinyLayer:
    """tanh(X Wᵀ + b) with a forward and a backward pass, as the layers of nnlib.nn have them."""

    class Parameter:
        def __init__(self, data):
            self.data, self.grad = data, None

    def __init__(self, W, b):
        self.W, self.b = self.Parameter(W), self.Parameter(b)

    def parameters(self):
        return [self.W, self.b]

    def __call__(self, X):
        self.X, self.A = X, np.tanh(X @ self.W.data.T + self.b.data)
        return self.A

    def backward(self, upstream):
        delta = upstream * (1 - self.A**2)
        self.W.grad = delta.T @ self.X if self.W.grad is None else self.W.grad + delta.T @ self.X
        return delta @ self.W.data


def test_jacobian_by_backward():
    net, _ = network((4, 3), last="tanh")
    layer = TinyLayer(*net[0][:2])
    layer.W.grad = kept = np.ones((3, 4))
    X = np.random.default_rng(6).normal(size=(5, 4))
    assert np.allclose(jacobian_by_backward(layer, X), reverse_jacobian(net, X), rtol=1e-12, atol=1e-15)
    assert layer.W.grad is kept and (kept == 1).all()


# --- the order of multiplying ------------------------------------------------------------


@given(widths=st.lists(st.integers(1, 6), min_size=2, max_size=6), seed=st.integers(0, 99))
def test_chains_give_the_jacobian_and_count_what_loops_count(widths, seed):
    net, _ = network(widths, last="tanh", seed=seed)
    x = np.random.default_rng(seed).normal(size=widths[0])
    J, factors = reverse_jacobian(net, x), local_jacobians(net, x)
    for order in ("forward", "reverse"):
        product, count = multiply_chain(factors, order)
        assert np.allclose(product, J, rtol=1e-10, atol=1e-12)
        assert count == count_with_loops(factors, order)
    v, u = np.ones(widths[0]), np.ones(widths[-1])
    Jv, forward = multiply_chain([*factors, v[:, None]], "forward")
    uJ, reverse = multiply_chain([u[None, :], *factors], "reverse")
    assert np.allclose(Jv[:, 0], jvp(net, x, v)) and np.allclose(uJ[0], vjp(net, x, u))
    once = sum(factor.size for factor in factors)  # each entry of each factor is used once
    assert forward == reverse == once


def count_with_loops(factors, order):
    """The multiplications of three nested loops, counted one by one; a diagonal factor has two loops."""
    count, product = 0, factors[0] if order == "reverse" else factors[-1]
    for factor in factors[1:] if order == "reverse" else factors[-2::-1]:
        A, B = (product, factor) if order == "reverse" else (factor, product)
        if A.ndim == 1 or B.ndim == 1:
            product = A[:, None] * B if A.ndim == 1 else A * B
            count += sum(1 for _ in product.flat)
            continue
        product = np.zeros((len(A), B.shape[1]))
        for i, j, k in np.ndindex(len(A), B.shape[1], len(B)):
            product[i, j] += A[i, k] * B[k, j]
            count += 1
    return count


@pytest.mark.parametrize(("widths", "cheap"), [((100, 20, 20, 1), "reverse"), ((1, 20, 20, 100), "forward")])
def test_few_outputs_reverse_few_inputs_forward(widths, cheap):
    net, _ = network(widths)
    factors = local_jacobians(net, np.ones(widths[0]))
    counts = {order: multiply_chain(factors, order)[1] for order in ("forward", "reverse")}
    dear = "forward" if cheap == "reverse" else "reverse"
    assert counts[cheap] == 20 + 20 * 20 + 20 + 20 * 100  # one number, or row of one, goes through the weights once
    assert counts[dear] == 100 * (20 + 20 * 20 + 20 + 20)  # the same for each of a hundred


# --- errors ------------------------------------------------------------------------------


def unsteady():
    rng = np.random.default_rng(0)
    return lambda x: x.sum() + rng.normal()


def in_place(x):
    x *= 2
    return x.sum()


NET = network((3, 4, 2))[0]
X = np.ones((5, 3))
x = np.array([1.0, 2.0, 3.0])
ERRORS = {
    "whole numbers": (lambda: numerical_jacobian(np.sum, np.arange(3)), TypeError, r"dtype int64.*astype\(float\)"),
    "a whole number": (lambda: numerical_jacobian(lambda x: x**2, 3), TypeError, "int64"),
    "truth values": (lambda: numerical_jacobian(np.sum, np.ones(3, bool)), TypeError, "bool"),
    "complex input": (lambda: numerical_jacobian(np.sum, x * 1j), TypeError, "complex128"),
    "strings": (lambda: numerical_jacobian(np.sum, ["a"]), TypeError, "real numbers"),
    "nothing": (lambda: numerical_jacobian(np.sum, []), ValueError, "no entry"),
    "NaN in x": (lambda: numerical_jacobian(np.sum, [1.0, np.nan]), ValueError, r"nan at \[1\]"),
    "NaN in f": (lambda: numerical_jacobian(lambda x: x / [1.0, np.nan, 1.0], x),
                 ValueError, r"f\(x\) holds nan at \[1\]"),
    "infinity in f": (lambda: numerical_jacobian(lambda x: np.inf * x.sum(), x), ValueError, r"f\(x\) holds inf"),
    "None": (lambda: numerical_jacobian(lambda x: None, x), TypeError, "is None.*return"),
    "ragged": (lambda: numerical_jacobian(lambda x: [x, x[:2]], x), TypeError, "no array"),
    "text": (lambda: numerical_jacobian(lambda x: "a", x), TypeError, "real numbers"),
    "whole result": (lambda: numerical_jacobian(lambda x: x.argmax(), x), TypeError, "int64.*argmax"),
    "in place": (lambda: numerical_jacobian(in_place, x), ValueError, "changes its input in place"),
    "chance": (lambda: numerical_jacobian(unsteady(), x), ValueError, "Dropout in training mode"),
    "another shape": (lambda: numerical_jacobian(lambda a: a[a >= 2.0], x),
                      ValueError, r"shape \(2,\).*gives shape \(1,\)"),
    "edge": (lambda: numerical_jacobian(lambda x: np.where(x <= 3.0, x, np.nan), x),
             ValueError, "edge of where f is defined"),
    "edge, jvp": (lambda: numerical_jvp(lambda x: np.where(x <= 1.0, x, np.nan), np.ones(2), np.ones(2)),
                  ValueError, "edge"),
    "edge of one": (lambda: numerical_jvp(lambda x: np.where(x <= [1.0, 2.0], x, np.nan), np.ones(2), np.ones(2)),
                    ValueError, r"f gives nan at \[0\] a step of"),
    "method": (lambda: numerical_jacobian(np.sin, x, "centre"), ValueError, "'centre'; there are forward, central"),
    "method, jvp": (lambda: numerical_jvp(np.sin, x, x, "centre"), ValueError, "'centre'"),
    "h zero": (lambda: numerical_jacobian(np.sin, x, h=0.0), ValueError, "above 0, but it is 0.0"),
    "h negative": (lambda: numerical_jvp(np.sin, x, x, h=-1.0), ValueError, "above 0, but it is -1.0"),
    "direction": (lambda: numerical_jvp(np.sin, x, np.ones(2)), ValueError, r"\(3,\), v has shape \(2,\)"),
    "rows mixed": (lambda: numerical_jacobian(lambda X: X - X.mean(axis=0), np.eye(3), batched=True),
                   ValueError, "batch norm"),
    "rows lost": (lambda: numerical_jacobian(np.sum, np.eye(3), batched=True), ValueError, "one row for each row"),
    "complex, abs": (lambda: numerical_jacobian(np.abs, x, "complex"), ValueError, "real ones come back.*abs"),
    "complex, cast": (lambda: numerical_jacobian(lambda x: x.astype(float) ** 2, x, "complex"),
                      ValueError, "cannot take them"),
    "complex, float": (lambda: numerical_jacobian(lambda x: math.exp(x[0]), x, "complex"),
                       ValueError, "cannot take them"),
    "complex, conj": (lambda: numerical_jacobian(lambda x: x * x.conj(), x, "complex"),
                      ValueError, "not analytic.*conj"),
    "complex, abs inside": (lambda: numerical_jvp(lambda x: x * np.abs(x), x, x, "complex"),
                            ValueError, "not analytic"),
    "net, inputs": (lambda: reverse_jacobian(NET, np.ones((5, 4))), ValueError, r"layer 1.*\(4, 3\).*\(5, 4\)"),
    "net, layers": (lambda: forward_jacobian([NET[0], NET[0]], X), ValueError, r"layer 2.*rows of 3.*\(5, 4\)"),
    "net, whole numbers": (lambda: reverse_jacobian(NET, np.ones((5, 3), int)), TypeError, "int64"),
    "net, V": (lambda: jvp(NET, X, np.ones((5, 2))), ValueError, r"each input.*\(5, 3\).*\(5, 2\)"),
    "net, U": (lambda: vjp(NET, X, np.ones(2)), ValueError, r"each output.*\(5, 2\).*\(2,\)"),
    "local, batch": (lambda: local_jacobians(NET, X), ValueError, r"single example.*\(5, 3\)"),
    "chain, order": (lambda: multiply_chain([X], "backward"), ValueError, "'backward'"),
    "chain, fit": (lambda: multiply_chain([X, X], "forward"), ValueError, r"3 inputs.*5 outputs"),
    "by backward": (lambda: jacobian_by_backward(TinyLayer(*NET[0][:2]), np.ones(3)), ValueError, r"shape \(3,\)"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_came(name):
    call, kind, words = ERRORS[name]
    with np.errstate(all="ignore"), pytest.raises(kind, match=words):
        call()


def test_a_relu_net_may_take_the_complex_step():
    """maximum compares real parts, so it is analytic wherever it is smooth."""
    net, _ = network((4, 20, 2), "relu")
    x = np.random.default_rng(7).normal(size=4)
    assert relative(numerical_jacobian(lambda x: outputs(net, x), x, "complex"), reverse_jacobian(net, x)) < 1e-14


@pytest.mark.parametrize("method", ["forward", "central", "richardson", "complex"])
def test_a_function_may_write_every_result_into_the_same_array(method):
    room = {np.dtype(float): np.empty(2), np.dtype(complex): np.empty(2, complex)}
    J = numerical_jacobian(lambda x: np.multiply(x, x, out=room[x.dtype]), np.array([1.0, 2.0]), method)
    assert np.allclose(J, [[2.0, 0.0], [0.0, 4.0]], atol=1e-6)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("f", "slope", "x"), [
    (lambda x: np.tanh(x / 1e-8), lambda x: (1 - np.tanh(x / 1e-8) ** 2) / 1e-8, 3e-9),
    (lambda x: 1 / x, lambda x: -1 / x**2, 1e-6), (lambda x: np.log(x), lambda x: 1 / x, 1e-8),
    (lambda x: 1 - np.tanh(x), lambda x: -1 / np.cosh(x) ** 2, 18.0),  # tiny, and as exact as 1 is
    (lambda x: 1e10 + np.sin(x / 1e-3), lambda x: 1e3 * np.cos(x / 1e-3), 1e-3)])  # differences lose ten digits
def test_the_complex_step_takes_small_scales(f, slope, x, sign):
    assert np.allclose(numerical_jacobian(lambda x: sign * f(x), np.array([x]), "complex"), sign * slope(x), rtol=1e-13)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("v", [[0.0, 0.0], [0.0, 1.0], [2.0, -3.0]])
def test_a_direction_may_leave_entries_where_they_are(method, v):
    x = np.array([0.5, 0.25])
    assert np.allclose(numerical_jvp(lambda x: np.array([x[0] * x[1], x[0] - x[1]]), x, v, method),
                       np.array([[0.25, 0.5], [1.0, -1.0]]) @ v, rtol=1e-6)
    assert numerical_jvp(np.sum, x, v, method).shape == ()


@pytest.mark.parametrize("method", METHODS)
def test_a_row_may_be_one_number(method):
    x = np.linspace(-1.0, 1.0, 5)
    assert np.allclose(numerical_jacobian(np.sin, x, method, batched=True), np.cos(x), rtol=1e-6)


def test_factors_may_be_lists_and_whole_numbers():
    W, s = [[1, 2], [3, 4]], [5, 6]
    for order in ("forward", "reverse"):
        product, count = multiply_chain([W, s, W], order)
        assert np.array_equal(product, [[41, 58], [87, 126]]) and product.dtype == float and count == 12
    small = [np.full((1, 1), 100, np.int8)] * 2  # a byte would overflow
    assert multiply_chain(small, "forward") == (10000.0, 1)


def test_rows_that_add_up_are_not_independent():
    with pytest.raises(ValueError, match=r"batched: the last row of f\(x\) changes"):
        numerical_jacobian(lambda X: np.cumsum(X, axis=0), np.ones((3, 2)), batched=True)


def test_jacobian_by_backward_leaves_the_gradients_of_a_trained_network():
    rng = np.random.default_rng(0)
    net = nn.MLP(3, [4, 2], rng=rng)
    optimizer = nn.Adam(net.parameters())
    X = rng.normal(size=(5, 3))
    optimizer.zero_grad()
    net.backward(np.ones_like(net(X)))
    before = [p.grad.copy() for p in net.parameters()]
    J = jacobian_by_backward(net, X)
    assert np.allclose(J, numerical_jacobian(net, X, batched=True), atol=1e-8)
    assert all((p.grad == grad).all() for p, grad in zip(net.parameters(), before))
    for p in net.parameters():
        assert p.grad.base is p.room.base or p.grad is p.room  # the optimiser's own memory, as before


@pytest.mark.parametrize("layer", [lambda rng: nn.BatchNorm(3), lambda rng: nn.Dropout(0.5, rng=rng)])
def test_jacobian_by_backward_needs_rows_that_stand_alone(layer):
    rng = np.random.default_rng(0)
    net = nn.Sequential(layer(rng), nn.Linear(3, 2, rng=rng))
    X = rng.normal(size=(5, 3))
    with pytest.raises(ValueError, match=r"Write net.eval\(\) first"):
        jacobian_by_backward(net, X)
    assert np.allclose(jacobian_by_backward(net.eval(), X), numerical_jacobian(net, X, batched=True), atol=1e-8)


@pytest.mark.parametrize(("net", "X", "error", "words"), [
    (NET, np.ones((0, 3)), ValueError, r"the batch is empty, shape \(0, 3\)"),
    ([], np.ones((2, 3)), TypeError, r"at least one layer \(W, b, activation\), but an empty one came"),
    (nn.MLP(3, [2], rng=np.random.default_rng(0)), np.ones((2, 3)), TypeError, "a MLP came.*jacobian_by_backward")])
def test_networks_and_batches_that_are_none(net, X, error, words):
    for jacobian in (forward_jacobian, reverse_jacobian):
        with pytest.raises(error, match=words):
            jacobian(net, X)
