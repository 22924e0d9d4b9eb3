"""The sandbox of a candidate, from inside: two walls, and a guard.

The outer wall stands around the warm parent and its candidates. In it, each candidate is walled off from the
others: namespaces of its own, an empty folder in memory, no capability, limits on memory, processes, files and time.
A guard outside the inner wall ends it, with everything that it has started, when it takes too much memory or when
the examiner lets go.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import resource
import select
import signal
import sys
from pathlib import Path

from grading.engine import seccomp
from grading.engine.jail import SETTINGS

FOLDER = "/tmp"  # where a candidate works: empty, in memory, its own
NOBODY = 65534
FILES = 20_000  # that it may make: each takes memory of the kernel's

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
RDONLY, NOSUID, NODEV, REMOUNT, BIND, MOVE, REC, PRIVATE = 1, 2, 4, 32, 4096, 8192, 16384, 1 << 18
LOCKED = NOSUID | NODEV | 8 | 1024 | 2048  # flags of a mount that must stay: also no programs, no times of access
PDEATHSIG, DUMPABLE, CAPBSET_DROP, NO_NEW_PRIVS = 1, 4, 24, 38

STATUS = re.compile(rb"^(?:PPid|RssAnon|RssShmem):\s*(\d+)", re.M)

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


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


def confine(control, life):
    """Never returns: this process becomes the guard of a new one, whose life is the function."""
    walls, code = WALLS, 1
    try:
        if walls["wall"]:
            _prctl(DUMPABLE, 1)  # or the maps of users could not be written
            unshare(NEWUSER, NEWNS, NEWPID, NEWIPC, NEWUTS)
        candidate = os.fork()
        if candidate == 0:
            control.close()
            _be_silent()
            if walls["wall"]:
                _prctl(PDEATHSIG, signal.SIGKILL)
                _shut_in(walls)
            life()
            code = 0
        else:
            _guard(candidate, control, walls)
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
    unshare(NEWNS)
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


def _guard(candidate, control, walls):
    """Waits until the candidate dies, takes too much memory, or the examiner lets go; tells why it died."""
    watch = select.poll()
    watch.register(control, select.POLLIN | select.POLLHUP)
    if hasattr(os, "pidfd_open"):
        watch.register(os.pidfd_open(candidate), select.POLLIN)
    least, reason = private_memory(candidate), ""
    while True:
        let_go = any(number == control.fileno() for number, _ in watch.poll(200))
        done, status = os.waitpid(candidate, os.WNOHANG)
        if done:
            break
        if private_memory(candidate) - least > walls["memory"]:
            reason = "memory"
        if let_go or reason:
            os.kill(candidate, signal.SIGKILL)  # and with it, in its namespace, all that it has started
            _, status = os.waitpid(candidate, 0)
            break
    with contextlib.suppress(OSError):
        control.send(json.dumps({"code": os.waitstatus_to_exitcode(status), "reason": reason}).encode())


def private_memory(root):
    """Megabytes of memory that a process and its descendants hold, and that no file on a disk does."""
    parents, sizes = {}, {}
    for entry in os.listdir("/proc") if os.path.isdir("/proc") else []:
        with contextlib.suppress(OSError, ValueError):  # it may have ended, or be ending and hold nothing any more
            if entry.isdigit():
                with open(f"/proc/{entry}/status", "rb") as status:
                    parent, *held = STATUS.findall(status.read())
                parents[int(entry)] = int(parent)
                sizes[int(entry)] = sum(map(int, held)) // 1024
    family, found = {root}, True
    while found:
        found = {pid for pid, parent in parents.items() if parent in family} - family
        family |= found
    return sum(sizes.get(pid, 0) for pid in family)


# -- system calls ----------------------------------------------------------------------


def unshare(*flags):
    """Enter new namespaces; in a new one of users, stay who one is."""
    user, group = os.geteuid(), os.getegid()
    _called("unshare", _libc.unshare(sum(flags)))
    if NEWUSER in flags:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


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
