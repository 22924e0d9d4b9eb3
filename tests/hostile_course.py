"""A tiny course, honest submissions and the hostile corpus: what tests/test_hostile.py grades in one batch.

A file of the corpus says in its first line what it tries. Behind it stand, between lines `# %% name`, the cells that
are not honest: an answer's, or extra cells `before` and `after` all others; every other answer is right. Or it holds a
function `submitted(honest)`, which makes the bytes of the file, or `archive(place, honest, outside)`, which makes what
is collected. Lines `# key: value` at the head:

    spoils: names     answers that are right, and may lose their points by what the submission does to itself
    never: WORD       may not stand in any output: the attack would have succeeded
    trouble: words    of the sentence with which the file is refused
    again: yes        it is handed in after an honest one has been graded
    set: ps08         the cells are answers of this problem set, not of the tiny one
"""

import json
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.converters import GenerateAssignment
from small_course import cell as new_cell
from small_course import real_course

from grading.authoring.source import KERNEL, write_notebook
from grading.cells import settings
from grading.course import Course

CORPUS = Path(__file__).parent / "hostile"
PS = "tiny"
LIMITS = {
    "cell_seconds": 1,
    "call_seconds": 1,
    "item_seconds": 3,
    "submission_seconds": 60,
    "memory": 300,
    "disk": 16,
    "processes": 24,
}

SETUP = """
import math

import numpy as np

from nnlib import check


class Meter:
    \"\"\"A number that counts the products it takes part in.\"\"\"

    count = 0

    def __init__(self, x):
        self.x = x

    def __mul__(self, other):
        Meter.count += 1
        return Meter(self.x * other.x)
"""
RIGHT = {
    "square": "def square(x):\n    return x * x",
    "scale": "def scale(X):\n    return X - X.mean(axis=0)",
    "slope": "def slope(f, x):\n    return (f(x + 1e-6) - f(x - 1e-6)) / 2e-6",
    "power": "def power(x, n):\n    if n == 1:\n        return x\n    half = power(x, n // 2)\n"
    "    return half * half * x if n % 2 else half * half",
}
TESTS = {
    "square": """
t = check.item("tiny.square", points=2)
t.call(square, 3.0).gives(9.0, points=1)
### BEGIN HIDDEN TESTS
t.hidden()  # CANARY-HIDDEN-SQUARE
t.each(square, [1.5, -2.5, 7.25]).gives(lambda x: x**2, points=1)
### END HIDDEN TESTS
t.score()""",
    "scale": """
t = check.item("tiny.scale", points=2)
X = np.array([[1.0, 2.0], [3.0, 6.0], [5.0, 1.0]])
t.call(scale, X).satisfies(
    lambda Z: None if abs(float(Z.sum())) < 1e-9 and Z.shape == (3, 2) and abs(Z[0, 0] + 2) < 1e-9 else ("", "no"),
    points=1)
### BEGIN HIDDEN TESTS
t.hidden()  # CANARY-HIDDEN-SCALE
rng = np.random.default_rng(5)
t.each(scale, [rng.normal(size=(4, 2)), rng.normal(size=(1, 3))]).gives(lambda X: X - X.mean(0), points=1)
### END HIDDEN TESTS
t.score()""",
    "slope": """
t = check.item("tiny.slope", points=2)
t.run("slope(lambda x: x * x, 3.0)").gives(6.0, rtol=1e-6, points=1)
### BEGIN HIDDEN TESTS
t.hidden()
secret = "CANARY-HIDDEN-SLOPE"
calls = []


def reference(x):
    calls.append((x, secret))
    return math.sin(x)


t.call(slope, reference, 1.25).gives(math.cos(1.25), rtol=1e-6, points=1)
### END HIDDEN TESTS
t.score()""",
    "power": """
t = check.item("tiny.power", points=2, inside=True)
t.run(\"\"\"
Meter.count = 0
y = power(Meter(3), 8)
(y.x, Meter.count)
\"\"\").satisfies(lambda r: None if r[0] == 6561 and r[1] <= 6 else ("", f"{r[1]} products"), points=1)
### BEGIN HIDDEN TESTS
t.hidden()
t.run(\"\"\"
Meter.count, canary = 0, "CANARY-HIDDEN-POWER"
y = power(Meter(2), 37)
(y.x, tuple(range(Meter.count))[-1])
\"\"\").satisfies(lambda r: None if r[0] == 2**37 and r[1] <= 10 else ("", f"{r[1]} products"), points=1)
### END HIDDEN TESTS
t.score()""",
}
FULL = 2.0  # points of each


