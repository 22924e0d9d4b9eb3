"""A network of nnlib.nn once more, in Values: one number at a time, as in chapter 06.

A batch is a list of rows, each a list of Values. Slow, and short: every gradient comes from the chain rule
of Value alone, so it can judge the others.
"""

import math

import numpy as np

from nnlib import nn
from nnlib.scalar import Value, dot


def values(array):
    """An array of Values of the same shape."""
    return np.frompyfunc(lambda number: Value(float(number)), 1, 1)(array)


def gelu(z):
    """z Φ(z); Value has no erf, so this node brings its slope itself: Φ(z) + z φ(z)."""
    cdf = 0.5 + 0.5 * math.erf(z.data / math.sqrt(2.0))
    density = math.exp(-0.5 * z.data * z.data) / math.sqrt(2.0 * math.pi)
    return Value(z.data * cdf, "gelu", (z, cdf + z.data * density))


def softplus(z):
    """log(1 + e^z) without overflow."""
    return z + ((-z).exp() + 1.0).log() if z.data > 0.0 else (z.exp() + 1.0).log()


ACTIVATIONS = {
    "step": lambda z: Value(float(z.data >= 0.0), "step", (z, 0.0)),
    "sign": lambda z: Value(float((z.data > 0.0) - (z.data < 0.0)), "sign", (z, 0.0)),
    "identity": lambda z: z,
    "sigmoid": Value.sigmoid,
    "tanh": Value.tanh,
    "relu": Value.relu,
    "leaky relu": lambda z, slope: z if z.data > 0.0 else z * slope,
    "elu": lambda z, alpha: z if z.data > 0.0 else (z.exp() - 1.0) * alpha,
    "softplus": softplus,
    "swish": lambda z, beta: z * (z * beta).sigmoid(),
    "gelu": gelu,
}


def total(numbers):
    return dot([1.0] * len(numbers), numbers, 0.0)


def softmax(row):
    top = max(s.data for s in row)
    e = [(s - top).exp() for s in row]
    whole = total(e)
    return [x / whole for x in e]


def normalise(row, layer):
    """(x − mean)/√(variance + ε) of one row."""
    mean = total(row) / len(row)
    centred = [x - mean for x in row]
    std = (total([c * c for c in centred]) / len(row) + layer.eps) ** 0.5
    return [c / std for c in centred]


def forward(layer, rows, parameters):
    """The output of a layer for a batch of Values. parameters: nnlib Parameter -> array of Values.

    Dropout takes the mask that the NumPy layer kept from its own forward pass.
    """
    p = {name: parameters[part] for name, part in vars(layer).items() if isinstance(part, nn.Parameter)}
    if isinstance(layer, nn.Sequential):
        for inner in layer.layers:
            rows = forward(inner, rows, parameters)
        return rows
    if isinstance(layer, nn.Residual):
        return [[x + y for x, y in zip(*pair)] for pair in zip(rows, forward(layer.body, rows, parameters))]
    if isinstance(layer, nn.Linear):
        b = p.get("b", [0.0] * layer.n_out)
        return [[dot(list(w), row, b_i) for w, b_i in zip(p["W"], b)] for row in rows]
    if isinstance(layer, nn.Activation):
        f = ACTIVATIONS[layer.name]
        return [[f(z, **layer.options) for z in row] for row in rows]
    if isinstance(layer, nn.PReLU):
        slopes = list(p["slope"]) * (len(rows[0]) // len(p["slope"]))
        return [[z if z.data > 0.0 else z * a for z, a in zip(row, slopes)] for row in rows]
    if isinstance(layer, nn.Maxout):
        return [[max(row[i : i + layer.k], key=float) for i in range(0, len(row), layer.k)] for row in rows]
    if isinstance(layer, nn.Softmax):
        return [softmax(row) for row in rows]
    if isinstance(layer, nn.Dropout):
        return [[a * m for a, m in zip(*pair)] for pair in zip(rows, layer.kept.tolist())]
    if isinstance(layer, nn.BatchNorm) and not layer.training:
        mean, std = layer.running_mean.tolist(), np.sqrt(layer.running_var + layer.eps).tolist()
        x_hat = [[(x - m) / s for x, m, s in zip(row, mean, std)] for row in rows]
    elif isinstance(layer, nn.BatchNorm):  # every column is normalised as a row
        x_hat = zip(*[normalise(column, layer) for column in zip(*rows)])
    else:  # a LayerNorm
        x_hat = [normalise(row, layer) for row in rows]
    return [[g * x + b for g, x, b in zip(p["gamma"], row, p["beta"])] for row in x_hat]


def loss_value(loss, rows, y):
    """The loss of a batch of Values, one Value. y: the targets as rows of numbers."""
    terms = {
        nn.MSE: lambda s, t: (s - t) ** 2,
        nn.MAE: lambda s, t: s - t if s.data > t else t - s if s.data < t else (s - t) * 0.0,
        nn.BCE: lambda s, t: softplus(s) - s * t,  # −t log σ(s) − (1 − t) log(1 − σ(s)) = log(1 + e^s) − s t
    }
    if isinstance(loss, nn.CrossEntropy):
        terms = []
        for row, target in zip(rows, y):
            top = max(s.data for s in row)
            log_sum = total([(s - top).exp() for s in row]).log() + top
            terms += [(log_sum - s) * float(t) for s, t in zip(row, target)]
        return total(terms) / len(rows)
    term = terms[type(loss)]
    pairs = [(s, float(t)) for row, target in zip(rows, y) for s, t in zip(row, target)]
    return total([term(s, t) for s, t in pairs]) / len(pairs)


def gradients(net, loss, x, y):
    """(loss, {Parameter: ∂L/∂it}, ∂L/∂x) of `net`, on which forward(x) has run. y as loss.targets gives it."""
    parameters = {p: values(p.data) for p in net.parameters()}
    inputs = values(x)
    value = loss_value(loss, forward(net, [list(row) for row in inputs], parameters), y)
    value.backward()
    grad = np.frompyfunc(lambda v: v.grad, 1, 1)
    return value.data, {p: grad(v).astype(float) for p, v in parameters.items()}, grad(inputs).astype(float)
