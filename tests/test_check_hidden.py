"""A hidden test gives nothing away: not an input, not an expected number, not a size, in no form of its report.

Inputs and expected values carry the digits of SECRETS, which nothing else does; wrong answers of every sort are
tried, and every rendering is searched: text, HTML with its picture, hints, progress, and a real notebook's outputs.
"""

import asyncio
import json
import math
import os
import re
import sys
import warnings

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from test_check import Shell

from nnlib import check
from nnlib.check import standing
from nnlib.check.page import as_html
from nnlib.check.report import as_text

SECRETS = ("8731", "9419", "6073", "7457")
X = np.full((13, 29), 8731.5)  # the input
ROW = [8731.0, 9419.0, 8731.0]
EXPECTED = {
    "number": 6073.25, "whole": 6073, "text": "6073", "flag": True, "none": None,
    "list": [6073.0, 7457.0, 6073.0], "tuple": (6073.0, (7457.0, "7457")), "dict": {"k": 7457.0, 7: [6073.0]},
    "keys": {"6073": 1.0, 7457: 2.0},
    "set": {6073, 7457}, "small": np.array([[6073.0, 7457.0], [7457.0, 6073.0]]), "large": np.full((13, 29), 6073.0),
    "long": np.full(500, 7457.0), "whole numbers": np.full(7, 6073), "several": (np.ones(2), np.full((13, 29), 7457.0)),
}


def loud(x, row):
    print("input", x, row)
    print("input", row, file=sys.stderr)
    warnings.warn(f"input {row}", stacklevel=1)
    return None


def raising(x, row):
    raise ValueError(f"cannot do {row}")


def lacking(x, row):
    raise NotImplementedError(f"not for {row}")


def late(x, row):
    raise check.TimeLimit(f"{row[0]} s")


def leaving(x, row):
    raise SystemExit(f"not for {row}")


def missing_key(x, row):
    return {}[row[0]]


def spoil(x, row):
    row.append(1.0)
    x *= 2
    return x


class Echo:
    def __init__(self, row):
        self.row = row

    def __repr__(self):
        return f"Echo({self.row})"


ANSWERS = {  # of all sorts; those that show the input would tell it if a report showed what came
    "input": lambda x, row: x, "row": lambda x, row: row, "tuple": lambda x, row: tuple(row), "loud": loud,
    "one": lambda x, row: row[0], "negative": lambda x, row: -row[1], "text": lambda x, row: str(row),
    "array": lambda x, row: np.array(row), "float32": lambda x, row: x.astype(np.float32), "flat": lambda x, row: x[0],
    "dict": lambda x, row: {"k": row[0], 7: row}, "set": lambda x, row: set(row), "echo": lambda x, row: Echo(row),
    "lazy": lambda x, row: iter(row), "nan": lambda x, row: math.nan, "nans": lambda x, row: np.full((13, 29), np.nan),
    "zeros": lambda x, row: np.zeros((13, 29)), "zero": lambda x, row: 0.0, "raising": raising, "key": missing_key,
    "lacking": lacking, "late": late, "leaving": leaving,
    "spoil": spoil, "arguments": lambda x: x, "nearly": lambda x, row: np.full((13, 29), 6073.0 + 1e-3),
    "pair": lambda x, row: (np.ones(2), x), "three": lambda x, row: [0.0, 0.0, 0.0], "unwritten": None,
}


def unwritten(x, row):
    raise NotImplementedError("not written yet")


def item_of(function, expected):
    """The item with every form of a hidden test of one function."""
    t = check.item("hidden.item", points=8)
    t.hints("one", "two", section="6.4")
    t.call(lambda: 1).gives(1, points=1)
    t.hidden()
    mistakes = {"sign": -6073.0, "factor-2": np.full((13, 29), 6073.0), "no-edges": IndexError}
    t.call(function, X, list(ROW)).gives(expected, points=1, mistakes=mistakes)
    t.call(function, X, row=list(ROW)).gives(expected, points=1)
    t.each(function, [(X * k, list(ROW)) for k in (1, 2, 3)]).gives(lambda x, row: expected, points=1)
    t.each(function, [(X, ROW)] * 2).satisfies(lambda x, row: lambda got: ("sign", f"{expected} wanted"), points=1)
    t.call(function, X, list(ROW)).raises(KeyError, says="6073", points=1)
    t.call(function, X, list(ROW)).satisfies(lambda got: ("", f"{expected} for {ROW}"), points=1)
    t.namespace["hidden_answer"] = function
    t.run("row = [8731.0, 9419.0]\nhidden_answer(8731.0, row)").gives(expected, points=1)
    del t.namespace["hidden_answer"]
    return t


def found(text):
    """The secrets in a text, as digits anywhere, and sizes of what is hidden."""
    sizes = re.findall(r"\(13, 29\)|\b13\b|\b29\b|shape \(", text)
    return [secret for secret in SECRETS if secret in text] + sizes


