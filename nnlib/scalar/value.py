"""A number that remembers how it was computed, and so can be differentiated.

Every operation returns a new `Value` that keeps its result and, for each parent
it was computed from, one slope: the local derivative of the result with respect
to that parent. These values and slopes are the computation graph. `backward()`
walks it once, from the result to the inputs, and applies at every edge the one
rule of chapter 06:  upstream gradient × local slope = downstream gradient.
"""

import math
from operator import mul

from nnlib.scalar.graph import topological_order


class Value:
    """One node of a computation graph.

    data: the number, a float.    grad: ∂(root)/∂(this) after `root.backward()`, a float.
    op:   the operation that made it ("" for a leaf, one that nothing was computed from).

    Two Values are equal only if they are the same node; `<` and its relatives
    compare the numbers. Raises TypeError when `data` is not a real number.
    """

    # Slots instead of a dictionary, slopes instead of closures: a node is small, and
    # no node points back at its children, so Python frees the graph at once.
    __slots__ = ("data", "grad", "op", "_edges")
    __array_ufunc__ = None  # asks NumPy arrays to leave `array * value` to us

    def __init__(self, data, op="", edges=()):
        self.data = data if type(data) is float else _number(data)
        self.grad = 0.0
        self.op = op
        self._edges = edges  # the parents, then one slope for each: flat, to save memory

    @property
    def parents(self):
        """The Values this one was computed from, in the order they were written."""
        return self._edges[: len(self._edges) // 2]

    @property
    def slopes(self):
        """∂(this)/∂(parent) for each parent, as floats."""
        return self._edges[len(self._edges) // 2 :]

    # Arithmetic: the result, and one slope for each parent ----------------------

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, "+", (self, other, 1.0, 1.0))

    def __sub__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data - other.data, "−", (self, other, 1.0, -1.0))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, "×", (self, other, other.data, self.data))

    def __truediv__(self, other):
        """a / b, with ∂/∂a = 1/b and ∂/∂b = −a/b². Raises ZeroDivisionError for b = 0."""
        other = other if isinstance(other, Value) else Value(other)
        if other.data == 0.0:
            raise ZeroDivisionError(f"{self.data} / {other.data}: the divisor is zero; "
                                    "add a small ε to it, or find out why it vanished")
        quotient = self.data / other.data
        return Value(quotient, "/", (self, other, 1.0 / other.data, -quotient / other.data))

    def __pow__(self, exponent):
        """x ** n, with ∂/∂x = n xⁿ⁻¹ and, for a Value n, ∂/∂n = xⁿ ln x."""
        x, n = self.data, _data(exponent)
        y, slope = _power(x, n)
        if not isinstance(exponent, Value):
            return Value(y, f"**{exponent}", (self, slope))
        if x < 0.0:
            raise ValueError(f"({x}) ** Value({n}): its derivative by the exponent needs ln({x}), "
                             f"which no real number is; write ** {n} if the exponent is a constant")
        by_exponent = y * math.log(x) if x > 0.0 else 0.0 if n >= 0.0 else -math.inf
        return Value(y, "**", (self, exponent, slope, by_exponent))

    def __neg__(self):
        return Value(-self.data, "−", (self, -1.0))

    # Elementary functions: often the slope is written with the result itself -----

    def exp(self):
        """eˣ, its own slope. Raises OverflowError where it leaves the range of a float."""
        try:
            y = math.exp(self.data)
        except OverflowError:
            raise OverflowError(f"exp({self.data}) is too large for a float (the limit is near 709.78); "
                                "scale the input down, or subtract the largest score first") from None
        return Value(y, "exp", (self, y))

    def log(self):
        """Natural logarithm, slope 1/x. Raises ValueError where x ≤ 0."""
        if self.data <= 0.0:
            raise ValueError(f"log({self.data}): the logarithm needs a positive number; "
                             "a probability that reached 0 is the usual cause")
        return Value(math.log(self.data), "log", (self, 1.0 / self.data))

    def tanh(self):
        """Hyperbolic tangent, slope 1 − tanh²."""
        y = math.tanh(self.data)
        return Value(y, "tanh", (self, 1.0 - y * y))

    def sigmoid(self):
        """σ(x) = 1 / (1 + e⁻ˣ), slope σ(1 − σ). Written so that no exponent is positive."""
        e = math.exp(-abs(self.data))
        y = 1.0 / (1.0 + e) if self.data >= 0.0 else e / (1.0 + e)
        return Value(y, "σ", (self, y * (1.0 - y)))

    def relu(self):
        """max(0, x), slope 1 where x > 0, else 0 (at the kink too, as in PyTorch)."""
        on = not self.data <= 0.0  # so that NaN stays NaN
        return Value(self.data if on else 0.0, "relu", (self, 1.0 if on else 0.0))

    # The chain rule, once over the whole graph ------------------------------------

    def backward(self):
        """Adds ∂(self)/∂(leaf) to every leaf's gradient; sets those of others.

        Leaves add up over several calls, as in PyTorch, so that one may sum the
        gradients of several losses; call `zero_grad()` before a fresh start.
        Cost: each node and each edge once.
        """
        order = topological_order(self)
        for node in order:
            if node._edges:
                node.grad = 0.0
        self.grad += 1.0  # ∂(self)/∂(self)
        for node in reversed(order):  # after all that was computed from it
            upstream, edges = node.grad, node._edges
            if upstream:  # saves time; and 0 × ∞ is 0 here, in PyTorch NaN
                slopes = edges[len(edges) // 2 :]
                for parent, slope in zip(edges, slopes):  # ends with the slopes
                    parent.grad += upstream * slope  # += : it may be used twice

    def zero_grad(self):
        """Sets the gradient of this node and of all it was computed from to 0."""
        for node in topological_order(self):
            node.grad = 0.0

    # The rest: numbers on the left, comparisons, printing -------------------------

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other):
        return Value(other) - self

    def __rtruediv__(self, other):
        return Value(other) / self

    def __rpow__(self, base):
        return Value(base) ** self

    def __lt__(self, other):
        return self.data < _data(other)

    def __le__(self, other):
        return self.data <= _data(other)

    def __gt__(self, other):
        return self.data > _data(other)

    def __ge__(self, other):
        return self.data >= _data(other)

    def __float__(self):
        return self.data

    def __repr__(self):
        return f"Value({self.data:.6g}, grad={self.grad:.6g})"


