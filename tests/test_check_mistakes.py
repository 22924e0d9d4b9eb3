"""The patterns that look at arrays, at exceptions, and at what a function gives for other arguments."""

import numpy as np
import pytest

from nnlib import check
from nnlib.check.batches import mini_batches
from nnlib.check.case import Case
from nnlib.check.diagnose import diagnose
from nnlib.check.diagnose_arrays import ARRAYS
from nnlib.check.diagnose_errors import ERRORS
from nnlib.check.diagnose_steps import STEPS
from nnlib.check.probes import PROBES

RNG = np.random.default_rng(0)
A, B, C = RNG.normal(size=(5, 3)), RNG.normal(size=(5, 4)), RNG.normal(size=(4, 3))
ROW, COLUMN, LONG = RNG.normal(size=3), RNG.normal(size=(5, 1)), RNG.normal(size=5)
SQUARE = RNG.normal(size=(3, 3))


def new(w, dw, lr):
    return w - lr * dw


CASES = [  # name, got, expected, more of the case
    ("list-for-array", [1.0, 2.0], np.ones(2), {}),
    ("list-for-array", ([1.0], 2.0), (np.ones(1), 2.0), {}),
    ("one-array-many-names", [SQUARE] * 3, [SQUARE, 2 * SQUARE, 3 * SQUARE], {}),
    ("integer-array", np.array([1, 2]), np.array([1.5, 2.5]), {}),
    ("integer-array", np.array([5, 12]), np.array([6.0, 12.0]), {}),
    ("float32", A.astype(np.float32), A, {}),
    ("reversed-list", [A, B, C], [C, B, A], {}),
    ("off-by-one-layer", [B, C], [A, B, C], {}),
    ("off-by-one-layer", [A, B, C, A], [A, B, C], {}),
    ("off-by-one-layer", [SQUARE, A, B], [A, B, C], {}),
    ("broadcast", LONG - COLUMN, LONG, {"args": (LONG, COLUMN)}),
    ("broadcast", RNG.normal(size=(3, 5)), ROW, {"args": (A, LONG)}),
    ("sum-missing", A, A.sum(axis=0), {}),
    ("sum-missing", (ROW, A * LONG[:, None]), (ROW, A.T @ LONG / 5), {}),
    ("sum-missing", LONG, float(LONG.mean()), {}),
    ("sum-missing", A - 7 * LONG[:, None], ROW, {"args": (A, LONG)}),
    ("array-for-number", LONG, 7.5, {}),
    ("array-for-number", (1.0, A), (1.0, 7.5), {}),
    ("extra-axis", A.sum(axis=0, keepdims=True), A.sum(axis=0), {}),
    ("extra-axis", LONG, COLUMN, {}),
    ("extra-axis", np.array(0.3), np.array([0.4]), {}),
    ("flattened", A.ravel(), A, {}),
    ("summed-all", A.sum(), A.sum(axis=0), {}),
    ("summed-all", A.sum(), A, {}),
    ("wrong-axis", A.sum(axis=1), A.sum(axis=0), {"args": (A,)}),
    ("wrong-axis", 2 * SQUARE.sum(axis=1), 2 * SQUARE.sum(axis=0), {"args": (SQUARE,)}),
    ("wrong-axis", (A, B.mean(axis=1)), (A, B.mean(axis=0)), {"args": (A, B)}),
    ("transposed", A.T, A, {}),
    ("transposed", ROW[:, None], ROW[None], {}),
    ("transposed", (B, A.T), (B, A), {}),
    ("transposed-factor", SQUARE @ A[:3], SQUARE.T @ A[:3], {"args": (SQUARE, A[:3])}),
    ("transposed-factor", A[:3] @ SQUARE / 5, SQUARE @ A[:3] / 5, {"args": (SQUARE, A[:3])}),
    ("wrong-variable", (A, A), (A, B), {}),
    ("wrong-variable", 7 * B, A, {"args": (A, B)}),
    ("hard-coded-size", np.ones(2), np.ones(7), {"right": [((np.ones(2),), np.zeros(2))]}),
    ("hard-coded-size", 5 / 4 * ROW, ROW, {"args": (A,), "right": [((np.ones((4, 3)),), ROW)]}),
    ("step-missing", SQUARE, SQUARE - 0.1 * A[:3], {"function": new, "args": (SQUARE, A[:3], 0.1)}),
    ("one-not-moved", (A - 0.1, ROW), (A - 0.1, ROW - 0.1),
     {"function": lambda w, b, lr: None, "args": (A, ROW, 0.1)}),
    ("ascent", SQUARE + 0.1 * A[:3], SQUARE - 0.1 * A[:3], {"function": new, "args": (SQUARE, A[:3], 0.1)}),
    ("ascent", (SQUARE + 1.0, ROW - 2.0), (SQUARE - 1.0, ROW - 2.0),
     {"function": lambda w, b, lr: None, "args": (SQUARE, ROW, 0.1)}),
    ("step-alone", -0.1 * A[:3], SQUARE - 0.1 * A[:3], {"function": new, "args": (SQUARE, A[:3], 0.1)}),
    ("step-alone", (ROW, A[:3]), (SQUARE[0] - 0.1 * ROW, SQUARE - 0.1 * A[:3]),
     {"function": lambda b, w, lr: None, "args": (SQUARE[0], SQUARE, 0.1)}),
    ("rate-twice", SQUARE - 0.01 * A[:3], SQUARE - 0.1 * A[:3], {"function": new, "args": (SQUARE, A[:3], 0.1)}),
    ("rate-forgotten", SQUARE - A[:3], SQUARE - 0.1 * A[:3],
     {"function": new, "args": (SQUARE, A[:3]), "kwargs": {"lr": 0.1}}),
    ("factor-columns", 3 * A, A, {"args": (A,)}),
]


