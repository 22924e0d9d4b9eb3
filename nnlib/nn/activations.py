"""Activation functions (chapter 09): a table of formulas, and the layers that apply them.

Each derivative is written with what makes it cheapest: some need the pre-activation z,
others only the activation a = f(z), which is there already.
"""

import math
from typing import NamedTuple

import numpy as np

from nnlib.nn.module import Module
from nnlib.nn.parameter import Parameter


def sigmoid(z):
    """σ(z) = 1/(1 + e⁻ᶻ). Below z = −87, where σ is 10⁻³⁸, e⁻ᶻ would overflow in float32: that counts as −87."""
    return 1.0 / (1.0 + np.exp(-np.maximum(z, -87.0)))


def softmax(s):
    """e^s / Σ e^s along the last axis. The largest score is subtracted first: same result, no overflow."""
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    e /= e.sum(axis=-1, keepdims=True)
    return e


def softplus(z):
    """ln(1 + eᶻ) = M + ln(1 + e^(m − M)) with m = min(z, 0), M = max(z, 0): no overflow, and complex z pass as well."""
    m, M = np.minimum(z, 0), np.maximum(z, 0)
    return M + np.log1p(np.exp(m - M))


def normal_cdf(z):
    """Φ(z), the probability of a standard normal number below z. Entry by entry, as NumPy has no erf; for real z."""
    erf = np.vectorize(math.erf, otypes=[float])
    return (0.5 + 0.5 * erf(z / math.sqrt(2.0))).astype(np.result_type(z, np.float32))


class Rule(NamedTuple):
    f: object  # a = f(z)
    slope: object  # f′, as a function of ...
    of: str  # ... "z" or "a"
    options: dict = {}

    def derivative(self, z, **options):
        """f′(z), an array of the shape and type of z."""
        options = self.options | options
        z = np.asarray(z)
        if z.dtype.kind not in "fc":
            raise TypeError(f"f′ is computed for floats, but an array of {z.dtype} came; write z.astype(float) first")
        return self.slope(z if self.of == "z" else self.f(z, **options), **options)


TABLE = {
    "step": Rule(lambda z: (z >= 0).astype(z.dtype), lambda z: np.zeros_like(z), "z"),  # a Dirac δ at 0, so to speak
    "sign": Rule(np.sign, lambda z: np.zeros_like(z), "z"),
    "identity": Rule(lambda z: z, lambda a: np.ones_like(a), "a"),
    "sigmoid": Rule(sigmoid, lambda a: a * (1 - a), "a"),
    "tanh": Rule(np.tanh, lambda a: 1 - a * a, "a"),
    # max(z, 0), which NumPy does three times as fast when it is written so
    "relu": Rule(lambda z: z.clip(0, np.inf), lambda a: (a > 0).astype(a.dtype), "a"),
    "leaky relu": Rule(
        lambda z, slope: np.maximum(z, 0) + slope * np.minimum(z, 0),
        lambda z, slope: np.where(z > 0, 1, slope).astype(z.dtype), "z", {"slope": 0.01}),
    "elu": Rule(  # Clevert et al., 2016
        lambda z, alpha: np.maximum(z, 0) + alpha * np.expm1(np.minimum(z, 0)),
        lambda a, alpha: np.where(a > 0, 1, a + alpha), "a", {"alpha": 1.0}),
    "softplus": Rule(softplus, sigmoid, "z"),
    "swish": Rule(  # Ramachandran et al., 2017
        lambda z, beta: z * sigmoid(beta * z),
        lambda z, beta: (s := sigmoid(beta * z)) + beta * z * s * (1 - s), "z", {"beta": 1.0}),
    "gelu": Rule(  # Hendrycks and Gimpel, 2016
        lambda z: z * normal_cdf(z),
        lambda z: normal_cdf(z) + z * np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi), "z"),
}


