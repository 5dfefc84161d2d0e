"""One submission: read from the course's folder into plain data, and graded by a worker."""

import contextlib
import hashlib
import stat
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from coursekit import notebooks
from coursekit.notebooks import CourseError
from coursekit.staff.course import Course
from coursekit.staff.grading import submitted
from coursekit.staff.grading.model import Graded, GradedTest, NotebookFile, Result, Submission
from coursekit.staff.grading.plan import Plan, cells_of, options
from coursekit.staff.grading.score import questions_of, without_verdict
from coursekit.staff.sandbox import examine, host
from coursekit.staff.wording import printable

if TYPE_CHECKING:
    from nbformat import NotebookNode

# So many of a student's further notebooks are named.
MOST_NAMED = 5


def read_submission(
    course: Course,
    assignment: str,
    student: str,
    plans: Sequence[Plan],
    only: Collection[str] | None = None,
) -> Submission:
    """What a student handed in, whatever is in it. only: the names of the notebooks to grade; None: all are."""
    contents = digest_of_files(course, assignment, student)
    folder = course.folder("submitted", student, assignment)
    notes: list[str] = []
    given, own = submitted.files(folder, notes), plans[0].overwriting
    if all(plan.task["data_for_student"] for plan in plans):
        files = {**_without_files_in_the_way(given, own, plans, notes), **own}
    else:  # a file of theirs could hold the data, or what was learnt from them
        files = plans[0].task["own_files"]
        notes += [f"{name}: left out; answers get no data here" for name in given if name not in files]
    wanted = [plan.name for plan in plans if only is None or plan.name in only]
    others = _other_notebooks(folder, plans)
    notebooks = {name: _read_notebook(folder, name, others, alone=len(plans) == 1) for name in wanted}
    taken = {file.name for file in notebooks.values()}
    notes += [
        f"{printable(path.name)}: not graded; expected and found: {', '.join(sorted(taken))}"
        for path in others[:MOST_NAMED]
        if path.name not in taken and not any(file.fault for file in notebooks.values())
    ]
    return Submission(student, assignment, notebooks, files, notes, contents)


def digest_of_files(course: Course, assignment: str, student: str) -> str:
    """A digest of the files of a submission."""
    digest = hashlib.sha256()
    folder = course.folder("submitted", student, assignment)
    for path in submitted.paths(folder):
        digest.update(repr(path.relative_to(folder)).encode())
        with contextlib.suppress(OSError):
            about = path.lstat()
            digest.update(f"{about.st_mode} {about.st_size}".encode())
            # Nothing larger is read of a submission, be it a notebook or a file beside it.
            if stat.S_ISREG(about.st_mode) and about.st_size <= notebooks.MAX_FILE_MB * 1_000_000:
                with path.open("rb") as stream:
                    while block := stream.read(1 << 20):
                        digest.update(block)
    return digest.hexdigest()


def grading_key(contents: str, plans: Sequence[Plan]) -> str:
    """A digest of all that the points of a submission depend on. contents: the digest of its files."""
    digest = hashlib.sha256(contents.encode())
    for plan in plans:
        digest.update(plan.digest.encode())
    return digest.hexdigest()


def _other_notebooks(folder: Path, plans: Sequence[Plan]) -> list[Path]:
    """The student's notebooks under names that the assignment does not have."""
    expected = {f"{plan.name}.ipynb" for plan in plans}
    found = sorted(folder.glob("*.ipynb"))
    return [path for path in found if path.name not in expected and not path.name.startswith(".")]


def _read_notebook(folder: Path, name: str, others: Sequence[Path], *, alone: bool) -> NotebookFile:
    """The student's file for a notebook; under another name if there can be no doubt."""
    path = folder / f"{name}.ipynb"
    if folder.is_symlink() or folder.parent.is_symlink():
        fault = f"{folder.name}: the folder is a link; a submission holds ordinary files only"
        return NotebookFile(path.name, fault=fault)
    if others and not path.exists() and not path.is_symlink():
        if alone and len(others) == 1:
            path = others[0]
        else:
            listed = ", ".join(printable(other.name) for other in others[:MOST_NAMED])
            return NotebookFile(path.name, fault=f"{path.name}: not handed in under this name, but {listed}")
    try:
        return NotebookFile(path.name, notebooks.submitted_content(path))
    except CourseError as error:
        return NotebookFile(path.name, fault=str(error))


def _without_files_in_the_way(
    files: Mapping[str, bytes], own: Mapping[str, bytes], plans: Sequence[Plan], notes: list[str]
) -> dict[str, bytes]:
    """The student's files, but for those that are in the way of the course's; these are noted."""
    taken = [*own, *(f"{plan.name}.ipynb" for plan in plans), "timestamp.txt"]
    kept = {}
    for name, content in files.items():
        if own.get(name, content) != content:
            notes.append(f"{name}: the course's file of this name took its place")
        elif in_the_way := [t for t in taken if f"{t}/".startswith(f"{name}/") or name.startswith(f"{t}/")]:
            if in_the_way != [name]:
                notes.append(f"{name}: in the way of the course's {in_the_way[0]}, left out")
        else:
            kept[name] = content
    return kept


def grade_submission(
    plans: Sequence[Plan], submission: Submission, pairs: Sequence[Mapping[str, host.Sandbox]], slot: int
) -> Graded:
    """The result of a submission. pairs: the warm processes, by plan; slot: a number that no other grading has now."""
    notes = list(submission.notes)
    reasons: list[str] = []
    questions: list[GradedTest] = []
    graded: dict[str, NotebookNode] = {}
    seconds, memory, code = 0.0, 0.0, 0
    for plan, pair in zip(plans, pairs, strict=True):
        if plan.name not in submission.notebooks:
            continue
        file = submission.notebooks[plan.name]
        if file.name != f"{plan.name}.ipynb":
            notes.append(f"{file.name} was taken for {plan.name}.ipynb")
        try:
            handed_in, left_out = _notebook_in(plan, file)
        except CourseError as error:
            reasons.append(str(error))
            questions += [without_verdict(plan, name, str(error)) for name in plan.tests]
            continue
        nb, mended = submitted.arrange(plan.master, handed_in, plan.name, plan.hidden, plan.skipped_tags)
        notes += left_out + mended
        cells = cells_of(plan, nb)
        code += sum(len(cell["source"]) for cell in cells if cell["kind"] == "theirs")
        done = examine.examine({**plan.task, "cells": cells, "files": submission.files}, pair, slot)
        shown = [ran for cell, ran in zip(cells, done["cells"], strict=True) if cell["kind"] != "own"]
        questions += questions_of(plan, nb, shown)
        graded[plan.name] = nb
        seconds, memory = seconds + done["seconds"], max(memory, done["memory_mb"])
    result = Result(
        student=submission.student,
        assignment=submission.assignment,
        **options(plans),
        graded_at=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(seconds, 2),
        memory_mb=memory,
        code=code,
        reason="; ".join(reasons),
        notes=notes,
        questions=questions,
        tests={plan.name: plan.cell_digests for plan in plans},
        contents=submission.contents,
    )
    return Graded(result, graded)


def _notebook_in(plan: Plan, file: NotebookFile) -> tuple["NotebookNode", list[str]]:
    """The notebook, with notes on what was left out of it. Raises CourseError where there is nothing to grade."""
    if file.fault:
        raise CourseError(file.fault)
    handed_in, left_out = notebooks.read_submitted(Path(file.name), file.content)
    submitted.check_notebook(plan.master, handed_in, file.name)
    return handed_in, left_out
