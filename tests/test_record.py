"""Recording: every rule of grading/record.py, on a real gradebook; the same result twice changes not one byte."""

import datetime
import shutil
import sqlite3
import threading
import time

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook
from small_course import PS, by_hand, cell, copy_of, dump, examine, files, hand_in, make_course, make_release

from grading.authoring.source import write_notebook
from grading.engine.result import Result, Verdict
from grading.errors import CourseError
from grading.records.gradebook import connect
from grading.records.job import Job, master_notebook, read_submission
from grading.records.publish import last_result, publish
from grading.records.record import record

DUE = datetime.datetime(2026, 11, 1, 12, 0)
DATABASE = "gradebook.db"


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("course") / "c").root


@pytest.fixture
def course(released, tmp_path):
    """A released course of its own for each test."""
    return copy_of(released, tmp_path / "c")


def examined(course, student):
    with connect(course) as connection:
        master = connection.run(lambda gradebook: master_notebook(course, gradebook, PS))
    return examine(Job(PS, master, read_submission(course, student, PS)[0]))


def hand_in_and_record(course, student="ann", **answers):
    hand_in(course, student, **answers)
    return record(course, student, PS, examined(course, student))


def grades(course, student="ann"):
    """{item: (automatic, by hand, waits)}"""
    return {row[3]: (row[4], row[5], row[7]) for row in dump(course) if row[:2] == ("grade", student)}


def test_scores_files_and_row(course):
    row = hand_in_and_record(course, double="1.5", timestamp="2026-11-01 10:00:00 UTC")
    assert row.scores == {"test-double": 1.5, "test-treble": 3.0, "explain": 0.0}
    assert (row.score, row.max_score) == (4.5, 9.0)
    assert (row.by_hand, row.notes, row.trouble) == (["explain"], [], "")
    assert grades(course) == {
        "test-double": (1.5, None, False), "test-treble": (3.0, None, False), "explain": (None, None, True)}
    assert sorted(files(course)) == [f"ann/{PS}/{name}" for name in (f"{PS}.ipynb", "result.json", "timestamp.txt")]
    assert last_result(course, "ann", PS) == examined(course, "ann")
    assert ("submission", "ann", "2026-11-01 10:00:00.000000", None) in dump(course)


@pytest.mark.parametrize("answers", [
    {}, {"double": "fault", "treble": "look", "explain": "Why?"}, {"timestamp": "2026-11-01 10:00:00 UTC"},
])
def test_the_same_result_twice_changes_not_one_byte(course, answers):
    first = hand_in_and_record(course, **answers)
    by_hand(course, "ann")
    before = ((course.root / DATABASE).read_bytes(), {p: p.stat().st_mtime_ns for p in course.root.rglob("*")})
    second = record(course, "ann", PS, examined(course, "ann"))
    after = ((course.root / DATABASE).read_bytes(), {p: p.stat().st_mtime_ns for p in course.root.rglob("*")})
    unchanged = {p: t for p, t in after[1].items() if p not in (course.root, course.root / DATABASE)}
    assert after[0] == before[0]
    assert unchanged == {p: before[1][p] for p in unchanged} and len(after[1]) == len(before[1])
    assert second.scores == first.scores | {"explain": 4.0}


def test_a_resubmission_keeps_no_automatic_score_and_keeps_what_a_person_gave(course):
    hand_in_and_record(course)
    by_hand(course, "ann", comment="Well said.")
    row = hand_in_and_record(course, double="0", treble="nothing", timestamp="2026-11-02 10:00:00 UTC")
    assert grades(course) == {
        "test-double": (0.0, None, False), "test-treble": (0.0, None, False), "explain": (None, 4.0, False)}
    assert ("comment", "ann", PS, "explain", None, "Well said.") in dump(course)
    assert (row.score, row.by_hand) == (4.0, [])


