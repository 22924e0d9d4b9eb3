"""What a student's process tells of a call, made here what it was there: arguments, prints, warnings, exceptions."""

import builtins
import contextlib
import re
import sys
import warnings
from functools import cache, cached_property
from itertools import islice

import numpy as np

from nnlib.check import guard
from nnlib.check.errors import Told
from nnlib.check.show import cut, printable

LIBRARIES = {"numpy.linalg.linalg.LinAlgError": np.linalg.LinAlgError,
             "numpy.linalg.LinAlgError": np.linalg.LinAlgError, "nnlib.check.guard.TimeLimit": guard.TimeLimit}


MOST_WORDS = 5_000  # of a submission that are known: which of them comes back tells something, too


class Died(Exception):
    """The student's Python has ended."""


class Written:
    """The words and lines that stand in a submission.

    Names and lines that come back are shown only if they stand there, or in a library: made up while a hidden test
    runs, they could carry its input to the student.
    """

    def __init__(self, code, asked=frozenset()):
        self.code, self.asked = code, asked  # asked: the names that the tests look for

    @cached_property
    def lines(self):
        """{line: its numbers in the cells in which it stands}"""
        found = {}
        for source in self.code:
            body = source.partition("\n")[2] if source.startswith("%%") else source  # as Python counts there
            for number, line in enumerate(body.split("\n"), start=1):
                found.setdefault(cut(printable(line.strip()), 160), set()).add(number)
        return found

    @cached_property
    def text(self):
        return "\n".join(self.code)

    @cached_property
    def words(self):
        words = dict.fromkeys(found[0] for found in re.finditer(r"\w+", self.text))
        return set(islice(words, MOST_WORDS))

    def knows(self, name):
        few = len(self.text) < 4 * MOST_WORDS  # most are defined, and then all words need not be counted
        defined = few and name.isidentifier() and f"def {name}(" in self.text
        return defined or name in self.asked or name in _of_libraries() or name in self.words

    def frame(self, function, number, line):
        """A step of a traceback; None for one that stands nowhere: its number could be anything."""
        named = function if function in self.words or function.strip("<>") in FRAMES else "a function"
        return (named, number, line) if number in self.lines.get(line, ()) else None


FRAMES = ("module", "lambda", "listcomp", "dictcomp", "setcomp", "genexpr")


@cache
def _of_libraries():
    """The names of the classes of Python and the libraries that are loaded here."""
    tops = {"builtins", "collections", "itertools", "functools", "types", "fractions", "numpy", "torch", "nnlib"}
    modules = [m for name, m in list(sys.modules.items()) if name.partition(".")[0] in tops and m is not None]
    with warnings.catch_warnings(action="ignore"):  # of names that a library is about to drop
        classes = [c for m in modules for c in list(vars(m).values()) if isinstance(c, type)]
    return {c.__name__ for c in classes} | {"generator", "function"}


def merge(old, new):
    """Makes what the test handed over be what the student's function has left of it."""
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for k, entry in enumerate(new):
            if not merge(old[k], entry):
                old[k] = entry
    elif isinstance(old, tuple) and isinstance(new, tuple) and len(old) == len(new):
        for before, after in zip(old, new):
            merge(before, after)
    elif isinstance(old, list) and isinstance(new, list):
        old[:] = new
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in [key for key in old if key not in new]:
            del old[key]
        for key, entry in new.items():
            if key not in old or not merge(old[key], entry):
                old[key] = entry
    elif isinstance(old, set) and isinstance(new, set):
        old ^= old ^ new
    elif isinstance(old, np.ndarray) and isinstance(new, np.ndarray) and old.shape == new.shape:
        old[...] = new
    elif isinstance(old, np.random.Generator) and isinstance(new, np.random.Generator):
        old.bit_generator.state = new.bit_generator.state
    elif "torch" in sys.modules and isinstance(old, sys.modules["torch"].Tensor):
        return _merge_tensor(old, new)
    else:
        return False
    return True


def _merge_tensor(old, new):
    torch = sys.modules["torch"]
    if not isinstance(new, torch.Tensor) or old.shape != new.shape or old.dtype != new.dtype:
        return False
    if old.is_leaf:
        old.requires_grad_(new.requires_grad)
        old.grad = new.grad
    if old.device.type != "meta":
        with torch.no_grad():
            old.copy_(new)
    return True


def say(output, noted):
    if isinstance(output, str):
        print(output[:2000], end="")
    for text in noted[:5] if isinstance(noted, list) else []:
        name, _, message = str(text)[:300].partition(": ")
        known = getattr(builtins, name, None)
        category = known if isinstance(known, type) and issubclass(known, Warning) else type(
            name if name.isidentifier() else "Warning", (UserWarning,), {})
        warnings.warn_explicit(message, category, "<student>", 1)


def error_of(told, written):
    """The exception that was raised over there, of the nearest class that is known here."""
    if not isinstance(told, dict):
        raise Died("what came back could not be read")
    names = [x for x in _entries(told, "types") if isinstance(x, str)]
    base = next((found for name in names if (found := _known(name))), Exception)
    name = names[0].rpartition(".")[2] if names else base.__name__
    name = name if written.knows(name) else base.__name__
    kind = base if name == base.__name__ or not name.isidentifier() else type(name, (base,), {})
    args = [x for x in _entries(told, "args") if isinstance(x, (str, int, float, bool, type(None)))]
    try:
        error = kind(*args)
    except Exception:  # one that wants other arguments
        error = type(name if name.isidentifier() else "Error", (Exception,), {})(str(told.get("text"))[:2000])
    _complete(error, told, written)
    return error


def _entries(told, key):
    """The list that is told under this key; an empty one where it is none."""
    found = told.get(key)
    return found if isinstance(found, list) else []


def _complete(error, told, written):
    """What is told of the exception beside its class and arguments."""
    for attribute, key in (("name", "name"), ("obj", "number")):
        with contextlib.suppress(AttributeError, TypeError):
            if told.get(key) not in (None, "") and (
                    key != "name" or isinstance(told[key], str) and written.knows(told[key])):
                setattr(error, attribute, told[key])
    frames = [tuple(f) for f in _entries(told, "frames") if isinstance(f, list) and len(f) == 3
              and isinstance(f[0], str) and type(f[1]) is int and isinstance(f[2], str)]
    error.told = Told([kept for frame in frames[-20:] if (kept := written.frame(*frame))],
                      printable(str(told.get("file"))[:200]))


def _known(name):
    """The exception of that name. Of those that end a program only SystemExit, which every test can take."""
    if name in LIBRARIES:
        return LIBRARIES[name]
    found = getattr(builtins, name.removeprefix("builtins."), None) if name.startswith("builtins.") else None
    return found if isinstance(found, type) and issubclass(found, (Exception, SystemExit)) else None
