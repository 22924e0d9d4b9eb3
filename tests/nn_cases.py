"""Every layer, loss, initialiser and optimiser of nnlib.nn once, beside its twin in PyTorch.

A new one gets a row here, and with it all the tests of test_nn_*.py.
"""

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from nnlib import nn
from nnlib.nn import init


class LayerCase(NamedTuple):
    make: object  # (n features, rng, dtype) -> layer
    twin: object  # (x, its parameters and buffers by name, the layer after its forward pass) -> the same in torch
    jumps: bool = False  # not continuous, so no finite differences


def linear(x, p, name=""):
    return F.linear(x, p[f"{name}W"], p.get(f"{name}b"))


def activation(name, twin, **options):
    case = LayerCase(lambda n, rng, dtype: nn.Activation(name, **options), lambda x, p, layer: twin(x),
                     jumps=name in ("step", "sign"))
    return " ".join([name, *(f"{k}={v}" for k, v in options.items())]), case


def batch_norm(x, p, layer):
    before = {name: torch.tensor(getattr(layer, name)) for name in ("running_mean", "running_var")}
    return F.batch_norm(x, None if layer.training else before["running_mean"],
                        None if layer.training else before["running_var"], p["gamma"], p["beta"], layer.training)


LAYERS = {
    "linear": LayerCase(lambda n, rng, dtype: nn.Linear(n, 3, rng=rng, dtype=dtype), lambda x, p, layer: linear(x, p)),
    "linear, no bias": LayerCase(lambda n, rng, dtype: nn.Linear(n, 3, rng=rng, bias=False, dtype=dtype),
                                 lambda x, p, layer: linear(x, p)),
    **dict([
        activation("step", lambda z: (z >= 0).to(z.dtype) + 0 * z),
        activation("sign", torch.sign),
        activation("identity", lambda z: z),
        activation("sigmoid", torch.sigmoid),
        activation("tanh", torch.tanh),
        activation("relu", torch.relu),
        activation("leaky relu", F.leaky_relu),
        activation("leaky relu", lambda z: F.leaky_relu(z, 0.1), slope=0.1),
        activation("leaky relu", lambda z: F.leaky_relu(z, -0.5), slope=-0.5),
        activation("elu", F.elu),
        activation("elu", lambda z: F.elu(z, 0.7), alpha=0.7),
        activation("softplus", lambda z: F.softplus(z, threshold=1e9)),  # torch becomes linear at 20
        activation("swish", F.silu),
        activation("swish", lambda z: z * torch.sigmoid(2.5 * z), beta=2.5),
        activation("gelu", F.gelu),
    ]),
    "prelu": LayerCase(lambda n, rng, dtype: nn.PReLU(dtype=dtype), lambda x, p, layer: F.prelu(x, p["slope"])),
    "prelu by feature": LayerCase(lambda n, rng, dtype: nn.PReLU(n, dtype=dtype),
                                  lambda x, p, layer: F.prelu(x, p["slope"])),
    "maxout": LayerCase(
        lambda n, rng, dtype: nn.Sequential(nn.Linear(n, 6, rng=rng, dtype=dtype), nn.Maxout(3)),
        lambda x, p, layer: linear(x, p, "0.").reshape(len(x), 2, 3).max(dim=2).values),
    "softmax": LayerCase(lambda n, rng, dtype: nn.Softmax(), lambda x, p, layer: torch.softmax(x, dim=1)),
    "dropout": LayerCase(
        lambda n, rng, dtype: nn.Dropout(0.4, rng=rng),
        lambda x, p, layer: x * torch.tensor((layer.kept != 0) / 0.6) if layer.training else x, jumps=True),
    "dropout, classical": LayerCase(
        lambda n, rng, dtype: nn.Dropout(0.4, rng=rng, inverted=False),
        lambda x, p, layer: x * torch.tensor(layer.kept != 0) if layer.training else x * 0.6, jumps=True),
    "layer norm": LayerCase(lambda n, rng, dtype: nn.LayerNorm(n, dtype=dtype),
                            lambda x, p, layer: F.layer_norm(x, x.shape[1:], p["gamma"], p["beta"])),
    "batch norm": LayerCase(lambda n, rng, dtype: nn.BatchNorm(n, dtype=dtype), batch_norm),
    "residual relu": LayerCase(lambda n, rng, dtype: nn.Residual(nn.Activation("relu")),
                               lambda x, p, layer: x + torch.relu(x)),
    "residual": LayerCase(
        lambda n, rng, dtype: nn.Residual(nn.Sequential(nn.Linear(n, n, rng=rng, dtype=dtype), nn.Activation("tanh"))),
        lambda x, p, layer: x + torch.tanh(linear(x, p, "body.0."))),
    "sequential": LayerCase(
        lambda n, rng, dtype: nn.Sequential(
            nn.LayerNorm(n, dtype=dtype), nn.Linear(n, 4, rng=rng, dtype=dtype), nn.PReLU(dtype=dtype)),
        lambda x, p, layer: F.prelu(linear(F.layer_norm(x, x.shape[1:], p["0.gamma"], p["0.beta"]), p, "1."),
                                    p["2.slope"])),
    "mlp": LayerCase(
        lambda n, rng, dtype: nn.MLP(n, [5, 4, 2], "relu", rng=rng, dtype=dtype),
        lambda x, p, layer: linear(torch.relu(linear(torch.relu(linear(x, p, "0.")), p, "2.")), p, "4.")),
}


