"""One test of an answer: run the student's code, compare, and say what is likely wrong."""

from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial

from nnlib.check import errors, guard, picture, tensors
from nnlib.check.agree import agree
from nnlib.check.author import exact, known
from nnlib.check.case import Case, copied
from nnlib.check.compare import SIZE, compare
from nnlib.check.diagnose import diagnose, foreseen
from nnlib.check.diagnose_errors import diagnose_error, usual_mistake
from nnlib.check.show import call_text, kind, name_of, short, text_of


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
    pair: picture.Pair | None = None  # the arrays to look at; never of a hidden test
    place: str = ""  # of an exception, in the student's cell
    mistakes: list = field(default_factory=list)  # names in MISTAKES
    remarks: list = field(default_factory=list)
    output: str = ""
    warnings: tuple = ()
    share: Fraction | None = None  # of the points that the right ones of several inputs earn

    @property
    def earned(self):
        if self.share is not None:
            return self.share
        return self.points if self.status == "right" else Fraction(0)


class Trial:
    """One call that waits to hear what it should give."""

    def __init__(self, item, function=None, args=(), kwargs=None, code=None):
        self.item, self.function, self.args, self.kwargs, self.code = item, function, args, kwargs or {}, code
        self.changed = False
        self.done = None  # (arguments, Outcome) of the call, where it was made already

    def gives(self, expected, points, mistakes=None, rtol=1e-9, atol=1e-12):
        """Right when the result equals `expected` (see compare.py for how strictly).

        mistakes: {name: what that mistake gives}, a value, an exception class, or a
        function of the result that says whether it is that mistake.
        """
        case, error, result = self._do(points, mistakes, expected)
        if error is None and not agree(case.got, expected, rtol, atol):
            compared = guard.run(lambda: compare(case.got, expected, rtol, atol), self.item.seconds)
            if compared.error is not None:  # an object whose own == or float() fails
                came = SIZE.sub("", kind(case.got)) if result.hidden else kind(case.got)
                result.status, result.where = "wrong", [f"{came} came, which cannot be compared"]
            elif not compared.value.equal:
                if not result.hidden:
                    result.pair, result.expected = picture.pair(case.got, expected, rtol, atol), short(expected)
                result.status, result.where = "wrong", _places(compared.value, result)
                result.mistakes = self._named(mistakes, case, rtol, atol)
            else:
                result.remarks = compared.value.remarks
        return self._end(result)

    def satisfies(self, fault, points, mistakes=None):
        """Right when fault(result) is None. Else it returns (name of the mistake or "", a sentence)."""
        case, error, result = self._do(points, mistakes, ())
        if error is None:
            verdict = guard.run(lambda: fault(case.got), self.item.seconds)
            found = verdict.value
            if verdict.error is not None:
                found = ("", f"{kind(case.got)} came, which has not the form that was asked for")
            if found is not None:
                result.status, result.where = "wrong", [] if result.hidden else [found[1]]
                result.mistakes = self._named(mistakes, case, 1e-9, 1e-12, found[0])
        return self._end(result)

    def raises(self, error_type, points, says="", mistakes=None):
        """Right when the call raises `error_type` (never NotImplementedError) and its message holds `says`.

        says: a text, or a tuple of texts that must all stand in the message.
        """
        case, error, result = self._do(points, mistakes, None)
        words = [says] if isinstance(says, str) else says
        quoted = " and ".join(f"“{word}”" for word in words)
        result.expected = name_of(error_type) + (f" with {quoted} in its message" if any(words) else "")
        if error is None:
            result.status, result.where = "wrong", ["no error was raised"]
            returned = isinstance(case.got, BaseException)
            result.mistakes = ["error-returned"] if returned else _foreseen(mistakes, case, None, 1e-9, 1e-12)
        elif isinstance(error, error_type) and not isinstance(error, NotImplementedError):
            if all(word.lower() in text_of(error).lower() for word in words):
                result.status, result.place, result.mistakes = "right", "", []
            else:
                result.where = ["the right kind of error, but its message does not name the cause"]
                result.mistakes = []
        elif result.status == "error":
            result.where = ["another kind of error than the one that was asked for"]
        return self._end(result)

    # ----------------------------------------------------------------------------------

    def _do(self, points, mistakes, expected):
        """Runs the call; returns its Case, its error or None, and a Result that says "right" until further notice."""
        item = self.item
        known(item.name, {} if callable(mistakes) else mistakes or {})
        given, outcome = self.done or self._made(item.allowance)
        item.timed_out |= isinstance(outcome.error, guard.TimeLimit)
        result = Result(self._what(), exact(item.name, points), item.has_hidden, output=outcome.output,
                        warnings=outcome.warnings)
        case = self.case = Case(outcome.value, expected, self.args, outcome.output, function=self.function,
                                kwargs=self.kwargs)
        if outcome.error is None:
            got = outcome.value[:] if type(outcome.value) is list else outcome.value  # a later call may go on with it
            item.earlier.append((self.function, self.args, got, result))
            self.changed = not agree(given, (self.args, self.kwargs), 0, 0) and self._altered(given)
        else:
            self._tell(outcome.error, result, case, _foreseen(mistakes, case, outcome.error, 0, 0))
        return case, outcome.error, result

    def _made(self, seconds):
        """Runs the call under guard: (its arguments, its Outcome). Functions of the test, handed over, run here."""
        given = copied((self.args, self.kwargs))
        elsewhere = guarded_elsewhere(self.function)
        if elsewhere and not any(callable(x) for x in (*self.args, *self.kwargs.values())):
            return given, elsewhere([given], seconds)[0]
        return given, guard.run(self._action(given), seconds)

    def _what(self):
        """What is tested, in words; the arguments of a hidden test are told to nobody."""
        if self.code is not None:
            return self.code[0]
        return name_of(self.function) if self.item.has_hidden else call_text(self.function, self.args, self.kwargs)

    def _altered(self, given):
        """Are the arguments other than before the call? What cannot be compared is not what it was."""
        same = guard.run(lambda: _same(given, (self.args, self.kwargs)), self.item.seconds)
        return same.error is not None or not same.value

    def _remember(self, case):
        """Adds what the same function gave for other arguments; only a wrong answer need be held against it."""
        if self.function is not None:
            earlier = [(args, got, result) for f, args, got, result in self.item.earlier
                       if f is self.function and args is not self.args and not _same(args, self.args)]
            case.earlier = [got for _, got, _ in earlier]
            case.right = [(args, got) for args, got, result in earlier if result.status == "right"]

    def _action(self, given):
        def run():
            names = dict(self.item.namespace)  # a copy: the test leaves nothing behind in the notebook
            if self.item.inside and (there := names.get("__inside__")):  # where the answers live, while grading
                return there(self.code[0])
            exec(self.code[1], names)
            return eval(self.code[2], names)

        def call():
            return self.function(*given[0], **given[1])

        return call if self.code is None else run

    def _tell(self, error, result, case, names):
        result.status = "not written" if usual_mistake(error) == "not-written" else "error"
        if self.code is not None and errors.not_defined(error, "<test>"):
            result.came = errors.missing(error)
            return
        self._remember(case)
        if isinstance(error, guard.TimeLimit) and any(r.status != "right" and not r.hidden for r in self.item.results):
            names = []  # how the time was spent is foreseen for answers that are right where little is asked
        about = (self.function, self.args, self.kwargs) if self.code is None else ()
        result.mistakes = names or _listed(diagnose_error(case, error))
        result.came = (errors.discreet if result.hidden else errors.sentence)(error, *about)
        result.place = errors.place(error, self.item.namespace, self.item.file)

    def _named(self, mistakes, case, rtol, atol, found=""):
        """What the author foresaw; else what `satisfies` found; else what a pattern recognises.

        A hidden test believes patterns of numbers only while nothing better has been named.
        """
        def look():
            names = _foreseen(mistakes, case, None, rtol, atol) or _listed(found)
            if names:
                self.item.sure = True
            self._remember(case)
            form_only = self.item.has_hidden and self.item.sure
            return names or _listed(diagnose(case, form_only, known=self.item.mistakes))

        return guard.run(look, self.item.seconds).value or []  # comparing may run the student's own __eq__

    def _end(self, result):
        if result.status == "wrong" and not result.hidden:  # how it prints is told of a wrong answer alone
            text = guard.run(lambda: short(self.case.got), self.item.seconds)  # and runs the student's __repr__
            result.came = text.value or f"{kind(self.case.got)} that cannot be printed"
        if self.changed and result.status == "right":
            result.status, result.mistakes, result.came, result.pair = "wrong", ["changed-input"], "", None
            result.expected = ""
            result.where = ["the result is right, but an argument is not what it was before the call"]
        elif self.changed:
            result.mistakes = [*result.mistakes, "changed-input"]
        self.item._open = None
        self.item.results.append(result)


