# Forges what is told of an exception: time limits, classes that end the examiner, frames of other files.
# spoils: slope
# %% before
import gc

peer = next(x for x in gc.get_objects() if type(x).__name__ == "Candidate")
serve = peer.serve


def forged(kind, seconds, *parts):
    if kind == "lines" or kind == "calls" and next(turns):
        return [False, dict(next(lies)), None, '', []]
    return serve(kind, seconds, *parts)


peer.serve = forged
peer.called = lambda function, call, seconds: [False, dict(next(lies)), None, '', []]
from itertools import cycle

turns = cycle([True, False, False])  # in place of all answers, or as one of them
kinds = ["builtins.KeyboardInterrupt", "builtins.SystemExit", "builtins.BaseException", "builtins.GeneratorExit", "builtins.__import__",
         "builtins.print", "nnlib.check.guard.TimeLimit", "grading.engine.peer.Abandoned", "builtins.BaseExceptionGroup", "nnlib.check.AuthorError"]
lies = cycle([{"types": [kind], "args": [5, "x"], "text": "\x1b[31m", "frames": [["<script>", 1, "\x1b[0m"]] * 1000, "file": "<test>",
               "name": "abs", "number": float("nan")} for kind in kinds] + [{"types": 5, "args": 5, "frames": 5}, {}])

# %% square
def square(x):
    return 0.0
# %% scale
def scale(X):
    return 0.0
