"""Stand-ins, with a real candidate behind its walls: calls both ways, objects, arrays changed in place, exceptions,
time-outs and deaths; and what a hostile end may not ask."""

import inspect
import platform
import socket
import struct
import sys
import textwrap
import threading
import warnings

import msgpack
import numpy as np
import pytest

from grading.engine import jail
from grading.engine.peer import Gone, Late, Peer
from grading.engine.session import Session
from grading.engine.stand_in import StandIn
from grading.engine.told import Died, Written, error_of, merge
from grading.engine.told import say as repeat
from grading.engine.unpack import unpack
from grading.engine.warm import Warm
from grading.engine.wire import WireError, pack
from nnlib.check import guard

if sys.platform != "linux" or not jail.wall():
    pytest.skip("a candidate lives in a sandbox only, and there is none here", allow_module_level=True)

LIMITS = {"cell_seconds": 2, "call_seconds": 1, "memory": 400}


@pytest.fixture(scope="module")
def warm():
    warm = Warm(("numpy", "nnlib.check", "torch"), LIMITS)
    yield warm
    warm.wait()
    warm.requests.close()
    warm.process.wait(20)


@pytest.fixture
def student(warm):
    """A function that runs a cell, and then brings names of it."""
    session = Session(warm, LIMITS)

    def run(source, *names):
        source = "import math\nimport numpy as np\n" + textwrap.dedent(source)
        session.written = Written([source])
        session.cell(source, False)
        found = session.names(list(names))
        return [found[name] for name in names] if len(names) > 1 else found[names[0]]

    run.session = session
    yield run
    session.end()


VALUE = """
class Value:
    def __init__(self, data):
        self.data, self.grad, self._hidden = data, 0.0, 1

    def __add__(self, other):
        return Value(self.data + getattr(other, "data", other))

    __radd__ = __add__

    def __mul__(self, other):
        return Value(self.data * getattr(other, "data", other))

    def __neg__(self):
        return Value(-self.data)

    def __pow__(self, n):
        return Value(self.data**n)

    def __getitem__(self, k):
        return (self.data, k)

    def __len__(self):
        return 7

    def __repr__(self):
        return f"Value({self.data})"

    def tanh(self):
        return Value(math.tanh(self.data))


a = Value(2.0)
"""


def test_objects_of_a_students_class(student):
    Value, a = student(VALUE, "Value", "a")
    assert isinstance(a, StandIn) and type(a).__name__ == "Value" and isinstance(a, Value) and not isinstance(3, Value)
    b = Value(3.0)
    assert (a + b).data == 5.0 and (a * b).data == 6.0 and (-a).data == -2.0 and (a**3).data == 8.0
    assert (1.0 + a).data == 3.0 and a[4] == (2.0, 4) and len(a) == 7 and repr(a) == "Value(2.0)"
    a.grad = 5.0
    a += 1.0
    assert a.data == 3.0 and a.tanh().data == np.tanh(3.0)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = a.nothing
    assert list(inspect.signature(Value).parameters) == ["data"]


def test_a_students_object_is_no_number_and_is_not_compared(student):
    a = student(VALUE + "\nValue.__float__ = Value.__abs__ = lambda self: 0.0\nValue.__lt__ = lambda *x: True", "a")
    for use in (
        lambda: float(a),
        lambda: a < 1.0,
        lambda: 1.0 >= a,
        lambda: np.asarray(a),
        lambda: np.ones(3) @ a,
        lambda: np.mean(a),
        lambda: np.allclose(a, 0.0),
        lambda: np.ones(2) - a,
    ):
        with pytest.raises(TypeError, match="a Value came where a number"):
            use()


def test_callbacks_go_both_ways(student):
    slope, twice = student(
        """
        def slope(f, x):
            return (f(x + 1e-5) - f(x - 1e-5)) / 2e-5

        def twice(f):
            return lambda x: f(f(x))
        """,
        "slope",
        "twice",
    )
    seen = []

    def cube(x):
        seen.append(x)
        return x**3

    assert slope(cube, 2.0) == pytest.approx(12.0) and len(seen) == 2
    assert twice(cube)(2.0) == 512  # the student's function calls ours, in a call of ours
    assert twice(twice(lambda x: x + 1))(0) == 4
    assert np.allclose(slope(np.sin, np.array([0.0, 1.0])), np.cos([0.0, 1.0]))


