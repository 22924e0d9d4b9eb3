"""Fingerprints of an answer's structure: what is left of Python code when everything that is easily changed is gone.

The code is brought into a normal form and cut into small trees; a fingerprint is the hash of one.

    renaming                   a name of one's own is told by how often it comes in a small tree, not at all in a large
                               one; names of modules, built-ins, attributes and of what the exercise hands out stay
    reordering                 a block counts as the bag of its statements, a sum or product as the bag of its terms
    comments, layout, hints    are no part of the tree; docstrings, annotations and the words in strings are dropped
    other spellings            x += y is x = x + y; b > a is a < b; import numpy as n is numpy; 2.0 is 2
    dead code                  after a return, under `if False`, `pass`, assigned and never read, defined and never used

What it cannot see through: an answer thought out anew, or one rewritten into other steps by hand.
"""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

from grading.reports.alive import bring_alive

SMALLEST, LARGEST = 5, 60  # nodes of a tree that makes a fingerprint: smaller ones everyone writes
NAMED = 16  # nodes: up to here, a fingerprint tells own names from each other
COMMUTES = (ast.Add, ast.Mult, ast.BitAnd, ast.BitOr, ast.BitXor)
TURNED = {"Gt": "Lt", "GtE": "LtE"}
DEEPEST = 100  # of nested code; deeper is no answer but an attack


@dataclass
class Fingerprints:
    """{fingerprint: the lines it stands on}."""

    lines: dict[int, set[int]] = field(default_factory=dict)

    def add(self, other: Fingerprints, offset: int = 0) -> None:
        for key, lines in other.lines.items():
            self.lines.setdefault(key, set()).update(line + offset for line in lines)


def fingerprints(source: str, given: frozenset[str] = frozenset()) -> Fingerprints | None:
    """The fingerprints of some Python code, or None when it cannot be read as Python.

    given: the names that the exercise hands out (functions to write, names of locked cells): they are kept.
    """
    try:
        tree = ast.parse(source)
        modules = _modules(tree)
        bring_alive(tree, given)
        walk = _Walk(modules, given)
        for statement in tree.body:
            walk.visit(statement, 0)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return walk.found


def names_given(source: str) -> set[str]:
    """Functions, classes and names that a released cell defines or imports."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    found = set(_modules(tree))
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def _modules(tree) -> dict[str, str]:
    """{name in this code: the module or the thing in a module that it stands for}."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {(alias.asname or alias.name.split(".")[0]): alias.name if alias.asname else
                      alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


class _Tree(NamedTuple):
    """A node of the normal form.  A name of one's own is a label that begins with NUL."""

    label: str
    groups: tuple[tuple[bool, tuple[_Tree, ...]], ...]  # (whether its order means nothing, the trees)
    size: int
    words: str  # the whole tree as text, with all own names alike


def _tree(label: str, *groups) -> _Tree:
    """A node; each group a list of trees, or a set-like ("bag", list) whose order means nothing."""
    kept = tuple((True, tuple(g[1])) if isinstance(g, tuple) else (False, tuple(g)) for g in groups)
    size = 1 + sum(tree.size for _, trees in kept for tree in trees)
    return _Tree(label, kept, size, _text("#" if label[0] == "\0" else label, kept, lambda tree: tree.words))


def _text(label, groups, write) -> str:
    if not groups:
        return label
    parts = [sorted(map(write, trees)) if bag else map(write, trees) for bag, trees in groups]
    return f"({label}{''.join(f' [{chr(32).join(part)}]' for part in parts)})"


def _spelled(tree: _Tree) -> str:
    """The tree as text, where an own name is told by how often it comes: that does not depend on any order."""
    counts: Counter[str] = Counter()

    def count(node):
        counts[node.label] += node.label[0] == "\0"
        for _, trees in node.groups:
            for child in trees:
                count(child)

    def write(node):
        label = f"#{counts[node.label]}" if node.label[0] == "\0" else node.label
        return _text(label, node.groups, write)

    count(tree)
    return write(tree)


