"""The feedback page: it tells everything, shows no hidden test, and nothing in it runs or is fetched."""

import json
import os
import re
import time
from base64 import b64decode, b64encode
from io import BytesIO
from pathlib import Path

import nbformat
import pytest
from accessible import violations
from marked import PS, answers, examine, graded, hand_in, make_course, mixed, source, tell
from PIL import Image

from grading.authoring.bank import read_answers
from grading.authoring.leaks import secrets, squash
from grading.cells import is_test
from grading.engine.result import Result, Verdict
from grading.records.record import record
from grading.reports import clean
from grading.reports.feedback import feedback, page
from grading.reports.marks import Mark, Marks, read_marks, released
from grading.reports.pages import POLICY, number
from grading.reports.work import Cell, Shown, highlight, show_output

pytestmark = [pytest.mark.filterwarnings("ignore::ResourceWarning"),
              pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]
ROOT = Path(__file__).parents[1]
BOOK = "https://book.example/nn"
NAMED = "local-missing"  # the mistake in his backward pass
WRONG = [a for a in read_answers(ROOT / "solutions" / PS / "bank.md") if (a.item, a.kind) == ("backward", "wrong")]
BOB = {"backward": [NAMED in a.mistakes for a in WRONG].index(True), "slopes": 0, "number": 1}  # what he has wrong
ESSAY = "With `x * x` the gradient `2 x` needs **both** shares; `=` keeps one."


def new_output(kind, **content):
    return nbformat.from_dict({"output_type": kind, "metadata": {}, **content})


def new_code_cell(text, outputs=()):
    return nbformat.from_dict({"cell_type": "code", "metadata": {}, "source": text, "outputs": list(outputs)})


def new_markdown_cell(text):
    return nbformat.from_dict({"cell_type": "markdown", "metadata": {}, "source": text})


def png(size=(3, 2)):
    data = BytesIO()
    Image.new("RGB", size, "red").save(data, "PNG")
    return b64encode(data.getvalue()).decode()


# Each marks its passage in the page's own name space, in the title, or by a request.
RUN = "window.ran=(window.ran||0)+1;document.title='ran'"
HOSTILE_HTML = {
    "script": f"<script>{RUN}</script>",
    "script in half": f"<scr<script>ipt>{RUN}</scr</script>ipt>",
    "handler": f'<img src=x onerror="{RUN}"><body onload="{RUN}"><details ontoggle="{RUN}" open>a</details>',
    "handlers of focus": f'<input autofocus onfocus="{RUN}"><button onclick="{RUN}" autofocus>b</button>',
    "address with script": f'<a href="javascript:{RUN}">link</a><form action="javascript:{RUN}"><input></form>',
    "data address": f'<a href="data:text/html,<script>{RUN}</script>">d</a>'
                    f'<iframe src="data:text/html,<script>{RUN}</script>">',
    "frame": f'<iframe srcdoc="<script>parent.{RUN}</script>"></iframe><object data="//evil.example/o"></object>',
    "refresh": '<meta http-equiv="refresh" content="0; url=https://evil.example/m"><base href="https://evil.example/b/">',
    "style": '<style>@import "https://evil.example/s.css"; body{display:none}</style>'
             '<link rel=stylesheet href="https://evil.example/l.css">',
    "overlay": '<div style="position:fixed;inset:0;background:white" class="top" id="items">You have 30 of 30</div>',
    "picture from elsewhere": '<img src="https://evil.example/i.png" srcset="https://evil.example/j.png 2x">'
                              '<video poster="//evil.example/v.png"></video>'
                              '<div style="background:url(//evil.example/u.png)">',
    "svg": f'<svg onload="{RUN}"><script>{RUN}</script><image href="https://evil.example/x.png"/>'
           f'<foreignObject><img src=x onerror="{RUN}"></foreignObject>'
           f'<a xlink:href="javascript:{RUN}"><text>t</text></a></svg>',
    "mutation": f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={RUN}&gt;">',
    "noscript": f'<noscript><p title="</noscript><img src=x onerror={RUN}>"></noscript>',
    "unclosed": f'</div></article></main></body></html><script>{RUN}</script><plaintext>',
    "comment": f"<!--><img src=x onerror={RUN}>--><![CDATA[<script>{RUN}</script>]]>",
}
HOSTILE_MARKDOWN = {
    "raw": f"<script>{RUN}</script> <img src=x onerror={RUN}>",
    "link": f"[click](javascript:{RUN}) ![x](https://evil.example/md.png) <javascript:{RUN}> [r]\n\n[r]: "
            f"javascript:{RUN}",
    "heading": "# You have 30 of 30 points\n\nSetext\n======\n",
    "fence": f"```html\"><script>{RUN}</script>\nx\n```",
    "deep": "> " * 500 + "deep\n" + "- " * 500 + "list\n" + "*" * 3000,
}
SVG = (f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="{RUN}"><script>{RUN}</script>'
       '<image href="https://evil.example/in-svg.png" width="9" height="9"/><rect width="9" height="9"/></svg>')
