"""Who handed in what: the files of a source, grouped by what their names tell, and matched with the roster."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from coursekit.staff.course import Course
from coursekit.staff.intake.archives import SourceFile, in_one_folder
from coursekit.staff.intake.refusals import Refusal, Refused, error_text, printable
from coursekit.staff.intake.roster import Roster, Student
from coursekit.staff.lms.nbgrader import TIMESTAMP, read_time
from coursekit.staff.lms.platform import EntryName, Platform, Reading
from coursekit.staff.lms.registry import PLATFORMS

# To find the student whose name is nearest takes a while, so it is done for so many entries.
MOST_COMPARED = 50


class NobodyFits(Refusal):
    """An entry names nobody whom the roster knows."""


@dataclass(frozen=True)
class Entry:
    """What somebody handed in: files, each with its place in the submission, and the time if it is given.

    `platform` is None for a folder that is called after a student. `readings` are the ways to read whose it is,
    only one once that is known. `assignment` and `time` are what its name says, if anything.
    """

    name: str
    platform: Platform | None
    readings: tuple[Reading, ...]
    files: tuple[SourceFile, ...]
    assignment: str = ""
    time: str = ""
    handed_in: datetime | None = None
    notes: tuple[str, ...] = ()

    @property
    def upload(self) -> int:
        """The platform's number of what was uploaded last, 0 where it has none."""
        return max(file.upload for file in self.files)


@dataclass(frozen=True)
class Matched:
    """One entry for each student, by id; what is of no student; what there is to say about the source."""

    entries: dict[str, Entry]
    unmatched: tuple[Refused, ...]
    notes: tuple[str, ...]


def match_entries(files: list[SourceFile], roster: Roster, course: Course, assignment: str) -> Matched:
    """Find in the files of a source what each student handed in for the assignment."""
    entries, unmatched = _group(_without_outer_folders(files, roster))
    entries, notes = _of_assignment(entries, course, assignment, unmatched)
    found: dict[str, list[Entry]] = {}
    nobodys = 0
    for entry in entries:
        try:
            student, entry = _match_student(entry, roster)
            found.setdefault(student.id, []).append(entry)
        except NobodyFits as refusal:
            nobodys += 1
            nearest = roster.nearest(entry.readings[0]) if nobodys <= MOST_COMPARED else ""
            reason = f"{refusal}; the nearest is {nearest}" if nearest else str(refusal)
            unmatched.append(Refused(printable(entry.name), reason))
        except Refusal as refusal:
            unmatched.append(Refused(printable(entry.name), str(refusal)))
    matched = {}
    for id, theirs in found.items():
        try:
            matched[id] = _merge(theirs)
        except Refusal as refusal:
            unmatched += [Refused(printable(entry.name), str(refusal), id) for entry in theirs]
    return Matched(matched, tuple(unmatched), tuple(notes))


def _without_outer_folders(files: list[SourceFile], roster: Roster) -> list[SourceFile]:
    """The files without folders around everything, such as `inbound/`."""
    while in_one_folder(files):
        platform, name = _read_name(files[0].place)
        if platform or roster.fitting(name.readings[0]):
            break
        files = [replace(file, place=file.place[1:]) for file in files]
    return files


def _read_name(place: tuple[str, ...]) -> tuple[Platform | None, EntryName]:
    """What the first platform that knows such a path reads in it; else, a folder is called after a student."""
    for platform in PLATFORMS:
        if platform.read_name and (name := platform.read_name(place)):
            return platform, name
    return None, EntryName(place[0], place[1:], (Reading(place[0]),))


def _group(files: Iterable[SourceFile]) -> tuple[list[Entry], list[Refused]]:
    """The files by entry, as their names tell, and those whose names tell nothing."""
    names: dict[tuple[Platform | None, str], EntryName] = {}
    found: dict[tuple[Platform | None, str], list[SourceFile]] = {}
    nobodys = []
    for file in files:
        platform, name = _read_name(file.place)
        if name.place:
            names[platform, name.entry] = name
            found.setdefault((platform, name.entry), []).append(replace(file, place=name.place))
        else:
            nobodys.append(Refused(file.shown, "a file that names no student, where a folder is expected"))
    entries = [
        Entry(name.entry, platform, name.readings, tuple(found[platform, entry]), name.assignment, name.time)
        for (platform, entry), name in names.items()
    ]
    return entries, nobodys


