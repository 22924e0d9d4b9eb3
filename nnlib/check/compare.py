"""Two values side by side: is `got` what was `expected`, and if not, where and how not?

Strict about what matters and patient about what does not:

    expected   accepted
    float      float, int, NumPy float of any width (not bool, not a string, not an array of one)
    int        int, NumPy int (not 3.0, not True)
    tuple      tuple, and a list with a remark; the other way round too
    ndarray    ndarray of the same shape and kind of dtype; the right whole numbers for floats, with a remark
    tensor     tensor of the same shape, dtype and device, in a graph or not, as expected
    dict, set  the same keys or members
    str, None, bool   the same
"""

import math
import re
from dataclasses import dataclass, field
from numbers import Number

import numpy as np

from nnlib.check import tensors
from nnlib.check.show import kind, short

SIZE = re.compile(r" of (shape \([\d, ]*\)|\d+)")  # in the name of a kind: of a hidden test not even this is told


@dataclass(frozen=True)
class Difference:
    """One place where two values differ."""

    where: str  # as one would index the result, "[1]"; "" is the result itself
    sort: str  # type, length, shape, dtype, device, graph, keys, not finite, value
    sentence: str  # for the student
    discreet: str  # the same without giving the expected value away
    error: float = math.inf  # how far a number is off; a wrong type is infinitely far off


@dataclass
class Comparison:
    """In how many places two values differ, the first of them and the worst; and what was accepted with a smile."""

    first: Difference | None = None
    worst: Difference | None = None  # the first of equals
    places: int = 0  # that differ
    entries: int = 0  # numbers and other single things that were compared
    remarks: list = field(default_factory=list)

    @property
    def equal(self):
        return not self.places

    def note(self, difference):
        self.places += 1
        self.first = self.first or difference
        if self.worst is None or difference.error > self.worst.error:
            self.worst = difference


def compare(got, expected, rtol=1e-9, atol=1e-12):
    """Compares strictly; numbers agree when |got − expected| ≤ atol + rtol·|expected|."""
    result = Comparison()
    _walk(got, expected, "", result, rtol, atol)
    result.remarks = list(dict.fromkeys(result.remarks))
    return result


def _walk(got, expected, where, out, rtol, atol):
    if isinstance(expected, np.ndarray):
        _arrays(got, expected, where, out, rtol, atol)
    elif tensors.is_tensor(expected):
        _tensors(got, expected, where, out, rtol, atol)
    elif isinstance(expected, (list, tuple)):
        _sequences(got, expected, where, out, rtol, atol)
    elif isinstance(expected, dict):
        if _type(got, expected, dict, "a dict", where, out) and _members(got, expected, where, out, "key"):
            for key in expected:
                _walk(got[key], expected[key], f"{where}[{short(key, 40)}]", out, rtol, atol)
    elif isinstance(expected, (set, frozenset)):
        if _type(got, expected, (set, frozenset), "a set", where, out):
            _members(got, expected, where, out, "member")
    else:
        out.entries += 1
        _single(got, expected, where, out, rtol, atol)


def _single(got, expected, where, out, rtol, atol):
    if expected is None:
        _type(got, expected, type(None), "None", where, out)
    elif isinstance(expected, (str, bool, np.bool_)):
        types, name = (str, "a string") if isinstance(expected, str) else ((bool, np.bool_), "True or False")
        if _type(got, expected, types, name, where, out) and got != expected:
            _differ(out, where, "value", got, expected)
    elif isinstance(expected, (int, np.integer)):
        if _type(got, expected, (int, np.integer), "an int", where, out) and got != expected:
            _number(got, expected, where, out)
    elif isinstance(expected, (float, np.floating)):
        if _type(got, expected, (int, float, np.integer, np.floating), "a float", where, out):
            if isinstance(got, np.generic):
                out.remarks.append(f"np.{type(got).__name__} came; it counts as a float.")
            if not _close(as_float(got), as_float(expected), rtol, atol):
                _number(got, expected, where, out)
    elif _type(got, expected, type(expected), kind(expected), where, out) and not bool(got == expected):
        _differ(out, where, "value", got, expected)


def as_float(x):
    try:
        return float(x)
    except OverflowError:  # an int beyond the range of floats
        return math.inf if x > 0 else -math.inf


def _close(g, e, rtol, atol):
    if math.isfinite(g) and math.isfinite(e):
        return abs(g - e) <= atol + rtol * abs(e)
    return g == e or math.isnan(g) and math.isnan(e)


def _number(got, expected, where, out):
    g, e = as_float(got), as_float(expected)
    if math.isfinite(e) and not math.isfinite(g):
        _differ(out, where, "not finite", got, expected)
    else:
        _differ(out, where, "value", got, expected, abs(g - e) if math.isfinite(e) else math.inf)


def _type(got, expected, types, name, where, out):
    """Notes a wrong type, and answers whether the type is right. A bool is no number here."""
    boolean = isinstance(got, (bool, np.bool_)) and not isinstance(expected, (bool, np.bool_))
    if isinstance(got, types) and not boolean:
        return True
    sentence = f"{kind(got)} came where {name} was expected"
    out.note(Difference(where, "type", sentence, SIZE.sub("", sentence)))
    return False


