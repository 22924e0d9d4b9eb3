"""The gradebook on PostgreSQL, by its URL: the same rows as on SQLite, from the release to nbgrader's own feedback.

Starts a server of its own, from Debian's package, in a temporary folder and on a Unix socket.  Without the package
these tests are skipped, or fail where REQUIRE_POSTGRESQL is set, as it is in CI.
"""

import csv
import datetime
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest
import small_course
from small_course import PS, by_hand, dump, examine, files, hand_in

from grading.authoring.bank import fill, solved
from grading.authoring.release import release
from grading.authoring.source import read_source, write_notebook
from grading.cells import is_answer, settings
from grading.course import Course
from grading.engine.result import Result
from grading.errors import CourseError
from grading.records.grade import grade
from grading.records.gradebook import connect
from grading.records.record import record
from grading.reports.export import export

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # nbgrader leaves connections to the garbage collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Server:
    """A PostgreSQL server in a folder."""

    def __init__(self, programs):
        self.programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="postgresql-"))  # short: a socket's path has at most 107 letters
        self.user = {"user": "postgres"} if os.geteuid() == 0 else {}  # it refuses to run as root
        if self.user:
            shutil.chown(self.folder, "postgres", "postgres")
        self.call("initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()
        self.count = 0

    def call(self, program, *words):
        subprocess.run([self.programs / program, *words], check=True, cwd=self.folder, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self.user)

    def start(self):
        self.call("pg_ctl", "-D", self.folder / "data", "-l", self.folder / "log", "-w", "start",
                  "-o", f"-k {self.folder} -c listen_addresses='' -c fsync=off")

    def stop(self):
        self.call("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-w", "stop")

    def database(self):
        """The URL of a new, empty database."""
        self.count += 1
        self.call("createdb", "-h", self.folder, "-U", "postgres", f"grades{self.count}")
        return f"postgresql+psycopg://postgres@/grades{self.count}?host={self.folder}"


@pytest.fixture(scope="module")
def server():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    program = found[-1] if found else shutil.which("initdb")
    if not program:
        missing = "no PostgreSQL server: install it (apt install postgresql)"
        (pytest.fail if os.environ.get("REQUIRE_POSTGRESQL") else pytest.skip)(missing)
    server = Server(Path(program).parent)
    yield server
    server.stop()
    shutil.rmtree(server.folder)


def on(server):
    """The line of nbgrader_config.py that puts the gradebook on this server."""
    return f"c.CourseDirectory.db_url = {server.database()!r}\n"


def term(course):
    """Some weeks of a course: graded, by hand too, handed in again, early and late, graded again; the table's rows."""
    for student in ("ann", "Zoë [x]", "王小明", "o'neil"):
        hand_in(course, student, double="1.5", timestamp="2026-11-01 11:00:00 UTC")
    hand_in(course, "bob", double="fault", explain=None)
    list(grade(course, [PS], examine=examine))
    for student in ("ann", "王小明"):
        by_hand(course, student, comment="Gut! ✓")
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(PS, duedate=datetime.datetime(2026, 11, 1, 12, 0))
        gradebook.grant_extension(PS, "o'neil", days=2)
    hand_in(course, "ann", double="0.1", timestamp="2026-11-02 13:00:00 UTC")
    hand_in(course, "王小明", explain="Something else.")
    hand_in(course, "o'neil", double="2.0", timestamp="2026-11-03 11:00:00 UTC")
    (course.folder("submitted", PS, "bob") / f"{PS}.ipynb").write_text("{")
    hand_in(course, "crash", double="crash")
    return sorted((row.student, row.score, row.penalty, row.by_hand) for row in grade(course, [PS], examine=examine))


def scores_in(path, key):
    with path.open(encoding="utf-8") as file:
        return {row[key]: float(row["score"]) for row in csv.DictReader(file)}


def test_the_same_rows_as_on_sqlite(server, tmp_path):
    sqlite = small_course.make_course(tmp_path / "sqlite")
    postgresql = small_course.make_course(tmp_path / "postgresql", on(server))
    assert term(postgresql) == term(sqlite)
    assert dump(postgresql) == dump(sqlite) and len(dump(sqlite)) > 50
    assert files(postgresql) == files(sqlite)
    assert not (postgresql.root / "gradebook.db").exists()
    before = dump(postgresql)
    list(grade(postgresql, [PS], examine=examine))
    assert dump(postgresql) == before


def test_the_whole_road_with_the_real_examiner_and_nbgraders_own_commands(server, tmp_path):
    """Release, grade, a score by hand, grade again, export; `nbgrader generate_feedback`, `nbgrader export`."""
    name = "ps06"
    root = small_course.real_course(tmp_path).root
    with (root / "nbgrader_config.py").open("a") as file:
        file.write("\n" + on(server))
    course = Course(root)
    points = release(course, name)["points"]
    source = read_source(course.folder("source", name) / f"{name}.md")
    empty = nbformat.read(course.folder("release", name) / f"{name}.ipynb", as_version=4)
    items = [settings(cell)["grade_id"] for cell in source.cells if is_answer(cell)]
    right = fill(empty, {item: solved(source, item) for item in items})
    explain = next(cell for cell in right.cells if settings(cell).get("grade_id") == "explain")
    explain.source = "It adds both shares."
    for student, notebook in {"right": right, "untouched": empty}.items():
        folder = course.folder("submitted", name, student)
        folder.mkdir(parents=True)
        write_notebook(notebook, folder / f"{name}.ipynb")
    rows = {row.student: row for row in grade(course, [name])}
    essay = rows["right"].points["explain"]
    assert (rows["right"].score, rows["untouched"].score) == (points - essay, 0) and rows["right"].trouble == ""
    with course.gradebook() as gradebook:
        given = gradebook.find_grade("explain", name, name, "right")
        given.manual_score, given.needs_manual_grade = essay, False
        gradebook.db.commit()
    rows = {row.student: row for row in grade(course, [name], again=True)}
    assert (rows["right"].score, rows["right"].by_hand) == (points, [])
    assert export(course, root / "grades.csv") == 2
    assert scores_in(root / "grades.csv", "student") == {"right": points, "untouched": 0}
    for words in (["generate_feedback", name], ["export", "--to", "nbgraders.csv"]):
        done = subprocess.run([sys.executable, "-m", "nbgrader", *words], cwd=root, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    page = (course.folder("feedback", name, "right") / f"{name}.html").read_text(encoding="utf-8")
    assert f"(Score: {points:.1f} / {points:.1f})" in page and "It adds both shares." in page
    assert scores_in(root / "nbgraders.csv", "student_id") == {"right": points, "untouched": 0}


def test_a_locked_table_and_a_server_that_is_away(server, tmp_path):
    import psycopg

    course = small_course.make_course(tmp_path / "course", on(server))
    hand_in(course, "ann")
    result, said = Result(trouble="for this test"), []
    with connect(course, said.append, patience=1) as connection:
        with psycopg.connect(course.directory.db_url.replace("+psycopg", "")) as holder:
            holder.execute("LOCK TABLE grade")
            with pytest.raises(CourseError, match=r"could not be used for 1 seconds .*lock timeout.* Nothing is lost"):
                record(course, "ann", PS, result, connection)
            holder.rollback()
        assert record(course, "ann", PS, result, connection).trouble == "for this test"
        server.stop()
        try:
            with pytest.raises(CourseError, match=r"could not be used for 1 seconds .*, or start its server"):
                record(course, "ann", PS, result, connection)
        finally:
            server.start()
        assert record(course, "ann", PS, result, connection).trouble == "for this test"
    assert said and all(sentence.startswith("Waiting for the gradebook postgresql") for sentence in said)
