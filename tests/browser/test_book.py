"""The book as a reader meets it: sliders, quizzes, links, on a desk and on a phone, without a network."""

import re

import pytest
from accessible import violations

pytestmark = pytest.mark.browser

CHAPTER = "/book/06-computation-graphs.html"
CHAPTERS = [CHAPTER, "/book/07-backpropagation.html", "/book/08-pytorch.html"]
PAGES = [*CHAPTERS, "/search.html?q=gradient",
         *(f"/book/{name}.html" for name in ("intro", "notation", "references", "students", "instructors",
                                             "writing-items"))]
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
SIZES = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}

# What the reader sees, not what the markup says: the decoded picture.
PIXELS = """async (image) => {
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.clientWidth; canvas.height = image.clientHeight;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL();
}"""

# What all figures of a page are set to: the picture and its text, the sentence, the positions, in numbers and in words.
ALL = """() => [...document.querySelectorAll("figure:has(input[type=range])")].map((figure) => [
  figure.querySelector("img").src, figure.querySelector("img").alt, figure.querySelector("[role=status]").innerText,
  [...figure.querySelectorAll("input[type=range]")].map((slider) => [slider.value, slider.ariaValueText]),
  [...figure.querySelectorAll("output")].map((output) => output.innerText)])"""


# Figures and quizzes are found by their tags: to ask the thousands of elements of a formula for their roles takes long.
# That they have the roles is asked once.


def figures(page):
    return page.locator("figure").filter(has=page.get_by_role("slider"))


def stepping(page):
    """The figure that steps through the backward pass: the first with a slider called step."""
    return page.locator("figure").filter(has=page.get_by_role("slider", name="step")).first


def quizzes(page):
    return page.locator("fieldset").filter(has=page.get_by_role("radio"))


def positions(figure):
    """Where its sliders stand, in words."""
    return [slider.get_attribute("aria-valuetext") for slider in figure.get_by_role("slider").all()]


def seen(figure):
    """(picture, sentence, positions) of a figure, as shown."""
    stand = positions(figure)
    assert [output.inner_text() for output in figure.locator("output").all()] == stand
    image = figure.get_by_role("img")
    alt = image.get_attribute("alt")
    assert all(position in alt for position in stand)
    return image.evaluate(PIXELS), figure.locator("p[role=status]").inner_text(), stand


@pytest.mark.parametrize(("origin", "chapter"), [("loopback", CHAPTER), *(("disk", chapter) for chapter in CHAPTERS)])
def test_every_slider_moves_by_keyboard_and_mouse(visitor, origins, origin, chapter):
    page = visitor.open(origins[origin] + chapter)
    assert len(page.evaluate(ALL)) == figures(page).count() >= 2
    assert page.get_by_role("figure").filter(has=page.get_by_role("slider")).count() == figures(page).count()
    for figure in figures(page).all():
        for slider in figure.get_by_role("slider").all():
            start, everywhere = seen(figure), page.evaluate(ALL)
            slider.focus()
            page.keyboard.press("Home")
            first = seen(figure)
            page.keyboard.press("End")
            last = seen(figure)
            assert first[0] != last[0] and first[2] != last[2]

            box = slider.bounding_box()
            page.mouse.move(box["x"] + box["width"] - 8, box["y"] + box["height"] / 2)
            page.mouse.down()
            page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
            page.mouse.move(box["x"] + 2, box["y"] + box["height"] / 2, steps=4)
            page.mouse.up()
            assert seen(figure) == first
            while positions(figure) != start[2]:
                page.keyboard.press("ArrowRight")
            assert seen(figure) == start
            assert page.evaluate(ALL) == everywhere  # nobody else moved


def test_the_backward_pass_steps_one_gradient_at_a_time(visitor, origins):
    page = visitor.open(origins["disk"] + CHAPTER)
    figure = stepping(page)
    slider = figure.get_by_role("slider")
    slider.focus()
    page.keyboard.press("Home")
    by_keys = [seen(figure)]
    while slider.input_value() != slider.get_attribute("max"):
        page.keyboard.press("ArrowRight")
        by_keys.append(seen(figure))
    assert len(by_keys) >= 7  # the start, and one step for each of the six edges
    for part in range(2):
        assert len({str(step[part]) for step in by_keys}) == len(by_keys), "each step shows something else"

    back, on = figure.get_by_role("button").all()
    for step in reversed(by_keys):
        assert seen(figure) == step
        back.click()
    assert seen(figure) == by_keys[0], "one back at the beginning stays there"
    on.focus()
    page.keyboard.press("Enter")
    assert seen(figure) == by_keys[1]


