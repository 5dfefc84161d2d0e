"""The notebooks of an assignment as they were released: which cells are whose, and what students have of each test.

Both are read in the gradebook and the release, not in what was handed in, whose metadata a student may have changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coursekit.notebooks import CourseError, grade_id, marked_lines, read
from coursekit.staff.course import Course

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from nbgrader.api import Gradebook

Delimiters = tuple[str, str]


@dataclass(frozen=True)
class ReleasedNotebook:
    """A notebook of the assignment as it was released.

    `answers` and `tasks` name the cells that a student fills in or works on, `instructors` all others that nbgrader
    knows. `public_tests` holds the part of each test that students have, `hidden_tests` names the tests that have
    another. `given`: the sources of all cells that students were given; what equals one is not their work.
    `delimiters`: between which begin and end stands what no student may see.
    """

    name: str
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
    return ReleasedNotebook(
        name=notebook.name,
        answers=answers,
        tasks=tasks,
        instructors=frozenset(tests | set(sources)) - answers - tasks,
        public_tests=public,
        hidden_tests=frozenset(name for name in tests if public[name] != sources.get(name, "")),
        given=_given(course, assignment, notebook.name, answers),
        delimiters=(hidden, course.delimiters("ClearMarkScheme")),
    )


def _given(course: Course, assignment: str, notebook: str, answers: frozenset[str]) -> frozenset[str]:
    """The sources of the cells that students were given, as far as release or source tell."""
    release = course.folder("release", ".", assignment) / f"{notebook}.ipynb"
    source = course.folder("source", ".", assignment) / f"{notebook}.ipynb"
    if release.is_file():
        cells = read(release, strict=False).cells
    elif source.is_file():
        # The answers in the source tell nothing of what students were given.
        cells = [cell for cell in read(source, strict=False).cells if grade_id(cell) not in answers]
    else:
        cells = []
    return frozenset(source_of(cell).strip() for cell in cells)


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
