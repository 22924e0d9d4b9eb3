"""The report: its figures are what one computes by hand, its page is safe and can be read, its commands say it all."""

import os
import random
import shutil
import sys

import nbformat
import pytest
from accessible import violations
from marked import PS, ROOT, answers, graded, make_course, tell
from rich.console import Console
from scipy import stats
from test_feedback import RUN, visit
from test_similarity import disguise, original

from grading import cli, terminal
from grading.cells import is_test, settings
from grading.engine.result import Result, Verdict
from grading.errors import CourseError
from grading.records.record import record
from grading.reports.figures import correlation, extremes, figures
from grading.reports.marks import Mark, Marks
from grading.reports.report import report

pytestmark = [pytest.mark.filterwarnings("ignore::ResourceWarning"),
              pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]
HOSTILE = f'</pre><script>{RUN}</script>\nx = "<img src=x onerror={RUN}>"\n'


def result(chosen, wrong, **about):
    """A result that nobody ran: all points but in the items of `wrong` ({item: mistake})."""
    notebook = graded(PS, chosen)
    verdicts = {}
    for cell in filter(is_test, notebook.cells):
        name, points = settings(cell)["grade_id"], settings(cell)["points"]
        mistake = wrong.get(name.removeprefix("test-"))
        verdicts[name] = Verdict(name, points, 0.0 if mistake else points, [mistake] if mistake else [])
    return Result(verdicts, nbformat.writes(notebook), **about)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("report"), PS)
    shutil.copy(ROOT / "solutions" / PS / "bank.md", course.folder("source", PS))
    chance, rights = random.Random(5), answers(PS, "right")
    drawn = [{item: chance.choice(codes) for item, codes in rights.items()} for _ in range(12)]
    for number, chosen in enumerate(drawn):
        wrong = {"backward": "overwritten"} if number % 3 == 0 else {}
        wrong |= {"slopes": "a-for-z", "order": "recursion"} if number % 6 == 0 else {}
        record(course, f"student-{number:02}", PS, result(chosen, wrong, seconds=1 + number / 10))
    record(course, "copy", PS, result(disguise(original(PS), drawn[4]), {}, seconds=9))
    stopped = result({item: chance.choice(codes) for item, codes in rights.items()} | {"neuron": HOSTILE}, {})
    stopped.verdicts["test-neuron"].stopped = "The time for neuron ran out."
    stopped.verdicts["test-order"].fault = "The test `order` gave None."
    record(course, "<b>eve", PS, stopped)
    record(course, "pdf", PS, Result(trouble="not a notebook (it looks like a PDF)"))
    tell(course, "absent")
    return course


@pytest.fixture(scope="module")
def made(course):
    os.environ["NNLIB_BOOK"] = "https://book.example"
    yield report(course, PS)
    del os.environ["NNLIB_BOOK"]


def test_the_figures_of_the_items(made):
    found = {item.item: item for item in made.figures.items}
    assert list(found)[:3] == ["by-hand", "order", "slopes"] and made.figures.submissions == 15
    backward = found["backward"]
    assert (backward.scored, backward.full, backward.none, backward.some) == (14, 10, 4, 0)
    assert backward.passed == 10 / 14 and backward.mean == pytest.approx(10 / 14 * 4)
    assert found["order"].waiting == 1 and found["order"].scored == 13  # a faulty test is no figure of the item
    assert found["by-hand"].correlation is None  # all scored alike
    assert made.figures.mistakes[0] == ("overwritten", 4, ["backward"])
    assert {name: count for name, count, _ in made.figures.mistakes} == {"overwritten": 4, "a-for-z": 2, "recursion": 2}
    assert max(made.figures.seconds) == 9 and len(made.figures.seconds) == 13
    assert sorted(made.figures.trouble) == [
        ("<b>eve", "neuron: The time for neuron ran out."),
        ("<b>eve", "order: the test is at fault: The test `order` gave None."),
        ("pdf", "not examined: not a notebook (it looks like a PDF)")]


def test_correlation_is_the_point_biserial_and_pearson(made):
    chance = random.Random(1)
    passed = [chance.random() < 0.6 for _ in range(40)]
    rest = [chance.gauss(20 if p else 14, 4) for p in passed]
    assert correlation(passed, rest) == pytest.approx(stats.pointbiserialr(passed, rest)[0])
    partial = [chance.choice([0, 1.5, 3]) for _ in range(40)]
    assert correlation(partial, rest) == pytest.approx(stats.pearsonr(partial, rest)[0])
    assert correlation([1, 0] * 3, [1, 2] * 3) is None and correlation([1] * 20, range(20)) is None


def test_extremes_by_hand():
    scores, totals = [0, 0, 0, 2, 0, 2, 0, 2, 2, 2, 4], list(range(11))  # 27 % of 11 are 3
    assert extremes(scores, totals, 4) == pytest.approx((2 + 2 + 4) / 12 - 0)
    assert extremes(scores[::-1], totals[::-1], 4) == pytest.approx(8 / 12)
    assert extremes([1] * 7, range(7), 1) is None


