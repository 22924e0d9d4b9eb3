"""What students get holds no secret, however packed; the zip is exactly the release; a refusal changes nothing."""

import base64
import bz2
import gzip
import io
import lzma
import pickle
import shutil
import sqlite3
import struct
import tarfile
import zipfile

import matplotlib
import nbformat
import numpy as np
import pytest
from matplotlib.figure import Figure
from nbformat.v4 import new_markdown_cell, new_output
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfWriter
from test_cli import run_command
from test_grading import ROOT, RUNS_NBGRADER
from test_source import BANK, TINY, archive, b64, read, released  # noqa: F401 - released is a fixture

from grading.authoring.leaks import Secret, find_leaks, secrets
from grading.authoring.release import release
from grading.authoring.source import write_notebook
from grading.authoring.tried import failing_tests
from grading.cells import settings
from grading.course import Course
from grading.errors import CourseError

pytestmark = RUNS_NBGRADER
LINE = "twice_the_given_number = x + x"
GREEK = "η = 0.1; gewicht_größer = η * δ_ausgabe  # näher"


def saved(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png(text, chunk="add_text", **options):
    note = PngInfo()
    getattr(note, chunk)(*(("Comment", text) if chunk != "add" else (b"prVt", text.encode())), **options)
    return saved(Image.new("RGB", (2, 2)), "png", pnginfo=note)


def with_exif(kind, tag, value):
    exif = Image.Exif()
    exif[tag] = value
    return saved(Image.new("RGB", (2, 2)), kind, exif=exif)


def pdf_page(text, font_type=3):
    buffer = io.BytesIO()
    figure = Figure()
    figure.text(0.1, 0.5, text)
    with matplotlib.rc_context({"pdf.fonttype": font_type}):
        figure.savefig(buffer, format="pdf")
    return buffer.getvalue()


def pdf(change):
    buffer, writer = io.BytesIO(), PdfWriter()
    writer.add_blank_page(100, 100)
    change(writer)
    writer.write(buffer)
    return buffer.getvalue()


def tar(name, data, mode="w"):
    buffer, member = io.BytesIO(), tarfile.TarInfo(name)
    member.size = len(data)
    with tarfile.open(fileobj=buffer, mode=mode) as file:
        file.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def zipped(text, method=zipfile.ZIP_DEFLATED, name="notes.txt"):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        file.writestr(name, text)
    return buffer.getvalue()


def encrypted(data):
    return data[:6] + struct.pack("<H", 1) + data[8:]  # the flag alone: nobody without the password can look


def saved_array(save, **arrays):
    buffer = io.BytesIO()
    save(buffer, **arrays) if save is not np.save else np.save(buffer, arrays["a"])
    return buffer.getvalue()


# (a file's name in assets/, what lies in it when it holds a text, what the guard says)
PACKED = {
    "text": ("a.txt", str.encode, "holds the solution of cell double"),
    "UTF-16 text": ("a.txt", lambda text: text.encode("utf-16"), "holds the solution"),
    "UTF-16 text, other end first": ("a.txt", lambda text: text.encode("utf-16-be"), "holds the solution"),
    "UTF-32 text": ("a.txt", lambda text: text.encode("utf-32"), "holds the solution"),
    "text with invisible characters": ("a.txt", lambda text: "\u200b".join(text).encode(), "holds the solution"),
    "a picture's comment": ("a.png", png, "a.png (text) holds"),
    "a compressed comment": ("a.png", lambda text: png(text, zip=True), "a compressed part"),
    "an international comment": ("a.png", lambda text: png(text, "add_itxt", zip=True), "a compressed part"),
    "a private chunk": ("a.png", lambda text: png(text, "add"), "holds the solution"),
    "EXIF, description": ("a.jpg", lambda text: with_exif("jpeg", 0x010E, text), "holds the solution"),
    "EXIF, Windows comment": (
        "a.jpg", lambda text: with_exif("jpeg", 0x9C9C, text.encode("utf-16-le")), "holds the solution",
    ),
    "EXIF of a PNG": ("a.png", lambda text: with_exif("png", 0x010E, text), "holds the solution"),
    "a JPEG's comment": (
        "a.jpg", lambda text: saved(Image.new("L", (2, 2)), "jpeg", comment=text.encode()), "holds the solution",
    ),
    "a GIF's comment": (
        "a.gif", lambda text: saved(Image.new("L", (2, 2)), "gif", comment=text.encode()), "holds the solution",
    ),
    "an archive behind a picture": ("a.png", lambda text: png("a graph") + archive(text), "archive member notes.txt"),
    "text behind a picture": ("a.png", lambda text: png("a graph") + text.encode(), "holds the solution"),
    "a damaged picture": ("a.png", lambda text: png(text, zip=True)[:-20], "a compressed part"),
    "an archive": ("a.zip", archive, "archive member notes.txt"),
    "an archive without its end": ("a.zip", lambda text: archive(text)[:-60], "archive member notes.txt"),
    "an archive, stored": ("a.zip", lambda text: zipped(text, zipfile.ZIP_STORED), "holds the solution"),
    "an archive, bzip2": ("a.zip", lambda text: zipped(text, zipfile.ZIP_BZIP2), "bzip2"),
    "a member's name": ("a.zip", lambda text: zipped("-", name=f"{text}.txt"), "holds the solution"),
    "archives in archives": ("a.zip", lambda text: archive(archive(archive(text))), "notes.txt, archive member notes"),
    "a tar archive": ("a.tar", lambda text: tar("a.txt", text.encode()), "holds the solution"),
    "a tar.gz archive": ("a.tgz", lambda text: tar("a.txt", text.encode(), "w:gz"), "a compressed part"),
    "a tar.xz archive in a zip": ("a.zip", lambda text: archive(tar("a", text.encode(), "w:xz")), "notes.txt, xz"),
    "gzip": ("a.gz", lambda text: gzip.compress(text.encode()), "a compressed part"),
    "bzip2": ("a.bz2", lambda text: bz2.compress(text.encode()), "bzip2"),
    "xz": ("a.xz", lambda text: lzma.compress(text.encode()), "xz"),
    "an array of texts": ("a.npy", lambda text: saved_array(np.save, a=np.array(["x", text])), "holds the solution"),
    "arrays": ("a.npz", lambda text: saved_array(np.savez, a=np.array([text])), "holds the solution"),
    "arrays, compressed": (
        "a.npz", lambda text: saved_array(np.savez_compressed, a=np.array([text])), "archive member a.npy",
    ),
    "an array of bytes": ("a.npy", lambda text: saved_array(np.save, a=np.array(text.encode())), "holds the solution"),
    "a pickle": ("a.pkl", lambda text: pickle.dumps({"answer": text}), "holds the solution"),
    "a PDF": ("a.pdf", pdf_page, "text of the PDF"),
    "a PDF with other fonts": ("a.pdf", lambda text: pdf_page(text, 42), "text of the PDF"),
    "a PDF's title": ("a.pdf", lambda text: pdf(lambda w: w.add_metadata({"/Title": text})), "holds the solution"),
    "a PDF's attachment": (
        "a.pdf", lambda text: pdf(lambda w: w.add_attachment("a.txt", text.encode())), "holds the solution",
    ),
    "a drawing, letter by letter": (
        "a.svg", lambda text: "".join(f"<tspan>{letter}</tspan>" for letter in text).encode(), "without mark-up",
    ),
    "a page with entities": ("a.html", lambda text: "".join(f"&#{ord(c)};" for c in text).encode(), "without mark-up"),
    "an address": ("a.txt", lambda text: "".join(f"%{byte:02x}" for byte in text.encode()).encode(), "without mark-up"),
    "a Word document": (
        "a.docx", lambda text: archive("<w:t>" + text.replace(" ", "</w:t><w:t>") + "</w:t>"), "without mark-up",
    ),
    "JSON": ("a.json", lambda text: ("[" + "".join(f'"\\u{ord(c):04x}' for c in text).replace('"', "") + "]").encode(),
             "without escapes"),
    "a notebook": (
        "a.ipynb", lambda text: nbformat.writes(nbformat.v4.new_notebook(cells=[new_markdown_cell(text)])).encode(),
        "holds the solution",
    ),
    "base64": ("a.txt", lambda text: b"x = '" + base64.encodebytes(text.encode()) + b"'", "base64"),
    "base64 for addresses": ("a.txt", lambda text: base64.urlsafe_b64encode(text.encode()), "base64"),
    "base64 of gzip in base64": (
        "a.txt", lambda text: base64.b64encode(base64.b64encode(gzip.compress(text.encode()))), "base64",
    ),
    "hex": ("a.txt", lambda text: text.encode().hex(" ").encode(), "hex"),
}
SEALED = {
    "an encrypted archive": ("a.zip", lambda: encrypted(archive("x" * 50)), "an encrypted archive member notes.txt"),
    "an archive packed otherwise": ("a.zip", lambda: zipped("x" * 50, zipfile.ZIP_LZMA), "by a method (number 14)"),
    "a 7z archive": ("a.7z", lambda: b"7z\xbc\xaf\x27\x1c\0\4", "a 7z archive"),
    "an encrypted PDF": ("a.pdf", lambda: pdf(lambda w: w.encrypt("x", algorithm="RC4-128")), "an encrypted PDF"),
    "a damaged PDF": ("a.pdf", lambda: b"%PDF-1.4 nothing follows", "a PDF that cannot be read"),
    "an archive bomb": ("a.gz", lambda: gzip.compress(bytes(65 * 2**20), 1), "unpacks to more than 64 MiB"),
    "archives too deep": ("a.zip", lambda: nested(7), "archives in archives, more than 5 deep"),
}


def nested(depth):
    return archive(nested(depth - 1) if depth else "nothing")


def leaks_with(released, name, data):  # noqa: F811
    folder, hidden = released
    (folder / "assets").mkdir(exist_ok=True)
    (folder / "assets" / name).write_bytes(data)
    return find_leaks(folder, "tiny", hidden)


@pytest.mark.parametrize("name, pack, says", PACKED.values(), ids=PACKED)
def test_a_secret_in_a_file_is_found_and_a_public_text_passes(released, name, pack, says):  # noqa: F811
    found = leaks_with(released, name, pack(LINE))
    assert any(says in leak and f"assets/{name}" in leak for leak in found), found
    assert leaks_with(released, name, pack("def double(x): Twice x.")) == []


@pytest.mark.parametrize("name, make, says", SEALED.values(), ids=SEALED)
def test_what_cannot_be_searched_is_not_released(released, name, make, says):  # noqa: F811
    assert any(says in leak for leak in leaks_with(released, name, make()))


def test_other_alphabets_are_found_in_wide_characters(released):  # noqa: F811
    folder, _ = released
    hidden = [Secret("the solution", "".join(GREEK.split()))]
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        assert leaks_with((folder, hidden), "a.txt", GREEK.encode(encoding)), encoding


def test_a_large_picture_of_noise_is_no_leak(released):  # noqa: F811
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8)
    for kind in ("png", "jpeg"):
        assert leaks_with(released, f"a.{kind}", saved(Image.fromarray(noise), kind)) == []
    assert leaks_with(released, "a.npz", saved_array(np.savez_compressed, a=noise)) == []


