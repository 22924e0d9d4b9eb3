"""Where the book explains it: a section's number becomes an address."""

import os
from importlib import metadata

PLACES = {  # section -> page and label; a test reads the chapters and compares
    "6.1": "06-computation-graphs.html#sec-graph",
    "6.2": "06-computation-graphs.html#sec-backward",
    "6.3": "06-computation-graphs.html#sec-torch",
    "6.4": "06-computation-graphs.html#sec-accumulate",
    "6.5": "06-computation-graphs.html#sec-build-value",
    "6.6": "06-computation-graphs.html#sec-moons",
    "6.7": "06-computation-graphs.html#sec-cost",
    "6.8": "06-computation-graphs.html#sec-libraries",
    "7.1": "07-backpropagation.html#sec-middle-man",
    "7.2": "07-backpropagation.html#sec-two-relus",
    "7.3": "07-backpropagation.html#sec-sums",
    "7.4": "07-backpropagation.html#sec-layers",
    "7.5": "07-backpropagation.html#sec-cache",
    "7.6": "07-backpropagation.html#sec-loop",
    "7.7": "07-backpropagation.html#sec-not-descent",
    "7.8": "07-backpropagation.html#sec-semicircle",
    "7.9": "07-backpropagation.html#sec-gradient-check",
    "8.1": "08-pytorch.html#sec-tensors",
    "8.2": "08-pytorch.html#sec-bridge",
    "8.3": "08-pytorch.html#sec-sequences",
    "8.4": "08-pytorch.html#sec-device",
    "8.5": "08-pytorch.html#sec-kernels",
}


def address(section):
    """The address of section "6.4" in the book, or "" when nobody said where the book is.

    The environment variable NNLIB_BOOK says it (an address, or the folder of the
    built book); else the address that the installed package names as its "Book".
    """
    base = os.environ.get("NNLIB_BOOK") or _published()
    return f"{base.rstrip('/')}/{PLACES[section]}" if base and section in PLACES else ""


def _published():
    try:
        urls = metadata.metadata("nnlib").get_all("Project-URL") or []
    except metadata.PackageNotFoundError:  # used from a folder, not installed
        return ""
    return next((u.partition(",")[2].strip() for u in urls if u.lower().startswith("book,")), "")
