"""A student's own work in a graded notebook, by item, and how it is shown on a page.

What was released stays out: locked cells (hidden tests stand in them), the problem set's text, and code
that nobody changed.  What is left belongs to the next graded item below it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import pygments
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from grading.cells import is_test, settings
from grading.reports import clean

OUTPUTS = 20  # of one cell
SOURCE_LINES, SOURCE_LETTERS = 400, 30_000  # of one cell
PAGE = 20_000_000  # letters of a page, as far as they come from the student; pictures are most of it
DEAR = 20  # times: what Markdown and HTML cost, which take long to clean
RICHEST = ("image/png", "image/jpeg", "image/gif", "image/svg+xml", "text/html", "text/markdown", "text/plain")
AS_SHOWN = {"text/x-html": "text/html", "text/x-markdown": "text/markdown", "image/x-svg": "image/svg+xml"}
AFTER = ""  # the name of the work that stands below the last item


@dataclass
class Cell:
    """One cell of the student's: its kind, its text, its outputs as stored, and whether it is the item's answer."""

    kind: str
    source: str
    outputs: list
    answer: bool


def titles(released) -> dict[str, str]:
    """{grade_id of a graded cell: the heading it stands under in the released notebook, without its number}."""
    found, heading = {}, ""
    for cell in released.cells:
        if cell.cell_type == "markdown":
            heads = re.findall(r"^#{2,3} +(.+?)\s*$", cell.source, re.M)
            heading = heads[-1] if heads else heading
        if settings(cell).get("grade"):
            found[settings(cell)["grade_id"]] = re.sub(r"^[\d.]+\s+", "", heading)
    return found


def by_item(graded, released) -> dict[str, list[Cell]]:
    """{grade_id of a graded cell: the student's cells}; under AFTER what stands below the last."""
    ours = {(cell.cell_type, cell.source.strip()) for cell in released.cells}
    found, waiting = {}, []
    for cell in graded.cells:
        given, source = settings(cell), cell.source.strip()
        if source and not given.get("locked") and not is_test(cell) and (cell.cell_type, source) not in ours:
            outputs = list(cell.get("outputs", []))
            waiting.append(Cell(cell.cell_type, cell.source, outputs, bool(given.get("solution"))))
        if given.get("grade"):
            found[given["grade_id"]], waiting = waiting, []
    return found | {AFTER: waiting}


class Shown:
    """Cells as HTML, of one page: what all of them together may take is bounded."""

    def __init__(self):
        self.left = PAGE

    def cell(self, cell: Cell) -> Iterator[tuple[str, str]]:
        """(kind, HTML) of each part: "code", "text", "printed", "rich", "note"."""
        source, rest = clean.cut(clean.plain(cell.source), SOURCE_LINES, SOURCE_LETTERS)
        self.left -= len(source) * (1 if cell.kind == "code" else DEAR) + 1000
        if self.left < 0:
            yield "note", "… left out: there is more here than a page can show."
            return
        if cell.kind == "code":
            yield "code", highlight(source)
        else:
            yield "text", clean.markdown(source)
        if rest:
            yield "note", escape(rest)
        for number, output in enumerate(cell.outputs):
            if number == OUTPUTS or self.left < 0:
                yield "note", f"… {len(cell.outputs) - number} more outputs are left out."
                return
            for kind, text in show_output(output):
                self.left -= len(text) * (DEAR if kind == "rich" and not text.startswith("<img") else 1)
                yield kind, text


def show_output(output) -> Iterator[tuple[str, str]]:
    """(kind, HTML) of what one output of a cell shows, cleaned and cut."""
    kind = output.get("output_type")
    if kind == "stream":
        yield from _printed(output.get("text", ""))
    elif kind == "error":
        yield from _printed("\n".join(map(str, output.get("traceback") or []))
                            or f"{output.get('ename', '')}: {output.get('evalue', '')}")
    elif kind in ("display_data", "execute_result") and isinstance(output.get("data"), dict):
        yield from _rich(output["data"])


def _rich(data: dict) -> Iterator[tuple[str, str]]:
    """The richest form that can be shown safely."""
    data = {AS_SHOWN.get(kind, kind): value for kind, value in data.items()}
    for kind in RICHEST:
        value = data.get(kind)
        if value is None:
            continue
        if kind.startswith("image/"):
            if address := clean.picture(value, kind):
                yield "rich", f'<img src="{address}" alt="A picture in the output">'
                return
            continue
        if kind == "text/plain":
            yield from _printed(value)
            return
        text, rest = clean.cut(clean.plain(value), 100_000, 100_000 if kind == "text/markdown" else 1_000_000)
        shown = clean.html(text) if kind == "text/html" else clean.markdown(text[:20_000])
        if re.sub(r"<(?!img)[^>]*>|\s", "", shown):
            yield "rich", shown
        else:
            yield "note", "An output of which nothing can be shown safely."
        if rest:
            yield "note", escape(rest)
        return
    if data:
        yield "note", "An output that cannot be shown here: " + escape(clean.plain(", ".join(map(str, data)))[:200])


def _printed(text: object) -> Iterator[tuple[str, str]]:
    kept, rest = clean.cut(clean.plain(text))
    if kept.strip():
        yield "printed", escape(kept)
    if rest:
        yield "note", escape(rest)


def highlight(source: str, marked: list[int] = ()) -> str:
    """Python as HTML, its words in classes for the style sheet; some lines marked by the class `hll`."""
    return pygments.highlight(source, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True, hl_lines=list(marked)))


def code_only(source: str) -> str:
    """A cell's Python without IPython's own lines (%magic, !shell, name?), which stand empty."""
    return re.sub(r"^[ \t]*(?:[%!].*|.*\?)$", "", source, flags=re.M)
