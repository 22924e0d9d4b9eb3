"""A student's exception as a sentence: what happened, in which of the student's lines, and why."""

import inspect
import linecache
import re
from typing import NamedTuple

from nnlib.check.diagnose_errors import fits, usual_mistake
from nnlib.check.guard import TimeLimit
from nnlib.check.show import cut, kind, name_of, printable, text_of


def sentence(error, function=None, args=(), kwargs=None):
    """What the exception says, for the student, in one line."""
    said = cut(text_of(error), 300)
    match error:
        case NotImplementedError() if usual_mistake(error) == "not-written":
            return "It is not written yet."
        case TimeLimit():
            return f"It was stopped after {said}."
        case RecursionError():
            return "RecursionError: the function calls itself more often than Python allows (about 1000 deep)."
        case SystemExit():
            return "It ended the program."
        case KeyError():
            return f"KeyError: there is no key {said}."
        case TypeError() if function is not None and not callable(function):
            return f"What should be a function is {kind(function)}."
        case TypeError() if function is not None and not fits(function, args, kwargs or {}):
            return f"It takes {_signature(function)}, and was called with {_count(args, kwargs or {})}."
    return f"{name_of(type(error))}: {said}" if said else name_of(type(error))


def discreet(error, function=None, args=(), kwargs=None):
    """The same without the exception's own words, which may hold the inputs of a hidden test."""
    if isinstance(error, TimeLimit):
        return "It was stopped: it ran too long."
    own_words = usual_mistake(error, function, args, kwargs) in ("not-written", "signature", "not-a-function")
    if own_words or isinstance(error, (RecursionError, SystemExit)):
        return sentence(error, function, args, kwargs)
    return name_of(type(error))


def place(error, namespace, test=""):
    """"line 3 of slopes: `return x / 0`", the innermost line of the student's own, or ""; never one of the test's."""
    frames = student_frames(error, namespace, test)
    if not frames:
        return ""
    function, number, line = frames[-1]
    where = f"line {number} of its cell" if function == "<module>" else f"line {number} of the cell, in {function}"
    return f"{where}: {line}" if line else where


class Told(NamedTuple):
    """What another process has told of an exception that was raised there: kept as `error.told`."""

    frames: list  # as of student_frames
    file: str  # as of innermost_file


def student_frames(error, namespace, test=""):
    """The steps of the traceback that stand in the student's notebook: (function, line number, source line).

    They are known by their global names, which are the notebook's own. The file `test` is left out: a function
    of the test cell that the answer calls, such as a loss, stands in a line that may tell what is expected.
    """
    if isinstance(told := getattr(error, "told", None), Told):
        return told.frames
    frames, tb = [], error.__traceback__
    while tb is not None:
        code = tb.tb_frame.f_code
        if tb.tb_frame.f_globals is namespace and code.co_filename != test:
            number = tb.tb_lineno or code.co_firstlineno  # None where the clock rang between two lines
            line = linecache.getline(code.co_filename, number).strip()
            frames.append((printable(code.co_name), number, cut(printable(line), 160)))
        tb = tb.tb_next
    return frames


def not_defined(error, file):
    """Is this a name that the lines of `file` themselves look for, and not the functions they call?"""
    return isinstance(error, NameError) and innermost_file(error) == file


def innermost_file(error):
    """The file in which an exception was raised, or ""."""
    if isinstance(told := getattr(error, "told", None), Told):
        return told.file
    tb = error.__traceback__
    while tb is not None and tb.tb_next is not None:
        tb = tb.tb_next
    return tb.tb_frame.f_code.co_filename if tb is not None else ""


def missing(error):
    """What to do when a test does not find the answer it is to test."""
    name = getattr(error, "name", None) or "the name"
    return (f"There is no {name} yet. The cell above that defines it has not been run since the notebook was opened "
            "(use the menu: Run → Run All Above Selected Cell), or it ended with an error, or it has become text (no "
            "[ ] beside it: click there and press Y), or the name was changed: the tests look for "
            f"{name}.")


def _signature(function):
    names = list(inspect.signature(function).parameters)
    return f"({', '.join(names)})" if names else "no arguments"


def _count(args, kwargs):
    n = len(args) + len(kwargs)
    return f"{n} argument" if n == 1 else f"{n} arguments"


def taken(error, cell, names):
    """What to do when a name that the test needs, such as np, holds something else by now; else ""."""
    if isinstance(error, AttributeError):
        for name in re.findall(rf"\b(\w+)\.{re.escape(error.name or '?')}\b", cell):
            if name in names and names[name] is error.obj:
                return (f"The name {name} now holds {kind(error.obj)}: a cell gave it another value. Choose another "
                        f"name there. Then run the cell at the top, which loads {name}, and this check again.")
    return ""
