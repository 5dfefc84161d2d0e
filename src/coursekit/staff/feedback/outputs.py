"""A cell's outputs as a page shows them: texts as a terminal would leave them, pictures, notes on what is not shown."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from coursekit.staff.feedback import pictures
from coursekit.staff.feedback.pictures import Picture, read_picture

if TYPE_CHECKING:
    from nbformat import NotebookNode

# Characters of one output, and of all that is on a page beside answers and tests; bytes of all pictures on a page.
OUTPUT_TEXT, PAGE_TEXT, PAGE_PICTURES = 10_000, 1_000_000, 12_000_000
# What is read at all of one output: a progress bar writes its one line thousands of times.
RAW_TEXT = 2_000_000
# Of one cell.
OUTPUTS = 40

ESCAPE_CODES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]|\x9b[0-?]*[ -/]*[@-~]"
)


@dataclass(frozen=True)
class Excerpt:
    """The beginning of a text, and how many characters are left out."""

    text: str
    more: int


@dataclass(frozen=True)
class TextOutput:
    """What a cell printed, wrote to stderr, or returned, or its error."""

    kind: str
    excerpt: Excerpt


@dataclass(frozen=True)
class Note:
    """A sentence in place of what is not shown."""

    kind: ClassVar[str] = "note"
    text: str


Output = TextOutput | Picture | Note


@dataclass
class Room:
    """What a page still has room for: characters, and bytes of pictures."""

    text: int = PAGE_TEXT
    pictures: int = PAGE_PICTURES

    def take_text(self, text: str, limit: int) -> int:
        """How many characters of the text the page takes, at most `limit`; from now on it has less room."""
        length = min(len(text), limit, self.text)
        self.text -= length
        return length

    def take_picture(self, media_type: str, data: Any, alt: str) -> Picture | Note:
        """The picture in `data`, or why it is not shown."""
        try:
            picture = read_picture(media_type, data, alt)
            if len(picture.content) > self.pictures:
                raise ValueError("this page has no room for it")
        except ValueError as error:
            return Note(f"A picture is not shown: {error}.")
        self.pictures -= len(picture.content)
        return picture


def cell_outputs(outputs: Sequence["NotebookNode"], room: Room) -> list[Output]:
    """What the page shows of a cell's outputs, as far as it has room."""
    shown: list[Output] = []
    contents = list(_contents(outputs))
    for kind, content in contents[:OUTPUTS]:
        if kind == "picture":
            shown.append(room.take_picture(*content))
        elif text := terminal_excerpt(content, room.take_text(content, OUTPUT_TEXT)):
            shown.append(Note(text.text) if kind == "note" else TextOutput(kind, text))
    if len(contents) > OUTPUTS:
        shown.append(Note(f"{len(contents) - OUTPUTS:,} more outputs are not shown."))
    return shown


def attachments(cell: "NotebookNode", room: Room) -> list[Output]:
    """The pictures that a student pasted into a text."""
    shown: list[Output] = []
    for name, bundle in list(cell.get("attachments", {}).items())[:OUTPUTS]:
        for media_type in pictures.MEDIA_TYPES:
            if isinstance(bundle, dict) and media_type in bundle:
                alt = f"Attached to the text above: {name}"
                shown.append(room.take_picture(media_type, bundle[media_type], alt))
    return shown


def excerpt(text: str, limit: int) -> Excerpt:
    """At most `limit` characters of the text."""
    return Excerpt(text[:limit], max(0, len(text) - limit))


def terminal_excerpt(text: str, limit: int) -> Excerpt | None:
    """At most `limit` characters of what a terminal would show of the text; None if nothing of it is visible."""
    if not text.strip():
        return None
    beginning = excerpt(_on_terminal(text), limit)
    return Excerpt(beginning.text, beginning.more + max(0, len(text) - RAW_TEXT))


def _contents(outputs: Sequence["NotebookNode"]) -> Iterator[tuple[str, Any]]:
    """Each output as (kind, content): printed, stderr, result, error, note, or picture (media_type, data, alt text).

    A stream that came in pieces is one text.
    """
    for stream, group in itertools.groupby(outputs, _stream):
        if stream:
            yield stream, "".join(output.text for output in group)
            continue
        for output in group:
            if output.output_type == "error":
                yield "error", "\n".join(output.traceback) or f"{output.ename}: {output.evalue}"
            else:
                yield _displayed(output)


def _stream(output: "NotebookNode") -> str:
    """Which stream the output is a piece of; empty for other outputs."""
    if output.output_type != "stream":
        return ""
    return "stderr" if output.get("name") == "stderr" else "printed"


def _displayed(output: "NotebookNode") -> tuple[str, Any]:
    """What is shown of a result or display: a picture, or else its plain text; nothing that a browser would run."""
    plain = output.data.get("text/plain", "")
    for media_type in pictures.MEDIA_TYPES:
        if media_type in output.data:
            about = output.metadata.get(media_type)
            alt = about.get("alt", "").strip() if about else ""
            return "picture", (
                media_type,
                output.data[media_type],
                alt or f"Picture from your code {plain}".strip(),
            )
    if plain or not output.data:
        return "result", plain
    return "note", f"An output of the type {', '.join(sorted(output.data))[:200]} is not shown."


def _on_terminal(text: str) -> str:
    """The text as a terminal would leave it: no colours, and of a line that was written over, its last state."""
    text = ESCAPE_CODES.sub("", text[:RAW_TEXT]).replace("\r\n", "\n")
    if "\b" in text or "\r" in text:
        text = "\n".join(map(_overwritten, text.split("\n")))
    return text.rstrip()


def _overwritten(line: str) -> str:
    line = next((piece for piece in reversed(line.split("\r")) if piece), "")
    kept: list[str] = []
    for character in line if "\b" in line else ():
        if character != "\b":
            kept.append(character)
        elif kept:
            kept.pop()
    return "".join(kept) if "\b" in line else line