class _Walk:
    """Goes through a syntax tree from below, builds the normal form, and notes the fingerprints on the way."""

    def __init__(self, modules: dict[str, str], given: frozenset[str]):
        self.modules, self.given, self.found = modules, given, Fingerprints()

    def visit(self, node, depth) -> _Tree:
        if depth > DEEPEST:
            raise RecursionError
        tree = getattr(self, f"_{type(node).__name__}", self._other)(node, depth + 1)
        if hasattr(node, "lineno"):
            self._note(tree, _lines(node))
        return tree

    def _note(self, tree, lines):
        if SMALLEST <= tree.size <= LARGEST:
            text = (_spelled(tree) if tree.size <= NAMED else tree.words).encode("utf-8", "replace")
            key = int.from_bytes(blake2b(text, digest_size=8).digest())
            self.found.lines.setdefault(key, set()).update(lines)

    def _all(self, nodes, depth) -> list[_Tree]:
        return [self.visit(node, depth) for node in nodes if node is not None]

    def _bag(self, nodes, depth):
        return "bag", self._all(nodes, depth)

    def _other(self, node, depth):
        children = [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr_context)]
        return _tree(type(node).__name__, self._all(children, depth))

    def _Name(self, node, depth):
        name = self.modules.get(node.id, node.id)
        own = not (node.id in self.modules or node.id in self.given or hasattr(builtins, node.id))
        return _tree(f"\0{name}" if own else f"={name}")

    def _arg(self, node, depth):
        return _tree(f"\0{node.arg}")

    def _keyword(self, node, depth):
        return _tree(f"{node.arg}=", [self.visit(node.value, depth)])

    def _Attribute(self, node, depth):
        value = self.visit(node.value, depth)
        if value.label[0] == "=" and not value.groups:
            return _tree(f"{value.label}.{node.attr}")  # np.tanh is numpy.tanh, however it was imported
        return _tree(f".{node.attr}", [value])

    def _Constant(self, node, depth):
        value = node.value
        if isinstance(value, str):
            return _tree("'text'")
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53:
            value = float(value)
        return _tree(repr(value)[:100])

    def _JoinedStr(self, node, depth):
        return _tree("'text'")

    def _BinOp(self, node, depth):
        sides, name = [node.left, node.right], type(node.op).__name__
        return _tree(name, self._bag(sides, depth) if isinstance(node.op, COMMUTES) else self._all(sides, depth))

    def _AugAssign(self, node, depth):
        value = ast.copy_location(ast.BinOp(node.target, node.op, node.value), node)
        return _tree("Assign", self._all([node.target, value], depth))

    def _AnnAssign(self, node, depth):
        return _tree("Assign", self._all([node.target, node.value], depth))

    def _Assign(self, node, depth):
        return _tree("Assign", self._all([*node.targets, node.value], depth))

    def _Compare(self, node, depth):
        if len(node.ops) != 1:
            return self._other(node, depth)
        kind, sides = type(node.ops[0]).__name__, [node.left, node.comparators[0]]
        if kind in ("Eq", "NotEq"):
            return _tree(kind, self._bag(sides, depth))
        return _tree(TURNED.get(kind, kind), self._all(sides[::-1] if kind in TURNED else sides, depth))

    def _BoolOp(self, node, depth):
        return _tree(type(node.op).__name__, self._bag(node.values, depth))

    def _Call(self, node, depth):
        return _tree("Call", self._all([node.func, *node.args], depth), self._bag(node.keywords, depth))

    def _FunctionDef(self, node, depth):
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, *node.args.defaults]
        return _tree("def", self._all(arguments, depth), self._bag(node.body, depth))

    _AsyncFunctionDef = _FunctionDef

    def _ClassDef(self, node, depth):
        return self._block("class", node, depth, node.bases)

    def _For(self, node, depth):
        return self._block("For", node, depth, [node.target, node.iter])

    def _While(self, node, depth):
        return self._block("While", node, depth, [node.test])

    def _If(self, node, depth):
        return self._block("If", node, depth, [node.test])

    def _With(self, node, depth):
        return self._block("With", node, depth, node.items)

    def _block(self, name, node, depth, head):
        """A compound statement: its head, itself a fingerprint, then the bag of its statements, then that of `else`."""
        head = self._all(head, depth)
        self._note(_tree(name, head), {node.lineno})
        return _tree(name, head, self._bag(node.body, depth), self._bag(getattr(node, "orelse", []), depth))


def _lines(node) -> set[int]:
    """The lines of a node: of a compound statement its head, and the lines of what in it is alive."""
    if not isinstance(getattr(node, "body", None), list):
        return set(range(node.lineno, (getattr(node, "end_lineno", None) or node.lineno) + 1))
    inner = (statement for block in ("body", "orelse") for statement in getattr(node, block, []))
    return {node.lineno}.union(*map(_lines, inner))
