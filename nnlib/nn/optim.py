"""Optimisers (chapter 04), in order of difficulty: each adds one idea to the one before.

    optimizer = Adam(net.parameters(), lr=1e-3)
    optimizer.zero_grad();  net.backward(...);  optimizer.step()

An optimiser is one rule, `update`: it changes the weights w in place, from their gradient g
and from what it remembers of earlier steps. Here w is what it is in the formulas, all
parameters of the network as one long vector.
"""

from functools import cache

import numpy as np

from nnlib.nn.parameter import Parameter


class Optimizer:
    """What all share. weight_decay λ adds λ w to the gradient: the loss is then L + λ/2 ‖w‖² (section 13.5)."""

    def __init__(self, parameters, lr, *, weight_decay=0.0):
        parameters = list(parameters)
        if not parameters:
            raise ValueError("there is nothing to train: the list of parameters is empty "
                             "(a generator gives its parameters only once)")
        if strange := [p for p in parameters if not isinstance(p, Parameter)]:
            raise TypeError(f"an optimiser trains Parameters, but a {type(strange[0]).__name__} came; "
                            "write net.parameters()")
        if len(types := {str(p.data.dtype) for p in parameters}) > 1:
            raise TypeError(f"all parameters need one type, but there are {' and '.join(sorted(types))}")
        if not lr > 0.0:
            raise ValueError(f"the learning rate must be positive, but lr = {lr}: at zero nothing would be learned, "
                             "below zero the loss would be climbed")
        if not weight_decay >= 0.0:
            raise ValueError(f"weight decay shrinks the weights, so it is at least 0, but {weight_decay} came")
        self.parameters, self.lr, self.weight_decay = parameters, float(lr), float(weight_decay)
        self.t = 0  # steps done
        self.size, self.dtype = sum(p.data.size for p in parameters), np.dtype(*types)
        self.w, self.g = self.vector(), self.vector()
        self.move_in()

    def move_in(self):
        """From now on the weights of the network are pieces of w, and its gradients are written into pieces of g."""
        self.places = list(zip(self.parameters, pieces(self.w, self.parameters), pieces(self.g, self.parameters)))
        for p, w, g in self.places:
            w[...] = p.data
            p.data, p.room = w, g

    def __setstate__(self, state):
        """For copies and pickles, where pieces would come back as arrays of their own."""
        self.__dict__ |= state
        self.move_in()

    def step(self):
        """One update of all parameters. Raises RuntimeError where one has no gradient (PyTorch would skip it)."""
        self.gather()
        self.t += 1
        self.update(self.w, self.g + self.weight_decay * self.w if self.weight_decay else self.g)

    def gather(self):
        """Brings into w and g what does not lie there: what somebody assigned, or another optimiser moved."""
        for p, w, g in self.places:
            if p.grad is not g:
                if p.grad is None:
                    raise RuntimeError(f"step() came before backward(): a parameter of shape {p.shape} has no "
                                       "gradient; or was this optimiser made for another network?")
                if np.shape(p.grad) != g.shape:
                    raise ValueError(f"a parameter of shape {g.shape} got a gradient of shape {np.shape(p.grad)}")
                g[...] = p.grad
                p.grad = p.room = g
            if p.data is not w:
                if np.shape(p.data) != w.shape:
                    raise ValueError(f"a parameter of shape {w.shape} was replaced by an array of shape "
                                     f"{np.shape(p.data)}; make a new optimiser for it")
                w[...] = p.data
                p.data = w

    def zero_grad(self):
        """Forgets all gradients."""
        for p in self.parameters:
            p.grad = None

    def vector(self):
        """A zero for every weight. It starts with a line of the cache, 64 bytes: a tenth faster to go through."""
        line = 64 // self.dtype.itemsize
        room = np.zeros(self.size + line, self.dtype)
        start = -room.ctypes.data // self.dtype.itemsize % line
        return room[start : start + self.size]


def pieces(vector, parameters):
    """Views of the vector, one of the shape of each parameter and stored as it is, by rows or by columns."""
    ends = np.cumsum([p.data.size for p in parameters])
    return [part.reshape(p.shape, order="F" if p.data.flags.f_contiguous else "C")
            for p, part in zip(parameters, np.split(vector, ends[:-1]))]


def add_scaled(w, factor, x):
    """w ← w + factor · x, in place, for two vectors of one type.

    `w += factor * x` goes twice through memory and fills a temporary array on the way. The BLAS, the
    library that also multiplies NumPy's matrices, has a routine for it, "a x plus y": once through memory.
    """
    if w.dtype.char in "fd":
        axpy(w.dtype)(x, w, a=factor)
    else:
        w += factor * x


