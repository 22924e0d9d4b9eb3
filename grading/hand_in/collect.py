"""Collect: from what an LMS hands out to submitted/STUDENT/psNN/psNN.ipynb.

Only notebooks are taken; a student's other files stay behind.  Whose a file is, its name says (`owners`) and the
roster confirms; whatever cannot be matched, found or read is one line in the report and stops nobody else.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import nbformat
from nbgrader.api import MissingEntry

from grading.cells import settings
from grading.course import Course
from grading.engine.reading import read_notebook
from grading.errors import CourseError
from grading.hand_in.archive import CannotTake, HandedIn, Parts, open_source
from grading.hand_in.attempts import FORMAT, Attempts, utc
from grading.hand_in.choose import Piece, by_contents, by_name, mentions
from grading.hand_in.ids import real_id, safe_id
from grading.hand_in.owners import around, read_path
from grading.hand_in.roster import NotMatched, Roster, Student, enter

STEPS = ("inbound", "submitted")  # nbgrader's own folders: what they say about times is true
NO_STUDENT = "a file, not a student's folder: left alone"


@dataclass
class Collected:
    """One student's submission of one problem set: what was taken, and what is to be said about it."""

    student: str
    problem_set: str
    taken: bool  # what came is what counts: it lies in submitted/, now or already before
    notes: list[str] = field(default_factory=list)
    new: bool = False  # it was not there before


@dataclass
class Hand:
    """All that one student handed in."""

    student: Student
    pieces: list[Piece] = field(default_factory=list)
    refused: list[tuple[Parts, str]] = field(default_factory=list)


def collect(
    course: Course, source: Path, problem_sets: list[str], roster: Roster | None = None, all_asked: bool = True
) -> list[Collected]:
    """Take in every submission in a folder or zip archive; one line for each student and problem set.

    With a roster, only its students are taken, and who has handed in nothing is told.  Every attempt is kept
    (`attempts`).  A file that cannot be graded is taken, too, so that it stays visible, unless a readable one is
    there.  Not `all_asked`: of the problem sets, only those that somebody has handed in.
    """
    known = roster.knows if roster else None
    with open_source(source, lambda paths: around(paths, problem_sets, known)) as found:
        released = {name: _released_names(course, name) for name in problem_sets}
        others = {name: set(released.get(name) or _released_names(course, name)) for name in course.problem_sets()
                  if name in released or (course.folder("release", name) / f"{name}.ipynb").is_file()}
        trusted = (source.name, *found.prefix)[-1] in STEPS
        hands, report = _sort(found, trusted, roster)
        if not hands:
            raise CourseError(
                *(f"{line.student}: {line.notes[0]}" for line in report[:20]),
                f"{source} holds no student's submission, so nothing was collected. Expected: the zip file of Canvas "
                f"or Moodle, or STUDENT/{problem_sets[0]}.ipynb for each student.",
            )
        if roster:
            enter(course, roster)
        present = [name for name in problem_sets if any(mentions(hand.pieces, name) for hand in hands)]
        for name in problem_sets if all_asked or not present else present:
            due = _Due(course, name)
            report += [_collect_one(course, hand, name, released[name], due, others) for hand in hands]
            if roster:
                came = {hand.student.id for hand in hands}
                absent = [student for student in roster.students if student.id not in came]
                report += [_absent(course, one, name) for one in absent]
                report += _left_over(course, name, roster)
    return report


def _sort(found: HandedIn, trusted: bool, roster: Roster | None) -> tuple[list[Hand], list[Collected]]:
    """What each student handed in, and a line for each thing that could not be matched to one."""
    hands: dict[str, Hand] = {}
    spelt: dict[str, str] = {}  # folders on some systems: capital letters make no difference
    strangers: dict[str, str] = {}

    def hand_of(path: Parts) -> tuple[Hand, tuple] | None:
        readings = read_path(path, trusted)
        try:
            if not readings:
                raise NotMatched(NO_STUDENT)
            if roster:
                student = roster.find([owner for owner, _ in readings])
                readings = [one for one in readings if roster.may_be(one[0], student)]
            else:
                student = Student(readings[0][0].id, full_name=readings[0][0].name)
            folder = safe_id(student.id)
            other = spelt.setdefault(folder.casefold(), folder)
            if other != folder:
                raise NotMatched(f"differs from {other} only by capital letters: left alone; a roster would tell whose")
            return hands.setdefault(folder, Hand(student)), readings[0]
        except (NotMatched, CourseError) as reason:
            strangers.setdefault(path[0] if readings else "/".join(path), str(reason))
            return None

    for file in found.files:
        if hand := hand_of(file.parts):
            hand[0].pieces.append(Piece(hand[1][0], hand[1][1], file))
    for parts in found.folders:
        if len(parts) == 1:
            hand_of((*parts, ""))  # perhaps an empty one: its student has handed in nothing
    for parts, reason in found.refused:
        if read_path(parts, trusted) and (hand := hand_of(parts)):
            hand[0].refused.append((hand[1][1], reason))
        else:
            strangers["/".join(parts)] = reason
    return sorted(hands.values(), key=lambda hand: hand.student.folder), [
        Collected(name[:200], "-", False, [reason]) for name, reason in sorted(strangers.items())
    ]


