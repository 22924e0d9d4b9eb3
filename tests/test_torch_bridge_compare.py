"""The table of gradients: by Value, NumPy and PyTorch."""

import re

import numpy as np
import pytest
import torch
from nn_cases import LAYERS, LOSSES
from test_torch_bridge import batch, cuda, make

from nnlib import nn
from nnlib.torch_bridge import compare, to_torch, values
from nnlib.torch_bridge.compare import Comparison, Row

both_modes = pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
WAYS = ["Value", "PyTorch, CPU"]


def target(layer, x):
    return np.random.default_rng(3).normal(size=to_torch(layer)(torch.tensor(x)).shape)


@both_modes
@pytest.mark.parametrize("name", LAYERS)
def test_all_gradients_of_every_layer_agree(name, training):
    layer = make(name, training=training)
    x = batch()
    found = compare(layer, x, target(layer, x))
    assert found.ways[:2] == WAYS
    assert found.worst <= 1e-10
    assert [row.name for row in found.rows] == ["", *(p.split(".")[-1] for p, _ in layer.named_parameters()), "x"]
    assert all(row.shape == p.shape for row, p in zip(found.rows[1:], layer.parameters()))


@pytest.mark.parametrize("name", LOSSES)
def test_all_gradients_of_every_loss_agree(name):
    rng = np.random.default_rng(0)
    net = nn.MLP(5, [6, 4], "tanh", rng=rng)
    found = compare(net, 3 * batch(), LOSSES[name].targets(7, 4, rng), LOSSES[name].make())
    assert found.ways[:2] == WAYS and found.worst <= 1e-10


@pytest.mark.parametrize("name", LAYERS)
def test_all_agree_at_the_kinks_and_at_jumps(name):
    layer = make(name)
    x = np.round(batch())  # many a 0, and many a number twice in a row
    assert (x == 0.0).any() and compare(layer, x, target(layer, x)).worst <= 1e-10


def test_a_prediction_that_is_right_has_no_slope_in_the_mean_absolute_error():
    x, y = np.round(batch()), np.round(batch(seed=2))
    assert (x == y).any() and compare(nn.Activation("identity"), x, y, nn.MAE()).worst <= 1e-10


def test_large_numbers_overflow_nowhere():
    net = nn.Sequential(nn.Linear(5, 4, rng=np.random.default_rng(0)), nn.Activation("softplus"),
                        nn.Activation("sigmoid"))
    net[0].W.data *= 1e3
    assert compare(net, batch(), np.zeros((7, 4))).worst <= 1e-10
    net = net[0]
    for loss, y in ((nn.CrossEntropy(), np.arange(7) % 4), (nn.BCE(), np.ones((7, 4)))):
        assert compare(net, batch(), y, loss).worst <= 1e-10


# It can fail -----------------------------------------------------------------------


@pytest.mark.parametrize(("owner", "method", "wrong"), [
    (nn.Linear, "backward", lambda right: lambda self, u: 1.001 * right(self, u)),
    (nn.Linear, "collect", lambda right: lambda self, u: right(self, 1.001 * u)),
    (nn.Linear, "collect", lambda right: lambda self, u: (right(self, u), np.put(self.b.grad, 0, 1.0))),  # one entry
    (nn.Activation, "backward", lambda right: lambda self, u: right(self, u) + 1e-6),
    (nn.MSE, "gradient", lambda right: lambda self, e: 1.001 * right(self, e)),
    (nn.MSE, "forward", lambda right: lambda self, s, y: np.asarray(1.001 * right(self, s, y))),
])
def test_a_mistake_in_numpy_is_seen_by_both_others(monkeypatch, owner, method, wrong):
    monkeypatch.setattr(owner, method, wrong(getattr(owner, method)))
    net = nn.MLP(5, [4, 3], rng=np.random.default_rng(0))
    found = compare(net, batch(), np.ones((7, 3)))
    for way in WAYS:
        assert max(row.differences[way] for row in found.rows) > 1e-7
    assert found.worst == max(d for row in found.rows for d in row.differences.values())


def seen_by(found):
    return [max(row.differences[way] for row in found.rows) > 1e-3 for way in WAYS]


def test_a_mistake_in_torch_or_in_values_is_seen_there_alone(monkeypatch):
    net = nn.MLP(5, [4, 3], "relu", rng=np.random.default_rng(0))
    with monkeypatch.context() as patch:
        patch.setitem(values.ACTIVATIONS, "relu", lambda z: z.tanh())
        found = compare(net, batch(), np.ones((7, 3)))
    assert seen_by(found) == [True, False]
    monkeypatch.setattr(torch.nn.ReLU, "forward", lambda self, z: torch.tanh(z))
    found = compare(net, batch(), np.ones((7, 3)))
    assert seen_by(found) == [False, True]


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # NaN is the point
def test_nan_is_the_worst_difference():
    net = nn.MLP(5, [4, 3], rng=np.random.default_rng(0))
    x = batch()
    x[0, 0] = np.nan
    assert np.isnan(compare(net, x, np.ones((7, 3))).worst)
    rows = [Row("net", "W", (), 1.0, {"Value": d}) for d in (1.0, np.nan, 2.0)]
    assert np.isnan(Comparison(rows, ["Value"], [], "float64").worst)


