"""What is told about an item: the sentences, and the report as plain text (page.py has it as HTML)."""

from nnlib.check.book import address
from nnlib.check.mistakes import MISTAKES
from nnlib.check.show import cut

WORDS = {
    "right": "✓ right",
    "wrong": "✗ not yet right",
    "error": "✗ stopped by an error",
    "not written": "○ not written yet",
}


def summary(item):
    """One sentence: the points, and what hidden tests may still decide."""
    visible = float(sum(r.points for r in item.results if not r.hidden))
    rest = float(item.points) - visible
    if item.has_hidden or not rest:
        return f"{_points(item.earned)} of {_points(item.points)} points"
    return (f"{_points(item.earned)} of {_points(visible)} visible points; "
            f"{_points(rest)} more {'is' if rest == 1 else 'are'} decided by hidden tests")


def rows(result, known):
    """What is told about one test: (label, text, whether it is code). `known`: the mistakes already explained."""
    if result.status == "not written":
        if result.place and not result.hidden:
            yield "in", result.place, True
        return
    failed = result.status != "right"
    if failed and not result.hidden:
        if result.status == "error":
            yield "what happened", result.came, False
        elif result.came:
            yield "came", result.came, True
        if result.expected:
            yield "expected", result.expected, True
    elif failed and result.status == "error":
        yield "what happened", result.came, False
    if failed and result.place:
        yield "in", result.place, True
    if failed and result.where:
        yield "where", "; ".join(result.where), False
    if failed:
        for name in sorted(result.mistakes, key=lambda name: name not in known):  # "above" is the test before
            yield "likely cause", "the same as above" if name in known else MISTAKES[name].message, False
    if not result.hidden:
        for remark in result.remarks:
            yield "remark", remark, False
        if result.output:
            printed = result.output.rstrip("\n")
            yield "printed", cut(printed, 500), True
            if len(printed) > 500:
                yield "remark", "Only the beginning of what was printed is shown.", False
        for warning in result.warnings:
            yield "warning", warning, False


def as_text(item):
    """The report as plain text."""
    lines, known = [f"{item.name}: {summary(item)}"], set()
    for result in told(item):
        call, note = title(result)
        lines.append(f"  {WORDS[result.status]}{worth(result)}{': ' if call else ''}{call}{note}")
        lines += ["      | " + line for line in code(result)]
        for label, text, _ in rows(result, known):
            first, *more = text.split("\n")
            lines.append(f"      {label + ':':15}{first}")
            lines += [" " * 21 + line for line in more]
        for section in sections(result, known):
            lines.append(f"      {'read:':15}{reading(section)}")
        known = set(result.mistakes) or known  # "the same as above" is the last one named
    if offered := offer(item):
        lines.append("  " + offered)
    return "\n".join(lines)


def offer(item):
    """After a visible failure, that a hint can be asked for; else "": to who has not begun, none is offered."""
    if item.steps and any(r.status in ("wrong", "error") and not r.hidden for r in item.results):
        return f'Stuck? `check.hint("{item.name}")` in a cell of your own gives a hint, one step at a time.'
    return ""


def reading(section):
    return f"section {section} of the book {address(section)}".rstrip()


def told(item):
    """The results worth telling: an untouched answer is told once, and so is a gap that several tests have met."""
    if item.results and all(r.status == "not written" for r in item.results):
        return item.results[:1]
    gaps, worth_telling = set(), []
    for result in item.results:
        if result.status != "not written" or result.place not in gaps:
            worth_telling.append(result)
        if result.status == "not written":
            gaps.add(result.place)
    return worth_telling


def worth(result):
    if result.status == "not written":
        return "."
    number = _points(result.points) + (" point" if result.points == 1 else " points")
    return f", {number}" if result.status == "right" else f", {_points(result.earned)} of {number}"


def title(result):
    """(the call, a note): a run of several lines stands below instead."""
    if result.status == "not written":
        return "", " " + MISTAKES["not-written"].message
    if result.hidden:
        return "", " (a hidden test)"
    return ("", "") if "\n" in result.what else (result.what, "")


def code(result):
    several = "\n" in result.what and not result.hidden and result.status in ("wrong", "error")
    return result.what.split("\n") if several else []


def sections(result, known):
    names = [name for name in result.mistakes if name not in known] if result.status in ("wrong", "error") else []
    return list(dict.fromkeys(MISTAKES[name].section for name in names if MISTAKES[name].section))


def _points(number):
    return f"{round(float(number), 3):g}"
