"""Where a report is shown: as HTML in a notebook, as text on stdout elsewhere. Never on stderr."""

import sys

from nnlib.check.errors import missing, taken
from nnlib.check.page import as_html, note
from nnlib.check.report import as_text

_watched = []  # the shells that explain a missing answer already


def display(item):
    """Shows the report of an item."""
    show(as_text(item), as_html(item) if running() else "")


def show(text, page):
    """Shows one thing in its two forms, whichever can be seen here."""
    if running():
        _show(text, page)
    else:
        print(text)


def running():
    """Is this a notebook?"""
    return _shell() is not None


def watch():
    """From now on, explains a test cell that ends in a NameError: nothing could catch it inside the cell."""
    shell = _shell()
    if shell is not None and shell not in _watched:
        _watched.append(shell)
        shell.events.register("post_run_cell", _explain)


def _explain(result):
    global _broken
    error, cell = result.error_in_exec, result.info.raw_cell or ""
    if "check.item(" not in cell:
        _broken = type(result.error_before_exec).__name__ if result.error_before_exec and "def " in cell else ""
        return
    said = missing(error) if isinstance(error, NameError) else taken(error, cell, _shell().user_ns)
    if said:
        _show(said, note(said))
    if _broken:
        said = (f"The cell that you ran before this check ended with a {_broken}, so Python took nothing of it: what "
                "is checked here is your answer as it was before. Mend that cell and run it; then run the check again.")
        _show(said, note(said))


_broken = ""  # the error for which Python refused the last answer that was run


def _shell():
    """The running IPython shell, or None. IPython is only met here, never imported."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def _show(text, page):
    sys.modules["IPython"].display.display({"text/plain": text, "text/html": page}, raw=True)
