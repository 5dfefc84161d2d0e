"""Course notebooks as data: what each cell is for, what is wrong with it, and what a student may see.

Functions take a notebook (as nbformat reads it) and return a new one or plain facts about it. Nothing here
executes a cell or writes a file.
"""

import ast
import copy
import math
import re
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

LONGEST_CODE_CELL = 25
STAFF_TAGS = ("parameters", "setup", "study")
# Which roles may hold which region of nbgrader's.
REGIONS = {
    "SOLUTION": ("solution", "manual"),
    "HIDDEN TESTS": ("test",),
    "MARK SCHEME": ("manual",),
}
START_UP_NOTE = re.compile(r"I0000 \d+|WARNING: All log messages before absl::InitializeLog")
# A cell that shows the frozen order on purpose has this tag.
SHOWS_FROZEN_ORDER = "frozen-order"
REPEATS_ITS_ORDER = (
    "fit(x, y) after the generators were seeded repeats one order of the images in every epoch; "
    "use fit(batches(x, y, batch_size)), from coursekit.training"
)
_SEEDS = ("set_random_seed", "set_seed", "replicate")
_OF_KERAS_FIT = {"batch_size", "epochs", "verbose", "callbacks", "validation_data", "validation_split"}
TEST_ID = re.compile(r"(?P<question>.+)-test-\d+")


class CourseError(Exception):
    """Something in the course folder needs a person; the message says where and what."""


@dataclass(frozen=True)
class Answer:
    """One answer to a question, with the points it deserves, as written in `tests/answers/<chapter>.py`."""

    question: str
    right: bool
    points: float
    why: str
    code: str
    line: int


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
    return {grade_id(c): float(c.metadata.nbgrader.points) for c in nb.cells if role(c) == "manual"}


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


def problems(nb: "NotebookNode", name: str) -> list[str]:
    """Everything that keeps the source notebook of chapter `name` from being released, one line each."""
    found = [f"{name}: {fault}" for fault in _notebook_problems(nb)]
    asked: set[str] = set()
    tested = {TEST_ID.fullmatch(grade_id(c) or "")["question"] for c in nb.cells if _names_a_question(c)}
    grade_ids = Counter(grade_id(cell) for cell in nb.cells)
    for number, cell in enumerate(nb.cells, start=1):
        kind = role(cell)
        faults = _cell_problems(cell, kind)
        if grade_id(cell) and grade_ids[grade_id(cell)] > 1:
            faults.append(f"the grade_id {grade_id(cell)!r} is used more than once")
        if kind == "solution":
            asked.add(grade_id(cell))
            if grade_id(cell) not in tested:
                faults.append(f"question {grade_id(cell)!r} has no test cell {grade_id(cell)}-test-1")
        if _names_a_question(cell) and TEST_ID.fullmatch(grade_id(cell))["question"] not in asked:
            faults.append(f"test {grade_id(cell)!r} follows no solution cell of its question")
        found += [f"{name}, cell {number}: {fault}" for fault in faults]
    return found + frozen_orders(nb, name)


def frozen_orders(nb: "NotebookNode", name: str) -> list[str]:
    """Each `fit` of Keras that shuffles arrays once a seed was set, in this cell or before: it repeats its order."""
    found, seeded = [], False
    for number, cell in enumerate(nb.cells, start=1):
        seeded = seeded or any(_name(call) in _SEEDS for call in _calls(cell))
        if seeded and SHOWS_FROZEN_ORDER not in cell.metadata.get("tags", []):
            found += [
                f"{name}, cell {number}, line {line}: {REPEATS_ITS_ORDER}" for line in _shuffled_fits(cell)
            ]
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


def _shuffled_fits(cell: "NotebookNode") -> list[int]:
    """The lines in which Keras's `fit` is called with arrays that it shuffles itself."""
    lines = []
    for call in _calls(cell):
        options = {keyword.arg: keyword.value for keyword in call.keywords}
        shuffle = options.get("shuffle")
        arrays = len(call.args) > 1 or "y" in options
        unshuffled = isinstance(shuffle, ast.Constant) and shuffle.value is False
        if _name(call) == "fit" and arrays and options.keys() & _OF_KERAS_FIT and not unshuffled:
            lines.append(call.lineno)
    return lines


