"""A Figure as a data URI: SVG, small and the same at every build, or PNG where that is smaller."""

import base64
import io
import re
import sys
import zlib

import matplotlib
from PIL import Image

HEAVY = 12_000  # bytes of compressed SVG from which a PNG is tried
SHRINK = re.compile(r'(?<= d=")[^"]*|translate\([^)]*\)| [xy][12]?="[^"]*"')
ESCAPES = str.maketrans({c: f"%{ord(c):02X}" for c in '%#<>"&'} | {"\n": " "})


def encode(figure):
    """(data URI, (width, height) in CSS pixels) of a Figure, which is closed."""
    size = tuple(round(96 * inches) for inches in figure.get_size_inches())
    svg = _svg(figure)
    uri = "data:image/svg+xml," + svg.translate(ESCAPES)
    if (weight := len(zlib.compress(svg.encode()))) > HEAVY:
        png = _png(figure)
        if len(png) < weight:
            uri = "data:image/png;base64," + base64.b64encode(png).decode()
    if "matplotlib.pyplot" in sys.modules:  # a figure made by pyplot would be kept, and shown a second time
        sys.modules["matplotlib.pyplot"].close(figure)
    return uri, size


def _svg(figure):
    out = io.StringIO()
    # Letters as paths: no font has to be there. A fixed salt and no date: the same bytes at every build.
    with matplotlib.rc_context({"svg.fonttype": "path", "svg.hashsalt": "nnlib"}):
        figure.savefig(out, format="svg", metadata={"Date": None})
    svg = out.getvalue()[out.getvalue().index("<svg") :]
    svg = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|\s*\n\s*", " ", svg, flags=re.S)
    svg = SHRINK.sub(lambda found: re.sub(r"\d+\.\d{3,}", lambda n: f"{float(n[0]):.2f}", found[0]), svg)
    return svg if "'" in svg else svg.replace('"', "'")


def _png(figure):
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=150)
    small = io.BytesIO()
    Image.open(out).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(small, "png", optimize=True)
    return small.getvalue()
