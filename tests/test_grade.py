"""The controller: workers, retries, journal and resume, with an examiner that runs nothing (small_course)."""

import csv
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import types
import zlib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
import small_course
from rich.console import Console
from small_course import PS, by_hand, dump, examine, files, hand_in, make_release

import grading
from grading import cli
from grading.engine.result import Result, Verdict
from grading.errors import CourseError
from grading.records import gradebook
from grading.records.grade import Workers, alone, grade, local, remote, submissions
from grading.records.job import LARGEST, Job
from grading.records.journal import Journal


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    return small_course.make_course(tmp_path_factory.mktemp("course") / "c").root


@pytest.fixture
def course(released, tmp_path):
    return small_course.copy_of(released, tmp_path / "c")


class Counting:
    """An examiner that remembers what it was asked."""

    def __init__(self):
        self.jobs, self.together, self.most = [], 0, 0
        self.lock = threading.Lock()

    def __call__(self, job):
        with self.lock:
            self.jobs.append(job)
            self.together += 1
            self.most = max(self.most, self.together)
        try:
            return examine(job)
        finally:
            with self.lock:
                self.together -= 1


def journal(course):
    return course.root / ".grading" / "journal.jsonl"


def run(course, **options):
    """{student: row}"""
    return {row.student: row for row in grade(course, [PS], **{"examine": examine} | options)}


def test_everybody_gets_a_row_and_the_gradebook_says_the_same(course):
    for number in range(9):
        hand_in(course, f"s{number}", double=str(number / 5), explain=None)
    rows = run(course)
    assert {student: row.score for student, row in rows.items()} == {f"s{n}": n / 5 + 3 for n in range(9)}
    entered = {row[1]: row[4] for row in dump(course) if row[0] == "grade" and row[3] == "test-double"}
    assert entered == {f"s{n}": n / 5 for n in range(9)}
    assert len(journal(course).read_bytes().splitlines()) == 9


@pytest.mark.parametrize("again", [False, True])
def test_nothing_waits_anew_because_somebody_emptied_autograded(course, again):
    hand_in(course, "ann")
    run(course)
    by_hand(course, "ann")
    before = dump(course)
    shutil.rmtree(course.root / "autograded")
    row = run(course, again=again)["ann"]
    assert (row.by_hand, row.notes, dump(course)) == ([], [], before)


def test_as_many_at_a_time_as_there_are_workers(course):
    for number in range(12):
        hand_in(course, f"s{number}", double="sleep 0.05", explain=str(number))
    for number in (1, 3):
        counting = Counting()
        with local(number) as workers:
            run(course, workers=workers, examine=counting, again=True)
        assert counting.most == number and len(counting.jobs) == 12


def test_a_second_run_examines_only_what_is_new(course):
    hand_in(course, "ann")
    hand_in(course, "bob", double="1.0")
    run(course)
    first = dump(course), files(course)
    counting = Counting()
    run(course, examine=counting)
    assert counting.jobs == [] and (dump(course), files(course)) == first
    hand_in(course, "bob", double="0.5")
    hand_in(course, "cem", double="1.5")
    rows = run(course, examine=counting)
    assert len(counting.jobs) == 2 and rows["bob"].score == 3.5 and rows["cem"].score == 4.5
    run(course, examine=counting, again=True)
    assert len(counting.jobs) == 5


def test_the_key_of_a_job(course):
    first = Job(PS, b"tests", b"answer", {"seconds": 10})
    assert first.key == Job(PS, b"tests", b"answer", {"seconds": 10}).key and first.key.startswith(f"{PS}:")
    others = [Job("ps02", b"tests", b"answer", {"seconds": 10}), Job(PS, b"testsa", b"nswer", {"seconds": 10}),
              Job(PS, b"tests!", b"answer", {"seconds": 10}), Job(PS, b"tests", b"answer!", {"seconds": 10}),
              Job(PS, b"tests", b"answer", {"seconds": 11})]
    assert len({job.key for job in [first, *others]}) == 6


