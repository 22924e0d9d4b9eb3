"""nnlib.check on arrays: strictness, several inputs at once, what is shown of a difference, and what never is."""

import math
import re
import time
import warnings
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_check import result_of

from nnlib import check
from nnlib.check import picture
from nnlib.check.agree import agree
from nnlib.check.case import private
from nnlib.check.compare import compare
from nnlib.check.page import as_html
from nnlib.check.report import as_text

A = np.arange(12.0).reshape(3, 4)


# --- comparison --------------------------------------------------------------------------

STRICT = [  # got, expected, where, sort, sentence
    (A.view(np.matrix), A, "", "type", "a matrix came where a NumPy array of shape (3, 4) was expected"),
    (np.ma.array([1.0, 2.0], mask=[0, 1]), np.array([1.0, 2.0]), "", "type", "a MaskedArray came"),
    (np.array(1.0), np.float64(1.0), "", "type", "a NumPy array of shape () came where a float was expected"),
    (A, A[:, :, None], "", "shape", "shape (3, 4) came, (3, 4, 1) expected"),
    (A.astype(complex), A, "", "dtype", "dtype complex128 came, float64 expected"),
    (A > 1, (A > 1).astype(int), "", "dtype", "dtype bool came, int64 expected"),
    (np.array([1j]), np.array([2j]), "[0]", "value", "1j came, 2j expected"),
    (np.array(["a", "b"]), np.array(["a", "c"]), "[1]", "value", "'b' came, 'c' expected"),
    (np.array([None, 1], object), np.array([2, 1], object), "[0]", "value", "None came, 2 expected"),
    (np.array([1.0, np.nan, 3.0]), np.array([1.0, 2.0, 3.0]), "[1]", "not finite", "nan came, 2.0 expected"),
    (np.array([np.inf]), np.array([-np.inf]), "[0]", "value", "inf came, -inf expected"),
    ((np.ones(2), A), (np.ones(2), A + np.eye(3, 4)), "[1][0][0]", "value", "0.0 came, 1.0 expected"),
]


@pytest.mark.parametrize(("got", "expected", "where", "sort", "sentence"), STRICT)
def test_different(got, expected, where, sort, sentence):
    first = compare(got, expected).first
    assert (first.where, first.sort) == (where, sort)
    assert sentence in first.sentence


NUMBERS = st.sampled_from([0.0, 1.0, 1.0 + 1e-10, 1.0 + 1e-8, -1.0, 3e38, -3e38, math.inf, -math.inf, math.nan])
SINGLE = st.one_of(NUMBERS, NUMBERS.map(np.float64), st.sampled_from([0, 1, True, False, None, "a", "b", np.int64(1)]))
ARRAYS = st.builds(lambda x, d, m: np.resize(np.array(x).astype(d), m), st.lists(NUMBERS, min_size=1, max_size=3),
                   st.sampled_from([float, np.float32, complex, object]), st.sampled_from([0, 1, (2, 2), ()]))
WHOLE = st.builds(lambda x, d: np.array(x).astype(d), st.lists(st.sampled_from([0, 1, 2]), max_size=3),
                  st.sampled_from([int, np.uint8, bool]))
VALUES = st.recursive(SINGLE | ARRAYS | WHOLE, lambda inner: st.one_of(
    st.lists(inner, max_size=3), st.lists(inner, max_size=3).map(tuple),
    st.dictionaries(st.sampled_from([0, 1, "k"]), inner, max_size=2)), max_leaves=4)


@given(VALUES, VALUES, st.sampled_from([0, 1e-9]))
def test_where_the_quick_look_agrees_the_thorough_one_has_nothing_to_say(got, expected, tolerance):
    for a, b in ((got, expected), (expected, expected)):
        with warnings.catch_warnings(action="ignore"):
            if agree(a, b, tolerance, tolerance):
                found = compare(a, b, tolerance, tolerance)
                assert found.equal
                assert not found.remarks


