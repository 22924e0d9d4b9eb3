"""Every problem set against its bank: right earns all, wrong earns less and is named, untouched earns nothing."""

import re
from pathlib import Path

import pytest

from grading.authoring.bank import fill, read_answers, score, solved, untouched
from grading.authoring.source import read_source
from grading.cells import is_answer, is_test, settings
from grading.errors import CourseError
from nnlib.check import MISTAKES

ROOT = Path(__file__).parents[1]
SETS = sorted(path.name for path in (ROOT / "solutions").glob("ps[0-9][0-9]"))
SOURCES = {name: read_source(ROOT / "solutions" / name / f"{name}.md") for name in SETS}
BANKS = {name: read_answers(ROOT / "solutions" / name / "bank.md") for name in SETS}
UNTOUCHED = {name: untouched(source) for name, source in SOURCES.items()}
ITEMS = [(name, settings(cell)["grade_id"]) for name in SETS for cell in SOURCES[name].cells if is_answer(cell)]
ANSWERS = [pytest.param(name, a, id=f"{name}-{a.item}-{a.title}") for name in SETS for a in BANKS[name]]


def points(name, item):
    return next(settings(c)["points"] for c in SOURCES[name].cells if settings(c).get("grade_id") == f"test-{item}")


def tried(name, answer):
    return score(fill(UNTOUCHED[name], {answer.item: answer.code}), answer.item)


@pytest.mark.parametrize(("name", "item"), ITEMS)
def test_untouched_earns_nothing(name, item):
    result = score(UNTOUCHED[name], item)
    assert result.points == 0
    assert "not written yet" in result.report


@pytest.mark.parametrize(("name", "item"), ITEMS)
def test_the_solution_earns_all_though_nothing_else_is_written(name, item):
    result = score(fill(UNTOUCHED[name], {item: solved(SOURCES[name], item)}), item)
    assert (result.points, result.mistakes) == (points(name, item), []), result.report


@pytest.mark.parametrize(("name", "item"), ITEMS)
def test_the_bank_is_large_enough(name, item):
    kinds = [answer.kind for answer in BANKS[name] if answer.item == item]
    assert kinds.count("right") >= 3
    assert kinds.count("wrong") >= 5


@pytest.mark.parametrize("name", SETS)
def test_nearly_every_wrong_answer_has_a_named_mistake(name):
    wrong = [answer for answer in BANKS[name] if answer.kind == "wrong"]
    assert len([answer for answer in wrong if answer.mistakes]) >= 0.85 * len(wrong)


@pytest.mark.parametrize(("name", "answer"), ANSWERS)
def test_bank(name, answer, record, monkeypatch):
    if answer.kind == "wrong":  # what is too slow is so in a quarter of the time as well
        monkeypatch.setattr("nnlib.check.items.PATIENCE", 1 / 4)
    result = tried(name, answer)
    if answer.kind == "right":
        record(name, answer, result.points == points(name, answer.item))
        assert (result.points, result.mistakes) == (points(name, answer.item), []), result.report
        return
    assert set(answer.mistakes) <= set(MISTAKES), "the bank names a mistake that mistakes/ does not know"
    named = bool(answer.mistakes) and set(answer.mistakes) <= set(result.mistakes)
    record(name, answer, result.points < points(name, answer.item), named)
    assert result.points < points(name, answer.item), result.report
    assert set(answer.mistakes) <= set(result.mistakes), result.report


NOT_IN_A_BANK = {  # mistakes that no wrong answer shows, and why; tests/test_check*.py show each of them
    "not-written": "what an untouched answer is told: above",
    "exit": "a slip in any cell, about no subject",
    "asks-for-input": "the same; and under pytest nobody can be asked",
    "domain": "the logarithms of problem set 06 get numbers above 0 only",
    "overflow": "no test there goes beyond exp(709)",
    "graph-lost": "the tests of problem set 08 see it by what cannot flow back",
    "saved-then-changed": "there the test itself changes what was saved",
    "other-device": "no test asks for a second device",
}


def test_every_mistake_is_shown_by_a_bank():
    named = {name for bank in BANKS.values() for answer in bank for name in answer.mistakes}
    assert set(MISTAKES) - named == set(NOT_IN_A_BANK)


@pytest.fixture
def record(record_property):
    """Keeps the verdict for the table that conftest.py prints."""

    def keep(name, answer, as_it_should, named=False):
        record_property("bank", [name, answer.item, answer.kind, as_it_should, named, len(BANKS[name])])

    return keep


@pytest.mark.parametrize("name", SETS)
def test_every_cell_of_the_source_is_sound(name):
    cells = [settings(cell) for cell in SOURCES[name].cells if settings(cell)]
    graded = [cell for cell in SOURCES[name].cells if settings(cell).get("grade")]
    assert len([cell for cell in graded if is_test(cell)]) >= 6
    assert len([cell for cell in graded if not is_test(cell)]) == 1, "one short answer is read by a person"
    assert len({cell["grade_id"] for cell in cells}) == len(cells)
    for cell in graded:
        if is_test(cell):
            assert f'"{name}.{settings(cell)["grade_id"].removeprefix("test-")}"' in cell.source
            visible, hidden = cell.source.split("### BEGIN HIDDEN TESTS\nt.hidden()\n")
            assert ".gives(" in visible or ".satisfies(" in visible
            assert ".gives(" in hidden or ".satisfies(" in hidden
            assert re.search(r"default_rng\(\d|Random\(\d|draw\(\d", cell.source), "inputs drawn at random, with a seed"


@pytest.mark.parametrize("name", SETS)
def test_the_text_is_right_about_points_and_links(name):
    text = (ROOT / "solutions" / name / f"{name}.md").read_text(encoding="utf-8")
    told = [float(n) for n in re.findall(r"^\*([\d.]+) points", text, re.M)]
    table = [float(n) for n in re.findall(r"^\| \d+ \|.*\| ([\d.]+) \|$", text, re.M)]
    declared = [settings(c)["points"] for c in SOURCES[name].cells if settings(c).get("grade")]
    assert told == table == declared
    for link in re.findall(r"\]\((\.\./[^)#]+)", text):
        assert (ROOT / "exercises" / name / link).resolve().is_file(), link


@pytest.mark.parametrize("name", SETS)
def test_the_released_cell_says_what_hidden_tests_decide(name):
    for item in (item for of, item in ITEMS if of == name):
        notebook = fill(UNTOUCHED[name], {item: solved(SOURCES[name], item)})
        for cell in notebook.cells:
            cell.source = re.sub(r"### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS\n", "", cell.source, flags=re.S)
        result = score(notebook, item)
        assert 0 < result.points < points(name, item)
        assert "visible points; " in result.report
        assert "decided by hidden tests" in result.report


@pytest.mark.parametrize(("text", "fault"), [
    ("### right: x\n```python\n1\n", "no closed"),
    ("### right: x\n### right: y\n```python\n1\n```\n", "has no ```python block"),
    ("### wrong: x\n```python\n1\n```\n", "### wrong [names]"),
    ("```python\n1\n```\n", "has no heading"),
])
def test_a_broken_bank_is_explained(tmp_path, text, fault):
    (tmp_path / "bank.md").write_text("## item\n" + text, encoding="utf-8")
    with pytest.raises(CourseError, match=re.escape(fault)):
        read_answers(tmp_path / "bank.md")


def test_an_answer_to_an_unknown_item_is_refused():
    with pytest.raises(CourseError, match="no answer cell called 'nothing'"):
        fill(UNTOUCHED["ps06"], {"nothing": "pass"})
