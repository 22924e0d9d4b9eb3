"""nnlib.check: what is right, what is said about what is not, and that nothing escapes."""

import ast
import math
import os
import re
import signal
import sys
import threading
import time
import warnings
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from nnlib import check
from nnlib.check import book, errors, guard
from nnlib.check.compare import compare
from nnlib.check.diagnose import FORM, NUMBERS, Case, diagnose
from nnlib.check.notebook import missing
from nnlib.check.page import as_html
from nnlib.check.report import as_text
from nnlib.check.show import kind, short
from nnlib.scalar import Value

ROOT = Path(__file__).parents[1]


def result_of(function, *args, expected, hidden=False, **more):
    """The one Result of one call."""
    t = check.item("test.item", points=1)
    if hidden:
        t.hidden()
    t.call(function, *args).gives(expected, points=1, **more)
    return t.results[0], t


# --- comparison ------------------------------------------------------------------------

EQUAL = [
    (1.0, 1.0), (1, 1.0), (np.float64(1), 1.0), (np.float32(0.5), 0.5), (np.int64(2), 2.0), (1.0 + 1e-12, 1.0),
    (3, 3), (np.int32(3), 3), (True, True), (np.bool_(False), False), ("a", "a"), (None, None), (math.inf, math.inf),
    (math.nan, math.nan), ((1.0, 2.0), (1.0, 2.0)), ([1.0, 2.0], (1.0, 2.0)), ((1.0,), [1.0]), ([], []),
    ({"a": 1.0}, {"a": 1.0}), ({1, 2}, {1, 2}),
    (np.ones((2, 2)), np.ones((2, 2))), (np.array([1, 2]), np.array([1, 2])),
    ([(1.0, "x"), None], [(1.0, "x"), None]), (np.array([np.nan]), np.array([np.nan])),
]


@pytest.mark.parametrize(("got", "expected"), EQUAL)
def test_equal(got, expected):
    assert compare(got, expected).equal


DIFFERENT = [  # got, expected, where, sort, sentence
    (2.0, 1.0, "", "value", "2.0 came, 1.0 expected"),
    (1.0 + 1e-8, 1.0, "", "value", "1.00000001 came, 1.0 expected"),
    (True, 1.0, "", "type", "a bool came where a float was expected"),
    (np.bool_(True), 1, "", "type", "a np.bool came where an int was expected"),
    (1, True, "", "type", "an int came where True or False was expected"),
    (3.0, 3, "", "type", "a float came where an int was expected"),
    (4, 3, "", "value", "4 came, 3 expected"),
    ("1", 1.0, "", "type", "a string came where a float was expected"),
    (None, 1.0, "", "type", "None came where a float was expected"),
    (None, (1.0,), "", "type", "None came where a tuple was expected"),
    (1.0, None, "", "type", "a float came where None was expected"),
    (1j, 1.0, "", "type", "a complex came where a float was expected"),
    pytest.param(10**400, 1.0, "", "not finite", "1.0 expected", id="a huge int"),
    pytest.param(-(10**400), math.inf, "", "value", "inf expected", id="a huge int on the other side"),
    (np.array([1.0]), 1.0, "", "type", "a NumPy array of shape (1,) came where a float was expected"),
    (Value(1.0), 1.0, "", "type", "a Value came where a float was expected"),
    (math.sqrt, 1.0, "", "type", "the function sqrt itself came where a float was expected"),
    (int, 1.0, "", "type", "the class int came where a float was expected"),
    (math.nan, 1.0, "", "not finite", "nan came, 1.0 expected"),
    (1.0, math.inf, "", "value", "1.0 came, inf expected"),
    ("a", "b", "", "value", "'a' came, 'b' expected"),
    ((1.0, 3.0), (1.0, 2.0), "[1]", "value", "3.0 came, 2.0 expected"),
    ((1.0,), (1.0, 2.0), "", "length", "1 entry came, 2 expected"),
    ([[1.0], [2.0, 5.0]], [[1.0], [2.0, 3.0]], "[1][1]", "value", "5.0 came, 3.0 expected"),
    (1.0, [1.0], "", "type", "a float came where a list was expected"),
    (np.array([1.0]), [1.0], "", "type", "a NumPy array of shape (1,) came where a list was expected"),
    ({"a": 1.0}, {"a": 1.0, "b": 2.0}, "", "keys", "key missing: 'b'"),
    ({"a": 1.0, "c": 1.0}, {"a": 1.0}, "", "keys", "key too many: 'c'"),
    ({"a": 2.0}, {"a": 1.0}, "['a']", "value", "2.0 came, 1.0 expected"),
    ([], {}, "", "type", "an empty list came where a dict was expected"),
    ({1}, {1, 2, 3}, "", "keys", "members missing: 2, 3"),
    ([1.0], np.ones(1), "", "type", "a list of 1 came where a NumPy array of shape (1,) was expected"),
    (np.ones((2, 3)), np.ones((3, 2)), "", "shape", "shape (2, 3) came, (3, 2) expected"),
    (np.ones(2, np.float32), np.ones(2), "", "dtype", "dtype float32 came, float64 expected"),
    (np.ones(2, int), np.ones(2), "", "dtype", "dtype int64 came, float64 expected"),
    (np.array([[1.0, 2.0]]), np.array([[1.0, 3.0]]), "[0][1]", "value", "2.0 came, 3.0 expected"),
    (np.array([1, 5]), np.array([1, 2]), "[1]", "value", "5 came, 2 expected"),
]