@pytest.mark.parametrize("value", [
    1.5, 3, True, None, "a", A, A > 2, A.astype(int), [1.0, (A, 2)], {"k": A, 1: "b"}, len, np.random.default_rng(0)])
def test_the_quick_look_knows_equal_plain_data(value):
    assert agree(value, value.copy() if value is A else value, 0, 0)


def test_the_worst_place_is_the_farthest_and_what_is_not_finite_is_farther():
    got = A.copy()
    got[0, 1], got[1, 1], got[2, 0] = 1.1, 5.001, 10.0
    found = compare(got, A)
    assert (found.first.where, found.worst.where, found.places, found.entries) == ("[0][1]", "[2][0]", 3, 12)
    got[1, 2] = np.nan
    assert compare(got, A).worst.where == "[1][2]"
    assert compare([0.1, 7.0], [0.0, 5.0]).worst.where == "[1]"  # an expected 0 makes no difference endless


def test_a_million_wrong_entries_are_counted_not_told_one_by_one():
    start = time.process_time()
    found = compare(np.zeros((1000, 1000)), np.ones((1000, 1000)))
    assert (found.places, found.first.where) == (10**6, "[0][0]")
    assert time.process_time() - start < 2  # one by one, it took 10 s


def test_tolerances_hold_for_arrays():
    assert compare(A + 1e-6, A, rtol=0, atol=2e-6).equal
    assert compare(A + 1e-6, A, rtol=0, atol=0.9e-6).places == 12


# --- several inputs ----------------------------------------------------------------------

INPUTS = [np.arange(1.0, n + 1) for n in (2, 3, 4, 5)]


def each(function, inputs=INPUTS, points=1, hidden=False, **more):
    t = check.item("test.each", points=points)
    if hidden:
        t.hidden()
    more = {"expected": lambda x: x.sum(), "points": points} | more
    t.each(function, inputs).gives(more.pop("expected"), **more)
    return t


def test_each_input_earns_its_share_and_all_stand_on_one_line():
    t = each(np.sum)
    assert (len(t.results), t.earned, t.mistakes) == (1, 1, [])
    assert "✓ right, 1 point: sum on 4 inputs" in as_text(t)
    t = each(lambda x: x.sum() if len(x) != 3 else 0.5)
    assert t.earned == Fraction(3, 4)
    assert "✗ not yet right, 0.75 of 1 point: <lambda>(np.array([1.0, 2.0, 3.0]))" in as_text(t)
    assert t.results[0].where[0] == "wrong for 1 of 4 inputs, shown here"
    assert t.score() == 0.75
    t = each(lambda x: 0.5)
    assert t.earned == 0 and t.results[0].where[0] == "wrong for 4 of 4 inputs, here the first of them"
    assert each(np.sum, INPUTS[:3], points=0.1).score() == 0.1  # thirds of a tenth add up


def test_an_input_may_be_several_arguments_and_is_copied():
    t = check.item("test.each", points=2)
    t.each(lambda x, y: x @ y, [(A, A.T), (A[:1], A.T)]).gives(lambda x, y: x @ y, points=1)
    inputs = [np.zeros(2)]

    def spoil(x):
        x += 1
        return 2.0

    t.each(spoil, inputs).gives(lambda x: (x + 1).sum(), points=1)
    assert inputs[0].tolist() == [0.0, 0.0]
    assert [r.status for r in t.results] == ["right", "wrong"] and "changed-input" in t.mistakes


def test_a_mistake_is_a_function_of_the_input_and_one_that_explains_all_failures_wins():
    mistakes = {"sum-for-mean": lambda x: x.mean(), "last-example": lambda x: x[-1] + 0 * x[2], "no-edges": IndexError}
    assert each(lambda x: x.mean(), mistakes=mistakes).mistakes == ["sum-for-mean"]
    assert each(lambda x: x[-1], INPUTS[1:], mistakes=mistakes).mistakes == ["last-example"]
    assert each(lambda x: [][0], mistakes=mistakes).mistakes == ["no-edges"]
    # for the first input both fit; the second tells them apart
    both = {"sum-for-mean": lambda x: x.mean(), "half-loss": lambda x: 1.5}
    assert each(lambda x: 1.5, INPUTS[:2], mistakes=both).mistakes == ["half-loss"]


