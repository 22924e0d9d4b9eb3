"""Training on the device: the records and weights of nnlib.nn.train, the recipes, the graph, and what goes wrong."""

import copy
import subprocess
import sys
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from nn_cases import LAYERS, LOSSES, OPTIMISERS
from test_torch_bridge import cuda, make
from torch.utils._python_dispatch import TorchDispatchMode

from nnlib import nn
from nnlib.nn import schedules
from nnlib.torch_bridge import convert, device, from_torch, losses, optim, side, to_torch, train
from nnlib.torch_bridge import graph as graphs
from nnlib.torch_bridge import precision as recipes
from nnlib.torch_bridge.losses import torch_loss
from nnlib.torch_bridge.step import Snapshot, Step, run_epoch


@pytest.fixture(autouse=True)
def no_forced_device(monkeypatch):
    monkeypatch.delenv("NNLIB_DEVICE", raising=False)


def data(N=53, dtype=np.float64, seed=1):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, 5)).astype(dtype)
    return X, (X[:, 0] + X[:, 1] ** 2 > 1).astype(int) + (X[:, 2] > 0)


def network(rng, dtype=np.float64):
    """Something of everything. No bias before batch norm: its gradient is rounding alone, and Adam goes by the sign."""
    return nn.Sequential(
        nn.Linear(5, 8, rng=rng, bias=False, dtype=dtype), nn.BatchNorm(8, dtype=dtype), nn.Activation("relu"),
        nn.Dropout(0.2, rng=rng),
        nn.Residual(nn.Sequential(nn.Linear(8, 8, rng=rng, dtype=dtype), nn.PReLU(8, dtype=dtype))),
        nn.LayerNorm(8, dtype=dtype), nn.Linear(8, 6, rng=rng, dtype=dtype), nn.Maxout(2))


class Run:
    """One training from a seed: by nnlib.nn.train, or by the bridge on a device."""

    def __init__(self, by, *, optimizer="adam", dtype=np.float64, epochs=5, make=network, **options):
        rng = np.random.default_rng(0)
        X, y = data(dtype=dtype)
        self.net = make(rng, dtype)
        self.optimizer = OPTIMISERS[optimizer][0](self.net.parameters())
        options = {"batch_size": 8, "rng": rng, "epochs": epochs, **options}
        if by == "numpy":
            self.records = list(nn.train(self.net, nn.CrossEntropy(), self.optimizer, X, y, **options))
        else:
            self.training = train(self.net, (X, y), nn.CrossEntropy(), self.optimizer, device=by, **options)
            self.records = list(self.training)


def same(a, b, tolerance=1e-9):
    """Two runs: records, weights, buffers, modes, and the memory of the optimisers."""
    assert len(a.records) == len(b.records)
    for one, other in zip(a.records, b.records):
        assert type(one) is type(other) is nn.Record
        assert (one.epoch, one.lr, one.best) == (other.epoch, other.lr, other.best)
        assert one.loss == pytest.approx(other.loss, rel=tolerance)
        if one.validation_loss is None:
            assert other.validation_loss is None
        else:
            assert one.validation_loss == pytest.approx(other.validation_loss, rel=tolerance)
    for (key, array), (_, other) in zip(a.net.arrays().items(), b.net.arrays().items(), strict=True):
        np.testing.assert_allclose(array, other, rtol=tolerance, atol=tolerance, err_msg=key)
    assert [m.training for m in a.net.modules()] == [m.training for m in b.net.modules()]
    assert a.optimizer.t == b.optimizer.t and a.optimizer.lr == b.optimizer.lr
    for memory in ("m", "v"):
        if hasattr(a.optimizer, memory):
            np.testing.assert_allclose(getattr(a.optimizer, memory), getattr(b.optimizer, memory),
                                       rtol=1e3 * tolerance, atol=tolerance)


# The same as in NumPy --------------------------------------------------------------


@pytest.mark.parametrize("optimizer", OPTIMISERS)
def test_every_optimiser_trains_as_in_numpy(optimizer):
    same(Run("numpy", optimizer=optimizer), Run("cpu", optimizer=optimizer))


@pytest.mark.parametrize("options", [
    {"clip": 0.3}, {"batch_size": 53}, {"batch_size": 1000}, {"batch_size": 7},
    {"schedule": schedules.cosine(0.05, 5)},
    {"validation": data(20, seed=2)}, {"validation": data(3000, seed=2), "epochs": 2},
    {"validation": data(20, seed=2), "patience": 1, "epochs": 50},
], ids=lambda options: " ".join(options))
def test_every_option_means_what_it_means_in_numpy(options):
    options = {"optimizer": "adamw", **options}
    a, b = Run("numpy", **options), Run("cpu", **options)
    same(a, b)
    assert "patience" not in options or len(a.records) < 50


@pytest.mark.parametrize("name", [name for name in LOSSES if name != "cross-entropy, class numbers"])
def test_every_loss_trains_as_in_numpy(name):
    rng = np.random.default_rng(5)
    X = data()[0]
    y = LOSSES[name].targets(len(X), 3, rng)
    runs = []
    for by in ("numpy", "cpu"):
        rng = np.random.default_rng(0)
        net = nn.MLP(5, [6, 3], rng=rng)
        optimizer = nn.SGD(net.parameters(), 0.1)
        arguments = ((net, LOSSES[name].make(), optimizer, X, y) if by == "numpy" else
                     (net, (X, y), LOSSES[name].make(), optimizer))
        loop = nn.train if by == "numpy" else train
        runs.append(SimpleNamespace(net=net, optimizer=optimizer, records=list(loop(*arguments, epochs=3, rng=rng))))
    same(*runs)


def test_float32_trains_as_in_numpy_to_its_own_digits():
    options = {"optimizer": "momentum", "dtype": np.float32, "validation": data(20, np.float32, seed=2)}
    a, b = Run("numpy", **options), Run("cpu", **options)
    for one, other in zip(a.records, b.records, strict=True):
        assert one.loss == pytest.approx(other.loss, rel=1e-4)
        assert one.validation_loss == pytest.approx(other.validation_loss, rel=1e-4)
    assert {array.dtype for array in b.net.arrays().values()} == {np.dtype(np.float32)}
    assert "in float32" in b.training.plan