def test_new_tests_and_a_new_engine_are_examined_anew(course, monkeypatch):
    hand_in(course, "ann")
    counting = Counting()
    run(course, examine=counting)
    make_release(course.root, hidden="hidden = 2")  # the released file is the same to the byte
    run(course, examine=counting)
    assert len(counting.jobs) == 2 and b"hidden = 2" in counting.jobs[1].master
    monkeypatch.setattr("grading.records.job.engine", lambda: "another")
    run(course, examine=counting)
    assert len(counting.jobs) == 3


def test_workers_see_no_path_and_no_address(course):
    hand_in(course, "ann")
    counting = Counting()
    run(course, examine=counting)
    (job,) = counting.jobs
    assert str(course.root).encode() not in job.master + job.submitted
    assert set(vars(job)) == {"problem_set", "master", "submitted", "limits"}


# -- trouble is one row ----------------------------------------------------------------


def test_trouble_is_one_row(course, tmp_path):
    folder = course.folder("submitted", PS, "x").parent.parent
    for student in ("honest", "broken", "missing", "link", "pipe", "huge", "linked-folder"):
        hand_in(course, student)
    (folder / "broken" / PS / f"{PS}.ipynb").write_text("{")
    for student in ("missing", "link", "pipe"):
        (folder / student / PS / f"{PS}.ipynb").unlink()
    (tmp_path / "elsewhere.ipynb").write_text("{}")
    (folder / "link" / PS / f"{PS}.ipynb").symlink_to(tmp_path / "elsewhere.ipynb")
    os.mkfifo(folder / "pipe" / PS / f"{PS}.ipynb")
    with (folder / "huge" / PS / f"{PS}.ipynb").open("wb") as file:
        file.truncate(LARGEST + 1)
    (folder / "linked-folder").rename(tmp_path / "away")
    (folder / "linked-folder").symlink_to(tmp_path / "away")
    (folder / "stray-file").write_text("x")
    (folder / ".hidden").mkdir()
    rows = run(course)
    assert {student: row.trouble for student, row in rows.items()} == {
        "honest": "",
        "broken": "not a notebook",
        "missing": f"{PS}.ipynb is missing from submitted/missing/{PS}",
        "link": f"submitted/link/{PS}/{PS}.ipynb is a link, and links are not followed",
        "pipe": f"{PS}.ipynb is not a file",
        "huge": f"{PS}.ipynb is too large: 50,000,001 bytes of at most 50,000,000",
        "linked-folder": f"submitted/linked-folder/{PS}/{PS}.ipynb is a link, and links are not followed",
    }
    assert rows["honest"].score == 5 and all(len(row.by_hand) == 3 for row in rows.values() if row.trouble)
    assert len(journal(course).read_bytes().splitlines()) == 2  # only what was examined


def test_an_examiner_that_fails_is_tried_once_more(course, tmp_path):
    hand_in(course, "ann")
    hand_in(course, "bob", double=f"crash once {tmp_path / 'crashed'}")
    hand_in(course, "cem", double="crash")
    rows = run(course)
    assert rows["ann"].score == 5 and rows["bob"].trouble == "" and rows["bob"].score == 3
    assert rows["cem"].trouble == (
        "the examiner itself failed twice (RuntimeError: the examiner fell over); run `course grade` again")
    counting = Counting()
    run(course, examine=counting)  # not in the journal: tried again
    assert len(counting.jobs) == 2 and all(b'"crash"' in job.submitted for job in counting.jobs)


def test_what_the_instructor_must_mend_stops_the_run(course):
    def no_sandbox(job):
        raise CourseError("There is no sandbox on this machine.")

    for number in range(5):
        hand_in(course, f"s{number}")
    with pytest.raises(CourseError, match="no sandbox"):
        run(course, examine=no_sandbox)
    assert not files(course)


