"""Put the course's own cells back in their place in what a student handed in, and take the files beside it."""

import contextlib
import copy
import stat
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from coursekit.notebooks import (
    SKIPPED_TAGS,
    CourseError,
    grade_id,
    is_answer,
    is_course_cell,
    is_manual,
    is_test,
    without_worth,
)

if TYPE_CHECKING:
    from nbformat import NotebookNode

MAX_FOLDER_MB = 100
MAX_FILES = 500
MAX_FOLDER_DEPTH = 50


def paths(folder: Path) -> list[Path]:
    """Everything in a folder down to MAX_FOLDER_DEPTH, sorted; Path.rglob gives up with folders nested deep."""
    found: list[Path] = []
    level = [folder]
    for _ in range(MAX_FOLDER_DEPTH):
        below: list[Path] = []
        for inside in level:
            with contextlib.suppress(OSError):
                below += inside.iterdir()
        found += below
        level = [path for path in below if path.is_dir() and not path.is_symlink()]
    return sorted(found)


def files(folder: Path, notes: list[str]) -> dict[str, bytes]:
    """The files beside the notebooks, by their path inside the folder; what is left out is noted."""
    found: dict[str, bytes] = {}
    size = 0
    for path in paths(folder):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() and not path.is_symlink():
            if name.count("/") == MAX_FOLDER_DEPTH - 1:
                notes.append(f"{name}: folders nested too deep; what is below was left out")
            continue
        if name.lower().startswith(".coursekit"):
            notes.append(f"{name}: a name that the grader needs itself, left out")
            continue
        if path.suffix == ".ipynb" or name == "timestamp.txt" or ".ipynb_checkpoints" in path.parts:
            continue
        try:
            about = path.lstat()
            size += about.st_size
            if not stat.S_ISREG(about.st_mode):
                notes.append(f"{name}: a link or no file, left out")
            elif size > MAX_FOLDER_MB * 1_000_000 or len(found) >= MAX_FILES:
                most = f"{MAX_FOLDER_MB} MB in {MAX_FILES} files"
                notes.append(f"{name}: left out; beside the notebooks, {most} are taken")
                size -= about.st_size
            else:
                found[name] = path.read_bytes()
        except OSError as error:
            notes.append(f"{name}: cannot be read ({error.strerror}), left out")
    return found


def check_notebook(master: "NotebookNode", handed_in: "NotebookNode", file: str) -> None:
    """Raise CourseError for a notebook of other questions, another chapter's say: none of its cells is to run."""
    named = {called for cell in handed_in.cells if (called := grade_id(cell))}
    of_course = {called: cell for cell in master.cells if (called := grade_id(cell))}
    questions = {called for called, cell in of_course.items() if not is_course_cell(cell) or is_test(cell)}
    foreign = sorted(named - of_course.keys())
    if foreign and not named & questions:
        raise CourseError(
            f"{file}: another chapter's notebook; it has none of this one's questions, but {foreign[0][:60]!r}"
        )


def arrange(
    master: "NotebookNode",
    handed_in: "NotebookNode",
    name: str,
    hidden: dict[str, list[list[int]]],
    skipped_tags: Collection[str] = SKIPPED_TAGS,
) -> tuple["NotebookNode", list[str]]:
    """The student's cells among the course's: what the student wrote, in the student's order, and every other
    cell as the course has it, in a place where it makes sense.

    master: the source notebook. hidden: the lines of its tests that students did not get, by the test's name.
    What a student wrote into a cell of the course's stays, as an ordinary cell below it. An ordinary cell that the
    student's notebook tags with one of `skipped_tags` gets the tag `skip-execution`. Notes say what was mended.
    """
    known, notes = _identify(master, handed_in, name)
    place = {id(cell): number for number, cell in enumerate(master.cells)}
    order: list[tuple[int | None, NotebookNode]] = []
    skipped = 0
    for cell, original in known:
        if original is None:
            order.append((None, _as_ordinary(cell, skipped_tags)))
            skipped += "tags" in order[-1][1].metadata
        else:
            order.append((place[id(original)], _merged(original, cell)))
            if is_course_cell(original) and _differs(
                original, cell, hidden.get(grade_id(original) or "", [])
            ):
                label = grade_id(original) or f"number {place[id(original)] + 1}"
                notes.append(
                    f"{name}: cell {label!r} differs from the course's, which took its place; yours was kept below it"
                )
                order.append((None, _as_ordinary(cell, skipped_tags)))
    if skipped:
        cells_are = "cells are" if skipped > 1 else "cell is"
        notes.append(f"{name}: {skipped} of your own {cells_are} tagged as a study and did not run")
    _take_out_early_tests(order, master)
    _take_out_moved_cells(order)
    present = {number for number, _ in order}
    for number, cell in enumerate(master.cells):
        if number in present or not (is_course_cell(cell) or is_manual(cell)):
            continue
        if any(original is cell for _, original in known):
            label = grade_id(cell) or f"number {number + 1}"
            below = "above its answer and was moved below it"
            above = "below cells of the course that come after it and was moved above them"
            notes.append(f"{name}: cell {label!r} stood {below if is_test(cell) else above}")
        else:
            notes.append(f"{name}: cell {grade_id(cell)!r} was missing and was put back")
        _put_back(order, number, _blank(cell), below_own_cells=is_test(cell))
    nb = copy.deepcopy(master)
    nb.nbformat, nb.nbformat_minor = 4, 5
    nb.cells = [cell for _, cell in order]
    for number, cell in enumerate(nb.cells):
        cell["id"] = f"cell-{number}"
    return nb, notes


