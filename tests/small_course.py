"""A small course, graded by an examiner that runs nothing: for tests of the controller, the journal and the gradebook.

Two items with a test each, and a text for a person.  `examine` reads the points off the student's cells, so that
every grade is known beforehand; some answers make it slow, let it crash, or find a fault in the test.
"""

import datetime
import json
import os
import shutil
import time
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.converters import GenerateAssignment

from grading.authoring.source import KERNEL, write_notebook
from grading.cells import is_test, settings
from grading.course import Course
from grading.engine.result import Result, Verdict

ROOT = Path(__file__).parents[1]
PS = "ps01"


def cell(kind, name, source, **of_nbgrader):
    flags = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False, "grade_id": name}
    return kind(source, metadata={"nbgrader": flags | of_nbgrader}, id=name)


def make_course(root, settings_text=""):
    """A course in a folder, its one problem set released by nbgrader itself."""
    root.mkdir(exist_ok=True)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    with (root / "nbgrader_config.py").open("a") as file:
        file.write("\n" + settings_text)
    folder = root / "solutions" / PS
    folder.mkdir(parents=True)
    (folder / f"{PS}.md").write_text("here would be the source")
    make_release(root)
    return Course(root)


def real_course(root):
    """The course of this repository, its sources and settings, in another folder; nothing is released yet."""
    shutil.copytree(ROOT / "solutions", root / "solutions", ignore=shutil.ignore_patterns("*.ipynb"))
    shutil.copy(ROOT / "nbgrader_config.py", root)
    return Course(root)


def copy_of(root, place):
    """The same course in another folder."""
    shutil.copytree(root, place)
    return Course(place)


def make_release(root, hidden="hidden = 1"):
    answer, test = {"solution": True}, {"grade": True, "locked": True}
    secret = f"\n### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS"
    notebook = new_notebook(metadata={"kernelspec": KERNEL}, cells=[
        new_markdown_cell("# A small problem set", id="title"),
        cell(new_code_cell, "double", "### BEGIN SOLUTION\n2.0\n### END SOLUTION", **answer),
        cell(new_code_cell, "test-double", f"double{secret}", points=2.0, **test),
        cell(new_code_cell, "treble", "### BEGIN SOLUTION\n3.0\n### END SOLUTION", **answer),
        cell(new_code_cell, "test-treble", f"treble{secret}", points=3.0, **test),
        cell(new_markdown_cell, "explain", "Why?", grade=True, solution=True, points=4.0),
    ])
    course = Course(root)
    write_notebook(notebook, course.folder("source", PS) / f"{PS}.ipynb")
    course.run(GenerateAssignment, PS)


def hand_in(course, student, double="2.0", treble="3.0", explain="Because.", timestamp=""):
    """A submission: the points that each answer is worth, and a text."""
    notebook = nbformat.read(course.folder("release", PS) / f"{PS}.ipynb", as_version=4)
    answers = {"double": double, "treble": treble, "explain": explain}
    for cell in notebook.cells:
        name = settings(cell).get("grade_id")
        if answers.get(name) is not None:
            cell.source = answers[name]
    folder = course.folder("submitted", PS, student)
    folder.mkdir(parents=True, exist_ok=True)
    write_notebook(notebook, folder / f"{PS}.ipynb")
    (folder / "timestamp.txt").unlink(missing_ok=True)
    if timestamp:
        (folder / "timestamp.txt").write_text(timestamp)
    return folder


