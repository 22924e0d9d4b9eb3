"""What the instructor's cells say of themselves: which names they use, bind and import."""

import ast
import contextlib
from functools import lru_cache
from typing import NamedTuple

from grading.cells import for_the_eye, is_test, settings
from grading.engine.names import bound


class Code(NamedTuple):
    """An instructor's cell, read once for all submissions."""

    lines: object  # compiled, but for the last
    last: object  # the last line, compiled, or None where it is no expression
    uses: frozenset  # names, also in texts that are lines of code themselves, as run(…) takes them
    binds: frozenset  # by assignment, import, definition
    inside: bool  # do its lines run where the answers live?


@lru_cache(maxsize=1000)
def read_code(source):
    """The Code of a cell."""
    tree, binds = ast.parse(source), bound(source)
    nodes, uses = list(ast.walk(tree)), set(binds)
    for node in nodes:
        match node:
            case ast.Name(id=name):
                uses.add(name)
            case ast.Constant(value=str(text)):
                with contextlib.suppress(SyntaxError, ValueError):
                    uses |= {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}
    last = tree.body.pop().value if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    return Code(compile(tree, "<test cell>", "exec"), last and compile(ast.Expression(last), "<test cell>", "eval"),
                frozenset(uses), binds,
                any(isinstance(node, ast.keyword) and node.arg == "inside" for node in nodes))


def modules_of(master) -> tuple:
    """What the locked cells import: the candidates' warm parent loads it once for all."""
    found = ["nnlib.check"]
    for cell in master.cells:
        if cell.cell_type == "code" and settings(cell).get("locked") and not is_test(cell) and not for_the_eye(cell):
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Import):
                    found += [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found.append(node.module)
        elif cell.cell_type == "code" and "matplotlib" in cell.source:
            found.append("matplotlib.pyplot")
    return tuple(sorted(set(found)))
