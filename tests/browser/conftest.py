"""The browser without a network, and the book built once, from disk and from loopback."""

import functools
import http.server
import subprocess
import sysconfig
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]


class Visitor:
    """Opens pages with the network cut off, and notes whatever a page should not do."""

    def __init__(self, browser):
        self.browser, self.contexts, self.problems = browser, [], []

    def open(self, url, width=1280, height=900, scheme="light", **options):
        context = self.browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme,
                                           reduced_motion="reduce", **options)
        self.contexts.append(context)
        context.route("**/*", self.guard)
        page = context.new_page()
        page.on("console", self.hear)
        page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        page.goto(url, wait_until="load")
        page.wait_for_function("!window.MathJax || MathJax.startup?.promise")
        page.evaluate("window.MathJax?.startup?.promise.then(() => {})")
        return page

    def hear(self, said):
        if said.type in ("error", "warning"):
            self.problems.append(f"{said.text} ({said.location['url']})")

    def guard(self, route):
        address = urlsplit(route.request.url)
        if address.scheme == "file" or address.hostname in ("127.0.0.1", "localhost"):
            route.continue_()
        else:
            self.problems.append(f"asked for {route.request.url}")
            route.abort()


@pytest.fixture
def visitor(browser):
    visitor = Visitor(browser)
    yield visitor
    for context in visitor.contexts:
        context.close()
    assert visitor.problems == []


@pytest.fixture(scope="session")
def book(chromium):
    """The folder of the built book; built by the real command, unless it was and no source is newer."""
    html, done = ROOT / "_build/html", ROOT / "_build/built-by-tests"
    sources = [ROOT / "_config.yml", ROOT / "_toc.yml"]
    for folder in ("book", "nnlib", "exercises"):
        sources += [path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    if not done.exists() or done.stat().st_mtime < max(path.stat().st_mtime for path in sources):
        command = Path(sysconfig.get_path("scripts")) / "jupyter-book"
        build = subprocess.run([command, "build", ".", "-W", "-n", "--all"], cwd=ROOT, capture_output=True, text=True)
        assert build.returncode == 0, f"the book does not build:\n{build.stdout[-4000:]}\n{build.stderr[-4000:]}"
        done.touch()
    return html


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def origins(book):
    """Where the book can be read: {"disk": "file://…", "loopback": "http://127.0.0.1:…"}."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=book))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield {"disk": book.as_uri(), "loopback": f"http://127.0.0.1:{server.server_port}"}
    server.shutdown()
    thread.join()
    server.server_close()
