"""A conversation between two processes that do not trust each other: requests, replies, stand-ins.

Both ends are alike. What is not plain data stays where it was made; the other end holds a stand-in, which asks
back: to call it, for an attribute, for an operator. So a test can hand a function to a student's function, and
take back an object of a class that only the student's process knows.
"""

import builtins
import contextlib
import inspect
import itertools
import operator
import struct
import sys
import time
import types
from collections.abc import Iterator

from grading.engine.stand_in import BINARY, COMPARING, UNARY, StandIn, stand_in
from grading.engine.unpack import unpack
from grading.engine.wire import Apart, Handle, WireError, pack
from nnlib.check.show import short

LARGEST = 32 * 2**20  # bytes of one message
EASILY = LARGEST // 4  # of what goes together: the last may be larger than the others
SMALL = 2**14  # of most: there is no need to make room for more
DEEPEST = 40  # requests within requests
MOST_OBJECTS = 20_000  # of the other side's that are known here

OPERATORS = {name: getattr(operator, name) for name in (
    *BINARY, *(f"i{name}" for name in BINARY), *UNARY, *COMPARING, "getitem", "setitem", "delitem", "contains")}
OPERATORS |= {"len": len, "next": next, "float": float, "int": int, "list": lambda x: list(itertools.islice(x, 10**6))}


class Gone(Exception):
    """The other end has closed the conversation."""


class Late(Exception):
    """The other end did not answer in time."""


class Abandoned(BaseException):
    """The other end has given up the request during which it asked something of us."""


class Peer:
    """One end.

    guarded: the other end is hostile. It may call what it was handed, ask for public attributes of objects and apply
    operators to them, and nothing else: a function's globals would show it the tests.
    """

    def __init__(self, channel, guarded=False, named=None):
        self.channel, self.guarded, self.named = channel, guarded, named
        self.handed, self.numbers, self.stand_ins = {}, {}, {}  # number -> object; id -> number; number -> stand-in
        self.buffer, self.counter, self.waiting, self.early = bytearray(), 0, [], {}
        self.channel.settimeout(None)

    # -- asking ------------------------------------------------------------------------

    def ask(self, kind, seconds, *parts, within=None):
        """The other end's reply, a list: it may compute for `seconds`, and must answer `within` some by the clock.

        Meanwhile it may ask us. Raises Late, Gone, WireError.
        """
        if len(self.waiting) >= DEEPEST:
            raise WireError("too many requests within requests")
        self.counter += 1
        mine, deadline = self.counter, within and time.monotonic() + within
        self.waiting.append(mine)
        try:
            self.send([kind, mine, seconds, *parts], deadline)
            while mine not in self.early:
                if self.early:  # one further out has its answer: what we ask for is not needed any more
                    raise Abandoned
                message = self.receive(deadline)
                if message[0] != "reply":
                    self.answer(message, deadline)
                elif message[1] == mine:
                    return message[2:]
                elif message[1] in self.waiting:  # it gave up what we are serving
                    self.early[message[1]] = message
                    raise Abandoned
            return self.early.pop(mine)[2:]
        finally:
            self.waiting.remove(mine)

    def value(self, kind, *parts):
        """What the other end replies, or the error that it met."""
        right, told = self.ask(kind, None, *parts)[:2]
        if right is True:
            return told
        name, text = told
        known = getattr(builtins, name, None)
        raise (known if isinstance(known, type) and issubclass(known, Exception) else RuntimeError)(text)

    def knows(self, name):
        """May a name that comes from the other end be shown?"""
        return True

    def call(self, stand_in, args, kwargs):
        return self.value("call", stand_in._handle.number, list(args), kwargs)

    def answer(self, message, deadline=None):
        """Does what a message asks, and replies. What cannot be sent is an error, too."""
        with contextlib.suppress(Abandoned):
            kind, number, seconds, *parts = message
            reply = self.serve(kind, seconds, *parts)
            try:
                self.send(["reply", number, *reply], deadline)
            except WireError as error:
                self.send(["reply", number, *self.failed(error)], deadline)

    def serve(self, kind, seconds, *parts):
        """[did it succeed, the value or the error, …]"""
        try:
            return [True, self.handles(kind, *parts)]
        except Exception as error:
            return self.failed(error)

    def failed(self, error):
        return [False, [type(error).__name__, cut(str(error))]]

    def handles(self, kind, *parts):
        """Does what is asked of something that was handed over."""
        match kind, parts:
            case "call", [int(number), list(args), dict(kwargs)]:
                return self.handed[number](*args, **kwargs)
            case "get", [int(number), str(name)] if self._public(number, name):
                return getattr(self.handed[number], name)
            case "set", [int(number), str(name), x] if self._public(number, name) and not isinstance(x, StandIn):
                return setattr(self.handed[number], name, x)
            case "operator", [str(name), list(args)] if name in OPERATORS and (
                    not self.guarded or any(id(x) in self.numbers for x in args)):  # else we would compute for it
                return OPERATORS[name](*args)
            case "text", [x] if not self.guarded:
                return short(x)
            case "is", [value, int(number)] if not self.guarded:
                return isinstance(value, self.handed[number])
        raise WireError(f"this cannot be asked here: {kind}")

    def _public(self, number, name):
        callable_only = isinstance(self.handed[number], (types.FunctionType, types.BuiltinFunctionType, type))
        return not self.guarded or not name.startswith("_") and not callable_only

    # -- frames ------------------------------------------------------------------------

    def apart(self, values):
        """Values packed each by itself: the first, and of the others as many as go into a message easily."""
        packed, room = [], EASILY
        for value in values:
            data = pack(value, self._hand_over)
            if packed and len(data) > room:
                break
            packed.append(Apart(data))
            room -= len(data)
        return packed

    def send(self, message, deadline=None):
        data = pack(message, self._hand_over)
        if len(data) > LARGEST:
            raise WireError("it is too large to be sent")
        if deadline is not None:
            self.channel.settimeout(_left(deadline))
        try:
            self.channel.sendall(struct.pack(">I", len(data)) + data)
        except TimeoutError:
            raise Late from None
        except OSError:
            raise Gone from None

    def receive(self, deadline=None):
        """The next message. What has arrived is kept even if a timer interrupts the waiting."""
        while len(self.buffer) < 4 or len(self.buffer) < 4 + (length := struct.unpack_from(">I", self.buffer)[0]):
            if len(self.buffer) >= 4 and length > LARGEST:
                raise WireError("a message is too large")
            if deadline is not None:
                self.channel.settimeout(_left(deadline))
            try:
                data = self.channel.recv(SMALL if len(self.buffer) < 4 else min(4 + length - len(self.buffer), LARGEST))
            except TimeoutError:
                raise Late from None
            except OSError:
                raise Gone from None
            if not data:
                raise Gone
            self.buffer += data
        _left(deadline)  # also when many small messages have come at once
        data = bytes(memoryview(self.buffer)[4 : 4 + length])
        del self.buffer[: 4 + length]
        message = unpack(data, self._take, self._own, self.named)
        if not isinstance(message, list) or len(message) < 3 or not isinstance(message[0], str) or type(
                message[1]) is not int:
            raise WireError("a message must begin with its kind and its number")
        return message

    # -- handles -----------------------------------------------------------------------

    def _hand_over(self, x):
        if isinstance(x, StandIn) and x._peer is self:
            return x._handle.number
        if self.guarded:
            if name := _importable(x):
                return name
            if isinstance(x, (types.ModuleType, types.FrameType, types.CodeType, types.TracebackType)):
                raise WireError(f"a {type(x).__name__} is not handed over")
        number = self.numbers.get(id(x))
        if number is None:
            number = self.numbers[id(x)] = len(self.handed)
            self.handed[number] = x  # kept, so that its id stays its own
        return describe(x, number)

    def _take(self, handle):
        if handle.number not in self.stand_ins:
            if self.guarded and len(self.stand_ins) >= MOST_OBJECTS:
                raise WireError("too many objects")
            self.stand_ins[handle.number] = stand_in(self, handle)
        return self.stand_ins[handle.number]

    def _own(self, number):
        if number not in self.handed:
            raise WireError("nothing of this number was handed over")
        return self.handed[number]


