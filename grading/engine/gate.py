"""Does a submission reach for the machinery around it?

A few tests measure inside the student's own process: how many operations a function asks PyTorch for, in which mode a
model ran. Code made for it could forge such a measure. No honest answer needs what such code needs; so where it
stands, what was measured inside counts nothing until a person has looked. All other tests do not depend on this.

So it is strict: what it does not know, it does not let pass.
"""

from __future__ import annotations

import ast
import contextlib
import re
import symtable
import sys
from functools import lru_cache

import numpy as np
from IPython.core.inputtransformer2 import TransformerManager

from grading.cells import is_test
from grading.engine.restore import same_text

MODULES = set("abc collections copy dataclasses decimal enum fractions functools graphlib heapq itertools math "
              "matplotlib nnlib numbers numpy operator pandas random scipy sklearn statistics string time torch tqdm "
              "typing warnings __future__".split())
USUAL = {"np": "numpy", "torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional", "math": "math",
         "plt": "matplotlib.pyplot"}
NAMES = set("breakpoint compile delattr dir eval exec get_ipython globals locals setattr vars memoryview In Out input "
            "exit quit".split())
# Attributes that lead to a program's own workings, or from a library to all that it has imported.
ATTRIBUTES = set("mro modules settrace setprofile attrgetter methodcaller classes ctypeslib f2py hub jit library load "
                 "ops overrides package fx cpp_extension distributed testing format_map "
                 "builtins ctypes dis gc importlib inspect linecache mmap multiprocessing os pdb pickle posix runpy "
                 "socket subprocess sys threading traceback weakref".split())
# Of frames, code, generators, tracebacks, classes.
WORKINGS = re.compile(r"\b(?:f_(?:back|code|globals|locals|builtins|trace|lineno)|(?:gi|cr|ag|tb)_(?:frame|code|next)|"
                      r"(?:gi|cr|ag)_(?:yieldfrom|await)|co_(?:code|consts|names|varnames|cellvars|freevars))\b|__\w+__")
HONEST = set("__init__ __name__ __class__ __len__ __call__ __add__ __mul__ __neg__ __sub__ __pow__ __radd__ __rmul__ "
             "__rsub__ __truediv__ __rtruediv__ __repr__ __post_init__ __matmul__ __version__ __iter__ __next__ "
             "__getitem__ __enter__ __exit__ __eq__ __lt__ __hash__ __abs__ __str__ __slots__ __main__ __doc__".split())
BUILDING = set("chr bytes bytearray decode fromhex ascii translate join".split())  # a text from pieces
OWN = set("forward backward train eval parameters".split())  # what classes of one's own define, too
HONEST_ENDS = set("Module Function object Dataset Exception ValueError TypeError ABC NamedTuple Enum Sequential "
                  "Protocol".split())
MAGICS = re.compile(r"^%(?:matplotlib|config InlineBackend|load_ext|autoreload)[^\n]*$|"
                    r"^%%(?:time|timeit|capture)[ \t]*\n|"
                    r"^(?=.*\?$)\??[\w.]+\?{0,2}$", re.M)


def suspicion(notebook) -> str:
    """A sentence that says what was found and where, or an empty text."""
    code = [(number, cell) for number, cell in enumerate(notebook.cells, start=1) if cell.cell_type == "code"]
    ours = [cell for _, cell in code if _is_ours(cell)]
    needed = tuple(cell.source for cell in ours if not is_test(cell))
    released = tuple(cell.source for cell in ours)
    sources = {number: cell.source for number, cell in code
               if not _is_ours(cell) and not _copied(cell.source, released)}
    own = frozenset(re.findall(r"^\s*class (\w+)", "\n".join(sources.values()), re.M))
    for number, source in sources.items():
        if found := _finds(source, needed, own):
            return (f"Cell {number} of the submission uses {found}, which no answer needs and with which what is "
                    "measured inside the student's process could be forged: this item waits for a person to look.")
    return ""


def _is_ours(cell):
    return bool(cell.metadata.get("nbgrader", {}).get("locked"))


def _tree(source):
    """What IPython makes of a cell, as a tree; None where it cannot be read, though IPython perhaps can."""
    try:
        with contextlib.suppress(SyntaxError):
            return ast.parse(source)
        return ast.parse(TransformerManager().transform_cell(MAGICS.sub("", source)))
    except SyntaxError:
        return ast.Module([], [])  # then the cell has not run, either
    except (ValueError, RecursionError, MemoryError):
        return None


def _copied(source, released):
    """A copy of a released cell: nobody's code but ours."""
    return any(same_text(source, text) for text in released)


@lru_cache(2000)  # what was released and nobody touched is looked at once
def _finds(source, needed, own):
    """What a cell of the student's reaches for, or an empty text."""
    tree = _tree(source)
    if tree is None:
        return "what cannot be read"
    nodes, parts = list(ast.walk(tree)), _parts(needed)
    found = next(filter(None, (_reaches(node, own) for node in nodes)), "") or _reads_by_name(nodes)
    return found or _patches(nodes, parts | set(_imports(tree))) or _takes_a_name(tree, _names(needed))


