"""Pages for students: their own code and outputs, what the public tests said, points and comments.

Points and comments are the gradebook's. Outputs, messages, times, whatever comes from running a student's code, are
those of a run without hidden tests (see `show`); of the run that was graded, a page says no more than which tests
lost points. Where the grader did not keep the code from the tests, nothing that the code had a part in is repeated.
No source, output or traceback of a test cell is ever copied. Which cells are the student's is read in the gradebook,
not in the notebook, whose metadata a student may have changed.

Everything that a student could have written is hostile: it is shown as text, and pictures only once they are known
to be pictures. A page has no script and asks for nothing from outside.
"""

import base64
import binascii
import functools
import hashlib
import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coursekit.files import write_atomically
from coursekit.notebooks import TEST_ID, CourseError, marked_lines
from coursekit.staff.course import RESULT, SHOWN, Course, find_course
from coursekit.staff.feedback.template import PAGE, STYLE
from coursekit.staff.grading.score import HIDDEN
from coursekit.staff.grading.show import Shown, show_class

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
# The exchange releases feedback under names made from these.
EXCHANGE_FILES = ("timestamp.txt", "submission_secret.txt")

ESCAPE_CODES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]|\x9b[0-?]*[ -/]*[@-~]"
)
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
LEFT_OUT = "(left out: not for students)"
# Of a test that was graded with other points than it gives when students may watch.
WITHOUT = "A part of this test is hidden. Without that part it gives {} of {} points."
AGAIN = (
    "When your work was run again, this test gave {} of {} points. Does your answer depend on chance, or on how "
    "long it takes?"
)
# What may be told where nothing is known of a run.
NOTHING = {"reason": "", "notes": [], "graded_at": "", "seconds": None, "memory_mb": None, "questions": []}


def write(root: Path, assignment: str, students: Sequence[str] = ()) -> list[Path]:
    """Write a page per notebook for the students named (by default all who are graded); returns the pages.

    Work that has not been run without hidden tests yet is run first. Raises CourseError for a student without a
    graded submission, and where no sandbox can be made, before anything is written; and, after the other
    students' pages are written, naming every student whose page could not be made.
    """
    course = find_course(root)
    graded = course.students("autograded", assignment)
    _require_graded(course, assignment, students, graded)
    with course.gradebook() as gradebook:
        sheets, marks = _read_gradebook(gradebook, assignment, [course.delimiters("ClearHiddenTests")])
    regions = [course.delimiters(name) for name in ("ClearHiddenTests", "ClearMarkScheme")]
    desk = _Desk(course, assignment, sheets, regions, _given(course, assignment, sheets))
    wanted = list(dict.fromkeys(students or graded))
    shown = show_class(root, assignment, wanted)
    pages, faults = [], []
    for student in wanted:
        try:
            pages += desk.write(student, marks.get(student), shown.get(student))
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
    knows; `public` holds the part of each test that students have, `hidden` names the tests that have another.
    """

    name: str
    answers: frozenset[str]
    tasks: frozenset[str]
    instructors: frozenset[str]
    public: dict[str, str]
    hidden: frozenset[str]


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
    public = {name: _cut(sources.get(name, ""), regions) for name in tests}
    return Sheet(
        name=notebook.name,
        answers=answers,
        tasks=tasks,
        instructors=frozenset(tests | set(sources)) - answers - tasks,
        public=public,
        hidden=frozenset(name for name in tests if public[name] != sources.get(name, "")),
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


def _cut(source: str, regions: Iterable[tuple[str, str]], left_out: str = "") -> str:
    """`source` without what stands between such delimiters; the line `left_out` takes the place of each part."""
    for begin, end in regions:
        marked = marked_lines(source, begin, end)
        first = {a for a, _ in marked}
        lines = []
        for number, line in enumerate(source.split("\n"), start=1):
            if not any(a <= number <= b for a, b in marked):
                lines.append(line)
            elif number in first and left_out:
                lines.append(left_out)
        source = "\n".join(lines)
    return source


# What a student may be told


def _told(record: dict[str, Any], shown: dict[str, Any], sheets: list[Sheet]) -> dict[str, Any]:
    """The result of the run for students, which also says where the grades in `record` differ from it."""
    graded = {(q["notebook"], q["question"]): q for q in record["questions"]}
    hidden = {(sheet.name, name) for sheet in sheets for name in sheet.hidden}
    questions = []
    for question in shown["questions"]:
        key = question["notebook"], question["question"]
        message = _message(graded[key], question, has_hidden=key in hidden)
        questions.append({**question, "message": message})
    return {**shown, "graded_at": record["graded_at"], "questions": questions}


def _message(graded: dict[str, Any], shown: dict[str, Any], *, has_hidden: bool) -> str:
    """What a student reads of a test that lost points: what it says without its hidden part, and what that changed."""
    if not graded["message"]:
        return ""
    why = ""
    if graded["hidden"]:
        why = HIDDEN
    elif graded["points"] != shown["points"] or not shown["message"]:
        why = (WITHOUT if has_hidden else AGAIN).format(points(shown["points"]), points(shown["maximum"]))
    return f"{why} {shown['message']}".strip()


def _told_without_run(record: dict[str, Any], sheets: list[Sheet]) -> dict[str, Any]:
    """Of a record whose student's code could read the tests, what that code had no part in."""
    public = {(sheet.name, name): text for sheet in sheets for name, text in sheet.public.items()}
    questions = []
    for question in record.get("questions", []):
        key = question["notebook"], question["question"]
        message = question["message"].removeprefix("AssertionError: ").strip()
        message = HIDDEN if question["hidden"] else message if message in public.get(key, "") else ""
        questions.append({"notebook": key[0], "question": key[1], "message": message})
    known = {name: record[name] for name in ("reason", "notes", "graded_at") if name in record}
    return {**NOTHING, **known, "questions": questions}


