"""A student's hour in JupyterLab itself: open the exercise, run it, get it wrong, get it right, move a slider."""

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
from urllib.parse import urlsplit

import nbformat
import pytest

from grading.authoring.bank import read_answers, solved
from grading.authoring.source import read_source
from grading.cells import is_answer, is_test

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "exercises/ps06/ps06.ipynb"
SOURCE = ROOT / "solutions/ps06"
TOKEN = "first-light"
PATIENCE = 60_000  # milliseconds; a busy machine starts kernels slowly
CONFIG = {
    "jupyter_server_config.json": {
        "ServerApp": {
            "ip": "127.0.0.1",
            "open_browser": False,
            "allow_root": True,
            "jpserver_extensions": {
                name: False
                for name in (  # students have no nbgrader
                    "nbgrader.server_extensions.formgrader",
                    "nbgrader.server_extensions.validate_assignment",
                    "nbgrader.server_extensions.assignment_list",
                    "nbgrader.server_extensions.course_list",
                )
            },
        },
        "IdentityProvider": {"token": TOKEN},
        "LabApp": {"news_url": None, "check_for_updates_class": "jupyterlab.NeverCheckForUpdate"},
    },
    "labconfig/page_config.json": {
        "disabledExtensions": {
            "@jupyter/nbgrader": True,
            "@jupyterlab/apputils-extension:announcements": True,
            "@jupyterlab/extensionmanager-extension": True,
        }
    },
    # Every cell stays in the page, also what is scrolled out of sight.
    "lab/user-settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """(address, folder) of a JupyterLab on loopback with settings of its own."""
    home = tmp_path_factory.mktemp("lab")
    for name, content in CONFIG.items():
        (home / "config" / name).parent.mkdir(parents=True, exist_ok=True)
        (home / "config" / name).write_text(json.dumps(content))
    work = home / "work"
    work.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    places |= {
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "config/lab/user-settings"),
        "PYTHONPATH": str(ROOT),
    }
    environment = {key: value for key, value in os.environ.items() if key != "NNLIB_EXPLORE"} | places
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "jupyterlab",
                f"--ServerApp.port={port}",
                "--ServerApp.port_retries=0",
                f"--ServerApp.root_dir={work}",
            ],
            cwd=work,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 60
        while not answers(f"{address}/api/status?token={TOKEN}"):
            assert server.poll() is None and time.monotonic() < end, (home / "log").read_text()[-3000:]
            time.sleep(0.2)  # there is nothing to wait on: the port is not open yet
        yield address, work
    finally:
        server.terminate()
        server.wait(timeout=30)


def answers(address):
    try:
        with urllib.request.urlopen(address, timeout=5) as reply:
            return reply.status == 200
    except (urllib.error.URLError, OSError):
        return False


class Exercise:
    """The released exercise, open in JupyterLab."""

    def __init__(self, page):
        self.page = page
        cells = nbformat.read(NOTEBOOK, as_version=4).cells
        self.index = {cell.id: number for number, cell in enumerate(cells)}
        self.tests = [cell.id for cell in cells if is_test(cell)]
        self.answers = [cell.id for cell in cells if is_answer(cell)]

    def cell(self, name):
        return self.page.locator(".jp-Notebook .jp-Cell").nth(self.index[name])

    def output(self, name):
        return self.cell(name).locator(".jp-OutputArea-output")

    def run_all(self):
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        # The last test has answered: everything above it has, too.
        self.output(self.tests[-1]).first.wait_for(state="attached", timeout=PATIENCE)

    def run(self, name):
        """Run one cell by the button in the toolbar; wait until it has run."""
        prompt = self.cell(name).locator(".jp-InputPrompt").first
        before = prompt.inner_text()
        prompt.click()
        self.page.wait_for_function(
            "cell => cell.classList.contains('jp-mod-active')", arg=self.cell(name).element_handle()
        )
        self.page.locator("[data-command='notebook:run-cell-and-select-next']").click()
        self.page.wait_for_function(
            "([prompt, before]) => /\\[\\d+\\]/.test(prompt.innerText) && prompt.innerText !== before",
            arg=[prompt.element_handle(), before],
            timeout=PATIENCE,
        )

    def paste(self, name, code):
        """Replace a cell's text by the clipboard's, as a student would."""
        self.page.evaluate("text => navigator.clipboard.writeText(text)", code)
        self.cell(name).locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.press("Control+v")
        assert self.cell(name).locator(".cm-line").count() == len(code.split("\n"))

    def insert_below(self, name, code):
        """A cell of the student's own, called "own" here."""
        self.cell(name).locator(".jp-InputPrompt").first.click()
        self.page.keyboard.press("b")
        self.index = {n: i + (i > self.index[name]) for n, i in self.index.items()} | {"own": self.index[name] + 1}
        self.paste("own", code)

    def says(self, name):
        return " ".join(self.output(name).first.inner_text().split())


@pytest.fixture
def exercise(browser, lab, request):
    address, work = lab
    name = f"{request.node.name}.ipynb"
    shutil.copy(NOTEBOOK, work / name)
    (work / "progress.json").unlink(missing_ok=True)  # of the test before
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    problems, elsewhere = [], []

    def guard(route):
        if urlsplit(route.request.url).hostname == "127.0.0.1":
            route.continue_()
        else:
            elsewhere.append(route.request.url)
            route.abort()

    context.route("**/*", guard)
    page = context.new_page()
    page.on("console", lambda said: said.type == "error" and problems.append(said.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{address}/lab/tree/{name}?token={TOKEN}&reset")
    page.locator(".jp-Notebook .jp-Cell").nth(len(nbformat.read(NOTEBOOK, as_version=4).cells) - 1).wait_for(
        state="attached", timeout=PATIENCE
    )
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=PATIENCE)  # cells run before that are dropped
    yield Exercise(page)
    context.close()
    assert (problems, elsewhere) == ([], [])


def test_untouched_every_check_says_not_written_yet(exercise):
    exercise.run_all()
    for name in exercise.tests:
        assert "not written yet" in exercise.says(name), name
        assert "Traceback" not in exercise.says(name)


def test_a_wrong_answer_is_named_and_a_right_one_passes(exercise):
    item = "backward"
    wrong = next(
        answer
        for answer in read_answers(SOURCE / "bank.md")
        if answer.item == item and "overwritten" in answer.mistakes
    )
    exercise.run("setup")
    exercise.paste(item, wrong.code)
    exercise.run(item)
    exercise.run(f"test-{item}")
    said = exercise.says(f"test-{item}")
    assert "not yet right" in said and "+=" in said and "likely cause" in said.lower(), said
    exercise.paste(item, solved(read_source(SOURCE / "ps06.md"), item))
    exercise.run(item)
    exercise.run(f"test-{item}")
    said = exercise.says(f"test-{item}")
    assert "not yet right" not in said and "not written" not in said and "2 of 2 visible points" in said, said


def test_hints_go_a_step_further_each_time_and_progress_counts(exercise):
    item, solution = "backward", solved(read_source(SOURCE / "ps06.md"), "backward")
    exercise.run("setup")
    exercise.paste("order", "def forward_order(parents, root):\n    return [root]")
    for name in ("order", "test-order"):
        exercise.run(name)
    said = exercise.says("test-order")
    assert 'Stuck? check.hint("ps06.order")' in said, said
    exercise.insert_below("test-order", 'check.hint("ps06.order")')
    for k in (1, 2, 3):
        exercise.run("own")
        output = exercise.output("own").first
        assert output.get_by_role("heading").inner_text() == f"ps06.order: hint {k} of 3"
        assert output.get_by_role("listitem").count() == k
    exercise.run("own")
    assert "These were all the hints." in exercise.says("own") and "section 6.1 of the book" in exercise.says("own")
    exercise.paste(item, solution)
    for name in (item, f"test-{item}"):
        exercise.run(name)
    exercise.paste("own", "check.progress()")
    exercise.run("own")
    table = exercise.output("own").first.get_by_role("table")
    assert "1 of 7 items pass, 6 open; 2 points by visible tests" in table.locator("caption").inner_text()
    assert table.get_by_role("columnheader").count() == 5
    rows = {row.locator("th").inner_text(): row.inner_text() for row in table.locator("tbody tr").all()}
    assert "✓ passes" in rows["ps06.backward"] and "✗ not yet right" in rows["ps06.order"]
    assert "○ not checked yet" in rows["ps06.slopes"]


def test_the_slider_moves_live(exercise):
    exercise.run("setup")
    exercise.run("slider-x-thrice")
    output = exercise.cell("slider-x-thrice").locator(".jp-OutputArea")
    picture = output.locator("img")
    picture.wait_for(timeout=PATIENCE)
    handle = output.get_by_role("slider")
    seen = [picture.get_attribute("src")]
    for key in ("ArrowRight", "ArrowRight"):
        handle.focus()
        exercise.page.keyboard.press(key)
        exercise.page.wait_for_function(
            "([place, before]) => ![undefined, before].includes(place.querySelector('img')?.getAttribute('src'))",
            arg=[output.element_handle(), seen[-1]],
            timeout=PATIENCE,
        )
        seen.append(picture.get_attribute("src"))
    assert len(set(seen)) == 3
    exercise.page.wait_for_function(
        "handle => handle.ariaValueText === '2'", arg=handle.element_handle(), timeout=PATIENCE
    )
    box = handle.bounding_box()
    exercise.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    exercise.page.mouse.down()
    exercise.page.mouse.move(box["x"] + 600, box["y"] + box["height"] / 2, steps=5)
    exercise.page.mouse.up()
    exercise.page.wait_for_function(
        "handle => handle.ariaValueText === '4'", arg=handle.element_handle(), timeout=PATIENCE
    )
