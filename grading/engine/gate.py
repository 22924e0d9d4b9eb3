"""Does a submission reach for the machinery around it?

A few tests measure inside the student's own process: how many operations a function asks PyTorch for, in which mode a
model ran. Code made for it could forge such a measure. No honest answer needs what such code needs; so where it
stands, what was measured inside counts nothing until a person has looked. All other tests do not depend on this.

So it is strict: what it does not know, it does not let pass.

And it is quick, since it looks at every cell of every student: a cell is parsed and walked once, for all looks; what
submissions have in common, the instructor's cells and those that nobody touched, is looked at once for all of them.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import symtable
import sys
from functools import cache, lru_cache
from types import ModuleType

import numpy as np

from grading.cells import is_test, settings
from grading.engine.restore import same_text
from grading.engine.syntax import USUAL, read_cell, read_release

MODULES = set("abc collections copy dataclasses decimal enum fractions functools graphlib heapq itertools math "
              "matplotlib nnlib numbers numpy operator pandas random scipy sklearn statistics string time torch tqdm "
              "typing warnings __future__".split())
NAMES = set("breakpoint compile delattr dir eval exec get_ipython globals locals setattr vars memoryview In Out input "
            "exit quit".split())
# Attributes that lead to a program's own workings, or from a library to all that it has imported.
ATTRIBUTES = set("mro modules settrace setprofile attrgetter methodcaller classes ctypeslib f2py hub jit library load "
                 "ops overrides package fx cpp_extension distributed testing format_map "
                 "builtins ctypes dis gc importlib inspect linecache mmap multiprocessing os pdb pickle posix runpy "
                 "socket subprocess sys threading traceback weakref".split())
# What sets, evaluates or reads something by a name that is a text, or reaches memory.
ATTRIBUTES |= set("update_wrapper global_enum get_type_hints ForwardRef Formatter get_field make_dataclass bltns "
                  "stride_tricks array_utils byte_bounds data_ptr read_array singledispatch "
                  "singledispatchmethod benchmark sphinxext DisableTorchFunction "
                  "DisableTorchFunctionSubclass".split())
DECORATORS = set("wraps dataclass total_ordering".split())  # called on something else, they change it
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
CLASS = re.compile(r"^[^\S\n]*class (\w+)", re.M)


def suspicion(notebook) -> str:
    """A sentence that says what was found and where, or an empty text."""
    code = [(number, cell) for number, cell in enumerate(notebook.cells, start=1) if cell.cell_type == "code"]
    release = read_release(tuple((cell.source, is_test(cell)) for _, cell in code if _is_ours(cell)))
    sources = {number: cell.source for number, cell in code if not _is_ours(cell)}
    own = frozenset(CLASS.findall("\n".join(sources.values())))
    for number, source in sources.items():
        if found := _finds(source, release, own):
            return (f"Cell {number} of the submission uses {found}, which no answer needs and with which what is "
                    "measured inside the student's process could be forged: this item waits for a person to look.")
    return ""


def _is_ours(cell):
    return bool(settings(cell).get("locked"))


def _copied(source, release):
    """A copy of a released cell: nobody's code but ours. Nearly all others have a line that stands in none."""
    return release.lines.issuperset(source.rstrip("\n").split("\n")) and any(
        same_text(source, text) for text in release.sources)


@lru_cache(500)  # what was released and nobody touched is looked at once
def _finds(source, release, own):
    """What a cell of the student's reaches for, or an empty text."""
    try:
        cell = read_cell(source)
        if _copied(source, release):  # it may leave out lines, so what takes a name does not do what ours did
            return _takes_a_name(cell, release.rights)
        return (_reaches(cell, own) or _leads_out(cell) or _decorates(cell) or _reads_by_name(cell)
                or _patches(cell, release.parts) or _takes_a_name(cell, release.rights))
    except (SyntaxError, ValueError, RuntimeError, MemoryError):  # the compiler has refused it, or it is too nested
        return "what cannot be read"


def _reaches(cell, own):
    """The first step of a program that reaches for something, or an empty text."""
    inner = next(filter(_inner, cell.names), None)
    for node in cell.nodes:
        if found := _step(node, own):
            return found
        if inner and node is cell.names[inner]:
            return f"`{inner}`"
    return ""


def _step(node, own):
    """What this one step of a program reaches for, or an empty text. Names of the machinery's are looked for apart."""
    match node:
        case ast.Name(id=name):
            return f"`{name}`" if name in NAMES else ""
        case ast.Attribute(attr=name, value=base):
            private = name.startswith("_") and name not in HONEST and not (
                isinstance(base, ast.Name) and not name.startswith("__") and base.id not in USUAL
                and (base.id == "self" or not _of_a_module(name)))
            return f"`.{name}`" if private else ""
        case ast.Constant(value=text):
            inner = isinstance(text, str) and "_" in text and not set(WORKINGS.findall(text)) <= HONEST
            return f"the text {text[:40]!r}" if inner else ""
        case ast.Call(func=ast.Name(id="type"), args=args) if len(args) != 1:
            return "`type` to make a class"
        case ast.Import(names=names) if bad := next((a.name for a in names if not _open(a.name)), ""):
            return f"`import {bad}`"
        case ast.ImportFrom(module=module) if not module or not _open(module):
            return f"`from {module} import`"
        case ast.ImportFrom(names=names) if bad := next((a.name for a in names if _closed(a.name)), ""):
            return f"`from {node.module} import {bad}`"
        case ast.ClassDef(bases=bases, keywords=keywords) if keywords or any(
                _last(base) not in HONEST_ENDS | own for base in bases) and any(
                part.name not in OWN and _of_a_library(part.name) for part in node.body
                if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef))):
            return f"the class `{node.name}`, made from one of a library"
    return ""


