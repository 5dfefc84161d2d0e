"""Course notebooks as data: how they are read, what each cell is for, and what students must not see in them.

There are two readers: `read` for the course's own files, `read_submitted` for whatever a student hands in. Other
functions take a notebook and return a new one or plain facts about it. Nothing here executes a cell or writes a file.
"""

import ast
import contextlib
import json
import re
import stat
import warnings
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode

# Limits on what is read of a student's file, in the grader as in `coursekit check`: the whole file, and what is left of
# it without outputs, at which nobody looks.
MAX_FILE_MB = 200
MAX_NOTEBOOK_MB = 50
MAX_CELLS = 5_000
# Lists and dicts in a notebook's file, and lists in its outputs. Decoded, each takes many times the memory of its text.
MAX_CONTAINERS = 2_000_000

# Tags of cells that are not executed when a notebook is graded.
SKIPPED_TAGS = ("study", "skip-execution")

STAFF_TAGS = ("parameters", "setup", "study")
# Which roles may hold which region of nbgrader's.
REGIONS = {
    "SOLUTION": ("solution", "manual"),
    "HIDDEN TESTS": ("test",),
    "MARK SCHEME": ("manual",),
}
TEST_ID = re.compile(r"(?P<question>.+)-test-\d+")
# The line that `coursekit release` puts on top of a test, so that it says when it passes.
_WORTH = re.compile(r'^checks\.worth\("[^"\n]*", points=[\d.]+, of=[\d.]+\)(\n|\Z)', re.MULTILINE)
_IMPORTS_CHECKS = re.compile(r"^from coursekit import .*\bchecks\b", re.MULTILINE)
# A line that git writes around two versions which it could not merge.
_MERGE_CONFLICT = re.compile(r"^(<<<<<<<|>>>>>>>)( |$)", re.MULTILINE)
_OUTPUTS = b'"outputs"'
_LIST_OPENS = re.compile(rb"[ \t\r\n]*+:[ \t\r\n]*+\[")
# A text in JSON. It matches what never ends as well, so that no text takes more than one look at each character.
_JSON_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
# What lies between two brackets of lists in JSON, and the next bracket.
_TO_NEXT_BRACKET = re.compile(rb'[^"\[\]]*+(?:' + _JSON_STRING.pattern + rb'[^"\[\]]*+)*+([\[\]])', re.DOTALL)


class CourseError(Exception):
    """Something in the course folder needs a person; the message says where and what."""


class Refused(Exception):
    """A student's file that is not read."""


class NotAFile(Refused):
    """A link, a folder, a pipe: no ordinary file."""


class TooLarge(Refused):
    """A file above one of the limits; `outputs` if it is its outputs that are too much."""

    def __init__(self, what: str, *, outputs: bool) -> None:
        super().__init__(what)
        self.outputs = outputs


# The course's own files


def read(path: Path, *, strict: bool = True) -> "NotebookNode":
    """A notebook of the course's own, as format 4. Raises CourseError for what is no valid notebook.

    strict: a cell without an id of its own and whatever else the schema does not allow are errors, as for the
    chapters of this course. Without it, ids are mended and the rest is left as it is: nbgrader takes such notebooks.
    """
    import nbformat
    from nbformat.warnings import DuplicateCellId, MissingIDFieldWarning

    try:
        with warnings.catch_warnings():
            # nbformat would mend these silently, differently each time.
            warnings.simplefilter("error" if strict else "ignore", DuplicateCellId)
            warnings.simplefilter("error" if strict else "ignore", MissingIDFieldWarning)
            nb = nbformat.convert(nbformat.reader.reads(path.read_bytes().decode("utf-8")), 4)
            with contextlib.nullcontext() if strict else contextlib.suppress(nbformat.ValidationError):
                nbformat.validate(nb)
    except FileNotFoundError:
        raise CourseError(f"{path}: no such notebook") from None
    except Exception as error:  # whatever nbformat stumbles over in a damaged file
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise CourseError(f"{path}: not a valid notebook: {reason}") from error
    return nb


# What students hand in


def submitted_content(path: Path) -> bytes:
    """What is in a notebook's file that a student handed in, but for outputs.

    Raises CourseError, with the file's name and why not.
    """
    try:
        return read_without_outputs(path)
    except FileNotFoundError:
        raise CourseError(f"{path.name}: not handed in") from None
    except OSError as error:
        raise CourseError(f"{path.name}: cannot be read ({error.strerror})") from None
    except Refused as error:
        raise CourseError(f"{path.name}: {error}") from None