@pytest.mark.parametrize(("got", "expected", "where", "sort", "sentence"), DIFFERENT)
def test_different(got, expected, where, sort, sentence):
    first = compare(got, expected).first
    assert (first.where, first.sort) == (where, sort)
    assert sentence in first.sentence


def test_tolerances_are_the_stated_ones():
    assert not compare(1.001, 1.0).equal
    assert compare(1.001, 1.0, rtol=0.01).equal
    assert compare(1e-13, 0.0).equal
    assert not compare(1e-13, 0.0, atol=0).equal


def test_first_and_worst_place():
    found = compare([1.1, 2.0, 30.0], [1.0, 2.0, 3.0])
    assert (found.first.where, found.worst.where, found.places, found.entries) == ("[0]", "[2]", 2, 3)
    result, _ = result_of(lambda: [1.1, 2.0, 30.0], expected=[1.0, 2.0, 3.0])
    assert result.where == [
        "first at [0], 1.1 came, 1.0 expected", "worst at [2], 30.0 came, 3.0 expected", "2 of 3 entries differ"]


def test_what_is_accepted_with_a_remark():
    assert compare([1.0], (1.0,)).remarks == ["A list came; the text asks for a tuple. Accepted."]
    assert compare(np.float32(0.5), 0.5).remarks == ["np.float32 came; it counts as a float."]


@pytest.mark.parametrize(("value", "text"), [
    (None, "None"), ([], "an empty list"), ((1, 2), "a tuple of 2"), ("x", "a string"), (1, "an int"), (1.0, "a float"),
    (np.float64(1), "a np.float64"),
    (len, "the function len itself"), (Value, "the class Value"), (np.ones(2), "a NumPy array of shape (2,)"),
])
def test_kinds(value, text):
    assert kind(value) == text


class Rude:
    def __repr__(self):
        raise RuntimeError


class Coloured:
    def __repr__(self):
        return "\x1b[31m<script>alert(1)</script>"


def test_any_object_becomes_a_short_text():
    assert len(short([0.123456789] * 10**6)) <= 300
    assert len(short("x" * 10**6)) <= 300
    assert short(Rude()).startswith("<Rude instance")
    assert short(type("list", (), {})()) == "<list object that cannot be printed>"
    assert "\x1b" not in short(Coloured())
    assert short({"b": 1, "a": 2}) == "{'b': 1, 'a': 2}"
    assert short(np.float64(0.5)) == "np.float64(0.5)"


# --- the likely cause ---------------------------------------------------------------------

ARRAY = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
PATTERNS = [  # name, got, expected, more of the case
    ("printed", None, 1.0, {"output": "1.0\n"}),
    ("not-returned", None, 1.0, {}),
    ("not-called", math.sqrt, 1.0, {}),
    ("lazy", map(abs, [1]), [1], {}),
    ("lazy", (x for x in [1]), [1], {}),
    ("lazy", {}.keys(), [], {}),
    ("returned-string", "1.0", 1.0, {}),
    ("returned-string", ("1", 2.0), (1.0, 2.0), {}),
    ("returned-value", Value(1.0), 1.0, {}),
    ("returned-value", [Value(1.0)], [1.0], {}),
    ("not-a-tuple", 1.0, (1.0,), {}),
    ("array-for-list", np.array([1.0]), (1.0,), {}),
    ("array-of-one", np.array([1.0]), 1.0, {}),
    ("not-finite", math.nan, 1.0, {}),
    pytest.param("not-finite", -(10**400), 1.0, {}, id="a huge int"),
    ("not-finite", [1.0, math.inf], [1.0, 2.0], {}),
    ("all-zero", [0.0, 0.0], [1.0, 2.0], {}),
    ("example-only", 7.0, 5.0, {"earlier": [7.0]}),
    ("rounded", 0.33, 1 / 3, {}),
    ("rounded-down", (2, 3.5), (2.5, 3.5), {}),
    ("rounded-down", 0, 0.6, {}),
    ("all-zero", 0.0, 0.6, {}),
    ("another-order", (ARRAY, [1.0, 2.0]), ([1.0, 2.0], ARRAY), {}),
    ("another-order", (ARRAY + 1, ARRAY), (ARRAY, ARRAY + 1), {}),
    ("not-returned", (None, 2.0), (1.0, 2.0), {}),
    ("error-returned", ValueError("shapes"), 1.0, {}),
    ("no-order", {1, 2}, [1, 2], {}),
    ("lazy", (map(abs, [1]), 2.0), ([1], 2.0), {}),
    ("returned-value", (1.0, (Value(1.0), 2.0)), (1.0, (3.0, 2.0)), {}),
    ("bool-for-number", (True, 2.0), (1.0, 2.0), {}),
    ("bool-for-number", ARRAY > 2, ARRAY, {}),
    ("array-for-list", (1.0, np.array([1.0])), (1.0, [1.0]), {}),
    ("array-for-list", ARRAY, [ARRAY[0], ARRAY[1]], {}),
    ("array-for-tuple", ARRAY, (ARRAY, 1.0), {}),
    ("sign", (3.0, 9.0, 1.0), (3.0, 9.0, -1.0), {}),
    ("factor-2", (25.0, 6.0), (25.0, 3.0), {}),
    ("factor-2", 1.25, 2.5, {}),
    ("factor-n", 50.0, 10.0, {"args": ([1, 2, 3, 4, 5],)}),
    ("swapped", (2.0, 5.0), (5.0, 2.0), {}),
    ("nearly", (3.000000003, 3.000000003, 9.000000002, -1.000000001), (3.0, 3.0, 9.0, -1.0), {}),
    ("nearly", (1.00002, 2.0), (1.0, 2.0), {}),
    ("kept-list", [1, 2, 3, 4, 5], [4, 5], {"earlier": [[1, 2, 3]]}),
]


