"""Runs a student's code so that whatever it does becomes an Outcome: nothing escapes.

Prints, warnings and messages to stderr are kept and shown as information. They
must not reach the real stderr: nbgrader gives a test cell 0 for one word there.
"""

import contextlib
import io
import signal
import sys
import threading
import warnings
from dataclasses import dataclass

from nnlib.check.show import cut, printable, text_of

MOST_OUTPUT = 2000  # characters of print that are kept


class TimeLimit(BaseException):
    """The call ran too long. Not an Exception, so that `except Exception` cannot swallow it."""


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


def run(action, seconds=None):
    """Calls action() and returns its Outcome. A pressed stop button (KeyboardInterrupt) still stops."""
    paper, outcome = _Paper(), Outcome()
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always")
        with contextlib.redirect_stdout(paper), contextlib.redirect_stderr(paper):
            try:
                with _limit(seconds):
                    outcome.value = action()
            except (Exception, SystemExit, TimeLimit) as error:
                outcome.error = error
    outcome.output = printable(paper.getvalue())
    messages = (f"{w.category.__name__}: {cut(text_of(w.message), 200)}" for w in noted)
    outcome.warnings = tuple(dict.fromkeys(messages))[:5]
    return outcome


@contextlib.contextmanager
def _limit(seconds):
    """Raises TimeLimit inside the block after `seconds`, where the system can do that.

    Needs a POSIX alarm and the main thread; without them (Windows) there is no limit,
    and an endless loop ends by the stop button.
    """
    if not seconds or not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    active = True

    def ring(signum, frame):
        if active:  # else the alarm came while the block was being left
            raise TimeLimit(seconds)

    before = signal.signal(signal.SIGALRM, ring)
    old_delay, old_interval = signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)  # again, should a bare `except:` eat it
    try:
        yield
    finally:
        active = False
        signal.setitimer(signal.ITIMER_REAL, old_delay, old_interval)
        signal.signal(signal.SIGALRM, before)
