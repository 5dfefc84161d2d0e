"""Grade a class: every submission of an assignment, into nbgrader's gradebook, with a report.

For each notebook a `Plan` says once what all submissions share; `coursekit.staff.sandbox.examine` grades one of them.
"""

import ast
import concurrent.futures
import contextlib
import dataclasses
import errno
import hashlib
import json
import math
import os
import queue
import re
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coursekit import notebooks
from coursekit.machine import affordable, cores
from coursekit.notebooks import CourseError, grade_id
from coursekit.profiles import NAMES as PROFILES
from coursekit.progress import track
from coursekit.staff.course import Course, find_course
from coursekit.staff.grading import gradebook, submitted
from coursekit.staff.sandbox import examine, host

if TYPE_CHECKING:
    from nbformat import NotebookNode

ISOLATIONS = ("examiner", "kernel")
SKIPPED_TAGS = ("study", "skip-execution")
PROFILE = "COURSEKIT_PROFILE"
HIDDEN = "A hidden test failed."


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

    @cached_property
    def digest(self) -> str:
        """Of every field, so that whatever is added to a plan counts; of the notebook, the course's own cells."""
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        text = json.dumps({**fields, "master": tests_of(self)}, sort_keys=True, default=_as_text)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def tests(self) -> dict[str, float]:
        """The points of each test cell that runs, in the notebook's order."""
        return {
            grade_id(c): float(c.metadata.nbgrader.points)
            for c in self.master.cells
            if notebooks.is_test(c) and c.cell_type == "code"
        }


def grade_class(
    root: Path,
    assignment: str,
    students: Sequence[str] = (),
    *,
    jobs: int | None = None,
    isolation: str = "examiner",
    sandboxed: bool = True,
    profile: str = "smoke",
    force: bool = False,
) -> dict[str, Any]:
    """Grade the submissions of an assignment, of all students by default, and return the report.

    A submission whose files and tests have not changed since it was graded is kept as it is, unless `force`.
    `jobs` submissions are graded at a time (default, if there is memory for it: one more than there are cores, and
    at profile full as many as there are). `profile` is what the notebook's cells find as COURSEKIT_PROFILE.

    Raises CourseError for an unknown assignment or student, where no sandbox can be made, and after the run for
    submissions on which the grader itself failed; all others are graded by then.
    """
    started, began = time.perf_counter(), time.time_ns()
    course, plans = prepare(root, assignment, isolation=isolation, sandboxed=sandboxed, profile=profile)
    handed_in = course.students("submitted", assignment)
    for student in students:
        if student not in handed_in:
            folder = course.folder("submitted", student, assignment)
            raise CourseError(f"no submission of {student!r}: there is no folder {folder}")
    wanted = list(dict.fromkeys(students)) or handed_in
    keys = {student: key(course, assignment, student, plans) for student in wanted}
    results = {} if force else _kept(course, assignment, keys)
    due = [student for student in wanted if student not in results]

    def work(student: str, pairs: Sequence[dict[str, host.Sandbox]], slot: int) -> dict[str, Any]:
        done = course.results(assignment, [student], since=began).get(student, {})
        if not force and done.get("key") == keys[student]:
            return {**done, "kept": True}  # another run has graded it meanwhile
        result, graded, files = grade_student(course, assignment, student, plans, pairs, slot)
        result["key"] = keys[student]
        gradebook.save(course, result, graded, files)
        return {**result, "kept": False}

    return report(
        course,
        assignment,
        plans,
        {**results, **each(course, assignment, plans, due, jobs, work)},
        wanted,
        started,
    )


def prepare(
    root: Path, assignment: str, *, isolation: str, sandboxed: bool, profile: str = "smoke"
) -> tuple[Course, list[Plan]]:
    """The course, and a plan for each notebook of the assignment. Raises CourseError as grade_class does."""
    course = find_course(root)
    if isolation not in ISOLATIONS:
        raise CourseError(f"isolation is one of {', '.join(ISOLATIONS)}, got {isolation!r}")
    if profile not in PROFILES:
        raise CourseError(f"profile is one of {', '.join(PROFILES)}, got {profile!r}")
    if sandboxed and (reason := host.why_not()):
        raise CourseError(
            f"not graded: {reason}\nWithout a sandbox, every submission can do whatever you can on this machine. "
            "The option --unsandboxed grades all the same, and marks every report."
        )
    known = gradebook.assignment(course, assignment)
    gradebook.sweep(course, assignment)
    options = {"isolation": isolation, "sandboxed": sandboxed, "profile": profile}
    return course, [_plan(course, name, nb, assignment, options) for name, nb in known.notebooks.items()]