def test_a_text_that_changed_waits_again_and_its_old_score_is_flagged(course):
    hand_in_and_record(course)
    by_hand(course, "ann", comment="Well said.")
    row = hand_in_and_record(course, explain="Something else.")
    assert grades(course)["explain"] == (None, 4.0, True)
    assert row.by_hand == ["explain"] and "changed since it was graded by hand" in row.notes[0]
    assert ("comment", "ann", PS, "explain", None, "Well said.") in dump(course)
    # … and waits on until somebody has looked, however often it is graded.
    assert record(course, "ann", PS, examined(course, "ann")).by_hand == ["explain"]
    by_hand(course, "ann", score=3.0)
    assert record(course, "ann", PS, examined(course, "ann")).by_hand == []


@pytest.mark.parametrize("known", [True, False])
def test_without_its_earlier_version_the_journal_says_whether_a_text_changed(course, known):
    hand_in_and_record(course)
    by_hand(course, "ann")
    shutil.rmtree(course.root / "autograded")
    result = examined(course, "ann")
    row = record(course, "ann", PS, result, known=result if known else None)
    assert row.by_hand == ([] if known else ["explain"]) and grades(course)["explain"] == (None, 4.0, not known)
    assert [note for note in row.notes if "explain" in note] == [] if known else [
        "explain: graded by hand in a version that autograded/ no longer holds; that score counts until you look"]


def test_a_score_by_hand_above_the_points_is_told(course):
    hand_in_and_record(course)
    by_hand(course, "ann", score=4.5)
    assert "explain: graded by hand with 4.5 of 4 points" in record(course, "ann", PS, examined(course, "ann")).notes[0]


def test_a_score_that_a_person_overruled_waits_when_the_answer_or_the_verdict_changed(course):
    hand_in_and_record(course, double="1.0", treble="1.0")
    by_hand(course, "ann", "test-double", 2.0)
    by_hand(course, "ann", "test-treble", 2.0)
    row = hand_in_and_record(course, double="1.0", treble="1.00")
    assert grades(course)["test-double"] == (1.0, 2.0, False)
    assert grades(course)["test-treble"] == (1.0, 2.0, True)
    hand_in_and_record(course, double="0.5", treble="1.00")
    assert grades(course)["test-double"] == (0.5, 2.0, True)
    assert row.scores["test-double"] == 2.0


def test_no_answer_is_nothing_to_wait_for(course):
    row = hand_in_and_record(course, double=None, explain=None)
    assert grades(course)["explain"] == (0.0, None, False)
    assert ("comment", "ann", PS, "explain", "No response.", None) in dump(course)
    assert ("comment", "ann", PS, "double", "No response.", None) in dump(course)
    assert ("comment", "ann", PS, "treble", None, None) in dump(course)
    assert row.by_hand == []


def test_a_task_waits_for_a_person_whatever_stands_in_it(course):
    """What belongs to it may stand in any cell: nbgrader, too, takes an untouched one for no missing answer."""
    path = course.folder("release", PS) / f"{PS}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    task = cell(new_markdown_cell, "project", "Build something.", task=True, locked=True, points=3.0)
    write_notebook(nbformat.from_dict(notebook | {"cells": [*notebook.cells, task]}), path)
    with course.gradebook() as gradebook:
        gradebook.add_task_cell("project", PS, PS, cell_type="markdown", max_score=3.0)
        gradebook.add_source_cell("project", PS, PS, cell_type="markdown", source=task.source, locked=True)
    row = hand_in_and_record(course)
    assert grades(course)["project"] == (None, None, True) and row.by_hand == ["explain", "project"]
    assert ("comment", "ann", PS, "project", None, None) in dump(course) and row.max_score == 12.0
    by_hand(course, "ann", "project", 2.0)
    assert record(course, "ann", PS, examined(course, "ann")).scores["project"] == 2.0
    assert grades(course)["project"] == (None, 2.0, False)