def coloured(text):
    return "\n".join(f"\x1b[0;32m{word}\x1b[0m" for word in text.split())


NOTEBOOK = {
    "a traceback": (
        lambda nb: nb.cells[1].outputs.append(new_output("error", ename="E", evalue="", traceback=[coloured(LINE)])),
        "cell 2 (double), outputs",
    ),
    "a page in an output": (
        lambda nb: nb.cells[1].outputs.append(
            new_output("display_data", {"text/html": "<b>" + LINE.replace(" ", "</b> <b>") + "</b>"})
        ),
        "without mark-up",
    ),
    "printed in pieces": (
        lambda nb: nb.cells[1].outputs.extend(new_output("stream", text=part) for part in (LINE[:9], LINE[9:])),
        "cell 2 (double), outputs",
    ),
    "an attached archive": (
        lambda nb: nb.cells[0].update(attachments={"a.zip": {"application/zip": b64(archive(LINE))}}),
        "cell 1, attachments (base64, archive member notes.txt",
    ),
    "a tag": (lambda nb: nb.cells[0].metadata.update(tags=[LINE]), "cell 1, metadata"),
    "a slider's state": (
        lambda nb: nb.metadata.update(widgets={"state": {"a": {"value": LINE}}}), "metadata of the notebook",
    ),
    "a key that nobody knows": (lambda nb: nb.update(answers=LINE), "metadata of the notebook"),
    "a comment in the prose": (lambda nb: nb.cells[0].update(source=f"Think.\n<!-- {LINE} -->"), "cell 1, source"),
}


