"""The guard of the release: nothing that students get may hold a solution, a hidden test or the bank.

It reads what is about to be released as a curious student would: every text, all metadata, outputs,
attachments, names of files, text inside images and archives, and whatever is base64 underneath.
It runs as nbgrader's last preprocessor, so plain nbgrader and formgrader are guarded as well.
"""

from __future__ import annotations

import base64
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.preprocessors import NbGraderPreprocessor

from grading.source import SECRETS, CourseError, settings, split_secret

# Shorter pieces (`return total`) stand in many innocent places.
SHORTEST_BLOCK, SHORTEST_LINE = 16, 20


@dataclass(frozen=True)
class Secret:
    """A piece of text that must not reach students: what it is, and its text without white space."""

    what: str
    text: str


def squash(text: str) -> str:
    """The text without white space, so that indentation and line breaks hide nothing."""
    return re.sub(r"\s+", "", text)


def secrets(source: nbformat.NotebookNode, bank: str = "") -> list[Secret]:
    """Every secret of a problem set: whole blocks, and their telling lines.

    A line that also stands in the public code of an exercise (a signature, a docstring) is no secret.
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
        pieces = [(squash(block), SHORTEST_BLOCK)] + [(squash(line), SHORTEST_LINE) for line in block.split("\n")]
        for text, shortest in pieces:
            if len(text) >= shortest and text not in public:
                found.setdefault(text, Secret(what, text))
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
        elif path.suffix == ".ipynb":
            leaks += notebook_leaks(nbformat.read(path, as_version=4), str(name), hidden)
        else:
            for where, text in [("name", str(name)), *_byte_texts(path.read_bytes())]:
                leaks += _look(f"{name} ({where})", text, hidden)
    return list(dict.fromkeys(leaks))


def notebook_leaks(notebook: nbformat.NotebookNode, name: str, hidden: list[Secret]) -> list[str]:
    """One sentence for every secret in a notebook that is about to be released."""
    return [leak for where, text in _notebook_texts(notebook) for leak in _look(f"{name}, {where}", text, hidden)]


def _look(where: str, text: str, hidden: list[Secret], depth: int = 2):
    """The secrets in one text and, for text that is base64 underneath, in what it stands for."""
    for kind in SECRETS:
        if re.search(rf"(BEGIN|END) {kind}", text):
            yield f"{where} holds a marker of {kind.lower()}."
    squashed = squash(text)
    for secret in hidden:
        if secret.text in squashed:
            yield f"{where} holds {secret.what}: `{secret.text[:40]}…`."
    if depth:
        for run in re.findall(r"[A-Za-z0-9+/]{24,}", text.replace("\n", "")):
            whole = run[:-1] if len(run) % 4 == 1 else run
            data = base64.b64decode(whole + "=" * (-len(whole) % 4))
            for kind, inner in _byte_texts(data):
                yield from _look(f"{where} (base64, {kind})", inner, hidden, depth - 1)


def _notebook_texts(notebook: nbformat.NotebookNode):
    yield from _strings(notebook.metadata, "metadata of the notebook")
    for number, cell in enumerate(notebook.cells, start=1):
        where = f"cell {number}" + (f" ({settings(cell)['grade_id']})" if settings(cell).get("grade_id") else "")
        for key, value in cell.items():
            yield from _strings(value, f"{where}, {key}")


def _strings(node, where: str):
    if isinstance(node, dict):
        for key, value in node.items():
            yield where, str(key)
            yield from _strings(value, where)
    elif isinstance(node, (list, tuple)):
        for value in node:
            yield from _strings(value, where)
    elif isinstance(node, str):
        yield where, node


def _byte_texts(data: bytes):
    """The texts inside a file's bytes: as they stand, in an image's comments, in an archive's members."""
    yield "text", data.decode("utf-8", errors="ignore")
    if data.startswith((b"\x89PNG", b"\xff\xd8", b"GIF8")):
        from PIL import Image, UnidentifiedImageError

        try:
            with Image.open(io.BytesIO(data)) as image:
                image.load()
                for key, value in image.info.items():
                    yield (
                        f"image comment {key}",
                        value.decode("utf-8", "ignore") if isinstance(value, bytes) else str(value),
                    )
        except (UnidentifiedImageError, OSError, SyntaxError):
            pass  # a broken picture was still read as text above
    elif data.startswith(b"PK\x03\x04") and zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                yield f"archive member {member.filename}", archive.read(member).decode("utf-8", errors="ignore")


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
    return bank.read_text(encoding="utf-8") if bank.is_file() else ""
