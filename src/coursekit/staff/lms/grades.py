"""Everybody's points out of the gradebook.

The points are those of nbgrader's own export: what a person gave counts instead of what the tests gave, extra credit
is added, the late penalty taken off, and no sum falls below 0. There is one difference: somebody without graded work
has no points and not 0, since most platforms cannot tell afterwards which of the two it was.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coursekit.notebooks import CourseError
from coursekit.staff.course import Course
from coursekit.staff.wording import points

if TYPE_CHECKING:
    from nbgrader.api import Gradebook
    from sqlalchemy.orm import Query

ISOLATION = {"examiner": "examiner", "kernel": "kernel (not tamper-proof)"}


@dataclass(frozen=True)
class Student:
    """A student of the gradebook; `platform_id` is the learning platform's own number of the student, or empty."""

    id: str
    first_name: str
    last_name: str
    email: str
    platform_id: str


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

    def waits(self) -> str:
        """How many answers wait for a grader, in words."""
        return f"{self.waiting} answer{'s wait' if self.waiting > 1 else ' waits'} for a grader"

    def remarks(self) -> str:
        """The graders' comments, and what a student should know about the points."""
        if self.submission != "graded":
            return ""
        lines = list(self.comments)
        if self.penalty:
            lines.append(f"Handed in late: {points(self.penalty)} taken off.")
        if self.waiting:
            lines.append(f"Not final: {self.waits()}.")
        return "\n".join(lines)


@dataclass(frozen=True)
class Grades:
    """All that an export needs: the assignments with their maximum, the students, and who has what for which.

    `numbers` are those that the platform gives the assignments, as far as they are known.
    """

    assignments: dict[str, float]
    students: list[Student]
    work: dict[tuple[str, str], Work]
    numbers: dict[str, str] = field(default_factory=dict)

    def of(self, student: Student, assignment: str) -> Work:
        return self.work.get((student.id, assignment)) or Work()


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
        work = _read_work(gradebook, wanted)
    for assignment in wanted:
        _add_records(course, assignment, work)
    return Grades(wanted, students, work)


def _read_work(gradebook: "Gradebook", assignments: Iterable[str]) -> dict[tuple[str, str], Work]:
    """Everybody's work by (student, assignment), in a few queries for the whole class."""
    from nbgrader import api

    def rows(*columns: Any) -> "Query":
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
            each.graded_at, each.isolation = _how_graded(course, student, assignment)
        elif each.submission == "graded":
            each.isolation = "unknown"


def _how_graded(course: Course, student: str, assignment: str) -> tuple[str, str]:
    """When the submission was graded, and how well the tests were kept from it, as far as that is known."""
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
