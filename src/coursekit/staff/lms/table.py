"""The plain table of points, for people and programs: a line for each student and assignment."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from coursekit.staff.lms.platform import Cell, Platform

if TYPE_CHECKING:
    from coursekit.staff.lms.grades import Grades

COLUMNS = """
student_id last_name first_name email assignment submission raw_score late_submission_penalty score max_score
needs_manual_grade graded_at isolation
"""


def write_rows(grades: "Grades") -> Iterable[list[Cell]]:
    """Cells that say how work was graded are empty for work that was not."""
    yield [*COLUMNS.split()]
    for assignment, maximum in grades.assignments.items():
        for student in grades.students:
            work = grades.of(student, assignment)
            graded = work.submission == "graded"
            yield [
                student.id,
                student.last_name,
                student.first_name,
                student.email,
                assignment,
                work.submission,
                work.raw if graded else None,
                work.penalty if graded else None,
                work.score,
                maximum,
                ("yes" if work.waiting else "no") if graded else "",
                work.graded_at,
                work.isolation,
            ]


PLATFORM = Platform("csv", "a plain table", write_rows=write_rows)
