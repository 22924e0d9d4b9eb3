"""Initialisers, optimisers, schedules and the training loop of nnlib.nn, against PyTorch and by what they promise."""

import copy
import io
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from nn_cases import INITIALISERS, OPTIMISERS

from nnlib import nn
from nnlib.datasets import two_moons
from nnlib.nn import direct, schedules

# Initialisers ---------------------------------------------------------------------


@pytest.mark.parametrize("name", INITIALISERS)
def test_moments_equal_the_formula_and_torch(name):
    case, shape = INITIALISERS[name], (600, 1000)
    W = case.make(shape, np.random.default_rng(0))
    twin = case.twin(torch.empty(shape, dtype=torch.float64)).numpy()
    assert W.shape == shape
    assert W.mean() == pytest.approx(twin.mean(), abs=0.01 * max(case.std(*shape), 1e-9))
    assert W.std() == pytest.approx(case.std(*shape), rel=0.01, abs=1e-12)
    assert W.std() == pytest.approx(twin.std(), rel=0.01, abs=1e-12)
    if case.bounded:
        assert np.abs(W).max() == pytest.approx(np.abs(twin).max(), rel=0.01)


@pytest.mark.parametrize("shape", [(5, 5), (3, 7), (7, 3), (1, 4), (4, 1)])
def test_orthogonal_rows_or_columns(shape):
    W = nn.init.orthogonal(shape, np.random.default_rng(0))
    product = W @ W.T if shape[0] <= shape[1] else W.T @ W
    np.testing.assert_allclose(product, np.eye(min(shape)), atol=1e-14)


def test_orthogonal_matrices_favour_no_direction():
    rng = np.random.default_rng(0)
    traces = [np.trace(nn.init.orthogonal((3, 3), rng)) for _ in range(4000)]
    assert np.mean(traces) == pytest.approx(0.0, abs=0.06)  # without the signs of R it would be far from 0
    assert np.var(traces) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(("activation", "initialise"), [("relu", nn.init.he), ("identity", nn.init.xavier)])
def test_the_scale_of_the_signal_is_kept(activation, initialise):
    rng = np.random.default_rng(0)
    mean_squares = []
    for _ in range(20):
        net = nn.MLP(1000, [1000] * 3, activation, rng=rng, init=initialise)
        z = net(rng.normal(size=(8, 1000)))
        mean_squares.append((z * z).mean() / (2.0 if activation == "relu" else 1.0))
    # ReLU halves the mean square and He doubles it again; the first layer sees no ReLU, hence the 2.
    assert np.mean(mean_squares) == pytest.approx(1.0, rel=0.05)


def test_gains_equal_torch():
    for name, twin in [("identity", "linear"), ("sigmoid", "sigmoid"), ("tanh", "tanh"), ("relu", "relu")]:
        assert nn.init.gain(name) == torch.nn.init.calculate_gain(twin)
    assert nn.init.gain("leaky relu", 0.2) == torch.nn.init.calculate_gain("leaky_relu", 0.2)


@pytest.mark.parametrize(("call", "words"), [
    (lambda rng: nn.init.he((2, 3), rng, fan="both"), "'both' came"),
    (lambda rng: nn.init.xavier((2, 3), rng, form="gauss"), "'gauss' came"),
    (lambda rng: nn.init.gain("step"), "no gain is known for 'step'"),
])
def test_unknown_options_are_errors(call, words):
    with pytest.raises(ValueError, match=words):
        call(np.random.default_rng(0))


# Optimisers -----------------------------------------------------------------------