def test_workers_that_are_gone(course):
    executor = ProcessPoolExecutor(1)
    executor.shutdown()
    hand_in(course, "ann")
    with pytest.raises(CourseError, match="The workers are gone .* Nothing is lost"):
        run(course, workers=Workers(executor, 1))


def test_no_submissions_and_no_release(course):
    with pytest.raises(CourseError, match="There are no submissions of ps01 in .*submitted. Collect them first"):
        run(course)
    hand_in(course, "ann")
    assert submissions(course, [PS]) == [("ann", PS)]
    with pytest.raises(CourseError, match="ps02 is not in the gradebook, .* Run `course release ps02` first"):
        list(grade(course, ["ps02"], examine=examine))


def test_one_at_a_time(course):
    hand_in(course, "ann")
    with alone(course.root / ".grading"), pytest.raises(CourseError, match="Another `course grade` is at work"):
        run(course)
    assert run(course)["ann"].score == 5


def test_a_held_gradebook_loses_nothing(course, monkeypatch):
    import sqlite3

    monkeypatch.setattr(gradebook, "PATIENCE", 0.1)
    for number in range(4):
        hand_in(course, f"s{number}", explain=str(number))
    counting = Counting()

    def examine_and_hold(job):
        holder.execute("BEGIN IMMEDIATE") if not holder.in_transaction else None
        return counting(job)

    with local(1) as workers, sqlite3.connect(course.root / "gradebook.db", check_same_thread=False) as holder:
        with pytest.raises(CourseError, match="Nothing is lost: what was examined stands in the journal"):
            run(course, workers=workers, examine=examine_and_hold)
        holder.rollback()
    kept = len(journal(course).read_bytes().splitlines())
    assert kept >= 1 and not files(course)
    examined = len(counting.jobs)
    rows = run(course, examine=counting)
    assert {row.score for row in rows.values()} == {5.0} and len(counting.jobs) == examined + 4 - kept


# -- the journal -----------------------------------------------------------------------


def result(score):
    return Result({"t": Verdict("t", 2.0, score, text="é\n\u2028\x1b")}, notebook="{}")


def test_a_journal_gives_back_what_was_written(tmp_path):
    path = tmp_path / "new" / "journal.jsonl"
    with Journal(path) as first:
        first.append("ps01:a", result(1.0))
        first.append("ps01:b", result(2.0))
        first.append("ps01:a", result(1.5))  # the last one counts
        assert first.find("ps01:a") == result(1.5)
    with Journal(path) as second:
        assert (second.find("ps01:a"), second.find("ps01:b"), second.find("c")) == (result(1.5), result(2.0), None)


def test_every_torn_last_line_is_dropped_and_the_journal_goes_on(tmp_path):
    path = tmp_path / "journal.jsonl"
    with Journal(path) as whole:
        whole.append("a", result(1.0))
        start = path.stat().st_size
        whole.append("b", result(2.0))
    data = path.read_bytes()
    for end in range(start, len(data)):
        path.write_bytes(data[:end])
        with Journal(path) as torn:
            assert torn.keys() == ["a"]
            torn.append("c", result(0.5))
        with Journal(path) as again:
            assert (again.keys(), again.find("a"), again.find("c")) == (["a", "c"], result(1.0), result(0.5))


@pytest.mark.parametrize("place", [0, 70, 80, -3])
def test_a_damaged_line_is_ignored(tmp_path, place):
    path = tmp_path / "journal.jsonl"
    with Journal(path) as good:
        good.append("a" * 64, result(1.0))
        good.append("b" * 64, result(2.0))
    data = bytearray(path.read_bytes())
    line = data.index(b"\n") + 1
    data[(place if place >= 0 else line + place)] ^= 1
    path.write_bytes(bytes(data) + b"\0" * 300 + b"\n" + b"\xff\n \n")
    with Journal(path) as damaged:
        assert damaged.find("b" * 64) == result(2.0)
        assert damaged.find("a" * 64) is None