@pytest.mark.parametrize("expected", EXPECTED)
@pytest.mark.parametrize("answer", ANSWERS)
def test_no_report_gives_anything_away(answer, expected, monkeypatch, tmp_path, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(check.hints, "_asked", {}, raising=False)
    standing.results.clear()  # the table of progress would tell of other tests, too
    shell = Shell()
    monkeypatch.setitem(sys.modules, "IPython", shell)
    t = item_of(ANSWERS[answer] or unwritten, EXPECTED[expected])
    assert t.score() < 8
    check.hint("hidden.item")
    check.progress()
    assert [set(data) for data in shell.shown] == [{"text/plain", "text/html"}] * 3
    for data in shell.shown:
        for text in data.values():
            assert found(text) == [], text
    assert found((tmp_path / standing.FILE).read_text()) == []
    assert all(r.pair is None for r in t.results if r.hidden)
    assert "<svg" not in as_html(t) and "<table" not in as_html(t)
    assert as_text(t).count("(a hidden test)") == 7 or answer == "unwritten"
    assert capfd.readouterr() == ("", "")


def test_the_search_finds_what_a_visible_test_shows():
    """The secrets are there to be found: shown by the same tests when they are not hidden."""
    t = check.item("visible.item", points=1)
    t.call(ANSWERS["row"], X, list(ROW)).gives(EXPECTED["list"], points=1)
    assert set(SECRETS) == set(found(as_text(t))) - {"13", "29", "(13, 29)", "shape ("}
    assert set(SECRETS) == set(found(as_html(t))) - {"13", "29", "(13, 29)", "shape ("}


def test_the_cause_is_named_all_the_same():
    t = item_of(lambda x, row: np.full((13, 29), -6073.0), EXPECTED["large"])
    assert "sign" in t.mistakes and "The size is right and the sign is not." in as_text(t)


# --- in a real notebook -------------------------------------------------------------------

CELLS = ["""
import os, signal, sys
import numpy as np
from nnlib import check

def f(x):
    os.write(2, b"past Python 8731")
    print("printed 8731", file=sys.stderr)
    return x * 2

def small(x):
    return -x

def stop(x):
    while True:
        os.kill(os.getpid(), signal.SIGINT)
""", """
t = check.item("ps90.f", points=2)
t.call(small, np.ones((2, 2))).gives(np.ones((2, 2)), points=1)
t.hidden()
t.call(f, np.full((13, 29), 8731.5)).gives(np.full((13, 29), 6073.0), points=1)
t.score()
""", """
t = check.item("ps90.stop", points=1)
t.call(stop, 8731).gives(1.0, points=1)
t.score()
""", """
t = check.item("ps90.missing", points=1)
t.call(nothing_of_the_kind, 1).gives(1, points=1)
t.score()
""", """
t = check.item("ps90.missing", points=1)
t.run("nothing_of_the_kind(1)").gives(1, points=1)
t.score()
"""]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """The outputs of CELLS in a fresh kernel."""
    folder = tmp_path_factory.mktemp("notebook")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell.strip()) for cell in CELLS])
    client = NotebookClient(notebook, timeout=120, allow_errors=True, resources={"metadata": {"path": str(folder)}})
    # Under pytest, ipykernel would not listen to what goes to stderr past Python.
    environment = {key: value for key, value in os.environ.items() if key != "PYTEST_CURRENT_TEST"}
    asyncio.run(client.async_execute(env=environment))
    return [cell.outputs for cell in notebook.cells]


pytestmark = [pytest.mark.filterwarnings("ignore::ResourceWarning"),  # the kernel's sockets, left to the collector
              pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]


def test_in_a_notebook_no_output_and_no_metadata_gives_anything_away(outputs):
    report, score = outputs[1]
    assert (report.output_type, score.output_type) == ("display_data", "execute_result")
    assert score.data["text/plain"] == "0.0" and (report.metadata, score.metadata) == ({}, {})
    assert set(report.data) == {"text/plain", "text/html"} and report.data["text/html"].count("<table") == 2
    assert not set(SECRETS) & set(found(json.dumps(outputs[1])))


def test_in_a_notebook_nothing_is_on_stderr(outputs):
    assert not [out for cell in outputs for out in cell if out.output_type == "stream"]


def test_the_stop_button_is_answered_by_one_sentence(outputs):
    (stopped,) = outputs[2]
    assert stopped.output_type == "error"
    assert " ".join(stopped.traceback) == stopped.evalue and len(stopped.evalue) < 150
    assert "Stopped while your answer was running" in stopped.evalue and found(json.dumps(stopped)) == []


def test_a_missing_answer_is_explained_alike_for_calls_and_lines(outputs):
    called, run = outputs[3][-1].data["text/plain"], outputs[4][0].data["text/plain"]
    assert called.startswith("There is no nothing_of_the_kind yet. The cell above that defines it has not been run")
    assert called in run and "likely cause" not in run
