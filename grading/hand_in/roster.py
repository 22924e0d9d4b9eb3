"""The roster: who is in the course, read from the table that the LMS gives; and whose a submission is.

Three tables are known by their columns:

    our own     id, and as far as you have them first_name, last_name, email, lms_user_id (as `nbgrader db` has them)
    Canvas      the exported gradebook: Student, ID, SIS User ID, SIS Login ID
    Moodle      the list of participants (First name, Last name, Email address, …), or an assignment's grading worksheet
                (Identifier, Full name, Email address, Last modified (submission)), which alone knows whom a blind
                download means, and when each student handed in
"""

import csv
import io
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from grading.course import Course
from grading.errors import CourseError
from grading.hand_in.ids import safe_id
from grading.hand_in.owners import Owner


class NotMatched(Exception):
    """Why a submission could not be matched to one student of the roster."""


@dataclass(frozen=True)
class Student:
    """One student: the id in this course, and by what else an LMS may call the student."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms: tuple[str, ...] = ()  # the LMS's own keys, as "123", "participant 4711"
    others: tuple[str, ...] = ()  # other keys: login, student number
    full_name: str = ""
    handed_in: str = ""  # when, as Moodle's worksheet says

    @property
    def name(self) -> str:
        return self.full_name or f"{self.first_name} {self.last_name}".strip()

    @property
    def folder(self) -> str:
        return safe_id(self.id)


def key(text: str) -> str:
    """A name or an id for comparing: without case, accents, and signs between letters."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKD", text.casefold()))  # an accent, too, is no letter


@dataclass
class Roster:
    """The students of a course, found by any of their keys."""

    students: list[Student]
    _by: dict[str, dict[str, set[Student]]] = field(default_factory=dict)

    def __post_init__(self):
        self._by = {kind: defaultdict(set) for kind in ("id", "lms", "other", "name")}
        for student in self.students:
            self._by["id"][student.id].add(student)
            for lms in student.lms:
                self._by["lms"][lms.casefold()].add(student)
            for other in filter(None, (student.id, student.email, student.email.partition("@")[0], *student.others)):
                self._by["other"][other.casefold()].add(student)
            parts = [part.strip() for part in student.full_name.split(",")]
            first_last = [(student.first_name, student.last_name), (student.full_name, ""), (parts[-1], parts[0])]
            for first, last in first_last:
                for name in (key(first + last), key(last + first)):
                    if name:
                        self._by["name"][name].add(student)

    def knows(self, name: str) -> bool:
        """Whether a student has this id or name."""
        tables = (("id", name), ("other", name.casefold()), ("name", key(name)))
        return any(self._by[table].get(word) for table, word in tables)

    def find(self, readings: list[Owner]) -> Student:
        """The one student whose submission this is.  Raises NotMatched, with the reason, when it is not sure."""
        sure, named = set(), set()
        for owner in readings:
            by_name = self._by["name"].get(key(owner.name), set())
            if owner.user:
                by_key = self._by["lms"].get(owner.user.casefold(), set())
                sure |= by_key or by_name & self._by["other"].get(owner.user.casefold(), set())
                named |= by_name
            else:
                by_id = self._by["id"].get(owner.name, set()) or self._by["lms"].get(owner.name.casefold(), set())
                by_id = by_id or self._by["other"].get(owner.name.casefold(), set())
                sure |= by_id
                named |= by_name
        found = sure or named
        if not found:
            raise NotMatched("not in the roster")
        if len(found) > 1:
            names = ", ".join(sorted(student.id for student in found))
            raise NotMatched(f"may be each of {names}: the roster must tell them apart")
        return next(iter(found))

    def may_be(self, owner: Owner, student: Student) -> bool:
        """Whether one reading of a name leads to this student."""
        try:
            return self.find([owner]) == student
        except NotMatched:
            return False


