"""Hostile text, HTML and pictures made harmless, for a page that a browser shows.

Whatever a student's notebook holds may have been made to attack its reader.  Nothing comes through
here that runs, loads, links, leaves its box or pretends to be another part of the page.  Each kind has
one way: text is escaped, Markdown is rendered with its HTML escaped, HTML keeps its structure and loses
every attribute that could act, and a picture is let through only if its bytes are one.
"""

import base64
import binascii
import io
import re
import unicodedata
import warnings

import nh3
from markdown_it import MarkdownIt
from PIL import Image

LINES, LETTERS = 80, 8_000  # of one output; the rest is counted, not shown
ELEMENTS = 5_000  # of one output in HTML
PICTURE_BYTES, PICTURE_PIXELS = 4_000_000, 25_000_000
PICTURES = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif"}

COLOURS = re.compile(r"\x1b\[[0-9;:]*m")  # a terminal's colours: dropped; other escapes are made visible
FLOW = {"p", "div", "span", "br", "hr", "pre", "code", "blockquote", "ul", "ol", "li", "dl", "dt", "dd"}
WORDS = {"b", "strong", "i", "em", "u", "s", "del", "ins", "sub", "sup", "small", "mark", "kbd", "samp", "var", "q"}
TABLES = {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"}
GONE = {"script", "style", "iframe", "object", "embed", "template", "noscript", "title", "svg", "math", "select",
        "textarea", "xmp", "plaintext", "noembed", "noframes"}  # with all that is inside
ALT = "a picture in the output"
SPANS = {"colspan", "rowspan"}


def plain(text: object) -> str:
    """Text as one reads it: no colours of a terminal, no hidden letters, no half of a surrogate pair.

    A line that a progress bar wrote over keeps its last state.  Every other control character, and those
    that turn the direction of writing, stand there as Python writes them: \\x1b, \\u202e.
    """
    if isinstance(text, list) and all(isinstance(part, str) for part in text):
        text = "".join(text)
    text = text if isinstance(text, str) else repr(text)[:LETTERS]
    text = COLOURS.sub("", text).replace("\r\n", "\n")
    if "\r" in text:
        text = "\n".join(next((part for part in reversed(line.split("\r")) if part), "") for line in text.split("\n"))
    return re.sub(r"[^\n\t -~]", lambda found: _visible(found[0]), text)


def _visible(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind == "Cs":
        return "\ufffd"
    if kind in ("Cc", "Cf", "Co", "Zl", "Zp") and letter != "\u200d":  # which joins the parts of an emoji
        return letter.encode("unicode_escape").decode()
    return letter


def cut(text: str, lines: int = LINES, letters: int = LETTERS) -> tuple[str, str]:
    """(the beginning of a text, a sentence about what was left out or "")."""
    kept = text if len(text) <= letters else text[:letters]
    if kept.count("\n") >= lines:
        kept = "\n".join(kept.split("\n")[:lines])
    if len(kept) == len(text):
        return text, ""
    rest = text[len(kept):]
    return kept, f"… cut here: {len(rest):,} more characters in {rest.count(chr(10)) + 1:,} lines."


def markdown(text: str) -> str:
    """Markdown as HTML without links, pictures and headings of its own; HTML inside it is shown as text."""
    tokens = _reader.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = "p"  # the page's outline is ours
            token.attrs = {"class": "heading"} if token.nesting == 1 else {}
    return _cleaner(classes={"p": {"heading"}}).clean(_reader.renderer.render(tokens, _reader.options, {}))


def html(text: str) -> str:
    """HTML with its structure, without scripts, styles, links, names, forms, or anything from elsewhere.

    "" for more than ELEMENTS elements: the time to clean them grows with the square of their depth.
    """
    if text.count("<") > 2 * ELEMENTS:
        return ""
    return _cleaner(pictures=True).clean(text).replace(f'<img alt="{ALT}">', "<em>(a picture that is not shown)</em>")


def report(text: str, addresses: set[str]) -> str:
    """The report of a check as HTML, as nnlib.check.page writes it: with its styles, and with links into the book.

    It is the examiner's own work; it is cleaned all the same, for it quotes what came from the student.
    """
    return nh3.clean(
        text, tags=FLOW | WORDS | TABLES | {"a", "svg", "path", "figure", "figcaption"},
        attributes={"*": {"role", "aria-label", "aria-level", "style"}, "th": {"scope"}, "a": {"href"},
                    "svg": {"width", "height", "viewbox", "viewBox", "preserveAspectRatio"},
                    "path": {"d", "fill-opacity"}},
        attribute_filter=lambda tag, name, value: _report_attribute(name, value, addresses),
        filter_style_properties=REPORT_STYLES, clean_content_tags=GONE - {"svg"},
        url_schemes={"http", "https", "file"}, link_rel="noopener noreferrer", strip_comments=True)


REPORT_STYLES = {"display", "grid-template-columns", "flex-wrap", "gap", "margin", "padding", "border", "border-left",
                 "text-align", "caption-side", "white-space", "font-variant-numeric", "list-style", "fill", "outline",
                 "float", "width", "color"}


def _report_attribute(name, value, addresses):
    if name == "href":
        return value if value in addresses else None
    if name == "aria-level":
        return "4"  # below the item's own heading
    if name == "style":  # besides the list of properties: none may name a picture, none may hide what it is
        return None if re.search(r"url|image|src|\\|/\*|@|expression", value, re.I) else value
    if name == "role":
        return value if value in ("group", "heading", "note", "img") else None
    return value


def picture(data: object, kind: str) -> str:
    """The data address of a picture, or "" when the bytes are no picture of the kind, or too large to be one.

    `kind` is "image/png", "image/jpeg", "image/gif" (base64) or "image/svg+xml" (text).  An SVG becomes an <img>:
    browsers neither run scripts in it there nor fetch what it names.
    """
    text = "".join(data) if isinstance(data, list) and all(isinstance(part, str) for part in data) else data
    if not isinstance(text, str) or len(text) > PICTURE_BYTES * 4 / 3:
        return ""
    if kind == "image/svg+xml":
        content = text.encode("utf-8", "replace")
        if b"<svg" not in content[:2000] or b"<!ENTITY" in content.upper() or len(content) > PICTURE_BYTES / 4:
            return ""
    else:
        try:
            content = base64.b64decode(re.sub(r"\s+", "", text), validate=True)
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # Pillow only warns of a picture that would fill the memory
                with Image.open(io.BytesIO(content), formats=list(PICTURES)) as image:
                    if PICTURES[image.format] != kind or image.width * image.height > PICTURE_PIXELS:
                        return ""
        except (binascii.Error, ValueError, OSError, SyntaxError, Warning, Image.DecompressionBombError):
            return ""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _cleaner(pictures: bool = False, classes: dict | None = None) -> nh3.Cleaner:
    attributes = {"th": SPANS | {"scope"}, "td": SPANS, "ol": {"start"}}
    if pictures:
        attributes["img"] = {"src"}
    return nh3.Cleaner(
        tags=FLOW | WORDS | TABLES | ({"img"} if pictures else set()), attributes=attributes,
        allowed_classes=classes or {}, clean_content_tags=GONE, url_schemes={"data"}, link_rel=None,
        attribute_filter=_attribute, strip_comments=True,
        set_tag_attribute_values={"img": {"alt": ALT}} if pictures else {})


def _attribute(tag, name, value):
    if name == "src":
        kind, _, data = value.removeprefix("data:").partition(";base64,")
        return picture(data, kind) or None if kind in PICTURES.values() else None
    if name in SPANS | {"start"}:
        return value if re.fullmatch(r"[0-9]{1,3}", value) else None
    return value[:200]


_reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable(
    ["link", "image", "autolink", "reference", "html_block", "html_inline"])

