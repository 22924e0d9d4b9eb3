"""The pictures of the report: plain data in, inline SVG out, in the colours of the page it stands in."""

import io
import re
from zlib import crc32

import matplotlib
import numpy as np
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from grading.reports.figures import Figures

# Colours that stand for the page's own, light or dark: style.css says what they are.
COLOURS = {"#010203": "ink", "#010204": "soft", "#010205": "line", "#010206": "full", "#010207": "part",
           "#010208": "none", "#010209": "waits", "#01020a": "link", "#01020b": "paper"}
INK, SOFT, LINE, FULL, PART, NONE, WAITS, LINK, PAPER = COLOURS
STYLE = {"svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10, "text.color": INK,
         "axes.edgecolor": LINE, "axes.labelcolor": SOFT, "xtick.color": SOFT, "ytick.color": INK,
         "hatch.linewidth": 0.6, "axes.spines.top": False, "axes.spines.right": False, "axes.spines.left": False,
         "axes.axisbelow": True}


def histogram(figures: Figures) -> Markup:
    """How many submissions have how many points."""
    edges = np.linspace(0, max(figures.points, 1e-9), 1 + min(15, max(5, round(figures.points))))
    with matplotlib.rc_context(STYLE):
        figure, axes = _axes(2.4)
        counts, _, _ = axes.hist(np.clip(figures.scores, 0, figures.points), edges, color=LINK, rwidth=0.92)
        axes.set_xlabel("points")
        axes.set_yticks([])
        for count, left, right in zip(counts, edges, edges[1:]):
            if count:
                axes.annotate(f"{count:.0f}", ((left + right) / 2, count), (0, 3), textcoords="offset points",
                              ha="center", color=SOFT)
        mean = float(np.mean(figures.scores)) if figures.scores else 0.0
        return _svg(figure, f"Histogram of the scores: {len(figures.scores)} submissions from 0 to {figures.points:g} "
                            f"points, {mean:.1f} on the average. The table below has the numbers.")


def states(figures: Figures) -> Markup:
    """For each item, the parts of the class with all, some and no points, and that wait for a person."""
    names = [item.item for item in figures.items]
    parts = [("all points", FULL, [item.full for item in figures.items], ""),
             ("some", PART, [item.some for item in figures.items], "///"),
             ("none", NONE, [item.none for item in figures.items], "xxx"),
             ("wait for a person", WAITS, [item.waiting for item in figures.items], "...")]
    with matplotlib.rc_context(STYLE):
        figure, axes = _axes(0.9 + 0.36 * len(names))
        left = np.zeros(len(names))
        for label, colour, counts, hatch in parts:
            if any(counts):
                axes.barh(range(len(names)), counts, left=left, color=colour, label=label, height=0.66, hatch=hatch,
                          edgecolor=PAPER, linewidth=1)
            left = left + counts
        axes.set_yticks(range(len(names)), names)
        axes.invert_yaxis()
        axes.tick_params(length=0)
        axes.set_xlabel("submissions")
        axes.xaxis.get_major_locator().set_params(integer=True)
        if axes.patches:
            figure.legend(loc="outside upper left", ncols=4, frameon=False, handlelength=1.4,
                          columnspacing=1.2)
        return _svg(figure, "For each item, how many submissions have all, some and no points. "
                            "The table below has the numbers.")


def mistakes(figures: Figures, most: int = 10) -> Markup:
    """The commonest mistakes by name."""
    rows = figures.mistakes[:most]
    with matplotlib.rc_context(STYLE):
        figure, axes = _axes(0.6 + 0.32 * len(rows))
        axes.barh(range(len(rows)), [count for _, count, _ in rows], color=NONE, height=0.6)
        axes.set_yticks(range(len(rows)), [name for name, *_ in rows])
        axes.invert_yaxis()
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
        axes.tick_params(length=0)
        for place, (_, count, _) in enumerate(rows):
            axes.annotate(f"{count}", (count, place), (4, 0), textcoords="offset points", va="center", color=SOFT)
        return _svg(figure, f"The {len(rows)} commonest mistakes by name. The table below has the numbers.")


def _axes(height: float):
    figure = Figure(figsize=(7.6, height), layout="constrained")
    figure.patch.set_alpha(0)
    axes = figure.subplots()
    axes.patch.set_alpha(0)
    return figure, axes


def _svg(figure: Figure, words: str) -> Markup:
    """The figure as an <svg> element that can be read out, with ids of its own, in the page's colours."""
    data = io.StringIO()
    with matplotlib.rc_context(STYLE | {"svg.hashsalt": words}):
        figure.savefig(data, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = data.getvalue()
    text = text[text.index("<svg"):]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.S)
    text = re.sub(r"#0102[0-9a-f]{2}", lambda found: f"var(--{COLOURS[found[0]]})", text)
    text = re.sub(r"font: ([^;]*?)'[^\"]*?\"", r'font: \1system-ui, sans-serif"', text)
    prefix = f"c{crc32(words.encode())}-"
    text = re.sub(r'id="', f'id="{prefix}', text)
    text = re.sub(r'url\(#|href="#', lambda found: found[0] + prefix, text)
    head = f'<svg role="img" aria-label="{escape(words)}" class="chart" '
    return Markup(re.sub(r'width="[^"]*pt"|height="[^"]*pt"', "", head + text[len("<svg "):], count=2))
