"""What was handed in, as a list of files: out of a folder or a zip archive, with zip archives of students inside.

Nothing is unpacked onto the disk: a file's bytes are read only when they are asked for, so no name can lead
out of the archive.  Links, absolute paths and `..` are never followed; what is too much is left alone, with a
sentence for the one student whom it concerns.  Limits, for each student: FILES files, TOTAL bytes in all,
LARGEST bytes a file; a packed file of more than 10 MiB at most RATIO times as large as its package.
"""

import io
import os
import re
import stat
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from grading.errors import CourseError

FILES, TOTAL, LARGEST, RATIO = 2_000, 256 * 2**20, 50_000_000, 200
MEMBERS = 200_000  # of the archive that the LMS gave
DEEPEST = 12  # folders in folders
IGNORED = re.compile(r"\.|__MACOSX$|Thumbs\.db$|desktop\.ini$", re.I)  # names of files and folders that nobody hands in
MIB = 2**20
Parts = tuple[str, ...]


class CannotTake(Exception):
    """Why a file was left alone, as the second half of a sentence: `NAME is a link: left alone`."""


@dataclass(frozen=True)
class File:
    """One file that was handed in: the parts of its path, and how to get its bytes (may raise CannotTake)."""

    parts: Parts
    read: Callable[[], bytes]


class Listed(NamedTuple):
    """A file as the folder or the archive states it, before any limit was applied."""

    parts: Parts
    size: int
    packed: int | None
    read: Callable[[], bytes]


@dataclass
class HandedIn:
    """All files, and (parts of the path, reason) of each thing left alone: ("ann", "") is all that ann handed in."""

    files: list[File] = field(default_factory=list)
    refused: list[tuple[Parts, str]] = field(default_factory=list)
    prefix: Parts = ()  # the folders around the students': no longer in the paths
    folders: set[Parts] = field(default_factory=set)  # also empty ones
    _count: Counter = field(default_factory=Counter)  # by student: the first part of the path
    _bytes: Counter = field(default_factory=Counter)

    def admit(self, parts: Parts, size: int, packed: int | None = None) -> bool:
        """Whether a file, by its size as stated, is within the limits of its student; else it is refused."""
        owner = parts[0]
        self._count[owner] += 1
        if self._count[owner] > FILES:
            if self._count[owner] == FILES + 1:
                self.files = [file for file in self.files if file.parts[0] != owner]
                self.refuse((owner, ""), f"holds more than {FILES:,} files: all left alone")
        elif size > LARGEST:
            self.refuse(parts, f"is larger than {LARGEST // 10**6} MB: left alone")
        elif packed is not None and size > 10 * MIB and size > RATIO * packed:
            self.refuse(parts, f"unpacks to more than {RATIO} times its size, as archive bombs do: left alone")
        elif self._bytes[owner] + size > TOTAL:
            self.refuse(parts, f"is more than {TOTAL // MIB} MiB together with the other files: left alone")
        else:
            self._bytes[owner] += size
            return True
        return False

    def refuse(self, parts: Parts, reason: str) -> None:
        whole = len(parts) == 1 and parts[0].lower().endswith(".zip")
        self.refused.append(((*parts, "") if whole else parts, reason))


@contextmanager
def open_source(source: Path, around: Callable[[list[Parts]], Parts] = lambda paths: ()) -> Iterator[HandedIn]:
    """The files of a folder or a zip archive.  Raises CourseError when it is neither, or cannot be read.

    `around(paths)` says which folders lie around the students': paths are given from there.
    """
    found = HandedIn()
    if source.is_dir():
        _finish(list(_walk(source, (), found)), around, found)
        yield found
    elif source.is_file():
        try:
            with source.open("rb") as file:
                archive = _open_zip(file, source.stat().st_size, MEMBERS)
                _finish(list(_members(archive, lambda: archive, found)), around, found)
                yield found
        except CannotTake as reason:
            raise CourseError(f"{source} {reason}. Give the zip file as the LMS gave it, or a folder.") from None
    else:
        raise CourseError(
            f"{source} is not a folder or a zip file. Give the zip file that the LMS gave you, or a folder that holds "
            "one folder for each student."
        )


