"""Feedback: one page of HTML for each submission, to be handed back to its student.

It tells the score of every item and what its check said, names the mistake with the section of the book to
read, and shows the student's own work.  It holds no hidden test's source, no other student, no script.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from markupsafe import Markup, escape

from grading.course import Course
from grading.errors import CourseError
from grading.reports import clean
from grading.reports.marks import Mark, Marks, read_marks, released
from grading.reports.pages import render, write_page
from grading.reports.work import AFTER, Shown, by_item, titles
from nnlib.check import MISTAKES
from nnlib.check.book import PLACES, address

ASKED = {"to": "please ", "for": "please hand in "}  # in sentences that were written for the instructor


def feedback(course: Course, problem_sets: list[str]) -> Iterator[tuple[str, str, str]]:
    """Write feedback/STUDENT/psNN/psNN.html; yield (student, problem set, path or what went wrong)."""
    originals = {}
    for marks in read_marks(course, problem_sets):
        name = marks.problem_set
        if name not in originals:
            originals[name] = released(course, name)
        try:
            path = place(course, marks)
            write_page(path, page(marks, originals[name]))
            (path.parent / "result.json").unlink(missing_ok=True)  # a copy that nbgrader made: hidden tests stand in it
            yield marks.student, name, str(path.relative_to(course.root))
        except CourseError as error:
            yield marks.student, name, "; ".join(error.problems)
        except Exception as error:  # whatever a student's file does to us costs nobody else the page
            yield marks.student, name, f"no page could be made ({type(error).__name__}: {error})"


def place(course: Course, marks: Marks) -> Path:
    """Where the page goes.  Raises CourseError for a student's id that leads out of the folder."""
    top = course.folder("feedback", "x", "x").parent.parent
    path = course.folder("feedback", marks.problem_set, marks.student) / f"{marks.problem_set}.html"
    if path.parent.parent.parent != top or path.parent.parent.name != marks.student:
        raise CourseError(f"{marks.student!r} cannot be the name of a folder, so there is no place for the page. "
                          "Give the student an id of letters, digits, `-` and `_`.")
    return path


def page(marks: Marks, original) -> str:
    """The page of one submission, as HTML.  `original` is the notebook that was released."""
    heads, shown = titles(original), Shown()
    work, fault = _work(marks, original)
    items = [_item(mark, heads, [part for cell in work.get(mark.cell, []) for part in _parts(shown, cell)])
             for mark in marks.marks]
    trouble = re.sub(r"ask the student (to|for) ", lambda found: ASKED[found[1]], marks.result.trouble)
    notes = [fault] * bool(fault) + [f"Your file could not be examined: {trouble}"] * bool(trouble) + marks.result.notes
    return render("feedback.html", marks=marks, items=items, notes=notes,
                  more=[part for cell in work.get(AFTER, []) for part in _parts(shown, cell)])


def _work(marks: Marks, original) -> tuple[dict, str]:
    if marks.notebook is None:
        return {}, "" if marks.result.trouble else "There is no graded notebook, so your work is not shown."
    try:
        graded = nbformat.v4.reads(marks.notebook.read_text(encoding="utf-8"))
        return by_item(graded, original), ""
    except (OSError, ValueError, KeyError, AttributeError, TypeError, RecursionError):
        return {}, "The graded notebook is damaged, so your work is not shown."


def _parts(shown: Shown, cell) -> Iterator[tuple[str, Markup]]:
    yield from ((kind, Markup(text)) for kind, text in shown.cell(cell))


def _item(mark: Mark, heads: dict, work: list) -> dict:
    """What the template needs to know about one item."""
    verdict = mark.verdict
    report = ""
    if verdict is not None and verdict.page:
        report = Markup(clean.report(verdict.page, {address(section) for section in PLACES} - {""}))
    elif verdict is not None and verdict.text:
        report = Markup('<pre class="printed">{}</pre>').format(clean.plain(verdict.text))
    return {"mark": mark, "title": heads.get(mark.cell) or mark.item, "state": state(mark), "report": report,
            "mistakes": [mistake_link(name) for name in (verdict.mistakes if verdict else [])], "work": work,
            "said": list(_said(mark))}


def _said(mark: Mark) -> Iterator[str]:
    """Sentences about how the score came about."""
    verdict = mark.verdict
    if verdict is not None:
        if verdict.stopped:
            yield verdict.stopped
        if verdict.fault:
            yield "The test itself is at fault here, not your work. Your instructor has been told and will look at it."
        if mark.given and verdict.earned != mark.score and not verdict.by_hand:
            yield f"The check gave {verdict.earned:g}; a person has set the score to {mark.score:g}."
    if mark.by_hand and not (verdict and verdict.fault):
        yield "A person has still to read this: the score is for now."


def state(mark: Mark) -> tuple[str, str]:
    """(name of the state, the word for it): the word and its sign say what the colour says."""
    if mark.by_hand:
        return "waits", "… waits for a person"
    if mark.score >= mark.points:
        return "full", "✓ all points"
    return ("part", "◐ some points") if mark.score > 0 else ("none", "○ no points")


def mistake_link(name: str) -> Markup:
    """A mistake's name, with a link to the section that explains it where the book has an address."""
    section = MISTAKES[name].section if name in MISTAKES else ""
    head = Markup("<code>{}</code>").format(name)
    if not section:
        return head
    where, text = address(section), f"section {section} of the book"
    link = Markup('<a href="{}">{}</a>').format(where, text) if where else escape(text)
    return Markup("{}: read {}").format(head, link)
