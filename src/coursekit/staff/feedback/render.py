"""How values become text on a page, and the template that they are put into.

Everything is escaped, except what this package made as HTML itself: the style and Pygments' colours. The page's
Content-Security-Policy admits the style by its digest, no other style, no script, and nothing from outside.
"""

import base64
import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coursekit.staff.wording import points, printable

if TYPE_CHECKING:
    from jinja2 import Template

# Longer code has one colour: Pygments can be made to take a time that grows with the square of the length.
COLOURED_TEXT = 5_000


def highlighted(source: str) -> str:
    """Python code as HTML with Pygments' classes; the text in it is escaped."""
    from markupsafe import Markup, escape
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    if len(source) > COLOURED_TEXT:
        return escape(_printable(source))
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    return Markup(highlight(_printable(source), lexer, HtmlFormatter(nowrap=True)))


@functools.cache
def template() -> "Template":
    """The template of a page."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("coursekit.staff.feedback", "."),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["points"] = points
    style = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment.globals.update(style=Markup(style), digest=digest)
    return environment.get_template("template.html")


def _printable(value: Any) -> Any:
    """Any value of the template as text that a page may hold; HTML made by this package is left alone."""
    return value if hasattr(value, "__html__") else printable(str(value))
