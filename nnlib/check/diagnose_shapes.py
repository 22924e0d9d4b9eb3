"""What the shapes of arrays tell: a sum along the wrong axis or none, an axis too many, a transpose, a broadcast.

Shapes give away most mistakes of matrix calculus.
"""

import numpy as np

from nnlib.check.case import alike, any_place, close, is_number


def _axis_of_one(case):
    return any(g.shape != e.shape and g.shape != e.T.shape and g.squeeze().shape == e.squeeze().shape
               for g, e in case.arrays)


def _transposed(case):
    return any(g.ndim == e.ndim == 2 and g.shape == e.T.shape and np.allclose(g.T, e) for g, e in case.arrays)


def _flattened(case):
    return any(g.ndim == 1 < e.ndim and close(g, e.ravel()) for g, e in case.arrays)


def _broadcast(case):
    """(N, 1) and (N,) met, and made (N, N); or a (K, N) is the product of that with something else."""
    n = case.rows()
    return n is not None and n > 1 and not _unsummed(case) and any(
        g.shape == (n, n) and e.shape in {(n,), (n, 1), (1, n)} or e.ndim == 1 and g.shape == (*e.shape, n)
        for g, e in case.arrays)


def _unsummed(case):
    """An array whose sum, or mean, over one axis or all of them is what was expected."""
    for g, e in case.places:
        if not isinstance(g, np.ndarray) or g.dtype.kind not in "iuf" or np.count_nonzero(g) < 2:
            continue
        if is_number(e) and any(alike(float(whole), float(e)) for whole in (g.sum(), g.mean())):
            return True
        if isinstance(e, np.ndarray) and e.ndim == g.ndim - 1 and any(
                close(part, e) for axis in range(g.ndim) if g.shape[axis] > 1 for part in (g.sum(axis), g.mean(axis))):
            return True
    return False


def _row_for_each(case):
    """One row for each example, where one for all of them was expected."""
    n = case.rows()
    return n is not None and n > 1 and any(g.shape == (n, *e.shape) != (n, n) for g, e in case.arrays)


def _wrong_axis(case):
    """A sum over the other axis of one of the given matrices, times something; or the shape such a sum has."""
    for g, e in case.arrays:
        for a in case.matrices:
            for axis in (0, 1):
                if e.shape == (a.shape[axis],) and g.shape == (a.shape[1 - axis],) != e.shape:
                    return True
                if e.shape == (a.shape[axis],) == g.shape and a.shape[0] == a.shape[1]:
                    right, other = a.sum(axis=1 - axis), a.sum(axis=axis)
                    if close(np.outer(e, right), np.outer(right, e)) and close(g * right[0], other * e[0]):
                        return True
    return False


def _one_number(case):
    return any(g.ndim == 0 and e.size > 1 for g, e in case.arrays)


SHAPES = {
    "broadcast": _broadcast,
    "sum-missing": lambda case: _unsummed(case) or _row_for_each(case),
    "array-for-number": any_place(lambda g, e: isinstance(g, np.ndarray) and g.size > 1 and is_number(e)),
    "extra-axis": _axis_of_one,
    "flattened": _flattened,
    "summed-all": _one_number,
    "wrong-axis": _wrong_axis,
    "transposed": _transposed,
}
