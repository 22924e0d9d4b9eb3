"""nbgrader's formgrader on a course that `course grade` graded: its pages, its scores, its button."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest

from grading.authoring.bank import fill, solved
from grading.authoring.release import release
from grading.authoring.source import read_source, write_notebook
from grading.cells import is_answer, settings
from grading.course import Course
from grading.records.grade import grade

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
PS, TOKEN = "ps06", "formgrader"
LOOP = '''
def forward(x1, x2, x3, x4):
    while True:
        pass


def gradient(*x):
    return "<script>x</script>"
'''


@pytest.fixture(scope="module", autouse=True)
def hurry():
    """The endless loop is stopped after a fifth of its time, here and in the server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NNLIB_PATIENCE", "0.2")
        yield


@pytest.fixture(scope="module")
def course(tmp_path_factory, hurry):
    """ann has everything right, bob's first answer never ends; both graded by `course grade`."""
    root = tmp_path_factory.mktemp("formgrader")
    shutil.copytree(ROOT / "solutions", root / "solutions", ignore=shutil.ignore_patterns("*.ipynb"))
    text = (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
    (root / "nbgrader_config.py").write_text(text + "\nc.Limits.item_seconds = 1\n", encoding="utf-8")
    course = Course(root)
    release(course, PS)
    source = read_source(ROOT / "solutions" / PS / f"{PS}.md")
    right = {settings(c)["grade_id"]: solved(source, settings(c)["grade_id"]) for c in source.cells if is_answer(c)}
    released = nbformat.read(course.folder("release", PS) / f"{PS}.ipynb", as_version=4)
    for student, answers in {"ann": right, "bob": right | {"by-hand": LOOP}}.items():
        folder = course.folder("submitted", PS, student)
        folder.mkdir(parents=True)
        filled = fill(released, answers)
        next(c for c in filled.cells if settings(c).get("grade_id") == "explain").source = "Because gradients add up."
        write_notebook(filled, folder / f"{PS}.ipynb")
    rows = {row.student: row for row in grade(course, [PS])}
    assert {name: row.score for name, row in rows.items()} == {"ann": 27.0, "bob": 24.0}
    return course


@pytest.fixture(scope="module")
def server(course, tmp_path_factory):
    """The address of a Jupyter server with formgrader, on loopback, in the course's folder."""
    home = tmp_path_factory.mktemp("server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings_ = {"ServerApp": {"ip": "127.0.0.1", "port": port, "port_retries": 0, "open_browser": False,
                               "allow_root": True, "root_dir": str(course.root),
                               "jpserver_extensions": {"nbgrader.server_extensions.formgrader": True}},
                 "IdentityProvider": {"token": TOKEN}}
    (home / "config").mkdir()
    (home / "config/jupyter_server_config.json").write_text(json.dumps(settings_))
    places = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | places | {"PATH": programs, "PYTHONPATH": str(ROOT)}
    with (home / "log").open("w") as log:
        process = subprocess.Popen([sys.executable, "-m", "jupyter_server"], cwd=course.root, env=environment,
                                   stdout=log, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 90
        while True:
            try:
                urllib.request.urlopen(f"{address}/api/status?token={TOKEN}", timeout=5).close()
                break
            except (urllib.error.URLError, OSError):
                assert process.poll() is None and time.monotonic() < until, (home / "log").read_text()[-3000:]
                time.sleep(0.3)
        yield address
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def page(browser, server):
    context = browser.new_context(viewport={"width": 1280, "height": 1000},
                                  extra_http_headers={"Authorization": f"token {TOKEN}"})
    context.route("**/*", lambda route: route.continue_() if server in route.request.url else route.abort())
    page = context.new_page()
    page.goto(f"{server}/formgrader/manage_submissions/{PS}")
    yield page
    context.close()


def row(page, student):
    return page.locator("tr", has=page.locator("td.student-id", has_text=student))


def test_the_list_shows_the_scores_of_course_grade(page, course):
    row(page, "ann").locator("td.score").get_by_text("27 / 30").wait_for()
    assert row(page, "bob").locator("td.score").inner_text() == "24 / 30"
    assert "needs manual grading" in row(page, "ann").locator("td.status").inner_text()


def test_a_person_grades_the_text_and_the_score_stays(page, server, course):
    with course.gradebook() as gradebook:
        submission = gradebook.find_submission_notebook(PS, PS, "ann").id
    with page.expect_response(lambda response: "/api/grades" in response.url):  # the scores so far stand in the page
        page.goto(f"{server}/formgrader/submissions/{submission}/", wait_until="networkidle")
    with page.expect_response(lambda response: response.request.method == "PUT"):
        page.locator("#explain").fill("2.5")
        page.locator("#explain").press("Tab")
    assert _manual(course)
    again = {row.student: row for row in grade(course, [PS], again=True)}
    assert (again["ann"].score, again["ann"].by_hand) == (29.5, [])


def _manual(course):
    with course.gradebook() as gradebook:
        return gradebook.find_grade("explain", PS, PS, "ann").manual_score == 2.5


def test_the_button_examines_in_the_same_way(page, course):
    result = course.folder("autograded", PS, "bob") / "result.json"
    before = json.loads(result.read_text(encoding="utf-8"))["verdicts"]
    result.unlink()
    row(page, "bob").locator("td.autograde a").click()
    page.get_by_text("Successfully autograded").wait_for(timeout=120_000)
    after = json.loads(result.read_text(encoding="utf-8"))["verdicts"]
    assert {k: (v["earned"], v["mistakes"]) for k, v in after.items()} == {
        k: (v["earned"], v["mistakes"]) for k, v in before.items()}
    assert "stopped after" in after["test-by-hand"]["stopped"]
    with course.gradebook() as gradebook:
        assert gradebook.find_submission(PS, "bob").score == 24.0
