"""The tables for spreadsheets, Canvas and Moodle: written, read back by each platform's own rules, and equal.

The readers below follow the platforms' sources: Canvas's lib/gradebook_importer.rb, and Moodle's
grade/import/csv/classes/load_data.php with PHP's fgetcsv.
"""

import csv
import io
import re

import pytest
from small_course import PS, make_course
from small_course import by_hand as give

from grading.course import Course
from grading.engine.result import Result, Verdict
from grading.errors import CourseError
from grading.hand_in.ids import real_id
from grading.records.record import record
from grading.reports.export import export
from grading.reports.formulas import defused, restored

pytestmark = [pytest.mark.filterwarnings("ignore::ResourceWarning"),
              pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]

PEOPLE = {  # student: (last name, first name, e-mail, number on the platform)
    "ann": ("Müller, von", "Ann \"Annie\"", "ann@uni.example", "4711"),
    "=cmd|'/c calc'!A1": ("=HYPERLINK(\"http://evil.example\")", "@SUM(1)", "+evil@uni.example", "=4712"),
    "bob-2": ("O’Neill; =1+1", "Бob 王", "bob@uni.example", "4713"),
    "12,5": ("'t Hooft", "-Gerard\\", "g@uni.example", "0815"),
    "line": ("Two\nLines\r\n=3", "Tab\t=4", "l@uni.example", "4714"),
    "nobody": ("Absent", "Nils", "n@uni.example", "4715"),  # handed in nothing
    "x=5By=5D": ("Brackets", "Xy", "x@uni.example", "4716"),  # the student x[y], as folders have it; nothing either
}
SCORES = {"ann": (2.0, 2.25, 4.0), "=cmd|'/c calc'!A1": (0, 1 / 3, 0), "bob-2": (2, 3, 4), "12,5": (1.5, 0, 0),
          "line": (0, 0, 1)}
COMMENT = '=2+5; "quoted", and\n-a list\\'


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("export") / "course")
    for student, (double, treble, explain) in SCORES.items():
        verdicts = {"test-double": Verdict("test-double", 2, double), "test-treble": Verdict(
            "test-treble", 3, treble, mistakes=["sign", "factor-2"] if treble < 3 else [])}
        notebook = '{"cells": [{"metadata": {"nbgrader": {"grade_id": "explain"}}, "source": "Because."}]}'
        record(course, student, PS, Result(verdicts, notebook))
        give(course, student, score=explain, comment=COMMENT if student == "bob-2" else None)
    with course.gradebook() as gradebook:
        for student, (last, first, email, number) in PEOPLE.items():
            gradebook.update_or_create_student(student, last_name=last, first_name=first, email=email,
                                               lms_user_id=number)
        gradebook.find_submission_notebook(PS, PS, "12,5").late_submission_penalty = 0.5
        gradebook.find_submission_notebook(PS, PS, "line").late_submission_penalty = 7
        gradebook.db.commit()
    return course


def total(student):
    late = {"12,5": 0.5, "line": 7}.get(student, 0)
    return max(0, sum(SCORES[student]) - late)


def one_line(text):
    return " ".join(text.split())


# --- Canvas


def read_canvas(path):
    """{assignment: points}, [{"name", "id", "sis", "login", "grades": {assignment: grade}}], as Canvas reads them."""
    text = path.read_text(encoding="utf-8")
    first = text.split("\n")[:3]  # it tells the separator from three lines, each of which must be a row
    counts = {}
    for separator in ";,":
        found = [len(next(csv.reader([line], delimiter=separator, strict=True))) if well_formed(line, separator) else -1
                 for line in first]
        counts[separator] = found[0] if len(set(found)) == 1 else 0
    assert counts[";"] <= counts[","]
    header, *rows = [[canvas_number(cell) for cell in row] for row in csv.reader(io.StringIO(text), strict=True)]
    assert "Student" in header[0] and "ID" in header[1]
    assert "SIS User ID" in header[2] and "SIS Login ID" in header[3] and "Section" in header[4]
    reserved = re.compile("(Current|Final|Override) (Score|Points|Grade|Status)")
    places = {name: place for place, name in enumerate(header) if place >= 5 and not reserved.search(name)}
    assert len(places) == len(header) - 5, "names must differ, or the first column would stand for both"
    possible, people = {}, []
    for row in rows:
        if "Points Possible" in row[0]:
            possible = {name: row[place] for name, place in places.items()}
        else:
            people.append({"name": row[0], "id": row[1], "sis": row[2], "login": row[3],
                           "grades": {name: row[place].strip() for name, place in places.items()}})
    kept = {name: points for name, points in possible.items() if not re.search(r"read\s+only", points)}
    for person in people:
        person["grades"] = {name: grade for name, grade in person["grades"].items() if name in kept}
    return {name: float(points) for name, points in kept.items()}, people


