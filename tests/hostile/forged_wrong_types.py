# Forges replies to the examiner of wrong types: texts, numbers, nothing at all, halves of lists.
# spoils: slope
# %% before
import gc

peer = next(x for x in gc.get_objects() if type(x).__name__ == "Candidate")
serve = peer.serve


def forged(kind, seconds, *parts):
    if kind == "lines" or kind == "calls" and next(turns):
        return next(answers)
    return serve(kind, seconds, *parts)


peer.serve = forged
peer.called = lambda function, call, seconds: next(answers)
turns = iter([True, False, False] * 400)  # in place of all answers, or as one of them
answers = iter([5, "yes", None, [], [True], [False], [False, 5], [True, 1.0, 5, 5, 5], [None, None], {}, b"", [True] * 100] * 100)

# %% square
def square(x):
    return 0.0
# %% scale
def scale(X):
    return 0.0
