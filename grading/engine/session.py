"""The examiner's side of a conversation with candidates: time limits, deaths, and beginning again.

A candidate that did not answer in time, or died, is ended. The next that is asked is a new one, which has run
the student's cells again: so an endless loop, or a death, costs what depended on it.
"""

import contextlib
import json
import select
import signal
import sys
import time

from grading.engine.peer import Gone, Late, Peer, StandIn
from grading.engine.told import Died, Written, error_of, merge, say
from grading.engine.wire import Apart, WireError
from nnlib.check import guard

CALL_SECONDS = 10  # of computing, a call that no check limits
CELL_SECONDS = 30  # of computing, a cell of the student's
ITEM_SECONDS = 60  # by the clock, all tests of one item together, once a call has run out of time
GRACE = 3  # seconds for an answer to arrive


class Session:
    """The candidates of one submission, one after the other."""

    def __init__(self, warm, limits, code=(), asked=frozenset()):
        self.warm, self.limits = warm, limits
        self.peer, self.control = None, None
        self.written = Written(code, asked)
        self.cells = []  # to run again in a new candidate: (source, locked)
        self.brought = {}  # the student's names that a test holds
        self.broken = ""  # why no candidate could be started
        self.stopped, self.spent = "", 0.0  # why the first of its calls was stopped; seconds

    # -- what the examiner asks --------------------------------------------------------

    def cell(self, source, locked):
        """Runs a cell: its outputs, and the names that it bound."""
        seconds = self.limits.get("cell_seconds", CELL_SECONDS)
        try:
            told = self.ask("cell", seconds, source, locked)[1]
            self.cells.append((source, locked))
            outputs, bound = told if isinstance(told, list) and len(told) == 2 else ([], [])
            return outputs, {name for name in bound if isinstance(name, str)} if isinstance(bound, list) else set()
        except (guard.TimeLimit, Died) as error:
            text = f"This cell was stopped: {error}"
            return [{"output_type": "error", "ename": "Stopped", "evalue": text, "traceback": [text]}], set()

    def names(self, names):
        """What the student's process has of these names, and no other name."""
        with contextlib.suppress(guard.TimeLimit, Died):
            told = self.ask("names", CELL_SECONDS, names)[1]
            self.brought = {name: told[name] for name in names if name in told} if isinstance(told, dict) else {}
            return self.brought
        return {}

    def lines(self, text):
        """Lines of a test, run among the student's names in the student's process."""
        return self.value("lines", text, {})

    def begin_item(self):
        self.stopped, self.spent = "", 0.0
        self.share_dtype()

    def share_dtype(self):
        """PyTorch's default type is here what the student has made it: as in a notebook, where all is one process."""
        if torch := sys.modules.get("torch"):
            told = None
            with contextlib.suppress(guard.TimeLimit, Died):
                told = self.ask("default dtype", CELL_SECONDS)[1]
            torch.set_default_dtype(torch.float64 if told == "float64" else torch.float32)

    # -- how ---------------------------------------------------------------------------

    def ask(self, kind, seconds, *parts):
        """A reply. Raises TimeLimit or Died, and then the candidate has ended."""
        if self.peer is None:
            self.begin()
        began = time.monotonic()
        try:
            with _no_alarm():
                reply = self.peer.ask(kind, seconds, *parts, within=guard.WAITING * seconds + GRACE)
            if len(reply) < 2:
                raise WireError("a reply must say whether it succeeded, and with what")
            return reply
        except (Late, guard.TimeLimit):  # a timer of the check's may ring here as well
            self.end()
            self.stopped = self.stopped or f"It was stopped after {seconds:.2g} s of computing."
            raise guard.TimeLimit(f"{seconds:.2g} s of computing") from None
        except Gone:
            cause = self.cause()
            self.stopped = self.stopped or cause
            self.end()
            raise Died(cause) from None
        except WireError as error:
            self.end()
            raise Died(f"what came back could not be read ({error})") from None
        except Exception as error:
            self.end()
            raise Died(f"what came back could not be read ({type(error).__name__})") from None
        except BaseException:
            self.end()
            raise
        finally:
            self.spent += time.monotonic() - began

    def value(self, kind, *parts):
        """What the student's process replies; what was printed and warned there is printed and warned here."""
        right, told, _, *said = self.believed(self.ask(kind, self.allowed(guard.allowed()), *parts))
        _repeat(*said)
        if not right:
            raise told
        return told

    def call(self, stand_in, args, kwargs):
        """Calls what stands in the student's process; arguments that it changed are changed here, too."""
        [(right, told, *said)] = self.called(stand_in, [(args, kwargs)], guard.allowed())
        _repeat(*said)
        if not right:
            raise told
        return told

    def outcomes(self, stand_in, calls, seconds):
        """What guard.run() would tell of such calls. They are guarded over there, and need not be so here as well."""
        try:
            told = self.called(stand_in, calls, seconds)
        except (Exception, guard.TimeLimit) as error:
            if len(calls) > 1:  # one of them has ended the candidate, and with it what was told of the others
                return self.outcomes(stand_in, calls[:1], seconds)
            return [guard.Outcome(error=error)]
        return [_outcome(*one) for one in told]

    def called(self, stand_in, calls, seconds):
        """For each call (did it succeed, the value or the error, what was printed, warnings).

        Of several calls there may be fewer than asked for, at least one: the others are left to be asked for again.
        """
        if self.peer is None:
            self.begin()
        if stand_in._peer is not self.peer:
            raise Died("Python had stopped, and with it went what was called here.")
        given = [[list(args), kwargs] for args, kwargs in calls]
        try:
            sent = self.peer.apart(given)
        except WireError as error:
            raise Died(f"what was handed over could not be sent ({error})") from None
        right, told = self.ask("calls", self.allowed(seconds), stand_in._handle.number, sent)[:2]
        if right is not True:
            told = [Apart(b"", [right, told])]
        if not isinstance(told, list) or not 0 < len(told) <= len(sent):
            raise Died("what came back could not be read")
        done = []
        for call, one in zip(given, told):
            right, value, changed, *said = self.believed(one.value if isinstance(one, Apart) else None)
            if changed is not None:
                merge(call, changed)
            done.append((right, value, *said))
        return done

    def allowed(self, seconds):
        """How long a call may compute. Once an item has taken all its time, no call of it has long."""
        seconds = seconds or self.limits.get("call_seconds", CALL_SECONDS)
        return min(seconds, 0.5) if self.spent > self.limits.get("item_seconds", ITEM_SECONDS) else seconds

    def believed(self, reply):
        """(did it succeed, the value or the error, changed arguments, what was printed, warnings)"""
        if not isinstance(reply, list) or len(reply) < 2:
            raise Died("what came back could not be read")
        right, told, changed, output, noted = (*reply, None, "", [])[:5]
        if right is True:
            return True, told, changed, output, noted
        error = error_of(told, self.written)
        if isinstance(error, guard.TimeLimit):
            self.stopped = self.stopped or f"It was stopped after {error}."
        return False, error, None, output, noted

    def begin(self):
        """A new candidate, which has run the cells so far."""
        try:
            channel, self.control = self.warm.fork()
        except OSError as error:  # no student's fault
            self.broken = f"a candidate could not be started: {error}"
            raise Died(self.broken) from None
        self.peer = _Guarded(channel, self)
        for cell in list(self.cells):
            try:
                self.ask("cell", self.limits.get("cell_seconds", CELL_SECONDS), *cell)
            except (guard.TimeLimit, Died):  # it went well before; it is not tried a third time
                self.cells.remove(cell)
                raise
            except BaseException:
                self.end()
                raise
        held = self.brought
        for name, fresh in self.names(list(held)).items():  # what a test holds of the old one stands for the new one's
            if isinstance(fresh, StandIn) and isinstance(held[name], StandIn):
                vars(held[name]).update(vars(fresh))
        self.brought = held

    def end(self):
        if self.peer is not None:
            self.peer.channel.close()
            self.peer = None
            self.warm.end(self.control)

    def cause(self):
        """Why the candidate died, as its guard tells."""
        told = {}
        with contextlib.suppress(OSError, ValueError, AttributeError):
            if select.select([self.control], [], [], 2)[0]:
                told = json.loads(self.control.recv(1000))
        if told.get("reason") == "memory":
            return "Python was stopped: it took too much memory."
        code = told.get("code")
        if isinstance(code, int) and code < 0:
            return f"Python itself stopped here (signal {-code}: a crash, or out of memory)."
        return "Python itself stopped here (by exit, a crash, or out of memory)."


