"""The process that holds the tests. It never runs a student's line.

    python -m grading.engine.examiner

reads jobs from its input and writes results to its output, one after the other, until its input closes. A test
cell runs here, unchanged (examination.py). A name that the student defined resolves to a stand-in, which has the
student's own process, the candidate, compute. What comes back is plain data, checked in unpack.py.
"""

import contextlib
import gc
import importlib
import json
import os
import resource
import struct
import sys
import traceback
from functools import lru_cache
from pathlib import Path

import msgpack
import nbformat

from grading.engine.code import modules_of
from grading.engine.examination import Examination
from grading.engine.jail import NoJail
from grading.engine.warm import Warm
from nnlib.check import guard

MOST_MEMORY = 6 * 2**30  # bytes that an examiner may take


@lru_cache(4)
def _read(master):
    return nbformat.reads(master.decode(), as_version=4)


def main():
    """Serves jobs, until there are no more."""
    with contextlib.suppress(OSError, ValueError):  # whatever a reply may unfold into
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a stray print may not stand among the answers
    jobs, warm = sys.stdin.buffer, {}
    while len(head := jobs.read(4)) == 4:
        job = msgpack.unpackb(jobs.read(*struct.unpack(">I", head)))
        try:
            master = _read(job["master"])
            key = (modules_of(master), json.dumps(job["limits"], sort_keys=True), job["unsafe"])
            for name in key[0]:  # the gate asks what their classes do
                with contextlib.suppress(ImportError):
                    importlib.import_module(name)
            if key not in warm or not warm[key].alive():
                warm[key] = Warm(key[0], job["limits"], job["unsafe"])
                gc.collect()
                gc.freeze()  # what is here now stays, and need not be looked through again and again
            examination = Examination(master, job["submitted"], job["limits"], warm[key])
            with guard.no_stderr():  # once for all its tests
                reply = {"result": examination.result().plain()}
        except Exception as error:
            *_, where = traceback.extract_tb(error.__traceback__)
            reply = {"error": f"{type(error).__name__}: {error} ({Path(where.filename).name}, line {where.lineno})",
                     "jail": str(error) if isinstance(error, NoJail) else ""}
        data = msgpack.packb(reply, unicode_errors="surrogatepass")
        answers.write(struct.pack(">I", len(data)) + data)
        answers.flush()


if __name__ == "__main__":
    main()
