"""Answers for who learns alone: the reference solutions and the model answers, out of the chapters' source notebooks.

Hidden tests are no part of them. `coursekit answers` prints them; with `c.CoursekitSite.answers = True` in
nbgrader_config.py the site has a page of them, folded.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coursekit import notebooks
from coursekit.notebooks import CourseError, grade_id, region_lines, role
from coursekit.staff.course import find_course
from coursekit.staff.execute import find_chapters, source_path

if TYPE_CHECKING:
    from nbformat import NotebookNode

PAGE = "answers"
_HEADING = re.compile(r"^#{2,} +(.+?) *$", re.MULTILINE)
_MARKER = re.compile(r"\b(BEGIN|END) (SOLUTION|MARK SCHEME)\b")
_FENCE = re.compile(r"^`{3,}", re.MULTILINE)
# Links of a chapter's text, and of a page in book/ to the same places.
_LINKS = ((re.compile(r"\]\(\.\./\.\./book/"), "]("), (re.compile(r"\]\(\.\./(?!\.\.)"), "](../notebooks/"))


@dataclass(frozen=True)
class ModelAnswer:
    """The answer to one question, as Markdown. scheme: how a person would give points for it; empty for a program."""

    question: str
    title: str
    answer: str
    scheme: str = ""

    def lines(self) -> list[str]:
        """The answer and, if there is one, the scheme below it."""
        return [self.answer, *(["**How points are given**", self.scheme] if self.scheme else [])]


def of_notebook(nb: "NotebookNode") -> list[ModelAnswer]:
    """The answers to a chapter's questions, in their order, each with the last heading above it."""
    found, title = [], ""
    for cell in nb.cells:
        name = grade_id(cell) or ""
        if role(cell) == "prose":
            title = next((match[1] for match in reversed([*_HEADING.finditer(cell.source)])), title)
        elif role(cell) in ("solution", "manual"):
            answer, scheme = _parts(cell)
            if cell.cell_type == "code":
                fence = "`" * max([3, *(len(inside) + 1 for inside in _FENCE.findall(answer))])
                answer = f"{fence}python\n{answer}\n{fence}"
            found.append(ModelAnswer(name, title or name, answer, scheme))
    return found


def _parts(cell: "NotebookNode") -> tuple[str, str]:
    """The answer in a cell, and its mark scheme, without the lines that mark them."""
    scheme = set(region_lines(cell.source, "MARK SCHEME") or [])
    lines = [
        (number in scheme, line)
        for number, line in enumerate(cell.source.splitlines())
        if not _MARKER.search(line)
    ]
    said = ("\n".join(line for inside, line in lines if inside == part).strip("\n") for part in (False, True))
    answer, of_scheme = said
    return answer, of_scheme


def markdown(root: Path, wanted: str) -> str:
    """The answers of a chapter, or to one question of it ("mnist-mlp/softmax"), as Markdown for a terminal.

    Raises CourseError for a chapter or a question that is not there.
    """
    chapter, _, question = wanted.partition("/")
    [name] = find_chapters(root, [chapter])
    nb = notebooks.read(source_path(root, name))
    every = of_notebook(nb)
    answers = [answer for answer in every if question in ("", answer.question)]
    if not answers:
        known = ", ".join(answer.question for answer in every) or "none"
        raise CourseError(f"{name}: no question {question!r}; there are: {known}")
    parts = [f"# Answers: {_title(nb, name)}"]
    for answer in answers:
        parts += [f"## {answer.title}", *answer.lines()]
    return "\n\n".join(parts)


def is_published(root: Path) -> bool:
    """Whether the course's settings put the answers on the site: `c.CoursekitSite.answers`, off by default.

    Raises CourseError for anything but True or False.
    """
    if not (root / "nbgrader_config.py").is_file():
        return False
    config = find_course(root).config
    chosen = config["CoursekitSite"].get("answers", False) if "CoursekitSite" in config else False
    if not isinstance(chosen, bool):
        raise CourseError(f"c.CoursekitSite.answers: expected True or False, got {chosen!r}")
    return chosen


def page(root: Path, chapters: Sequence[str]) -> str:
    """The site's page of all answers, each folded."""
    parts = [
        "# Answers",
        "One good answer to each question; there are others. Try the question first: an answer teaches most to "
        "those who have been stuck.",
    ]
    for name in chapters:
        nb = notebooks.read(source_path(root, name))
        if answers := of_notebook(nb):
            parts.append(f"## [{_title(nb, name)}](../notebooks/{name}/{name}.ipynb)")
        for answer in answers:
            inside = [_relinked(text) for text in answer.lines()]
            parts += [f"### {answer.title}", "<details><summary>Answer</summary>", *inside, "</details>"]
    return "\n\n".join(parts) + "\n"


def _relinked(text: str) -> str:
    for pattern, place in _LINKS:
        text = pattern.sub(place, text)
    return text


def _title(nb: "NotebookNode", name: str) -> str:
    return str(nb.metadata.get("coursekit", {}).get("title") or name)