def test_satisfies_and_raises_on_each_input():
    def positive(x):
        return lambda got: None if got > x[0] else ("sign", "not above the first entry")

    t = check.item("test.each", points=3)
    t.each(np.sum, INPUTS).satisfies(positive, points=1)
    t.each(np.min, INPUTS).satisfies(positive, points=1)
    t.each(lambda x: math.sqrt(-x[0]), INPUTS).raises(ValueError, says="domain", points=1)
    assert [r.status for r in t.results] == ["right", "wrong", "right"]
    assert t.results[1].mistakes == ["sign"] and t.earned == 2


def test_what_is_not_written_or_does_not_end_is_tried_once():
    calls = []

    def unwritten(x):
        calls.append(x)
        raise NotImplementedError

    t = each(unwritten)
    assert (len(calls), t.earned) == (1, 0) and "not written yet" in as_text(t)

    def endless(x):
        calls.append(x)
        while len(x) > 2:
            pass
        return x.sum()

    calls.clear()
    t = check.item("test.each", points=1, seconds=0.1)
    t.each(endless, INPUTS).gives(np.sum, points=1)
    assert len(calls) == 2 and t.earned == Fraction(1, 4) and t.mistakes == ["endless"]
    assert t.results[0].where == ["wrong for 1 of the first 2 of 4 inputs, shown here"]


def test_what_the_author_computes_leaves_no_word_on_stderr(capfd):
    def loud(x):
        warnings.warn("careful", stacklevel=1)
        print("author")
        return x.sum()

    t = each(np.sum, expected=loud, mistakes={"sign": lambda x: np.log(-x)})
    assert t.earned == 1 and capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("inputs", "more", "fault"), [
    ([], {}, "was given no input"),
    (INPUTS, {"expected": lambda x: x[9]}, "cannot be computed (IndexError"),
    (INPUTS, {"mistakes": {"sign": 3.0}}, "'sign' must be a function of the input"),
    (INPUTS, {"mistakes": {"no such": abs}}, "no mistake is called 'no such'"),
    (INPUTS, {"points": 0}, "points must be a number above 0"),
])
def test_mistakes_of_the_author(inputs, more, fault):
    with pytest.raises(check.AuthorError, match=re.escape(fault)):
        each(np.sum, inputs, **more)


def test_an_unfinished_each_is_the_authors_mistake():
    t = check.item("test.each", points=1)
    t.each(np.sum, INPUTS)
    with pytest.raises(check.AuthorError, match="has no .gives"):
        t.score()


# --- what is shown -----------------------------------------------------------------------


def test_a_call_with_arrays_can_be_copied_and_run():
    what = result_of(lambda x, y: 0.0, np.array([[0.1, 2.0]]), np.array([True]), expected=1.0)[0].what
    assert what == "<lambda>(np.array([[0.1, 2.0]]), np.array([True]))"
    for other in (np.zeros((0, 3)), np.zeros(1000), np.float32([0.1]), np.array([1 / 3] * 20)):
        text = result_of(lambda x: 0.0, other, expected=1.0)[0].what
        assert "np.array" not in text and f"shape {other.shape}, {other.dtype})" in text and "\n" not in text


def pair_of(got, expected):
    return result_of(lambda: got, expected=expected)[0].pair


def test_small_arrays_stand_side_by_side_with_the_wrong_entries_marked():
    got = A.copy()
    got[1, 2], got[2, 0] = -1.0, 8.0 + 1e-7
    _, t = result_of(lambda: got, expected=A)
    page = as_html(t)
    assert page.count("<table") == 2 and page.count("<caption") == 2 and ">came<" in page and ">expected<" in page
    assert page.count("<strong>≠ ") == 4  # a sign, not only a colour
    assert "<strong>≠ -1</strong>" in page and "<strong>≠ 6</strong>" in page
    assert "<strong>≠ 8.0000000999999994</strong>" in page and "<strong>≠ 8</strong>" in page
    assert page.count('<th scope="col">') == 8 and page.count('<th scope="row">') == 6
    assert "array(" not in page  # said once
    assert "<table" not in as_text(t) and "came:" in as_text(t)


