"""A headless Chromium for all tests that need one; and how well the checks know right answers from wrong ones.

CHROMIUM names the browser where it is not `chromium` on the PATH. Without a browser its tests are skipped, or fail
where REQUIRE_BROWSER is set, as it is in CI.

After the tests stands a table of every problem set: all right answers must be accepted, all wrong ones rejected, and
85% of the wrong ones named, or it is a failure.
"""

import os
import shutil
from collections import Counter

import pytest

FLAGS = ("--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
         "--disable-component-update --disable-sync").split()


@pytest.fixture(scope="session")
def chromium():
    """The browser's program."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        missing = "no Chromium: install it (apt install chromium), or name it in the environment variable CHROMIUM"
        (pytest.fail if os.environ.get("REQUIRE_BROWSER") else pytest.skip)(missing)
    return path


@pytest.fixture(scope="module")
def browser(chromium):
    """It, running. Not longer than a file's tests: Playwright's event loop would be in the way of those of others."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


NAMED = 0.85  # of the wrong answers
_banks = {}  # problem set -> its items, and a Counter of its answers


def pytest_runtest_logreport(report):
    """Collects what test_problem_sets.py noted of each answer; with xdist, the reports of the workers come by here."""
    for key, value in report.user_properties:
        if key == "bank" and report.when == "call":
            name, item, kind, as_it_should, named, answers = value
            items, counts = _banks.setdefault(name, (set(), Counter()))
            items.add(item)
            counts.update({kind: 1, f"{kind} ok": as_it_should, "named": named})
            counts["bank"] = answers


def shortfalls(name, counts):
    """One sentence for each thing that is not enough. Names are counted when the whole bank was tried, not a part."""
    for kind, verdict in (("right", "accepted"), ("wrong", "rejected")):
        if counts[f"{kind} ok"] < counts[kind]:
            yield f"{name}: {counts[f'{kind} ok']} of {counts[kind]} {kind} answers {verdict}; all must be."
    if counts["right"] + counts["wrong"] == counts["bank"] and counts["named"] < NAMED * counts["wrong"]:
        yield (f"{name}: {counts['named']} of {counts['wrong']} wrong answers named "
               f"({counts['named'] / counts['wrong']:.0%}); at least {NAMED:.0%} must be.")


def _all_shortfalls():
    return [line for name, (_, counts) in sorted(_banks.items()) for line in shortfalls(name, counts)]


def pytest_sessionfinish(session, exitstatus):
    if exitstatus == pytest.ExitCode.OK and _all_shortfalls() and not hasattr(session.config, "workerinput"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    """One line a problem set: items, right answers accepted, wrong answers rejected, wrong answers named."""
    if _banks:
        terminalreporter.section("right and wrong answers")
        terminalreporter.line("problem set   items   right accepted   wrong rejected   wrong named")
    for name, (items, n) in sorted(_banks.items()):
        columns = (("right ok", "right"), ("wrong ok", "wrong"), ("named", "wrong"))
        shares = [f"{n[part]} of {n[whole]}" for part, whole in columns]
        terminalreporter.line(f"{name:11}{len(items):8}{shares[0]:>17}{shares[1]:>17}{shares[2]:>14}")
    for line in _all_shortfalls():
        terminalreporter.line(f"FAILED {line}", red=True)
