"""The sandbox of a candidate, from inside: its two walls.

The outer wall stands around the warm parent and its candidates. In it, each candidate is walled off from the
others: namespaces of its own, an empty folder in memory, no capability, limits on memory, processes, files and time.
watch.py has who ends it.
"""

import contextlib
import ctypes
import json
import os
import platform
import resource
import signal
import sys
import threading
from pathlib import Path

from grading.engine import seccomp
from grading.engine.jail import SETTINGS

FOLDER = "/tmp"  # where a candidate works: empty, in memory, its own
NOBODY = 65534
FILES = 20_000  # that it may make: each takes memory of the kernel's

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
RDONLY, NOSUID, NODEV, REMOUNT, BIND, MOVE, REC, PRIVATE = 1, 2, 4, 32, 4096, 8192, 16384, 1 << 18
LOCKED = NOSUID | NODEV | 8 | 1024 | 2048  # flags of a mount that must stay: also no programs, no times of access
PDEATHSIG, DUMPABLE, CAPBSET_DROP, NO_NEW_PRIVS, TID_ADDRESS = 1, 4, 24, 38, 40
CHILD_SETTID, CHILD_CLEARTID = 0x1000000, 0x200000

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_python = ctypes.PyDLL(None, use_errno=True) if sys.platform == "linux" else None  # holds Python's lock, as fork() does


WALLS = json.loads(os.environ.pop(SETTINGS, '{"wall": ""}'))  # taken away: it tells of the instructor's folders


def enter():
    """The warm parent's first step: what bubblewrap has not done. Afterwards it is nobody."""
    walls = WALLS
    if not walls["wall"]:
        return
    if walls["wall"] == "namespaces":
        unshare(NEWUSER if os.geteuid() else 0, NEWNS, NEWNET, NEWIPC, NEWUTS)
        _new_root(walls["shown"])
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    _prctl(NO_NEW_PRIVS, 1)
    _prctl(DUMPABLE, 0)  # a candidate may neither read nor trace it


def _new_root(shown):
    """A file system with only the paths to be shown, read only; then everything else is out of reach."""
    root = "/tmp"
    _mount("none", "/", None, PRIVATE | REC)
    held = {path: os.open(path, os.O_PATH) for path, _ in shown if not os.path.islink(path)}  # some may lie in /tmp
    links = {path: os.readlink(path) for path, _ in shown if os.path.islink(path)}
    _mount("tmpfs", root, "tmpfs", NOSUID | NODEV, "mode=755")
    for folder in ("tmp", "dev/shm"):
        Path(root, folder).mkdir(parents=True, exist_ok=True)
        _mount("tmpfs", f"{root}/{folder}", "tmpfs", NOSUID | NODEV, "mode=1777,size=64m")
    devices = [f"/dev/{name}" for name in ("null", "zero", "random", "urandom")]
    for path, inside in [*shown, *((path, path) for path in ("/proc", *devices))]:
        target = Path(root + inside)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path in links:
            target.symlink_to(links[path])
            continue
        source = f"/proc/self/fd/{held[path]}" if path in held else path
        target.mkdir(exist_ok=True) if os.path.isdir(source) else target.touch()
        _mount(source, str(target), None, BIND | REC)
        if not path.startswith(("/proc", "/dev")):  # in /proc the maps of users are written; no candidate sees it
            kept = os.statvfs(target).f_flag & LOCKED
            _mount("none", str(target), None, BIND | REMOUNT | RDONLY | NOSUID | kept)
    for number in held.values():
        os.close(number)
    os.chdir(root)
    _mount("none", root, None, BIND | REMOUNT | RDONLY | NOSUID | NODEV)
    _mount(root, "/", None, MOVE)
    os.chroot(".")
    os.chdir("/")


# -- the inner wall, around one candidate ----------------------------------------------


