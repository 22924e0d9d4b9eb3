# Sends arrays of objects, of records, of dates, with shapes that overflow, are negative or fit no bytes.
# %% before
import gc

peer = next(x for x in gc.get_objects() if type(x).__name__ == "Candidate")
import msgpack

number = 0
SHAPES = ["|O 1", "|V8 1", "<M8[s] 1", "<f8 4611686018427387904 4", "<f8 2305843009213693952 8", "<f8 -1", "<f8 -1 -1", "<f8 1.0", "<f8 True",
          "<f8 0 99999999999999", "<f8" + " 1" * 100, "f8,f8 1", "<f16 1", "|b1 8", "<U4 1", "numpy 1", "<f8 1_0", "", "<f8 1\n"]
LIES = [line.encode() + b"\n" + b"\x0212345\xff\xff" for line in SHAPES] + [b"", b"<f8 1", msgpack.packb(["<f8", [1], b"12345678"])]
pack = peer.packed


def packed(reply):
    global number
    if reply[1] == "lie":
        number += 1
        lie = msgpack.ExtType(6 + number % 2, LIES[number // 2 % len(LIES)])
        return msgpack.packb([True, lie, None, "", []])
    return pack(reply)


peer.packed = packed
# %% square
def square(x):
    return "lie"
# %% scale
def scale(X):
    return "lie"
# %% slope
def slope(f, x):
    return "lie"
