"""The bridge: every layer there and back, hand-written gradients in autograd, the device."""

import copy

import numpy as np
import pytest
import torch
from nn_cases import LAYERS

from nnlib import nn
from nnlib.torch_bridge import Multiply, as_function, device, from_torch, modules, to_torch

every_layer = pytest.mark.parametrize("name", LAYERS)
both_modes = pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
both_types = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
no_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU with CUDA, and PyTorch sees none here")


def cuda(test):
    return pytest.mark.cuda(no_gpu(test))


def make(name, n=5, dtype=np.float64, training=True):
    """The layer, with every parameter and buffer moved off its start."""
    rng = np.random.default_rng(0)
    layer = LAYERS[name].make(n, rng, dtype).train(training)
    for p in layer.parameters():
        p.data += 0.1 * rng.normal(size=p.shape).astype(dtype)
    for inner in layer.modules():
        for buffer in inner.buffers:
            getattr(inner, buffer)[...] += rng.random(n)
    return layer


def batch(dtype=np.float64, N=7, n=5, seed=1):
    return np.random.default_rng(seed).normal(size=(N, n)).astype(dtype)


def numpy(tensor):
    return tensor.detach().numpy()


def same_state(a, b):
    """Two nnlib networks hold the same, to the bit."""
    one, other = a.state_dict(), b.state_dict()
    assert list(one) == list(other)
    for key in one:
        assert one[key].dtype == other[key].dtype, key
        assert one[key].tobytes() == other[key].tobytes(), key
        assert one[key].flags.f_contiguous == other[key].flags.f_contiguous, key
    assert repr(a) == repr(b)
    assert [m.training for m in a.modules()] == [m.training for m in b.modules()]
    for one, other in zip(a.modules(), b.modules()):
        assert type(one) is type(other)
        for option in ("options", "k", "p", "inverted", "eps", "momentum", "width", "dtype"):
            assert getattr(one, option, None) == getattr(other, option, None), option
            assert type(getattr(one, option, None)) is type(getattr(other, option, None)), option


# There and back --------------------------------------------------------------------


@both_types
@both_modes
@every_layer
def test_a_round_trip_is_the_identity_to_the_bit(name, training, dtype):
    layer = make(name, dtype=dtype, training=training)
    again = from_torch(to_torch(layer))
    same_state(layer, again)
    x = batch(dtype)
    for _ in range(2):  # dropout draws the same masks, batch norm moves its statistics alike
        assert layer(x).tobytes() == again(x).tobytes()
    same_state(layer, again)


@both_modes
@every_layer
def test_the_twin_computes_the_same(name, training):
    layer = make(name, training=training)
    twin = to_torch(layer)
    x = batch()
    y = layer(x)
    upstream = np.random.default_rng(2).normal(size=y.shape)
    dx = layer.backward(upstream)
    x_torch = torch.tensor(x, requires_grad=True)
    y_torch = twin(x_torch)
    y_torch.backward(torch.tensor(upstream))
    close = dict(rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(y, numpy(y_torch), **close)
    np.testing.assert_allclose(dx, x_torch.grad.numpy(), **close)
    for p, q in zip(layer.parameters(), twin.parameters(), strict=True):
        np.testing.assert_allclose(p.grad, q.grad.numpy(), **close)
    for inner, other in zip(layer.modules(), twin.modules(), strict=True):
        for buffer in inner.buffers:  # batch norm's, which the forward pass has moved
            np.testing.assert_allclose(getattr(inner, buffer), getattr(other, buffer).numpy(), **close)


@both_types
@every_layer
def test_the_twin_has_the_type_and_the_mode_of_every_layer(name, dtype):
    layer = make(name, dtype=dtype)
    for i, inner in enumerate(layer.modules()):
        inner.training = bool(i % 2)
    twin = to_torch(layer)
    assert [m.training for m in twin.modules()] == [m.training for m in layer.modules()]
    assert {p.dtype for p in twin.parameters()} <= {torch.from_numpy(np.empty(0, dtype)).dtype}
    same_state(layer, from_torch(twin))


TORCH = {
    "linear": lambda: torch.nn.Linear(5, 3),
    "linear, no bias": lambda: torch.nn.Linear(5, 3, bias=False),
    "batch norm": lambda: torch.nn.BatchNorm1d(5, eps=1e-3, momentum=0.3),
    "layer norm": lambda: torch.nn.LayerNorm(5, eps=1e-3),
    "prelu": lambda: torch.nn.PReLU(5, 0.1),
    "leaky relu": lambda: torch.nn.LeakyReLU(0.3),
    "elu": lambda: torch.nn.ELU(0.3),
    "silu": torch.nn.SiLU,
    "gelu": torch.nn.GELU,
    "softmax": lambda: torch.nn.Softmax(dim=1),
    "relu in place": lambda: torch.nn.ReLU(inplace=True),
    "nested": lambda: torch.nn.Sequential(
        torch.nn.Linear(5, 4), torch.nn.Sequential(torch.nn.Tanh(), torch.nn.Linear(4, 4)), torch.nn.Sigmoid(),
        modules.Residual(torch.nn.Sequential(torch.nn.Linear(4, 4), modules.Step())), modules.Maxout(2)),
}


@both_modes
@pytest.mark.parametrize("name", TORCH)
def test_torch_modules_come_over_and_go_back(name, training):
    torch.manual_seed(0)
    module = TORCH[name]().double().train(training)
    for tensor in module.state_dict().values():
        if tensor.is_floating_point():
            tensor += torch.rand_like(tensor)
    layer = from_torch(module)
    again = to_torch(layer)
    for key, tensor in module.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[key]), key
    assert repr(module).replace("inplace=True", "").replace("dim=1", "dim=-1") == repr(again)
    x = batch()
    np.testing.assert_allclose(layer(x), numpy(module(torch.tensor(x))), rtol=1e-12, atol=1e-12)


