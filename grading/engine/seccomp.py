"""Which calls of the operating system a candidate may make: a filter that the kernel runs (seccomp).

Refused is what no notebook needs and with which a wall could be climbed: namespaces and mounts of one's own, memory
that no process seems to hold, tracing, keys, rings, sockets to anywhere. The numbers are those of the kernel's tables.
"""

import ctypes
import platform
import struct

TABLES = {  # machine -> (the kernel's name for it, number of clone, clone3, socket, mmap, [numbers that are refused])
    "x86_64": (0xC000003E, 56, 435, 41, 9, [
        272, 308, 165, 166, 155, 161, 428, 429, 430, 431, 432, 433, 442,  # unshare, setns, mounts, roots
        319, 447, 29, 30, 64, 68, 240,  # memfd_create, memfd_secret, shared memory, semaphores, queues
        101, 310, 311, 312, 438, 303, 304,  # ptrace, process_vm_*, kcmp, pidfd_getfd, handles of files
        321, 298, 323, 425, 426, 427, 248, 249, 250, 300,  # bpf, perf, userfaultfd, io_uring, keys, fanotify
        27, 187, 221, 327, 328, 451,  # mincore, readahead, fadvise, preadv2, pwritev2, cachestat: what is cached
    ]),
    "aarch64": (0xC00000B7, 220, 435, 198, 222, [
        97, 268, 40, 39, 41, 51, 428, 429, 430, 431, 432, 433, 442,
        279, 447, 194, 196, 190, 186, 180,
        117, 270, 271, 272, 438, 264, 265,
        280, 241, 282, 425, 426, 427, 217, 218, 219, 262,
        232, 213, 223, 286, 287, 451,
    ]),
}
NEW_NAMESPACES = 0x7E020080  # of the flags of clone
SHARED_ANONYMOUS = 0x21  # of the flags of mmap: memory that is charged to nobody while nobody looks at it
UNIX = 1  # the only family of sockets: between processes of one's own

LOAD, EQUAL, AT_LEAST, AND, RETURN = 0x20, 0x15, 0x35, 0x54, 0x06  # of the kernel's little machine
ALLOW, REFUSE, UNKNOWN, KILL = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000  # refuse: EPERM; unknown: ENOSYS
NUMBER, MACHINE, ARGUMENTS = 0, 4, 16  # where they stand in what the filter sees


def supported() -> bool:
    return platform.machine() in TABLES


def clone() -> int:
    """The number of the call that makes a new process."""
    return TABLES[platform.machine()][1]


def program() -> bytes:
    """The filter. Each step: (what to do, steps to jump when true, when false, a number)."""
    machine, clone, clone3, socket, mmap, refused = TABLES[platform.machine()]
    steps = [(LOAD, 0, 0, MACHINE), (EQUAL, 1, 0, machine), (RETURN, 0, 0, KILL), (LOAD, 0, 0, NUMBER)]
    if machine == 0xC000003E:  # the second table of numbers that this machine has, for 32-bit pointers
        steps += [(AT_LEAST, 0, 1, 0x40000000), (RETURN, 0, 0, REFUSE)]
    for number in refused:
        steps += [(EQUAL, 0, 1, number), (RETURN, 0, 0, REFUSE)]
    steps += [(EQUAL, 0, 1, clone3), (RETURN, 0, 0, UNKNOWN)]  # its flags stand where we cannot look: clone is next
    steps += [(EQUAL, 0, 4, clone), (LOAD, 0, 0, ARGUMENTS), (AND, 0, 0, NEW_NAMESPACES),
              (EQUAL, 1, 0, 0), (RETURN, 0, 0, REFUSE), (LOAD, 0, 0, NUMBER)]
    steps += [(EQUAL, 0, 3, socket), (LOAD, 0, 0, ARGUMENTS), (EQUAL, 1, 0, UNIX), (RETURN, 0, 0, REFUSE),
              (LOAD, 0, 0, NUMBER)]
    steps += [(EQUAL, 0, 4, mmap), (LOAD, 0, 0, ARGUMENTS + 3 * 8), (AND, 0, 0, SHARED_ANONYMOUS),
              (EQUAL, 0, 1, SHARED_ANONYMOUS), (RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def install(libc):
    """From here on the filter holds, for this process and all that it starts; nothing lifts it. Raises OSError."""
    steps = program()
    filled = ctypes.create_string_buffer(steps, len(steps))
    described = ctypes.create_string_buffer(struct.pack("@HP", len(steps) // 8, ctypes.addressof(filled)))
    if libc.prctl(22, 2, ctypes.byref(described), 0, 0) != 0:  # PR_SET_SECCOMP, by a filter
        raise OSError(ctypes.get_errno(), "seccomp")
