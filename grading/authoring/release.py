"""Release: source text -> notebook with solutions -> the notebook that students get, and a zip of it to hand out."""

import os
import shutil
import tempfile
import zipfile
from pathlib import Path

from nbgrader.converters import GenerateAssignment

from grading.authoring.leaks import find_leaks, read_bank, secrets
from grading.authoring.links import lost_links
from grading.authoring.source import read_source, write_notebook
from grading.authoring.tried import failing_tests
from grading.cells import is_test, settings
from grading.course import Course
from grading.errors import CourseError

DATE = (1980, 1, 1, 0, 0, 0)  # the zip's files carry no time, so that the same release has the same bytes


def release(course: Course, problem_set: str) -> dict:
    """Write exercises/psNN and releases/psNN.zip from solutions/psNN, and enter its items into the gradebook.

    The student's version is made in a temporary folder, with a gradebook of its own, and searched for secrets; there
    the tests are tried. Only a sound and clean one touches the gradebook and replaces the earlier release.
    Raises CourseError with a sentence for every fault or leak.
    """
    source = course.folder("source", problem_set)
    file = source / f"{problem_set}.md"
    notebook = read_source(file)
    write_notebook(notebook, source / f"{problem_set}.ipynb")
    target = course.folder("release", problem_set)
    with tempfile.TemporaryDirectory() as stage:
        tried = f"sqlite:///{stage}/tried.db"
        course.run(GenerateAssignment, problem_set, release_directory=f"{stage}/tried", db_url=tried)
        made = Path(stage) / "tried" / problem_set
        faults = find_leaks(made, problem_set, secrets(notebook, read_bank(source)))
        faults += lost_links(notebook, str(file), made, target, course.root / "book")
        faults += failing_tests(notebook, str(file), made)
        if faults:
            raise CourseError(*faults)
        _enter(course, problem_set, notebook, f"{stage}/clean")
        _replace(target, Path(stage) / "clean" / problem_set)
    graded = [settings(cell) for cell in notebook.cells if settings(cell).get("grade")]
    return {
        "folder": target,
        "zip": write_zip(target, course.root / "releases" / f"{problem_set}.zip"),
        "items": len(graded),
        "points": sum(item["points"] for item in graded),
        "by hand": len(graded) - sum(map(is_test, notebook.cells)),
        "bank": bool(read_bank(source)),
    }


def _enter(course: Course, problem_set: str, notebook, stage: str) -> None:
    """The items into the gradebook.  Raises CourseError where cells came or went that somebody has handed in."""
    try:
        course.run(GenerateAssignment, problem_set, release_directory=stage)
    except CourseError as error:
        if "Cannot add or remove cells" not in str(error):
            raise
        with course.gradebook() as gradebook:
            before = {cell.name for cell in gradebook.find_notebook(problem_set, problem_set).source_cells}
        now = {settings(cell)["grade_id"] for cell in notebook.cells if settings(cell)}
        differ = {"new": sorted(now - before), "gone": sorted(before - now)}
        told = "; ".join(f"{what}: {', '.join(names)}" for what, names in differ.items() if names)
        raise CourseError(f"{problem_set} has been handed in, so its cells with a grade_id must stay those of its "
                          f"release ({told}). A cell without nbgrader's metadata can be added.") from None


def write_zip(folder: Path, path: Path) -> Path:
    """Pack a released folder for students, as psNN/…: only its files, with nothing of this machine in them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in sorted(file for file in folder.rglob("*") if file.is_file()):
            name = (Path(folder.name) / file.relative_to(folder)).as_posix()
            member = zipfile.ZipInfo(name, DATE)
            member.compress_type, member.external_attr, member.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            archive.writestr(member, file.read_bytes())
    os.replace(new, path)
    return path


def _replace(target: Path, made: Path) -> None:
    """Put a folder in another's place; the old one goes only when the new one lies beside it, complete."""
    new = target.with_name(f".{target.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    shutil.copytree(made, new)
    shutil.rmtree(target, ignore_errors=True)
    new.rename(target)
