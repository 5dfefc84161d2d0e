"""Pages of the site that code fills in: HTML from a template, in place of one line of a page in book/."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coursekit.notebooks import CourseError

if TYPE_CHECKING:
    from jinja2 import Environment


def fill_in(page: Path, line: str, what: str, content: str) -> None:
    """Put `content` where the file `page` holds `line`. Raises CourseError, naming `what` belongs there, without it."""
    text = page.read_text(encoding="utf-8")
    if line not in text:
        raise CourseError(f"{page.name}: no line {line!r}, where the {what} belongs")
    page.write_text(text.replace(line, content), encoding="utf-8")


def render(template: str, **values: Any) -> str:
    """A template of this package, filled in; what it is given is escaped.

    It stands in Markdown, where a blank line would end the HTML.
    """
    return _environment().get_template(template).render(values)


@functools.cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("coursekit.staff.site", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