@dataclass
class Attack:
    """A submission of the corpus."""

    name: str
    tries: str
    head: dict
    cells: list = field(default_factory=list)  # (name, source)
    code: str = ""  # of a function that makes the file

    @property
    def kind(self):
        """Where it is tried: in the batch, again after it, in collecting, in another problem set."""
        return (
            "collect" if "def archive(" in self.code else "again" if "again" in self.head else self.head.get("set", PS)
        )

    @property
    def wrong(self):
        """The answers that are not right, so that nothing is earned there."""
        return {name for name, _ in self.cells} & set(RIGHT)

    @property
    def spoiled(self):
        return set(self.head.get("spoils", "").split())


def read(path) -> Attack:
    text = path.read_text(encoding="utf-8")
    first, *lines = text.splitlines()
    head = {}
    while lines and (match := re.fullmatch(r"# ([a-z]+): ?(.*)", lines[0])):
        head[match[1]] = match[2]
        lines.pop(0)
    attack = Attack(path.stem, first.removeprefix("# "), head)
    if "def submitted(" in text or "def archive(" in text:
        attack.code = text
    else:
        for part in re.split(r"^# %% ", "\n".join(lines), flags=re.M)[1:]:
            name, _, source = part.partition("\n")
            attack.cells.append((name.strip(), source.strip("\n")))
    return attack


def corpus() -> list[Attack]:
    return [read(path) for path in sorted(CORPUS.glob("*.py"))]


def tiny_course(root) -> Course:
    """The course with its one problem set released."""
    course = real_course(root)
    text = "".join(f"\nc.Limits.{name} = {value}" for name, value in LIMITS.items())
    (course.root / "nbgrader_config.py").write_text((course.root / "nbgrader_config.py").read_text() + text + "\n")
    course = Course(course.root)
    shutil.rmtree(course.folder("source", PS).parent)
    cells = [new_cell(new_code_cell, "setup", SETUP.strip("\n"), locked=True)]
    for name in RIGHT:
        solution = f"### BEGIN SOLUTION\n# CANARY-SOLUTION\n{RIGHT[name]}\n### END SOLUTION"
        cells += [
            new_cell(new_code_cell, name, solution, solution=True),
            new_cell(new_code_cell, f"test-{name}", TESTS[name].strip("\n"), grade=True, locked=True, points=FULL),
        ]
    cells.append(new_cell(new_markdown_cell, "explain", "Why?", grade=True, solution=True, points=1.0))
    folder = course.folder("source", PS)
    folder.mkdir(parents=True)
    (folder / f"{PS}.md").touch()
    write_notebook(new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), folder / f"{PS}.ipynb")
    course.run(GenerateAssignment, PS)
    return course


def honest(course, answers=RIGHT, extra=()) -> bytes:
    """The bytes of a submission: these answers, and cells `before` and `after` all others."""
    notebook = nbformat.read(course.folder("release", PS) / f"{PS}.ipynb", as_version=4)
    for cell in notebook.cells:
        cell.source = answers.get(settings(cell).get("grade_id"), cell.source)
    place = 1
    for name, source in extra:
        cell = new_code_cell(source)
        if name == "before":
            notebook.cells.insert(place, cell)
            place += 1
        else:
            notebook.cells.append(cell)
    return json.dumps(notebook).encode()  # not nbformat's: it would refuse what is hostile


def hand_in(course, student, data: bytes):
    folder = course.folder("submitted", PS, student)
    folder.mkdir(parents=True)
    (folder / f"{PS}.ipynb").write_bytes(data)


def bytes_of(course, attack, places: dict) -> bytes:
    if attack.code:
        names = {}
        if attack.kind == "again":
            return honest(course)
        exec(attack.code, names)  # ours: it makes a file and runs nothing of it
        return names["submitted"](honest(course))

    def put(text):
        for word, value in places.items():
            text = text.replace(word, value)
        return text.replace("SURROGATE", "\ud800")

    answers = RIGHT | {name: put(source) for name, source in attack.cells if name in RIGHT or name == "explain"}
    extra = [(name, put(source)) for name, source in attack.cells if name in ("before", "after")]
    return honest(course, answers, extra)