def test_extra_credit_stays_and_counts_as_in_nbgrader(course):
    hand_in_and_record(course)
    with course.gradebook() as gradebook:
        for item in ("test-double", "test-treble", "explain"):
            gradebook.find_grade(item, PS, PS, "ann").extra_credit = 0.5
        gradebook.db.commit()
    by_hand(course, "ann", "test-treble", 2.0)
    row = hand_in_and_record(course, double="1.0")
    assert row.scores == {"test-double": 1.5, "test-treble": 2.5, "explain": 0.0}  # where there is no score, nothing
    with course.gradebook() as gradebook:
        assert gradebook.find_submission(PS, "ann").score == row.score == 4.0


def test_an_answer_that_stands_elsewhere_waits_for_a_person(course):
    hand_in(course, "ann", explain=None)
    result = examined(course, "ann")
    result.verdicts["explain"] = Verdict("explain", 0.0, 0.0, by_hand=True, reason="a text stands beside it")
    row = record(course, "ann", PS, result)
    assert grades(course)["explain"] == (0.0, None, True) and row.by_hand == ["explain"]
    assert ("comment", "ann", PS, "explain", None, None) in dump(course)


def test_a_fault_of_the_test_and_a_doubt_wait_for_a_person(course):
    row = hand_in_and_record(course, double="fault", treble="look")
    assert row.by_hand == ["test-double", "test-treble", "explain"]  # in the order of the notebook
    assert row.faults == ["The test test-double is at fault."] and row.score == 0
    hand_in_and_record(course)
    assert grades(course)["test-double"] == (2.0, None, False)


def test_what_cannot_be_examined_has_no_score_and_waits(course):
    hand_in_and_record(course)
    by_hand(course, "ann")
    (course.folder("submitted", PS, "ann") / f"{PS}.ipynb").write_text("{")
    row = record(course, "ann", PS, examined(course, "ann"))
    assert row.trouble == "not a notebook" and len(row.by_hand) == 3 and row.score == 4.0
    assert grades(course) == {
        "test-double": (0.0, None, True), "test-treble": (0.0, None, True), "explain": (0.0, 4.0, True)}
    assert list(files(course)) == [f"ann/{PS}/result.json"]  # the notebook of the earlier submission is gone
    hand_in_and_record(course)
    assert grades(course) == {
        "test-double": (2.0, None, False), "test-treble": (3.0, None, False), "explain": (None, 4.0, True)}


def test_an_item_without_a_verdict_keeps_no_score(course):
    """nbgrader keeps the score of the earlier submission when a test cell is missing."""
    hand_in_and_record(course)
    result = examined(course, "ann")
    del result.verdicts["test-treble"]
    result.verdicts["stranger"] = Verdict("stranger", 100.0, 100.0)
    row = record(course, "ann", PS, result)
    assert row.scores["test-treble"] == 0 and "test-treble" in row.by_hand and row.max_score == 9
    assert row.faults == [f"The examiner gave no verdict on test-treble of {PS}: it waits for you."]


@pytest.mark.parametrize("hours, extension, points", [
    (-1, 0, 0.0), (0.2, 0, 0.0), (0.5, 0, 0.5), (24, 0, 0.5), (25, 0, 1.0), (1000, 0, 2.5), (30, 24, 0.5),
    (20, 24, 0.0),
])
def test_late_penalty(course, hours, extension, points):
    """The policy of nbgrader_config.py: 15 minutes of grace, 10% of the points earned a day begun, at most 50%."""
    hand_in_and_record(course)
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(PS, duedate=DUE)
        gradebook.grant_extension(PS, "ann", hours=extension)
    stamp = (DUE + datetime.timedelta(hours=hours)).strftime("%Y-%m-%d %H:%M:%S UTC")
    row = hand_in_and_record(course, timestamp=stamp)
    assert (row.penalty, row.score) == (points, 5.0 - points)
    assert any("late:" in note for note in row.notes) == (hours - extension > 0)
    assert ("notebook", "ann", PS, points or None, False) in dump(course)
    if points:
        by_hand(course, "ann", score=5.0)  # graded by hand afterwards: the next run takes it in
        assert record(course, "ann", PS, examined(course, "ann")).penalty == 2 * points


