"""The source of a problem set: one MyST text, read, checked, and written as a notebook.

`solutions/psNN/psNN.md` is the only file an author edits.  This module turns it into `psNN.ipynb`
(ignored by git), which nbgrader then turns into the student's notebook.  The same text always gives
the same bytes: cell ids come from the text, never from chance.
"""

import ast
import hashlib
import re
from collections import Counter
from pathlib import Path

import jupytext
import nbformat

from grading.authoring.marks import mark_faults, split_secret
from grading.cells import is_answer, is_test, settings
from grading.errors import CourseError

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
SCHEMA_VERSION = 3


def read_source(path: Path) -> nbformat.NotebookNode:
    """The notebook that a source text describes, checked, with ids that depend on the text alone.

    Raises CourseError with one sentence for every fault: file, cell, what is wrong, what to do.
    """
    if not path.is_file():
        raise CourseError(f"{path} is missing. Every problem set has its source there; write it, or check the name.")
    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows may put a mark before the text
        notebook = jupytext.reads(text, fmt="md:myst")
    except Exception as error:  # jupytext raises many kinds; the author needs one sentence
        raise CourseError(
            f"{path}: cannot be read as a MyST notebook ({error}). "
            "Check the lines between the first two `---` and the lines that begin with `:` in the cells."
        ) from error
    problems = _faults(notebook, path)
    if problems:
        raise CourseError(*problems)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": {"name": "python"}})
    _name_cells(notebook)
    return notebook


def write_notebook(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Write a notebook, always the same bytes for the same content."""
    path.write_text(nbformat.writes(notebook), encoding="utf-8", newline="\n")


def _name_cells(notebook) -> None:
    """Give every cell an id: its grade_id, or a hash of its text (numbered where texts repeat)."""
    seen: Counter[str] = Counter()
    for cell in notebook.cells:
        name = settings(cell).get("grade_id") or hashlib.sha256(cell.source.encode()).hexdigest()[:12]
        seen[name] += 1
        cell.id = (name if seen[name] == 1 else f"{name[:56]}-{seen[name]}")[:64]


def _faults(notebook, file: Path) -> list[str]:
    """One sentence for every fault of a source notebook."""
    problems = []
    kernel = notebook.metadata.get("kernelspec", {}).get("name")
    if kernel != KERNEL["name"]:
        problems.append(
            f"{file}: the kernel is {kernel!r}, but exercises run on 'python3'. "
            "Write `kernelspec:` with `name: python3` between the first two `---`."
        )
    names = Counter(settings(cell).get("grade_id") for cell in notebook.cells if settings(cell))
    for number, cell in enumerate(notebook.cells, start=1):
        name = settings(cell).get("grade_id")
        where = f"{file}, cell {number}" + (f" ({name})" if name else "")
        if settings(cell):
            problems += [f"{where}: {fault}" for fault in _settings_faults(cell, name, names)]
        problems += [f"{where}: {fault}" for fault in mark_faults(cell)]
        try:
            tree = ast.parse(cell.source if cell.cell_type == "code" else "")
        except SyntaxError as error:
            fault = f"line {error.lineno} is not Python ({error.msg}). Mend it; leave out magics such as `%time`."
            problems.append(f"{where}: {fault}")
        else:
            if is_test(cell):
                problems += [f"{where}: {fault}" for fault in _test_faults(cell, tree, file.stem)]
        if is_answer(cell) and name is not None and f"test-{name}" not in names:
            problems.append(
                f"{where}: no test cell scores this answer. Add a test cell with the grade_id `test-{name}`."
            )
    if not any(is_test(cell) for cell in notebook.cells):
        problems.append(
            f"{file}: holds no test cell, so nothing could be graded. "
            "A test cell is a ```{code-cell}` with nbgrader metadata `grade: true`, `locked: true`, `points: …`."
        )
    return problems


def _settings_faults(cell, name, names):
    given = settings(cell)
    if given.get("schema_version") != SCHEMA_VERSION:
        yield f"schema_version is {given.get('schema_version')!r}. Write `schema_version: {SCHEMA_VERSION}`."
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,50}", name):
        yield f"grade_id is {name!r}. Give it a name of letters, digits, `-` and `_`."
    elif names[name] > 1:
        yield f"the grade_id `{name}` stands on {names[name]} cells. Give each cell a name of its own."
    missing = [key for key in ("grade", "solution", "locked") if not isinstance(given.get(key), bool)]
    if missing:
        yield f"{' and '.join(missing)} must be given as true or false."
    points = given.get("points")
    if given.get("grade") and (isinstance(points, bool) or not isinstance(points, (int, float)) or points <= 0):
        yield f"a graded cell needs points above 0, but has {points!r}. Write `points: 4` in its nbgrader metadata."
    if is_test(cell) and not given.get("locked"):
        yield "a test cell must be locked, or a student's edited copy would be graded. Write `locked: true`."
    if given.get("solution") and given.get("locked"):
        yield "an answer is locked, so students could not write it. Write `locked: false`."


def _test_faults(cell, tree, problem_set):
    """A test cell must end with `t.score()`: nbgrader gives full marks for anything that is not a number."""
    try:
        shown = ast.parse(split_secret(cell.source, "HIDDEN TESTS")[0])
    except SyntaxError as error:
        yield (f"what students get of it is not Python: without the hidden tests, {error.msg} in line {error.lineno}. "
               "Put whole statements between the marks.")
        return
    for part, what in ((tree, "its last line"), (shown, "the last line that students get")):
        last = part.body[-1] if part.body else None
        if not re.fullmatch(r"\w+\.score\(\)", ast.unparse(last or part)):
            got = f"`{ast.unparse(last)[:60]}`" if last else "nothing"
            yield f"{what} is {got}. End it with `t.score()`: what is not a number would earn full marks."
            break
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    for call in calls:
        if ast.unparse(call.func) == "check.item":
            yield from _item_faults(call, settings(cell), problem_set)
    hints = [call for call in calls if call.func.attr == "hints"]
    steps = [step for call in hints for step in call.args]
    if len(steps) < 3 and not any(isinstance(step, ast.Starred) for step in steps):
        yield (f"it has {len(steps) or 'no'} hint{'s' * (len(steps) != 1)}. Write three in `t.hints(…, section=…)`, "
               "below `check.item(…)`: where to look, the idea, the idea in the formula of this item.")


def _item_faults(call, given, problem_set):
    name = f"{problem_set}.{str(given.get('grade_id')).removeprefix('test-')}"
    if call.args and isinstance(call.args[0], ast.Constant) and call.args[0].value != name:
        yield (f'it opens `check.item("{call.args[0].value}")`, but by its file and its grade_id the item is called '
               f'`{name}`. Write `check.item("{name}", …)`.')
    for word in call.keywords:
        declared = given.get("points")
        if word.arg == "points" and isinstance(word.value, ast.Constant) and word.value.value != declared:
            yield (f"`check.item(…, points={word.value.value!r})` and the metadata's `points: {declared!r}` differ. "
                   "Make them the same.")
