"""From a student's exception to the likely mistake: by its kind, by its words, by the call that raised it."""

import builtins
import inspect
import re
import traceback

import numpy as np

from nnlib.check.case import rows
from nnlib.check.diagnose_torch import ERRORS as TORCH
from nnlib.check.guard import TimeLimit
from nnlib.check.show import text_of

STUB = ("", "not written yet")  # what the line says that an answer replaces; PyTorch raises this error, too

SAID = (  # words in the message of an exception -> the mistake; the first that fits is taken
    ("NoneType", "none-used"),
    ("math domain error", "domain"),
    ("for ^: ", "caret"),
    ("bitwise_xor", "caret"),
    ("holds one number", "whole-list"),
    ("unhashable type: 'list'", "list-in-set"),
    ("'function' object", "not-called"),
    ("'method' object", "not-called"),
    ("'builtin_function_or_method' object", "not-called"),
    ("object is not callable", "called-no-function"),
    ("__array_ufunc__=None", "numpy-for-value"),
)
USUAL = (  # exception -> the mistake that it usually is
    (TimeLimit, "endless"),
    (RecursionError, "calls-itself"),
    (ZeroDivisionError, "division-by-zero"),
    (OverflowError, "overflow"),
    ((NameError, ImportError), "unknown-name"),
    (SystemExit, "exit"),
    (EOFError, "asks-for-input"),
)
VALUE = {"data", "grad", "backward", "parents", "tanh", "relu", "exp", "log", "sigmoid"}  # what a Value has
OF_AN_OBJECT = {"data", "grad", "backward", "parents", "slopes"}  # what no cell has as a variable of its own
LACKS = re.compile(r"'(\w+)' object has no attribute '(\w+)'")


def diagnose_error(case, error):
    """The name of the likely mistake, or None."""
    usual = usual_mistake(error, case.function, case.args, case.kwargs)
    if usual == "none-used" and _not_given(case, error):
        return "argument-is-none"
    if usual == "unknown-name" and case.function is None and getattr(error, "name", None) in OF_AN_OBJECT:
        return "self-forgotten"
    return usual or next((name for name, sign in ERRORS.items() if sign(case, error)), None)


def usual_mistake(error, function=None, args=(), kwargs=None):
    """The name of the mistake that this exception usually is, or None."""
    said = text_of(error)
    if isinstance(error, NotImplementedError) and said in STUB:
        return "not-written"
    if isinstance(error, TypeError) and function is not None:
        if not callable(function):
            return "not-a-function"
        if not fits(function, args, kwargs or {}):
            return "signature"
    if type(error).__name__ == "StdinNotImplementedError":  # IPython's, for input()
        return "asks-for-input"
    by_words = next((name for words, name in (*SAID, *TORCH) if words in said), None)
    by_type = next((name for types, name in USUAL if isinstance(error, types)), None)
    return by_words or by_type or (_lacking(said) if isinstance(error, AttributeError) else None)


def _not_given(case, error):
    """Does the line that failed use an argument that is None in this call? While grading, every default is `...`."""
    try:
        call = inspect.signature(case.function).bind(*case.args, **case.kwargs)
    except (TypeError, ValueError):
        return False
    call.apply_defaults()
    line = _last_line(error)
    return any((x is None or x is ...) and re.search(rf"\b{name}\b", line) for name, x in call.arguments.items())


def _last_line(error):
    """The line of code that raised an exception, or ""."""
    if told := getattr(error, "told", None):  # by another process: see errors.Told
        return told.frames[-1][2] if told.frames else ""
    frames = traceback.extract_tb(error.__traceback__)
    return frames[-1].line or "" if frames else ""


def _lacking(said):
    """What "'float' object has no attribute 'data'" tells: a thing of another kind was expected there."""
    if said.startswith("module "):
        return "unknown-name"
    found = LACKS.search(said)
    kind_of, name = found.groups() if found else ("", "")
    if kind_of == "bool":
        return "one-comparison"
    for kinds, of_a_value, of_an_array in ((("int", "float"), "plain-number", "number-for-array"),
                                           (("list", "tuple"), "list-for-one", "list-for-array")):
        if kind_of in kinds:
            return of_a_value if name in VALUE else of_an_array if hasattr(np.ndarray, name) else None
    return "no-such-attribute" if found and not hasattr(builtins, kind_of) else None


def fits(function, args, kwargs):
    """Can the function be called so? Of what is built in, without a signature, nobody knows: yes."""
    try:
        inspect.signature(function).bind(*args, **kwargs)
    except TypeError:
        return False
    except ValueError:
        return True
    return True


# --- what arrays usually mean by it ---------------------------------------------------------------


def _says(kind, *words):
    return lambda case, error: isinstance(error, kind) and any(w in text_of(error).lower() for w in words)


def _index(case, error):
    return isinstance(error, IndexError)


ERRORS = {
    "number-in-product": _says(ValueError, "does not have enough dimensions (has 0"),
    "shapes-in-product": _says(ValueError, "matmul", "not aligned", "remapped shapes"),
    "shapes-in-sum": _says(ValueError, "broadcast"),
    "hard-coded-size": lambda case, error: _index(case, error) and any(
        rows(args) != case.rows() for args, _ in case.right),
    "index": _index,
    "array-in-if": _says(ValueError, "truth value of an array"),
    "one-number-function": _says(TypeError, "only length-1 arrays", "only 0-dimensional arrays", "only integer scalar"),
    "integer-input": _says(TypeError, "cannot cast ufunc"),
    "list-for-array": _says(TypeError, "'list'", "can't multiply sequence"),
}
