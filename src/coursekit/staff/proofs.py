"""What `coursekit verify --mutants` found of each question, kept beside the answers for the instructors' page."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from coursekit import notebooks
from coursekit.files import write_atomically
from coursekit.notebooks import CourseError
from coursekit.staff.execute import source_path


@dataclass(frozen=True)
class Row:
    """One question: answers of the bank that got what they deserve, and its mutants (None: not tried)."""

    question: str
    right: int
    wrong: int
    mutants: int | None
    killed: int
    equivalent: int


@dataclass(frozen=True)
class Proof:
    """The rows of a chapter, and whether its cells and answers are still those that were verified."""

    rows: tuple[Row, ...]
    current: bool


def keep(root: Path, chapter: str, rows: Sequence[Row]) -> None:
    """Write the rows of a chapter to `answers/<chapter>.json`."""
    content = {"digest": _digest(root, chapter), "questions": [asdict(row) for row in rows]}
    write_atomically(_path(root, chapter), json.dumps(content, indent=1) + "\n")


def read(root: Path, chapter: str) -> Proof | None:
    """What was kept of a chapter; None if it was never verified. Raises CourseError for a damaged file."""
    path = _path(root, chapter)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        rows = tuple(Row(**row) for row in content["questions"])
        return Proof(rows, content["digest"] == _digest(root, chapter))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as error:
        raise CourseError(
            f"{path}: not what `coursekit verify {chapter} --mutants` writes ({error}); run it again"
        ) from None


def _path(root: Path, chapter: str) -> Path:
    return root / "answers" / f"{chapter}.json"


def _digest(root: Path, chapter: str) -> str:
    """Of the answers and the code cells that matter to a question: neither prose nor studies prove anything."""
    cells = notebooks.read(source_path(root, chapter)).cells
    code = [
        [cell.source, cell.metadata.get("nbgrader", {})]
        for cell in cells
        if cell.cell_type == "code" and notebooks.role(cell) != "study"
    ]
    text = json.dumps(code, sort_keys=True) + (root / "answers" / f"{chapter}.py").read_text(encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()