@pytest.mark.parametrize("origin", ["disk", "loopback"])
@pytest.mark.parametrize("size", SIZES)
def test_a_link_with_a_setting_opens_that_setting(visitor, origins, origin, size):
    page = visitor.open(origins[origin] + CHAPTER, **SIZES[size])
    one, two = figures(page).nth(0), figures(page).nth(1)
    one.get_by_role("slider").first.focus()
    page.keyboard.press("End")
    page.wait_for_url(re.compile("#"))
    for slider in two.get_by_role("slider").all():
        slider.focus()
        page.keyboard.press("End" if slider.input_value() == "0" else "Home")
    sliders = [slider.get_attribute("id") for slider in two.get_by_role("slider").all()]
    names = [slider.removeprefix(two.get_attribute("id") + "-") for slider in sliders]
    stand = seen(two)[2]
    assert any(text.startswith("−") for text in stand), "a minus is shown, as in the picture; the address has a hyphen"
    mine = ",".join(f"{name}={text}".replace("−", "-") for name, text in zip(names, stand))
    page.wait_for_url(re.compile(f"#{two.get_attribute('id')}:{re.escape(mine)}&{one.get_attribute('id')}:"))

    again = visitor.open(page.url, **SIZES[size])
    for i in range(figures(page).count()):
        assert seen(figures(again).nth(i)) == seen(figures(page).nth(i))
    again.wait_for_timeout(300)
    top = figures(again).nth(1).bounding_box()["y"]
    assert 0 <= top < SIZES[size]["height"] / 2, "the figure that was moved last is in view"


def test_a_link_followed_in_the_page_moves_the_figure(visitor, origins):
    page = visitor.open(origins["disk"] + CHAPTER)
    figure = stepping(page)
    start = seen(figure)
    slider = figure.get_by_role("slider")
    name = slider.get_attribute("id").removeprefix(figure.get_attribute("id") + "-")
    page.evaluate(f"location.hash = '{figure.get_attribute('id')}:{name}=2'")
    page.wait_for_function("([slider]) => slider.value === '2'", arg=[slider.element_handle()])
    assert seen(figure) != start


@pytest.mark.parametrize("setting", ["#step:k=999", "#step:nothing=1", "#step:", "#step:k=%E0%A4", "#step", "#:&=,"])
def test_a_link_that_says_nonsense_opens_the_page_as_it_is(visitor, origins, setting):
    plain, odd = visitor.open(origins["disk"] + CHAPTER), visitor.open(origins["disk"] + CHAPTER + setting)
    assert seen(stepping(odd)) == seen(stepping(plain))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_quizzes_answer_each_choice_with_its_own_feedback(visitor, origins, chapter):
    page = visitor.open(origins["disk"] + chapter)
    assert page.get_by_role("group").filter(has=page.get_by_role("radio")).count() == quizzes(page).count() >= 3
    for quiz in quizzes(page).all():
        check, said = quiz.get_by_role("button", name="Check"), quiz.get_by_role("status")
        assert said.inner_text() == ""
        check.click()
        assert said.inner_text() == "Choose an answer first."
        verdicts, feedback = [], []
        choices = quiz.get_by_role("radio").all()
        choices[0].focus()
        page.keyboard.press("Space")
        for choice in choices:
            assert choice.is_checked() and said.inner_text() == ""
            check.press("Enter")
            verdict, _, why = said.inner_text().partition("\n")
            verdicts.append(verdict.strip())
            feedback.append(why.strip())
            choice.focus()
            page.keyboard.press("ArrowDown")
        assert set(verdicts) == {"Right.", "Not quite."}
        assert all(feedback) and len(set(feedback)) == len(feedback)


