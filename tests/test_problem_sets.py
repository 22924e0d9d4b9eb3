"""Every problem set against its bank: right earns all, wrong earns less and is named, untouched earns nothing."""

import re
from pathlib import Path

import pytest
from test_source import TINY

from grading.authoring.bank import fill, read_answers, score, solved, untouched
from grading.authoring.links import lost_links
from grading.authoring.marks import split_secret
from grading.authoring.source import read_source
from grading.cells import is_answer, is_test, settings
from grading.errors import CourseError
from nnlib.check import MISTAKES

ROOT = Path(__file__).parents[1]
SETS = sorted(path.name for path in (ROOT / "solutions").glob("ps[0-9][0-9]"))
SOURCES, BANKS, BROKEN = {}, {}, {}
for name in SETS:
    try:
        folder = ROOT / "solutions" / name
        SOURCES[name], BANKS[name] = read_source(folder / f"{name}.md"), read_answers(folder / "bank.md")
    except CourseError as error:  # the other sets can be tried all the same
        BROKEN[name] = str(error)
UNTOUCHED = {name: untouched(source) for name, source in SOURCES.items()}
ITEMS = [(name, settings(cell)["grade_id"]) for name in SOURCES for cell in SOURCES[name].cells if is_answer(cell)]
ANSWERS = [pytest.param(name, a, id=f"{name}-{a.item}-{a.title}") for name in SOURCES for a in BANKS[name]]


@pytest.mark.parametrize("name", SETS)
def test_source_and_bank_can_be_read(name):
    if name in BROKEN:
        pytest.fail(f"No other test of {name} was run:\n{BROKEN[name]}", pytrace=False)


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
    assert kinds.count("right") >= 3, f"{name}/bank.md has {kinds.count('right')} right answers to {item}; write three"
    assert kinds.count("wrong") >= 5, f"{name}/bank.md has {kinds.count('wrong')} wrong answers to {item}; write five"


@pytest.mark.parametrize("name", SOURCES)
def test_nearly_every_wrong_answer_has_a_named_mistake(name):
    wrong = [answer for answer in BANKS[name] if answer.kind == "wrong"]
    named = len([answer for answer in wrong if answer.mistakes])
    assert named >= 0.85 * len(wrong), f"{named} of {len(wrong)} wrong answers have a name; 85% must"


@pytest.mark.parametrize(("name", "answer"), ANSWERS)
def test_bank(name, answer, record, monkeypatch):
    if answer.kind == "wrong":  # what is too slow is so in a quarter of the time as well
        monkeypatch.setattr("nnlib.check.items.PATIENCE", 1 / 4)
    result = tried(name, answer)
    if answer.kind == "right":
        record(name, answer, result.points == points(name, answer.item))
        assert (result.points, result.mistakes) == (points(name, answer.item), []), result.report
        return
    unknown = ", ".join(sorted(set(answer.mistakes) - set(MISTAKES)))
    assert not unknown, f"the bank names {unknown}, which no file in nnlib/check/mistakes/ has"
    named = bool(answer.mistakes) and set(answer.mistakes) <= set(result.mistakes)
    record(name, answer, result.points < points(name, answer.item), named)
    assert result.points < points(name, answer.item), f"this wrong answer earns all points:\n{result.report}"
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
    if BROKEN:
        pytest.skip(f"the bank of {', '.join(BROKEN)} could not be read; a test above says why")
    named = {name for bank in BANKS.values() for answer in bank for name in answer.mistakes}
    assert set(MISTAKES) - named == set(NOT_IN_A_BANK)


@pytest.fixture
def record(record_property):
    """Keeps the verdict for the table that conftest.py prints."""

    def keep(name, answer, as_it_should, named=False):
        record_property("bank", [name, answer.item, answer.kind, as_it_should, named, len(BANKS[name])])

    return keep


def asks_with_inputs(cell):
    """A choice among some letters is asked without any, by t.call(f)."""
    return re.search(r"\bt\.(each|run)\(|\bt\.call\(\w+,", cell.source)