@pytest.mark.parametrize(("name", "got", "expected", "more"), PATTERNS)
def test_pattern(name, got, expected, more):
    assert diagnose(Case(got, expected, **more)) == name


def test_every_pattern_is_tried_and_explained():
    assert set(FORM | NUMBERS) == {name for name, *_ in (getattr(row, "values", row) for row in PATTERNS)}
    assert set(FORM | NUMBERS) <= set(check.MISTAKES)


@pytest.mark.parametrize(("got", "expected"), [
    (1.7, 5.0), ([1.0, 7.3], [2.0, 3.1]), ({"a": 1.0}, {"a": 2.0}), ([1.0], [1.0, 2.0]),
    ("x", "y"), (5.0, 0.0), ([[1.0]], [[2.7]]), ((1.0002, 2.0), (1.0, 2.0)), (math.nan, math.inf),
])
def test_no_pattern_fits_what_has_none(got, expected):
    assert diagnose(Case(got, expected)) is None


def test_only_numbers_of_one_shape_are_paired():
    assert Case([1.0, 2.0], np.ones(2)).pairs == Case(np.ones(3), np.ones(2)).pairs == ([], [])
    assert Case((1, [2.0]), (3, [4.0])).pairs == ([1.0, 2.0], [3.0, 4.0])


def test_what_the_author_foresaw_comes_first():
    def cause(got, **mistakes):
        return result_of(lambda: got, expected=2.0, mistakes=mistakes)[0].mistakes

    assert cause(-2.0) == ["sign"]
    assert cause(-2.0, ascent=-2.0) == ["ascent"]
    assert cause(-2.0, ascent=lambda got: got < 0) == ["ascent"]
    assert cause(-2.0, ascent=3.0) == ["sign"]
    assert cause("x", ascent=lambda got: got < 0) == ["returned-string"]
    assert result_of(lambda: [][0], expected=2.0, mistakes={"no-edges": IndexError})[0].mistakes == ["no-edges"]


def test_arrays_as_arguments_of_two_calls():
    t = check.item("test.arrays", points=2)
    t.call(lambda x: x.sum(), np.ones(3)).gives(3.0, points=1)
    t.call(lambda x: x.sum(), np.ones(4)).gives(4.0, points=1)
    assert t.earned == 2


def test_a_right_answer_names_no_mistake():
    result, t = result_of(lambda: 2.0, expected=2.0, mistakes={"ascent": 2.0})
    assert (result.status, t.mistakes) == ("right", [])


def test_every_row_of_the_table_is_a_sentence_with_a_place_in_the_book():
    for name, mistake in check.MISTAKES.items():
        assert re.fullmatch(r"[a-z0-9-]+", name)
        assert mistake.message[-1] in ".?" and mistake.message[0].isalnum(), name
        assert mistake.section == "" or mistake.section in book.PLACES, name


def test_the_book_has_the_places():
    for section, place in book.PLACES.items():
        page, label = place.split("#")
        text = (ROOT / "book" / page.replace(".html", ".md")).read_text(encoding="utf-8")
        assert re.search(rf"^\({label}\)=\n+## {re.escape(section)} ", text, re.M), section


def test_every_section_of_the_book_has_a_place():
    found = {number: f"{path.stem}.html#{label}" for path in (ROOT / "book").glob("[0-9]*.md")
             for label, number in re.findall(r"^\((.+)\)=\n+## (\d+\.\d+) ", path.read_text(encoding="utf-8"), re.M)}
    assert found == book.PLACES


