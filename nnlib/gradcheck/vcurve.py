"""The error of a finite difference as its step h shrinks: first it falls, then rounding takes over."""

import numpy as np

from nnlib.gradcheck.measure import generic_direction
from nnlib.gradcheck.names import Named
from nnlib.jacobian import along, derivative, probe

STEPS = np.logspace(-1, -15, 57)


def v_curve(f, x, gradient, v=None, method="central", steps=STEPS):
    """(steps, errors): how far the measured derivative is from the claimed one, for each step h.

    It looks along one direction v, a generic one by default, so that each step costs one or
    two evaluations of f:  errors = max |D_h f − J v| / max |J v|.
    f, x and gradient are as in `check_gradient`. On logarithmic axes the curve falls with the
    method's order, 1, 2 or 4, and rises with slope −1 where the rounding error EPS/h is larger.
    """
    named = Named(x)
    flat, y = probe(lambda flat: f(named.restore(flat)), named.flat)
    claimed, _ = named.columns(gradient(x) if callable(gradient) else gradient, y.shape)
    direction = generic_direction(flat) if v is None else Named(v).flat
    exact = (claimed @ direction).reshape(y.shape)
    g = along(lambda flat: f(named.restore(flat)), flat, direction, y.shape, finite=False)
    with np.errstate(all="ignore"):
        errors = [np.abs(derivative(g, float(h), method) - exact).max() for h in steps]
    return np.asarray(steps, float), np.array(errors, float) / (np.abs(exact).max() or 1.0)