def test_stock_nbgrader_finds_the_same_penalty(course):
    from nbgrader.preprocessors import AssignLatePenalties

    hand_in_and_record(course, timestamp="2026-11-03 13:00:00 UTC")
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(PS, duedate=DUE)
    row = record(course, "ann", PS, examined(course, "ann"))
    where = {"notebook": PS, "assignment": PS, "student": "ann", "db_url": course.directory.db_url}
    before = dump(course)
    AssignLatePenalties(config=course.config).preprocess(
        new_notebook(), {"nbgrader": where})
    assert row.penalty == 1.5 and dump(course) == before


@pytest.mark.parametrize("text", ["", "yesterday", "10", "2026-13-45 99:99 UTC", "\0", "2026-11-01 10:00 \x1b[31m"])
def test_a_timestamp_that_is_none_costs_nothing(course, text):
    folder = hand_in(course, "ann")
    (folder / "timestamp.txt").write_text(text)
    row = record(course, "ann", PS, examined(course, "ann"))
    assert row.trouble == "" and row.penalty == 0 and row.score == 5
    assert "timestamp.txt" in row.notes[0] or "\x1b" in text


def test_a_link_in_place_of_a_timestamp_is_not_followed(course, tmp_path):
    folder = hand_in(course, "ann")
    (tmp_path / "elsewhere").write_text("2020-01-01 10:00:00 UTC")
    (folder / "timestamp.txt").symlink_to(tmp_path / "elsewhere")
    record(course, "ann", PS, examined(course, "ann"))
    assert ("submission", "ann", None, None) in dump(course)


@pytest.mark.parametrize("student", ["ann [x]", "Zoë Ünal", "王小明", "a{b}%s", "*?", "o'neil\"; drop--"])
def test_any_name_that_a_folder_can_have(course, student):
    row = hand_in_and_record(course, student)
    assert row.trouble == "" and row.score == 5 and ("student", student, None, None) in dump(course)
    assert f"{student}/{PS}/{PS}.ipynb" in files(course)


def test_what_cannot_be_entered_is_the_trouble_of_one_row(course):
    student = "ann\udce9"  # a folder's name that is not UTF-8
    hand_in(course, "bob")
    row = record(course, student, PS, examined(course, "bob"))
    assert row.trouble.startswith("could not be recorded (") and "bob" not in str(dump(course))
    assert hand_in_and_record(course, "bob").trouble == ""


def test_a_move_cut_off_between_its_two_steps_is_mended(course):
    hand_in_and_record(course)
    by_hand(course, "ann")
    target = course.folder("autograded", PS, "ann")
    target.rename(target.parent / f".{PS}.old")
    (target.parent / f".{PS}.new").mkdir()
    (target.parent / f".{PS}.new" / "half").write_text("written")
    row = hand_in_and_record(course, double="1.0")
    assert row.by_hand == []  # the last text is still known, and it is the same
    assert [path.name for path in target.parent.iterdir()] == [PS]


def test_pictures_of_the_release_come_along_and_files_of_the_student_do_not(course):
    (course.folder("release", PS) / "assets").mkdir()
    (course.folder("release", PS) / "assets" / "net.png").write_bytes(b"picture")
    folder = hand_in(course, "ann")
    (folder / "secret.py").write_text("x")
    record(course, "ann", PS, examined(course, "ann"))
    assert sorted(files(course)) == [f"ann/{PS}/{name}" for name in ("assets/net.png", f"{PS}.ipynb", "result.json")]