def test_no_mistake_is_listed_twice():
    """In one file Python itself keeps the last of two without a word."""
    names = []
    for path in sorted((ROOT / "nnlib/check/mistakes").glob("[!_]*.py")):
        rows = ast.parse(path.read_text(encoding="utf-8")).body[-1]
        assert rows.targets[0].id == "ROWS", f"{path}: the table ROWS comes last"
        names += [key.value for key in rows.value.keys]
    assert [name for name, n in Counter(names).items() if n > 1] == []
    assert sorted(names) == sorted(check.MISTAKES)


def test_two_files_cannot_name_the_same_mistake():
    with pytest.raises(ValueError, match="The mistake 'sign' stands in anywhere.py and in chapter05.py"):
        check.mistakes.together({"anywhere": {"sign": ("A.", "")}, "chapter05": {"sign": ("B.", "")}})


def test_the_address_of_the_book_can_be_given(monkeypatch):
    monkeypatch.setenv("NNLIB_BOOK", "https://example.org/book/")
    assert book.address("6.4") == "https://example.org/book/06-computation-graphs.html#sec-accumulate"
    assert book.address("") == book.address("99.9") == ""
    _, t = result_of(lambda: 1.0, expected=2.0, mistakes={"overwritten": 1.0})
    assert 'href="https://example.org/book/06-computation-graphs.html#sec-accumulate"' in as_html(t)
    assert "read:          section 6.4 of the book https://example.org" in as_text(t)


# --- the guard ---------------------------------------------------------------------------------


def noisy(x):
    print("seen", x)
    print("to stderr", file=sys.stderr)
    warnings.warn("careful", stacklevel=1)
    return x


def test_nothing_reaches_stderr(capfd):
    _, t = result_of(noisy, 1.0, expected=2.0)
    t.score()
    out, err = capfd.readouterr()
    assert err == ""
    assert "printed:       seen 1.0\n                     to stderr" in out
    assert "warning:       UserWarning: careful" in out


def test_nor_does_what_is_written_past_python(capfd):
    def past():
        os.write(2, b"past")
        return 1.0

    assert result_of(past, expected=1.0)[0].status == "right"
    assert capfd.readouterr() == ("", "")
    os.write(2, b"back")
    assert capfd.readouterr().err == "back"


def test_prints_of_a_repr_are_kept_too(capfd):
    class Loud:
        def __repr__(self):
            print("loud", file=sys.stderr)
            return "Loud"

    result_of(Loud, expected=1.0)
    assert capfd.readouterr() == ("", "")


def test_a_result_that_fights_back_is_only_wrong(capfd):
    class Fighter(list):
        def __eq__(self, other):
            print("hit", file=sys.stderr)
            raise RuntimeError

        __float__ = __len__ = __iter__ = __getitem__ = __eq__
        __hash__ = None

    for expected in (1.0, [1.0], (1.0, 2.0), {1.0}, "x", None, np.ones(2)):
        result, _ = result_of(Fighter, expected=expected, mistakes={"sign": [-1.0]})
        assert result.status == "wrong"
    assert capfd.readouterr().err == ""


def test_an_endless_print_is_cut():
    result, _ = result_of(lambda: print("x" * 10**7), expected=None)
    assert len(result.output) == guard.MOST_OUTPUT


def endless():
    while True:
        try:
            math.sqrt(2)
        except Exception:
            pass


def waiting():
    time.sleep(60)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the time limit needs POSIX timers")
def test_what_does_not_end_is_stopped_and_the_rest_runs():
    handlers = signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGPROF)
    t = check.item("test.time", points=3, seconds=0.3)
    t.call(endless).gives(1.0, points=1)
    t.call(waiting).gives(1.0, points=1)
    t.call(lambda: 1.0).gives(1.0, points=1)
    assert t.score() == 1.0
    assert t.mistakes == ["endless"]
    # By either of its two clocks; who waited once is given a third of the time.
    assert all(re.match(r"It was stopped after 0\.[39]", result.came) for result in t.results[:2])
    assert handlers == (signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGPROF))
    assert signal.getitimer(signal.ITIMER_REAL) == signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the time limit needs POSIX timers")
@pytest.mark.parametrize(("action", "waiting_times", "said"), [
    (endless, 1000, "0.1 s of computing"),  # however long a busy machine lets it wait
    (lambda: time.sleep(1), 2, "0.2 s"),  # it computes nothing
])
def test_each_clock_stops_what_it_is_for(action, waiting_times, said, monkeypatch):
    monkeypatch.setattr(guard, "WAITING", waiting_times)
    outcome = guard.run(action, seconds=0.1)
    assert isinstance(outcome.error, guard.TimeLimit) and outcome.error.args == (said,)


def test_without_the_main_thread_there_is_no_limit_but_all_else():
    found = []
    worker = threading.Thread(target=lambda: found.append(guard.run(lambda: 5, seconds=1)))
    worker.start()
    worker.join()
    assert found[0].value == 5


