# Forges the outputs of its cells: bytes, arrays, not a number, gigabytes, kinds that do not exist.
# %% before
import gc

peer = next(x for x in gc.get_objects() if type(x).__name__ == "Candidate")
import numpy as np

serve, turn = peer.serve, 0
LIES = [5, [[], {}], [None, None], [[1, "x", b"y", np.ones(3), {"output_type": []}], ["x"]], [[{"output_type": "stream", "name": "stdout",
        "text": "x" * 25_000_000}], []], [[{"output_type": "execute_result", "data": {"text/plain": float("nan")}, "metadata": {},
        "execution_count": None}], [["unhashable"], "t", "np", "check"]], [[{"output_type": "stream", "name": "evil",
        "text": "\ud800"}, {"output_type": "error", "ename": "\x1b[31m<script>", "evalue": "\ud800", "traceback": [5]}] * 5000, []]]


def forged(kind, seconds, *parts):
    global turn
    reply = serve(kind, seconds, *parts)
    if kind == "cell":
        turn += 1
        return [True, LIES[turn % len(LIES)]]
    return reply


peer.serve = forged
# %% square
def square(x):
    return 0.0
# %% after
1
# %% after
2
# %% after
3
