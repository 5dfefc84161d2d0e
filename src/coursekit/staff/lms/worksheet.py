"""A platform's own table of grades, filled in: Moodle's grading worksheet, or the gradebook that Canvas exports.

The platform knows every line of such a table again. Only points, and Moodle's feedback comments, are written into it;
all else stays as it was downloaded.
"""

import csv
import html
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from coursekit.files import write_atomically
from coursekit.notebooks import CourseError
from coursekit.staff.course import find_course
from coursekit.staff.lms.export import text_of_cell
from coursekit.staff.lms.grades import Grades, Student, read_grades
from coursekit.staff.lms.names import recall
from coursekit.staff.lms.platform import Platform, Worksheet
from coursekit.staff.lms.registry import PLATFORMS
from coursekit.staff.wording import points

POSSIBLE = "Points Possible"
NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


def fill(
    root: Path,
    assignments: Sequence[str],
    sheet: Path,
    *,
    assignment_id: str | None = None,
    out: Path | None = None,
) -> tuple[Path, list[str]]:
    """Write the points of one assignment into a copy of the worksheet; its path, and notes on what is not in it.

    The copy is by default `grades-<platform>.csv` in the course folder. `assignment_id` is Canvas's number of the
    assignment, for a gradebook whose column is called otherwise. Raises CourseError for a table that is no platform's,
    for a column or maximum that is not the assignment's, and for two lines of one student.
    """
    course = find_course(root)
    if len(assignments) != 1:
        raise CourseError("a worksheet is filled in for one assignment; name it")
    table = _read(sheet)
    grades = read_grades(course, assignments)
    called = recall(course, assignments[0], table.platform.name)
    numbers = {each.number: student for student, each in called.items() if each.number}
    filler = _Filler(table, grades, assignments[0], numbers, assignment_id)
    notes = filler.fill()
    path = course.root / f"grades-{table.platform.name}.csv" if out is None else Path(out)
    write_atomically(path, table.written())
    return path, notes