class Activation(Module):
    """a = f(z), entry by entry, for a function of the table: Activation("leaky relu", slope=0.1)."""

    def __init__(self, name, **options):
        if name not in TABLE:
            raise ValueError(f"unknown activation {name!r}; there are {', '.join(TABLE)}, "
                             "and the layers PReLU, Maxout and Softmax")
        self.name = name
        if wrong := set(options) - set(self.rule.options):
            raise TypeError(f"{name} has no option {', '.join(wrong)}; it has {', '.join(self.rule.options) or 'none'}")
        # Python's floats: a NumPy number, as from linspace, would make float64 of float32.
        self.options = self.rule.options | {option: float(value) for option, value in options.items()}

    @property
    def rule(self):
        """The row of the table. It is looked up, not kept: its functions have no name that a pickle could store."""
        return TABLE[self.name]

    def forward(self, z):
        a = self.rule.f(z, **self.options)
        self.kept = a if self.rule.of == "a" else z
        return a

    def backward(self, upstream):
        """a_i depends on z_i alone, so the Jacobian is diagonal: ∂L/∂z = ∂L/∂a ⊙ f′(z)  (sections 5.5 and 9.2)."""
        return upstream * self.rule.slope(self.recall(upstream), **self.options)

    def __repr__(self):
        return f"Activation({', '.join([repr(self.name), *(f'{k}={v}' for k, v in self.options.items())])})"


class PReLU(Module):
    """a = max(z, 0) + s min(z, 0): leaky ReLU with a trained slope s, one for all or one a feature. He et al., 2015."""

    def __init__(self, n=1, slope=0.25, dtype=np.float64):
        self.width, self.dtype = n if n > 1 else None, np.dtype(dtype)
        self.slope = Parameter(np.full(n, slope, dtype))

    def forward(self, z):
        self.kept = z
        return np.maximum(z, 0) + self.slope.data * np.minimum(z, 0)

    def backward(self, upstream):
        """∂a/∂z = 1 where z > 0, else the slope; ∂a/∂slope = min(z, 0), summed over all that share it (section 9.6)."""
        z = self.recall(upstream)
        share = upstream * np.minimum(z, 0)
        self.slope.add_grad(np.add.reduce, share.reshape(-1, self.slope.data.size))
        return upstream * np.where(z > 0, 1, self.slope.data)


class Maxout(Module):
    """The largest of each k neighbouring pre-activations: (N, k m) -> (N, m). Goodfellow et al., 2013."""

    def __init__(self, k):
        self.k = k

    def forward(self, z):
        if z.ndim != 2 or z.shape[1] % self.k:
            raise ValueError(f"{self.where} needs a batch (N, m) with m a multiple of {self.k}, but {z.shape} came")
        groups = z.reshape(len(z), -1, self.k)
        a = groups.max(axis=2)
        self.kept = groups.argmax(axis=2)  # the winners
        return a

    def backward(self, upstream):
        """The winner of each group gets the whole gradient, the others, which changed nothing, none (section 9.6)."""
        winners = self.recall(upstream)
        dz = np.zeros((*winners.shape, self.k), upstream.dtype)
        np.put_along_axis(dz, winners[:, :, None], upstream[:, :, None], axis=2)
        return dz.reshape(len(dz), -1)

    def __repr__(self):
        return f"Maxout({self.k})"


class Softmax(Module):
    """a_i = e^s_i / Σ_j e^s_j in every row, (N, K) -> (N, K). For training, CrossEntropy on the scores is stable."""

    def forward(self, s):
        self.kept = softmax(s)
        return self.kept

    def backward(self, upstream):
        """∂a_i/∂s_j = a_i (1[i = j] − a_j): every output depends on every score (section 5.5). Multiplied out:

        ∂L/∂s_j = Σ_i u_i a_i (1[i = j] − a_j) = a_j (u_j − Σ_i u_i a_i)
        """
        a = self.recall(upstream)
        return a * (upstream - (upstream * a).sum(axis=-1, keepdims=True))