def test_compaction_drops_what_nobody_needs(tmp_path):
    path = tmp_path / "journal.jsonl"
    with Journal(path) as kept:
        for turn in range(3):
            for key in "abc":
                kept.append(key, result(float(turn)))
        kept.keep({"a", "c"})
        assert kept.keys() == ["a", "c"] and kept.find("a") == result(2.0)
        kept.append("d", result(1.0))
        before = path.stat()
        kept.keep({"a", "c", "d"})
        assert path.stat() == before  # nothing to drop: not touched
    with Journal(path) as again:
        assert again.keys() == ["a", "c", "d"] and again.find("c") == result(2.0)
    assert [file.name for file in tmp_path.iterdir()] == ["journal.jsonl"]


def test_the_journal_does_not_grow_by_grading_again_and_keeps_other_problem_sets(course):
    hand_in(course, "ann")
    run(course)
    with Journal(journal(course)) as other:
        other.append("ps02:abc", result(1.0))
    size = journal(course).stat().st_size
    for turn in range(3):
        run(course, again=True)
        hand_in(course, "ann", double=f"1.{turn}")
    run(course)
    assert journal(course).stat().st_size == size
    with Journal(journal(course)) as kept:
        assert len(kept.keys()) == 2 and kept.find("ps02:abc") == result(1.0)


def test_a_full_disk_is_said(course, monkeypatch):
    hand_in(course, "ann")
    monkeypatch.setattr(os, "fsync", lambda number: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(CourseError, match="cannot be written .No space left on device.. What was graded"):
        run(course)
    monkeypatch.undo()
    assert run(course)["ann"].score == 5


def test_the_checksum_is_the_one_of_zlib(tmp_path):
    with Journal(tmp_path / "j") as one:
        one.append("a", result(1.0))
    key, checksum, text = (tmp_path / "j").read_bytes().rstrip(b"\n").split(b" ", 2)
    assert key == b"a" and int(checksum, 16) == zlib.crc32(text) and Result.from_json(text.decode()) == result(1.0)


# -- dask ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster():
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None,
                      protocol="tcp://", host="127.0.0.1") as cluster:
        yield cluster


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_cluster_gives_the_same_grades_to_the_row_also_when_a_worker_is_killed(cluster, course, released, tmp_path):
    here = small_course.copy_of(released, tmp_path / "here")
    for each in (here, course):
        for number in range(24):
            hand_in(each, f"s{number:02}", double=str(number % 3), treble="sleep 0.05", explain=f"{number}")
        hand_in(each, "crash", double="crash")
    run(here)
    with remote(cluster.scheduler_address) as workers:
        assert workers.number == 2
        rows = []
        for row in grade(course, [PS], workers, examine):
            rows.append(row)
            if len(rows) == 5:
                victim = next(iter(cluster.workers.values())).pid
                os.kill(victim, signal.SIGKILL)
    assert len(rows) == 25 and dump(course) == dump(here) and files(course) == files(here)


def test_a_scheduler_that_is_not_there():
    pytest.importorskip("distributed")
    started = time.monotonic()
    with pytest.raises(CourseError, match="No dask scheduler answers at tcp://127.0.0.1:1"):
        with remote("tcp://127.0.0.1:1"):
            pass
    assert time.monotonic() - started < 60


def test_dask_is_an_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(CourseError, match=r"--scheduler needs dask. Run `pip install '.\[dask\]'`"):
        with remote("tcp://127.0.0.1:1"):
            pass


