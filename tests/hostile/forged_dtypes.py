# Sends arrays of objects, of records, of dates, with shapes that overflow, are negative or fit no bytes.
# %% before
import gc

peer = next(x for x in gc.get_objects() if type(x).__name__ == "Candidate")
import struct

import msgpack
import numpy as np

number = 0
LIES = [["|O", [1], b"12345678"], ["|V8", [1], b"12345678"], ["<M8[s]", [1], b"12345678"], ["<f8", [2**62, 4], b"12345678"],
        ["<f8", [-1], b"12345678"], ["<f8", [-1, -1], b"12345678"], ["<f8", [1.0], b"12345678"], ["<f8", [True], b"12345678"],
        ["<f8", "1", b"12345678"], ["<f8", [1] * 100, b"12345678"], ["f8,f8", [1], b"1" * 16], ["<f16", [1], b"\xff" * 16],
        ["|b1", [1], b"\x02"], ["<U4", [1], b"1" * 16], ["numpy", [1], b""], [["<f8"], [1], b"12345678"]]
pack = peer.send


def send(message, *rest):
    global number
    if message[0] == "reply" and len(message) == 7 and message[3] == "lie":
        lie = LIES[number % len(LIES)]
        number += 1
        data = msgpack.packb(["reply", message[1], True, msgpack.ExtType(6, msgpack.packb(lie)), None, "", []])
        peer.channel.sendall(struct.pack(">I", len(data)) + data)
        return
    pack(message, *rest)


peer.send = send
# %% square
def square(x):
    return "lie"
# %% scale
def scale(X):
    return "lie"
# %% slope
def slope(f, x):
    return "lie"
