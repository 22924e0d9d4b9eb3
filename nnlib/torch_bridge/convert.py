"""One network on both sides of the bridge: `to_torch` and `from_torch` (section 8.2).

Both make a network of its own, with copies of all weights and buffers, the same type of numbers, and every
layer in train() or eval() as it was. There and back again is the identity, to the bit.
"""

import copy

import numpy as np
import torch

from nnlib import nn
from nnlib.torch_bridge import modules

# Our name of an array -> PyTorch's.
NAMES = {
    nn.Linear: {"W": "weight", "b": "bias"},
    nn.PReLU: {"slope": "weight"},
    nn.LayerNorm: {"gamma": "weight", "beta": "bias"},
    nn.BatchNorm: {"gamma": "weight", "beta": "bias",
                   "running_mean": "running_mean", "running_var": "running_var"},
}
SUPPORTED = ("Linear, Dropout, LayerNorm, BatchNorm1d, PReLU, Softmax, Sequential, the modules of "
             "nnlib.torch_bridge.modules and the activations of nnlib.nn.TABLE")


def to_torch(model):
    """A torch module that computes what `model`, a layer or network of nnlib.nn, computes.

    Dropout draws its masks from a copy of the model's generator: the same ones from then on.
    Raises TypeError, with its place in the network, for a layer that is not one of nnlib.nn.
    """
    memo = {}
    return there(model, "net", {}, lambda rng: copy.deepcopy(rng, memo))


def there(layer, place, seen, generator):
    """The twin of one layer. seen: Parameters met so far, as one may stand in two places. generator: rng -> rng."""
    inside = lambda inner, name: there(inner, f"{place}{name}", seen, generator)
    kind = type(layer)
    if kind in (nn.Sequential, nn.MLP):
        twins = [inside(inner, f"[{i}]") for i, inner in enumerate(layer.layers)]
        module = (modules.MLP if kind is nn.MLP else torch.nn.Sequential)(*twins)
    elif kind is nn.Residual:
        module = modules.Residual(inside(layer.body, ".body"))
    elif kind is nn.Linear:  # on "meta" nothing is drawn: the weights come below
        module = torch.nn.Linear(layer.width, layer.n_out, layer.b is not None, device="meta")
    elif kind is nn.PReLU:
        module = torch.nn.PReLU(layer.slope.data.size)
    elif kind is nn.LayerNorm:
        module = torch.nn.LayerNorm(layer.width, layer.eps)
    elif kind is nn.BatchNorm:
        module = torch.nn.BatchNorm1d(layer.width, layer.eps, layer.momentum)
    elif kind is nn.Maxout:
        module = modules.Maxout(layer.k)
    elif kind is nn.Softmax:
        module = torch.nn.Softmax(dim=-1)
    elif kind is nn.Dropout:
        module = modules.Dropout(layer.p, generator(layer.rng), layer.inverted)
    elif kind is nn.Activation and layer.name in modules.ACTIVATIONS:
        module = modules.activation(layer)
    else:
        raise TypeError(f"to_torch knows no twin of {place}, {describe(layer)}: it can take every layer of nnlib.nn, "
                        "but none made from one (write its twin as a torch module instead)")
    for ours, theirs in NAMES.get(kind, {}).items():
        part = getattr(layer, ours)
        if isinstance(part, nn.Parameter):
            if part not in seen:
                seen[part] = torch.nn.Parameter(torch.from_numpy(np.array(part.data, order="C")))
            setattr(module, theirs, seen[part])
        elif part is not None:
            setattr(module, theirs, torch.from_numpy(part.copy()))
    module.training = layer.training
    return module


def from_torch(module, rng=None):
    """The layer or network of nnlib.nn that computes what a torch module computes; on the CPU, wherever that lies.

    rng: a NumPy generator for torch.nn.Dropout, which has none of its own.
    All parameters are trained here, so requires_grad=False is not carried over; nor is num_batches_tracked, PyTorch's
    count of the batches that a batch norm has seen, which plays no part where momentum is a number.
    Raises TypeError, with its place in the network, for a module without a twin or with an option that has none.
    """
    return back(module, "net", {}, rng, {})


