"""What in a notebook is missing or changed against the release, and what to do about it."""

import contextlib
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coursekit.notebooks import conflict_line, grade_id, nbgrader_metadata, nbgrader_role

if TYPE_CHECKING:
    from nbformat import NotebookNode

FRESH_COPY = "a fresh copy of the released notebook"
ROLE_NAMES = {
    "solution": "answer cell",
    "test": "test cell",
    "locked": "locked cell",
    "manual": "hand-graded answer cell",
    "task": "task",
}


@dataclass(frozen=True)
class Damage:
    """Something in the file that is not as it was released, and how to mend it.

    `cell` counts the notebook's cells from 1, text included (None: not there).
    """

    what: str
    fix: str
    cell: int | None = None


@dataclass(frozen=True)
class ReleasedCell:
    """A cell that the released notebook has: `role` as nbgrader sees it, `sha256` "" where it is not known."""

    role: str
    cell_type: str
    sha256: str
    number: int

    @property
    def is_answer(self) -> bool:
        """Whether students write it."""
        return self.role in ("solution", "manual")


def digest(source: str) -> str:
    """The digest by which a cell's source is compared with the released one."""
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()


def released_cells(nb: "NotebookNode") -> tuple[dict[str, ReleasedCell], list[str]]:
    """The cells that belong into this notebook, by grade_id, in order; and what the student should know."""
    about = nb.metadata.get("coursekit")
    listed = about.get("cells") if isinstance(about, dict) else None
    if found := _listed_cells(listed):
        return found, []
    missing = "damaged" if listed else "missing"
    note = (
        f"the notebook's list of its own cells (metadata.coursekit.cells) is {missing}, so a deleted cell is "
        "not noticed; the rest is told from what nbgrader wrote into each cell."
    )
    return _marked_cells(nb), [note]


def _listed_cells(listed: Any) -> dict[str, ReleasedCell]:
    """The cells of the list that `coursekit release` wrote; none if it is damaged."""
    try:
        found = {
            name: ReleasedCell(of["kind"], of["cell_type"], of["sha256"], int(of["number"]))
            for name, of in (listed or {}).items()
            if of["kind"] in ROLE_NAMES
        }
    except (AttributeError, KeyError, TypeError, ValueError):
        return {}
    return dict(sorted(found.items(), key=lambda item: item[1].number))


def _marked_cells(nb: "NotebookNode") -> dict[str, ReleasedCell]:
    """The cells that nbgrader's metadata make something of."""
    found: dict[str, ReleasedCell] = {}
    for number, cell in enumerate(nb.cells, start=1):
        name, role = grade_id(cell), nbgrader_role(cell)
        cell_type = nbgrader_metadata(cell).get("cell_type", cell.cell_type)
        if role == "test" and cell_type != "code":
            role = "task"  # nbgrader leaves a graded text cell to a person
        if name and role:
            found.setdefault(name, ReleasedCell(role, cell_type, "", number))
    return found


def positions(nb: "NotebookNode") -> dict[str, list[int]]:
    """Where (from 0) the cells of each grade_id stand."""
    found: dict[str, list[int]] = {}
    for index, cell in enumerate(nb.cells):
        if name := grade_id(cell):
            found.setdefault(name, []).append(index)
    return found


def find(nb: "NotebookNode") -> list[Damage]:
    """What is not as it was released, in the order of the released cells; then what came in from outside."""
    released, _ = released_cells(nb)
    places = positions(nb)
    found = []
    for name, cell in released.items():
        here = places.get(name, [])
        if not here:
            found.append(_missing(name, cell))
        if len(here) > 1:
            found.append(_duplicated(name, cell, here))
        found += [fault for index in here if (fault := _changed(nb.cells[index], name, cell, index + 1))]
    missing = {cell.role: name for name, cell in reversed(released.items()) if name not in places}
    for name, here in places.items():
        if name not in released:
            found += [_unknown_name(nb.cells[index], name, index + 1, missing) for index in here]
    for number, cell in enumerate(nb.cells, start=1):
        if line := conflict_line(cell.source):
            what = f"Cell {number} holds the marks of a git merge conflict, the first in line {line}."
            fix = "Keep one of the two versions and delete the lines <<<<<<<, ======= and >>>>>>>."
            found.append(Damage(what, fix, number))
    return found


def is_edited(cell: "NotebookNode", released: ReleasedCell) -> bool:
    """Whether the cell's source, as far as one can know, is another than the released one."""
    if released.sha256:
        return digest(cell.source) != released.sha256
    return _has_other_checksum(cell)


def _missing(name: str, released: ReleasedCell) -> Damage:
    what = (
        f"The {ROLE_NAMES[released.role]} {name!r} is missing; "
        f"it was cell {released.number} of the released notebook."
    )
    if released.is_answer:
        return Damage(
            what,
            f"Copy it from {FRESH_COPY} to where it was, and put your answer into it: only this cell ties an "
            "answer to its question.",
        )
    return Damage(what, _fix_of_course_cell(released))


