"""The doctor's look at a course: does the gradebook answer, and is everything released as the sources say?"""

import copy
from collections.abc import Iterator
from pathlib import Path

from grading.authoring.source import read_source
from grading.cells import settings
from grading.doctor import MISSING, OK, Finding
from grading.errors import CourseError


def course(root: Path) -> Iterator[Finding]:
    from grading.course import Course

    try:
        here = Course(root)
        names = here.problem_sets()
    except CourseError as error:
        yield Finding("course", MISSING, "; ".join(error.problems))
        return
    yield Finding("course", OK, f"{len(names)} problem sets in {here.root}")
    known = list(gradebook(here))
    yield from known
    try:
        made = {name: _made(here, name) for name in names}
    except CourseError as error:
        yield Finding("sources", MISSING, "; ".join(error.problems))
        return
    stale = [name for name in names if not is_fresh(here, name, made[name])]
    if known[-1].state == OK:
        stale += [name for name in names if name not in stale and not is_entered(here, name, made[name])]
    if stale:
        yield Finding("releases", MISSING, f"older than their sources, or none yet: `course release {' '.join(stale)}`")
    else:
        yield Finding("releases", OK, "what the sources give")


def older_than_source(here, names: list[str]) -> list[str]:
    """The problem sets whose source says by now something else than their release; looked at only where it is newer."""
    found = []
    for name in names:
        source = here.folder("source", name) / f"{name}.md"
        released = here.folder("release", name) / f"{name}.ipynb"
        if source.is_file() and released.is_file() and source.stat().st_mtime > released.stat().st_mtime:
            try:
                made = _made(here, name)
            except CourseError:  # it is being written just now
                found.append(name)
                continue
            if not (is_fresh(here, name, made) and is_entered(here, name, made)):
                found.append(name)
    return found


def gradebook(here) -> Iterator[Finding]:
    """The database answers, and its tables are those of this nbgrader."""
    from sqlalchemy import create_engine, inspect, text
    from sqlalchemy.engine import make_url

    url = make_url(here.directory.db_url)
    name = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        yield Finding("gradebook", MISSING, f"{name} is not there yet: `course release` makes it")
        return
    try:
        engine = create_engine(url)
        with engine.connect() as connection:
            has = inspect(connection).has_table("alembic_version")
            version = connection.execute(text("select version_num from alembic_version")).scalar() if has else None
        engine.dispose()
    except ModuleNotFoundError as error:
        yield Finding("gradebook", MISSING, f"{name} needs {error.name}, which is not installed. For PostgreSQL: "
                      "`pip install -c constraints.txt -e '.[postgresql]'`, and begin the address with "
                      "postgresql+psycopg://")
    except Exception as error:  # each database has errors of its own
        yield Finding("gradebook", MISSING, f"{name} does not answer: {str(error).splitlines()[0]}")
    else:
        newest = _newest_schema()
        if version is None:
            yield Finding("gradebook", MISSING, f"{name} has no tables yet: `course release` makes them")
        elif version != newest:
            yield Finding("gradebook", MISSING, f"{name} has the tables of another nbgrader ({version}, not {newest}): "
                          "keep a copy, then `nbgrader db upgrade`")
        else:
            yield Finding("gradebook", OK, name)


def _newest_schema() -> str:
    import nbgrader
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(Path(nbgrader.__file__).parent / "alembic")).get_current_head()


def _made(here, name: str):
    """What the source gives now, without solutions: as the gradebook should know it."""
    from nbgrader.preprocessors import ClearSolutions

    notebook = read_source(here.folder("source", name) / f"{name}.md")
    return ClearSolutions(config=here.config).preprocess(notebook, {})[0]


def is_fresh(here, name: str, made) -> bool:
    """Whether the release holds the cells that the source gives: their names, points and text."""
    import nbformat
    from nbgrader.preprocessors import ClearHiddenTests

    released = here.folder("release", name) / f"{name}.ipynb"
    if not released.is_file():
        return False
    shown, _ = ClearHiddenTests(config=here.config).preprocess(copy.deepcopy(made), {})
    facts = lambda notebook: [(cell.id, cell.source, settings(cell).get("points")) for cell in notebook.cells]
    return facts(shown) == facts(nbformat.read(released, as_version=4))


def is_entered(here, name: str, made) -> bool:
    """Whether the gradebook has the tests, with the hidden ones, and the points that the source gives."""
    from nbgrader.api import MissingEntry

    with here.gradebook() as gradebook:
        try:
            notebook = gradebook.find_notebook(name, name)
        except MissingEntry:
            return False
        points = {cell.name: cell.max_score for cell in notebook.grade_cells}
        texts = {cell.name: cell.source for cell in notebook.source_cells if cell.locked}
    cells = {settings(cell)["grade_id"]: cell for cell in made.cells if settings(cell)}
    return points == {key: settings(cell)["points"] for key, cell in cells.items() if settings(cell).get("grade")} and (
        texts == {key: cell.source for key, cell in cells.items() if settings(cell).get("locked")}
    )
