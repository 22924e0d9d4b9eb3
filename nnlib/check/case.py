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
    function: object = None  # the student's; None where lines of code were run
    kwargs: dict = field(default_factory=dict)
    before: list = field(default_factory=list)  # the arguments of those earlier results

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
        return [(g, e) for g, e in _array_pairs(self.got, self.expected) if not _same(g, e)]

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

    def rows(self):
        """How many examples came: the commonest length among the arguments that are arrays or lists, or None."""
        lengths = [len(x) for x in (*self.args, *self.kwargs.values()) if long(x)]
        return max(lengths, key=lengths.count) if lengths else None


def near(a, b):
    return math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-12)


def alike(a, b):
    """Two results that agree to the digits a mistake would leave alone."""
    return compare(a, b, 1e-6, 1e-12).equal


def long(x):
    """A list, a tuple or an array with a first axis."""
    return isinstance(x, (list, tuple)) or isinstance(x, np.ndarray) and x.ndim > 0


def copied(x):
    """Containers, arrays and tensors copied, whatever else is inside them passed on as it is."""
    if type(x) in (list, tuple, set):
        return type(x)(map(copied, x))
    if type(x) is dict:
        return {key: copied(value) for key, value in x.items()}
    if tensors.is_tensor(x):
        return tensors.copied(x)
    return x.copy() if isinstance(x, np.ndarray) else x


def _pairs(got, expected):
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


def _array_pairs(got, expected):
    if isinstance(expected, np.ndarray):
        if isinstance(got, (np.ndarray, np.generic)):
            yield np.asarray(got), expected
    elif isinstance(expected, (list, tuple)) and isinstance(got, (list, tuple)) and len(got) == len(expected):
        for g, e in zip(got, expected):
            yield from _array_pairs(g, e)


def _same(g, e):
    return g.shape == e.shape and g.dtype == e.dtype and np.allclose(g, e, 1e-9, 1e-12, equal_nan=True)