def report(
    course: Course,
    assignment: str,
    plans: Sequence[Plan],
    outcomes: dict[str, dict[str, Any] | str],
    wanted: Sequence[str],
    started: float,
) -> dict[str, Any]:
    """The report on a class, from each student's result or the reason why the grader failed on it.

    Raises GradingFailed, with the report, if it failed on any.
    """
    failures = {student: outcome for student, outcome in outcomes.items() if isinstance(outcome, str)}
    written = {
        "assignment": assignment,
        "course": str(course.root),
        **_options(plans),
        "seconds": round(time.perf_counter() - started, 2),
        "maximum": sum(sum(plan.tests.values()) for plan in plans),
        "students": {s: outcomes[s] for s in wanted if s in outcomes and s not in failures},
    }
    if failures:
        listed = "\n".join(f"  {student}: {why}" for student, why in failures.items())
        raise GradingFailed(f"{assignment}: not graded, {len(failures)} of {len(wanted)}:\n{listed}", written)
    return written


def _options(plans: Sequence[Plan]) -> dict[str, Any]:
    """How a class is graded, the same for all its notebooks."""
    task = plans[0].task
    return {
        **{key: task[key] for key in ("isolation", "sandboxed")},
        "profile": task["environment"][PROFILE],
    }


def _as_text(value: Any) -> str:
    """What JSON cannot hold of a plan: the bytes of files, and paths."""
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"a plan holds bytes, paths and plain data; got {type(value).__name__}")


class GradingFailed(CourseError):
    """The grader could not grade some submissions; the others are in `report`."""

    def __init__(self, message: str, report: dict[str, Any]) -> None:
        super().__init__(message)
        self.report = report


def summary(report: dict[str, Any]) -> str:
    """The report as a few lines for the terminal: each student's points, and what to look at."""
    from coursekit.staff.execute import aligned

    students = report["students"]
    rows = [("student", "points", "of", "seconds", "memory", "")]
    for name, result in students.items():
        lost = [q["question"] for q in result["questions"] if q["points"] < q["maximum"]]
        what = result["reason"] or (f"lost points: {', '.join(lost)}" if lost else "")
        memory = f"{result['memory_mb']:.0f} MB"
        rows.append(
            (
                name,
                f"{result['points']:g}",
                f"{result['maximum']:g}",
                f"{result['seconds']:.1f}",
                memory,
                what[:90],
            )
        )
    lines = [aligned(rows)] if students else ["nobody has handed in yet"]
    fresh = [r for r in students.values() if not r["kept"]]
    rate = f", {60 * len(fresh) / report['seconds']:.0f} a minute" if fresh else ""
    kept = f", {len(students) - len(fresh)} kept from before" if len(fresh) < len(students) else ""
    lines.append(f"{report['assignment']}: {len(fresh)} graded in {report['seconds']:.1f} s{rate}{kept}")
    if report["isolation"] == "kernel":
        lines.append("isolation: one kernel for answers and tests, not tamper-proof")
    if not report["sandboxed"]:
        lines.append(
            "UNSANDBOXED: these submissions ran with your rights on this machine; do not trust the points"
        )
    return "\n".join(lines)


# --- what all submissions share ---


