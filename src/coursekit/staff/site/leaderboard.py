"""The leaderboard of the challenge: a local file of what graded submissions scored, and its page on the site."""

import json
import unicodedata
from collections.abc import Mapping, Sequence
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
# For whoever gives another's name. No student can give this one: names have no brackets.
NAMELESS = "(anonymous)"
# Letters of names that `name_to_show` takes and NFKD leaves whole, and digits that are taken for letters.
_PLAIN = str.maketrans(
    {**dict(zip("øłđħŧıĸŋð01l", "oldhtikndoii", strict=True)), "æ": "ae", "œ": "oe", "þ": "th", "ʼ": ""}
)
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
    who handed in first, also after handing in again. Names that look alike are one, and whoever else gives it is listed
    as NAMELESS. Raises CourseError where there is no course.
    """
    course = find_course(root)
    entries: list[dict[str, Any]] = []
    notes: dict[str, str] = {}
    listed: dict[str, list[dict[str, Any]]] = {}
    for student, result in course.results(assignment).items():
        scores = [score for question in result["questions"] for score in question.get("scores", [])]
        named = [score for score in scores if score["name"]]
        if why := _why_left_out(result, scores, assignment) or ("" if named else "gave no name"):
            notes[student] = f"{student}: left out, {why}"
            continue
        about = {"code": result["code"], "date": result["graded_at"][:10]}
        listed[student] = [{**score, **about} for score in named]
    names = _names(course, assignment, listed)
    for student, scores in listed.items():
        for score in scores:
            if (holder := names[_look(score["name"])]) != student:
                notes[student] = (
                    f"{student}: listed without a name, {score['name']!r} is the name of {holder}"
                )
                score["name"] = NAMELESS
            entries.append(score)
    order = sorted(entries, key=lambda e: (e["challenge"], -e["accuracy"], e["parameters"]))
    path = course.root / FILE
    write_atomically(path, json.dumps(order, indent=1, ensure_ascii=False) + "\n")
    return path, [notes[student] for student in sorted(notes)]


def _names(course: Course, assignment: str, listed: Mapping[str, Sequence[dict[str, Any]]]) -> dict[str, str]:
    """Whose each name is, by its look: of who had it at the last call and still gives it, else the first to hand in.

    A file keeps that, since whoever hands in again is later than others then.
    """
    looks = {student: {_look(score["name"]) for score in scores} for student, scores in listed.items()}
    path = course.root / ".coursekit" / f"names-of-{assignment}.json"
    before = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    names = {look: student for look, student in before.items() if look in looks.get(student, ())}
    latest = datetime.max.replace(tzinfo=UTC)
    for student in sorted(listed, key=lambda who: (course.handed_in(who, assignment) or latest, who)):
        names = dict.fromkeys(looks[student], student) | names
    # Who is not listed this time may be the next, and gets the name back if nobody else has it then.
    absent = {look: student for look, student in before.items() if student not in listed}
    write_atomically(path, json.dumps(absent | names, indent=1, sort_keys=True) + "\n")
    return names


def _look(name: str) -> str:
    """What names that look alike have in common: no case, accents, strokes, blanks, hyphens or dots."""
    letters = unicodedata.normalize("NFKD", name.casefold()).translate(_PLAIN)
    return "".join(letter for letter in letters if letter.isalnum())


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
