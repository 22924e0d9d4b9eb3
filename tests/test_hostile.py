"""The hostile corpus (tests/hostile/), graded in one batch with honest submissions: nobody earns what is not earned,
nothing outside changes, nothing secret is read, and the honest get their exact grades.

Every attack runs in the sandbox only, is bounded, and aims at this machine's loopback where it aims at a network.
"""

import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from hostile_course import FULL, LIMITS, PS, RIGHT, bytes_of, corpus, hand_in, honest, tiny_course
from test_grading import RUNS_NBGRADER

from grading.authoring.bank import fill, solved, untouched
from grading.authoring.source import read_source
from grading.cells import is_answer, is_test, settings
from grading.course import Course
from grading.engine import jail
from grading.engine.examine import _mine, _stop, examine
from grading.engine.result import Result
from grading.hand_in.collect import collect
from grading.records.grade import grade, local
from grading.records.job import Job
from grading.reports.feedback import feedback

pytestmark = RUNS_NBGRADER
if sys.platform != "linux" or not jail.wall():
    pytest.skip("attacks run in a sandbox only, and there is none here", allow_module_level=True)

ROOT = Path(__file__).parents[1]
CORPUS = {attack.name: attack for attack in corpus()}
ATTACKS = {name: attack for name, attack in CORPUS.items() if attack.kind == PS}
OTHERS = {kind: [name for name, attack in CORPUS.items() if attack.kind == kind] for kind in ("again", "collect")}
ELSEWHERE = [name for name, attack in CORPUS.items() if attack.kind.startswith("ps")]
CORE = [
    name for name in ATTACKS if name.startswith(("loot_", "forged_n", "kill_", "climbing", "detached", "shadowing"))
]
CORE += ["memory_shared", "memory_numpy", "fork_bomb", "deaf_loop", "full_disk", "terminal_and_scripts", "file_cut"]
WARNS = RIGHT["square"].replace("return", "warnings.warn('careful')\n    return")
HONEST = {  # student -> (answers that are not right, extra cells, points by item)
    "ann": ({}, [], {}),
    "bob [x]": ({"square": WARNS}, [("before", "import warnings\nwarnings.warn('on stderr')")], {}),
    "Zoë Müller": ({"slope": "def slope(f, x):\n    return 0.0"}, [], {"slope": 0.0}),
    "学生一": ({"square": "def square(x):\n    return 9.0", "scale": ""}, [], {"square": 1.0, "scale": 0.0}),
    "o'neil": ({}, [("after", "sum = 0\nx = [k for k in range(3)]\nsum, x")], {}),
    "zz-last": (
        {"power": "def power(x, n):\n    y = x\n    for _ in range(n - 1):\n        y = y * x\n    return y"},
        [],
        {"power": 0.0},
    ),
}
SECRETS = re.compile("CANARY-(?:HIDDEN|SOLUTION|OTHER|ELSEWHERE|COURSE|GRADEBOOK|DATABASE|ENVIRONMENT)")


def fingerprint(*tops):
    """{path: what it is}, of everything below."""
    found = {}
    for top in tops:
        for path in sorted(Path(top).rglob("*")):
            about = path.lstat()
            data = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            found[str(path)] = (
                about.st_mode,
                os.readlink(path) if path.is_symlink() else hashlib.sha256(data).hexdigest(),
            )
    return found


def processes():
    """{number: command line}"""
    found = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found[int(path.parent.name)] = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
    return found


class Scripts(HTMLParser):
    """What could run in a page."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        if tag in ("script", "iframe", "object", "embed", "base", "form") or any(
            name.startswith("on") or name == "srcdoc" or "script:" in (value or "").lower()
            for name, value in attributes
        ):
            self.found.append((tag, attributes))


class Listener:
    """Something on this machine's loopback that nobody may reach."""

    def __init__(self):
        self.reached, self.sockets = [], [socket.create_server(("127.0.0.1", 0))]
        self.port = self.sockets[0].getsockname()[1]
        self.sockets.append(socket.socket(socket.AF_UNIX))
        self.sockets[1].bind(f"\0grading-{self.port}")
        self.sockets[1].listen()
        for server in self.sockets:
            threading.Thread(target=self.listen, args=(server,), daemon=True).start()

    def listen(self, server):
        while True:
            try:
                self.reached.append(server.accept()[1])
            except OSError:
                return


