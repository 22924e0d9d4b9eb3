"""The guard of the release: nothing that students get may hold a solution, a hidden test or the bank.

It reads what is about to be released as a curious student would: every text, all metadata, outputs,
attachments, names of files, and all that `texts` finds inside of pictures, PDFs, archives and base64.
It does not look at pictures: text drawn as pixels is for the author's eyes.
It runs as nbgrader's last preprocessor, so plain nbgrader and formgrader are guarded as well.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.preprocessors import NbGraderPreprocessor

from grading.authoring.marks import SECRETS, split_secret
from grading.authoring.texts import CannotRead, readings, texts
from grading.cells import settings
from grading.errors import CourseError

# Shorter lines (`loss.backward()`) stand in many innocent places; so do parts of longer ones.
SHORTEST_BLOCK, SHORTEST_LINE = 16, 20
RETURN = re.compile(r"^\s*return\b(\s*[\w.]+$)?")  # a name alone tells nothing
MOST_TOLD = 5  # secrets of one place: a bank that leaks would fill pages


@dataclass(frozen=True)
class Secret:
    """A piece of text that must not reach students: what it is, its text without white space, and as it was written.

    A whole answer so short that it may be part of innocent code (`return x*y`) is looked for as a line of
    its own, or between back-ticks: then `alone` is true.
    """

    what: str
    text: str
    alone: bool = False
    written: str = ""

    def stands_in(self, squashed: str, lines: set[str]) -> bool:
        return self.text in (lines if self.alone else squashed)


def squash(text: str) -> str:
    """The text without white space, so that indentation and line breaks hide nothing."""
    return re.sub(r"[\s\u00ad\u200b-\u200d\u2060\ufeff]+", "", text)


def secrets(source: nbformat.NotebookNode, bank: str = "") -> list[Secret]:
    """Every secret of a problem set: whole blocks, and their telling lines.

    A line that also stands in the public code of an exercise (a signature, a docstring) is no secret. What stands
    behind a `return` of the solution is a secret without it, too. (Those of the bank may be values of an example.)
    """
    blocks, public = [], set()
    for number, cell in enumerate(source.cells, start=1):
        if not settings(cell):
            continue
        shown = cell.source
        for kind, name in zip(SECRETS, ("the solution", "a hidden test")):
            shown, hidden = split_secret(shown, kind)
            blocks += [(f"{name} of cell {settings(cell).get('grade_id', number)}", block) for block in hidden]
        if cell.cell_type == "code":
            public |= {squash(line) for line in shown.split("\n")}
    item = "?"
    for heading, block in re.findall(r"^## +([^\n]+)$|^```python\n(.*?)^```", bank, re.M | re.S):
        item = heading.strip() or item
        if block:
            blocks.append((f"an answer in the bank for {item}", block))
    found = {}
    for what, block in blocks:
        whole = squash(block)
        if whole and whole not in public:
            short = len(whole) < SHORTEST_BLOCK
            found.setdefault(whole, Secret(what, whole, short, " ".join(block.split())))
        for line in block.split("\n"):
            for piece in (line, RETURN.sub("", line)) if what.startswith("the solution") else (line,):
                text = squash(piece)
                if len(text) >= SHORTEST_LINE and text not in public:
                    found.setdefault(text, Secret(what, text, written=piece.strip()))
    return list(found.values())


def find_leaks(folder: Path, problem_set: str, hidden: list[Secret]) -> list[str]:
    """One sentence for every secret in a folder that is about to be released."""
    leaks = []
    for path in sorted(folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            continue
        name = path.relative_to(folder)
        if path.is_symlink():
            leaks.append(f"{name} is a link; only real files may be released.")
        elif str(name) != f"{problem_set}.ipynb" and name.parts[0] != "assets":
            leaks.append(f"{name} may not be released: only {problem_set}.ipynb and the folder assets/ go to students.")
        elif len(name.parts) == 1:
            leaks += notebook_leaks(nbformat.read(path, as_version=4), str(name), hidden)
        else:
            leaks += _look(f"{name} (name)", [("", str(name))], hidden)
            leaks += _look(str(name), _file_texts(path.read_bytes()), hidden)
    return list(dict.fromkeys(leaks))


def notebook_leaks(notebook: nbformat.NotebookNode, name: str, hidden: list[Secret]) -> list[str]:
    """One sentence for every secret in a notebook that is about to be released."""
    return [
        leak for where, text in _notebook_texts(notebook) for leak in _look(f"{name}, {where}", readings(text), hidden)
    ]


def _look(where: str, found: Iterable[tuple[str, str]], hidden: list[Secret]) -> Iterator[str]:
    """One sentence for every secret in some texts, where it shows first, and for what cannot be searched."""
    shown: dict[str, tuple[str, list[Secret]]] = {}  # secret -> the place, and each of its pieces found there
    try:
        for how, text in found:
            place = f"{where} ({how})" if how else where
            for kind in SECRETS:
                if re.search(rf"(BEGIN|END) {kind}", text):
                    yield f"{place} holds a marker of {kind.lower()}."
            squashed, lines = squash(text), _lines(text)
            here = [secret for secret in hidden if secret.stands_in(squashed, lines)]
            for secret in here:
                first, pieces = shown.setdefault(secret.what, (place, []))
                if first == place and not any(secret.text in piece.text for piece in pieces):
                    pieces.append(secret)
    except CannotRead as sealed:
        yield f"{where} holds {sealed}: nobody can tell what students would get. Release it open, or leave it out."
    for what, (place, (piece, *more)) in list(shown.items())[:MOST_TOLD]:
        text = piece.written or piece.text
        told = text[:60] + "…" * (len(text) > 60)
        yield f"{place} holds {what}: `{told}`" + f" and {len(more)} more" * bool(more) + "."
    if len(shown) > MOST_TOLD:
        yield f"{where} holds {len(shown) - MOST_TOLD} more secrets."


def _lines(text: str) -> set[str]:
    """The lines of a text, and what stands between back-ticks, without white space and marks of lists and comments."""
    return {squash(piece).lstrip("#>*-") for piece in [*text.split("\n"), *re.findall(r"`([^`\n]+)`", text)]}


def _file_texts(data: bytes) -> Iterator[tuple[str, str]]:
    yield from texts(data)
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return
    for where, text in _strings(content, "JSON"):
        for how, reading in readings(text):
            yield f"{where}, {how}" if how else where, reading


def _notebook_texts(notebook: nbformat.NotebookNode) -> Iterator[tuple[str, str]]:
    yield from _strings({key: value for key, value in notebook.items() if key != "cells"}, "metadata of the notebook")
    for number, cell in enumerate(notebook.cells, start=1):
        where = f"cell {number}" + (f" ({settings(cell)['grade_id']})" if settings(cell).get("grade_id") else "")
        for key, value in cell.items():
            yield from _strings(value, f"{where}, {key}")
        printed = [str(output.get("text", "")) for output in cell.get("outputs", [])]
        if len(printed) > 1:  # a line may have been printed in pieces
            yield f"{where}, outputs", "".join(printed)


def _strings(node, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield where, str(key)
            yield from _strings(value, where)
    elif isinstance(node, (list, tuple)):
        for value in node:
            yield from _strings(value, where)
    elif isinstance(node, str):
        yield where, node


class RefuseLeaks(NbGraderPreprocessor):
    """nbgrader's last step of a release: raises CourseError when students would get a secret."""

    def preprocess(self, nb, resources):
        course = self.parent.parent.coursedir  # preprocessor -> exporter -> converter
        name = resources["nbgrader"]["assignment"]
        source = Path(course.format_path(course.source_directory, ".", name))
        hidden = secrets(nbformat.read(source / f"{name}.ipynb", as_version=4), read_bank(source))
        folder = Path(course.format_path(course.release_directory, ".", name))
        leaks = find_leaks(folder, name, hidden) + notebook_leaks(nb, f"{name}.ipynb", hidden)
        if leaks:
            raise CourseError(*leaks)
        return nb, resources


def read_bank(folder: Path) -> str:
    """The text of the bank of answers beside a source, or an empty text where there is none yet."""
    bank = folder / "bank.md"
    return bank.read_text(encoding="utf-8-sig") if bank.is_file() else ""
