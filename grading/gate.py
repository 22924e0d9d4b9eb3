"""Does a submission reach for the machinery around it?

A few tests measure inside the student's own process: how many operations a function asks PyTorch for, in which mode a
model ran. Code made for it could forge such a measure. No honest answer needs what such code needs; so where it
stands, what was measured inside counts nothing until a person has looked. All other tests do not depend on this.
"""

from __future__ import annotations

import ast

MODULES = set("ast builtins code codecs ctypes dis faulthandler gc importlib inspect mmap marshal multiprocessing nbformat "
              "pdb pickle posix resource sched signal site socket subprocess sys threading trace types unittest "
              "weakref".split())
NAMES = set("breakpoint compile delattr dir eval exec get_ipython globals locals setattr vars memoryview In Out".split())
ATTRIBUTES = set("f_back f_code f_globals f_locals f_builtins gi_frame tb_frame tb_next cr_frame mro modules settrace "
                 "setprofile".split())
HONEST = set("__init__ __name__ __class__ __len__ __call__ __add__ __mul__ __neg__ __sub__ __pow__ __radd__ __rmul__ "
             "__rsub__ __truediv__ __rtruediv__ __repr__ __post_init__ __matmul__ __version__ __iter__ __next__ "
             "__getitem__ __enter__ __exit__ __eq__ __abs__ __str__ __slots__".split())
BUILDING = set("chr bytes bytearray decode fromhex ascii format_map translate".split())  # a text from pieces


def suspicion(notebook) -> str:
    """A sentence that says what was found and where, or an empty text."""
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "code" or cell.metadata.get("nbgrader", {}).get("locked"):
            continue
        nodes = list(ast.walk(_tree(cell.source)))
        found = next(filter(None, map(_reaches, nodes)), "") or _computed_name(nodes) or _patches(nodes)
        if found:
            return (f"Cell {number} of the submission uses {found}, which no answer needs and with which what is measured "
                    "inside the student's process could be forged: this item waits for a person to look.")
    return ""


def _tree(source):
    """What Python reads in a cell; nothing where it cannot read it, for then the cell did not run, either."""
    for text in (source, "\n".join(x for x in source.split("\n") if not x.lstrip().startswith(("%", "!", "?")))):
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return ast.Module([], [])


def _reaches(node):
    """What this one step of a program reaches for, or an empty text."""
    match node:
        case ast.Import(names=names):
            return next((f"`import {a.name}`" for a in names if a.name.partition(".")[0] in MODULES), "")
        case ast.ImportFrom(module=module) if module and module.partition(".")[0] in MODULES:
            return f"`from {module} import`"
        case ast.Name(id=name) if name in NAMES:
            return f"`{name}`"
    names = [getattr(node, field, None) for field in ("id", "attr", "name", "arg", "asname")]
    return next((f"`{name}`" for name in names if isinstance(name, str) and (
        name in ATTRIBUTES or name.startswith("__") and name not in HONEST)), "")


def _computed_name(nodes):
    """getattr() of a name that is computed, in a cell that could put together one of those above."""
    computed = any(isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "getattr" and len(n.args) > 1
                   and not isinstance(n.args[1], ast.Constant) for n in nodes)
    pieces = any(isinstance(n, ast.Constant) and isinstance(n.value, str) and "_" in n.value and " " not in n.value.strip()
                 or getattr(n, "id", getattr(n, "attr", None)) in BUILDING for n in nodes)
    return "`getattr` of a name that it puts together" if computed and pieces else ""


def _patches(nodes):
    """An attribute of a library's module or class that is given another value."""
    imported = {(a.asname or a.name).partition(".")[0] for node in nodes
                if isinstance(node, (ast.Import, ast.ImportFrom)) for a in node.names}
    imported |= {"np", "torch", "math", "nnlib", "check", "Value", "operations", "plt", "nn"}
    for node in nodes:
        targets = node.targets if isinstance(node, (ast.Assign, ast.Delete)) else [getattr(node, "target", None)]
        for target in targets:
            root = target
            while isinstance(root, (ast.Attribute, ast.Subscript)):
                root = root.value
            if root is not target and isinstance(root, ast.Name) and root.id in imported:
                return f"an assignment to `{ast.unparse(target)[:60]}`"
    return ""
