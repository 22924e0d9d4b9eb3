"""How well the checks know right answers from wrong ones: a table after the tests, and a failure if not enough.

Of every problem set, all right answers must be accepted, all wrong ones rejected, and 85% of the wrong ones named.
"""

from collections import Counter

import pytest

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
