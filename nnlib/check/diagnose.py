"""From a wrong result to the likely mistake.

First the mistakes that the author of the test foresaw, `mistakes={"name": what it gives}`;
then patterns, which know nothing of the exercise. A pattern is a function from a Case to
True or False, under the name that mistakes.py explains. They stand in tables: FORM and NUMBERS
here, what arrays, steps of training and tensors tell in diagnose_*.py, calls with other arguments
in probes.py. To add one: write it, put it into its table (special before general), prove it in a bank.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from nnlib.check import diagnose_torch
from nnlib.check.case import Case, near
from nnlib.check.compare import compare
from nnlib.check.diagnose_arrays import ARRAYS, ERRORS
from nnlib.check.diagnose_steps import STEPS
from nnlib.check.probes import PROBES
from nnlib.check.tensors import is_tensor, plain

__all__ = ["FORM", "NUMBERS", "Case", "diagnose", "diagnose_error", "foreseen"]


def diagnose(case, form_only=False):
    """The name of the first pattern that fits, or None."""
    found = _first(diagnose_torch.FORM | FORM, case)
    if found or form_only:
        return found
    numbers = replace(case, got=plain(case.got), expected=plain(case.expected), earlier=plain(case.earlier))
    return _first(ARRAYS, numbers) or _first(STEPS, numbers) or _first(PROBES, numbers) or _first(NUMBERS, numbers)


def _first(table, case):
    return next((name for name, fits in table.items() if fits(case)), None)


def diagnose_error(case, error):
    """The same for an exception: what arrays usually mean by it."""
    return next((name for name, fits in ERRORS.items() if fits(case, error)), None)


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
    return hasattr(x, "data") and hasattr(x, "grad") and not isinstance(x, np.ndarray) and not is_tensor(x)


def _holds_values(case):
    entries = case.got if isinstance(case.got, (list, tuple)) else [case.got]
    wanted = case.expected if isinstance(case.expected, (list, tuple)) else [case.expected]
    return any(map(_is_value, entries)) and not any(map(_is_value, wanted))


def _strings(case):
    entries = case.got if isinstance(case.got, (list, tuple)) else [case.got]
    wanted = case.expected if isinstance(case.expected, (list, tuple)) else [case.expected]
    return any(isinstance(x, str) for x in entries) and not any(isinstance(x, str) for x in wanted)


# --- patterns of numbers ------------------------------------------------------------


def _by_n(case):
    lengths = {len(x) for x in case.args if isinstance(x, (list, tuple, np.ndarray)) and getattr(x, "ndim", 1)}
    return any(case.ratio(n, 1 / n) for n in lengths if n > 2)


def _sign(case):
    return bool(case.wrong) and all(e != 0 and near(g, -e) for g, e in case.wrong)


def _offset(case):
    wrong = case.wrong
    return len(wrong) > 1 and all(near(g - e, wrong[0][0] - wrong[0][1]) for g, e in wrong)


def _transposed(case):
    return any(g.ndim == e.ndim == 2 and g.shape == e.T.shape and np.allclose(g.T, e) for g, e in case.arrays)


def _swapped(case):
    wrong = case.wrong
    return len(wrong) > 1 and all(map(near, sorted(g for g, _ in wrong), sorted(e for _, e in wrong)))


def _not_finite(case):
    return any(not math.isfinite(g) and math.isfinite(e) for g, e in case.wrong)


def _rounded_down(case):
    wrong = case.wrong
    cut = all(math.isfinite(e) and g in (math.floor(e), math.trunc(e)) for g, e in wrong)
    return bool(wrong) and cut and any(case.pairs[0])


def _rounded(case):
    return bool(case.wrong) and all(abs(e) > 0 and abs(g - e) < 5e-3 * max(abs(e), 1) and any(
        g == round(e, digits) for digits in range(1, 8)) for g, e in case.wrong)


def _all_zero(case):
    got, expected = case.pairs
    return bool(case.wrong) and not any(got) and any(expected)


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
    "factor-2": lambda case: case.ratio(2.0, 0.5),
    "factor-n": _by_n,
    "swapped": _swapped,
    "offset": _offset,
}
