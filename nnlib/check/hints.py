"""Hints in steps: each `check.hint("ps06.backward")` shows one more, and never the code.

Their author writes them in the test cell, `t.hints("look at …", "the idea", "the formula", section="6.4")`.
"""

from difflib import get_close_matches
from html import escape

from nnlib.check import notebook
from nnlib.check.items import results
from nnlib.check.page import link, note
from nnlib.check.report import reading

_asked = {}  # item name -> how many hints it has shown since the notebook was opened


def hint(name):
    """Shows the hints of an item up to the next one; `name` is what the title of its report says."""
    found = results.get(name) if isinstance(name, str) else None
    if found is None:
        return _sentence(_unknown(name))
    if not found.steps:
        return _sentence(f"{name} has no hints. Its report names the section of the book to read.")
    asked = _asked[name] = min(_asked.get(name, 0) + 1, len(found.steps) + 1)
    shown = found.steps[:asked]
    title = f"{name}: hint {len(shown)} of {len(found.steps)}"
    end = "These were all the hints. No harm done: read once more"
    after = " and then try it on paper, with small numbers. If it still resists, show somebody your paper."
    text = [title, *(f"  {k}. {line}" for k, line in enumerate(shown, start=1))]
    page = [f'<div role="group" aria-label="Hints for {escape(name)}">',
            f'<p role="heading" aria-level="3"><strong>{escape(title)}</strong></p>',
            "<ol>", *(f"<li>{escape(line)}</li>" for line in shown), "</ol>"]
    if asked > len(found.steps):
        text.append(f"  {end} {reading(found.section)},{after}")
        page.append(f"<p>{end} {link(found.section)},{after}</p>")
    notebook.show("\n".join(text), "\n".join([*page, "</div>"]))


def _unknown(name):
    if not results:
        return ("No check has been run since the notebook was opened. Run the test cell below your answer first; "
                "then ask for the hint again.")
    close = get_close_matches(str(name), results, n=1)
    return (f"There is no {name!r} among the checks that have been run. "
            + (f"Did you mean {close[0]!r}? " if close else "")
            + f"Known are: {', '.join(results)}. If it is another item, run its test cell first, and ask again.")


def _sentence(text):
    notebook.show(text, note(text))
