"""Grade: the controller.  It hands jobs to workers, and is the only one who writes: journal first, gradebook second.

    submitted/ ─▶ Job ─▶ examine, on some worker ─▶ Result ─▶ journal ─▶ record ─▶ Row

Workers get bytes and give back plain data; they never see a path or the gradebook's address.  Any executor that
gives futures will do: threads here (each examination drives processes of its own), dask.distributed elsewhere.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from grading.course import Course
from grading.engine.result import Result
from grading.errors import CourseError
from grading.records.gradebook import SAFE, connect
from grading.records.job import Job, limits, master_notebook, read_submission
from grading.records.journal import Journal
from grading.records.record import Row, record

TRIES = 2  # a worker may die of something that has nothing to do with the submission


@dataclass
class Workers:
    """Where jobs run, and how many at a time."""

    executor: Executor
    number: int


def submissions(course: Course, problem_sets: list[str]) -> list[tuple[str, str]]:
    """(student, problem set) of everything under submitted/.  Raises CourseError when there is nothing."""
    top = course.folder("submitted", "x", "x").parent.parent
    names = sorted(path.name for path in top.iterdir() if not path.name.startswith(".")) if top.is_dir() else []
    found = [(name, one) for one in problem_sets for name in names if (top / name / one).is_dir()]
    if not found:
        raise CourseError(
            f"There are no submissions of {', '.join(problem_sets)} in {top}. "
            "Collect them first: `course collect FOLDER`."
        )
    return found


def grade(
    course: Course,
    problem_sets: list[str],
    workers: Workers | None = None,
    examine: Callable[[Job], Result] | None = None,
    again: bool = False,
    unsafe: bool = False,
    say: Callable[[str], None] = lambda sentence: None,
) -> Iterator[Row]:
    """Examine what the journal does not hold yet (`again`: everything), record everything; yield a Row for each.

    `unsafe` lets a machine without a sandbox run the students' code all the same.

    One submission's trouble is one row and stops nobody else.  Killed anywhere and started again, it ends
    with the same gradebook.  Raises CourseError when nothing can be done: no release, no gradebook, no sandbox.
    """
    if workers is None:
        with local() as workers:
            yield from grade(course, problem_sets, workers, examine, again, unsafe, say)
            return
    if examine is None:
        from grading.engine.examine import examine
    if unsafe:
        examine = partial(examine, unsafe=True)
    place = course.root / ".grading"
    with alone(place), connect(course, say) as connection, Journal(place / "journal.jsonl") as journal:
        masters = {name: connection.run(lambda g, name=name: master_notebook(course, g, name)) for name in problem_sets}
        tasks = (_task(course, *one, masters, unsafe) for one in submissions(course, problem_sets))
        used = set()
        for task in _examined(tasks, workers, examine, journal, again):
            used.add(task.key)
            yield record(course, task.student, task.problem_set, task.result, connection, task.known)
        # All is recorded: what nobody's submission leads to any more goes.
        others = {key for key in journal.keys() if key.split(":")[0] not in problem_sets}
        journal.keep(used | others)


@dataclass
class _Task:
    """One submission on its way to a result."""

    student: str
    problem_set: str
    job: Job | None = None  # None: there was nothing to examine
    key: str = ""
    known: Result | None = None  # what the journal holds of this submission
    result: Result | None = None
    tries: int = 0


def _task(course: Course, student: str, problem_set: str, masters: dict[str, bytes], unsafe: bool) -> _Task:
    submitted, trouble = read_submission(course, student, problem_set)
    if trouble:
        return _Task(student, problem_set, result=Result(trouble=trouble))
    job = Job(problem_set, masters[problem_set], submitted, limits(course.config, problem_set, student))
    return _Task(student, problem_set, job, job.key + ":unsafe" * unsafe)  # believed by other unsafe runs only


def _examined(tasks, workers: Workers, examine, journal: Journal, again: bool) -> Iterator[_Task]:
    """The tasks with their results, in the order in which these come.  Every new result is in the journal by then."""
    running: dict[Future, _Task] = {}
    try:
        for task in tasks:
            task.known = journal.find(task.key)
            if not again:
                task.result = task.result or task.known
            if task.result:
                yield task
                continue
            running[_start(task, workers, examine)] = task
            if len(running) >= 2 * workers.number:  # enough to keep all busy; not every submission in memory
                yield from _finished(running, workers, examine, journal)
        while running:
            yield from _finished(running, workers, examine, journal)
    finally:
        for future in running:
            future.cancel()


def _finished(running: dict[Future, _Task], workers: Workers, examine, journal: Journal) -> Iterator[_Task]:
    """Wait until something is finished; give it, or start it once more when its worker died."""
    for future in wait(running, return_when=FIRST_COMPLETED).done:
        task = running.pop(future)
        try:
            task.result = future.result()
        except CourseError:  # no sandbox on this machine, say: it would be the same for all
            raise
        except (Exception, CancelledError) as error:
            if task.tries < TRIES:
                running[_start(task, workers, examine)] = task
                continue
            reason = f"{type(error).__name__}: {error}".split("\n")[0]
            task.result = Result(trouble=f"the examiner itself failed twice ({reason}); run `course grade` again")
        else:
            journal.append(task.key, task.result)
        yield task


def _start(task: _Task, workers: Workers, examine) -> Future:
    task.tries += 1
    try:
        return workers.executor.submit(examine, task.job)
    except Exception as error:
        raise CourseError(f"The workers are gone ({type(error).__name__}: {error}). {SAFE}") from error


@contextmanager
def alone(place: Path) -> Iterator[None]:
    """One `course grade` at a time in a course; the lock goes with its process, however that ends."""
    place.mkdir(exist_ok=True)
    try:
        with FileLock(place / "lock", timeout=0):
            yield
    except Timeout:
        raise CourseError("Another `course grade` is at work on this course. Wait until it has finished.") from None


@contextmanager
def local(number: int | None = None) -> Iterator[Workers]:
    """Workers on this machine, as many as it has cores: threads, since each examination drives its own processes."""
    number = number or (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    executor = ThreadPoolExecutor(number, thread_name_prefix="examine")
    try:
        yield Workers(executor, number)
    finally:
        executor.shutdown(cancel_futures=True)


@contextmanager
def remote(address: str) -> Iterator[Workers]:
    """Workers of a dask.distributed scheduler, tcp://HOST:PORT or tls://…; a lost worker's jobs go to others."""
    try:
        from distributed import Client
    except ImportError:
        raise CourseError("--scheduler needs dask. Run `pip install '.[dask]'` here and on every worker.") from None
    try:
        client = Client(address, timeout="10s")
    except Exception as error:
        raise CourseError(
            f"No dask scheduler answers at {address} ({error}). Start one with `dask scheduler`, and on each "
            "machine `dask worker ADDRESS`."
        ) from error
    with client:
        number = sum(client.ncores().values())
        if not number:
            raise CourseError(f"The scheduler at {address} has no workers. Start some: `dask worker {address}`.")
        yield Workers(client.get_executor(pure=False), number)
