"""Moodle: downloads of submissions, its zip of feedback files, its grading worksheet, and any table of grades.

| download | looks like |
| --- | --- |
| a folder each | `Ada Lovelace_1234567_assignsubmission_file_/x.ipynb`, newer ones without the last `_` |
| flat | `Ada Lovelace_1234567_assignsubmission_file_x.ipynb` |
"""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from coursekit.staff.lms.platform import Cell, EntryName, Platform, Reading, Worksheet

if TYPE_CHECKING:
    from coursekit.staff.lms.grades import Grades

NAME = re.compile(r"(?P<student>[^_]+)_(?P<number>\d+)_assignsubmission_[a-z]+(?:_(?P<file>.*))?", re.DOTALL)


def read_name(parts: Sequence[str]) -> EntryName | None:
    """What the path of a downloaded file tells, None when it is not Moodle's."""
    match = NAME.fullmatch(parts[0])
    if not match:
        return None
    student, number, file = match.group("student", "number", "file")
    place = (file, *parts[1:]) if file else tuple(parts[1:])
    return EntryName(f"{student}_{number}", place, (Reading(student, number),))


def write_rows(grades: "Grades") -> Iterable[list[Cell]]:
    """Moodle asks which column says who a line is about, and which holds which grade or feedback.

    The number that its downloads give a student is another one in each assignment, so it is left out.
    """
    header: list[Cell] = ["Username", "Email address", "Last name", "First name"]
    for name in grades.assignments:
        header += [name, f"Feedback comments: {name}"]
    yield header
    for student in grades.students:
        row: list[Cell] = [student.id, student.email, student.last_name, student.first_name]
        for name in grades.assignments:
            work = grades.of(student, name)
            row += [work.score, work.remarks()]
        yield row


def feedback_path(names: Sequence[str], number: str, page: str) -> str:
    """In a folder as in the download, but of feedback: Moodle then leaves alone what it has already."""
    return f"{names[-1]}_assignfeedback_file_/{page}" if names else ""


PLATFORM = Platform(
    "moodle",
    "Moodle",
    read_name,
    write_rows,
    feedback_path,
    Worksheet(
        number="Identifier",
        of_assignment=True,
        name="Full name",
        ids=("ID number", "Username"),
        email="Email address",
        grade="Grade",
        maximum="Maximum Grade",
        feedback="Feedback comments",
        locked=("Grade can be changed", "No"),
    ),
)