def _plan(
    course: Course, name: str, master: "NotebookNode", assignment: str, options: dict[str, Any]
) -> Plan:
    directives = _all_directives(name, master)
    skip = {*SKIPPED_TAGS, _setting(course, "skip_cells_with_tag", "study")}
    delimiters = course.delimiters("ClearHiddenTests")
    hidden = {
        grade_id(cell): notebooks.marked_lines(cell.source, *delimiters)
        for cell in filter(notebooks.is_test, master.cells)
    }
    own = course.folder("source", ".", assignment)
    own_files = submitted.files(own, []) if own.is_dir() else {}
    _make_data_ready(master)
    task = examine.new_task(
        cells=[],
        answers=sorted(_answers(master)),
        own_names=sorted(_course_names(master)),
        used_by_helpers=sorted(_used_by_helpers(master)),
        imports=_imports(master, own_files),
        prelude=_prelude(master, skip) if not own_files else [],
        own_files=own_files,
        environment=_environment(course, options["profile"]),
        readable=_readable(),
        data_for_student=notebooks.data_for_student(master),
        timeout=float(_own_setting(course, "timeout", _setting(course, "timeout", 30))),
        longer=sum(asked["timeout"] or 0 for asked in directives),
        limits={"memory_mb": int(_own_setting(course, "memory_mb", host.LIMITS["memory_mb"]))},
        isolation=options["isolation"],
        sandboxed=options["sandboxed"],
    )
    return Plan(
        name=name,
        master=master,
        task=task,
        hidden=hidden,
        imports=_reference_imports(master),
        skipped_tags=tuple(sorted(skip)),
    )


def _setting(course: Course, name: str, default: Any) -> Any:
    """A setting of the preprocessor with which nbgrader executes notebooks."""
    for section in ("Execute", "ExecutePreprocessor", "NotebookClient"):
        if section in course.config and name in course.config[section]:
            return course.config[section][name]
    return default


def _own_setting(course: Course, name: str, default: Any) -> Any:
    """A setting of this grader, `c.CoursekitGrader.<name>` in nbgrader_config.py."""
    section = course.config["CoursekitGrader"] if "CoursekitGrader" in course.config else {}
    return section.get(name, default)


def _code(cell: "NotebookNode") -> ast.Module:
    """The cell as Python reads it, without IPython's magics; empty if it cannot."""
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        return ast.parse(TransformerManager().transform_cell(cell.source))
    except (SyntaxError, ValueError):
        return ast.Module(body=[], type_ignores=[])


def _answers(master: "NotebookNode") -> set[str]:
    """Names that the reference answers define in the notebook, other than by importing."""
    found: set[str] = set()
    for cell in master.cells:
        if cell.cell_type == "code" and notebooks.is_answer(cell):
            found |= _bound(_code(cell).body)
    return found


def _bound(statements: Sequence[ast.AST]) -> set[str]:
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


def _imports(master: "NotebookNode", own_files: dict[str, bytes]) -> list[str]:
    """Modules that the course's notebook imports, but for those that lie beside it."""
    beside = {Path(name).parts[0].removesuffix(".py") for name in own_files}
    found = ["numpy"]
    for cell in master.cells:
        if cell.cell_type != "code":
            continue
        for node in ast.walk(_code(cell)):
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
            statements = _code(cell).body
            found |= _bound(statements)
            for node in ast.walk(ast.Module(body=statements, type_ignores=[])):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    return found - _answers(master)


def _used_by_helpers(master: "NotebookNode") -> set[str]:
    """Names in functions that the course defines, other than in tests: a test that calls one needs what it needs."""
    found: set[str] = set()
    for cell in master.cells:
        if cell.cell_type == "code" and notebooks.is_course_cell(cell) and not notebooks.is_test(cell):
            helpers = [
                n for n in ast.walk(_code(cell)) if isinstance(n, ast.FunctionDef | ast.Lambda | ast.ClassDef)
            ]
            found |= {n.id for helper in helpers for n in ast.walk(helper) if isinstance(n, ast.Name)}
    return found


def _reference_imports(master: "NotebookNode") -> str:
    """The import statements of cells that students may edit: tests may count on what these import."""
    lines = []
    for cell in master.cells:
        if cell.cell_type == "code" and not notebooks.is_course_cell(cell):
            found = [node for node in _code(cell).body if isinstance(node, ast.Import | ast.ImportFrom)]
            lines += [ast.unparse(node) for node in found]
    # One that fails keeps none of the others from its work; a test that needs it will say so.
    return "\n".join(f"try:\n    {line}\nexcept ImportError:\n    pass" for line in dict.fromkeys(lines))


def _prelude(master: "NotebookNode", skip: set[str]) -> list[dict[str, str]]:
    """The locked cells before the first cell that a student may write or run."""
    cells = []
    for cell in master.cells:
        if cell.cell_type != "code" or skip & set(cell.metadata.get("tags", [])):
            continue
        if not notebooks.is_course_cell(cell) or notebooks.is_test(cell):
            break
        cells.append({"source": cell.source, "name": _called(cell, len(cells))})
    return cells


