"""The instructors' table of how every question was proved."""

from collections.abc import Sequence
from pathlib import Path

from coursekit.staff import proofs
from coursekit.staff.site.generated import fill_in, render

PROOF = "<!-- the proof -->"


def write(root: Path, page: Path, chapters: Sequence[str]) -> None:
    """Put the table into `page`, if the course has one, where it holds the line PROOF.

    Raises CourseError when the line is not there, and for a damaged file of proofs.
    """
    if page.is_file():
        found = {chapter: proofs.read(root, chapter) for chapter in chapters}
        fill_in(page, PROOF, "table of proofs", render("proof.html", proofs=found))
