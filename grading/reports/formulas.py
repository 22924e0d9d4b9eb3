"""Texts that a table program could take for a formula.

A name or a comment may begin like one, `=HYPERLINK(…)`, and a table program would run it on the instructor's machine.
So every text that could be one gets an apostrophe before it, as spreadsheets do themselves.
"""

import re

# At the beginning, and after whatever some program takes for the end of a cell.
FORMULA = re.compile(r"(^|[;\t\r\n])(?=['\"\s]*[=+\-@＝＋－＠])")
DEFUSED = re.compile(r"(^|[;\t\r\n])'(?=['\"\s]*[=+\-@＝＋－＠])")


def defused(text: str) -> str:
    """The text with an apostrophe before everything that a table program could take for a formula."""
    return text if text == "-" else FORMULA.sub(r"\1'", text)  # Moodle's "no grade" is no formula


def restored(text: str) -> str:
    """The text that `defused` was given."""
    return DEFUSED.sub(r"\1", text)
