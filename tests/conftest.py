"""Prints, after the tests, how well the checks know right answers from wrong ones."""

from collections import Counter


def pytest_terminal_summary(terminalreporter):
    """One line a problem set: items, right answers accepted, wrong answers rejected, wrong answers named."""
    counts, items = {}, {}
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        for key, value in report.user_properties:
            if key == "bank" and report.when == "call":
                name, item, kind, as_it_should, named = value
                items.setdefault(name, set()).add(item)
                counts.setdefault(name, Counter()).update({kind: 1, f"{kind} ok": as_it_should, "named": named})
    if counts:
        terminalreporter.section("right and wrong answers")
        terminalreporter.line("problem set   items   right accepted   wrong rejected   wrong named")
    for name, n in sorted(counts.items()):
        columns = (("right ok", "right"), ("wrong ok", "wrong"), ("named", "wrong"))
        shares = [f"{n[part]} of {n[whole]}" for part, whole in columns]
        terminalreporter.line(f"{name:11}{len(items[name]):8}{shares[0]:>17}{shares[1]:>17}{shares[2]:>14}")
