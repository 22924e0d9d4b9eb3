"""The table of right and wrong answers fails the session where it must, on one process and on two."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BANK = """
import pytest

ANSWERS = {answers}

@pytest.mark.parametrize("k", range({first}, len(ANSWERS)))
def test_bank(k, record_property):
    kind, as_it_should, named = ANSWERS[k]
    record_property("bank", ["ps90", f"item-{{k % 3}}", kind, as_it_should, named, len(ANSWERS)])
"""
SOUND = [("right", True, False)] * 4 + [("wrong", True, True)] * 6
CASES = {  # answers, how many are not tried, the sentence or None
    "sound": (SOUND, 0, None),
    "6 of 7 are above 85%": ([*SOUND, ("wrong", True, False)], 0, None),
    "5 of 6 are not": ([*SOUND[:-1], ("wrong", True, False)], 0,
                       "ps90: 5 of 6 wrong answers named (83%); at least 85% must be."),
    "of a part of the bank, names are not counted": ([*SOUND[:-1], ("wrong", True, False)], 5, None),
    "right, rejected": ([*SOUND, ("right", False, False)], 0, "ps90: 4 of 5 right answers accepted; all must be."),
    "wrong, accepted": ([*SOUND, ("wrong", False, True)], 0, "ps90: 6 of 7 wrong answers rejected; all must be."),
    "wrong, accepted, in a part": ([*SOUND, ("wrong", False, True)], 5,
                                   "ps90: 5 of 6 wrong answers rejected; all must be."),
}


def session(folder, answers, first, *options):
    shutil.copy(HERE / "conftest.py", folder)
    (folder / "test_bank.py").write_text(BANK.format(answers=answers, first=first))
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, "."]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.mark.parametrize("name", CASES)
def test_the_session_fails_under_100_100_85(tmp_path, name):
    answers, first, sentence = CASES[name]
    run = session(tmp_path, answers, first)
    assert "right and wrong answers" in run.stdout
    assert run.returncode == (1 if sentence else 0), run.stdout
    assert ("FAILED ps90" in run.stdout) is bool(sentence)
    assert (sentence or "") in run.stdout


def test_with_two_processes_as_well(tmp_path):
    answers, first, sentence = CASES["5 of 6 are not"]
    run = session(tmp_path, answers, first, "-n", "2")
    assert (run.returncode, run.stdout.count(f"FAILED {sentence}")) == (1, 1), run.stdout
