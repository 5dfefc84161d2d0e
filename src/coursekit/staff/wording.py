"""How points and texts are written where people read them: on pages, in tables, in files for other systems."""

import re

_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def points(value: float) -> str:
    """A number of points as people write it: 2, 2.5, 0.33."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def printable(text: str) -> str:
    """The text with a replacement character for each that no page and no table can hold."""
    return _UNPRINTABLE.sub("\ufffd", text)