@pytest.mark.parametrize("optimizer", ["momentum", "nesterov, decay", "adam", "adamw, decay"])
@pytest.mark.parametrize("order", [("numpy", "cpu"), ("cpu", "numpy"), ("cpu", "cpu")])
def test_one_may_go_on_on_the_other_side(optimizer, order):
    X, y = data()
    runs = []
    for sides in (("numpy", "numpy"), order):
        rng = np.random.default_rng(0)
        net = network(rng)
        optimiser, records = OPTIMISERS[optimizer][0](net.parameters()), []
        for by in sides:
            records += (nn.train(net, nn.CrossEntropy(), optimiser, X, y, epochs=2, rng=rng) if by == "numpy" else
                        train(net, (X, y), nn.CrossEntropy(), optimiser, epochs=2, rng=rng, device="cpu"))
        runs.append(SimpleNamespace(net=net, optimizer=optimiser, records=records))
    same(*runs)


def test_the_weights_come_back_after_every_epoch_and_the_best_ones_at_the_end():
    X, y = data()
    options = dict(epochs=30, batch_size=8, validation=data(20, seed=2))
    ends = []
    for by in ("numpy", "cpu"):
        rng = np.random.default_rng(0)
        net = network(rng)
        optimizer = nn.SGD(net.parameters(), 0.3)
        loop = (nn.train(net, nn.CrossEntropy(), optimizer, X, y, rng=rng, **options) if by == "numpy" else
                train(net, (X, y), nn.CrossEntropy(), optimizer, rng=rng, device="cpu", **options))
        seen = []
        for record in loop:
            seen.append((record, nn.accuracy(net, X, y), net[0].W.data.copy()))
            if record.epoch == 12:
                break
        assert not seen[-1][0].best
        del loop  # left early: the best weights are put back
        ends.append((seen, net.state_dict(), net.training))
    (seen, state, mode), (twin_seen, twin_state, twin_mode) = ends
    for (_, accuracy, W), (_, twin_accuracy, twin_W) in zip(seen, twin_seen, strict=True):
        assert accuracy == twin_accuracy
        np.testing.assert_allclose(W, twin_W, rtol=1e-9, atol=1e-9)
    for key in state:
        np.testing.assert_allclose(state[key], twin_state[key], rtol=1e-9, atol=1e-9)
    assert mode is twin_mode is False
    assert not np.allclose(twin_state["0.W"], twin_seen[-1][2])  # not those of the last epoch


def test_nothing_is_trained_before_it_is_asked_and_close_ends_it():
    rng = np.random.default_rng(0)
    net = network(rng)
    before, state = net.state_dict(), str(rng.bit_generator.state)
    training = train(net, data(), nn.CrossEntropy(), nn.SGD(net.parameters(), 0.1), epochs=3, rng=rng, device="cpu")
    assert iter(training) is training
    assert all(np.array_equal(before[key], array) for key, array in net.state_dict().items()) and net.training
    assert state == str(rng.bit_generator.state)
    assert next(training).epoch == 1 and not np.array_equal(before["0.W"], net[0].W.data)
    training.close()
    assert list(training) == []


def test_the_plan_and_the_bar(capsys):
    run = Run("cpu", epochs=2, progress=True)
    assert run.training.plan == "On cpu, in float64, step by step (CUDA graphs need CUDA, and this is cpu)."
    assert repr(run.training) == f"<training: {run.training.plan}>"
    out = capsys.readouterr()
    assert "2/2" in out.out and out.err == ""


def test_tensors_lists_of_targets_and_read_only_arrays_are_taken():
    X, y = data()
    X.flags.writeable = y.flags.writeable = False
    losses = set()
    for pair in ((X, y), (torch.tensor(X), torch.tensor(y)), (X[::-1][::-1], y.tolist()), (X, y.astype(np.uint8))):
        rng = np.random.default_rng(0)
        net = nn.MLP(5, [6, 3], rng=rng)
        losses.add(next(train(net, pair, nn.CrossEntropy(), nn.SGD(net.parameters(), 0.1), epochs=1, rng=rng,
                              device="cpu")).loss)
    assert len(losses) == 1


# A torch module --------------------------------------------------------------------


def test_a_torch_module_is_trained_in_place_as_its_nnlib_twin():
    X, y = data()
    net = nn.MLP(5, [6, 3], rng=np.random.default_rng(0))
    module = to_torch(net)
    options = dict(epochs=4, batch_size=8, validation=data(20, seed=2), clip=1.0, schedule=schedules.cosine(0.1, 4))
    optimizer = torch.optim.SGD(module.parameters(), 0.1)
    theirs = train(module, (X, y), torch.nn.CrossEntropyLoss(), optimizer, rng=np.random.default_rng(1), **options)
    assert "a torch optimiser may hold" in theirs.plan or "CUDA graphs need CUDA" in theirs.plan
    records = list(theirs)
    ours = list(nn.train(net, nn.CrossEntropy(), nn.SGD(net.parameters(), 0.1), X, y, rng=np.random.default_rng(1),
                         **options))
    for one, other in zip(records, ours, strict=True):
        assert one == pytest.approx(other, rel=1e-9)
    for a, b in zip(from_torch(module).parameters(), net.parameters(), strict=True):
        np.testing.assert_allclose(a.data, b.data, rtol=1e-9, atol=1e-12)
    assert optimizer.param_groups[0]["lr"] == ours[-1].lr


def test_a_torch_module_with_dropout_is_reproducible_from_rng():
    def losses(seed):
        torch.manual_seed(7)
        module = torch.nn.Sequential(torch.nn.Linear(5, 20), torch.nn.Dropout(0.5), torch.nn.Linear(20, 3)).double()
        torch.manual_seed(np.random.default_rng().integers(2**32).item())
        optimizer = torch.optim.Adam(module.parameters(), 0.01)
        rng = np.random.default_rng(seed)
        return [record.loss for record in train(module, data(), nn.CrossEntropy(), optimizer, epochs=2, rng=rng)]

    assert losses(0) == losses(0) != losses(1)