def _leads_out(cell):
    """From a library to a module that is none of ours: what it imports is an attribute of it."""
    for node in cell.nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            if bad := next((a.name for a in node.names if _elsewhere(sys.modules.get(node.module), a.name)), ""):
                return f"`from {node.module} import {bad}`"
        elif isinstance(node, ast.Attribute):
            names, root = [node.attr], node.value
            while isinstance(root, ast.Attribute):
                names, root = [root.attr, *names], root.value
            known = cell.imports.get(root.id) or USUAL.get(root.id) if isinstance(root, ast.Name) else ""
            *way, last = names
            place = sys.modules.get(known or "")
            for name in way:
                place = _part(place, name)
            if known and _elsewhere(place, last):
                return f"`{ast.unparse(node)[:60]}`"
    return ""


STANDARD = sys.stdlib_module_names - MODULES


def _part(place, name):
    """An attribute of a module, as far as it is there: a module may run much to find one."""
    return vars(place).get(name) if isinstance(place, ModuleType) else None


def _elsewhere(place, name):
    """Is this attribute of a module another module, which no answer may import? Of one not loaded the name tells."""
    if place is None:
        return name in STANDARD
    found = _part(place, name)
    return isinstance(found, ModuleType) and found.__name__.partition(".")[0] not in MODULES


def _decorates(cell):
    """A decorator that is called, in place of standing above a function or class of one's own."""
    above = {id(part) for node in cell.nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))
             for decorator in node.decorator_list
             for part in (decorator, getattr(decorator, "func", None), getattr(
                 getattr(decorator, "func", decorator), "value", None))}
    for node in cell.nodes:
        if getattr(node, "id", getattr(node, "attr", "")) in DECORATORS and id(node) not in above:
            return f"`{ast.unparse(node)[:60]}` on something else than what stands below it"
    return ""


@lru_cache(1000)
def _of_a_module(name):
    """Has a module that is loaded here this private name, as `_C` of PyTorch, which another name may stand for?"""
    return any(name in vars(module) for module in list(sys.modules.values()) if isinstance(module, ModuleType))


def _open(module):
    first, *parts = module.split(".")
    return first in MODULES and not any(map(_closed, parts)) and _there(first)


@cache
def _there(module):
    """Is it installed? If not, whatever is imported by that name is the student's own."""
    return module in sys.modules or importlib.util.find_spec(module) is not None


def _closed(name):
    """A part of a library that no answer needs: a private one, or one that leads elsewhere."""
    return name in ATTRIBUTES or name == "*" or name.startswith("_") and not name.endswith("__")


def _inner(name):
    """Is this a name of the machinery's? Dotted in an import."""
    if "." in name:
        return any(map(_inner, name.split(".")))
    return name in ATTRIBUTES or "_" in name and name not in HONEST and bool(
        name.startswith("__") and name not in MODULES or WORKINGS.fullmatch(name))


def _last(base):
    return base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")


def _of_a_library(name):
    """Is this something that a library's classes and modules do, so that another in its place would lie for them?"""
    torch, scalar = sys.modules.get("torch"), sys.modules.get("nnlib.scalar")
    places = [np, np.ndarray] + ([torch, torch.Tensor, torch.nn.Module] if torch else [])
    places += [scalar.Value] if scalar else []
    return not name.startswith("_") and any(callable(getattr(place, name, None)) for place in places)


def _reads_by_name(cell):
    """getattr() handed on, or of a computed name in a cell that could put together one of those above."""
    if "getattr" not in cell.names:
        return ""
    nodes = cell.nodes
    calls = {id(n.func): n.args[1] for n in nodes if isinstance(n, ast.Call) and len(n.args) > 1}
    read = [calls.get(id(n)) for n in nodes if isinstance(n, ast.Name) and n.id == "getattr"]
    pieces = any(isinstance(n, ast.Constant) and "_" in str(n.value) and " " not in str(n.value).strip()
                 or getattr(n, "id", getattr(n, "attr", None)) in BUILDING for n in nodes)
    if any(name is None or pieces and not isinstance(name, ast.Constant) for name in read):
        return "`getattr` of a name that it puts together"
    return ""


def _patches(cell, parts):
    """An attribute that is given another value, though classes of a library or of the instructor's have it."""
    for node in cell.nodes:
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            root = node.value
            while isinstance(root, (ast.Attribute, ast.Subscript)):
                root = root.value
            touched = {node.attr, getattr(root, "id", "")}
            known = touched & parts or touched & cell.imports.keys()
            if node.attr.startswith("__") or known or _of_a_library(node.attr):
                return f"an assignment to `{ast.unparse(node)[:60]}`"
    return ""


def _takes_a_name(cell, rights):
    """A name that the instructor's functions look up, and that the cell gives to something else."""
    taken = {name for name in cell.bound & rights.keys()
             if rights[name] is None or cell.imports.get(name) != rights[name]}
    if taken:  # perhaps: or it is a function's own variable, which only the compiler knows, and takes its time
        taken &= set(_global(symtable.symtable(ast.unparse(cell.nodes[0]), "cell", "exec")))
    return f"the name `{min(taken)}` for something of its own" if taken else ""


def _global(table):
    """The names that a program binds for all its cells."""
    for symbol in table.get_symbols():
        bound = table.get_type() == "module" and (symbol.is_assigned() or symbol.is_imported())
        if bound or symbol.is_declared_global():
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _global(inner)
