"""Every attempt of every student is kept; the newest that can be read is the one that counts.

    attempts/STUDENT/psNN/2026-11-24T101500Z/     psNN.ipynb as it came, and attempt.json: when, from where
    submitted/STUDENT/psNN/                       a copy of the one that counts, and timestamp.txt for nbgrader

The folders under attempts/ are all that is remembered.  So collecting twice changes nothing, and a run that was
killed is mended by the next one: `settle` makes submitted/ what the attempts say.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nbgrader.utils import parse_utc

from grading.course import Course

FORMAT = "%Y-%m-%d %H:%M:%S.%f UTC"  # nbgrader's


@dataclass(frozen=True)
class Attempt:
    """One attempt: its notebook's hash, and what is known about when it was handed in."""

    sha256: str
    order: str  # a time by which attempts are ordered: when it was handed in, or else collected
    handed_in: str = ""  # UTC, as nbgrader writes it; "" when nobody said
    number: int | None = None  # Canvas's number of the upload
    source: str = ""  # where it came from
    folder: Path | None = None


def utc(text: str, local: bool = False) -> str:
    """A time as nbgrader writes it, in UTC, or "" for a text that is no time.  `local`: in this machine's time zone."""
    try:
        if re.search(r" [+-]\d{4}$", text):  # nbgrader takes these digits for seconds
            text = datetime.strptime(text, f"%Y-%m-%d %H:%M:%S{'.%f' if '.' in text else ''} %z")
        elif not re.search(r"\d{4}", text):  # dateutil also reads "10" or "May", and takes the rest from today
            return ""
        time = parse_utc(text)
        return (time.astimezone(UTC) if local else time).strftime(FORMAT)
    except (ValueError, OverflowError, TypeError, AttributeError):
        return ""


class Attempts:
    """The attempts of one student at one problem set.  `faulty(data)` says why a notebook cannot be graded, or ""."""

    def __init__(self, course: Course, problem_set: str, student: str, faulty: Callable[[bytes], str]):
        self.top = course.root / "attempts" / student / problem_set
        self.name = f"{problem_set}.ipynb"
        self.submitted = course.folder("submitted", problem_set, student)
        self.faulty = faulty
        self.all = self._read()
        self._adopt()

    def add(self, data: bytes, handed_in: str = "", number: int | None = None, source: str = "") -> bool:
        """Keep an attempt, unless it is there already; True when it is new."""
        sha256, now = hashlib.sha256(data).hexdigest(), datetime.now(UTC).strftime(FORMAT)
        later = [other for other in self.all if None not in (number, other.number) and other.number > number]
        order = handed_in or now
        if later and not handed_in:  # an older upload, collected afterwards
            first = datetime.strptime(min(other.order for other in later), FORMAT)
            order = min(order, (first - timedelta(microseconds=1)).strftime(FORMAT))
        for other in self.all:
            if other.sha256 == sha256 and (other == self.all[-1] or not self._is_newer(other, handed_in, number)):
                if handed_in and not other.handed_in:  # the same, and now the time is known
                    self._note(other.folder, replace(other, order=handed_in, handed_in=handed_in))
                    self.all = self._read()
                return False
        self._write(data, Attempt(sha256, order, handed_in, number, source))
        return True

    def settle(self) -> bool:
        """Make submitted/ the newest attempt that can be read, or the newest of all; True when that is the newest."""
        best = next((one for one in reversed(self.all) if not self.faulty(self._bytes(one))), self.all[-1])
        here, stamp = self.submitted / self.name, self.submitted / "timestamp.txt"
        self.submitted.mkdir(parents=True, exist_ok=True)
        if not (here.is_file() and self.holds(self._bytes(best))):
            stamp.unlink(missing_ok=True)  # first: killed here, no notebook has another's time
            _replace(here, self._bytes(best))
        if best.handed_in:
            _replace(stamp, best.handed_in.encode())
        else:
            stamp.unlink(missing_ok=True)
        return best == self.all[-1]

    def holds(self, data: bytes) -> bool:
        """Whether submitted/ holds this notebook."""
        return (self.submitted / self.name).read_bytes() == data

    def _is_newer(self, other: Attempt, handed_in: str, number: int | None) -> bool:
        """Whether the same notebook, handed in again, is a later attempt than `other` and all since."""
        if None not in (number, other.number):
            return number > max(one.number or 0 for one in self.all)
        return bool(handed_in) and handed_in > self.all[-1].order

    def _adopt(self) -> None:
        """Keep also what others put into submitted/: nbgrader a notebook, or the instructor another time."""
        here, stamp = self.submitted / self.name, self.submitted / "timestamp.txt"
        if not here.is_file() or here.is_symlink():
            return
        data = here.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        handed_in = utc(stamp.read_text(encoding="utf-8", errors="replace")[:100]) if stamp.is_file() else ""
        known = [one for one in self.all if one.sha256 == sha256]
        if not known:
            changed = datetime.fromtimestamp(here.stat().st_mtime, UTC).strftime(FORMAT)
            self._write(data, Attempt(sha256, handed_in or changed, handed_in, source="found in submitted/"))
        elif handed_in and handed_in != known[-1].handed_in:
            self._note(known[-1].folder, replace(known[-1], order=handed_in, handed_in=handed_in))
            self.all = self._read()

    def _read(self) -> list[Attempt]:
        found = []
        for path in self.top.glob(f"*/{self.name}"):
            if path.parent.name.startswith("."):
                continue  # was being written when a run was killed
            try:
                about = json.loads((path.parent / "attempt.json").read_text(encoding="utf-8"))
                found.append(Attempt(**about, folder=path.parent))
            except (OSError, ValueError, TypeError):  # the note is lost, the notebook is not
                order = datetime.fromtimestamp(path.stat().st_mtime, UTC).strftime(FORMAT)
                found.append(Attempt(hashlib.sha256(path.read_bytes()).hexdigest(), order, folder=path.parent))
        found.sort(key=lambda one: (one.order, one.folder.name))
        # Canvas counts its uploads: among them the number says which is newer, for the times may be guesses.
        counted = iter(sorted((one for one in found if one.number is not None), key=lambda one: one.number))
        return [one if one.number is None else next(counted) for one in found]

    def _bytes(self, attempt: Attempt) -> bytes:
        return (attempt.folder / self.name).read_bytes()

    def _write(self, data: bytes, attempt: Attempt) -> None:
        """A new folder, complete or not there at all."""
        self.top.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=".new-", dir=self.top))
        try:
            (new / self.name).write_bytes(data)
            self._note(new, attempt)
            new.chmod(0o755)
            name = datetime.strptime(attempt.order, FORMAT).strftime("%Y-%m-%dT%H%M%SZ")
            names = [name, *(f"{name}-{turn}" for turn in range(2, 1000))]
            new.rename(next(self.top / name for name in names if not (self.top / name).exists()))
        finally:
            shutil.rmtree(new, ignore_errors=True)
        self.all = self._read()

    def _note(self, folder: Path, attempt: Attempt) -> None:
        about = {name: value for name, value in asdict(attempt).items() if name != "folder"}
        _replace(folder / "attempt.json", json.dumps(about, indent=1).encode())


def _replace(path: Path, data: bytes) -> None:
    """Write a file whole, never executable, in one step; leave it alone when it holds these bytes already."""
    if path.is_file() and not path.is_symlink() and path.read_bytes() == data:
        return
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(data)
    new.chmod(0o644)
    os.replace(new, path)