def dot(weights, inputs, bias):
    """The weighted sum  z = bias + Σᵢ weightsᵢ · inputsᵢ  as one node instead of 2n.

    ∂z/∂weightsᵢ = inputsᵢ,  ∂z/∂inputsᵢ = weightsᵢ,  ∂z/∂bias = 1.
    Raises ValueError when there are not as many weights as inputs.
    """
    try:
        fit = len(weights) == len(inputs)
    except TypeError:
        raise TypeError("a weighted sum takes a list of weights and a list of inputs, "
                        f"but came: {type(weights).__name__}, {type(inputs).__name__}") from None
    if not fit:
        raise ValueError(f"a weighted sum needs one input for each weight: "
                         f"{len(weights)} weights came with {len(inputs)} inputs")
    try:
        w, x = [v.data for v in weights], [v.data for v in inputs]
        z = sum(map(mul, w, x), bias.data)
    except (AttributeError, TypeError):  # plain numbers among them
        return dot(_values(weights), _values(inputs), *_values([bias]))
    return Value(z, "dot", (*weights, *inputs, bias, *x, *w, 1.0))


def _values(numbers):
    return [x if isinstance(x, Value) else Value(x) for x in numbers]


def _data(x):
    return x.data if isinstance(x, Value) else _number(x)


def _number(x):
    """x as a float; a TypeError that says what to do when it is not one real number."""
    if isinstance(x, Value):
        raise TypeError("this is a Value already, and a new one around it would lose its graph; "
                        "use it as it is, or its .data")
    if getattr(x, "ndim", None) == 0 and hasattr(x, "__len__"):
        raise TypeError(f"a Value holds a plain number, but an array without axes came ({type(x).__name__}); "
                        "take the number out of it with .item()")
    if isinstance(x, (int, float)) or hasattr(x, "__float__") and not hasattr(x, "__len__"):
        return float(x)
    if hasattr(x, "__len__") and not isinstance(x, (str, bytes)):
        raise TypeError(f"a Value holds one number, but several came ({type(x).__name__}); make one Value "
                        "of each entry, [Value(x) for x in ...], or use nnlib.nn for whole arrays")
    raise TypeError(f"a Value holds one real number, but {x!r} ({type(x).__name__}) came")


def _power(x, n):
    """xⁿ and its slope n xⁿ⁻¹, with the limits at x = 0 that PyTorch uses."""
    if x < 0.0 and not n.is_integer():
        raise ValueError(f"({x}) ** {n}: a negative number has no real power with a fractional exponent")
    if x == 0.0 and n < 0.0:
        raise ZeroDivisionError(f"{x} ** {n}: zero has no negative power")
    if n == 0.0:
        return 1.0, 0.0
    try:
        y = x**n
    except OverflowError:
        raise OverflowError(f"({x}) ** {n} is too large for a float") from None
    try:
        return y, math.inf if x == 0.0 and n < 1.0 else n * x ** (n - 1.0)
    except OverflowError:  # the slope alone is too large: as a quotient it is ∞ with its sign
        return y, n * (y / x)
