"""Put a submission's cells in order, trusting only the master: the released notebook with all its tests.

Students delete, copy, rename and edit cells, mostly by accident, and some tools drop metadata. So nbgrader's
settings of every cell are written anew, locked cells get their text back, and missing cells return to their places.
"""

import hashlib

from nbformat import from_dict

from grading.cells import is_answer, is_written, settings


def restore(notebook, master) -> list[str]:
    """Put the cells in order, in place; a sentence for each thing that was out of order."""
    known = {settings(cell)["grade_id"]: cell for cell in master.cells if settings(cell)}
    notes = _claim(notebook, known) + _bring_back(notebook, known) + list(_too_late(notebook))
    number(notebook)
    return notes


def _claim(notebook, known):
    """Each name goes to the last cell that carries it; all other settings are dropped."""
    taken, doubled, edited, old = set(), [], [], []
    for cell in reversed(notebook.cells):
        name, unchanged = settings(cell).get("grade_id"), as_handed_out(cell)
        cell.metadata.pop("nbgrader", None)
        if not isinstance(name, str) or name not in known:
            continue
        if name in taken:
            doubled.append(name)
            continue
        taken.add(name)
        if settings(known[name])["locked"] and not same_text(cell.source, known[name].source):
            (old if unchanged else edited).append(name)
        _restore(cell, known[name])
    return [f"Cell {name} stands twice in the submission: the last one counts." for name in reversed(doubled)] + [
        f"Locked cell {name} was changed: its text is that of the release again." for name in reversed(edited)] + [
        f"Cell {name} is of an earlier release: it was graded with the present one." for name in reversed(old)]


def as_handed_out(cell) -> bool:
    """Does the cell still have the checksum that nbgrader gave it at its release?

    Said in a note and nowhere else: a student can write any checksum, and the cell's text comes from the release.
    """
    about = settings(cell)
    flags = [str(bool(about.get(name, False))) for name in ("grade", "solution", "locked")]
    points = about.get("points") if about.get("grade") else None
    parts = [cell.source, cell.cell_type, *flags, about.get("grade_id")]
    parts += [float(points)] if isinstance(points, (int, float)) and abs(points) < 1e9 else []
    return about.get("checksum") == hashlib.md5("".join(map(str, parts)).encode(errors="replace")).hexdigest()


def same_text(submitted, source):
    """A released cell is the source without its hidden tests: so its lines are among those of the source, in order."""
    lines = iter(source.split("\n"))
    return isinstance(submitted, str) and all(line in lines for line in submitted.rstrip("\n").split("\n"))


def _bring_back(notebook, known):
    """Insert each missing cell just before the next released one, after all that may belong to it."""
    notes, order = [], list(known)
    for place, name in enumerate(order):
        here = [settings(cell).get("grade_id") for cell in notebook.cells]
        if name in here:
            continue
        notes.append(f"Cell {name} is missing from the submission: brought back from the release.")
        before = [here.index(other) for other in order[:place] if other in here][-1:]
        after = [here.index(other) for other in order[place:] if other in here][:1]
        spot = max(after + [index + 1 for index in before]) if after else len(notebook.cells)
        cell = from_dict(known[name])  # a copy
        if settings(cell)["solution"] and not settings(cell)["grade"]:
            # Not the empty exercise: it would undo an answer that stands in a cell of the student's own.
            cell.source = "# This answer was missing from the submission."
        _restore(cell, known[name])
        notebook.cells.insert(spot, cell)
    return notes


def _too_late(notebook):
    """A sentence for each answer that stands below its test, which then cannot see it."""
    place = {settings(cell)["grade_id"]: place for place, cell in enumerate(notebook.cells) if settings(cell)}
    for cell in filter(is_answer, notebook.cells):
        name = settings(cell)["grade_id"]
        if place[name] > place.get(f"test-{name}", place[name]):
            yield f"Cell {name} stands below its test, so the test did not see it."


def missing(notebook, master) -> set[str]:
    """The names of the released cells that the submission, as it came, no longer has."""
    here = [settings(cell).get("grade_id") for cell in notebook.cells]  # a list: a student's name may be anything
    return {name for cell in master.cells if settings(cell) and (name := settings(cell)["grade_id"]) not in here}


def elsewhere(notebook, master, gone=frozenset()) -> list[str]:
    """The written items left as they were released, beside which a text of the student's own stands.

    Beside: between the released cells above and below. An item whose cell was `gone` has lost its place, so for it
    any such text of the notebook will do. For a notebook that `restore` has put in order.
    """
    texts = {settings(cell)["grade_id"]: cell.source.strip() for cell in master.cells if settings(cell)}
    released = {cell.source.strip() for cell in master.cells}
    found, own, left = [], False, None  # a text of the student's own above; a written item left empty above
    anything = False  # a text of the student's own in any place
    for cell in notebook.cells:
        about, text = settings(cell), cell.source.strip()
        if _is_text(cell) and not about and text and text not in released:
            own, anything, found, left = True, True, found + [left] * (left is not None), None
        elif about or text in released:
            empty = is_written(cell) and text == texts[about["grade_id"]]
            if empty and own:
                found.append(about["grade_id"])
            own, left = False, about["grade_id"] if empty and not own else None
    written = [settings(cell)["grade_id"] for cell in master.cells if is_written(cell)]
    return found + [name for name in written if anything and name in gone and name not in found]


def _is_text(cell):
    """Is this written for a person? So is a cell of comments that are a sentence or more."""
    comments = all(line.lstrip()[:1] in ("", "#") for line in cell.source.split("\n"))
    return cell.cell_type != "code" or comments and len(cell.source.split()) >= 8


def _restore(cell, known):
    """Make a submitted cell what the master says it is; a locked cell gets its text and nothing else."""
    cell.cell_type = known.cell_type
    if known.cell_type == "code":
        cell.setdefault("outputs", [])
        cell.setdefault("execution_count", None)
        cell.pop("attachments", None)
    else:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)
    if settings(known)["locked"]:
        cell.metadata = from_dict(known.metadata)  # a student's tag could skip the test
        cell.source = known.source
    cell.metadata["nbgrader"] = from_dict(settings(known))


def number(notebook):
    """Cell ids that are all different, whatever the submission says."""
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