def test_softplus_with_the_threshold_of_pytorch_comes_over():
    x = np.linspace(-30, 60, 91)[None]
    theirs, ours = torch.nn.Softplus(), nn.Activation("softplus")
    np.testing.assert_allclose(from_torch(theirs)(x), numpy(theirs(torch.tensor(x))), atol=3e-9)
    np.testing.assert_allclose(ours(x), numpy(to_torch(ours)(torch.tensor(x))), rtol=1e-15, atol=0)


def test_of_a_trained_batch_norm_only_the_count_of_batches_stays_behind():
    module = torch.nn.Sequential(torch.nn.Linear(5, 4), torch.nn.BatchNorm1d(4)).double()
    for _ in range(3):
        module(torch.tensor(batch()))
    before, after = module.state_dict(), to_torch(from_torch(module)).state_dict()
    assert list(before) == list(after)
    assert [key for key in before if not torch.equal(before[key], after[key])] == ["1.num_batches_tracked"]


def test_every_layer_and_activation_of_nnlib_is_among_these():
    made = [inner for name in LAYERS for inner in make(name).modules()]
    kinds = {kind for kind in vars(nn).values() if isinstance(kind, type) and issubclass(kind, nn.Module)}
    assert kinds - {nn.Module} == {type(layer) for layer in made}
    assert set(nn.TABLE) == {layer.name for layer in made if isinstance(layer, nn.Activation)}


def test_float16_and_a_module_on_another_type():
    net = nn.Linear(3, 2, rng=np.random.default_rng(0), dtype=np.float16)
    same_state(net, from_torch(to_torch(net)))
    assert from_torch(to_torch(net).double()).dtype == np.float64
    with pytest.raises(TypeError, match=r"from_torch: net\[1\], Linear\(.*holds torch.bfloat16, which NumPy has not"):
        from_torch(torch.nn.Sequential(torch.nn.Tanh(), torch.nn.Linear(3, 2)).bfloat16())


def test_both_sides_have_weights_of_their_own():
    net = make("sequential")
    before = net.state_dict()
    twin = to_torch(net)
    with torch.no_grad():
        for tensor in twin.state_dict().values():
            tensor += 1.0
    assert all(np.array_equal(before[key], array) for key, array in net.state_dict().items())
    again = from_torch(twin)
    with torch.no_grad():
        for tensor in twin.state_dict().values():
            tensor += 1.0
    for key, array in again.state_dict().items():
        np.testing.assert_allclose(array, before[key] + 1.0)


def test_to_torch_draws_no_random_numbers():
    state = torch.get_rng_state()
    to_torch(make("mlp"))
    assert torch.equal(state, torch.get_rng_state())


