"""Points out of the gradebook, as a table for people or for a learning platform to import.

The points are those of nbgrader's own export: what a person gave counts instead of what the tests gave, extra credit
is added, the late penalty taken off, and no sum falls below 0. There is one difference: somebody without graded work
has an empty cell and not a 0, since most platforms cannot tell afterwards which of the two it was.

Cells of text that a spreadsheet would take for a formula get an apostrophe in front.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from coursekit.files import write_atomically
from coursekit.notebooks import CourseError
from coursekit.staff.course import Course, find_course
from coursekit.staff.feedback.render import UNPRINTABLE, points

if TYPE_CHECKING:
    from nbgrader.api import Gradebook

FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\x00-\x1f\x7f]")
COLUMNS = """
student_id last_name first_name email assignment submission raw_score late_submission_penalty score max_score
needs_manual_grade graded_at isolation
"""
ISOLATION = {"examiner": "examiner", "kernel": "kernel (not tamper-proof)"}


@dataclass(frozen=True)
class Student:
    """A student of the gradebook; `platform` is the learning platform's own number of the student, or empty."""

    id: str
    first_name: str
    last_name: str
    email: str
    platform: str


@dataclass
class Work:
    """What one student has for one assignment; `waiting` counts the cells that a person has yet to grade."""

    submission: str = "none"
    raw: float = 0.0
    penalty: float = 0.0
    waiting: int = 0
    graded_at: str = ""
    isolation: str = ""
    comments: list[str] = field(default_factory=list)

    @property
    def score(self) -> float | None:
        """The points that count, None without graded work."""
        return max(0.0, self.raw - self.penalty) if self.submission == "graded" else None


@dataclass(frozen=True)
class Grades:
    """All that an export needs: the assignments with their maximum, the students, and who has what for which."""

    assignments: dict[str, float]
    students: list[Student]
    work: dict[tuple[str, str], Work]

    def of(self, student: Student, assignment: str) -> Work:
        return self.work.get((student.id, assignment)) or Work()


def export(
    root: Path, assignments: Sequence[str] = (), *, format: str = "csv", out: Path | None = None
) -> Path:
    """Write the points of the assignments (all by default) to `out` and return its path.

    Formats: csv (a line per student and assignment), canvas and moodle (a line per student, for these platforms'
    grade import). By default the file is `grades.csv`, or `grades-<format>.csv`, in the course folder. `unfinished`
    tells which points are not final. Raises CourseError for an unknown format or assignment.
    """
    if format not in FORMATS:
        raise CourseError(f"unknown format {format!r}, expected one of: {', '.join(FORMATS)}")
    course = find_course(root)
    name = "grades.csv" if format == "csv" else f"grades-{format}.csv"
    path = course.root / name if out is None else Path(out)
    if path.exists() and not path.is_file():
        raise CourseError(f"{path}: not a file that can be replaced")
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(FORMATS[format](read_grades(course, assignments)))
    write_atomically(path, text.getvalue())
    return path


def unfinished(root: Path, assignments: Sequence[str] = ()) -> list[str]:
    """A line for each submission whose points are not final: not graded at all, or answers wait for a grader."""
    course = find_course(root)
    grades = read_grades(course, assignments)
    lines = []
    for assignment in grades.assignments:
        handed_in = course.students("submitted", assignment)
        for student in sorted({*handed_in, *(who for who, what in grades.work if what == assignment)}):
            work = grades.work.get((student, assignment)) or Work("not graded")
            if work.submission == "not graded" and student in handed_in:
                lines.append(f"{assignment}, {student}: handed in, not graded")
            elif work.submission == "graded" and work.waiting:
                lines.append(f"{assignment}, {student}: {_waiting(work)}")
    return lines


def _waiting(work: Work) -> str:
    return f"{work.waiting} answer{'s wait' if work.waiting > 1 else ' waits'} for a grader"


def read_grades(course: Course, assignments: Sequence[str] = ()) -> Grades:
    """Read the assignments named (all by default) from the gradebook and from what `coursekit grade` recorded."""
    with course.gradebook() as gradebook:
        found = {each.name: each for each in gradebook.assignments}
        unknown = [name for name in assignments if name not in found]
        if unknown or not found:
            raise CourseError(
                f"no assignment {', '.join(unknown) or 'at all'} in the gradebook; "
                f"there are: {', '.join(found) or 'none'}"
            )
        wanted = {name: found[name].max_score for name in dict.fromkeys(assignments or found)}
        students = [
            Student(
                each.id,
                each.first_name or "",
                each.last_name or "",
                each.email or "",
                each.lms_user_id or "",
            )
            for each in gradebook.students
        ]
        work = _work(gradebook, wanted)
    for assignment in wanted:
        _add_records(course, assignment, work)
    return Grades(wanted, students, work)