def _identify(
    master: "NotebookNode", handed_in: "NotebookNode", name: str
) -> tuple[list[tuple["NotebookNode", "NotebookNode | None"]], list[str]]:
    """Each cell handed in with the cell of the course that it is, or None for one of the student's own."""
    notes: list[str] = []
    by_name = {grade_id(cell): cell for cell in master.cells if grade_id(cell)}
    by_id = {cell.get("id"): cell for cell in master.cells if cell.get("id")}
    named = {grade_id(cell) for cell in handed_in.cells}
    claims: dict[int, list[int]] = {}
    for number, cell in enumerate(handed_in.cells):
        original = by_name.get(grade_id(cell))
        if original is None and cell.metadata["cell_id"] in by_id:
            original = by_id[cell.metadata["cell_id"]]
            if grade_id(original) and grade_id(original) in named:
                original = None
            elif grade_id(original):
                notes.append(f"{name}: cell {grade_id(original)!r} had lost its name and was recognized")
        if original is None and (called := grade_id(cell)):
            notes.append(
                f"{name}: no cell of the assignment is called {called[:60]!r}; kept as an ordinary cell"
            )
        if original is not None:
            claims.setdefault(id(original), []).append(number)
    originals = {id(cell): cell for cell in master.cells}
    chosen = {}
    for key, numbers in claims.items():
        first = is_course_cell(originals[key]) and not is_test(originals[key])
        chosen[numbers[0] if first else numbers[-1]] = originals[key]
        if len(numbers) > 1 and (label := grade_id(originals[key])):
            often = f"was there {len(numbers)} times; one was taken, the others were kept as ordinary cells"
            notes.append(f"{name}: cell {label!r} {often}")
    return [(cell, chosen.get(number)) for number, cell in enumerate(handed_in.cells)], notes


def _merged(original: "NotebookNode", cell: "NotebookNode") -> "NotebookNode":
    """The course's cell, with the student's text if it is one that students write."""
    merged = copy.deepcopy(original)
    if merged.cell_type == "code":
        merged.outputs, merged.execution_count = [], None
    if not is_course_cell(original):
        merged.source = cell.source
        if "attachments" in cell and merged.cell_type == "markdown":
            merged["attachments"] = cell["attachments"]
    return merged


def _differs(original: "NotebookNode", cell: "NotebookNode", hidden: list[list[int]]) -> bool:
    """Whether a student's copy of a cell of the course's holds anything that was not given out."""
    lines = original.source.split("\n")
    given = [line for n, line in enumerate(lines, 1) if not any(a <= n <= b for a, b in hidden)]
    return (
        cell.cell_type == "code"
        and _words(without_worth(cell.source)) != _words("\n".join(given))
        and bool(cell.source.strip())
    )


def _words(source: str) -> list[str]:
    return source.split()


def _as_ordinary(cell: "NotebookNode", skipped_tags: Collection[str]) -> "NotebookNode":
    ordinary = copy.deepcopy(cell)
    ordinary.metadata.clear()
    if cell.cell_type == "code" and not set(skipped_tags).isdisjoint(cell.metadata["tags_handed_in"]):
        ordinary.metadata["tags"] = ["skip-execution"]
    return ordinary


def _blank(original: "NotebookNode") -> "NotebookNode":
    blank = copy.deepcopy(original)
    if blank.cell_type == "code":
        blank.outputs, blank.execution_count = [], None
    if not is_course_cell(original):
        blank.source = "# This cell was missing.\n" if blank.cell_type == "code" else "This cell was missing."
    return blank


def _take_out_moved_cells(order: list[tuple[int | None, "NotebookNode"]]) -> None:
    """What tests rely on is defined where the course defines it, not where a student would rather have it."""
    latest = -1
    for entry in list(order):
        number, cell = entry
        if number is None or not is_course_cell(cell):
            continue
        if number < latest and not is_test(cell):
            order.remove(entry)
        latest = max(latest, number)


def _take_out_early_tests(order: list[tuple[int | None, "NotebookNode"]], master: "NotebookNode") -> None:
    """A test above the answer that it is about, by whatever slip, could only fail."""
    answer_above: dict[int, int] = {}
    latest = None
    for number, cell in enumerate(master.cells):
        if is_answer(cell):
            latest = number
        elif is_test(cell) and latest is not None:
            answer_above[number] = latest
    at = {number: position for position, (number, _) in enumerate(order)}
    early = {t for t, answer in answer_above.items() if t in at and at.get(answer, -1) > at[t]}
    order[:] = [entry for entry in order if entry[0] not in early]


def _put_back(
    order: list[tuple[int | None, "NotebookNode"]],
    number: int,
    cell: "NotebookNode",
    *,
    below_own_cells: bool,
) -> None:
    positions = {n: position for position, (n, _) in enumerate(order) if n is not None}
    before = [n for n in positions if n < number]
    at = positions[max(before)] + 1 if before else 0
    while below_own_cells and at < len(order) and order[at][0] is None:
        at += 1  # the student's own cells below the answer may belong to it
    order.insert(at, (number, cell))