def _left(deadline):
    """The seconds that are left, None for as long as it takes. Raises Late."""
    left = None if deadline is None else deadline - time.monotonic()
    if left is not None and left <= 0:
        raise Late
    return left


def describe(x, number):
    """What the other end may know of a thing that stays here."""
    kind = "class" if isinstance(x, type) else "object"
    if isinstance(x, (types.FunctionType, types.BuiltinFunctionType, types.MethodType)):
        kind = "function"
    elif isinstance(x, BaseException):
        kind = "error"
    elif isinstance(x, Iterator):
        kind = "iterator"
    elif kind == "object" and callable(x):
        kind = "callable"
    parameters = None
    if kind in ("function", "class", "callable"):
        with contextlib.suppress(Exception):
            parameters = [[p.name, int(p.kind), p.default is not p.empty]
                          for p in inspect.signature(x).parameters.values()][:50]
    return Handle(number, kind, cut(type(x).__name__), cut(getattr(x, "__name__", "") or ""), parameters)


def cut(text, longest=300):
    return text[:longest] if isinstance(text, str) else ""


def _importable(x):
    """The name by which the other side can import a function, a class or a module of a library, or ""."""
    if isinstance(x, types.ModuleType):
        return f"{x.__name__}:" if x.__name__.partition(".")[0] in LIBRARIES else ""
    name = getattr(x, "__qualname__", None) or getattr(x, "__name__", None)  # NumPy's ufuncs have only the second
    module = getattr(x, "__module__", None) or "numpy"
    if not isinstance(name, str) or not isinstance(module, str) or module.partition(".")[0] not in LIBRARIES:
        return ""
    return f"{module}:{name}" if getattr(sys.modules.get(module), name, None) is x else ""


LIBRARIES = ("math", "numpy", "nnlib", "torch", "itertools", "functools", "operator", "_operator", "collections")
