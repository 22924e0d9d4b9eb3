"""Sliders: one call, alive in Jupyter and in a published page.

    explore(draw, name="square", caption="Move x, and see …", x=[-2, -1, 0, 1, 2])

With a live kernel, a move of the slider calls `draw` (live.py). A published page has no
kernel, so there every position is drawn once and put into the page (page.py). On paper,
a figure with one slider, or with one called step, shows its last position where nobody has
moved it from its first. The environment variable NNLIB_EXPLORE=live or =page forces either;
without it, Jupyter decides.
"""

import inspect
import itertools
import math
import numbers
import os
import re
from dataclasses import dataclass

from nnlib.explore.picture import encode

LIMIT = 150  # positions in a page; more than that is slow to draw and heavy to load


def explore(draw, *, name, caption, labels=None, start=None, **parameters):
    """A picture with one slider for each parameter.

    draw:        draw(**values) returns a matplotlib Figure, or (Figure, sentence); the
                 sentence stands under the picture and is read out by screen readers
    name:        the figure's id in the page; `page.html#name:x=2` opens it at x = 2
    caption:     what to try first and what to see (plain text)
    labels:      {"lr": "learning rate η"}: what a slider is called, its parameter's name otherwise
    start:       {"lr": 0.1}: where a slider starts, at its first position otherwise
    parameters:  lr=[0.01, 0.1, 1], a sequence of values, or a dict from text to value

    Returns an ipywidgets box (live) or an object with `text/html` (page). Raises TypeError or
    ValueError for a call that could not work, and whatever `draw` raises, with the position.
    """
    spec = Spec(draw, name, caption, labels or {}, start or {}, parameters)
    where = os.environ.get("NNLIB_EXPLORE") or ("live" if "JPY_SESSION_NAME" in os.environ else "page")
    if where not in ("live", "page"):
        raise ValueError(f"the environment variable NNLIB_EXPLORE is 'live' or 'page', but it holds {where!r}")
    if where == "live":
        from nnlib.explore.live import Live  # here, so that a page needs no ipywidgets

        return Live(spec)
    from nnlib.explore.page import Page

    return Page(spec)


@dataclass
class Slider:
    """One parameter: the values it takes, what each reads, and where it starts."""

    name: str
    label: str
    texts: list
    values: list
    start: int

    @property
    def shown(self):
        """The texts as they are read, with a real minus, as beside it in the picture; an address keeps the hyphen."""
        return [re.sub(r"^-(?=\d)|(?<=\de)-", "−", text) for text in self.texts]


@dataclass
class Frame:
    """One position: the picture as a data URI with its size in pixels, and its words."""

    uri: str
    size: tuple
    sentence: str
    alt: str


class Spec:
    """What was asked for, checked. `frame` draws one position."""

    def __init__(self, draw, name, caption, labels, start, parameters):
        if not callable(draw):
            raise TypeError(f"explore: draw is a function that returns a Figure, but {draw!r} came")
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", str(name)):
            raise ValueError(f"explore: name becomes an id in the page: letters, digits, hyphens, but {name!r} came")
        if not isinstance(caption, str) or not caption.strip():
            raise ValueError(f"explore({name!r}): the caption says what to try and what to see, but {caption!r} came")
        if not parameters:
            raise TypeError(f"explore({name!r}): no slider was asked for; give a parameter, for instance x=[0, 1, 2]")
        for option, given in (("labels", labels), ("start", start)):
            for key in given:
                if key not in parameters:
                    known = ", ".join(parameters)
                    raise ValueError(f"explore({name!r}): {option} names {key!r}, but the sliders are {known}")
        try:
            inspect.signature(draw).bind(**parameters)
        except TypeError as problem:
            raise TypeError(f"explore({name!r}): draw is called with {', '.join(parameters)}, but {problem}") from None
        self.draw, self.name, self.caption = draw, name, caption
        self.sliders = [_slider(name, key, values, labels, start) for key, values in parameters.items()]
        self.shape = [len(slider.values) for slider in self.sliders]
        self.start = tuple(slider.start for slider in self.sliders)

    def positions(self):
        """All positions, the last slider moving fastest."""
        count = math.prod(self.shape)
        if count > LIMIT:
            asked = " × ".join(map(str, self.shape)) + (f" = {count}" if len(self.shape) > 1 else "")
            raise ValueError(f"explore({self.name!r}): {asked} positions, and a page holds at most {LIMIT} pictures "
                             "of a figure; give fewer values")
        return itertools.product(*map(range, self.shape))

    def frame(self, position):
        """Call draw at this position (one index for each slider) and make a Frame of what it returns."""
        at = dict(zip((s.name for s in self.sliders), (s.values[i] for s, i in zip(self.sliders, position))))
        told = ", ".join(f"{s.label} = {s.shown[i]}" for s, i in zip(self.sliders, position))
        try:
            drawn = self.draw(**at)
            figure, sentence = drawn if isinstance(drawn, tuple) and len(drawn) == 2 else (drawn, "")
            if not hasattr(figure, "savefig") or not isinstance(sentence, str):
                raise TypeError("draw returns a matplotlib Figure, or a pair (Figure, sentence), but "
                                f"{drawn!r} came; is there a `return figure` at its end?")
            uri, size = encode(figure)
        except Exception as problem:
            problem.add_note(f"This happened while explore({self.name!r}) drew the position {told}.")
            raise
        return Frame(uri, size, sentence, f"{told}. {sentence or self.caption}")


def _slider(figure, name, given, labels, start):
    where = f"explore({figure!r}): the slider {name!r}"
    if isinstance(given, str) or not hasattr(given, "__iter__"):
        raise TypeError(f"{where} takes a sequence of values or a dict from text to value, but {given!r} came")
    values = list(given.values() if isinstance(given, dict) else given)
    texts = [str(text) for text in given] if isinstance(given, dict) else [_text(value) for value in values]
    if not values:
        raise ValueError(f"{where} has no position: its sequence of values is empty")
    for i, text in enumerate(texts):
        if text in texts[:i]:
            raise ValueError(f"{where} has two positions that read {text!r}; give a dict from text to value")
    return Slider(name, str(labels.get(name, name)), texts, values, _start(where, name, start, texts, values))


def _start(where, name, start, texts, values):
    if name not in start:
        return 0
    wanted = _text(start[name])
    for known in (texts, [_text(value) for value in values]):  # a dict's text, or its value
        if wanted in known:
            return known.index(wanted)
    raise ValueError(f"{where} cannot start at {wanted}: its positions are {', '.join(texts)}")


def _text(value):
    return f"{value:g}" if isinstance(value, numbers.Real) and not isinstance(value, numbers.Integral) else str(value)