def test_a_quiz_is_answered_by_mouse_on_a_phone(visitor, origins):
    page = visitor.open(origins["disk"] + CHAPTER, **SIZES["phone"], has_touch=True)
    quiz = quizzes(page).first
    for label in quiz.locator("label").all():  # the words themselves are the target, formulas too
        label.tap()
        assert quiz.get_by_label(label.inner_text()).or_(quiz.locator("input:checked")).first.is_checked()
        assert quiz.locator("input:checked").get_attribute("id") == label.get_attribute("for")
    quiz.get_by_role("button", name="Check").tap()
    assert quiz.get_by_role("status").inner_text().startswith(("Right.", "Not quite."))


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("size", SIZES)
def test_accessible_in_light_and_dark_and_no_wider_than_the_screen(visitor, origins, address, size):
    page = visitor.open(origins["disk"] + address, **SIZES[size])
    for quiz in quizzes(page).all():
        quiz.get_by_role("radio").first.check()
        quiz.get_by_role("button", name="Check").click()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function("scheme => document.documentElement.dataset.theme === scheme", arg=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
        # What is the theme's, too. In the dark only colours are other ones: the other rules need not look again.
        assert violations(page, preload=False, **({} if scheme == "light" else COLOURS)) == []


def test_the_reader_without_script_sees_pictures_choices_and_answers(visitor, origins):
    page = visitor.open(origins["disk"] + CHAPTER, java_script_enabled=False)
    for figure in figures(page).all():
        image = figure.get_by_role("img")
        assert image.is_visible() and image.get_attribute("src").startswith("data:image/")
    quiz = quizzes(page).first
    assert quiz.get_by_role("radio").count() >= 2 and not quiz.get_by_role("button").is_visible()
    quiz.get_by_text("Answers").click()
    assert quiz.get_by_text("Right.").first.is_visible() and quiz.get_by_text("Not quite.").first.is_visible()


def test_print_shows_the_picture_and_where_it_stands(visitor, origins):
    page = visitor.open(origins["disk"] + CHAPTER)
    figure = page.locator("#" + stepping(page).get_attribute("id"))
    page.emulate_media(media="print")
    assert figure.get_by_role("img").is_visible() and figure.locator("output").is_visible()
    assert figure.get_by_role("slider").count() == figure.get_by_role("button").count() == 0


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_print_shows_the_end_of_what_steps_and_the_page_is_as_before(visitor, origins, chapter):
    page = visitor.open(origins["disk"] + chapter)
    before, address = page.evaluate(ALL), page.url
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    printed = page.evaluate(ALL)
    turned = [now[3] for was, now in zip(before, printed) if was != now]
    assert turned and all(sliders[-1][0] != "0" for sliders in turned)
    assert all(was == now or [value for value, _ in was[3]] == ["0"] * len(was[3]) for was, now in zip(before, printed))
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.wait_for_timeout(300)  # longer than a move takes to reach the address
    assert page.evaluate(ALL) == before and page.url == address

    slider = stepping(page).get_by_role("slider", name="step")
    slider.focus()
    page.keyboard.press("End")
    page.keyboard.press("Home")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert slider.input_value() == "0", "what a reader has set is printed as it stands"


def test_one_header_one_search_and_the_source_of_the_chapter(visitor, origins, book):
    page = visitor.open(origins["disk"] + CHAPTER)
    assert page.get_by_role("button", name="Search").filter(visible=True).count() == 1
    source = page.locator("a[href$='.md']").first.get_attribute("href")
    assert (book / "book" / source).resolve().read_text(encoding="utf-8").startswith("---")
    assert page.locator("html").get_attribute("lang") == "en"


def test_nothing_is_loaded_from_elsewhere(book):
    """What the page asks for when it opens is watched in every test; this reads what it might ask for later."""
    load = re.compile(r"""<(?:script|img|iframe|source|video|audio)\b[^>]*\bsrc\s*=\s*["']?(?:https?:)?//[^"'\s>]*"""
                      r"""|<link\b[^>]*\bhref\s*=\s*["']?(?:https?:)?//[^"'\s>]*|@import[^;]*//[^;]*|\burl\(["']?(?:https?:)?//[^)]*""")
    assert load.search('<script async src="https://example.org/x.js">') and load.search("a{b:url(//example.org/x)}")
    pages = list(book.rglob("*.html"))
    assert len(pages) >= len(PAGES)
    assert [found for page in [*pages, *book.rglob("*.css")] for found in load.findall(page.read_text("utf-8"))] == []
