"""What the metadata say of a cell, those of nbgrader and its tags."""


def settings(cell) -> dict:
    """nbgrader's settings of a cell, or an empty dict."""
    found = cell.metadata.get("nbgrader")
    return found if isinstance(found, dict) else {}


def is_test(cell) -> bool:
    """True for a cell that nbgrader scores by running it."""
    return cell.cell_type == "code" and bool(settings(cell).get("grade")) and not settings(cell).get("solution")


def is_answer(cell) -> bool:
    """True for a code cell that the student fills in and that a test cell scores."""
    return cell.cell_type == "code" and bool(settings(cell).get("solution")) and not settings(cell).get("grade")


def is_written(cell) -> bool:
    """True for an answer that a person reads and grades."""
    return bool(settings(cell).get("grade") and settings(cell).get("solution"))


def for_the_eye(cell) -> bool:
    """True for a cell with a slider, which is not run while grading: nobody looks then."""
    return "slider" in cell.metadata.get("tags", [])
