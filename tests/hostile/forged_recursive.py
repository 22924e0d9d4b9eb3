# Sends lists that hold themselves, extensions a thousand deep, and handles of handles.
# slow: yes
# %% before
import gc

peer = next(x for x in gc.get_objects() if type(x).__name__ == "Candidate")
import struct

import msgpack


def send(data):
    peer.channel.settimeout(20)
    peer.channel.sendall(struct.pack(">I", len(data)) + data)
# %% square
def square(x):
    data = msgpack.packb(1)
    for _ in range(1000):
        data = msgpack.packb(msgpack.ExtType(1, data))
    send(msgpack.packb(["reply", 1, True]) [:-1] + data)
    loop = []
    loop.append(loop)
    return loop
# %% scale
def scale(X):
    deep = X
    for _ in range(200):
        deep = (deep, deep)
    return deep
