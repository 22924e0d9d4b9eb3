"""A course on disk: its folders, its nbgrader settings, its gradebook."""

import copy
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning
from traitlets.config import PyFileConfigLoader
from traitlets.log import get_logger

from grading.errors import CourseError

SETTINGS = "nbgrader_config.py"


class Course:
    """The course in a folder.  `root` must hold nbgrader_config.py; every path comes from there."""

    def __init__(self, root: Path | str = "."):
        self.root = Path(root).resolve()
        if not (self.root / SETTINGS).is_file():
            raise CourseError(
                f"There is no course in {self.root}: it holds no {SETTINGS}. "
                "Go to the folder of the course, or name it: `course --course FOLDER …`."
            )
        self.config = PyFileConfigLoader(SETTINGS, path=str(self.root)).load_config()
        self.config.CourseDirectory.root = str(self.root)
        self.directory = CourseDirectory(config=self.config)
        # nbgrader starts `alembic` as a program: it lies beside the Python that runs us.
        programs = str(Path(sys.executable).parent)
        if programs not in os.environ.get("PATH", "").split(os.pathsep):
            os.environ["PATH"] = programs + os.pathsep + os.environ.get("PATH", "")

    def folder(self, step: str, problem_set: str, student: str = ".") -> Path:
        """The folder of one step: "source", "release", "submitted", "autograded" or "feedback"."""
        return Path(
            os.path.normpath(
                self.directory.format_path(getattr(self.directory, f"{step}_directory"), student, problem_set)
            )
        )

    def problem_sets(self, asked: list[str] | None = None) -> list[str]:
        """The problem sets asked for, or all that have a source.  Raises CourseError for an unknown one."""
        sources = self.folder("source", "x").parent
        known = sorted(path.name for path in sources.glob("*") if (path / f"{path.name}.md").is_file())
        unknown = [name for name in asked or [] if name not in known]
        if unknown:
            raise CourseError(
                *(
                    f"There is no problem set {name!r}: {sources / name / (name + '.md')} is missing. "
                    f"Known are: {', '.join(known) or 'none'}."
                    for name in unknown
                )
            )
        if not known:
            raise CourseError(f"There is no problem set in {sources}. The source of one is psNN/psNN.md.")
        return list(asked or known)

    @contextmanager
    def gradebook(self) -> Iterator[Gradebook]:
        """The gradebook, in a `with` block."""
        with quietly(), Gradebook(self.directory.db_url, self.directory.course_id) as gradebook:
            yield gradebook

    def run(self, converter: type, problem_set: str, student: str | None = None, **changes: str) -> list[str]:
        """Run one of nbgrader's converters; return what its log says from warnings upward.

        `changes` replace settings of the course's folders for this run.
        Raises CourseError when nbgrader fails: our own sentences as they are, its own by their last line.
        """
        config = copy.deepcopy(self.config)
        config.CourseDirectory.update(assignment_id=problem_set, **changes)
        directory = CourseDirectory(config=config)
        if student is not None:
            directory.student_id = student
        app = converter(coursedir=directory, config=config)
        app.force = True
        log = _Log()
        logger = get_logger()
        logger.addHandler(log)
        try:
            with quietly():
                app.start()
        except CourseError:
            raise
        except Exception as error:
            ours = [record.exc_info[1] for record in log.records if record.exc_info]
            raise CourseError(*_sentences(log, error)) from (ours[-1] if ours else error)
        finally:
            logger.removeHandler(log)
        return [record.getMessage() for record in log.records]


@contextmanager
def quietly() -> Iterator[None]:
    """Keep back the warnings that nbgrader's own use of its libraries causes; no instructor can act on them."""
    with warnings.catch_warnings():
        for category in (SAWarning, DeprecationWarning, PendingDeprecationWarning, FutureWarning):
            warnings.filterwarnings("ignore", category=category)
        yield


class _Log(logging.Handler):
    """Keeps what nbgrader says, so that it can be reported in a sentence."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.records = []

    def emit(self, record):
        self.records.append(record)


def _sentences(log: _Log, error: Exception) -> list[str]:
    """What went wrong, without a traceback: nbgrader logs the cause and raises something general."""
    for record in log.records:
        text = record.getMessage()
        if text.startswith("Traceback"):
            lines = text.strip().split("\n")
            start = max(number for number, line in enumerate(lines) if line.startswith((" ", "Traceback"))) + 1
            name, _, message = "\n".join(lines[start:]).partition(": ")
            if name.endswith("CourseError"):
                return message.split("\n")
            return [f"nbgrader failed with {name.split('.')[-1]}{': ' if message else ''}{message.split(chr(10))[0]}"]
    return [str(error) or type(error).__name__]
