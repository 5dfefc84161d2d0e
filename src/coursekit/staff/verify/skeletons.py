"""Skeletons of a question and of a chapter: all cells and entries are there, and nothing passes until it is written."""

import json
import keyword
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coursekit import notebooks
from coursekit.files import write_atomically
from coursekit.notebooks import TEST_ID, CourseError, grade_id, role
from coursekit.staff import execute
from coursekit.staff.faults import TO_WRITE

if TYPE_CHECKING:
    from nbformat import NotebookNode

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# What a bank needs to prove a question.
_PLACEHOLDERS = ("right", "right", "wrong", "wrong", "wrong", "wrong", "wrong")
_PARAMETERS = """import os

PROFILE = os.environ.get("COURSEKIT_PROFILE", "quick")  # "smoke", "quick" or "full"
"""
_SETUP = """import numpy as np

from coursekit import checks
from coursekit.profiles import Profile

# At most (runs, epochs, training images) a study.
profile = Profile(PROFILE, smoke=(1, 1, 640), quick=(2, 4, 8_000))
print(profile)
"""
_CLOSING = f"""## What you have learnt

{TO_WRITE}: a sentence for each thing that the reader can do now.
"""


def new_question(root: Path, chapter: str, question: str, *, points: int = 2) -> list[Path]:
    """Add a question to a chapter after its last one, and placeholders to its bank; returns both files.

    `points` are shared by a visible and a hidden test. Raises CourseError for a name that is taken or none, for fewer
    than 2 points, and for an unknown chapter.
    """
    execute.find_chapters(root, [chapter])
    _check_name("question", question)
    if points < 2:
        raise CourseError(f"{question}: two tests share the points, so 2 at least, got {points}")
    path, file = execute.source_path(root, chapter), root / "answers" / f"{chapter}.py"
    nb = notebooks.read(path)
    added = _question_cells(question, points)
    taken = {grade_id(cell) for cell in nb.cells} | {cell.id for cell in nb.cells}
    if clash := [cell["id"] for cell in added if cell["id"] in taken]:
        raise CourseError(f"{chapter} has a cell {clash[0]!r} already")
    document = json.loads(path.read_text(encoding="utf-8"))
    at = _end_of_questions(nb)
    document["cells"][at:at] = added
    bank = file.read_text(encoding="utf-8") if file.exists() else _bank_head(chapter)
    write_atomically(file, f"{bank.rstrip()}\n{_placeholders(question, points)}")
    _write(path, document)
    return [path, file]


