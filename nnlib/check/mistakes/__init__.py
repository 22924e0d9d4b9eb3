"""Every mistake that a check can name: name -> (what a tutor would say, section of the book).

To add one: a row in the file of its chapter, and either a test cell that says which value the mistake
gives, `.gives(expected, mistakes={"name": value})`, or a pattern in diagnose.py.
For a new chapter make `chapterNN.py` with a table `ROWS`: every file of this folder counts.
A message says what probably happened and what to look at. It never gives the code.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import NamedTuple


class Mistake(NamedTuple):
    message: str
    section: str = ""  # "6.4"; "" where the book has no better explanation than the message


def together(tables):
    """One table of many, {file: its ROWS}. Raises ValueError where two name the same mistake."""
    found, homes = {}, {}
    for file, rows in tables.items():
        for name, row in rows.items():
            if name in found:
                raise ValueError(f"The mistake {name!r} stands in {homes[name]}.py and in {file}.py of "
                                 "nnlib/check/mistakes/. Use the one that is there, or call the new one otherwise.")
            found[name], homes[name] = Mistake(*row), file
    return found


MISTAKES = together({file: import_module(f"{__name__}.{file}").ROWS for _, file, _ in iter_modules(__path__)})
