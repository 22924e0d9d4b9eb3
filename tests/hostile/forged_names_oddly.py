# Forges the reply that brings the student's names: no dict, an error's, keys that collide.
# spoils: scale slope power
# %% before
import gc

peer = next(x for x in gc.get_objects() if type(x).__name__ == "Candidate")
serve, turn = peer.serve, 0
LIES = [[True, 5], [False, {"types": []}], [True, [1, 2]], [True, {1: 2}], [True, {k * (2**61 - 1): 0 for k in range(1, 8)}]]


def forged(kind, seconds, *parts):
    global turn
    if kind == "names":
        turn += 1
        return LIES[turn % len(LIES)]
    return serve(kind, seconds, *parts)


peer.serve = forged
# %% square
def square(x):
    return 0.0