def _called(cell: "NotebookNode", number: int) -> str:
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
    return {**course.environment, **given, PROFILE: profile, "COURSEKIT_PROGRESS": "off"}


def _readable() -> list[str]:
    folders = [Path(os.environ.get("KERAS_HOME") or "~/.keras") / "datasets"]
    if data := os.environ.get("COURSEKIT_DATA_DIR"):
        folders.append(Path(data))
    return [str(folder.expanduser().absolute()) for folder in folders]


# --- one class ---


def each(
    course: Course,
    assignment: str,
    plans: Sequence[Plan],
    students: Sequence[str],
    jobs: int | None,
    work: Callable[[str, Sequence[dict[str, host.Sandbox]], int], dict[str, Any]],
) -> dict[str, dict[str, Any] | str]:
    """What `work` makes of each student (given: student, warm processes by notebook, slot), or why it failed."""
    if not students:
        return {}
    jobs = min(jobs or _default_jobs(plans), len(students))
    slots: queue.Queue[int] = queue.Queue()
    for slot in range(jobs):
        slots.put(slot)
    outcomes: dict[str, dict[str, Any] | str] = {}
    with contextlib.ExitStack() as stack:
        pairs = [stack.enter_context(examine.warm_pair(plan.task)) for plan in plans]

        def one(student: str) -> dict[str, Any] | str:
            slot = slots.get()
            try:
                with course.lock(f"{assignment}-{student}"):
                    return work(student, pairs, slot)
            finally:
                slots.put(slot)

        pool = stack.enter_context(_pool(jobs))
        bar = stack.enter_context(track(total=len(students), desc=f"Grading {assignment}", unit="submission"))
        futures = {pool.submit(one, student): student for student in students}
        for future in concurrent.futures.as_completed(futures):
            student = futures[future]
            bar.update(1)
            try:
                outcomes[student] = future.result()
            except Exception as error:
                if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
                    where = error.filename or course.folder("autograded", student, assignment)
                    raise CourseError(f"{where}: {error.strerror}; stopped at {student}") from None
                outcomes[student] = (
                    str(error) if isinstance(error, CourseError) else f"{type(error).__name__}: {error}"
                )
    return outcomes


@contextlib.contextmanager
def _pool(jobs: int) -> Iterator[concurrent.futures.Executor]:
    pool = concurrent.futures.ThreadPoolExecutor(jobs)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _default_jobs(plans: Sequence[Plan]) -> int:
    # One more than there are cores: a worker waits now and then, for a fork or for the gradebook. At full size answers
    # train against the clock, each on a core of its own. The two processes of a worker add less than 600 MB to what the
    # warm ones hold.
    return affordable(1e9, at_most=cores() + (_options(plans)["profile"] != "full"))


def key(course: Course, assignment: str, student: str, plans: Sequence[Plan]) -> str:
    """A digest of all that the points of a submission depend on."""
    digest = hashlib.sha256(contents(course, assignment, student).encode())
    for plan in plans:
        digest.update(plan.digest.encode())
    return digest.hexdigest()


def contents(course: Course, assignment: str, student: str) -> str:
    """A digest of the files of a submission."""
    digest = hashlib.sha256()
    folder = course.folder("submitted", student, assignment)
    for path in submitted.paths(folder):
        digest.update(repr(path.relative_to(folder)).encode())
        with contextlib.suppress(OSError):
            about = path.lstat()
            digest.update(f"{about.st_mode} {about.st_size}".encode())
            if stat.S_ISREG(about.st_mode) and about.st_size <= submitted.MAX_FOLDER_MB * 1_000_000:
                digest.update(path.read_bytes())
    return digest.hexdigest()


def tests_of(plan: Plan) -> dict[str, str]:
    """A digest of each cell of the course in the notebook, by its name."""
    return {
        grade_id(cell): hashlib.sha256(
            json.dumps([cell.source, cell.metadata.nbgrader.get("points")]).encode()
        ).hexdigest()
        for cell in plan.master.cells
        if grade_id(cell) and notebooks.is_course_cell(cell)
    }


def _kept(course: Course, assignment: str, keys: dict[str, str]) -> dict[str, dict[str, Any]]:
    with course.gradebook() as book:
        entered = {s.student_id for s in book.assignment_submissions(assignment)}
    results = course.results(assignment)
    return {
        student: {**results[student], "kept": True}
        for student, key in keys.items()
        if student in results and results[student].get("key") == key and student in entered
    }


