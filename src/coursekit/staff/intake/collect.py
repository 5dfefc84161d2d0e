"""Take in what students handed in: a learning platform's bulk download, or an exchange folder.

A source is a folder, or a zip or tar archive (also packed with gzip, bzip2 or xz), in which every student has an
entry of one of these shapes. Folders around all of them are looked through.

| from | looks like |
| --- | --- |
| Moodle, a folder each | `Ada Lovelace_1234567_assignsubmission_file_/x.ipynb`, newer ones without the last `_` |
| Moodle, flat | `Ada Lovelace_1234567_assignsubmission_file_x.ipynb` |
| Canvas | `lovelaceada_12345_67890_x.ipynb`; `_LATE` after the name; `x-1.ipynb` for a second try |
| nbgrader's exchange (inbound) | `ada+ps1+2026-01-30 20:30:10.000000 UTC+random/x.ipynb` |
| nbgrader's own layout | `ada/ps1/x.ipynb` or `ada/x.ipynb` |

Where a student handed in an archive instead of the notebooks, it is opened as well; one inside it is kept as the
file that it is. What operating systems and Jupyter leave behind (`__MACOSX`, checkpoints) is left out.

Nothing in a source is trusted, neither names nor sizes nor types: members are read one by one and counted while
they are read. A refused file is named with the reason, and everything else is taken. A submission is put
together in a hidden folder beside its place and appears there in one step.

When a submission was handed in: what the roster says (`handed_in`), else the time in the name of an exchange
folder, else the `timestamp.txt` of nbgrader's layout `ada/ps1/`, else the latest time that the source gives to
one of its files. Canvas and newer Moodles give them the time of the download. Canvas's names tell who is late;
for the others the result says when all times lie suspiciously close together.

nbgrader knows one due date for everybody. So an extension shows as an earlier time in `timestamp.txt`: what
nbgrader then counts as late is what is late for this student. The real time stands beside it, in RECORD.
"""

import bz2
import contextlib
import csv
import difflib
import errno
import fnmatch
import gzip
import hashlib
import io
import json
import lzma
import os
import re
import shutil
import stat
import struct
import tarfile
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from coursekit.notebooks import CourseError
from coursekit.staff.course import RESULT, SHOWN, Course, find_course
from coursekit.staff.execute import aligned

# Only beside a submission with an extension: when it was handed in, and by how much `timestamp.txt` is earlier.
RECORD = ".handed-in.json"
TIMESTAMP = "timestamp.txt"
# A student's own file of this name could forge when it was handed in, or what it was graded.
RESERVED = (TIMESTAMP, RECORD, RESULT, SHOWN)
COLUMNS = ("id", "first_name", "last_name", "email", "platform_id", "extension", "handed_in")

_BLOCK = 1 << 20
_LONGEST_NAME, _LONGEST_PATH, _DEEPEST = 255, 1000, 20
_MOST_INNER_ARCHIVES = 10
# Up to here it does not matter how well something was packed.
_SMALL = 10_000_000
_ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_LITTER = ("__MACOSX", ".DS_Store", "._*", "Thumbs.db", "desktop.ini")
_LITTER += (".ipynb_checkpoints", "__pycache__", "*.pyc")

_ID = re.compile(r"[A-Za-z0-9_@-][A-Za-z0-9_.@-]{0,127}")
_MOODLE = re.compile(r"(?P<name>[^_]+)_(?P<number>\d+)_assignsubmission_[a-z]+(?:_(?P<file>.*))?", re.DOTALL)
# The user's number, then the attachment's, which typed texts and links do not have. Looked for at every place:
# the names around them, which students choose, may hold such numbers, too.
_CANVAS = re.compile(r"(?=_(?P<number>\d+)_(?:(?P<file>(?:text|link)\.html)$|\d+_(?P<named>.+)))", re.DOTALL)
_EXCHANGE = re.compile(r"(?P<name>.+?)\+(?P<assignment>[^+]+)\+(?P<time>[^+]+)(?:\+[^+]*)?", re.DOTALL)
_NOTEBOOK = re.compile(r"(?P<stem>.+)\.ipynb(?:\.txt|\.json)?", re.IGNORECASE | re.DOTALL)
# What browsers, Jupyter, platforms and operating systems append to a name that they have seen before.
_COPY = re.compile(r"-?(?:\(\d{1,3}\)|-\d{1,3}|copy(?:-?\d{1,3})?)$")


@dataclass(frozen=True)
class Limits:
    """What is still taken. Bytes count after unpacking; `ratio` is unpacked to packed.

    A submission has `submission_bytes` in all, refused files included; `members` and `total_bytes` are for the
    whole source.
    """

    file_bytes: int = 100_000_000
    submission_bytes: int = 100_000_000
    submission_files: int = 5_000
    total_bytes: int = 50_000_000_000
    members: int = 200_000
    ratio: int = 200


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

    def due(self, due: datetime | None) -> datetime | None:
        """The student's own due date, where everybody's is `due`."""
        if due is None or self.extension is None:
            return due
        return due + self.extension if isinstance(self.extension, timedelta) else self.extension

    def __str__(self) -> str:
        return f"{self.id} (roster, line {self.line})"


@dataclass(frozen=True)
class Refused:
    """Something in the source that was not taken, and why; `student` when it is known whose it is."""

    where: str
    reason: str
    student: str = ""

    def __str__(self) -> str:
        return f"{self.student}: {self.where}: {self.reason}".removeprefix(": ")


@dataclass(frozen=True)
class Submission:
    """What became of a student's submission. Times are UTC; lateness counts from the student's own due date.

    Outcomes: new, replaced (an older one), kept (the one that was there), unchanged (same content as there).
    """

    student: str
    outcome: str
    handed_in: datetime | None
    seconds_late: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Collected:
    """What `collect` did. `unmatched`: entries of no student; `missing`: students without a submission."""

    assignment: str
    due: datetime | None
    submissions: tuple[Submission, ...]
    refused: tuple[Refused, ...]
    unmatched: tuple[Refused, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...]

    def table(self) -> str:
        """A row for each submission, then a line for everything that a person should look at."""
        due = f"due {_utc(self.due)}" if self.due else "no due date"
        lines = [f"{self.assignment}, {due}: {len(self.submissions)} submissions"]
        if self.submissions:
            rows = [["student", "handed in", "late by", "submission"]]
            for each in self.submissions:
                late = str(timedelta(seconds=round(each.seconds_late))) if each.seconds_late else ""
                rows.append([each.student, _utc(each.handed_in), late, each.outcome])
            lines.append(aligned(rows))
        of_students = (f"{each.student}: {note}" for each in self.submissions for note in each.notes)
        for title, found in (
            ("Notes:", [*self.notes, *of_students]),
            ("Refused:", self.refused),
            ("Of no student:", self.unmatched),
            ("Without a submission:", [", ".join(self.missing)] if self.missing else []),
        ):
            lines += [title, *(f"  {each}" for each in found)] if found else []
        return "\n".join(lines)


