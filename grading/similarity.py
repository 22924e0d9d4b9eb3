"""Structural similarity between submissions: whose answers share what hardly anybody else writes.

Each answer becomes a set of fingerprints (fingerprints.py).  What was released is taken out: stubs, locked cells.
A fingerprint x of an item, shared by two submissions, is evidence according to how many of the others have it, too:

    bits(x) = − log₂ ((n − 2 + ½) / (N − 2 + 1))      n of N submissions of the item have it

so that what everyone writes weighs nothing, and a turn that only these two have weighs log₂(2N − 2).  An item of a
pair counts when the two share at least SHARE of the bits of the smaller answer, and these are at least ITEM bits;
a pair is shown when the items that count hold BITS together.

It is a reason to look, never a verdict: two friends who learned together write alike, and a short item leaves little
room.  How the thresholds were chosen: book/instructors.md.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from grading.fingerprints import Fingerprints, fingerprints, names_given
from grading.source import is_answer, is_test, settings
from grading.work import by_item, code_only

SHARE = 0.8  # of the smaller answer's bits
ITEM = 40.0  # bits that an item must share to count: below it, equal answers are a small world
BITS = 60.0  # bits of all items that count, for a pair to be shown
COMMON = 0.5  # a fingerprint that more than this part of a large class has is no evidence; it is not even looked at


@dataclass
class Answer:
    """One submission's answer to one item: its code, and its fingerprints."""

    code: str
    prints: Fingerprints


@dataclass
class Pair:
    """Two submissions that share more than chance explains."""

    first: str
    second: str
    bits: float = 0.0
    items: dict[str, float] = field(default_factory=dict)  # {item that counts: the share of the smaller answer}


def read_answers(graded, released) -> dict[str, Answer]:
    """{item: answer} of one submission's notebook; what cannot be read as Python is left out."""
    given, stubs = _released(released)
    found = {}
    for cell, work in by_item(graded, released).items():
        codes = [code_only(part.source) for part in work if part.kind == "code"]
        prints, place = Fingerprints(), 0
        for code in codes:
            made = fingerprints(code, given)
            if made is not None:
                made.lines = {key: lines for key, lines in made.lines.items() if key not in stubs}
                prints.add(made, place)
            place += code.count("\n") + 2  # an empty line between cells
        if prints.lines:
            found[cell.removeprefix("test-")] = Answer("\n\n".join(codes), prints)
    return found


_cache: dict[int, tuple] = {}


def _released(notebook) -> tuple[frozenset, set]:
    """(the names that the released notebook gives, the fingerprints that stand in it)."""
    key = id(notebook)
    if key not in _cache:
        codes = [code_only(cell.source) for cell in notebook.cells if cell.cell_type == "code"]
        handed_out = [cell for cell in notebook.cells if cell.cell_type == "code" and not is_test(cell)
                      and (is_answer(cell) or settings(cell).get("locked"))]
        given = frozenset().union(*(names_given(code_only(cell.source)) for cell in handed_out))
        stubs = {key for code in codes if (made := fingerprints(code, given)) for key in made.lines}
        _cache.clear()
        _cache[key] = (given, stubs, notebook)  # the notebook is kept, or another could get its id
    return _cache[key][:2]


def similar(submissions: dict[str, dict[str, Answer]], share: float = SHARE, item_bits: float = ITEM,
            bits: float = BITS) -> list[Pair]:
    """The pairs above the thresholds, the strongest first.  submissions: {student: {item: answer}}."""
    pairs: dict[tuple[str, str], Pair] = {}
    for item in sorted({item for answers in submissions.values() for item in answers}):
        students = [student for student, answers in submissions.items() if item in answers]
        shared, own = evidence([submissions[student][item].prints for student in students])
        smaller = np.minimum(own[:, None], own[None, :])
        counts = np.triu((shared >= item_bits) & (shared >= share * smaller), 1)
        for i, j in zip(*np.nonzero(counts)):
            pair = pairs.setdefault((students[i], students[j]), Pair(students[i], students[j]))
            pair.bits += float(shared[i, j])
            pair.items[item] = float(shared[i, j] / smaller[i, j])
    return sorted((pair for pair in pairs.values() if pair.bits >= bits), key=lambda pair: (-pair.bits, pair.first))


def evidence(prints: list[Fingerprints]) -> tuple[np.ndarray, np.ndarray]:
    """(the bits that each two answers share, (N, N); the bits that each answer holds, (N,))."""
    total, owners = len(prints), defaultdict(list)
    for place, of_answer in enumerate(prints):
        for key in of_answer.lines:
            owners[key].append(place)
    shared, own = np.zeros((total, total)), np.zeros(total)
    for places in owners.values():
        others = max(len(places) - 2, 0)
        weight = -np.log2((others + 0.5) / max(total - 1, 1))
        if weight <= 0 or total > 20 and len(places) > COMMON * total:
            continue
        places = np.array(places)
        own[places] += weight
        shared[np.ix_(places, places)] += weight
    return shared, own


def shared_lines(one: Answer, other: Answer) -> tuple[set[int], set[int]]:
    """The lines of each answer that stand in a fingerprint of both."""
    both = one.prints.lines.keys() & other.prints.lines.keys()
    return (set().union(*(one.prints.lines[key] for key in both)),
            set().union(*(other.prints.lines[key] for key in both)))