def guarded_elsewhere(function):
    """While grading, a function of the student's lives in another process, which guards its calls; else None."""
    there = getattr(type(function), "__guarded__", None)
    return there and partial(there, function)


def _foreseen(mistakes, *about):
    """The foreseen mistakes that it is. What they give may be a function, called only where something is wrong."""
    return foreseen((mistakes() if callable(mistakes) else mistakes) or {}, *about)


def _same(a, b):
    a, b = tensors.states(a), tensors.states(b)
    try:
        return bool(a == b) or compare(a, b, 0, 0).equal
    except ValueError:  # arrays do not say whether they are equal in one word
        return compare(a, b, 0, 0).equal


def _places(comparison, result):
    first, worst, n, hidden = comparison.first, comparison.worst, comparison.places, result.hidden

    def tell(d):
        text = d.discreet if hidden else d.sentence
        return f"at {d.where}, {text}" if d.where else text

    if n == 1 and not first.where and first.sort == "value" and not hidden:
        return []  # `came` and `expected` say it all
    told = [("first " if n > 1 and first.where else "") + tell(first)]
    if worst is not first and worst.error > first.error and not hidden:
        told.append("worst " + tell(worst))
    if n > 1:
        told.append((f"{n} of {comparison.entries} entries differ" if comparison.entries >= n else f"{n} places differ")
                    + (picture.pattern(result.pair.wrong) if result.pair and not result.pair.where else ""))
    return told


def _listed(name):
    return [name] if name else []