@pytest.mark.parametrize("name", OPTIMISERS)
def test_ten_steps_equal_torch(name):
    ours, theirs = OPTIMISERS[name]
    rng = np.random.default_rng(0)
    net = nn.MLP(4, [5, 3], rng=rng)
    twins = [torch.tensor(p.data.copy(), requires_grad=True) for p in net.parameters()]
    optimizer, twin = ours(net.parameters()), theirs(twins)
    loss, X, y = nn.CrossEntropy(), rng.normal(size=(6, 4)), rng.integers(0, 3, 6)
    for step in range(10):
        optimizer.lr = twin.param_groups[0]["lr"] = 0.1 / (1 + step)
        optimizer.zero_grad()
        loss(net(X), y)
        net.backward(loss.backward())
        optimizer.step()
        twin.zero_grad()
        W1, b1, W2, b2 = twins
        s = torch.tanh(torch.tensor(X) @ W1.T + b1) @ W2.T + b2
        torch.nn.functional.cross_entropy(s, torch.tensor(y)).backward()
        twin.step()
        for p, q in zip(net.parameters(), twins, strict=True):
            np.testing.assert_allclose(p.data, q.detach().numpy(), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_float32_stays_float32(name):
    net = nn.MLP(4, [5, 3], rng=np.random.default_rng(0), dtype=np.float32)
    optimizer = OPTIMISERS[name][0](net.parameters())
    net.backward(np.ones_like(net(np.ones((2, 4), np.float32))))
    optimizer.step()
    assert {p.data.dtype for p in net.parameters()} == {np.dtype(np.float32)}
    vectors = [v for v in vars(optimizer).values() if isinstance(v, np.ndarray)]  # w, g and what it remembers
    assert {v.dtype for v in vectors} == {np.dtype(np.float32)} and {v.size for v in vectors} == {4 * 5 + 5 + 5 * 3 + 3}
    assert {v.ctypes.data % 64 for v in vectors} == {0}  # each begins with a line of the cache


@pytest.mark.parametrize("name", OPTIMISERS)
@pytest.mark.parametrize(("dtype", "rtol"), [("float16", 2e-2), ("float32", 1e-5), ("longdouble", 1e-12)])
def test_every_type_makes_the_step_that_float64_makes(name, dtype, rtol):
    """Also those that the BLAS does not know: it would update a copy, without a word."""
    steps = []
    for kind in (dtype, "float64"):
        p = nn.Parameter(np.linspace(0.5, 2.0, 7).astype(kind))
        before, p.grad = p.data.copy(), np.linspace(-2.0, 1.5, 7).astype(kind)
        OPTIMISERS[name][0]([p]).step()
        assert p.data.dtype == kind
        steps.append((p.data - before).astype(float))
    np.testing.assert_allclose(*steps, rtol=rtol, atol=rtol / 10)


@pytest.mark.parametrize("name", OPTIMISERS)
@pytest.mark.parametrize("lr", [0.0, -0.1, float("nan")])
def test_a_learning_rate_that_is_not_positive_is_an_error(name, lr):
    make = type(OPTIMISERS[name][0](nn.PReLU().parameters()))
    with pytest.raises(ValueError, match=f"the learning rate must be positive, but lr = {lr}"):
        make(nn.PReLU().parameters(), lr)


@pytest.mark.parametrize(("make", "error", "words"), [
    (lambda p: nn.SGD([], 0.1), ValueError, "the list of parameters is empty"),
    (lambda p: nn.SGD(p, 0.1, weight_decay=-1.0), ValueError, "at least 0, but -1.0 came"),
    (lambda p: nn.Momentum(p, 0.1, 1.0), ValueError, "0 ≤ μ < 1, but 1.0 came"),
    (lambda p: nn.Adam(p, 0.1, (0.9, 1.0)), ValueError, r"0 ≤ β < 1, but \(0.9, 1.0\) came"),
    (lambda p: nn.SGD([*p, *nn.PReLU(dtype=np.float32).parameters()], 0.1), TypeError, "float32 and float64"),
    (lambda p: nn.SGD(p, 0.1).step(), RuntimeError, r"step\(\) came before backward\(\): a parameter of shape \(1,\)"),
    (lambda p: nn.clip_grad_norm(p, 0.0), ValueError, "norm must be positive, but 0.0"),
    (lambda p: nn.SGD(nn.PReLU().named_parameters(), 0.1), TypeError, r"but a tuple came; write net.parameters\(\)"),
    (lambda p: nn.Adam(p, eps=-1.0), ValueError, "two betas and an ε of at least 0, but .*eps = -1.0 came"),
    (lambda p: nn.Adam(p, betas=(0.9,)), ValueError, r"two betas .* but betas = \(0.9,\)"),
])
def test_what_cannot_be_optimised_says_why(make, error, words):
    with pytest.raises(error, match=words):
        make(nn.PReLU().parameters())


def test_weights_and_gradients_that_somebody_assigned_are_used():
    """The optimiser keeps all parameters in one vector; whoever replaces one of them must not be left behind."""
    net = nn.Linear(2, 1, rng=np.random.default_rng(0), bias=False)
    # powers of two: exact however often a processor rounds (some round a x + y once, others twice)
    first, second = nn.SGD(net.parameters(), 0.125), nn.Momentum(net.parameters(), 0.125)
    net.W.data = np.array([[1.0, 2.0]])
    net.W.grad = np.array([[8.0, 16.0]])
    first.step()
    assert np.array_equal(net.W.data, [[0.0, 0.0]])
    second.step()  # two optimisers may take turns
    assert np.array_equal(net.W.data, [[-1.0, -2.0]])
    first.step()
    assert np.array_equal(net.W.data, [[-2.0, -4.0]])
    first.zero_grad()
    net(np.ones((1, 2)))
    net.backward(np.ones((1, 1)))
    assert np.array_equal(net.W.grad, [[1.0, 1.0]])


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda both: pickle.loads(pickle.dumps(both))], ids=["copy", "pickle"])
def test_a_copy_of_network_and_optimiser_goes_on_as_the_original_does(twin):
    X, y, loss = *moons(), nn.CrossEntropy()

    def steps(net, optimizer, n):
        for _ in range(n):
            optimizer.zero_grad()
            loss(net(X), y)
            net.backward(loss.backward())
            optimizer.step()
        return net.state_dict()

    rng = np.random.default_rng(0)
    net = nn.Sequential(nn.Linear(2, 5, rng=rng), nn.PReLU(), nn.Linear(5, 2, rng=rng))
    optimizer = nn.Adam(net.parameters(), 0.01)
    before = steps(net, optimizer, 3)
    other = twin((net, optimizer))
    after = steps(*other, 4)
    assert all(np.array_equal(a, net.state_dict()[name]) for name, a in before.items())  # the original stood still
    same = steps(net, optimizer, 4)
    assert all(np.array_equal(a, same[name]) for name, a in after.items())