def test_a_short_list_stands_above_what_was_expected():
    _, t = result_of(lambda: [3.0, 3.0, 9.0, 1.0], expected=(3.0, 3.0, 9.0, -1.0))
    page = as_html(t)
    assert page.count("<table") == 1 and re.search(r'"row">came</th>.*≠ 1<.*"row">expected</th>.*≠ -1<', page)


def test_of_several_arrays_the_first_that_differs_is_shown():
    pair = pair_of((A, {"W": A + 1}), (A, {"W": A}))
    assert pair.where == "[1]['W']"
    _, t = result_of(lambda: ([1.0, 2.0], A + 1), expected=([1.0, 2.0], A))
    assert "came at [1]" in as_html(t) and "<dt" in as_html(t) and ">came</dt>" in as_html(t)


@pytest.mark.parametrize(("got", "expected"), [
    (1.0, 2.0), ([1.0], [2.0]), ("ab", "cd"), (["a", "b"], ["a", "c"]), ([1.0, None], [1.0, 2.0]), (A, A.T),
    (A[None], A[None] + 1), ([True, 1], [2, 1]),
    ([10**400, 1], [1, 1]), (None, A), (A > 1, A > 2), ({1.0, 2.0}, {1.0, 3.0}),
])
def test_nothing_is_drawn_where_there_are_no_two_rows_of_numbers(got, expected):
    result, t = result_of(lambda: got, expected=expected)
    assert result.status == "wrong" and result.pair is None
    assert "<table" not in as_html(t) and "<svg" not in as_html(t)


def test_nothing_is_drawn_for_a_right_or_only_spoilt_result():
    assert pair_of(A, A) is None

    def spoil(x):
        x += 1
        return x

    result, _ = result_of(spoil, A.copy(), expected=A + 1)
    assert result.mistakes == ["changed-input"] and result.pair is None


def wrong_at(*places, shape=(4, 4)):
    wrong = np.zeros(shape, bool)
    for place in places:
        wrong[place] = True
    return wrong


@pytest.mark.parametrize(("wrong", "said"), [
    (wrong_at(np.s_[1]), ", all in row 1"), (wrong_at(np.s_[:, 2]), ", all in column 2"),
    (wrong_at((0, 2), (3, 2)), ", all in column 2"), (np.eye(4, dtype=bool), ", all on the diagonal"),
    (~np.eye(4, dtype=bool), ", all but the diagonal"), (wrong_at((0, 1), (1, 0)), ""), (wrong_at((1, 1)), ""),
    (wrong_at(np.s_[:]), ""), (wrong_at(np.s_[:2], shape=(6,)), ", all up to [1]"),
    (wrong_at(np.s_[4:], shape=(6,)), ", all from [4] on"), (wrong_at(1, 3, shape=(6,)), ""),
    (wrong_at((0, 0), (1, 1), shape=(2, 3)), ""),
])
def test_what_the_wrong_places_have_in_common_is_said(wrong, said):
    assert picture.pattern(wrong) == said
    got = np.where(wrong, 0.37, 1.0)
    report = as_text(result_of(lambda: got, expected=np.ones(wrong.shape))[1])
    assert (said or "entries differ") in report or wrong.sum() == 1


