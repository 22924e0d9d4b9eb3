"""From a wrong result to the likely mistake.

First the mistakes that the author of the test foresaw, `mistakes={"name": what it gives}`;
then patterns, which know nothing of the exercise. A pattern is a function from a Case to
True or False, under a name that mistakes/ explains. They stand in tables: FORM and NUMBERS
here, what arrays, steps of training and tensors tell in diagnose_*.py, calls with other arguments
in probes.py. To add one: write it, put it into its table (special before general), prove it in a bank.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from nnlib.check import diagnose_torch
from nnlib.check.case import Case, alike, any_place, is_number, near
from nnlib.check.compare import compare
from nnlib.check.diagnose_arrays import ARRAYS
from nnlib.check.diagnose_steps import STEPS
from nnlib.check.probes import PROBES
from nnlib.check.tensors import is_tensor, plain

__all__ = ["FORM", "NUMBERS", "Case", "diagnose", "foreseen"]


def diagnose(case, form_only=False, known=()):
    """The name of the first pattern that fits, or None. The mistakes `known` of this answer are tried before others.

    form_only: of the patterns of numbers, none but those that are known.
    """
    if found := _first(diagnose_torch.FORM | FORM, case, known):
        return found
    numbers = replace(case, got=plain(case.got), expected=plain(case.expected),
                      earlier=plain(case.earlier), right=plain(case.right))
    tables = (ARRAYS, STEPS, PROBES, NUMBERS)
    return next(filter(None, (_first(table, numbers, known, form_only) for table in tables)), None)


def _first(table, case, known, known_only=False):
    order = [name for name in table if name in known]
    if not known_only:
        order += [name for name in table if name not in known]
    return next((name for name in order if table[name](case)), None)


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


def _another_order(case):
    """The parts of a tuple, not numbers alone, all there, in other places."""
    got, expected = case.got, case.expected
    if not isinstance(expected, tuple) or not isinstance(got, (list, tuple)) or len(got) != len(expected):
        return False
    if all(map(is_number, expected)) or alike(got, expected):
        return False
    left = list(expected)
    for g in got:
        place = next((i for i, e in enumerate(left) if alike(g, e)), None)
        if place is None:
            return False
        del left[place]
    return True


def _none(case):
    """None, as the whole result or, among lines of a test, as a number in it."""
    return case.got is None and case.expected is not None or case.function is None and any(
        g is None and is_number(e) for g, e in case.places)


def _is_value(x):
    return hasattr(x, "data") and hasattr(x, "grad") and not isinstance(x, np.ndarray) and not is_tensor(x)


def _truth(g, e):
    if isinstance(g, np.ndarray) and g.dtype == bool:
        return isinstance(e, np.ndarray) and e.dtype.kind in "iuf"
    return isinstance(g, (bool, np.bool_)) and is_number(e)


def _flat(e):
    """A list or tuple of numbers, as an array could hold it."""
    return isinstance(e, (list, tuple)) and all(map(is_number, e))


# --- patterns of numbers ------------------------------------------------------------


def _by_n(case):
    n = case.rows()
    return n is not None and n > 1 and case.ratio(n, 1 / n)


def _sign(case):
    return bool(case.wrong) and all(e != 0 and near(g, -e) for g, e in case.wrong)


def _swapped(case):
    """Two numbers of an array may be each other's by chance. Those that are nearly right stand in their places."""
    wrong, enough = case.wrong, 3 if isinstance(case.expected, np.ndarray) else 2
    return len(wrong) >= enough and not _nearly(case) and all(
        map(near, sorted(g for g, _ in wrong), sorted(e for _, e in wrong)))


def _not_finite(case):
    return any(not math.isfinite(g) and math.isfinite(e) for g, e in case.wrong)


def _rounded_down(case):
    """The whole numbers below, or nearer to 0; nothing but zeros is that only where an int came."""
    wrong = case.wrong
    cut = all(math.isfinite(e) and g in (math.floor(e), math.trunc(e)) for g, e in wrong)
    return bool(wrong) and cut and (any(case.pairs[0]) or type(case.got) is int)


def _rounded(case):
    return bool(case.wrong) and all(abs(e) > 0 and abs(g - e) < 5e-3 * max(abs(e), 1) and any(
        g == round(e, digits) for digits in range(1, 8)) for g, e in case.wrong)


def _all_zero(case):
    got, expected = case.pairs
    return bool(case.wrong) and not any(got) and any(expected)


def _nearly(case):
    return bool(case.wrong) and all(math.isclose(g, e, rel_tol=1e-4, abs_tol=1e-8) for g, e in case.wrong)


def _kept_list(case):
    """An earlier result, of three entries at least so that it is no chance, and more behind it."""
    return isinstance(case.got, list) and any(
        isinstance(before, list) and 3 <= len(before) < len(case.got) and alike(case.got[: len(before)], before)
        for before in case.earlier)


def _example_only(case):
    return any(compare(case.got, before).equal for before in case.earlier)


FORM = {
    "another-order": _another_order,
    "printed": lambda case: case.got is None and case.expected is not None and bool(case.output.strip()),
    "not-returned": _none,
    "error-returned": any_place(lambda g, e: isinstance(g, BaseException)),
    "not-called": any_place(lambda g, e: callable(g) and not callable(e) and not _is_value(g) and not is_tensor(g)),
    "lazy": any_place(lambda g, e: isinstance(g, (Iterator, range, type({}.keys()), type({}.values())))),
    "no-order": any_place(lambda g, e: isinstance(g, (set, frozenset)) and isinstance(e, (list, tuple))),
    "returned-string": any_place(lambda g, e: isinstance(g, str) and not isinstance(e, str)),
    "returned-value": any_place(lambda g, e: _is_value(g) and not _is_value(e)),
    "bool-for-number": any_place(_truth),
    "not-a-tuple": lambda case: isinstance(case.expected, (list, tuple)) and is_number(case.got),
    "dict-for-list": any_place(lambda g, e: isinstance(g, dict) and isinstance(e, (list, tuple))),
    "array-for-list": any_place(lambda g, e: isinstance(g, np.ndarray) and (_flat(e) or isinstance(e, list))),
    "array-for-tuple": any_place(lambda g, e: isinstance(g, np.ndarray) and isinstance(e, tuple)),
    "array-of-one": any_place(lambda g, e: isinstance(g, np.ndarray) and g.size == 1 and is_number(e)),
}

NUMBERS = {
    "not-finite": _not_finite,
    "rounded-down": _rounded_down,
    "all-zero": _all_zero,
    "kept-list": _kept_list,
    "example-only": _example_only,
    "rounded": _rounded,
    "sign": _sign,
    "factor-2": lambda case: case.ratio(2.0, 0.5),
    "factor-n": _by_n,
    "swapped": _swapped,
    "nearly": _nearly,
}
