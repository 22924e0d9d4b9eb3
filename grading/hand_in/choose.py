"""Which of a student's files is the notebook of a problem set: by its name, else by what stands in it."""

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from grading.hand_in.archive import CannotTake, File
from grading.hand_in.owners import Owner


@dataclass(frozen=True)
class Piece:
    """A file, whose it is, and its path inside what the student handed in."""

    owner: Owner
    inside: tuple[str, ...]
    file: File

    @property
    def name(self) -> str:
        """The file's name as the student gave it: Canvas numbers those that it had before."""
        return re.sub(r"-\d+(?=\.ipynb$)", "", self.inside[-1]) if self.owner.kind == "Canvas" else self.inside[-1]


def by_name(pieces: Sequence[Piece], problem_set: str) -> tuple[list[Piece], list[str]]:
    """(the notebook of each attempt, the newest last; what is to be said).

    `psNN.ipynb` in any folder, psNN/ first; else the only notebook with psNN in its name.
    """
    fitting = [piece for piece in notebooks(pieces) if piece.owner.problem_set in ("", problem_set)]
    exact = [piece for piece in fitting if piece.name.lower() == f"{problem_set}.ipynb"]
    close = [piece for piece in fitting if _named(piece, problem_set)]
    attempts = defaultdict(list)
    for piece in exact or close:
        attempts[piece.owner.stamp, piece.owner.number or 0, piece.owner.user].append(piece)
    chosen, notes = [], []
    for _, found in sorted(attempts.items()):
        as_asked = lambda piece: (problem_set not in piece.inside[:-1], len(piece.inside))
        found.sort(key=lambda piece: (*as_asked(piece), piece.name != f"{problem_set}.ipynb", piece.inside))
        if len(found) > 1 and not exact:
            return [], [f"{problem_set}.ipynb is missing; found: {_list(found)}"]
        if len(found) > 1:
            notes.append(f"{'/'.join(found[0].inside)} was taken; also found: {_list(found[1:])}")
        chosen.append(found[0])
    if chosen and chosen[-1].name != f"{problem_set}.ipynb":
        notes.append(f"{chosen[-1].name} was taken for {problem_set}.ipynb")
    if not chosen:
        found = _list(fitting) or (f"no notebook, but {_list(pieces)}" if pieces else "no notebook at all")
        notes.append(f"{problem_set}.ipynb is missing; found: {found}")
    return chosen, notes


def by_contents(
    pieces: Sequence[Piece], problem_set: str, expected: Sequence[str], otherwise: list[str]
) -> tuple[list[Piece], list[str]]:
    """The only notebook, named after no problem set, that holds most of this one's cells; else nothing, `otherwise`."""
    fitting = []
    for piece in notebooks(pieces):
        if piece.owner.problem_set not in ("", problem_set) or re.search(r"ps\d\d", piece.name, re.I):
            continue
        try:
            cells = json.loads(piece.file.read())["cells"]
            names = {str(_grade_id(cell)) for cell in cells}
        except (CannotTake, ValueError, KeyError, TypeError, RecursionError):
            continue  # no notebook, or a damaged one
        if len(names & set(expected)) > len(expected) / 2:
            fitting.append(piece)
    if len(fitting) != 1:
        return [], otherwise
    return fitting, [f"{fitting[0].name} was taken for {problem_set}.ipynb: it holds its cells"]


def _grade_id(cell) -> object:
    try:
        return cell["metadata"]["nbgrader"]["grade_id"]
    except (KeyError, TypeError):
        return None


def notebooks(pieces: Sequence[Piece]) -> list[Piece]:
    return [piece for piece in pieces if piece.name.lower().endswith(".ipynb")]


def mentions(pieces: Sequence[Piece], problem_set: str) -> bool:
    """Whether some notebook is named after a problem set."""
    return any(_named(piece, problem_set) or piece.owner.problem_set == problem_set for piece in notebooks(pieces))


def _named(piece: Piece, problem_set: str) -> bool:
    return bool(re.search(rf"{re.escape(problem_set)}(?!\d)", piece.name, re.I))


def _list(pieces: Sequence[Piece]) -> str:
    names = ["/".join(piece.inside)[:80] for piece in pieces]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
