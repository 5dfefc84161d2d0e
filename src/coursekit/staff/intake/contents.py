"""What goes into a submission: which files, under which names, and what of a student's archives.

Where a student handed in an archive instead of the notebooks, it is opened as well; one inside it is kept as the file
that it is. A file that is refused is named with the reason, and everything else is taken.
"""

import contextlib
import errno
import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from coursekit.notebooks import CourseError
from coursekit.staff.intake.archives import NOTEBOOK, Access, Meter, SourceFile, in_one_folder, list_inner
from coursekit.staff.intake.entries import Entry
from coursekit.staff.intake.place import RESERVED
from coursekit.staff.intake.refusals import Refusal, Refused, printable
from coursekit.staff.intake.roster import folded

MOST_INNER_ARCHIVES = 10
# What browsers, Jupyter, platforms and operating systems append to a name that they have seen before.
COPY = re.compile(r"-?(?:\(\d{1,3}\)|-\d{1,3}|copy(?:-?\d{1,3})?)$")


@dataclass(frozen=True)
class Notebooks:
    """The names of the notebooks that the assignment expects, and of those of the course's other assignments."""

    expected: tuple[str, ...]
    foreign: frozenset[str]


@dataclass
class Contents:
    """What was stored of a submission, as digests by name; what was refused, and what there is to say."""

    student: str
    digests: dict[str, str] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def refuse(self, where: str, reason: object) -> None:
        self.refused.append(Refused(where, str(reason), self.student))


def assemble(
    entry: Entry, incoming: Path, *, student: str, notebooks: Notebooks, access: Access, meter: Meter
) -> Contents:
    """Write the entry's files to the new folder `incoming`. Raises CourseError where that cannot be written."""
    contents = Contents(student)
    meter.submission = 0
    incoming.mkdir(parents=True)
    with contextlib.ExitStack() as opened:
        files = _without_common_folders(entry.files)
        if sum(file.is_notebook for file in files) < len(notebooks.expected):
            files = _open_archives(files, replace(access, opened=opened), contents)
        files = _without_older_uploads(files, notebooks.expected, contents)
        files = _without_clashes(files, notebooks.expected, access.limits.submission_files, contents)
        for file in _renamed(files, notebooks, contents):
            try:
                digest = _write_file(meter, file, incoming.joinpath(*file.place))
                contents.digests["/".join(file.place)] = digest
            except Refusal as refusal:
                contents.refuse(file.shown, refusal)
    absent = [name for name in notebooks.expected if name not in contents.digests]
    if contents.digests and absent:
        contents.notes.append(f"without {', '.join(absent)}")
    return contents


def _without_common_folders(files: Sequence[SourceFile]) -> list[SourceFile]:
    """The files without the folders that hold them all."""
    files = list(files)
    while in_one_folder(files):
        files = [replace(file, place=file.place[1:]) for file in files]
    return files


def _open_archives(files: Sequence[SourceFile], access: Access, contents: Contents) -> list[SourceFile]:
    """The files, with what the archives among them hold in place of these."""
    archives: list[SourceFile] = []
    found: list[SourceFile] = []
    for file in files:
        (archives if file.is_archive and len(file.place) == 1 else found).append(file)
    for archive in archives[MOST_INNER_ARCHIVES:]:
        contents.refuse(archive.shown, f"more than {MOST_INNER_ARCHIVES} archives in one submission")
    for archive in archives[:MOST_INNER_ARCHIVES]:
        try:
            inside = list_inner(archive, access)
        except Refusal as refusal:
            contents.refuse(archive.shown, refusal)
            continue
        for each in inside.refused:
            contents.refuse(f"{archive.shown}: {each.where}", each.reason)
        members = [replace(member, shown=f"{archive.shown}: {member.shown}") for member in inside.files]
        found += _without_common_folders(members)
        contents.notes += [
            f"{member.shown} is an archive in an archive and was not opened"
            for member in members
            if member.is_archive
        ]
    return found


def _without_older_uploads(
    files: Sequence[SourceFile], expected: Sequence[str], contents: Contents
) -> list[SourceFile]:
    """The files; of one notebook that was uploaded several times the last, where the platform numbers uploads."""
    uploads: dict[str, list[SourceFile]] = {}
    for file in files:
        if file.is_notebook and file.upload:
            name = file.place[0]
            meant = [name] if name in expected else [each for each in expected if _is_form_of(name, each)]
            if len(meant) == 1:
                uploads.setdefault(meant[0], []).append(file)
    older: set[int] = set()
    for those in uploads.values():
        newest = max(those, key=lambda file: file.upload)
        for file in those:
            if file.upload < newest.upload:
                older.add(file.upload)
                contents.notes.append(
                    f"{printable(file.place[0])} (upload {file.upload}) was left out: "
                    f"{printable(newest.place[0])} (upload {newest.upload}) is newer"
                )
    return [file for file in files if file.upload not in older]