def test_the_stop_button_still_stops():
    def stopped():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        guard.run(stopped)


NAMES = {"__name__": "__main__", "check": check, "Value": Value}
exec(compile("""
def deep(n): return deep(n + 1)
def divide(a): return a / 0
def unknown(a): return aa
def one(a): return a
def nothing(a): return None + a
def leave(a): exit()
def log(a): import math; return math.log(-a)
def later(a): raise NotImplementedError("not written yet")
def lacking(a): raise NotImplementedError("Cannot copy out of meta tensor; no data!")
def bits(a): return a^2
def sech(a): import math; return math.sech(a)
def shape(a): return a.shape
def other(a): return a.dataset
def same(a): return (a == "x").sum()
def looked_up(a): return a in {1, 2}
def bracketless(a): return divide.shape
def of_an_object(a): return a.tanh[0]
def of_the_machine(a): return len.shape
def np_tanh(a): import numpy; return numpy.tanh(a)
def number(a): return a.data
def key(a): return {}[a]
def big(a): import math; return math.exp(1000)
def ask(a): raise EOFError
class StdinNotImplementedError(NotImplementedError): pass
def ask_ipython(a): raise StdinNotImplementedError("no input here")
def absent(a): import no_such_module
five = 5
""", "<cell>", "exec"), NAMES)

ERRORS = [  # call, what is said, the mistake
    ("deep, 1", "RecursionError: the function calls itself more often than Python allows", "recursion"),
    ("divide, 1", "ZeroDivisionError: division by zero", "division-by-zero"),
    ("unknown, 1", "NameError: name 'aa' is not defined", "unknown-name"),
    ("one, 1, 2", "It takes (a), and was called with 2 arguments.", "signature"),
    ("five, 1", "What should be a function is an int.", "not-a-function"),
    ("nothing, 1", "TypeError: unsupported operand", "none-used"),
    ("leave, 1", "It ended the program.", "exit"),
    ("log, 1", "ValueError: math domain error", "domain"),
    ("later, 1", "It is not written yet.", "not-written"),
    ("lacking, 1", "NotImplementedError: Cannot copy out of meta tensor", None),
    ("bits, 2.0", "TypeError: unsupported operand type(s) for ^: 'float' and 'int'", "caret"),
    ("sech, 1.0", "AttributeError: module 'math' has no attribute 'sech'", "unknown-name"),
    ("shape, 1.0", "AttributeError: 'float' object has no attribute 'shape'", "number-for-array"),
    ("shape, [1.0]", "AttributeError: 'list' object has no attribute 'shape'", "list-for-array"),
    ("number, [1.0]", "AttributeError: 'list' object has no attribute 'data'", "list-for-one"),
    ("other, [1.0]", "AttributeError: 'list' object has no attribute 'dataset'", None),
    ("same, 1", "AttributeError: 'bool' object has no attribute 'sum'", "one-comparison"),
    ("looked_up, [1]", "TypeError: ", "list-in-set"),
    ("bracketless, 1", "AttributeError: 'function' object has no attribute 'shape'", "not-called"),
    ("of_an_object, Value(1.0)", "TypeError: 'method' object is not subscriptable", "not-called"),
    ("of_the_machine, 1", "AttributeError: 'builtin_function_or_method' object has no attribute 'shape'", "not-called"),
    ("np_tanh, Value(1.0)", "TypeError: operand 'Value' does not support ufuncs", "numpy-for-value"),
    ("Value, [1.0]", "TypeError: a Value holds one number, but several came (list)", "whole-list"),
    ("number, 1.0", "AttributeError: 'float' object has no attribute 'data'", "plain-number"),
    ("ask, 1", "EOFError", "asks-for-input"),
    ("ask_ipython, 1", "StdinNotImplementedError: no input here", "asks-for-input"),
    ("key, 'k'", "KeyError: there is no key 'k'.", None),
    ("big, 1", "OverflowError: math range error", "overflow"),
    ("absent, 1", "ModuleNotFoundError: No module named 'no_such_module'", "unknown-name"),
]


@pytest.mark.parametrize(("call", "said", "mistake"), ERRORS)
def test_exceptions_are_explained(call, said, mistake):
    names = dict(NAMES)
    exec(f"t = check.item('test.error', points=1)\nt.call({call}).gives(1.0, points=1)", names)
    result = names["t"].results[0]
    assert result.came.startswith(said)
    assert result.mistakes == ([mistake] if mistake else [])
    assert names["t"].score() == 0.0


def test_the_line_of_the_students_code_is_shown(tmp_path):
    cells = {"answer.py": "def f(x):\n    return x / 0\n\ndef g(function):\n    return function(0)\n",
             "test.py": "t = check.item('t', points=2)\nt.call(f, 1).gives(1, points=1)\n"
                        "t.hidden()\nt.call(g, lambda x: 1 / x).gives(8731, points=1)\n"}
    names = {"check": check}
    for name, text in cells.items():
        (tmp_path / name).write_text(text)
        exec(compile(text, str(tmp_path / name), "exec"), names)
    assert names["t"].results[0].place == "line 2 of the cell, in f: return x / 0"
    assert names["t"].results[1].place == "line 5 of the cell, in g: return function(0)"  # not the line of the test
    assert "Traceback" not in as_text(names["t"]) and "8731" not in as_text(names["t"])


