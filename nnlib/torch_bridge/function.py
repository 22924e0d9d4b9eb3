"""Hand-written gradients inside PyTorch's autograd (section 8.1).

A torch.autograd.Function is one node of the computation graph: a forward pass that saves what its backward
pass needs, and a backward pass that turns the upstream gradient into one downstream gradient an input.
"""

import copy

import numpy as np
import torch

from nnlib import nn


class Multiply(torch.autograd.Function):
    """z = x y, entry by entry:  ∂z/∂x = y,  ∂z/∂y = x."""

    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * y

    @staticmethod
    def backward(ctx, upstream):
        x, y = ctx.saved_tensors
        return upstream * y, upstream * x


def as_function(layer):
    """A layer or network of nnlib.nn, forward and backward written by hand, as a function of tensors.

        f = as_function(nn.Linear(3, 2, rng=rng))
        f(x).sum().backward()           # x.grad and f.W.grad come from Linear.backward

    What comes back is a torch module. Its parameters share their memory with the layer's arrays, so that a
    torch optimiser trains the layer; train() and eval() switch both. It computes on the CPU, in NumPy.
    Raises TypeError where `layer` is none of nnlib, or where what comes in is no tensor on the CPU.
    """
    return NumPyLayer(layer)


class NumPyLayer(torch.nn.Module):
    """What as_function returns."""

    def __init__(self, layer):
        super().__init__()
        if not isinstance(layer, nn.Module):
            raise TypeError(f"as_function takes a layer of nnlib.nn, but a {type(layer).__name__} came")
        self.layer, self.training = layer, layer.training
        names = {p: name for name, p in layer.named_parameters()}
        self.trained = list(names)  # one that stands in two places comes once
        for p, name in names.items():  # PyTorch allows no dot in a name
            self.register_parameter(name.replace(".", "_"), torch.nn.Parameter(torch.from_numpy(p.data)))
        for name, buffer in layer.named_buffers().items():
            self.register_buffer(name.replace(".", "_"), torch.from_numpy(buffer))

    def forward(self, x):
        return ByHand.apply(self.layer, self.trained, x, *self.parameters())

    def train(self, mode=True):
        self.layer.train(mode)
        return super().train(mode)

    def extra_repr(self):
        return repr(self.layer)


class ByHand(torch.autograd.Function):
    """The node: forward and backward of the NumPy layer, as a function of its input and of its parameters."""

    @staticmethod
    def forward(ctx, layer, trained, x, *weights):
        x, *weights = (from_cpu(tensor) for tensor in (x, *weights))
        own = [p.data for p in trained]
        try:
            for p, w in zip(trained, weights):
                p.data = w
            y = layer(x)
            # What the layer keeps for its backward pass the next forward pass overwrites, and PyTorch allows any
            # number of them before the first backward: so this node keeps the layer as it is now.
            ctx.layer = copy.deepcopy(layer)
            ctx.trained = ctx.layer.parameters()
        finally:
            for p, w in zip(trained, own):
                p.data = w
        return torch.from_numpy(np.array(y))

    @staticmethod
    def backward(ctx, upstream):
        if torch.is_grad_enabled():
            raise RuntimeError("this backward pass is written by hand, in NumPy, so PyTorch cannot differentiate it "
                               "once more: leave out create_graph=True, or use to_torch(layer)")
        for p in ctx.trained:
            p.grad = p.room = None
        dx = ctx.layer.backward(from_cpu(upstream))
        return None, None, *(torch.from_numpy(np.array(g)) for g in (dx, *(p.grad for p in ctx.trained)))


def from_cpu(tensor):
    """A tensor as an array, or clear words."""
    if not isinstance(tensor, torch.Tensor):
        raise TypeError(f"a function of tensors got a {type(tensor).__name__}: write torch.from_numpy(x) first, or "
                        "call the NumPy layer itself")
    if tensor.device.type != "cpu":
        raise TypeError(f"a NumPy layer computes on the CPU, but a tensor on {tensor.device} came: write x.cpu() for "
                        "it, or to_torch(layer) for a layer that can go to the GPU")
    if tensor.dtype == torch.bfloat16:
        raise TypeError("NumPy has no bfloat16: write x.float() first")
    return tensor.detach().numpy()
