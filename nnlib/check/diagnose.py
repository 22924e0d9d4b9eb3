"""From a wrong result to the likely mistake.

First the mistakes that the author of the test foresaw, `mistakes={"name": what it gives}`;
then the patterns below, which know nothing of the exercise. A pattern is a function
from a Case to True or False, under the name that mistakes.py explains. To add one:
write it, put it into FORM or NUMBERS (special before general), and prove it in a bank.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from nnlib.check.compare import as_float, compare


@dataclass
class Case:
    """All that a pattern may look at."""

    got: object
    expected: object
    args: tuple = ()
    output: str = ""  # what was printed
    earlier: list = field(default_factory=list)  # results of the same function for other arguments
    g: list | None = None  # the numbers in got and in expected, pairwise,
    e: list | None = None  # where both have the same shape


def diagnose(case, form_only=False):
    """The name of the first pattern that fits, or None."""
    case.g, case.e = _pairs(case.got, case.expected) or (None, None)
    return next((name for name, fits in (FORM if form_only else FORM | NUMBERS).items() if fits(case)), None)


def foreseen(mistakes, case, error, rtol, atol):
    """The names of those foreseen mistakes that give just this: a value, an exception, or a test of the result."""
    return [name for name, sign in mistakes.items() if _same(sign, case, error, rtol, atol)]


def _same(sign, case, error, rtol, atol):
    if isinstance(sign, type) and issubclass(sign, BaseException):
        return isinstance(error, sign)
    if error is not None:
        return False
    if callable(sign):
        try:
            return bool(sign(case.got))
        except Exception:  # the result is of another kind than the test of it thought of
            return False
    return compare(case.got, sign, rtol, atol).equal


# --- patterns of form ------------------------------------------------------------


def _printed(case):
    return case.got is None and case.expected is not None and bool(case.output.strip())


def _array_of_one(case):
    return isinstance(case.expected, (int, float)) and isinstance(case.got, np.ndarray) and case.got.size == 1


def _is_value(x):
    return hasattr(x, "data") and hasattr(x, "grad") and not isinstance(x, np.ndarray)


def _holds_values(case):
    entries = case.got if isinstance(case.got, (list, tuple)) else [case.got]
    wanted = case.expected if isinstance(case.expected, (list, tuple)) else [case.expected]
    return any(map(_is_value, entries)) and not any(map(_is_value, wanted))


def _strings(case):
    entries = case.got if isinstance(case.got, (list, tuple)) else [case.got]
    wanted = case.expected if isinstance(case.expected, (list, tuple)) else [case.expected]
    return any(isinstance(x, str) for x in entries) and not any(isinstance(x, str) for x in wanted)


# --- patterns of numbers ------------------------------------------------------------


def _pairs(got, expected):
    """The numbers of two results of the same shape as two flat lists, or None."""
    g, e = [], []

    def collect(a, b):
        if isinstance(b, np.ndarray):
            return isinstance(a, np.ndarray) and a.shape == b.shape and collect(a.ravel().tolist(), b.ravel().tolist())
        if isinstance(b, (list, tuple)):
            return isinstance(a, (list, tuple)) and len(a) == len(b) and all(map(collect, a, b))
        if isinstance(b, (int, float)) and isinstance(a, (int, float)):
            g.append(as_float(a))
            e.append(as_float(b))
            return True
        return False

    return (g, e) if collect(got, expected) and g else None


def _near(a, b):
    return math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-12)


def _wrong(case):
    """The pairs (came, expected) that differ."""
    return [(g, e) for g, e in zip(case.g or [], case.e or []) if not math.isclose(g, e, rel_tol=1e-9, abs_tol=1e-12)]


def _ratio(case, *factors):
    """All wrong entries are off by one and the same of these factors."""
    wrong = _wrong(case)
    return bool(wrong) and any(all(e != 0 and _near(g, f * e) for g, e in wrong) for f in factors)


def _by_n(case):
    lengths = {len(x) for x in case.args if isinstance(x, (list, tuple, np.ndarray)) and getattr(x, "ndim", 1)}
    return any(_ratio(case, n, 1 / n) for n in lengths if n > 2)


def _sign(case):
    wrong = _wrong(case)
    return bool(wrong) and all(e != 0 and _near(g, -e) for g, e in wrong)


def _offset(case):
    wrong = _wrong(case)
    return len(wrong) > 1 and all(_near(g - e, wrong[0][0] - wrong[0][1]) for g, e in wrong)


def _transposed(case):
    a, b = case.got, case.expected
    matrices = isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.ndim == b.ndim == 2
    return matrices and a.shape == b.T.shape and np.allclose(a.T, b)


def _swapped(case):
    wrong = _wrong(case)
    return len(wrong) > 1 and all(map(_near, sorted(g for g, _ in wrong), sorted(e for _, e in wrong)))


def _not_finite(case):
    return any(not math.isfinite(g) and math.isfinite(e) for g, e in _wrong(case))


def _rounded_down(case):
    wrong = _wrong(case)
    cut = all(math.isfinite(e) and g in (math.floor(e), math.trunc(e)) for g, e in wrong)
    return bool(wrong) and cut and any(case.g)


def _rounded(case):
    wrong = _wrong(case)
    return bool(wrong) and all(abs(e) > 0 and abs(g - e) < 5e-3 * max(abs(e), 1) and any(
        g == round(e, digits) for digits in range(1, 8)) for g, e in wrong)


def _all_zero(case):
    return len(_wrong(case)) > 0 and not any(case.g) and any(case.e)


def _example_only(case):
    return any(compare(case.got, before).equal for before in case.earlier)


FORM = {
    "printed": _printed,
    "not-returned": lambda case: case.got is None and case.expected is not None,
    "not-called": lambda case: callable(case.got) and not callable(case.expected) and not _is_value(case.got),
    "lazy": lambda case: isinstance(case.got, (Iterator, range, type({}.keys()), type({}.values()))),
    "returned-string": _strings,
    "returned-value": _holds_values,
    "not-a-tuple": lambda case: isinstance(case.expected, (list, tuple)) and isinstance(case.got, (int, float)),
    "array-for-list": lambda case: isinstance(case.expected, (list, tuple)) and isinstance(case.got, np.ndarray),
    "array-of-one": _array_of_one,
}

NUMBERS = {
    "not-finite": _not_finite,
    "all-zero": _all_zero,
    "example-only": _example_only,
    "rounded": _rounded,
    "rounded-down": _rounded_down,
    "transposed": _transposed,
    "sign": _sign,
    "factor-2": lambda case: _ratio(case, 2.0, 0.5),
    "factor-n": _by_n,
    "swapped": _swapped,
    "offset": _offset,
}