def test_a_step_of_the_traceback_may_have_no_line():
    """Python has none for an answer that is stopped between two lines; the first of its function stands for it."""
    names = {}
    exec(compile("\ndef f():\n    return 1\n", "<cell>", "exec"), names)
    frame = SimpleNamespace(f_code=names["f"].__code__, f_globals=names)
    error = SimpleNamespace(__traceback__=SimpleNamespace(tb_frame=frame, tb_lineno=None, tb_next=None))
    assert errors.place(error, names) == "line 2 of the cell, in f"


# --- items ---------------------------------------------------------------------------------------


def test_points_add_up_exactly_and_scoring_again_changes_nothing(capsys):
    t = check.item("test.sum", points=0.3)
    for _ in range(3):
        t.call(lambda: 1).gives(1, points=0.1)
    t.hidden()
    assert t.score() == 0.3 == t.score()
    assert type(t.score()) is float
    assert check.results["test.sum"] is t


def test_arguments_are_copies_and_a_change_is_told():
    def spoil(xs, table, array):
        xs[0].append(1)
        table["k"] = 1
        array += 1
        return 7

    given = [[]], {}, np.zeros(2)
    result, t = result_of(spoil, *given, expected=7)
    assert (given[0], given[1], given[2].tolist()) == ([[]], {}, [0.0, 0.0])
    assert (result.status, result.mistakes) == ("wrong", ["changed-input"])
    assert "the result is right, but an argument is not what it was" in as_text(t)


def test_a_list_that_lives_on_between_calls_is_recognised():
    def order(n, kept=[]):  # noqa: B006
        if n not in kept:
            kept += range(n + 1)
        return kept

    t = check.item("test.kept", points=2)
    for n in (2, 5):
        t.call(order, n).gives([n], points=1)
    assert t.mistakes == ["kept-list"]


def test_values_are_passed_as_they_are():
    x = Value(2.0)
    result, _ = result_of(lambda v: v[0] is x, [x], expected=True)
    assert result.status == "right"


def test_run_leaves_nothing_behind_and_sees_the_notebooks_names():
    names = {"check": check, "double": lambda x: 2 * x}
    exec('t = check.item("t", points=1)\nt.run("y = double(3)\\ny").gives(6, points=1)', names)
    assert names["t"].results[0].status == "right"
    assert "y" not in names


def test_raises():
    def wrong_kind(x):
        raise KeyError(x)

    def right(x):
        raise ValueError("log of a negative number")

    def stub(x):
        raise NotImplementedError("log")

    t = check.item("test.raises", points=5)
    for f in (right, wrong_kind, stub, lambda x: 1.0):
        t.call(f, -1).raises(ValueError, says="LOG", points=1)
    t.call(right, -1).raises(ValueError, says="zero", points=1)
    assert [r.status for r in t.results] == ["right", "error", "error", "wrong", "error"]
    assert t.results[1].where == ["another kind of error than the one that was asked for"]
    assert t.results[3].where == ["no error was raised"]
    assert "does not name the cause" in t.results[4].where[0]
    t.call(stub, 1).raises(Exception, points=1)
    assert t.results[-1].earned == 0


GRAPH = {"x": [], "y": ["x", "x"], "z": ["y", "x"], "other": ["x"]}
ORDERS = [
    (["x", "y", "z"], None), (("x", "y", "z"), None), (["z", "y", "x"], "reversed-order"),
    (["y", "x", "z"], "child-first"),
    (["x", "x", "y", "z"], "node-twice"), (["x", "y"], "node-missing"), (["x", "other", "y", "z"], "node-too-many"),
    (["x", "q"], ""), ("xyz", ""), (None, ""), ([[], "x"], TypeError),
]


@pytest.mark.parametrize(("order", "mistake"), ORDERS)
def test_orders_of_a_graph(order, mistake):
    fault = check.forward_order(GRAPH, "z")
    if mistake is TypeError:  # a list cannot be a node; satisfies() turns this into a sentence
        t = check.item("test.order", points=1)
        t.call(lambda: order).satisfies(fault, points=1)
        assert "has not the form that was asked for" in t.results[0].where[0]
    elif mistake is None:
        assert fault(order) is None
    else:
        assert fault(order)[0] == mistake


# --- the author's own mistakes -----------------------------------------------------------------------


