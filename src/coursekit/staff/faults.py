"""What keeps a source notebook from being released, and what keeps it from being executed."""

import ast
import math
from collections import Counter
from typing import TYPE_CHECKING

from coursekit.notebooks import (
    REGIONS,
    TEST_ID,
    grade_id,
    nbgrader_metadata,
    parameters,
    region_lines,
    role,
)

if TYPE_CHECKING:
    from nbformat import NotebookNode

LONGEST_CODE_CELL = 25
# Stands in the cells that `coursekit new-question` and `new-chapter` make, until somebody writes them.
TO_WRITE = "TO BE WRITTEN"
# A cell that shows the frozen order on purpose has this tag.
SHOWS_FROZEN_ORDER = "frozen-order"
REPEATS_ITS_ORDER = (
    "fit(x, y) after the generators were seeded repeats one order of the images in every epoch; "
    "use fit(batches(x, y, batch_size)), from coursekit.training"
)
_SEEDS = ("set_random_seed", "set_seed", "replicate")
_OF_KERAS_FIT = {"batch_size", "epochs", "verbose", "callbacks", "validation_data", "validation_split"}


def problems(nb: "NotebookNode", name: str) -> list[str]:
    """Everything that keeps the source notebook of chapter `name` from being released, one line each."""
    found = [f"{name}: {fault}" for fault in _notebook_problems(nb)]
    asked: set[str] = set()
    tested = {_question(cell) for cell in nb.cells}
    grade_ids = Counter(grade_id(cell) for cell in nb.cells)
    for number, cell in enumerate(nb.cells, start=1):
        called, question = grade_id(cell), _question(cell)
        faults = _cell_problems(cell)
        if called and grade_ids[called] > 1:
            faults.append(f"the grade_id {called!r} is used more than once")
        if called and role(cell) == "solution":
            asked.add(called)
            if called not in tested:
                faults.append(f"question {called!r} has no test cell {called}-test-1")
        if question and question not in asked:
            faults.append(f"test {called!r} follows no solution cell of its question")
        found += [f"{name}, cell {number}: {fault}" for fault in faults]
    return [*found, *unwritten(nb, name), *frozen_orders(nb, name)]


def unwritten(nb: "NotebookNode", name: str) -> list[str]:
    """Each line of the source notebook of chapter `name` that says what is still to be written."""
    return [
        f"{name}, cell {number}, line {line}: {text.strip()}"
        for number, cell in enumerate(nb.cells, start=1)
        for line, text in enumerate(cell.source.splitlines(), start=1)
        if TO_WRITE in text
    ]


def frozen_orders(nb: "NotebookNode", name: str) -> list[str]:
    """Each `fit` of Keras that shuffles arrays once a seed was set, in this cell or before: it repeats its order."""
    found, seeded = [], False
    for number, cell in enumerate(nb.cells, start=1):
        calls = _calls(cell)
        seeded = seeded or any(_name(call) in _SEEDS for call in calls)
        if seeded and SHOWS_FROZEN_ORDER not in cell.metadata.get("tags", []):
            lines = [call.lineno for call in calls if _is_shuffled_fit(call)]
            found += [f"{name}, cell {number}, line {line}: {REPEATS_ITS_ORDER}" for line in lines]
    return found


