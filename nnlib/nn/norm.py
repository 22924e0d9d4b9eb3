"""Batch and layer normalisation (chapter 12):  y = γ x̂ + β,  x̂ = (x − E x)/√(Var x + ε).

They differ only in what the mean goes over: the batch, for each feature (BatchNorm), or
the features, for each example (LayerNorm).
"""

import numpy as np

from nnlib.nn.module import Module
from nnlib.nn.parameter import Parameter


class LayerNorm(Module):
    """Every example gets mean 0 and variance 1 over its n features, then γ and β. Ba et al., 2016.

    x: (N, n).  ε keeps the division finite.  The same in train() and eval().
    """

    axis = 1

    def __init__(self, n, eps=1e-5, dtype=np.float64):
        self.width, self.eps, self.dtype = n, float(eps), np.dtype(dtype)  # no NumPy number: it may be a float64
        self.gamma = Parameter(np.ones(n, dtype))
        self.beta = Parameter(np.zeros(n, dtype))

    def forward(self, x):
        centred = x - x.mean(self.axis, keepdims=True)
        return self.normalise(centred, (centred * centred).mean(self.axis, keepdims=True))

    def normalise(self, centred, var):
        self.std = np.sqrt(var + self.eps)
        self.kept = centred / self.std
        return self.gamma.data * self.kept + self.beta.data

    def backward(self, upstream):
        """Write g = ∂L/∂x̂ = γ u and n for the number of entries the mean goes over. x reaches x̂_i directly,
        through the mean and through the variance (section 12.2):
            ∂x̂_i/∂x_j = (1[i = j] − 1/n − x̂_i x̂_j/n) / √(Var + ε)
        and so, summed over i,
            ∂L/∂x = (g − mean(g) − x̂ mean(g x̂)) / √(Var + ε)
        ∂L/∂γ = Σ_n u x̂  and  ∂L/∂β = Σ_n u, over the batch.
        """
        x_hat = self.recall(upstream)
        g = self.through_gamma(upstream)
        mean_g = g.mean(self.axis, keepdims=True)
        mean_gx = (g * x_hat).mean(self.axis, keepdims=True)
        return (g - mean_g - x_hat * mean_gx) / self.std

    def through_gamma(self, upstream):
        self.gamma.add_grad(np.add.reduce, upstream * self.recall(upstream))
        self.beta.add_grad(np.add.reduce, upstream)
        return upstream * self.gamma.data

    def __repr__(self):
        return f"{type(self).__name__}({self.width})"


class BatchNorm(LayerNorm):
    """Every feature gets mean 0 and variance 1 over the batch, then γ and β. Ioffe and Szegedy, 2015.

    In train() the statistics are the batch's own; running averages of them (the new batch counts
    `momentum`) stand in for them in eval(), so that a prediction does not depend on its neighbours.
    The running variance is the unbiased one, with N − 1, as in PyTorch.
    Raises ValueError in train() for a batch of one: its variance is 0.
    """

    axis = 0
    buffers = ("running_mean", "running_var")

    def __init__(self, n, eps=1e-5, momentum=0.1, dtype=np.float64):
        super().__init__(n, eps, dtype)
        self.momentum = momentum
        self.running_mean = np.zeros(n, dtype)
        self.running_var = np.ones(n, dtype)

    def forward(self, x):
        self.by_batch = self.training  # backward must match this pass, whatever the mode is by then
        if not self.training:
            return self.normalise(x - self.running_mean, self.running_var)
        if len(x) < 2:
            raise ValueError(f"{self.where} normalises over the batch, and a batch of one has no spread; "
                             "use larger batches (mind the last one of an epoch), or net.eval()")
        mean = x.mean(axis=0)
        centred = x - mean
        var = (centred * centred).mean(axis=0)
        self.running_mean += self.momentum * (mean - self.running_mean)
        self.running_var += self.momentum * (var * (len(x) / (len(x) - 1)) - self.running_var)
        return self.normalise(centred, var)

    def backward(self, upstream):
        """As for LayerNorm, with the means over the batch. In eval() the statistics are constants, and what
        is left is ∂L/∂x = γ u / √(Var + ε)  (section 12.2)."""
        if self.kept is None or self.by_batch:
            return super().backward(upstream)
        return self.through_gamma(upstream) / self.std
