"""Canvas: downloads of submissions, its zip of files for comments, and its import of grades.

A downloaded file is called `lovelaceada_12345_67890_x.ipynb`, with `_LATE` after the name of who was late, and
`x-1.ipynb` for a second try. The second number is the file's own: whatever is uploaded later has a higher one. Typed
texts and links are called `lovelaceada_12345_text.html` and `..._link.html`.
"""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from coursekit.staff.lms.platform import Cell, EntryName, Platform, Reading, Worksheet

if TYPE_CHECKING:
    from coursekit.staff.lms.grades import Grades

# The user's number, then the attachment's, which typed texts and links do not have. Looked for at every place:
# the names around them, which students choose, may hold such numbers, too.
NUMBERS = re.compile(
    r"(?=_(?P<number>\d+)_(?:(?P<typed>(?:text|link)\.html)$|(?P<upload>\d+)_(?P<attached>.+)))", re.DOTALL
)


def read_name(parts: Sequence[str]) -> EntryName | None:
    """What the name of a downloaded file tells, None when it is not Canvas's.

    Each file is an entry by itself: only the roster can tell which belong together.
    """
    if len(parts) > 1:
        return None
    readings = []
    for match in NUMBERS.finditer(parts[0]):
        name = parts[0][: match.start()]
        file = match["typed"] or match["attached"]
        late = name.endswith("_LATE")
        # More digits than any number of Canvas's has are a student's.
        upload = int(match["upload"][:18]) if match["upload"] else 0
        readings.append(Reading(name.removesuffix("_LATE"), match["number"], file, late=late, upload=upload))
    return EntryName(parts[0], tuple(parts), tuple(readings)) if readings else None


def write_rows(grades: "Grades") -> Iterable[list[Cell]]:
    """Canvas finds a student by its own number (ID), else by either SIS column, else by name.

    It finds an assignment by the number behind the name, and proposes to make a new one where there is none.
    """
    names = list(grades.assignments)
    columns = [f"{name} ({grades.numbers[name]})" if name in grades.numbers else name for name in names]
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *columns]
    yield ["    Points Possible", "", "", "", "", *grades.assignments.values()]
    for student in grades.students:
        name = ", ".join(filter(None, (student.last_name, student.first_name))) or student.id
        scores = [grades.of(student, each).score for each in names]
        yield [name, student.platform_id, student.id, student.id, "", *scores]


def feedback_path(names: Sequence[str], number: str, page: str) -> str:
    """As the student's last upload in the download, up to its number: by these two numbers Canvas knows whose it is."""
    found = {
        int(name[: match.start("attached")].split("_")[-2]): name[: match.start("attached")]
        for name in names
        for match in NUMBERS.finditer(name)
        if match["attached"] and match["number"] == number
    }
    return f"{found[max(found)]}{page}" if found else ""


PLATFORM = Platform(
    "canvas",
    "Canvas",
    read_name,
    write_rows,
    feedback_path,
    Worksheet(number="ID", of_assignment=False, name="Student", ids=("SIS User ID", "SIS Login ID")),
    several="together",
    late_note="Canvas gives files the time of the download: who is late is right, by how much may be too long",
)