@cache
def axpy(dtype):
    from scipy.linalg.blas import get_blas_funcs  # only here: it takes half a second

    return get_blas_funcs("axpy", dtype=dtype)


class SGD(Optimizer):
    """w ← w − η g: a step downhill, with the gradient of one mini-batch (sections 4.1 to 4.3)."""

    def update(self, w, g):
        add_scaled(w, -self.lr, g)


class Momentum(Optimizer):
    """v ← μ v + g,  w ← w − η v: steps that agree add up, steps that alternate cancel. Polyak, 1964 (section 4.4)."""

    def __init__(self, parameters, lr, momentum=0.9, *, weight_decay=0.0):
        super().__init__(parameters, lr, weight_decay=weight_decay)
        if not 0.0 <= momentum < 1.0:
            raise ValueError(f"momentum is the share of the old velocity that stays, 0 ≤ μ < 1, but {momentum} came")
        self.momentum = momentum
        self.v = self.vector()

    def update(self, w, g):
        self.v *= self.momentum
        self.v += g
        add_scaled(w, -self.lr, self.v)


class Nesterov(Momentum):
    """v ← μ v + g,  w ← w − η (g + μ v): the step that momentum will make next is counted in already.

    Nesterov, 1983, in the form of Sutskever et al., 2013, with the gradient taken where w stands.
    """

    def update(self, w, g):
        self.v *= self.momentum
        self.v += g
        add_scaled(w, -self.lr, g)
        add_scaled(w, -self.lr * self.momentum, self.v)


class Adam(Optimizer):
    """Momentum, and for every weight a step size of its own. Kingma and Ba, 2015 (section 4.4).

    m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²     running means of g and g²
    m̂ = m/(1 − β₁ᵗ),         v̂ = v/(1 − β₂ᵗ)            both started at 0: undo that bias
    w ← w − η m̂/(√v̂ + ε)
    """

    def __init__(self, parameters, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, *, weight_decay=0.0):
        super().__init__(parameters, lr, weight_decay=weight_decay)
        if not all(0.0 <= beta < 1.0 for beta in betas):
            raise ValueError(f"betas are the shares of the old means that stay, 0 ≤ β < 1, but {betas} came")
        if len(betas) != 2 or not eps >= 0.0:
            raise ValueError(f"Adam takes two betas and an ε of at least 0, but betas = {betas} and eps = {eps} came")
        self.betas, self.eps = betas, float(eps)
        self.m, self.v, self.scratch = self.vector(), self.vector(), self.vector()

    def update(self, w, g):
        """The three lines above, with every factor that is one number for all weights taken out of the arrays.

        m and v here are those above divided by 1 − β₁ and 1 − β₂: so the gradient is added as it is. With
        m̂ = c₁ m and √v̂ = c₂ √v, the step is  η m̂/(√v̂ + ε) = (η c₁/c₂) · m/(√v + ε/c₂).
        """
        beta1, beta2 = self.betas
        c1 = (1.0 - beta1) / (1.0 - beta1**self.t)
        c2 = ((1.0 - beta2) / (1.0 - beta2**self.t)) ** 0.5
        m, v, step = self.m, self.v, self.scratch
        m *= beta1
        m += g
        v *= beta2
        v += np.multiply(g, g, out=step)
        np.sqrt(v, out=step)
        step += self.eps / c2
        np.divide(m, step, out=step)
        add_scaled(w, -self.lr * c1 / c2, step)


class AdamW(Adam):
    """Adam whose weight decay stays out of the running means: w ← w − η λ w, then Adam's step.

    In Adam, √v̂ would scale the decay too, and weights with large gradients would hardly decay.
    Loshchilov and Hutter, 2019.
    """

    def __init__(self, parameters, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, *, weight_decay=0.01):
        super().__init__(parameters, lr, betas, eps, weight_decay=weight_decay)

    def step(self):
        """As above: the weights shrink first, and the gradient stays as it is."""
        self.gather()
        self.t += 1
        self.w *= 1.0 - self.lr * self.weight_decay
        self.update(self.w, self.g)


def clip_grad_norm(parameters, max_norm):
    """If ‖g‖ > τ, g ← τ g/‖g‖, with one norm for all gradients together (section 10.5). Returns ‖g‖ as it was.

    The direction stays; only the length changes, and then to τ exactly. Pascanu et al., 2013.
    """
    if not max_norm > 0.0:
        raise ValueError(f"the largest allowed norm must be positive, but {max_norm} came")
    gradients = [p.grad for p in parameters if p.grad is not None]
    # In float64: the squares of float32 overflow from 10¹⁹ on, and such gradients are what clipping is for.
    norm = sum(float(np.linalg.norm(g.astype(float))) ** 2 for g in gradients) ** 0.5
    if norm > max_norm:
        for g in gradients:
            g *= max_norm / norm
    return norm
