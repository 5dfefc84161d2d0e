"""Pages for students: their own code and outputs, what the public tests said, points and comments.

A page is made from the autograded notebook, from what `coursekit grade` recorded beside it, and from the gradebook,
whose points are the ones that count. No source, output or traceback of a test cell is ever copied: of a test, a page
shows its points and what the grader meant for students. Which cells are the student's is read in the gradebook, not
in the notebook, whose metadata a student may have changed.

Everything that a student could have written is hostile: it is shown as text, and pictures only once they are known
to be pictures. A page has no script and asks for nothing from outside.
"""

import base64
import binascii
import functools
import hashlib
import json
import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coursekit.staff.course import RESULT, Course, find_course
from coursekit.staff.execute import write_atomically
from coursekit.staff.feedback_page import PAGE, STYLE
from coursekit.staff.notebooks import TEST_ID, CourseError

if TYPE_CHECKING:
    from jinja2 import Template
    from nbformat import NotebookNode
    from nbgrader.api import Gradebook

# Characters of one cell, of one output, and of all that is on a page beside answers and tests.
CELL_TEXT, OUTPUT_TEXT, PAGE_TEXT = 20_000, 10_000, 1_000_000
# Longer code has one colour: Pygments can be made to take a time that grows with the square of the length.
COLOURED_TEXT = 5_000
# What is read at all of one output: a progress bar writes its one line thousands of times.
RAW_TEXT = 2_000_000
# Bytes of one picture and of all pictures on a page; pixels of one.
PICTURE, PAGE_PICTURES, PIXELS = 2_000_000, 12_000_000, 25_000_000
CELLS, OUTPUTS = 100, 40
RESULT_BYTES = 20_000_000
# The exchange releases feedback under names made from these.
EXCHANGE_FILES = ("timestamp.txt", "submission_secret.txt")

ESCAPE_CODES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]|\x9b[0-?]*[ -/]*[@-~]"
)
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
LEFT_OUT = "(left out: not for students)"


def write(root: Path, assignment: str, students: Sequence[str] = ()) -> list[Path]:
    """Write a page per notebook for the students named (by default all who are graded); returns the pages.

    Raises CourseError for a student without a graded submission, before anything is written; and, after the
    other students' pages are written, naming every student whose page could not be made.
    """
    course = find_course(root)
    graded = course.students("autograded", assignment)
    _require_graded(course, assignment, students, graded)
    with course.gradebook() as gradebook:
        sheets, marks = _read_gradebook(gradebook, assignment, _regions(course, "ClearHiddenTests"))
    regions = _regions(course, "ClearHiddenTests", "ClearMarkScheme")
    desk = _Desk(course, assignment, sheets, regions, _given(course, assignment, sheets))
    pages, faults = [], []
    for student in dict.fromkeys(students or graded):
        try:
            pages += desk.write(student, marks.get(student))
        except CourseError as error:
            faults.append(f"  {student}: {error}")
    if faults:
        raise CourseError(
            f"{assignment}: {len(pages)} pages written, none for these students:\n" + "\n".join(faults)
        )
    return pages


def _require_graded(course: Course, assignment: str, students: Sequence[str], graded: list[str]) -> None:
    missing = [student for student in students if student not in graded]
    if missing or not graded:
        who = ", ".join(missing) or "anybody"
        where = course.folder("autograded", missing[0] if len(missing) == 1 else "*", assignment)
        raise CourseError(
            f"{assignment}: no graded submission of {who} ({where}); run `coursekit grade {assignment}` first"
        )