def test_arguments_that_are_changed_in_place(student):
    change = student(
        """
        def change(x, rows, table, rng):
            x[0] = 7.0
            rows[1].append(3)
            table["new"] = x
            rng.normal()
        """,
        "change",
    )
    x, rows, table, rng = np.zeros(3), [[1], [2]], {"x": 1}, np.random.default_rng(3)
    held = rows[1]
    change(x, rows, table, rng)
    assert x[0] == 7.0 and rows == [[1], [2, 3]] and held is rows[1] and np.array_equal(table["new"], x)
    other = np.random.default_rng(3)
    other.normal()
    assert rng.normal() == other.normal()


def test_tensors_cross_with_their_gradients(student):
    torch = pytest.importorskip("torch")
    backward = student("def backward(x, y):\n    (x * y).sum().backward()\n    return x * y", "backward")
    x, y = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0])
    z = backward(x, y)
    assert torch.equal(x.grad, y) and torch.equal(z, x * y) and z.requires_grad and not z.is_leaf


def test_generators_and_iterators(student):
    count = student("def count():\n    n = 0\n    while True:\n        yield n\n        n += 1", "count")
    numbers = count()
    assert [next(numbers) for _ in range(3)] == [0, 1, 2]
    finite = student("def finite():\n    yield from 'ab'", "finite")
    assert list(finite()) == ["a", "b"]
    letters = finite()
    assert next(letters) == "a" and next(letters) == "b"
    with pytest.raises(StopIteration):
        next(letters)


@pytest.mark.parametrize(
    ("line", "kind", "says"),
    [
        ("1 / 0", ZeroDivisionError, "division by zero"),
        ("raise ValueError('shape (3,)', 5)", ValueError, "shape"),
        ("{}['key']", KeyError, "key"),
        ("undefined", NameError, "undefined"),
        ("raise SystemExit(3)", SystemExit, "3"),
        ("np.linalg.inv(np.zeros((2, 2)))", np.linalg.LinAlgError, "Singular"),
        ("f()", RecursionError, "recursion"),
        ("raise type('Own', (ValueError,), {})('mine')", ValueError, "mine"),
        ("raise KeyboardInterrupt('x')", Exception, ""),
        ("raise BaseException('x')", Exception, "x"),
        ("raise GeneratorExit", Exception, ""),
        ("while True: pass", guard.TimeLimit, "s"),
        ("raise UnicodeDecodeError('utf-8', b'x', 0, 1, 'why')", UnicodeDecodeError, ""),
    ],
)
def test_exceptions_by_type_and_message(student, line, kind, says):
    if kind is UnicodeDecodeError:
        kind = Exception
    f = student(f"def f():\n    {line}", "f")
    with pytest.raises(kind, match=says or None) as caught:
        f()
    if line.startswith("1 /"):
        assert caught.value.told.frames[-1] == ("f", 4, "1 / 0")


def test_prints_and_warnings_are_ours(student, capsys):
    f = student("import warnings\ndef f():\n    print('hello')\n    warnings.warn('careful')\n    return 1", "f")
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always")
        assert f() == 1
    assert capsys.readouterr().out == "hello\n" and [str(w.message) for w in noted] == ["careful"]


# -- deaths and time-outs --------------------------------------------------------------


DYING = """
import os
import signal
import time


def die(x):
    if x == 1:
        os._exit(3)
    if x == 2:
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
        time.sleep(60)
    while x == 3:
        pass
    return x


def through(f, x):
    return f(x)


def right(x):
    return 2 * x
"""


@pytest.mark.parametrize(("x", "kind"), [(1, Died), (2, guard.TimeLimit), (3, guard.TimeLimit)])
def test_what_a_test_holds_goes_on_after_a_death(student, x, kind):
    die, through, right = student(DYING, "die", "through", "right")
    with pytest.raises(kind):
        die(x)
    assert right(4) == 8 and die(5) == 5
    with pytest.raises(kind):  # in the middle of a callback of ours
        through(lambda y: right(y) and die(x), x)
    assert right(5) == 10 and through(lambda y: right(y) + 1, 3) == 7
    assert student.session.names(["right"])["right"](1) == 2