def well_formed(line, separator):
    quoted = rf'"(?:[^"]|"")*"|[^"{separator}]*'
    return re.fullmatch(rf"(?:{quoted})(?:{separator}(?:{quoted}))*", line) is not None


def canvas_number(cell):
    """Its converter: 1.234,5 becomes 1234.5; other cells stay."""
    if not re.fullmatch(r"-?[0-9.,]+%?", cell):
        return cell
    *parts, last = re.split("[,.]", cell)
    return f"{''.join(parts)}.{last}" if parts else last


def test_canvas_round_trip(course, tmp_path):
    said = []
    assert export(course, tmp_path / "c.csv", "canvas", columns={PS: "Small set (99)"}, say=said.append) == len(PEOPLE)
    points, people = read_canvas(tmp_path / "c.csv")
    assert points == {"Small set (99)": 9.0}  # the items are there to be seen, and not imported as well
    by_id = {person["id"] or restored(person["sis"]): person for person in people}
    assert set(by_id) == {number for *_, number in PEOPLE.values()}
    for student, (last, first, _, number) in PEOPLE.items():
        person = by_id[number]
        assert one_line(restored(person["name"])) == one_line(f"{last}, {first}").replace("\\", "\\ ").strip()
        if student != "12,5":  # Canvas itself reads this login as a number, 12.5: it goes by the ID
            assert restored(person["login"]) == real_id(student)
        grade = person["grades"]["Small set (99)"]
        assert grade == "" if student not in SCORES else float(grade) == pytest.approx(total(student), abs=1e-4)
    assert len(said) == 1 and "=cmd|'/c calc'!A1" in said[0] and "will not recognise" in said[0]


def test_canvas_by_item(course, tmp_path):
    export(course, tmp_path / "c.csv", "canvas", by_item=True)
    points, people = read_canvas(tmp_path / "c.csv")
    assert points == {f"{PS}: double": 2, f"{PS}: treble": 3, f"{PS}: explain": 4, f"{PS}: late penalty": 0}
    by_id = {person["id"]: person["grades"] for person in people}
    for student, scores in SCORES.items():
        if number := PEOPLE[student][3].replace("=4712", ""):
            read = [float(grade) for grade in by_id[number].values()]
            assert read[:3] == pytest.approx(scores, abs=1e-4) and sum(read) == pytest.approx(total(student), abs=1e-4)
    assert set(by_id["4715"].values()) == {""}


# --- Moodle


def fgetcsv(text, separator=",", quote='"', escape="\\"):
    """Rows as PHP reads them: inside quotes a backslash keeps the next quote from ending the cell."""
    rows, row, cell, inside, place = [], [], "", False, 0
    while place < len(text):
        sign, following = text[place], text[place + 1:place + 2]
        if inside and sign == escape and following == quote:
            cell, place = cell + sign + following, place + 1
        elif inside and sign == quote == following:
            cell, place = cell + quote, place + 1
        elif sign == quote:
            inside = not inside
        elif not inside and sign in separator + "\n":
            row.append(cell)
            cell = ""
            if sign == "\n":
                rows.append(row)
                row = []
        else:
            cell += sign
        place += 1
    assert not inside and not row and not cell
    return rows


def read_moodle(path, identify, grade_columns, feedback_column):
    """{identity: ({column: grade or None}, feedback)} as Moodle imports them, with the mapping a teacher chooses."""
    header, *rows = fgetcsv(path.read_text(encoding="utf-8"))
    header = [title.strip() for title in header]
    assert all(len(row) == len(header) for row in rows)
    imported, student = {}, None
    for row in rows:
        cells = {title: value.strip() for title, value in zip(header, row)}
        student = cells[identify] or student  # an empty one: the student of the row above
        grades = {}
        for title in grade_columns:
            value = cells[title]
            grades[title] = None if value in ("", "-") else float(value)
            assert grades[title] is None or grades[title] <= 100
        assert student not in imported
        imported[student] = (grades, cells[feedback_column])
    return imported