def _reads_by_name(nodes):
    """getattr() handed on, or of a computed name in a cell that could put together one of those above."""
    calls = {id(n.func): n.args[1] for n in nodes if isinstance(n, ast.Call) and len(n.args) > 1}
    read = [calls.get(id(n)) for n in nodes if isinstance(n, ast.Name) and n.id == "getattr"]
    pieces = any(isinstance(n, ast.Constant) and "_" in str(n.value) and " " not in str(n.value).strip()
                 or getattr(n, "id", getattr(n, "attr", None)) in BUILDING for n in nodes)
    if any(name is None or pieces and not isinstance(name, ast.Constant) for name in read):
        return "`getattr` of a name that it puts together"
    return ""


def _patches(nodes, parts):
    """An attribute that is given another value, though classes of a library or of the instructor's have it."""
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, (ast.Store, ast.Del)):
            root = node.value
            while isinstance(root, (ast.Attribute, ast.Subscript)):
                root = root.value
            if node.attr.startswith("__") or {node.attr, getattr(root, "id", "")} & parts or _of_a_library(node.attr):
                return f"an assignment to `{ast.unparse(node)[:60]}`"
    return ""


@lru_cache(20)
def _parts(sources):
    """The instructor's own classes, what they consist of, and what is imported."""
    trees = [_tree(source) or ast.Module([], []) for source in sources]
    names = set(USUAL).union(*map(_imports, trees))
    for found in [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]:
        names.add(found.name)
        for part in found.body:
            if isinstance(part, ast.FunctionDef):
                names.add(part.name)
            elif isinstance(part, ast.Assign):
                names |= {target.id for target in part.targets if isinstance(target, ast.Name)}
    return frozenset(names)


def _reaches(node, own):
    """What this one step of a program reaches for, or an empty text."""
    match node:
        case ast.Import(names=names) if bad := next((a.name for a in names if not _open(a.name)), ""):
            return f"`import {bad}`"
        case ast.ImportFrom(module=module) if not module or not _open(module):
            return f"`from {module} import`"
        case ast.ImportFrom(names=names) if bad := next((a.name for a in names if _closed(a.name)), ""):
            return f"`from {node.module} import {bad}`"
        case ast.Name(id=name) if name in NAMES:
            return f"`{name}`"
        case ast.Attribute(attr=name, value=base) if name.startswith("_") and name not in HONEST and not (
                isinstance(base, ast.Name) and not name.startswith("__") and base.id not in USUAL):
            return f"`.{name}`"
        case ast.Constant(value=str(text)) if WORKINGS.search(text) and not set(WORKINGS.findall(text)) <= HONEST:
            return f"the text {text[:40]!r}"
        case ast.Call(func=ast.Name(id="type"), args=args) if len(args) != 1:
            return "`type` to make a class"
        case ast.ClassDef(bases=bases, keywords=keywords) if keywords or any(
                _last(base) not in HONEST_ENDS | own for base in bases) and any(
                part.name not in OWN and _of_a_library(part.name) for part in node.body
                if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef))):
            return f"the class `{node.name}`, made from one of a library"
    texts = [text for field, value in ast.iter_fields(node) if not isinstance(node, ast.Constant)
             for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]
    return next((f"`{text}`" for text in texts if _inner(text)), "")


def _open(module):
    first, *parts = module.split(".")
    return first in MODULES and not any(map(_closed, parts))


def _closed(name):
    """A part of a library that no answer needs: a private one, or one that leads elsewhere."""
    return name in ATTRIBUTES or name == "*" or name.startswith("_") and not name.endswith("__")


def _inner(name):
    """Is this a name of the machinery's? Dotted in an import."""
    return any(part in ATTRIBUTES or part.startswith("__") and part not in HONEST and part not in MODULES
               or part not in HONEST and WORKINGS.fullmatch(part) for part in name.split("."))


def _last(base):
    return base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")


def _of_a_library(name):
    """Is this something that a library's classes and modules do, so that another in its place would lie for them?"""
    torch, scalar = sys.modules.get("torch"), sys.modules.get("nnlib.scalar")
    places = [np, np.ndarray] + ([torch, torch.Tensor, torch.nn.Module] if torch else [])
    places += [scalar.Value] if scalar else []
    return not name.startswith("_") and any(callable(getattr(place, name, None)) for place in places)


# -- names that the tests rely on --------------------------------------------------------


@lru_cache(20)
def _names(sources):
    """{name: the import that binds it, or None} of what the functions in the instructor's cells look up when called."""
    used, imported = set(), {}
    for source in sources:
        if tree := _tree(source):
            used |= set(_looked_up(symtable.symtable(ast.unparse(tree), "cell", "exec")))
            imported |= _imports(tree)
    return {name: imported.get(name) for name in used}


def _looked_up(table):
    for inner in table.get_children():
        yield from (x.get_name() for x in inner.get_symbols() if x.is_global() and x.is_referenced())
        yield from _looked_up(inner)


def _imports(tree):
    """{name: what an import binds to it}"""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {a.asname or a.name.partition(".")[0]: a.name if a.asname else a.name.partition(".")[0]
                      for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return found


def _takes_a_name(tree, needed):
    """A name that the instructor's functions look up, and that the cell gives to something else."""
    imported = _imports(tree)
    for name in sorted(set(_global(symtable.symtable(ast.unparse(tree), "cell", "exec")))):
        right = needed.get(name) or USUAL.get(name)
        if (name in needed or right) and (right is None or imported.get(name) != right):
            return f"the name `{name}` for something of its own"
    return ""


def _global(table):
    """The names that a program binds for all its cells."""
    for symbol in table.get_symbols():
        bound = table.get_type() == "module" and (symbol.is_assigned() or symbol.is_imported())
        if bound or symbol.is_declared_global():
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _global(inner)