def _utc(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "unknown"


class _Refusal(Exception):
    """One file, archive, entry or submission is not taken; the message says why."""


@dataclass(frozen=True)
class _File:
    """A regular file in a source: what to call it, where it lies, when it was written, its packed size."""

    shown: str
    parts: tuple[str, ...]
    modified: datetime | None
    packed: int
    open: Callable[[], BinaryIO]


@dataclass(frozen=True)
class _Reading:
    """One way to read an entry's name: whose it is, what the file is called, whether the platform says late."""

    name: str
    number: str = ""
    file: str = ""
    late: bool | None = None


@dataclass(frozen=True)
class _Entry:
    """What somebody handed in: files, each with its place in the submission, and the time if it is given."""

    shape: str
    name: str
    readings: tuple[_Reading, ...]
    files: tuple[tuple[tuple[str, ...], _File], ...]
    handed_in: datetime | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Task:
    """What is the same for all submissions of a run; `refused` grows."""

    course: Course
    assignment: str
    base: Path
    expected: tuple[str, ...]
    foreign: frozenset[str]
    due: datetime | None
    zone: tzinfo
    meter: "_Meter"
    refused: list[Refused]

    def folder(self, student: str) -> Path:
        return self.course.folder("submitted", student, self.assignment)


def collect(
    root: Path,
    source: Path,
    *,
    roster: Path,
    assignment: str,
    due: datetime | None = None,
    timezone: str | None = None,
    limits: Limits | None = None,
) -> Collected:
    """Put the submissions of `assignment` in `source` where nbgrader looks for them; add students to the gradebook.

    `due` is by default the gradebook's, and is stored there if it has none. `timezone` is for times that name
    none: a `due`, the roster's, and those in zip archives (default: nbgrader's `Exchange.timezone`, else UTC).
    `limits` default to nbgrader's `CourseDirectory.max_file_size` and `max_dir_size`. Raises CourseError for a
    roster, source, date or assignment that cannot be used, before anything is written, and for a full disk.
    """
    course = find_course(root)
    expected = _expected(course, assignment)
    zone = _zone(course, timezone)
    students = read_roster(roster, timezone=str(zone))
    sizes = course.directory
    limits = limits or Limits(
        file_bytes=sizes.max_file_size * 1000, submission_bytes=sizes.max_dir_size * 1000
    )
    base = _base(course)
    with course.lock("collect"), contextlib.ExitStack() as opened:
        files, refused = _list_source(source, _Access(base, zone, limits, opened))
        matched, unmatched, notes = _matched(files, _Roster(students), course, assignment)
        due = _update_gradebook(course, assignment, students, _aware(due, zone), notes)
        foreign = _foreign(course, assignment, expected)
        task = _Task(course, assignment, base, expected, foreign, due, zone, _Meter(limits), refused)
        taken = []
        for student in students:
            try:
                _mend(task.folder(student.id))
                if student.id in matched:
                    taken += _take(task, student, matched[student.id])
            except _Refusal as refusal:
                refused.append(Refused(str(task.folder(student.id)), str(refusal), student.id))
            except OSError as error:
                path = error.filename or task.folder(student.id)
                raise CourseError(f"{student.id}: {path}: {error.strerror or error}") from error
    notes += _suspicions(taken, matched)
    missing = [student.id for student in students if not task.folder(student.id).is_dir()]
    return Collected(
        assignment=assignment,
        due=due,
        submissions=tuple(taken),
        refused=tuple(refused),
        unmatched=tuple(unmatched),
        missing=tuple(missing),
        notes=tuple(notes),
    )


# The course: what it expects, and when.


def _expected(course: Course, assignment: str) -> tuple[str, ...]:
    if not re.fullmatch(r"[^/\\+\x00-\x1f]+", assignment) or assignment.startswith("."):
        raise CourseError(f"{assignment!r} cannot be the name of an assignment")
    folders = [course.folder(step, ".", assignment) for step in ("source", "release")]
    for folder in folders:
        if names := sorted(path.name for path in folder.glob("[!.]*.ipynb")):
            return tuple(names)
    raise CourseError(f"no assignment {assignment!r}: no notebook in {folders[0]} or {folders[1]}")


def _foreign(course: Course, assignment: str, expected: Sequence[str]) -> frozenset[str]:
    """The names of the notebooks of the course's other assignments."""
    mine = course.folder("source", ".", assignment)
    found = {path.name for path in mine.parent.glob("*/*.ipynb") if path.parent != mine}
    return frozenset(found - set(expected))


def _base(course: Course) -> Path:
    """The folder in which all submissions lie."""
    parts = course.folder("submitted", "*", "*").parts
    return Path(*parts[: parts.index("*")]) if "*" in parts else course.root


def _zone(course: Course, name: str | None) -> ZoneInfo:
    name = name or course.config.get("Exchange", {}).get("timezone") or "UTC"
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise CourseError(f"{name!r}: no such time zone; expected a name such as Europe/Vienna") from None


def _update_gradebook(
    course: Course, assignment: str, students: Sequence[Student], given: datetime | None, notes: list[str]
) -> datetime | None:
    """Add the students, or what the roster knows better about them, and the due date given; returns the due date."""
    from nbgrader.api import MissingEntry

    with course.gradebook() as gradebook:
        try:
            stored = gradebook.find_assignment(assignment).duedate
        except MissingEntry:
            stored = None
        due = given or (stored and stored.replace(tzinfo=UTC))
        if stored and due != stored.replace(tzinfo=UTC):
            raise CourseError(
                f"{assignment} is due {_utc(due)} as given, but {_utc(stored)} in the gradebook, from which "
                f"nbgrader counts; change it there (`nbgrader db assignment add {assignment} --duedate=...`)"
            )
        for student in students:
            if due and student.due(due) < due:
                raise CourseError(f"{student}: the extension ends before the due date, {_utc(due)}")
        if due and not stored:
            gradebook.update_or_create_assignment(assignment, duedate=due.replace(tzinfo=None))
            notes.append(f"the gradebook had no due date for {assignment}; now it is {_utc(due)}")
        known = {each.id: each for each in gradebook.students}
        for student in students:
            facts = {name: getattr(student, name) for name in ("first_name", "last_name", "email")}
            facts["lms_user_id"] = student.platform_id
            facts = {name: value for name, value in facts.items() if value}
            if student.id not in known or any(getattr(known[student.id], n) != v for n, v in facts.items()):
                gradebook.update_or_create_student(student.id, **facts)
    if not due and any(student.extension for student in students):
        notes.append("without a due date nobody is late, and extensions mean nothing")
    return due


def _aware(moment: datetime | None, zone: tzinfo) -> datetime | None:
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


# The roster.


def read_roster(path: Path, *, timezone: str = "UTC") -> list[Student]:
    """The students in a CSV file with a header, separated by commas, semicolons or tabs.

    Columns: `id` (the name of the student's folder), and what there is of the other COLUMNS; more are ignored.
    `platform_id` is the number in Moodle's or Canvas's names. `extension` is `48h`, `2d`, or a date with or
    without a time; a date alone lasts until its end. `handed_in` overrules every other time of handing in.
    Raises CourseError with file and line.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise CourseError(f"{path}: the roster cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise CourseError(f"{path}, line {line}: not UTF-8; save the roster as CSV in UTF-8") from None
    header = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count), strict=True)
    columns: list[str] = []
    students: list[Student] = []
    line = 1
    try:
        for row in rows:
            row = [value.strip() for value in row]
            if not columns:
                columns = _columns(row)
            elif any(row):
                students.append(_student(row, columns, line, ZoneInfo(timezone)))
            line = rows.line_num + 1
    except (csv.Error, ValueError) as error:
        raise CourseError(f"{path}, line {line}: {error}") from None
    if not students:
        raise CourseError(f"{path}: no student; expected a header with a column `id`, then a line for each")
    _check_unique(path, students)
    return students


def _columns(row: list[str]) -> list[str]:
    columns = [re.sub(r"[\s-]+", "_", name.lower()) for name in row]
    if "id" not in columns:
        raise ValueError(f"no column `id` in the header: {', '.join(row)}")
    for name in COLUMNS:
        if columns.count(name) > 1:
            raise ValueError(f"the column `{name}` is there twice")
        # Other columns are ignored, but nobody's extension should be lost by a slip.
        if name not in columns and (slips := difflib.get_close_matches(name, columns, 1, 0.85)):
            raise ValueError(f"the column `{slips[0]}` is not known; did you mean `{name}`?")
    return columns


def _student(row: list[str], columns: list[str], line: int, zone: tzinfo) -> Student:
    if len(row) != len(columns):
        raise ValueError(f"{len(row)} values, expected {len(columns)} as in the header")
    values = dict.fromkeys(COLUMNS, "") | dict(zip(columns, row, strict=True))
    if not _ID.fullmatch(values["id"]):
        raise ValueError(
            f"{values['id']!r} cannot be a student's id; expected letters, digits, - _ . @ and no dot in front"
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
        extension = _moment("extension", values["extension"], zone, expected)
    return Student(
        **{name: values[name] for name in ("id", "first_name", "last_name", "email")},
        platform_id=number[1] or "",
        extension=extension,
        handed_in=_moment("handed_in", values["handed_in"], zone, "2026-02-01T18:00"),
        line=line,
    )


def _moment(column: str, text: str, zone: tzinfo, expected: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if len(text) == len("2026-02-01"):
            moment = datetime.combine(moment, time(23, 59, 59))
        return _aware(moment, zone)
    except (ValueError, OverflowError):
        raise ValueError(f"{column} {text!r}: expected {expected}") from None


def _check_unique(path: Path, students: Sequence[Student]) -> None:
    """Lines may share a name, which then tells nobody, but nothing that is there to tell students apart."""
    for column in ("id", "platform_id", "email"):
        seen: dict[str, Student] = {}
        for student in students:
            value = getattr(student, column)
            first = seen.setdefault(value.casefold(), student)
            if value and first is not student:
                also = getattr(first, column)
                raise CourseError(
                    f"{path}, line {student.line}: {column} {value!r} is already in line {first.line}"
                    + ("" if also == value else f", as {also!r}")
                )


class _Roster:
    """The students by everything by which an entry can name them."""

    def __init__(self, students: Sequence[Student]) -> None:
        self.numbers = {student.platform_id: student for student in students if student.platform_id}
        self.ids = {student.id: [student] for student in students}
        self.emails = {student.email.casefold(): [student] for student in students if student.email}
        self.names: dict[str, list[Student]] = {}
        for student in students:
            orders = (student.first_name, student.last_name), (student.last_name, student.first_name)
            for spelling in {form for order in orders for form in _spellings(" ".join(order))}:
                self.names.setdefault(spelling, []).append(student)

    def fitting(self, reading: _Reading) -> list[Student]:
        """Who fits by number, else by id, else by email, else by name. Raises _Refusal for a contradiction."""
        by_name = {
            student.id: student for form in _spellings(reading.name) for student in self.names.get(form, [])
        }
        named = (
            self.ids.get(reading.name) or self.emails.get(reading.name.casefold()) or list(by_name.values())
        )
        numbered = self.numbers.get(reading.number)
        if numbered and named and numbered not in named:
            raise _Refusal(f"by its number of {numbered}, by its name of {named[0]}")
        if numbered:
            return [numbered]
        for student in named:
            if reading.number and student.platform_id:
                raise _Refusal(f"by its name of {student}, whose platform_id is {student.platform_id}")
        return named


def _spellings(name: str) -> set[str]:
    """A name without case, accents and spaces, with its words as they stand and in the order of the alphabet."""
    words = re.findall(r"[^\W_]+", _folded(name))
    return {"".join(words), "".join(sorted(words))} - {""}


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


# Whose an entry is.


def _matched(
    files: list[_File], roster: _Roster, course: Course, assignment: str
) -> tuple[dict[str, _Entry], list[Refused], list[str]]:
    """One entry for each student, by id; what is of no student; what there is to say about the source."""
    entries, unmatched = _entries(_without_wrapping(files, roster))
    entries, notes = _of_assignment(entries, course, assignment, unmatched)
    found: dict[str, list[_Entry]] = {}
    for entry in entries:
        try:
            student, entry = _whose(entry, roster)
            found.setdefault(student.id, []).append(entry)
        except _Refusal as refusal:
            unmatched.append(Refused(_shown(entry.name), str(refusal)))
    matched = {}
    for student, theirs in found.items():
        try:
            matched[student] = _merged(theirs)
        except _Refusal as refusal:
            unmatched += [Refused(_shown(entry.name), str(refusal), student) for entry in theirs]
    return matched, unmatched, notes


def _without_wrapping(files: list[_File], roster: _Roster) -> list[_File]:
    """The files without folders around everything, such as `inbound/`."""
    while len({file.parts[0] for file in files}) == 1 and all(len(file.parts) > 1 for file in files):
        top = files[0].parts[0]
        if _MOODLE.fullmatch(top) or _EXCHANGE.fullmatch(top) or roster.fitting(_Reading(top)):
            break
        files = [replace(file, parts=file.parts[1:]) for file in files]
    return files


def _entries(files: Iterable[_File]) -> tuple[list[_Entry], list[Refused]]:
    """The files by entry, as their names tell, and those whose names tell nothing."""
    found: dict[tuple[str, str], list[tuple[tuple[str, ...], _File]]] = {}
    ways: dict[tuple[str, str], tuple[_Reading, ...]] = {}
    nobodys = []
    for file in files:
        top, *inside = file.parts
        if match := _MOODLE.fullmatch(top):
            key = "moodle", f"{match['name']}_{match['number']}"
            readings = (_Reading(match["name"], match["number"]),)
            inside = [match["file"], *inside] if match["file"] else inside
        elif not inside and (readings := _canvas_readings(top)):
            # Each file by itself: only the roster can tell which belong together.
            key, inside = ("canvas", top), [top]
        elif match := _EXCHANGE.fullmatch(top):
            key, readings = ("exchange", top), (_Reading(match["name"]),)
        else:
            key, readings = ("folder", top), (_Reading(top),)
        if inside:
            found.setdefault(key, []).append((tuple(inside), file))
            ways[key] = readings
        else:
            nobodys.append(Refused(file.shown, "a file that names no student, where a folder is expected"))
    return [_Entry(*key, ways[key], tuple(theirs)) for key, theirs in found.items()], nobodys


def _canvas_readings(top: str) -> tuple[_Reading, ...]:
    readings = []
    for match in _CANVAS.finditer(top):
        name = top[: match.start()]
        file = match["file"] or match["named"]
        readings.append(
            _Reading(name.removesuffix("_LATE"), match["number"], file, late=name.endswith("_LATE"))
        )
    return tuple(readings)


def _of_assignment(
    entries: list[_Entry], course: Course, assignment: str, unmatched: list[Refused]
) -> tuple[list[_Entry], list[str]]:
    """The entries of this assignment, with the times that nbgrader gave them; `unmatched` grows."""
    kept, others = [], 0
    # Among folders `ada/`, a student could make `ada/ps1/timestamp.txt` alone.
    folders = [entry for entry in entries if entry.shape == "folder"]
    nbgraders = all(len(place) > 1 for entry in folders for place, _ in entry.files)
    for entry in entries:
        if entry.shape == "exchange":
            match = _EXCHANGE.fullmatch(entry.name)
            if match["assignment"] != assignment:
                others += 1
                continue
            try:
                moment = _nbgrader_time(match["time"])
            except ValueError:
                unmatched.append(Refused(_shown(entry.name), f"{match['time']!r} is not a time"))
                continue
            files = tuple((place, file) for place, file in entry.files if place != (TIMESTAMP,))
            kept.append(replace(entry, files=files, handed_in=moment))
        elif entry.shape == "folder":
            tops = {place[0] for place, _ in entry.files if len(place) > 1}
            foreign = {top for top in tops - {assignment} if course.folder("source", ".", top).is_dir()}
            others += len(foreign)
            kept += _of_folder(entry, assignment, foreign, nbgraders=nbgraders)
        else:
            kept.append(entry)
    return kept, [f"{others} entries of other assignments were left out"] if others else []


def _of_folder(entry: _Entry, assignment: str, foreign: set[str], *, nbgraders: bool) -> list[_Entry]:
    """What of a student's folder belongs to the assignment; nothing where it is all of other assignments."""
    files = [(place, file) for place, file in entry.files if place[0] not in foreign or len(place) == 1]
    loose = any(len(place) == 1 and _NOTEBOOK.fullmatch(place[0]) for place, _ in files)
    inside = [(place[1:], file) for place, file in files if place[0] == assignment and len(place) > 1]
    if loose or not inside:
        return [replace(entry, files=tuple(files))] if files else []
    notes = []
    if len(inside) < len(files):
        notes.append(f"{len(files) - len(inside)} files outside of its folder {assignment}/ were left out")
    moment = None
    for place, file in inside if nbgraders else []:
        if place == (TIMESTAMP,):
            try:
                moment = _nbgrader_time(b"".join(_blocks(file))[:200].decode())
            except (ValueError, _Refusal) as error:
                notes.append(f"{file.shown} is not a time ({_reason(error)})")
    if nbgraders:
        inside = [(place, file) for place, file in inside if place != (TIMESTAMP,)]
    return [replace(entry, files=tuple(inside), handed_in=moment, notes=tuple(notes))]


def _nbgrader_time(text: str) -> datetime:
    """Raises ValueError for a text that nbgrader would not read as a time."""
    from nbgrader.utils import parse_utc

    try:
        return parse_utc(text.strip()).replace(tzinfo=UTC)
    except (OverflowError, TypeError, AttributeError) as error:
        raise ValueError(str(error)) from None


def _whose(entry: _Entry, roster: _Roster) -> tuple[Student, _Entry]:
    """The one student who fits, and the entry as its name then reads. Raises _Refusal for none and several."""
    fitting = {
        student.id: (student, reading) for reading in entry.readings for student in roster.fitting(reading)
    }
    if not fitting:
        raise _Refusal("fits nobody in the roster")
    if len(fitting) > 1:
        names = " and ".join(str(student) for student, _ in fitting.values())
        raise _Refusal(f"fits {names}; a platform_id in the roster would tell")
    [(student, reading)] = fitting.values()
    files = tuple(((reading.file,) if reading.file else place, file) for place, file in entry.files)
    return student, replace(entry, readings=(reading,), files=files)


def _merged(entries: list[_Entry]) -> _Entry:
    """The one submission in all entries of a student; of the exchange's the newest."""
    shapes = {entry.shape for entry in entries}
    if len(entries) == 1:
        return entries[0]
    if shapes == {"exchange"}:
        newest = max(entries, key=lambda entry: entry.handed_in)
        if [entry.handed_in for entry in entries].count(newest.handed_in) == 1:
            return replace(newest, notes=(f"{len(entries) - 1} older in the exchange, left out",))
    if shapes == {"canvas"} and len({entry.readings[0].number for entry in entries}) == 1:
        late = any(entry.readings[0].late for entry in entries)
        readings = (replace(entries[0].readings[0], late=late),)
        return replace(entries[0], readings=readings, files=sum((entry.files for entry in entries), ()))
    raise _Refusal(f"one of {len(entries)} entries for this student, none of which was taken")


# One submission.


def _take(task: _Task, student: Student, entry: _Entry) -> list[Submission]:
    """Put the entry in the student's place. Empty when nothing of it could be taken and nothing was there."""
    target = task.folder(student.id)
    _check_place(target)
    notes = list(entry.notes)
    due = student.due(task.due)
    extension = due - task.due if due else timedelta()
    moment = _handed_in(student, entry, due, notes)
    incoming = _beside(target, "collecting")
    try:
        digests = _assemble(task, student.id, entry, incoming, notes)
        if not target.is_dir():
            if not digests:
                return []
            outcome = "new"
            _place(incoming, target, moment, extension)
        else:
            there, shift = _dates_of(target)
            outcome = _compare(task, target, digests, there, moment, notes)
            if outcome == "replaced":
                _place(incoming, target, moment, extension)
            else:
                moment = student.handed_in if outcome == "unchanged" and student.handed_in else there
                if moment and (moment, extension) != (there, shift):
                    shutil.rmtree(incoming)
                    shutil.copytree(target, incoming, symlinks=True)
                    _place(incoming, target, moment, extension)
                    notes.append("its time stamp was corrected")
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
    late = max(0.0, (moment - due).total_seconds()) if moment and due else 0.0
    return [Submission(student.id, outcome, moment, late, tuple(notes))]


def _check_place(target: Path) -> None:
    for path in (target.parent, target):
        if path.is_symlink():
            raise _Refusal(f"{path.name} is a link, expected a folder")
        if path.exists() and not path.is_dir():
            raise _Refusal(f"{path.name} is a file, expected a folder")


def _handed_in(student: Student, entry: _Entry, due: datetime | None, notes: list[str]) -> datetime | None:
    dated = [file.modified for _, file in entry.files if file.modified]
    moment = student.handed_in or entry.handed_in or max(dated, default=None)
    late = entry.readings[0].late
    if moment is None:
        notes.append("its time is not known, so it does not count as late")
    elif due and late and moment <= due:
        notes.append(f"Canvas calls it late, but {_utc(moment)} is not after the due date")
    elif due and late is False and moment > due and not student.handed_in:
        notes.append("its time is after the due date, but Canvas does not call it late, and so it is not")
        moment = due
    return moment


def _beside(target: Path, purpose: str) -> Path:
    return target.with_name(f".{target.name}.{purpose}")


def _mend(target: Path) -> None:
    """Tidy up after a run that was killed: either the old submission is there or the new one."""
    replaced = _beside(target, "replaced")
    if replaced.is_dir() and not target.exists():
        os.rename(replaced, target)
    for left in (replaced, _beside(target, "collecting")):
        if left.is_dir():
            shutil.rmtree(left)


def _place(incoming: Path, target: Path, moment: datetime | None, extension: timedelta) -> None:
    """Let the submission that is ready in `incoming` appear, with its dates."""
    for name in (TIMESTAMP, RECORD):
        (incoming / name).unlink(missing_ok=True)
    if moment:
        text = f"{moment - extension:%Y-%m-%d %H:%M:%S.%f} UTC"
        (incoming / TIMESTAMP).write_text(text, encoding="utf-8")
    if moment and extension:
        record = {"handed_in": moment.isoformat(), "extension_seconds": extension.total_seconds()}
        (incoming / RECORD).write_text(json.dumps(record) + "\n", encoding="utf-8")
    if target.is_dir():
        os.rename(target, _beside(target, "replaced"))
    os.rename(incoming, target)
    _mend(target)


def _dates_of(folder: Path) -> tuple[datetime | None, timedelta]:
    """When the submission that is there was handed in, and by how much its time stamp is earlier."""
    try:
        stamp = _nbgrader_time((folder / TIMESTAMP).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None, timedelta()
    except (OSError, ValueError) as error:
        raise _Refusal(f"{TIMESTAMP} there is not a time ({_reason(error)}); correct or remove it") from None
    # Plain nbgrader takes in whatever a student's folder holds: a record counts as far as it explains the stamp.
    with contextlib.suppress(OSError, ValueError, TypeError, LookupError, OverflowError):
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        moment = datetime.fromisoformat(record["handed_in"])
        extension = timedelta(seconds=record["extension_seconds"])
        if moment - extension == stamp and extension > timedelta():
            return moment, extension
    return stamp, timedelta()


def _compare(
    task: _Task,
    target: Path,
    digests: dict[str, str],
    there: datetime | None,
    came: datetime | None,
    notes: list[str],
) -> str:
    """What is to become of the submission that is already there: replaced, kept or unchanged."""
    old = _digests(target)
    expected = set(task.expected)
    if digests == old:
        return "unchanged"
    if not digests:
        notes.append("nothing of this submission could be taken; the one that is there stays")
    elif there is None or came is None:
        notes.append(
            "it is not known which is newer, this one or the one that is there; remove that to take this"
        )
    elif came <= there:
        notes.append(f"not newer than the one that is there ({_utc(there)}), but different")
    elif expected & old.keys() and not expected & digests.keys():
        notes.append("newer, but without the notebooks that the one that is there has")
    else:
        return "replaced"
    return "kept"


def _digests(folder: Path) -> dict[str, str]:
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in (TIMESTAMP, RECORD):
            with open(path, "rb") as stream:
                found[name] = hashlib.file_digest(stream, "sha256").hexdigest()
    return found


# What goes into a submission.


def _assemble(task: _Task, student: str, entry: _Entry, incoming: Path, notes: list[str]) -> dict[str, str]:
    """Write the entry's files to the new folder `incoming`; returns their digests by name."""

    def refuse(shown: str, reason: object) -> None:
        task.refused.append(Refused(shown, str(reason), student))

    task.meter.submission = 0
    incoming.mkdir(parents=True)
    digests = {}
    with contextlib.ExitStack() as opened:
        files = _with_inner_archives(task, entry, refuse, opened, notes)
        for parts, file in _planned(files, task, refuse, notes):
            try:
                digests["/".join(parts)] = _write(task.meter, file, incoming.joinpath(*parts))
            except _Refusal as refusal:
                refuse(file.shown, refusal)
    absent = [name for name in task.expected if name not in digests]
    if digests and absent:
        notes.append(f"without {', '.join(absent)}")
    return digests


def _with_inner_archives(
    task: _Task,
    entry: _Entry,
    refuse: Callable[[str, object], None],
    opened: contextlib.ExitStack,
    notes: list[str],
) -> list[tuple[tuple[str, ...], _File]]:
    """The student's files; archives are opened where notebooks are missing beside them."""
    files = _unwrapped(list(entry.files))
    loose = [place for place, _ in files if len(place) == 1 and _NOTEBOOK.fullmatch(place[0])]
    if len(loose) >= len(task.expected):
        return files
    found, archives = [], []
    for place, file in files:
        is_archive = len(place) == 1 and place[0].lower().endswith(_ARCHIVES)
        (archives if is_archive else found).append((place, file))
    for _, archive in archives[_MOST_INNER_ARCHIVES:]:
        refuse(archive.shown, f"more than {_MOST_INNER_ARCHIVES} archives in one submission")
    for _, archive in archives[:_MOST_INNER_ARCHIVES]:
        try:
            members, refused = _list_inner(archive, _Access(task.base, task.zone, task.meter.limits, opened))
        except _Refusal as refusal:
            refuse(archive.shown, refusal)
            continue
        for each in refused:
            refuse(f"{archive.shown}: {each.where}", each.reason)
        members = [replace(member, shown=f"{archive.shown}: {member.shown}") for member in members]
        found += _unwrapped([(member.parts, member) for member in members])
        notes += [
            f"{member.shown} is an archive in an archive and was not opened"
            for member in members
            if member.parts[-1].lower().endswith(_ARCHIVES)
        ]
    return found


def _unwrapped(files: list[tuple[tuple[str, ...], _File]]) -> list[tuple[tuple[str, ...], _File]]:
    """The files without the folders that hold them all."""
    while len({place[0] for place, _ in files}) == 1 and all(len(place) > 1 for place, _ in files):
        files = [(place[1:], file) for place, file in files]
    return files


def _planned(
    files: list[tuple[tuple[str, ...], _File]],
    task: _Task,
    refuse: Callable[[str, object], None],
    notes: list[str],
) -> list[tuple[tuple[str, ...], _File]]:
    """The files that can stand beside each other, notebooks under the names that the assignment gives them."""
    reserved = [_key((name,)) for name in RESERVED]
    # None stands for a folder.
    taken: dict[tuple[str, ...], tuple[str, ...] | None] = {}
    planned = []
    # Of names that clash, the one that the assignment expects is taken, else the first.
    for place, file in sorted(files, key=lambda each: "/".join(each[0]) not in task.expected):
        if _key(place) in reserved:
            refuse(file.shown, "a student's file of this name could forge its time or its grade")
        elif len(planned) == task.meter.limits.submission_files:
            refuse(file.shown, f"more than {len(planned)} files in one submission")
        elif clash := _clash(place, taken):
            refuse(file.shown, clash)
        else:
            taken.update({_key(place[:depth]): None for depth in range(1, len(place))})
            taken[_key(place)] = place
            planned.append((place, file))
    found = [place[0] for place, _ in planned if len(place) == 1 and _NOTEBOOK.fullmatch(place[0])]
    names, said = _notebook_names(found, task.expected, task.foreign)
    notes += said
    for old, new in names.items():
        if taken.get(_key((new,)), (old,)) == (old,):
            notes.append(f"{_shown(old)} is stored as {new}")
            planned = [((new,) if place == (old,) else place, file) for place, file in planned]
        else:
            notes.append(f"{_shown(old)} cannot be stored as {new}: there is a folder of this name")
    return planned


def _key(parts: Sequence[str]) -> tuple[str, ...]:
    """Equal for names that some file system takes for the same."""
    folded = (unicodedata.normalize("NFKC", part).casefold() for part in parts)
    return tuple(unicodedata.normalize("NFKC", part) for part in folded)


def _clash(place: tuple[str, ...], taken: dict[tuple[str, ...], tuple[str, ...] | None]) -> str:
    for depth in range(1, len(place)):
        if taken.get(_key(place[:depth])):
            return f"{_shown('/'.join(place[:depth]))} is a file, and a folder is expected"
    if _key(place) not in taken:
        return ""
    other = taken[_key(place)]
    if other is None:
        return "a folder of this name is already there"
    if other == place:
        return "a file of this name is already there"
    return f"differs from {_shown('/'.join(other))} only in case or in how its letters are encoded"


def _notebook_names(
    found: Sequence[str], expected: Sequence[str], foreign: frozenset[str]
) -> tuple[dict[str, str], list[str]]:
    """Which notebook is to have which expected name, and what is not clear; nothing is guessed."""
    others = [name for name in found if name not in expected]
    fitting = {}
    for name in expected:
        if name not in found:
            fitting[name] = [other for other in others if _plain(name)[0] in _plain(other)]
    if len(expected) == 1 and fitting == {expected[0]: []}:
        fitting = {expected[0]: [other for other in others if other not in foreign]}
    claimed = [other for candidates in fitting.values() for other in candidates]
    names, unclear = {}, []
    for name, candidates in fitting.items():
        if len(candidates) == 1 and claimed.count(candidates[0]) == 1:
            names[candidates[0]] = name
        elif candidates:
            listed = ", ".join(map(_shown, candidates))
            unclear.append(f"which one is {name} is not clear; stored as they are: {listed}")
    return names, unclear


def _plain(name: str) -> list[str]:
    """A notebook's name without case, accents and kinds of spaces, then without one mark of a copy after another."""
    forms = [re.sub(r"[\s_-]+", "-", _folded(_NOTEBOOK.fullmatch(name)["stem"]))]
    while (shorter := _COPY.sub("", forms[-1])) not in ("", forms[-1]):
        forms.append(shorter)
    return forms


def _write(meter: "_Meter", file: _File, path: Path) -> str:
    """Write the file to `path`; returns a digest of its content. Nothing is left of one that is refused."""
    digest = hashlib.sha256()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "xb") as stream:
            for block in meter.blocks(file):
                digest.update(block)
                stream.write(block)
    except _Refusal:
        path.unlink()
        raise
    except OSError as error:
        if error.errno in (errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL, errno.EEXIST):
            raise _Refusal(f"cannot be stored under this name: {error.strerror}") from None
        raise CourseError(f"{path}: cannot be written: {error.strerror} ({file.shown})") from None
    return digest.hexdigest()


class _Meter:
    """Reads files and counts what comes, for the submission at hand and for all."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.total, self.submission = limits, 0, 0

    def blocks(self, file: _File) -> Iterator[bytes]:
        """The content of the file. Raises _Refusal where it cannot be read, or exceeds a limit."""
        limits = self.limits
        for block in _limited(file, limits.file_bytes, limits.ratio):
            self.total += len(block)
            self.submission += len(block)
            if self.submission > limits.submission_bytes:
                raise _Refusal(f"with it, the submission has more than {limits.submission_bytes:,} bytes")
            if self.total > limits.total_bytes:
                raise _Refusal(f"with it, all submissions have more than {limits.total_bytes:,} bytes")
            yield block


def _limited(file: _File, most: int, ratio: int) -> Iterator[bytes]:
    size = 0
    for block in _blocks(file):
        size += len(block)
        if size > most:
            raise _Refusal(f"more than {most:,} bytes")
        if file.packed and size > _SMALL and size > ratio * file.packed:
            raise _Refusal(f"unpacks to more than {ratio} times its size")
        yield block


def _blocks(file: _File) -> Iterator[bytes]:
    try:
        with file.open() as stream:
            while block := stream.read(_BLOCK):
                yield block
    except Exception as error:  # whatever decompressors raise for hostile input
        raise _Refusal(f"cannot be read: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or _shown(str(error) or type(error).__name__)


# What a source holds. Its tables of contents come from strangers, too.


@dataclass(frozen=True)
class _Access:
    """How to read a source: where unpacked data may lie meanwhile, the clock of its times, what to close."""

    base: Path
    zone: tzinfo
    limits: Limits
    opened: contextlib.ExitStack

    def scratch(self, blocks: Iterable[bytes]) -> BinaryIO:
        """A file without a name that holds the blocks; the system frees it however this process ends."""
        try:
            self.base.mkdir(parents=True, exist_ok=True)
            file = self.opened.enter_context(tempfile.TemporaryFile(dir=self.base))
            file.writelines(blocks)
            file.seek(0)
        except OSError as error:
            raise CourseError(f"{self.base}: cannot be written: {error.strerror}") from None
        return file


@dataclass
class _Listing:
    """Files that may be read, and those that may not."""

    files: list[_File] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def add(
        self, name: str, fault: str, modified: datetime | None, packed: int, opener: Callable[[], BinaryIO]
    ) -> None:
        """A member called `name`, to be refused if it has a fault."""
        try:
            parts = _parts(name)
            if any(fnmatch.fnmatchcase(part, litter) for part in parts for litter in _LITTER):
                return
            if fault:
                raise _Refusal(fault)
            self.files.append(_File(_shown(name), parts, modified, packed, opener))
        except _Refusal as refusal:
            self.refused.append(Refused(_shown(name), str(refusal)))


def _list_source(source: Path, access: _Access) -> tuple[list[_File], list[Refused]]:
    try:
        if source.is_dir():
            listing = _list_folder(source, access)
        else:
            file = access.opened.enter_context(open(source, "rb"))
            limits = access.limits
            listing = _list_archive(file, access, limits.members, limits.total_bytes)
    except OSError as error:
        raise CourseError(f"{source}: cannot be read: {error.strerror}") from None
    except _Refusal as refusal:
        raise CourseError(f"{source}: {refusal}") from None
    return listing.files, listing.refused


def _list_inner(file: _File, access: _Access) -> tuple[list[_File], list[Refused]]:
    """What a student's own archive holds; copied first, since one cannot search in the one around it."""
    limits = access.limits
    copy = access.scratch(_limited(file, limits.file_bytes, limits.ratio))
    listing = _list_archive(copy, access, limits.submission_files, limits.submission_bytes)
    return listing.files, listing.refused


def _list_archive(file: BinaryIO, access: _Access, most: int, most_bytes: int) -> _Listing:
    """The members of a zip or tar archive, told by its first bytes. Raises _Refusal for damage and other files."""
    start = file.read(8)
    packed = file.seek(0, os.SEEK_END)
    file.seek(0)
    if start.startswith((b"PK\3\4", b"PK\5\6")):
        return _list_zip(_Guarded(file), access.zone, most)
    for magic, unpack in ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\0", lzma.open)):
        if start.startswith(magic):
            whole = _File("", (), None, packed, _later(unpack, file))
            return _list_tar(_Guarded(access.scratch(_limited(whole, most_bytes, access.limits.ratio))), most)
    return _list_tar(_Guarded(file), most)


def _later(function: Callable, *arguments: Any) -> Callable[[], Any]:
    return lambda: function(*arguments)


class _Guarded(io.RawIOBase):
    """A file that gives no more bytes than allowed, so that a table of contents cannot fill the memory."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.allowed: float = 0

    def read(self, size: int = -1) -> bytes:
        if size is None or size < 0:
            here = self.file.tell()
            size = self.file.seek(0, os.SEEK_END) - here
            self.file.seek(here)
        self.allowed -= size
        if self.allowed < 0:
            raise _Refusal("its table of contents is too large")
        return self.file.read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()

    def seekable(self) -> bool:
        return True


def _list_zip(file: _Guarded, zone: tzinfo, most: int) -> _Listing:
    # The end of the file, twice, and for each member a header, a name and what else there may be.
    file.allowed = 200_000 + most * 400
    try:
        archive = zipfile.ZipFile(file)
    except _Refusal:
        raise
    except Exception as error:
        raise _Refusal(f"a damaged zip archive: {_reason(error)}") from None
    file.allowed = float("inf")
    if len(archive.infolist()) > most:
        raise _Refusal(f"more than {most:,} members")
    listing = _Listing()
    for info in archive.infolist():
        name, kind = _zip_name(info), stat.S_IFMT(info.external_attr >> 16)
        fault = ""
        if stat.S_ISLNK(kind):
            fault = "a link"
        elif name.endswith("/"):
            continue
        elif kind not in (0, stat.S_IFREG):
            fault = "not a regular file"
        elif info.flag_bits & 1:
            fault = "encrypted"
        elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            # Python unpacks the others without a limit for what one read may bring.
            fault = "packed in an uncommon way, expected zip's usual one (deflate)"
        listing.add(name, fault, _zip_time(info, zone), info.compress_size, _later(archive.open, info))
    return listing


def _zip_name(info: zipfile.ZipInfo) -> str:
    """The member's whole name, which `filename` does not tell after a null character."""
    if not info.flag_bits & 0x800:
        # Many programs write UTF-8 without saying so.
        with contextlib.suppress(UnicodeError):
            return info.orig_filename.encode("cp437").decode("utf-8")
    return info.orig_filename


def _zip_time(info: zipfile.ZipInfo, zone: tzinfo) -> datetime | None:
    """When the member was written: in UTC where the archive says so, else on the clock of `zone`."""
    extra = info.extra
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        if kind == 0x5455 and size >= 5 and len(extra) >= 9 and extra[4] & 1:
            return _since_1970(struct.unpack("<i", extra[5:9])[0])
        extra = extra[4 + size :]
    try:
        moment = datetime(*info.date_time)
    except ValueError:
        return None
    # The first time that the format knows stands for none.
    return _aware(moment, zone) if moment > datetime(1980, 1, 1) else None


def _since_1970(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _list_tar(file: _Guarded, most: int) -> _Listing:
    listing = _Listing()
    is_tar, count, last = False, 0, -1
    try:
        file.allowed = _BLOCK
        is_tar = file.read(tarfile.BLOCKSIZE)[257:262] == b"ustar"
        file.seek(0)
        archive = tarfile.open(fileobj=file, mode="r:")
        while (info := archive.next()) is not None:
            count += 1
            if count > most:
                raise _Refusal(f"more than {most:,} members")
            # A negative size would lead back to a member that was already seen, for ever.
            if info.offset <= last or info.size < 0:
                raise _Refusal("a damaged tar archive: a size below zero")
            last = info.offset
            if not info.isdir():
                fault = "" if info.isreg() and info.sparse is None else "not a regular file"
                fault = f"a link to {_shown(info.linkname)}" if info.issym() or info.islnk() else fault
                listing.add(info.name, fault, _since_1970(info.mtime), 0, _later(archive.extractfile, info))
            file.allowed = _BLOCK
        # For tarfile, damage is the end as well.
        file.seek(archive.offset)
        end = file.read(tarfile.BLOCKSIZE)
    except _Refusal:
        raise
    except Exception as error:
        what = "a damaged tar archive" if is_tar else "not a zip or tar archive"
        raise _Refusal(f"{what}: {_reason(error)}") from None
    if not end or end.strip(b"\0"):
        raise _Refusal("a damaged tar archive: it stops before its end mark")
    file.allowed = float("inf")
    return listing


def _list_folder(root: Path, access: _Access) -> _Listing:
    """The files below `root`. Links are not followed, not even one that takes a file's place meanwhile."""
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    access.opened.callback(os.close, handle)
    listing = _Listing()
    for top in sorted(os.listdir(root)):
        waiting, count = [(top,)], 0
        while waiting:
            parts = waiting.pop()
            path, name = root.joinpath(*parts), "/".join(parts)
            count += 1
            if count > access.limits.submission_files:
                listing.refused.append(
                    Refused(_shown(name), f"more than {count - 1} files; no more were read")
                )
                break
            try:
                status = os.lstat(path)
                kind = status.st_mode
                if stat.S_ISDIR(kind) and len(parts) <= _DEEPEST:
                    waiting += [(*parts, each) for each in sorted(os.listdir(path), reverse=True)]
                    continue
            except OSError as error:
                listing.refused.append(Refused(_shown(name), _reason(error)))
                continue
            fault = "" if stat.S_ISREG(kind) else "a link" if stat.S_ISLNK(kind) else "not a regular file"
            opener = _later(_open_inside, handle, parts)
            listing.add(name, fault, _since_1970(status.st_mtime), 0, opener)
    return listing


def _open_inside(root: int, parts: Sequence[str]) -> BinaryIO:
    """The regular file at `parts` below the folder that `root` is open on."""
    folder = os.dup(root)
    try:
        for part in parts[:-1]:
            deeper = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = deeper
        # Not to wait for a writer, should it be a pipe by now.
        handle = os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    finally:
        os.close(folder)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _Refusal("not a regular file")
    return os.fdopen(handle, "rb")


def _parts(name: str) -> tuple[str, ...]:
    """The parts of a path inside a source. Raises _Refusal for one that could lead elsewhere or deceive."""
    directions = {unicodedata.bidirectional(character) for character in name}
    categories = {unicodedata.category(character) for character in name}
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if "Cs" in categories:
        raise _Refusal("its name is not valid text")
    if categories & {"Cc", "Zl", "Zp"} or directions & {*"LRE RLE LRO RLO PDF LRI RLI FSI PDI".split()}:
        raise _Refusal("a control character in its name")
    if "\\" in name:
        raise _Refusal("a backslash in its name")
    if name.startswith("/") or not parts:
        raise _Refusal("an absolute or empty path")
    if re.match(r"[A-Za-z]:", name):
        raise _Refusal("a drive letter in its name")
    if ".." in parts:
        raise _Refusal("a path that leads out of its folder (..)")
    if max(len(part.encode()) for part in parts) > _LONGEST_NAME or len(name) > _LONGEST_PATH:
        raise _Refusal("its name is too long")
    if len(parts) > _DEEPEST:
        raise _Refusal(f"more than {_DEEPEST} folders deep")
    return parts


def _shown(name: str) -> str:
    """A name from outside as a line of text that hides nothing and does nothing."""
    text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)
    return text if len(text) <= 200 else f"{text[:100]}…{text[-90:]}"


def _suspicions(taken: Sequence[Submission], matched: dict[str, _Entry]) -> list[str]:
    """What there is to say when times of handing in may be those of the download."""
    new = [each for each in taken if each.outcome in ("new", "replaced") and each.handed_in]
    new = [each for each in new if not matched[each.student].handed_in]
    late = [each for each in new if each.seconds_late]
    times = [each.handed_in for each in new]
    if any(matched[each.student].shape == "canvas" for each in late):
        said = (
            "Canvas gives files the time of the download: who is late is right, by how much may be too long"
        )
    elif late and len(times) > 2 and max(times) - min(times) < timedelta(minutes=10):
        said = "all times of handing in lie within ten minutes: they may be those of the download"
    else:
        return []
    return [f"{said}; the roster's column handed_in overrules them"]
