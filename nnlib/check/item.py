"""One graded item: the tests of one answer, their points, and the report.

A test cell reads

    t = check.item("ps06.by_hand", points=3)
    t.call(by_hand, 5.0, 4.0, 3.0, 2.0).gives((25.0, (3.0, 3.0, 9.0, -1.0)), points=1)
    t.run("a = Value(2.0)\\n(a * a).data").gives(4.0, points=1, mistakes={"factor-2": 8.0})
    t.hidden()
    t.call(by_hand, 1.0, 2.0, 3.0, 4.0).gives(…, points=1)
    t.score()
"""

import ast
import sys
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from nnlib.check import errors, guard, report
from nnlib.check.compare import compare
from nnlib.check.diagnose import Case, diagnose, foreseen
from nnlib.check.mistakes import MISTAKES
from nnlib.check.show import call_text, kind, name_of, short

results = {}  # item name -> its last Item


class AuthorError(Exception):
    """The test cell itself is wrong; no student can mend it."""

    def __init__(self, item, fault):
        super().__init__(f"{item}: {fault}\nThis is a mistake in the test cell, not in your answer. Please tell your instructor.")


@dataclass
class Result:
    """One test, done."""

    what: str  # the call, or the lines that were run
    points: Fraction
    hidden: bool
    status: str = "right"  # right, wrong, error, not written
    came: str = ""
    expected: str = ""
    where: list = field(default_factory=list)  # sentences about the places that differ
    place: str = ""  # of an exception, in the student's cell
    mistakes: list = field(default_factory=list)  # names in MISTAKES
    remarks: list = field(default_factory=list)
    output: str = ""
    warnings: tuple = ()

    @property
    def earned(self):
        return self.points if self.status == "right" else Fraction(0)


class Item:
    """The tests of one answer. Make it by `check.item(name, points)`; read the points by `score()`."""

    def __init__(self, name, points, seconds, namespace):
        self.name, self.points = name, _points(name, points)
        self.seconds, self.namespace = seconds, namespace
        self.results, self.earlier = [], []  # earlier: (function, arguments, result)
        self.has_hidden = False
        self._open = None  # a call that still waits for gives(), raises() or satisfies()

    def call(self, function, *args, **kwargs):
        """The test of function(*args, **kwargs). The function gets copies of lists, dicts and arrays."""
        return self._begin(Test(self, function=function, args=args, kwargs=kwargs))

    def run(self, code):
        """The test of some lines of code, run among the notebook's names; their result is the last line's value."""
        return self._begin(Test(self, code=code.strip("\n")))

    def hidden(self):
        """From here on, reports name the cause of a failure, but neither inputs nor expected values."""
        self._finish()
        self.has_hidden = True

    def score(self):
        """Shows the report and returns the points earned, a float: what nbgrader records."""
        self._finish()
        declared = sum((r.points for r in self.results), Fraction(0))
        if declared > self.points or self.has_hidden and declared != self.points:
            raise AuthorError(self.name, f"the tests add up to {float(declared):g} points, but {float(self.points):g} are declared.")
        report.display(self)
        return float(self.earned)

    @property
    def earned(self):
        return sum((r.earned for r in self.results), Fraction(0))

    @property
    def mistakes(self):
        """The names of all mistakes found, each once, in the order of the tests."""
        return list(dict.fromkeys(name for r in self.results for name in r.mistakes))

    def _begin(self, test):
        self._finish()
        self._open = test
        return test

    def _finish(self):
        if self._open is not None:
            raise AuthorError(self.name, "a call has no .gives(…), .raises(…) or .satisfies(…) behind it.")


