"""Layers put together: one after the other, and around each other."""

import numpy as np

from nnlib.nn import init
from nnlib.nn.activations import Activation
from nnlib.nn.dropout import Dropout
from nnlib.nn.linear import Linear
from nnlib.nn.module import Module


class Sequential(Module):
    """One layer after the other: net[0] sees the data, the output of net[-1] is the output."""

    def __init__(self, *layers):
        for i, layer in enumerate(layers):
            if not isinstance(layer, Module):
                raise TypeError(f"Sequential is made of layers, but argument {i} is a {type(layer).__name__}")
            layer.put_at(f"net[{i}]")
        if not layers:
            raise ValueError("Sequential needs at least one layer")
        inside = [inner for layer in layers for inner in layer.modules()]
        if len(set(inside)) < len(inside):
            raise ValueError("the same layer stands twice in this network; a layer remembers one forward pass "
                             "only, so each place needs a layer of its own")
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def backward(self, upstream):
        """The chain rule, from the last layer to the first: the downstream gradient of each layer is the upstream
        gradient of the one before. Every delta is computed once and used twice, which makes it linear in the
        number of layers (section 7.5)."""
        upstream = self.down_to_the_first(upstream)
        return self.layers[0].backward(upstream)

    def collect(self, upstream):
        self.layers[0].collect(self.down_to_the_first(upstream))

    def down_to_the_first(self, upstream):
        for layer in reversed(self.layers[1:]):
            upstream = layer.backward(upstream)
            if self.watching:
                layer.find_nan(upstream, "passed down")
        return upstream

    def children(self):
        return [(str(i), layer) for i, layer in enumerate(self.layers)]

    def __getitem__(self, i):
        return self.layers[i]

    def __len__(self):
        return len(self.layers)

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(map(repr, self.layers))})"


class MLP(Sequential):
    """A multilayer perceptron: MLP(784, [256, 128, 10], "relu", rng=rng) has two hidden layers and ten scores.

    widths: neurons of each layer; the last one has no activation.  dropout: chance p of dropping a hidden activation.
    Weights start by He where the activation is a kind of ReLU, else by Xavier; `init` replaces both.
    """

    def __init__(self, n_inputs, widths, activation="tanh", *, rng=None, dropout=0.0, init=None, dtype=np.float64):
        widths = [widths] if isinstance(widths, (int, np.integer)) else list(widths)
        if not widths:
            raise ValueError("widths lists the neurons of each layer, the outputs last, but it is empty")
        init = init or default_init(activation)
        layers = []
        for n_in, n_out in zip([n_inputs, *widths], widths):
            layers += [Linear(n_in, n_out, rng=rng, init=init, dtype=dtype), Activation(activation)]
            layers += [Dropout(dropout, rng=rng)] if dropout else []
        last = max(i for i, layer in enumerate(layers) if isinstance(layer, Linear))
        super().__init__(*layers[: last + 1])


class Residual(Module):
    """y = x + body(x): the body learns only the difference (section 10.4). He et al., 2016.

    body: any layer or network whose output has the shape of its input.
    """

    def __init__(self, body):
        if not isinstance(body, Module):
            raise TypeError(f"Residual goes around a layer or a network, but a {type(body).__name__} came")
        self.body = body

    def forward(self, x):
        y = self.body(x)
        if y.shape != x.shape:
            raise ValueError(f"{self.where} adds its input to the body's output, so their shapes must agree, "
                             f"but {x.shape} went in and {y.shape} came out of {self.body}")
        return x + y

    def backward(self, upstream):
        """∂y/∂x = I + ∂body/∂x, so the upstream gradient comes through whole, whatever the body does to its
        own share: ∂L/∂x = u + body.backward(u)  (section 10.4)."""
        return upstream + self.body.backward(upstream)

    def __repr__(self):
        return f"Residual({self.body})"


def default_init(activation):
    """He for the kinds of ReLU, whose outputs are half zeros or nearly so, else Xavier."""
    return init.he if activation in ("relu", "leaky relu", "elu", "softplus", "swish", "gelu") else init.xavier