def test_a_torch_module_in_bfloat16_is_trained_too():
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(5, 20), torch.nn.Tanh(), torch.nn.Linear(20, 3)).bfloat16()
    X, y = data()
    training = train(module, (torch.tensor(X).bfloat16(), y), nn.CrossEntropy(), torch.optim.SGD(
        module.parameters(), 0.1), epochs=5, batch_size=8, rng=np.random.default_rng(0))
    assert "in bfloat16" in training.plan
    losses = [record.loss for record in training]
    assert losses[-1] < losses[0] and {p.dtype for p in module.parameters()} == {torch.bfloat16}


# Arguments that do not fit ---------------------------------------------------------


def start(model=None, pair=None, loss=None, optimizer=None, **options):
    model = model or nn.MLP(5, [6, 3], rng=np.random.default_rng(0))
    optimizer = optimizer or nn.SGD(model.parameters(), 0.1)
    return train(model, data() if pair is None else pair, loss or nn.CrossEntropy(), optimizer,
                 **{"epochs": 1, "rng": np.random.default_rng(0), "device": "cpu", **options})


def meta(*shape):
    return torch.zeros(*shape, device="meta")


@pytest.mark.parametrize(("error", "words", "arguments"), [
    (ValueError, "the network is trained on cpu, but X lies on meta: write X.to",
     lambda: {"pair": (meta(9, 5), np.zeros(9, int))}),
    (ValueError, "on cpu, but y lies on meta", lambda: {"pair": (data(9)[0], meta(9))}),
    (ValueError, r"on cpu, but validation\[0\] lies on meta", lambda: {"validation": (meta(9, 5), np.zeros(9, int))}),
    (TypeError, r"from a generator that you give", lambda: {"rng": None}),
    (ValueError, "X has 53 rows and y has 52", lambda: {"pair": (data()[0], data()[1][1:])}),
    (ValueError, r"validation\[0\] has 53 rows and validation\[1\] has 52",
     lambda: {"validation": (data()[0], data()[1][1:])}),
    (ValueError, "at least one example, but batch_size = 0", lambda: {"batch_size": 0}),
    (ValueError, "patience watches the validation loss", lambda: {"patience": 2}),
    (ValueError, "norm of the gradient must be positive, but clip = -1.0", lambda: {"clip": -1.0}),
    (ValueError, "norm of the gradient must be positive, but clip = 0", lambda: {"clip": 0}),
    (ValueError, "norm of the gradient must be positive, but clip = nan", lambda: {"clip": np.nan}),
    (TypeError, r"the data as one pair, train\(model, \(X, y\), loss, .*but CrossEntropy\(\) came",
     lambda: {"pair": nn.CrossEntropy()}),
    (TypeError, "the data as one pair.*but a ndarray came", lambda: {"pair": data()[0]}),
    (TypeError, r"Linear\(5, 6\) at net\[0\] holds float64 but float32 came", lambda: {"pair": data(dtype=np.float32)}),
    (ValueError, r"expects a batch of shape \(N, 5\), but \(1, 4\)", lambda: {"pair": (data()[0][:, :4], data()[1])}),
    (ValueError, "the classes are 0 to 2, but 0 to 3 came", lambda: {"pair": (data()[0], np.arange(53) % 4)}),
    (ValueError, r"predictions of shape \(53, 3\) came with targets of shape \(53,\)", lambda: {"loss": nn.MSE()}),
    (TypeError, "a loss is one of nnlib.nn", lambda: {"loss": "mse"}),
    (TypeError, r"a loss is one of nnlib.nn \(MSE", lambda: {"loss": type("Mine", (nn.CrossEntropy,), {})()}),
    (ValueError, "made for another network", lambda: {"optimizer": nn.SGD(make("mlp").parameters(), 0.1)}),
    (TypeError, "needs an optimiser of nnlib.nn.*but a SGD came",
     lambda: {"optimizer": torch.optim.SGD([torch.zeros(1)], 0.1)}),
    (TypeError, "takes a network of nnlib.nn or a torch module, but a dict came",
     lambda: {"model": {1: 2}, "optimizer": 3}),
    (TypeError, "needs a torch optimiser, such as .* but 3 came",
     lambda: {"model": torch.nn.Linear(5, 3), "optimizer": 3}),
    (ValueError, "precision is", lambda: {"precision": "float16"}),
    (ValueError, "shortens the products of a float32 network, but this one holds float64",
     lambda: {"precision": "bf16"}),
], ids=lambda x: x if isinstance(x, str) else "")
def test_what_does_not_fit_is_said_before_training(error, words, arguments):
    with pytest.raises(error, match=words):
        start(**arguments())


def torch_net(dtype=torch.float32):
    net = torch.nn.Linear(5, 3, dtype=dtype)
    return net, torch.optim.SGD(net.parameters(), 0.1)


def test_what_does_not_fit_a_torch_module():
    net, optimizer = torch_net()
    with pytest.raises(TypeError, match=r"the network holds torch.float32, but X holds torch.float64: write "
                                        r"torch.as_tensor\(X, dtype=torch.float32\)"):
        start(net, optimizer=optimizer, device=None)
    with pytest.raises(ValueError, match="made for another network"):
        start(net, optimizer=torch_net()[1], device=None)
    with pytest.raises(ValueError, match='precision="tf32" is a format of NVIDIA GPUs, but this network is trained on'):
        start(net, data(dtype=np.float32), optimizer=optimizer, precision="tf32")
    two = torch.nn.Sequential(net, torch.nn.Linear(3, 3, device="meta"))
    with pytest.raises(ValueError, match="the network lies on cpu and meta"):
        start(two, optimizer=optimizer)
    away = torch.nn.Linear(5, 3, device="meta")
    with pytest.raises(ValueError, match=r'lies on meta, but device="cpu" was asked for: write net.to\("cpu"\)'):
        start(away, optimizer=torch.optim.SGD(away.parameters(), 0.1), device="cpu")
    with pytest.raises(ValueError, match="the network is trained on meta, but X lies on cpu"):
        start(away, (torch.zeros(9, 5), np.zeros(9, int)), optimizer=torch.optim.SGD(away.parameters(), 0.1),
              device=None)