def read_submitted(path: Path, content: bytes) -> tuple["NotebookNode", list[str]]:
    """The notebook in the content of a student's file, whatever is in it, with notes on what had to be left out.

    Cells keep their type, text, name (grade_id), id (in the metadata) and attached pictures. Raises CourseError, with
    the file's name and what is wrong, for what is no notebook at all.
    """
    try:
        found = parse_json(content)
    except Refused as error:
        raise CourseError(f"{path.name}: {error}") from None
    except UnicodeDecodeError as error:
        raise CourseError(f"{path.name}: not UTF-8 text (byte {error.start})") from None
    except json.JSONDecodeError as error:
        raise CourseError(f"{path.name}: {_json_fault(error)}") from None
    except (RecursionError, ValueError):
        raise CourseError(f"{path.name}: JSON nested too deep, or with numbers that are too long") from None
    if not isinstance(found, dict):
        raise CourseError(f"{path.name}: no notebook, but a JSON {type(found).__name__}")
    return _readable_cells(path, found)


def read_without_outputs(path: Path) -> bytes:
    """The content of a notebook's file, with all lists of outputs emptied, and all its lines.

    Raises NotAFile for what is no ordinary file, OSError, and TooLarge above MAX_FILE_MB, or MAX_NOTEBOOK_MB without
    outputs. What is no notebook, or damaged, is returned as it is.
    """
    about = path.lstat()
    if not stat.S_ISREG(about.st_mode):
        what = "a link" if stat.S_ISLNK(about.st_mode) else "no file"
        raise NotAFile(f"{what}; a submission holds ordinary files only")
    if about.st_size > MAX_FILE_MB * 1_000_000:
        size = about.st_size / 1e6
        raise TooLarge(f"{size:,.0f} MB; a file may have at most {MAX_FILE_MB} MB", outputs=True)
    content = without_outputs(path.read_bytes())
    if len(content) > MAX_NOTEBOOK_MB * 1_000_000:
        size = len(content) / 1e6
        what = f"{size:,.0f} MB without its outputs; a notebook may have at most {MAX_NOTEBOOK_MB} MB"
        raise TooLarge(what, outputs=False)
    return content


def without_outputs(content: bytes) -> bytes:
    """A notebook's JSON with all lists of outputs emptied, but for the ends of their lines.

    Nothing is decoded, and no more lists are emptied than a notebook may have cells. Of outputs that never end, no more
    is kept than shows that the JSON is damaged. Raises TooLarge for more than MAX_CONTAINERS lists in the outputs.
    """
    kept: list[bytes] = []
    done, at, lists = 0, 0, 0
    for _ in range(MAX_CELLS):
        if (found := content.find(_OUTPUTS, at)) < 0:
            break
        at = found + len(_OUTPUTS)
        opens = _LIST_OPENS.match(content, at)
        # After a backslash, it is a text about outputs.
        if opens is None or content[found - 1 : found] == b"\\":
            continue
        start = opens.end()
        kept.append(content[done:start])
        end, inside = _end_of_list(content, start, MAX_CONTAINERS - lists)
        if end is None:
            return b"".join([*kept, content[start : start + 1_000_000]])
        kept.append(b"\n" * content.count(b"\n", start, end))
        done = at = end
        lists += inside
    return b"".join([*kept, content[done:]]) if kept else content


def _end_of_list(content: bytes, start: int, most: int) -> tuple[int | None, int]:
    """Where the bracket stands that ends the list which is open at `start`, if anywhere; how many lists are in it.

    Raises TooLarge for more than `most`.
    """
    depth, inside = 1, 0
    position = start
    while bracket := _TO_NEXT_BRACKET.match(content, position):
        position = bracket.end()
        if bracket[1] == b"[":
            depth += 1
            inside += 1
            if inside > most:
                raise TooLarge(f"more than {MAX_CONTAINERS:,} lists in outputs", outputs=True)
        else:
            depth -= 1
            if not depth:
                return position - 1, inside
    return None, inside


def parse_json(content: bytes) -> Any:
    """What a JSON text holds, with a byte order mark or without.

    Raises TooLarge for more than MAX_CONTAINERS lists and dicts, RecursionError for what is nested too deep, and
    ValueError for what is not UTF-8 (UnicodeDecodeError), not JSON (json.JSONDecodeError), or a number too long.
    """
    text = content.decode("utf-8-sig")
    if count_containers(content) > MAX_CONTAINERS:
        raise TooLarge(f"more than {MAX_CONTAINERS:,} lists and dicts", outputs=False)
    return json.loads(text)


