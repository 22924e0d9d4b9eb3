"""The same gradients four times: by Value, by NumPy, by PyTorch on the CPU and on the GPU (section 8.2)."""

import copy
from html import escape
from typing import NamedTuple

import numpy as np
import torch

from nnlib import nn
from nnlib.torch_bridge import values
from nnlib.torch_bridge.convert import array, describe, from_torch, to_torch
from nnlib.torch_bridge.device import device
from nnlib.torch_bridge.losses import targets, torch_loss

VALUES_UP_TO = 1_000_000  # examples × weights: a second or so


class Row(NamedTuple):
    """One gradient: the layer and the name of its parameter, its shape, its largest entry in NumPy, and for every
    other way of computing it the largest difference from NumPy, divided by that entry where it is above 1."""

    layer: str
    name: str
    shape: tuple
    largest: float
    differences: dict


class Comparison:
    """What compare() found. `worst` is the largest difference of all, `rows` the table, `notes` what is missing."""

    def __init__(self, rows, ways, notes, dtype):
        self.rows, self.ways, self.notes, self.dtype = rows, ways, notes, dtype

    @property
    def worst(self):
        found = [difference for row in self.rows for difference in row.differences.values()]
        return max(found, key=lambda d: np.inf if np.isnan(d) else d)  # NaN is the worst there is

    def table(self):
        """The table as lists of strings, the head first."""
        yield ["layer", "gradient by", "shape", "largest |gradient|", *(f"|{way} − NumPy|" for way in self.ways)]
        for row in self.rows:
            shape = " × ".join(map(str, row.shape)) or "one number"
            yield [row.layer, row.name, shape, f"{row.largest:.3g}", *(f"{row.differences[w]:.1e}" for w in self.ways)]

    @property
    def summary(self):
        return f"Largest difference: {self.worst:.1e}, in {self.dtype}."

    def __str__(self):
        lines = list(self.table())
        widths = [max(map(len, column)) for column in zip(*lines)]
        text = ["  ".join([*(cell.ljust(w) for cell, w in zip(line[:3], widths)),
                           *(cell.rjust(w) for cell, w in zip(line[3:], widths[3:]))]).rstrip() for line in lines]
        return "\n".join([*text, self.summary, *self.notes])

    __repr__ = __str__

    def _repr_html_(self):
        head, *body = [[escape(cell) for cell in line] for line in self.table()]
        side = lambda i: f"text-align: {'left' if i < 3 else 'right'}; vertical-align: bottom"
        heads = "".join(f"<th scope='col' style='{side(i)}'>{cell}</th>" for i, cell in enumerate(head))
        whole = lambda i: f"style='{side(i)}; white-space: nowrap'"  # the heads may be broken, names and numbers not
        lines = ["".join(f"<td {whole(i)}>{cell}</td>" if i else f"<th scope='row' {whole(i)}>{cell}</th>"
                         for i, cell in enumerate(line)) for line in body]
        rows = "".join(f"<tr>{line}</tr>" for line in lines)
        return (f"<table class='nn-compare'><thead><tr>{heads}</tr></thead><tbody>{rows}"
                "</tbody></table>" + "".join(f"<p>{escape(note)}</p>" for note in (self.summary, *self.notes)))


def compare(model, x, y, loss=None):
    """Every gradient of loss(model(x), y), computed by Value, NumPy, PyTorch on the CPU, and on CUDA where it is.

    model: a network of nnlib.nn, or a torch module that from_torch takes; it is left as it was.
    x: (N, D).  y: what the loss takes.  loss: one of nnlib.nn, the mean squared error by default.
    Value is left out, and the table says so, where N times the number of weights is above a million.
    In float64 all differences are below 1e-10; float32 has about 7 digits, and Value always computes in float64.
    """
    net = copy.deepcopy(model) if isinstance(model, nn.Module) else from_torch(model)
    loss = copy.deepcopy(loss) if loss else nn.MSE()
    if not isinstance(loss, nn.losses.Loss):
        raise TypeError(f"compare needs a loss of nnlib.nn, as NumPy computes it too, but {describe(loss)} came")
    x, y = (array(a) if isinstance(a, torch.Tensor) else np.asarray(a) for a in (x, y))
    # Before NumPy's forward pass, which moves on generators and statistics.
    twins = {"PyTorch, CPU": (to_torch(net), "cpu")}
    notes, where = [], device()
    if where.type == "cuda":
        twins["PyTorch, CUDA"] = to_torch(net).to(where), where
    else:
        notes.append("CUDA is left out: " + (f"NNLIB_DEVICE asks for {where}." if torch.cuda.is_available() else
                                             "PyTorch sees no GPU here."))

    scores = net(x)
    value = loss(scores, y)
    net.zero_grad()
    dx = net.backward(loss.backward())
    places = [(place, name, p) for place, name, p in named(net)]
    ours = [value, *(p.grad for _, _, p in places), dx]

    found = {}
    edges = len(x) * sum(p.data.size for p in net.parameters())
    if edges <= VALUES_UP_TO:
        value, by_parameter, dx = values.gradients(net, loss, x, loss.targets(scores, np.asarray(y)))
        found["Value"] = [value, *(by_parameter[p] for _, _, p in places), dx]
    else:
        notes.append(f"Value is left out: {len(x)} examples times the weights make {edges:,} products, more than "
                     f"{VALUES_UP_TO:,}; compare fewer examples, or a smaller network.")
    for way, (twin, where) in twins.items():
        found[way] = by_torch(twin, torch_loss(loss), x, targets(loss, y, scores[:1]), where)

    labels = [("loss", ""), *((place, name) for place, name, _ in places), ("data", "x")]
    rows = []
    for i, ((place, name), mine) in enumerate(zip(labels, ours)):
        largest = float(np.abs(mine).max())
        rows.append(Row(place, name, np.shape(mine), largest, {
            way: float(np.abs(numbers[i] - np.asarray(mine)).max()) / max(1.0, largest)
            for way, numbers in found.items()}))
    return Comparison(rows, list(found), notes, scores.dtype)


def named(net):
    """(layer in words, name of the parameter, Parameter) once for every Parameter, in the order of net.parameters()."""
    seen = {}
    for layer, where in walk(net, "net"):
        for name, p in vars(layer).items():
            if isinstance(p, nn.Parameter):
                seen.setdefault(p, (f"{where}: {layer}", name, p))
    return seen.values()


def walk(layer, place):
    """(layer, where it stands) of a network, from the data to the loss."""
    yield layer, place
    for name, inner in layer.children():
        yield from walk(inner, f"{place}[{name}]" if name.isdigit() else f"{place}.{name}")


def by_torch(twin, loss, x, y, where):
    """[loss, gradients in the order of named(net), ∂L/∂x] as arrays."""
    x = torch.tensor(x, device=where, requires_grad=True)
    value = loss(twin(x), y.to(where))
    value.backward()
    return [array(value), *(array(p.grad) for p in twin.parameters()), array(x.grad)]
