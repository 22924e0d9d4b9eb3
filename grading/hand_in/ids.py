"""A student's id as it stands in folders and in the gradebook.

nbgrader looks for folders by patterns, and silently loses one with [ ] * or ? in its name; other signs mean
something to a file system or an address.  So such letters are written as `=` and the two hexadecimal digits of
each of their bytes, as in quoted-printable e-mail: a[b] lies in the folder a=5Bb=5D.  This is the same every
time, can be read back, and leaves the letters of every alphabet, spaces inside, dots, @, - and _ as they are.
"""

import re
import unicodedata

from grading.errors import CourseError

SIGNS = set('*?[]+=/\\:"<>|,%#{}')
WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.I)  # names that Windows keeps for itself
LONGEST = 100  # letters; the gradebook holds 128


def safe_id(student: str) -> str:
    """The id with which a student stands in folders and in the gradebook.  Raises CourseError for an impossible one."""
    student = unicodedata.normalize("NFC", student)
    letters = [_quoted(letter) if _is_unsafe(letter) else letter for letter in student]
    if letters and (student[0] in ". " or WINDOWS.match(student)):
        letters[0] = _quoted(student[0])
    if letters and student[-1] in ". ":
        letters[-1] = _quoted(student[-1])
    safe = "".join(letters)
    if not safe or len(safe) > LONGEST or len(safe.encode()) > 2 * LONGEST:
        raise CourseError(f"The id {student[:40]!r} is empty or longer than {LONGEST} letters: choose another.")
    return safe


def real_id(folder: str) -> str:
    """The id behind a folder's name: the inverse of safe_id."""
    unquote = lambda found: bytes.fromhex(found[0].replace("=", "")).decode("utf-8", errors="replace")
    return re.sub(r"(=[0-9A-F]{2})+", unquote, folder)


def _is_unsafe(letter: str) -> bool:
    return letter in SIGNS or unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")


def _quoted(letter: str) -> str:
    return "".join(f"={byte:02X}" for byte in letter.encode("utf-8", errors="replace"))
