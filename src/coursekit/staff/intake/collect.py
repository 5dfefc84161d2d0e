"""Take in what students handed in: a learning platform's bulk download, or an exchange folder.

A source is a folder or an archive in which every student has an entry. Either its name is one of those that the
platforms in `coursekit.staff.lms` give, or it is a folder that is called after the student, by id, email or name:
`ada/x.ipynb`, or nbgrader's own layout `ada/ps1/x.ipynb`. Folders around all of them are looked through. A source is
read (`archives`), its files are matched with the students (`entries`, `roster`), a submission is put together
(`contents`) and then appears where nbgrader looks for it (`place`).

When a submission was handed in: what the roster says (`handed_in`), else the time in the name of an exchange
folder, else the `timestamp.txt` of nbgrader's layout `ada/ps1/`, else the latest time that the source gives to
one of its files. Canvas and newer Moodles give them the time of the download. Canvas's names tell who is late;
for the others the result says when all times lie suspiciously close together.
"""

import contextlib
import dataclasses
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from coursekit.notebooks import CourseError
from coursekit.staff.course import Course, find_course
from coursekit.staff.execute import aligned
from coursekit.staff.intake.archives import Access, Limits, Meter, list_source
from coursekit.staff.intake.contents import Contents, Notebooks, assemble
from coursekit.staff.intake.entries import Entry, match_entries
from coursekit.staff.intake.place import (
    Dates,
    check_place,
    compare,
    correct_dates,
    incoming_folder,
    put_in_place,
    read_dates,
    recover,
)
from coursekit.staff.intake.refusals import Refusal, Refused
from coursekit.staff.intake.roster import Roster, Student, read_roster
from coursekit.staff.intake.times import in_utc, utc_text
from coursekit.staff.lms.names import Called, remember

if TYPE_CHECKING:
    from nbgrader.api import Gradebook

