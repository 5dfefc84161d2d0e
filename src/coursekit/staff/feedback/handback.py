"""Feedback on its way back: the pages of a class in the zip that a learning platform takes in."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from coursekit.files import write_atomically
from coursekit.notebooks import CourseError
from coursekit.staff.course import find_course
from coursekit.staff.lms.names import recall
from coursekit.staff.lms.registry import PLATFORMS

FORMATS = {each.name: each for each in PLATFORMS if each.feedback_path}


def write_zip(
    root: Path, assignment: str, students: Sequence[str] = (), *, format: str, out: Path | None = None
) -> tuple[Path, list[str]]:
    """Put the pages of the students named (by default of all who have one) into one zip, under the platform's names.

    Returns its path, by default `feedback-<assignment>-<format>.zip` in the course folder, and the students who are
    not in it, since no download of the platform with a name of theirs was collected. Raises CourseError for an unknown
    format, and where there is nothing to put in.
    """
    if format not in FORMATS:
        raise CourseError(f"unknown format {format!r}, expected one of: {', '.join(FORMATS)}")
    platform, course = FORMATS[format], find_course(root)
    assert platform.feedback_path is not None
    called = recall(course, assignment, platform.name)
    left_out, content = [], io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for student in students or course.students("feedback", assignment):
            known = called.get(student)
            for page in sorted(course.folder("feedback", student, assignment).glob("*.html")):
                place = platform.feedback_path(known.names, known.number, page.name) if known else ""
                if place:
                    archive.write(page, place)
                elif student not in left_out:
                    left_out.append(student)
        packed = archive.namelist()
    if not packed:
        raise CourseError(
            f"{assignment}: no page can go back to {platform.title}: `coursekit collect` has seen no download of it "
            f"with the work of {', '.join(left_out) or 'anybody'}"
        )
    path = course.root / f"feedback-{assignment}-{platform.name}.zip" if out is None else Path(out)
    write_atomically(path, content.getvalue())
    return path, left_out
