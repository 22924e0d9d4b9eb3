"""The tables that Canvas and Moodle import: a row for each student, columns for each problem set and its items.

Canvas (its gradebook's "Import"): the columns `Student, ID, SIS User ID, SIS Login ID, Section` come first, the row
"Points Possible" second; a column's name, or the number in brackets behind it, says which assignment it is.  Columns
marked "(read only)" in the second row are shown to people and not imported.
Moodle ("Import" in the gradebook setup): any names of columns, the teacher maps them; "-" is no grade.

A total and its items would count twice, so only one of the two is imported: the total, or, with `by_item`, the items
and the late penalty.  In Moodle the teacher maps one of the two.
"""

import re
from collections.abc import Callable

from grading.course import Course
from grading.hand_in.ids import real_id
from grading.reports.clean import plain
from grading.reports.formulas import defused
from grading.reports.marks import Marks, students

READ_ONLY = "(read only)"
Say = Callable[[str], None]


def canvas(course: Course, all_marks: list[Marks], by_item: bool, columns: dict[str, str], say: Say) -> list[list]:
    """Rows for Canvas.  `columns` says what Canvas calls the assignment: {"ps06": "Problem set 6 (4711)"}."""
    people, table = _people(course), _by_student(all_marks)
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    possible = ["    Points Possible", "", "", "", ""]
    items = _items(all_marks)
    for name, points in items.items():
        header += [columns.get(name, name), *(f"{name}: {item}" for item in points), f"{name}: late penalty"]
        possible += [READ_ONLY if by_item else sum(points.values()),
                     *(value if by_item else READ_ONLY for value in points.values()), 0 if by_item else READ_ONLY]
    rows = [header, possible]
    for person in people:
        number = person.lms_id if re.fullmatch(r"[0-9]+", person.lms_id) else ""
        row = [_name(person), number, "" if number else _line(person.lms_id), _line(real_id(person.student)), ""]
        for name, points in items.items():
            row += _scores(table.get((person.student, name)), points, nothing="")
        rows.append(row)
    _warn(people, rows[2:], (1, 2, 3), say)
    return rows


def moodle(course: Course, all_marks: list[Marks], by_item: bool, columns: dict[str, str], say: Say) -> list[list]:
    """Rows for Moodle.  A row whose identifying cell is empty would go to the student above it, so a column that
    identifies students stands in the file only if it is filled for all.
    """
    people, table, items = _people(course), _by_student(all_marks), _items(all_marks)
    numbers = [_line(person.lms_id) for person in people]  # "participant 4711" names somebody in one assignment only
    identities = {"ID number": ["" if number.lower().startswith("participant") else number for number in numbers],
                  "Email address": [_line(person.email) for person in people],
                  "Username": [_line(real_id(person.student)) for person in people]}
    for title, cells in list(identities.items()):
        if not all(cells):
            del identities[title]
            if any(cells):
                say(f"{cells.count('')} of {len(cells)} students have no {title}, so that column is left out: Moodle "
                    "would give their marks to the student in the row above. Identify by another column, or complete "
                    "the roster.")
    header = ["First name", "Last name", *identities]
    for name, points in items.items():
        title = columns.get(name, f"Assignment: {name}")
        header += [title, f"{title} (feedback)", *(f"{name}: {item}" for item in points), f"{name}: late penalty"]
        if sum(points.values()) > 100:
            say(f"{name} has {sum(points.values()):g} points: Moodle refuses grades above 100 unless its administrator "
                "allows them.")
    rows = [header]
    for place, person in enumerate(people):
        row = [_line(person.first_name), _line(person.last_name), *(cells[place] for cells in identities.values())]
        for name, points in items.items():
            marks = table.get((person.student, name))
            total, *rest = _scores(marks, points, nothing="-")
            row += [total, _comment(marks), *rest]
        rows.append(row)
    _warn(people, rows[1:], range(2, 2 + len(identities)), say)
    return rows


def _people(course: Course) -> list[Marks]:
    return sorted(students(course), key=lambda person: (person.last_name, person.first_name, person.student))


def _by_student(all_marks) -> dict[tuple[str, str], Marks]:
    return {(marks.student, marks.problem_set): marks for marks in all_marks}


def _items(all_marks) -> dict[str, dict[str, float]]:
    """{problem set: {item: its points}}."""
    found: dict[str, dict[str, float]] = {}
    for marks in all_marks:
        found.setdefault(marks.problem_set, {}).update({mark.item: mark.points for mark in marks.marks})
    return found


def _scores(marks: Marks | None, points: dict, nothing: str) -> list:
    """The total, every item, and what lateness took off (a number below 0, so that all items add up to the total)."""
    if marks is None:
        return [nothing] * (len(points) + 2)
    scores = {mark.item: mark.score for mark in marks.marks}
    return [_number(marks.score), *(_number(scores[item]) if item in scores else nothing for item in points),
            _number(marks.score - marks.earned)]


def _number(value: float) -> float | int:
    """Four digits are enough, and -0 is 0."""
    value = round(value, 4) + 0.0
    return int(value) if value == int(value) else value


def _comment(marks: Marks | None) -> str:
    """What is said about each item, a line an item."""
    if marks is None:
        return ""
    lines = []
    for mark in marks.marks:
        said = [mark.comment] * bool(mark.comment)
        if mark.verdict and mark.verdict.mistakes:
            said.insert(0, "looks like " + ", ".join(mark.verdict.mistakes))
        lines.append(": ".join([mark.item, f"{mark.score:g} of {mark.points:g}", *said]))
    if marks.late_penalty:
        lines.append(f"late penalty: {marks.late_penalty:g}")
    return _text("\n".join(lines))


def _name(person: Marks) -> str:
    return _line(", ".join(filter(None, (person.last_name, person.first_name))) or person.student)


def _line(text: str) -> str:
    """One line: the platforms read the first lines to tell which separator is used."""
    return _text(" ".join(text.split()))


def _text(text: str) -> str:
    """No control characters; and no backslash before a quote or the end, where PHP would read both as one sign."""
    return re.sub(r'\\(?="|\Z)', r"\\ ", plain(text))


def _warn(people, rows, identities, say: Say) -> None:
    """Say which students the platform will not recognise."""
    changed = [person.student for person, row in zip(people, rows)
               if any(defused(row[place]) != row[place] for place in identities)]
    if changed:
        say(f"The ids of {', '.join(changed)} look like formulas and got an apostrophe before them: the platform will "
            "not recognise these students. Enter their marks by hand.")
