"""The layers of nnlib.nn that PyTorch has not, as torch modules; names and formulas are those of nnlib.nn."""

import torch

from nnlib import nn


class MLP(torch.nn.Sequential):
    """A torch Sequential that remembers that it was an nnlib MLP."""


class Residual(torch.nn.Module):
    """y = x + body(x)  (section 10.4)."""

    def __init__(self, body):
        super().__init__()
        self.body = body

    def forward(self, x):
        y = self.body(x)
        if y.shape != x.shape:
            raise ValueError(f"Residual adds its input to the body's output, so their shapes must agree, but "
                             f"{tuple(x.shape)} went in and {tuple(y.shape)} came out of {self.body}")
        return x + y


class Maxout(torch.nn.Module):
    """The largest of each k neighbouring pre-activations: (N, k m) -> (N, m)  (section 9.6)."""

    def __init__(self, k):
        super().__init__()
        self.k = k

    def forward(self, z):
        if z.ndim != 2 or z.shape[1] % self.k:
            raise ValueError(f"Maxout({self.k}) needs a batch (N, m) with m a multiple of {self.k}, "
                             f"but {tuple(z.shape)} came")
        return z.reshape(len(z), -1, self.k).max(dim=2).values

    def extra_repr(self):
        return str(self.k)


class Swish(torch.nn.Module):
    """a = z σ(β z) for a β that torch.nn.SiLU has not: there β = 1."""

    def __init__(self, beta):
        super().__init__()
        self.beta = beta

    def forward(self, z):
        return z * torch.sigmoid(self.beta * z)

    def extra_repr(self):
        return f"beta={self.beta}"


class Flat(torch.autograd.Function):
    """A function that is flat wherever it has a slope: its gradient is 0, and not missing, which would be an error."""

    @staticmethod
    def forward(ctx, z, f):
        return f(z)

    @staticmethod
    def backward(ctx, upstream):
        return torch.zeros_like(upstream), None


class Step(torch.nn.Module):
    """a = 1 where z ≥ 0, else 0."""

    def forward(self, z):
        return Flat.apply(z, lambda z: (z >= 0).to(z.dtype))


class Sign(torch.nn.Module):
    """a = −1, 0 or 1."""

    def forward(self, z):
        return torch.sign(z)


class Dropout(torch.nn.Dropout):
    """Dropout that can draw its masks as nnlib does, from a NumPy generator, and has nnlib's classical form.

    rng: drawn from while training, so that the same generator gives the same masks as in nnlib. None: PyTorch
    draws, on the device itself; other masks, but no wait for the CPU, and a CUDA graph can hold it.
    """

    def __init__(self, p, rng=None, inverted=True):
        super().__init__(p)
        self.rng, self.inverted = rng, inverted

    def forward(self, a):
        keep = 1.0 - self.p
        if not self.training:
            return a if self.inverted else a * keep
        if self.rng is None:
            return super().forward(a) if self.inverted else super().forward(a) * keep
        wide = a.dtype == torch.float64
        drawn = torch.from_numpy(self.rng.random(tuple(a.shape), "float64" if wide else "float32"))
        mask = (drawn < keep).to(a)
        return a * (mask / keep) if self.inverted else a * mask

    def extra_repr(self):
        return super().extra_repr() + ("" if self.inverted else ", inverted=False")


# name in nn.TABLE -> class, our option -> its name there
ACTIVATIONS = {
    "step": (Step, {}),
    "sign": (Sign, {}),
    "identity": (torch.nn.Identity, {}),
    "sigmoid": (torch.nn.Sigmoid, {}),
    "tanh": (torch.nn.Tanh, {}),
    "relu": (torch.nn.ReLU, {}),
    "leaky relu": (torch.nn.LeakyReLU, {"slope": "negative_slope"}),
    "elu": (torch.nn.ELU, {"alpha": "alpha"}),
    "softplus": (torch.nn.Softplus, {}),
    "swish": (Swish, {"beta": "beta"}),
    "gelu": (torch.nn.GELU, {}),
}


def activation(layer):
    """The torch module for an nnlib Activation."""
    theirs, options = ACTIVATIONS[layer.name]
    options = {there: layer.options[here] for here, there in options.items()}
    if layer.name == "softplus":
        options = {"threshold": 40.0}  # from there on torch returns z; at its usual 20 one sees that, by 2e-9
    if layer.name == "swish" and layer.options["beta"] == 1.0:
        return torch.nn.SiLU()
    return theirs(**options)


def from_activation(module):
    """The nnlib Activation for a torch module, or None."""
    if type(module) is torch.nn.SiLU:
        return nn.Activation("swish")
    for name, (theirs, options) in ACTIVATIONS.items():
        if type(module) is theirs:
            return nn.Activation(name, **{here: getattr(module, there) for here, there in options.items()})