def test_another_gpu_than_the_one_where_the_network_lies(monkeypatch):
    class Away(torch.nn.Linear):
        def parameters(self, recurse=True):
            return iter([SimpleNamespace(device=torch.device("cuda:0"))])

    net, optimizer = torch_net()
    monkeypatch.setattr(side, "choose_device", torch.device)
    with pytest.raises(ValueError, match='lies on cuda:0, but device="cuda:1" was asked for'):
        side.Theirs(Away(5, 3), optimizer, "cuda:1")
    for same_one in ("cuda:0", "cuda"):  # so far it is well, and the next thing is not
        with pytest.raises(ValueError, match="made for another network"):
            side.Theirs(Away(5, 3), optimizer, same_one)


def test_nesterov_without_momentum_is_plain_descent_as_in_numpy(monkeypatch):
    monkeypatch.setitem(OPTIMISERS, "nesterov, none", (lambda p: nn.Nesterov(p, 0.1, 0.0), None))
    a, b = Run("numpy", optimizer="nesterov, none"), Run("cpu", optimizer="nesterov, none")
    assert [record.loss for record in a.records] == pytest.approx([record.loss for record in b.records], rel=1e-9)


def test_on_a_mac_float64_is_trained_on_the_cpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert device() == torch.device("mps")
    training = start(device=None)
    assert training.plan.startswith("On cpu (MPS has no float64), in float64")
    same(SimpleNamespace(records=list(training), net=training.loop.what.model, optimizer=training.loop.what.ours), Run(
        "numpy", epochs=1, batch_size=32, make=lambda rng, dtype: nn.MLP(5, [6, 3], rng=np.random.default_rng(0)),
        optimizer="sgd"))


# NaN -------------------------------------------------------------------------------


class Root(torch.nn.Module):
    """√(x²): its slope at 0 is 0 · ∞."""

    def forward(self, x):
        return (x * x).sqrt()


class WrongSlope(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w):
        return x * w

    @staticmethod
    def backward(ctx, upstream):
        return upstream, torch.full((3,), torch.nan, dtype=upstream.dtype)


class WrongGradient(torch.nn.Module):
    """Only the gradient of its own weights is NaN."""

    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(3, dtype=torch.float64))

    def forward(self, x):
        return WrongSlope.apply(x, self.scale)


def broken(*layers, loss=None, X=None, lr=0.1, epochs=3, **options):
    net = torch.nn.Sequential(*layers).double()
    pair = (data()[0] if X is None else X, data()[1])
    return list(start(net, pair, loss or nn.CrossEntropy(), torch.optim.SGD(net.parameters(), lr), epochs=epochs,
                      batch_size=53, **options))


def linear(n=5, m=3):
    torch.manual_seed(0)
    return torch.nn.Linear(n, m)


def test_a_slope_that_is_infinite_is_found_in_its_module():
    zero = torch.nn.Linear(3, 3)
    torch.nn.init.zeros_(zero.weight)
    torch.nn.init.zeros_(zero.bias)
    with pytest.raises(FloatingPointError, match=r"epoch 1, step 1: the gradient that net\[2\], Root\(\), passes down "
                                                 "is NaN or infinite, though all.*usually a root"):
        broken(linear(), zero, Root(), torch.nn.Tanh())


def test_a_gradient_that_is_nan_is_found_in_its_layer():
    with pytest.raises(FloatingPointError, match=r"epoch 1, step 1: the gradient of net\[1\].scale is NaN"):
        broken(linear(), WrongGradient(), torch.nn.Tanh())


@pytest.mark.parametrize("loss, words", [
    (lambda s, y: (s - s.detach()).abs().sqrt().sum(), "the gradient that the loss passes down is NaN"),
    (lambda s, y: (0 * s).log().sum() * 0, "the loss is nan though all scores are finite"),
])
def test_a_loss_that_breaks_is_named(loss, words):
    with pytest.raises(FloatingPointError, match=f"epoch 1, step 1: {words}"):
        broken(linear(), loss=loss)


@pytest.mark.parametrize("kind", ["ours", "theirs"])
@pytest.mark.parametrize("rate", [-0.1, np.nan])
def test_a_schedule_that_would_climb_is_stopped_as_in_numpy(kind, rate):
    net = nn.Linear(5, 3, rng=np.random.default_rng(0)) if kind == "ours" else linear().double()
    optimizer = nn.SGD(net.parameters(), 0.1) if kind == "ours" else torch.optim.SGD(net.parameters(), 0.1)
    training = start(net, optimizer=optimizer, epochs=3, schedule=lambda t: [0.1, rate][t])
    next(training)
    before = copy.deepcopy(net.state_dict())
    with pytest.raises(ValueError, match=f"the schedule gave the learning rate {rate} in epoch 2"):
        next(training)
    assert all((before[name] == array).all() for name, array in net.state_dict().items())


