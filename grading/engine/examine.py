"""Examine one submission: a function with no other effect, which anything can call that runs functions far away.

    examine(job) -> Result

Behind it stand processes that do not trust each other (examiner.py, candidate.py). Each thread that calls keeps an
examiner of its own warm.
"""

import atexit
import os
import select
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgpack

from grading.engine.result import Result
from grading.errors import CourseError

SUBMISSION_SECONDS = 900  # by the clock: whatever happens, an examination ends

_mine = threading.local()


def examine(job, unsafe: bool = False) -> Result:
    """The verdicts on one submission. Raises CourseError where there is no sandbox, RuntimeError where the examiner
    itself fails."""
    examiner = getattr(_mine, "examiner", None)
    if examiner is None or examiner.poll() is not None:
        examiner = _mine.examiner = _start()
    message = msgpack.packb({
        "master": job.master, "submitted": job.submitted, "limits": dict(job.limits), "unsafe": unsafe})
    try:
        examiner.stdin.write(struct.pack(">I", len(message)) + message)
        examiner.stdin.flush()
        deadline = time.monotonic() + dict(job.limits).get("submission_seconds", SUBMISSION_SECONDS)
        length = struct.unpack(">I", _read(examiner, 4, deadline))
        reply = msgpack.unpackb(_read(examiner, *length, deadline), unicode_errors="surrogatepass")
    except (OSError, EOFError, ValueError) as error:
        _stop(examiner)
        raise RuntimeError(f"the examiner stopped ({error or type(error).__name__})") from None
    except TimeoutError:
        _stop(examiner)
        return Result(trouble="the submission took longer than all its limits together: look at it by hand")
    if "result" in reply:
        return Result.of_plain(reply["result"])
    if reply.get("jail"):
        raise CourseError(reply["jail"])
    raise RuntimeError(reply["error"])


def _start():
    here = str(Path(__file__).resolve().parents[2])
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "NBGRADER", "DATABASE"))}
    environment = {**kept, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
                   "PYTHONPATH": os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))}
    examiner = subprocess.Popen([sys.executable, "-m", "grading.engine.examiner"], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, env=environment)
    atexit.register(_stop, examiner)
    return examiner


def _read(examiner, count, deadline):
    data = bytearray()
    while len(data) < count:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([examiner.stdout], [], [], left)[0]:
            raise TimeoutError
        piece = os.read(examiner.stdout.fileno(), count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)


def _stop(examiner):
    examiner.kill()
    examiner.wait()
    for pipe in (examiner.stdin, examiner.stdout):
        pipe.close()
