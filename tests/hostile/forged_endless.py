# Answers the examiner with an endless stream of replies to questions that nobody asked.
# slow: yes
# %% before
import gc

peer = next(x for x in gc.get_objects() if type(x).__name__ == "Candidate")
import struct

import msgpack
# %% square
def square(x):
    stale = msgpack.packb(["reply", 10**9, True, 9.0])
    other = msgpack.packb(["text", 1, None, 1])
    data = (struct.pack(">I", len(stale)) + stale + struct.pack(">I", len(other)) + other) * 1000
    while True:
        peer.channel.setblocking(True)
        peer.channel.sendall(data)
