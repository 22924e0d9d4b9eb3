"""Derivatives measured: finite differences and the complex step (section 5.7).

Everything here is the slope of g(t) = f(x + t v) at t = 0, a function of one number. With
v = e_j that is column j of the Jacobian; with any v it is the product J v.
"""

from typing import NamedTuple

import numpy as np

from nnlib.jacobian.analytic import require_analytic
from nnlib.jacobian.function import along, first_bad, probe, same_shape

EPS = np.finfo(float).eps  # 2.2e-16, the relative rounding error of a float64


class Method(NamedTuple):
    slope: object  # (g, h) -> g'(0)
    order: float  # the error falls as h^order while rounding does not matter
    power: float  # the best step is about EPS^power


def _central(g, h):
    return (g(h) - g(-h)) / (2 * h)


# Rounding adds about EPS/h to the error of the first three; the best h makes both parts alike.
# The complex step subtracts nothing, so h may be as small as one likes.
METHODS = {
    "forward": Method(lambda g, h: (g(h) - g(0.0)) / h, order=1, power=1 / 2),
    "central": Method(_central, order=2, power=1 / 3),
    "richardson": Method(lambda g, h: (4 * _central(g, h / 2) - _central(g, h)) / 3, order=4, power=1 / 5),
    "complex": Method(lambda g, h: g(1j * h).imag / h, order=2, power=2),
}


def step_size(x, method="central", v=1.0):
    """The step that balances the method's own error against rounding: EPS^power · scale, EPS of x's dtype.

    The scale is max(1, |x|) over the entries that v moves, divided by the largest |v|. The complex
    step needs no balance: EPS².
    """
    if method == "complex":
        return EPS**2
    x, v = np.broadcast_arrays(x, v)
    scale = max(1.0, np.abs(x[v != 0]).max()) / np.abs(v).max()
    return float(np.finfo(x.dtype).eps ** METHODS[method].power * scale)


def derivative(g, h, method="central"):
    """g'(0), entry by entry, for g that takes a number t and returns an array.

    forward      (g(h) − g(0)) / h                                  error ~ h
    central      (g(h) − g(−h)) / 2h                                error ~ h²
    richardson   (4 central(h/2) − central(h)) / 3                  error ~ h⁴
    complex      Im g(ih) / h                                       error ~ h², no rounding

    The complex step is Taylor's g(ih) = g(0) + ih g'(0) − h² g''(0)/2 − …, whose imaginary
    part is h g'(0), to h³ (Squire and Trapp 1998). It needs a g that takes complex numbers.
    """
    return _method(method).slope(g, h)


def numerical_jvp(f, x, v, method="central", h=None):
    """J v, the derivative of f at x in direction v: six evaluations of f or so, however many inputs.

    f: takes an array of x's shape, returns a number or an array.    v: of x's shape.
    Returns an array of the shape of f(x). Raises as `numerical_jacobian` does.
    """
    x, y = probe(f, x)
    v = np.asarray(v, dtype=x.dtype)
    if v.shape != x.shape:
        raise ValueError(f"a direction has one entry for each of x's: x has shape {x.shape}, v has shape {v.shape}")
    if not v.any():
        return np.zeros_like(y)
    _method(method, h)
    if method == "complex":
        require_analytic(f, x, y)
    return derivative(along(f, x, v, y.shape), h or step_size(x, method, v), method)


def numerical_jacobian(f, x, method="central", h=None, batched=False):
    """The Jacobian of f at x, J[i, j] = ∂f_i/∂x_j, a column for each entry of x.

    f:       takes an array of x's shape, returns a number or an array.
    method:  "forward", "central", "richardson" or "complex", see `derivative`.
    h:       the step, the same for all; by default `step_size` for each entry.
    batched: x has rows, (N, …), and row n of f(x) depends on row n of x only: one Jacobian a
             row, for the price of one. (Not for batch norm in training mode.)

    Returns shape (shape of f(x), shape of x): (m, n) for vectors, (m, n, p) for a matrix x,
    x's own shape for a scalar f; batched, (N, outputs of a row, inputs of a row).
    Raises TypeError or ValueError, with the likely cause, for whole numbers, NaN, a result
    that changes its shape or its value, and for a complex step through what is not analytic.
    """
    x, y = probe(f, x)
    if batched:
        _check_rows(f, x, y)
    slope = _method(method, h).slope
    if method == "complex":
        require_analytic(f, x, y)
    shape = x.shape[1:] if batched else x.shape
    start = x.astype(complex) if method == "complex" else x
    columns = []
    for j in np.ndindex(shape):
        at = (slice(None), *j) if batched else j

        def g(t):
            moved = start.copy()
            moved[at] += t  # noqa: B023 (g is used up before the loop moves on)
            return same_shape(f(moved), y.shape)

        columns.append(slope(g, h or step_size(x[at], method)))
    J = np.moveaxis(np.array(columns), 0, -1).reshape(y.shape + shape)
    if not np.isfinite(J).all():
        raise ValueError(f"f is finite at x, but not a step away: J holds {first_bad(J)}. x lies at the edge of where "
                         "f is defined. Take a smaller h, or another x")
    return J


def _method(name, h=None):
    if name not in METHODS:
        raise ValueError(f"unknown method {name!r}; there are {', '.join(METHODS)}")
    if h is not None and not h > 0:
        raise ValueError(f"the step h must be above 0, but it is {h}")
    return METHODS[name]


def _check_rows(f, x, y):
    """Raises ValueError unless the first and the last row of f(x) can be had from those of x alone."""
    if x.ndim < 1 or y.shape[:1] != x.shape[:1]:
        raise ValueError(f"batched: f must give one row for each row of x, but x has shape {x.shape} "
                         f"and f(x) has shape {y.shape}")
    for which, row in (("first", slice(0, 1)), ("last", slice(-1, None))):
        alone = np.asarray(f(x[row].copy()))
        if alone.shape != (1, *y.shape[1:]) or not np.allclose(alone, y[row], rtol=1e-5, atol=1e-7):
            raise ValueError(f"batched: the {which} row of f(x) changes when the other rows of x are left away, so "
                             "rows are not independent (batch norm in training mode, a mean over the batch?). "
                             "Leave batched=True out")
