"""What is missing is said, with how to get it, and the doctor always comes to the end."""

import os
import shutil
import sys
from importlib import metadata
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from test_cli import run_command
from test_grading import ROOT, RUNS_NBGRADER
from test_source import TINY

from grading import doctor
from grading.authoring.release import release
from grading.course import Course
from grading.course_doctor import course, older_than_source
from grading.doctor import ADVICE, GIB, MISSING, OK, Finding, examine
from grading.engine import jail

pytestmark = RUNS_NBGRADER
PS = "tiny"


def states(root):
    return {found.what: (found.state, found.says) for found in examine(root)}


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    root = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    (root / "solutions" / PS).mkdir(parents=True)
    (root / "solutions" / PS / f"{PS}.md").write_text(TINY)
    release(Course(root), PS)
    return root


@pytest.fixture
def root(released, tmp_path):
    shutil.copytree(released, tmp_path / "course")
    return tmp_path / "course"


def test_a_sound_course_is_sound(root, monkeypatch, capsys):
    found = states(root)
    for what in ("Python", "packages", "alembic", "course", "gradebook", "releases"):
        assert found[what][0] == OK, (what, found[what])
    assert f"1 problem sets in {root}" in found["course"][1]
    code, said = run_command(monkeypatch, capsys, "--course", root, "doctor")
    assert code == (MISSING in [state for state, _ in found.values()])
    assert all(what in said for what in found) and "what the sources give" in said


@pytest.mark.parametrize(("old", "new", "older"), [
    ("# A tiny", "# A tiny", []), ("# A tiny", "# A very tiny", [PS]), ("-21).gives(-42", "-22).gives(-44", [PS]),
    ("```{code-cell}", "```{code-cell", [PS])])
def test_a_source_that_changed_since_its_release_is_found(root, old, new, older):
    assert older_than_source(Course(root), [PS]) == []
    edit(root, old, new)
    released = root / "exercises" / PS / f"{PS}.ipynb"
    os.utime(released, (1, 1))  # long before the source
    assert older_than_source(Course(root), [PS]) == older


def test_it_changes_nothing(root):
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    list(examine(root))
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


# (what is done to a course, which finding says so, and what it says)
COURSES = {
    "no course": (lambda root: (root / "nbgrader_config.py").unlink(), "course", "it holds no nbgrader_config.py"),
    "no gradebook": (lambda root: (root / "gradebook.db").unlink(), "gradebook", "`course release` makes it"),
    "no database": (lambda root: (root / "gradebook.db").write_text("x" * 5000), "gradebook", "does not answer"),
    "an empty database": (lambda root: (root / "gradebook.db").write_bytes(b""), "gradebook", "has no tables yet"),
    "another nbgrader's tables": (
        lambda root: change(root, "update alembic_version set version_num = '50a4d84c131a'"), "gradebook",
        "the tables of another nbgrader (50a4d84c131a",
    ),
    "no release": (lambda root: shutil.rmtree(root / "exercises"), "releases", f"`course release {PS}`"),
    "a new text": (lambda root: edit(root, "# A tiny", "# A very tiny"), "releases", f"`course release {PS}`"),
    "a new hidden test": (lambda root: edit(root, "-21).gives(-42", "-22).gives(-44"), "releases", PS),
    "other points in the gradebook": (
        lambda root: change(root, "update grade_cells set max_score = 5"), "releases", f"`course release {PS}`",
    ),
    "unknown to the gradebook": (
        lambda root: change(root, "update notebook set name = 'other'"), "releases", f"`course release {PS}`",
    ),
    "a server that is not there": (
        lambda root: settings(root, "c.CourseDirectory.db_url = 'postgresql+psycopg://me:secret@127.0.0.1:1/grades'"),
        "gradebook", "postgresql+psycopg://me:***@127.0.0.1:1/grades does not answer",
    ),
    "another driver": (
        lambda root: settings(root, "c.CourseDirectory.db_url = 'postgresql+asyncfoo://me:secret@127.0.0.1:1/grades'"),
        "gradebook", "postgresql+asyncfoo://me:***@127.0.0.1:1/grades does not answer",
    ),
    "a faulty source": (lambda root: edit(root, "locked: true", "locked: false"), "sources", "must be locked"),
}