def _fix_of_course_cell(released: ReleasedCell) -> str:
    needed = "To see here what it says" if released.role == "test" else "If other cells fail here without it"
    return (
        f"It costs no points: the grader puts its own copy there. {needed}, copy the cell from {FRESH_COPY}."
    )


def _duplicated(name: str, released: ReleasedCell, here: list[int]) -> Damage:
    numbers = [str(index + 1) for index in here]
    listed = f"{', '.join(numbers[:-1])} and {numbers[-1]}"
    what = f"The {ROLE_NAMES[released.role]} {name!r} is there {len(here)} times: cells {listed}."
    if released.is_answer:
        fix = (
            "Keep the one with your answer and delete the others, so that it is clear which counts. If "
            f"JupyterLab does not let you delete them, copy your answers into {FRESH_COPY}."
        )
    else:
        fix = "It costs no points: the grader counts the cell once. Delete the copies that you made."
    return Damage(what, fix, here[0] + 1)


def _changed(cell: "NotebookNode", name: str, released: ReleasedCell, number: int) -> Damage | None:
    what = f"Cell {number}, the {ROLE_NAMES[released.role]} {name!r}, "
    for step in (_changed_type, _changed_role, _changed_source, _changed_points):
        if found := step(cell, released):
            did, fix = found
            return Damage(f"{what}{did}", fix, number)
    return None


def _changed_type(cell: "NotebookNode", released: ReleasedCell) -> tuple[str, str] | None:
    if cell.cell_type == released.cell_type:
        return None
    key, now = ("Y", "code") if released.cell_type == "code" else ("M", "text (markdown)")
    was = {"code": "code", "markdown": "text (markdown)"}.get(cell.cell_type, cell.cell_type)
    fix = f"Select it, press Esc and then {key}: that makes it {now} again."
    if not released.is_answer:
        fix += " Or leave it: the grader puts its own copy there."
    return f"was turned into {was}.", fix


def _changed_role(cell: "NotebookNode", released: ReleasedCell) -> tuple[str, str] | None:
    role = nbgrader_role(cell)
    if role == released.role or (role, released.role) == ("test", "task"):
        return None
    now = f"they now say {ROLE_NAMES[role]!r}" if role else "they are gone"
    fix = f"Copy the cell from {FRESH_COPY}, put your answer into it, and delete this one."
    if not released.is_answer:
        fix = _fix_of_course_cell(released)
    return f"has changed nbgrader metadata: {now}.", fix


def _changed_source(cell: "NotebookNode", released: ReleasedCell) -> tuple[str, str] | None:
    if released.is_answer or not is_edited(cell, released):
        return None
    if released.role == "locked":
        return "was changed.", (
            "The grader runs its own copy, so it costs no points unless your answers need the change. To "
            f"undo it, copy the cell from {FRESH_COPY}."
        )
    return "was changed.", _fix_of_course_cell(released)


def _changed_points(cell: "NotebookNode", released: ReleasedCell) -> tuple[str, str] | None:
    if released.is_answer and (is_edited(cell, released) or not released.sha256):
        return None
    # The source is the released one, so a checksum that does not fit comes from points or flags.
    if not _has_other_checksum(cell):
        return None
    fix = f"Copy the cell from {FRESH_COPY} and delete this one."
    if not released.is_answer:
        fix = _fix_of_course_cell(released)
    return "has changed nbgrader metadata (points, say).", fix


def _unknown_name(cell: "NotebookNode", name: str, number: int, missing: dict[str, str]) -> Damage:
    what = f"Cell {number} carries the name {name!r} (grade_id), which no cell of the released notebook has."
    if lost := missing.get(nbgrader_role(cell)):
        fix = (
            f"If it is the cell {lost!r}, give it its name back: Property Inspector (the gears at the top "
            f'right) > Advanced Tools > Cell Metadata, "grade_id": "{lost}".'
        )
    else:
        fix = "If you copied it from another notebook, leave it: it is graded nowhere here."
    return Damage(what, fix, number)


def _has_other_checksum(cell: "NotebookNode") -> bool:
    computed = checksum(cell)
    return nbgrader_metadata(cell).get("checksum", computed) != computed


def checksum(cell: "NotebookNode") -> str:
    """What nbgrader computes over a cell and keeps in its metadata at release."""
    marks = nbgrader_metadata(cell)
    graded, solution = marks.get("grade", False), marks.get("solution", False)
    locked = False if solution else True if graded else marks.get("locked", False)
    said = [cell.source, cell.cell_type, str(graded), str(solution), str(locked), str(marks.get("grade_id"))]
    if graded:
        with contextlib.suppress(KeyError, TypeError, ValueError):
            said.append(str(float(marks["points"])))
    return hashlib.md5("".join(said).encode(), usedforsecurity=False).hexdigest()
