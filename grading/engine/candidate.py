"""The process that holds a student's code. It knows no test, and nothing it says is believed without a check.

    python -m grading.engine.candidate DESCRIPTOR MODULE …

starts the warm parent: it imports the modules once, and forks a candidate for every pair of sockets that comes
in through the descriptor. So a submission costs its own computing and little else.
"""

import builtins
import contextlib
import gc
import importlib
import os
import random
import socket
import sys
import time
import warnings

import numpy as np

from grading.engine import walls
from grading.engine.names import bound
from grading.engine.peer import EASILY, Peer, cut
from grading.engine.shell import KEPT, Stream, make_shell, run_cell
from grading.engine.watch import Watch
from grading.engine.wire import Apart, WireError, pack
from nnlib.check import errors, guard
from nnlib.check.author import parsed

READY = b"ready"
MOMENT = 1  # second, during which calls that were asked for together go on
PYTHONS = set(dir(builtins))


class Candidate(Peer):
    """Serves the examiner: runs cells, gives names, calls what it gave."""

    def __init__(self, channel, shell):
        super().__init__(channel, named=_import)
        self.shell = shell
        self.locked = {}  # what the instructor's own cells have defined

    def serve(self, kind, seconds, *parts):
        match kind, parts:
            case "cell", [source, locked]:
                return [True, self.cell(source, locked, seconds)]
            case "names", [names]:
                return [True, {name: self.shell.user_ns[name] for name in names if name in self.shell.user_ns}]
            case "default dtype", []:
                return [True, str(sys.modules["torch"].get_default_dtype()).removeprefix("torch.")]
            case "lines", [text, names]:
                return self.guarded_run(lambda: self.lines(text, names), seconds)
            case "calls", [number, calls]:
                return [True, self.calls(self.handed[number], calls, seconds)]
        return super().serve(kind, seconds, *parts)  # small and many: an endless one is ended by the examiner's clock

    def guarded_run(self, action, seconds):
        """[did it succeed, the value or the error, changed arguments, what was printed, warnings]"""
        outcome = guard.run(action, seconds)
        said = [None, outcome.output, list(outcome.warnings)]
        if outcome.error is None:
            return [True, outcome.value, *said]
        return [False, self.told(outcome.error), *said]

    def calls(self, function, calls, seconds):
        """What each call comes to: the first, and the others while they are quick and of plain data.

        The rest is asked for again: a test may look at what a call has left here before it makes the next.
        """
        done, size, until = [], 0, time.monotonic() + MOMENT
        for call in calls:
            self.gave = False
            done.append(Apart(self.packed(self.called(function, call, seconds))))
            size += len(done[-1].data)
            if self.gave or not call.plain or size > EASILY or time.monotonic() > until:
                break
        return done

    def called(self, function, call, seconds):
        """[did it succeed, the value or the error, changed arguments, what was printed, warnings]"""
        args, kwargs = call.value
        before = call.data if call.plain else pack(call.value, self._hand_over)
        reply = self.guarded_run(lambda: function(*args, **kwargs), seconds)
        with contextlib.suppress(WireError):  # what cannot be sent back was not plain before, either
            if pack([args, kwargs], self._hand_over) != before:
                reply[2] = [args, kwargs]
        return reply

    def packed(self, reply):
        try:
            return pack(reply, self._hand_over)
        except WireError as error:
            return pack(self.failed(error), self._hand_over)

    def _hand_over(self, x):
        self.gave = True
        return super()._hand_over(x)

    def failed(self, error):
        return [False, self.told(error), None, "", []]

    def told(self, error):
        """All that the examiner may know of an exception."""
        plain = [x if isinstance(x, (str, int, float, bool, type(None))) else errors.text_of(x) for x in error.args[:5]]
        held = getattr(error, "obj", None)
        return {
            "types": [f"{c.__module__}.{c.__name__}"[:200] for c in type(error).__mro__][:20],
            "args": [cut(x, 2000) if isinstance(x, str) else x for x in plain],
            "text": cut(errors.text_of(error), 2000),
            "name": cut(getattr(error, "name", None), 200),
            "number": held if type(held) in (bool, int, float) else None,
            "frames": [list(frame) for frame in errors.student_frames(error, self.shell.user_ns)][-20:],
            "file": cut(errors.innermost_file(error), 200),
        }

    def cell(self, source, locked, seconds):
        """Runs a cell; its outputs, and the names that it bound."""
        before = dict(self.shell.user_ns)
        try:
            with guard.limit(seconds):
                outputs = run_cell(self.shell, source)
        except guard.TimeLimit:  # it rang outside the student's lines
            outputs = list(KEPT.outputs)
        new = {name: value for name, value in self.shell.user_ns.items()
               if not name.startswith("_") and (name not in before or before[name] is not value)}
        if locked:  # read off the text: what a name was bound to before says nothing
            new |= dict.fromkeys(bound(source))
            self.locked |= {name: self.shell.user_ns[name] for name in new if name in self.shell.user_ns}
        return [outputs, [name for name in new if isinstance(name, str)][:1000]]

    def lines(self, text, names):
        """Lines of a test, among the student's names. What Python and the instructor define is as they have it."""
        code = parsed("lines", text)
        theirs = {name: x for name, x in self.shell.user_ns.items() if name == "__builtins__" or name not in PYTHONS}
        space = {**theirs, **self.locked, **names}
        exec(code[1], space)
        return eval(code[2], space)