def new_chapter(root: Path, name: str) -> list[Path]:
    """Make a chapter without questions: its notebook, its bank, its line in _toc.yml; returns these files.

    Raises CourseError for a name that is taken or none, and for a _toc.yml that lists no chapter.
    """
    _check_name("chapter", name)
    path, file, toc = execute.source_path(root, name), root / "answers" / f"{name}.py", root / "_toc.yml"
    for there in (path.parent, file):
        if there.exists():
            raise CourseError(f"{there}: there already")
    lines = toc.read_text(encoding="utf-8").splitlines() if toc.is_file() else []
    chapters = [number for number, line in enumerate(lines) if re.match(r" *- file: notebooks/", line)]
    if not chapters:
        raise CourseError(f"{toc}: no line `- file: notebooks/...`, below which the chapter belongs")
    indent = lines[chapters[-1]].partition("-")[0]
    lines.insert(chapters[-1] + 1, f"{indent}- file: notebooks/{name}/{name}")
    title = name.replace("-", " ").capitalize()
    document = {
        "cells": [
            _cell(
                "title",
                f"# {title}\n\n{TO_WRITE}: what the reader will be able to do, and needs. **Time**: about 60 minutes.",
            ),
            _cell("parameters", _PARAMETERS, {"tags": ["parameters"]}),
            _cell("setup", _SETUP, {"nbgrader": _marks("setup", locked=True), "tags": ["setup"]}),
            _cell("closing", _CLOSING),
        ],
        "metadata": {
            "coursekit": {"datasets": [], "minutes": 60, "title": title},
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    _write(path, document)
    write_atomically(file, _bank_head(name))
    write_atomically(toc, "\n".join(lines) + "\n")
    return [path, file, toc]


def _check_name(what: str, name: str) -> None:
    function = name.replace("-", "_")
    if not _NAME.fullmatch(name) or len(name) > 40:
        raise CourseError(
            f"{name!r} is no name of a {what}: lower case letters, digits and single hyphens, a letter first, "
            "at most 40, as mean-image"
        )
    if what == "question" and (TEST_ID.fullmatch(name) or keyword.iskeyword(function)):
        why = "is how tests are called" if TEST_ID.fullmatch(name) else "is a word of Python's"
        raise CourseError(f"{name!r} {why}; choose another name")


def _end_of_questions(nb: "NotebookNode") -> int:
    """Where the next question stands: below the last test, or above the last cell, which closes the chapter."""
    tests = [number for number, cell in enumerate(nb.cells) if role(cell) == "test"]
    return tests[-1] + 1 if tests else max(0, len(nb.cells) - 1)


def _question_cells(question: str, points: int) -> list[dict[str, Any]]:
    function = question.replace("-", "_")
    title = question.replace("-", " ").capitalize()
    fails = f'raise NotImplementedError("{TO_WRITE}")'
    answer = f"""def {function}(argument):
    \"\"\"{TO_WRITE}: what it returns, with type and shape.\"\"\"
    ### BEGIN SOLUTION
    {fails}
    ### END SOLUTION"""
    visible = f'# {TO_WRITE}: what students may see, as checks.close({function}(...), ..., "{function}(...)")\n{fails}'
    hidden = (
        f"### BEGIN HIDDEN TESTS\n# {TO_WRITE}: other values, and the edges.\n{fails}\n### END HIDDEN TESTS"
    )
    return [
        _cell(
            f"{question}-text",
            f"### {title}\n\n{TO_WRITE}: what `{function}` is given, what it returns, an example.",
        ),
        _cell(question, answer, {"nbgrader": _marks(question, solution=True), "tags": ["solution"]}),
        _test(f"{question}-test-1", visible, points // 2),
        _test(f"{question}-test-2", hidden, points - points // 2),
    ]


def _test(name: str, source: str, points: int) -> dict[str, Any]:
    return _cell(
        name, source, {"nbgrader": _marks(name, grade=True, locked=True, points=points), "tags": ["test"]}
    )


def _bank_head(chapter: str) -> str:
    return f"""# Answers to the autograded questions of {chapter}, each with the points that it deserves and why.
# They prove that the test cells accept what is right, however it is written, and reject what students get wrong.
# Never released: students get notebooks/ through nbgrader, not tests/.
"""


def _placeholders(question: str, points: int) -> str:
    written = {"right": points, "wrong": 0}
    return "".join(
        f"\n# %% {question} | {verdict} | {written[verdict]} | {TO_WRITE}: answer {number}\n"
        f'raise NotImplementedError("{TO_WRITE}")\n'
        for number, verdict in enumerate(_PLACEHOLDERS, start=1)
    )


def _marks(name: str, **marks: Any) -> dict[str, Any]:
    common = {
        "grade": False,
        "grade_id": name,
        "locked": False,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }
    return {**common, **marks}


def _cell(name: str, source: str, metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    """A cell as nbformat writes it: of code if it has metadata, of text otherwise."""
    cell = {"id": name, "metadata": metadata or {}, "source": source.strip().splitlines(keepends=True)}
    if metadata is None:
        return {"cell_type": "markdown", **cell}
    return {"cell_type": "code", "execution_count": None, "outputs": [], **cell}


def _write(path: Path, document: dict[str, Any]) -> None:
    write_atomically(path, json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
