"""One look for every picture: dark ink on an opaque white ground, readable on a phone.

The ground is opaque so that a page in dark mode, or JupyterLab's dark theme, shows the
same picture as a white page. Colour never speaks alone: each meaning also has a word,
a line width, a dash pattern or a shape.
"""

import io

import matplotlib
from matplotlib.figure import Figure

INK, MUTED, FAINT = "#1c2530", "#56616d", "#d5dbe1"
BLUE, BLUE_FILL = "#1d5a9e", "#e9f1fa"  # what the forward pass computes
RED, RED_FILL = "#a63a12", "#fdeee5"  # what the backward pass computes
LOOKS = ((BLUE, "o", "-"), (RED, "s", "--"), (INK, "^", "-."), (MUTED, "D", ":"))  # of curves in one picture

STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 12,  # points, in pictures about 5 inches wide: 11 pixels on a phone
    "text.color": INK,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlesize": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "lines.linewidth": 2.2,
    "lines.markersize": 7,
    "svg.fonttype": "path",  # no font has to be there where the page is read
    "svg.hashsalt": "nnlib",  # the same picture is the same file
}


class Picture(Figure):
    """A Figure that shows itself in a notebook as SVG: sharp at every size, and small."""

    def _repr_svg_(self):
        out = io.StringIO()
        with matplotlib.rc_context(STYLE):
            self.savefig(out, format="svg", metadata={"Date": None})
        return out.getvalue()


def subplots(width=5.2, height=3.4, rows=1, columns=1, **options):
    """An empty picture in the book's style: (Figure, Axes), or (Figure, array of Axes). Sizes in inches.

    More options go to matplotlib's Figure.subplots, for instance sharex or height_ratios.
    """
    with matplotlib.rc_context(STYLE):
        figure = Picture(figsize=(width, height), layout="constrained")
        return figure, figure.subplots(rows, columns, **options)


def number(x):
    """Three significant digits, four for whole numbers, and a real minus sign."""
    x = float(x) + 0.0  # −0 becomes 0
    return f"{x:{'.4g' if x.is_integer() else '.3g'}}".replace("-", "−")


def bracket(x):
    """The number, in brackets where it is below 0."""
    return f"({number(x)})" if x < 0 else number(x)
