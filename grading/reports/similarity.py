"""Structural similarity between submissions: whose answers share what hardly anybody else writes.

Each answer becomes a set of fingerprints (fingerprints.py).  What was released is taken out: stubs, locked cells.
The answers of the bank take part as if N₀ more students had written them: whoever finds one of these alone has not
copied.  Among N answers to an item, a fingerprint that n have weighs

    w = − log₂ ((n − 2 + ½) / (N − 1))          what everyone writes nothing, what only two have log₂(2N − 2)

Two answers are alike when they share SHARE of the weight of the smaller one.  How much that says depends on how many
others are like them, too.  With k others on the average,

    bits = log₂ ((N − 1) / (k + ½)),            and for k = 0 at least (weight shared) / OVERLAP:

if no one else comes near, the answer's own length and oddity speak.  Bits of all items are added; a pair is shown from
log₂(number of pairs) + MARGIN on, so that a class in which nobody copied shows a pair once in 2^MARGIN times, as far
as its students choose their ways independently.

It is a reason to look, never a verdict: friends who learned together write alike.
"""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from grading.cells import is_answer, is_test, settings
from grading.reports.fingerprints import Fingerprints, fingerprints, names_given
from grading.reports.work import by_item, code_only

SHARE = 0.8  # of the smaller answer's weight; independent right answers of the banks stay below 0.78, copies at 1
OVERLAP = 5.0  # fingerprints lie one in another: about so many times is each part of an answer counted
MARGIN = 10.0  # bits beyond the number of pairs
LONGEST = 50_000  # letters of a cell: more is no answer
COMMON = 0.5  # a fingerprint that more than this part of a large class has weighs too little to be looked at


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
    items: dict[str, float] = field(default_factory=dict)  # {item in which they are alike: its bits}


def read_answers(graded, released) -> dict[str, Answer]:
    """{item: answer} of one submission's notebook; what cannot be read as Python is left out."""
    given, stubs = _released(released)
    found = {}
    for cell, work in by_item(graded, released).items():
        codes = [code_only(part.source) for part in work if part.kind == "code"]
        prints, place = Fingerprints(), 0
        for code in codes:
            made = fingerprints(code, given) if len(code) <= LONGEST else None
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


def similar(submissions: dict[str, dict[str, Answer]], known: list[dict[str, Answer]] = ()) -> list[Pair]:
    """The pairs to look at, the strongest first.  submissions: {student: {item: answer}}; known: those of the bank."""
    pairs: dict[tuple[str, str], Pair] = {}
    for item in sorted({item for answers in submissions.values() for item in answers}):
        students = [student for student, answers in submissions.items() if item in answers]
        prints = [submissions[student][item].prints for student in students]
        bits = likeness(prints, [answers[item].prints for answers in known if item in answers])
        for i, j in zip(*np.nonzero(np.triu(bits, 1))):
            pair = pairs.setdefault((students[i], students[j]), Pair(students[i], students[j]))
            pair.items[item] = float(bits[i, j])
            pair.bits += pair.items[item]
    least = threshold(len(submissions))
    return sorted((pair for pair in pairs.values() if pair.bits >= least), key=lambda pair: (-pair.bits, pair.first))


def threshold(students: int) -> float:
    """The bits from which on a pair is shown."""
    return float(np.log2(max(students * (students - 1) / 2, 1))) + MARGIN


def likeness(prints: list[Fingerprints], known: list[Fingerprints]) -> np.ndarray:
    """The bits of each two answers to one item, (N, N): 0 where they are not alike."""
    shared, own = evidence([*prints, *known])
    smaller = np.minimum(own[:, None], own[None, :])
    alike = (shared >= SHARE * smaller) & (smaller > 0)
    np.fill_diagonal(alike, False)
    others = alike.sum(axis=1)
    k = (others[:, None] + others[None, :]) / 2 - 1
    bits = np.log2(max(len(own) - 1, 1) / (np.maximum(k, 0) + 0.5))
    bits = np.where(k <= 0, np.maximum(bits, shared / OVERLAP), bits)
    return np.where(alike, np.maximum(bits, 0), 0)[: len(prints), : len(prints)]


def evidence(prints: list[Fingerprints]) -> tuple[np.ndarray, np.ndarray]:
    """(the weight that each two answers share, (N, N); the weight of each answer, (N,))."""
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
