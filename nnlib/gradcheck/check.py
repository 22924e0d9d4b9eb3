"""Is this gradient right, and if not, what is wrong with it?"""

import numpy as np

from nnlib.gradcheck.measure import Measured, measure, noise_of
from nnlib.gradcheck.names import Named
from nnlib.gradcheck.verdict import Comparison, judge
from nnlib.jacobian import numerical_jacobian, numerical_jvp, probe


def check_gradient(f, gradient, x, *, method="central", directions=None, rng=None, rtol=None):
    """Compares a claimed gradient or Jacobian with a measured one. Returns a Report: print it.

    f:          takes x, returns a number or an array.
    gradient:   the claimed derivative at x, or a function of x that returns it: of x's shape
                for a scalar f, else of shape (shape of f(x), shape of x).
    x:          an array, or a dict of named arrays; the gradient is then a dict, too.
    method:     "central" looks at several steps and sees kinks and noise; "complex" is exact
                to 1e-14, faster, and needs an f of analytic operations; it does not see kinks.
    directions: None checks every entry. A number k is the cheap mode: along k random directions
                v, drawn from rng, the claimed J v must be right; 35 + 2k evaluations of f where all
                is clear (35 to see that f is sound, and how large its rounding is).
    rtol:       relative error that still counts as right, 1e-6 (complex: 1e-10) by default.

    Raises TypeError or ValueError, in a sentence, where nothing can be measured: whole
    numbers, NaN, a result that changes its shape or is different every time.
    """
    if method not in ("central", "complex"):
        raise ValueError(f"method is 'central' or 'complex', not {method!r}")
    named = Named(x)
    g = lambda flat: f(named.restore(flat))
    flat, y = probe(g, named.flat)
    claimed, transposed = named.columns(gradient(x) if callable(gradient) else gradient, y.shape)
    rtol = rtol or max(1e-10 if method == "complex" else 1e-6, 32 * float(np.finfo(claimed.dtype).eps))

    if directions is None:
        V, claims = _each_entry(flat), claimed
    else:
        V = _random(directions, flat, rng)
        with np.errstate(invalid="ignore"):  # of ∞ − ∞ the report speaks
            claims = claimed @ V.T

    noise = noise_of(g, flat, y)
    if method == "complex":
        measured = _exactly(g, flat, None if directions is None else V)
    else:
        size = np.abs(claims).max(axis=1).reshape(y.shape)
        columns = [measure(g, flat, v, y, noise, claim.reshape(y.shape), size, rtol) for v, claim in zip(V, claims.T)]
        measured = Measured(*(np.reshape(part, (claims.shape[1], -1)).T for part in zip(*columns)))
    g(flat.copy())  # f may have put its argument into a network: there x shall stand again
    return judge(Comparison(g, flat, y, named, claimed, transposed, claims, measured, noise, rtol,
                            None if directions is None else V))


def _exactly(g, flat, V):
    """The derivatives by the complex step as Measured: no error but rounding, and blind for kinks."""
    if V is None:
        slope = numerical_jacobian(g, flat, "complex")
    else:
        slope = np.stack([numerical_jvp(g, flat, v, "complex") for v in V], axis=-1)
    slope = slope.reshape(-1, slope.shape[-1])
    return Measured(slope, np.zeros_like(slope), slope, slope, np.zeros(slope.shape, dtype=bool), slope, slope)


def _each_entry(flat):
    """The directions that move one entry each, one at a time."""
    for j in range(flat.size):
        v = np.zeros_like(flat)
        v[j] = 1.0
        yield v


def _random(k, flat, rng):
    """k random directions as rows, each entry scaled like that of x."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"random directions need a generator: rng=np.random.default_rng(0); rng={rng!r} came")
    if not isinstance(k, (int, np.integer)) or k < 1:
        raise ValueError(f"directions says how many, a whole number, at least 1, but it is {k!r}")
    return (rng.standard_normal((k, flat.size)) * np.maximum(1.0, np.abs(flat))).astype(flat.dtype)
