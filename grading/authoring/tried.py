"""Every test of a problem set, tried before its release: on the untouched exercise, and on the author's own answers.

Only the author's code runs here, never a student's.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from grading.authoring.bank import Score, score, untouched
from grading.cells import is_test, settings
from nnlib import check

SLOW = (
    " It ran out of time. If this machine is only busy, release again later, or with the environment variable "
    "NNLIB_PATIENCE set to 5, which makes every limit five times as long. Else give the item more, "
    "as `check.item(…, seconds=20)`."
)


def failing_tests(notebook, file: str, folder: Path) -> Iterator[str]:
    """One sentence for every test of a source that fails by itself, or earns what it should not.

    The cells run in `folder`, where the released assets lie.
    """
    empty = untouched(notebook)
    for number, cell in enumerate(notebook.cells, start=1):
        if not is_test(cell):
            continue
        name, whole = settings(cell)["grade_id"], settings(cell)["points"]
        where, item = f"{file}, cell {number} ({name})", name.removeprefix("test-")
        try:
            with contextlib.chdir(folder):
                nothing, own = score(empty, item), score(notebook, item)
        except check.AuthorError as error:
            yield f"{where}: {str(error).splitlines()[0]}"
            continue
        if own.points != whole:
            yield f"{where}: your own answer earns {own.points:g} of {whole:g} points. {_why(own)}"
        if nothing.points:
            yield (f"{where}: the untouched exercise earns {nothing.points:g} of {whole:g} points. "
                   "Let each test call what students write, and ask for what `raise NotImplementedError` cannot give.")


def _why(own: Score) -> str:
    told = " ".join(own.report.split())
    before = f" Before it, {own.before}." if own.before else ""
    return f"The test says: {told[:400]}{'…' * (len(told) > 400)}{before}{SLOW * own.slow}"
