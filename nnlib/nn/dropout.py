"""Dropout (chapter 13): train a new, thinner network at every step; use them all at once when testing."""

import numpy as np

from nnlib.nn.checks import need_rng
from nnlib.nn.module import Module


class Dropout(Module):
    """Each activation is dropped (set to 0) with probability p while training. Srivastava et al., 2014.

    inverted=True:   the survivors are divided by 1 − p, so that the expectation stays as it was
                     and eval() passes everything unchanged: what PyTorch does.
    inverted=False:  the classical form, where eval() multiplies by 1 − p instead (section 13.3).
    """

    def __init__(self, p, *, rng=None, inverted=True):
        if not 0.0 <= p < 1.0:
            raise ValueError(f"p is the probability of dropping, 0 ≤ p < 1, but p = {p} came")
        self.p, self.inverted = float(p), inverted  # no NumPy number, which would make float64 of float32
        self.rng = need_rng(rng, self)

    def forward(self, a):
        keep = 1.0 - self.p
        if self.training:
            mask = (self.rng.random(a.shape, a.dtype) < keep).astype(a.dtype)
            self.kept = mask / keep if self.inverted else mask
        else:
            self.kept = np.full_like(a, 1.0 if self.inverted else keep)
        return a * self.kept

    def backward(self, upstream):
        """y = m ⊙ a with a mask m that does not depend on a, so ∂L/∂a = m ⊙ u: the same mask as in the
        forward pass, its scale included (section 13.2)."""
        return upstream * self.recall(upstream)

    def __repr__(self):
        return f"Dropout({self.p})" if self.inverted else f"Dropout({self.p}, inverted=False)"