@dataclass(frozen=True)
class _Table:
    """A worksheet as it was read: its lines, header first, and how to write it again."""

    path: Path
    platform: Platform
    columns: Worksheet
    rows: list[list[str]]
    encoding: str
    delimiter: str
    line_end: str

    def column(self, name: str) -> int | None:
        """Where the column stands, None where there is none."""
        header = [cell.strip() for cell in self.rows[0]]
        return header.index(name) if name and name in header else None

    def cell(self, row: Sequence[str], name: str) -> str:
        """What the line has in the column, without spaces; empty where it has none."""
        at = self.column(name)
        return row[at].strip() if at is not None and at < len(row) else ""

    def written(self) -> bytes:
        """The table as a file like the one that was read."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator=self.line_end)
        writer.writerows(self.rows)
        return text.getvalue().encode(self.encoding)


def _read(path: Path) -> _Table:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path}: the worksheet cannot be read: {error.strerror}") from None
    encoding = "utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "utf-8"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise CourseError(f"{path}: not UTF-8; fill in the file as it was downloaded") from None
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    header = [cell.strip() for cell in rows[0]] if rows else []
    for platform in PLATFORMS:
        columns = platform.worksheet
        if columns and columns.number in header and columns.name in header:
            line_end = "\r\n" if first.endswith("\r") else "\n"
            return _Table(path, platform, columns, rows, encoding, delimiter, line_end)
    raise CourseError(
        f"{path}: neither Moodle's grading worksheet nor Canvas's gradebook, in English; its columns are: "
        f"{', '.join(header) or 'none'}"
    )


@dataclass(frozen=True)
class _Filler:
    """Writes points into a table. `numbers` are the platform's, of this assignment's download, with whose they are."""

    table: _Table
    grades: Grades
    assignment: str
    numbers: dict[str, str]
    assignment_id: str | None

    def fill(self) -> list[str]:
        """Write the points of everybody who has some; notes on lines and students that do not fit."""
        at = self._grade_column()
        self._check_maximum(at)
        comma = self._has_comma(at)
        notes: list[str] = []
        lines: dict[str, int] = {}
        for number, row in self._lines():
            found = self._whose(row)
            if len(found) != 1:
                why = "fits " + " and ".join(s.id for s in found) if found else "nobody in the gradebook"
                notes.append(f"line {number}, {self._name(row)}: {why}")
                continue
            [student] = found
            if student.id in lines:
                raise CourseError(
                    f"{self.table.path}: lines {lines[student.id]} and {number} are both {student.id}'s"
                )
            lines[student.id] = number
            notes += self._fill_line(row, number, at, student, comma=comma)
        for student in self.grades.students:
            if student.id not in lines and self.grades.of(student, self.assignment).score is not None:
                notes.append(f"{student.id}: has points, but no line here")
        return notes

    def _fill_line(self, row: list[str], number: int, at: int, student: Student, *, comma: bool) -> list[str]:
        work = self.grades.of(student, self.assignment)
        columns = self.table.columns
        if work.score is None:
            return []
        locked, no = columns.locked
        if locked and self.table.cell(row, locked) == no:
            return [
                f"line {number}, {student.id}: {self.table.platform.title} does not let this grade be changed"
            ]
        row += [""] * (len(self.table.rows[0]) - len(row))
        text = text_of_cell(work.score)
        row[at] = text.replace(".", ",") if comma else text
        feedback = self.table.column(columns.feedback)
        if feedback is not None and (remarks := work.remarks()):
            # Moodle takes it as HTML.
            row[feedback] = text_of_cell(html.escape(remarks, quote=False).replace("\n", "<br>"))
        return []

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        """The lines of students, with their numbers in the table."""
        for number, row in enumerate(self.table.rows[1:], start=2):
            name = self._name(row)
            if self.table.cell(row, self.table.columns.number) and name not in ("Student, Test", POSSIBLE):
                yield number, row

    def _name(self, row: Sequence[str]) -> str:
        return self.table.cell(row, self.table.columns.name)

    def _grade_column(self) -> int:
        columns, header = self.table.columns, [cell.strip() for cell in self.table.rows[0]]
        if columns.grade:
            found = [self.table.column(columns.grade)]
        else:
            wanted = re.escape(self.assignment_id) if self.assignment_id else r"\d+"
            name = ".*" if self.assignment_id else re.escape(self.assignment)
            pattern = re.compile(rf"{name} \({wanted}\)", re.DOTALL)
            found = [n for n, cell in enumerate(header) if pattern.fullmatch(cell)]
        if len(found) != 1 or found[0] is None:
            named = f"number {self.assignment_id}" if self.assignment_id else f"`{self.assignment} (NUMBER)`"
            raise CourseError(
                f"{self.table.path}: {len(found) if found != [None] else 'no'} columns for {columns.grade or named}; "
                f"there are: {', '.join(header)}; --assignment-id says which one is meant"
            )
        return found[0]

    def _maxima(self, at: int) -> list[str]:
        """What the table calls the most points: of each line, or in the line for it."""
        if self.table.columns.maximum:
            return [self.table.cell(row, self.table.columns.maximum) for _, row in self._lines()]
        possible = [row for row in self.table.rows[1:] if self._name(row) == POSSIBLE]
        return [row[at].strip() for row in possible if at < len(row)]

    def _check_maximum(self, at: int) -> None:
        maximum = self.grades.assignments[self.assignment]
        for text in self._maxima(at):
            if NUMBER.fullmatch(text) and abs(float(text.replace(",", ".")) - maximum) > 0.005:
                title = self.table.platform.title
                raise CourseError(
                    f"{self.assignment} gives {points(maximum)} points, but {text} in {title}; set its maximum there "
                    f"to {points(maximum)} and download the worksheet again"
                )

    def _has_comma(self, at: int) -> bool:
        """Whether the table writes decimals with a comma; where it has none, a semicolon between cells says so."""
        texts = [*self._maxima(at), *(row[at].strip() for _, row in self._lines() if at < len(row))]
        decimals = [text for text in texts if NUMBER.fullmatch(text) and not text.isdecimal()]
        return "," in decimals[0] if decimals else self.table.delimiter == ";"

    def _whose(self, row: Sequence[str]) -> list[Student]:
        """The students whose line it may be, by the first that tells: the platform's number, email, id, name."""
        columns = self.table.columns
        number = re.sub(r"\D+", "", self.table.cell(row, columns.number))
        email = self.table.cell(row, columns.email).casefold()
        ids = {self.table.cell(row, name).casefold() for name in columns.ids} - {""}
        name = _words(self._name(row))
        ways = (
            lambda s: self.numbers.get(number) == s.id,
            lambda s: not columns.of_assignment and bool(number) and s.platform_id == number,
            lambda s: bool(email) and s.email.casefold() == email,
            lambda s: s.id.casefold() in ids,
            lambda s: bool(name) and _words(f"{s.first_name} {s.last_name}") == name,
        )
        for fits in ways:
            if found := [student for student in self.grades.students if fits(student)]:
                return found
        return []


def _words(name: str) -> list[str]:
    """The words of a name in the order of the alphabet: `Lovelace, Ada` is `Ada Lovelace`."""
    return sorted(re.findall(r"[^\W_]+", name.casefold()))
