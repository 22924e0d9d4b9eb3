"""Runs a student's code so that whatever it does becomes an Outcome: nothing escapes.

Prints, warnings and messages to stderr are kept and shown as information. They
must not reach the real stderr: nbgrader gives a test cell 0 for one word there.
"""

import builtins
import contextlib
import io
import os
import signal
import threading
import warnings
from dataclasses import dataclass

from nnlib.check.show import cut, printable, text_of

MOST_OUTPUT = 2000  # characters of print that are kept
WAITING = 3  # a call may take so many times as long by the clock as it may compute


class TimeLimit(BaseException):
    """The call ran too long. Not an Exception, so that `except Exception` cannot swallow it."""


class Stopped(KeyboardInterrupt):
    """The stop button was pressed while an answer ran. A notebook shows one sentence in place of a traceback."""

    def _render_traceback_(self):  # IPython asks for it
        return str(self).replace(". ", ".\n").split("\n")


@dataclass
class Outcome:
    """What a call did: a value or an error, and what it said on the way."""

    value: object = None
    error: BaseException | None = None
    output: str = ""
    warnings: tuple = ()


class _Paper(io.StringIO):
    """Takes the first characters of a print and drops the rest: an endless print fills no memory."""

    def write(self, text):
        room = MOST_OUTPUT - self.tell()
        super().write(text[: max(room, 0)])
        return len(text)


_allowed = []  # the time limits of the runs that are under way, the innermost last


def allowed():
    """The seconds of computing that the run under way may take, or None."""
    return _allowed[-1] if _allowed else None


def run(action, seconds=None):
    """Calls action() and returns its Outcome. A pressed stop button (KeyboardInterrupt) still stops: Stopped."""
    paper, outcome = _Paper(), Outcome()
    _allowed.append(seconds)
    with warnings.catch_warnings(record=True) as noted:
        warnings.resetwarnings()
        warnings.simplefilter("always", append=True)  # to put it first would need Python's own ValueError
        with contextlib.redirect_stdout(paper), contextlib.redirect_stderr(paper), no_stderr(), no_input():
            try:
                with limit(seconds):
                    outcome.value = action()
            except (Exception, SystemExit, TimeLimit) as error:
                outcome.error = error
            except KeyboardInterrupt:
                raise Stopped("Stopped while your answer was running, so nothing was scored. "
                              "If it ran for long: does every loop come closer to its end?") from None
            finally:
                _allowed.pop()
    if said := paper.getvalue():
        outcome.output = printable(said)
    messages = (f"{w.category.__name__}: {cut(text_of(w.message), 200)}" for w in noted)
    outcome.warnings = tuple(dict.fromkeys(messages))[:5]
    return outcome


@contextlib.contextmanager
def no_input():
    """input() fails at once: JupyterLab's would wait for somebody to type, and block the notebook afterwards."""

    def ask(prompt=""):
        raise EOFError("input() was called, and in a test nobody types")

    before, builtins.input = builtins.input, ask
    try:
        yield
    finally:
        builtins.input = before


@contextlib.contextmanager
def no_stderr():
    """What goes to stderr past Python, by os.write(2, …) or from C, is dropped: a pipe would block, a file fill up."""
    if _dropped_already():
        yield
        return
    files = []
    with contextlib.suppress(OSError):  # there may be no stderr
        files.append(os.dup(2))
        files.append(os.open(os.devnull, os.O_WRONLY))
        os.dup2(files[1], 2)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # the answer may have closed what is not its own
            if files:
                os.dup2(files[0], 2)
            for file in files:
                os.close(file)


def _dropped_already():
    """Does stderr lead nowhere, as in a run within a run?"""
    try:
        return NOWHERE and os.fstat(2).st_rdev == NOWHERE
    except OSError:
        return False


def _nowhere():
    try:
        return os.stat(os.devnull).st_rdev
    except OSError:
        return 0


NOWHERE = _nowhere()  # the number of the device that drops everything; 0 where it has none


@contextlib.contextmanager
def limit(seconds):
    """Raises TimeLimit inside the block after `seconds` of computing, or WAITING times as long by the clock.

    Computing time is this process's own: on a busy machine, a right answer has as much of it as on an idle
    one. Needs POSIX timers and the main thread; without them (Windows) an endless loop ends by the stop button.
    """
    if not seconds or not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    clocks = [(signal.ITIMER_PROF, seconds), (signal.ITIMER_REAL, WAITING * seconds)]
    # To say who answers takes longer than all the rest: a limit within a limit need not.
    before = [] if _limits else [(number, signal.signal(number, _ring)) for number in (signal.SIGPROF, signal.SIGALRM)]
    _limits.append(seconds)
    # They ring again every second, should a bare `except:` swallow the first.
    old = [signal.setitimer(clock, limit, 1.0) for clock, limit in clocks]
    try:
        yield
    finally:
        _limits[-1] = None
        for clock, _ in clocks:
            signal.setitimer(clock, 0)
        _limits.pop()
        for number, handler in before:
            signal.signal(number, handler)
        for (clock, _), (delay, interval) in zip(clocks, old):
            if delay:
                signal.setitimer(clock, delay, interval)


_limits = []  # in seconds, the innermost last; None: it is being left


def _ring(signum, frame):
    if _limits and (seconds := _limits[-1]):
        computing = signum == signal.SIGPROF
        raise TimeLimit(f"{seconds:.2g} s of computing" if computing else f"{WAITING * seconds:.2g} s")
