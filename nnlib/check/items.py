"""One graded item: the tests of one answer, their points, and the report.

A test cell reads

    t = check.item("ps06.by-hand", points=3)
    t.call(gradient, 5.0, 4.0, 3.0, 2.0).gives((3.0, 3.0, 9.0, -1.0), points=1)
    t.run("a = Value(2.0)\\n(a * a).data").gives(4.0, points=1, mistakes={"factor-2": 8.0})
    t.hidden()
    t.call(gradient, 1.0, 2.0, 3.0, 4.0).gives((3.0, 3.0, 3.0, -1.0), points=1)
    t.score()
"""

import os
import sys
from fractions import Fraction

from nnlib.check import notebook, standing
from nnlib.check.author import AuthorError, exact, parsed
from nnlib.check.each import Each
from nnlib.check.standing import results
from nnlib.check.trial import Trial

PATIENCE = float(os.environ.get("NNLIB_PATIENCE", 1))  # times every time limit: more for a slow machine


class Item:
    """The tests of one answer. Make it by `check.item(name, points)`; read the points by `score()`."""

    def __init__(self, name, points, seconds, namespace, file="", inside=False):
        self.name, self.points = name, exact(name, points)
        self.seconds, self.inside = seconds, inside
        self.namespace, self.file = namespace, file  # of the test cell
        self.results, self.earlier = [], []  # earlier: (function, arguments, what came, Result)
        self.has_hidden = self.timed_out = self.sure = False
        self.steps, self.section = (), ""  # of hints
        self._open = None  # a call that still waits for gives(), raises() or satisfies()

    @property
    def allowance(self):
        """Seconds of computing that the next call may take: who waited once need not wait as long again."""
        return self.seconds / 3 if self.timed_out else self.seconds

    def hints(self, *steps, section):
        """What check.hint() tells, a step a time (where to look, the idea, the formula), and the section to read."""
        if not steps or not all(isinstance(step, str) and step.strip() for step in steps):
            raise AuthorError(self.name, "hints(…) takes one or more sentences, each in quotes.")
        self.steps, self.section = steps, section

    def call(self, function, *args, **kwargs):
        """The test of function(*args, **kwargs). The function gets copies of lists, dicts and arrays."""
        return self._begin(Trial(self, function=function, args=args, kwargs=kwargs))

    def each(self, function, inputs):
        """The test of a function on several inputs, each an argument or a tuple of them; they share the points."""
        trials = [Trial(self, function=function, args=given if type(given) is tuple else (given,)) for given in inputs]
        return self._begin(Each(self, trials))

    def run(self, code):
        """The test of some lines of code, run among the notebook's names; their result is the last line's value."""
        return self._begin(Trial(self, code=parsed(self.name, code)))

    def hidden(self):
        """From here on, reports name the cause of a failure, but neither inputs nor expected values."""
        self._finish()
        self.has_hidden = True

    def score(self):
        """Shows the report and returns the points earned, a float: what nbgrader records."""
        self._finish()
        declared = sum((r.points for r in self.results), Fraction(0))
        if declared > self.points or self.has_hidden and declared != self.points:
            raise AuthorError(self.name, f"the tests add up to {float(declared):g} points, "
                                         f"but {float(self.points):g} are declared.")
        if notebook.running():
            standing.save(self)
        notebook.display(self)
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


def item(name, points, seconds=10, inside=False):
    """Opens the tests of one answer. `seconds` is the computing time that each call may take.

    inside: the lines of run(…) work on objects that cannot leave the process of the student's code, such as
    Values, tensors in a graph, models. While grading they run there, and what they end with comes back.
    """
    cell = sys._getframe(1)
    opened = Item(name, points, seconds * PATIENCE, cell.f_globals, cell.f_code.co_filename, inside)
    results[name] = opened
    notebook.watch()
    return opened
