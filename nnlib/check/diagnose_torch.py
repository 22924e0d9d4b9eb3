"""Likely mistakes with PyTorch's tensors: by the kind of thing that came, and by what torch's own errors say.

diagnose.py asks FORM first, then takes the tensors' numbers and goes on with its own patterns.
"""

from itertools import permutations

import numpy as np

from nnlib.check import tensors
from nnlib.check.case import any_place, is_number


def _both(sign):
    return any_place(lambda g, e: tensors.is_tensor(g) and tensors.is_tensor(e) and sign(g, e))


def _other_float(g, e):
    return g.dtype.is_floating_point and e.dtype.is_floating_point and g.dtype != e.dtype


def _axes(g, e):
    """The same numbers with three or more axes in another order. (Two are a matrix: see `transposed`.)"""
    if g.ndim != e.ndim or g.ndim < 3 or g.ndim > 5 or sorted(g.shape) != sorted(e.shape):
        return False
    came, wanted = tensors.as_array(g), tensors.as_array(e)
    others = (order for order in permutations(range(g.ndim)) if order != tuple(range(g.ndim)))
    return any(came.shape == wanted.transpose(order).shape and np.allclose(came, wanted.transpose(order))
               for order in others) and not (came.shape == wanted.shape and np.allclose(came, wanted))


FORM = {  # name of a mistake -> does it fit this Case?
    "tensor-for-number": any_place(lambda g, e: tensors.is_tensor(g) and is_number(e)),
    "number-for-tensor": any_place(lambda g, e: tensors.is_tensor(e) and (is_number(g) or isinstance(g, np.generic))),
    "numpy-for-tensor": any_place(lambda g, e: tensors.is_tensor(e) and isinstance(g, np.ndarray)),
    "tensor-for-numpy": any_place(lambda g, e: tensors.is_tensor(g) and isinstance(e, np.ndarray)),
    "list-for-tensor": any_place(lambda g, e: tensors.is_tensor(e) and isinstance(g, (list, tuple))),
    "tensor-for-tuple": any_place(lambda g, e: tensors.is_tensor(g) and isinstance(e, (list, tuple))),
    "other-float": _both(_other_float),
    "other-device": _both(lambda g, e: tensors.device(g) != tensors.device(e)),
    "graph-kept": _both(lambda g, e: g.requires_grad and not e.requires_grad),
    "axes-permuted": _both(_axes),
    "graph-lost": _both(lambda g, e: e.requires_grad and not g.requires_grad),
}

ERRORS = (  # (words in the message of an error, mistake); the first that fits is taken
    ("does not require grad and does not have a grad_fn", "nothing-to-differentiate"),
    ("grad can be implicitly created only for scalar outputs", "not-a-scalar-loss"),
    ("backward through the graph a second time", "graph-used-up"),
    ("Can't call numpy() on Tensor that requires grad", "numpy-in-the-graph"),
    ("leaf Variable that requires grad is being used in an in-place operation", "leaf-in-place"),
    ("leaf variable has been moved into the graph interior", "leaf-in-place"),
    ("modified by an inplace operation", "saved-then-changed"),
    ("appears to not have been used in the graph", "unused-input"),
    ("returned an incorrect number of gradients", "gradient-for-each-input"),
    ("returned a gradient different", "gradient-of-a-constant"),
    ("returned an invalid gradient", "gradient-shape"),
    ("save_for_backward can only save variables", "number-saved-as-tensor"),
    ("is not a Module subclass", "not-a-layer"),
    ("torch.nn.Parameter or None expected", "parameter-replaced"),
    ("'ReLU' object has no attribute", "layer-without-weights"),
    ("'Tanh' object has no attribute", "layer-without-weights"),
    ("has no attribute 'device'", "device-of-a-model"),
    ("must be Tensor, not", "number-for-torch"),
    ("have the same dtype", "mixed-floats"),
    ("same device", "other-device"),
    ("not on the expected device", "other-device"),
    ("shapes cannot be multiplied", "shapes-do-not-multiply"),
    ("Expected size for first two dimensions of batch2", "shapes-do-not-multiply"),
    ("must match the size of tensor", "shapes-do-not-broadcast"),
    ("does not broadcast with previously seen size", "shapes-do-not-broadcast"),
)