def count_containers(text: bytes) -> int:
    """How many lists and dicts a JSON text seems to hold; counting takes neither their memory nor their time."""
    outside = _JSON_STRING.sub(b"", text)
    return outside.count(b"[") + outside.count(b"{")


def conflict_line(text: str) -> int | None:
    """The number (from 1) of the first line with the marks of a git merge conflict."""
    found = _MERGE_CONFLICT.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else None


def _json_fault(error: json.JSONDecodeError) -> str:
    if not error.doc.strip():
        return "the file is empty"
    hint = "; it holds the marks of a git merge conflict" if conflict_line(error.doc) else ""
    return f"not valid JSON ({error.msg}, line {error.lineno}){hint}"


def _readable_cells(path: Path, found: dict[str, Any]) -> tuple["NotebookNode", list[str]]:
    """A notebook of those cells that can be read, with a note on each of the others."""
    from nbformat.v4 import new_notebook

    if "cells" not in found and isinstance(found.get("worksheets"), list):
        found = _upgraded(path, found)
    listed = found.get("cells")
    if not isinstance(listed, list):
        raise CourseError(f"{path.name}: no notebook: it has no list of cells")
    if len(listed) > MAX_CELLS:
        raise CourseError(f"{path.name}: {len(listed):,} cells; a notebook may have at most {MAX_CELLS:,}")
    cells, notes = [], []
    for number, written in enumerate(listed, start=1):
        if (cell := _readable_cell(written)) is None:
            notes.append(f"{path.stem}: cell {number} is damaged and was left out")
        else:
            cells.append(cell)
    return new_notebook(cells=cells), notes


def _upgraded(path: Path, found: dict[str, Any]) -> dict[str, Any]:
    import nbformat

    try:
        return nbformat.convert(nbformat.from_dict(found), 4)
    except Exception as error:
        raise CourseError(f"{path.name}: a notebook of format 3 that cannot be read: {error}") from None


def _readable_cell(written: Any) -> "NotebookNode | None":
    """The cell with nothing in it but what is used, each of the right type; None for a damaged one."""
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

    make = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}
    if not isinstance(written, dict):
        return None
    cell_type, source = written.get("cell_type"), written.get("source")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str) or not isinstance(cell_type, str) or cell_type not in make:
        return None
    cell = make[cell_type](_printable(source).replace("\r\n", "\n"))
    cell.metadata["nbgrader"] = {"grade_id": grade_id(written)}
    cell.metadata["cell_id"] = written["id"] if isinstance(written.get("id"), str) else ""
    # Under another name than the course's own tags, which say what may run beside the tests.
    cell.metadata["tags_handed_in"] = _tags_handed_in(written)
    if cell_type == "markdown" and (pictures := _pictures(written.get("attachments"))):
        cell["attachments"] = pictures
    return cell


def _tags_handed_in(written: Mapping[str, Any]) -> list[str]:
    metadata = written.get("metadata")
    found = metadata.get("tags") if isinstance(metadata, dict) else None
    return [_printable(tag) for tag in found if isinstance(tag, str)] if isinstance(found, list) else []


def _printable(text: str) -> str:
    """Half surrogate pairs can be written in JSON, and in no file."""
    return text.encode("utf-8", errors="replace").decode("utf-8")


def _pictures(attachments: Any) -> dict[str, dict[str, str]]:
    kept = {}
    for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
        pictures = bundle.items() if isinstance(bundle, dict) else ()
        good = {
            _printable(kind): _printable(data)
            for kind, data in pictures
            if kind.startswith("image/") and isinstance(data, str)
        }
        if good:
            kept[_printable(name)] = good
    return kept


# What a cell is for


def nbgrader_metadata(cell: Mapping[str, Any]) -> dict[str, Any]:
    """What nbgrader's metadata say of the cell; empty where there are none or they are damaged."""
    metadata = cell.get("metadata")
    found = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return found if isinstance(found, dict) else {}


def tags(cell: Mapping[str, Any]) -> list[Any]:
    """The cell's tags; none where they are damaged."""
    found = cell["metadata"].get("tags")
    return found if isinstance(found, list) else []


def grade_id(cell: Mapping[str, Any]) -> str | None:
    """The name under which nbgrader knows the cell, None for a cell it does not know."""
    name = nbgrader_metadata(cell).get("grade_id")
    return name if isinstance(name, str) else None