def test_one_parameter_in_two_places_stays_one():
    rng = np.random.default_rng(0)
    net = nn.Sequential(nn.Linear(4, 4, rng=rng), nn.Activation("tanh"), nn.Linear(4, 4, rng=rng))
    net[2].W = net[0].W
    twin = to_torch(net)
    assert twin[0].weight is twin[2].weight and twin[0].bias is not twin[2].bias
    again = from_torch(twin)
    assert again[0].W is again[2].W and again[0].b is not again[2].b
    assert len(again.parameters()) == len(net.parameters()) == len(list(twin.parameters())) == 3


def test_generators_that_were_shared_stay_shared():
    net = nn.MLP(5, [5, 5, 5, 2], "relu", rng=np.random.default_rng(0), dropout=0.5)
    again = from_torch(to_torch(net))
    assert again[2].rng is again[5].rng is not net[2].rng
    x = batch()
    assert np.array_equal(net(x), again(x)) and np.array_equal(net(x), again(x))


def test_dropout_on_its_own_draws_in_torch():
    torch.manual_seed(0)
    a = torch.ones(10_000, dtype=torch.float64)
    inverted, classical = modules.Dropout(0.25), modules.Dropout(0.25, inverted=False)
    assert set(inverted(a).tolist()) == {0.0, 1 / 0.75} and set(classical(a).tolist()) == {0.0, 1.0}
    assert abs(inverted(a).mean().item() - 1.0) < 0.02 and abs(classical(a).mean().item() - 0.75) < 0.02
    assert torch.equal(inverted.eval()(a), a) and torch.equal(classical.eval()(a), 0.75 * a)


def test_torch_dropout_needs_a_generator():
    net = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Dropout(0.4))
    with pytest.raises(TypeError, match=r"net\[1\], Dropout\(p=0.4.*from_torch\(module, rng="):
        from_torch(net)
    rng = np.random.default_rng(0)
    assert from_torch(net, rng)[1].rng is rng
    own = from_torch(modules.Dropout(0.4, inverted=False), rng)
    assert own.rng is rng and not own.inverted


# What has no twin is named, with its place -----------------------------------------


class Doubled(nn.Linear):
    def forward(self, a):
        return 2 * super().forward(a)


def test_a_layer_without_a_twin_is_named_with_its_place():
    rng = np.random.default_rng(0)
    body = nn.Sequential(nn.Softmax(), Doubled(3, 3, rng=rng))
    net = nn.Sequential(nn.Linear(3, 3, rng=rng), nn.Residual(body))
    with pytest.raises(TypeError, match=r"knows no twin of net\[1\].body\[1\], Linear\(3, 3\).*none made from"):
        to_torch(net)
    with pytest.raises(TypeError, match="to_torch knows no twin of net, 3"):
        to_torch(3)


