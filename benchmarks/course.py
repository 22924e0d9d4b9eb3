"""Grading beside its peers: `course grade` in its sandbox, `nbgrader autograde`, and otter-grader's in-process run.

    python benchmarks/course.py [SUBMISSIONS]

Two problem sets, one on NumPy and one on PyTorch; every student's answers are right ones of the bank, written in
different ways. The three graders see the same notebooks and run the same test cells, in turns, in this one run.

- steady state: submissions a second, from the difference of two runs of different size: starting does not count;
- whole process: from the command to its end, starting included. For the peers it is the time of starting plus the
  submissions times their steady time: 200 of theirs would take a quarter of an hour;
- one warm submission: the median by the clock of `examine`, one after the other.

otter-grader is measured when it can be imported (`pip install otter-grader`). Writes results/course.json.
"""

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import nbformat

from grading.authoring.bank import fill, read_answers, solved
from grading.authoring.release import release
from grading.authoring.source import read_source, write_notebook
from grading.cells import is_answer, is_test, settings
from grading.course import Course
from grading.engine.examine import examine
from grading.engine.jail import wall
from grading.records.job import Job, master_notebook

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results" / "course.json"
SETS = {"ps07": "numpy", "ps08": "torch"}
GOALS = {  # times as fast
    "numpy": {"steady nbgrader": 20, "steady otter": 40, "whole nbgrader": 16},
    "torch": {"steady nbgrader": 30, "steady otter": 40, "whole nbgrader": 25},
}
WARM_GOAL = 0.4  # seconds
STOCK = """c = get_config()
c.CourseDirectory.source_directory, c.CourseDirectory.release_directory = "solutions", "exercises"
"""
OTTER_TEST = """OK_FORMAT = False
from otter.test_files import test_case
name, points = {name!r}, {points!r}

@test_case(points={points!r})
def test_it(env):
    exec({source!r}, env)
    assert env["t"].earned == {points!r}
"""


def right_answers(problem_set):
    """For each item, all right answers of the bank and the solution."""
    source = read_source(ROOT / "solutions" / problem_set / f"{problem_set}.md")
    answers = {settings(c)["grade_id"]: [solved(source, settings(c)["grade_id"])] for c in source.cells if is_answer(c)}
    for answer in read_answers(ROOT / "solutions" / problem_set / "bank.md"):
        if answer.kind == "right":
            answers[answer.item].append(answer.code)
    return answers


def make_course(root, problem_set, students, config=None):
    """A course with a released problem set, and so many students who handed in."""
    shutil.copytree(ROOT / "solutions" / problem_set, root / "solutions" / problem_set,
                    ignore=shutil.ignore_patterns("*.ipynb"))
    shutil.copy(ROOT / "nbgrader_config.py", root)
    course = Course(root)
    release(course, problem_set)
    released = nbformat.read(course.folder("release", problem_set) / f"{problem_set}.ipynb", as_version=4)
    answers = right_answers(problem_set)
    for k in range(students):
        filled = fill(released, {item: codes[k % len(codes)] + f"\n# {k}\n" for item, codes in answers.items()})
        folder = course.folder("submitted", problem_set, f"student-{k:03}")
        folder.mkdir(parents=True)
        write_notebook(filled, folder / f"{problem_set}.ipynb")
    if config:
        (root / "nbgrader_config.py").write_text(config)
    return course


def timed(command, cwd, environment=None):
    began = time.perf_counter()
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env={**os.environ, **(environment or {})})
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return time.perf_counter() - began


def ours(folder, problem_set, students):
    course = make_course(folder, problem_set, students)
    return timed([sys.executable, "-m", "grading", "grade", problem_set], course.root)


def nbgraders(folder, problem_set, students):
    course = make_course(folder, problem_set, students, STOCK)
    return timed([sys.executable, "-m", "nbgrader", "autograde", problem_set], course.root)