def _finish(listed: list[Listed], around, found: HandedIn) -> None:
    """Drop what is around the students' folders, apply the limits, look into the students' zip archives."""
    found.prefix = around([item.parts for item in listed])
    deep = len(found.prefix)
    found.folders = {parts[deep:] for parts in found.folders if parts[:deep] == found.prefix and len(parts) > deep}
    found.refused = [(parts[deep:] if parts[:deep] == found.prefix else parts, why) for parts, why in found.refused]
    for parts, size, packed, read in listed:
        if parts[:deep] != found.prefix:
            if len(parts) == 1:
                found.refuse(parts, f"lies beside {'/'.join(found.prefix)}: left alone")
            continue
        parts = parts[deep:]
        if not found.admit(parts, size, packed):
            continue
        if not parts[-1].lower().endswith(".zip"):
            found.files.append(File(parts, read))
            continue
        try:
            data = read()
            archive = _open_zip(io.BytesIO(data), len(data), FILES)
        except CannotTake as reason:
            found.refuse(parts, f"{reason}: left alone")
            continue
        # Not kept open: hundreds of archives would fill the memory.
        again = lambda read=read: zipfile.ZipFile(io.BytesIO(read()))
        for inner in _members(archive, again, found, parts):
            if found.admit(inner.parts, inner.size, inner.packed):
                found.files.append(File(inner.parts, inner.read))


def _walk(folder: Path, above: Parts, found: HandedIn) -> Iterator[Listed]:
    """The files of a folder; never through a link."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        parts = (*above, unicodedata.normalize("NFC", entry.name))
        if IGNORED.match(entry.name):
            continue
        if re.search("[\ud800-\udfff]", entry.name):
            shown = os.fsencode(entry.name).decode("utf-8", errors="replace")
            found.refuse((*above, shown), "has a name that is not UTF-8: left alone")
        elif entry.is_symlink():
            found.refuse(parts, "is a link: left alone")
        elif entry.is_dir():
            if len(parts) >= DEEPEST:
                found.refuse(parts, f"lies more than {DEEPEST} folders deep: left alone")
            else:
                found.folders.add(parts)
                yield from _walk(Path(entry.path), parts, found)
        elif not stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode):
            found.refuse(parts, "is no ordinary file: left alone")
        else:
            yield Listed(parts, entry.stat().st_size, None, lambda path=Path(entry.path): _read_file(path))


def _read_file(path: Path) -> bytes:
    try:
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)), "rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise CannotTake(f"cannot be read ({error.strerror})") from error


def _open_zip(file, size: int, most: int) -> zipfile.ZipFile:
    """A zip archive, opened when it has not too many members: their list alone could fill the memory."""
    count = 0
    for start in range(0, size, 16 * MIB):
        file.seek(max(0, start - 3))
        count += file.read(16 * MIB + 3).count(b"PK\x01\x02")
    if count > most:
        raise CannotTake(f"holds more than {most:,} files")
    try:
        file.seek(0)
        return zipfile.ZipFile(file)
    except Exception as error:  # damaged archives fail in many ways
        raise CannotTake(f"is not a zip archive that can be read ({error})") from error


def _members(
    archive: zipfile.ZipFile, again: Callable[[], zipfile.ZipFile], found: HandedIn, above: Parts = ()
) -> Iterator[Listed]:
    """The files of a zip archive that lies at `above`; `again()` opens it when one is read."""
    for member in archive.infolist():
        name, parts = _name(member), ()
        try:
            parts = above + safe_parts(name)
            kind = stat.S_IFMT(member.external_attr >> 16)
            if stat.S_ISLNK(kind):
                raise CannotTake("is a link: left alone")
            if not parts[len(above) :] or any(IGNORED.match(part) for part in parts):
                continue
            if member.is_dir():
                found.folders.add(parts)
                continue
            if kind and not stat.S_ISREG(kind):
                raise CannotTake("is no ordinary file: left alone")
            if member.flag_bits & 1:
                raise CannotTake("is encrypted: left alone")
            if len(parts) > DEEPEST:
                raise CannotTake(f"lies more than {DEEPEST} folders deep: left alone")
        except CannotTake as reason:
            found.refuse(parts or (*above, name[:200]), str(reason))
            continue
        read = lambda member=member: _read_member(again, member)
        yield Listed(parts, member.file_size, member.compress_size, read)


def _read_member(again: Callable[[], zipfile.ZipFile], member: zipfile.ZipInfo) -> bytes:
    try:
        with again().open(member) as file:
            return file.read(LARGEST + 1)
    except Exception as error:
        raise CannotTake(f"is damaged in the archive ({error})") from error


def _name(member: zipfile.ZipInfo) -> str:
    """A member's name as it was meant: many programs write UTF-8 and forget to say so."""
    name = member.orig_filename
    if not member.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return name


def safe_parts(name: str) -> Parts:
    """The parts of a path inside an archive.  Raises CannotTake for one that would lead out of it."""
    if "\0" in name:
        raise CannotTake("has a NUL in its name: left alone")
    name = unicodedata.normalize("NFC", name).replace("\\", "/")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        raise CannotTake("is an absolute path: left alone")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if ".." in parts:
        raise CannotTake("climbs out with `..`: left alone")
    return parts
