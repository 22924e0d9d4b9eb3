# Uses numbers of handles that it was never given, gives up questions, and answers ones that wait.
# %% before
import gc

peer = next(x for x in gc.get_objects() if type(x).__name__ == "Candidate")
import struct

import msgpack


def send(message):
    data = msgpack.packb(message)
    peer.channel.settimeout(10)
    peer.channel.sendall(struct.pack(">I", len(data)) + data)
# %% square
def square(x):
    for number in range(-5, 400):
        send(["reply", number, True, 9.0, None, "", []])
        send(["call", 10**6 + number, None, number, [], {}])
        send(["reply", number])
        send([number, "reply"])
    return 0.0
# %% slope
def slope(f, x):
    send(["call", 77, None, f._handle.number, [1.0], {}])
    for number in range(400):
        send(["reply", number, True, 0.0, None, "", []])
    return 0.0
