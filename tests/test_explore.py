"""nnlib.explore: the page's markup, the live widgets, and the errors of a call that could not work."""

import json
import re
from html.parser import HTMLParser

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from nnlib.explore import explore
from nnlib.explore.picture import encode


def parabola(x, scale=1.0):
    figure = Figure(figsize=(4, 3))
    axes = figure.subplots()
    t = np.linspace(-2, 2, 30)
    axes.plot(t, scale * t**2)
    axes.plot([x], [scale * x * x], "o")
    return figure, f"At x = {x:g} the curve is at {scale * x * x:g} & not <elsewhere>."


def cloud(n):
    figure = Figure(figsize=(4, 3))
    figure.subplots().scatter(*np.random.default_rng(0).normal(size=(2, 1000 * n)))
    return figure


def ask(draw=parabola, name="square", caption='Move "x" & see.', **rest):
    return explore(draw, name=name, caption=caption, **(rest or {"x": [-1, 0, 0.5, 1]}))


@pytest.fixture
def page(monkeypatch):
    monkeypatch.setenv("NNLIB_EXPLORE", "page")


@pytest.fixture
def live(monkeypatch):
    monkeypatch.setenv("NNLIB_EXPLORE", "live")


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def all(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


def data(page):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', page.html(), re.S)[1])


# The page


def test_the_page_holds_every_position_once_and_shows_the_start(page):
    shown = ask(start={"x": 0.5}, x=[-1, 0, 0.5, 1])
    frames = data(shown)
    assert frames["texts"] == [["-1", "0", "0.5", "1"]]
    assert len(set(frames["frames"])) == 4
    assert frames["sentences"][2] == "At x = 0.5 the curve is at 0.25 & not <elsewhere>."
    elements = Elements(shown.html())
    [image], [slider], [label], [output], [figure] = map(elements.all, ("img", "input", "label", "output", "figure"))
    assert figure["id"] == "square"
    assert image["src"] == frames["frames"][2] and image["alt"] == "x = 0.5. " + frames["sentences"][2]
    assert (image["width"], image["height"]) == ("384", "288") and "aspect-ratio:384/288" in image["style"]
    assert (slider["type"], slider["min"], slider["max"], slider["value"]) == ("range", "0", "3", "2")
    assert slider["aria-valuetext"] == "0.5"
    assert label["for"] == output["for"] == slider["id"]
    assert "At x = 0.5 the curve is at 0.25 &amp; not &lt;elsewhere&gt;." in shown.html()
    assert "Move &quot;x&quot; &amp; see." in shown.html()


def test_two_sliders_the_last_moves_fastest(page):
    shown = ask(x=[0, 1], scale={"flat": 0.5, "steep": 2}, labels={"scale": "form"}, start={"scale": "steep"})
    assert data(shown)["alts"][2:] == ["x = 1, form = flat. At x = 1 the curve is at 0.5 & not <elsewhere>.",
                                       "x = 1, form = steep. At x = 1 the curve is at 2 & not <elsewhere>."]
    assert Elements(shown.html()).all("img")[0]["alt"].startswith("x = 0, form = steep.")
    widths = [output["style"] for output in Elements(shown.html()).all("output")]
    assert widths == ["min-width:min(100%,4ch)", "min-width:min(100%,5ch)"]  # of the longest text: nothing jumps
    assert ask(x=[0, 1], scale={"flat": 0.5, "steep": 2}, start={"scale": 2}).spec.start == (0, 1)  # by its value too


def test_a_number_is_shown_with_a_minus_and_linked_with_a_hyphen(page, monkeypatch):
    shown = ask(x=[-1, -2.5, 0], scale={"1e-05": 1e-5, "two-way": 2, "-": 1})
    assert data(shown)["texts"] == [["-1", "-2.5", "0"], ["1e-05", "two-way", "-"]]
    assert data(shown)["shown"] == [["−1", "−2.5", "0"], ["1e−05", "two-way", "-"]]
    assert Elements(shown.html()).all("input")[0]["aria-valuetext"] == "−1" and ">−1</output>" in shown.html()
    assert data(shown)["alts"][0].startswith("x = −1, scale = 1e−05.")
    monkeypatch.setenv("NNLIB_EXPLORE", "live")
    box = ask(x=[-1, 0])
    assert box.sliders[0].options == ("−1", "0") and "alt=\"x = −1." in box.picture.value


def test_two_builds_give_the_same_bytes(page):
    assert ask().html() == ask().html()
    assert ask(cloud, n=[1, 2]).html() == ask(cloud, n=[1, 2]).html()


def test_what_a_notebook_is_given(page):
    bundle = ask()._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/plain"].startswith('Move "x" & see.')


def test_nothing_in_the_page_comes_from_elsewhere(page):
    assert not re.search(r"""(src|href)=["'](https?:)?//""", ask().html())


def test_a_script_cannot_be_ended_by_a_sentence(page):
    shown = ask(lambda x: (parabola(x)[0], "</script><b>"), x=[0, 1])
    assert data(shown)["sentences"] == ["</script><b>"] * 2
    assert shown.html().count("</script>") == 2


# Pictures


def test_line_art_is_small_svg_and_decodes_to_the_figure():
    uri, size = encode(parabola(1.0)[0])
    assert uri.startswith("data:image/svg+xml,<svg".replace("<", "%3C")) and size == (384, 288)
    assert len(uri) < 25_000
    assert not re.search(r"[\d]\.\d{3,}", "".join(re.findall(r" d='([^']*)'", uri.replace("%22", "'"))))
    assert "date" not in uri and "\n" not in uri and '"' not in uri


def test_a_cloud_of_points_becomes_png():
    uri, _ = encode(cloud(4))
    assert uri.startswith("data:image/png;base64,") and len(uri) < 60_000


def test_figures_of_pyplot_are_closed(page):
    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    def draw(x):
        figure, axes = plt.subplots()
        axes.plot([0, x])
        return figure

    before = plt.get_fignums()
    ask(draw, x=[1, 2])
    assert plt.get_fignums() == before


def test_the_users_settings_are_left_alone():
    before = dict(matplotlib.rcParams)
    encode(parabola(0)[0])
    assert dict(matplotlib.rcParams) == before


# Live


def test_live_a_move_calls_draw(live):
    drawn = []

    def draw(x, scale):
        drawn.append((x, scale))
        return parabola(x, scale)

    box = ask(draw, x=[0, 1, 2], scale={"flat": 0.5, "steep": 2}, labels={"x": "place"}, start={"x": 1})
    assert drawn == [(1, 0.5)]  # the others are not drawn before they are asked for
    place, scale = box.sliders
    assert place.description == "place" and place.label == "1" and scale.label == "flat"
    before = box.picture.value
    place.value = "2"
    scale.index = 1  # what the browser sends
    assert drawn[1:] == [(2, 0.5), (2, 2)]
    assert box.picture.value != before
    assert 'alt="place = 2, scale = steep. At x = 2 the curve is at 8' in box.picture.value
    assert 'role="status"' in box.status.value and "data-words=" in box.picture.value
    assert "application/vnd.jupyter.widget-view+json" in box._repr_mimebundle_()


def test_live_shows_the_same_picture_as_the_page(monkeypatch):
    monkeypatch.setenv("NNLIB_EXPLORE", "page")
    uri = data(ask())["frames"][0]
    monkeypatch.setenv("NNLIB_EXPLORE", "live")
    assert f'src="{uri}"' in ask().picture.value


def test_live_an_error_is_shown_and_the_next_move_recovers(live):
    box = ask(lambda x: parabola(1 / (x - 1)), x=[0, 1, 2])
    box.sliders[0].index = 1
    assert "ZeroDivisionError" in box.picture.value and "x = 1" in box.picture.value and "alert" in box.picture.value
    box.sliders[0].index = 2
    assert "<img" in box.picture.value


def test_jupyter_decides_unless_told(monkeypatch):
    monkeypatch.delenv("NNLIB_EXPLORE", raising=False)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    assert hasattr(ask(), "html")
    monkeypatch.setenv("JPY_SESSION_NAME", "chapter.md")
    assert hasattr(ask(), "sliders")
    monkeypatch.setenv("NNLIB_EXPLORE", "both")
    with pytest.raises(ValueError, match="'live' or 'page', but it holds 'both'"):
        ask()


# Calls that could not work

BAD = {
    "draw is no function": (TypeError, "draw is a function", dict(draw=parabola(0)[0], x=[0])),
    "no slider": (TypeError, "no slider was asked for", dict(draw=lambda: None)),
    "no values": (ValueError, "slider 'x' has no position", dict(x=[])),
    "one value, not a sequence": (TypeError, "takes a sequence of values.*3 came", dict(x=3)),
    "a text is no sequence": (TypeError, "takes a sequence of values.*'abc' came", dict(x="abc")),
    "two positions read the same": (ValueError, "two positions that read '0.1'", dict(x=[0.1, 0.1 + 1e-12])),
    "start is no position": (ValueError, "cannot start at 7: its positions are 0, 1", dict(x=[0, 1], start={"x": 7})),
    "start of an unknown slider": (ValueError, "start names 'y', but the sliders are x", dict(x=[0], start={"y": 0})),
    "label of an unknown slider": (ValueError, "labels names 'y'", dict(x=[0], labels={"y": "why"})),
    "draw does not take it": (TypeError, "draw is called with x, lr, but.*'lr'", dict(x=[0], lr=[1])),
    "draw takes more": (TypeError, "draw is called with scale, but.*'x'", dict(scale=[0])),
    "a name that is no id": (ValueError, "becomes an id", dict(name="two words", x=[0])),
    "no caption": (ValueError, "caption says what to try", dict(caption=" ", x=[0])),
    "too many positions": (ValueError, "16 × 16 = 256 positions.*at most 150", dict(x=range(16), scale=range(16))),
    "draw forgets to return": (TypeError, "None came; is there a `return figure`", dict(draw=lambda x: None, x=[0])),
    "the sentence is no text": (TypeError, "pair .Figure, sentence.", dict(draw=lambda x: (Figure(), 3), x=[0])),
}


@pytest.mark.parametrize("why", BAD)
def test_a_bad_call_says_what_is_wrong(page, why):
    error, says, call = BAD[why]
    call = dict(call)
    with pytest.raises(error, match=says):
        explore(call.pop("draw", parabola), name=call.pop("name", "n"), caption=call.pop("caption", "c"), **call)


def test_an_error_in_draw_names_the_position(page):
    with pytest.raises(ZeroDivisionError) as raised:
        ask(lambda x: parabola(1 / x), x=[2, 1, 0])
    assert raised.value.__notes__ == ["This happened while explore('square') drew the position x = 0."]
