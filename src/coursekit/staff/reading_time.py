"""How long a chapter takes somebody to whom all of it is new, by one formula from what stands in it.

Both places that say so, the notebook's metadata and the line "**Time**: about 120 minutes" in its text, are written by
`coursekit minutes`; the home page computes it when the site is built.
"""

import ast
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from coursekit import notebooks, quizzes
from coursekit.files import write_atomically
from coursekit.notebooks import CourseError
from coursekit.staff.execute import find_chapters, source_path

if TYPE_CHECKING:
    from nbformat import NotebookNode

# Of technical prose, with its formulas and figures. Plain prose is read about 1.6 times as fast.
WORDS_A_MINUTE = 150
# Of code that is left open, and what it prints.
LINES_A_MINUTE = 10
# To answer a question, with what goes wrong at first.
MINUTES_A_POINT = 3
# To choose, and to read the reason.
MINUTES_A_QUIZ_QUESTION = 0.5
_FOLDED = {"hide-input", "remove-input"}
_TIME = re.compile(r"(\*\*Time\*\*: )[^.;\\]*?(\d+) minutes")
_IN_METADATA = re.compile(r'("minutes": )\d+')


def words(nb: "NotebookNode") -> int:
    """The words of a chapter's prose, folded answers and hints included."""
    return sum(len(cell.source.split()) for cell in nb.cells if notebooks.role(cell) == "prose")


def open_lines(nb: "NotebookNode") -> int:
    """The lines of study code that a reader sees."""
    return sum(
        len(cell.source.splitlines())
        for cell in nb.cells
        if notebooks.role(cell) == "study" and not _FOLDED & set(notebooks.tags(cell))
    )


def quiz_questions(nb: "NotebookNode") -> int:
    """How many self-check questions the chapter's cells show. Raises CourseError where one has none."""
    try:
        return sum(len(quizzes.quiz(*of).questions) for of in quizzes_shown(nb))
    except ValueError as error:
        raise CourseError(str(error)) from None


def quizzes_shown(nb: "NotebookNode") -> list[tuple[str, str]]:
    """Chapter and section of each quiz that the notebook's cells show, in their order."""
    shown = []
    for cell in nb.cells:
        if notebooks.role(cell) == "study" and cell.source.startswith("quiz("):
            call = ast.parse(cell.source.strip(), mode="eval").body
            chapter, section = map(ast.literal_eval, call.args) if isinstance(call, ast.Call) else ("", "")
            shown.append((chapter, section))
    return shown


def minutes(nb: "NotebookNode") -> int:
    """How many minutes a newcomer needs for a chapter, to the nearest five; without waiting for cells that train."""
    points = sum(notebooks.questions(nb).values()) + sum(notebooks.hand_graded(nb).values())
    needed = words(nb) / WORDS_A_MINUTE + open_lines(nb) / LINES_A_MINUTE
    needed += points * MINUTES_A_POINT + quiz_questions(nb) * MINUTES_A_QUIZ_QUESTION
    return max(5, 5 * round(needed / 5))


def stated(nb: "NotebookNode") -> set[int]:
    """The minutes that a chapter says of itself, in its metadata and in its text; one number if all is well."""
    said = {int(nb.metadata.coursekit.minutes)}
    return said | {int(found[2]) for cell in nb.cells for found in _TIME.finditer(cell.source)}


def write(root: Path, chapters: Sequence[str] = ()) -> dict[str, int]:
    """Write the minutes of the chapters (all by default) into their notebooks; returns them.

    Nothing else in a file changes. Raises CourseError for a notebook that does not say "**Time**: ... minutes".
    """
    found = {}
    for name in find_chapters(root, chapters):
        path = source_path(root, name)
        nb = notebooks.read(path)
        if not any(_TIME.search(cell.source) for cell in nb.cells if notebooks.role(cell) == "prose"):
            raise CourseError(f"{path}: no line `**Time**: about 60 minutes`, where its time belongs")
        found[name] = minutes(nb)
        text = path.read_text(encoding="utf-8")
        new = _TIME.sub(rf"\g<1>about {found[name]} minutes", text)
        new = _IN_METADATA.sub(rf"\g<1>{found[name]}", new)
        if new != text:
            write_atomically(path, new)
    return found