def test_a_larger_array_is_a_picture_with_words_for_who_does_not_see_it():
    expected = np.zeros((20, 28)) + 3.0
    got = expected.copy()
    got[:, 5] += 0.25
    got[7, 5] = 4.0
    _, t = result_of(lambda: got, expected=expected)
    page = as_html(t)
    label = re.search(r'<svg role="img" aria-label="([^"]+)"', page)[1]
    assert label == ("|came − expected|: 20 of 560 entries differ, all in column 5; "
                     "the largest difference, 1, is at [7][5].")
    assert f"<figcaption>{label} " in page
    assert page.count("<path") == 2  # two shades
    light, dark = re.findall(r'<path d="([^"]+)" fill-opacity="([\d.]+)"', page)
    assert (light[1], dark[1]) == ("0.25", "1") and light[0].count("M") == 19 and dark[0] == "M5 7h1v1h-1z"
    assert 'viewBox="0 0 28 20"' in page and "<script" not in page


@pytest.mark.parametrize(("shape", "squares"), [((1000, 3), (32, 3)), ((33, 65), (17, 22)), ((500,), (1, 32)),
                                                ((11, 11), (11, 11))])
def test_many_entries_share_a_square_and_none_is_lost(shape, squares):
    got = np.zeros(shape)
    got[(-1,) * len(shape)] = np.nan
    _, t = result_of(lambda: got, expected=np.zeros(shape))
    page = as_html(t)
    rows, columns = squares
    assert f'viewBox="0 0 {columns} {rows}"' in page and "without bound" in page
    assert f'<path d="M{columns - 1} {rows - 1}h1v1h-1z" fill-opacity="1"/>' in page
    assert len(page) < 5000


def test_the_largest_report_stays_small():
    rng = np.random.default_rng(1)
    _, t = result_of(lambda: rng.normal(size=(300, 300)), expected=rng.normal(size=(300, 300)))
    assert len(as_html(t)) < 40_000


def test_the_same_answer_to_other_inputs_is_recognised():
    t = check.item("test.same", points=2)
    for x, y in ((2.0, 7.25), (3.0, 8.5)):
        t.call(constant, x).gives(y, points=1)
    assert t.mistakes == ["example-only"]


def constant(x):
    return 7.25


def test_what_the_author_computes_does_not_touch_the_input():
    def greedy(x):
        total = x.sum()
        x[:] = 0
        return total

    assert each(np.sum, expected=greedy, mistakes={"sign": greedy}).earned == 1


# -- while grading, a function lives elsewhere: its calls go there together -------------


class Elsewhere:
    """A function that is guarded where it lives, as the student's are while grading; it takes two calls at a time."""

    def __init__(self, function):
        self.function, self.journeys = function, []

    def __guarded__(self, calls, seconds):
        self.journeys.append((len(calls), seconds))
        return [check.guard.run(lambda a=args, k=kwargs: self.function(*a, **k), seconds) for args, kwargs in calls[:2]]


def test_calls_of_each_go_ahead_and_the_rest_in_its_turn():
    f = Elsewhere(np.sum)
    t = each(f)
    assert t.score() == 1 and f.journeys == [(len(INPUTS), 10)] + [(1, 10)] * (len(INPUTS) - 2)


def test_only_what_is_copied_for_every_call_goes_ahead():
    """A generator goes on from call to call: the second must see what the first has left of it."""
    rng, twin = (np.random.default_rng(3) for _ in range(2))
    f = Elsewhere(lambda n, rng: rng.normal(size=n))
    t = check.item("x", points=1)
    t.each(f, [(n, rng) for n in (2, 3)]).satisfies(lambda n, _: lambda x: None if len(x) == n else ("", ""), points=1)
    assert t.score() == 1 and [n for n, _ in f.journeys] == [1, 1]
    assert rng.normal() == [twin.normal() for _ in range(6)][-1]


@pytest.mark.parametrize(("x", "alone"), [
    (1.5, True), ("a", True), ([1, (2, "b")], True), (np.ones(2), True), ({"a": [np.ones(2)]}, True), ({1, 2}, True),
    (np.array([None]), False), ([np.random.default_rng(0)], False), (print, False), ({"a": object()}, False),
    (np.ma.ones(2), False), (np.float64(1.0), True),
])
def test_what_a_copy_shares_nothing_with(x, alone):
    assert private(x) is alone
