"""The leaderboard of the challenge: a local file of what graded submissions scored, and its page on the site."""

import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coursekit import challenge
from coursekit.files import write_atomically
from coursekit.notebooks import CourseError
from coursekit.record import claims
from coursekit.staff.course import find_course
from coursekit.staff.grading.show import is_confined

FILE = "leaderboard.json"
LINE = "<!-- the leaderboard -->"
TEST_IMAGES = 10_000
_PLACES = 20
# What the course itself recorded for its reference solutions, and the best figure of the source studies.
_REFERENCES = {"mnist": "H1", "cifar10": "H2"}


def collect(root: Path, assignment: str = "challenge") -> tuple[Path, list[str]]:
    """Write the scores of all graded submissions whose authors gave a name to `leaderboard.json`.

    Returns the file, and a line for each submission that was left out. Only scores at profile full on all test images
    count, and only those that no student's code could have made up. A name belongs to one student: the first in the
    order of their ids. Raises CourseError for an unknown assignment.
    """
    course = find_course(root)
    entries, left_out, holders = [], [], {}
    for student, result in course.results(assignment).items():
        scores = [score for question in result["questions"] for score in question.get("scores", [])]
        if not is_confined(result):
            why = "graded in one kernel, or without a sandbox"
        elif not scores:
            why = "no challenge solved"
        elif any(score["profile"] != "full" for score in scores):
            why = (
                f"graded at profile {scores[0]['profile']}; use `coursekit grade {assignment} --profile full`"
            )
        elif any(score["images"] != TEST_IMAGES for score in scores):
            why = f"scored on {scores[0]['images']:,} images instead of the {TEST_IMAGES:,} test images: no real data"
        elif not (named := [score for score in scores if score["name"]]):
            why = "gave no name"
        elif taken := [
            s["name"] for s in named if holders.setdefault(s["name"].casefold(), student) != student
        ]:
            why = f"{taken[0]!r} is the name of {holders[taken[0].casefold()]}"
        else:
            about = {"code": result["code"], "date": result["graded_at"][:10]}
            entries += [{**score, **about} for score in named]
            continue
        left_out.append(f"{student}: {why}")
    order = sorted(entries, key=lambda e: (e["challenge"], -e["accuracy"], e["parameters"]))
    path = course.root / FILE
    write_atomically(path, json.dumps(order, indent=1, ensure_ascii=False) + "\n")
    return path, left_out


def write(root: Path, page: Path) -> None:
    """Put the tables into `page`, if the course has one, where it holds the line LINE.

    Raises CourseError when that line is not there, or when `leaderboard.json` is not what `collect` writes.
    """
    if not page.is_file():
        return
    text = page.read_text(encoding="utf-8")
    if LINE not in text:
        raise CourseError(f"{page.name}: no line {LINE!r}, where the leaderboard belongs")
    page.write_text(text.replace(LINE, _tables(_read(root / FILE))), encoding="utf-8")


def _read(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        for entry in entries:
            float(entry["accuracy"]), float(entry["transformed"]), entry["challenge"], entry["date"]
            int(entry["parameters"]), float(entry["seconds"]), entry["name"], int(entry["code"])
    except (ValueError, KeyError, TypeError) as error:
        raise CourseError(f"{path}: not a file that `coursekit leaderboard` wrote: {error!r}") from None
    return entries


def _tables(entries: Sequence[dict[str, Any]]) -> str:
    return "\n\n".join(
        _table(name, [entry for entry in entries if entry["challenge"] == name][:_PLACES])
        for name in challenge.BUDGETS
    )


def _table(name: str, entries: Sequence[dict[str, Any]]) -> str:
    budget = challenge.BUDGETS[name]
    about = claims.experiment(_REFERENCES[name])
    rows = [
        (
            f"{place}. {html.escape(entry['name'])}",
            f"{entry['accuracy']:.4f}",
            f"{entry['transformed']:.4f}",
            f"{entry['parameters']:,}",
            f"{entry['seconds']:.0f}",
            f"{entry['code']:,}",
            html.escape(entry["date"]),
        )
        for place, entry in enumerate(entries, start=1)
    ]
    runs = claims.recorded(about.id)
    if runs:
        mean = {key: sum(run["test"][key] for run in runs) / len(runs) for key in ("accuracy", "transformed")}
        seconds = sum(run["seconds"] for run in runs) / len(runs)
        count = f"the course's reference (mean of {len(runs)} run{'s' if len(runs) > 1 else ''})"
        row = (f"{mean['accuracy']:.4f}", f"{mean['transformed']:.4f}", f"{runs[0]['parameters']:,}")
        rows.append((count, *row, f"{seconds:.0f}", "–", max(run["date"] for run in runs)))
    best = next(figure.above for figure in about.figures if figure.above is not None)
    rows.append(("best figure of the source studies", f"{best:g}", *5 * "–"))
    body = "\n".join(
        f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in rest) + "</tr>"
        for first, *rest in rows
    )
    columns = ("who", "test accuracy", "on transformed images", "parameters", "seconds", "code", "date")
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    title = {"mnist": "MNIST", "cifar10": "CIFAR-10"}[name]
    return (
        f'<table class="record"><caption>{title}: at most {budget.parameters:,} parameters and {budget.seconds:,} '
        f"seconds of training on one core</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
    )
