"""Course notebooks as data: what each cell is for, and what its text holds that students must not see.

Functions take a notebook (as nbformat reads it) and return a new one or plain facts about it. Nothing here
executes a cell or writes a file.
"""

import ast
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

STAFF_TAGS = ("parameters", "setup", "study")
# Which roles may hold which region of nbgrader's.
REGIONS = {
    "SOLUTION": ("solution", "manual"),
    "HIDDEN TESTS": ("test",),
    "MARK SCHEME": ("manual",),
}
TEST_ID = re.compile(r"(?P<question>.+)-test-\d+")


class CourseError(Exception):
    """Something in the course folder needs a person; the message says where and what."""


def read(path: Path) -> "NotebookNode":
    """The notebook in the file `path`. Raises CourseError when it is not a valid notebook of format 4."""
    import nbformat
    from nbformat.warnings import DuplicateCellId, MissingIDFieldWarning

    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise CourseError(f"{path}: no such notebook") from None
    try:
        with warnings.catch_warnings():
            # nbformat would mend these silently, differently each time.
            warnings.simplefilter("error", DuplicateCellId)
            warnings.simplefilter("error", MissingIDFieldWarning)
            nb = nbformat.reads(content.decode("utf-8"), as_version=4)
            nbformat.validate(nb)
    except Exception as error:  # whatever nbformat stumbles over in a damaged file
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise CourseError(f"{path}: not a valid notebook: {reason}") from error
    return nb


def role(cell: "NotebookNode") -> str:
    """What the cell is for: parameters, setup, prose, study, solution, test, manual, or unknown."""
    tags = [tag for tag in cell.metadata.get("tags", []) if tag in STAFF_TAGS]
    marks = cell.metadata.get("nbgrader", {})
    graded, solution = marks.get("grade", False), marks.get("solution", False)
    if marks.get("task") or len(tags) > 1 or (tags and (graded or solution)):
        return "unknown"
    if graded or solution:
        return "manual" if graded and solution else "test" if graded else "solution"
    if cell.cell_type == "code":
        return tags[0] if tags else "unknown"
    return "prose" if cell.cell_type == "markdown" and not tags else "unknown"


def grade_id(cell: "NotebookNode") -> str | None:
    """The name under which nbgrader knows the cell, None for a cell it does not know."""
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def questions(nb: "NotebookNode") -> dict[str, float]:
    """The points of each autograded question (the sum over its test cells), in the notebook's order."""
    points: dict[str, float] = {}
    for cell in nb.cells:
        match = TEST_ID.fullmatch(grade_id(cell) or "")
        if role(cell) == "test" and match:
            question = match["question"]
            points[question] = points.get(question, 0.0) + float(cell.metadata.nbgrader.points)
    return points


def hand_graded(nb: "NotebookNode") -> dict[str, float]:
    """The points of each question that a person grades, in the notebook's order."""
    cells = [cell for cell in nb.cells if role(cell) == "manual"]
    return {cell.metadata.nbgrader.grade_id: float(cell.metadata.nbgrader.points) for cell in cells}


def datasets(nb: "NotebookNode") -> list[str]:
    """The names of the data sets that the notebook says it uses."""
    return list(nb.metadata.get("coursekit", {}).get("datasets", []))


def data_for_student(nb: "NotebookNode") -> bool:
    """Whether answers may load data when they are graded; if not, tests pass to them what they get."""
    return nb.metadata.get("coursekit", {}).get("data_for_student", True) is not False


def parameters(nb: "NotebookNode") -> set[str]:
    """The names that the cell tagged `parameters` assigns; empty without such a cell (or one that parses)."""
    source = next((cell.source for cell in nb.cells if role(cell) == "parameters"), "")
    try:
        statements = ast.parse(source).body
    except SyntaxError:
        return set()
    targets = [target for s in statements if isinstance(s, ast.Assign) for target in s.targets]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def region_lines(source: str, region: str) -> list[int] | None:
    """Numbers (from 0) of the lines from BEGIN to END of a region; None when the two do not pair up."""
    inside, open_ = [], False
    for number, line in enumerate(source.splitlines()):
        begins, ends = f"BEGIN {region}" in line, f"END {region}" in line
        if (begins and open_) or (ends and not open_):
            return None
        if begins or open_:
            inside.append(number)
        open_ = begins or (open_ and not ends)
    return None if open_ else inside


def marked_lines(source: str, begin: str, end: str) -> list[list[int]]:
    """First and last line (from 1) of each part between two delimiters; one without an end reaches to the end."""
    parts: list[list[int]] = []
    open_at = None
    lines = source.split("\n")
    for number, line in enumerate(lines, start=1):
        if begin in line and open_at is None:
            open_at = number
        elif end in line and open_at is not None:
            parts.append([open_at, number])
            open_at = None
    return parts if open_at is None else [*parts, [open_at, len(lines)]]


def secret_lines(nb: "NotebookNode") -> set[str]:
    """The lines (stripped) of the source notebook that no student may see.

    A line of a solution, hidden test or rubric which also stands in the open elsewhere in the notebook is no
    secret and is left out.
    """
    secret, public = set(), set()
    for cell in nb.cells:
        lines = [line.strip() for line in cell.source.splitlines()]
        covered = {number for region in REGIONS for number in region_lines(cell.source, region) or []}
        if role(cell) in ("solution", "manual") and not region_lines(cell.source, "SOLUTION"):
            covered = set(range(len(lines)))  # nbgrader replaces the whole cell
        secret |= {line for number, line in enumerate(lines) if number in covered}
        public |= {line for number, line in enumerate(lines) if number not in covered}
    return secret - public - {""}