def test_nbgraders_own_commands_work_on_the_same_course(course):
    """`nbgrader generate_feedback` and `nbgrader export`, also for a submission that could not be examined."""
    hand_in(course, "ann", double="1.5", explain="Because of the chain rule.")
    hand_in(course, "bob")
    (course.folder("submitted", PS, "bob") / f"{PS}.ipynb").write_text("{")
    run(course)
    by_hand(course, "ann", score=3.5, comment="Nearly.")
    for words in (["generate_feedback", PS], ["export", "--to", "table.csv"]):
        command = [sys.executable, "-m", "nbgrader", *words]
        done = subprocess.run(command, cwd=course.root, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    page = (course.folder("feedback", PS, "ann") / f"{PS}.html").read_text(encoding="utf-8")
    assert "(Score: 8.0 / 9.0)" in page and "Because of the chain rule." in page and "Nearly." in page
    with (course.root / "table.csv").open(encoding="utf-8") as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert scores == {"ann": 8.0, "bob": 0.0}


@pytest.fixture
def command(course, monkeypatch, capsys):
    """`course grade …` with the examiner that runs nothing: (exit status, what it said)."""
    monkeypatch.setitem(sys.modules, "grading.engine.examine", types.ModuleType("grading.engine.examine"))
    sys.modules["grading.engine.examine"].examine = examine

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["course", "--course", str(course.root), "grade", *words])
        monkeypatch.setattr(cli, "output", Console(width=200))
        monkeypatch.setattr(cli, "errors", Console(width=200, stderr=True))
        with pytest.raises(SystemExit) as done:
            cli.main()
        said = capsys.readouterr()
        return done.value.code, said.out + said.err

    return call


def test_the_command_and_its_exit_status(course, command):
    hand_in(course, "ann", double="1.5")
    code, said = command(PS)
    assert code == 0 and " ".join(said.split("ann", 1)[1].replace("│", " ").split()).startswith("ps01 4.5 9 explain")
    hand_in(course, "[bold]\x1b[31mred\x07", double="fault")
    code, said = command(PS, "--workers", "2")
    assert code == 1 and "[bold]\ufffd[31mred\ufffd" in said and "\x1b[31m" not in said and "\x07" not in said
    assert "Faulty tests:" in said and "The test test-double is at fault." in said
    (course.folder("submitted", PS, "ann") / f"{PS}.ipynb").write_text("{")
    code, said = command(PS)
    assert code == 1 and "not graded: not a notebook" in said and " all " in said


@pytest.mark.parametrize("words, says", [
    ((PS, "--workers", "2", "--scheduler", "tcp://127.0.0.1:1"), "--workers is for this machine and --scheduler for"),
    ((PS, "--workers", "0"), "greater than or equal to 1"),
    (("ps99",), "There is no problem set 'ps99'"),
    ((PS,), "There are no submissions of ps01"),
])
def test_the_command_says_what_is_wrong_with_its_words(command, words, says):
    code, said = command(*words)
    assert code == 2 and says in said and "Traceback" not in said


def test_stopped_by_hand_the_command_says_that_all_is_kept(course, command, monkeypatch):
    def interrupted(job):
        raise KeyboardInterrupt

    for student in ("ann", "bob"):
        hand_in(course, student)
    monkeypatch.setattr(sys.modules["grading.engine.examine"], "examine", interrupted)
    code, said = command(PS, "--workers", "1")
    assert code == 1 and "Stopped. What was examined is kept" in said and "Traceback" not in said


def test_scores_by_hand_outlive_all_of_it(course):
    hand_in(course, "ann")
    run(course)
    by_hand(course, "ann")
    run(course, again=True)
    hand_in(course, "ann", double="1")
    assert run(course)["ann"].score == 8


def test_what_has_a_say_in_a_verdict_is_in_the_key():
    """What examines imports nothing of the course's own but what the engine's fingerprint covers."""
    root = Path(grading.__file__).parents[1]
    for path in (root / "grading" / "engine").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"^ *(?:from|import) ((?:grading|nnlib)[\w.]*)", text, re.M):
            assert re.match(r"grading\.(engine|cells|errors)|nnlib", name), (path.name, name)