def examine(job):
    """An examiner that runs nothing: the points stand in the answers."""
    try:
        submitted = nbformat.reads(job.submitted.decode(), as_version=4)
        sources = {settings(cell).get("grade_id"): cell.source for cell in submitted.cells}
    except Exception:
        return Result(trouble="not a notebook")
    result, graded = Result(), nbformat.reads(job.master.decode(), as_version=4)
    for cell in graded.cells:
        name = settings(cell).get("grade_id")
        if is_test(cell):
            answer = sources.get(name.removeprefix("test-"), "")
            result.verdicts[name] = verdict = Verdict(name, settings(cell)["points"], 0.0)
            if answer == "crash":
                raise RuntimeError("the examiner fell over")
            if answer.startswith("crash once "):
                path = Path(answer.removeprefix("crash once "))
                if not path.exists():
                    path.touch()
                    raise RuntimeError("the examiner fell over")
            if answer.startswith("die once "):  # and takes its process along
                path = Path(answer.removeprefix("die once "))
                if not path.exists():
                    path.touch()
                    os._exit(1)
            if answer.startswith("sleep "):
                time.sleep(float(answer.removeprefix("sleep ")))
            elif answer == "fault":
                verdict.fault = f"The test {name} is at fault."
            elif answer == "look":
                verdict.by_hand, verdict.reason = True, "Somebody should look at this."
            else:
                verdict.earned = float(answer) if answer.replace(".", "", 1).isdigit() else 0.0
            text = f"{verdict.earned}"
            cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": text}, execution_count=None)]
        elif not settings(cell).get("locked") and name in sources:
            cell.source = sources[name]
    result.notebook = nbformat.writes(graded)
    return result


ROWS = """
select 'assignment', name, duedate, course_id from assignment;
select 'cell', type, b.name, n.name from base_cell b join notebook n on n.id = b.notebook_id;
select 'source', s.name, s.source, s.locked from source_cell s;
select 'student', id, first_name, last_name from student;
select 'submission', s.student_id, s.timestamp, s.extension from submitted_assignment s;
select 'notebook', s.student_id, n.name, w.late_submission_penalty, w.flagged
    from submitted_notebook w join submitted_assignment s on s.id = w.assignment_id
    join notebook n on n.id = w.notebook_id;
select 'grade', s.student_id, n.name, b.name, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade
    from grade g join base_cell b on b.id = g.cell_id join submitted_notebook w on w.id = g.notebook_id
    join submitted_assignment s on s.id = w.assignment_id join notebook n on n.id = w.notebook_id;
select 'comment', s.student_id, n.name, b.name, c.auto_comment, c.manual_comment
    from comment c join base_cell b on b.id = c.cell_id join submitted_notebook w on w.id = c.notebook_id
    join submitted_assignment s on s.id = w.assignment_id join notebook n on n.id = w.notebook_id;
"""


def dump(course):
    """Every row of the gradebook that means something, by names instead of random ids."""
    rows = []
    with course.gradebook() as gradebook, gradebook.engine.connect() as connection:
        for query in ROWS.strip().rstrip(";").split(";"):
            rows += [tuple(row) for row in connection.exec_driver_sql(query)]
        counts = connection.exec_driver_sql("select (select count(*) from grade), (select count(*) from comment)").one()
        assert counts == tuple(sum(row[0] == kind for row in rows) for kind in ("grade", "comment"))  # no orphans
    return sorted((tuple(_same_on_both(value) for value in row) for row in rows), key=repr)


def _same_on_both(value):
    """SQLite gives times and truths as texts and numbers, PostgreSQL as what they are."""
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ", "microseconds")
    if isinstance(value, datetime.timedelta):
        return (datetime.datetime(1970, 1, 1) + value).isoformat(" ", "microseconds")
    return int(value) if isinstance(value, bool) else value


def files(course):
    """{path: bytes} of all that grading wrote beside the gradebook."""
    top = course.root / "autograded"
    return {str(path.relative_to(top)): path.read_bytes() for path in sorted(top.rglob("*")) if path.is_file()}


def by_hand(course, student, item="explain", score=4.0, comment=None):
    """What formgrader does when a person gives a score."""
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade(item, PS, PS, student)
        grade.manual_score, grade.needs_manual_grade = score, False
        if comment:
            gradebook.find_comment(item.removeprefix("test-"), PS, PS, student).manual_comment = comment
        gradebook.db.commit()


def result_of(course, student):
    return json.loads((course.folder("autograded", PS, student) / "result.json").read_text())