def test_partial_credit_and_items_that_wait():
    rows = [Marks(f"s{k}", PS, marks=[Mark("test-a", k % 3, 2, False, False), Mark("b", 0, 3, k == 0, False)])
            for k in range(9)]
    a, b = figures(rows).items
    assert (a.full, a.some, a.none, a.mean) == (3, 3, 3, 1.0) and (b.waiting, b.scored, b.none) == (1, 8, 8)


def test_the_copy_is_found_and_nobody_else(made):
    assert [{pair.first, pair.second} for pair in made.pairs] == [{"copy", "student-04"}]
    text = made.path.read_text()
    assert "<bdi>copy</bdi> and <bdi>student-04</bdi>" in text and text.count('class="hll"') > 20


def test_the_page_holds_figures_pictures_and_sentences(made):
    text = made.path.read_text()
    assert made.path.stat().st_mode & 0o077 == 0  # it names students
    assert text.count('<svg role="img" aria-label="') == 3 and "#0102" not in text and "var(--full)" in text
    for piece in ("<code>overwritten</code>: read", "https://book.example/06-computation-graphs.html#sec-accumulate",
                  "The time for neuron ran out.", "it looks like a PDF", "Examining took 1.6 s at the median",
                  "&lt;b&gt;eve", "71 %"):
        assert piece in text, piece
    assert "<b>eve" not in text and "<script" not in text and "absent" not in text
    ids = [part.split('"')[0] for part in text.split(' id="')[1:]]
    assert len(ids) == len(set(ids))


@pytest.mark.browser
@pytest.mark.parametrize("scheme, width", [("light", 1100), ("dark", 390)])
def test_the_page_is_accessible_and_runs_nothing(browser, made, scheme, width):
    opened, asked, said = visit(browser, made.path, width=width, scheme=scheme)
    assert opened.evaluate("window.ran") is None and asked == [] and said == []
    assert opened.evaluate("document.documentElement.scrollWidth") == width
    opened.goto("about:blank")
    opened.set_content(made.path.read_text().replace('<meta http-equiv="Content-Security-Policy"', "<meta name=off"))
    assert violations(opened) == []


def run_command(monkeypatch, capsys, *words):
    monkeypatch.setattr(sys, "argv", ["course", *map(str, words)])
    monkeypatch.setattr(terminal, "output", Console(width=160))
    monkeypatch.setattr(terminal, "errors", Console(width=160, stderr=True))
    with pytest.raises(SystemExit) as done:
        cli.main()
    said = capsys.readouterr()
    return done.value.code or 0, said.out + said.err


def test_the_commands(course, made, tmp_path, monkeypatch, capsys):
    here = ("--course", course.root)
    code, said = run_command(monkeypatch, capsys, *here, "report", PS)
    assert code == 0 and "copy and student-04" in said and "overwritten 4×" in said and "reports/ps06.html" in said
    assert "pdf: not examined" in said and "71%" in said
    code, said = run_command(monkeypatch, capsys, *here, "report")
    assert code == 0 and "reports/ps06.html" in said
    code, said = run_command(monkeypatch, capsys, *here, "export", tmp_path / "c.csv", PS, "--format", "canvas",
                             "--column", f"{PS}=Problem set 6 (4711)")
    assert code == 1 and "16 rows" in said and "Not final, as items still wait for you: " in said
    assert '"Problem set 6 (4711)"' in (tmp_path / "c.csv").read_text()
    code, said = run_command(monkeypatch, capsys, *here, "export", tmp_path / "c.csv", "--column", "ps99=X")
    assert code == 2 and "--column names ps99, which is no problem set" in said
    code, said = run_command(monkeypatch, capsys, *here, "export", tmp_path / "c.csv", "--column", PS)
    assert code == 2 and "--column 'ps06' says no name" in said
    code, said = run_command(monkeypatch, capsys, *here, "export", tmp_path / "m.csv", "--format", "moodle")
    assert code == 1 and "16 rows" in said and "Not final" in said
    assert "Email address" not in (tmp_path / "m.csv").read_text()
    code, said = run_command(monkeypatch, capsys, *here, "export", tmp_path / "x.csv", "--format", "word")
    assert code == 2
    code, said = run_command(monkeypatch, capsys, *here, "feedback", PS)
    assert code == 0 and "feedback/copy/ps06/ps06.html" in said


def test_no_grades_and_nothing_that_could_be_examined(tmp_path):
    course = make_course(tmp_path, PS)
    with pytest.raises(CourseError, match="holds no grades yet of ps06"):
        report(course, PS)
    record(course, "pdf", PS, Result(trouble="not a notebook"))
    made = report(course, PS)
    text = made.path.read_text()
    assert "No check has named one." in text and "No pair comes near it." in text and made.figures.scores == []