def read_result(course: Course, student: str, assignment: str) -> dict[str, Any]:
    """What `coursekit grade` recorded of the submission; empty when something else graded it.

    nbgrader copies all that a student hands in, so a record that stands in the submission too is the student's
    own and counts for nothing. Raises CourseError for one that cannot be read.
    """
    path = course.folder("autograded", student, assignment) / RESULT
    if not path.is_file():
        return {}
    try:
        if path.stat().st_size > RESULT_BYTES:
            raise ValueError(f"{path.stat().st_size:,} bytes, at most {RESULT_BYTES:,} expected")
        content = path.read_bytes()
        handed_in = course.folder("submitted", student, assignment) / RESULT
        if (
            handed_in.is_file()
            and handed_in.stat().st_size == len(content)
            and handed_in.read_bytes() == content
        ):
            return {}
        result = json.loads(content)
        if not isinstance(result, dict):
            raise ValueError(f"expected an object, got {type(result).__name__}")
    except (OSError, ValueError, RecursionError) as error:
        reason = str(error) or type(error).__name__
        raise CourseError(f"{path}: not a record of `coursekit grade`: {reason}") from None
    return result


def is_confined(result: dict[str, Any]) -> bool:
    """Whether the student's code could see no test: only then may its outputs be repeated to the student."""
    return result.get("isolation") == "examiner" and result.get("sandboxed") is True


# The gradebook


@dataclass(frozen=True)
class Grade:
    """What the gradebook says of one graded cell; `score` is what counts, extra credit included."""

    name: str
    maximum: float
    score: float
    auto: float | None
    manual: float | None
    extra: float
    pending: bool

    @property
    def given(self) -> bool:
        """Whether anybody or anything has given points yet; without, the score is 0."""
        return self.auto is not None or self.manual is not None


@dataclass(frozen=True)
class Sheet:
    """A notebook of the assignment as it was released: which cells are whose.

    `answers` and `tasks` name the cells that a student fills in or works on, `instructors` all others that nbgrader
    knows; `public` holds the part of each test that students have.
    """

    name: str
    answers: frozenset[str]
    tasks: frozenset[str]
    instructors: frozenset[str]
    public: dict[str, str]


@dataclass
class Marks:
    """One student's grades and comments in one notebook, by cell."""

    grades: dict[str, Grade] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    penalty: float = 0.0

    @staticmethod
    def total(marks: "Iterable[Marks]") -> tuple[float, float]:
        """The points of some notebooks together, penalties taken off, and how many there are to be had."""
        marks = list(marks)
        grades = [grade for each in marks for grade in each.grades.values()]
        score = sum(grade.score for grade in grades) - sum(each.penalty for each in marks)
        return max(0.0, score), sum(grade.maximum for grade in grades)


def _read_gradebook(
    gradebook: "Gradebook", assignment: str, regions: list[tuple[str, str]]
) -> tuple[list[Sheet], dict[str, dict[str, Marks]]]:
    """The notebooks of the assignment, and the marks of each student in each of them, by name."""
    from nbgrader.api import MissingEntry

    try:
        found = gradebook.find_assignment(assignment)
    except MissingEntry:
        known = ", ".join(each.name for each in gradebook.assignments) or "none"
        raise CourseError(f"{assignment}: no such assignment in the gradebook, which has: {known}") from None
    return [_sheet(notebook, regions) for notebook in found.notebooks], _marks(gradebook, assignment)


def _sheet(notebook: Any, regions: list[tuple[str, str]]) -> Sheet:
    answers = frozenset(cell.name for cell in notebook.solution_cells)
    tasks = frozenset(cell.name for cell in notebook.task_cells)
    tests = {cell.name for cell in notebook.grade_cells} - answers
    sources = {cell.name: cell.source or "" for cell in notebook.source_cells}
    return Sheet(
        name=notebook.name,
        answers=answers,
        tasks=tasks,
        instructors=frozenset(tests | set(sources)) - answers - tasks,
        public={name: _cut(sources.get(name, ""), regions) for name in tests},
    )