def otters(folder, problem_set, students):
    """The same test cells as otter's tests; each is right when all its points are earned."""
    course = make_course(folder, problem_set, students)
    source = nbformat.read(course.folder("source", problem_set) / f"{problem_set}.ipynb", as_version=4)
    with zipfile.ZipFile(folder / "autograder.zip", "w") as archive:
        archive.writestr("otter_config.json", json.dumps({"lang": "python"}))
        for cell in filter(is_test, source.cells):
            name, points = settings(cell)["grade_id"].replace("-", "_"), float(settings(cell)["points"])
            archive.writestr(f"tests/{name}.py", OTTER_TEST.format(name=name, points=points, source=cell.source))
    program = (
        "import sys, glob; from otter.api import grade_submission\n"
        "for path in sorted(glob.glob('submitted/*/*/*.ipynb')):\n"
        "    r = grade_submission(path, 'autograder.zip', quiet=True)\n"
        "    assert r.total == r.possible, (path, r.total, r.possible)\n"
    )
    return timed([sys.executable, "-c", program], folder)


def examined(folder, problem_set, students):
    """Seconds of each warm call of `examine`."""
    course = make_course(folder, problem_set, students)
    with course.gradebook() as gradebook:
        master = master_notebook(course, gradebook, problem_set)
    jobs = [Job(problem_set, master, path.read_bytes()) for path in sorted(course.root.glob("submitted/*/*/*.ipynb"))]
    times = []
    for job in jobs[:2] + jobs:
        began = time.perf_counter()
        result = examine(job)
        times.append(time.perf_counter() - began)
        points = sum(verdict.points for verdict in result.verdicts.values())
        assert result.earned == points, "every answer is a right one"
    return times[2:]


def measure(run, problem_set, few, many):
    """(seconds to start, seconds a submission)"""
    took = {}
    for students in (few, many):
        with tempfile.TemporaryDirectory() as folder:
            took[students] = run(Path(folder) / "course", problem_set, students)
    each = (took[many] - took[few]) / (many - few)
    return took[few] - few * each, each


def one_set(problem_set, count):
    rows = {}
    for name, run, few, many in (("nbgrader", nbgraders, 2, 6), ("ours", ours, count // 10, count),
                                 ("otter", otters, 1, 3), ("nbgrader again", nbgraders, 2, 6)):
        if name == "otter" and find_spec("otter") is None:
            print("otter-grader is not installed: not measured")
            continue
        start, each = measure(run, problem_set, few, many)
        rows[name] = {"start_s": round(start, 2), "each_s": round(each, 3), "per_s": round(1 / each, 3),
                      "whole_s": round(start + count * each, 1)}
        print(f"{problem_set} {name:15} start {start:6.2f} s   each {each:6.3f} s   {1 / each:6.3f} a second   "
              f"{count} in {start + count * each:7.1f} s", flush=True)
    again = rows.pop("nbgrader again")
    for key in rows["nbgrader"]:
        rows["nbgrader"][key] = round((rows["nbgrader"][key] + again[key]) / 2, 3)
    with tempfile.TemporaryDirectory() as folder:
        warm = statistics.median(examined(Path(folder) / "course", problem_set, 12))
    each = {name: row["each_s"] for name, row in rows.items()}
    ratios = {f"steady {peer}": round(each[peer] / each["ours"], 1) for peer in each if peer != "ours"}
    ratios["whole nbgrader"] = round(rows["nbgrader"]["whole_s"] / rows["ours"]["whole_s"], 1)
    for what, ratio in ratios.items():
        print(f"{problem_set} {what}: {ratio} times as fast (goal {GOALS[SETS[problem_set]][what]})")
    print(f"{problem_set} one warm submission: {warm:.3f} s at the median (goal {WARM_GOAL})", flush=True)
    return {"libraries": SETS[problem_set], "rows": rows, "times_as_fast": ratios, "warm_median_s": round(warm, 3)}


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    load = os.getloadavg()[0]
    table = {problem_set: one_set(problem_set, count) for problem_set in SETS}
    about = {"date": date.today().isoformat(), "python": platform.python_version(), "submissions": count,
             "cores": len(os.sched_getaffinity(0)), "load_before": round(load, 2), "sandbox": wall()}
    RESULTS.write_text(json.dumps({**about, "sets": table}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