def _names_a_question(cell: "NotebookNode") -> bool:
    return role(cell) == "test" and TEST_ID.fullmatch(grade_id(cell) or "") is not None


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
    for kind in ("parameters", "setup"):
        if code.count(kind) != 1:
            faults.append(f"{code.count(kind)} {kind} cells, expected exactly one (tag `{kind}`)")
    if "parameters" in code and code[0] != "parameters":
        faults.append("the parameters cell must be the first code cell")
    elif "parameters" in code and "PROFILE" not in parameters(nb):
        faults.append("the parameters cell must assign PROFILE")
    return faults


def _cell_problems(cell: "NotebookNode", kind: str) -> list[str]:
    faults = []
    marks = cell.metadata.get("nbgrader", {})
    if kind == "unknown":
        faults.append(
            f"unknown role of this {cell.cell_type} cell (tags {cell.metadata.get('tags', [])}, "
            f"nbgrader {dict(marks)})"
        )
    if cell.cell_type == "code":
        lines = len(cell.source.splitlines())
        if cell.outputs:
            faults.append("has outputs; source notebooks keep none")
        if cell.execution_count is not None:
            faults.append(f"has the execution count {cell.execution_count}; source notebooks keep none")
        if lines > LONGEST_CODE_CELL:
            faults.append(f"{lines} lines of code, at most {LONGEST_CODE_CELL} allowed")
    if kind in ("setup", "study") and not marks.get("locked"):
        faults.append(f"the {kind} cell is not locked in its nbgrader metadata")
    if marks and not grade_id(cell):
        faults.append("has nbgrader metadata without a grade_id")
    if kind == "test" and not TEST_ID.fullmatch(grade_id(cell) or ""):
        faults.append(f"test {grade_id(cell)!r} names no question, expected '<question>-test-<number>'")
    if kind in ("test", "manual"):
        points = marks.get("points")
        if not isinstance(points, int | float) or not math.isfinite(points) or points <= 0:
            faults.append(f"points must be a positive number, got {points!r}")
    for region, allowed in REGIONS.items():
        inside = _region(cell.source, region)
        if inside is None:
            faults.append(f"BEGIN {region} and END {region} do not pair up")
        elif inside and kind not in allowed:
            faults.append(f"BEGIN {region} in a cell of role {kind}, allowed in: {', '.join(allowed)}")
    if kind == "solution" and not _region(cell.source, "SOLUTION"):
        faults.append("a solution cell without ### BEGIN SOLUTION")
    if kind == "manual":
        rubric, answer = _region(cell.source, "MARK SCHEME"), _region(cell.source, "SOLUTION")
        if not rubric:
            faults.append("a hand-graded cell without a rubric (=== BEGIN MARK SCHEME ===)")
        elif answer and not set(rubric) <= set(answer):
            # What is removed only after the checksum was taken makes a blank answer look like a written one.
            faults.append("the rubric must stand between BEGIN SOLUTION and END SOLUTION, or without these")
    return faults


def _region(source: str, region: str) -> list[int] | None:
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
        covered = {number for region in REGIONS for number in _region(cell.source, region) or []}
        if role(cell) in ("solution", "manual") and not _region(cell.source, "SOLUTION"):
            covered = set(range(len(lines)))  # nbgrader replaces the whole cell
        secret |= {line for number, line in enumerate(lines) if number in covered}
        public |= {line for number, line in enumerate(lines) if number not in covered}
    return secret - public - {""}


def submission(nb: "NotebookNode", answers: dict[str, str]) -> "NotebookNode":
    """A student's notebook: the released one with `answers` (by grade_id) in its solution cells.

    Raises CourseError for an answer to a question that the notebook does not ask.
    """
    nb = copy.deepcopy(nb)
    cells = {grade_id(cell): cell for cell in nb.cells if role(cell) in ("solution", "manual")}
    for question, code in answers.items():
        if question not in cells:
            raise CourseError(f"no question {question!r}; the notebook asks: {', '.join(cells)}")
        cells[question].source = code
    return nb