# --- one submission ---


def grade_student(
    course: Course,
    assignment: str,
    student: str,
    plans: Sequence[Plan],
    pairs: Sequence[dict[str, host.Sandbox]],
    slot: int,
) -> tuple[dict[str, Any], dict[str, "NotebookNode"], dict[str, bytes]]:
    """The result of a submission, its graded notebooks, and the files that lie beside them."""
    folder = course.folder("submitted", student, assignment)
    notes: list[str] = []
    given, own = submitted.files(folder, notes), plans[0].task["own_files"] if plans else {}
    if all(plan.task["data_for_student"] for plan in plans):
        own = _restored(course, assignment, own)
        files = {**_theirs(given, own, plans, notes), **own}
    else:  # a file of theirs could hold the data, or what was learnt from them
        files = own
        notes += [f"{name}: left out; answers get no data here" for name in given if name not in own]
    questions, reasons, graded, seconds, memory, code = [], [], {}, 0.0, 0.0, 0
    for plan, pair in zip(plans, pairs, strict=True):
        try:
            handed_in, left_out = notebooks.read_submitted(_find(folder, plan.name, len(plans), notes))
        except CourseError as error:
            reasons.append(str(error))
            questions += [_question(plan, name, 0.0, str(error)) for name in plan.tests]
            continue
        nb, mended = submitted.arrange(plan.master, handed_in, plan.name, plan.hidden)
        notes += left_out + mended
        cells = _cells(plan, nb)
        code += sum(len(cell["source"]) for cell in cells if cell["kind"] == "theirs")
        done = examine.examine({**plan.task, "cells": cells, "files": files}, pair, slot)
        questions += _judged(plan, nb, done["cells"])
        graded[plan.name] = nb
        seconds, memory = seconds + done["seconds"], max(memory, done["memory_mb"])
    result = {
        "student": student,
        "assignment": assignment,
        **_options(plans),
        "graded_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "points": sum(q["points"] for q in questions),
        "maximum": sum(q["maximum"] for q in questions),
        "seconds": round(seconds, 2),
        "memory_mb": memory,
        "code": code,
        "reason": "; ".join(reasons),
        "notes": notes,
        "questions": questions,
        "tests": {plan.name: tests_of(plan) for plan in plans},
        "contents": contents(course, assignment, student),
    }
    return result, graded, files


def _find(folder: Path, name: str, of: int, notes: list[str]) -> Path:
    """The student's file for a notebook; under another name if there can be no doubt."""
    if folder.is_symlink() or folder.parent.is_symlink():
        raise CourseError(f"{folder.name}: the folder is a link; a submission holds ordinary files only")
    path = folder / f"{name}.ipynb"
    others = sorted(p for p in folder.glob("*.ipynb"))
    if not path.exists() and not path.is_symlink() and of == 1 and len(others) == 1:
        notes.append(f"{others[0].name} was taken for {path.name}")
        return others[0]
    return path


