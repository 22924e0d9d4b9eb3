"""Checks that teach: what a student's test cell calls.

    from nnlib import check

    t = check.item("ps06.by_hand", points=3)
    t.call(by_hand, 5.0, 4.0, 3.0, 2.0).gives((25.0, (3.0, 3.0, 9.0, -1.0)), points=3)
    t.score()

On failure the report says what was called, what came, what was expected, where
they differ and what is the likely cause, with the section of the book to read.
`check.hint("ps06.by_hand")` goes one step further each time; `check.progress()`
shows which items pass.
"""

from nnlib.check.author import AuthorError
from nnlib.check.batches import mini_batches
from nnlib.check.graphs import forward_order
from nnlib.check.guard import TimeLimit
from nnlib.check.hints import hint
from nnlib.check.items import Item, item, results
from nnlib.check.mistakes import MISTAKES, Mistake
from nnlib.check.standing import progress

__all__ = ["MISTAKES", "AuthorError", "Item", "Mistake", "TimeLimit", "forward_order", "hint", "item", "mini_batches",
           "progress", "results"]