HOSTILE_DATA = [
    {"image/svg+xml": SVG}, {"image/svg+xml": SVG.replace("<svg", '<!DOCTYPE svg [<!ENTITY a "b">]><svg', 1)},
    {"image/png": '"><script>' + RUN + "</script>"}, {"image/png": b64encode(SVG.encode()).decode()},
    {"image/gif": png()}, {"image/jpeg": ["not", 3]}, {"image/png": {"a": 1}}, {"text/html": 7, "text/plain": None},
    {"application/javascript": RUN, "text/plain": "a script"},
    {"text/html": ["<b>list</b>", f"<script>{RUN}</script>"]},
    {"application/vnd.jupyter.widget-view+json": {"model_id": "x"}}, {f"<script>{RUN}</script>": "x"},
]
BIDI, ESCAPES = "\u202e\u2066 if admin: \u2069", "\x1b[31mred\x1b[0m\x1b]0;owned\x07\x1b[2J\x9b1A\x00\x08"
BROKEN = "\ud800 half \udfff" + "Z\u0310\u0311\u0312\u0313\u0314" * 200
NAME = f"<img src=x onerror={RUN}>\u202egnp.exe"


def hostile(notebook):
    """Puts every attack into a student's notebook."""
    cells = [new_markdown_cell(text) for text in HOSTILE_MARKDOWN.values()]
    outputs = [new_output("display_data", data={"text/html": text}) for text in HOSTILE_HTML.values()]
    outputs += [new_output("display_data", data=data) for data in HOSTILE_DATA]
    cells += [new_code_cell("draw()", outputs=[output]) for output in outputs]
    loud = [new_output("stream", text=ESCAPES + BIDI + BROKEN), new_output("stream", text="y" * 5_000_000),
            new_output("stream", text="line\n" * 100_000), new_output("display_data", data={"image/png": png()}),
            new_output("error", ename="E", evalue="v", traceback=["\x1b[0;31m<script>x</script>\x1b[0m", "second"])]
    cells += [new_code_cell("</pre><script>" + RUN + "</script>" + BIDI, outputs=loud),
              new_code_cell("many", outputs=[new_output("stream", text=f"nr {n}\n") for n in range(5000)]),
              new_code_cell("x = '" + "a" * 1_000_000 + "'"), new_code_cell("%%html\n<script>" + RUN + "</script>")]
    notebook.cells[3:3] = cells
    for cell in cells[:3]:  # a student's metadata are not believed
        cell.metadata = nbformat.from_dict({"tags": ["<b>"], "collapsed": "<script>"})


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    os.environ["NNLIB_BOOK"] = BOOK
    course = make_course(tmp_path_factory.mktemp("course"), PS)
    notes = ["Cell test-order was missing from the submission: brought back from the release."]
    hand_in(course, "ann", mixed(PS, 0, {}) | {"explain": ESSAY}, first_name="Ann", last_name="Müller")
    hand_in(course, "bob", mixed(PS, 1, BOB), first_name="Bob", last_name="O’Neill", notes=notes)
    hand_in(course, "eve", mixed(PS, 0, {"neuron": 0}) | {"explain": f"<script>{RUN}</script> [x](javascript:{RUN})"},
            change=hostile, first_name=NAME, last_name='"><script>' + RUN + "</script>")
    record(course, "zoe", PS, Result(trouble="not a notebook (it looks like a PDF): ask the student for the .ipynb"))
    with course.gradebook() as gradebook:
        gradebook.find_grade("explain", PS, PS, "ann").manual_score = 2.5
        gradebook.find_comment("explain", PS, PS, "ann").manual_comment = "Well seen.\n<b>Both</b> shares."
        gradebook.find_grade("explain", PS, PS, "ann").needs_manual_grade = False
        gradebook.find_submission_notebook(PS, PS, "bob").late_submission_penalty = 2.0
        gradebook.db.commit()
    yield course
    del os.environ["NNLIB_BOOK"]


