"""Commands for what goes back to students and into the course's books: feedback, export, report."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from grading import terminal
from grading.errors import CourseError
from grading.terminal import ProblemSets, finish, open_course, plain, say, table


class Format(StrEnum):
    csv = "csv"
    canvas = "canvas"
    moodle = "moodle"


def feedback(context: typer.Context, problem_sets: ProblemSets = None) -> None:
    """Write one HTML page for each graded submission: feedback/STUDENT/psNN/psNN.html.

    The page shows the score of every item and why, the comments given by hand, the mistakes by name with the section
    of the book to read, and the student's own work. Hidden tests are told by their verdicts; their code stays hidden.
    It holds no script and needs no network.
    """
    course = open_course(context)
    from grading.reports.feedback import feedback as run

    pages, trouble = table("Feedback", "student", "problem set", "page"), False
    with terminal.errors.status("Writing…") as status:
        for student, name, page in run(course, course.problem_sets(problem_sets)):
            status.update(f"Wrote {escape(plain(student))}, {name}")
            pages.add_row(escape(plain(student)), name, escape(plain(page)))
            trouble |= not page.endswith(".html")
    terminal.output.print(pages)
    finish(trouble)


def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Where to write the table.")],
    problem_sets: ProblemSets = None,
    kind: Annotated[Format, typer.Option("--format", help="For a table program, or for the import of a platform.")]
    = Format.csv,
    by_item: Annotated[
        bool, typer.Option("--by-item", help="Canvas: import the items, each as an assignment, and not their total.")
    ] = False,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="PSNN=NAME", help="What the platform calls a problem set; may be given more than once."),
    ] = None,
) -> None:
    """Write the gradebook as a table.

    **csv**: a row for each student and problem set, a column for each item.

    **canvas**, **moodle**: a row for each student, columns for each problem set and its items, as these platforms
    import them. In Canvas, name the assignment by `--column "ps06=Problem set 6 (4711)"`, as its own export does;
    without, Canvas asks. In Moodle, choose for each column of the file what it is.

    Texts that a table program could take for a formula get an apostrophe before them.
    """
    course = open_course(context)
    from grading.reports.export import export as run

    columns = dict(given.partition("=")[::2] for given in column or [])
    if wrong := [given for given in column or [] if "=" not in given]:
        raise CourseError(f"--column {wrong[0]!r} says no name. Write it as ps06=NAME.")
    unknown = [name for name in columns if name not in course.problem_sets()]
    if unknown:
        raise CourseError(f"--column names {', '.join(unknown)}, which is no problem set. Write it as ps06=NAME.")
    sentences: list[str] = []
    names = course.problem_sets(problem_sets) if problem_sets else None
    rows = run(course, file, kind.value, names, by_item, columns, sentences.append)
    terminal.output.print(f"{rows} rows written to {escape(str(file))}")
    say(sentences, "Look at this before you import it:")
    finish(bool(sentences))


def report(context: typer.Context, problem_sets: ProblemSets = None) -> None:
    """How a problem set went: figures of its items, commonest mistakes, trouble, and submissions that are alike.

    A table here, and one HTML page with pictures, reports/psNN.html. Two submissions are alike when their answers have
    a structure in common that hardly anybody else has; the page shows them side by side. That is a reason to look.
    """
    course = open_course(context)
    from grading.reports.report import report as run

    for name in course.problem_sets(problem_sets):
        try:
            with terminal.errors.status(f"Looking at {name}…"):
                found = run(course, name)
        except CourseError as error:
            if problem_sets and len(problem_sets) == 1 or "holds no grades yet" not in str(error):
                raise
            continue
        _tell(found, course.root)


def _tell(found, root: Path) -> None:
    """The tables of one report."""
    figures, show = found.figures, lambda value: "–" if value is None else f"{value:.2f}"
    items = table(f"{figures.problem_set}: {figures.submissions} submissions", "item", "scored", "all points", "mean",
                  "of", "r with the rest", "best − weakest 27 %")
    for item in figures.items:
        items.add_row(item.item, str(item.scored), f"{item.passed:.0%}" if item.scored else "–", f"{item.mean:.2f}",
                      f"{item.points:g}", show(item.correlation), show(item.extremes))
    terminal.output.print(items)
    if figures.mistakes:
        common = (f"{name} {count}×" for name, count, _ in figures.mistakes[:8])
        terminal.output.print("Commonest mistakes: " + ", ".join(common), soft_wrap=True)
    if figures.seconds:
        terminal.output.print(f"Examining took {sum(figures.seconds) / len(figures.seconds):.2f} s a submission, "
                     f"{max(figures.seconds):.1f} s at most.")
    say([f"{student}: {sentence}" for student, sentence in figures.trouble], "Trouble:")
    say([f"{pair.first} and {pair.second}: {pair.bits:.0f} bits in {', '.join(pair.items)}"
         for pair in found.pairs], "Alike in structure (look before you judge):")
    terminal.output.print(f"The page: {escape(str(found.path.relative_to(root)))}")
