"""Every layer of nnlib.nn against PyTorch and against finite differences, its properties, and its error messages."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nn_cases import LAYERS

from nnlib import nn
from nnlib.nn.activations import TABLE

every_layer = pytest.mark.parametrize("name", LAYERS)
both_modes = pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])


def make(name, n, seed=0, dtype=np.float64, training=True):
    """The layer, with every parameter moved off its start (γ = 1, β = 0 and b = 0 would hide mistakes)."""
    rng = np.random.default_rng(seed)
    layer = LAYERS[name].make(n, rng, dtype).train(training)
    for p in layer.parameters():
        p.data += 0.1 * rng.normal(size=p.shape).astype(dtype)
    for inner in layer.modules():
        for buffer in inner.buffers:
            getattr(inner, buffer)[...] += rng.random(n)
    return layer


def assert_close(ours, theirs):
    np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-10, atol=1e-10)


def compare_with_torch(name, N, n, seed, training, whole=False):
    layer = make(name, n, seed, training=training)
    rng = np.random.default_rng(seed + 1)
    x = rng.normal(size=(N, n))
    if whole:
        x = np.round(x)
    y = layer(x)
    upstream = rng.normal(size=y.shape)
    dx = layer.backward(upstream)

    x_torch = torch.tensor(x, requires_grad=True)
    parameters = {key: torch.tensor(p.data, requires_grad=True) for key, p in layer.named_parameters()}
    y_torch = LAYERS[name].twin(x_torch, parameters, layer)
    y_torch.backward(torch.tensor(upstream))
    assert_close(y, y_torch)
    assert_close(dx, x_torch.grad)
    for key, p in layer.named_parameters():
        assert_close(p.grad, parameters[key].grad)


@both_modes
@every_layer
def test_forward_and_every_gradient_equal_torch(name, training):
    compare_with_torch(name, 7, 5, 0, training)


@every_layer
def test_kinks_and_jumps_are_where_those_of_torch_are(name):
    compare_with_torch(name, 7, 5, 0, True, whole=True)  # every third number is a 0


@settings(max_examples=15, deadline=None)
@given(N=st.integers(1, 6), n=st.integers(1, 6), seed=st.integers(0, 10**6))
@both_modes
@every_layer
def test_all_shapes_equal_torch(name, training, N, n, seed):
    if name == "batch norm" and training:
        N += 1  # a batch of one is an error, tested below
    compare_with_torch(name, N, n, seed, training)


@both_modes
@pytest.mark.parametrize("name", [name for name, case in LAYERS.items() if not case.jumps])
def test_gradients_equal_central_differences(name, training):
    layer = make(name, 4, training=training)
    rng = np.random.default_rng(1)
    x = rng.normal(size=(5, 4))
    upstream = rng.normal(size=layer(x).shape)
    dx = layer.backward(upstream)

    def numeric(array, h=1e-6):
        slope = np.empty_like(array)
        for i in np.ndindex(array.shape):
            value = array[i]
            array[i] = value + h
            above = (layer(x) * upstream).sum()
            array[i] = value - h
            below = (layer(x) * upstream).sum()
            array[i] = value
            slope[i] = (above - below) / (2 * h)
        return slope

    np.testing.assert_allclose(dx, numeric(x), rtol=1e-6, atol=1e-7)
    for p in layer.parameters():
        np.testing.assert_allclose(p.grad, numeric(p.data), rtol=1e-6, atol=1e-7)


@both_modes
@every_layer
def test_float32_stays_float32(name, training):
    layer = make(name, 4, dtype=np.float32, training=training)
    y = layer(np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32))
    dx = layer.backward(np.ones_like(y))
    assert {a.dtype for a in (y, dx, *layer.state_dict().values(), *(p.grad for p in layer.parameters()))} == {y.dtype}
    assert y.dtype == np.float32


@every_layer
def test_gradients_add_up_until_they_are_cleared(name):
    layer = make(name, 4, training=False)
    x = np.random.default_rng(0).normal(size=(5, 4))
    layer.backward(np.ones_like(layer(x)))
    once = [p.grad.copy() for p in layer.parameters()]
    layer.backward(np.ones_like(layer(x)))
    for p, first in zip(layer.parameters(), once):
        np.testing.assert_allclose(p.grad, 2 * first)
    layer.zero_grad()
    assert all(p.grad is None for p in layer.parameters())
    layer.collect(np.ones_like(layer(x)))  # the same gradients, without the one by the data
    for p, first in zip(layer.parameters(), once):
        np.testing.assert_allclose(p.grad, first)


@every_layer
def test_forward_and_backward_change_none_of_their_arguments(name):
    layer = make(name, 4)
    x = np.random.default_rng(0).normal(size=(5, 4))
    x.flags.writeable = False
    upstream = np.ones_like(layer(x))
    upstream.flags.writeable = False
    layer.backward(upstream)
    first = layer(x)
    kept = first.copy()
    layer(2 * x)
    assert np.array_equal(first, kept)  # an output is nobody's scratch paper


@every_layer
def test_state_dict_is_a_snapshot_and_loads_back(name):
    layer, other = make(name, 4, seed=0, training=False), make(name, 4, seed=1, training=False)
    state = layer.state_dict()
    other.load_state_dict(state)
    x = np.random.default_rng(0).normal(size=(5, 4))
    assert np.array_equal(layer(x), other(x))
    for p in layer.parameters():
        p.data += 1.0
    assert all(np.array_equal(state[key], other.state_dict()[key]) for key in state)


# Errors, for every layer ---------------------------------------------------------


@every_layer
def test_an_empty_batch_is_an_error(name):
    with pytest.raises(ValueError, match=r"empty batch, shape \(0, 4\)"):
        make(name, 4)(np.empty((0, 4)))


@pytest.mark.parametrize("bad", [np.ones((5, 4), dtype=int), np.ones((5, 4), dtype=bool), [[1.0, 2.0, 3.0, 4.0]], None])
@every_layer
def test_anything_but_floats_is_an_error(name, bad):
    with pytest.raises(TypeError, match=r"computes with an array of floats, but an? .* came"):
        make(name, 4)(bad)


@every_layer
def test_backward_before_forward_is_an_error(name):
    with pytest.raises(RuntimeError, match=r"backward\(\) came before forward\(\)"):
        make(name, 4).backward(np.ones((5, 4)))


@every_layer
def test_an_upstream_gradient_of_another_shape_is_an_error(name):
    layer = make(name, 4)
    y = layer(np.random.default_rng(0).normal(size=(5, 4)))
    with pytest.raises(TypeError, match="the gradient by its output is an array of floats, but a list came"):
        layer.backward(y.tolist())
    with pytest.raises(TypeError, match="the gradient by its output is an array of floats, but an array of int64 came"):
        layer.backward(np.ones(y.shape, int))
    with pytest.raises(ValueError, match=rf"must have the output's shape \({y.shape[0]}, {y.shape[1]}\), but \(3, 4\)"):
        layer.backward(np.ones((3, 4)))


@every_layer
def test_nan_is_found_on_request(name):
    x = np.random.default_rng(0).normal(size=(5, 4))
    x[2, 1] = np.nan
    with pytest.raises(FloatingPointError, match=r"got nan at \[2, 1\]; 1 of 20 entries are not finite"):
        make(name, 4).watch()(x)


def test_the_layer_that_makes_infinity_is_named():
    rng = np.random.default_rng(0)
    net = nn.MLP(2, [3, 3, 1], "relu", rng=rng).watch()
    net[2].W.data[1] = 1e308
    words = r"Linear\(3, 3\) at net\[2\] made inf"
    with np.errstate(over="ignore"), pytest.raises(FloatingPointError, match=words):
        net(np.full((4, 2), 100.0) * np.sign(net[0].W.data[0]))
    net.watch(False)(np.ones((4, 2)))


@pytest.mark.parametrize("name", ["linear", "prelu by feature", "layer norm", "batch norm", "mlp"])
def test_a_shape_mismatch_names_both_shapes_and_the_layer(name):
    words = r"^(Linear|PReLU|LayerNorm|BatchNorm)\(.* expects a batch of shape \(N, 4\), but \(5, 3\) came"
    with pytest.raises(ValueError, match=words):
        make(name, 4)(np.ones((5, 3)))


def test_the_layer_inside_a_network_is_named():
    rng = np.random.default_rng(0)
    net = nn.Sequential(nn.Linear(4, 5, rng=rng), nn.Activation("relu"), nn.Linear(6, 2, rng=rng))
    with pytest.raises(ValueError, match=r"Linear\(6, 2\) at net\[2\] expects a batch of shape \(N, 6\), but \(3, 5\)"):
        net(np.ones((3, 4)))


def test_the_layer_inside_a_network_that_saw_nothing_is_named():
    with pytest.raises(RuntimeError, match=r"^Linear\(5, 3\) at net\[2\]: backward\(\) came before forward\(\)"):
        nn.MLP(4, [5, 3], rng=np.random.default_rng(0)).backward(np.ones((2, 3)))


def test_one_example_needs_a_row():
    with pytest.raises(ValueError, match=r"\(4,\) came; one example alone is a batch of one row: x\[None, :\]"):
        make("linear", 4)(np.ones(4))


def test_mixed_precision_is_an_error():
    with pytest.raises(TypeError, match=r"Linear\(4, 3\) holds float32 but float64 came.*X.astype\(np.float32\)"):
        make("linear", 4, dtype=np.float32)(np.ones((5, 4)))


@pytest.mark.parametrize("make", [
    lambda rng: nn.Linear(2, 3, rng=rng),
    lambda rng: nn.MLP(2, [3], rng=rng),
    lambda rng: nn.Dropout(0.5, rng=rng),
    lambda rng: nn.init.he((2, 3), rng),
])
@pytest.mark.parametrize("rng", [None, 0, np.random])
def test_randomness_without_a_generator_is_an_error(make, rng):
    with pytest.raises(TypeError, match=r"draws random numbers .* rng=np.random.default_rng\(0\); rng=.* came"):
        make(rng)


@pytest.mark.parametrize(("make", "error", "words"), [
    (lambda: nn.Activation("reul"), ValueError, "unknown activation 'reul'; there are step, sign,"),
    (lambda: nn.Activation("relu", slope=1), TypeError, "relu has no option slope; it has none"),
    (lambda: nn.Activation("elu", beta=1), TypeError, "elu has no option beta; it has alpha"),
    (lambda: nn.Dropout(1.0, rng=np.random.default_rng(0)), ValueError, "0 ≤ p < 1, but p = 1.0"),
    (lambda: nn.Sequential(), ValueError, "at least one layer"),
    (lambda: nn.MLP(3, []), ValueError, "widths lists the neurons of each layer"),
    (lambda: nn.Sequential(nn.Maxout(2), np.tanh), TypeError, "argument 1 is a ufunc"),
    (lambda: nn.Sequential(*[nn.Maxout(2)] * 2), ValueError, "same layer stands twice"),
    (lambda: nn.Maxout(3)(np.ones((2, 4))), ValueError, r"a multiple of 3, but \(2, 4\) came"),
    (lambda: nn.BatchNorm(3)(np.ones((1, 3))), ValueError, "a batch of one has no spread"),
    (lambda: nn.Residual(nn.Linear(3, 2, rng=np.random.default_rng(0)))(np.ones((1, 3))), ValueError,
     r"\(1, 3\) went in and \(1, 2\) came out of Linear\(3, 2\)"),
    (lambda: nn.BatchNorm(3).load_state_dict({"gamma": np.ones(3)}), KeyError, "no beta, running_mean, running_var"),
    (lambda: nn.PReLU().load_state_dict({"slope": np.ones(1), "W": 0}), KeyError, "has W, which this network has not"),
    (lambda: nn.PReLU(2).load_state_dict({"slope": np.ones(3)}), ValueError, r"has shape \(2,\) here, but \(3,\)"),
])
def test_what_cannot_work_says_why(make, error, words):
    with pytest.raises(error, match=words):
        make()


# Properties -----------------------------------------------------------------------


def test_weights_count_as_in_the_chapter():
    net = nn.MLP(784, [256, 128, 10], rng=np.random.default_rng(0))
    assert sum(p.data.size for p in net.parameters()) == 235_146


def test_every_rule_of_the_table_is_tested_and_knows_its_derivative():
    assert set(TABLE) == {name for name in TABLE if any(case.startswith(name) for case in LAYERS)}
    z = np.random.default_rng(0).normal(size=(4, 5))
    for name, rule in TABLE.items():
        layer = nn.Activation(name)
        layer(z)
        assert np.array_equal(rule.derivative(z), layer.backward(np.ones_like(z))), name


def test_identities_of_sigmoid_and_tanh():
    z = np.linspace(-30, 30, 1001)
    a, t = nn.sigmoid(z), np.tanh(z)
    assert np.abs(t - (2 * nn.sigmoid(2 * z) - 1)).max() <= 1e-15
    assert TABLE["sigmoid"].derivative(z).max() == 0.25
    assert np.abs(a + nn.sigmoid(-z) - 1).max() <= 1e-15
    assert np.allclose(nn.sigmoid(np.array([-1000.0, 0.0, 1000.0])), [0.0, 0.5, 1.0], rtol=0.0, atol=1e-37)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_small_values_of_the_sigmoid_have_all_their_digits(dtype):
    z = np.linspace(-80, 20, 501, dtype=dtype)
    np.testing.assert_allclose(nn.sigmoid(z), torch.sigmoid(torch.from_numpy(z)), rtol=4 * np.finfo(dtype).eps)
    assert nn.sigmoid(z).dtype == dtype
    assert np.allclose(nn.sigmoid(np.array([-1e30, -100.0, 100.0, 1e30], dtype)), [0, 0, 1, 1])  # no overflow


@settings(deadline=None)
@given(seed=st.integers(0, 10**6), N=st.integers(1, 5), K=st.integers(1, 8), scale=st.sampled_from([1.0, 1e3, 1e30]))
def test_softmax_sums_to_one_and_ignores_a_shift(seed, N, K, scale):
    s = scale * np.random.default_rng(seed).normal(size=(N, K))
    a = nn.softmax(s)
    assert (a >= 0).all()
    np.testing.assert_allclose(a.sum(axis=1), 1.0, rtol=1e-14)
    np.testing.assert_allclose(nn.softmax(s - s[:, :1]), a, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("inverted", [True, False])
def test_dropout_keeps_the_expectation(inverted):
    dropout = nn.Dropout(0.3, rng=np.random.default_rng(0), inverted=inverted)
    a = np.linspace(1.0, 2.0, 4)[None, :]
    draws = np.mean([dropout(a) for _ in range(20_000)], axis=0)
    np.testing.assert_allclose(draws, a if inverted else 0.7 * a, rtol=0.02)
    np.testing.assert_allclose(dropout.eval()(a), a if inverted else 0.7 * a, rtol=1e-15)


def test_dropout_masks_are_zero_or_scaled_and_new_every_time():
    dropout = nn.Dropout(0.3, rng=np.random.default_rng(0))
    a = np.ones((50, 20))
    first = dropout(a)
    assert set(np.unique(first)) == {0.0, 1 / 0.7}
    assert np.array_equal(dropout.backward(a), first)  # the same mask on the way back
    assert not np.array_equal(dropout(a), first)


@settings(deadline=None)
@given(seed=st.integers(0, 10**6), N=st.integers(2, 30), n=st.integers(1, 5))
def test_batch_norm_makes_mean_zero_and_variance_one(seed, N, n):
    x = np.random.default_rng(seed).normal(3.0, 20.0, (N, n))
    y = nn.BatchNorm(n, eps=0.0)(x)
    np.testing.assert_allclose(y.mean(axis=0), 0.0, atol=1e-7)
    np.testing.assert_allclose(y.var(axis=0), 1.0, rtol=1e-9)


def test_running_statistics_of_batch_norm_equal_torch():
    ours, theirs = nn.BatchNorm(3), torch.nn.BatchNorm1d(3, dtype=torch.float64)
    for seed in range(5):
        x = np.random.default_rng(seed).normal(seed, 2.0, (6, 3))
        ours(x)
        theirs(torch.tensor(x))
    assert_close(ours.running_mean, theirs.running_mean)
    assert_close(ours.running_var, theirs.running_var)
    x = np.random.default_rng(9).normal(size=(1, 3))
    assert_close(ours.eval()(x), theirs.eval()(torch.tensor(x)))


def test_mode_reaches_every_layer():
    net = nn.Sequential(nn.Residual(nn.Dropout(0.5, rng=np.random.default_rng(0))), nn.BatchNorm(2))
    assert [m.training for m in net.eval().modules()] == [False] * 4
    assert [m.training for m in net.train().modules()] == [True] * 4


def test_constant_weights_never_break_the_symmetry():
    rng = np.random.default_rng(0)
    net = nn.MLP(3, [4, 2], rng=rng, init=lambda shape, rng: nn.init.constant(shape, rng, value=0.5))
    loss, optimizer = nn.CrossEntropy(), nn.SGD(net.parameters(), 0.1)
    X, y = rng.normal(size=(20, 3)), rng.integers(0, 2, 20)
    for _ in range(100):
        optimizer.zero_grad()
        loss(net(X), y)
        net.backward(loss.backward())
        optimizer.step()
    assert (net[0].W.data == net[0].W.data[0]).all()
    assert not (net[0].W.data == 0.5).any()


@pytest.mark.parametrize("norm", [None, nn.LayerNorm, nn.BatchNorm])
@pytest.mark.parametrize("activation", ["tanh", "relu", "softplus"])
def test_a_complex_step_gives_the_derivative_to_the_last_digits(activation, norm):
    net = nn.MLP(3, [8, 8, 2], activation, rng=np.random.default_rng(0))
    if norm:
        net = nn.Sequential(net[0], norm(8), *net[1:]).eval()
    x, v = np.random.default_rng(1).normal(size=(2, 4, 3))
    along_v = net(x + 1e-30j * v).imag / 1e-30
    for k in range(2):
        net(x)
        dx = net.backward(np.tile(np.eye(2)[k], (4, 1)))
        np.testing.assert_allclose((dx * v).sum(axis=1), along_v[:, k], rtol=1e-13, atol=1e-15)


def test_without_a_nonlinearity_depth_collapses():
    net = nn.MLP(3, [4, 5, 2], "identity", rng=np.random.default_rng(0))
    X = np.random.default_rng(1).normal(size=(6, 3))
    np.testing.assert_allclose(net(X), X @ (net[4].W.data @ net[2].W.data @ net[0].W.data).T, rtol=1e-12)


@pytest.mark.parametrize("weights", [np.ones((3, 2)), None])
def test_weights_of_another_shape_are_refused_when_the_layer_is_made(weights):
    with pytest.raises(ValueError, match=r"Linear\(3, 2\) needs weights of shape \(outputs, inputs\) = \(2, 3\)"):
        nn.Linear(3, 2, rng=np.random.default_rng(0), init=lambda shape, rng: weights)


def test_formulas_of_the_table_do_not_cut_whole_numbers_off():
    for name, rule in TABLE.items():
        whole, floats = np.array([-2, 0, 3]), np.array([-2.0, 0.0, 3.0])
        np.testing.assert_allclose(rule.f(whole, **rule.options), rule.f(floats, **rule.options), err_msg=name)
        with pytest.raises(TypeError, match="computed for floats, but an array of int64 came"):
            rule.derivative(whole)


@pytest.mark.parametrize("layer", [
    nn.Dropout(np.float64(0.3), rng=np.random.default_rng(0)), nn.Activation("elu", alpha=np.float64(0.7)),
    nn.LayerNorm(4, eps=np.float64(1e-5), dtype=np.float32), nn.BatchNorm(4, eps=np.float64(1e-5), dtype=np.float32)])
def test_an_option_that_is_a_numpy_number_keeps_float32(layer):
    assert layer(np.ones((3, 4), np.float32)).dtype == np.float32
    assert layer.eval()(np.ones((3, 4), np.float32)).dtype == np.float32


def test_a_layer_inside_says_where_it_stands():
    rng = np.random.default_rng(0)
    inner = nn.Sequential(nn.Linear(3, 3, rng=rng), nn.Linear(4, 3, rng=rng))
    net = nn.Sequential(nn.Activation("tanh"), nn.Residual(inner))
    with pytest.raises(ValueError, match=r"^Linear\(4, 3\) at net\[1\].body\[1\] expects"):
        net(np.ones((2, 3)))


@pytest.mark.parametrize(("widths", "sizes"), [(np.array([4, 2]), [4, 2]), ((n for n in (4, 2)), [4, 2]), (2, [2])])
def test_widths_are_anything_that_lists_numbers(widths, sizes):
    net = nn.MLP(3, widths, rng=np.random.default_rng(0))
    assert [layer.n_out for layer in net[::2]] == sizes


def test_residual_takes_layers_only():
    with pytest.raises(TypeError, match="Residual goes around a layer or a network, but a ufunc came"):
        nn.Residual(np.tanh)


def test_what_came_decides_the_remedy():
    layer = nn.Linear(3, 2, rng=np.random.default_rng(0))
    for bad, remedy in ((np.ones((2, 3), int), r"X.astype\(float\)"), ([[1.0, 2.0]], r"np.array\(X, dtype=float\)"),
                        (None, "does the layer before it return its result")):
        with pytest.raises(TypeError, match=remedy):
            layer(bad)


def test_watching_sees_the_way_back_too():
    class Root(nn.Module):
        def forward(self, x):
            self.kept = np.sqrt(x)
            return self.kept

        def backward(self, upstream):
            with np.errstate(all="ignore"):
                return upstream / (2 * self.kept)

    net = nn.Sequential(nn.Linear(2, 2, rng=np.random.default_rng(0)), Root()).watch()
    net[0].W.data[...] = 0.0
    out = net(np.ones((1, 2)))
    with pytest.raises(FloatingPointError, match=r"^Root\(\) at net\[1\] passed down inf at \[0, 0\]"):
        net.backward(np.ones_like(out))
