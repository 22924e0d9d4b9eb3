"""Every mistake that a check can name: name -> (what a tutor would say, section of the book).

To add one: a row in the file of its chapter, and either a test cell that says which value the mistake
gives, `.gives(expected, mistakes={"name": value})`, or a pattern in diagnose.py.
A message says what probably happened and what to look at. It never gives the code.
"""

from typing import NamedTuple

from nnlib.check.mistakes import anywhere, chapter06, chapter07, chapter08


class Mistake(NamedTuple):
    message: str
    section: str = ""  # "6.4"; "" where the book has no better explanation than the message


MISTAKES = {name: Mistake(*row) for part in (anywhere, chapter06, chapter07, chapter08) for name, row in part.ROWS.items()}