# One student's pages


@dataclass
class _Desk:
    """What the pages of all students of one assignment have in common."""

    course: Course
    assignment: str
    sheets: list[Sheet]
    regions: list[tuple[str, str]]
    given: dict[str, set[str]]

    def write(self, student: str, marks: dict[str, Marks] | None, shown: "Shown | str | None") -> list[Path]:
        """The student's pages, written. Raises CourseError when one cannot be made."""
        if isinstance(shown, str):
            raise CourseError(shown)
        if marks is None:
            raise CourseError("graded, but not in the gradebook; grade this submission again")
        folder = self.course.folder("feedback", student, self.assignment)
        try:
            facts, notebooks = self._facts(student, shown)
            texts = {
                folder / f"{sheet.name}.html": self._page(sheet, notebooks.get(sheet.name), marks, facts)
                for sheet in self.sheets
            }
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            # A notebook that says it is of a later format may hold anything and still be valid.
            graded = self.course.folder("autograded", student, self.assignment)
            raise CourseError(f"{graded}: unexpected {type(error).__name__}: {error}") from error
        for path, text in texts.items():
            write_atomically(path, text)
        self._make_releasable(student, folder, texts)
        return list(texts)

    def _facts(self, student: str, shown: "Shown | None") -> tuple[dict[str, Any], dict[str, "NotebookNode"]]:
        """What the student's pages have in common, and the notebooks, by name."""
        record = self.course.result(student, self.assignment)
        if shown:
            told, notebooks = _told(record, shown[0], self.sheets), shown[1]
        else:
            told, notebooks = _told_without_run(record, self.sheets), {}
            for sheet in self.sheets:
                path = self.course.folder("autograded", student, self.assignment) / f"{sheet.name}.ipynb"
                if path.is_file():
                    notebooks[sheet.name] = _without_outputs(_read_notebook(path))
        facts = {**told, "student": student, "recorded": bool(record), "confined": bool(shown)}
        return facts, notebooks

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
        # nbgrader's own feedback copies all files out of the autograded folder; the record may quote hidden tests.
        for path in (folder / RESULT, folder / SHOWN):
            if path.is_file():
                path.unlink()
        shared = self.course.directory.groupshared
        for path in written:
            path.chmod(0o664 if shared else 0o644)
        if shared:
            folder.chmod((folder.stat().st_mode | 0o2770) & 0o2777)

    def _page(
        self, sheet: Sheet, nb: "NotebookNode | None", marks: dict[str, Marks], facts: dict[str, Any]
    ) -> str:
        own = marks.get(sheet.name, Marks())
        said = {q["question"]: q for q in facts["questions"] if q["notebook"] == sheet.name}
        page = _Page(self, sheet, own, said)
        others = tuple(f"{each.name}:" for each in self.sheets if each is not sheet)
        return _template().render(
            facts
            | {
                "assignment": self.assignment,
                "notebook": sheet.name,
                "missing": nb is None,
                "sections": page.sections(nb),
                "total": Marks.total([own]),
                "penalty": own.penalty,
                "extra": sum(grade.extra for grade in own.grades.values()),
                "whole": Marks.total(marks.values()) if len(self.sheets) > 1 else None,
                "waiting": sum(grade.pending for grade in own.grades.values()),
                "notes": [note for note in facts["notes"] if not note.startswith(others)],
                "graded": datetime.fromisoformat(facts["graded_at"]) if facts["graded_at"] else None,
            }
        )