# A note in the same words on more students than this is printed once, with their number.
MOST_LISTED = 2


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
    """What `collect` did. `unmatched`: entries of no student; `missing`: students without a submission.

    `failure`: why nothing at all was changed, empty where something could be taken for some student's.
    """

    assignment: str
    due: datetime | None
    submissions: tuple[Submission, ...]
    refused: tuple[Refused, ...]
    unmatched: tuple[Refused, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    failure: str = ""

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain data; times in ISO's form."""
        return dataclasses.asdict(
            self, dict_factory=lambda items: {name: _plain(value) for name, value in items}
        )

    def table(self) -> str:
        """A row for each submission, then a line for everything that a person should look at.

        What there is to say of several students in the same words is said once, with their number.
        """
        due = f"due {utc_text(self.due)}" if self.due else "no due date"
        lines = [f"{self.assignment}, {due}: {len(self.submissions)} submissions"]
        if self.failure:
            lines = [f"{self.assignment}: nothing was changed: {self.failure}"]
        if self.submissions:
            rows = [["student", "handed in", "late by", "submission"]]
            for each in self.submissions:
                late = str(timedelta(seconds=round(each.seconds_late))) if each.seconds_late else ""
                rows.append([each.student, utc_text(each.handed_in), late, each.outcome])
            lines.append(aligned(rows))
        for title, found in (
            ("Notes:", [*self.notes, *self._notes_of_students()]),
            ("Refused:", self.refused),
            ("Of no student:", self.unmatched),
            ("Without a submission:", [", ".join(self.missing)] if self.missing else []),
        ):
            lines += [title, *(f"  {each}" for each in found)] if found else []
        return "\n".join(lines)

    def _notes_of_students(self) -> list[str]:
        students: dict[str, list[str]] = {}
        for each in self.submissions:
            for note in each.notes:
                students.setdefault(note, []).append(each.student)
        return [
            f"{student}: {note}"
            for note, those in students.items()
            for student in (those if len(those) <= MOST_LISTED else [f"{len(those)} students"])
        ]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


@dataclass(frozen=True)
class _Run:
    """What is the same for all submissions of a run; `refused` grows."""

    course: Course
    assignment: str
    notebooks: Notebooks
    due: datetime | None
    access: Access
    meter: Meter
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
    `limits` default to nbgrader's `CourseDirectory.max_file_size` and `max_dir_size` where these are set. Where nothing
    in the source is a student's, nothing is changed, and the result has the reason (`failure`). Raises CourseError for
    a roster, source, date or assignment that cannot be used, before anything is written, and for a full disk.
    """
    course = find_course(root)
    notebooks = _notebooks_of(course, assignment)
    zone = _time_zone(course, timezone)
    students = read_roster(roster, timezone=str(zone))
    limits = limits or _limits(course)
    with course.lock("collect"), contextlib.ExitStack() as opened:
        access = Access(_submissions_folder(course), zone, limits, opened)
        listing = list_source(source, access)
        matched = match_entries(listing.files, Roster(students), course, assignment)
        notes = [*matched.notes]
        due = due and in_utc(due, zone)
        if matched.entries:
            due = _update_gradebook(course, assignment, students, due, notes)
        run = _Run(course, assignment, notebooks, due, access, Meter(limits), listing.refused)
        taken = []
        for student in students:
            folder = run.folder(student.id)
            try:
                recover(folder)
                if student.id in matched.entries:
                    taken += _take_in(run, student, matched.entries[student.id])
            except Refusal as refusal:
                run.refused.append(Refused(str(folder), str(refusal), student.id))
            except OSError as error:
                path = error.filename or folder
                raise CourseError(f"{student.id}: {path}: {error.strerror or error}") from error
    _remember_names(course, assignment, matched.entries)
    notes += _doubts_about_times(taken, matched.entries)
    return Collected(
        assignment=assignment,
        due=due,
        submissions=tuple(taken),
        refused=tuple(run.refused),
        unmatched=matched.unmatched,
        missing=tuple(student.id for student in students if not run.folder(student.id).is_dir()),
        notes=tuple(notes),
        failure="" if matched.entries else _why_nobody(source, matched.unmatched, roster, students),
    )


def _why_nobody(source: Path, unmatched: Sequence[Refused], roster: Path, students: Sequence[Student]) -> str:
    """What was compared with what where nothing in the source is a student's."""
    came = f"{len(unmatched)} entries, the first called {unmatched[0].where!r}" if unmatched else "no entry"
    return (
        f"nothing in {source.name} ({came}) is a submission of one of the {len(students)} students in {roster.name}, "
        f"the first of whom is {students[0].described()}; is it the right roster, and the right assignment?"
    )


def _limits(course: Course) -> Limits:
    """The limits that nbgrader's settings give; else a notebook may be as large as one that is graded."""
    settings = course.config["CourseDirectory"] if "CourseDirectory" in course.config else {}
    given = {"file_bytes": "max_file_size", "submission_bytes": "max_dir_size"}
    return Limits(**{name: settings[key] * 1000 for name, key in given.items() if key in settings})


def _remember_names(course: Course, assignment: str, entries: dict[str, Entry]) -> None:
    """Keep what the platforms called each student's work, so that feedback can go back under these names."""
    called: dict[str, dict[str, Called]] = {}
    for student, entry in entries.items():
        if entry.platform and entry.platform.feedback_path:
            files = {file.shown.rpartition("/")[2]: None for file in entry.files}
            number = entry.readings[0].number
            called.setdefault(entry.platform.name, {})[student] = Called(number, (*files, entry.name))
    for platform, names in called.items():
        remember(course, assignment, platform, names)


def _notebooks_of(course: Course, assignment: str) -> Notebooks:
    """The notebooks that are expected, and the others. Raises CourseError for an assignment that is not there."""
    if not re.fullmatch(r"[^/\\+\x00-\x1f]+", assignment) or assignment.startswith("."):
        raise CourseError(f"{assignment!r} cannot be the name of an assignment")
    source, release = (course.folder(step, ".", assignment) for step in ("source", "release"))
    for folder in (source, release):
        if names := sorted(path.name for path in folder.glob("[!.]*.ipynb")):
            found = {path.name for path in source.parent.glob("*/*.ipynb") if path.parent != source}
            return Notebooks(tuple(names), frozenset(found.difference(names)))
    raise CourseError(f"no assignment {assignment!r}: no notebook in {source} or {release}")


def _submissions_folder(course: Course) -> Path:
    """The folder in which all submissions lie."""
    parts = course.folder("submitted", "*", "*").parts
    return Path(*parts[: parts.index("*")]) if "*" in parts else course.root


def _time_zone(course: Course, name: str | None) -> ZoneInfo:
    name = name or course.config.get("Exchange", {}).get("timezone") or "UTC"
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise CourseError(f"{name!r}: no such time zone; expected a name such as Europe/Vienna") from None


def _update_gradebook(
    course: Course, assignment: str, students: Sequence[Student], given: datetime | None, notes: list[str]
) -> datetime | None:
    """Add the students, or what the roster knows better about them, and the due date given; returns the due date."""
    with course.gradebook() as gradebook:
        due = _update_due_date(gradebook, assignment, students, given, notes)
        _update_students(gradebook, students)
    if not due and any(student.extension for student in students):
        notes.append("without a due date nobody is late, and extensions mean nothing")
    return due


def _update_due_date(
    gradebook: "Gradebook",
    assignment: str,
    students: Sequence[Student],
    given: datetime | None,
    notes: list[str],
) -> datetime | None:
    from nbgrader.api import MissingEntry

    try:
        stored = gradebook.find_assignment(assignment).duedate
    except MissingEntry:
        stored = None
    stored = stored and stored.replace(tzinfo=UTC)
    due = given or stored
    if stored and due != stored:
        raise CourseError(
            f"{assignment} is due {utc_text(due)} as given, but {utc_text(stored)} in the gradebook, from which "
            f"nbgrader counts; change it there (`nbgrader db assignment add {assignment} --duedate=...`)"
        )
    for student in students:
        if due and student.due(due) < due:
            raise CourseError(f"{student}: the extension ends before the due date, {utc_text(due)}")
    if due and not stored:
        gradebook.update_or_create_assignment(assignment, duedate=due.replace(tzinfo=None))
        notes.append(f"the gradebook had no due date for {assignment}; now it is {utc_text(due)}")
    return due


def _update_students(gradebook: "Gradebook", students: Sequence[Student]) -> None:
    """Add who is not there, and what the roster knows otherwise; what it does not know stays."""
    known = {each.id: each for each in gradebook.students}
    for student in students:
        facts = {
            "first_name": student.first_name,
            "last_name": student.last_name,
            "email": student.email,
            "lms_user_id": student.platform_id,
        }
        facts = {name: value for name, value in facts.items() if value}
        if student.id not in known or any(getattr(known[student.id], n) != v for n, v in facts.items()):
            gradebook.update_or_create_student(student.id, **facts)


def _take_in(run: _Run, student: Student, entry: Entry) -> list[Submission]:
    """Put the entry in the student's place. Empty when nothing of it could be taken and nothing was there."""
    target = run.folder(student.id)
    check_place(target)
    notes = list(entry.notes)
    due = student.due(run.due) if run.due else None
    extension = due - run.due if due and run.due else timedelta()
    dates = Dates(_time_of(entry, student, due, notes), extension, entry.upload)
    incoming = incoming_folder(target)
    try:
        contents = assemble(
            entry,
            incoming,
            student=student.id,
            notebooks=run.notebooks,
            access=run.access,
            meter=run.meter,
        )
        run.refused.extend(contents.refused)
        notes += contents.notes
        if target.is_dir():
            outcome, moment = _update(target, contents, dates, student, run.notebooks, notes)
        elif contents.digests:
            put_in_place(target, dates)
            outcome, moment = "new", dates.handed_in
        else:
            return []
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
    late = max(0.0, (moment - due).total_seconds()) if moment and due else 0.0
    return [Submission(student.id, outcome, moment, late, tuple(notes))]


def _update(
    target: Path, contents: Contents, dates: Dates, student: Student, notebooks: Notebooks, notes: list[str]
) -> tuple[str, datetime | None]:
    """Take the submission that came, or correct the dates of the one that is there; the outcome and its time."""
    there = read_dates(target)
    outcome, note = compare(target, contents.digests, notebooks.expected, there=there, came=dates)
    notes += [note] if note else []
    if outcome == "replaced":
        put_in_place(target, dates)
        return outcome, dates.handed_in
    moment = there.handed_in
    if outcome == "unchanged" and student.handed_in:
        moment = student.handed_in
    corrected = dates._replace(handed_in=moment, upload=there.upload)
    if moment and corrected != there:
        correct_dates(target, corrected)
        notes.append("its time stamp was corrected")
    return outcome, moment


def _time_of(entry: Entry, student: Student, due: datetime | None, notes: list[str]) -> datetime | None:
    """When the entry was handed in, no later than `due` where the platform does not call it late; `notes` grow."""
    dated = [file.modified for file in entry.files if file.modified]
    moment = student.handed_in or entry.handed_in or max(dated, default=None)
    late = entry.readings[0].late
    title = entry.platform.title if entry.platform else ""
    if moment is None:
        notes.append("its time is not known, so it does not count as late")
    elif due and late and moment <= due:
        notes.append(f"{title} calls it late, but {utc_text(moment)} is not after the due date")
    elif due and late is False and moment > due and not student.handed_in:
        notes.append(f"its time is after the due date, but {title} does not call it late, and so it is not")
        moment = due
    return moment


def _doubts_about_times(taken: Sequence[Submission], entries: dict[str, Entry]) -> list[str]:
    """What there is to say when times of handing in may be those of the download."""
    new = [each for each in taken if each.outcome in ("new", "replaced")]
    new = [each for each in new if each.handed_in and not entries[each.student].handed_in]
    late = [each for each in new if each.seconds_late]
    times = [each.handed_in for each in new if each.handed_in]
    platforms = [entries[each.student].platform for each in late]
    said = next((each.late_note for each in platforms if each and each.late_note), "")
    if not said and late and len(times) > 2 and max(times) - min(times) < timedelta(minutes=10):
        said = "all times of handing in lie within ten minutes: they may be those of the download"
    return [f"{said}; the roster's column handed_in overrules them"] if said else []