@pytest.mark.parametrize(("cell", "fault"), [
    ("t.call(abs, 1).gives(1, points=3)", "add up to 3 points, but 2 are declared"),
    ("t.hidden(); t.call(abs, 1).gives(1, points=1)", "add up to 1 points, but 2 are declared"),
    ("t.call(abs, 1).gives(1, points=1, mistakes={'no such': 1})", "no mistake is called 'no such'"),
    ("t.call(abs, 1)", "has no .gives"),
    ("t.call(abs, 1); t.call(abs, 1).gives(1, points=1)", "has no .gives"),
    ("t.call(abs, 1).gives(1, points=0)", "points must be a number above 0"),
    ("t.run('x = 1').gives(1, points=1)", "end with an expression"),
    ("t.run('x = ').gives(1, points=1)", "end with an expression"),
    ("t.run('').gives(1, points=1)", "end with an expression"),
])
def test_mistakes_of_the_author_are_loud(cell, fault):
    with pytest.raises(check.AuthorError, match=re.escape(fault)) as error:
        exec(f"t = check.item('test.author', points=2)\n{cell}\nt.score()", {"check": check})
    assert "not in your answer" in str(error.value)


# --- reports -----------------------------------------------------------------------------------------------


def gradient(x1, x2, x3, x4):
    return (x3, x3, x1 + x2, 1.0)


def test_the_report_as_text(capsys, monkeypatch):
    monkeypatch.setenv("NNLIB_BOOK", "book")
    t = check.item("ps06.by-hand", points=4)
    t.call(gradient, 5.0, 4.0, 3.0, 2.0).gives((3.0, 3.0, 9.0, -1.0), points=1)
    t.call(gradient, 1.0, 1.0, 1.0, 1.0).gives((1.0, 1.0, 2.0, 1.0), points=0.5)
    t.run("a = 1\na + 1").gives(3, points=1.5, mistakes={"overwritten": 2})
    assert t.score() == 0.5
    assert capsys.readouterr().out == """\
ps06.by-hand: 0.5 of 3 visible points; 1 more is decided by hidden tests
  ✗ not yet right, 0 of 1 point: gradient(5.0, 4.0, 3.0, 2.0)
      came:          (3.0, 3.0, 9.0, 1.0)
      expected:      (3.0, 3.0, 9.0, -1.0)
      where:         at [3], 1.0 came, -1.0 expected
      likely cause:  The size is right and the sign is not.
  ✓ right, 0.5 points: gradient(1.0, 1.0, 1.0, 1.0)
  ✗ not yet right, 0 of 1.5 points
      | a = 1
      | a + 1
      came:          2
      expected:      3
      likely cause:  A node that is used twice hears from both uses, and its gradients add up: += where you have =.
      read:          section 6.4 of the book book/06-computation-graphs.html#sec-accumulate
"""


def test_an_untouched_answer_is_told_once(capsys):
    def later():
        raise NotImplementedError

    t = check.item("ps06.x", points=2)
    t.call(later).gives(1, points=1)
    t.call(later).gives(2, points=1)
    assert t.score() == 0.0
    assert capsys.readouterr().out == (
        "ps06.x: 0 of 2 points\n  ○ not written yet. "
        "The cell still raises NotImplementedError. Put your own code in place of that line.\n")


def test_hidden_tests_give_nothing_away(capsys):
    def leaky(x):
        print("input", x)
        warnings.warn(f"input {x}", stacklevel=1)
        return (x, [x])

    def raising(x):
        raise ValueError(f"input {x}")

    t = check.item("test.hidden", points=4)
    t.hidden()
    t.call(leaky, 12345.0).gives((-67890.0, [67890.0]), points=1)
    t.call(raising, 12345.0).gives(67890.0, points=1)
    t.run("y = 12345\ny").gives(67890, points=1, mistakes={"sign": 12345})
    t.call(leaky, 12345.0).satisfies(lambda got: ("sign", "67890 was wanted"), points=1)
    t.score()
    for report in (capsys.readouterr().out, as_html(t)):
        assert "12345" not in report and "67890" not in report and "printed" not in report and "warning" not in report
        assert report.count("a hidden test") == 4
        assert "at [0]" in report and "a number is wrong" in report
        assert "The size is right and the sign is not." in report
        assert "ValueError" in report


def test_the_same_cause_is_explained_once():
    t = check.item("test.once", points=2)
    for _ in range(2):
        t.call(lambda: -1.0).gives(1.0, points=1)
    assert as_text(t).count("The size is right") == 1 == as_text(t).count("the same as above")
    assert as_html(t).count("The size is right") == 1 == as_html(t).count("the same as above")


def test_above_is_the_test_before_and_not_the_line_before():
    def change(x):
        x[0] = 1.0
        return -1.0

    t = check.item("test.above", points=2)
    t.call(change, [0.0]).gives(-1.0, points=1)
    t.call(change, [0.0]).gives(1.0, points=1)
    for report in (as_text(t), as_html(t)):
        first, second = report.split("not yet right")[1:]
        assert "changed what it was given" in first
        assert second.index("the same as above") < second.index("The size is right")


