"""What instructors run: from one source to a grade.  Students never import this package.

Read the rooms in the order in which a problem set travels: authoring -> hand_in -> records (which drives the engine)
-> reports.  `cli` is the command `course`.
"""

import sys

# Written so that even a very old Python can read it and say something useful.
if sys.version_info < (3, 11):  # noqa: UP036 - told to an old Python, too
    raise SystemExit(
        "This course needs Python 3.11 or newer, but this is Python "
        + ".".join(map(str, sys.version_info[:2]))
        + " (" + sys.executable + "). Install a newer Python, make a new environment with it "
        "(`make book` does that), and try again."
    )

# With nbformat comes jsonschema, which would build a grammar of international web addresses, in two seconds and in
# every process, for a format that no notebook's schema asks for. Without the module it does without.
sys.modules.setdefault("rfc3987_syntax", None)
