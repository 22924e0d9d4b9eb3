"""The watch over candidates, which their warm parent keeps outside their walls.

A candidate that takes too much memory is ended, and one that the examiner lets go of: with everything that it has
started. Of each, the examiner is told how it ended.
"""

import contextlib
import json
import os
import re
import select
import signal
import socket
from dataclasses import dataclass

MOMENT = 200  # milliseconds between two looks at the memory
STATUS = re.compile(rb"^(?:PPid|RssAnon|RssShmem):\s*(\d+)", re.M)


@dataclass
class Ward:
    """A candidate that is watched over."""

    process: int
    control: socket.socket  # the examiner's word that it lets go comes through it; how it ended is told there
    ended: int | None  # becomes readable when it ends, where the system has such a descriptor
    least: int  # megabytes that it held at its beginning


class Watch:
    """All candidates of a warm parent that are alive: one, as a rule."""

    def __init__(self, memory):
        self.memory = memory  # megabytes that each may take
        self.wards = []

    def begin(self, process, control):
        ward = Ward(process, control, None, private_memory(process))
        self.wards.append(ward)
        if hasattr(os, "pidfd_open"):
            with contextlib.suppress(OSError):
                ward.ended = os.pidfd_open(process)

    def until(self, requests):
        """Watches, until something comes in through the socket of requests."""
        while True:
            poll = select.poll()
            poll.register(requests, select.POLLIN)
            for ward in self.wards:
                poll.register(ward.control, select.POLLIN)  # that its other end was closed, it tells unasked
                if ward.ended is not None:
                    poll.register(ward.ended, select.POLLIN)
            ready = {number for number, _ in poll.poll(MOMENT if self.wards else None)}
            self.wards = [ward for ward in self.wards if not _ended(ward, ward.control.fileno() in ready, self.memory)]
            if requests.fileno() in ready:
                return

    def close(self):
        """Lets go of all."""
        for ward in self.wards:
            _ended(ward, True, self.memory)

    def forget(self):
        """In a new process, which is nobody's guardian: leaves nothing of the watch open there."""
        for ward in self.wards:
            _shut(ward)


def _ended(ward, let_go, memory):
    """Has it ended, or was it to be ended? Then it is no more, and the examiner knows why."""
    done, status = os.waitpid(ward.process, os.WNOHANG)
    greedy = not done and not let_go and private_memory(ward.process) - ward.least > memory
    if not (done or let_go or greedy):
        return False
    if not done:
        os.kill(ward.process, signal.SIGKILL)  # and with it, in its namespace, all that it has started
        _, status = os.waitpid(ward.process, 0)
    with contextlib.suppress(OSError):
        told = {"code": os.waitstatus_to_exitcode(status), "reason": "memory" if greedy else ""}
        ward.control.send(json.dumps(told).encode())
    _shut(ward)
    return True


def _shut(ward):
    ward.control.close()
    if ward.ended is not None:
        os.close(ward.ended)


def private_memory(root):
    """Megabytes of memory that a process and its descendants hold, and that no file on a disk does."""
    parents, sizes = {}, {}
    for entry in os.listdir("/proc") if os.path.isdir("/proc") else []:
        with contextlib.suppress(OSError, ValueError):  # it may have ended, or be ending and hold nothing any more
            if entry.isdigit():
                with open(f"/proc/{entry}/status", "rb") as status:
                    parent, *held = STATUS.findall(status.read())
                parents[int(entry)] = int(parent)
                sizes[int(entry)] = sum(map(int, held)) // 1024
    family, found = {root}, True
    while found:
        found = {pid for pid, parent in parents.items() if parent in family} - family
        family |= found
    return sum(sizes.get(pid, 0) for pid in family)
