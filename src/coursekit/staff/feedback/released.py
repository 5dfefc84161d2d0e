"""The notebooks of an assignment as they were released: which cells are whose, and what students have of each test.

Both are read in the gradebook and the release, not in what was handed in, whose metadata a student may have changed.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coursekit.notebooks import CourseError, grade_id, marked_lines, read
from coursekit.staff.course import Course

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from nbgrader.api import Gradebook

Delimiters = tuple[str, str]
HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
# What a heading says of points is beside it on the page anyway, and may be another number there.
POINTS = re.compile(r"\s*\([^()]*\bpoints?\b[^()]*\)$")
LONGEST_TITLE = 100


@dataclass(frozen=True)
class ReleasedNotebook:
    """A notebook of the assignment as it was released.

    `title` is its first heading, or its name; `titles` are those of the questions that have one, by name.
    `answers` and `tasks` name the cells that a student fills in or works on, `instructors` all others that nbgrader
    knows. `public_tests` holds the part of each test that students have, `hidden_tests` names the tests that have
    another. `given`: the sources of all cells that students were given; what equals one is not their work.
    `delimiters`: between which begin and end stands what no student may see.
    """

    name: str
    title: str
    titles: dict[str, str]
    answers: frozenset[str]
    tasks: frozenset[str]
    instructors: frozenset[str]
    public_tests: dict[str, str]
    hidden_tests: frozenset[str]
    given: frozenset[str]
    delimiters: tuple[Delimiters, ...]


def read_released(course: Course, gradebook: "Gradebook", assignment: str) -> list[ReleasedNotebook]:
    """The notebooks of the assignment. Raises CourseError for one that is not in the gradebook."""
    from nbgrader.api import MissingEntry

    try:
        found = gradebook.find_assignment(assignment)
    except MissingEntry:
        known = ", ".join(each.name for each in gradebook.assignments) or "none"
        raise CourseError(f"{assignment}: no such assignment in the gradebook, which has: {known}") from None
    return [_released(course, assignment, notebook) for notebook in found.notebooks]


def _released(course: Course, assignment: str, notebook: Any) -> ReleasedNotebook:
    answers = frozenset(cell.name for cell in notebook.solution_cells)
    tasks = frozenset(cell.name for cell in notebook.task_cells)
    tests = {cell.name for cell in notebook.grade_cells} - answers
    sources = {cell.name: cell.source or "" for cell in notebook.source_cells}
    hidden = course.delimiters("ClearHiddenTests")
    public = {name: cut_regions(sources.get(name, ""), [hidden]) for name in tests}
    cells = _given_cells(course, assignment, notebook.name, answers)
    headings = (
        match for cell in cells if cell.cell_type == "markdown" for match in HEADING.finditer(cell.source)
    )
    return ReleasedNotebook(
        name=notebook.name,
        title=next((_plain(match[2]) for match in headings), notebook.name),
        titles=_titles(cells, answers | tasks),
        answers=answers,
        tasks=tasks,
        instructors=frozenset(tests | set(sources)) - answers - tasks,
        public_tests=public,
        hidden_tests=frozenset(name for name in tests if public[name] != sources.get(name, "")),
        given=frozenset(text for cell in cells if (text := source_of(cell).strip())),
        delimiters=(hidden, course.delimiters("ClearMarkScheme")),
    )


def _given_cells(
    course: Course, assignment: str, notebook: str, answers: frozenset[str]
) -> list["NotebookNode"]:
    """The cells as students were given them, as far as release or source tell."""
    release = course.folder("release", ".", assignment) / f"{notebook}.ipynb"
    source = course.folder("source", ".", assignment) / f"{notebook}.ipynb"
    if release.is_file():
        return list(read(release, strict=False).cells)
    cells = list(read(source, strict=False).cells) if source.is_file() else []
    for cell in cells:
        if grade_id(cell) in answers:
            cell.source = ""  # the source's answer tells nothing of what students were given
    return cells


def _titles(cells: Sequence["NotebookNode"], questions: Collection[str]) -> dict[str, str]:
    """By question, the last heading between it and the question above, or else how the text there begins."""
    found: dict[str, str] = {}
    heading = text = ""
    for cell in cells:
        name = grade_id(cell) or ""
        if name in questions:
            if title := heading or text:
                found[name] = title
            heading = text = ""
        elif cell.cell_type == "markdown" and not name:
            headings = [match[2] for match in HEADING.finditer(cell.source) if len(match[1]) > 1]
            heading = _plain(headings[-1]) if headings else heading
            first = cell.source.strip().partition("\n")[0]
            text = _plain(first).rstrip(".:") if first[:1].isalnum() else text
    return found


def _plain(text: str) -> str:
    """The text of a line of Markdown, without its marks, as a title."""
    text = POINTS.sub("", re.sub(r"[*`$]|\]\([^)]*\)|\[(?=[^]]*\])", "", text)).strip()
    return text if len(text) <= LONGEST_TITLE else f"{text[: LONGEST_TITLE - 1]}…"


def cut_regions(source: str, delimiters: Iterable[Delimiters], left_out: str = "") -> str:
    """`source` without what stands between such delimiters; the line `left_out` takes the place of each part."""
    for begin, end in delimiters:
        marked = marked_lines(source, begin, end)
        first = {a for a, _ in marked}
        lines = []
        for number, line in enumerate(source.split("\n"), start=1):
            if not any(a <= number <= b for a, b in marked):
                lines.append(line)
            elif number in first and left_out:
                lines.append(left_out)
        source = "\n".join(lines)
    return source


def source_of(cell: "NotebookNode") -> str:
    """The text of a cell, with the line ends that nbgrader's database has."""
    return cell.source.replace("\r\n", "\n").replace("\r", "\n")
