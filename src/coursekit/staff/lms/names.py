"""What a platform called a student's work in its download, kept by `collect` for the way back.

It is kept in the course folder and not beside the submission, where a student could say to be another one.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from coursekit.files import write_atomically
from coursekit.notebooks import CourseError
from coursekit.staff.course import Course


@dataclass(frozen=True)
class Called:
    """The platform's number of the student, and the names of the student's files or folder in the download."""

    number: str
    names: tuple[str, ...]


def remember(course: Course, assignment: str, platform: str, called: Mapping[str, Called]) -> None:
    """Keep what the platform called the work of these students; what is known of others stays."""
    if not called:
        return
    known = {**recall(course, assignment, platform), **called}
    text = json.dumps({student: asdict(each) for student, each in known.items()}, indent=1)
    write_atomically(_path(course, assignment, platform), text + "\n")


def recall(course: Course, assignment: str, platform: str) -> dict[str, Called]:
    """What the platform called the work of each student, as far as its downloads were collected."""
    path = _path(course, assignment, platform)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {student: Called(each["number"], tuple(each["names"])) for student, each in found.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise CourseError(f"{path}: {error}; remove it and collect the download again") from None


def _path(course: Course, assignment: str, platform: str) -> Path:
    return course.root / ".coursekit" / "names" / assignment / f"{platform}.json"