@pytest.fixture(scope="module")
def pages(course):
    made = {student: course.root / path for student, _, path in feedback(course, [PS])}
    assert set(made) == {"ann", "bob", "eve", "zoe"}
    return made


def read(path):
    return path.read_text(encoding="utf-8")


def test_the_page_tells_scores_messages_and_the_section(course, pages):
    text, score = read(pages["bob"]), {marks.student: marks.score for marks in read_marks(course, [PS])}
    assert 15 < score["bob"] < 25 and score["ann"] == 29.5
    assert f"<strong>{number(score['bob'])}</strong> of 30 points" in text
    assert "late penalty" in text and "−2</td>" in text
    for title in ("By hand, once", "The backward pass", "In your own words"):
        assert f">{title}</a>" in text and f">{title}</h3>" in text
    assert f"<code>{NAMED}</code>: read" in text
    assert f'href="{BOOK}/06-computation-graphs.html#sec-accumulate"' in text
    assert "The upstream gradient was passed on as it came" in text and "(a hidden test)" in text
    assert "Cell test-order was missing from the submission" in text
    ann = read(pages["ann"])
    assert "<strong>29.5</strong> of 30 points" in ann and "Well seen.\n&lt;b&gt;Both&lt;/b&gt; shares." in ann
    assert "<strong>both</strong> shares" in ann


def test_the_student_s_own_code_is_shown_and_only_that(pages):
    text = read(pages["bob"])
    for code in mixed(PS, 1, BOB).values():
        assert highlight(code) in text
    assert "It counts by the points" not in text and "How to work" not in text


@pytest.mark.parametrize("student", ["ann", "bob", "eve", "zoe"])
def test_no_hidden_test_and_no_other_student(pages, student):
    text = read(pages[student])
    bare = squash(re.sub(r"<[^>]+>", "", text).replace("&#39;", "'").replace("&quot;", '"').replace("&lt;", "<"))
    hidden = [secret for secret in secrets(source()) if "hidden" in secret.what]
    assert len(hidden) > 20 and not [secret for secret in hidden if secret.text in bare]
    assert "HIDDEN TESTS" not in text and "t.score()" not in text
    names = {"ann": "Müller", "bob": "O’Neill", "eve": "gnp.exe", "zoe": "zoe"}
    assert not [name for other, name in names.items() if other != student and name in text]


def test_wrong_answers_of_the_bank_keep_the_hidden_tests(course):
    """Whatever a check says about whatever went wrong: no line of a hidden test."""
    hidden = [secret for secret in secrets(source()) if "hidden" in secret.what]
    original = released(course, PS)
    result = examine(graded(PS, {item: codes[5] for item, codes in answers(PS, "wrong").items()}))
    marks = [Mark(name, v.earned, v.points, False, False, verdict=v) for name, v in result.verdicts.items()]
    text = squash(re.sub(r"<[^>]+>", "", page(Marks("x", PS, marks=marks, result=result), original)))
    assert not [secret for secret in hidden if secret.text in text]


def test_what_could_not_be_examined_says_why(pages):
    text = read(pages["zoe"])
    assert "Your file could not be examined, so nothing of it can be shown here." in text
    assert "as it was handed out" not in text
    assert "could not be examined: not a notebook (it looks like a PDF): please hand in the .ipynb" in text
    assert text.count("A person has still to read this") == 8


def test_a_fault_of_the_test_is_not_told_in_its_words(course):
    verdict = Verdict("test-order", 4, 0, fault="The test `assert hidden == 3` is at fault", stopped="Time ran out.")
    mark = Mark("test-order", 0, 4, True, False, verdict=verdict)
    text = page(Marks("x", PS, marks=[mark], result=Result()), released(course, PS))
    assert "The test itself is at fault here" in text and "assert hidden" not in text and "Time ran out." in text


def test_a_score_given_by_hand_is_told(course):
    mark = Mark("test-order", 3, 4, False, True, verdict=Verdict("test-order", 4, 1, text="order: 1 of 4"))
    text = page(Marks("x", PS, marks=[mark]), released(course, PS))
    assert "The check gave 1; a person has set the score to 3." in text and "order: 1 of 4" in text