@pytest.mark.parametrize(("row", "column", "value"), [(17, 2, np.nan), (3, 0, np.inf)])
def test_data_that_hold_nan_are_found_by_their_row(row, column, value):
    X, y = data()
    X[row, column] = value
    net = nn.MLP(5, [6, 3], rng=np.random.default_rng(0))
    with pytest.raises(FloatingPointError, match=f"epoch 1, step [1-7]: row {row} of X is not finite: mend or drop"):
        list(start(net, (X, y), batch_size=8))
    assert all(np.isfinite(array).all() for array in net.state_dict().values())  # as before the first bad step
    targets = data()[0].copy()
    targets[row, column] = value
    net = nn.MLP(5, [6, 5], rng=np.random.default_rng(0))
    with pytest.raises(FloatingPointError, match=f"row {row} of y is not finite"):
        list(start(net, (data()[0], targets), nn.MSE(), batch_size=8))
    with pytest.raises(FloatingPointError, match=f"row {row} of y is not finite"):  # one number an example, no row
        list(start(net, (data()[0], targets[:, column]), lambda s, y: ((s[:, 0] - y) ** 2).mean(), batch_size=8))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_learning_rate_that_is_too_large_is_named(dtype):
    net = nn.MLP(5, [6, 6, 3], "identity", rng=np.random.default_rng(0), dtype=dtype)
    X = data(dtype=dtype)[0]
    with pytest.raises(FloatingPointError, match=r"epoch \d, step \d: (net\[[024]\], Linear\(.*made NaN or infinity "
                       r"from finite numbers; the largest weight of the network is \d.*learning rate|"
                       r"the update made net\[[024]\]\.(weight|bias) infinite, from a finite gradient.*learning rate|"
                       r"the loss is (inf|nan) though.*learning rate)"):
        list(start(net, (X, X[:, :3]), nn.MSE(), nn.SGD(net.parameters(), 1e3), epochs=4))


def test_an_update_that_overflows_is_named():
    with pytest.raises(FloatingPointError, match=r"epoch 1, step 1: the update made net\[0\].weight infinite"):
        broken(linear(), loss=lambda s, y: 1e300 * s.sum(), lr=1e30)


def test_after_an_update_that_overflows_the_weights_are_those_before_the_epoch():
    net = nn.MLP(5, [6, 3], rng=np.random.default_rng(0))
    training = start(net, loss=lambda s, y: 1e3 * s.sum(), epochs=2, schedule=lambda t: [1e-5, 1e307][t])
    first = next(training)
    before = net.state_dict()
    with pytest.raises(FloatingPointError, match=r"epoch 2, step \d: the update made net\[0\].weight infinite"):
        next(training)
    assert np.isfinite(first.loss) and all((array == before[key]).all() for key, array in net.state_dict().items())


def test_nan_that_comes_up_in_the_very_last_step_is_seen():
    with pytest.raises(FloatingPointError, match="epoch 1, step 1"):
        broken(linear(), WrongGradient(), epochs=1)


def test_nan_that_does_not_come_again_is_still_an_error():
    calls = []

    def loss(s, y):
        calls.append(1)
        return s.sum() * (np.nan if len(calls) == 1 else 1.0)

    with pytest.raises(FloatingPointError, match="epoch 1: .*when the epoch was done again.*all stayed finite"):
        broken(linear(), loss=loss)


@pytest.mark.filterwarnings("ignore")
def test_nan_in_the_validation_data_is_named():
    X, y = data(20)
    X[0] = np.nan
    with pytest.raises(FloatingPointError, match="the validation loss is nan in epoch 1.*validation data hold NaN"):
        list(start(validation=(X, y)))


# Memory ----------------------------------------------------------------------------


class Hungry(torch.nn.Module):
    """Has memory for so many examples."""

    def __init__(self, most, words="CUDA out of memory. Tried to allocate 20.00 GiB", kind=torch.OutOfMemoryError):
        super().__init__()
        self.most, self.error = most, kind(words)

    def forward(self, x):
        if self.training and len(x) > self.most:
            raise self.error
        return x


@pytest.mark.parametrize("hungry", [Hungry(6), Hungry(6, "MPS backend out of memory", RuntimeError),
                                    Hungry(7, "DefaultCPUAllocator: can't allocate memory", RuntimeError)])
def test_too_little_memory_names_the_batch_size_to_try(hungry):
    with pytest.raises(torch.OutOfMemoryError, match="a step with batch_size=53 needs more memory than there is on "
                                                     "cpu: try batch_size=6, which fits"):
        broken(linear(), hungry)


def test_memory_for_no_example_at_all():
    with pytest.raises(torch.OutOfMemoryError, match="not even one example at a time fits into the memory of cpu"):
        broken(linear(), Hungry(0.5))


def test_after_too_little_memory_the_weights_are_those_of_the_last_whole_epoch():
    net = torch.nn.Sequential(linear(), torch.nn.BatchNorm1d(3), Hungry(8)).double()
    before = {key: tensor.clone() for key, tensor in net.state_dict().items()}
    seen = []

    def memory_runs_out(module, inputs):
        seen.append(len(inputs[0]))
        module.most = 8 if len(seen) < 4 else 3

    net[2].register_forward_pre_hook(memory_runs_out)
    with pytest.raises(torch.OutOfMemoryError, match="batch_size=8 needs more.*try batch_size=2, which fits"):
        list(start(net, data(), optimizer=torch.optim.SGD(net.parameters(), 0.1), batch_size=8, device=None))
    assert seen[1:4] == [8, 8, 8]  # some steps had been done; the first look is at one example
    assert all(torch.equal(before[key], tensor) for key, tensor in net.state_dict().items())


def test_validation_data_that_do_not_fit_are_measured_in_smaller_pieces():
    class Narrow(Hungry):
        def forward(self, x):
            if len(x) > self.most:
                raise self.error
            return x

    def losses(*more):
        net = torch.nn.Sequential(linear(), *more).double()
        records = start(net, data(), optimizer=torch.optim.SGD(net.parameters(), 0.1), batch_size=8, epochs=2,
                        device=None, validation=data(300, seed=2))
        return [record.validation_loss for record in records]

    assert losses(Narrow(100)) == pytest.approx(losses(), rel=1e-12)
    with pytest.raises(RuntimeError, match="^something else$"):
        losses(Narrow(100, "something else", RuntimeError))


def test_other_errors_pass_through():
    with pytest.raises(RuntimeError, match="^something else$"):
        broken(linear(), Hungry(6, "something else", RuntimeError))


# Recipes ---------------------------------------------------------------------------


