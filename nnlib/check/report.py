"""The report of an item: the same sentences as plain text, and as HTML where a notebook shows it.

The HTML needs no script and no colours of its own beyond a border: a word says what
the colour says, headings and lists carry the structure for a screen reader.
"""

import html
import sys

from nnlib.check.book import address
from nnlib.check.mistakes import MISTAKES
from nnlib.check.show import cut

WORDS = {"right": "✓ right", "wrong": "✗ not yet right", "error": "✗ stopped by an error", "not written": "○ not written yet"}
COLOURS = {"right": "var(--jp-success-color1, #2e7d32)", "not written": "var(--jp-warn-color1, #b26a00)"}
ALARM = "var(--jp-error-color1, #c62828)"


def display(item):
    """Shows the report: HTML in a notebook, else text on stdout. Never on stderr."""
    shell = _shell()
    if shell is None:
        print(as_text(item))
    else:
        _show(as_text(item), as_html(item))


def summary(item):
    """One sentence: the points, and what hidden tests may still decide."""
    visible = float(sum(r.points for r in item.results if not r.hidden))
    rest = float(item.points) - visible
    if item.has_hidden or not rest:
        return f"{_points(item.earned)} of {_points(item.points)} points"
    return (f"{_points(item.earned)} of {_points(visible)} visible points; "
            f"{_points(rest)} more {'is' if rest == 1 else 'are'} decided by hidden tests")


def rows(result, known):
    """What is told about one test: (label, text, whether it is code). `known`: the mistakes already explained."""
    if result.status == "not written":
        return
    failed = result.status != "right"
    if failed and not result.hidden:
        if result.status == "error":
            yield "what happened", result.came, False
        elif result.came:
            yield "came", result.came, True
        if result.expected:
            yield "expected", result.expected, True
    elif failed and result.status == "error":
        yield "what happened", result.came, False
    if failed and result.place:
        yield "in", result.place, True
    if failed and result.where:
        yield "where", "; ".join(result.where), False
    if failed:
        for name in result.mistakes:
            yield "likely cause", "the same as above" if name in known else MISTAKES[name].message, False
    if not result.hidden:
        for remark in result.remarks:
            yield "remark", remark, False
        if result.output:
            yield "printed", cut(result.output.rstrip("\n"), 500), True
        for warning in result.warnings:
            yield "warning", warning, False


def as_text(item):
    """The report as plain text."""
    lines, known = [f"{item.name}: {summary(item)}"], set()
    for result in _told(item):
        lines.append(f"  {WORDS[result.status]}, {_worth(result)}{_title(result)}")
        lines += ["      | " + line for line in _code(result)]
        for label, text, _ in rows(result, known):
            first, *more = text.split("\n")
            lines.append(f"      {label + ':':15}{first}")
            lines += [" " * 21 + line for line in more]
        for section in _sections(result, known):
            lines.append(f"      {'read:':15}section {section} of the book {address(section)}".rstrip())
        known.update(result.mistakes)
    return "\n".join(lines)


def as_html(item):
    """The report as HTML; all text that comes from the student's code is escaped."""
    esc = html.escape
    told, known = _told(item), set()
    good = all(r.status == "right" for r in told)
    colour = COLOURS["right"] if good else COLOURS["not written"] if told[0].status == "not written" else ALARM
    out = [f'<div role="group" aria-label="Check of {esc(item.name)}" style="border-left: 4px solid {colour}; padding: 0 0 0 1em">',
           f'<p role="heading" aria-level="4" style="margin: 0"><strong>{esc(item.name)}: {esc(summary(item))}</strong></p>',
           '<ul style="list-style: none; margin: 0; padding: 0">']
    for result in told:
        title = _title(result)
        out.append(f'<li style="margin: .5em 0 0 0"><strong style="color: {COLOURS.get(result.status, ALARM)}">'
                   f"{WORDS[result.status]}</strong>, {esc(_worth(result))}"
                   + (f": <code>{esc(title[2:])}</code>" if title and not result.hidden else esc(title)))
        if _code(result):
            out.append(f'<pre style="margin: .2em 0 0 1em">{esc(chr(10).join(_code(result)))}</pre>')
        told_rows = [(label, f'<code style="white-space: pre-wrap">{esc(text)}</code>' if is_code else esc(text))
                     for label, text, is_code in rows(result, known)]
        told_rows += [("read", _link(section)) for section in _sections(result, known)]
        known.update(result.mistakes)
        if told_rows:
            out.append('<dl style="margin: .2em 0 0 1em; display: grid; grid-template-columns: max-content 1fr; gap: .1em 1em">')
            out += [f'<dt>{label}</dt><dd style="margin: 0">{text}</dd>' for label, text in told_rows]
            out.append("</dl>")
        out.append("</li>")
    return "\n".join([*out, "</ul>", "</div>"])


def _told(item):
    """The results worth telling: an untouched answer is told once."""
    if item.results and all(r.status == "not written" for r in item.results):
        return item.results[:1]
    return item.results


def _worth(result):
    if result.status == "right":
        return _points(result.points) + (" point" if result.points == 1 else " points")
    return f"0 of {_points(result.points)} " + ("point" if result.points == 1 else "points")


def _title(result):
    """": f(2.0)" for a call; a run of several lines stands below instead."""
    if result.status == "not written":
        return f" – {MISTAKES['not-written'].message.removeprefix('Not written yet: ')}"
    if result.hidden:
        return " (a hidden test)"
    return "" if "\n" in result.what else f": {result.what}"


def _code(result):
    several = "\n" in result.what and not result.hidden and result.status in ("wrong", "error")
    return result.what.split("\n") if several else []


def _sections(result, known):
    names = [name for name in result.mistakes if name not in known] if result.status in ("wrong", "error") else []
    return list(dict.fromkeys(MISTAKES[name].section for name in names if MISTAKES[name].section))


def _link(section):
    where = address(section)
    text = f"section {section} of the book"
    return f'<a href="{html.escape(where)}" target="_blank" rel="noopener">{text}</a>' if where else text


def _points(number):
    return f"{float(number):g}"


# --- meeting the notebook -----------------------------------------------------------


def _shell():
    """The running IPython shell, or None. IPython is only met here, never imported."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def _show(text, page):
    sys.modules["IPython"].display.display({"text/plain": text, "text/html": page}, raw=True)


def watch(item):
    """Explains a test cell that ends in a NameError: the answer's cell was not run, or its name was changed."""
    shell = _shell()
    if shell is not None and not getattr(shell.events, "_nnlib_check", False):
        shell.events._nnlib_check = True
        shell.events.register("post_run_cell", _explain)


def _explain(result):
    error = result.error_in_exec
    if isinstance(error, NameError) and "check.item(" in (result.info.raw_cell or ""):
        said = missing(error)
        _show(said, f'<p role="note" style="border-left: 4px solid {ALARM}; padding-left: 1em">{html.escape(said)}</p>')


def missing(error):
    """What to do when a test cell does not find the answer it is to test."""
    name = getattr(error, "name", None) or "a name"
    return (f"There is no {name} yet. Either the cell above that defines it has not been run since the notebook was opened "
            f"(use the menu: Run → Run All Above Selected Cell), or its name was changed: the tests look for {name}.")