def shortcomings(name, source, text):
    """One sentence for each thing that a complete problem set has and this one lacks."""
    graded = [cell for cell in source.cells if settings(cell).get("grade")]
    tests = [cell for cell in graded if is_test(cell)]
    if len(tests) < 6:
        yield f"items with a test in {name}: {len(tests)}; a complete problem set has six or more"
    if len(graded) - len(tests) != 1:
        yield (f"texts in {name} that a person grades (`grade: true` and `solution: true`): "
               f"{len(graded) - len(tests)}; it should be one")
    for cell in tests:
        visible, hidden = split_secret(cell.source, "HIDDEN TESTS")
        for part, which in ((visible, "visible"), ("".join(hidden), "hidden")):
            if not re.search(r"\.(gives|satisfies)\(", part):
                yield f"{settings(cell)['grade_id']}: no {which} test says .gives(…) or .satisfies(…)"
        if re.search(r"(default_rng|Random)\(\)", cell.source):
            yield f"{settings(cell)['grade_id']}: drawn at random without a seed, so that each run asks something else"
        elif asks_with_inputs(cell) and not re.search(r"default_rng\(\d|Random\(\d|draw\(\d", cell.source):
            yield (f"{settings(cell)['grade_id']}: no inputs are drawn at random with a fixed seed, as by "
                   "`np.random.default_rng(61)`")
    declared = [settings(cell)["points"] for cell in graded]
    for what, pattern, form in (
        ("the lines below the titles say", r"^\*([\d.]+) points", "*3 points · …*"),
        ("the table at the beginning says", r"^\| \d+ \|.*\| ([\d.]+) \|$", "| 1 | what to write | 6.2 | 3 |"),
    ):
        told = [float(number) for number in re.findall(pattern, text, re.M)]
        if told != declared:
            yield (f"{what} {told} points, the metadata of the graded cells {declared}. "
                   f"Write a line `{form}` for each item, in the same order")


@pytest.mark.parametrize("name", SOURCES)
def test_the_problem_set_is_complete(name):
    text = (ROOT / "solutions" / name / f"{name}.md").read_text(encoding="utf-8")
    lacks = list(shortcomings(name, SOURCES[name], text))
    lacks += lost_links(SOURCES[name], name, ROOT / "solutions" / name, ROOT / "exercises" / name, ROOT / "book")
    if lacks:
        pytest.fail("\n".join(lacks), pytrace=False)


def test_what_a_problem_set_lacks_is_said_all_at_once(tmp_path):
    (tmp_path / "tiny.md").write_text(TINY, encoding="utf-8")
    told = "\n".join(shortcomings("tiny", read_source(tmp_path / "tiny.md"), "*3 points*"))
    for sentence in ("items with a test in tiny: 1; a complete problem set has six or more", "`solution: true`): 0; it",
                     "test-double: no inputs are drawn", "the lines below the titles say [3.0] points, the metadata",
                     "the table at the beginning says [] points, the metadata of the graded cells [2]"):
        assert sentence in told
    assert told.count("\n") == 4
    (tmp_path / "tiny.md").write_text(TINY.replace("t.hidden()", "t.hidden()\nrandom.Random()"), encoding="utf-8")
    assert "drawn at random without a seed" in "".join(shortcomings("tiny", read_source(tmp_path / "tiny.md"), ""))


@pytest.mark.parametrize("name", SOURCES)
def test_the_released_cell_says_what_hidden_tests_decide(name):
    for item in (item for of, item in ITEMS if of == name):
        notebook = fill(UNTOUCHED[name], {item: solved(SOURCES[name], item)})
        for cell in notebook.cells:
            cell.source = re.sub(r"### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS\n", "", cell.source, flags=re.S)
        result = score(notebook, item)
        assert 0 < result.points < points(name, item), f"the visible tests of {item} should earn some points, not all"
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


def test_a_bank_that_is_missing_is_explained(tmp_path):
    with pytest.raises(CourseError, match="bank.md is missing. The bank lies beside the source"):
        read_answers(tmp_path / "bank.md")


def test_an_answer_to_an_unknown_item_is_refused():
    with pytest.raises(CourseError, match="no answer cell called 'nothing'"):
        fill(UNTOUCHED["ps06"], {"nothing": "pass"})
