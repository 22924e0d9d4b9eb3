"""Submissions as an LMS hands them out: whose they are, what is taken, and that nothing gets out or lost."""

import io
import json
import os
import random
import shutil
import sqlite3
import stat
import time
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbgrader.utils import parse_utc
from test_cli import run_command
from test_grading import ROOT, RUNS_NBGRADER
from test_source import TINY

from grading.authoring.marks import split_secret
from grading.authoring.source import read_source, write_notebook
from grading.course import Course
from grading.errors import CourseError
from grading.hand_in import archive
from grading.hand_in.attempts import Attempts, utc
from grading.hand_in.collect import collect
from grading.hand_in.ids import real_id, safe_id
from grading.hand_in.roster import enter, key, read_roster

pytestmark = RUNS_NBGRADER
PS = "ps01"
CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Problem set 1 (4711)
    Points Possible,,,,,10
"Doe, Jane",123,9001,jdoe,A,
"Müller, Jürgen",124,9002,jmueller,A,
"Student, Test",125,,,A,
"""
MOODLE = """First name,Last name,ID number,Email address,Groups
Jane,Doe,9001,jane@uni.edu,A
Jürgen,Müller,,j@uni.edu,A
"""
WORKSHEET = """Identifier,Full name,Email address,Status,Grade,Last modified (submission)
Participant 71,Jane Doe,jane@uni.edu,Submitted for grading,,"Tuesday, 24 November 2026, 10:15 AM"
Participant 72,Jürgen Müller,j@uni.edu,No submission,,-
"""
OURS = "id,first_name,last_name,email,lms_user_id\nann,Ann,Ash,ann@uni.edu,77\na[b],Al,Bo,,78\n王 小明,小明,王,,79\n"


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    root = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    (root / "solutions" / PS).mkdir(parents=True)
    (root / "solutions" / PS / f"{PS}.md").write_text(TINY.replace("tiny.", f"{PS}."))
    course, source = Course(root), read_source(root / "solutions" / PS / f"{PS}.md")
    for cell in source.cells:  # what a release makes of it, without its seconds
        cell.source = split_secret(split_secret(cell.source, "SOLUTION")[0], "HIDDEN TESTS")[0]
    course.folder("release", PS).mkdir(parents=True)
    write_notebook(source, course.folder("release", PS) / f"{PS}.ipynb")
    with course.gradebook() as gradebook:
        gradebook.add_assignment(PS)
    return root


@pytest.fixture
def course(released, tmp_path):
    shutil.copytree(released, tmp_path / "course")
    return Course(tmp_path / "course")


@pytest.fixture
def notebook(course):
    """notebook(k): the bytes of a submission, another for each k."""
    empty = nbformat.read(course.folder("release", PS) / f"{PS}.ipynb", as_version=4)

    def make(k=0):
        empty.cells[1].source = f"def double(x):\n    return {k} * x"
        return nbformat.writes(empty).encode()

    return make


def lay(folder, files):
    """Write {path: bytes} into a folder."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def zipped(files, path=None, change=lambda member: None):
    """A zip archive of {name: bytes}; `change(member)` may spoil a member."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            member = zipfile.ZipInfo(name)
            member.compress_type = zipfile.ZIP_DEFLATED
            change(member)
            file.writestr(member, data)
    if path:
        path.write_bytes(buffer.getvalue())
    return path or buffer.getvalue()


def table(tmp_path, text, name="list.csv"):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return read_roster(tmp_path / name)


def taken(lines):
    return {line.student: line.taken for line in lines if line.problem_set != "-"}


def notes(lines, student):
    return [note for line in lines if line.student == student for note in line.notes]


def submitted(course, student, name=f"{PS}.ipynb"):
    path = course.folder("submitted", PS, student) / name
    return path.read_bytes() if path.exists() else None


def everything(course):
    """Each file of the course with its bytes and time of change."""
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in course.root.rglob("*")
            if path.is_file() and path.name not in ("gradebook.db",)}


# Whose is it?

LAYOUTS = {
    "Canvas": (CANVAS, ["doejane_123_4567_ps01.ipynb", "müllerjürgen_LATE_124_4568_ps01-1.ipynb"], "jdoe", "jmueller"),
    "Canvas, archives": (CANVAS, ["doejane_123_4567_work.zip", "müllerjürgen_124_4568_a.zip"], "jdoe", "jmueller"),
    "Moodle": (MOODLE, ["Jane Doe_71_assignsubmission_file/ps01.ipynb",
                        "Jürgen Müller_72_assignsubmission_file_/my/ps01.ipynb"], "9001", "j@uni.edu"),
    "Moodle, flat": (MOODLE, ["Jane Doe_71_assignsubmission_file_ps01.ipynb",
                              "Jürgen Müller_72_assignsubmission_file_ps01.ipynb"], "9001", "j@uni.edu"),
    "Moodle, archives": (MOODLE, ["Jane Doe_71_assignsubmission_file/w.zip",
                                  "Jürgen Müller_72_assignsubmission_file/w.zip"], "9001", "j@uni.edu"),
    "Moodle, blind": (WORKSHEET, ["Participant_71_assignsubmission_file/ps01.ipynb",
                                  "Participant_72_assignsubmission_file/ps01.ipynb"], "jane@uni.edu", "j@uni.edu"),
    "a folder for each": (OURS, ["ann/ps01.ipynb", "a[b]/ps01/ps01.ipynb"], "ann", "a=5Bb=5D"),
    "a zip for each": (OURS, ["ann.zip", "王 小明.ZIP"], "ann", "王 小明"),
    "by e-mail and number": (OURS, ["ann@uni.edu/ps01.ipynb", "79/ps01.ipynb"], "ann", "王 小明"),
    "by name": (OURS, ["Ash, Ann/ps01.ipynb", "王小明/ps01.ipynb"], "ann", "王 小明"),
    "nbgrader's inbound": (OURS, ["c/inbound/ann+ps01+2026-11-24 10:15:00.5 UTC+x1/ps01.ipynb",
                                  "c/inbound/a[b]+ps01+2026-11-24 10:15:00 +0200/ps01.ipynb"], "ann", "a=5Bb=5D"),
    "nbgrader's submitted": (OURS, ["submitted/ann/ps01/ps01.ipynb", "submitted/a[b]/ps01/ps01.ipynb"],
                             "ann", "a=5Bb=5D"),
    "wrapped": (OURS, ["download/ann/ps01.ipynb", "download/a[b]/ps01.ipynb"], "ann", "a=5Bb=5D"),
}


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("csv, names, one, two", LAYOUTS.values(), ids=LAYOUTS)
def test_each_layout_finds_its_students(course, notebook, tmp_path, csv, names, one, two, packed):
    contents = [notebook(1), notebook(2)]
    files = {name: zipped({f"work/{PS}.ipynb": data}) if name.lower().endswith(".zip") else data
             for name, data in zip(names, contents)}
    source = zipped(files, tmp_path / "all.zip") if packed else lay(tmp_path / "all", files)
    roster = table(tmp_path, csv)
    lines = collect(course, source, [PS], roster)
    assert [submitted(course, student) for student in (one, two)] == contents, lines
    assert sum(line.taken for line in lines) == 2
    absent = [line for line in lines if not line.taken]
    assert [line.notes for line in absent] == [["handed in nothing"]] * (len(roster.students) - 2)
    assert {path.parent.parent.parent.name for path in course.root.glob("submitted/*/*/ps01.ipynb")} == {"submitted"}
    for student in (one, two):
        path = course.folder("submitted", PS, student) / f"{PS}.ipynb"
        assert not path.stat().st_mode & 0o111


@pytest.mark.parametrize("names, ids", [
    (["doejane_123_4567_ps01.ipynb", "roejim_124_1_ps01.ipynb"], ["doejane_123", "roejim_124"]),
    (["anon_a1B2c_4567_ps01.ipynb", "LATE_anon_x9_1_ps01.ipynb"], ["anon_a1B2c", "anon_x9"]),
    (["Jane Doe_71_assignsubmission_file/a.ipynb", "Participant_72_assignsubmission_file/a.ipynb"],
     ["Jane Doe", "participant 72"]),
    (["ann/ps01.ipynb", "Zoë [x]/ps01.ipynb"], ["ann", "Zoë =5Bx=5D"]),
])
def test_without_a_roster_the_names_are_the_ids(course, notebook, tmp_path, names, ids):
    files = {name.replace("/a.ipynb", "/ps01.ipynb"): notebook(k) for k, name in enumerate(names)}
    collect(course, zipped(files, tmp_path / "all.zip"), [PS])
    assert [submitted(course, student) for student in ids] == [notebook(0), notebook(1)]


def test_what_does_not_match_is_told_and_not_taken(course, notebook, tmp_path):
    twins = CANVAS + '"Doe, Jane",126,9003,jane2,B,\n'
    files = {
        "doejane_999_1_ps01.ipynb": b"two students have this name",
        "smithbob_998_2_ps01.ipynb": b"nobody has this name",
        "doejane_123_124_5_ps01.ipynb": b"could be Jane's file 124, or that of somebody called doejane_123",
        "müllerjürgen_124_3_ps01.ipynb": notebook(),
    }
    lines = collect(course, zipped(files, tmp_path / "all.zip"), [PS], table(tmp_path, twins))
    assert taken(lines) == {"jmueller": True, "jdoe": False, "jane2": False, "125": False}
    assert notes(lines, "doejane_999_1_ps01.ipynb") == ["may be each of jane2, jdoe: the roster must tell them apart"]
    assert notes(lines, "smithbob_998_2_ps01.ipynb") == ["not in the roster"]
    assert notes(lines, "doejane_123_124_5_ps01.ipynb") == [
        "may be each of jdoe, jmueller: the roster must tell them apart"
    ]
    assert notes(lines, "jdoe") == ["handed in nothing"]


def test_two_users_of_one_name_are_not_mixed(course, notebook, tmp_path):
    files = {f"Jane Doe_{n}_assignsubmission_file/ps01.ipynb": notebook(n) for n in (71, 72)}
    (line,) = collect(course, zipped(files, tmp_path / "all.zip"), [PS])
    assert not line.taken and "are two users of the LMS" in line.notes[0]
    assert submitted(course, "Jane Doe") is None


def test_names_that_differ_by_capitals_are_not_mixed(course, notebook, tmp_path):
    source = zipped({"ann/ps01.ipynb": notebook(1), "Ann/ps01.ipynb": notebook(2)}, tmp_path / "all.zip")
    lines = collect(course, source, [PS])
    assert taken(lines) == {"ann": True}
    assert "differs from ann only by capital letters" in notes(lines, "Ann")[0]


def test_one_name_in_two_unicode_spellings_is_one_student(course, notebook, tmp_path):
    files = {"Zoe\u0308/ps01.ipynb": notebook(1)}
    lines = collect(course, zipped(files, tmp_path / "all.zip"), [PS], table(tmp_path, "id\nZo\u00eb\n"))
    assert taken(lines) == {"Zo\u00eb": True} and submitted(course, "Zo\u00eb") == notebook(1)


def test_names_are_compared_without_case_accents_and_signs():
    assert key("O’Neill-Müller, ZOË") == key("ONeill Muller Zoe") == "oneillmullerzoe"


def test_a_name_in_utf_8_that_does_not_say_so_is_read_as_it_was_meant(course, notebook, tmp_path):
    data = bytearray(zipped({"Zoë/ps01.ipynb": notebook()}))
    for mark, place in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
        data[data.index(mark) + place] &= ~0x08
    (tmp_path / "all.zip").write_bytes(data)
    assert taken(collect(course, tmp_path / "all.zip", [PS])) == {"Zoë": True}


FORGED = {
    "Moodle's name inside": (CANVAS, "doejane_123_1_w.zip", "Jürgen Müller_72_assignsubmission_file/ps01.ipynb"),
    "Canvas's name inside": (MOODLE, "Jane Doe_71_assignsubmission_file/w.zip", "müllerjürgen_124_9_ps01.ipynb"),
    "an exchange in a folder": (OURS, "ann/w.zip", "inbound/a[b]+ps01+2026-01-01 00:00:00 UTC/ps01.ipynb"),
    "a folder of another name": (OURS, "ann.zip", "a[b]/ps01.ipynb"),
}


@pytest.mark.parametrize("csv, outer, inner", FORGED.values(), ids=FORGED)
def test_nobody_hands_in_for_another(course, notebook, tmp_path, csv, outer, inner):
    roster = table(tmp_path, csv)
    collect(course, zipped({outer: zipped({inner: notebook()})}, tmp_path / "all.zip"), [PS], roster)
    owner = roster.students[0].folder  # Jane, or Ann: whose the outer name is
    assert [path.parts[-3] for path in course.root.glob("submitted/*/*/ps01.ipynb")] == [owner]
    assert submitted(course, owner, "timestamp.txt") is None


def test_a_folder_that_stands_alone_is_its_students(course, notebook, tmp_path):
    forged = {"ann/inbound/bob+ps01+2026-01-01 00:00:00 UTC/ps01.ipynb": notebook(),
              "ann/submitted/bob/ps01/ps01.ipynb": notebook(), "ann/carl/x/ps01.ipynb": notebook()}
    for packed in (lay(tmp_path / "in", forged), zipped(forged, tmp_path / "all.zip")):
        collect(course, packed, [PS])
        assert [path.parts[-3] for path in course.root.glob("submitted/*/*/ps01.ipynb")] == ["ann"]
        assert submitted(course, "ann", "timestamp.txt") is None


# Which file is it?

@pytest.mark.parametrize("files, says", [
    (["ann/PS01.ipynb"], "PS01.ipynb was taken for ps01.ipynb"),
    (["ann/PS01.ipynb", "ann/ps01.ipynb"], "ps01.ipynb was taken; also found: PS01.ipynb"),
    (["ann/ps01 (1).ipynb"], "ps01 (1).ipynb was taken for ps01.ipynb"),
    (["ann/homework.ipynb"], "homework.ipynb was taken for ps01.ipynb: it holds its cells"),
    (["ann/old/ps01.ipynb", "ann/ps01/ps01.ipynb"], "ps01/ps01.ipynb was taken; also found: old/ps01.ipynb"),
    (["ann/x.ipynb", "ann/y.ipynb"], "ps01.ipynb is missing; found: x.ipynb, y.ipynb"),
    (["ann/ps01 a.ipynb", "ann/ps01 b.ipynb"], "ps01.ipynb is missing; found: ps01 a.ipynb, ps01 b.ipynb"),
    (["ann/ps010.ipynb", "ann/ps02.ipynb"], "ps01.ipynb is missing; found: ps010.ipynb, ps02.ipynb"),
    (["ann/ps01.pdf"], "ps01.ipynb is missing; found: no notebook, but ps01.pdf"),
])
def test_the_notebook_is_found_or_the_files_are_named(course, notebook, tmp_path, files, says):
    (line,) = collect(course, lay(tmp_path / "in", {name: notebook() for name in files}), [PS])
    assert line.notes == [says] and line.taken == ("missing" not in says)


def test_only_problem_sets_that_came_are_reported_unless_they_are_asked_for(course, notebook, tmp_path):
    shutil.copytree(course.folder("release", PS), course.folder("release", "ps02"))
    (course.folder("release", "ps02") / f"{PS}.ipynb").rename(course.folder("release", "ps02") / "ps02.ipynb")
    source = lay(tmp_path / "in", {"ann/ps01.ipynb": notebook()})
    assert [line.problem_set for line in collect(course, source, [PS, "ps02"], all_asked=False)] == [PS]
    assert [line.problem_set for line in collect(course, source, [PS, "ps02"])] == [PS, "ps02"]


# Nothing gets out.

HOSTILE = {
    "climbs": ("../../evil/ps01.ipynb", "climbs out with `..`"),
    "climbs from a folder": ("ann/../../bob/ps01.ipynb", "climbs out with `..`"),
    "climbs, by backslash": ("ann\\..\\..\\bob\\ps01.ipynb", "climbs out with `..`"),
    "absolute": ("/tmp/evil/ps01.ipynb", "is an absolute path"),
    "a drive": ("C:\\evil\\ps01.ipynb", "is an absolute path"),
    "a NUL": ("ann/ps01.ipynb\0.txt", "has a NUL in its name"),
    "too deep": ("ann/" + "x/" * 20 + "ps01.ipynb", "lies more than 12 folders deep"),
}


@pytest.mark.parametrize("name, says", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("inner", [False, True], ids=["outer", "a student's"])
def test_no_name_leads_out(course, notebook, tmp_path, name, says, inner):
    files = {name.replace("\0", "\1"): notebook(1)}  # zipfile itself cuts a name at a NUL
    if inner:
        files = {"mallory.zip": zipped(files).replace(b"\1.txt", b"\0.txt")}
    (tmp_path / "all.zip").write_bytes(
        zipped(files | {"honest/ps01.ipynb": notebook(2)}).replace(b"\1.txt", b"\0.txt")
    )
    before = set(tmp_path.rglob("*")) | set(Path("/tmp").glob("evil*"))
    lines = collect(course, tmp_path / "all.zip", [PS])
    assert taken(lines)["honest"] and submitted(course, "honest") == notebook(2)
    assert any(says in note for line in lines for note in line.notes), lines
    assert submitted(course, "bob") is None and submitted(course, "ann") is None
    new = (set(tmp_path.rglob("*")) | set(Path("/tmp").glob("evil*"))) - before
    assert all(path.is_relative_to(course.root / "submitted") or path.is_relative_to(course.root / "attempts")
               for path in new)


def test_a_path_that_is_written_oddly_is_the_same_path(course, notebook, tmp_path):
    data = zipped({"./ann//ps01.ipynb": notebook(1), "bob/./ps01.ipynb": notebook(2)}, tmp_path / "all.zip")
    assert taken(collect(course, data, [PS])) == {"ann": True, "bob": True}
    assert submitted(course, "ann") == notebook(1) and submitted(course, "bob") == notebook(2)


def test_links_pipes_and_encrypted_members_are_left_alone(course, notebook, tmp_path):
    def spoil(member):
        kind = {"linked": stat.S_IFLNK | 0o777, "pipe": stat.S_IFIFO | 0o644}.get(member.filename.split("/")[0], 0o777)
        member.external_attr = kind << 16

    data = zipped({"linked/ps01.ipynb": b"/etc/passwd", "pipe/ps01.ipynb": b"", "ann/ps01.ipynb": notebook()},
                  change=spoil)
    (tmp_path / "all.zip").write_bytes(data)
    lines = collect(course, tmp_path / "all.zip", [PS])
    assert taken(lines) == {"ann": True, "linked": False, "pipe": False}
    assert notes(lines, "linked") == ["ps01.ipynb is a link: left alone"]
    assert notes(lines, "pipe") == ["ps01.ipynb is no ordinary file: left alone"]
    assert not (course.folder("submitted", PS, "ann") / f"{PS}.ipynb").stat().st_mode & 0o111
    locked = bytearray(zipped({"ann/ps01.ipynb": notebook()}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + place] |= 1
    (tmp_path / "locked.zip").write_bytes(locked)
    (line,) = collect(course, tmp_path / "locked.zip", [PS])
    assert line.notes == ["ps01.ipynb is encrypted: left alone"]


def test_what_nobody_hands_in_is_not_looked_at(course, notebook, tmp_path):
    hidden = {f"ann/{name}/ps01.ipynb": notebook(1) for name in (".ipynb_checkpoints", "__MACOSX", ".git")}
    files = {"ann/work/ps01.ipynb": notebook(2), ".trash/ps01.ipynb": notebook(3)} | hidden
    for packed in (lay(tmp_path / "in", files), zipped(files, tmp_path / "all.zip")):
        (line,) = collect(course, packed, [PS])
        assert submitted(course, "ann") == notebook(2) and line.notes == []


def test_links_and_pipes_of_a_folder_are_left_alone(course, notebook, tmp_path):
    (tmp_path / "secret").write_bytes(notebook())
    folder = lay(tmp_path / "in", {"ann/ps01.ipynb": notebook(1), "linked/x.txt": b"", "pipe/x.txt": b""})
    (folder / "linked/ps01.ipynb").symlink_to(tmp_path / "secret")
    (folder / "folder").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe/ps01.ipynb")
    lines = collect(course, folder, [PS])
    assert taken(lines) == {"ann": True, "linked": False, "pipe": False}
    assert "ps01.ipynb is a link: left alone" in notes(lines, "linked")
    assert notes(lines, "folder") == ["is a link: left alone"]


def test_archive_bombs_cost_their_student_only(course, notebook, tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "FILES", 20)
    monkeypatch.setattr(archive, "LARGEST", 12_500_000)
    monkeypatch.setattr(archive, "TOTAL", 20_000_000)
    flat = zipped({f"{k}.ipynb": b"" for k in range(21)})
    files = {
        "honest/ps01.ipynb": notebook(),
        "large/ps01.ipynb": random.Random(0).randbytes(1000) * 13_000,
        "ratio/ps01.ipynb": bytes(12_000_000),
        "many.zip": flat,
        **{f"files/{k}.txt": b"" for k in range(25)}, "files/ps01.ipynb": notebook(),
        "total.zip": zipped({f"{k}.ipynb": random.Random(k).randbytes(2_200_000) for k in range(5)}),
        "nested.zip": zipped({"a.zip": zipped({"ps01.ipynb": notebook()}), "ps01.ipynb": notebook()}),
        "lies.zip": zipped({"ps01.ipynb": notebook()}).replace(b"PK\x01\x02", b"PK\x01\x03"),
    }
    lines = collect(course, zipped(files, tmp_path / "all.zip"), [PS])
    said = {line.student: "; ".join(line.notes) for line in lines}
    left = ["large", "ratio", "many", "files", "total", "lies"]
    assert taken(lines) == dict.fromkeys(left, False) | {"honest": True, "nested": True}, said
    assert said["honest"] == ""
    assert "larger than 12 MB" in said["large"] and "more than 200 times" in said["ratio"]
    assert "holds more than 20 files" in said["many"] and "holds more than 20 files" in said["files"]
    assert "together with the other files" in said["total"] and "zip archive that can be read" in said["lies"]


def test_an_archive_that_is_none_is_one_sentence(course, tmp_path, monkeypatch):
    (tmp_path / "all.zip").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(CourseError, match="is not a zip archive that can be read"):
        collect(course, tmp_path / "all.zip", [PS])
    monkeypatch.setattr(archive, "MEMBERS", 2)
    with pytest.raises(CourseError, match="holds more than 2 files"):
        collect(course, zipped({f"a/{k}": b"" for k in range(3)}, tmp_path / "all.zip"), [PS])
    with pytest.raises(CourseError, match="nowhere is not a folder or a zip file"):
        collect(course, tmp_path / "nowhere", [PS])
    (tmp_path / "empty").mkdir()
    with pytest.raises(CourseError, match="holds no student's submission"):
        collect(course, tmp_path / "empty", [PS])


def test_a_damaged_archive_never_stops_the_run(tmp_path):
    inner = zipped({"ps01.ipynb": b"x" * 300, "a/b.txt": b"y"})
    good = zipped({"ann/ps01.ipynb": b"z" * 300, "bob.zip": inner, "Zoë/ps01.ipynb": b"1" * 50, "d/": b""})
    chance = random.Random(0)
    read = 0
    for _ in range(400):
        data = bytearray(good)
        for _ in range(chance.choice((1, 2, 8))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        (tmp_path / "all.zip").write_bytes(data[: chance.choice((len(data), chance.randrange(len(data))))])
        try:
            with archive.open_source(tmp_path / "all.zip") as found:
                for file in found.files:
                    assert not set(file.parts) & {"..", "", "."}
                    try:
                        read += len(file.read()) > 0
                    except archive.CannotTake:
                        pass
        except CourseError:
            pass
    assert read > 100


DAMAGED = {
    "grade ids that are lists": {"grade_id": ["x"]}, "settings that are a list": [1], "deep": None,
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_notebook_is_one_row(course, notebook, tmp_path, kind):
    if kind == "deep":
        data = b'{"nbformat": 4, "cells": ' + b"[" * 100_000
    else:
        content = json.loads(notebook())
        content["cells"][1]["metadata"]["nbgrader"] = DAMAGED[kind]
        data = json.dumps(content).encode()
    source = lay(tmp_path / "in", {"bad/ps01.ipynb": data, "also/homework.ipynb": data, "ann/ps01.ipynb": notebook()})
    lines = collect(course, source, [PS])
    assert taken(lines) == {"ann": True, "bad": True, "also": False} and notes(lines, "bad")


# Nothing is lost.

def attempts(course, student):
    return [one.sha256[:4] + one.handed_in[:16] for one in Attempts(course, PS, student, lambda data: "").all]


def test_collecting_again_changes_nothing(course, notebook, tmp_path):
    files = {"submitted/ann/ps01/ps01.ipynb": notebook(1), "submitted/a[b]/ps01/ps01.ipynb": b"{",
             "submitted/ann/ps01/timestamp.txt": b"2026-11-24 10:15:00 UTC"}
    roster = table(tmp_path, OURS)
    first = collect(course, lay(tmp_path / "in", files), [PS], roster)
    before = everything(course)
    again = collect(course, zipped(files, tmp_path / "all.zip"), [PS], roster)
    assert everything(course) == before
    assert [(line.student, line.taken, line.notes) for line in again] == [
        (line.student, line.taken, line.notes) for line in first
    ]
    assert [line.new for line in first] == [True, True, False] and not any(line.new for line in again)


def test_every_attempt_is_kept_and_the_newest_that_can_be_read_counts(course, notebook, tmp_path):
    def hand_in(data):
        return collect(course, zipped({"ann/ps01.ipynb": data}, tmp_path / "all.zip"), [PS])[0]

    for k in (1, 2):
        assert hand_in(notebook(k)).taken and submitted(course, "ann") == notebook(k)
    broken = hand_in(b"{")
    assert not broken.taken and broken.new and broken.notes[-1] == "the earlier submission was kept"
    assert submitted(course, "ann") == notebook(2)
    older = hand_in(notebook(1))
    assert not older.taken and older.notes == ["an earlier attempt: the newer one stays"]
    assert hand_in(notebook(3)).taken and submitted(course, "ann") == notebook(3)
    kept = sorted(path.read_bytes() for path in course.root.glob("attempts/ann/ps01/*/ps01.ipynb"))
    assert kept == sorted([notebook(1), notebook(2), notebook(3), b"{"])


def test_canvas_numbers_and_times_order_the_attempts(course, notebook, tmp_path):
    def canvas(number, k):
        files = {f"doejane_123_{number}_ps01.ipynb": notebook(k)}
        return collect(course, zipped(files, tmp_path / "all.zip"), [PS])[0].taken

    assert canvas(20, 2) and not canvas(10, 1) and submitted(course, "doejane_123") == notebook(2)
    assert canvas(30, 1) and submitted(course, "doejane_123") == notebook(1)  # back to the first: a new attempt
    assert canvas(40, 4) and not canvas(30, 1) and len(attempts(course, "doejane_123")) == 4  # it was there already
    files = {f"inbound/ann+ps01+2026-11-2{day} 10:15:00 UTC/ps01.ipynb": notebook(day) for day in (5, 3, 4)}
    for _ in range(2):
        collect(course, zipped(files, tmp_path / "all.zip"), [PS])
        assert submitted(course, "ann") == notebook(5) and len(attempts(course, "ann")) == 3
    assert submitted(course, "ann", "timestamp.txt") == b"2026-11-25 10:15:00.000000 UTC"


def test_an_older_upload_that_is_collected_afterwards_outdates_nothing(course, notebook, tmp_path):
    def canvas(number, k):
        collect(course, zipped({f"doejane_123_{number}_ps01.ipynb": notebook(k)}, tmp_path / "all.zip"), [PS])

    canvas(20, 2)
    lay(course.folder("submitted", PS, "doejane_123"), {"ps01.ipynb": notebook(3)})  # by hand, since
    canvas(10, 1)
    assert submitted(course, "doejane_123") == notebook(3) and len(attempts(course, "doejane_123")) == 3


def test_what_lay_in_submitted_before_is_kept_too(course, notebook, tmp_path):
    folder = course.folder("submitted", PS, "ann")
    lay(folder, {"ps01.ipynb": notebook(1), "timestamp.txt": b"2026-11-01 10:00:00 UTC", "notes.txt": b"by hand"})
    collect(course, lay(tmp_path / "in", {"ann/ps01.ipynb": notebook(2)}), [PS])
    assert submitted(course, "ann") == notebook(2) and (folder / "notes.txt").read_bytes() == b"by hand"
    assert len(attempts(course, "ann")) == 2 and submitted(course, "ann", "timestamp.txt") is None


def test_a_time_that_the_instructor_writes_stays(course, notebook, tmp_path):
    source = lay(tmp_path / "in", {"ann/ps01.ipynb": notebook()})
    for _ in range(3):
        collect(course, source, [PS])
        lay(course.folder("submitted", PS, "ann"), {"timestamp.txt": b"2026-11-20 10:00:00 UTC\n"})
    collect(course, source, [PS])
    assert submitted(course, "ann", "timestamp.txt") == b"2026-11-20 10:00:00.000000 UTC"
    collect(course, lay(tmp_path / "in", {"ann/ps01.ipynb": notebook(1)}), [PS])
    assert submitted(course, "ann") == notebook(1) and submitted(course, "ann", "timestamp.txt") is None


def test_what_cannot_be_written_is_one_row(course, notebook, tmp_path):
    lay(course.root, {"attempts/ann": b"a file where a folder should be"})
    lines = collect(course, lay(tmp_path / "in", {"ann/ps01.ipynb": notebook(), "bob/ps01.ipynb": notebook()}), [PS])
    assert taken(lines) == {"ann": False, "bob": True} and "could not be kept" in notes(lines, "ann")[0]


def test_a_lost_note_does_not_lose_the_attempt(course, notebook, tmp_path):
    for k in (1, 2):
        collect(course, lay(tmp_path / "in", {"ann/ps01.ipynb": notebook(k)}), [PS])
    for note in course.root.glob("attempts/*/*/*/attempt.json"):
        note.write_text("{")
    (line,) = collect(course, tmp_path / "in", [PS])
    assert line.taken and not line.new and len(attempts(course, "ann")) == 2


def test_a_submission_from_before_without_a_place_in_the_roster_is_told(course, notebook, tmp_path):
    source = zipped({"doejane_123_4567_ps01.ipynb": notebook()}, tmp_path / "all.zip")
    collect(course, source, [PS])
    lines = collect(course, source, [PS], table(tmp_path, CANVAS))
    assert taken(lines)["jdoe"] and "not in the roster, but in submitted/" in notes(lines, "doejane_123")[0]


def test_a_run_that_was_killed_is_mended_by_the_next(course, notebook, tmp_path, monkeypatch):
    source = lay(tmp_path / "in", {f"{name}/ps01.ipynb": notebook(k) for k, name in enumerate("abcd")})
    real = os.replace

    def killed_at(turn):
        count = iter(range(100))
        return lambda *paths: 1 / 0 if next(count) == turn else real(*paths)

    for turn in range(12):
        monkeypatch.setattr(os, "replace", killed_at(turn))
        try:
            collect(course, source, [PS])
        except ZeroDivisionError:
            pass
    monkeypatch.undo()
    collect(course, source, [PS])
    for k, name in enumerate("abcd"):
        assert submitted(course, name) == notebook(k) and len(attempts(course, name)) == 1


# When was it handed in?

def due(course, date):
    with course.gradebook() as gradebook:
        gradebook.find_assignment(PS).duedate = parse_utc(date)
        gradebook.db.commit()


def test_canvas_flag_of_lateness_becomes_a_time_that_costs_no_more_than_is_known(course, notebook, tmp_path):
    source = zipped({"doejane_LATE_123_1_ps01.ipynb": notebook(), "roe_124_2_ps01.ipynb": notebook(1)},
                    tmp_path / "all.zip")
    lines = collect(course, source, [PS])
    assert "has no due date" in notes(lines, "doejane_123")[0] and submitted(course, "roe_124", "timestamp.txt") is None
    due(course, "2026-11-24 10:00:00 UTC")
    lines = collect(course, source, [PS])
    assert "late, says Canvas, but not by how much" in notes(lines, "doejane_123")[0]
    assert submitted(course, "doejane_123", "timestamp.txt") == b"2026-11-24 10:00:01.000000 UTC"
    stamp = course.directory.get_existing_timestamp(str(course.folder("submitted", PS, "doejane_123")))
    assert stamp == parse_utc("2026-11-24 10:00:01 UTC")  # nbgrader reads it


def test_a_late_upload_is_newer_than_an_earlier_one_that_was_collected_after_the_due_date(course, notebook, tmp_path):
    due(course, "2026-11-24 10:00:00 UTC")
    first = {"kim_150_6001_ps01.ipynb": notebook(1)}
    collect(course, zipped(first, tmp_path / "first.zip"), [PS])
    second = zipped({"kim_LATE_150_6002_ps01-1.ipynb": notebook(2)}, tmp_path / "second.zip")
    for _ in range(2):
        collect(course, second, [PS])
        assert submitted(course, "kim_150") == notebook(2)
        assert submitted(course, "kim_150", "timestamp.txt") == b"2026-11-24 10:00:01.000000 UTC"
    lines = collect(course, tmp_path / "first.zip", [PS])
    assert submitted(course, "kim_150") == notebook(2)
    assert notes(lines, "kim_150") == ["an earlier attempt: the newer one stays"]


def test_times_come_from_those_who_know_them(course, notebook, tmp_path, monkeypatch):
    forged = {"ann/ps01/ps01.ipynb": notebook(), "ann/ps01/timestamp.txt": b"2020-01-01 00:00:00 UTC"}
    lines = collect(course, lay(tmp_path / "in", forged), [PS])
    assert notes(lines, "ann") == ["its timestamp.txt was left alone: anybody could have written it"]
    assert submitted(course, "ann", "timestamp.txt") is None
    files = {"inbound/bob+ps01+2026-11-24 10:15:00 +0200/ps01.ipynb": notebook(),
             "inbound/bob+ps01+2026-11-24 10:15:00 +0200/timestamp.txt": b"2020-01-01 00:00:00 UTC"}
    collect(course, zipped(files, tmp_path / "all.zip"), [PS])
    assert submitted(course, "bob", "timestamp.txt") == b"2026-11-24 08:15:00.000000 UTC"
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:  # Moodle writes the times of the teacher's own time zone
        moodle = zipped({"Jane Doe_71_assignsubmission_file/ps01.ipynb": notebook()}, tmp_path / "all.zip")
        collect(course, moodle, [PS], table(tmp_path, WORKSHEET))
        odd = table(tmp_path, WORKSHEET.replace("Tuesday, 24 November 2026, 10:15 AM", "mardi 24 novembre 2026"))
        assert "is no time that can be read" in notes(collect(course, moodle, [PS], odd), "jane@uni.edu")[0]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert submitted(course, "jane@uni.edu", "timestamp.txt") == b"2026-11-24 09:15:00.000000 UTC"
    assert [utc(text) for text in ("yesterday", "", "99", "2026-13-01 10:00:00 UTC")] == ["", "", "", ""]


# The roster.

@pytest.mark.parametrize("csv, ids", [
    (CANVAS, ["jdoe", "jmueller", "125"]), (MOODLE, ["9001", "j@uni.edu"]), (OURS, ["ann", "a[b]", "王 小明"]),
    (WORKSHEET, ["jane@uni.edu", "j@uni.edu"]), (OURS.replace(",", ";"), ["ann", "a[b]", "王 小明"]),
    ("ID\tLast Name\nx\ty\n\n", ["x"]),
])
def test_rosters_are_known_by_their_columns(tmp_path, csv, ids):
    assert [student.id for student in table(tmp_path, csv).students] == ids


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_rosters_come_in_several_encodings(tmp_path, encoding):
    (tmp_path / "list.csv").write_text(MOODLE, encoding=encoding)
    assert read_roster(tmp_path / "list.csv").students[1].name == "Jürgen Müller"


@pytest.mark.parametrize("csv, says", [
    ("", "has the columns (none)"), ("a,b\n1,2\n", "has the columns a, b. Expected: id"), ("id\n", "names no student"),
    ("id\nann\nAnn\n", "has the id 'Ann' beside 'ann'"), ("id\n" + "x" * 200 + "\n", "is empty or longer than 100"),
    ("id\n\"" + "x" * 200_000 + "\"\n", "is not a table as CSV"),
])
def test_a_bad_roster_gets_a_sentence(tmp_path, csv, says):
    with pytest.raises(CourseError) as caught:
        table(tmp_path, csv)
    assert says in str(caught.value)


def test_a_missing_roster_gets_a_sentence(tmp_path):
    with pytest.raises(CourseError, match="cannot be read"):
        read_roster(tmp_path / "none.csv")


def test_the_roster_enters_the_gradebook(course, notebook, tmp_path):
    for _ in range(2):
        collect(course, lay(tmp_path / "in", {"ann/ps01.ipynb": notebook()}), [PS], table(tmp_path, OURS))
    with sqlite3.connect(course.root / "gradebook.db") as gradebook:
        rows = gradebook.execute("select id, first_name, last_name, email, lms_user_id from student order by id")
        assert list(rows) == [("a=5Bb=5D", "Al", "Bo", None, "78"), ("ann", "Ann", "Ash", "ann@uni.edu", "77"),
                              ("王 小明", "小明", "王", None, "79")]


def test_a_full_name_is_entered_in_its_two_parts(course, tmp_path):
    enter(course, table(tmp_path, WORKSHEET))
    with course.gradebook() as gradebook:
        names = {(row.first_name, row.last_name) for row in gradebook.students}
    assert names == {("Jane", "Doe"), ("Jürgen", "Müller")}


@pytest.mark.parametrize("student", ["ann", "a[b]", "Zoë Müller", "王 小明", "con", "../x", ".x", "x ", "a=5B",
                                     "a\u200bb", "نام\u200cخانوادگی", "a/b\\c", "x\x1b[31m", "a+b",
                                     "\u202eevil", "100%"])
def test_ids_are_safe_and_can_be_read_back(student):
    safe = safe_id(student)
    assert real_id(safe) == student and safe_id(student) == safe
    assert not set(safe) & set('*?[]/\\:+%"<>|') and safe == safe.strip() and safe[0] != "." and safe.isprintable()


# The command.

def test_the_command_says_who_needs_you(course, notebook, tmp_path, monkeypatch, capsys):
    (course.root / "roster.csv").write_text(OURS, encoding="utf-8")
    files = {"ann/ps01.ipynb": notebook(), "\x1b[31mred/ps01.ipynb": notebook(), "a[b]/ps01.ipynb": b""}
    zipped(files, tmp_path / "all.zip")
    code, said = run_command(monkeypatch, capsys, "--course", course.root, "collect", tmp_path / "all.zip")
    assert code == 1 and "\x1b[31m" not in said and "not in the roster" in said
    assert "handed in nothing" in said and "the file is empty" in said
    assert "ps01: 2 collected, 0 already there, 1 not" in said
    code, said = run_command(monkeypatch, capsys, "--course", course.root, "collect", tmp_path / "all.zip",
                             "--roster", tmp_path / "none.csv")
    assert code == 2 and "none.csv cannot be read" in said
    (course.root / "roster.csv").write_text("id\nann\n")
    shutil.rmtree(course.root / "submitted" / "a=5Bb=5D")
    code, said = run_command(monkeypatch, capsys, "--course", course.root, "collect",
                             lay(tmp_path / "in", {"ann/ps01.ipynb": notebook()}))
    assert (code, said.strip()) == (0, "ps01: 0 collected, 1 already there, 0 not")


def test_who_handed_in_before_is_not_said_to_have_handed_in_nothing(course, notebook, tmp_path):
    roster = table(tmp_path, "id\nann\nbob\n")
    collect(course, lay(tmp_path / "first", {"ann/ps01.ipynb": notebook()}), [PS], roster)
    lines = collect(course, lay(tmp_path / "second", {"bob/ps01.ipynb": notebook(1)}), [PS], roster)
    assert notes(lines, "ann") == notes(lines, "bob") == [] and taken(lines) == {"ann": True, "bob": True}
    assert submitted(course, "ann") == notebook()


def test_a_problem_set_that_is_not_released_yet_is_in_nobodys_way(course, notebook, tmp_path):
    shutil.copytree(course.root / "solutions" / PS, course.root / "solutions/ps02")
    (course.root / f"solutions/ps02/{PS}.md").rename(course.root / "solutions/ps02/ps02.md")
    assert course.problem_sets() == [PS, "ps02"]
    assert taken(collect(course, lay(tmp_path / "in", {"ann/ps01.ipynb": notebook()}), [PS])) == {"ann": True}


def test_the_notebook_of_another_problem_set_is_recognised(course, notebook, tmp_path):
    shutil.copytree(course.root / "solutions" / PS, course.root / "solutions/ps02")
    (course.root / f"solutions/ps02/{PS}.md").rename(course.root / "solutions/ps02/ps02.md")
    other = nbformat.reads(notebook().decode(), as_version=4)
    for cell in other.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader["grade_id"] += "-2"
    course.folder("release", "ps02").mkdir(parents=True)
    write_notebook(other, course.folder("release", "ps02") / "ps02.ipynb")
    files = {"eve/ps01.ipynb": nbformat.writes(other).encode(), "ann/ps01.ipynb": notebook()}
    lines = collect(course, lay(tmp_path / "in", files), [PS])
    assert notes(lines, "eve") == ["it holds the cells of ps02: ask the student for the right notebook"]
    assert notes(lines, "ann") == []