def test_a_time_limit_inside_a_nested_callback(student):
    die, through = student(DYING, "die", "through")

    def deep(n):
        return through(lambda y: deep(n - 1) if n else die(3), n)

    with pytest.raises(guard.TimeLimit):
        deep(5)
    assert through(lambda y: die(4) + y, 6) == 10


def test_of_several_stops_of_an_item_the_first_is_told(student):
    die = student(DYING, "die")
    student.session.begin_item()
    for x, kind in ((3, guard.TimeLimit), (1, Died)):
        with pytest.raises(kind):
            die(x)
        assert student.session.stopped.startswith("It was stopped after 1 s of computing")
    student.session.begin_item()
    with pytest.raises(Died):
        die(1)
    assert student.session.stopped.startswith("Python itself stopped")


def test_a_check_stops_a_deaf_loop_and_goes_on(student):
    die, right = student(DYING, "die", "right")
    assert isinstance(guard.run(lambda: die(2), 0.5).error, guard.TimeLimit)
    assert guard.run(lambda: right(3), 0.5).value == 6


def together(f, calls, seconds=1):
    """What calls come to that are sent in one message."""
    return f._peer.outcomes(f, calls, seconds)


def test_calls_go_together_and_each_is_told_by_itself(student):
    f = student("""
    made = []

    def f(x, by=1):
        made.append(by)
        if by == 0:
            raise ValueError("not by 0")
        print("by", by)
        x[0] += by
        return len(made), x.sum()
    """, "f")
    same = np.zeros(2)
    done = together(f, [([same], {}), ([same], {"by": 0}), ([np.ones(2), 5], {}), ([np.ones(2)], {"by": 2})])
    assert [d.value for d in done] == [(1, 1.0), None, (3, 7.0), (4, 4.0)]
    assert [d.output for d in done] == ["by 1\n", "", "by 5\n", "by 2\n"]
    assert isinstance(done[1].error, ValueError) and str(done[1].error) == "not by 0"
    assert same.tolist() == [1, 0]  # what one call changes, the next was not given: it is packed by itself


@pytest.mark.parametrize(("body", "made"), [
    ("return Thing(x)", 1),  # it stays there, and the test may look at it before the next call
    ("import time; time.sleep(0.6); return x", 2),
    ("return np.zeros(10**6)", 2),
    ("return x", 5),
])
def test_calls_go_together_while_they_are_quick_and_plain(student, body, made):
    f, count = student(f"""
    class Thing:
        def __init__(self, x):
            self.x = x

    calls = []

    def f(x):
        calls.append(x)
        {body}

    def count():
        return len(calls)
    """, "f", "count")
    done = together(f, [([k], {}) for k in range(5)])
    assert len(done) == count() == made and not any(d.error for d in done)


@pytest.mark.parametrize("end", ["import os; os._exit(1)", "while True: pass"])
def test_of_calls_that_went_together_the_first_is_kept_when_a_later_one_ends_all(student, end):
    f = student(f"""
    def f(x):
        if x == 2:
            import signal
            [signal.signal(s, signal.SIG_IGN) for s in (signal.SIGALRM, signal.SIGPROF)]
            {end}
        return x
    """, "f")
    [done] = together(f, [([k], {}) for k in range(5)], 0.3)
    assert done.value == 0
    assert [d.value for d in together(f, [([1], {})])] == [1]
    [done] = together(f, [([2], {})], 0.3)
    assert isinstance(done.error, (Died, guard.TimeLimit))
    assert [d.value for d in together(f, [([3], {}), ([4], {})])] == [3, 4]


def test_an_object_of_a_process_that_has_ended_says_so(student):
    die, a = student(DYING + VALUE + "\nmade = [Value(1.0)]\ndef make():\n    return Value(9.0)", "die", "a")
    made = student.session.names(["make", "die", "a"])["make"]()
    with pytest.raises(Died):
        die(1)
    with pytest.raises(Died, match="had stopped"):
        _ = made.data  # it was made by a call, and that call is not made again
    assert student.session.names(["a"])["a"].data == 2.0


def test_a_cell_that_does_not_run_again_is_left_out(student):
    student.session.cell("import os, time\nif os.path.exists('/tmp/no'):\n    pass", False)
    die = student(DYING, "die")
    student.session.cells.append(("import os\nos._exit(1)", False))  # one that went well once
    with pytest.raises(Died):
        die(1)
    with pytest.raises(Died):
        die(5)
    assert student.session.names(["die"])["die"](5) == 5 and len(student.session.cells) == 2


