"""How weights start (chapter 11): each initialiser is a function (shape, rng, options) -> W of that shape.

shape is (n_out, n_in), so fan_in = n_in is what a neuron adds up, and fan_out = n_out is
how many neurons its input feeds. To give options, wrap it:
`Linear(64, 32, rng=rng, init=lambda shape, rng: he(shape, rng, fan="out"))`.
"""

import math

import numpy as np

from nnlib.nn.checks import need_rng


def constant(shape, rng=None, *, value):
    """Every weight equal. Never for hidden layers: equal neurons stay equal (section 11.1)."""
    return np.full(shape, float(value))


def normal(shape, rng=None, std=1.0, mean=0.0):
    """Independent draws from N(mean, std²)."""
    return need_rng(rng, "normal").normal(mean, std, shape)


def uniform(shape, rng=None, bound=1.0):
    """Independent draws from the interval (−bound, bound), whose variance is bound²/3."""
    return need_rng(rng, "uniform").uniform(-bound, bound, shape)


def xavier(shape, rng=None, gain=1.0, form="normal"):
    """Var W = gain² · 2/(fan_in + fan_out): a compromise between the two directions.

    Var z = fan_in · Var W · Var a keeps forward signals at Var W = 1/fan_in; the same sum
    read backward keeps gradients at 1/fan_out. Glorot and Bengio, 2010 (section 11.2).
    """
    fan_out, fan_in = shape
    return draw(shape, need_rng(rng, "xavier"), gain * math.sqrt(2.0 / (fan_in + fan_out)), form)


def he(shape, rng=None, fan="in", gain=2**0.5, form="normal"):
    """Var W = gain²/fan; gain² = 2 makes up for ReLU, which halves the mean square.

    fan="in" keeps the forward signals, fan="out" the gradients. He et al., 2015 (section 11.2).
    """
    if fan not in ("in", "out"):
        raise ValueError(f'fan is "in" or "out", but {fan!r} came')
    n = shape[1] if fan == "in" else shape[0]
    return draw(shape, need_rng(rng, "he"), gain / math.sqrt(n), form)


def orthogonal(shape, rng=None, gain=1.0):
    """gain times a random matrix with orthonormal rows or columns, whichever are fewer (section 11.5).

    W = Q of the QR decomposition of a normal matrix. The signs of R's diagonal go into Q;
    without that, not all directions are equally likely. Saxe et al., 2014.
    """
    rows, columns = shape
    Q, R = np.linalg.qr(need_rng(rng, "orthogonal").normal(size=(max(shape), min(shape))))
    Q *= np.where(np.diag(R) < 0.0, -1.0, 1.0)
    return gain * (Q if rows >= columns else Q.T)


def draw(shape, rng, std, form):
    """Numbers of standard deviation std, normal or uniform: uniform on ±b has std b/√3."""
    if form == "normal":
        return normal(shape, rng, std)
    if form == "uniform":
        return uniform(shape, rng, math.sqrt(3.0) * std)
    raise ValueError(f'form is "normal" or "uniform", but {form!r} came')


def gain(activation, slope=0.01):
    """The gain that makes up for what an activation does to the scale of the signal, as PyTorch recommends it."""
    gains = {"identity": 1.0, "sigmoid": 1.0, "tanh": 5.0 / 3.0, "relu": math.sqrt(2.0),
             "leaky relu": math.sqrt(2.0 / (1.0 + slope**2))}
    if activation not in gains:
        raise ValueError(f"no gain is known for {activation!r}; there are {', '.join(gains)}")
    return gains[activation]