def nbgrader_role(cell: Mapping[str, Any]) -> str:
    """What nbgrader makes of the cell: solution, test, manual, task, locked, or "" if it leaves the cell alone.

    A person grades `manual` cells, which students write, and what they do for a `task`, which the course writes.
    """
    marks = nbgrader_metadata(cell)
    if marks.get("grade"):
        return "manual" if marks.get("solution") else "test"
    return next((kind for kind in ("solution", "task", "locked") if marks.get(kind)), "")


def role(cell: "NotebookNode") -> str:
    """What a cell of a chapter is for: parameters, setup, prose, study, solution, test, manual, or unknown."""
    graded, staff = nbgrader_role(cell), [tag for tag in tags(cell) if tag in STAFF_TAGS]
    if nbgrader_metadata(cell).get("task") or len(staff) > 1:
        return "unknown"
    if graded in ("solution", "test", "manual"):
        return "unknown" if staff else graded
    if cell.cell_type == "code":
        return staff[0] if staff else "unknown"
    return "prose" if cell.cell_type == "markdown" and not staff else "unknown"


def is_answer(cell: "NotebookNode") -> bool:
    """Whether students write the cell, to be graded by its tests or by a person."""
    return nbgrader_role(cell) in ("solution", "manual")


def is_test(cell: "NotebookNode") -> bool:
    """Whether the cell tests answers, for points."""
    return nbgrader_role(cell) == "test"


def is_manual(cell: "NotebookNode") -> bool:
    """Whether the cell is an answer that a person grades."""
    return nbgrader_role(cell) == "manual"


def is_course_cell(cell: "NotebookNode") -> bool:
    """Whether the cell's content is the course's business: tests, tasks, locked cells, parameters, studies."""
    if is_answer(cell):
        return False
    return bool(nbgrader_role(cell)) or any(tag in STAFF_TAGS for tag in tags(cell))


# What a chapter asks and needs


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
    found = ((grade_id(c), c) for c in nb.cells if role(c) == "manual")
    return {name: float(cell.metadata.nbgrader.points) for name, cell in found if name}


def say_when_tests_pass(nb: "NotebookNode") -> list["NotebookNode"]:
    """Put a line on top of each test of a released notebook, by which it says that it passes; returns these cells.

    A test of which students see no code gets none, nor one in a language of its own (`%%`). In a notebook that does not
    import `checks` none does. The source notebook has no such line, so neither has what is graded.
    """
    if not any(cell.cell_type == "code" and _IMPORTS_CHECKS.search(cell.source) for cell in nb.cells):
        return []
    seen = [
        cell
        for cell in nb.cells
        if is_test(cell) and cell.cell_type == "code" and has_code(cell.source) and cell.source[:2] != "%%"
    ]
    total = sum(float(nbgrader_metadata(cell)["points"]) for cell in seen)
    for cell in seen:
        marks = nbgrader_metadata(cell)
        line = f'checks.worth("{marks["grade_id"]}", points={marks["points"]:g}, of={total:g})'
        cell.source = f"{line}\n{cell.source}"
    return seen


def without_worth(source: str) -> str:
    """A test as its author wrote it, without the line that `say_when_tests_pass` puts there."""
    return _WORTH.sub("", source, count=1)


def has_code(source: str) -> bool:
    """Whether a cell holds anything but comments; what does not parse counts as code."""
    try:
        return bool(ast.parse(source).body)
    except (SyntaxError, ValueError):
        return True


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


# Regions and secrets


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


def secret_lines(nb: "NotebookNode", regions: Collection[str] = tuple(REGIONS)) -> set[str]:
    """The lines (stripped) of the source notebook that no student may see, or those of some `regions` of it.

    A line of a solution, hidden test or rubric which also stands in the open elsewhere in the notebook is no
    secret and is left out.
    """
    secret, public = set(), set()
    for cell in nb.cells:
        lines = [line.strip() for line in cell.source.splitlines()]
        covered = {number for region in regions for number in region_lines(cell.source, region) or []}
        if (
            "SOLUTION" in regions
            and role(cell) in ("solution", "manual")
            and not region_lines(cell.source, "SOLUTION")
        ):
            covered = set(range(len(lines)))  # nbgrader replaces the whole cell
        secret |= {line for number, line in enumerate(lines) if number in covered}
        public |= {line for number, line in enumerate(lines) if number not in covered}
    return secret - public - {""}
