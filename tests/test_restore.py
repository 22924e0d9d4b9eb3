"""A submission put in order, and what is said of it."""

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell
from nbgrader.utils import compute_checksum
from small_course import PS, ROOT, make_course

from grading.cells import settings
from grading.engine.restore import as_handed_out, elsewhere, missing, restore
from grading.records.gradebook import connect
from grading.records.job import master_notebook


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("course") / "c")


@pytest.fixture
def master(course):
    with connect(course) as connection:
        return nbformat.reads(connection.run(lambda g: master_notebook(course, g, PS)).decode(), as_version=4)


@pytest.fixture
def submission(course):
    return nbformat.read(course.folder("release", PS) / f"{PS}.ipynb", as_version=4)


def cell(notebook, name):
    return next(cell for cell in notebook.cells if settings(cell).get("grade_id") == name)


def move(notebook, name, place):
    found = cell(notebook, name)
    notebook.cells.remove(found)
    notebook.cells.insert(place, found)


def test_nothing_is_said_of_a_notebook_as_it_was_handed_out(submission, master):
    assert restore(submission, master) == [] and elsewhere(submission, master) == []


@pytest.mark.parametrize("name", ["ps06", "ps07", "ps08"])
def test_the_checksum_is_that_of_nbgrader(name):
    released = nbformat.read(ROOT / f"exercises/{name}/{name}.ipynb", as_version=4)
    named = [cell for cell in released.cells if settings(cell)]
    assert len(named) > 10
    for found in named:
        assert as_handed_out(found) and found.metadata.nbgrader.checksum == compute_checksum(found)
        found.source += " "
        assert not as_handed_out(found)


def test_a_test_of_an_earlier_release_is_not_called_changed(submission, master):
    old = cell(submission, "test-double")
    old.source = "double - 1  # so it was before it was mended"
    old.metadata.nbgrader["checksum"] = compute_checksum(old)
    cell(submission, "test-treble").source = "treble = 3"
    assert restore(submission, master) == [
        "Locked cell test-treble was changed: its text is that of the release again.",
        "Cell test-double is of an earlier release: it was graded with the present one."]
    assert cell(submission, "test-double").source == cell(master, "test-double").source


@pytest.mark.parametrize("settings_", [None, {}, {"grade_id": "double", "checksum": 3, "points": "much", "grade": True},
                                       {"grade_id": ["double"], "checksum": None}])
def test_settings_that_are_nonsense_are_dropped(submission, master, settings_):
    cell(submission, "test-double").metadata["nbgrader"] = settings_
    restore(submission, master)
    assert cell(submission, "test-double").source == cell(master, "test-double").source


def test_an_answer_below_its_test_is_named(submission, master):
    move(submission, "double", len(submission.cells) - 1)
    assert restore(submission, master) == ["Cell double stands below its test, so the test did not see it."]


def test_a_text_beside_the_empty_answer_is_seen(submission, master):
    submission.cells.append(new_markdown_cell("My answer: because."))
    restore(submission, master)
    assert elsewhere(submission, master) == ["explain"]


def test_a_text_in_the_place_of_an_answer_that_lost_its_name_is_seen(submission, master):
    own = cell(submission, "explain")
    own.source = "Because of this."
    del own.metadata["nbgrader"]
    assert restore(submission, master) == [
        "Cell explain is missing from the submission: brought back from the release."]
    assert elsewhere(submission, master) == ["explain"]


@pytest.mark.parametrize("everything", [False, True])
def test_an_answer_whose_cell_is_gone_may_stand_anywhere(submission, master, everything):
    submission.cells.remove(cell(submission, "explain"))
    submission.cells.insert(1, new_markdown_cell("Because of this."))
    for other in submission.cells if everything else ():
        other.metadata.pop("nbgrader", None)
    gone = missing(submission, master)
    restore(submission, master)
    assert elsewhere(submission, master) == [] and elsewhere(submission, master, gone) == ["explain"]


def test_where_nothing_was_written_a_cell_that_is_gone_is_no_answer(submission, master):
    submission.cells.remove(cell(submission, "explain"))
    gone = missing(submission, master)
    restore(submission, master)
    assert gone == {"explain"} and elsewhere(submission, master, gone) == []


def test_notes_elsewhere_are_no_answer(submission, master):
    submission.cells.insert(2, new_markdown_cell("A note on double."))
    restore(submission, master)
    assert elsewhere(submission, master) == []


def test_an_answer_that_was_written_needs_no_second(submission, master):
    cell(submission, "explain").source = "Because."
    submission.cells.append(new_markdown_cell("And thank you."))
    restore(submission, master)
    assert elsewhere(submission, master) == []