class Batch:
    """All of it, graded."""

    def __init__(self, root, secrets, names):
        self.course = course = tiny_course(root / "course")
        (secrets / "canary.txt").write_text("CANARY-ELSEWHERE")
        (course.root / "notes-of-the-instructor.txt").write_text("CANARY-COURSE")
        with course.gradebook() as gradebook:
            gradebook.update_or_create_student("ann", first_name="CANARY-GRADEBOOK")
        listener = Listener()
        places = {"PORT": str(listener.port), "COURSE": str(course.root), "CANARY_FOLDER": str(secrets)}
        for student, (answers, extra, _) in HONEST.items():
            hand_in(course, student, honest(course, RIGHT | answers, [*extra, ("after", "# CANARY-OTHER-STUDENT")]))
        for number, name in enumerate(names):
            hand_in(course, f"a{number:03} {name}", bytes_of(course, CORPUS[name], places))
        outside = [course.root / name for name in ("solutions", "exercises", "submitted")] + [secrets]
        before, mounts = fingerprint(*outside), Path("/proc/self/mountinfo").read_text()
        examiners, began = [], time.monotonic()
        with local(2) as workers:
            self.rows = {row.student: row for row in grade(course, [PS], workers)}
            for _ in range(2):  # one on each thread
                workers.executor.submit(lambda: examiners.append(_mine.examiner) or time.sleep(0.2))
        self.seconds = time.monotonic() - began
        self.left_over = [line for line in processes().values() if "98765" in line]
        self.changed = {path for path, what in fingerprint(*outside).items() if before.get(path) != what} | (
            set(before) - set(fingerprint(*outside))
        )
        self.mounts = (mounts, Path("/proc/self/mountinfo").read_text())
        for examiner in {id(x): x for x in examiners}.values():
            _stop(examiner)
        list(feedback(course, [PS]))
        self.reached = listener.reached
        for server in listener.sockets:
            server.close()

    def student(self, name):
        return next(student for student in self.rows if student.partition(" ")[2] == name)

    def result(self, student):
        path = self.course.folder("autograded", PS, student) / "result.json"
        return Result.from_json(path.read_text(encoding="utf-8"))

    def points(self, student):
        return {name.removeprefix("test-"): v.earned for name, v in self.result(student).verdicts.items()}

    def said(self, student):
        """All that comes out of a submission: verdicts, outputs, feedback."""
        result, texts = self.result(student), []
        for verdict in result.verdicts.values():
            texts += [verdict.text, verdict.page, verdict.stopped, verdict.reason, verdict.fault]
        if result.notebook:
            for cell in nbformat.reads(result.notebook, as_version=4).cells:
                texts += [str(cell.get("outputs", ""))] if not is_test(cell) else []
        page = self.course.folder("feedback", PS, student) / f"{PS}.html"
        return "\n".join([*texts, *result.notes, result.trouble]), page.read_text(
            encoding="utf-8"
        ) if page.exists() else ""


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        patch.setenv("NNLIB_PATIENCE", "0.1")
        patch.setenv("DATABASE_URL", "postgresql://CANARY-DATABASE")
        patch.setenv("CANARY_TOKEN", "CANARY-ENVIRONMENT")
        yield Batch(tmp_path_factory.mktemp("hostile"), home, [*ATTACKS, *OTHERS["again"]])


def test_the_corpus_is_large_and_each_file_says_what_it_tries():
    assert len(CORPUS) >= 100
    for attack in CORPUS.values():
        assert attack.tries.endswith(".") and len(attack.tries) > 15, attack.name
        assert bool(attack.code) != bool(attack.cells)


