"""The figures of a problem set: how hard each item was, how well it tells students apart, what went wrong in it."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from grading.reports.marks import Marks

EXTREMES = 0.27  # the part of a class that counts as its best and as its weakest students (Kelley 1939)
ENOUGH = 8  # submissions, below which a discrimination is noise


@dataclass
class ItemFigures:
    """One item over all submissions in which it has its score (none that waits for a person)."""

    item: str
    points: float
    scored: int = 0
    waiting: int = 0
    full: int = 0
    some: int = 0
    none: int = 0
    mean: float = 0.0
    correlation: float | None = None  # of this item's score with that of all other items
    extremes: float | None = None  # the mean part of the points among the best, less that among the weakest
    mistakes: Counter = field(default_factory=Counter)  # name: in how many submissions

    @property
    def passed(self) -> float:
        return self.full / self.scored if self.scored else 0.0


@dataclass
class Figures:
    """A problem set over all its submissions."""

    problem_set: str
    submissions: int
    points: float
    scores: list[float]  # of the submissions that could be examined
    items: list[ItemFigures]
    seconds: list[float]  # that examining each took
    trouble: list[tuple[str, str]]  # (student, sentence)

    @property
    def mistakes(self) -> list[tuple[str, int, list[str]]]:
        """(name, in how many items of submissions, in which items), the commonest first."""
        total, where = Counter(), {}
        for figures in self.items:
            total.update(figures.mistakes)
            for name in figures.mistakes:
                where.setdefault(name, []).append(figures.item)
        return [(name, count, where[name]) for name, count in sorted(total.items(), key=lambda row: (-row[1], row[0]))]


def figures(all_marks: list[Marks]) -> Figures:
    """The figures of the submissions of one problem set.

    The correlation is Pearson's r between an item's score and the sum of all other items, over the submissions that
    were examined; for an item scored 0 or 1 it is the point-biserial correlation, corrected for the item itself.
    """
    examined = [marks for marks in all_marks if not marks.result.trouble]
    items: dict[str, ItemFigures] = {}
    for marks in all_marks:
        for mark in marks.marks:
            items.setdefault(mark.item, ItemFigures(mark.item, mark.points))
    for figure in items.values():
        _count(figure, examined)
    return Figures(
        problem_set=all_marks[0].problem_set, submissions=len(all_marks), points=max(m.points for m in all_marks),
        scores=[marks.score for marks in examined], items=list(items.values()),
        seconds=[marks.result.seconds for marks in examined if marks.result.seconds],
        trouble=[(marks.student, sentence) for marks in all_marks for sentence in _trouble(marks)])


def _count(figure: ItemFigures, examined: list[Marks]) -> None:
    scores, rest = [], []
    for marks in examined:
        for mark in marks.marks:
            if mark.item != figure.item:
                continue
            if mark.by_hand:
                figure.waiting += 1
                continue
            scores.append(mark.score)
            rest.append(marks.earned - mark.score)
            figure.full += mark.score >= mark.points
            figure.none += mark.score <= 0 < mark.points
            figure.mistakes.update(set(mark.verdict.mistakes) if mark.verdict else ())
    figure.scored = len(scores)
    figure.some = figure.scored - figure.full - figure.none
    if scores:
        figure.mean = float(np.mean(scores))
    figure.correlation = correlation(scores, rest)
    figure.extremes = extremes(scores, np.add(scores, rest), figure.points)


def correlation(scores, rest) -> float | None:
    """Pearson's r; None for too few submissions, and where all scored alike."""
    scores, rest = np.asarray(scores, float), np.asarray(rest, float)
    if len(scores) < ENOUGH or np.ptp(scores) < 1e-9 or np.ptp(rest) < 1e-9:
        return None
    return float(np.corrcoef(scores, rest)[0, 1])


def extremes(scores, totals, points: float) -> float | None:
    """The mean part of the points among the best 27 % by total, less that among the weakest 27 %."""
    size = round(EXTREMES * len(scores))
    if len(scores) < ENOUGH or size == 0 or points <= 0:
        return None
    order = np.argsort(totals, kind="stable")
    scores = np.minimum(np.asarray(scores)[order] / points, 1.0)  # extra credit is no better than all points
    return float(scores[-size:].mean() - scores[:size].mean())


def _trouble(marks: Marks):
    if marks.result.trouble:
        yield f"not examined: {marks.result.trouble}"
    for mark in marks.marks:
        if mark.verdict and mark.verdict.fault:
            yield f"{mark.item}: the test is at fault: {mark.verdict.fault}"
        elif mark.verdict and mark.verdict.stopped:
            yield f"{mark.item}: {mark.verdict.stopped}"