def _theirs(
    files: dict[str, bytes], own: dict[str, bytes], plans: Sequence[Plan], notes: list[str]
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


def _restored(course: Course, assignment: str, own_files: dict[str, bytes]) -> dict[str, bytes]:
    """The course's files, which replace the student's copies, but for those that students are to edit."""
    section = course.config["Autograde"] if "Autograde" in course.config else {}
    theirs = section.get("exclude_overwriting", {}).get(assignment, [])
    return {name: content for name, content in own_files.items() if name not in theirs}


def _cells(plan: Plan, nb: "NotebookNode") -> list[dict[str, Any]]:
    """The cells of an arranged notebook as `examine` wants them."""
    prelude = [cell["source"] for cell in plan.task["prelude"]]
    cells = []
    for number, cell in enumerate(nb.cells):
        name = _called(cell, number)
        entry = {"source": cell.source, "name": name, "kind": "theirs"}
        if cell.cell_type != "code" or set(plan.skipped_tags) & set(cell.metadata.get("tags", [])):
            entry["kind"] = "skip"
        elif notebooks.is_test(cell):
            entry |= {"kind": "test", "hidden": plan.hidden[name], **_directives(cell.source)}
        elif notebooks.is_course_cell(cell):
            entry["kind"] = prelude.index(cell.source) if cell.source in prelude else "ours"
        cells.append(entry)
    return [{"source": plan.imports, "name": "imports", "kind": "own"}, *cells]


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


def _all_directives(name: str, master: "NotebookNode") -> list[dict[str, Any]]:
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


def _judged(plan: Plan, nb: "NotebookNode", done: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put what each cell showed into the notebook; the questions with their points."""
    questions = {}
    count = 0
    for cell, ran in zip(nb.cells, done[1:], strict=True):  # the first are the imports
        if cell.cell_type != "code":
            continue
        outputs = ran["outputs"]
        if "verdict" in ran:
            name = grade_id(cell)
            outputs = [{**o, "name": "stdout"} if o.get("name") == "stderr" else o for o in outputs]
            questions[name] = _scored(plan, cell, ran, outputs)
        count += bool(outputs) or ran["seconds"] > 0
        cell.outputs = [_node(output, count) for output in outputs]
        cell.execution_count = count if ran["seconds"] > 0 else None
    missing = "not run: the grader found no place for it"
    return [questions.get(name) or _question(plan, name, 0.0, missing) for name in plan.tests]


def _node(output: dict[str, Any], count: int) -> "NotebookNode":
    from nbformat import from_dict

    return from_dict(
        {**output, "execution_count": count} if output["output_type"] == "execute_result" else output
    )


def _scored(
    plan: Plan, cell: "NotebookNode", ran: dict[str, Any], outputs: list[dict[str, Any]]
) -> dict[str, Any]:
    """The points that a verdict is worth, with the reason for those that are lost."""
    name, verdict, maximum = grade_id(cell), ran["verdict"], float(cell.metadata.nbgrader.points)
    hidden = any(a <= line <= b for line in verdict.get("lines") or () for a, b in plan.hidden[name])
    error, value = verdict.get("error"), verdict.get("value")
    points, reason, message = maximum, "", ""
    if verdict["fault"]:
        points, reason = 0.0, verdict["fault"]
        # The reason may hold a name that the student's code has made of what the hidden test asked.
        what = "Your answer took too long, ended its process, or returned something that cannot be checked."
        message = f"{HIDDEN} {what}" if hidden else reason
    elif error:
        points = 0.0
        reason, message = _explained(cell, error, verdict.get("lines") or [], hidden)
    elif value is not None:
        points = min(value, maximum) if value >= 0 else 0.0
        if not value >= 0 or math.isnan(value):
            points, reason = 0.0, f"the test ended with {value:g}, which is no number of points"
        elif value > maximum:
            reason = f"the test ended with {value:g}; counted as {maximum:g}"
        elif value < maximum:
            reason = f"partial credit: {value:g} of {maximum:g}"
        message = reason
    printed = "".join(o["text"] for o in outputs if o["output_type"] == "stream")
    return {
        **_question(plan, name, points, reason),
        "message": message,
        "hidden": hidden,
        "returned": verdict.get("returned") or "",
        "output": "" if plan.hidden[name] else printed[:5000],
        **(
            {"scores": scores}
            if (scores := verdict.get("scores")) and not (error or verdict["fault"])
            else {}
        ),
        "seconds": round(ran["seconds"], 3),
    }


def _explained(
    cell: "NotebookNode", error: dict[str, str], lines: list[int], hidden: bool
) -> tuple[str, str]:
    """Why a test failed, for the instructor and for the student."""
    source = cell.source.split("\n")
    at = f" (line {lines[0]}: {source[lines[0] - 1].strip()})" if lines and lines[0] <= len(source) else ""
    name, text = error["name"], error["text"]
    reason = f"{name}: {text}{at}" if text else f"{name}{at}"
    if hidden:
        return reason, HIDDEN if name == "AssertionError" else f"{HIDDEN} It ended with {name}."
    if name == "AssertionError" and text:
        return reason, text
    return reason, reason


def _question(plan: Plan, name: str, points: float, reason: str) -> dict[str, Any]:
    return {
        "notebook": plan.name,
        "question": name,
        "points": points,
        "maximum": plan.tests[name],
        "reason": reason,
        "message": reason,
        "hidden": False,
        "returned": "",
        "output": "",
        "seconds": 0.0,
    }