def test_a_damaged_result_file_is_written_anew(course):
    hand_in_and_record(course)
    path = course.folder("autograded", PS, "ann") / "result.json"
    path.chmod(0o644)
    for text in ("{", "[]", '{"verdicts": 3}', '{"stranger": 1, "verdicts": {}}'):
        path.write_text(text)
        assert last_result(course, "ann", PS) is None
        record(course, "ann", PS, examined(course, "ann"))
        assert last_result(course, "ann", PS) == examined(course, "ann")
        path.chmod(0o644)


def test_a_link_in_place_of_a_folder_is_replaced_not_followed(course, tmp_path):
    target = course.folder("autograded", PS, "ann")
    target.parent.mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    target.symlink_to(tmp_path / "elsewhere")
    publish(course, "ann", PS, Result(trouble="x"), "")
    assert not target.is_symlink() and not list((tmp_path / "elsewhere").iterdir())


# -- the database ----------------------------------------------------------------------


def test_a_held_gradebook_is_waited_for(course):
    hand_in(course, "ann")
    result, said = examined(course, "ann"), []
    holder = sqlite3.connect(course.root / DATABASE, check_same_thread=False)
    holder.execute("BEGIN EXCLUSIVE")
    threading.Timer(6, holder.rollback).start()  # SQLite itself waits 5 seconds
    started = time.monotonic()
    with connect(course, said.append, patience=30) as connection:
        row = record(course, "ann", PS, result, connection)
    holder.close()
    assert row.score == 5 and time.monotonic() - started > 5
    assert len(said) == 1 and said[0].startswith("Waiting for the gradebook sqlite:///")
    assert "another program holds it, or it is out of reach (database is locked)" in said[0]


def test_a_gradebook_held_for_too_long_is_given_up(course):
    hand_in(course, "ann")
    result = examined(course, "ann")
    before = dump(course)
    with connect(course, patience=0.5) as connection, sqlite3.connect(course.root / DATABASE) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(CourseError, match=r"could not be used for 0.5 seconds .*locked.* Nothing is lost"):
            record(course, "ann", PS, result, connection)
        holder.rollback()
        assert dump(course) == before and not files(course)
        assert record(course, "ann", PS, result, connection).score == 5


def test_a_gradebook_deleted_while_grading_is_noticed(course):
    hand_in_and_record(course)
    result = examined(course, "ann")
    with connect(course) as connection:
        (course.root / DATABASE).unlink()
        with pytest.raises(CourseError, match="was deleted or replaced while grading.*course release.*Nothing is lost"):
            record(course, "ann", PS, result, connection)
    make_release(course.root)
    assert record(course, "ann", PS, result).score == 5


def test_a_gradebook_deleted_before_says_to_release_again(course):
    (course.root / DATABASE).unlink()
    hand_in(course, "ann")
    with pytest.raises(CourseError, match=f"so its tests are unknown. Run `course release {PS}` first"):
        examined(course, "ann")


def test_a_damaged_gradebook_gets_a_sentence(course):
    (course.root / DATABASE).write_bytes(b"this was a database once" * 100)
    with pytest.raises(CourseError, match="is damaged .*not a database.*Put it back from a copy"):
        record(course, "ann", PS, Result(trouble="x"))


def test_a_gradebook_that_cannot_be_opened_is_not_waited_for(course, tmp_path):
    course.directory.db_url = f"sqlite:///{tmp_path}/nowhere/gradebook.db"
    started = time.monotonic()
    with pytest.raises(CourseError, match=r"could not be used \(unable to open database file\)"):
        record(course, "ann", PS, Result(trouble="x"))
    assert time.monotonic() - started < 10


def test_release_and_gradebook_of_two_releases(course):
    path = course.folder("release", PS) / f"{PS}.ipynb"
    path.write_text(path.read_text().replace('"test-treble"', '"test-other"'))
    with pytest.raises(CourseError, match=f"lacks test-treble, which the gradebook knows. Run `course release {PS}`"):
        examined(course, "ann")
    path.unlink()
    with pytest.raises(CourseError, match=f"{PS}.ipynb is missing. Run `course release {PS}`"):
        examined(course, "ann")
