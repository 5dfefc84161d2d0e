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
from coursekit.staff.grading import names, submitted
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
    # By the name of a test: the names that it takes from the student.
    students_names: dict[str, list[str]]
    # And those that other cells of the course take.
    students_names_elsewhere: tuple[str, ...]
    # Ordinary cells, which students may change, as the course has them: place in the notebook, source. Those that
    # bind what tests use.
    ordinary: tuple[tuple[int, str], ...]
    # On names of which it is not certain whose they are.
    warnings: tuple[str, ...]

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
    whose = names.owners(name, _for_names(master, skip))
    own = course.folder("source", ".", assignment)
    own_files = submitted.files(own, []) if own.is_dir() else {}
    _make_data_ready(master)
    task = examine.new_task(
        cells=[],
        answers=sorted(whose.students.union(*whose.by_test.values())),
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
        longer=sum(asked.timeout or 0 for asked in directives),
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
        students_names={test: sorted(found) for test, found in whose.by_test.items()},
        students_names_elsewhere=tuple(sorted(whose.elsewhere)),
        ordinary=_needed_ordinary(master, skip),
        warnings=whose.warnings,
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


def _runs(cell: "NotebookNode", skip: set[str] | frozenset[str]) -> bool:
    return cell.cell_type == "code" and not skip & set(cell.metadata.get("tags", []))


def _is_ordinary(cell: "NotebookNode") -> bool:
    """Whether the cell is the course's, although students may change it: it is no answer, and not locked."""
    return not notebooks.is_course_cell(cell) and not notebooks.is_answer(cell)


def _for_names(master: "NotebookNode", skip: set[str]) -> list[names.Cell]:
    """The cells that run, with what decides whose the names in them are."""
    cells = []
    for number, cell in enumerate(master.cells):
        if _runs(cell, skip):
            kind = "test" if notebooks.is_test(cell) else "answer" if notebooks.is_answer(cell) else "course"
            asked = _directives(cell.source) if kind == "test" else _Directives()
            tree = _syntax_tree(cell)
            cells.append(names.Cell(_label(cell, number), kind, tree, asked.takes, asked.rebinds))
    return cells


def _needed_ordinary(master: "NotebookNode", skip: set[str]) -> tuple[tuple[int, str], ...]:
    """The ordinary cells of the course, with their places, that bind what its other cells use.

    They run on the examiner's side as the course has them. One that only shows what answers do need not.
    """
    running = [(place, cell) for place, cell in enumerate(master.cells) if _runs(cell, skip)]
    wanted = {
        name
        for _, cell in running
        if notebooks.is_course_cell(cell)
        for name in names.used(_syntax_tree(cell))
    }
    ordinary = [(place, cell) for place, cell in running if _is_ordinary(cell)]
    chosen = names.needed([_syntax_tree(cell) for _, cell in ordinary], wanted)
    return tuple((ordinary[number][0], ordinary[number][1].source) for number in chosen)


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


def _used_by_helpers(master: "NotebookNode") -> set[str]:
    """Names in functions that the course defines, other than in tests: a test that calls one needs what it needs."""
    found: set[str] = set()
    for cell in master.cells:
        if cell.cell_type == "code" and not notebooks.is_answer(cell) and not notebooks.is_test(cell):
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


@dataclass(frozen=True)
class _Directives:
    """What comments like `# coursekit: timeout 60` in a test cell ask for.

    in_place: whether the test sees what answers change in their arguments. timeout: seconds, None for the common
    limit. rebinds: names that the student's functions find changed as the test changes them, while it runs. takes:
    names that come from the student although cells of the course bind them.
    """

    in_place: bool = False
    timeout: float | None = None
    rebinds: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()


_KNOWN = "timeout SECONDS, in-place, rebinds NAME..., takes NAME..."


def _directives(source: str) -> _Directives:
    """What the comments of a test cell ask for. Raises CourseError for anything that is not known."""
    asked = _Directives()
    for line in re.findall(r"^# *coursekit:(.*)$", source, re.M):
        words = line.split()
        while words:
            asked, words = _next_directive(asked, words)
    return asked


def _next_directive(asked: _Directives, words: list[str]) -> tuple[_Directives, list[str]]:
    """The directive at the beginning of these words added to the others, and the words below it."""
    word, rest = words[0], words[1:]
    if word == "in-place":
        return dataclasses.replace(asked, in_place=True), rest
    if word == "timeout":
        seconds = rest[0] if rest else "nothing"
        if not re.fullmatch(r"\d+(\.\d+)?", seconds) or not float(seconds):
            raise CourseError(f"timeout takes a number of seconds, got {seconds!r}")
        return dataclasses.replace(asked, timeout=float(seconds)), rest[1:]
    if word in ("rebinds", "takes"):
        wrong = [name for name in rest if not name.isidentifier()]
        if wrong or not rest:
            raise CourseError(f"{word} takes names, got {wrong[0] if wrong else 'nothing'!r}")
        return dataclasses.replace(asked, **{word: getattr(asked, word) | frozenset(rest)}), []
    raise CourseError(f"unknown directive {word!r}; there are: {_KNOWN}")


def _directives_of_tests(name: str, master: "NotebookNode") -> list[_Directives]:
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
    """The cells of an arranged notebook as `examine` wants them.

    Those of kind "own" are none of the notebook's: the reference's imports, and ordinary cells as the course has them.
    """
    prelude = [cell["source"] for cell in plan.task["prelude"]]
    answers = plan.students_names_elsewhere
    cells: list[dict[str, Any]] = [_own("imports", plan.imports, answers)]
    places = {grade_id(cell): place for place, cell in enumerate(plan.master.cells) if grade_id(cell)}
    waiting = list(plan.ordinary)
    for number, cell in enumerate(nb.cells):
        name = _label(cell, number)
        while notebooks.is_course_cell(cell) and waiting and waiting[0][0] < places.get(name, -1):
            place, source = waiting.pop(0)
            cells.append(_own(f"the course's cell {place + 1}", source, answers))
        entry = {"source": cell.source, "name": name, "kind": "theirs"}
        if not _runs(cell, frozenset(plan.skipped_tags)):
            entry["kind"] = "skip"
        elif notebooks.is_test(cell):
            asked = _directives(cell.source)
            entry |= {"kind": "test", "hidden": plan.hidden[name], "answers": plan.students_names[name]}
            entry |= {"in_place": asked.in_place, "timeout": asked.timeout, "rebinds": sorted(asked.rebinds)}
        elif notebooks.is_course_cell(cell):
            entry["kind"] = prelude.index(cell.source) if cell.source in prelude else "ours"
            entry["answers"] = list(answers)
        cells.append(entry)
    return cells


def _own(name: str, source: str, answers: Sequence[str]) -> dict[str, Any]:
    return {"source": source, "name": name, "kind": "own", "answers": list(answers)}