def test_a_candidate_begins_with_the_number_of_its_thread(student):
    """The first of its processes; and the C library knows it, whose locks go by it."""
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("where another C library keeps the number, it does not tell")
    numbers = student("""
        import ctypes
        import threading

        place = ctypes.c_void_p()
        ctypes.CDLL(None).prctl(40, ctypes.byref(place), 0, 0, 0)


        def numbers():
            return ctypes.c_int.from_address(place.value).value, threading.get_native_id()
        """, "numbers")
    assert numbers() == (1, 1)


def test_too_much_memory_is_named(student):
    f = student(
        """
        def f():
            import os, time
            for _ in range(8):
                if os.fork() == 0:
                    kept = bytearray(b"x" * 100_000_000)
                    time.sleep(10)
                    os._exit(0)
            time.sleep(10)
        """,
        "f",
    )
    with pytest.raises(Died, match="too much memory"):
        f()


# -- a hostile end ---------------------------------------------------------------------


@pytest.fixture
def ends():
    """(the examiner's end, a socket that says whatever it likes)"""
    ours, theirs = socket.socketpair()
    yield Peer(ours, guarded=True), theirs
    ours.close()
    theirs.close()


def say(channel, message):
    data = message if isinstance(message, bytes) else msgpack.packb(message)
    channel.sendall(struct.pack(">I", len(data)) + data)


@pytest.mark.parametrize(
    "message",
    [
        5,
        [],
        ["reply"],
        ["reply", 1],
        ["reply", "1", True],
        [1, 1, 1],
        [None] * 9,
        {"reply": 1},
        b"\xc1",
        b"",
        "reply",
        ["reply", True, 1],
    ],
    ids=repr,
)
def test_what_is_no_message(ends, message):
    peer, channel = ends
    say(channel, message)
    with pytest.raises(WireError):
        peer.ask("call", 1, 0, [], {}, within=5)


def test_a_message_that_is_too_large_or_never_ends(ends):
    peer, channel = ends
    channel.sendall(struct.pack(">I", 2**32 - 1))
    with pytest.raises(WireError, match="too large"):
        peer.ask("call", 1, within=5)
    peer.buffer.clear()
    channel.sendall(struct.pack(">I", 100) + b"x" * 50)
    with pytest.raises(Late):
        peer.ask("call", 1, within=0.3)
    channel.close()
    with pytest.raises(Gone):
        peer.ask("call", 1, within=5)


def test_endless_messages_have_a_deadline(ends):
    peer, channel = ends
    stop = threading.Event()

    def flood():
        data = b"".join(
            struct.pack(">I", len(m)) + m for m in [msgpack.packb(["reply", 10**9, True]), msgpack.packb(["x", 1, 1])]
        )
        channel.settimeout(0.5)
        while not stop.is_set():
            try:
                channel.sendall(data * 1000)
            except OSError:
                return

    thread = threading.Thread(target=flood)
    thread.start()
    with pytest.raises(Late):  # also where nobody takes our replies
        peer.ask("call", 1, within=1)
    stop.set()
    peer.channel.close()
    thread.join()


def asked(ends, *request):
    """What the examiner answers to a request that comes while it waits."""
    peer, channel = ends
    say(channel, ["reply", 10**6, True])
    say(channel, [request[0], 1, None, *request[1:]])
    say(channel, pack(["reply", peer.counter + 1, True, "done"], lambda x: 1 / 0))
    assert peer.ask("call", 1, within=5) == [True, "done"]
    reader = Peer(channel)
    reader.receive()  # the question
    reply = reader.receive(None)
    assert reply[0] == "reply"
    return reply[2:]