def confine(life):
    """Starts a candidate behind the inner wall: the number of its process. Its whole life is the function."""
    user, group = os.geteuid(), os.getegid()
    candidate = _clone(NEWUSER, NEWNS, NEWPID, NEWIPC, NEWUTS) if WALLS["wall"] else os.fork()
    if candidate:
        return candidate
    code = 1
    try:
        os.setsid()  # what it sends to its group reaches nobody else
        _be_silent()
        if WALLS["wall"]:
            _prctl(PDEATHSIG, signal.SIGKILL)
            _prctl(DUMPABLE, 1)  # or the maps of users could not be written
            _stay(user, group)
            _shut_in(WALLS)
        life()
        code = 0
    except BaseException as error:  # whatever happens, nothing of this process may run on
        with contextlib.suppress(Exception):
            if not isinstance(error, Exception) or "Gone" not in type(error).__name__:
                os.write(2, f"candidate: {type(error).__name__}: {error}\n"[:500].encode())
    finally:
        os._exit(code)


def _be_silent():
    """What a candidate writes past Python's own streams would reach the instructor's terminal."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)


def _shut_in(walls):
    memory = walls["memory"] * 2**20 + int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    _mount("none", "/", None, PRIVATE | REC)
    for folder in ("/tmp", "/dev/shm"):
        below = {inside: os.open(inside, os.O_PATH) for _, inside in walls["shown"] if inside.startswith(folder + "/")}
        with contextlib.suppress(FileNotFoundError):
            _mount("tmpfs", folder, "tmpfs", NOSUID | NODEV, f"size={walls['disk']}m,nr_inodes={FILES},mode=1777")
        for inside, held in below.items():  # a course in /tmp keeps its libraries in sight, read only as they were
            os.makedirs(os.path.dirname(inside), exist_ok=True)
            Path(inside).mkdir() if os.path.isdir(f"/proc/self/fd/{held}") else Path(inside).touch()
            _mount(f"/proc/self/fd/{held}", inside, None, BIND)
            os.close(held)
    _mount("/dev/null", "/dev/zero", None, BIND)  # mapped, it would be memory that nobody is seen to hold
    _mount("tmpfs", "/proc", "tmpfs", NOSUID | NODEV | RDONLY, "size=4k")  # other processes are not to be seen
    for number in range(64):
        if _libc.prctl(CAPBSET_DROP, number, 0, 0, 0) != 0:
            break
    _drop_capabilities()
    for limit, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, walls["disk"] * 2**20),
                        (resource.RLIMIT_NPROC, walls["processes"]), (resource.RLIMIT_NOFILE, 256),
                        (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(limit, (most, most))
    _prctl(DUMPABLE, 0)
    seccomp.install(_libc)


# -- system calls ----------------------------------------------------------------------


def unshare(*flags):
    """Enter new namespaces; in a new one of users, stay who one is."""
    user, group = os.geteuid(), os.getegid()
    _called("unshare", _libc.unshare(sum(flags)))
    if NEWUSER in flags:
        _stay(user, group)


def _stay(user, group):
    """In a new namespace of users, be who one was."""
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def _clone(*flags):
    """os.fork(), but the new process begins in new namespaces: of its own namespace of processes it is the first.

    No other thread may be at work. Like fork() of the C library, which takes no such wish, it has the kernel write the
    new number of the thread to where that library keeps it: or locks would be taken for those of another thread.
    """
    about, place = sum(flags) | signal.SIGCHLD, ctypes.c_void_p()
    _libc.prctl(TID_ADDRESS, ctypes.byref(place), 0, 0, 0)
    if place and ctypes.c_int.from_address(place.value).value == threading.get_native_id():  # not so in every library
        about |= CHILD_SETTID | CHILD_CLEARTID
    last = [None, place] if platform.machine() == "aarch64" else [place, None]  # in which order, depends on the machine
    _python.PyOS_BeforeFork()
    process = _python.syscall(seccomp.clone(), ctypes.c_ulong(about), None, None, *last)
    number = ctypes.get_errno()
    (_python.PyOS_AfterFork_Parent if process else _python.PyOS_AfterFork_Child)()
    if process < 0:
        raise OSError(number, f"clone: {os.strerror(number)}")
    return process


def _mount(source, target, kind, flags, options=None):
    encoded = [x.encode() if x is not None else None for x in (source, target, kind)]
    _called(f"mount of {target}", _libc.mount(*encoded, ctypes.c_ulong(flags), options and options.encode()))


def _prctl(option, value):
    _called(f"prctl {option}", _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0))


def _drop_capabilities():
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _called("capset", _libc.capset(header, (ctypes.c_uint32 * 6)()))


def _called(what, result):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