class LossCase(NamedTuple):
    make: object  # () -> loss
    twin: object  # (scores, targets) -> the same in torch
    targets: object  # (N, K, rng) -> targets


def real(N, K, rng):
    return rng.normal(size=(N, K))


def probabilities(N, K, rng):
    return rng.dirichlet(np.ones(K), N)


LOSSES = {
    "mse": LossCase(nn.MSE, F.mse_loss, real),
    "mae": LossCase(nn.MAE, F.l1_loss, real),
    "bce, labels": LossCase(nn.BCE, F.binary_cross_entropy_with_logits,
                            lambda N, K, rng: rng.integers(0, 2, (N, K)).astype(float)),
    "bce, probabilities": LossCase(nn.BCE, F.binary_cross_entropy_with_logits, lambda N, K, rng: rng.random((N, K))),
    "cross-entropy, class numbers": LossCase(nn.CrossEntropy, F.cross_entropy,
                                             lambda N, K, rng: rng.integers(0, K, N)),
    "cross-entropy, one-hot": LossCase(nn.CrossEntropy, F.cross_entropy,
                                       lambda N, K, rng: np.eye(K)[rng.integers(0, K, N)]),
    "cross-entropy, probabilities": LossCase(nn.CrossEntropy, F.cross_entropy, probabilities),
}


class InitCase(NamedTuple):
    make: object  # (shape, rng) -> W
    twin: object  # fills a torch tensor in place
    std: object  # (n_out, n_in) -> standard deviation
    bounded: bool  # uniform, so no entry beyond √3 standard deviations


torch_init = torch.nn.init
INITIALISERS = {
    "constant": InitCase(lambda s, rng: init.constant(s, rng, value=0.5), lambda W: torch_init.constant_(W, 0.5),
                         lambda o, i: 0.0, True),
    "normal": InitCase(lambda s, rng: init.normal(s, rng, 0.3), lambda W: torch_init.normal_(W, 0.0, 0.3),
                       lambda o, i: 0.3, False),
    "uniform": InitCase(lambda s, rng: init.uniform(s, rng, 0.3), lambda W: torch_init.uniform_(W, -0.3, 0.3),
                        lambda o, i: 0.3 / 3**0.5, True),
    "xavier": InitCase(init.xavier, torch_init.xavier_normal_, lambda o, i: (2 / (o + i)) ** 0.5, False),
    "xavier uniform, gain": InitCase(
        lambda s, rng: init.xavier(s, rng, gain=5 / 3, form="uniform"),
        lambda W: torch_init.xavier_uniform_(W, 5 / 3), lambda o, i: 5 / 3 * (2 / (o + i)) ** 0.5, True),
    "he": InitCase(init.he, lambda W: torch_init.kaiming_normal_(W, nonlinearity="relu"),
                   lambda o, i: (2 / i) ** 0.5, False),
    "he, fan out": InitCase(
        lambda s, rng: init.he(s, rng, fan="out"),
        lambda W: torch_init.kaiming_normal_(W, mode="fan_out", nonlinearity="relu"),
        lambda o, i: (2 / o) ** 0.5, False),
    "he uniform": InitCase(
        lambda s, rng: init.he(s, rng, form="uniform"),
        lambda W: torch_init.kaiming_uniform_(W, nonlinearity="relu"), lambda o, i: (2 / i) ** 0.5, True),
    "orthogonal": InitCase(lambda s, rng: init.orthogonal(s, rng, gain=2.0), lambda W: torch_init.orthogonal_(W, 2.0),
                           lambda o, i: 2 / max(o, i) ** 0.5, False),
}

# name -> ours(parameters), the twin(parameters); both with a learning rate that bites within ten steps.
OPTIMISERS = {
    "sgd": (lambda p: nn.SGD(p, 0.1), lambda p: torch.optim.SGD(p, 0.1)),
    "sgd, decay": (lambda p: nn.SGD(p, 0.1, weight_decay=0.2), lambda p: torch.optim.SGD(p, 0.1, weight_decay=0.2)),
    "momentum": (lambda p: nn.Momentum(p, 0.1), lambda p: torch.optim.SGD(p, 0.1, momentum=0.9)),
    "momentum, decay": (lambda p: nn.Momentum(p, 0.1, 0.8, weight_decay=0.2),
                        lambda p: torch.optim.SGD(p, 0.1, momentum=0.8, weight_decay=0.2)),
    "nesterov": (lambda p: nn.Nesterov(p, 0.1), lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, nesterov=True)),
    "nesterov, decay": (lambda p: nn.Nesterov(p, 0.1, weight_decay=0.2),
                        lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, nesterov=True, weight_decay=0.2)),
    "adam": (lambda p: nn.Adam(p, 0.05), lambda p: torch.optim.Adam(p, 0.05)),
    "adam, decay": (lambda p: nn.Adam(p, 0.05, (0.8, 0.95), 1e-3, weight_decay=0.2),
                    lambda p: torch.optim.Adam(p, 0.05, (0.8, 0.95), 1e-3, weight_decay=0.2)),
    "adamw": (lambda p: nn.AdamW(p, 0.05), lambda p: torch.optim.AdamW(p, 0.05)),
    "adamw, decay": (lambda p: nn.AdamW(p, 0.05, (0.8, 0.95), 1e-3, weight_decay=0.5),
                     lambda p: torch.optim.AdamW(p, 0.05, (0.8, 0.95), 1e-3, weight_decay=0.5)),
}
