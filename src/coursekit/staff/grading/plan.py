"""What grading needs to know of a notebook, whoever hands it in: read once from the course's source."""

import ast
import dataclasses
import hashlib
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coursekit import notebooks
from coursekit.notebooks import CourseError, grade_id
from coursekit.staff.course import Course
from coursekit.staff.grading import submitted
from coursekit.staff.sandbox import examine, host

if TYPE_CHECKING:
    from nbformat import NotebookNode

PROFILE = "COURSEKIT_PROFILE"
# Entries of a task that say where the course lies, which decides about no points.
PLACES = ("course", "secret")
# What nbgrader_config.py may set for cells without naming it; anything else may be a secret of the instructors'.
PASSED = """
KERAS_BACKEND LANG LANGUAGE LC_ALL LC_COLLATE LC_CTYPE LC_MESSAGES LC_MONETARY LC_NUMERIC LC_TIME TZ MPLBACKEND
OMP_NUM_THREADS OPENBLAS_NUM_THREADS MKL_NUM_THREADS TF_NUM_INTRAOP_THREADS TF_NUM_INTEROP_THREADS
TF_CPP_MIN_LOG_LEVEL TF_DETERMINISTIC_OPS TF_ENABLE_ONEDNN_OPTS
""".split()
# What may hold solutions beside the folders that nbgrader's settings name. The rest of `_build` may hold data.
_WITH_SOLUTIONS = ("nbgrader_config.py", "answers", "_build/executed", "_build/site")


@dataclass(frozen=True)
class Plan:
    """What grading needs to know of one notebook, whoever hands it in."""

    name: str
    master: "NotebookNode"
    task: dict[str, Any]
    # By the name of a test cell: pairs of line numbers, from and to.
    hidden: dict[str, list[list[int]]]
    # Statements that run before all cells on the examiner's side: tests count on what the answers import.
    imports: str
    skipped_tags: tuple[str, ...]
    # Files of the course's that take the place of the student's copies: all but those that students are to edit.
    overwriting: dict[str, bytes]

    @cached_property
    def digest(self) -> str:
        """Of every field, so that whatever is added to a plan counts; of the notebook, the course's own cells.

        PLACES are left out: a course that was moved need not be graded again.
        """
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        task = {name: value for name, value in self.task.items() if name not in PLACES}
        text = json.dumps(
            {**fields, "task": task, "master": self.cell_digests}, sort_keys=True, default=_as_text
        )
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def cell_digests(self) -> dict[str, str]:
        """A digest of each cell of the course's in the notebook, by its name."""
        return {
            name: hashlib.sha256(
                json.dumps([cell.source, cell.metadata.nbgrader.get("points")]).encode()
            ).hexdigest()
            for cell in self.master.cells
            if (name := grade_id(cell)) and notebooks.is_course_cell(cell)
        }

    @cached_property
    def tests(self) -> dict[str, float]:
        """The points of each test cell that runs, in the notebook's order."""
        return {
            cell.metadata.nbgrader.grade_id: float(cell.metadata.nbgrader.points)
            for cell in self.master.cells
            if notebooks.is_test(cell) and cell.cell_type == "code"
        }


def _as_text(value: Any) -> str:
    """What JSON cannot hold of a plan: the bytes of files, and paths."""
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"a plan holds bytes, paths and plain data; got {type(value).__name__}")


def options(plans: Sequence[Plan]) -> dict[str, Any]:
    """How a class is graded, the same for all its notebooks."""
    task = plans[0].task
    return {
        "isolation": task["isolation"],
        "sandboxed": task["sandboxed"],
        "profile": task["environment"][PROFILE],
    }


def make_plan(
    course: Course,
    assignment: str,
    name: str,
    master: "NotebookNode",
    *,
    isolation: str,
    sandboxed: bool,
    profile: str,
) -> Plan:
    """The plan of a notebook. Raises CourseError for comments to the grader that it does not know."""
    directives = _directives_of_tests(name, master)
    skip = {*notebooks.SKIPPED_TAGS, _execute_setting(course, "skip_cells_with_tag", "study")}
    delimiters = course.delimiters("ClearHiddenTests")
    hidden = {
        cell.metadata.nbgrader.grade_id: notebooks.marked_lines(cell.source, *delimiters)
        for cell in filter(notebooks.is_test, master.cells)
    }
    own = course.folder("source", ".", assignment)
    own_files = submitted.files(own, []) if own.is_dir() else {}
    _make_data_ready(master)
    task = examine.new_task(
        cells=[],
        answers=sorted(_answer_names(master)),
        own_names=sorted(_course_names(master)),
        used_by_helpers=sorted(_used_by_helpers(master)),
        imports=_imported_modules(master, own_files),
        prelude=_prelude(master, skip) if not own_files else [],
        own_files=own_files,
        environment=_environment(course, profile),
        readable=_readable(),
        course=str(course.root),
        secret=_secret(course),
        data_for_student=notebooks.data_for_student(master),
        timeout=float(_grader_setting(course, "timeout", _execute_setting(course, "timeout", 30))),
        longer=sum(asked["timeout"] or 0 for asked in directives),
        limits={"memory_mb": int(_grader_setting(course, "memory_mb", host.LIMITS["memory_mb"]))},
        isolation=isolation,
        sandboxed=sandboxed,
    )
    return Plan(
        name=name,
        master=master,
        task=task,
        hidden=hidden,
        imports=_reference_imports(master),
        skipped_tags=tuple(sorted(skip)),
        overwriting={
            name: content for name, content in own_files.items() if name not in _editable(course, assignment)
        },
    )