def _members(got, expected, where, out, word):
    missing = [k for k in expected if k not in got]
    extra = [k for k in got if k not in expected]
    for keys, what in ((missing, "missing"), (extra, "too many")):
        if keys:
            plural = word + "s" if len(keys) > 1 else word
            sentence = f"{plural} {what}: {', '.join(short(k, 40) for k in keys[:5])}"
            out.note(Difference(where, "keys", sentence, f"{word}s {what}"))
    return not missing and not extra


def _sequences(got, expected, where, out, rtol, atol):
    other = list if isinstance(expected, tuple) else tuple
    if isinstance(got, other):
        out.remarks.append(f"A {other.__name__} came; the text asks for a {type(expected).__name__}. Accepted.")
    if not _type(got, expected, (list, tuple), f"a {type(expected).__name__}", where, out):
        return
    if len(got) != len(expected):
        out.note(Difference(
            where, "length", f"{len(got)} {_entries(len(got))} came, {len(expected)} expected", "the length is wrong"))
        return
    for i, (g, e) in enumerate(zip(got, expected)):
        _walk(g, e, f"{where}[{i}]", out, rtol, atol)


def _arrays(got, expected, where, out, rtol, atol):
    plain = np.ndarray if type(got) is np.ndarray else ()  # a matrix or a masked array computes by other rules
    if not _type(got, expected, plain, f"a NumPy array of shape {expected.shape}", where, out):
        return
    if got.shape != expected.shape:
        out.note(Difference(
            where, "shape", f"shape {got.shape} came, {expected.shape} expected", "the shape is wrong"))
        return
    if got.dtype.kind in "iu" and expected.dtype.kind == "f" and np.array_equal(expected, np.trunc(expected)):
        if np.array_equal(got, expected):  # nothing was cut off
            out.remarks.append("An array of whole numbers came; the text asks for floats. Accepted.")
    elif got.dtype != expected.dtype and (got.dtype.kind != expected.dtype.kind or expected.dtype.kind == "f"):
        sentence = f"dtype {got.dtype} came, {expected.dtype} expected"
        out.note(Difference(where, "dtype", sentence, sentence))
        return
    _entries_of(got, expected, where, out, rtol, atol)


def _tensors(got, expected, where, out, rtol, atol):
    if not tensors.is_tensor(got):
        _type(got, expected, (), kind(expected), where, out)
        return
    if tensors.shape(got) != tensors.shape(expected):
        sentence = f"shape {tensors.shape(got)} came, {tensors.shape(expected)} expected"
        out.note(Difference(where, "shape", sentence, "the shape is wrong"))
        return
    for sort, told in (("dtype", tensors.dtype), ("device", tensors.device)):
        if told(got) != told(expected):
            sentence = f"{sort} {told(got)} came, {told(expected)} expected"
            out.note(Difference(where, sort, sentence, sentence))
            return
    if got.requires_grad != expected.requires_grad:
        sentence = ("a tensor came that is still part of a graph (requires_grad is True)" if got.requires_grad
                    else "a tensor came that is cut off from its graph (requires_grad is False)")
        out.note(Difference(where, "graph", sentence, sentence))
    if tensors.device(expected) != "meta":
        _entries_of(tensors.as_array(got), tensors.as_array(expected), where, out, rtol, atol)


def _entries_of(got, expected, where, out, rtol, atol):
    """Two arrays of one shape, entry by entry."""
    out.entries += expected.size
    wrong = _unequal(got, expected, rtol, atol)
    places, g, e = np.argwhere(wrong), got[wrong], expected[wrong]
    told = sorted({0, _farthest(g, e)}) if len(places) else []  # a large array may differ in a million places
    for k in told:
        here = where + "".join(f"[{i}]" for i in places[k])
        (_number if expected.dtype.kind in "iuf" else _other)(g[k], e[k], here, out)
    out.places += len(places) - len(told)


def _unequal(got, expected, rtol, atol):
    """Where two arrays of one shape differ."""
    if expected.dtype.kind == "f":
        return ~np.isclose(got, expected, rtol=rtol, atol=atol, equal_nan=True)
    return np.asarray(got != expected, bool)


def _farthest(g, e):
    """The index of the number that is farthest off; 0 where there are no numbers."""
    if e.dtype.kind not in "iuf":
        return 0
    with np.errstate(all="ignore"):
        far = np.abs(g.astype(float) - e.astype(float))
    return int(np.argmax(np.where(np.isnan(far), np.inf, far)))


def _other(got, expected, where, out):
    _differ(out, where, "value", got, expected)


def _differ(out, where, sort, got, expected, error=math.inf):
    came, wanted = (short(x.item() if isinstance(x, np.generic) else x, 80) for x in (got, expected))
    floats = all(isinstance(x, (float, np.floating)) for x in (got, expected))
    if floats and f"{got:.6g}" != f"{expected:.6g}":
        came, wanted = (text if len(text) <= 10 else f"{x:.6g}" for text, x in ((came, got), (wanted, expected)))
    if sort == "not finite":
        discreet = f"{as_float(got):g} came where a finite number was expected"  # its digits could tell anything
    elif isinstance(expected, Number) and not isinstance(expected, bool):
        discreet = "a number is wrong"
    else:
        discreet = "the value is wrong"
    out.note(Difference(where, sort, f"{came} came, {wanted} expected", discreet, error))


def _entries(n):
    return "entry" if n == 1 else "entries"