def test_weights_in_any_memory_order_stay_what_they_are():
    net = nn.Linear(3, 2, rng=np.random.default_rng(0), bias=False)
    for W in (np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(3, 2).T, np.arange(48.0).reshape(6, 8).T[::4, ::2]):
        net.W.data = W.copy(order="K")
        nn.SGD(net.parameters(), 0.1)
        assert np.array_equal(net.W.data, W)
        net.W.data = W
        nn.SGD(net.parameters(), 0.1)
        assert np.array_equal(net.W.data, W)


def test_shared_weights_get_the_gradient_of_both_uses_and_one_update():
    rng = np.random.default_rng(0)
    net = nn.Sequential(nn.Linear(3, 3, rng=rng, bias=False), nn.Linear(3, 3, rng=rng, bias=False))
    net[1].W = net[0].W
    W = torch.tensor(net[0].W.data.copy(), requires_grad=True)
    optimizer, twin = nn.Momentum(net.parameters(), 0.1), torch.optim.SGD([W], 0.1, momentum=0.9)
    X = rng.normal(size=(4, 3))
    for _ in range(3):
        optimizer.zero_grad()
        net.backward(np.ones_like(net(X)))
        optimizer.step()
        twin.zero_grad()
        (torch.tensor(X) @ W.T @ W.T).sum().backward()
        twin.step()
    np.testing.assert_allclose(net[0].W.data, W.detach().numpy(), rtol=1e-10)