class Test:
    """One call that waits to hear what it should give."""

    __test__ = False  # for pytest: not a test class

    def __init__(self, item, function=None, args=(), kwargs=None, code=None):
        self.item, self.function, self.args, self.kwargs, self.code = item, function, args, kwargs or {}, code
        self.changed = False

    def gives(self, expected, points, mistakes=None, rtol=1e-9, atol=1e-12):
        """Right when the result equals `expected` (see compare.py for how strictly).

        mistakes: {name: what that mistake gives}, a value, an exception class, or a
        function of the result that says whether it is that mistake.
        """
        case, error, result = self._do(points, mistakes, expected)
        if error is None:
            comparison = compare(case.got, expected, rtol, atol)
            result.remarks = comparison.remarks
            result.came, result.expected = short(case.got), short(expected)
            if not comparison.equal:
                result.status = "wrong"
                result.where = _places(comparison, result.hidden)
                result.mistakes = foreseen(mistakes or {}, case, None, rtol, atol) or _listed(diagnose(case))
        return self._end(result)

    def satisfies(self, fault, points, mistakes=None):
        """Right when fault(result) is None; else it returns a sentence that says what is wrong."""
        case, error, result = self._do(points, mistakes, ())
        if error is None:
            verdict = guard.run(lambda: fault(case.got), self.item.seconds)
            said = verdict.value if verdict.error is None else (
                f"{kind(case.got)} came, which has not the form that was asked for")
            result.came = short(case.got)
            if said is not None:
                result.status, result.where = "wrong", [] if result.hidden else [said]
                result.mistakes = foreseen(mistakes or {}, case, None, 1e-9, 1e-12) or _listed(diagnose(case))
        return self._end(result)

    def raises(self, error_type, points, says="", mistakes=None):
        """Right when the call raises `error_type` (never NotImplementedError) and its message holds `says`."""
        case, error, result = self._do(points, mistakes, None)
        result.expected = f"{name_of(error_type)}" + (f" with “{says}” in its message" if says else "")
        if error is None:
            result.status, result.came = "wrong", short(case.got)
            result.where = ["no error was raised"]
            result.mistakes = foreseen(mistakes or {}, case, None, 1e-9, 1e-12)
        elif isinstance(error, error_type) and not isinstance(error, NotImplementedError):
            if says.lower() in str(error).lower():
                result.status, result.place, result.mistakes = "right", "", []
            else:
                result.where = ["the right kind of error, but its message does not name the cause"]
        return self._end(result)

    # ----------------------------------------------------------------------------------

    def _do(self, points, mistakes, expected):
        """Runs the call; returns its Case, its error or None, and a Result that says "right" until further notice."""
        item = self.item
        for name in mistakes or {}:
            if name not in MISTAKES:
                raise AuthorError(item.name, f"no mistake is called {name!r}; add it to nnlib/check/mistakes.py.")
        outcome = guard.run(self._action(), item.seconds)
        what = self.code if self.code is not None else call_text(self.function, self.args, self.kwargs)
        result = Result(what, _points(item.name, points), item.has_hidden, output=outcome.output, warnings=outcome.warnings)
        earlier = [got for f, args, got in item.earlier if f is self.function and self.function and args != repr(self.args)]
        case = Case(outcome.value, expected, self.args, outcome.output, earlier)
        if outcome.error is None:
            item.earlier.append((self.function, repr(self.args) if self.function else "", outcome.value))
        else:
            self._tell(outcome.error, result, foreseen(mistakes or {}, case, outcome.error, 0, 0))
        return case, outcome.error, result

    def _action(self):
        if self.code is not None:
            return lambda: _run(self.code, dict(self.item.namespace), self.item.name)

        def call():
            args, kwargs = _copy(self.args), _copy(self.kwargs)
            value = self.function(*args, **kwargs)
            self.changed = not compare((args, kwargs), (self.args, self.kwargs), 0, 0).equal
            return value

        return call

    def _tell(self, error, result, names):
        result.status = "not written" if isinstance(error, NotImplementedError) else "error"
        about = (self.function, self.args, self.kwargs) if self.code is None else ()
        result.mistakes = names or _listed(errors.usual_mistake(error, *about))
        result.came = type(error).__name__ if result.hidden else errors.sentence(error, *about)
        result.place = errors.place(error, self.item.namespace)

    def _end(self, result):
        if self.changed and result.status == "right":
            result.status, result.mistakes = "wrong", ["changed-input"]
        elif self.changed:
            result.mistakes = [*result.mistakes, "changed-input"]
        self.item._open = None
        self.item.results.append(result)


def item(name, points, seconds=10):
    """Opens the tests of one answer. `seconds` is the time that each call may take."""
    opened = Item(name, points, seconds, sys._getframe(1).f_globals)
    results[name] = opened
    report.watch(opened)
    return opened


def _points(name, points):
    if isinstance(points, bool) or not isinstance(points, (int, float)) or not points > 0:
        raise AuthorError(name, f"points must be a number above 0, not {points!r}.")
    return Fraction(str(points))  # 0.1 means one tenth, so that sums are exact


def _run(code, namespace, name):
    """exec, but the value of the last line is the result, as in a notebook cell."""
    try:
        tree = ast.parse(code)
        *_, last = tree.body
        last = ast.Expression(tree.body.pop().value)
    except (SyntaxError, ValueError, AttributeError):
        raise AuthorError(name, "the lines given to run(…) must be Python and end with an expression.") from None
    exec(compile(tree, "<test>", "exec"), namespace)
    return eval(compile(last, "<test>", "eval"), namespace)


def _copy(x):
    """Containers copied, whatever is inside them passed on as it is."""
    if type(x) in (list, tuple, set):
        return type(x)(map(_copy, x))
    if type(x) is dict:
        return {key: _copy(value) for key, value in x.items()}
    return x.copy() if isinstance(x, np.ndarray) else x


def _places(comparison, hidden):
    first, worst, n = comparison.first, comparison.worst, len(comparison.differences)

    def tell(d):
        text = d.discreet if hidden else d.sentence
        return f"at {d.where}: {text}" if d.where else text

    told = [("first " if n > 1 and first.where else "") + tell(first)]
    if worst is not first and worst.error > first.error:
        told.append("worst " + tell(worst))
    if n > 1:
        told.append(f"{n} of {comparison.entries} entries differ" if comparison.entries >= n else f"{n} places differ")
    return told


def _listed(name):
    return [] if name is None else [name]