def _marks(gradebook: "Gradebook", assignment: str) -> dict[str, dict[str, Marks]]:
    from nbgrader import api

    def rows(table: Any, *columns: Any) -> Iterable[Any]:
        """One query for the whole class: nbgrader's objects ask the database for each value of each grade."""
        query = gradebook.db.query(api.SubmittedAssignment.student_id, api.Notebook.name, *columns)
        query = query.select_from(table)
        if table is not api.SubmittedNotebook:
            query = query.join(api.BaseCell, api.BaseCell.id == table.cell_id)
            query = query.join(api.SubmittedNotebook, api.SubmittedNotebook.id == table.notebook_id)
        query = query.join(api.Notebook, api.Notebook.id == api.SubmittedNotebook.notebook_id)
        query = query.join(
            api.SubmittedAssignment, api.SubmittedAssignment.id == api.SubmittedNotebook.assignment_id
        )
        query = query.join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
        return query.filter(api.Assignment.name == assignment)

    marks: dict[str, dict[str, Marks]] = {}
    for student, notebook, penalty in rows(
        api.SubmittedNotebook, api.SubmittedNotebook.late_submission_penalty
    ):
        marks.setdefault(student, {})[notebook] = Marks(penalty=penalty or 0.0)
    wanted = (
        api.Grade.max_score,
        api.Grade.score,
        api.Grade.auto_score,
        api.Grade.manual_score,
        api.Grade.extra_credit,
        api.Grade.needs_manual_grade,
    )
    for student, notebook, name, maximum, score, auto, manual, extra, pending in rows(
        api.Grade, api.BaseCell.name, *wanted
    ):
        marks[student][notebook].grades[name] = Grade(
            name, maximum, score, auto, manual, extra or 0.0, pending
        )
    for student, notebook, name, comment in rows(api.Comment, api.BaseCell.name, api.Comment.comment):
        if comment and comment.strip():
            marks[student][notebook].comments[name] = comment.strip()
    return marks


def _given(course: Course, assignment: str, sheets: list[Sheet]) -> dict[str, set[str]]:
    """The sources of all cells that students were given, by notebook: what equals one is not their work."""
    given: dict[str, set[str]] = {}
    for sheet in sheets:
        release, source = (
            course.folder(s, ".", assignment) / f"{sheet.name}.ipynb" for s in ("release", "source")
        )
        path = release if release.is_file() else source
        cells = _read_notebook(path).cells if path.is_file() else []
        # Without a release, the answers in the source tell nothing of what students were given.
        given[sheet.name] = {
            _source(cell).strip() for cell in cells if path is release or _grade_id(cell) not in sheet.answers
        }
    return given


def _regions(course: Course, *names: str) -> list[tuple[str, str]]:
    """The marks around what nbgrader's preprocessors `names` remove, as the course has set them."""
    from nbgrader import preprocessors

    regions = []
    for name in names:
        clear = getattr(preprocessors, name)(config=course.config)
        part = "test" if name == "ClearHiddenTests" else "mark_scheme"
        regions.append((getattr(clear, f"begin_{part}_delimeter"), getattr(clear, f"end_{part}_delimeter")))
    return regions


def _cut(source: str, regions: Iterable[tuple[str, str]], left_out: str = "") -> str:
    """`source` without the regions, each replaced by the line `left_out`; one without an end reaches to the end."""
    for begin, end in regions:
        if begin not in source:
            continue
        lines, inside = [], False
        for line in source.split("\n"):
            if begin in line and not inside:
                inside = True
                lines += [left_out] if left_out else []
            elif end in line and inside:
                inside = False
            elif not inside:
                lines.append(line)
        source = "\n".join(lines)
    return source


# One student's pages


