"""What `check` knows of PyTorch's tensors, without importing torch: they are known by the name of their class."""

import copy
import sys
from functools import lru_cache
from typing import NamedTuple

import numpy as np

PLAIN = {int, float, str, bool, type(None)}


class State(NamedTuple):
    """All that a caller can see of a tensor, in plain data."""

    values: np.ndarray | None  # None on the device "meta", which has shapes and no numbers
    dtype: str
    device: str
    requires_grad: bool
    grad: np.ndarray | None


def is_tensor(x):
    """Is x a torch.Tensor, or of a class made from it, such as Parameter?"""
    return _is_tensor_class(type(x))


@lru_cache
def _is_tensor_class(cls):
    return any((c.__module__, c.__name__) == ("torch", "Tensor") for c in cls.__mro__)


def shape(x):
    return tuple(x.shape)


def dtype(x):
    """"float64", as NumPy would call it."""
    return str(x.dtype).removeprefix("torch.")


def device(x):
    """"cpu", "cuda:0", "meta"."""
    return str(x.device)


def as_array(x):
    """The numbers of a tensor as a NumPy array of its own; bfloat16, which NumPy lacks, as float32."""
    x = x.detach().cpu()
    return np.array((x.float() if dtype(x) == "bfloat16" else x).numpy())


def plain(x):
    """Tensors in lists and tuples turned into arrays; everything else stays as it is."""
    if type(x) in (list, tuple):
        return type(x)(map(plain, x))
    return as_array(x) if is_tensor(x) and device(x) != "meta" else x


def copied(x):
    """A tensor of its own: a leaf with its gradient, an inner node still connected to its graph."""
    if not x.is_leaf:
        return x.clone()
    own = copy.deepcopy(x)
    own.grad = None if x.grad is None else x.grad.clone()  # a copied Parameter would be without
    return own


def states(x):
    """Tensors in lists, tuples and dicts turned into their State, to see what a call has changed."""
    if "torch" not in sys.modules or type(x) in PLAIN:  # large data is not walked through in vain
        return x
    if type(x) in (list, tuple):
        if PLAIN.issuperset(map(type, x)):
            return x
        return type(x)(map(states, x))
    if type(x) is dict:
        return {key: states(value) for key, value in x.items()}
    if not is_tensor(x):
        return x
    grad = x.grad if x.is_leaf else None  # asking an inner node for its gradient is a warning
    return tuple(State(plain(x) if device(x) != "meta" else None, dtype(x), device(x), x.requires_grad,
                       None if grad is None else plain(grad)))
