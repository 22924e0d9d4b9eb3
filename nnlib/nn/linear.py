"""The linear layer  Z = A Wᵀ + b  (chapters 02 and 07)."""

import numpy as np

from nnlib.nn import init as initialisers
from nnlib.nn.checks import need_rng
from nnlib.nn.module import Module
from nnlib.nn.parameter import Parameter


class Linear(Module):
    """z = W a + b for every row a of the batch:  Z = A @ W.T + b.

    A: (N, n_in).  W: (n_out, n_in), one row a neuron.  b: (n_out,).  Z: (N, n_out).
    W is drawn by `init(shape, rng)` (see nnlib.nn.init), b starts at 0.
    Raises ValueError where A has not n_in columns, TypeError where it has not the type of W.
    """

    def __init__(self, n_in, n_out, *, rng=None, init=initialisers.xavier, bias=True, dtype=np.float64):
        self.width, self.n_out, self.dtype = n_in, n_out, np.dtype(dtype)
        W = init((n_out, n_in), need_rng(rng, self))
        if np.shape(W) != (n_out, n_in):
            raise ValueError(f"{self} needs weights of shape (outputs, inputs) = {(n_out, n_in)}, but its init gave "
                             f"{np.shape(W)}")
        # Stored column by column: A @ W.T is then a product of two matrices as they lie in
        # memory, which the BLAS does up to a third faster for small batches.
        self.W = Parameter(np.asfortranarray(W, dtype))
        self.b = Parameter(np.zeros(n_out, dtype)) if bias else None

    def forward(self, a):
        self.kept = a
        z = a @ self.W.data.T
        if self.b is not None:
            z += self.b.data
        return z

    def backward(self, upstream):
        """With delta = ∂L/∂Z as upstream (section 7.4):

        z_ni = Σ_j W_ij a_nj + b_i, so W_ij moves z_ni by a_nj, b_i moves it by 1, a_nj by W_ij. Summed over
        all the ways on which each one reaches the loss:
            ∂L/∂W_ij = Σ_n delta_ni a_nj     that is  delta.T @ A
            ∂L/∂b_i  = Σ_n delta_ni          that is  delta.sum(axis=0)
            ∂L/∂a_nj = Σ_i delta_ni W_ij     that is  delta @ W
        """
        self.collect(upstream)
        return upstream @ self.W.data

    def collect(self, upstream):
        """The gradients of W and b alone, the first two lines of backward()."""
        a = self.recall(upstream, self.kept is not None and (len(self.kept), self.n_out))
        self.W.add_grad(np.matmul, upstream.T, a)
        if self.b is not None:
            self.b.add_grad(np.add.reduce, upstream)  # over the rows, so over the batch

    def __repr__(self):
        return f"Linear({self.width}, {self.n_out})"
