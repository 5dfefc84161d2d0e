"""Grades, comments and penalties, read in nbgrader's gradebook."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from nbgrader.api import Gradebook


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


@dataclass
class Marks:
    """One student's grades and comments in one notebook, by cell."""

    grades: dict[str, Grade] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    penalty: float = 0.0

    @property
    def extra(self) -> float:
        """The extra credit of all cells."""
        return sum(grade.extra for grade in self.grades.values())

    @property
    def pending(self) -> int:
        """How many cells a person has yet to grade."""
        return sum(grade.pending for grade in self.grades.values())


class Total(NamedTuple):
    """Points, and how many there are to be had."""

    score: float
    maximum: float


def total(marks: Iterable[Marks]) -> Total:
    """The points of some notebooks together, penalties taken off, never below 0."""
    marks = list(marks)
    grades = [grade for each in marks for grade in each.grades.values()]
    score = sum(grade.score for grade in grades) - sum(each.penalty for each in marks)
    return Total(max(0.0, score), sum(grade.maximum for grade in grades))


def read_marks(gradebook: "Gradebook", assignment: str) -> dict[str, dict[str, Marks]]:
    """The marks of each student in each notebook of the assignment, by name."""
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
        grade = Grade(name, maximum, score, auto, manual, extra or 0.0, pending)
        marks[student][notebook].grades[name] = grade
    for student, notebook, name, comment in rows(api.Comment, api.BaseCell.name, api.Comment.comment):
        if comment and comment.strip():
            marks[student][notebook].comments[name] = comment.strip()
    return marks
