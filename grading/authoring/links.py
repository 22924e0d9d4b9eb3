"""Where a problem set points to what does not exist: pictures, pages of the book, sections."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from grading.cells import is_test

CODE_OR_MATH = re.compile(r"^```.*?^```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*\$", re.M | re.S)
TARGET = re.compile(r"\]\(\s*<?([^)\s>]+)|\b(?:src|href)=[\"']([^\"']+)")
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#", re.I)  # another site, an attachment, a place in the same page
FILE = re.compile(r"/|\.\w+$")
SECTION = re.compile(r"\bsection=[\"'](\d+)([\d.]*)[\"']")


def lost_links(notebook, file: str, made: Path, target: Path, book: Path) -> Iterator[str]:
    """One sentence for every link that leads nowhere.

    made, target: the release as it was made for a trial, and the folder where it is to lie. What is above that
    folder (the book) is looked for only where there is such a folder: a course may be kept apart from its book.
    """
    for number, cell in enumerate(notebook.cells, start=1):
        where = f"{file}, cell {number}"
        if cell.cell_type == "markdown":
            for found in TARGET.findall(CODE_OR_MATH.sub("", cell.source)):
                link = "".join(found)
                path = unquote(re.split("[#?]", link)[0])
                if ELSEWHERE.match(link) or not FILE.search(path):
                    continue
                if path.startswith("../"):
                    place = (target / path).resolve()
                    if place.parent.is_dir() and not place.exists():
                        yield f"{where}: the link `{link}` leads to {place}, which does not exist. Mend the link."
                elif not (made / path).exists():
                    yield (f"{where}: students would not get `{link}`. Put it into assets/ beside the source, and "
                           "write `assets/NAME`; or mend the name.")
        if is_test(cell):
            for chapter, rest in SECTION.findall(cell.source):
                for page in book.glob(f"{int(chapter):02}-*.md"):
                    if not re.search(rf"^#+ {re.escape(chapter + rest)}\s", page.read_text(encoding="utf-8"), re.M):
                        yield f"{where}: there is no section {chapter + rest} in {page}. Name one that there is."
