"""The commands `course release`, `course collect` and `course doctor`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from grading import terminal
from grading.errors import CourseError
from grading.terminal import ProblemSets, finish, open_course, plain, say, table


def release(context: typer.Context, problem_sets: ProblemSets = None) -> None:
    """Make the student's notebooks from the sources.

    Reads solutions/psNN/psNN.md, checks it, takes out solutions and hidden tests, writes exercises/psNN/
    and, to hand out, releases/psNN.zip with the same files; enters the items into the gradebook.
    Refuses, and says where, when a test fails by itself: tried on your own answers and on the untouched exercise.
    And when students would get a solution, a hidden test or an answer of the bank: in prose, outputs, metadata,
    file names, or packed in pictures, PDFs and archives. The earlier release then stays.
    """
    course = open_course(context)
    from grading.authoring.release import release as run

    rows, trouble, advice = table("Released", "problem set", "items", "points", "by hand", "where", "zip"), [], []
    for name in course.problem_sets(problem_sets):
        try:
            done = run(course, name)
        except CourseError as error:
            trouble += error.problems
            continue
        rows.add_row(
            name,
            str(done["items"]),
            f"{done['points']:g}",
            str(done["by hand"]),
            str(done["folder"].relative_to(course.root)),
            str(done["zip"].relative_to(course.root)),
        )
        if not done["bank"]:
            advice.append(f"{name} has no bank.md: its tests were tried on no other answers than your own.")
    if rows.rows:
        terminal.output.print(rows)
    say(advice, "Released, but:")
    say(trouble, "Not released:")
    finish(bool(trouble))


def collect(
    context: typer.Context,
    source: Annotated[
        Path, typer.Argument(metavar="FOLDER|ZIP", help="What the LMS gave: a zip file, or a folder of submissions.")
    ],
    roster: Annotated[
        Path | None,
        typer.Option(help="Who is in the course, as CSV; else roster.csv in the course's folder, if it is there."),
    ] = None,
    problem_set: Annotated[
        list[str] | None, typer.Option(help="Only this problem set; may be given more than once.")
    ] = None,
) -> None:
    """Take in what students handed in.

    Knows the bulk downloads of Canvas and Moodle, nbgrader's exchange, and a folder (or zip) for each student:
    STUDENT/psNN.ipynb. Takes notebooks, only of students in the roster if there is one, into submitted/; every
    attempt stays in attempts/. Nothing is run or unpacked; links, `..` and archive bombs are left alone.

    The roster is a table with a column id (and first_name, last_name, email, lms_user_id), the gradebook that
    Canvas exports, or Moodle's list of participants or grading worksheet. The table below says who and what
    needs you; everybody else is collected. Collecting the same again changes nothing.
    """
    course = open_course(context)
    from grading.hand_in.collect import collect as run
    from grading.hand_in.roster import read_roster

    names = course.problem_sets(problem_set)
    if not problem_set:
        names = [name for name in names if course.folder("release", name).is_dir()] or names
    usual = course.root / "roster.csv"
    roster = roster or (usual if usual.is_file() else None)
    with terminal.errors.status("Collecting…"):
        lines = run(course, source, names, read_roster(roster) if roster else None, all_asked=bool(problem_set))
    rows = table("Needs you", "student", "problem set", "taken", "notes")
    for line in lines:
        if line.notes:
            rows.add_row(shown(line.student), line.problem_set, "yes" if line.taken else "no",
                          "\n".join(map(shown, line.notes)))
    if rows.rows:
        terminal.output.print(rows)
    for name in sorted({line.problem_set for line in lines} - {"-"}):
        here = [line for line in lines if line.problem_set == name]
        new, there = sum(line.taken and line.new for line in here), sum(line.taken and not line.new for line in here)
        terminal.output.print(f"{name}: {new} collected, {there} already there, {len(here) - new - there} not")
    finish(bool(rows.rows))


def doctor(context: typer.Context) -> None:
    """Say what is missing on this machine, or in the course, and how to get it.

    Looks and changes nothing: Python and packages, the sandbox, memory and disk, the gradebook, and whether
    everything is released as the sources say. Exit status 1: grading could not run, would not be safe, or
    would go wrong.
    """
    from grading.doctor import MISSING, examine

    rows, trouble = table("This machine and this course", "", "state", "what to know, or to do"), False
    colours = {"ok": "green", "advice": "yellow", "missing": "bold red"}
    for found in examine(context.obj):
        rows.add_row(found.what, f"[{colours[found.state]}]{found.state}[/]", escape(plain(found.says)))
        trouble |= found.state == MISSING
    terminal.output.print(rows)
    finish(trouble)


def shown(text: str) -> str:
    return escape(plain(text).replace("\n", " "))
