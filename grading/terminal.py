"""How the command `course` speaks: tables, sentences, exit status; nothing that a student wrote steers the terminal."""

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

output = Console()
errors = Console(stderr=True)
ProblemSets = Annotated[
    list[str] | None, typer.Argument(metavar="[PSNN]...", help="Problem sets, as ps06; all of them when none is named.")
]


def open_course(context: typer.Context):
    from grading.course import Course  # nbgrader takes seconds to load: not for --help

    return Course(context.obj)


def table(title: str, *columns: str) -> Table:
    made = Table(title=title, title_justify="left")
    for column in columns:
        made.add_column(
            column, justify="right" if column in ("score", "of", "items", "points") else "left", overflow="fold"
        )
    return made


def finish(trouble: bool) -> None:
    raise typer.Exit(1 if trouble else 0)


def plain(text: str) -> str:
    """A student's text, without anything that a terminal would obey."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in text)


def say(sentences: list[str], title: str) -> None:
    if sentences:
        errors.print(f"[bold red]{title}[/]")
    for sentence in sentences:
        errors.print("-", escape(plain(sentence)), soft_wrap=True)