@pytest.mark.parametrize(("name", "got", "expected", "more"), CASES)
def test_what_arrays_tell(name, got, expected, more):
    assert diagnose(Case(got, expected, **more)) == name


def named(function, *args, expected):
    """The mistakes that a call's report names."""
    t = check.item("test.item", points=1)
    t.call(function, *args).gives(expected, points=1)
    return t.mistakes


kept = []


def growing(x):
    kept.append(1)
    return x * len(kept)


def cut_off(x):
    copy = x.copy()
    copy[0] = copy[0] + 0.5
    return copy.sum() * 1.0


def early(X):
    total = 0.0
    for x in X:
        total += float(x @ x)
        return total


def overwriting(X):
    for x in X:
        total = float(x @ x) / len(X)
    return total


PROBED = [  # name, function, arguments, expected
    ("not-repeatable", growing, (A,), 10 * A),
    ("integer-input", cut_off, (np.array([1, 2]),), 3.5),
    ("broadcast", lambda p, y: float(np.mean((p - y) ** 2)), (COLUMN, LONG),
     float(np.mean((COLUMN[:, 0] - LONG) ** 2))),
    ("first-row-only", early, (A,), float(np.sum(A * A))),
    ("last-row-only", overwriting, (A,), float(np.mean((A * A).sum(axis=1)))),
    ("last-row-only", lambda X: X[-1] / 5, (A,), A.mean(axis=0)),
    ("bias-unused", lambda x, w, b: x @ w, (A, ROW, np.ones(5) * 0.3 + LONG), A @ ROW + 0.3 + LONG),
]


@pytest.mark.parametrize(("name", "function", "args", "expected"), PROBED)
def test_what_another_call_tells(name, function, args, expected):
    assert named(function, *args, expected=expected) == [name]


@pytest.mark.parametrize("foreign", [np.matrix, np.ma.masked_array])
def test_a_foreign_kind_of_array_is_not_called_random(foreign):
    assert named(lambda X: foreign(X) * 2, A, expected=A * 3) == []


