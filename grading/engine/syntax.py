"""Cells as the gate reads them: each is parsed and walked once, for all looks.

A student's cell is a Cell; the instructor's cells of a problem set, read once for all submissions, are a Release.
"""

import ast
import contextlib
import re
import symtable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from IPython.core.inputtransformer2 import TransformerManager

USUAL = {"np": "numpy", "torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional", "math": "math",
         "plt": "matplotlib.pyplot"}
MAGICS = re.compile(r"^%(?:matplotlib|config InlineBackend|load_ext|autoreload)[^\n]*$|"
                    r"^%%(?:time|timeit|capture)[ \t]*\n|"
                    r"^(?=.*\?$)\??[\w.]+\?{0,2}$", re.M)


OWN_LINES = re.compile(r"^[ \t]*(?:[%!?]|[^#'\"\n]*=[ \t]*[%!]|.*\?[ \t]*$)", re.M)
MOST_OWN_LINES = 50  # of IPython's own, in a cell: for each it reads the cell again, and gives up at 500


class Cell(NamedTuple):
    """What a cell consists of."""

    nodes: list  # breadth first, as ast.walk gives them, but without those that have no parts, as Load and Add
    names: dict  # {a name of any kind, dotted in an import: the first node with it}, in the order of the nodes
    bound: set  # all names that it binds, be it inside a function only
    imports: dict  # {name: what an import binds to it}


# Whose names are no variables, or a function's alone, or stand in Cell.imports.
NOT_BOUND = {ast.Attribute, ast.keyword, ast.arg, ast.alias, ast.ImportFrom}


def read_cell(source):
    """The Cell. Raises ValueError, RecursionError or MemoryError where IPython alone perhaps can read the source."""
    nodes, names, bound = [_tree(source)], {}, set()
    for node in nodes:  # the list grows meanwhile
        kind = type(node)
        if kind is ast.Constant:  # its text is no name
            continue
        loads = kind is ast.Name and type(node.ctx) is ast.Load
        for field in kind._fields:
            value = getattr(node, field)
            for part in value if type(value) is list else (value,):
                if isinstance(part, ast.AST):
                    if part._fields:
                        nodes.append(part)
                elif isinstance(part, str):
                    names.setdefault(part, node)
                    if not loads and kind not in NOT_BOUND:
                        bound.add(part)
    imports = _imports(nodes)
    return Cell(nodes, names, bound.union(imports), imports)


def _tree(source):
    """What IPython makes of a cell, as a tree."""
    try:
        with contextlib.suppress(SyntaxError):
            return ast.parse(source)
        source = MAGICS.sub("", source)
        if len(OWN_LINES.findall(source)) > MOST_OWN_LINES:
            raise ValueError("too many lines of IPython's own")
        return ast.parse(TransformerManager().transform_cell(source))
    except SyntaxError:
        return ast.Module([], [])  # then the cell has not run, either


def _imports(nodes):
    """{name: what an import binds to it}"""
    found = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {a.asname or a.name.partition(".")[0]: a.name if a.asname else a.name.partition(".")[0]
                      for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return found


# -- the instructor's cells, read once for all submissions -------------------------------


@dataclass(frozen=True, eq=False)  # two are alike only if they are one: so it is a small key of _finds
class Release:
    """What the instructor's cells hold, and which of their names no answer may give to something else."""

    sources: tuple
    lines: frozenset  # of all the sources
    parts: frozenset  # their classes, what these consist of, and what is imported
    rights: dict  # {name that their functions look up when called: the import that may bind it, or None}


@lru_cache(20)
def read_release(cells):
    """The Release of (source, is it a test?) of each locked cell. What the tests themselves define is theirs alone."""
    sources = tuple(source for source, _ in cells)
    parts, used, imported = set(USUAL), set(), {}
    for source in (source for source, tests in cells if not tests):
        cell = read_cell(source)
        parts.update(cell.imports, _of_classes(cell.nodes))
        used |= set(_looked_up(symtable.symtable(ast.unparse(cell.nodes[0]), "cell", "exec")))
        imported |= cell.imports
    lines = frozenset(line for source in sources for line in source.split("\n"))
    return Release(sources, lines, frozenset(parts),
                   USUAL | {name: imported.get(name) or USUAL.get(name) for name in used})


def _of_classes(nodes):
    """The names of classes, and of their methods and attributes."""
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            yield node.name
            for part in node.body:
                if isinstance(part, ast.FunctionDef):
                    yield part.name
                elif isinstance(part, ast.Assign):
                    yield from (target.id for target in part.targets if isinstance(target, ast.Name))


def _looked_up(table):
    """The names that functions look up among those of all cells."""
    for inner in table.get_children():
        yield from (x.get_name() for x in inner.get_symbols() if x.is_global() and x.is_referenced())
        yield from _looked_up(inner)
