"""The marks around what students must not get, and what can be wrong with them.

    ### BEGIN SOLUTION … ### END SOLUTION             inside each function of an answer, or in a written answer
    ### BEGIN HIDDEN TESTS … ### END HIDDEN TESTS     in a test; the first line between them is `t.hidden()`
"""

import ast
import re
from collections.abc import Iterator

from grading.cells import is_answer, is_test, settings

SECRETS = ("SOLUTION", "HIDDEN TESTS")
MARK = re.compile(r"\s*### (BEGIN|END) (SOLUTION|HIDDEN TESTS)\s*")
LIKE_A_MARK = re.compile(r"[\W_]*(begin|end)[\W_]*(solution|hidden)", re.I)


def split_secret(source: str, kind: str) -> tuple[str, list[str]]:
    """The public text of a cell, and the secret blocks between `BEGIN kind` and `END kind`."""
    public, blocks, inside = [], [], None
    for line in source.split("\n"):
        if f"BEGIN {kind}" in line:
            inside = []
        elif f"END {kind}" in line and inside is not None:
            blocks.append("\n".join(inside))
            inside = None
        else:
            (public if inside is None else inside).append(line)
    return "\n".join(public), blocks


def mark_faults(cell) -> Iterator[str]:
    """One sentence for every fault of the marks in a cell."""
    misspelt = [line.strip() for line in cell.source.split("\n")
                if LIKE_A_MARK.match(line) and not MARK.fullmatch(line)]
    for line in misspelt:
        kind = SECRETS["hidden" in line.lower()]
        yield (f"the line `{line[:60]}` looks like a mark and is none: students could get what stands behind it. "
               f"Write exactly `### BEGIN {kind}` or `### END {kind}`, and nothing else in that line.")
    if misspelt:
        return  # all else would tell the same again
    places = {
        "SOLUTION": ("an answer cell (`solution: true`)", bool(settings(cell).get("solution"))),
        "HIDDEN TESTS": ("a test cell (`grade: true`)", is_test(cell)),
    }
    for kind in SECRETS:
        marks = re.findall(rf"(BEGIN|END) {kind}", cell.source)
        place, here = places[kind]
        if marks and not here:
            yield f"`{marks[0]} {kind}` stands outside of {place}: students would see it. Move it, or set the metadata."
        elif marks != ["BEGIN", "END"] * (len(marks) // 2):
            yield (f"`### BEGIN {kind}` and `### END {kind}` do not come in pairs. "
                   "Each BEGIN needs an END, each END a BEGIN.")
        elif here:
            yield from _hidden_faults(cell) if is_test(cell) else _solution_faults(cell)
    if is_answer(cell) and "BEGIN SOLUTION" not in cell.source:
        yield "the answer has no `### BEGIN SOLUTION` … `### END SOLUTION`. Put them around what students must find."


def _solution_faults(cell):
    """Students get a `raise` in place of a solution: only in a function does it wait until somebody asks."""
    if cell.cell_type != "code":
        return
    try:
        nodes = list(ast.walk(ast.parse(cell.source)))
    except SyntaxError:
        return  # told elsewhere
    functions = [node for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    inside = None
    for number, line in enumerate(cell.source.split("\n"), start=1):
        if MARK.fullmatch(line):
            begin, inside = number, [] if inside is None else None
        elif inside is not None and line.strip() and not line.lstrip().startswith("#"):
            inside.append(number)
            if not any(f.body[0].lineno <= min(inside) and number <= f.end_lineno for f in functions):
                yield (f"the solution that begins in line {begin} is not inside one function (line {number}: "
                       f"`{line.strip()[:60]}`). Students get `raise NotImplementedError` in its place, and the cell "
                       "would stop there. Put the marks inside each function or method, never around a `def`, "
                       "nor around code at the top level.")
                return


def _hidden_faults(cell):
    """`t.hidden()` and the marks go together: without the marks students see the tests, without it their inputs."""
    shown, blocks = split_secret(cell.source, "HIDDEN TESTS")
    if re.search(r"^\s*\w+\.hidden\(\)", shown, re.M):
        yield ("`t.hidden()` stands where students see it, and so do the tests below it. Put it and them between "
               "the lines `### BEGIN HIDDEN TESTS` and `### END HIDDEN TESTS`.")
    elif any(block.strip() for block in blocks) and not re.match(r"\s*\w+\.hidden\(\)", blocks[0]):
        yield ("the hidden tests do not begin with `t.hidden()`: a report would show their inputs and values. "
               "Write it in the line below `### BEGIN HIDDEN TESTS`.")