def student_edition(nb: "NotebookNode") -> "NotebookNode":
    """What the site shows of an executed notebook: studies with their outputs, questions without answers.

    Alt text that a figure carries in its output metadata moves to where myst-nb looks for it, in the cell's
    metadata. When the data were not the real ones (`metadata.coursekit.data`), a banner follows the title.
    """
    from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearSolutions

    nb = copy.deepcopy(nb)
    nb.cells = [cell for cell in nb.cells if "injected-parameters" not in cell.metadata.get("tags", [])]
    for cell in nb.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.get("nbgrader", {}).pop("checksum", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in map(_without_start_up_notes, cell.outputs) if output]
        if cell.cell_type == "code" and role(cell) in ("solution", "test", "manual"):
            cell.outputs, cell.execution_count = [], None
        alt = _alt_text(cell)
        if alt:
            cell.metadata.setdefault("mystnb", {})["image"] = {"alt": alt}
    nb.metadata.pop("papermill", None)
    for clear in (ClearSolutions(), ClearHiddenTests(), ClearMarkScheme()):
        nb, _ = clear.preprocess(nb, {})
    banners = sorted({used["banner"] for used in nb.metadata.get("coursekit", {}).get("data", [])} - {""})
    if banners:
        from nbformat.v4 import new_markdown_cell

        text = "\n>\n".join(f"> **{banner}**" for banner in banners)
        nb.cells.insert(1, new_markdown_cell(text, id="sample-data-banner"))
    return nb


def _without_start_up_notes(output: "NotebookNode") -> "NotebookNode | None":
    """The output without TensorFlow's notes on this machine at import, which no setting of its own stops."""
    if output.get("name") != "stderr":
        return output
    lines = [line for line in output.text.splitlines(keepends=True) if not START_UP_NOTE.match(line)]
    output.text = "".join(lines)
    return output if lines else None


def _alt_text(cell: "NotebookNode") -> str:
    texts = []
    for output in cell.get("outputs", []):
        for about in output.get("metadata", {}).values():
            if isinstance(about, dict) and about.get("alt"):
                texts.append(about["alt"])
    return " ".join(texts)


def read_answers(path: Path) -> list[Answer]:
    """The answers in a file of cells `# %% <question> | right or wrong | <points> | <why>`, then code.

    Above the first such line only comments may stand. Raises CourseError with file and line otherwise.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CourseError(f"{path}: no such file of answers") from None
    try:
        ast.parse(text)
    except SyntaxError as error:
        raise CourseError(f"{path}, line {error.lineno}: {error.msg}") from None
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("# %%")]
    for number, line in enumerate(lines[: starts[0]] if starts else lines, start=1):
        if line.strip() and not line.startswith("#"):
            raise CourseError(f"{path}, line {number}: code above the first `# %%` line: {line!r}")
    if not starts:
        raise CourseError(
            f"{path}: no answers; expected `# %% <question> | right or wrong | <points> | <why>`"
        )
    return [
        _answer(path, start + 1, lines[start], "\n".join(lines[start + 1 : end]).strip("\n"))
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)
    ]


def _answer(path: Path, line: int, header: str, code: str) -> Answer:
    where = f"{path}, line {line}"
    fields = [field.strip() for field in header.removeprefix("# %%").split("|", 3)]
    if len(fields) != 4 or not all(fields):
        raise CourseError(
            f"{where}: expected `# %% <question> | right or wrong | <points> | <why>`, got {header!r}"
        )
    question, verdict, points, why = fields
    if verdict not in ("right", "wrong"):
        raise CourseError(f"{where}: expected right or wrong, got {verdict!r}")
    try:
        value = float(points)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise CourseError(f"{where}: expected points of 0 or more, got {points!r}")
    if not code.strip():
        raise CourseError(f"{where}: no code follows")
    return Answer(question=question, right=verdict == "right", points=value, why=why, code=code, line=line)
