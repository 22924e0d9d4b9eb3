"""Hints in steps, and the table of progress: what is told, what is kept, and what never leaves."""

import json
import re
import sys
from pathlib import Path

import pytest
from test_check import Shell

from grading.authoring.leaks import notebook_leaks, secrets
from grading.authoring.source import read_source
from grading.cells import is_test
from nnlib import check
from nnlib.check import hints, standing
from nnlib.check.book import PLACES
from nnlib.check.page import as_html
from nnlib.check.report import as_text

ROOT = Path(__file__).parents[1]
SETS = sorted((ROOT / "solutions").glob("ps[0-9][0-9]/ps[0-9][0-9].md"))
STEPS = ("look at a < b", "the idea", "the formula")


@pytest.fixture(autouse=True)
def fresh(monkeypatch, tmp_path):
    """No item was checked yet, and the folder is empty."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(hints, "_asked", {})
    kept = dict(check.results)
    check.results.clear()
    yield
    check.results.clear()
    check.results.update(kept)


@pytest.fixture
def shell(monkeypatch):
    shell = Shell()
    monkeypatch.setitem(sys.modules, "IPython", shell)
    return shell


def untouched():
    raise NotImplementedError("not written yet")


def checked(function, name="ps99.a", hidden=False):
    t = check.item(name, points=3)
    t.hints(*STEPS, section="6.4")
    t.call(function).gives(1.0, points=1)
    if hidden:
        t.hidden()
        t.call(function).gives(2.0, points=2)
    t.score()
    return t


def said(capsys, name):
    capsys.readouterr()
    check.hint(name)
    out, err = capsys.readouterr()
    assert err == ""
    return out


# --- hints --------------------------------------------------------------------------


def test_each_call_goes_one_step_further_and_the_end_names_the_book(capsys):
    checked(lambda: 2.0)
    for k in (1, 2, 3):
        text = said(capsys, "ps99.a")
        assert f"ps99.a: hint {k} of 3" in text
        assert [step in text for step in STEPS] == [k >= 1, k >= 2, k >= 3]
        assert "section" not in text
        checked(lambda: 2.0)  # running the test again does not start the hints over
    for _ in range(2):
        text = said(capsys, "ps99.a")
        assert "These were all the hints." in text and "section 6.4 of the book" in text


def test_hints_before_the_test_cell_was_run_and_for_unknown_items(capsys):
    assert "Run the test cell below your answer first" in said(capsys, "ps99.a")
    checked(lambda: 2.0)
    text = said(capsys, "ps99.aa")
    assert "Did you mean 'ps99.a'?" in text and "Known are: ps99.a." in text
    for odd in (3, None, ["ps99.a"]):
        assert "Known are: ps99.a." in said(capsys, odd)
    t = check.item("ps99.none", points=1)
    t.call(lambda: 1.0).gives(1.0, points=1)
    assert "has no hints" in said(capsys, "ps99.none")


def test_a_hint_is_offered_after_a_visible_failure_only():
    offered = 'check.hint("ps99.a")'
    wrong = checked(lambda: 2.0)
    assert offered in as_text(wrong) and "check.hint(&quot;ps99.a&quot;)" in as_html(wrong)
    assert offered in as_text(checked(lambda: 1 / 0))
    for function, hidden in ((lambda: 1.0, False), (untouched, False), (lambda: 1.0, True)):
        assert "check.hint" not in as_text(checked(function, hidden=hidden))
    t = check.item("ps99.none", points=1)
    t.call(lambda: 2.0).gives(1.0, points=1)
    assert "check.hint" not in as_text(t)


def test_hints_in_a_notebook_are_a_list(shell):
    checked(lambda: 2.0)
    check.hint("ps99.a")
    page = shell.shown[-1]["text/html"]
    assert "<ol>\n<li>look at a &lt; b</li>\n</ol>" in page and 'role="heading"' in page
    assert "1. look at a < b" in shell.shown[-1]["text/plain"]


@pytest.mark.parametrize("steps", [(), ("",), ("one", 2)])
def test_a_fault_in_the_hints_is_the_authors(steps):
    with pytest.raises(check.AuthorError, match="hints"):
        check.item("ps99.a", points=1).hints(*steps, section="6.4")


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_every_item_has_three_hints_without_code(path):
    for cell in filter(is_test, read_source(path).cells):
        visible = cell.source.split("### BEGIN HIDDEN TESTS")[0]
        found = re.search(r't\.hints\(\n((?:    ".*",\n)+)    section="(.*)",\n\)', visible)
        assert found, visible[:60]
        steps = re.findall(r'^    "(.*)",$', found[1], re.M)
        assert len(steps) == 3 and found[2] in PLACES
        assert not re.search(r"`|\w\(\w*\):|\+=|\breturn -?\d|\breturn \w+[\[(.]|\bfor \w+ in\b", " ".join(steps))


def test_a_hint_with_a_line_of_the_solution_is_a_leak():
    source = read_source(ROOT / "solutions/ps06/ps06.md")
    hidden = secrets(source)
    released = read_source(ROOT / "solutions/ps06/ps06.md")
    cell = next(cell for cell in released.cells if cell.get("id") == "test-backward")
    cell.source, released.cells = 't.hints("write grad[parent] += grad[node] * slope")', [cell]
    assert any("the solution of cell backward" in leak for leak in notebook_leaks(released, "ps06.ipynb", hidden))


# --- progress -------------------------------------------------------------------------


def test_progress_is_kept_beside_the_notebook(shell, tmp_path):
    checked(lambda: 1.0, "ps99.a")
    checked(lambda: 2.0, "ps99.b", hidden=True)
    checked(untouched, "ps99.c")
    assert [path.name for path in tmp_path.iterdir()] == [standing.FILE]
    assert json.loads((tmp_path / standing.FILE).read_text()) == {
        "ps99.a": {"state": "right", "earned": 1.0, "visible": 1.0, "points": 3.0},
        "ps99.b": {"state": "open", "earned": 0.0, "visible": 1.0, "points": 3.0},
        "ps99.c": {"state": "not written", "earned": 0.0, "visible": 1.0, "points": 3.0},
    }
    checked(lambda: 1.0, "ps99.b")
    check.progress()
    text, page = shell.shown[-1]["text/plain"], shell.shown[-1]["text/html"]
    assert "2 of 3 items pass, 1 open; 2 points by visible tests" in text
    assert re.search(r"ps99\.c +○ not written yet +0 +1 +3", text)
    assert "<caption" in page and page.count('scope="col"') == 5 and page.count('scope="row"') == 3


def test_items_not_yet_checked_are_read_from_the_notebook(tmp_path):
    cells = [{"cell_type": "code", "source": ['t = check.item("ps99.z", points=4)\n', "t.score()"]}]
    (tmp_path / "ps99.ipynb").write_text(json.dumps({"cells": cells}))
    (tmp_path / "broken.ipynb").write_text("{")
    (tmp_path / "other.ipynb").write_text("[1]")
    assert re.search(r"ps99\.z +○ not checked yet +0 +– +4", standing.as_text(standing.table()))


def test_elsewhere_and_while_grading_nothing_is_kept(monkeypatch, tmp_path, capsys):
    checked(lambda: 1.0)  # no notebook
    check.progress()
    assert "1 of 1 items pass" in capsys.readouterr().out  # from this session
    monkeypatch.setitem(sys.modules, "IPython", Shell())
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    checked(lambda: 1.0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"ps99.a": 3, "b": {"state": "right"}}', "[" * 100_000,
                                  '{"a": {"state": "x", "earned": 1, "visible": 1, "points": 1}}',
                                  '{"a": {"state": "right", "earned": NaN, "visible": 1, "points": 1}}', "\udcff"])
def test_a_damaged_file_is_replaced(shell, tmp_path, text):
    path = tmp_path / standing.FILE
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert standing.load() == {}
    check.progress()
    checked(lambda: 1.0)
    assert list(standing.load()) == ["ps99.a"]


@pytest.mark.parametrize("step", ["tempfile.NamedTemporaryFile", "os.replace"])
def test_where_nothing_can_be_written_nothing_is_said(shell, tmp_path, monkeypatch, capsys, step):
    def refuse(*args, **kwargs):
        raise PermissionError("read-only")

    monkeypatch.setattr(f"nnlib.check.standing.{step}", refuse)
    assert checked(lambda: 1.0).earned == 1
    assert list(tmp_path.iterdir()) == [] and capsys.readouterr() == ("", "")


def test_a_folder_in_place_of_the_file_is_left_alone(shell, tmp_path):
    (tmp_path / standing.FILE).mkdir()
    checked(lambda: 1.0)
    assert [path.name for path in tmp_path.iterdir()] == [standing.FILE]


def test_the_file_is_ignored_by_git_and_by_the_release():
    assert "progress.json*" in (ROOT / ".gitignore").read_text().split()
    assert '"progress.json*"' in (ROOT / "nbgrader_config.py").read_text()