def _without_clashes(
    files: Sequence[SourceFile], expected: Sequence[str], most: int, contents: Contents
) -> list[SourceFile]:
    """The files that can stand beside each other, `most` of them."""
    reserved = [_same_name((name,)) for name in RESERVED]
    # None stands for a folder.
    taken: dict[tuple[str, ...], tuple[str, ...] | None] = {}
    kept: list[SourceFile] = []
    # Of names that clash, the one that the assignment expects is taken, else the first.
    for file in sorted(files, key=lambda each: "/".join(each.place) not in expected):
        place = file.place
        if _same_name(place) in reserved:
            contents.refuse(file.shown, "a student's file of this name could forge its time or its grade")
        elif len(kept) == most:
            contents.refuse(file.shown, f"more than {most} files in one submission")
        elif clash := _clash(place, taken):
            contents.refuse(file.shown, clash)
        else:
            taken.update({_same_name(place[:depth]): None for depth in range(1, len(place))})
            taken[_same_name(place)] = place
            kept.append(file)
    return kept


def _renamed(files: Sequence[SourceFile], notebooks: Notebooks, contents: Contents) -> list[SourceFile]:
    """The files, notebooks among them under the names that the assignment gives them."""
    tops = {_same_name(file.place[:1]): file.place[0] for file in files}
    names, unclear = _expected_names([file.place[0] for file in files if file.is_notebook], notebooks)
    contents.notes += unclear or _extra_notebooks(files, names, notebooks)
    renamed: dict[tuple[str, ...], tuple[str, ...]] = {}
    for old, new in names.items():
        if tops.get(_same_name((new,)), old) == old:
            contents.notes.append(f"{printable(old)} is stored as {new}")
            renamed[old,] = (new,)
        else:
            contents.notes.append(
                f"{printable(old)} cannot be stored as {new}: there is a folder of this name"
            )
    return [replace(file, place=renamed.get(file.place, file.place)) for file in files]


def _extra_notebooks(
    files: Sequence[SourceFile], names: Mapping[str, str], notebooks: Notebooks
) -> list[str]:
    """What to say of further notebooks where all that the assignment expects are there; `names` are the new names."""
    found = [file.place[0] for file in files if file.is_notebook]
    taken = [names.get(name, name) for name in found]
    extra = [old for old, new in zip(found, taken, strict=True) if new not in notebooks.expected]
    if not extra or not set(notebooks.expected) <= set(taken):
        return []
    listed = ", ".join(map(printable, extra))
    return [f"{listed}: stored, but not graded; expected and found: {', '.join(notebooks.expected)}"]


def _same_name(parts: Sequence[str]) -> tuple[str, ...]:
    """Equal for names that some file system takes for the same."""
    lower = (unicodedata.normalize("NFKC", part).casefold() for part in parts)
    return tuple(unicodedata.normalize("NFKC", part) for part in lower)


def _clash(place: tuple[str, ...], taken: dict[tuple[str, ...], tuple[str, ...] | None]) -> str:
    """Why nothing can be stored at `place` beside what is taken, "" where it can."""
    for depth in range(1, len(place)):
        if taken.get(_same_name(place[:depth])):
            return f"{printable('/'.join(place[:depth]))} is a file, and a folder is expected"
    if _same_name(place) not in taken:
        return ""
    other = taken[_same_name(place)]
    if other is None:
        return "a folder of this name is already there"
    if other == place:
        return "a file of this name is already there"
    return f"differs from {printable('/'.join(other))} only in case or in how its letters are encoded"


def _expected_names(found: Sequence[str], notebooks: Notebooks) -> tuple[dict[str, str], list[str]]:
    """Which notebook is to have which expected name, and what is not clear; nothing is guessed."""
    expected = notebooks.expected
    others = [name for name in found if name not in expected]
    fitting = {}
    for name in expected:
        if name not in found:
            fitting[name] = [other for other in others if _is_form_of(other, name)]
    if len(expected) == 1 and fitting == {expected[0]: []}:
        fitting = {expected[0]: [other for other in others if other not in notebooks.foreign]}
    claimed = [other for candidates in fitting.values() for other in candidates]
    names, unclear = {}, []
    for name, candidates in fitting.items():
        if len(candidates) == 1 and claimed.count(candidates[0]) == 1:
            names[candidates[0]] = name
        elif candidates:
            listed = ", ".join(map(printable, candidates))
            unclear.append(f"which one is {name} is not clear; stored as they are: {listed}")
    return names, unclear


def _is_form_of(name: str, expected: str) -> bool:
    """Whether the notebook's name is the expected one, but for its spelling and marks of a copy."""
    return _forms_of_name(expected)[0] in _forms_of_name(name)


def _forms_of_name(name: str) -> list[str]:
    """A notebook's name without case, accents and kinds of spaces, then without one mark of a copy after another."""
    stem = NOTEBOOK.sub(r"\g<stem>", name)
    forms = [re.sub(r"[\s_-]+", "-", folded(stem))]
    while (shorter := COPY.sub("", forms[-1])) not in ("", forms[-1]):
        forms.append(shorter)
    return forms


def _write_file(meter: Meter, file: SourceFile, path: Path) -> str:
    """Write the file to `path`; returns a digest of its content. Nothing is left of one that is refused."""
    digest = hashlib.sha256()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "xb") as stream:
            for block in meter.blocks(file):
                digest.update(block)
                stream.write(block)
    except Refusal:
        path.unlink()
        raise
    except OSError as error:
        if error.errno in (errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL, errno.EEXIST):
            raise Refusal(f"cannot be stored under this name: {error.strerror}") from None
        raise CourseError(f"{path}: cannot be written: {error.strerror} ({file.shown})") from None
    return digest.hexdigest()