def _editable(course: Course, assignment: str) -> list[str]:
    """The course's files beside the notebooks that students are to edit, as nbgrader's settings name them."""
    section = course.config["Autograde"] if "Autograde" in course.config else {}
    return section.get("exclude_overwriting", {}).get(assignment, [])


def _execute_setting(course: Course, name: str, default: Any) -> Any:
    """A setting of the preprocessor with which nbgrader executes notebooks."""
    for section in ("Execute", "ExecutePreprocessor", "NotebookClient"):
        if section in course.config and name in course.config[section]:
            return course.config[section][name]
    return default


def _grader_setting(course: Course, name: str, default: Any) -> Any:
    """A setting of this grader, `c.CoursekitGrader.<name>` in nbgrader_config.py."""
    section = course.config["CoursekitGrader"] if "CoursekitGrader" in course.config else {}
    return section.get(name, default)


def _syntax_tree(cell: "NotebookNode") -> ast.Module:
    """The cell as Python reads it, without IPython's magics; empty if it cannot."""
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        return ast.parse(TransformerManager().transform_cell(cell.source))
    except (SyntaxError, ValueError):
        return ast.Module(body=[], type_ignores=[])


def _answer_names(master: "NotebookNode") -> set[str]:
    """Names that the reference answers define in the notebook, other than by importing."""
    found: set[str] = set()
    for cell in master.cells:
        if cell.cell_type == "code" and notebooks.is_answer(cell):
            found |= _assigned_names(_syntax_tree(cell).body)
    return found


def _assigned_names(statements: Sequence[ast.AST]) -> set[str]:
    found: set[str] = set()
    pending = list(statements)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif not isinstance(node, ast.Lambda):
            pending += ast.iter_child_nodes(node)
    return found


def _imported_modules(master: "NotebookNode", own_files: dict[str, bytes]) -> list[str]:
    """Modules that the course's notebook imports, but for those that lie beside it."""
    beside = {Path(name).parts[0].removesuffix(".py") for name in own_files}
    found = ["numpy"]
    for cell in master.cells:
        if cell.cell_type != "code":
            continue
        for node in ast.walk(_syntax_tree(cell)):
            if isinstance(node, ast.Import):
                found += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found += [node.module]
    if "keras" in found or "tensorflow" in found:
        found += ["keras"]
    return [name for name in dict.fromkeys(found) if name.partition(".")[0] not in beside]


def _course_names(master: "NotebookNode") -> set[str]:
    """Names that cells of the course's define. No test may take one of these from a student instead.

    A student can keep such a cell from defining it: a test by failing it, any other by moving it.
    """
    found: set[str] = set()
    for cell in master.cells:
        if cell.cell_type == "code" and notebooks.is_course_cell(cell):
            statements = _syntax_tree(cell).body
            found |= _assigned_names(statements)
            for node in ast.walk(ast.Module(body=statements, type_ignores=[])):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    return found - _answer_names(master)


def _used_by_helpers(master: "NotebookNode") -> set[str]:
    """Names in functions that the course defines, other than in tests: a test that calls one needs what it needs."""
    found: set[str] = set()
    for cell in master.cells:
        if cell.cell_type == "code" and notebooks.is_course_cell(cell) and not notebooks.is_test(cell):
            helpers = [
                n
                for n in ast.walk(_syntax_tree(cell))
                if isinstance(n, ast.FunctionDef | ast.Lambda | ast.ClassDef)
            ]
            found |= {n.id for helper in helpers for n in ast.walk(helper) if isinstance(n, ast.Name)}
    return found


def _reference_imports(master: "NotebookNode") -> str:
    """The import statements of cells that students may edit: tests may count on what these import."""
    lines = []
    for cell in master.cells:
        if cell.cell_type == "code" and not notebooks.is_course_cell(cell):
            found = [
                node for node in _syntax_tree(cell).body if isinstance(node, ast.Import | ast.ImportFrom)
            ]
            lines += [ast.unparse(node) for node in found]
    # One that fails keeps none of the others from its work; a test that needs it will say so.
    return "\n".join(f"try:\n    {line}\nexcept ImportError:\n    pass" for line in dict.fromkeys(lines))


