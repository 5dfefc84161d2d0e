"""What there is to know of a learning platform: how it names what it hands out, and which rows it takes in."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from coursekit.staff.lms.grades import Grades

# Text is made harmless and numbers are formatted when the table is written; None is an empty cell.
Cell: TypeAlias = str | float | None


@dataclass(frozen=True)
class Reading:
    """One way to read whose an entry is: the student by name, id or email, and the platform's number of the student.

    `file` is what the student called the file, where that depends on the reading. `late` is whether the platform
    calls it late, None where it does not tell. `upload` is the platform's number of the file, which grows from one
    upload to the next, 0 where it has none.
    """

    student: str
    number: str = ""
    file: str = ""
    late: bool | None = None
    upload: int = 0


@dataclass(frozen=True)
class EntryName:
    """What the path of a file in a download tells.

    `entry` is the same for all files that belong together, `place` is where in the submission the file lies, empty
    for a file that names none. `time`, as nbgrader writes it, and `assignment` are empty where the path has none.
    """

    entry: str
    place: tuple[str, ...]
    readings: tuple[Reading, ...]
    assignment: str = ""
    time: str = ""


@dataclass(frozen=True)
class Worksheet:
    """The columns of the table in which a platform hands out grades and takes them in again; "" for one that it lacks.

    `number` holds the platform's own number of the student, `ids` what may be the student's id. `of_assignment`: the
    number stands for the student in this assignment only. `grade` is the column of the points; without one, a column
    is called after the assignment, with its number. `maximum` is the column of the most points; without one, these
    stand in a line of their own.
    """

    number: str
    of_assignment: bool
    name: str
    ids: tuple[str, ...]
    email: str = ""
    grade: str = ""
    maximum: str = ""
    feedback: str = ""
    locked: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Platform:
    """A learning platform; each has a module beside this one, and a line in `registry`.

    `name` is the export's format, `title` what people call the platform. `read_name` takes the parts of a path and
    returns None for one that is not this platform's; `write_rows` makes the table for its import, header first.
    `feedback_path` says where in a zip of feedback a page lies, from the names in the download, the platform's number
    of the student and the page's name; it returns "" where these names do not tell. `worksheet` is its own table of
    grades.
    `several` says what becomes of several entries of one student. `late_note` is what to say when somebody is late.
    """

    name: str
    title: str
    read_name: Callable[[Sequence[str]], EntryName | None] | None = None
    write_rows: Callable[["Grades"], Iterable[list[Cell]]] | None = None
    feedback_path: Callable[[Sequence[str], str, str], str] | None = None
    worksheet: Worksheet | None = None
    several: Literal["refused", "newest", "together"] = "refused"
    late_note: str = ""
