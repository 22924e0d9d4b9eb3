"""Read a submission's bytes as a notebook. Reads, never runs, and whatever is wrong with a file is one sentence."""

import json

import nbformat
from nbformat.v4.rwbase import rejoin_lines

from grading.engine.restore import number

SAVE_AGAIN = "ask the student to open it in JupyterLab, save it, and hand it in again"
MOST_CELLS = 5_000


def read_notebook(data: bytes):
    """(the notebook or None, why it cannot be graded or "", remarks about one that can)."""
    if not data.strip():
        return None, "the file is empty: ask the student to save the notebook and hand it in again", []
    try:
        content = json.loads(data, parse_constant=lambda name: None)  # NaN is no JSON, and no browser would read it
        if b"\\ud" in data or b"\\uD" in data:  # halves of characters, which no file can hold
            content = json.loads(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        looks = {b"%PDF": "a PDF", b"PK": "a zip archive", b"<": "a web page"}
        what = next((name for start, name in looks.items() if data.lstrip().startswith(start)), "damaged or cut short")
        return None, f"not a notebook (not JSON; it looks like {what}): ask the student for the .ipynb file itself", []
    version = content.get("nbformat") if isinstance(content, dict) else None
    if version is None:
        return None, "JSON, but not a notebook: ask the student for the .ipynb file itself", []
    if version != 4:
        return None, f"notebook format {version!r}, but 4 is needed: {SAVE_AGAIN}"[:300], []
    if not isinstance(content.get("cells"), list):
        return None, f"damaged notebook (it has no cells): {SAVE_AGAIN}", []
    if len(content["cells"]) > MOST_CELLS:
        return None, f"{len(content['cells']):,} cells, of at most {MOST_CELLS:,}: look at it by hand", []
    try:
        notebook = rejoin_lines(nbformat.from_dict(content))
        number(notebook)  # ids that are missing or doubled are no reason to refuse it
        nbformat.validate(notebook, relax_add_props=True)
    except Exception as error:  # any damage is one student's line
        says = (str(error).splitlines() or [type(error).__name__])[0][:200]
        return None, f"damaged notebook ({says}): {SAVE_AGAIN}", []
    return notebook, "", _remarks(notebook)


def _remarks(notebook):
    kernel = notebook.metadata.get("kernelspec", {})
    language = kernel.get("language") or notebook.metadata.get("language_info", {}).get("name", "python")
    if language == "python":
        return []
    return [f"written for the kernel {kernel.get('name')!r} ({language}): it is graded with python3; "
            "tell the student to choose Python 3"]
