"""Tables of students, as spreadsheets, Moodle and Canvas write them, read into the columns of the roster.

| form | told by | the student's id | left out |
| --- | --- | --- | --- |
| own | `id` | `id` | |
| Canvas's gradebook | Student, ID | SIS Login ID, else SIS User ID, else ID | points possible, the test student |
| Moodle's lists | its headings, in English or German | Username, else ID number, else Email address | |

Of the columns that may hold the id, the first counts that is not empty for the whole class. `extension` and
`handed_in` may be added to each form.
"""

import codecs
import csv
import difflib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from coursekit.notebooks import CourseError

COLUMNS = ("id", "first_name", "last_name", "email", "platform_id", "extension", "handed_in")
# The first line of a table that says what separates its values, for Excel.
SEPARATOR = re.compile(r'"?sep=(.)"?', re.IGNORECASE)


class Fault(ValueError):
    """What is wrong with a table, and in which line (from 1)."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line


class Row(NamedTuple):
    """A line of a table: its number in the file, and its values."""

    line: int
    values: list[str]


class Person(NamedTuple):
    """A student's line: its number, what it says by roster column, and the heading of the column with the id."""

    line: int
    values: dict[str, str]
    id_heading: str


@dataclass(frozen=True)
class Form:
    """The headings of one origin's tables, in lower case: which may hold the id, best first, and what others mean."""

    ids: tuple[str, ...]
    columns: dict[str, str]
    # Columns of the roster of which no misspelling is passed over.
    no_slips: tuple[str, ...] = ("platform_id", "extension", "handed_in")


OWN = Form(("id",), {name: name for name in COLUMNS}, no_slips=COLUMNS)
CANVAS = Form(
    ("sis_login_id", "sis_user_id", "id"),
    {"student": "sortable_name", "id": "platform_id", "extension": "extension", "handed_in": "handed_in"}
    | {"email": "email"},
)
_MOODLES_EMAILS = ("email_address", "e_mail_address", "e_mail_adresse")
MOODLE = Form(
    ("username", "anmeldename", "nutzername", "id_number", "id_nummer", *_MOODLES_EMAILS),
    {name: name for name in COLUMNS}
    | {"surname": "last_name", "vorname": "first_name", "nachname": "last_name"}
    | {"full_name": "full_name", "vollständiger_name": "full_name", "identifier": "platform_id"}
    | dict.fromkeys(_MOODLES_EMAILS, "email"),
)
CANVAS_ONLY = {"sis_login_id", "sis_user_id", "section"}
# How the names begin in lines of Canvas's that are about no student, in lower case.
NOBODY = ("points possible", "student, test", "test student")


def read_people(path: Path) -> list[Person]:
    """The students' lines of a table. Raises CourseError with file and line for one that cannot be read."""
    try:
        rows = list(_rows(_text(path.read_bytes())))
        return list(_people(rows)) if rows else []
    except OSError as error:
        raise CourseError(f"{path}: the roster cannot be read: {error.strerror}") from None
    except Fault as fault:
        raise CourseError(f"{path}, line {fault.line}: {fault}") from None


def _text(content: bytes) -> str:
    """The text in UTF-8, UTF-16 with its mark, or else in what Windows in western Europe writes."""
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    line = 1
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            continue
        if "\0" not in text:
            return text
    raise Fault(line, "not text in UTF-8, UTF-16 or Windows-1252; save the roster as CSV in UTF-8")


def _rows(text: str) -> Iterator[Row]:
    """The lines that are not empty, the header first."""
    first, _, rest = text.partition("\n")
    said = SEPARATOR.fullmatch(first.rstrip("\r"))
    skipped = 1 if said else 0
    if said:
        text = rest
    header = text.lstrip("\r\n").partition("\n")[0]
    delimiter = said[1] if said else max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = skipped + 1
    try:
        for row in reader:
            values = [value.strip() for value in row]
            if any(values):
                yield Row(line, values)
            line = skipped + reader.line_num + 1
    except csv.Error as error:
        raise Fault(line, str(error)) from None


def _people(rows: Sequence[Row]) -> Iterator[Person]:
    header, *lines = rows
    for row in lines:
        if len(row.values) != len(header.values):
            what = f"{len(row.values)} values, expected {len(header.values)} as in the header"
            raise Fault(row.line, what)
    names = [re.sub(r"[\s-]+", "_", name.lower()) for name in header.values]
    form = _form_of(names, header)
    _check_columns(names, form, header.line)
    filled = (name for name in form.ids if name in names and _column(lines, names.index(name)))
    id_name = next(filled, None)
    if lines and id_name is None:
        tried = ", ".join(header.values[names.index(name)] for name in form.ids if name in names)
        raise Fault(header.line, f"no line has an id; expected one in a column of these: {tried}")
    for row in lines:
        values = dict.fromkeys(COLUMNS, "")
        for name, value in zip(names, row.values, strict=True):
            if name in form.columns:
                values[form.columns[name]] = value
            if name == id_name:
                values["id"] = value
        if not _is_nobody(values):
            at = names.index(id_name) if id_name else 0
            yield Person(row.line, _with_names(values), header.values[at])


def _column(rows: Sequence[Row], at: int) -> list[str]:
    """What stands in a column of the table, without empty values."""
    return [row.values[at] for row in rows if row.values[at]]


def _form_of(names: Sequence[str], header: Row) -> Form:
    """Whose table has such headings. Raises Fault for nobody's."""
    found = set(names)
    if {"student", "id"} <= found and found & CANVAS_ONLY:
        return CANVAS
    if "id" in found:
        return OWN
    if found & set(MOODLE.ids):
        return MOODLE
    raise Fault(
        header.line,
        f"no column `id` in the header: {', '.join(header.values)[:300]}; expected `id`, or the columns of an export "
        "of Moodle's (Username, ID number or Email address) or Canvas's (Student, ID, SIS Login ID)",
    )


def _check_columns(names: Sequence[str], form: Form, line: int) -> None:
    """Other columns are ignored, but nobody's extension should be lost by a slip. Raises Fault for one."""
    meant = [form.columns[name] for name in names if name in form.columns]
    for column in COLUMNS:
        if meant.count(column) > 1:
            raise Fault(line, f"the column `{column}` is there twice")
    for column in form.no_slips:
        others = [name for name in names if name not in form.columns]
        if column not in meant and (slips := difflib.get_close_matches(column, others, 1, 0.85)):
            raise Fault(line, f"the column `{slips[0]}` is not known; did you mean `{column}`?")


def _is_nobody(values: dict[str, str]) -> bool:
    """Whether the line is one of those that Canvas writes about nobody: the maximum, a fictitious student, a remark."""
    name = values.get("sortable_name")
    if name is None:
        return False
    return name.lower().startswith(NOBODY) or not (name or values["id"] or values["platform_id"])


def _with_names(values: dict[str, str]) -> dict[str, str]:
    """The values with first and last name apart, where the platform gives them in one."""
    if sortable := values.pop("sortable_name", ""):
        last, _, first = sortable.rpartition(",")
        values |= {"last_name": last.strip(), "first_name": first.strip()}
    if full := values.pop("full_name", ""):
        first, _, last = full.rpartition(" ")
        values["first_name"] = values["first_name"] or first
        values["last_name"] = values["last_name"] or last
    return values
