"""Doctor: what is missing on this machine, or in the course (`course_doctor`), and how to get it.

Looks and changes nothing.  A finding is "ok", "advice" (grading works without it) or "missing" (without it,
grading would not run, would not be safe, or would go wrong).
"""

import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GIB = 2**30
OK, ADVICE, MISSING = "ok", "advice", "missing"


@dataclass
class Finding:
    """One line of the report: what was looked at, how it stands, and what to know or to do."""

    what: str
    state: str
    says: str = ""


def examine(root: Path) -> Iterator[Finding]:
    """Every finding about this machine and the course in a folder.  Never raises: what goes wrong is a finding."""
    for look in (python, packages, dask, alembic, sandbox, namespaces, memory, disk, clock, browser, fonts):
        yield from _guarded(look)
    from grading.course_doctor import course  # it loads nbgrader, which may be what is missing

    yield from _guarded(course, root)


def _guarded(look: Callable[..., Iterator[Finding]], *words) -> Iterator[Finding]:
    try:
        yield from look(*words)
    except Exception as error:  # the doctor must come to the end
        says = (str(error).splitlines() or [""])[0]
        yield Finding(look.__name__, MISSING, f"could not be looked at: {type(error).__name__}: {says}")


def python() -> Iterator[Finding]:
    yield Finding("Python", OK, f"{platform.python_version()} in {sys.prefix}")  # too old a one is refused on import


def packages() -> Iterator[Finding]:
    """What the extra `grading` asks for is there, in the versions that the tests ran with."""
    from packaging.requirements import Requirement

    wanted, pinned = _wanted(), _pinned()
    absent, other = [], []
    for text in wanted:
        requirement = Requirement(text)
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            absent.append(requirement.name)
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            absent.append(f"{requirement.name} {requirement.specifier} (here: {version})")
        elif pinned.get(_plain(requirement.name), version) != version.partition("+")[0]:
            other.append(f"{requirement.name} {version} (tested: {pinned[_plain(requirement.name)]})")
    install = "pip install -c constraints.txt -e '.[grading]'"
    if absent:
        yield Finding("packages", MISSING, f"{', '.join(absent)}: `{install}`")
    elif other:
        yield Finding("packages", ADVICE, f"other versions than tested: {', '.join(other)}; to get those: `{install}`")
    else:
        yield Finding("packages", OK, f"{len(wanted)} packages" + ", in the versions tested" * bool(pinned))


def _wanted() -> list[str]:
    if (ROOT / "pyproject.toml").is_file():
        import tomllib

        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        return project["dependencies"] + project["optional-dependencies"]["grading"]
    asked = metadata.requires("nnlib") or []
    return [text.partition(";")[0].strip() for text in asked if "extra ==" not in text or "'grading'" in text]


def _pinned() -> dict[str, str]:
    file = ROOT / "constraints.txt"
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return {_plain(name): version for name, _, version in (line.partition("==") for line in lines) if version}


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def dask() -> Iterator[Finding]:
    try:
        yield Finding("dask", OK, f"distributed {metadata.version('distributed')}")
    except metadata.PackageNotFoundError:
        yield Finding("dask", ADVICE, "only `course grade --scheduler` needs it: `pip install -e '.[dask]'`")


def alembic() -> Iterator[Finding]:
    """nbgrader starts `alembic` as a program when it makes or upgrades a gradebook."""
    beside = Path(sys.executable).with_name("alembic.exe" if os.name == "nt" else "alembic")
    if beside.is_file() or shutil.which("alembic"):
        yield Finding("alembic", OK)
    else:
        yield Finding("alembic", MISSING, "nbgrader cannot make a gradebook without it: `pip install alembic`")


def sandbox() -> Iterator[Finding]:
    """Submissions run behind a wall; the walls are jail's."""
    from grading.engine import jail

    found = {what: (there, advice) for what, there, advice in jail.check()}
    there, advice = found.pop("sandbox")
    yield Finding("sandbox", OK, jail.wall()) if there else Finding("sandbox", MISSING, advice)
    for what, (there, advice) in found.items():
        yield Finding(what, OK) if there else Finding(what, ADVICE, advice)


def namespaces() -> Iterator[Finding]:
    if sys.platform != "linux":
        return
    from grading.engine import jail

    if jail.wall() == "namespaces" or shutil.which("unshare") and _runs("unshare", "--user", "--net", "true"):
        yield Finding("user namespaces", OK)
    else:
        yield Finding("user namespaces", ADVICE, "without them only bubblewrap can be the wall: "
                      "`sysctl kernel.unprivileged_userns_clone=1` or `user.max_user_namespaces` above 0, as root; "
                      "in Docker a seccomp profile that allows unshare")


def memory() -> Iterator[Finding]:
    workers = os.cpu_count() or 1
    free = _free_memory()
    if free is None:
        return
    says = f"{free / GIB:.1f} GiB free for {workers} processors"
    if free < GIB:
        yield Finding("memory", MISSING, f"{says}: close other programs; a submission may use a gibibyte or two")
    elif free < workers * GIB:
        yield Finding("memory", ADVICE, f"{says}: grade with `--workers {max(1, int(free / GIB))}`")
    else:
        yield Finding("memory", OK, says)


def _free_memory() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))


def disk() -> Iterator[Finding]:
    for what, folder in (("disk", Path.cwd()), ("temporary files", Path(tempfile.gettempdir()))):
        free = shutil.disk_usage(folder).free
        state = MISSING if free < GIB / 4 else ADVICE if free < 2 * GIB else OK
        hint = "" if state == OK else ": make room, reckon with 5 MB a submission"
        yield Finding(what, state, f"{free / GIB:.1f} GiB free in {folder}{hint}")


def clock() -> Iterator[Finding]:
    zone, hours = time.strftime("%Z"), time.strftime("%z")
    yield Finding("time zone", OK, f"{zone} (UTC{hours[:3]}:{hours[3:]}) here; nbgrader notes every time in UTC")


def browser() -> Iterator[Finding]:
    named = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if named:
        yield Finding("Chromium", OK, named)
    else:
        yield Finding("Chromium", ADVICE, "only the book's own tests need it: `apt install chromium`, or name one in "
                      "the environment variable CHROMIUM")


def fonts() -> Iterator[Finding]:
    if sys.platform != "linux" or _runs("fc-match", "sans") and _output("fc-list", ":lang=en"):
        yield Finding("fonts", OK)
    else:
        yield Finding("fonts", ADVICE, "pages would be tested with squares for letters: `apt install fonts-liberation`")


def _runs(*command: str) -> bool:
    return _output(*command) is not None


def _output(*command: str) -> str | None:
    import subprocess

    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