@dataclass
class _Desk:
    """What the pages of all students of one assignment have in common."""

    course: Course
    assignment: str
    sheets: list[Sheet]
    regions: list[tuple[str, str]]
    given: dict[str, set[str]]

    def write(self, student: str, marks: dict[str, Marks] | None) -> list[Path]:
        """The student's pages, written. Raises CourseError when one cannot be made."""
        if marks is None:
            raise CourseError("graded, but not in the gradebook; grade this submission again")
        result = read_result(self.course, student, self.assignment)
        folder = self.course.folder("feedback", student, self.assignment)
        texts = {}
        for sheet in self.sheets:
            try:
                texts[folder / f"{sheet.name}.html"] = self._page(student, sheet, marks, result)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                # A notebook that says it is of a later format may hold anything and still be valid.
                raise CourseError(
                    f"{sheet.name}.ipynb: unexpected {type(error).__name__}: {error}"
                ) from error
        for path, text in texts.items():
            write_atomically(path, text)
        self._make_releasable(student, folder, texts)
        return list(texts)

    def _make_releasable(self, student: str, folder: Path, pages: Iterable[Path]) -> None:
        """Leave the folder as nbgrader's own feedback does, so that its exchange can hand the pages out."""
        written = list(pages)
        for name in EXCHANGE_FILES:
            for step in ("autograded", "submitted"):
                path = self.course.folder(step, student, self.assignment) / name
                if path.is_file() and not path.is_symlink():
                    write_atomically(folder / name, path.read_text(encoding="utf-8", errors="replace"))
                    written.append(folder / name)
                    break
        # nbgrader's own feedback copies the record, which may quote hidden tests, out of the autograded folder.
        (folder / RESULT).unlink(missing_ok=True)
        shared = self.course.directory.groupshared
        for path in written:
            path.chmod(0o664 if shared else 0o644)
        if shared:
            folder.chmod((folder.stat().st_mode | 0o2770) & 0o2777)

    def _page(self, student: str, sheet: Sheet, marks: dict[str, Marks], result: dict[str, Any]) -> str:
        path = self.course.folder("autograded", student, self.assignment) / f"{sheet.name}.ipynb"
        nb = _read_notebook(path) if path.is_file() else None
        own = marks.get(sheet.name, Marks())
        page = _Page(self, sheet, own, result)
        others = tuple(f"{each.name}:" for each in self.sheets if each is not sheet)
        facts = {
            "student": student,
            "assignment": self.assignment,
            "notebook": sheet.name,
            "missing": nb is None,
            "sections": page.sections(nb),
            "total": Marks.total([own]),
            "penalty": own.penalty,
            "extra": sum(grade.extra for grade in own.grades.values()),
            "whole": Marks.total(marks.values()) if len(self.sheets) > 1 else None,
            "waiting": sum(grade.pending for grade in own.grades.values()),
            "reason": _text(result.get("reason")),
            "notes": [
                note
                for note in map(_text, _list(result.get("notes")))
                if note and not note.startswith(others)
            ],
            "graded": _moment(result.get("graded_at")),
            "seconds": _number(result.get("seconds")),
            "memory": _number(result.get("memory_mb")),
            "recorded": bool(result),
            "confined": is_confined(result),
        }
        return _template().render(facts)


def _read_notebook(path: Path) -> "NotebookNode":
    """The notebook at `path`, whatever a student did to its cell ids. Raises CourseError when it is not one."""
    import warnings

    import nbformat
    import nbformat.reader

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            nb = nbformat.convert(nbformat.reader.reads(path.read_bytes().decode("utf-8")), 4)
            nbformat.validate(nb)
    except Exception as error:  # whatever nbformat stumbles over in a damaged file
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise CourseError(f"{path}: not a valid notebook: {reason}") from None
    return nb


