"""The command `course`: the whole road once, and every bad input answered by a sentence."""

import os
import shutil
import subprocess
import sys

import pytest
from rich.console import Console
from small_course import real_course
from test_grading import PS, ROOT, RUNS_NBGRADER

from grading import cli, terminal

pytestmark = RUNS_NBGRADER


def run_command(monkeypatch, capsys, *words):
    monkeypatch.setattr(sys, "argv", ["course", *map(str, words)])
    for module in (cli, terminal):
        monkeypatch.setattr(module, "output", Console(width=200))
        monkeypatch.setattr(module, "errors", Console(width=200, stderr=True))
    with pytest.raises(SystemExit) as done:
        cli.main()
    said = capsys.readouterr()
    return done.value.code or 0, said.out + said.err


def test_the_command_walks_the_whole_road(tmp_path, monkeypatch, capsys):
    real_course(tmp_path)
    course = ("--course", tmp_path)
    code, said = run_command(monkeypatch, capsys, *course, "release", PS)
    assert code == 0 and "exercises/ps06" in said
    for student in ("ann", "bob"):
        (tmp_path / "in" / student).mkdir(parents=True)
    shutil.copy(tmp_path / "exercises" / PS / f"{PS}.ipynb", tmp_path / "in/ann")
    code, said = run_command(monkeypatch, capsys, *course, "collect", tmp_path / "in")
    assert code == 1 and "ps06.ipynb is missing; found: no notebook at all" in said
    (tmp_path / "in/bob" / f"{PS}.ipynb").write_text("{")
    code, said = run_command(monkeypatch, capsys, *course, "collect", tmp_path / "in")
    assert code == 1 and "not a notebook" in said
    code, said = run_command(monkeypatch, capsys, *course, "grade", PS)
    assert code == 1 and "not graded: not a notebook" in said and "ann" in said
    code, said = run_command(monkeypatch, capsys, *course, "feedback", PS)
    assert code == 0 and "feedback/ann/ps06/ps06.html" in said
    code, said = run_command(monkeypatch, capsys, *course, "export", tmp_path / "grades.csv")
    assert code == 0 and "2 rows" in said


@pytest.mark.parametrize(
    "words, code, says",
    [
        ((), 2, "From one source to a grade"),
        (("release", "ps99"), 2, "There is no problem set 'ps99'"),
        (("grade",), 2, "ps06 is not in the gradebook, so its tests are unknown. Run `course release ps06` first."),
        (("feedback",), 2, "The gradebook holds no grades yet of ps06"),
        (("collect", "nowhere"), 2, "nowhere is not a folder"),
        (("export", "grades.csv"), 2, "The gradebook holds no grades yet"),
        (("regrade",), 2, "No such command"),
    ],
)
def test_bad_input_gets_a_sentence(tmp_path, monkeypatch, capsys, words, code, says):
    real_course(tmp_path)
    got, said = run_command(monkeypatch, capsys, *(("--course", tmp_path) if words else ()), *words)
    assert got == code and says in said and "Traceback" not in said


def test_progress_needs_no_course(tmp_path, monkeypatch, capsys):
    code, said = run_command(monkeypatch, capsys, "progress", tmp_path)
    assert code == 2 and "There is no notebook of a problem set in" in said
    shutil.copy(ROOT / "exercises" / PS / f"{PS}.ipynb", tmp_path)
    monkeypatch.chdir(tmp_path)
    code, said = run_command(monkeypatch, capsys, "progress")
    assert code == 0 and "0 of 7 items pass, 7 open" in said
    assert "ps06.train-step" in said and said.count("not checked yet") == 7


def test_no_course_here(tmp_path, monkeypatch, capsys):
    code, said = run_command(monkeypatch, capsys, "--course", tmp_path, "release")
    assert code == 2 and "it holds no nbgrader_config.py" in said


def test_a_too_old_python_is_told_what_to_do():
    done = subprocess.run(
        [sys.executable, "-c", "import sys; sys.version_info = (3, 8, 1, 'final', 0); import grading.cli"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "needs Python 3.11 or newer, but this is Python 3.8" in done.stderr and "make book" in done.stderr


def test_the_command_starts_without_a_grammar_of_web_addresses():
    """jsonschema builds one when it finds a library for it: two seconds, in every process."""
    said = subprocess.run([sys.executable, "-c", "import grading.cli, nbformat, sys; print('lark' in sys.modules)"],
                          capture_output=True, text=True, cwd=ROOT)
    assert said.stdout == "False\n", said.stderr
