"""The warm parent of candidates, as the examiner holds it: gives new ones, and lets go of them."""

import contextlib
import socket

from grading.engine import jail


class Warm:
    """A warm parent of candidates."""

    def __init__(self, modules, limits, unsafe=False):
        self.process, self.requests = jail.start(modules, limits, unsafe)
        self.ending = []
        self.requests.settimeout(120)
        try:
            if self.requests.recv(100) != b"ready":
                raise OSError
            channel, control = self.fork()  # a first one, for nobody: can candidates be walled in?
        except OSError:
            raise jail.NoJail("The sandbox could not be built; try `course doctor`.") from None
        channel.close()
        self.end(control)

    def alive(self):
        return self.process.poll() is None

    def fork(self):
        """(channel, control) of a new candidate."""
        self.wait()
        channel, theirs = socket.socketpair()
        control, guards = socket.socketpair()
        socket.send_fds(self.requests, [b"one"], [theirs.fileno(), guards.fileno()])
        theirs.close()
        guards.close()
        channel.settimeout(60)
        if channel.recv(5, socket.MSG_WAITALL) != b"ready":
            raise OSError("a candidate could not be walled in")
        return channel, control

    def end(self, control):
        """Lets go of a candidate: its guard ends it, with all that it has started."""
        with contextlib.suppress(OSError):
            control.shutdown(socket.SHUT_WR)
        self.ending.append(control)

    def wait(self):
        """Until those that were let go of are no more: two submissions never run side by side behind one wall."""
        for control in self.ending:
            control.settimeout(20)
            with contextlib.suppress(OSError):
                while control.recv(1000):
                    pass
            control.close()
        self.ending.clear()