def test_a_probe_changes_nothing_and_is_not_heard(capfd):
    seen = []

    def loud(x):
        print("called")
        seen.append(x.copy())
        x[0] = -1.0
        return x.sum()

    given = np.ones(4)
    assert "changed-input" in named(loud, given, expected=7.5)
    assert len(seen) > 1 and all(x.tolist() == [1.0] * len(x) for x in seen)
    assert given.tolist() == [1.0] * 4
    assert capfd.readouterr() == ("", "")


def test_a_random_generator_is_not_asked_twice():
    calls = []
    named(lambda rng: calls.append(1) or float(rng.random()), np.random.default_rng(0), expected=7.5)
    assert len(calls) == 1


def test_a_probe_that_fails_or_hangs_names_nothing():
    def once(x, first=[]):  # noqa: B006
        if first:
            raise RuntimeError
        first.append(1)
        return 17.3

    def slow(x, first=[]):  # noqa: B006
        while first:
            pass
        first.append(1)
        return 17.3

    assert named(once, A, expected=5.0) == []
    t = check.item("test.slow", points=1, seconds=0.2)
    t.call(slow, A).gives(5.0, points=1)
    assert (t.mistakes, t.results[0].status) == ([], "wrong")


RAISED = [  # name, function, arguments
    ("shapes-in-product", lambda a, b: a @ b, (A, B)),
    ("number-in-product", lambda a, b: a @ np.max(b, 0), (ROW, LONG)),
    ("shapes-in-product", lambda a, b: np.dot(a, b), (A, B)),
    ("shapes-in-product", lambda a, b: np.einsum("ij,jk", a, b), (A, B)),
    ("shapes-in-sum", lambda a, b: a + b, (A, B)),
    ("index", lambda a: a[7], (A,)),
    ("array-in-if", lambda a: 1 if a > 0 else 0, (A,)),
    ("one-number-function", lambda a: float(a), (A,)),
    ("integer-input", lambda a: a.__isub__(0.5), (np.array([1, 2]),)),
    ("list-for-array", lambda a: a.T, ([1.0, 2.0],)),
    ("list-for-array", lambda a: a * 0.5, ([1.0, 2.0],)),
]


@pytest.mark.parametrize(("name", "function", "args"), RAISED)
def test_what_an_exception_tells(name, function, args):
    t = check.item("test.item", points=1)
    t.call(function, *args).gives(1.0, points=1)
    assert (t.mistakes, t.results[0].status) == ([name], "error")


def test_an_index_that_fitted_another_size_is_a_hard_coded_one():
    t = check.item("test.item", points=2)
    for x in (np.ones(4), np.ones(3)):
        t.call(lambda x: float(x[3]), x).gives(1.0, points=1)
    assert (t.earned, t.mistakes) == (1, ["index"])  # two functions
    third = lambda x: float(x[3])
    t = check.item("test.item", points=2)
    for x in (np.ones(4), np.ones(3)):
        t.call(third, x).gives(1.0, points=1)
    assert (t.earned, t.mistakes) == (1, ["hard-coded-size"])


def test_every_pattern_is_tried_and_explained():
    tried = [name for name, *_ in (*CASES, *PROBED, *RAISED)] + ["hard-coded-size"]
    assert set(ARRAYS) | set(STEPS) <= {name for name, *_ in CASES}
    assert set(PROBES) <= {name for name, *_ in PROBED}
    assert set(ARRAYS) | set(STEPS) | set(PROBES) | set(ERRORS) == set(tried)
    assert set(tried) <= set(check.MISTAKES)


@pytest.mark.parametrize(("got", "expected", "args"), [
    (A, A + RNG.normal(size=A.shape), (A, B)), (ROW, RNG.normal(size=3), (B,)), (1.7, 5.0, (A, LONG)),
    (RNG.normal(size=(3, 3)), SQUARE, (SQUARE @ SQUARE,)), ((A, ROW), (A, ROW**2 + LONG[:3]), (A, B, C)),
    ([A, B, C], [A + LONG[:, None], 3.1 * B - 1, C**3], ()),
])
def test_no_pattern_fits_what_has_none(got, expected, args):
    assert diagnose(Case(got, expected, args, function=lambda *args: got)) is None