def _collect_one(course: Course, hand: Hand, name: str, expected: list[str], due: _Due, others: dict) -> Collected:
    student = hand.student
    line = Collected(student.id, name, False)
    if student.folder != student.id:
        line.notes.append(f"in folders and in the gradebook: {student.folder}")
    pieces, notes = by_name(hand.pieces, name)
    if not pieces:
        pieces, notes = by_contents(hand.pieces, name, expected, notes)
    users = sorted({piece.owner.user for piece in pieces})
    if len(users) > 1:
        pieces, notes = [], [f"{' and '.join(users)} are two users of the LMS: left alone; a roster would tell whose"]
    refused = [f"{'/'.join(path)[:200] or 'the archive or folder'} {reason}" for path, reason in hand.refused]
    line.notes += refused + (notes if pieces or hand.pieces or not refused else [])
    try:
        _keep(course, hand, pieces, line, expected, due, others)
    except OSError as error:  # of one student's files; others' may well be written
        line.notes.append(f"could not be kept ({error.strerror or error})")
        line.taken = False
    return line


def _keep(
    course: Course, hand: Hand, pieces: list[Piece], line: Collected, expected: list[str], due: _Due, others: dict
) -> None:
    """Keep every attempt, make the best one count, and note on the line what came of it."""
    attempts = Attempts(course, line.problem_set, hand.student.folder, lambda data: _look(data, [], {})[0])
    for piece in pieces:
        try:
            data = piece.file.read()
            stamp, notes = due.stamp(piece, hand)
            line.new |= attempts.add(data, stamp, piece.owner.number, "/".join(piece.file.parts))
            fault, remarks = _look(data, expected, others)
        except CannotTake as reason:
            line.notes.append(f"{'/'.join(piece.inside)} {reason}")
            continue
        if piece is pieces[-1]:
            line.notes += [fault] * bool(fault) + remarks + notes
            line.taken = True
    if attempts.all:
        newest = attempts.settle()
        if line.taken and not (newest and attempts.holds(data)):
            line.taken = False
            line.notes.append("the earlier submission was kept" if fault else "an earlier attempt: the newer one stays")


def _absent(course: Course, student: Student, problem_set: str) -> Collected:
    """The line of somebody of whom nothing came this time."""
    if (course.folder("submitted", problem_set, student.folder) / f"{problem_set}.ipynb").is_file():
        return Collected(student.id, problem_set, True)  # from an earlier download, and it counts
    return Collected(student.id, problem_set, False, ["handed in nothing"])


def _left_over(course: Course, problem_set: str, roster: Roster) -> list[Collected]:
    """A line for each student who has a submission from before, and is not in the roster."""
    folders = {student.folder for student in roster.students}
    top = course.folder("submitted", problem_set, "x").parent.parent
    found = sorted(path.parent.name for path in top.glob(f"*/{problem_set}"))
    says = "not in the roster, but in submitted/ from before: it would be graded; move it away"
    return [Collected(real_id(name), problem_set, False, [says]) for name in found if name not in folders]


class _Due:
    """When a problem set is due, and from that and the names, when it was handed in."""

    def __init__(self, course: Course, problem_set: str):
        self.course, self.problem_set = course, problem_set

    def stamp(self, piece: Piece, hand: Hand) -> tuple[str, list[str]]:
        """(the time for timestamp.txt, UTC, or "" when nobody says one; what is to be said about it)."""
        beside = (*piece.inside[:-1], "timestamp.txt")
        texts = [other for other in hand.pieces if other.inside == beside and other.owner == piece.owner]
        if piece.owner.stamp:
            return utc(piece.owner.stamp), []
        if texts and piece.owner.kind == "nbgrader":
            text = utc(texts[0].file.read()[:100].decode("utf-8", errors="replace").strip())
            return text, [] if text else ["its timestamp.txt holds no time: left alone"]
        if hand.student.handed_in and piece.owner.kind == "Moodle":
            text = utc(hand.student.handed_in, local=True)
            return text, [] if text else [f"{hand.student.handed_in!r} is no time that can be read: none was noted"]
        if piece.owner.late:
            late = "late, says Canvas, but not by how much"
            if self.date is None:
                return "", [f"{late}; {self.problem_set} has no due date in the gradebook, so no time was noted: set "
                            "the date, then collect the same files again"]
            return (self.date + datetime.timedelta(seconds=1)).strftime(FORMAT), [
                f"{late}: noted as a second after the due date; write the true time into its timestamp.txt"
            ]
        if texts:
            return "", ["its timestamp.txt was left alone: anybody could have written it"]
        return "", []

    @cached_property
    def date(self) -> datetime.datetime | None:
        with self.course.gradebook() as gradebook:
            try:
                return gradebook.find_assignment(self.problem_set).duedate
            except MissingEntry:
                return None


_read = lru_cache(maxsize=4)(read_notebook)  # what is collected is soon read again, to say which attempt counts


def _look(data: bytes, expected: list[str], others: dict[str, set[str]]) -> tuple[str, list[str]]:
    """(why a file cannot be graded or "", remarks about one that can).  others: the cells of every problem set."""
    notebook, fault, remarks = _read(data)
    if notebook is None:
        return fault, remarks
    here = {str(settings(cell).get("grade_id")) for cell in notebook.cells}
    missing = [name for name in expected if name not in here]
    nearest = max(others, key=lambda name: len(others[name] & here), default=None)
    if missing and len(others.get(nearest, set()) & here) > len(set(expected) & here):
        return "", [*remarks, f"it holds the cells of {nearest}: ask the student for the right notebook"]
    if missing:
        remarks = [
            *remarks,
            f"cells are missing: {', '.join(missing)}; tests are brought back, answers count where they still stand",
        ]
    return "", remarks


def _released_names(course: Course, problem_set: str) -> list[str]:
    released = course.folder("release", problem_set) / f"{problem_set}.ipynb"
    if not released.is_file():
        raise CourseError(
            f"{problem_set} has not been released, so there is nothing to compare with. "
            f"Run `course release {problem_set}`."
        )
    cells = nbformat.read(released, as_version=4).cells
    return [settings(cell)["grade_id"] for cell in cells if settings(cell).get("grade_id")]
