"""Where the book explains it: a section's number becomes its title and its address."""

import os
from importlib import metadata

PAGES = {"6": "06-computation-graphs.html"}


def address(section):
    """The address of section "6.4" in the book, or "" when nobody said where the book is.

    The environment variable NNLIB_BOOK says it (an address, or the folder of the
    built book); else the address that the installed package names as its book.
    """
    base, page = os.environ.get("NNLIB_BOOK") or _published(), PAGES.get(section.split(".")[0])
    return f"{base.rstrip('/')}/{page}#s{section.replace('.', '-')}" if base and page else ""


def _published():
    try:
        urls = metadata.metadata("nnlib").get_all("Project-URL") or []
    except metadata.PackageNotFoundError:  # used from a folder, not installed
        return ""
    return next((u.partition(",")[2].strip() for u in urls if u.lower().startswith("book,")), "")