UNSUPPORTED = {
    "conv": (torch.nn.Conv1d(1, 1, 1), "supported are Linear, Dropout"),
    "subclass": (type("MyLinear", (torch.nn.Linear,), {})(2, 2), "supported are Linear, Dropout"),
    "softplus with β": (torch.nn.Softplus(beta=2), "no β"),
    "softplus, soon linear": (torch.nn.Softplus(threshold=5), "becomes linear nowhere"),
    "gelu by tanh": (torch.nn.GELU(approximate="tanh"), "the exact one"),
    "softmax over the batch": (torch.nn.Softmax(dim=0), "along the rows"),
    "layer norm over two axes": (torch.nn.LayerNorm((2, 2)), "one axis"),
    "layer norm without weights": (torch.nn.LayerNorm(2, elementwise_affine=False), "has weight and bias"),
    "layer norm without bias": (torch.nn.LayerNorm(2, bias=False), "has weight and bias"),
    "batch norm without weights": (torch.nn.BatchNorm1d(2, affine=False), "has weight, bias"),
    "batch norm without statistics": (torch.nn.BatchNorm1d(2, track_running_stats=False), "running statistics"),
    "batch norm, cumulative": (torch.nn.BatchNorm1d(2, momentum=None), "a number for momentum"),
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_a_module_without_a_twin_is_named_with_its_place(name):
    module, why = UNSUPPORTED[name]
    net = torch.nn.Sequential(torch.nn.Tanh(), torch.nn.Sequential(modules.Residual(module)))
    with pytest.raises(TypeError, match=rf"from_torch knows no twin of net\[1\]\[0\].body, .*{type(module).__name__}"
                                        rf".*{why}"):
        from_torch(net)


def test_a_module_that_stands_twice_is_an_error():
    relu = torch.nn.ReLU()
    with pytest.raises(ValueError, match=r"the same ReLU\(\) stands at net\[0\] and at net\[2\]"):
        from_torch(torch.nn.Sequential(relu, torch.nn.Tanh(), relu))


@pytest.mark.parametrize(("module", "shape", "words"), [
    (modules.Maxout(3), (2, 4), r"multiple of 3, but \(2, 4\)"),
    (modules.Residual(torch.nn.Linear(4, 3)), (2, 4), r"\(2, 4\) went in and \(2, 3\) came out"),
])
def test_our_modules_say_what_does_not_fit(module, shape, words):
    with pytest.raises(ValueError, match=words):
        module(torch.zeros(shape))


# Hand-written gradients in autograd ------------------------------------------------


@both_modes
@pytest.mark.parametrize("name", [name for name, case in LAYERS.items() if not case.jumps])
def test_every_layer_passes_gradcheck(name, training):
    layer = make(name, training=training)
    f = as_function(layer)
    keys = [key for key, _ in f.named_parameters()]

    def function(x, *weights):
        return torch.func.functional_call(f, dict(zip(keys, weights)), x)

    x = torch.tensor(batch(), requires_grad=True)
    weights = [torch.tensor(p.data, requires_grad=True) for p in layer.parameters()]
    before = layer.state_dict()
    assert torch.autograd.gradcheck(function, (x, *weights))
    assert all(np.array_equal(before[key], p.data) for key, p in layer.named_parameters())
    assert torch.autograd.gradcheck(f, x)


@pytest.mark.parametrize("name", ["dropout", "dropout, classical"])
def test_dropout_passes_gradcheck_with_one_mask(name):
    layer = make(name)
    f, rng = as_function(layer), layer.rng

    def one_mask(x):
        layer.rng = copy.deepcopy(rng)
        return f(x)

    assert torch.autograd.gradcheck(one_mask, torch.tensor(batch(), requires_grad=True))


def test_gradcheck_sees_a_wrong_backward():
    class Wrong(nn.Linear):
        def backward(self, upstream):
            return 1.1 * super().backward(upstream)

    f = as_function(Wrong(5, 3, rng=np.random.default_rng(0)))
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        torch.autograd.gradcheck(f, torch.tensor(batch(), requires_grad=True))


def test_a_function_can_be_used_twice_before_the_backward_pass():
    layer = make("mlp")
    f, twin = as_function(layer), to_torch(layer)
    for function in (f, twin):
        a, b = (torch.tensor(batch(seed=seed)) for seed in (1, 2))
        (function(a) * function(b).sigmoid()).sum().backward()
    for p, q in zip(f.parameters(), twin.parameters(), strict=True):
        np.testing.assert_allclose(p.grad, q.grad, rtol=1e-10, atol=1e-12)
    assert all(p.grad is None for p in layer.parameters())  # the layer's own gradients are its own


def test_a_torch_optimiser_trains_the_numpy_layer():
    layer = make("mlp")
    twin, f, x = to_torch(layer), as_function(layer), torch.tensor(batch())
    for function in (twin, f):
        optimizer = torch.optim.Adam(function.parameters(), 0.01)
        for _ in range(5):
            optimizer.zero_grad()
            (function(x) ** 2).mean().backward()
            optimizer.step()
    for p, q in zip(layer.parameters(), twin.parameters(), strict=True):
        np.testing.assert_allclose(p.data, numpy(q), rtol=1e-10, atol=1e-12)


def test_a_function_follows_train_and_eval_and_draws_anew():
    layer = make("dropout")
    f, x = as_function(layer), torch.ones(50, 5, dtype=torch.float64)
    assert not torch.equal(f(x), f(x))
    assert torch.equal(f.eval()(x), x) and layer.training is False
    assert not torch.equal(f.train()(x), x) and layer.training is True
    f = as_function(make("batch norm"))
    before = f.running_mean.clone()
    f(x)
    assert not torch.equal(f.running_mean, before)  # the buffers are there too, and are the layer's own
    assert set(f.state_dict()) == {"gamma", "beta", "running_mean", "running_var"}


def test_the_output_of_a_function_is_nobodys_scratch_paper():
    x = torch.tensor(batch(), requires_grad=True)
    for name in ("identity", "sigmoid"):
        y = as_function(nn.Activation(name))(x * 1.0)
        want = np.ones(x.shape) if name == "identity" else numpy(y * (1 - y))
        x.grad = None
        with torch.no_grad():
            y += 5.0
        y.sum().backward()
        np.testing.assert_allclose(x.grad, want)


def test_a_function_says_what_it_cannot_take():
    f = as_function(make("linear"))
    with pytest.raises(TypeError, match="a function of tensors got a ndarray: write torch.from_numpy"):
        f(batch())
    with pytest.raises(TypeError, match=r"on the CPU, but a tensor on meta came: write x.cpu\(\)"):
        f(torch.zeros(2, 5, dtype=torch.float64, device="meta"))
    with pytest.raises(TypeError, match="no bfloat16"):
        f(torch.zeros(2, 5, dtype=torch.bfloat16))
    with pytest.raises(TypeError, match="holds float64 but float32 came"):
        f(torch.zeros(2, 5))
    with pytest.raises(TypeError, match="takes a layer of nnlib.nn, but a Tanh came"):
        as_function(torch.nn.Tanh())
    x = torch.tensor(batch(), requires_grad=True)
    with pytest.raises(RuntimeError, match="written by hand, in NumPy, so PyTorch cannot differentiate it once more"):
        torch.autograd.grad(as_function(nn.Activation("tanh"))(x).sum(), x, create_graph=True)


@pytest.mark.parametrize("shapes", [((3,), (3,)), ((3,), (2, 3)), ((2, 1), (1, 3)), ((), (2,))])
def test_multiply(shapes):
    rng = np.random.default_rng(0)
    x, y = (torch.tensor(rng.normal(size=shape), requires_grad=True) for shape in shapes)
    assert torch.equal(Multiply.apply(x, y), x * y)
    assert torch.autograd.gradcheck(Multiply.apply, (x, y))


# The device ------------------------------------------------------------------------


@pytest.fixture
def machine(monkeypatch):
    """machine(cuda=2, mps=False): PyTorch sees two GPUs."""
    def pretend(cuda=0, mps=False, built="13.0"):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
        monkeypatch.setattr(torch.version, "cuda", built)
        monkeypatch.setattr(torch.version, "hip", None)

    monkeypatch.delenv("NNLIB_DEVICE", raising=False)
    return pretend


@pytest.mark.parametrize(("here", "best"), [
    ({}, "cpu"), ({"mps": True}, "mps"), ({"cuda": 1}, "cuda"), ({"cuda": 1, "mps": True}, "cuda"),
])
def test_the_best_device(machine, here, best):
    machine(**here)
    assert device() == torch.device(best)


@pytest.mark.parametrize("asked", ["cpu", "cuda", "cuda:1", "mps"])
def test_the_environment_forces_a_device(machine, monkeypatch, asked):
    machine(cuda=2, mps=True)
    monkeypatch.setenv("NNLIB_DEVICE", asked)
    assert device() == torch.device(asked)
    assert device("cpu") == torch.device("cpu") == device(torch.device("cpu"))  # what is asked for in code comes first


@pytest.mark.parametrize(("here", "asked", "words"), [
    ({"built": None}, "cuda", "NNLIB_DEVICE=cuda was asked for, but this PyTorch, .*, was built without CUDA"),
    ({}, "cuda", "sees no GPU; does `nvidia-smi` show one.*CUDA 13.0"),
    ({"cuda": 2}, "cuda:2", "there are only 2 GPUs here, counted from cuda:0"),
    ({"cuda": 2}, "mps", "MPS needs a Mac"),
])
def test_a_device_that_is_not_here(machine, monkeypatch, here, asked, words):
    machine(**here)
    monkeypatch.setenv("NNLIB_DEVICE", asked)
    with pytest.raises(RuntimeError, match=words):
        device()
    with pytest.raises(RuntimeError, match=f"device '{asked}' was asked for"):
        device(asked)


@pytest.mark.parametrize("asked", ["gpu", "GPU 0", "meta"])
def test_no_such_device(monkeypatch, asked):
    monkeypatch.setenv("NNLIB_DEVICE", asked)
    with pytest.raises(ValueError, match=f'NNLIB_DEVICE={asked}: the devices are "cpu", "cuda"'):
        device()


@cuda
@every_layer
def test_a_network_comes_back_from_the_gpu_to_the_bit(name):
    layer = make(name)
    same_state(layer, from_torch(to_torch(layer).to("cuda")))


@cuda
def test_a_numpy_layer_does_not_compute_on_the_gpu():
    with pytest.raises(TypeError, match="but a tensor on cuda:0 came"):
        as_function(make("linear"))(torch.zeros(2, 5, dtype=torch.float64, device="cuda"))
