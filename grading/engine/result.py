"""What examining one submission came to, as plain data, which travels between processes and machines."""

from __future__ import annotations

import json
from dataclasses import dataclass, field


@dataclass
class Verdict:
    """The verdict on one test cell."""

    item: str  # the test cell's grade_id, "test-backward"
    points: float  # that can be earned
    earned: float
    mistakes: list[str] = field(default_factory=list)  # names in nnlib.check.MISTAKES
    text: str = ""  # the report that the check gave, as plain text
    page: str = ""  # the same as HTML
    stopped: str = ""  # a sentence, when time or memory ran out, or Python died
    fault: str = ""  # a sentence to the instructor: the test itself is at fault
    by_hand: bool = False  # a person has to look: the score is for now
    reason: str = ""  # why a person has to look, where it is not the test's fault


@dataclass
class Result:
    """The verdicts on one submission, the notebook with its outputs, and what is to be said about it."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)  # by item
    notebook: str = ""  # the graded notebook, as JSON; empty when the file could not be read
    notes: list[str] = field(default_factory=list)  # what was mended: cells restored, doubled, renamed
    trouble: str = ""  # a sentence: why nothing could be examined
    seconds: float = 0.0

    @property
    def earned(self) -> float:
        return sum(verdict.earned for verdict in self.verdicts.values())

    def plain(self) -> dict:
        """As dicts, texts and numbers."""
        return {**vars(self), "verdicts": {name: vars(verdict) for name, verdict in self.verdicts.items()}}

    @classmethod
    def of_plain(cls, data: dict) -> Result:
        return cls(**{**data, "verdicts": {name: Verdict(**verdict) for name, verdict in data["verdicts"].items()}})

    def to_json(self) -> str:
        return json.dumps(self.plain(), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Result:
        return cls.of_plain(json.loads(text))
