"""What instructors run: from one source to a grade.  Students never import this package.

Read the modules in the order in which a problem set travels:
source -> leaks -> release -> collect -> restore -> execute -> grade; `cli` is the command `course`.
"""

import sys

OLDEST_PYTHON = (3, 11)

# Written so that even a very old Python can read it and say something useful.
if sys.version_info < OLDEST_PYTHON:
    raise SystemExit(
        "This course needs Python %d.%d or newer, but this is Python %d.%d (%s). "
        "Install a newer Python, make a new environment with it (`make book` does that), and try again."
        % (OLDEST_PYTHON + tuple(sys.version_info[:2]) + (sys.executable,))  # noqa: UP031 - old Pythons read this
    )