@dataclass
class _Page:
    """One page in the making; `text` and `pictures` are what it still has room for."""

    desk: _Desk
    sheet: Sheet
    marks: Marks
    result: dict[str, Any]
    text: int = PAGE_TEXT
    pictures: int = PAGE_PICTURES

    def sections(self, nb: "NotebookNode | None") -> list[dict[str, Any]]:
        """The questions in the notebook's order: answers and other cells of the student, tests, comment."""
        found: dict[str, dict[str, Any]] = {}
        owners: dict[str, str] = {}
        order: dict[str, int] = {}
        current, shown = "", 0
        for cell in nb.cells if nb else []:
            name = _grade_id(cell)
            order.setdefault(name, len(order))
            if name in self.sheet.instructors:
                owners.setdefault(name, current)
                continue
            opens = name in self.sheet.answers | self.sheet.tasks and name not in found
            if opens:
                current = name
                _section(found, name)
            if name in self.sheet.tasks or not (opens or self._is_extra(cell)):
                continue
            shown += 1
            section = _section(found, current)
            if shown <= CELLS or opens:
                section["cells"].append(self._cell(cell, current, answer=opens))
            else:
                section["left_out"] += 1
        for name in sorted(self.marks.grades, key=lambda name: order.get(name, len(order))):
            grade = self.marks.grades[name]
            section = _section(found, self._owner(name, owners))
            section["points"] += grade.score
            section["maximum"] += grade.maximum
            section["graded"] |= grade.given
            section["tests"].append(self._test(grade))
        for name, comment in self.marks.comments.items():
            _section(found, name)["comment"] = comment
        for name, section in found.items():
            section["missing"] = nb is not None and bool(name) and name not in order
        return sorted(found.values(), key=lambda section: bool(section["title"]))

    def _owner(self, name: str, owners: dict[str, str]) -> str:
        """The question that a graded cell belongs to: itself, the one it names, or the one it follows."""
        if name in self.sheet.answers | self.sheet.tasks:
            return name
        match = TEST_ID.fullmatch(name)
        if match and match["question"] in self.sheet.answers:
            return match["question"]
        return owners.get(name) or name

    def _is_extra(self, cell: "NotebookNode") -> bool:
        """Whether the cell is the student's own, beside the answers asked for."""
        source = _source(cell).strip()
        return bool(source) and source not in self.desk.given[self.sheet.name]

    def _cell(self, cell: "NotebookNode", current: str, *, answer: bool) -> dict[str, Any]:
        code = cell.cell_type == "code"
        unanswered = answer and _source(cell).strip() in self.desk.given[self.sheet.name]
        source = _cut(_source(cell), self.desk.regions, f"# {LEFT_OUT}" if code else LEFT_OUT)
        source, more = _shortened(source, CELL_TEXT if answer else self._room(source, CELL_TEXT))
        outputs = self._outputs(cell.get("outputs", [])) if code and is_confined(self.result) else []
        return {
            "heading": self._heading(current, answer=answer),
            "unanswered": unanswered,
            "code": _highlighted(source) if code else None,
            "prose": None if code else source,
            "more": more,
            "outputs": outputs + self._attachments(cell),
        }

    def _heading(self, current: str, *, answer: bool) -> str:
        if answer:
            return "Your answer"
        return "Your work" if current in self.sheet.tasks else "Another cell of yours"

    def _test(self, grade: Grade) -> dict[str, Any]:
        by_hand = grade.name in self.sheet.answers | self.sheet.tasks
        said = next(
            (
                each
                for each in _list(self.result.get("questions"))
                if isinstance(each, dict)
                and (each.get("notebook"), each.get("question")) == (self.sheet.name, grade.name)
            ),
            {},
        )
        status, tone = _status(grade, by_hand=by_hand, failed=bool(said.get("message")))
        message, returned, output = self._words(grade, said)
        return {
            "name": grade.name,
            "by_hand": by_hand,
            "grade": grade,
            "points": points(grade.score) if grade.given else "–",
            "status": status,
            "tone": tone,
            "message": _shown(message, OUTPUT_TEXT),
            "returned": _shown(returned, OUTPUT_TEXT),
            "output": _shown(output, OUTPUT_TEXT),
            "seconds": _number(said.get("seconds")),
        }

    def _words(self, grade: Grade, said: dict[str, Any]) -> tuple[str, str, str]:
        """What the student may read of a test: its message, what the functions returned, what was printed."""
        message = "A hidden test failed." if said.get("hidden") else _text(said.get("message"))
        if is_confined(self.result):
            return message, _text(said.get("returned")), _text(said.get("output"))
        # Here the student's code could read the tests, and put them into every text that it has a part in.
        message = message.removeprefix("AssertionError: ").strip()
        known = said.get("hidden") or message in self.sheet.public.get(grade.name, "")
        return message if known else "", "", ""

    def _room(self, text: str, limit: int) -> int:
        """How many characters of the text the page takes, at most `limit`; from now on it has less room."""
        length = min(len(text), limit, self.text)
        self.text -= length
        return length

    def _outputs(self, outputs: Sequence["NotebookNode"]) -> list[dict[str, Any]]:
        views: list[dict[str, Any]] = []
        merged = list(_merged(outputs))
        for kind, content in merged[:OUTPUTS]:
            if kind == "picture":
                views.append(self._picture(*content))
            elif shown := _shown(content, self._room(content, OUTPUT_TEXT)):
                views.append({"kind": kind, **shown})
        if len(merged) > OUTPUTS:
            views.append({"kind": "note", "text": f"{len(merged) - OUTPUTS:,} more outputs are not shown."})
        return views

    def _attachments(self, cell: "NotebookNode") -> list[dict[str, Any]]:
        """The pictures that a student pasted into a text."""
        views = []
        for name, bundle in list(cell.get("attachments", {}).items())[:OUTPUTS]:
            for kind in PICTURES:
                if isinstance(bundle, dict) and kind in bundle:
                    views.append(self._picture(kind, bundle[kind], f"Attached to the text above: {name}"))
        return views

    def _picture(self, kind: str, data: Any, alt: str) -> dict[str, Any]:
        try:
            content, width, height = _checked_picture(kind, data)
            if len(content) > self.pictures:
                raise ValueError("this page has no room for it")
        except ValueError as error:
            return {"kind": "note", "text": f"A picture is not shown: {error}."}
        self.pictures -= len(content)
        return {
            "kind": "picture",
            "address": f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}",
            "alt": alt[:500],
            "width": width,
            "height": height,
        }