@pytest.mark.parametrize("student", HONEST)
def test_the_honest_get_their_exact_grades(batch, student):
    row = batch.rows[student]
    expected = {item: HONEST[student][2].get(item, FULL) for item in RIGHT}
    assert (row.trouble, batch.points(student)) == ("", expected)
    assert row.score == sum(expected.values())


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_earns_what_its_honest_answers_earn(batch, name):
    earns_nothing(batch, name)


def earns_nothing(batch, name):
    attack, student = CORPUS[name], batch.student(name)
    row = batch.rows[student]
    if attack.head.get("trouble"):
        assert row.trouble and row.score == 0
        assert attack.head["trouble"] in ("?", *[row.trouble]) or attack.head["trouble"] in row.trouble
        return
    assert row.trouble == "" or attack.head.get("slow") and "longer than all its limits" in row.trouble
    for item, earned in batch.points(student).items():
        if item in attack.wrong:
            assert earned == 0, batch.result(student).verdicts[f"test-{item}"].text
        elif item not in attack.spoiled and not attack.head.get("slow") and not attack.code and item != "power":
            assert earned == FULL, batch.result(student).verdicts[f"test-{item}"]
    assert 0 <= row.score <= FULL * (len(RIGHT) - len(attack.wrong))
    assert not any(verdict.fault for verdict in batch.result(student).verdicts.values())
    if name.startswith("inside_"):
        assert batch.result(student).verdicts["test-power"].by_hand


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_reads_nothing_secret_and_shows_no_script(batch, name):
    reads_nothing(batch, name)


def reads_nothing(batch, name):
    said, page = batch.said(batch.student(name))
    assert not SECRETS.search(said + page)
    assert CORPUS[name].head.get("never", "\0") not in said
    assert "\x1b" not in page and Scripts(page).found == []
    for verdict in batch.result(batch.student(name)).verdicts.values():
        assert "\x1b" not in verdict.text + verdict.page and "<script" not in verdict.page


def test_nothing_outside_is_changed_reached_or_left(batch):
    assert batch.changed == set() and batch.reached == [] and batch.left_over == []
    assert batch.mounts[0] == batch.mounts[1]


def test_the_batch_ends_within_its_limits(batch):
    for student in batch.rows:
        assert batch.result(student).seconds < LIMITS["submission_seconds"]
    assert len(batch.rows) == len(ATTACKS) + len(OTHERS["again"]) + len(HONEST)


def test_the_gradebook_is_as_the_results_say(batch):
    with Course(batch.course.root).gradebook() as gradebook:
        students = {s.id: s for s in gradebook.students}
        assert set(students) == set(batch.rows) and students["ann"].first_name == "CANARY-GRADEBOOK"
        assert {s.id: s.score for s in gradebook.students} == {s: row.score for s, row in batch.rows.items()}
        assert gradebook.find_assignment(PS).max_score == FULL * len(RIGHT) + 1
    assert (
        settings(nbformat.read(batch.course.folder("release", PS) / f"{PS}.ipynb", as_version=4).cells[2])["points"]
        == FULL
    )


def test_who_hands_in_again_keeps_nothing(batch):
    """Last of those on the batch: it changes it."""
    course = batch.course
    for name in OTHERS["again"]:
        assert batch.rows[batch.student(name)].score == FULL * len(RIGHT)
        names = {}
        exec(CORPUS[name].code, names)
        path = course.folder("submitted", PS, batch.student(name)) / f"{PS}.ipynb"
        path.write_bytes(names["submitted"](path.read_bytes()))
    with local(2) as workers:
        rows = {row.student: row for row in grade(course, [PS], workers)}
    for name in OTHERS["again"]:
        assert rows[batch.student(name)].score == 0
    others = set(rows) - {batch.student(name) for name in OTHERS["again"]}
    assert {student: rows[student].score for student in others} == {
        student: batch.rows[student].score for student in others
    }
    with course.gradebook() as gradebook:
        assert {s.id: s.score for s in gradebook.students} == {s: row.score for s, row in rows.items()}