def _import(text):
    """What the examiner names "module:name"; the examiner is trusted."""
    module, _, name = text.partition(":")
    found = importlib.import_module(module)
    return getattr(found, name) if name else found


# -- the warm parent -------------------------------------------------------------------


def main(descriptor, modules):
    """Imports the modules, then forks a candidate for each pair of sockets, until the other end closes."""
    walls.enter()
    requests = socket.socket(fileno=descriptor)
    sys.stdin = open(os.devnull)
    for name in modules:
        with contextlib.suppress(ImportError), warnings.catch_warnings(action="ignore"):
            importlib.import_module(name)
    shell = make_shell()
    _warm_up(shell)
    # Nothing that a student writes may stand for a module: neither here, where it works, nor what a library looks for.
    sys.path[:] = [path for path in sys.path if path and not _writable(path)]
    sys.path_importer_cache.clear()
    gc.collect()
    gc.freeze()  # the children share these pages
    requests.send(READY)
    watch = Watch(walls.WALLS.get("memory", 0))
    while True:
        watch.until(requests)
        _, descriptors, _, _ = socket.recv_fds(requests, 100, 2)
        if len(descriptors) < 2:
            return watch.close()
        channel, control = (socket.socket(fileno=number) for number in descriptors)

        def life(channel=channel, control=control):
            for ours in (requests, control):
                ours.close()
            watch.forget()
            serve(channel, shell)

        try:
            with warnings.catch_warnings(action="ignore"):  # of threads at a fork: the libraries' own pools are idle
                process = walls.confine(life)
        except OSError:
            control.close()
        else:
            watch.begin(process, control)
        channel.close()  # where no candidate has it, the examiner is told so by that


def _writable(path):
    """Does a folder lie where a candidate has one of its own? What is shown of the machine is read only."""
    return bool(walls.WALLS["wall"]) and os.path.realpath(path) in (walls.FOLDER, "/dev/shm") or path == os.getcwd()


def _warm_up(shell):
    """What is loaded and prepared when it is asked for the first time, by every candidate anew if not here."""
    run_cell(shell, "def f(x):\n    return x\n\nprint(f(0))\nf(0)")
    run_cell(shell, "f(1, 2)")  # a traceback
    shell.reset()
    _reseed()
    if "torch" in sys.modules:
        _warm_up_torch()


def _reseed():
    """Numbers that nobody can foresee, in every candidate others."""
    random.seed()
    np.random.seed()  # noqa: NPY002 - students may draw from it
    if "torch" in sys.modules:
        sys.modules["torch"].seed()


def _warm_up_torch():
    """PyTorch takes seconds for its first steps."""
    import torch

    torch.set_num_threads(1)
    layer = torch.nn.Linear(2, 2, dtype=torch.float64)
    torch.optim.Adam(layer.parameters()).step(lambda: layer(torch.ones(1, 2, dtype=torch.float64)).sum())
    torch.autograd.gradcheck(layer, torch.ones(1, 2, dtype=torch.float64, requires_grad=True))


def serve(channel, shell):
    """A candidate's whole life."""
    _reseed()
    sys.stdout, sys.stderr = Stream("stdout"), Stream("stderr")
    os.chdir(walls.FOLDER)
    peer = Candidate(channel, shell)
    channel.sendall(READY)  # the walls stand
    with guard.limit(10**6):  # its alarms are set up once, for all limits within
        while True:
            peer.answer(peer.receive())


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