def test_moodle_round_trip(course, tmp_path):
    said = []
    assert export(course, tmp_path / "m.csv", "moodle", say=said.append) == len(PEOPLE)
    items = [f"{PS}: double", f"{PS}: treble", f"{PS}: explain", f"{PS}: late penalty"]
    columns = [f"Assignment: {PS}", *items]
    for identify, place in (("Email address", 2), ("ID number", 3), ("Username", None)):
        read = read_moodle(tmp_path / "m.csv", identify, columns, f"Assignment: {PS} (feedback)")
        read = {restored(student): what for student, what in read.items()}
        assert len(read) == len(PEOPLE)
        for student, about in PEOPLE.items():
            grades, feedback = read[real_id(student) if place is None else about[place]]
            if student not in SCORES:
                assert set(grades.values()) == {None} and feedback == ""
                continue
            assert grades[columns[0]] == pytest.approx(total(student), abs=1e-4)
            assert [grades[name] for name in items[:3]] == pytest.approx(SCORES[student], abs=1e-4)
            assert sum(grades[name] for name in items) == pytest.approx(total(student), abs=1e-4)
            assert "double: " in feedback and ("looks like sign, factor-2" in feedback) == (SCORES[student][1] < 3)
    feedback = restored(read["bob-2"][1])
    assert feedback == f"double: 2 of 2\ntreble: 3 of 3\nexplain: 4 of 4: {COMMENT}"  # read trimmed: `\\ ` ends as `\\`
    assert len(said) == 1 and "look like formulas" in said[0]


def test_moodle_gets_no_column_that_would_move_marks_to_another_student(course, tmp_path):
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student("bob-2", email=None)
    try:
        said = []
        export(course, tmp_path / "m.csv", "moodle", say=said.append)
        header = fgetcsv((tmp_path / "m.csv").read_text())[0]
        assert "Email address" not in header and "ID number" in header
        assert "1 of 7 students have no Email address" in said[0] and "row above" in said[0]
    finally:
        with course.gradebook() as gradebook:
            gradebook.update_or_create_student("bob-2", email=PEOPLE["bob-2"][2])


# --- the plain table, and formulas


def test_the_plain_table_round_trip(course, tmp_path):
    assert export(course, tmp_path / "g.csv") == len(SCORES)
    with (tmp_path / "g.csv").open(encoding="utf-8", newline="") as file:
        rows = {restored(row["student"]): row for row in csv.DictReader(file, strict=True)}
    assert set(rows) == set(SCORES)
    for student, scores in SCORES.items():
        row, (last, first, email, _) = rows[student], PEOPLE[student]
        assert [restored(row[key]) for key in ("last_name", "first_name", "email")] == [last, first, email]
        assert [float(row[f"{PS}:{name}"]) for name in ("test-double", "test-treble", "explain")] == list(scores)
        assert float(row["score"]) == total(student) and float(row["max_score"]) == 9
        assert row["to_grade_by_hand"] == "0"


@pytest.mark.parametrize(
    "text", ["=1", "+1", "-1", "@x", "\t=1", " =1", "'=1", "''=1", "＝1", "a;=1", "a\n=1", '"=1', "a\r@x", "'-"])
def test_formulas_are_defused_and_come_back(text):
    safe = defused(text)
    assert restored(safe) == text and safe != text
    for cell in re.split("[;\t\r\n]", safe):
        assert not re.match(r"[\s\"]*[=+\-@＝＋－＠]", cell)


@pytest.mark.parametrize("text", ["", "Ann", "O'Neill", "'t Hooft", "a-b", "a = b", "x@y.z", "'", "1; 2", "it's", "-"])
def test_other_texts_stay(text):
    assert defused(text) == text == restored(text)


def test_no_cell_of_any_format_begins_a_formula(course, tmp_path):
    """Whatever separator a table program believes in: no cell of a text begins like a formula."""
    for kind in ("csv", "canvas", "moodle"):
        export(course, tmp_path / "x.csv", kind, by_item=True)
        text = (tmp_path / "x.csv").read_text(encoding="utf-8")
        rows = [row for row in csv.reader(io.StringIO(text))]
        rows += [line.split(separator) for line in text.split("\n") for separator in ";\t"]  # and blind to quotes
        for cell in (cell.strip(' "') for row in rows for cell in row):
            assert re.fullmatch(r"-[0-9.]*", cell) or not re.match(r"[=+@＝＋－＠-]", cell), (kind, cell)


def test_the_file_is_private_and_replaced_whole(course, tmp_path):
    export(course, tmp_path / "g.csv")
    assert (tmp_path / "g.csv").stat().st_mode & 0o077 == 0 and len(list(tmp_path.iterdir())) == 1
    with pytest.raises(CourseError, match="cannot be written"):
        export(course, tmp_path / "nowhere" / "g.csv")


def test_no_grades_yet(course):
    with pytest.raises(CourseError, match="holds no grades yet of ps99"):
        export(Course(course.root), course.root / "x.csv", problem_sets=["ps99"])