def test_a_core_of_it_behind_the_other_wall(tmp_path, monkeypatch):
    """Without bubblewrap, by the namespaces of Linux."""
    for folder in ("bin", "secrets", "hostile"):
        (tmp_path / folder).mkdir()
    for program in ("ls", "sh", "bash", "sleep", "true"):
        (tmp_path / "bin" / program).symlink_to(shutil.which(program))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("NNLIB_PATIENCE", "0.1")
    if jail.wall() != "namespaces":
        pytest.skip("this system lets nobody make namespaces but bubblewrap")
    batch = Batch(tmp_path / "hostile", tmp_path / "secrets", CORE)
    for student in HONEST:
        test_the_honest_get_their_exact_grades(batch, student)
    for name in CORE:
        earns_nothing(batch, name)
        reads_nothing(batch, name)
    test_nothing_outside_is_changed_reached_or_left(batch)


def test_an_environment_that_is_a_link_stands_in_the_sandbox(tmp_path):
    (tmp_path / "env").symlink_to(sys.prefix)
    start = "from grading.engine import jail; warm, ours = jail.start(('numpy',)); print(ours.recv(9))"
    python = tmp_path / "env/bin" / Path(sys.executable).name
    done = subprocess.run([python, "-c", start], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "b'ready'\n", done.stderr


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_no_sandbox_no_grading(monkeypatch, platform):
    monkeypatch.setattr(jail, "wall", lambda: "")
    monkeypatch.setattr(sys, "platform", platform)
    says = (
        "apt install bubblewrap"
        if platform == "linux"
        else "in a sandbox only.*say `--unsafe` when you trust every student"
    )
    with pytest.raises(jail.NoJail, match=says):
        jail.start((), {}, unsafe=False)


@pytest.mark.parametrize("name", OTHERS["collect"])
def test_what_is_collected_stays_in_its_place(tmp_path, name):
    course, outside, place = tiny_course(tmp_path / "course"), tmp_path / "outside", tmp_path / "place"
    outside.mkdir()
    place.mkdir()
    (outside / "canary.txt").write_text("CANARY-ELSEWHERE")
    names = {}
    exec(CORPUS[name].code, names)
    source = names["archive"](place, honest(course), outside)
    before = fingerprint(outside, course.root / "exercises", course.root / "solutions")
    collect(course, source, [PS])
    assert fingerprint(outside, course.root / "exercises", course.root / "solutions") == before
    assert not list(tmp_path.rglob("owned*")) and not (tmp_path.parent / "owned.ipynb").exists()
    taken = [path for path in (course.root / "submitted").rglob("*") if not path.is_dir()]
    assert (course.folder("submitted", PS, "ann") / f"{PS}.ipynb").read_bytes() == honest(course)
    assert not any(path.is_symlink() or b"CANARY-ELSEWHERE" in path.read_bytes() for path in taken)


@pytest.mark.parametrize("name", ELSEWHERE)
def test_attacks_on_the_real_problem_sets(name):
    """Each is tried on the answers that it spoils; they earn less than all, and nothing where it is measured inside."""
    attack = CORPUS[name]
    source = read_source(ROOT / "solutions" / attack.kind / f"{attack.kind}.md")
    answers = {
        settings(cell)["grade_id"]: solved(source, settings(cell)["grade_id"])
        for cell in source.cells
        if is_answer(cell)
    }
    cells = dict(attack.cells)
    notebook = fill(untouched(source), answers | {item: code for item, code in cells.items() if item in answers})
    notebook.cells.insert(3, nbformat.v4.new_code_cell(cells.get("before", "")))
    job = Job(attack.kind, nbformat.writes(source).encode(), nbformat.writes(notebook).encode(), {})
    verdicts = examine(job).verdicts
    for item in set(cells) & set(answers):
        verdict, test = (
            verdicts[f"test-{item}"],
            next(cell.source for cell in source.cells if settings(cell).get("grade_id") == f"test-{item}"),
        )
        assert verdict.earned == 0, verdict.text
        assert verdict.by_hand == ("inside=True" in test), verdict.text
