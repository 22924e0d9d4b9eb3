"""What a pattern may look at: one call, what came and what was expected, and how their numbers compare."""

import inspect
import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from nnlib.check import tensors
from nnlib.check.compare import as_float, compare


@dataclass
class Case:
    """One call that went wrong."""

    got: object
    expected: object
    args: tuple = ()
    output: str = ""  # what was printed
    earlier: list = field(default_factory=list)  # results of the same function for other arguments
    right: list = field(default_factory=list)  # of those that were right: (arguments, result)
    function: object = None  # the student's; None where lines of code were run
    kwargs: dict = field(default_factory=dict)

    @cached_property
    def places(self):
        """What stands in the same place of got and expected, as pairs: lists and tuples of one length taken apart."""
        return list(_places(self.got, self.expected))

    @cached_property
    def pairs(self):
        """The numbers of got and expected as two flat lists, where both have the same shape; else two empty ones."""
        return _pairs(self.got, self.expected) or ([], [])

    @cached_property
    def wrong(self):
        """Those pairs (came, expected) that differ."""
        return [(g, e) for g, e in zip(*self.pairs) if not math.isclose(g, e, rel_tol=1e-9, abs_tol=1e-12)]

    def ratio(self, *factors):
        """Are all wrong entries off by one and the same of these factors?"""
        return bool(self.wrong) and any(all(e != 0 and near(g, f * e) for g, e in self.wrong) for f in factors)

    @cached_property
    def arrays(self):
        """The arrays of got and expected in the same places, as pairs, where they differ."""
        pairs = [(np.asarray(g), e) for g, e in self.places
                 if isinstance(e, np.ndarray) and isinstance(g, (np.ndarray, np.generic))]
        return [(g, e) for g, e in pairs if not _same(g, e)]

    @cached_property
    def given(self):
        """The arguments by name; {} where they cannot be told."""
        try:
            bound = inspect.signature(self.function).bind(*self.args, **self.kwargs)
        except (TypeError, ValueError):
            return {}
        return dict(bound.arguments)

    def again(self, change=None):
        """The function called once more, with arguments changed by `change`; None where it fails."""
        given = (*self.args, *self.kwargs.values())
        if self.function is None or any(isinstance(x, np.random.Generator) for x in given):
            return None  # a random generator cannot be wound back
        args, kwargs = copied((self.args, self.kwargs))
        if change is not None:
            args, kwargs = tuple(map(change, args)), {name: change(x) for name, x in kwargs.items()}
        try:
            return tensors.plain(self.function(*args, **kwargs))
        except Exception:  # other arguments may suit it even less
            return None

    @cached_property
    def matrices(self):
        """The matrices among the arguments."""
        return [a for a in numbers(flat([self.args, list(self.kwargs.values())])) if a.ndim == 2]

    def rows(self):
        """How many examples came, or None: see `rows`."""
        return rows((*self.args, *self.kwargs.values()))


def rows(args):
    """The commonest length among the arrays, or where there are none among the lists; None without either."""
    arrays = [len(x) for x in args if isinstance(x, np.ndarray) and x.ndim]
    lengths = arrays or [len(x) for x in args if isinstance(x, (list, tuple))]
    return max(lengths, key=lengths.count) if lengths else None


def any_place(sign):
    """A pattern that fits when `sign` does for what came and what was expected in any one place."""
    return lambda case: any(sign(g, e) for g, e in case.places)


def is_number(x):
    """Is x a number of Python's own? True and False are none."""
    return isinstance(x, (int, float)) and not isinstance(x, bool)


def near(a, b):
    return math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-12)


def alike(a, b):
    """Two results that agree to the digits a mistake would leave alone."""
    return compare(a, b, 1e-6, 1e-12).equal


def close(a, b):
    return a.shape == b.shape and np.allclose(a, b, 1e-6, 1e-12)


def numbers(values):
    return [x for x in values if isinstance(x, np.ndarray) and x.dtype.kind in "fiu"]


def flat(x):
    """All arrays in an argument, in order."""
    if isinstance(x, np.ndarray):
        return [x]
    return [a for entry in x for a in flat(entry)] if isinstance(x, (list, tuple)) else []


def copied(x):
    """Containers, arrays and tensors copied, whatever else is inside them passed on as it is."""
    if type(x) in tensors.PLAIN:
        return x
    if type(x) in (list, tuple, set):
        if tensors.PLAIN.issuperset(map(type, x)):
            return x if type(x) is tuple else x.copy()
        return type(x)(map(copied, x))
    if type(x) is dict:
        return {key: copied(value) for key, value in x.items()}
    if tensors.is_tensor(x):
        return tensors.copied(x)
    return x.copy() if isinstance(x, np.ndarray) else x


def private(x):
    """Does copied(x) share nothing with x that a call could change?"""
    if type(x) in (list, tuple, set):
        return tensors.PLAIN.issuperset(map(type, x)) or all(map(private, x))
    if type(x) is dict:
        return all(map(private, x.values()))
    if type(x).__module__ == "numpy" and isinstance(x, (np.ndarray, np.generic)):
        return x.dtype.kind in "biufc"
    return type(x) in tensors.PLAIN or tensors.is_tensor(x)


def _places(got, expected):
    both = isinstance(got, (list, tuple)) and isinstance(expected, (list, tuple)) and len(got) == len(expected)
    if both and expected:
        for g, e in zip(got, expected):
            yield from _places(g, e)
    else:
        yield got, expected


def _pairs(got, expected):
    g, e = [], []

    def collect(a, b):
        if isinstance(b, np.ndarray):
            return isinstance(a, np.ndarray) and a.shape == b.shape and collect(a.ravel().tolist(), b.ravel().tolist())
        if isinstance(b, (list, tuple)):
            return isinstance(a, (list, tuple)) and len(a) == len(b) and all(map(collect, a, b))
        if isinstance(b, bool) or isinstance(a, bool):  # True and False are compared, not computed with
            return type(a) is type(b)
        if isinstance(b, (int, float)) and isinstance(a, (int, float)):
            g.append(as_float(a))
            e.append(as_float(b))
            return True
        return False

    return (g, e) if collect(got, expected) and g else None


def _same(g, e):
    return g.shape == e.shape and g.dtype == e.dtype and np.allclose(g, e, 1e-9, 1e-12, equal_nan=True)
