"""Self-check questions: a few answers to choose from, each with the reason why it is right or wrong. Nobody counts.

The questions of a chapter stand in one file here, `<chapter>.toml`:

    [[question]]
    section = "bend"
    ask = "Two linear layers in a row, nothing between them. What can they compute?"
    right = [["What one linear layer can.", "The product of two matrices is a matrix."]]
    wrong = [["Twice as much.", "..."], ["Any curve.", "..."]]

A cell of the chapter shows those of a section: `quiz("how-networks-learn", "bend")`. Each answer is a `<details>` of
HTML, which opens by mouse, by keyboard and in a screen reader, on a page without scripts and without a server.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from coursekit.files import note_read

_FOLDER = Path(__file__).parent
_KEYS = {"section", "ask", "right", "wrong"}


@dataclass(frozen=True)
class Choice:
    """An answer that a reader may choose, and the reason why it is right or wrong."""

    said: str
    reason: str
    right: bool


@dataclass(frozen=True)
class Question:
    """What is asked in a section of a chapter, and the choices, in an order that gives nothing away."""

    section: str
    ask: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Quiz:
    """The questions of one section, as a notebook shows them when this is the last line of a cell."""

    questions: tuple[Question, ...]

    def _repr_html_(self) -> str:
        asked = "".join(
            f'<div role="group" aria-label="Question {number}" style="margin: 0.6em 0 1em">'
            f"<p><strong>Check yourself.</strong> {_marked_up(question.ask)}</p>"
            f"{''.join(map(_disclosure, question.choices))}</div>"
            for number, question in enumerate(self.questions, start=1)
        )
        return f'<div class="coursekit-quiz" style="max-width: 46em">{asked}</div>'

    def __repr__(self) -> str:
        return "\n\n".join(
            "\n".join([question.ask, *(f"  ( ) {choice.said}" for choice in question.choices)])
            for question in self.questions
        )


def quiz(chapter: str, section: str) -> Quiz:
    """The questions of this section. Raises ValueError, with the file's name, for one that has none or is faulty."""
    every = questions(chapter)
    asked = tuple(question for question in every if question.section == section)
    if not asked:
        known = ", ".join(dict.fromkeys(question.section for question in every))
        raise ValueError(
            f"{chapter}.toml: no question for the section {section!r}; there are some for {known}"
        )
    return Quiz(asked)


def questions(chapter: str) -> list[Question]:
    """All questions of a chapter. Raises ValueError, with the file's name, if there are none or one is faulty."""
    path = _FOLDER / f"{chapter}.toml"
    note_read(path)
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"{path.name}: there are no questions for the chapter {chapter!r}") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path.name}: {error}") from None
    if set(document) != {"question"}:
        raise ValueError(
            f"{path.name}: expected [[question]] only, found {', '.join(sorted(document)) or 'nothing'}"
        )
    return [
        _read(entry, f"{path.name}, question {n}") for n, entry in enumerate(document["question"], start=1)
    ]


def _read(entry: Mapping[str, Any], where: str) -> Question:
    if set(entry) != _KEYS:
        raise ValueError(f"{where}: expected {', '.join(sorted(_KEYS))}; found {', '.join(sorted(entry))}")
    if not all(isinstance(entry[key], str) for key in ("section", "ask")):
        raise ValueError(f"{where}: section and ask are texts")
    for key in ("right", "wrong"):
        for pair in entry[key]:
            if not (
                isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair)
            ):
                raise ValueError(f"{where}: {key} holds pairs of an answer and the reason, not {pair!r}")
    if len(entry["right"]) != 1 or len(entry["wrong"]) < 2:
        raise ValueError(f"{where}: expected one right and at least two wrong answers")
    choices = [
        Choice(said, reason, key == "right") for key in ("right", "wrong") for said, reason in entry[key]
    ]
    return Question(entry["section"], entry["ask"], tuple(sorted(choices, key=_place)))


def _place(choice: Choice) -> tuple[float, str]:
    """Numbers by their size, other answers as if shuffled, and always in the same way."""
    number = re.match(r"[-−]?\d[\d ,]*(\.\d+)?", choice.said)
    size = float(re.sub("[ ,]", "", number[0].replace("−", "-"))) if number else 0.0
    return size, hashlib.sha256(choice.said.encode()).hexdigest()


def _disclosure(choice: Choice) -> str:
    verdict = "✓ Right." if choice.right else "✗ No."
    return (
        '<details style="margin: 0.3em 0; padding: 0.3em 0.8em; border: 1px solid; border-radius: 0.5em">'
        f'<summary style="cursor: pointer">{_marked_up(choice.said)}</summary>'
        f'<p style="margin: 0.4em 0"><strong>{verdict}</strong> {_marked_up(choice.reason)}</p></details>'
    )


def _marked_up(text: str) -> str:
    """The text as HTML, with `code` between backticks."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