def _work(gradebook: "Gradebook", assignments: Iterable[str]) -> dict[tuple[str, str], Work]:
    """Everybody's work by (student, assignment), in a few queries for the whole class."""
    from nbgrader import api

    def rows(*columns):
        query = gradebook.db.query(api.SubmittedAssignment.student_id, api.Assignment.name, *columns)
        query = query.select_from(api.SubmittedAssignment)
        query = query.join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
        query = query.join(
            api.SubmittedNotebook, api.SubmittedNotebook.assignment_id == api.SubmittedAssignment.id
        )
        return query.filter(api.Assignment.name.in_(list(assignments)))

    work: dict[tuple[str, str], Work] = {}
    for student, assignment, penalty in rows(api.SubmittedNotebook.late_submission_penalty):
        each = work.setdefault((student, assignment), Work("not graded"))
        each.penalty += penalty or 0.0
    marks = (api.Grade.score, api.Grade.auto_score, api.Grade.manual_score, api.Grade.needs_manual_grade)
    grades = rows(*marks).join(api.Grade, api.Grade.notebook_id == api.SubmittedNotebook.id)
    for student, assignment, score, auto, manual, waiting in grades:
        each = work[student, assignment]
        each.raw += score
        each.waiting += bool(waiting)
        if auto is not None or manual is not None:
            each.submission = "graded"
    comments = rows(api.BaseCell.name, api.Comment.comment)
    comments = comments.join(api.Comment, api.Comment.notebook_id == api.SubmittedNotebook.id)
    comments = comments.join(api.BaseCell, api.BaseCell.id == api.Comment.cell_id)
    for student, assignment, cell, comment in comments:
        if comment and comment.strip():
            work[student, assignment].comments.append(f"{cell}: {comment.strip()}")
    return work


def _add_records(course: Course, assignment: str, work: dict[tuple[str, str], Work]) -> None:
    """Add when and how each submission was graded; one that has an autograded folder is graded."""
    folders = set(course.students("autograded", assignment))
    for (student, name), each in work.items():
        if name != assignment:
            continue
        if student in folders:
            each.submission = "graded"
            each.graded_at, each.isolation = _record(course, student, assignment)
        elif each.submission == "graded":
            each.isolation = "unknown"


def _record(course: Course, student: str, assignment: str) -> tuple[str, str]:
    try:
        result = course.result(student, assignment)
    except CourseError:
        return "", "unknown"
    if not result:
        return "", "nbgrader"
    isolation = ISOLATION.get(str(result.get("isolation")), "unknown")
    if result.get("sandboxed") is not True:
        isolation += ", unsandboxed"
    return str(result.get("graded_at") or ""), isolation


# The formats: each makes rows of cells


def _csv(grades: Grades) -> Iterable[list[str]]:
    yield COLUMNS.split()
    for assignment, maximum in grades.assignments.items():
        for student in grades.students:
            work = grades.of(student, assignment)
            graded = work.submission == "graded"
            who = (student.id, student.last_name, student.first_name, student.email, assignment)
            numbers = [_number(work.raw), _number(work.penalty)] if graded else ["", ""]
            yield [
                *map(_text, who),
                work.submission,
                *numbers,
                _number(work.score),
                _number(maximum),
                ("yes" if work.waiting else "no") if graded else "",
                _text(work.graded_at),
                work.isolation,
            ]


def _canvas(grades: Grades) -> Iterable[list[str]]:
    """Canvas finds a student by its own number (ID), else by either SIS column, else by name."""
    names = list(grades.assignments)
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *map(_text, names)]
    yield ["    Points Possible", "", "", "", "", *map(_number, grades.assignments.values())]
    for student in grades.students:
        name = ", ".join(filter(None, (student.last_name, student.first_name))) or student.id
        who = (name, student.platform, student.id, student.id, "")
        yield [*map(_text, who), *(_number(grades.of(student, each).score) for each in names)]


def _moodle(grades: Grades) -> Iterable[list[str]]:
    """Moodle asks which column says who a line is about, and which holds which grade or feedback.

    The number that its downloads give a student is another one in each assignment, so it is left out.
    """
    header = ["Username", "Email address", "Last name", "First name"]
    for name in grades.assignments:
        header += [_text(name), _text(f"Feedback comments: {name}")]
    yield header
    for student in grades.students:
        who = (student.id, student.email, student.last_name, student.first_name)
        row = [*map(_text, who)]
        for name in grades.assignments:
            work = grades.of(student, name)
            row += [_number(work.score), _text(_remarks(work))]
        yield row


def _remarks(work: Work) -> str:
    """The graders' comments, and what a student should know about the points."""
    if work.submission != "graded":
        return ""
    lines = list(work.comments)
    if work.penalty:
        lines.append(f"Handed in late: {points(work.penalty)} taken off.")
    if work.waiting:
        lines.append(f"Not final: {_waiting(work)}.")
    return "\n".join(lines)


FORMATS: dict[str, Callable[[Grades], Iterable[list[str]]]] = {
    "csv": _csv,
    "canvas": _canvas,
    "moodle": _moodle,
}


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"


def _text(value: str) -> str:
    """The text as a cell that no spreadsheet runs."""
    value = value.replace("\r\n", "\n")
    return UNPRINTABLE.sub("\ufffd", f"'{value}" if FORMULA.match(value) else value)