def test_a_comment_belongs_to_its_item(course):
    (ann,) = [marks for marks in read_marks(course, [PS]) if marks.student == "ann"]
    assert [mark.cell for mark in ann.marks if mark.comment] == ["explain"]


def test_long_outputs_are_cut_and_counted(pages):
    text = read(pages["eve"])
    assert len(text) < 400_000
    assert "4,992,000 more characters" in text and "more outputs are left out" in text and "99,9" in text


def test_a_text_is_cut_by_lines_and_by_letters():
    assert clean.cut("a\nb\nc", lines=3) == ("a\nb\nc", "")
    assert clean.cut("a\nb\nc\nd", lines=3) == ("a\nb\nc", "… cut here: 2 more characters in 2 lines.")
    assert clean.cut("abcd", letters=3) == ("abc", "… cut here: 1 more characters in 1 lines.")


def test_escapes_and_directions_are_visible(pages):
    text = read(pages["eve"])
    assert r"red\x1b]0;owned\x07\x1b[2J\x9b1A\x00\x08" in text and r"\u202e\u2066 if admin" in text
    assert not set(text) & set("\x1b\u202e\u2066\x00")


@pytest.mark.parametrize("text, shown", [
    ("  3%|x\r 50%|xx\r100%|xxx\ndone", "100%|xxx\ndone"), ("a\r\nb", "a\nb"), ("é😀 中", "é😀 中"),
    (["a", "b"], "ab"), (7, "7"), (["a", 1], "['a', 1]"), ("\ud800", "\ufffd")])
def test_plain(text, shown):
    assert clean.plain(text) == shown


@pytest.mark.parametrize("kind, data, kept", [
    ("image/png", png(), True), ("image/png", [png()[:40], png()[40:]], True), ("image/jpeg", png(), False),
    ("image/png", "!!!", False), ("image/png", "", False), ("image/svg+xml", SVG, True),
    ("image/svg+xml", "<p>no</p>", False), ("image/png", "A" * 6_000_000, False), ("image/png", {"a": 1}, False),
    pytest.param("image/png", b64encode(b64decode(png()) + bytes(4_000_000)).decode(), False, id="too many bytes")])
def test_only_pictures_pass_as_pictures(kind, data, kept):
    assert clean.picture(data, kind).startswith("data:") is kept


@pytest.mark.parametrize("side", [6_000, 20_000])  # Pillow itself warns of the second
def test_a_small_file_that_would_be_a_huge_picture_is_refused(side):
    data = BytesIO()
    Image.new("1", (side, side)).save(data, "PNG")
    assert len(data.getvalue()) < 100_000 and clean.picture(b64encode(data.getvalue()).decode(), "image/png") == ""


def test_a_picture_in_html_keeps_its_data_and_no_address():
    text = clean.html(f'<img src="data:image/png;base64,{png()}" onerror=x><img src="data:text/html;base64,PHA+">')
    assert text.count("data:") == 1 and "onerror" not in text and "(a picture that is not shown)" in text


def test_an_output_of_which_nothing_is_left_says_so():
    output = {"output_type": "display_data", "data": {"text/html": f"<script>{RUN}</script> <style>p {{}}</style>"}}
    assert list(show_output(output)) == [("note", "An output of which nothing can be shown safely.")]


def test_the_report_keeps_its_form_and_links_into_the_book_only(course):
    result = examine(graded(PS, mixed(PS, 0, {"backward": 2})))
    place = f"{BOOK}/06-computation-graphs.html#sec-accumulate"
    text = clean.report(result.verdicts["test-backward"].page + '<a href="https://evil.example">e</a>', {place})
    assert place in text and "evil.example" not in text and 'aria-level="4"' in text and "grid-template-columns" in text
    for style in ("border: url(//evil.example)", r"border: u\72l(//evil.example)", "position: fixed", "fill: image(x)"):
        assert clean.report(f'<p style="{style}">x</p>', set()) in ("<p>x</p>", '<p style="">x</p>')