def _calls(cell: "NotebookNode") -> list[ast.Call]:
    """The calls of a code cell in Python; none where it does not parse."""
    try:
        tree = ast.parse(cell.source if cell.cell_type == "code" else "")
    except SyntaxError:
        return []
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _name(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _is_shuffled_fit(call: ast.Call) -> bool:
    """Whether this is Keras's `fit` with arrays that it shuffles itself."""
    if _name(call) != "fit":
        return False
    options = {keyword.arg: keyword.value for keyword in call.keywords}
    shuffle = options.get("shuffle")
    arrays = len(call.args) > 1 or "y" in options
    unshuffled = isinstance(shuffle, ast.Constant) and shuffle.value is False
    return arrays and not options.keys().isdisjoint(_OF_KERAS_FIT) and not unshuffled


def _question(cell: "NotebookNode") -> str:
    """The question that a test is about; empty for other cells, and for tests that name none."""
    match = TEST_ID.fullmatch(grade_id(cell) or "") if role(cell) == "test" else None
    return match["question"] if match else ""


def _notebook_problems(nb: "NotebookNode") -> list[str]:
    faults = []
    if (nb.nbformat, nb.nbformat_minor) < (4, 5):
        faults.append(f"format {nb.nbformat}.{nb.nbformat_minor}, expected 4.5 (cells with ids)")
    if nb.metadata.get("kernelspec", {}).get("name") != "python3":
        faults.append("metadata.kernelspec.name must be 'python3'")
    about = nb.metadata.get("coursekit", {})
    for key, kind, wanted in (
        ("title", str, "text"),
        ("minutes", int, "a whole number"),
        ("datasets", list, "a list"),
    ):
        if not isinstance(about.get(key), kind):
            faults.append(f"metadata.coursekit.{key} must be {wanted}, got {about.get(key)!r}")
    code = [role(cell) for cell in nb.cells if cell.cell_type == "code"]
    for only in ("parameters", "setup"):
        if code.count(only) != 1:
            faults.append(f"{code.count(only)} {only} cells, expected exactly one (tag `{only}`)")
    if "parameters" in code and code[0] != "parameters":
        faults.append("the parameters cell must be the first code cell")
    elif "parameters" in code and "PROFILE" not in parameters(nb):
        faults.append("the parameters cell must assign PROFILE")
    return faults


def _cell_problems(cell: "NotebookNode") -> list[str]:
    kind = role(cell)
    faults = []
    if kind == "unknown":
        tags, marks = cell.metadata.get("tags", []), dict(nbgrader_metadata(cell))
        faults.append(f"unknown role of this {cell.cell_type} cell (tags {tags}, nbgrader {marks})")
    if cell.cell_type == "code":
        faults += _code_problems(cell)
    return [*faults, *_mark_problems(cell, kind), *_region_problems(cell, kind)]


def _code_problems(cell: "NotebookNode") -> list[str]:
    faults = []
    lines = len(cell.source.splitlines())
    if cell.outputs:
        faults.append("has outputs; source notebooks keep none")
    if cell.execution_count is not None:
        faults.append(f"has the execution count {cell.execution_count}; source notebooks keep none")
    if lines > LONGEST_CODE_CELL:
        faults.append(f"{lines} lines of code, at most {LONGEST_CODE_CELL} allowed")
    return faults


def _mark_problems(cell: "NotebookNode", kind: str) -> list[str]:
    """What is wrong with the metadata by which nbgrader knows the cell."""
    faults = []
    marks = nbgrader_metadata(cell)
    if kind in ("setup", "study") and not marks.get("locked"):
        faults.append(f"the {kind} cell is not locked in its nbgrader metadata")
    if marks and not grade_id(cell):
        faults.append("has nbgrader metadata without a grade_id")
    if kind == "test" and not _question(cell):
        faults.append(f"test {grade_id(cell)!r} names no question, expected '<question>-test-<number>'")
    if kind in ("test", "manual"):
        points = marks.get("points")
        if not isinstance(points, int | float) or not math.isfinite(points) or points <= 0:
            faults.append(f"points must be a positive number, got {points!r}")
    return faults


def _region_problems(cell: "NotebookNode", kind: str) -> list[str]:
    """What is wrong with the parts between BEGIN and END."""
    faults = []
    inside = {region: region_lines(cell.source, region) for region in REGIONS}
    for region, lines in inside.items():
        if lines is None:
            faults.append(f"BEGIN {region} and END {region} do not pair up")
        elif lines and kind not in REGIONS[region]:
            faults.append(
                f"BEGIN {region} in a cell of role {kind}, allowed in: {', '.join(REGIONS[region])}"
            )
    rubric, answer = inside["MARK SCHEME"], inside["SOLUTION"]
    if kind == "solution" and not answer:
        faults.append("a solution cell without ### BEGIN SOLUTION")
    if kind == "manual" and not rubric:
        faults.append("a hand-graded cell without a rubric (=== BEGIN MARK SCHEME ===)")
    if kind == "manual" and rubric and answer and not set(rubric) <= set(answer):
        # What is removed only after the checksum was taken makes a blank answer look like a written one.
        faults.append("the rubric must stand between BEGIN SOLUTION and END SOLUTION, or without these")
    return faults