def read_roster(path: Path) -> Roster:
    """The students of a table.  Raises CourseError with a sentence for a table that cannot be understood."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CourseError(f"The roster {path} cannot be read ({error.strerror}).") from error
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeError:
        text = data.decode("cp1252", errors="replace")  # what Excel writes
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    try:
        lines = list(csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise CourseError(f"The roster {path} is not a table as CSV ({error}).") from error
    columns = [re.sub(r"[\W_]+", " ", column).strip().casefold() for column in (lines[0] if lines else [])]
    rows = [dict(zip(columns, (cell.strip() for cell in line))) for line in lines[1:] if any(map(str.strip, line))]
    read = next((reader for needed, reader in TABLES if needed <= set(columns)), None)
    if read is None:
        raise CourseError(
            f"The roster {path} has the columns {', '.join(filter(None, columns)) or '(none)'}. Expected: "
            "id, first_name, last_name, email; or the gradebook that Canvas exports; or Moodle's list of participants."
        )
    students = [student for row in rows if (student := read(row))]
    return Roster(_checked(students, path))


def _checked(students: list[Student], path: Path) -> list[Student]:
    if not students:
        raise CourseError(f"The roster {path} names no student.")
    seen, problems = {}, []
    for student in students:
        folder = student.folder.casefold()
        if folder in seen:
            problems.append(
                f"The roster {path} has the id {student.id!r} beside {seen[folder]!r}. Give each student an id of "
                "its own that differs by more than capital letters."
            )
        seen[folder] = student.id
    if problems:
        raise CourseError(*problems)
    return students


def _own(row: dict) -> Student | None:
    lms = [row.get(column, "") for column in ("lms user id", "lms id", "lms ids")]
    return row["id"] and _student(
        row["id"], row.get("first name", ""), row.get("last name", ""), row.get("email", ""),
        lms=[key for text in lms for key in re.split(r"[;|]\s*", text)],
    )


def _canvas(row: dict) -> Student | None:
    if not row["id"].isdigit():  # "Points Possible", and other lines that name nobody
        return None
    last, _, first = row["student"].partition(",")
    login, number = row.get("sis login id", ""), row.get("sis user id", "")
    return _student(
        login or number or row["id"], first.strip(), last.strip(), login if "@" in login else "",
        lms=[row["id"]], others=[login, number], full_name=row["student"],
    )


def _moodle(row: dict) -> Student | None:
    identifier = row.get("identifier", "").casefold()
    email, full_name = row.get("email address", ""), row.get("full name", "")
    others = [row.get("username", ""), row.get("id number", "")]
    last = row.get("last name", "") or row.get("surname", "")
    found = next(filter(None, [*others, email, full_name, identifier]), "")
    handed_in = row.get("last modified submission", "")
    return found and _student(
        found, row.get("first name", ""), last, email, lms=[identifier], others=others, full_name=full_name,
        handed_in=handed_in if re.search(r"\d{4}", handed_in) else "",
    )


def _student(id, first, last, email, lms=(), others=(), full_name="", handed_in="") -> Student:
    plain = lambda text: unicodedata.normalize("NFC", text.strip())
    keep = lambda texts: tuple(dict.fromkeys(filter(None, map(plain, texts))))
    words = map(plain, (id, first, last, email))
    return Student(*words, keep(lms), keep(others), plain(full_name), handed_in)


TABLES = [  # (the columns by which a table is known, what reads one of its rows)
    ({"student", "id", "sis login id"}, _canvas),
    ({"student", "id", "section"}, _canvas),
    ({"identifier", "full name"}, _moodle),
    ({"first name", "last name", "email address"}, _moodle),
    ({"first name", "surname", "email address"}, _moodle),
    ({"id"}, _own),
]


def enter(course: Course, roster: Roster) -> None:
    """Write the students' names into the gradebook, so that formgrader and the exports show them."""
    from nbgrader.api import Student as Row

    with course.gradebook() as gradebook:
        known = {row.id: row for row in gradebook.db.query(Row)}
        for student in roster.students:
            row = known.get(student.folder) or Row(id=student.folder)
            first, last = student.first_name, student.last_name
            if not (first or last):
                first, _, last = student.full_name.rpartition(" ")
            lms = student.lms[0] if student.lms else ""
            for column, value in (("first_name", first), ("last_name", last), ("email", student.email),
                                  ("lms_user_id", lms)):
                if value:
                    setattr(row, column, value[:128])
            gradebook.db.add(row)
        gradebook.db.commit()
