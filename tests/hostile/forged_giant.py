# Announces a message of four gigabytes, and sends one that unfolds into as many.
# slow: yes
# %% before
import gc

peer = next(x for x in gc.get_objects() if type(x).__name__ == "Candidate")
import struct
# %% square
def square(x):
    peer.channel.sendall(struct.pack(">I", 2**32 - 1))
    return 9.0
# %% scale
def scale(X):
    bomb = b"\xdd\x01\xe0\x00\x00" + b"\x90" * 31_457_280
    peer.channel.settimeout(20)
    peer.channel.sendall(struct.pack(">I", len(bomb)) + bomb)
    return X
# %% slope
def slope(f, x):
    bomb = b"\x91" * 3_000_000
    peer.channel.settimeout(20)
    peer.channel.sendall(struct.pack(">I", len(bomb)) + bomb)
    return 0.0