@pytest.mark.parametrize("tau", [0.5, 1e6])
def test_clipping_keeps_the_direction(tau):
    rng = np.random.default_rng(0)
    net = nn.MLP(4, [5, 3], rng=rng)
    net.backward(rng.normal(size=net(rng.normal(size=(6, 4))).shape))
    before = np.concatenate([p.grad.ravel() for p in net.parameters()])
    norm = nn.clip_grad_norm(net.parameters(), tau)
    after = np.concatenate([p.grad.ravel() for p in net.parameters()])
    assert norm == pytest.approx(np.linalg.norm(before), rel=1e-12)
    assert np.linalg.norm(after) == pytest.approx(min(tau, norm), rel=1e-12)
    assert before @ after / (np.linalg.norm(before) * np.linalg.norm(after)) == pytest.approx(1.0, rel=1e-12)


def torch_rates(make, n=12):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.5)
    schedule = make(optimizer)
    rates = []
    for _ in range(n):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return rates


@pytest.mark.parametrize(("ours", "theirs"), [
    (schedules.step_decay(0.5, 3), lambda o: torch.optim.lr_scheduler.StepLR(o, 3)),
    (schedules.step_decay(0.5, 3, 0.2), lambda o: torch.optim.lr_scheduler.StepLR(o, 3, 0.2)),
    (schedules.exponential(0.5, 0.8), lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.8)),
    (schedules.cosine(0.5, 11, 0.1), lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 11, 0.1)),
    (schedules.warmup(lambda t: 0.5, 4), lambda o: torch.optim.lr_scheduler.LinearLR(o, 0.25, total_iters=3)),
])
def test_schedules_equal_torch(ours, theirs):
    assert [ours(t) for t in range(12)] == pytest.approx(torch_rates(theirs), rel=1e-12)


# Training -------------------------------------------------------------------------


def moons(seed=0, dtype=np.float64):
    X, y = two_moons(200, 0.15, np.random.default_rng(seed))
    return X.astype(dtype), y


def fit(seed=0, dtype=np.float64, epochs=30, **options):
    net = nn.MLP(2, [16, 16, 2], "relu", rng=np.random.default_rng(seed), dtype=dtype)
    optimizer = nn.Adam(net.parameters(), lr=0.01)
    records = nn.train(net, nn.CrossEntropy(), optimizer, *moons(dtype=dtype), epochs=epochs,
                       rng=np.random.default_rng(seed), **options)
    return net, records


def test_two_moons_are_learned():
    net, records = fit(epochs=60)
    history = list(records)
    assert [r.epoch for r in history] == [*range(1, 61)]
    assert history[-1].loss < 0.1 * history[0].loss
    assert nn.accuracy(net, *moons(seed=1)) > 0.97
    assert not net.training


def test_the_same_seed_gives_the_same_training_to_the_bit():
    runs = [[r.loss for r in fit(seed=3)[1]] for _ in range(2)]
    assert runs[0] == runs[1]
    assert runs[0] != [r.loss for r in fit(seed=4)[1]]


def test_early_stopping_keeps_the_best_weights():
    X, y = moons(seed=1)
    noisy = np.where(np.random.default_rng(0).random(200) < 0.3, 1 - y, y)  # what is learned by heart hurts here
    net, records = fit(epochs=400, validation=(X, noisy), patience=10)
    history = list(records)
    lowest = min(history, key=lambda r: r.validation_loss)
    assert history[-1].epoch == lowest.epoch + 10 < 400
    assert nn.CrossEntropy()(net(X), noisy) == lowest.validation_loss
    assert [r.best for r in history[-11:]] == [True] + [False] * 10


def test_leaving_the_loop_early_keeps_the_best_weights_too():
    X, y = moons(seed=1)
    net, records = fit(epochs=400, validation=(X, y))
    seen = []
    for record in records:
        seen.append(record.validation_loss)
        if not record.best:
            break
    records.close()
    assert nn.CrossEntropy()(net(X), y) == min(seen) < seen[-1]
    assert not net.training


def test_without_validation_the_last_weights_stay_even_where_an_earlier_epoch_was_better():
    net, records = fit(epochs=4, schedule=lambda t: [0.01, 0.01, 1.0, 1.0][t])  # the third step is far too long
    states = [(record.best, net.state_dict()) for record in records]
    assert [best for best, _ in states] == [True, True, False, False]
    assert all(np.array_equal(array, net.state_dict()[name]) for name, array in states[-1][1].items())


