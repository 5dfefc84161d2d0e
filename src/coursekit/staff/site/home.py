"""The home page says how long the chapters take."""

from collections.abc import Iterable
from pathlib import Path

from coursekit import notebooks
from coursekit.staff import reading_time
from coursekit.staff.execute import source_path
from coursekit.staff.site.generated import fill_in

MINUTES = "<!-- the minutes -->"


def write(root: Path, page: Path, chapters: Iterable[str]) -> None:
    """Put "of 100 to 150 minutes each" into `page`, if the course has one, where it holds MINUTES.

    Raises CourseError when that is not there.
    """
    if page.is_file():
        each = [reading_time.minutes(notebooks.read(source_path(root, name))) for name in chapters]
        bounds = " to ".join(map(str, sorted({min(each), max(each)})))
        fill_in(page, MINUTES, "minutes of the chapters", f" of {bounds} minutes each")