def test_html_escapes_whatever_comes_from_the_student(monkeypatch):
    def f(x):
        print("<img src=x onerror=alert(1)>")
        warnings.warn("<b>bold</b>", stacklevel=1)
        return Coloured()

    def g(x):
        raise ValueError("<script>alert(2)</script>")

    f.__name__ = "<u>"
    t = check.item("test.<i>", points=3)
    t.call(f, "</code><script>").gives(1.0, points=1)
    t.call(g, 1).gives(1.0, points=1)
    t.run("'<s>' + '\\n'").gives("<em>", points=1)
    page = as_html(t)
    allowed = {"div", "p", "strong", "ul", "li", "code", "pre", "dl", "dt", "dd", "a"}
    assert {tag for tag in re.findall(r"</?([^\s>]+)", page)} <= allowed
    assert "\x1b" not in page


def test_html_can_be_read_without_seeing_colours():
    _, t = result_of(lambda: 1.0, expected=2.0)
    page = as_html(t)
    assert 'role="group" aria-label="Check of test.item"' in page
    assert 'role="heading" aria-level="3"' in page
    assert "✗ not yet right" in page
    assert page.count("<li") == 1 and page.count("<dt") == page.count("<dd") >= 2


class Shell:
    """What report.py needs to know of IPython."""

    def __init__(self):
        self.events, self.hooks, self.shown, self.user_ns = self, [], [], {}

    def register(self, name, hook):
        self.hooks.append((name, hook))

    def get_ipython(self):
        return self

    @property
    def display(self):
        return type("display", (), {"display": staticmethod(lambda data, raw: self.shown.append(data))})


def test_in_a_notebook_the_report_is_shown_as_html_and_a_missing_answer_is_explained(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # progress is kept there
    shell = Shell()
    monkeypatch.setitem(sys.modules, "IPython", shell)
    _, t = result_of(lambda: 2.0, expected=2.0)
    assert t.score() == 1.0
    assert set(shell.shown[0]) == {"text/plain", "text/html"}
    result_of(lambda: 2.0, expected=2.0)
    assert [name for name, _ in shell.hooks] == ["post_run_cell"]

    class Run:
        error_before_exec, error_in_exec = None, NameError("name 'slopes' is not defined", name="slopes")
        info = type("Info", (), {"raw_cell": 't = check.item("x", points=1)\nt.call(slopes, 1)'})

    shell.hooks[0][1](Run)
    assert "There is no slopes yet." in shell.shown[-1]["text/plain"]
    Run.error_in_exec = None
    shell.hooks[0][1](Run)
    assert len(shell.shown) == 2

    shell.user_ns["check"] = 5
    try:
        shell.user_ns["check"].item("x")
    except AttributeError as error:
        Run.error_in_exec = error
    shell.hooks[0][1](Run)
    assert "The name check now holds an int: a cell gave it another value." in shell.shown[-1]["text/plain"]
    shell.user_ns["check"] = 6  # not what the error is about
    shell.hooks[0][1](Run)
    assert len(shell.shown) == 3


def test_an_answer_that_python_refused_is_not_taken_for_the_one_that_was_checked(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    shell = Shell()
    monkeypatch.setitem(sys.modules, "IPython", shell)
    result_of(lambda: 2.0, expected=2.0)[1].score()

    def run(source, refused=None):
        shell.hooks[0][1](type("Run", (), {"error_before_exec": refused, "error_in_exec": None,
                                           "info": type("Info", (), {"raw_cell": source})}))
        return shell.shown[1:]

    test = 't = check.item("x", points=1)\nt.call(slopes, 1)'
    assert run("def slopes(x)\n    return 1", SyntaxError("expected ':'")) == []
    (told,) = run(test)
    assert told["text/plain"].startswith("The cell that you ran before this check ended with a SyntaxError")
    run("def slopes(x):\n    return 1")
    assert len(run(test)) == 1  # no second time


def test_who_asks_for_input_is_told_at_once():
    result, _ = result_of(lambda: input("x? "), expected=2.0)
    assert (result.status, result.mistakes) == ("error", ["asks-for-input"])


def test_a_gap_that_several_tests_meet_is_told_once_and_where_it_is():
    def gap():
        raise NotImplementedError("not written yet")

    t = check.item("test.item", points=4)
    t.call(lambda: 2.0).gives(2.0, points=1)
    for place in ("line 4, in __mul__", "line 4, in __mul__", "line 9, in __add__"):
        t.call(gap).gives(1.0, points=1)
        t.results[-1].place = place
    text = as_text(t)
    assert text.count("not written yet") == 2 and text.count("in __mul__") == text.count("in __add__") == 1


def test_what_is_printed_is_cut_and_that_is_said():
    result, t = result_of(lambda: print("x" * 600), expected=2.0)
    assert "Only the beginning of what was printed is shown." in as_text(t)


def test_what_a_missing_answer_is_told():
    assert "the tests look for slopes" in missing(NameError("name 'slopes' is not defined", name="slopes"))
