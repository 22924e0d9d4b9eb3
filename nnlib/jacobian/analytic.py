"""Whether a function may be differentiated by the complex step: it must be analytic in what it does."""

import warnings

import numpy as np

from nnlib.jacobian.function import size_inside

_USE = "Use method='central', or write f with analytic operations (x * x instead of abs(x)**2)"


def require_analytic(f, x, y):
    """Raises ValueError unless f carries complex numbers through, and as an analytic function does.

    abs, .real, conj and casts have no complex derivative; what comes out of them is no slope
    at all. One direction tells: there the real differences must agree.
    """
    v = np.cos(np.arange(1.0, x.size + 1.0)).reshape(x.shape)  # no entry is 0, no two are alike
    with warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        try:
            out = np.asarray(f(x + 1e-30j * v))
        except (TypeError, np.exceptions.ComplexWarning) as error:
            raise ValueError("the complex step hands f complex numbers, and f cannot take them "
                             f"({error}). {_USE}") from error
    if out.dtype.kind != "c":
        raise ValueError("the complex step hands f complex numbers, but real ones come back, so the derivative "
                         f"is lost: abs, .real, norm or a cast to float inside f. {_USE}")
    exact = out.imag / 1e-30
    for h in (1e-3, 1e-5, 1e-7, 1e-4, 1e-6, 1e-9, 1e-11):  # one that agrees is enough: others may meet a kink
        with np.errstate(all="ignore"):
            slope = (np.array(f(x + h * v)) - np.asarray(f(x - h * v))) / (2 * h)
        noise = 10 * np.finfo(np.result_type(x, y)).eps * size_inside(y).max(initial=0.0) / h
        largest = np.abs(slope).max(initial=0.0)
        if not np.isfinite(largest) or h < 1e-8 and noise > 1e-3 * largest:  # off the domain, or too short to tell
            continue
        if slope.shape == exact.shape and np.allclose(exact, slope, rtol=1e-5, atol=noise + 1e-6 * largest):
            return
    raise ValueError("the complex step and real differences disagree: f is not analytic. "
                     f"abs, .real, conj, var, std, or a transpose written as .conj().T inside f? {_USE}")
