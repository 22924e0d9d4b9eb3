"""Report: one page for the instructor about a problem set: items, mistakes, trouble, and who wrote alike."""

import statistics
from dataclasses import dataclass
from pathlib import Path

import nbformat
from markupsafe import Markup

from grading.authoring.bank import fill, read_answers
from grading.course import Course
from grading.reports import charts, clean
from grading.reports.feedback import mistake_link
from grading.reports.figures import Figures, figures
from grading.reports.marks import Marks, read_marks, released
from grading.reports.pages import render, write_page
from grading.reports.similarity import Answer, Pair, shared_lines, similar, threshold
from grading.reports.similarity import read_answers as read_fingerprints
from grading.reports.work import highlight
from nnlib.check import MISTAKES

PAIRS = 40  # shown in full
SIDE_LINES, SIDE_LETTERS = 200, 20_000  # of one answer beside another


@dataclass
class Report:
    """The figures of a problem set, the pairs that wrote alike, and where the page lies."""

    figures: Figures
    pairs: list[Pair]
    unread: list[str]  # students whose code could not be compared
    path: Path


def report(course: Course, problem_set: str) -> Report:
    """Write reports/psNN.html; return what it says.  Raises CourseError when there are no grades."""
    all_marks = read_marks(course, [problem_set])
    original = released(course, problem_set)
    found = figures(all_marks)
    answers, unread = _answers(all_marks, original)
    pairs = similar(answers, _known(course, problem_set, original))
    path = course.root / "reports" / f"{problem_set}.html"
    write_page(path, _page(found, pairs, answers, unread), private=True)
    return Report(found, pairs, unread, path)


def _answers(all_marks: list[Marks], original) -> tuple[dict[str, dict[str, Answer]], list[str]]:
    answers, unread = {}, []
    for marks in all_marks:
        try:
            graded = nbformat.v4.reads(marks.notebook.read_text(encoding="utf-8")) if marks.notebook else None
            answers[marks.student] = read_fingerprints(graded, original) if graded else {}
        except Exception:  # any damage is one student's
            unread.append(marks.student)
    return answers, unread


def _known(course: Course, problem_set: str, original) -> list[dict[str, Answer]]:
    """The answers of the bank, as if so many students had given them."""
    bank = course.folder("source", problem_set) / "bank.md"
    if not bank.is_file():
        return []
    by_turn: list[dict[str, str]] = []
    for answer in read_answers(bank):
        turn = next((turn for turn in by_turn if answer.item not in turn), None)
        if turn is None:
            by_turn.append(turn := {})
        turn[answer.item] = answer.code
    return [read_fingerprints(fill(original, turn), original) for turn in by_turn]


def _page(found: Figures, pairs, answers, unread) -> str:
    return render(
        "report.html", figures=found, pairs=[_side_by_side(pair, answers) for pair in pairs[:PAIRS]],
        more_pairs=max(0, len(pairs) - PAIRS), unread=unread, threshold=threshold(len(answers)),
        histogram=charts.histogram(found), states=charts.states(found), seconds=_seconds(found),
        mistakes=[(mistake_link(name), count, items, MISTAKES[name].message if name in MISTAKES else "")
                  for name, count, items in found.mistakes],
        mistakes_chart=charts.mistakes(found) if found.mistakes else "",
        bins=_bins(found))


def _side_by_side(pair: Pair, answers) -> dict:
    """A pair, and for each item in which it is alike both answers, the lines they share marked."""
    items = []
    for item, bits in sorted(pair.items.items(), key=lambda row: -row[1]):
        both = [answers[student][item] for student in (pair.first, pair.second)]
        sides = []
        for answer, lines in zip(both, shared_lines(*both)):
            code, rest = clean.cut(clean.plain(answer.code), SIDE_LINES, SIDE_LETTERS)
            sides.append((Markup(highlight(code, sorted(lines))), rest))
        items.append({"item": item, "bits": bits, "sides": sides})
    return {"pair": pair, "rows": items}


def _seconds(found: Figures) -> dict | None:
    if not found.seconds:
        return None
    ordered = sorted(found.seconds)
    return {"median": statistics.median(ordered), "most": ordered[-1], "sum": sum(ordered),
            "slow": ordered[int(0.9 * (len(ordered) - 1))]}


def _bins(found: Figures) -> list[tuple[str, int]]:
    """The histogram as a table: ten equal parts of the points."""
    counts = [0] * 10
    for score in found.scores:
        counts[min(9, int(10 * score / found.points)) if found.points else 0] += 1
    step = found.points / 10
    return [(f"{step * k:g} to {step * (k + 1):g}", count) for k, count in enumerate(counts)]
