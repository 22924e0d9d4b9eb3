"""What comes after grading, on a large class: reading the marks, similarity, the report, feedback pages, exports.

    python benchmarks/hand_back.py [STUDENTS]

A class of 500 on one problem set of eight test items and a text. Every answer is drawn from the bank, right or wrong;
what examining said is written as it would be, without examining. CPU seconds, one process.
Writes results/hand_back.json.
"""

import json
import platform
import random
import shutil
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import nbformat

from grading.authoring.bank import fill, read_answers
from grading.authoring.release import release
from grading.cells import is_test, settings
from grading.course import Course
from grading.engine.result import Result, Verdict
from grading.records.gradebook import connect
from grading.records.record import record
from grading.reports.export import export
from grading.reports.feedback import feedback
from grading.reports.marks import read_marks, released
from grading.reports.report import report
from grading.reports.similarity import read_answers as fingerprinted
from grading.reports.similarity import similar

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results" / "hand_back.json"
PS = "ps07"


def make_class(course, students):
    """A course with that many recorded submissions, drawn from the bank."""
    release(course, PS)
    original, chance = released(course, PS), random.Random(0)
    answers = {}
    for answer in read_answers(course.folder("source", PS) / "bank.md"):
        answers.setdefault(answer.item, []).append(answer)
    with connect(course) as connection:
        for number in range(students):
            drawn = {item: chance.choice(all_of_it) for item, all_of_it in answers.items()}
            notebook = fill(original, {item: answer.code for item, answer in drawn.items()})
            verdicts = {}
            for cell in filter(is_test, notebook.cells):
                name, points = settings(cell)["grade_id"], settings(cell)["points"]
                answer = drawn[name.removeprefix("test-")]
                verdicts[name] = Verdict(name, points, points if answer.kind == "right" else 0.0, list(answer.mistakes))
            record(course, f"s{number:04}", PS, Result(verdicts, nbformat.writes(notebook), seconds=0.2), connection)


def measured(act):
    """(CPU seconds, what it gave)."""
    start = time.process_time()
    done = act()
    return round(time.process_time() - start, 2), done


def main(students):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copy(ROOT / "nbgrader_config.py", root)
        shutil.copytree(ROOT / "solutions" / PS, root / "solutions" / PS, ignore=shutil.ignore_patterns("*.ipynb"))
        course = Course(root)
        make_class(course, students)
        rows, original = {}, released(course, PS)
        rows["reading the marks"], marks = measured(lambda: read_marks(course, [PS]))
        read = lambda path: nbformat.v4.reads(path.read_text(encoding="utf-8"))
        rows["fingerprints of all answers"], answers = measured(
            lambda: {m.student: fingerprinted(read(m.notebook), original) for m in marks})
        rows["comparing all pairs"], _ = measured(lambda: similar(answers))
        rows["course report, all of it"], _ = measured(lambda: report(course, PS))
        rows["course feedback, all pages"], pages = measured(lambda: list(feedback(course, [PS])))
        rows["course export, three formats"], _ = measured(
            lambda: [export(course, root / "x.csv", kind) for kind in ("csv", "canvas", "moodle")])
    assert len(pages) == students
    for name, seconds in rows.items():
        print(f"{name:32}{seconds:8.2f} s")
    RESULTS.write_text(json.dumps({
        "date": str(date.today()), "python": platform.python_version(), "students": students,
        "answers": sum(map(len, answers.values())), "cpu_seconds": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