class _Guarded(Peer):
    """The examiner's end: of a conversation with something hostile."""

    def __init__(self, channel, session):
        super().__init__(channel, guarded=True)
        self.session = session

    def knows(self, name):
        return self.session.written.knows(name)

    def value(self, kind, *parts):
        if self.session.peer is not self:
            raise Died("Python had stopped, and with it went what was asked here.")
        return self.session.value(kind, *parts)

    def call(self, stand_in, args, kwargs):
        return self.session.call(stand_in, args, kwargs)

    def outcomes(self, stand_in, calls, seconds):
        return self.session.outcomes(stand_in, calls, seconds)


def _outcome(right, told, *said):
    outcome = guard.run(lambda: _repeat(*said)) if any(said) else guard.Outcome()
    if outcome.error is None:
        outcome.value, outcome.error = (told, None) if right else (None, told)
    return outcome


def _repeat(output, noted):
    try:
        say(output, noted)
    except (TypeError, ValueError):
        raise Died("what came back could not be read") from None


@contextlib.contextmanager
def _no_alarm():
    """While an answer is awaited, which has a deadline, the check's alarm by the clock is silent: the student's process
    has the same alarm, and can tell in which line it rang. Computing time goes on being counted."""
    left, interval = signal.setitimer(signal.ITIMER_REAL, 0)
    began = time.monotonic()
    try:
        yield
    finally:
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - time.monotonic() + began, GRACE), interval)
