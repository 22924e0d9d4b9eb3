"""What the checks show in a notebook, on a bare page as VS Code and others draw it: accessible, light and dark."""

import sys

import numpy as np
import pytest
from accessible import violations
from test_check import Shell

from nnlib import check
from nnlib.check import hints, standing
from nnlib.check.page import as_html

pytestmark = pytest.mark.browser
SCHEMES = {"light": ("#fff", "#1f1f1f"), "dark": ("#1e1e1e", "#ddd")}  # background and text
RNG = np.random.default_rng(0)
LARGE = RNG.normal(size=(40, 30))


def failing(x):
    print("<b>x</b>", x.shape)
    return x.T


def broken(x):
    return x / 0


def unwritten(x):
    raise NotImplementedError("not written yet")


def report(name):
    """An item with every sort of result: right, wrong with arrays, with a picture, an error, lines, hidden."""
    t = check.item(name, points=8)
    t.hints("where to look", "the idea", "the formula", section="6.4")
    square = np.array([[1.0, 2.0], [3.0, 4.0]])
    t.call(failing, np.eye(2)).gives(np.eye(2), points=1)
    t.call(failing, square).gives(square, points=1)
    t.call(lambda X: X + (np.arange(30) % 7 == 0), LARGE).gives(LARGE, points=1)
    t.call(lambda x: (x, 2 * x), square).gives((square, square), points=1)
    t.call(lambda x: [1.0, 2.0], 1.0).gives([1.0, 3.0], points=1, mistakes={"caret": [1.0, 2.0]})
    t.call(broken, 1).gives(1.0, points=1)
    t.run("a = 1\na + 1").gives(3, points=1)
    t.hidden()
    t.call(failing, square).gives(square, points=1)
    return t


@pytest.fixture
def shown(monkeypatch, tmp_path):
    """All that the checks can show, as HTML."""
    shell = Shell()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NNLIB_BOOK", "https://example.org/book")
    monkeypatch.setattr(hints, "_asked", {})
    monkeypatch.setattr(check, "results", {})
    t, waiting = report("ps99.report"), check.item("ps99.waiting", points=1)
    waiting.call(unwritten, 1.0).gives(1.0, points=1)
    monkeypatch.setitem(sys.modules, "IPython", shell)
    for _ in range(4):
        check.hint("ps99.report")
    check.hint("ps99.none")
    return [as_html(t), as_html(waiting), *(data["text/html"] for data in shell.shown),
            standing.as_html({item.name: standing.record(item) for item in (t, waiting)})]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_reports_hints_and_progress_are_accessible(visitor, shown, tmp_path, scheme):
    background, text = SCHEMES[scheme]
    style = f"body {{ background: {background}; color: {text}; font-family: sans-serif }} a {{ color: inherit }}"
    path = tmp_path / "shown.html"
    path.write_text(f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shown</title>'
                    f"<style>{style}</style></head><body><main><h1>Shown</h1><h2>Cells</h2>"
                    + "".join(f"<section>{page}</section>" for page in shown) + "</main></body></html>", "utf-8")
    page = visitor.open(path.as_uri(), scheme=scheme)
    assert violations(page, preload=False) == []
    picture = page.get_by_role("img")
    assert picture.count() == 1 and "200 of 1200 entries differ" in picture.get_attribute("aria-label")
    assert page.get_by_role("group", name="Check of ps99.report").get_by_role("listitem").count() == 8
    assert page.get_by_text("✗ not yet right").count() >= 5  # in words, whatever the colour of the border