def _of_assignment(
    entries: list[Entry], course: Course, assignment: str, unmatched: list[Refused]
) -> tuple[list[Entry], list[str]]:
    """The entries of this assignment, with the times that nbgrader gave them; `unmatched` grows."""
    kept, others = [], 0
    # Among folders `ada/`, a student could make `ada/ps1/timestamp.txt` alone.
    nbgraders = all(len(file.place) > 1 for entry in entries if not entry.platform for file in entry.files)
    for entry in entries:
        if not entry.platform:
            tops = {file.place[0] for file in entry.files if len(file.place) > 1}
            foreign = {top for top in tops - {assignment} if course.folder("source", ".", top).is_dir()}
            others += len(foreign)
            kept += _of_folder(entry, assignment, foreign, nbgraders=nbgraders)
        elif entry.assignment not in ("", assignment):
            others += 1
        elif not entry.time:
            kept.append(entry)
        else:
            try:
                kept.append(_with_time(entry))
            except ValueError:
                unmatched.append(Refused(printable(entry.name), f"{entry.time!r} is not a time"))
    return kept, [f"{others} entries of other assignments were left out"] if others else []


def _with_time(entry: Entry) -> Entry:
    """The entry with the time in its name, and without the file that says the same."""
    files = tuple(file for file in entry.files if file.place != (TIMESTAMP,))
    return replace(entry, files=files, handed_in=read_time(entry.time))


def _of_folder(entry: Entry, assignment: str, foreign: set[str], *, nbgraders: bool) -> list[Entry]:
    """What of a student's folder belongs to the assignment; nothing where it is all of other assignments.

    `nbgraders`: the folders are nbgrader's own, `ada/ps1/` and not `ada/`.
    """
    files = [file for file in entry.files if file.place[0] not in foreign or len(file.place) == 1]
    in_folder = [file for file in files if file.place[0] == assignment and len(file.place) > 1]
    if not in_folder or any(file.is_notebook for file in files):
        return [replace(entry, files=tuple(files))] if files else []
    notes = []
    if len(in_folder) < len(files):
        notes.append(f"{len(files) - len(in_folder)} files outside of its folder {assignment}/ were left out")
    inside = [replace(file, place=file.place[1:]) for file in in_folder]
    if not nbgraders:
        return [replace(entry, files=tuple(inside), notes=tuple(notes))]
    moment = None
    for file in inside:
        if file.place == (TIMESTAMP,):
            try:
                moment = read_time(next(file.blocks(), b"")[:200].decode())
            except (ValueError, Refusal) as error:
                notes.append(f"{file.shown} is not a time ({error_text(error)})")
    others = tuple(file for file in inside if file.place != (TIMESTAMP,))
    return [replace(entry, files=others, handed_in=moment, notes=tuple(notes))]


def _match_student(entry: Entry, roster: Roster) -> tuple[Student, Entry]:
    """The one student who fits, and the entry as its name then reads. Raises Refusal for none and several."""
    fitting = {
        student.id: (student, reading) for reading in entry.readings for student in roster.fitting(reading)
    }
    if not fitting:
        raise NobodyFits("fits nobody in the roster")
    if len(fitting) > 1:
        names = " and ".join(str(student) for student, _ in fitting.values())
        raise Refusal(f"fits {names}; a platform_id in the roster would tell")
    [(student, reading)] = fitting.values()
    files = entry.files
    if reading.file:
        files = tuple(replace(file, place=(reading.file,), upload=reading.upload) for file in files)
    return student, replace(entry, readings=(reading,), files=files)


def _merge(entries: list[Entry]) -> Entry:
    """The one submission in all entries of a student, where the platform tells how they belong together."""
    first = entries[0]
    if len(entries) == 1:
        return first
    if first.platform and all(entry.platform == first.platform for entry in entries):
        if first.platform.several == "newest":
            last = max((entry.handed_in for entry in entries if entry.handed_in), default=None)
            newest = [entry for entry in entries if entry.handed_in == last]
            if len(newest) == 1:
                note = f"{len(entries) - 1} older in {first.platform.title}, left out"
                return replace(newest[0], notes=(note,))
        if first.platform.several == "together" and len({entry.readings[0].number for entry in entries}) == 1:
            late = any(entry.readings[0].late for entry in entries)
            files = tuple(file for entry in entries for file in entry.files)
            return replace(first, readings=(replace(first.readings[0], late=late),), files=files)
    raise Refusal(f"one of {len(entries)} entries for this student, none of which was taken")