def _without_outputs(nb: "NotebookNode") -> "NotebookNode":
    for cell in nb.cells:
        cell.pop("outputs", None)  # they may repeat what the code read in the tests
    return nb


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
    """One page in the making.

    `said` is what the student may be told of each test, by name; `text` and `pictures` are what the page still has
    room for.
    """

    desk: _Desk
    sheet: Sheet
    marks: Marks
    said: dict[str, dict[str, Any]]
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
        return {
            "heading": self._heading(current, answer=answer),
            "unanswered": unanswered,
            "code": _highlighted(source) if code else None,
            "prose": None if code else source,
            "more": more,
            "outputs": self._outputs(cell.get("outputs", [])) + self._attachments(cell),
        }

    def _heading(self, current: str, *, answer: bool) -> str:
        if answer:
            return "Your answer"
        return "Your work" if current in self.sheet.tasks else "Another cell of yours"

    def _test(self, grade: Grade) -> dict[str, Any]:
        by_hand = grade.name in self.sheet.answers | self.sheet.tasks
        said = self.said.get(grade.name, {})
        message = said.get("message", "")
        status, tone = _status(grade, by_hand=by_hand, failed=bool(message))
        return {
            "name": grade.name,
            "by_hand": by_hand,
            "grade": grade,
            "points": points(grade.score) if grade.given else "–",
            "status": status,
            "tone": tone,
            "message": _shown(message, OUTPUT_TEXT),
            "returned": _shown(said.get("returned", ""), OUTPUT_TEXT),
            "output": _shown(said.get("output", ""), OUTPUT_TEXT),
            "seconds": said.get("seconds"),
        }

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
    if grade.manual is not None:
        return "Graded by hand", tone
    if by_hand:
        return "Not answered", tone
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
    for kind in PICTURES:
        if kind in output.data:
            about = output.metadata.get(kind)
            alt = about.get("alt", "").strip() if about else ""
            return "picture", (
                kind,
                output.data[kind],
                alt or f"Picture from your code {plain}".strip(),
            )
    if plain or not output.data:
        return "result", plain
    return "note", f"An output of the type {', '.join(sorted(output.data))[:200]} is not shown."


def _checked_picture(kind: str, data: Any) -> tuple[bytes, int, int]:
    """The picture's bytes, width and height. Raises ValueError with the reason for what is not shown."""
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
