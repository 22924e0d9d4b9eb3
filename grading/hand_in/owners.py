r"""Whose file is it?  What the names say that an LMS gives to submissions when they are downloaded in bulk.

    Canvas      doejane_123_4567_ps06.ipynb, doejane_LATE_123_4567_ps06-1.ipynb, anon_a1B2c_4567_ps06.ipynb:
                the name as it is sorted, in small letters, without anything but letters; the user's number; the
                file's number, which grows with every upload; the student's own name of the file
    Moodle      Jane Doe_4711_assignsubmission_file/ps06.ipynb, or flat: Jane Doe_4711_assignsubmission_file_ps06.ipynb,
                Participant_4711_… when marking is blind: 4711 is another number in every assignment
    nbgrader    jane+ps06+2026-11-24 10:15:00 UTC+a1b2c3/ps06.ipynb in inbound/, jane/ps06/ps06.ipynb in submitted/
    any other   a folder (or a zip archive) for each student, which bears the student's id

Sources: Canvas's lib/content_zipper.rb, Moodle's mod/assign/classes/downloader.php, nbgrader's exchange/default.
A student chooses the end of such a name, and sometimes the beginning: where it can be read in two ways, both are
given, and the roster decides.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

CANVAS = re.compile(r"(?P<late>LATE_)?anon_(?P<anonymous>[A-Za-z0-9]+)_(?P<number>\d+)_(?P<rest>.+)", re.S)
CANVAS_NAMED = (
    r"(?P<name>.{%d,}?)_(?P<late>LATE_)?(?P<user>\d+)_(?:(?P<number>\d+)_(?P<rest>.+)|(?P<text>text|link)\.html)"
)
MOODLE = re.compile(
    r"(?P<name>[^_]+)_(?P<user>\d+)_assignsubmission_(?P<kind>file|onlinetext)(?:_(?P<rest>.*))?", re.S
)
EXCHANGE = re.compile(
    r"(?P<user>.+)\+(?P<problem_set>[^+]+)\+(?P<stamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? (?:[A-Za-z]+|[+-]\d{4}))"
    r"(?:\+[^+]*)?",
    re.S,
)
NBGRADER = {"inbound", "outbound", "submitted", "source", "release", "autograded", "feedback"}


@dataclass(frozen=True)
class Owner:
    """What a name says about whose file it is."""

    kind: str  # "Canvas", "Moodle", "nbgrader" or "folder"
    name: str  # of the student, as the LMS writes it; of the folder
    user: str = ""  # the LMS's own key of the student: "123", "participant 4711", "anon_a1B2c"
    late: bool = False
    number: int | None = None  # of the upload: greater is newer
    stamp: str = ""  # when it was handed in
    problem_set: str = ""

    @property
    def id(self) -> str:
        """The id of this student when there is no roster to tell another."""
        if self.kind == "Canvas":
            return "_".join(filter(None, (self.name, self.user)))
        return self.user if self.kind == "Moodle" and self.name == "Participant" else self.name


def read_path(parts: Sequence[str], trusted: bool) -> list[tuple[Owner, tuple[str, ...]]]:
    """[(whose, the path inside what that student handed in)]: more than one when a name can be read in more ways.

    `trusted`: the path begins in nbgrader's own inbound/ or submitted/, so that its folders are nbgrader's.
    Empty for a file that lies beside the students' folders and belongs to nobody.
    """
    top, inside = parts[0], tuple(parts[1:])
    if not inside or top.lower().endswith(".zip"):
        bare = top[:-4] if inside else top  # a student's archive: its members are the path inside
        for owners in (_moodle(bare), _canvas(bare)):
            if owners:
                return [(owner, inside or (rest,)) for owner, rest in owners]
    if not inside:
        return []
    moodle = _moodle(top)
    if moodle:
        return [(owner, inside) for owner, _ in moodle]
    exchange = EXCHANGE.fullmatch(top) if trusted else None
    if exchange:
        owner = Owner("nbgrader", exchange["user"], stamp=exchange["stamp"], problem_set=exchange["problem_set"])
        return [(owner, inside)]
    return [(Owner("nbgrader" if trusted else "folder", re.sub(r"\.zip$", "", top, flags=re.I)), inside)]


def _canvas(name: str) -> list[tuple[Owner, str]]:
    """Every way to read a name of Canvas: a student called "doe_1" makes doe_1_5_77_…, which could be user 1's."""
    found = CANVAS.fullmatch(name)
    if found:
        user = "anon_" + found["anonymous"]
        return [(Owner("Canvas", "", user, bool(found["late"]), int(found["number"])), found["rest"])]
    readings, shortest = [], 1
    while found := re.fullmatch(CANVAS_NAMED % shortest, name, re.S):
        number = int(found["number"]) if found["number"] else None
        owner = Owner("Canvas", found["name"], found["user"], bool(found["late"]), number)
        if not owner.name.endswith("_LATE"):  # Canvas writes names in small letters
            readings.append((owner, found["rest"] or found["text"] + ".html"))
        shortest = len(found["name"]) + 1
    return readings


def _moodle(name: str) -> list[tuple[Owner, str]]:
    found = MOODLE.fullmatch(name)
    if not found:
        return []
    return [(Owner("Moodle", found["name"], f"participant {found['user']}"), found["rest"] or "onlinetext.html")]


def around(
    paths: Sequence[Sequence[str]], problem_sets: Sequence[str], known: Callable[[str], bool] | None = None
) -> tuple[str, ...]:
    """The folders around the students' folders: ("course101", "inbound") of an exchange, ("handed_in",), or none.

    `known(name)` says whether a student has this name.  Without it, a folder that stands alone may be a student's,
    and what is in it that student's invention.
    """
    prefix: tuple[str, ...] = ()
    while True:
        inside = [path[len(prefix) :] for path in paths if path[: len(prefix)] == prefix]
        tops = {path[0] for path in inside if len(path) > 1}
        if any(read_path(path, False) for path in inside if len(path) == 1):
            return prefix
        for step in ("inbound", "submitted"):
            if step in tops and tops <= NBGRADER:
                return (*prefix, step)
        if len(tops) != 1:
            return prefix
        (top,) = tops
        below = {path[1] for path in inside if len(path) > 1}
        if _moodle(top) or known and known(top):
            return prefix
        students = {path[1] for path in inside if len(path) > 2} - set(problem_sets) - NBGRADER
        lms = any(_moodle(name) or _canvas(name) for name in below)
        ours = below <= NBGRADER or len(students) > 1 or any(map(known, below)) if known else False
        if not (lms or ours):
            return prefix
        prefix = (*prefix, top)
