"""The report of an item as HTML, for a notebook.

No script, and colour only on a border: a word says what the colour says, and
headings and lists carry the structure for a screen reader.
"""

import re
from html import escape

from nnlib.check import picture, report
from nnlib.check.book import address

COLOURS = {"right": "var(--jp-success-color1, #2e7d32)", "not written": "var(--jp-warn-color1, #b26a00)"}
ALARM = picture.ALARM
TABLE = "display: grid; grid-template-columns: max-content 1fr; gap: .1em 1em; margin: .2em 0 0 1em"
TERM = "float: none; width: auto; margin: 0; padding: 0"  # JupyterLab lets <dt> float


def as_html(item):
    """The report as HTML; all text that comes from the student's code is escaped."""
    known = set()
    out = [
        f'<div role="group" aria-label="Check of {escape(item.name)}">',
        f'<p role="heading" aria-level="3"><strong>{escape(item.name)}: {escape(report.summary(item))}</strong></p>',
        '<ul style="list-style: none; margin: 0; padding: 0">',
    ]
    for result in report.told(item):
        out += _result(result, known)
        known = set(result.mistakes) or known  # "the same as above" is the last one named
    out.append("</ul>")
    if offer := report.offer(item):
        out.append(f"<p>{_marked(offer)}</p>")
    return "\n".join([*out, "</div>"])


def _result(result, known):
    colour = COLOURS.get(result.status, ALARM)
    head = f"<strong>{report.WORDS[result.status]}</strong>{report.worth(result)}"
    call, note = report.title(result)
    head += (f": <code>{escape(call)}</code>" if call else "") + escape(note)
    yield f'<li style="border-left: 4px solid {colour}; margin: .5em 0 0 0; padding: 0 0 0 .6em">{head}'
    if report.code(result):
        yield f'<pre style="margin: .2em 0 0 1em"><code>{escape(chr(10).join(report.code(result)))}</code></pre>'
    pair = None if result.hidden else result.pair
    shown = ("came", "expected") if pair and pair.says_it else ()
    rows = [(label, _code(text) if is_code else _marked(text))
            for label, text, is_code in report.rows(result, known) if label not in shown]
    rows += [("read", link(section)) for section in report.sections(result, known)]
    if rows:
        yield f'<dl style="{TABLE}">'
        yield from (f'<dt style="{TERM}">{label}</dt><dd style="{TERM}">{text}</dd>' for label, text in rows)
        yield "</dl>"
    if pair:
        yield picture.as_html(pair)
    yield "</li>"


def _code(text):
    """Lines below one another, so that the columns of an array stand where they should."""
    whole = "display: inline-block; white-space: pre-wrap; padding: 0 .3em"
    return f'<code style="{whole}">{escape(text)}</code>'


def _marked(text):
    """What stands between back quotes as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def link(section):
    where, text = address(section), f"section {section} of the book"
    return f'<a href="{escape(where)}" target="_blank" rel="noopener">{text}</a>' if where else text


def note(text):
    """A sentence on its own."""
    return f'<p role="note" style="border-left: 4px solid {ALARM}; padding-left: .6em">{escape(text)}</p>'