@pytest.mark.parametrize("plant, says", NOTEBOOK.values(), ids=NOTEBOOK)
def test_a_secret_in_the_notebook_is_found(released, plant, says):  # noqa: F811
    folder, hidden = released
    notebook = nbformat.read(folder / "tiny.ipynb", as_version=4)
    plant(notebook)
    (folder / "tiny.ipynb").write_text(nbformat.writes(notebook))
    found = find_leaks(folder, "tiny", hidden)
    assert any(says in leak and "the solution" in leak for leak in found), found


def test_a_short_answer_is_a_secret_where_it_stands_alone(released, tmp_path):  # noqa: F811
    folder, _ = released
    answer = "    twice_the_given_number = x + x\n    return twice_the_given_number\n"
    short = TINY.replace(answer, "    return x + x\n")
    hidden = secrets(read(tmp_path, short), BANK)
    notebook = nbformat.read(folder / "tiny.ipynb", as_version=4)
    for prose, leaks in {"It is `return x + x`.": 1, "- return x+x": 1, "`return x + x + y` is thrice.": 0}.items():
        notebook.cells[0].source = prose
        write_notebook(notebook, folder / "tiny.ipynb")
        assert len(find_leaks(folder, "tiny", hidden)) == leaks, prose


@pytest.mark.parametrize("cell", [0, 2])
def test_a_value_is_a_secret_without_its_return_as_well(released, tmp_path, cell):  # noqa: F811
    folder, _ = released
    source = TINY.replace("    return twice_the_given_number\n", "    return sum(x for _ in range(2))\n")
    notebook = nbformat.read(folder / "tiny.ipynb", as_version=4)
    for text, leaks in {"sum(x for _ in range(2))": 1, "twice_the_given_number": 0}.items():
        notebook.cells[cell].source = f'"Think of {text}."'
        write_notebook(notebook, folder / "tiny.ipynb")
        found = find_leaks(folder, "tiny", secrets(read(tmp_path, source)))
        assert [leak.partition(" holds ")[2] for leak in found] == [f"the solution of cell double: `{text}`."] * leaks