def pretend_cuda(monkeypatch, capability=(9, 0)):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda where=None: capability)
    return torch.device("cuda", 0)


def test_auto_is_the_type_of_the_network_but_for_large_float32_steps_on_cuda(monkeypatch):
    where = pretend_cuda(monkeypatch)
    small, large = torch.nn.Linear(784, 256), torch.nn.Linear(4096, 4096, device="meta")
    assert recipes.operations(small, 128) == 6 * 128 * 784 * 256  # the bias multiplies nothing
    assert recipes.choose("auto", small, where, 128) == "float32"
    assert recipes.choose("auto", large, where, 8192) == "bf16"
    assert recipes.choose("auto", large.double(), where, 8192) == "float64"
    assert recipes.choose("auto", large.float(), torch.device("cpu"), 8192) == "float32"
    assert recipes.choose("tf32", small, where, 128) == "tf32" and recipes.choose("bf16", small, where, 128) == "bf16"
    pretend_cuda(monkeypatch, (7, 5))
    assert recipes.choose("auto", large, where, 8192) == "float32"


def test_bf16_shortens_the_products_and_nothing_else():
    seen = {}
    options = dict(dtype=np.float32, optimizer="sgd", epochs=3,
                   make=lambda rng, dtype: nn.MLP(5, [8, 3], "relu", rng=rng, dtype=dtype))
    run = Run("cpu", precision="bf16", **options)
    assert "in bf16" in run.training.plan
    step = run.training.loop.step
    step.net[0].register_forward_hook(lambda module, inputs, output: seen.update(product=output.dtype))
    step.loss = lambda scores, y: (seen.update(scores=scores.dtype), scores.mean())[1]
    step(torch.arange(8))
    assert seen == {"product": torch.bfloat16, "scores": torch.float32}
    assert {p.dtype for p in step.net.parameters()} == {p.grad.dtype for p in step.net.parameters()} == {torch.float32}
    exact = Run("cpu", **options)
    assert run.records[-1].loss != exact.records[-1].loss == pytest.approx(run.records[-1].loss, rel=0.02)