def test_what_a_hostile_end_may_not_ask(ends):
    peer, _ = ends

    class Thing:
        public, _private = 5, 6

    def secret(x):
        return x + 1

    def generator():
        yield 1

    numbers = [peer._hand_over(x).number for x in (secret, Thing(), generator(), Thing)]
    assert asked(ends, "call", numbers[0], [1], {}) == [True, 2]
    assert asked(ends, "get", numbers[1], "public") == [True, 5]
    for request in (
        *(
            ("get", numbers[0], name)
            for name in ("__globals__", "__code__", "__closure__", "__name__", "__defaults__", "x")
        ),
        ("get", numbers[1], "_private"),
        ("get", numbers[1], "__class__"),
        ("get", numbers[2], "gi_frame"),
        ("get", numbers[2], "gi_code"),
        ("get", numbers[3], "public"),
        ("get", numbers[3], "mro"),
        ("set", numbers[0], "x", 1),
        ("set", numbers[3], "public", 1),
        ("set", numbers[1], "_private", 1),
        ("get", 99, "x"),
        ("call", 99, [], {}),
        ("call", True, [1], {}),
        ("call", numbers[0], 1, {}),
        ("text", 1),
        ("is", 1, numbers[3]),
        ("cell", "1", False),
        ("names", ["secret"]),
        ("lines", "1", {}),
        ("operator", "pow", [10, 10**9]),
        ("operator", "mul", [[0], 10**12]),
        ("operator", "contains", [list(range(3)), 2]),
        ("operator", "__import__", ["os"]),
        ("operator", "getitem", [{}, 1]),
        ("import", "os"),
        ("get", numbers[1], 5),
        ("get", "0", "public"),
    ):
        right, told = asked(ends, *request)[:2]
        assert right is False, (request, told)
    assert Thing.public == 5


def test_a_reply_to_another_question_gives_up_what_is_served(ends):
    peer, channel = ends

    def back():
        return peer.ask("call", 1, within=5)  # asks again, in the middle of serving

    number = peer._hand_over(back).number
    say(channel, ["call", 1, None, number, [], {}])
    say(channel, ["reply", 1, True, "outer"])  # the outer question, while the inner one waits
    assert peer.ask("call", 1, within=5) == [True, "outer"] and peer.waiting == [] and peer.early == {}


def test_requests_within_requests_are_bounded(ends):
    peer, channel = ends
    number = peer._hand_over(lambda: peer.ask("call", 1, within=5)).number
    for _ in range(60):  # so few that our replies fit into the channel, which nobody reads
        say(channel, ["call", 1, None, number, [], {}])
    say(channel, ["reply", 1, True, "outer"])
    assert peer.ask("call", 1, within=5) == [True, "outer"] and peer.counter == 40


def test_objects_are_bounded(ends):
    peer, channel = ends
    things = [[k, "object", f"C{k}", "", None] for k in range(25_000)]
    message = ["reply", 1, True, [msgpack.ExtType(10, msgpack.packb(thing)) for thing in things]]
    threading.Thread(target=say, args=(channel, message)).start()
    with pytest.raises(WireError, match="too many objects"):
        peer.ask("call", 1, within=60)


@pytest.mark.parametrize(
    "told",
    [
        None,
        5,
        [],
        {},
        {"types": 5, "args": 5, "frames": 5},
        {"types": ["builtins.KeyboardInterrupt"]},
        {"types": ["builtins.BaseException"]},
        {"types": ["builtins.print", "builtins.__import__"]},
        {"types": ["x.\x1b[31m<script>"], "args": [float("nan"), None, "x" * 10**6]},
        {"types": ["nnlib.check.guard.TimeLimit"], "args": ["1 s"]},
        {"types": ["builtins.SystemExit"], "args": [0]},
        {"types": ["builtins.UnicodeDecodeError"], "args": [1]},
        {"types": ["builtins.ExceptionGroup"], "args": ["x", 5]},
        {
            "types": ["a.def"],
            "name": "abs",
            "number": 5,
            "frames": [["<test>\x1b", 1, "\x1b[0m"], [1, 2], "x"],
            "file": "\x1b",
        },
    ],
    ids=repr,
)
def test_what_is_told_of_an_exception_becomes_one_that_tests_can_take(told):
    try:
        error = error_of(told, Written(["def made_up(): ..."]))
    except Died:
        return
    assert isinstance(error, (Exception, SystemExit, guard.TimeLimit))
    assert "\x1b" not in repr(error.told) + type(error).__name__


def test_an_exception_keeps_the_name_that_stands_in_the_submission():
    def told(name):
        return type(error_of({"types": [f"__main__.{name}", "builtins.ValueError"], "args": ["x"]}, written))

    written = Written(["class Odd(ValueError): ..."])
    assert (told("Odd").__name__, told("Odd").__base__) == ("Odd", ValueError) and told("MadeUp") is ValueError