def test_a_hint_that_holds_the_answer_is_not_released(tmp_path):
    source = TINY.replace("    return twice_the_given_number\n", "    return sum(x for _ in range(2))\n")
    course = course_with(tmp_path, source.replace("2x is x and x, added up.", "sum(x for _ in range(2))"))
    with pytest.raises(CourseError, match=r"cell 3 \(test-double\), source holds the solution of cell double: `sum"):
        release(course, "tiny")


def course_with(root, text, book=False):
    """A course with the tiny problem set, changed; with a book where asked for."""
    shutil.copy(ROOT / "nbgrader_config.py", root)
    (root / "solutions/tiny").mkdir(parents=True)
    (root / "solutions/tiny/tiny.md").write_text(text)
    if book:
        (root / "book").mkdir()
        (root / "book/06-graphs.md").write_text("# 6 Graphs\n\n## 6.1 A formula\n")
    return Course(root)


def refused(root, text, book=False):
    """What `release` says of it. Nothing may have been released."""
    course = course_with(root, text, book)
    with pytest.raises(CourseError) as caught:
        release(course, "tiny")
    assert not (root / "exercises").exists() and not (root / "gradebook.db").exists()
    assert all(problem.startswith(f"{root}/solutions/tiny/tiny.md, cell ") for problem in caught.value.problems)
    return "\n".join(caught.value.problems)


