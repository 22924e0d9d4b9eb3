"""A course with recorded results, made in seconds: answers out of the bank, run in this process because we wrote them.

The tests of feedback, export, report and similarity begin where grading ends.
"""

import contextlib
import copy
import functools
import io
import json
import linecache
import shutil
from pathlib import Path

import nbformat

from grading.authoring.bank import read_answers, solved
from grading.authoring.source import read_source
from grading.cells import for_the_eye, is_answer, is_test, settings
from grading.course import Course
from grading.engine.result import Result, Verdict
from grading.records.record import record
from nnlib import check
from nnlib.check.errors import missing
from nnlib.check.page import as_html
from nnlib.check.report import as_text

ROOT = Path(__file__).parents[1]
PS = "ps06"


def make_course(root, *problem_sets):
    """The real course in a folder of its own, with these problem sets as they are released; nbgrader does not run."""
    for name in problem_sets:
        (root / "solutions" / name).mkdir(parents=True)
        shutil.copy(ROOT / "solutions" / name / f"{name}.md", root / "solutions" / name)
        shutil.copytree(ROOT / "exercises" / name, root / "exercises" / name)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    course = Course(root)
    with course.gradebook() as gradebook:
        for name in problem_sets:
            gradebook.update_or_create_assignment(name)
            gradebook.add_notebook(name, name)
            for cell in nbformat.read(root / "exercises" / name / f"{name}.ipynb", as_version=4).cells:
                _enter(gradebook, name, cell)
    return course


def _enter(gradebook, name, cell):
    """What nbgrader enters of a released cell."""
    of_nbgrader = settings(cell)
    if not of_nbgrader:
        return
    grade_id, kind = of_nbgrader["grade_id"], cell.cell_type
    gradebook.add_source_cell(grade_id, name, name, cell_type=kind, source=cell.source, locked=of_nbgrader["locked"])
    if of_nbgrader["grade"]:
        gradebook.add_grade_cell(grade_id, name, name, max_score=of_nbgrader["points"], cell_type=kind)
    if of_nbgrader["solution"]:
        gradebook.add_solution_cell(grade_id, name, name)


@functools.cache
def source(name=PS):
    return read_source(ROOT / "solutions" / name / f"{name}.md")


@functools.cache
def answers(name, kind):
    """{item: its right or wrong answers}, the instructor's own first among the right ones."""
    bank = read_answers(ROOT / "solutions" / name / "bank.md")
    items = [settings(cell)["grade_id"] for cell in source(name).cells if is_answer(cell)]
    own = {item: [solved(source(name), item)] if kind == "right" else [] for item in items}
    return {item: own[item] + [a.code for a in bank if (a.item, a.kind) == (item, kind)] for item in items}


def graded(name, chosen):
    """The graded notebook of a student with these answers: {item or text: its cell}.  Hidden tests stand in it."""
    notebook = copy.deepcopy(nbformat.read(ROOT / "exercises" / name / f"{name}.ipynb", as_version=4))
    tests = {settings(cell)["grade_id"]: cell.source for cell in source(name).cells if is_test(cell)}
    for cell in notebook.cells:
        grade_id = settings(cell).get("grade_id")
        cell.source = tests.get(grade_id, chosen.get(grade_id, cell.source))
    return notebook


def examine(notebook):
    """The Result of a notebook, run in this process.  Only for answers of the bank."""
    names, result = {"__name__": "__main__"}, Result(seconds=1.5)
    check.results.clear()
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or for_the_eye(cell):
            continue
        file, said, failed = f"<cell {number}>", io.StringIO(), ""
        linecache.cache[file] = (len(cell.source), None, cell.source.splitlines(True), file)
        try:
            with contextlib.redirect_stdout(said):
                exec(compile(cell.source, file, "exec"), names)
        except check.AuthorError:
            raise
        except Exception as error:
            failed = missing(error) if isinstance(error, NameError) else repr(error)
        if not is_test(cell):
            cell.outputs = [nbformat.v4.new_output("stream", text=said.getvalue())] * bool(said.getvalue())
            continue
        grade_id, points = settings(cell)["grade_id"], settings(cell)["points"]
        item = next((i for i in check.results.values() if i.name.endswith("." + grade_id.removeprefix("test-"))), None)
        if failed or item is None:
            result.verdicts[grade_id] = Verdict(grade_id, points, 0.0, text=failed or "not run")
        else:
            result.verdicts[grade_id] = Verdict(grade_id, points, float(item.earned), item.mistakes, as_text(item),
                                                as_html(item))
    result.notebook = nbformat.writes(notebook)
    return result


def hand_in(course, student, chosen, name=PS, change=None, **about):
    """Grade a student with these answers and record it.  `change(notebook)` adds what else is in the notebook."""
    notebook = graded(name, chosen)
    result = examine(notebook)
    if change:
        change(notebook)
        result.notebook = json.dumps(notebook)  # as it is: nbformat would refuse what is hostile
    result.notes = about.pop("notes", [])
    tell(course, student, **about)
    return record(course, student, name, result)


def tell(course, student, **about):
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student(student, **about)


def mixed(name, right, wrong):
    """{item: answer}: every item right, but those in `wrong` (an item: which of its wrong answers)."""
    chosen = {item: codes[right % len(codes)] for item, codes in answers(name, "right").items()}
    return chosen | {item: answers(name, "wrong")[item][number] for item, number in wrong.items()}
