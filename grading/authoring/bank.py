"""The bank of a problem set: right and wrong answers, read from bank.md, and run as a student would.

    ## backward                              the answer cell's grade_id
    ### right: with a dictionary             all points, whatever way it is written
    ### wrong [overwritten]: `=` for `+=`    less than all points, and the check names `overwritten`

Behind each heading stands one ```python block: the student's whole cell.
"""

import contextlib
import copy
import io
import linecache
import re
from dataclasses import dataclass
from pathlib import Path

from grading.cells import for_the_eye, is_answer, is_test, settings
from grading.errors import CourseError
from nnlib import check
from nnlib.check.errors import missing
from nnlib.check.report import as_text

STUB = 'raise NotImplementedError("not written yet")'
HEADING = re.compile(r"### (?P<kind>right|wrong)(?: \[(?P<mistakes>[^\]]*)\])?: (?P<title>.+)")


@dataclass(frozen=True)
class Answer:
    """One answer of the bank, to one item."""

    item: str
    kind: str  # right or wrong
    mistakes: tuple  # names that the check must find
    title: str
    code: str


@dataclass
class Score:
    """What the check said about an answer."""

    points: float
    mistakes: list
    report: str
    before: str = ""  # the first cell before the test that failed, and how
    slow: bool = False  # did the test run out of time?


def read_answers(path: Path) -> list[Answer]:
    """All answers of a bank. Raises CourseError naming the line that cannot be understood."""
    if not path.is_file():
        raise CourseError(f"{path} is missing. The bank lies beside the source: for each item three or more right "
                          "answers and five or more wrong ones, so that its test has met them.")
    answers, item, heading, lines, faults = [], "", None, None, []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        if lines is not None:  # inside a block
            if line.startswith("```"):
                named = tuple(name.strip() for name in (heading["mistakes"] or "").split(",") if name.strip())
                answers.append(Answer(item, heading["kind"], named, heading["title"], "\n".join(lines)))
                heading, lines = None, None
            else:
                lines.append(line)
        elif line.startswith("### ") or line.startswith("## "):
            if heading:
                faults.append(f"{path}, line {number}: “{heading['title']}” has no ```python block.")
            heading = HEADING.fullmatch(line) if line.startswith("### ") else None
            if line.startswith("## "):
                item = line[3:].strip()
            elif heading is None or (heading["kind"] == "wrong") != (heading["mistakes"] is not None):
                faults.append(f"{path}, line {number}: write `### right: title` or "
                              f"`### wrong [names]: title`, not `{line}`.")
        elif line.startswith("```python"):
            if heading:
                lines = []
            else:
                faults.append(f"{path}, line {number}: this block has no heading of its own, "
                              "`### right: …` or `### wrong [names]: …`.")
    if heading:
        faults.append(f"{path}: the last answer, “{heading['title']}”, has no closed ```python block.")
    if faults:
        raise CourseError(*faults)
    return answers


def untouched(source):
    """A source notebook with every answer taken out, the tests (hidden ones too) left in."""
    notebook = copy.deepcopy(source)
    answer = re.compile(r"^( *)### BEGIN SOLUTION[ \t]*\n.*?### END SOLUTION", re.M | re.S)
    for cell in notebook.cells:
        if is_answer(cell):
            cell.source = answer.sub(rf"\1{STUB}", cell.source)
    return notebook


def solved(source, item: str) -> str:
    """The instructor's own answer to an item."""
    return next(cell.source for cell in source.cells if is_answer(cell) and settings(cell)["grade_id"] == item)


def fill(notebook, answers: dict[str, str]):
    """A copy of a notebook with some answer cells filled in: {item: code}. Raises CourseError for an unknown item."""
    notebook, left = copy.deepcopy(notebook), dict(answers)
    for cell in notebook.cells:
        if is_answer(cell) and settings(cell).get("grade_id") in left:
            cell.source = left.pop(settings(cell)["grade_id"])
    if left:
        raise CourseError(*(f"The notebook has no answer cell called {item!r}." for item in left))
    return notebook


def score(notebook, item: str) -> Score:
    """Runs a notebook's cells as one program; of its test cells only that of `item`, and no slider."""
    names, run, before = {"__name__": "__main__"}, 0, ""
    check.results.clear()
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in notebook.cells:
            mine = is_test(cell) and settings(cell)["grade_id"] == f"test-{item}"
            if cell.cell_type != "code" or for_the_eye(cell) or is_test(cell) and not mine:
                continue
            run += 1
            file = f"<cell {run}>"
            linecache.cache[file] = (len(cell.source), None, cell.source.splitlines(True), file)  # for messages
            try:
                exec(compile(cell.source, file, "exec"), names)
            except check.AuthorError:
                raise
            except Exception as error:  # a student's cell may fail in any way; a notebook goes on
                if mine:
                    return Score(0.0, [], missing(error) if isinstance(error, NameError) else repr(error), before)
                before = before or f"cell {settings(cell).get('grade_id', run)} ended in {error!r}"
    checked = next(iter(check.results.values()), None)
    if checked is None:
        return Score(0.0, [], "the test cell opens no item. Write `t = check.item(…)` at its beginning.", before)
    return Score(float(checked.earned), checked.mistakes, as_text(checked), before, checked.timed_out)