SUM = "t.call(double, -21).gives(-42, points=1)"
FAULTY = {  # what stands in TINY, what in its place, what is said
    "an unknown mistake": ("gives(4, points=1)", 'gives(4, points=1, mistakes={"thrice": 6})',
                           "cell 3 (test-double): tiny.double: no mistake is called 'thrice'"),
    "no points": ("gives(4, points=1)", "gives(4, points=0)", "points must be a number above 0, not 0"),
    "points that do not add up": ("gives(4, points=1)", "gives(4, points=1.5)",
                                  "the tests add up to 2.5 points, but 2 are declared"),
    "points that are too few": ("gives(4, points=1)", "gives(4, points=0.5)", "add up to 1.5 points"),
    "a value behind each": (SUM, "t.each(double, [1, 2]).gives(4, points=1)", "what each(…) should give cannot be"),
    "a mistake's value behind each": (
        SUM, 't.each(double, [1]).gives(lambda x: 2 * x, points=1, mistakes={"sign": -2})',
        "the mistake 'sign' must be a function of the input"),
    "a name that nobody defined": (SUM, f"{SUM}\nundefined_name", "undefined_name"),
    "an error in the test": (SUM, f"{SUM}\n1 / 0", "earns 0 of 2 points. The test says: ZeroDivisionError"),
    "a wrong expectation": ("gives(4, points=1)", "gives(5, points=1)", "your own answer earns 1 of 2 points."),
    "a test that asks for nothing": ("t.call(double, 2).gives(4", "t.call(abs, 2).gives(2",
                                     "the untouched exercise earns 1 of 2 points"),
    "no item": ('check.item("tiny.double", points=2)', "type('', (), dict.fromkeys("
                "('hints', 'call', 'hidden', 'gives'), lambda *a, **k: t) | {'score': lambda: 2})", "opens no item"),
    "a cell before it": ("# A tiny problem set", "```{code-cell}\nimport no_such_module as np\n```",
                         "Before it, cell 1 ended in ModuleNotFoundError"),
}


@pytest.mark.parametrize("before, after, says", FAULTY.values(), ids=FAULTY)
def test_a_test_that_fails_by_itself_is_told_to_its_author(tmp_path, before, after, says):
    text = TINY.replace(before, after)
    if says.startswith("Before"):
        text = text.replace(SUM, f"{SUM}\nnp")
    told = list(failing_tests(read(tmp_path, text), "tiny.md", tmp_path))
    assert before in TINY and says in "\n".join(told)
    assert all(problem.startswith("tiny.md, cell 3 (test-double): ") for problem in told)


def test_a_test_that_fails_by_itself_is_not_released(tmp_path):
    assert "no mistake is called 'thrice'" in refused(tmp_path, TINY.replace(*FAULTY["an unknown mistake"][:2]))


def test_an_answer_that_is_too_slow_is_told_with_the_way_on(tmp_path):
    slow = TINY.replace("    twice_the_given_number", "    while True: pass\n    twice_the_given_number", 1)
    slow = slow.replace("points=2)", "points=2, seconds=0.1)")
    said = "\n".join(failing_tests(read(tmp_path, slow), "tiny.md", tmp_path))
    assert "your own answer earns 0 of 2 points" in said and "NNLIB_PATIENCE set to 5" in said and "seconds=20" in said


def test_tests_find_the_assets_and_leave_nothing_in_the_release(tmp_path):
    read_asset = f"{SUM}\nassert open('assets/a.txt').read() == 'a'\nopen('new.txt', 'w').close()"
    course = course_with(tmp_path, TINY.replace(SUM, read_asset))
    (tmp_path / "solutions/tiny/assets").mkdir()
    (tmp_path / "solutions/tiny/assets/a.txt").write_text("a")
    release(course, "tiny")
    assert sorted(path.name for path in (tmp_path / "exercises/tiny").iterdir()) == ["assets", "tiny.ipynb"]
    assert not (tmp_path / "new.txt").exists()


LOST = {  # the prose, what is said
    "a picture": ("![a graph](assets/polar.png)", "cell 1: students would not get `assets/polar.png`"),
    "a picture in HTML": ('<img src="assets/polar.png">', "students would not get `assets/polar.png`"),
    "a file beside the source": ("[data](data.csv)", "students would not get `data.csv`"),
    "a page": ("[chapter 5](../../book/05-jacobians.md#x)", "book/05-jacobians.md, which does not exist"),
}


@pytest.mark.parametrize("prose, says", LOST.values(), ids=LOST)
def test_a_link_that_leads_nowhere_is_not_released(tmp_path, prose, says):
    assert says in refused(tmp_path, TINY.replace("# A tiny problem set", prose), book=True)


def test_a_section_that_the_chapter_does_not_have_is_not_released(tmp_path):
    said = refused(tmp_path, TINY.replace('section="6.1"', 'section="6.9"'), book=True)
    assert f"there is no section 6.9 in {tmp_path}/book/06-graphs.md" in said