def test_pages_are_written_whole_replace_links_and_stay_in_their_folder(course, pages, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("keep")
    pages["bob"].unlink()
    pages["bob"].symlink_to(secret)
    (pages["bob"].parent / "result.json").write_text("hidden tests, copied by nbgrader")
    marks = {marks.student: marks for marks in read_marks(course, [PS])}
    list(feedback(course, [PS]))
    assert secret.read_text() == "keep" and not pages["bob"].is_symlink() and marks["bob"].name in read(pages["bob"])
    assert [path.name for path in pages["bob"].parent.iterdir()] == ["ps06.html"]
    tell(course, "../../out")
    record(course, "../../out", PS, Result(trouble="x"))
    try:
        told = {student: said for student, _, said in feedback(course, [PS])}
        assert "cannot be the name of a folder" in told["../../out"] and told["ann"].endswith("ps06.html")
    finally:
        with course.gradebook() as gradebook:
            gradebook.remove_student("../../out")


def writable(folder):
    """What was graded is published to be read only, which stops everybody but root."""
    for path in folder.iterdir():
        path.chmod(0o644)
    return folder


def test_a_damaged_notebook_or_result_costs_itself(course):
    folder = writable(course.folder("autograded", PS, "ann"))
    kept = {path: path.read_bytes() for path in folder.iterdir()}
    try:
        (folder / "result.json").write_text("{")
        (folder / f"{PS}.ipynb").write_text('{"cells": [{"a": 1}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
        marks = next(marks for marks in read_marks(course, [PS]) if marks.student == "ann")
        text = page(marks, released(course, PS))
        assert "is damaged" in text and "29.5" in text
    finally:
        for path, content in kept.items():
            path.write_bytes(content)


@pytest.mark.parametrize("kind, data", [
    ("text/html", "<div>" * 200_000), ("text/html", "<ul><li>" * 100_000), ("text/html", "<b>x</p>" * 100_000),
    ("text/html", "<p " + "a=1 " * 200_000), ("text/markdown", "[a]: b\n" * 50_000), ("text/markdown", "*a_ " * 50_000),
    ("text/markdown", "- " * 50_000), ("text/plain", "\x1b[1m" * 500_000)])
def test_nothing_holds_up_the_page(kind, data):
    start = time.process_time()
    list(Shown().cell(Cell("code", "x", [{"output_type": "display_data", "data": {kind: data}}], True)))
    assert time.process_time() - start < 10  # before its limits, the first took minutes


def test_a_page_has_an_end():
    cells = [Cell("code", "x" * 30_000, [], False)] * 1500 + [Cell("markdown", "*a* " * 7000, [], False)] * 100
    parts = [part for shown in [Shown()] for cell in cells for part in shown.cell(cell)]
    assert sum(len(text) for _, text in parts) < 40_000_000 and "more here than a page can show" in parts[-1][1]


def test_an_output_of_impossible_types_costs_its_page_alone(course):
    folder = writable(course.folder("autograded", PS, "ann"))
    kept = (folder / f"{PS}.ipynb").read_text()
    try:
        notebook = json.loads(kept)
        answer = next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("solution"))
        answer["outputs"] = [{"output_type": "error", "traceback": 7}]
        (folder / f"{PS}.ipynb").write_text(json.dumps(notebook))
        told = {student: said for student, _, said in feedback(course, [PS])}
        assert told["ann"].startswith("no page could be made (TypeError") and told["bob"].endswith("ps06.html")
    finally:
        (folder / f"{PS}.ipynb").write_text(kept)


def test_nbgrader_s_own_feedback_works_and_takes_no_result_along(course, tmp_path):
    from nbgrader.converters import GenerateFeedback

    course.run(GenerateFeedback, PS, "bob", feedback_directory=str(tmp_path / "{student_id}"))
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [f"{PS}.html"]


# --- in a browser

def visit(browser, path, width=1100, scheme="light"):
    """(page, what it asked for, what it said): everything but the file itself is refused and noted."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    asked, said = [], []

    def guard(route):
        url = route.request.url
        if url == path.as_uri():
            return route.continue_()
        if not url.startswith("data:image/"):
            asked.append(url)
        return route.abort() if not url.startswith("data:") else route.continue_()

    context.route("**/*", guard)
    context.on("page", lambda opened: asked.append("a new page"))
    opened = context.new_page()
    asked.clear()
    opened.on("console", lambda message: said.append(message.text))
    opened.on("dialog", lambda dialog: (said.append("dialog"), dialog.dismiss()))
    ours = (path.as_uri(), "about:blank")
    opened.on("framenavigated", lambda frame: frame.url not in ours and asked.append(frame.url))
    opened.goto(path.as_uri(), wait_until="load")
    return opened, asked, said


def provoke(opened):
    """Does to the page what a reader might: clicks, focuses, hovers, scrolls over everything."""
    opened.evaluate("""() => { for (const e of document.querySelectorAll('main *')) {
        for (const kind of ['mouseover', 'focus', 'click', 'error', 'load', 'toggle', 'animationend'])
            if (!(kind == 'click' && e.closest('a'))) e.dispatchEvent(new Event(kind, {bubbles: false})); }
        window.scrollTo(0, document.body.scrollHeight); }""")
    opened.wait_for_timeout(300)


@pytest.mark.browser
def test_nothing_runs_and_nothing_is_fetched(browser, pages):
    opened, asked, said = visit(browser, pages["eve"])
    provoke(opened)
    assert opened.evaluate("window.ran") is None and opened.title().startswith("ps06: <img")
    assert asked == [] and said == []  # not even the policy had anything to refuse
    assert opened.url == pages["eve"].as_uri() and len(opened.frames) == 1
    links = opened.evaluate("[...document.links].map(a => a.getAttribute('href'))")
    assert links and all(link.startswith(("#item-", BOOK)) for link in links)
    active = "script, iframe, object, embed, form, input, base, link, video, body svg script"
    assert opened.locator(active).count() == 0
    assert opened.evaluate("document.querySelectorAll('main h1, main h2').length") == 2  # ours, none of the student's
    assert opened.locator("h1").inner_text().startswith("<img src=x")


@pytest.mark.browser
def test_the_cleaning_holds_without_the_policy(browser, pages, tmp_path):
    bare = tmp_path / "bare.html"
    bare.write_text(read(pages["eve"]).replace('<meta http-equiv="Content-Security-Policy"', "<meta name=off"))
    opened, asked, said = visit(browser, bare)
    provoke(opened)
    assert opened.evaluate("window.ran") is None and asked == [] and said == []


@pytest.mark.browser
def test_the_policy_holds_without_the_cleaning(browser, tmp_path):
    """And both tests can fail: without the policy as well, scripts run and pictures are fetched."""
    raw = [text for kind, text in HOSTILE_HTML.items() if kind not in ("refresh", "unclosed", "style")]
    counts = {}
    for policy in (POLICY, "default-src * 'unsafe-inline' data:"):
        path = tmp_path / "raw.html"
        head = f'<meta charset=utf-8><meta http-equiv="Content-Security-Policy" content="{policy}">'
        path.write_text(head + "".join(raw))
        opened, asked, _ = visit(browser, path)
        opened.wait_for_timeout(300)
        counts[policy] = (opened.evaluate("window.ran || 0"), [url for url in asked if "evil.example" in url])
    assert counts.pop(POLICY) == (0, [])
    ((ran, fetched),) = counts.values()
    assert ran > 0 and fetched


@pytest.mark.browser
def test_no_output_leaves_its_box(browser, pages):
    opened, *_ = visit(browser, pages["eve"], width=390)
    assert opened.evaluate("document.documentElement.scrollWidth") == 390
    assert opened.evaluate("[...document.querySelectorAll('.box')].every(b => b.clientHeight <= 642)")
    assert opened.evaluate("getComputedStyle(document.querySelector('.box')).contain") == "content"


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("student", ["bob", "eve", "zoe"])
def test_the_page_is_accessible(browser, pages, student, scheme):
    opened, *_ = visit(browser, pages[student], scheme=scheme)
    # axe is a script: the policy keeps it out, so it looks at the same page without one.
    opened.goto("about:blank")
    opened.set_content(read(pages[student]).replace('<meta http-equiv="Content-Security-Policy"', "<meta name=off"))
    assert violations(opened) == []


@pytest.mark.browser
def test_it_prints_in_full(browser, pages):
    opened, *_ = visit(browser, pages["bob"])
    opened.emulate_media(media="print")
    assert opened.evaluate("""[...document.querySelectorAll('.box')].every(b => b.scrollHeight <= b.clientHeight + 2
        && b.scrollWidth <= b.clientWidth + 2)""")
    assert opened.pdf()[:4] == b"%PDF"


def test_hidden_tests_stand_in_the_graded_notebook(course):
    """What the tests above rely on: the page is made from a notebook that does hold them."""
    text = course.folder("autograded", PS, "bob").joinpath(f"{PS}.ipynb").read_text()
    assert text.count("BEGIN HIDDEN TESTS") == sum(map(is_test, source().cells)) == 7