def test_gradients_far_above_1_are_compared_by_their_digits():
    net = nn.MLP(5, [4, 3], "identity", rng=np.random.default_rng(0))
    found = compare(net, 1e6 * batch(), np.ones((7, 3)))
    assert max(row.largest for row in found.rows) > 1e10 and found.worst <= 1e-10


# What it shows ---------------------------------------------------------------------


def test_a_large_network_is_compared_without_value_and_the_table_says_so():
    net = nn.MLP(200, [300, 10], "relu", rng=np.random.default_rng(0))
    found = compare(net, batch(N=20, n=200), np.ones((20, 10)))
    assert "Value" not in found.ways and found.worst <= 1e-10
    assert "Value is left out: 20 examples times the weights make 1,266,200 products" in str(found)
    assert "Value is left out" in found._repr_html_()


def test_the_table_in_text_and_in_html():
    net = nn.MLP(5, [4, 3], rng=np.random.default_rng(0))
    found = compare(net, batch(), np.ones((7, 3)))
    lines = str(found).splitlines()
    assert lines[0].split("  ")[0] == "layer" and "|Value − NumPy|" in lines[0] and "|PyTorch, CPU − NumPy|" in lines[0]
    assert lines[2].startswith("net[0]: Linear(5, 4)  W            4 × 5")
    assert f"Largest difference: {found.worst:.1e}, in float64." in lines
    html = found._repr_html_()
    assert html.count("<tr>") == 1 + len(found.rows) and html.count("<th scope='col'") == 4 + len(found.ways)
    assert "net[0]: Linear(5, 4)" in html and "Largest difference" in html and repr(found) == str(found)
    odd = Comparison([Row("<b>", "x", (), 0.0, {"<i>": 0.0})], ["<i>"], ["<u>"], "float64")._repr_html_()
    assert not {"<b>", "<i>", "<u>"} & set(re.findall("<.*?>", odd))


def test_without_a_gpu_the_table_says_so(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    found = compare(make("mlp"), batch(), np.ones((7, 2)))
    assert found.ways == WAYS and "CUDA is left out: PyTorch sees no GPU here." in str(found)


def test_the_gpu_is_left_out_where_the_reader_asks_for_the_cpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setenv("NNLIB_DEVICE", "cpu")
    found = compare(make("mlp"), batch(), np.ones((7, 2)))
    assert found.ways == WAYS and "CUDA is left out: NNLIB_DEVICE asks for cpu." in str(found)


def test_float32_agrees_to_its_own_digits():
    net = make("mlp", dtype=np.float32)
    found = compare(net, batch(np.float32), np.ones((7, 2), np.float32))
    assert 1e-10 < found.worst < 1e-5 and found.dtype == np.float32


@pytest.mark.parametrize("name", ["mlp", "dropout", "batch norm"])
def test_the_network_is_left_as_it_was(name):
    layer = make(name)
    before, x = layer.state_dict(), batch()
    generator = str(layer.rng.bit_generator.state) if name == "dropout" else ""
    found = compare(layer, x, np.ones((7, 2 if name == "mlp" else 5)))
    assert found.worst <= 1e-10
    assert all(np.array_equal(before[key], array) for key, array in layer.state_dict().items())
    assert all(p.grad is None for p in layer.parameters()) and layer.kept is None and layer.training
    assert not generator or generator == str(layer.rng.bit_generator.state)


def test_torch_modules_and_tensors_are_taken_too():
    net = make("mlp")
    x, y = batch(), np.ones((7, 2))
    one, other = compare(net, x, y), compare(to_torch(net), torch.tensor(x), torch.tensor(y))
    assert str(one) == str(other).replace("Sequential", "MLP")


def test_a_loss_that_numpy_does_not_know_is_an_error():
    with pytest.raises(TypeError, match=r"compare needs a loss of nnlib.nn.*MSELoss\(\) came"):
        compare(make("mlp"), batch(), np.ones((7, 2)), torch.nn.MSELoss())


@cuda
@both_modes
@pytest.mark.parametrize("name", LAYERS)
def test_the_gpu_agrees(name, training):
    layer = make(name, training=training)
    found = compare(layer, batch(), target(layer, batch()))
    assert found.ways == [*WAYS, "PyTorch, CUDA"] and found.worst <= 1e-10