def test_links_that_lead_somewhere_or_that_nobody_can_follow_are_released(tmp_path):
    prose = """[chapter](../../book/06-graphs.md#a), [site](https://a.org/b.png), [above](#b), ![](attachment:c.png),
    `f[0](x.y)`, $g[1](x.z)$, <a href="mailto:a@b.c">write</a>, [elsewhere](../../nowhere/d.md), [0](n)"""
    text = TINY.replace("# A tiny problem set", prose).replace('section="6.1"', 'section="5.9"')
    release(course_with(tmp_path, text, book=True), "tiny")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    root = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    (root / "solutions/tiny/assets").mkdir(parents=True)
    (root / "solutions/tiny/tiny.md").write_text(TINY)
    (root / "solutions/tiny/bank.md").write_text(BANK)
    (root / "solutions/tiny/assets/graph.png").write_bytes(png("a graph"))
    course = Course(root)
    return course, release(course, "tiny")


def known_items(course):
    with sqlite3.connect(course.root / "gradebook.db") as gradebook:
        return gradebook.execute("select name, max_score from base_cell join grade_cells using (id)").fetchall()


def test_the_zip_holds_exactly_the_release_and_always_the_same_bytes(done):
    course, done = done
    first = done["zip"].read_bytes()
    assert done["zip"] == course.root / "releases/tiny.zip"
    with zipfile.ZipFile(done["zip"]) as file:
        assert file.namelist() == ["tiny/assets/graph.png", "tiny/tiny.ipynb"]
        for member in file.infolist():
            assert file.read(member) == (course.root / "exercises" / member.filename).read_bytes()
            assert (member.date_time, member.external_attr >> 16) == ((1980, 1, 1, 0, 0, 0), 0o644)
        notebook = nbformat.reads(file.read("tiny/tiny.ipynb"), as_version=4)
    assert [settings(cell).get("grade_id") for cell in notebook.cells] == [None, "double", "test-double"]
    assert LINE not in notebook.cells[1].source and "-21" not in notebook.cells[2].source
    assert release(course, "tiny")["zip"].read_bytes() == first
    assert sorted(path.name for path in (course.root / "exercises").iterdir()) == ["tiny"]


def test_a_refused_release_leaves_release_zip_and_gradebook_as_they_were(done, monkeypatch, capsys):
    course, _ = done
    places = [course.root / "exercises/tiny/tiny.ipynb", course.root / "releases/tiny.zip"]
    before, items = [path.read_bytes() for path in places], known_items(course)
    source = course.root / "solutions/tiny/tiny.md"
    asset = course.root / "solutions/tiny/assets/extra.zip"
    try:
        text = TINY.replace("points: 2}", "points: 3}").replace("points=2)", "points=3)")
        source.write_text(text.replace("gives(4, points=1", "gives(4, points=2"))
        asset.write_bytes(archive(archive(LINE)))
        with pytest.raises(CourseError, match="assets/extra.zip .*archive member notes.txt.* holds the solution"):
            release(course, "tiny")
        code, said = run_command(monkeypatch, capsys, "--course", course.root, "release")
        assert code == 1 and "Not released" in said and "assets/extra.zip" in said
        assert ([path.read_bytes() for path in places], known_items(course)) == (before, items)
        asset.unlink()
        release(course, "tiny")
        assert known_items(course) == [("test-double", 3.0)] != items
    finally:
        source.write_text(TINY)
        asset.unlink(missing_ok=True)


def test_cells_that_came_or_went_after_somebody_handed_in_are_named(tmp_path):
    course = course_with(tmp_path, TINY)
    release(course, "tiny")
    before = (tmp_path / "exercises/tiny/tiny.ipynb").read_bytes()
    with course.gradebook() as gradebook:
        gradebook.add_student("ann")
        gradebook.add_submission("tiny", "ann")
    source = tmp_path / "solutions/tiny/tiny.md"
    text = TINY.replace("-double", "-twice").replace("grade_id: double", "grade_id: twice")
    source.write_text(text.replace("tiny.double", "tiny.twice"))
    told = r"tiny has been handed in, so its cells .* \(new: test-twice, twice; gone: double, test-double\)"
    with pytest.raises(CourseError, match=told):
        release(course, "tiny")
    assert (tmp_path / "exercises/tiny/tiny.ipynb").read_bytes() == before
    source.write_text(TINY.replace("# A tiny", "# A small"))
    release(course, "tiny")
