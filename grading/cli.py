"""The command `course`: release, collect, grade, feedback, export, and progress for students."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

try:
    import jupytext  # noqa: F401
    import nbformat  # noqa: F401
    import typer
except ImportError as error:
    raise SystemExit(
        f"The command `course` needs {error.name}, which is not installed. "
        "Run `pip install '.[grading]'` in the course's folder."
    ) from None
from rich.markup import escape
from rich.progress import MofNCompleteColumn, Progress, TextColumn

from grading import hand_back, hand_out_and_in
from grading.errors import CourseError
from grading.terminal import ProblemSets, errors, finish, open_course, output, plain, say, table

app = typer.Typer(
    name="course",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="""From one source to a grade.

The road of a problem set, one command a step:

1. **course release ps06** - solutions/ps06/ps06.md becomes exercises/ps06/ps06.ipynb, without solutions
2. **course collect handed_in/** - what students handed in goes to submitted/
3. **course grade ps06** - the tests examine the answers, which run in a sandbox; scores go to gradebook.db
4. **course feedback ps06** - one HTML page for each student in feedback/
5. **course export grades.csv** - the gradebook as a table, also for Canvas and Moodle
6. **course report ps06** - how the items went, and whose answers are alike

Before the first: **course doctor** says what is missing on this machine, and how to get it.

Students' code runs in a sandbox only; **course doctor** says whether this machine has one.

Exit status: 0 all went well, 1 something needs you (the table says what), 2 nothing could be done.
""",
)


@app.callback()
def choose(
    context: typer.Context,
    course: Annotated[Path, typer.Option(help="The folder of the course: the one with nbgrader_config.py.")] = Path(
        "."
    ),
) -> None:
    context.obj = course


for command in (hand_out_and_in.release, hand_out_and_in.collect, hand_out_and_in.doctor):
    app.command()(command)


@app.command()
def grade(
    context: typer.Context,
    problem_sets: ProblemSets = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="How many submissions at a time; as many as there are cores, if not said.")
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Examine on the machines of a dask scheduler, as tls://host:8786."),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Examine all anew, also what did not change.")] = False,
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="Without a sandbox, where there is none: only if you trust every student.")
    ] = False,
) -> None:
    """Run the tests on every submission and enter the scores.

    Only what is new is examined: a submission, a test or a check that changed. The rest is in the journal
    (.grading/journal.jsonl). So a run that was stopped anywhere goes on when it is started again. Scores and
    comments given by hand stay; if the answer changed, the item waits for you again.

    A submission that cannot be graded is one row with the reason, has 0 points for now and waits for you; everybody
    else is graded. A fault of a test is said below the table; its item has 0 points for now and waits for you.
    """
    if workers and scheduler:
        raise CourseError("--workers is for this machine and --scheduler for others: give one of the two.")
    course = open_course(context)
    from grading.course_doctor import older_than_source
    from grading.records.grade import grade as run
    from grading.records.grade import local, remote, submissions

    names, rows = course.problem_sets(problem_sets), []
    with suppress(CourseError):  # told by `run`, with what comes before it
        rows = submissions(course, names)
    bar = Progress(*Progress.get_default_columns(), MofNCompleteColumn(), TextColumn("{task.fields[who]}"),
                   console=errors, transient=True)
    grades, graded = table("Grades", "student", "problem set", "score", "of", "by hand", "notes"), []
    faults, trouble = [], False
    try:
        with bar, (remote(scheduler) if scheduler else local(workers)) as where:
            task = bar.add_task("Grading", total=len(rows), who="")
            tell = lambda sentence: bar.console.print(escape(plain(sentence)), soft_wrap=True)
            for row in run(course, names, where, again=again, unsafe=unsafe, say=tell):
                bar.update(task, advance=1, who=escape(plain(f"{row.student} {row.problem_set}")))
                graded.append(row)
    except KeyboardInterrupt:
        errors.print("Stopped. What was examined is kept: the next `course grade` goes on from there.")
        trouble = True
    finally:
        for row in sorted(graded, key=lambda row: (row.problem_set, row.student)):
            notes = [f"not graded: {row.trouble}"] * bool(row.trouble) + row.notes
            by_hand = "all" if row.trouble else ", ".join(row.by_hand)
            score, points = f"{round(row.score, 3):g}", f"{row.max_score:g}"
            cells = (row.student, row.problem_set, score, points, by_hand, "\n".join(notes))
            grades.add_row(*(escape(plain(cell)) for cell in cells))
            faults += [fault for fault in row.faults if fault not in faults]
            trouble |= bool(row.trouble)
        if graded:
            output.print(grades)
        say(faults, "Faulty tests:")
        say([f"{name}: its source says something else by now. `course release {name}`, then `course grade {name}`."
             for name in older_than_source(course, names)], "Graded as released:")
    finish(trouble or bool(faults))


for command in (hand_back.feedback, hand_back.export, hand_back.report):
    app.command()(command)


@app.command()
def progress(
    folder: Annotated[Path, typer.Argument(help="The folder that holds your notebooks.")] = Path("."),
) -> None:
    """For students: which items pass and which are open, by the visible tests.

    Reads what the checks have kept beside the notebooks. Nothing is sent anywhere.
    """
    from nnlib.check import standing

    rows = standing.table(folder)
    if not rows:
        raise CourseError(f"There is no notebook of a problem set in {folder}, and no check has been run there. "
                          "Go to the folder of your notebooks, or name it: `course progress FOLDER`.")
    output.print(escape(standing.as_text(rows)), highlight=False, soft_wrap=True)


def main() -> None:
    """Run the command; what is wrong with the course is said in sentences, never by a traceback."""
    try:
        app()
    except CourseError as error:
        say(error.problems, "This did not work:")
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