@pytest.mark.parametrize("args", [(A, 0.1), (A, B, 0.1), (A, A + 1, 0.5), (SQUARE, SQUARE.T, 0.1)])
def test_a_step_is_one_only_where_there_is_a_rate(args):
    def without(*args):
        return args[0]

    assert diagnose(Case(args[0] + 0.0, args[0] - 0.3, args, function=without)) is None


def test_a_step_from_nothing_is_no_sign_of_a_step_alone():
    """From parameters that are all 0, the new ones are the step."""
    case = Case(ROW * 0.7, ROW, (np.zeros(3), 0.1), function=lambda w, lr: None)
    assert diagnose(case) is None


def test_a_mistake_that_is_known_is_tried_first():
    """Two rows: a sum in place of a mean is a factor of 2. Who made it for five rows is told the same again."""
    two = Case(A[:2].mean(axis=0), A[:2].sum(axis=0), (A[:2],))
    assert (diagnose(two), diagnose(two, known=["factor-n"])) == ("factor-2", "factor-n")
    assert (diagnose(two, form_only=True), diagnose(two, True, known=["factor-n"])) == (None, "factor-n")


# --- mini-batches ---------------------------------------------------------------------------------


def batches(*epochs, size=2):
    return [(list(order[k : k + size]),) * 2 for order in epochs for k in range(0, len(order), size)]


BATCHES = [  # batches of 5 examples, 2 at a time, in 2 epochs; the mistake
    (batches((4, 0, 1, 3, 2), (1, 2, 0, 4, 3)), None),
    (batches((4, 0, 1, 3, 2), (4, 0, 1, 3, 2)), "same-order"),
    (batches((4, 0, 1, 3, 2), (0, 1, 2, 3, 4)), "not-shuffled"),
    (batches((4, 0, 1, 3, 4), (1, 2, 0, 4, 3)), "with-replacement"),
    (batches((4, 0, 1, 3, 2)), "one-epoch"),
    (batches((4, 0, 1, 3, 2), (1, 2, 0, 4, 3), (3, 2, 1, 0, 4)), "epoch-count"),
    (batches((4, 0, 1, 3), (1, 2, 0, 4)), "last-batch-dropped"),
    (batches((4, 0, 1, 3, 2), (1, 2, 0, 4, 3), size=5), "whole-batch"),
    (batches((4, 0, 1, 3, 2), (1, 2, 0, 4, 3), size=1), "single-examples"),
    (batches((4, 0, 1, 3, 2), (1, 2, 0, 4, 3), size=3), "batch-sizes"),
    (batches((4, 0, 1, 3, 2)) + batches((0, 1, 2, 3, 4), size=5) + batches((1, 2, 0, 4, 3))
     + batches((0, 1, 2, 3, 4), size=5), "whole-set-too"),
    ([batch for batch in batches((4, 0, 1, 3, 2), (1, 2, 0, 4, 3)) for _ in range(2)], None),
    ([batch for batch in batches((4, 0, 1, 3, 2), (4, 0, 1, 3, 2)) for _ in range(2)], "same-order"),
    ([([0, 1], [1, 0])], "pairs-broken"),
    ([([0, 1], [0])], "pairs-broken"),
    ([], ""), (None, ""),
]


@pytest.mark.parametrize(("seen", "mistake"), BATCHES)
def test_mini_batches(seen, mistake):
    found = mini_batches(5, batch_size=2, epochs=2)(seen)
    assert found is None if mistake is None else found[0] == mistake and found[1]
    assert not mistake or mistake in check.MISTAKES


def test_batches_that_come_out_even():
    assert mini_batches(4, 2, 1)(batches((3, 1, 0, 2))) is None
    assert mini_batches(4, 8, 1)(batches((3, 1, 0, 2), size=8)) is None
