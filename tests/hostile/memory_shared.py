# Takes memory that no process seems to hold: shared mappings, memfd, System V, a mount of its own.
# never: GOT
# %% before
import ctypes
import mmap
import os

libc = ctypes.CDLL(None, use_errno=True)
for attempt in (
    lambda: mmap.mmap(-1, 10**9),
    lambda: mmap.mmap(os.open("/dev/zero", os.O_RDWR), 10**8),
    lambda: os.ftruncate(os.memfd_create("m"), 10**9),
    lambda: 1 / (libc.shmget(0, 10**9, 0o1600) + 1),
    lambda: 1 / (libc.unshare(0x10020000) + 1),
    lambda: 1 / (libc.mount(b"none", b"/tmp", b"tmpfs", 0, b"size=1g") + 1),
    lambda: 1 / (libc.syscall(56, 0x10000011, 0, 0, 0, 0) + 1),
):
    try:
        print("GOT", attempt())
    except Exception as error:
        print(type(error).__name__)
# %% square
def square(x):
    return 0.0
