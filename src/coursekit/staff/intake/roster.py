"""The roster: the students, and everything by which an entry can name one of them."""

import difflib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from coursekit.notebooks import CourseError
from coursekit.staff.intake.refusals import Refusal, printable
from coursekit.staff.intake.tables import Person, read_people
from coursekit.staff.intake.times import in_utc
from coursekit.staff.lms.platform import Reading

ID = re.compile(r"[A-Za-z0-9_@-][A-Za-z0-9_.@-]{0,127}")


@dataclass(frozen=True)
class Student:
    """A line of the roster. `extension` is added to the due date, or is the student's own due date."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    platform_id: str = ""
    extension: timedelta | datetime | None = None
    handed_in: datetime | None = None
    line: int = 0

    def due(self, due: datetime) -> datetime:
        """The student's own due date, where everybody's is `due`."""
        if isinstance(self.extension, timedelta):
            return due + self.extension
        return self.extension or due

    def described(self) -> str:
        """By what the roster knows the student."""
        name = " ".join(filter(None, (self.first_name, self.last_name)))
        facts = [name, self.email, self.platform_id and f"platform_id {self.platform_id}"]
        known = ", ".join(printable(fact) for fact in facts if fact)
        return f"{self.id} ({known or 'no name'}; roster, line {self.line})"

    def __str__(self) -> str:
        return f"{self.id} (roster, line {self.line})"


def read_roster(path: Path, *, timezone: str = "UTC") -> list[Student]:
    """The students in a table with a header, separated by commas, semicolons or tabs; `tables` says which are read.

    `id` is the name of the student's folder; more columns than COLUMNS are ignored. `platform_id` is the number in
    Moodle's or Canvas's names. `extension` is `48h`, `2d`, or a date with or without a time; a date alone lasts until
    its end. `handed_in` overrules every other time of handing in. Raises CourseError with file and line.
    """
    students: list[Student] = []
    people = read_people(path)
    for person in people:
        try:
            students.append(_read_student(person, ZoneInfo(timezone)))
        except ValueError as error:
            raise CourseError(f"{path}, line {person.line}: {error}") from None
    if not students:
        raise CourseError(f"{path}: no student; expected a header with a column `id`, then a line for each")
    _check_unique(path, students, people[0].id_heading)
    return students


def _read_student(person: Person, zone: tzinfo) -> Student:
    values = person.values
    if not values["id"]:
        raise ValueError(
            f"no id: the column `{person.id_heading}` is empty, expected each student's id there"
        )
    if not ID.fullmatch(values["id"]):
        raise ValueError(
            f"{values['id']!r} cannot be a student's id (column `{person.id_heading}`); expected letters, digits, "
            "- _ . @ and no dot in front"
        )
    # Moodle's grading worksheet writes "Participant 1234567".
    number = re.fullmatch(r"(?:.*\D)?(\d+)|", values["platform_id"])
    if not number:
        raise ValueError(f"platform_id {values['platform_id']!r}: expected a number")
    extension: timedelta | datetime | None
    if match := re.fullmatch(r"(\d{1,5}(?:\.\d+)?)\s*([hd])", values["extension"]):
        extension = timedelta(**{"hours" if match[2] == "h" else "days": float(match[1])})
    else:
        expected = "48h, 2d, 2026-02-01 or 2026-02-01T18:00"
        extension = _read_time("extension", values["extension"], zone, expected)
    return Student(
        **{name: values[name] for name in ("id", "first_name", "last_name", "email")},
        platform_id=number[1] or "",
        extension=extension,
        handed_in=_read_time("handed_in", values["handed_in"], zone, "2026-02-01T18:00"),
        line=person.line,
    )


def _read_time(column: str, text: str, zone: tzinfo, expected: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if len(text) == len("2026-02-01"):
            moment = datetime.combine(moment, time(23, 59, 59))
        return in_utc(moment, zone)
    except (ValueError, OverflowError):
        raise ValueError(f"{column} {text!r}: expected {expected}") from None


def _check_unique(path: Path, students: Sequence[Student], id_heading: str) -> None:
    """Lines may share a name, which then tells nobody, but nothing that is there to tell students apart."""
    named = {"id": "id" if id_heading.lower() == "id" else f"id (column `{id_heading}`)"}
    for column in ("id", "platform_id", "email"):
        seen: dict[str, Student] = {}
        for student in students:
            value = getattr(student, column)
            first = seen.setdefault(value.casefold(), student)
            if value and first is not student:
                also, label = getattr(first, column), named.get(column, column)
                raise CourseError(
                    f"{path}, line {student.line}: {label} {value!r} is already in line {first.line}"
                    + ("" if also == value else f", as {also!r}")
                )


class Roster:
    """The students by everything by which an entry can name them."""

    def __init__(self, students: Sequence[Student]) -> None:
        self.students = tuple(students)
        self.numbers = {student.platform_id: student for student in students if student.platform_id}
        self.ids = {student.id: [student] for student in students}
        self.emails = {student.email.casefold(): [student] for student in students if student.email}
        self.names: dict[str, list[Student]] = {}
        for student in students:
            orders = (student.first_name, student.last_name), (student.last_name, student.first_name)
            for spelling in {form for order in orders for form in _spellings(" ".join(order))}:
                self.names.setdefault(spelling, []).append(student)

    def fitting(self, reading: Reading) -> list[Student]:
        """Who fits by number, else by id, else by email, else by name. Raises Refusal for a contradiction."""
        named = self._named(reading.student)
        numbered = self.numbers.get(reading.number)
        if numbered and named and numbered not in named:
            raise Refusal(f"by its number of {numbered}, by its name of {named[0]}")
        if numbered:
            return [numbered]
        for student in named:
            if reading.number and student.platform_id:
                raise Refusal(f"by its name of {student}, whose platform_id is {student.platform_id}")
        return named

    def nearest(self, reading: Reading) -> str:
        """The student whose id, email or name is most like that of the reading, in words; empty where none is."""
        by_text = {
            folded(text): student
            for student in reversed(self.students)
            for text in (
                student.id,
                student.email,
                f"{student.first_name} {student.last_name}",
                f"{student.last_name}{student.first_name}",
            )
            if text.strip()
        }
        close = difflib.get_close_matches(folded(reading.student), by_text, 1)
        return by_text[close[0]].described() if close else ""

    def _named(self, name: str) -> list[Student]:
        if found := self.ids.get(name) or self.emails.get(name.casefold()):
            return found
        by_name = {student.id: student for form in _spellings(name) for student in self.names.get(form, [])}
        return list(by_name.values())


def _spellings(name: str) -> set[str]:
    """A name without case, accents and spaces, with its words as they stand and in the order of the alphabet."""
    words = re.findall(r"[^\W_]+", folded(name))
    return {"".join(words), "".join(sorted(words))} - {""}


def folded(text: str) -> str:
    """The text without case and accents."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))