def _prelude(master: "NotebookNode", skip: set[str]) -> list[dict[str, str]]:
    """The locked cells before the first cell that a student may write or run."""
    cells: list[dict[str, str]] = []
    for cell in master.cells:
        if cell.cell_type != "code" or skip & set(cell.metadata.get("tags", [])):
            continue
        if not notebooks.is_course_cell(cell) or notebooks.is_test(cell):
            break
        cells.append({"source": cell.source, "name": _label(cell, len(cells))})
    return cells


def _label(cell: "NotebookNode", number: int) -> str:
    return grade_id(cell) or f"cell {number + 1}"


def _make_data_ready(master: "NotebookNode") -> None:
    from coursekit.staff.execute import load_data

    if names := notebooks.datasets(master):
        load_data(names)


def _environment(course: Course, profile: str) -> dict[str, str]:
    keras_home = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser().absolute()
    given = {"KERAS_HOME": str(keras_home)}
    if data := os.environ.get("COURSEKIT_DATA_DIR"):
        given["COURSEKIT_DATA_DIR"] = str(Path(data).expanduser().absolute())
    passed = {name: course.environment[name] for name in PASSED if name in course.environment}
    always = {PROFILE: profile, "COURSEKIT_PROGRESS": "off"}
    return {**passed, **_named_variables(course), **given, **always}


def _named_variables(course: Course) -> dict[str, str]:
    """The variables that `c.CoursekitGrader.environment` lets pass: a list of names, or values by name.

    Raises CourseError for anything else.
    """
    named = _grader_setting(course, "environment", [])
    texts = [*named, *named.values()] if isinstance(named, dict) else named
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise CourseError(
            f"c.CoursekitGrader.environment: expected a list of names or a dict of texts, got {type(named).__name__}"
        )
    if isinstance(named, dict):
        return dict(named)
    there = {**os.environ, **course.environment}
    return {name: there[name] for name in named if name in there}


def _secret(course: Course) -> list[str]:
    """The course's files and folders that no student may see, wherever its settings put them."""
    from sqlalchemy.engine import make_url

    found = [course.root / name for name in _WITH_SOLUTIONS]
    for step in ("source", "submitted", "autograded", "feedback"):
        around = course.folder(step, "*", "*").parents
        folder = next(folder for folder in around if "*" not in str(folder)).resolve()
        # One around the course folder is covered with it, as far as it is the course's.
        if not course.root.is_relative_to(folder):
            found.append(folder)
    url = make_url(course.directory.db_url)
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        found.append(course.root / url.database)
    return sorted({str(path) for path in found})


def _readable() -> list[str]:
    folders = [Path(os.environ.get("KERAS_HOME") or "~/.keras") / "datasets"]
    if data := os.environ.get("COURSEKIT_DATA_DIR"):
        folders.append(Path(data))
    return [str(folder.expanduser().absolute()) for folder in folders]


def _directives(source: str) -> dict[str, Any]:
    """What comments like `# coursekit: timeout 60` or `# coursekit: in-place` in a test cell ask for.

    Raises CourseError for anything else.
    """
    asked: dict[str, Any] = {"in_place": False, "timeout": None}
    words = iter(" ".join(re.findall(r"^# *coursekit:(.*)$", source, re.M)).split())
    for word in words:
        if word == "in-place":
            asked["in_place"] = True
        elif word == "timeout":
            seconds = next(words, "nothing")
            if not re.fullmatch(r"\d+(\.\d+)?", seconds) or not float(seconds):
                raise CourseError(f"timeout takes a number of seconds, got {seconds!r}")
            asked["timeout"] = float(seconds)
        else:
            raise CourseError(f"unknown directive {word!r}; there are: timeout SECONDS, in-place")
    return asked


def _directives_of_tests(name: str, master: "NotebookNode") -> list[dict[str, Any]]:
    """What the notebook's tests ask for. Raises CourseError with every fault."""
    asked, faults = [], []
    for cell in filter(notebooks.is_test, master.cells):
        try:
            asked.append(_directives(cell.source))
        except CourseError as error:
            faults.append(f"{name}, cell {grade_id(cell)!r}: {error}")
    if faults:
        raise CourseError("\n".join(faults))
    return asked


def cells_of(plan: Plan, nb: "NotebookNode") -> list[dict[str, Any]]:
    """The cells of an arranged notebook as `examine` wants them."""
    prelude = [cell["source"] for cell in plan.task["prelude"]]
    cells: list[dict[str, Any]] = []
    for number, cell in enumerate(nb.cells):
        name = _label(cell, number)
        entry = {"source": cell.source, "name": name, "kind": "theirs"}
        if cell.cell_type != "code" or set(plan.skipped_tags) & set(cell.metadata.get("tags", [])):
            entry["kind"] = "skip"
        elif notebooks.is_test(cell):
            entry |= {"kind": "test", "hidden": plan.hidden[name], **_directives(cell.source)}
        elif notebooks.is_course_cell(cell):
            entry["kind"] = prelude.index(cell.source) if cell.source in prelude else "ours"
        cells.append(entry)
    return [{"source": plan.imports, "name": "imports", "kind": "own"}, *cells]