def _section(found: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    """The section of a question in `found`; it is opened when it is not there yet."""
    empty = {"missing": False, "cells": [], "left_out": 0, "tests": [], "comment": ""}
    return found.setdefault(name, {"title": name, "points": 0.0, "maximum": 0.0, "graded": False, **empty})


def _status(grade: Grade, *, by_hand: bool, failed: bool) -> tuple[str, str]:
    """How a graded cell went, in words and as a class of the page."""
    if grade.pending:
        return ("Not graded yet" if grade.manual is None else "Under review"), "wait"
    tone = "part" if 0 < grade.score < grade.maximum else "bad"
    if grade.score >= grade.maximum and not (failed and grade.maximum == 0):
        tone = "good"
    if by_hand or grade.manual is not None:
        return "Graded by hand", tone
    return {"good": "Passed", "part": "Passed in part", "bad": "Not passed"}[tone], tone


def _grade_id(cell: "NotebookNode") -> str:
    marks = cell.metadata.get("nbgrader")
    name = marks.get("grade_id") if isinstance(marks, dict) else None
    return name if isinstance(name, str) else ""


def _source(cell: "NotebookNode") -> str:
    return cell.source.replace("\r\n", "\n").replace("\r", "\n")


def _shortened(text: str, limit: int) -> tuple[str, int]:
    """The beginning of the text, and how many characters are left out."""
    return text[:limit], max(0, len(text) - limit)


# Outputs as text and pictures

PICTURES = ("image/png", "image/jpeg")


def _merged(outputs: Sequence["NotebookNode"]) -> Iterable[tuple[str, Any]]:
    """Each output as (kind, content): printed, stderr, result, error, note, or picture (type, data, alt text).

    A stream that came in pieces is one text.
    """
    stream, pieces = "", []
    for output in outputs:
        name = {"stdout": "printed", "stderr": "stderr"}.get(output.get("name", ""), "printed")
        if output.output_type == "stream" and name == stream:
            pieces.append(output.text)
            continue
        if pieces:
            yield stream, "".join(pieces)
        stream, pieces = "", []
        if output.output_type == "stream":
            stream, pieces = name, [output.text]
        elif output.output_type == "error":
            yield "error", "\n".join(output.traceback) or f"{output.ename}: {output.evalue}"
        else:
            yield _displayed(output)
    if pieces:
        yield stream, "".join(pieces)


def _displayed(output: "NotebookNode") -> tuple[str, Any]:
    """What is shown of a result or display: a picture, or else its plain text; nothing that a browser would run."""
    plain = output.data.get("text/plain", "")
    plain = plain if isinstance(plain, str) else ""
    for kind in PICTURES:
        if kind in output.data:
            about = output.metadata.get(kind)
            alt = about.get("alt") if isinstance(about, dict) else None
            return "picture", (
                kind,
                output.data[kind],
                _text(alt) or f"Picture from your code {plain}".strip(),
            )
    if plain or not output.data:
        return "result", plain
    return "note", f"An output of the type {', '.join(sorted(output.data))[:200]} is not shown."


def _checked_picture(kind: str, data: Any) -> tuple[bytes, int, int]:
    """The picture's bytes, width and height. Raises ValueError with the reason for what is not shown."""
    if not isinstance(data, str):
        raise ValueError("its data are not text")
    if len(data) > 1.5 * PICTURE:
        raise ValueError(f"it is larger than {PICTURE / 1e6:g} MB")
    try:
        content = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("its data are damaged") from None
    size = _png_size(content) if kind == "image/png" else _jpeg_size(content)
    if size is None:
        raise ValueError(f"it is not what it is said to be, {kind}")
    if len(content) > PICTURE:
        raise ValueError(f"it is larger than {PICTURE / 1e6:g} MB")
    width, height = size
    if not 0 < width * height <= PIXELS:
        raise ValueError(f"it measures {width} by {height} pixels")
    return content, width, height


def _png_size(content: bytes) -> tuple[int, int] | None:
    if not content.startswith(b"\x89PNG\r\n\x1a\n") or content[12:16] != b"IHDR" or len(content) < 24:
        return None
    return struct.unpack(">II", content[16:24])


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Read in the first segment that describes a frame."""
    at = 2 if content.startswith(b"\xff\xd8\xff") else len(content)
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 1 if marker == 0xFF else 2 + struct.unpack(">H", content[at + 2 : at + 4])[0]
    return None


def _shown(text: str, limit: int) -> dict[str, Any] | None:
    """An output as the page shows it, None for one without a visible character."""
    if not text.strip():
        return None
    shown, more = _shortened(_terminal(text), limit)
    return {"text": shown, "more": more + max(0, len(text) - RAW_TEXT)}


def _terminal(text: str) -> str:
    """The text as a terminal would leave it: no colours, and of a line that was written over, its last state."""
    text = ESCAPE_CODES.sub("", text[:RAW_TEXT]).replace("\r\n", "\n")
    if "\b" in text or "\r" in text:
        text = "\n".join(map(_overwritten, text.split("\n")))
    return text.rstrip()


def _overwritten(line: str) -> str:
    line = next((piece for piece in reversed(line.split("\r")) if piece), "")
    kept: list[str] = []
    for character in line if "\b" in line else ():
        if character != "\b":
            kept.append(character)
        elif kept:
            kept.pop()
    return "".join(kept) if "\b" in line else line


def _highlighted(source: str) -> Any:
    """Python code as HTML with Pygments' classes; the text in it is escaped."""
    from markupsafe import Markup, escape
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    if len(source) > COLOURED_TEXT:
        return escape(_printable(source))
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    return Markup(highlight(_printable(source), lexer, HtmlFormatter(nowrap=True)))


# Values of the record, which is read as carefully as if anybody had written it


def _text(value: Any) -> str:
    return value.strip("\n").rstrip() if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


# The page


def _printable(value: Any) -> Any:
    """Any value of the template as text that a page may hold; HTML made by this module is left alone."""
    return value if hasattr(value, "__html__") else UNPRINTABLE.sub("\ufffd", str(value))


def points(value: float) -> str:
    """A number of points as people write it: 2, 2.5, 0.33."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


@functools.cache
def _template() -> "Template":
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["points"] = points
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    environment.globals.update(style=Markup(STYLE), digest=digest)
    return environment.from_string(PAGE)
