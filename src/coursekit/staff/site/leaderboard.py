"""The leaderboard of the challenge: a local file of what graded submissions scored, and its page on the site."""

import json
import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from coursekit import challenge
from coursekit.files import write_atomically
from coursekit.notebooks import CourseError
from coursekit.record import claims
from coursekit.staff.course import Course, find_course
from coursekit.staff.grading.show import is_confined
from coursekit.staff.site.generated import fill_in, render

FILE = "leaderboard.json"
LINE = "<!-- the leaderboard -->"
TEST_IMAGES = 10_000
# Whose name another student had first. No student can give this one: of brackets, no name is made.
NAMELESS = "(anonymous)"
# What intake leaves beside a submission with an extension.
RECORD = ".handed-in.json"
_RECORD_BYTES = 1_000
_PLACES = 20
_TITLES = {"mnist": "MNIST", "cifar10": "CIFAR-10"}
# What the course itself recorded for its reference solutions, and the best figure of the source studies.
_REFERENCES = {"mnist": "H1", "cifar10": "H2"}


@dataclass(frozen=True)
class Entry:
    """A line of the leaderboard. `seconds` of training; `code`: characters that the author wrote, None if unknown."""

    name: str
    accuracy: float
    transformed: float
    parameters: int
    seconds: float
    code: int | None
    date: str


def collect(root: Path, assignment: str = "challenge") -> tuple[Path, list[str]]:
    """Write the scores of all graded submissions whose authors gave a name to `leaderboard.json`.

    Returns the file, and a line for each submission that was left out, or is listed without its name. Only scores at
    profile full on all test images count, and only those that no student's code could have made up. A name belongs to
    who handed in first, and names that look alike are one; who comes later is listed as NAMELESS. Raises CourseError
    for an unknown assignment.
    """
    course = find_course(root)
    entries: list[dict[str, Any]] = []
    notes: dict[str, str] = {}
    listed: dict[str, list[dict[str, Any]]] = {}
    for student, result in course.results(assignment).items():
        scores = [score for question in result["questions"] for score in question.get("scores", [])]
        named = [score for score in scores if score["name"]]
        if why := _why_left_out(result, scores, assignment) or ("" if named else "gave no name"):
            notes[student] = f"{student}: {why}"
            continue
        about = {"code": result["code"], "date": result["graded_at"][:10]}
        listed[student] = [{**score, **about} for score in named]
    holders: dict[str, str] = {}
    for student in sorted(listed, key=lambda student: (_handed_in(course, student, assignment), student)):
        for score in listed[student]:
            holder = holders.setdefault(_look(score["name"]), student)
            if holder != student:
                notes[student] = f"{student}'s name: {score['name']!r} is the name of {holder}"
                score["name"] = NAMELESS
            entries.append(score)
    order = sorted(entries, key=lambda e: (e["challenge"], -e["accuracy"], e["parameters"]))
    path = course.root / FILE
    write_atomically(path, json.dumps(order, indent=1, ensure_ascii=False) + "\n")
    return path, [notes[student] for student in sorted(notes)]


def _handed_in(course: Course, student: str, assignment: str) -> datetime:
    """When the submission was handed in; the end of time where nobody knows.

    With an extension the time stamp is earlier than that. A record that a student forged could only make it later.
    """
    latest = datetime.max.replace(tzinfo=UTC)
    try:
        moment = course.timestamp(student, assignment)
    except CourseError:
        moment = None
    if moment is None:
        return latest
    moment = moment.replace(tzinfo=UTC)
    record = course.folder("submitted", student, assignment) / RECORD
    if not os.path.lexists(record):
        return moment
    try:
        if record.is_symlink() or record.stat().st_size > _RECORD_BYTES:
            return latest
        return max(moment, datetime.fromisoformat(json.loads(record.read_bytes())["handed_in"]))
    except (OSError, ValueError, TypeError, LookupError, RecursionError):
        return latest


def _look(name: str) -> str:
    """What names that look alike have in common: no case, accents, strokes, blanks, hyphens or dots."""
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    return "".join(_plain(letter) for letter in letters if unicodedata.category(letter)[0] in "LN")


def _plain(letter: str) -> str:
    """The Latin letter without its stroke or hook, such as l for ł; any other letter or digit as it is."""
    about = unicodedata.name(letter, "")
    found = re.fullmatch(r"LATIN SMALL (?:LETTER|LIGATURE) (?:DOTLESS )?([A-Z]{1,2})(?: WITH .*)?", about)
    return found[1].lower() if found else letter


def _why_left_out(result: dict[str, Any], scores: Sequence[dict[str, Any]], assignment: str) -> str:
    """Why a submission's scores do not count; empty if they do."""
    if not is_confined(result):
        return "graded in one kernel, or without a sandbox"
    if not scores:
        return "no challenge solved"
    if any(score["profile"] != "full" for score in scores):
        profile = scores[0]["profile"]
        return f"graded at profile {profile}; use `coursekit grade {assignment} --profile full`"
    if any(score["images"] != TEST_IMAGES for score in scores):
        images = scores[0]["images"]
        return f"scored on {images:,} images instead of the {TEST_IMAGES:,} test images: no real data"
    return ""


def write(root: Path, page: Path) -> None:
    """Put the tables into `page`, if the course has one, where it holds the line LINE.

    Raises CourseError when that line is not there, or when `leaderboard.json` is not what `collect` writes.
    """
    if page.is_file():
        entries = _read(root / FILE)
        tables = [_table(name, entries.get(name, [])) for name in challenge.BUDGETS]
        fill_in(page, LINE, "leaderboard", "\n\n".join(tables))


def _read(path: Path) -> dict[str, list[Entry]]:
    """The entries in the file, by challenge, in its order; none without the file."""
    entries: dict[str, list[Entry]] = {}
    if not path.is_file():
        return entries
    try:
        for score in json.loads(path.read_text(encoding="utf-8")):
            entry = Entry(
                name=score["name"],
                accuracy=float(score["accuracy"]),
                transformed=float(score["transformed"]),
                parameters=int(score["parameters"]),
                seconds=float(score["seconds"]),
                code=int(score["code"]),
                date=score["date"],
            )
            entries.setdefault(score["challenge"], []).append(entry)
    except (ValueError, KeyError, TypeError) as error:
        raise CourseError(f"{path}: not a file that `coursekit leaderboard` wrote: {error!r}") from None
    return entries


def _table(name: str, entries: Sequence[Entry]) -> str:
    experiment = claims.experiment(_REFERENCES[name])
    return render(
        "leaderboard.html",
        title=_TITLES[name],
        budget=challenge.BUDGETS[name],
        entries=entries[:_PLACES],
        reference=_reference(claims.recorded(experiment.id)),
        best=next(figure.above for figure in experiment.figures if figure.above is not None),
    )


def _reference(runs: Sequence[dict[str, Any]]) -> Entry | None:
    """The mean of the course's own runs, None if there are none."""
    if not runs:
        return None
    return Entry(
        name=f"the course's reference (mean of {len(runs)} run{'s' if len(runs) > 1 else ''})",
        accuracy=sum(run["test"]["accuracy"] for run in runs) / len(runs),
        transformed=sum(run["test"]["transformed"] for run in runs) / len(runs),
        parameters=runs[0]["parameters"],
        seconds=sum(run["seconds"] for run in runs) / len(runs),
        code=None,
        date=max(run["date"] for run in runs),
    )
