"""What every layer is: something with parameters, a forward pass and a backward pass.

A layer computes `y = layer(x)` for a batch, one example in each row, and remembers
what its backward pass will need. `dx = layer.backward(dy)` takes the gradient of the
loss by the layer's output (upstream) and returns the one by its input (downstream);
on the way it adds the gradients of the layer's own parameters to their `.grad`.
What a layer remembers it does not copy: do not change its input or its output in place
before the backward pass. The names mean what they mean in PyTorch.
"""

import numpy as np

from nnlib.nn.checks import kind
from nnlib.nn.parameter import Parameter


class Module:
    """The base of all layers and networks. A layer writes `forward` and `backward`; the rest is here."""

    training = True  # train() and eval() set it: dropout and batch norm behave differently
    watching = False  # watch() sets it: look for NaN at every layer
    kept = None  # what forward() remembers for backward()
    width = None  # number of input features, where the layer has a fixed one
    dtype = None  # type of its parameters, where it has some
    place = ""  # where it stands in its network, for error messages
    buffers = ()  # names of arrays that are saved but not trained

    def __call__(self, x):
        """The forward pass, after a look at what came in."""
        self.admit(x)
        y = self.forward(x)
        if self.watching:
            self.find_nan(y, "made")
        return y

    def forward(self, x):
        """The layer's output for the batch x."""
        raise NotImplementedError(f"{type(self).__name__} has no forward pass")

    def backward(self, upstream):
        """∂(loss)/∂x from upstream = ∂(loss)/∂y; adds the gradients of the parameters to their .grad."""
        raise NotImplementedError(f"{type(self).__name__} has no backward pass")

    def collect(self, upstream):
        """backward() for the first layer in training: the gradients of the parameters only.

        The gradient by the data itself is of no use there, and costs a matrix product.
        """
        self.backward(upstream)

    # The parts: parameters, layers inside, what is saved -------------------------

    def children(self):
        """(name, layer) of the layers directly inside this one."""
        return [(name, part) for name, part in vars(self).items() if isinstance(part, Module)]

    def modules(self):
        """This layer and all inside it."""
        return [self, *(inner for _, child in self.children() for inner in child.modules())]

    def named_parameters(self):
        """(name, Parameter) of all that is trained, in order; names such as "0.W"."""
        own = [(name, part) for name, part in vars(self).items() if isinstance(part, Parameter)]
        return own + [(f"{name}.{inner}", p) for name, child in self.children()
                      for inner, p in child.named_parameters()]

    def parameters(self):
        """All trained Parameters, in a fixed order; one that stands in two places, once."""
        return list(dict.fromkeys(p for _, p in self.named_parameters()))

    def put_at(self, place):
        """Tells this layer and all inside it where they stand, for error messages."""
        self.place = f" at {place}"
        for name, child in self.children():
            child.put_at(f"{place}[{name}]" if name.isdigit() else f"{place}.{name}")

    def zero_grad(self):
        """Forgets the gradients; call it before every backward pass."""
        for p in self.parameters():
            p.grad = None

    def train(self, mode=True):
        """Switches to training (True) or evaluation (False). Returns the module."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self):
        """Switches to evaluation: dropout passes everything, batch norm uses its running statistics."""
        return self.train(False)

    def watch(self, on=True):
        """Looks for NaN and infinity before and after every layer from now on (slower). Returns the module."""
        for module in self.modules():
            module.watching = on
        return self

    def arrays(self):
        """name -> array of everything that makes up the state; the arrays themselves, no copies."""
        state = {name: p.data for name, p in self.named_parameters()}
        return state | self.named_buffers()

    def named_buffers(self):
        state = {name: getattr(self, name) for name in self.buffers}
        for name, child in self.children():
            state |= {f"{name}.{inner}": array for inner, array in child.named_buffers().items()}
        return state

    def state_dict(self):
        """name -> array, as a copy: training on does not change it (PyTorch gives the arrays themselves)."""
        return {name: array.copy(order="K") for name, array in self.arrays().items()}

    def load_state_dict(self, state):
        """Copies the arrays of a state_dict() into this network. Raises where names or shapes differ."""
        own = self.arrays()
        if missing := [name for name in own if name not in state]:
            raise KeyError(f"the state has no {', '.join(missing)}; it holds {', '.join(state)}")
        if extra := [name for name in state if name not in own]:
            raise KeyError(f"the state has {', '.join(extra)}, which this network has not; it was saved by another one")
        new = {name: np.asarray(state[name]) for name in own}  # all looked at before the first is changed
        for name, array in own.items():
            if new[name].shape != array.shape:
                raise ValueError(f"{name} has shape {array.shape} here, but {new[name].shape} in the state")
            if new[name].dtype.kind not in "fiu":
                raise TypeError(f"{name} holds {array.dtype} here, but {new[name].dtype} in the state")
        for name, array in own.items():
            array[...] = new[name]

    # Clear words where something does not fit ------------------------------------

    def admit(self, x):
        """Raises TypeError or ValueError where x is no batch that this layer can take."""
        if not isinstance(x, np.ndarray) or x.dtype.kind not in "fc":
            remedy = ("write X.astype(float) first" if isinstance(x, np.ndarray) else
                      "does the layer before it return its result?" if x is None else
                      "write np.array(X, dtype=float) first")
            raise TypeError(f"{self.where} computes with an array of floats, but {kind(x)} came; {remedy}")
        if x.size == 0:
            raise ValueError(f"{self.where} got an empty batch, shape {x.shape}; is there any data left?")
        if self.width is not None and (x.ndim != 2 or x.shape[1] != self.width):
            hint = "; one example alone is a batch of one row: x[None, :]" if x.shape == (self.width,) else ""
            raise ValueError(f"{self.where} expects a batch of shape (N, {self.width}), but {x.shape} came{hint}")
        if self.dtype is not None and x.dtype != self.dtype and x.dtype.kind == self.dtype.kind:
            raise TypeError(f"{self.where} holds {self.dtype} but {x.dtype} came; mixing them is slow and hides "
                            f"mistakes: write X.astype(np.{self.dtype}), or build the layer with dtype=np.{x.dtype}")
        if self.watching:
            self.find_nan(x, "got")

    def recall(self, upstream, shape=None):
        """What forward() kept, once it is sure that `upstream` fits: it has the shape of the output,
        which is `shape`, or where none is given, that of what was kept."""
        if self.kept is None:
            raise RuntimeError(f"{self.where}: backward() came before forward(); "
                               "compute the output first, its backward pass needs what was seen on the way")
        if not isinstance(upstream, np.ndarray) or upstream.dtype.kind not in "fc":
            raise TypeError(f"{self.where}: the gradient by its output is an array of floats, but {kind(upstream)} "
                            "came")
        if upstream.shape != (shape or self.kept.shape):
            raise ValueError(f"{self.where}: the gradient by its output must have the output's shape "
                             f"{shape or self.kept.shape}, but {upstream.shape} came")
        return self.kept

    def find_nan(self, array, verb):
        bad = ~np.isfinite(array)
        if bad.any():
            first = tuple(map(int, np.argwhere(bad)[0]))
            raise FloatingPointError(f"{self.where} {verb} {array[first]} at {list(first)}; "
                                     f"{bad.sum()} of {bad.size} entries are not finite")

    @property
    def where(self):
        return f"{self}{self.place}"

    def __repr__(self):
        return f"{type(self).__name__}()"
