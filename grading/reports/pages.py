"""A page of HTML that stands alone: no script, no address to fetch, one style sheet inside, light and dark."""

import os
import tempfile
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from grading.errors import CourseError
from grading.reports.clean import plain

# A browser that meets anything else in the page does not run it and does not fetch it.
POLICY = ("default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'")
TEMPLATES = Path(__file__).parent / "templates"


def number(value: float) -> str:
    """Points as one writes them: 3, 2.5, 0.333; a minus sign that is one."""
    return f"{round(value, 3) + 0.0:g}".replace("-", "−")


def share(value: float) -> str:
    return f"{100 * value:.0f} %"


_templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
                         trim_blocks=True, lstrip_blocks=True)
_templates.filters.update(plain=plain, number=number, share=share)


def render(template: str, **values) -> str:
    """A template filled in; every value is escaped, except what is Markup already."""
    style = Markup((TEMPLATES / "style.css").read_text(encoding="utf-8"))
    text = _templates.get_template(template).render(style=style, policy=POLICY, **values)
    return text.encode("utf-8", "replace").decode("utf-8")  # no half of a surrogate pair


def write_page(path: Path, text: str, private: bool = False) -> None:
    """Write a page whole or not at all; a link in its place is replaced, never followed.

    Raises CourseError when the place cannot be written.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, suffix=".tmp", delete=False) as file:
            temporary = file.name
            file.write(text)
        os.chmod(temporary, 0o600 if private else 0o644)
        os.replace(temporary, path)
    except (OSError, ValueError) as error:  # ValueError: a sign that no file's name may hold
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        reason = getattr(error, "strerror", None) or error
        raise CourseError(f"{path} cannot be written ({reason}). Free the place, or choose another.") from error