def test_mini_batches_see_every_example_once_an_epoch():
    seen = []

    class Spy(nn.Linear):
        def forward(self, a):
            seen.append(a[:, 0].copy())
            return super().forward(a)

    net = Spy(1, 1, rng=np.random.default_rng(0))
    X = np.arange(10.0)[:, None]
    list(nn.train(net, nn.MSE(), nn.SGD(net.parameters(), 1e-3), X, X, epochs=2, batch_size=4,
                  rng=np.random.default_rng(0)))
    assert [len(rows) for rows in seen] == [4, 4, 2] * 2
    for epoch in (seen[:3], seen[3:]):
        assert sorted(np.concatenate(epoch)) == list(range(10))
    assert not np.array_equal(seen[0], seen[3])


def test_the_loss_of_an_epoch_is_the_mean_over_examples_not_over_batches():
    net = nn.Linear(1, 1, rng=np.random.default_rng(0))
    X = np.arange(10.0)[:, None]
    whole = nn.MSE()(net(X), 5 * X)
    [record] = nn.train(net, nn.MSE(), nn.SGD(net.parameters(), 1e-15), X, 5 * X, epochs=1, batch_size=4,
                        rng=np.random.default_rng(0))
    assert record.loss == pytest.approx(whole, rel=1e-9)


def test_training_trains_and_validation_evaluates():
    modes = []

    class Spy(nn.Linear):
        def forward(self, a):
            modes.append(self.training)
            return super().forward(a)

    net = Spy(1, 1, rng=np.random.default_rng(0)).eval()
    X = np.arange(4.0)[:, None]
    list(nn.train(net, nn.MSE(), nn.SGD(net.parameters(), 1e-3), X, X, epochs=3, batch_size=2,
                  rng=np.random.default_rng(0), validation=(X, X)))
    assert modes == [True, True, False] * 3


def test_schedule_and_clipping_are_used():
    history = list(fit(epochs=4, schedule=schedules.exponential(0.1, 0.5), clip=1e-9)[1])
    assert [r.lr for r in history] == [0.1, 0.05, 0.025, 0.0125]
    assert [r.lr for r in fit(epochs=3, schedule=schedules.cosine(0.1, 1))[1]] == [0.1, 0.0, 0.0]  # it may end at 0
    net = nn.Linear(1, 1, rng=np.random.default_rng(0), bias=False)
    before, X = net.W.data.copy(), np.array([[5.0]])
    list(nn.train(net, nn.MSE(), nn.SGD(net.parameters(), 0.5), X, X, epochs=1, clip=0.1, rng=np.random.default_rng(0)))
    assert abs(net.W.data - before).item() == pytest.approx(0.05)


def test_the_bar_goes_to_standard_output(capsys):
    list(fit(epochs=3, progress=True)[1])
    out, err = capsys.readouterr()
    assert "3/3" in out
    assert "loss=" in out
    assert err == ""
    list(fit(epochs=3)[1])
    assert capsys.readouterr() == ("", "")  # and only where it was asked for


def test_a_loss_that_is_no_number_stops_the_training():
    net = nn.Linear(1, 1, rng=np.random.default_rng(0))
    X = np.linspace(1.0, 2.0, 64)[:, None] * 1e3
    records = nn.train(net, nn.MSE(), nn.SGD(net.parameters(), 1.0), X, X, epochs=100, rng=np.random.default_rng(0))
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError, match="the loss is nan in .* learning rate"):
        list(records)


@pytest.mark.parametrize(("options", "error", "words"), [
    ({"rng": None}, TypeError, r"train\(\), which shuffles the examples, draws random numbers"),
    ({"y": np.zeros(3)}, ValueError, "X has 200 rows and y has 3"),
    ({"X": np.zeros((0, 2)), "y": np.zeros(0)}, ValueError, "X has 0 rows"),
    ({"batch_size": 0}, ValueError, "batch_size = 0"),
    ({"patience": 3}, ValueError, "patience watches the validation loss"),
    ({"patience": 0, "validation": moons()}, ValueError, "at least 1, but it is 0"),
    ({"epochs": 0}, ValueError, "at least one, but epochs = 0"),
    ({"validation": moons()[0]}, ValueError, r"validation is a pair \(X, y\)"),
])
def test_training_that_cannot_start_says_why_at_once(options, error, words):
    net = nn.MLP(2, [2], rng=np.random.default_rng(0))
    X, y = moons()
    with pytest.raises(error, match=words):
        nn.train(net, nn.CrossEntropy(), nn.SGD(net.parameters(), 0.1),
                 **{"X": X, "y": y, "epochs": 1, "rng": np.random.default_rng(0)} | options)


