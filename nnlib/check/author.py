"""What the author of a test cell has written: points, names of mistakes, lines of code; or what is wrong with it."""

import ast
from fractions import Fraction
from functools import lru_cache

from nnlib.check.mistakes import MISTAKES


class AuthorError(Exception):
    """The test cell itself is wrong; no student can mend it."""

    def __init__(self, item, fault):
        super().__init__(f"{item}: {fault}\n"
                         "This is a mistake in the test cell, not in your answer. Please tell your instructor.")


def known(name, mistakes):
    """Raises AuthorError where a foreseen mistake has no entry in the table."""
    for mistake in mistakes:
        if mistake not in MISTAKES:
            raise AuthorError(name, f"no mistake is called {mistake!r}; add it to nnlib/check/mistakes/.")


def exact(name, points):
    """The points as a Fraction. Raises AuthorError where they are no number above 0."""
    if isinstance(points, Fraction):
        return points
    if isinstance(points, bool) or not isinstance(points, (int, float)) or not points > 0:
        raise AuthorError(name, f"points must be a number above 0, not {points!r}.")
    return Fraction(str(points))  # 0.1 means one tenth, so that sums are exact


@lru_cache(1000)
def parsed(name, code):
    """(the text, its statements, its last line as an expression), the last line being the result."""
    text = code.strip("\n")
    try:
        tree = ast.parse(text)
    except SyntaxError:
        tree = ast.Module([], [])
    last = tree.body.pop() if tree.body else None
    if not isinstance(last, ast.Expr):
        raise AuthorError(name, "the lines given to run(…) must be Python and end with an expression.")
    return text, compile(tree, "<test>", "exec"), compile(ast.Expression(last.value), "<test>", "eval")
