"""Points out of the gradebook, as a table for people or for a learning platform to import.

Cells of text that a spreadsheet would take for a formula get an apostrophe in front.
"""

import csv
import dataclasses
import io
import re
from collections.abc import Sequence
from pathlib import Path

from coursekit.files import write_atomically
from coursekit.notebooks import CourseError
from coursekit.staff.course import find_course
from coursekit.staff.lms.grades import Work, read_grades
from coursekit.staff.lms.platform import Cell
from coursekit.staff.lms.registry import PLATFORMS
from coursekit.staff.wording import printable

# At the start of a text, it makes a formula of it.
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\x00-\x1f\x7f]")
# The plainest first.
FORMATS = {each.name: each.write_rows for each in reversed(PLATFORMS) if each.write_rows}


def export(
    root: Path,
    assignments: Sequence[str] = (),
    *,
    format: str = "csv",
    out: Path | None = None,
    assignment_id: str | None = None,
) -> Path:
    """Write the points of the assignments (all by default) to `out` and return its path.

    Formats: csv (a line per student and assignment), canvas and moodle (a line per student, for these platforms'
    grade import). `assignment_id` is Canvas's number of the one assignment. By default the file is `grades.csv`, or
    `grades-<format>.csv`, in the course folder. `unfinished` tells which points are not final. Raises CourseError for
    an unknown format or assignment.
    """
    if format not in FORMATS:
        raise CourseError(f"unknown format {format!r}, expected one of: {', '.join(FORMATS)}")
    course = find_course(root)
    name = "grades.csv" if format == "csv" else f"grades-{format}.csv"
    path = course.root / name if out is None else Path(out)
    if path.exists() and not path.is_file():
        raise CourseError(f"{path}: not a file that can be replaced")
    grades = read_grades(course, assignments)
    if assignment_id is not None:
        if format != "canvas" or len(grades.assignments) != 1 or not assignment_id.isdecimal():
            raise CourseError("an assignment's number goes with the format canvas and one assignment")
        grades = dataclasses.replace(grades, numbers=dict.fromkeys(grades.assignments, assignment_id))
    rows = FORMATS[format](grades)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([text_of_cell(cell) for cell in row] for row in rows)
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
                lines.append(f"{assignment}, {student}: {work.waits()}")
    return lines


def text_of_cell(cell: Cell) -> str:
    """The cell as text that no spreadsheet runs."""
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return f"{cell:.10g}"
    text = cell.replace("\r\n", "\n")
    return printable(f"'{text}" if FORMULA.match(text) else text)
