"""One connection to the gradebook for a whole run: waits when another program holds it, notices when it vanishes."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from nbgrader.api import Gradebook
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DatabaseError, OperationalError

from grading.course import Course, quietly
from grading.errors import CourseError

PATIENCE = 60.0  # seconds to wait for another program that holds the gradebook
SAFE = "Nothing is lost: what was examined stands in the journal. Run `course grade` again: it goes on from there."
T = TypeVar("T")


class Connection:
    """The gradebook, open.  `run(act)` calls `act(gradebook)` and bears with other programs that use it."""

    def __init__(self, gradebook: Gradebook, url: URL, say: Callable[[str], None], patience: float):
        self.gradebook, self.say, self.patience = gradebook, say, patience
        self.name = url.render_as_string(hide_password=True)
        self._file = url.database if url.get_backend_name() == "sqlite" else None
        self._identity = self._which()

    def run(self, act: Callable[[Gradebook], T]) -> T:
        """`act(gradebook)`, in a transaction of its own; all or nothing.  Raises CourseError when it cannot be."""
        return patiently(lambda: self._once(act), self.name, self.say, self.patience)

    def _once(self, act):
        session = self.gradebook.db
        try:
            with quietly():
                if self._which() != self._identity:
                    raise CourseError(
                        f"The gradebook {self.name} was deleted or replaced while grading. Put it back from a copy; or "
                        f"run `course release` again, which makes a new one without the scores given by hand. {SAFE}"
                    )
                done = act(self.gradebook)
                session.commit()
                return done
        finally:
            session.rollback()
            session.expunge_all()  # thousands of submissions must not pile up in memory

    def _which(self) -> tuple[int, int] | None:
        """Which file the database is: SQLite would go on writing into a deleted one."""
        if self._file is None:
            return None
        try:
            about = os.stat(self._file)
        except OSError:
            return (0, 0)
        return about.st_dev, about.st_ino


@contextmanager
def connect(
    course: Course, say: Callable[[str], None] = lambda sentence: None, patience: float = PATIENCE
) -> Iterator[Connection]:
    """The course's gradebook, in a `with` block.  `say` gets a plain sentence when there is something to wait for.

    Raises CourseError when it is no database, or stays held or out of reach for longer than `patience` seconds.
    """
    directory = course.directory
    url = make_url(directory.db_url)
    with quietly():
        name = url.render_as_string(hide_password=True)
        gradebook = patiently(lambda: Gradebook(directory.db_url, directory.course_id), name, say, patience)
        if gradebook.engine.dialect.name == "postgresql":
            # Like SQLite: after five seconds at a lock, an error that can be told, instead of silence.
            event.listen(gradebook.engine, "begin", lambda c: c.exec_driver_sql("SET LOCAL lock_timeout = '5s'"))
    try:
        yield Connection(gradebook, url, say, patience)
    finally:
        with quietly():
            gradebook.close()


def patiently(act: Callable[[], T], name: str, say: Callable[[str], None], patience: float) -> T:
    """`act()`; while the database is held or out of reach, say so once and try again for `patience` seconds."""
    deadline, told = time.monotonic() + patience, False
    while True:
        try:
            return act()
        except OperationalError as error:
            reason = str(error.orig).strip().split("\n")[0]
            patient = "sqlite" not in type(error.orig).__module__ or "locked" in reason
            if not patient or time.monotonic() >= deadline:
                waited = f" for {patience:g} seconds" if patient else ""
                raise CourseError(
                    f"The gradebook {name} could not be used{waited} ({reason}). Close the program that holds it "
                    f"(formgrader, another nbgrader, a backup), make room on its disk, or start its server. {SAFE}"
                ) from error
            if not told:
                told = True
                say(f"Waiting for the gradebook {name}: another program holds it, or it is out of reach ({reason}).")
            time.sleep(0.2)
        except DatabaseError as error:
            if "not a database" in str(error.orig) or "malformed" in str(error.orig):
                raise CourseError(
                    f"The gradebook {name} is damaged ({error.orig}). Put it back from a copy; or delete it and run "
                    f"`course release` again. {SAFE}"
                ) from error
            raise