def test_a_warning_is_of_a_class_that_is_known_or_of_one_made_for_it():
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always")
        repeat("", ["DeprecationWarning: old", "Odd: a", "no name: b", "print: c", "ValueError: d"])
    assert [(w.category.__name__, str(w.message)) for w in noted] == [
        ("DeprecationWarning", "old"), ("Odd", "a"), ("Warning", "b"), ("print", "c"), ("ValueError", "d")]
    assert noted[0].category is DeprecationWarning and all(issubclass(w.category, UserWarning) for w in noted[1:])


@pytest.mark.parametrize("reply", [None, 5, {}, [], [True]], ids=repr)
def test_a_reply_of_another_form_is_not_believed(reply):
    with pytest.raises(Died, match="could not be read"):
        Session(None, LIMITS).believed(reply)


def test_the_first_stop_is_kept_when_the_students_process_tells_of_another():
    session = Session(None, LIMITS)
    for seconds in ("1 s", "2 s"):
        session.believed([False, {"types": ["nnlib.check.guard.TimeLimit"], "args": [seconds]}])
    assert session.stopped == "It was stopped after 1 s."


def test_merge_takes_what_fits_and_nothing_else():
    x, inner = np.zeros(2), [1, 2]
    old = [x, inner, {"a": inner, "b": x}, {1, 2}, (x, 5), 7]
    merge(old, [np.ones(2), [3], {"a": [4, 5], "c": 6}, {9}, (np.full(2, 2.0), 6), "seven"])
    assert old[0] is x and (x == 2.0).all() and inner == [4, 5] and old[2] == {"a": inner, "c": 6}
    assert old[3] == {9} and old[4][1] == 5 and old[5] == "seven"
    merge(x, np.ones(3))
    assert x.shape == (2,)
    old = [np.random.default_rng(0)]
    merge(old, ["another thing"])
    assert old == ["another thing"]


def test_merge_takes_no_other_thing_for_a_tensor():
    torch = pytest.importorskip("torch")
    for new in ("another thing", torch.ones(3), torch.ones(2, dtype=torch.float64)):
        old = [torch.zeros(2)]
        merge(old, [new])
        assert old[0] is new


def test_one_end_may_be_trusted():
    """The candidate's end imports by name what the examiner hands over of a library."""
    ours, theirs = socket.socketpair()
    examiner, candidate = Peer(ours, guarded=True), Peer(theirs, named=lambda text: text)
    data = pack([np.tanh, np.random.default_rng, sum], examiner._hand_over)
    found = unpack(data, candidate._take, candidate._own, candidate.named)
    assert found[:1] == ["numpy:tanh"] and isinstance(found[2], StandIn) | isinstance(found[2], str)
    with pytest.raises(WireError):
        unpack(msgpack.packb(msgpack.ExtType(12, msgpack.packb("os:system"))), examiner._take, examiner._own, None)
    ours.close()
    theirs.close()


def test_libraries_that_lie_in_the_folder_for_temporary_files_stay_in_sight(tmp_path, monkeypatch):
    """As they do where the course itself was unpacked there; and nobody can write to them."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "there.txt").write_text("here")
    shown = jail._shown() + [(str(tmp_path / "kept"), "/tmp/kept"), (str(tmp_path / "kept/there.txt"), "/tmp/one.txt")]
    monkeypatch.setattr(jail, "_shown", lambda: shown)
    warm = Warm(("nnlib.check",), LIMITS)
    session = Session(warm, LIMITS, ["read write"])
    try:
        session.cell(textwrap.dedent("""
            def read():
                with open("/tmp/kept/there.txt") as one, open("/tmp/one.txt") as other:
                    return one.read() + other.read()

            def write(path):
                with open(path, "w") as file:
                    file.write("gone")
        """), False)
        names = session.names(["read", "write"])
        assert names["read"]() == "herehere"
        for path in ("/tmp/kept/there.txt", "/tmp/kept/new.txt", "/tmp/one.txt"):
            with pytest.raises(OSError, match="Read-only file system"):
                names["write"](path)
    finally:
        session.end()
        warm.wait()
        warm.requests.close()
        warm.process.wait(20)
    assert (tmp_path / "kept/there.txt").read_text() == "here"