def test_lists_are_data_too():
    net = nn.MLP(2, [2], rng=np.random.default_rng(0))
    assert list(nn.train(net, nn.CrossEntropy(), nn.SGD(net.parameters(), 0.1), [[0.0, 1.0], [1.0, 0.0]], [0, 1],
                         epochs=1, rng=np.random.default_rng(0)))


def test_a_schedule_that_would_climb_is_stopped():
    net, X, y = nn.MLP(2, [2], rng=np.random.default_rng(0)), *moons()
    with pytest.raises(ValueError, match="the schedule gave the learning rate -1.0 in epoch 2"):
        list(nn.train(net, nn.CrossEntropy(), nn.SGD(net.parameters(), 0.1), X, y, epochs=3,
                      rng=np.random.default_rng(0), schedule=lambda t: 1.0 - 2.0 * t))


def test_clipping_to_nothing_is_an_error():
    net, X, y = nn.MLP(2, [2], rng=np.random.default_rng(0)), *moons()
    with pytest.raises(ValueError, match="norm must be positive, but 0"):
        list(nn.train(net, nn.CrossEntropy(), nn.SGD(net.parameters(), 0.1), X, y, epochs=1, clip=0,
                      rng=np.random.default_rng(0)))


def test_an_exploded_gradient_of_float32_is_clipped_and_not_lost():
    p = nn.PReLU(4, dtype=np.float32).parameters()
    p[0].grad = np.full(4, 1e25, np.float32)
    assert nn.clip_grad_norm(p, 1.0) == pytest.approx(2e25) and p[0].grad == pytest.approx(np.full(4, 0.5))


@pytest.mark.parametrize("attribute", ["data", "grad"])
def test_an_assigned_array_of_another_shape_is_not_stretched(attribute):
    p = nn.PReLU(4).parameters()
    optimizer = nn.SGD(p, 0.1)
    p[0].grad = np.ones(4)
    setattr(p[0], attribute, np.ones(1))
    with pytest.raises(ValueError, match=r"a parameter of shape \(4,\) (got|was replaced).* shape \(1,\)"):
        optimizer.step()


def test_accuracy_leaves_every_layer_as_it_was_and_wants_classes():
    rng = np.random.default_rng(0)
    net = nn.Sequential(nn.Linear(2, 3, rng=rng), nn.BatchNorm(3), nn.Dropout(0.5, rng=rng))
    net[1].eval()
    modes = [module.training for module in net.modules()]
    X, y = moons()
    assert 0.0 <= nn.accuracy(net, X, y) <= 1.0 and [module.training for module in net.modules()] == modes
    with pytest.raises(ValueError, match="expects a batch"):
        nn.accuracy(net, X[:, :1], y)
    assert [module.training for module in net.modules()] == modes
    for scores, targets in ((net, y[:, None]), (nn.Linear(2, 1, rng=rng), y)):
        with pytest.raises(ValueError, match="one class number a row, but the scores have shape"):
            nn.accuracy(scores, X, targets)


def test_overfitting_twenty_examples():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 5)), rng.integers(0, 3, 20)
    net = nn.MLP(5, [32, 3], "relu", rng=rng)
    list(nn.train(net, nn.CrossEntropy(), nn.Adam(net.parameters(), 0.02), X, y, epochs=150, rng=rng))
    assert nn.accuracy(net, X, y) == 1.0


# Saving ---------------------------------------------------------------------------


