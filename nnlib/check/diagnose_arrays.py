"""What arrays tell of a mistake: their kind, their shapes, and which other array they are.

Mistakes that leave the shape right show in the values: a gradient that is another's, a product of
the right matrices with one transposed, a number that an earlier input had written down.
"""

import numpy as np

from nnlib.check.case import alike, close, flat, rows
from nnlib.check.diagnose_shapes import SHAPES

# --- form --------------------------------------------------------------------------------


def _integers(case):
    """Whole numbers where others are expected, or nearly the right whole ones: 5.999… cut off is 5."""
    def cut_off(g, e):
        return not np.array_equal(e, np.trunc(e)) or g.any() and 0 < np.max(np.abs(g - e)) <= 1

    return any(g.dtype.kind in "iu" and e.dtype.kind == "f" and g.shape == e.shape and g.size and cut_off(g, e)
               for g, e in case.arrays)


def _single(case):
    return any(g.dtype in (np.float32, np.float16) and e.dtype == np.float64 for g, e in case.arrays)


def _lists(case):
    def found(g, e):
        if isinstance(e, np.ndarray):
            return isinstance(g, (list, tuple))
        return type(g) in (list, tuple) and isinstance(e, (list, tuple)) and len(g) == len(e) and any(map(found, g, e))

    return found(case.got, case.expected)


def _one_object(case):
    """[x] * n: n names for one array."""
    got, expected = case.got, case.expected
    return (isinstance(got, list) and len(got) > 1 and all(entry is got[0] for entry in got)
            and isinstance(got[0], (list, np.ndarray)) and isinstance(expected, (list, tuple))
            and any(not alike(expected[0], e) for e in expected[1:]))


# --- which array it is ------------------------------------------------------------------------


def _arrays_of(x):
    return list(x) if isinstance(x, (list, tuple)) and all(isinstance(a, np.ndarray) for a in x) else []


def _reversed(case):
    got, expected = _arrays_of(case.got), _arrays_of(case.expected)
    return (isinstance(case.expected, list) and len(got) == len(expected) > 1 and bool(case.arrays)
            and all(map(close, got, expected[::-1])))


def _shifted(case):
    """A list of arrays that begins or ends one place too early or too late."""
    got, expected = _arrays_of(case.got), _arrays_of(case.expected)
    n = min(len(got), len(expected))
    if not isinstance(case.expected, list) or abs(len(got) - len(expected)) > 1 or max(len(got), len(expected)) < 3:
        return False
    if len(got) == len(expected):
        return bool(case.arrays) and (all(map(close, got[1:], expected)) or all(map(close, got, expected[1:])))
    return all(map(close, got[:n], expected[:n])) or all(map(close, got[-n:], expected[-n:]))


def _another_variable(case):
    """It is the gradient of another argument, or it has the shape of another one."""
    wanted = _arrays_of(case.expected)
    shapes = [a.shape for a in flat([case.args, list(case.kwargs.values())])]
    if case.ratio(2.0, 0.5, -1.0):  # then one gradient may be the other by chance
        return False
    for g, e in case.arrays:
        if any(e is not other and close(g, other) for other in wanted):
            return True
        if g.shape != e.shape and g.shape != e.T.shape and {g.shape, e.shape} <= set(shapes):
            return True
    return False


def _products(a, b):
    """All products of two matrices, either one transposed or not, in either order."""
    for p, q in ((a, b), (b, a)):
        for left in (p, p.T):
            for right in (q, q.T):
                if left.shape[1] == right.shape[0]:
                    yield left @ right


def _transposed_factor(case):
    """A product of two of the given matrices, and the right one is another product of the same two, up to a factor."""
    matrices = [a for a in case.matrices if a.size > 1][:4]
    for g, e in case.arrays:
        if g.ndim != 2 or e.ndim != 2 or not e.any() or _proportional(g, e):
            continue
        for i, a in enumerate(matrices):
            for b in matrices[i + 1 :]:
                found = list(_products(a, b))
                if any(_proportional(p, e) for p in found) and any(_proportional(p, g) for p in found):
                    return True
    return False


def _proportional(a, b):
    if a.shape != b.shape or not a.any():
        return False
    factor = float(np.vdot(a, b)) / float(np.vdot(a, a))
    return factor != 0 and np.allclose(factor * a, b, 1e-6, 1e-10)


# --- numbers --------------------------------------------------------------------------------


def _columns(case):
    widths = {a.shape[1] for a in case.matrices}
    return any(case.ratio(k, 1 / k) for k in widths if k > 2 and k != case.rows())


def _size_of_example(case):
    """Off by (size now)/(size then): the size of an earlier call was written down."""
    now, then = case.rows(), [rows(args) for args, _ in case.right]
    return bool(now) and not case.ratio(now, 1 / now, 2.0, 0.5) and any(
        m and m not in (1, now) and case.ratio(now / m, m / now) for m in then)


def _shape_of_example(case):
    """It has the shapes that were right for other arguments, of another size."""
    got, expected = ([a.shape for a in flat(x)] for x in (case.got, case.expected))
    return got != expected and [len(shape) for shape in got] == [len(shape) for shape in expected] and any(
        got == [a.shape for a in flat(came)] and not alike(case.got, came) for _, came in case.right)


ARRAYS = {
    "list-for-array": _lists,
    "one-array-many-names": _one_object,
    "integer-array": _integers,
    "float32": _single,
    "reversed-list": _reversed,
    "off-by-one-layer": _shifted,
    **SHAPES,
    "transposed-factor": _transposed_factor,
    "wrong-variable": _another_variable,
    "hard-coded-size": lambda case: _shape_of_example(case) or _size_of_example(case),
    "factor-columns": _columns,
}
