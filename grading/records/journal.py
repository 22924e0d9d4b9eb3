"""The journal: every result is on the disk before anything else is done with it.

An append-only file with one line a result, `KEY CHECKSUM JSON`, each flushed to the disk at once.  A run that
was killed anywhere finds in it all that was examined, and examines only the rest.  A line that was being
written when the machine stopped is not whole: it is dropped, and its submission examined again.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Container
from pathlib import Path

from grading.engine.result import Result
from grading.errors import CourseError


class Journal:
    """The results on disk, found by the key of their job.  Use in a `with` block; one process at a time."""

    def __init__(self, path: Path):
        self.path = path
        self._places: dict[str, tuple[int, int]] = {}  # key -> where its line begins, and how long it is

    def __enter__(self) -> Journal:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("a+b")
        self._file.seek(0)
        end = 0
        for line in self._file:
            if not line.endswith(b"\n"):
                self._file.truncate(end)  # torn: the next line must not be glued to it
                break
            key = _key_of(line)
            if key:
                self._places[key] = (end, len(line))
            end += len(line)
        return self

    def __exit__(self, *_) -> None:
        self._file.close()

    def keys(self) -> list[str]:
        """The keys of all results that it holds."""
        return list(self._places)

    def find(self, key: str) -> Result | None:
        """The last result written under this key, or None."""
        if key not in self._places:
            return None
        start, length = self._places[key]
        self._file.seek(start)
        return Result.from_json(self._file.read(length).split(b" ", 2)[2].decode())

    def append(self, key: str, result: Result) -> None:
        """Write a result; it is on the disk when this returns.  Raises CourseError when it cannot be."""
        text = result.to_json().encode()
        line = f"{key} {zlib.crc32(text):08x} ".encode() + text + b"\n"
        try:
            start = self._file.seek(0, os.SEEK_END)
            self._file.write(line)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise CourseError(
                f"{self.path} cannot be written ({error.strerror}). What was graded before is kept. "
                "Make room on the disk and run `course grade` again: it goes on where it stopped."
            ) from error
        self._places[key] = (start, len(line))

    def keep(self, keys: Container[str]) -> None:
        """Compact: drop superseded lines, and keys not in `keys`.  The old file stays until the new one is whole."""
        wanted = {key: place for key, place in self._places.items() if key in keys}
        if sum(length for _, length in wanted.values()) == self._file.seek(0, os.SEEK_END):
            return
        fresh = self.path.with_suffix(".new")
        with fresh.open("wb") as file:
            for start, length in wanted.values():
                self._file.seek(start)
                file.write(self._file.read(length))
            file.flush()
            os.fsync(file.fileno())
        self._file.close()
        os.replace(fresh, self.path)
        self._places.clear()
        self.__enter__()


def _key_of(line: bytes) -> str:
    """The key of a line, or an empty text when the line is damaged."""
    parts = line.rstrip(b"\n").split(b" ", 2)
    if len(parts) != 3 or parts[1] != b"%08x" % zlib.crc32(parts[2]):
        return ""
    return parts[0].decode(errors="replace")