def test_saved_weights_come_back(tmp_path):
    net, records = fit(epochs=2)
    list(records)
    net = nn.Sequential(net, nn.BatchNorm(2), nn.Residual(nn.Linear(2, 2, rng=np.random.default_rng(0))))
    net[1].running_mean += 3.0
    nn.save(net, tmp_path / "weights")
    other = nn.Sequential(nn.MLP(2, [16, 16, 2], "relu", rng=np.random.default_rng(9)), nn.BatchNorm(2),
                          nn.Residual(nn.Linear(2, 2, rng=np.random.default_rng(9))))
    X, _ = moons()
    assert np.array_equal(nn.load(other, tmp_path / "weights").eval()(X), net.eval()(X))
    with pytest.raises(KeyError, match="0.0.W"):
        nn.load(nn.PReLU(), tmp_path / "weights")


def test_saving_that_is_interrupted_leaves_the_old_file(tmp_path, monkeypatch):
    net = nn.PReLU()
    nn.save(net, tmp_path / "weights")

    def interrupted(file, **arrays):
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", interrupted)
    with pytest.raises(KeyboardInterrupt):
        nn.save(net, tmp_path / "weights")
    monkeypatch.undo()
    assert nn.load(nn.PReLU(slope=0.5), tmp_path / "weights").slope.data == 0.25


@pytest.mark.parametrize("content", [b"junk", b"", b"half"])
def test_a_file_that_is_none_of_ours_is_refused(tmp_path, content):
    nn.save(nn.PReLU(), tmp_path / "good")
    np.save(tmp_path / "array.npy", np.ones(3))
    whole = (tmp_path / "good").read_bytes()
    (tmp_path / "bad").write_bytes(whole[: len(whole) // 2] if content == b"half" else content)
    for path in (tmp_path / "bad", tmp_path / "array.npy"):
        with pytest.raises(ValueError, match=r"is not a file that save\(\) wrote, or not all of it"):
            nn.load(nn.PReLU(), path)


def test_a_state_that_does_not_fit_changes_nothing():
    net = nn.Linear(2, 2, rng=np.random.default_rng(0))
    before = net.state_dict()
    for bad, error in (({"W": np.zeros((2, 2)), "b": np.zeros(3)}, ValueError),
                       ({"W": np.zeros((2, 2)), "b": np.zeros(2, complex)}, TypeError)):
        with pytest.raises(error, match="in the state"):
            net.load_state_dict(bad)
        assert all((net.state_dict()[name] == array).all() for name, array in before.items())


def test_a_file_with_pickled_objects_is_refused(tmp_path):
    np.savez(tmp_path / "bad.npz", slope=np.array([print], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        nn.load(nn.PReLU(), tmp_path / "bad.npz")


# Direct and cached gradients (section 7.5) -----------------------------------------


@pytest.mark.parametrize("L", range(1, 13))
def test_products_of_direct_and_cached_gradients(L):
    count = io.StringIO()

    def product(A, B):
        count.write("×")
        return A @ B

    rng = np.random.default_rng(0)
    Ws = [rng.normal(size=(6, 6)) / 6**0.5 for _ in range(L)]
    X, delta = rng.normal(size=(4, 6)), rng.normal(size=(4, 6))
    counts = {}
    for gradients in (direct.cached_gradients, direct.direct_gradients):
        count.seek(0)
        count.truncate()
        counts[gradients] = gradients(Ws, direct.forward(Ws, X, product), delta, product), len(count.getvalue())
    (cached, n_cached), (written_out, n_direct) = counts.values()
    assert n_cached == 3 * L - 1
    assert n_direct == (L * L + 3 * L) // 2

    tensors = [torch.tensor(W, requires_grad=True) for W in Ws]
    a = torch.tensor(X)
    for W in tensors:
        z = a @ W.T
        a = torch.tanh(z)
    z.backward(torch.tensor(delta))
    for ours, same, theirs in zip(cached, written_out, tensors, strict=True):
        np.testing.assert_allclose(ours, theirs.grad.numpy(), rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(same, ours, rtol=1e-12, atol=1e-14)


def test_nothing_heavy_is_loaded():
    code = "import sys, nnlib.nn; print({'torch', 'tqdm', 'sklearn', 'scipy', 'matplotlib'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