def back(module, place, seen, rng, memo):
    """The twin of one torch module. seen: modules and parameters met so far. memo: generators copied so far."""
    if id(module) in seen:
        raise ValueError(f"from_torch: the same {describe(module)} stands at {seen[id(module)]} and at {place}; a "
                         "layer of nnlib remembers one forward pass only, so each place needs a layer of its own")
    seen[id(module)] = place
    if why := refusal(module):
        raise TypeError(f"from_torch knows no twin of {place}, {describe(module)}: {why}")
    kind = type(module)
    if kind in (torch.nn.Sequential, modules.MLP):
        layers = [back(inner, f"{place}[{i}]", seen, rng, memo) for i, inner in enumerate(module)]
        layer = nn.Sequential(*layers)
        if kind is modules.MLP:
            layer.__class__ = nn.MLP  # it was one; only its constructor differs, which makes layers of its own
    elif kind is modules.Residual:
        layer = nn.Residual(back(module.body, f"{place}.body", seen, rng, memo))
    elif kind is torch.nn.Linear:
        layer = nn.Linear(module.in_features, module.out_features, rng=NO_DRAW, init=zeros,
                          bias=module.bias is not None, dtype=dtype(module, place))
    elif kind is torch.nn.PReLU:
        layer = nn.PReLU(module.num_parameters, dtype=dtype(module, place))
    elif kind is torch.nn.LayerNorm:
        layer = nn.LayerNorm(module.normalized_shape[0], module.eps, dtype(module, place))
    elif kind is torch.nn.BatchNorm1d:
        layer = nn.BatchNorm(module.num_features, module.eps, module.momentum, dtype(module, place))
    elif kind is modules.Maxout:
        layer = nn.Maxout(module.k)
    elif kind is torch.nn.Softmax:
        layer = nn.Softmax()
    elif kind is modules.Dropout and module.rng is not None:
        layer = nn.Dropout(module.p, rng=copy.deepcopy(module.rng, memo), inverted=module.inverted)
    elif kind in (torch.nn.Dropout, modules.Dropout):
        if rng is None:
            raise TypeError(f"from_torch: {place}, {describe(module)}, draws random numbers from a generator that "
                            "you give: from_torch(module, rng=np.random.default_rng(0))")
        layer = nn.Dropout(module.p, rng=rng, inverted=getattr(module, "inverted", True))
    else:
        layer = modules.from_activation(module)
    for ours, theirs in NAMES.get(type(layer), {}).items():
        tensor, part = getattr(module, theirs), getattr(layer, ours)
        if isinstance(part, nn.Parameter) and id(tensor) in seen:
            setattr(layer, ours, seen[id(tensor)])  # one Parameter in two places
        elif isinstance(part, nn.Parameter):
            part.data[...] = array(tensor)
            seen[id(tensor)] = part
        elif part is not None:
            part[...] = array(tensor)
    layer.training = module.training
    return layer


def refusal(module):
    """Why nnlib has no twin of a torch module; None if it has one."""
    kind = type(module)
    if kind is torch.nn.LayerNorm:
        if len(module.normalized_shape) != 1 or module.weight is None or module.bias is None:
            return "LayerNorm goes over one axis here and has weight and bias"
    elif kind is torch.nn.BatchNorm1d:
        if module.weight is None or module.running_mean is None or module.momentum is None:
            return "BatchNorm here has weight, bias and running statistics, and a number for momentum"
    elif kind is torch.nn.Softplus:
        if module.beta != 1 or module.threshold < 20:
            return "softplus has no β here, and becomes linear nowhere"
    elif kind is torch.nn.GELU:
        if module.approximate != "none":
            return "gelu is the exact one here"
    elif kind is torch.nn.Softmax:
        if module.dim not in (1, -1):
            return "softmax goes along the rows of a batch here, dim=1"
    elif kind not in (torch.nn.Sequential, modules.MLP, modules.Residual, torch.nn.Linear, torch.nn.PReLU,
                      modules.Maxout, torch.nn.Dropout, modules.Dropout) and modules.from_activation(module) is None:
        return f"supported are {SUPPORTED}"


def give_back(model, module):
    """Copies all weights and buffers of `module`, which was made of `model` by to_torch, into `model`, in place."""
    for ours, theirs in NAMES.get(type(model), {}).items():
        part = getattr(model, ours)
        if part is not None:
            target = part.data if isinstance(part, nn.Parameter) else part
            target[...] = array(getattr(module, theirs))
    for (_, layer), twin in zip(model.children(), module.children()):
        give_back(layer, twin)


def array(tensor):
    """A tensor, wherever it lies, as a NumPy array."""
    return tensor.detach().cpu().numpy()


def dtype(module, place):
    """The type of a module's numbers, for NumPy."""
    if module.weight.dtype not in (torch.float64, torch.float32, torch.float16):
        raise TypeError(f"from_torch: {place}, {describe(module)}, holds {module.weight.dtype}, which NumPy has not; "
                        "write module.float() first")
    return array(module.weight[:0]).dtype


def describe(thing):
    """A layer in words: its repr where that is one line, else its class."""
    words = repr(thing)
    return words if "\n" not in words and len(words) < 80 else f"a {type(thing).__name__}"


NO_DRAW = np.random.default_rng(0)  # a Linear asks for a generator, but nothing is drawn from this one


def zeros(shape, rng):
    return np.zeros(shape)
