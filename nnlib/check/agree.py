"""The quick look before the thorough one: do two values agree without a doubt?

Most answers are right. Of plain data that agrees nothing need be told, and to look at it runs nobody's code: no
guard need stand by. compare.py has the rules, and finds the words where this look was not enough.
"""

import math
from types import BuiltinFunctionType, FunctionType

import numpy as np

from nnlib.check.tensors import PLAIN

ITSELF = {FunctionType, BuiltinFunctionType, np.ufunc, np.random.Generator}  # equal to nothing but themselves


def agree(got, expected, rtol, atol):
    """True: compare() finds them equal, and has no remark. False: that must be looked at closely."""
    if type(got) is not type(expected):
        return False
    if type(got) is np.ndarray:
        return got.shape == expected.shape and got.dtype == expected.dtype and _close(got, expected, rtol, atol)
    if type(got) is float:
        return math.isfinite(got) and math.isfinite(expected) and abs(got - expected) <= atol + rtol * abs(expected)
    if type(got) in (list, tuple):
        types = list(map(type, got))
        if types != list(map(type, expected)):
            return False
        at_once = PLAIN.issuperset(types) and got == expected  # long lists of numbers, in Python's own loop
        return at_once or all(agree(g, e, rtol, atol) for g, e in zip(got, expected))
    if type(got) is dict:
        names = PLAIN.issuperset(map(type, got)) and got.keys() == expected.keys()
        return names and all(agree(got[key], expected[key], rtol, atol) for key in expected)
    return got is expected if type(got) in ITSELF else type(got) in PLAIN and got == expected


def _close(got, expected, rtol, atol):
    """Two arrays of one shape and type. With infinity or NaN in them: False, unless they must be and are the same."""
    if got.dtype.kind in "iub":
        return bool((got == expected).all())
    if got.dtype.kind != "f":
        return False
    if not rtol and not atol and got.tobytes() == expected.tobytes():  # as arguments are that no call has changed
        return True
    with np.errstate(all="ignore"):
        off = np.abs(got - expected)
        return bool((off <= atol + rtol * np.abs(expected)).all() and (off < np.inf).all())
