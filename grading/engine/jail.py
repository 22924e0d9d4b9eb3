"""The sandbox of a candidate, from outside: how a warm parent is started behind its wall.

No network, nothing of the course in sight: bubblewrap, or, where it is not installed, the same made from Linux
namespaces, shows the libraries, read only, and nothing else. walls.py has what is done inside.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from grading.engine import seccomp

DEFAULTS = {"memory": 2_000, "disk": 64, "processes": 64}  # megabytes, megabytes, count
SETTINGS = "GRADING_JAIL"  # the environment variable in which the walls are described to the processes inside


class NoJail(Exception):
    """There is no sandbox on this machine. Its text says why and what to do."""


def wall() -> str:
    """Which outer wall this machine has: bubblewrap, namespaces, or "" for none."""
    if sys.platform != "linux" or not seccomp.supported():
        return ""
    if shutil.which("bwrap") and _works([*_bubblewrap(_shown()), sys.executable, "-c", ""]):
        return "bubblewrap"
    attempt = "from grading.engine import walls; walls.unshare(walls.NEWUSER)"
    return "namespaces" if _works([sys.executable, "-c", attempt]) else ""


def check() -> list[tuple[str, bool, str]]:
    """(what, is it there, what to do if not), for `course doctor`."""
    found = wall()
    return [
        ("sandbox", bool(found), "" if found else _no_wall()),
        ("bubblewrap", found == "bubblewrap", "Install it, it is the better wall: `apt install bubblewrap`."),
    ]


def _no_wall():
    if sys.platform != "linux" or not seccomp.supported():
        return ("Submissions run in a sandbox only, and this system has none that we know. Grade on Linux (WSL 2 on "
                "Windows, or a container), or say `--unsafe` when you trust every student.")
    return ("Install bubblewrap (`apt install bubblewrap`), and allow user namespaces "
            "(`sysctl kernel.unprivileged_userns_clone=1`, or `user.max_user_namespaces` above 0).")


def start(modules, limits=None, unsafe=False):
    """A warm parent: (its process, the socket through which it takes pairs of sockets). Raises NoJail."""
    found = "" if unsafe else wall()
    if not found and not unsafe:
        raise NoJail(_no_wall())
    ours, theirs = socket.socketpair()
    number = theirs.fileno()
    shown = _shown() if found else []
    inside = ["-m", "grading.engine.candidate", str(number), *modules]
    command = [sys.executable, *inside]
    if found == "bubblewrap":
        command = [*_bubblewrap(shown), sys.executable, *inside]
    walls = {**DEFAULTS, **(limits or {}), "wall": found, "shown": shown}
    process = subprocess.Popen(command, env=_environment(walls), pass_fds=[number], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, start_new_session=True)
    theirs.close()
    return process, ours


def _shown():
    """(path, path inside) of all that a candidate may read: Python, its libraries, the system's."""
    here = Path(__file__).resolve().parents[2]
    paths = ["/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime", "/etc/fonts",
             sys.prefix, sys.base_prefix, os.path.realpath(sys.executable)]
    paths += [p for p in sys.path if p.endswith(("site-packages", "dist-packages"))]
    paths += [os.path.realpath(path) for path in paths if os.path.islink(path)]
    pairs = []
    for path in paths:
        if os.path.exists(path) and not any(Path(path).is_relative_to(above) for above, _ in pairs):
            pairs.append((path, path))
    return pairs + [(str(here / name), f"/library/{name}") for name in ("nnlib", "grading")]


def _bubblewrap(shown):
    options = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
               "--die-with-parent", "--new-session", "--proc", "/proc", "--dev", "/dev", "--perms", "1777",
               "--tmpfs", "/tmp"]
    if os.geteuid() == 0:  # to become nobody, below
        options += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    made = {"/"}
    for path, inside in shown:
        for parent in reversed(Path(inside).parents):  # bubblewrap would make them for root alone
            if str(parent) not in made and str(parent) != "/tmp":
                made.add(str(parent))
                options += ["--perms", "0755", "--dir", str(parent)]
        link = os.path.islink(path)
        options += ["--symlink", os.readlink(path), inside] if link else ["--ro-bind", path, inside]
    return ["bwrap", *options, "--remount-ro", "/"]


def _environment(walls):
    kept = {name: os.environ[name] for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "TZ", "NNLIB_PATIENCE")
            if name in os.environ}
    return {**kept, "PATH": "/usr/bin:/bin", "HOME": "/tmp", "USER": "student", "LANG": "C.UTF-8",
            "PYTHONPATH": "/library" if walls["wall"] else str(Path(__file__).resolve().parents[2]),
            "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
            "MPLCONFIGDIR": "/tmp", "MPLBACKEND": "module://matplotlib_inline.backend_inline", "IPYTHONDIR": "/tmp",
            "NBGRADER_EXECUTION": "autograde", SETTINGS: json.dumps(walls)}


def _works(command):
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    try:
        return subprocess.run(command, capture_output=True, timeout=20, env=environment).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
