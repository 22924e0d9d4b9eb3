"""Progress: which items pass and which are open, by the visible tests.

Kept in one small file beside the notebook, and sent nowhere. While nbgrader
runs a notebook nothing is kept, and where nothing can be written nothing is.
"""

import contextlib
import json
import math
import os
import re
import tempfile
from html import escape
from pathlib import Path

from nnlib.check import notebook

FILE = "progress.json"
ITEM = re.compile(r"""check\.item\(\s*["']([^"']+)["'],\s*points=([\d.]+)""")
WORDS = {"right": "✓ passes", "open": "✗ not yet right",
         "not written": "○ not written yet", "unknown": "○ not checked yet"}
COLUMNS = ("item", "state", "visible points", "of", "points in all")
LEFT = ' style="text-align: left"'  # of words; JupyterLab sets all cells to the right
NOTE = "Hidden tests, and what a person reads, are not counted here. This table stays on your machine."


results = {}  # item name -> its last Item, since the notebook was opened


def progress():
    """Shows which items of the problem sets in this folder pass, and which are open."""
    rows = table() | {name: record(item) for name, item in results.items() if item.results}
    notebook.show(as_text(rows), as_html(rows))


def record(item):
    """What is kept of an item: its state, the points of its visible tests, and all its points."""
    visible = [r for r in item.results if not r.hidden]
    state = "open"
    if all(r.status == "right" for r in visible):
        state = "right"
    elif all(r.status == "not written" for r in visible):
        state = "not written"
    return {"state": state, "earned": float(sum(r.earned for r in visible)),
            "visible": float(sum(r.points for r in visible)), "points": float(item.points)}


def save(item, folder="."):
    """Writes an item's record into the file, whole or not at all. A full disk or a read-only folder is no error."""
    if os.environ.get("NBGRADER_EXECUTION"):  # nbgrader says so while it grades or validates
        return
    path, temporary = Path(folder, FILE), None
    text = json.dumps({**load(folder), item.name: record(item)}, indent=1)
    try:
        if path.exists() and not os.access(path, os.W_OK):
            return
        with tempfile.NamedTemporaryFile("w", dir=folder, prefix=FILE, suffix=".tmp", delete=False) as file:
            temporary = file.name
            file.write(text)
        os.replace(temporary, path)
    except OSError:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def load(folder="."):
    """{item: record} from the file; of a damaged file, what can still be understood."""
    try:
        kept = json.loads(Path(folder, FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return {name: row for name, row in kept.items() if _sound(row)} if isinstance(kept, dict) else {}


def table(folder="."):
    """{item: record}: all items of the notebooks in a folder, then what else has been checked."""
    rows = {name: {"state": "unknown", "earned": 0.0, "visible": None, "points": points}
            for name, points in _items(folder)}
    return rows | load(folder)


def as_text(rows):
    """The table as plain text."""
    if not rows:
        return "No check has been run yet. Run a test cell; then this table shows how far you are."
    cells = [COLUMNS, *_cells(rows)]
    widths = [max(map(len, column)) for column in zip(*cells)]
    lines = ["  ".join([row[0].ljust(widths[0]), row[1].ljust(widths[1]),
                        *(c.rjust(w) for c, w in zip(row[2:], widths[2:]))]) for row in cells]
    return "\n".join([_title(rows), *lines, NOTE])


def as_html(rows):
    """The table as HTML: a caption, and heads for columns and rows."""
    if not rows:
        return f'<p role="note">{as_text(rows)}</p>'
    out = [f'<table><caption style="text-align: left"><strong>{_title(rows)}</strong></caption>', "<thead><tr>"]
    out += [f'<th scope="col"{LEFT if k < 2 else ""}>{name}</th>' for k, name in enumerate(COLUMNS)]
    out += ["</tr></thead>", "<tbody>"]
    for name, *cells in _cells(rows):
        cells[0] = f'<td{LEFT}>{cells[0]}</td>'
        cells[1:] = [f"<td>{cell}</td>" for cell in cells[1:]]
        out.append(f'<tr><th scope="row"{LEFT}>{escape(name)}</th>{"".join(cells)}</tr>')
    return "\n".join([*out, "</tbody></table>", f"<p>{NOTE}</p>"])


def _title(rows):
    passed = sum(row["state"] == "right" for row in rows.values())
    earned = sum(row["earned"] for row in rows.values())
    points = "point" if earned == 1 else "points"
    return f"{passed} of {len(rows)} items pass, {len(rows) - passed} open; {earned:g} {points} by visible tests"


def _cells(rows):
    for name, row in rows.items():
        visible = "–" if row["visible"] is None else f"{row['visible']:g}"
        yield name, WORDS[row["state"]], f"{row['earned']:g}", visible, f"{row['points']:g}"


def _items(folder):
    """(item, points) of every test cell in the folder's notebooks."""
    for path in sorted(Path(folder).glob("*.ipynb")):
        try:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
            yield from [(name, float(points)) for text in texts for name, points in ITEM.findall(text)]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):  # not a notebook, or a damaged one
            continue


def _sound(row):
    if not isinstance(row, dict) or row.get("state") not in ("right", "open", "not written"):
        return False
    return all(type(n) in (int, float) and 0 <= n < math.inf for n in map(row.get, ("earned", "visible", "points")))