def change(root, statement):
    engine = create_engine(f"sqlite:///{root}/gradebook.db")
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def edit(root, before, after):
    source = root / "solutions" / PS / f"{PS}.md"
    assert before in source.read_text()
    source.write_text(source.read_text().replace(before, after))


def settings(root, line):
    with (root / "nbgrader_config.py").open("a") as file:
        file.write(f"\n{line}\n")


@pytest.mark.parametrize("spoil, what, says", COURSES.values(), ids=COURSES)
def test_what_is_wrong_with_a_course_is_said(root, spoil, what, says):
    spoil(root)
    (found,) = [found for found in course(root) if found.what == what and found.state != OK]
    assert found.state == MISSING and says in found.says and "secret" not in found.says, found


def test_something_missing_is_the_exit_status(tmp_path, monkeypatch, capsys):
    code, said = run_command(monkeypatch, capsys, "--course", tmp_path, "doctor")
    assert code == 1 and "it holds no nbgrader_config.py" in said


def test_what_is_wrong_with_the_machine_is_said(tmp_path, monkeypatch):
    real = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: {"rich": "0.1"}.get(name) or real(name))
    assert list(doctor.packages())[0].state == ADVICE and "rich 0.1 (tested:" in list(doctor.packages())[0].says

    def absent(name):
        raise metadata.PackageNotFoundError(name) if name in ("nbgrader", "typer") else 0
    monkeypatch.setattr(metadata, "version", lambda name: absent(name) if name in ("nbgrader", "typer") else real(name))
    (found,) = doctor.packages()
    assert found.state == MISSING and "nbgrader, typer: `pip install" in found.says
    monkeypatch.setattr(metadata, "version", lambda name: "0.1" if name == "nbgrader" else real(name))
    assert "nbgrader >=0.9.5 (here: 0.1)" in list(doctor.packages())[0].says
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.delenv("CHROMIUM", raising=False)
    assert list(doctor.alembic())[0].state == MISSING
    assert list(doctor.browser())[0].state == ADVICE and "apt install chromium" in list(doctor.browser())[0].says


@pytest.mark.parametrize("wall, sandbox, bubblewrap", [
    ("", MISSING, ADVICE), ("namespaces", OK, ADVICE), ("bubblewrap", OK, OK),
])
def test_without_a_wall_grading_is_not_safe(monkeypatch, wall, sandbox, bubblewrap):
    monkeypatch.setattr(jail, "wall", lambda: wall)
    found = {one.what: one for one in doctor.sandbox()}
    assert (found["sandbox"].state, found["bubblewrap"].state) == (sandbox, bubblewrap)
    assert wall or "apt install bubblewrap" in found["sandbox"].says


@pytest.mark.parametrize("free, state, says", [
    (GIB // 2, MISSING, "close other programs"), (3 * GIB, ADVICE, "`--workers 3`"), (99 * GIB, OK, "99.0 GiB free"),
])
def test_little_memory_is_told(monkeypatch, free, state, says):
    monkeypatch.setattr(doctor, "_free_memory", lambda: free)
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    (found,) = doctor.memory()
    assert found.state == state and says in found.says


@pytest.mark.parametrize("free, state", [(GIB // 8, MISSING), (GIB, ADVICE), (50 * GIB, OK)])
def test_a_full_disk_is_told(monkeypatch, free, state):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: type("Usage", (), {"free": free}))
    assert {found.state for found in doctor.disk()} == {state}


def test_the_doctor_comes_to_the_end_when_a_look_fails(tmp_path, monkeypatch):
    def memory():
        raise OSError("no such thing")
    monkeypatch.setattr(doctor, "memory", memory)
    found = list(examine(tmp_path))
    assert Finding("memory", MISSING, "could not be looked at: OSError: no such thing") in found
    assert found[-1].what == "course" and Path(tmp_path).exists()
