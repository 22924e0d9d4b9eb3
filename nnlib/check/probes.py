"""Patterns that ask the student's function again: with the same arguments, or with others.

What it answers then tells causes apart that look the same in one result: a loop that keeps
the last example only gives, for the last example alone, what it gave for all of them.
"""

import numpy as np

from nnlib.check.case import alike, copied


def _repeats_not(case):
    """The same call, another result: it depends on something else than its arguments."""
    if case.function is None or case.got is None:
        return False
    second = case.again()
    comparable = alike(case.got, case.got)  # a foreign kind of array may not even equal itself
    return second is not None and comparable and not alike(second, case.got)


def _for_floats(case):
    """Right, if whole numbers come as floats: an array of integers cannot hold a half."""
    def as_floats(x):
        return x.astype(float) if isinstance(x, np.ndarray) and x.dtype.kind in "iu" else x

    whole = any(isinstance(x, np.ndarray) and x.dtype.kind in "iu" for x in (*case.args, *case.kwargs.values()))
    return whole and alike(case.again(as_floats), case.expected)


def _for_vectors(case):
    """Right, if columns (N, 1) come as vectors (N,), or the other way round: two shapes that NumPy pairs up wrongly."""
    values = [x for x in (*case.args, *case.kwargs.values()) if isinstance(x, np.ndarray)]
    columns = {len(x) for x in values if x.ndim == 2 and x.shape[1] == 1}
    if not columns & {len(x) for x in values if x.ndim == 1}:
        return False

    def as_vector(x):
        return x[:, 0] if isinstance(x, np.ndarray) and x.ndim == 2 and x.shape[1] == 1 else x

    again, shape = case.again(as_vector), getattr(case.expected, "shape", None)
    if shape and isinstance(again, np.ndarray) and again.size == case.expected.size:
        again = again.reshape(shape)
    return again is not None and alike(again, case.expected)


def _of_rows(case, rows, others):
    """Is it what the function gives for these examples alone, up to a factor 1/N, and not for others too?"""
    n = case.rows()
    if n is None or n < 3 or case.got is None or case.function is None:
        return False

    def same(part):
        few = case.again(lambda x: x[part] if isinstance(x, (np.ndarray, list)) and np.ndim(x) and len(x) == n else x)
        return few is not None and any(alike(_scaled(few, s), case.got) for s in (1.0, 1 / n))

    return same(rows) and not same(others)


def _scaled(x, factor):
    if isinstance(x, (list, tuple)):
        return type(x)(_scaled(entry, factor) for entry in x)
    return x * factor if isinstance(x, (int, float, np.ndarray, np.generic)) else x


def _without_bias(case):
    """The result does not move when every argument called b, b1, b2 … does."""
    biases = [name for name, x in case.given.items()
              if name[0] == "b" and name[1:].isdigit() | (name == "b") and isinstance(x, np.ndarray)]
    if not biases or case.got is None or not case.pairs[0]:
        return False
    given = copied(case.given)
    for name in biases:
        given[name] = given[name] + 1.0
    try:
        moved = case.function(**given)
    except Exception:  # as in Case.again
        return False
    return alike(moved, case.got)


PROBES = {
    "not-repeatable": _repeats_not,
    "integer-input": _for_floats,
    "broadcast": _for_vectors,
    "first-row-only": lambda case: _of_rows(case, slice(0, 1), slice(-1, None)),
    "last-row-only": lambda case: _of_rows(case, slice(-1, None), slice(0, 1)),
    "bias-unused": _without_bias,
}
