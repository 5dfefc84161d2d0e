"""The leaderboard of the challenge: a local file of what graded submissions scored, and its page on the site."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coursekit import challenge
from coursekit.files import write_atomically
from coursekit.notebooks import CourseError
from coursekit.record import claims
from coursekit.staff.course import find_course
from coursekit.staff.grading.show import is_confined
from coursekit.staff.site.generated import fill_in, render

FILE = "leaderboard.json"
LINE = "<!-- the leaderboard -->"
TEST_IMAGES = 10_000
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

    Returns the file, and a line for each submission that was left out. Only scores at profile full on all test images
    count, and only those that no student's code could have made up. A name belongs to one student: the first in the
    order of their ids. Raises CourseError for an unknown assignment.
    """
    course = find_course(root)
    entries: list[dict[str, Any]] = []
    left_out: list[str] = []
    holders: dict[str, str] = {}
    for student, result in course.results(assignment).items():
        scores = [score for question in result["questions"] for score in question.get("scores", [])]
        why = _why_left_out(result, scores, assignment)
        named = [] if why else [score for score in scores if score["name"]]
        why = why or _why_not_by_name(named, student, holders)
        if why:
            left_out.append(f"{student}: {why}")
            continue
        about = {"code": result["code"], "date": result["graded_at"][:10]}
        entries += [{**score, **about} for score in named]
    order = sorted(entries, key=lambda e: (e["challenge"], -e["accuracy"], e["parameters"]))
    path = course.root / FILE
    write_atomically(path, json.dumps(order, indent=1, ensure_ascii=False) + "\n")
    return path, left_out


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


def _why_not_by_name(named: Sequence[dict[str, Any]], student: str, holders: dict[str, str]) -> str:
    """Why scores cannot be listed under their names; empty if they can. `holders`: whose a name is; it is added to."""
    if not named:
        return "gave no name"
    names = [score["name"] for score in named]
    taken = [name for name in names if holders.setdefault(name.casefold(), student) != student]
    return f"{taken[0]!r} is the name of {holders[taken[0].casefold()]}" if taken else ""


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