def test_tf32_goes_by_the_newer_switch_of_pytorch_where_that_is_in_use():
    code = """
import torch
from nnlib.torch_bridge.precision import products

matmul = torch.backends.cuda.matmul
matmul.fp32_precision = "ieee"
with products("tf32"):
    assert matmul.fp32_precision == "tf32"
assert matmul.fp32_precision == "ieee"
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_tf32_is_switched_on_for_the_epoch_alone():
    before = torch.get_float32_matmul_precision()
    with pytest.raises(KeyError), recipes.products("tf32"):
        assert torch.get_float32_matmul_precision() == "high"
        raise KeyError
    assert torch.get_float32_matmul_precision() == before == "highest"
    with recipes.products("float32"):
        assert torch.get_float32_matmul_precision() == before


@pytest.mark.parametrize("recipe", ["float64", "float32", "bf16"])
def test_other_recipes_do_not_touch_the_switch(monkeypatch, recipe):
    def mixed(*_):
        raise RuntimeError("PyTorch is checking the matmul precision: you have used mix of the legacy and new APIs")

    monkeypatch.setattr(torch, "get_float32_matmul_precision", mixed)
    monkeypatch.setattr(torch, "set_float32_matmul_precision", mixed)
    with recipes.products(recipe):
        pass


# What a graph asks of a step, as far as a CPU can tell ------------------------------


class NeverWaits(TorchDispatchMode):
    """Refuses every operation whose result the CPU must read, or whose shape depends on the numbers."""

    WAITING = ("_local_scalar_dense", "nonzero", "masked_select", "equal", "unique", "is_nonzero", "bincount")

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if function.overloadpacket.__name__ in self.WAITING:
            raise AssertionError(f"{function} waits for the device")
        return function(*args, **(kwargs or {}))


def one_step(net, loss, y, optimizer="sgd", clip=None, recipe="float32"):
    """A Step for `net`, as train makes it, where PyTorch draws the masks."""
    twin = convert.there(net, "net", {}, lambda rng: None)
    pairs = list(zip(net.parameters(), twin.parameters()))
    optimiser = optim.torch_optimizer(OPTIMISERS[optimizer][0](net.parameters()), pairs, torch.device("cpu"))
    X = torch.from_numpy(data(dtype=net.parameters()[0].data.dtype)[0])
    return Step(twin, torch_loss(loss), optimiser, X, torch.from_numpy(y), clip=clip, recipe=recipe)


@pytest.mark.parametrize("name", LAYERS)
def test_no_layer_waits_for_the_device(name):
    net = nn.Sequential(nn.Linear(5, 5, rng=np.random.default_rng(0)), make(name))
    step = one_step(net, nn.MSE(), np.zeros(net(data()[0]).shape), clip=0.1)
    with NeverWaits():
        step(torch.arange(8))


@pytest.mark.parametrize("name", LOSSES)
def test_no_loss_waits_for_the_device(name):
    rng = np.random.default_rng(0)
    net, loss = nn.MLP(5, [6, 3], rng=rng), LOSSES[name].make()
    step = one_step(net, loss, losses.targets(loss, LOSSES[name].targets(53, 3, rng), np.zeros((1, 3))).numpy())
    with NeverWaits():
        step(torch.arange(8))


def test_bf16_waits_for_nothing_and_a_step_that_waits_is_seen():
    net = nn.MLP(5, [6, 3], rng=np.random.default_rng(0), dtype=np.float32)
    step = one_step(net, nn.MSE(), np.zeros((53, 3), np.float32), recipe="bf16", clip=0.1)
    with NeverWaits():
        step(torch.arange(8))
        step.loss = lambda scores, y: (scores - y).mean() * scores.sum().item()
        with pytest.raises(AssertionError, match="_local_scalar_dense.default waits for the device"):
            step(torch.arange(8))


def test_a_learning_rate_that_is_a_tensor_changes_in_place():
    p, rate = torch.nn.Parameter(torch.zeros(1)), torch.tensor(0.5)
    optimizer = torch.optim.SGD([p], rate, fused=True)
    p.grad = torch.ones(1)
    optim.set_lr(optimizer, 0.25)
    optimizer.step()
    assert optimizer.param_groups[0]["lr"] is rate and rate.item() == 0.25 and p.item() == -0.25


# The graph, with a stand-in for CUDA: what is written around the recording ---------


@pytest.fixture
def fake_cuda(monkeypatch):
    """A recording that repeats, at every replay, what the block under torch.cuda.graph(…) called: steps on the CPU."""
    log = []
    main = SimpleNamespace(name="main", wait_stream=lambda other: log.append("main waits"))
    side = SimpleNamespace(name="side", wait_stream=lambda other: log.append("side waits"))

    class Graph:
        recording = None

        def replay(self):
            for call in self.calls:
                call()

    @contextmanager
    def record(graph, stream):
        assert stream is side
        log.append("record")
        graph.calls = []
        Graph.recording = graph.calls
        yield
        Graph.recording = None

    call = Step.__call__

    def recorded(self, rows):
        flags = {group.get("capturable", Graph.recording is not None) for group in self.optimizer.param_groups}
        assert flags == {Graph.recording is not None}  # of Adam: else an error while recording, a warning otherwise
        log.append("step")
        if Graph.recording is not None:
            Graph.recording.append(lambda: call(self, rows))
        return call(self, rows)

    monkeypatch.setattr(Step, "__call__", recorded)
    for name, stand_in in {"current_stream": lambda where: main, "Stream": lambda where: side, "CUDAGraph": Graph,
                           "stream": lambda stream: nullcontext(), "graph": record,
                           "set_stream": lambda stream: log.append(f"back on {stream.name}"),
                           "get_sync_debug_mode": lambda: 0,
                           "set_sync_debug_mode": lambda mode: log.append(f"waiting: {mode}")}.items():
        monkeypatch.setattr(torch.cuda, name, stand_in)
    return log


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam", "adamw, decay"])
def test_the_recording_leaves_no_trace_and_replays_are_steps(fake_cuda, optimizer):
    def without_dropout(rng, dtype):  # whose masks, from NumPy, no graph could hold
        layers = network(rng, dtype).layers
        return nn.Sequential(*layers[:3], *layers[4:])

    want = Run("numpy", optimizer=optimizer, epochs=3, make=without_dropout)
    rng = np.random.default_rng(0)
    net = without_dropout(rng, np.float64)
    ours = OPTIMISERS[optimizer][0](net.parameters())
    training = train(net, data(), nn.CrossEntropy(), ours, epochs=3, batch_size=8, rng=rng, device="cpu")
    training.loop.no_graph = ""  # as it is on CUDA
    assert training.plan == "On cpu, in float64, every full batch one replay of a CUDA graph."
    records = list(training)
    same(want, SimpleNamespace(net=net, optimizer=ours, records=records))
    assert fake_cuda[:10] == ["side waits", "step", "step", "waiting: error", "step", "waiting: 0", "record", "step",
                              "back on main", "main waits"]
    assert fake_cuda[10:] == ["step"] * 3  # the last, smaller batch of every epoch; all others are replays


def test_where_nothing_can_be_recorded_training_goes_on_and_says_so(fake_cuda, monkeypatch):
    def refuse(*arguments, **options):
        raise RuntimeError("CUDA error: operation not permitted when stream is capturing\nmore of it")

    monkeypatch.setattr(torch.cuda, "graph", refuse)
    want = Run("numpy")
    rng = np.random.default_rng(0)
    net = network(rng)
    optimizer = OPTIMISERS["adam"][0](net.parameters())
    training = train(net, data(), nn.CrossEntropy(), optimizer, epochs=5, batch_size=8, rng=rng, device="cpu")
    training.loop.no_graph = ""

    def rewound(step, rows):
        generator_now = rng.bit_generator.state
        found = capture(step, rows)
        rng.bit_generator.state = generator_now  # the warm-up drew masks, from a generator that no graph has
        return found

    capture = graphs.capture
    monkeypatch.setattr(graphs, "capture", rewound)
    with pytest.warns(UserWarning, match="no CUDA graph could be recorded, so every step is launched kernel by kernel: "
                                         "CUDA error: operation not permitted when stream is capturing$"):
        first = next(training)
    assert training.plan.endswith("(CUDA error: operation not permitted when stream is capturing).")
    same(want, SimpleNamespace(net=net, optimizer=optimizer, records=[first, *training]))
    assert "back on main" in fake_cuda


def test_a_graph_that_leaves_too_little_memory_is_given_up_for_good(fake_cuda):
    class Beside(torch.nn.Module):
        """A smaller batch does not fit beside a graph."""

        def forward(self, x):
            if self.training and len(x) < 8 and training.loop.graph is not None:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return x

    def begin():
        net = torch.nn.Sequential(linear(), Beside()).double()
        options = {"epochs": 3, "batch_size": 8, "rng": np.random.default_rng(0)}
        return start(net, data(), optimizer=torch.optim.SGD(net.parameters(), 0.1, 0.9), **options)

    training = begin()
    want = list(training)
    training = begin()
    training.loop.no_graph = ""
    with pytest.warns(UserWarning, match="no CUDA graph could be kept, so every step.*does not fit beside it$"):
        records = list(training)
    assert fake_cuda.count("record") == 1 and "does not fit beside it" in training.plan
    assert [record.loss for record in records] == [record.loss for record in want]


def test_a_snapshot_puts_everything_back_in_place():
    net = to_torch(make("batch norm"))
    X, y = torch.randn(20, 5, dtype=torch.float64), torch.zeros(20, 5, dtype=torch.float64)
    step = Step(net, torch.nn.functional.mse_loss, torch.optim.Adam(net.parameters(), 0.1), X, y)
    order = torch.arange(20)
    before, addresses = {k: t.clone() for k, t in net.state_dict().items()}, [p.data_ptr() for p in net.parameters()]
    empty = Snapshot(step)
    run_epoch(step, order, 10)
    assert len(step.optimizer.state[step.weights[0]]) == 3
    full = Snapshot(step)
    memory = step.optimizer.state[step.weights[0]]["exp_avg"].clone()
    run_epoch(step, order, 10)
    full.restore()
    assert torch.equal(memory, step.optimizer.state[step.weights[0]]["exp_avg"])
    empty.restore()
    assert all(torch.equal(before[key], tensor) for key, tensor in net.state_dict().items())
    assert addresses == [p.data_ptr() for p in net.parameters()] and not step.optimizer.state[step.weights[0]]


# On a GPU --------------------------------------------------------------------------


@cuda
@pytest.mark.parametrize("capture", [True, False], ids=["graph", "eager"])
@pytest.mark.parametrize("optimizer", OPTIMISERS)
def test_the_gpu_trains_as_numpy_does(optimizer, capture):
    def make(rng, dtype):
        net = network(rng, dtype)
        return nn.Sequential(*net.layers[:3], *net.layers[4:])  # without dropout, which draws there

    options = {"optimizer": optimizer, "make": make, "validation": data(20, seed=2)}
    options |= {"clip": 0.3} if optimizer == "sgd" else {}  # recorded, too
    a, b = Run("numpy", **options), Run("cuda", capture=capture, **options)
    assert ("CUDA graph." in b.training.plan) is capture
    for one, other in zip(a.records, b.records, strict=True):
        assert one.loss == pytest.approx(other.loss, rel=1e-5)  # the learning rate lies there as float32
        assert one.validation_loss == pytest.approx(other.validation_loss, rel=1e-5)
    for (key, array), (_, other) in zip(a.net.arrays().items(), b.net.arrays().items(), strict=True):
        np.testing.assert_allclose(array, other, rtol=1e-4, atol=1e-5, err_msg=key)


@cuda
@pytest.mark.parametrize("name", [name for name, case in LAYERS.items() if not case.jumps])
def test_every_layer_can_be_recorded(name):
    rng = np.random.default_rng(0)
    net = nn.Sequential(nn.Linear(5, 5, rng=rng), make(name))
    X = data()[0]
    y = np.zeros(net(X).shape)
    training = train(net, (X, y), nn.MSE(), nn.Adam(net.parameters()), epochs=2, batch_size=8, rng=rng, device="cuda")
    assert list(training) and training.plan.endswith("CUDA graph.")


@cuda
def test_a_graph_follows_the_learning_rate_and_draws_new_masks():
    rng = np.random.default_rng(0)
    X, y = data(64)
    X, y = np.tile(X[:1], (64, 1)), np.tile(y[:1], 64)  # all alike, so that the order of the rows changes nothing
    net = nn.Sequential(nn.Linear(5, 64, rng=rng), nn.Dropout(0.5, rng=rng), nn.Linear(64, 3, rng=rng))
    optimizer = nn.SGD(net.parameters(), 0.1)
    stop = [0.1, 1e-30, 1e-30]
    training = train(net, (X, y), nn.CrossEntropy(), optimizer, epochs=3, batch_size=64, rng=rng, device="cuda",
                     schedule=lambda t: stop[t])
    weights, losses = [], []
    for record in training:
        weights.append(net[0].W.data.copy())
        losses.append(record.loss)
    assert np.allclose(weights[0], weights[1], atol=1e-25) and abs(losses[1] - losses[2]) > 1e-6


@cuda
def test_a_loss_that_waits_for_the_gpu_is_trained_step_by_step_and_the_next_one_is_recorded_again():
    def waiting(s, y):
        return torch.nn.functional.cross_entropy(s, y) * (1.0 if s.sum().item() < 1e9 else 0.0)

    def training(loss):
        rng = np.random.default_rng(0)
        net = nn.Sequential(nn.Linear(5, 64, rng=rng), nn.Dropout(0.5, rng=rng), nn.Linear(64, 3, rng=rng))
        return train(net, data(64), loss, nn.SGD(net.parameters(), 0.1), epochs=2, batch_size=16, rng=rng,
                     device="cuda")

    with pytest.warns(UserWarning, match="no CUDA graph could be recorded"):
        records = list(training(waiting))
    assert len(records) == 2 and np.isfinite([record.loss for record in records]).all()
    again = training(nn.CrossEntropy())
    assert len(list(again)) == 2 and again.plan.endswith("CUDA graph.")


@cuda
def test_the_gpu_says_what_went_wrong():
    X, y = data()
    net = nn.MLP(5, [6, 3], rng=np.random.default_rng(0))
    options = dict(epochs=1, rng=np.random.default_rng(0), device="cuda")
    with pytest.raises(ValueError, match="trained on cuda:0, but X lies on cpu"):
        train(net, (torch.tensor(X), y), nn.CrossEntropy(), nn.SGD(net.parameters(), 0.1), **options)
    X[17] = np.nan
    with pytest.raises(FloatingPointError, match="row 17 of X is not finite"):
        list(train(net, (X, y), nn.CrossEntropy(), nn.SGD(net.parameters(), 0.1), **options))
    wide = nn.MLP(5, [2**20, 3], rng=np.random.default_rng(0), dtype=np.float32)
    X, y = data(2**17, np.float32)
    with pytest.raises(torch.OutOfMemoryError, match=r"batch_size=131072 needs more.*try batch_size=\d+, which fits"):
        with pytest.warns(UserWarning, match="no CUDA graph could be recorded"):
            list(train(wide, (X, y), nn.CrossEntropy(), nn.SGD(wide.parameters(), 0.1), batch_size=2**17, **options))


@cuda
@pytest.mark.parametrize("precision", ["tf32", "bf16"])
def test_the_recipes_run_on_the_gpu(precision):
    run = Run("cuda", dtype=np.float32, precision=precision, optimizer="sgd", epochs=20)
    assert run.records[-1].loss < run.records[0].loss and f"in {precision}" in run.training.plan
    assert torch.get_float32_matmul_precision() == "highest"
