# Answers calls that were asked for together: none of them, too many, twice the first, in no order, of bytes that are none.
# spoils: slope
# %% before
import gc
from itertools import cycle

peer = next(x for x in gc.get_objects() if type(x).__name__ == "Candidate")
import msgpack

from grading.engine.wire import Apart

serve, turns = peer.serve, cycle(range(14))


def one(value, changed=None):
    return Apart(msgpack.packb([True, value, changed, "", []]))


def forged(kind, seconds, *parts):
    if kind != "calls":
        return serve(kind, seconds, *parts)
    right, n = one(9.0), len(parts[1])
    lies = [[], [right] * (n + 1), [right] * 10**5, [one(x) for x in range(n)][::-1], right, None, [9.0] * n, [[True, 9.0, None, "", []]] * n,
            [Apart(b"")] * n, [Apart(b"\xc1" * 100)] * n, [Apart(msgpack.packb(msgpack.ExtType(17, right.data)))] * n,
            [one(0.0, [[[9.0] * 10**6] * 2, {}])] * n, [one(0.0, 5)] * n, [Apart(msgpack.packb([True] * 10**6))] * n]
    return [True, lies[next(turns)]]


peer.serve = forged

# %% square
def square(x):
    return 0.0
# %% scale
def scale(X):
    return 0.0
