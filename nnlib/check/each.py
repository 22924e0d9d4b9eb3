"""One function on several inputs, stated or drawn at random: one test, one line in the report.

    rng = np.random.default_rng(7)
    t.each(softmax, [rng.normal(size=(n, 3)) for n in (1, 4, 7)]).gives(
        reference, points=1, mistakes={"unstable-softmax": lambda Z: np.exp(Z) / np.exp(Z).sum(1, keepdims=True)})

Where a single call is given a value, each input is given a function of it.
"""

from collections import Counter
from functools import partial

from nnlib.check import guard
from nnlib.check.author import AuthorError, exact, known
from nnlib.check.case import copied, private
from nnlib.check.trial import guarded_elsewhere


class Each:
    """Calls that wait to hear what they should give. Each right one earns its share of the points."""

    def __init__(self, item, trials):
        if not trials:
            raise AuthorError(item.name, "each(…) was given no input.")
        self.item, self.trials = item, trials

    def gives(self, expected, points, mistakes=None, rtol=1e-9, atol=1e-12):
        """Right for an input when the result equals expected(*input).

        mistakes: {name: a function of the input that makes this mistake, or an exception class}.
        """
        self._end(points, mistakes, lambda trial, share, signs: trial.gives(
            self._of(expected, trial), share, signs, rtol, atol))

    def satisfies(self, fault, points, mistakes=None):
        """Right for an input when `fault(*input)`, a function of the result, finds no fault (see Trial.satisfies)."""
        self._end(points, mistakes, lambda trial, share, signs: trial.satisfies(self._of(fault, trial), share, signs))

    def raises(self, error_type, points, says="", mistakes=None):
        """Right for an input when the call raises `error_type` with `says` in its message."""
        self._end(points, mistakes, lambda trial, share, signs: trial.raises(error_type, share, says, signs))

    def _of(self, function, trial):
        made = self._made(function, trial)
        if made.error is not None:
            raise AuthorError(self.item.name, f"what each(…) should give cannot be computed ({made.error!r}).")
        return made.value

    def _signs(self, mistakes, trial):
        """What each mistake gives for this input, where it can be made with it."""
        signs = {}
        for name, sign in mistakes.items():
            if isinstance(sign, type):
                signs[name] = sign
            elif (made := self._made(sign, trial)).error is None:
                signs[name] = made.value
        return signs

    def _made(self, function, trial):
        return guard.run(lambda: function(*copied(trial.args)))  # its warnings, too, stay off stderr

    def _ahead(self):
        """Where the function lives in another process, the calls go there together: one journey for all.

        Only what is copied for every call can go ahead of its turn, and not all need come back: the rest is called
        in its turn.
        """
        elsewhere = guarded_elsewhere(self.trials[0].function)
        if elsewhere and all(private(trial.args) for trial in self.trials):
            given = [copied((trial.args, {})) for trial in self.trials]
            for trial, call, outcome in zip(self.trials, given, elsewhere(given, self.item.allowance)):
                trial.done = call, outcome

    def _end(self, points, mistakes, judge):
        """Judges the inputs in turn, and puts one Result in the place of theirs."""
        mistakes = mistakes or {}
        known(self.item.name, mistakes)
        for name, sign in mistakes.items():
            if not callable(sign):
                raise AuthorError(self.item.name, f"in each(…), the mistake {name!r} must be a function of the input.")
        self._ahead()
        share, before = exact(self.item.name, points) / len(self.trials), len(self.item.results)
        for trial in self.trials:
            judge(trial, share, partial(self._signs, mistakes, trial))
            last = self.item.results[-1]
            if last.status == "not written" or "endless" in last.mistakes:
                break  # nor would the others end
        results = self.item.results[before:]
        self.item.results[before:] = [_together(results, len(self.trials), share * len(self.trials))]


def _together(results, n, points):
    failed = [r for r in results if r.status != "right"]
    told, right = (failed or results)[0], len(results) - len(failed)
    told.share = points * right / n
    told.points = points
    if not failed:
        told.what = f"{told.what.partition('(')[0]} on {n} inputs"
    elif told.status != "not written":
        few = f"of {n} inputs" if len(results) == n else f"of the first {len(results)} of {n} inputs"
        shown = "" if told.hidden else ", shown here" if len(failed) == 1 else ", here the first of them"
        told.where = [f"wrong for {len(failed)} {few}{shown}", *told.where]
        likeliest = _likeliest([r.mistakes for r in failed])
        told.mistakes = likeliest or (told.mistakes if told.status == "error" else [])
    return told


def _likeliest(causes):
    """The mistakes that explain most of the failures, more than half: small inputs can look like any mistake."""
    counts = Counter(name for names in causes for name in dict.fromkeys(names))
    most = max(counts.values(), default=0)
    return [name for name, count in counts.items() if count == most and 2 * count > len(causes)]
