"""Make the students' version of the chapters with nbgrader: no solutions, no hidden tests, no rubrics."""

import contextlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coursekit import notebooks
from coursekit.check.damage import checksum, digest
from coursekit.files import write_atomically
from coursekit.notebooks import CourseError
from coursekit.staff import faults
from coursekit.staff.course import Course, find_course, succeed
from coursekit.staff.execute import find_chapters, source_path
from coursekit.staff.steps import Step, content_key, imported

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from nbgrader.apps.api import NbGraderAPI

# Students who are nobody: their submissions are generated, and go whenever a chapter is released again.
SAMPLE_STUDENTS = ("sample-right", "sample-wrong")


def release(root: Path, chapters: Sequence[str] = ()) -> list[Path]:
    """Release the chapters (all by default) into `release/`; returns the released notebooks.

    A chapter that has not changed since its last release is left alone. Raises CourseError for notebooks with
    problems, all of them listed, and when nbgrader refuses, with its log.
    """
    names = find_chapters(root, chapters)
    due = [name for name in names if not is_current(root, name)]
    steps = {name: _step(root, name) for name in due}
    sources = {name: notebooks.read(source_path(root, name)) for name in due}
    problems = [problem for name, nb in sources.items() for problem in faults.problems(nb, name)]
    if problems:
        raise CourseError("not released:\n" + "\n".join(f"  {problem}" for problem in problems))
    if due:
        with find_course(root).api() as api:
            for name in due:
                _forget_samples(api, name)
                succeed(api.generate_assignment(name), f"{name}: nbgrader could not release it")
                _check_for_leaks(root, name, sources[name])
                _finish(released_path(root, name))
                steps[name].keep(released_at=time.time())
    return [released_path(root, name) for name in names]


def released_path(root: Path, chapter: str) -> Path:
    """Where the released notebook of a chapter stands."""
    return root / "release" / chapter / f"{chapter}.ipynb"


def manifest(nb: "NotebookNode") -> dict[str, dict[str, Any]]:
    """What `coursekit check` has to know of a released notebook's cells, by grade_id.

    Each has its kind (solution, test, locked, manual), its type, the digest of its source as students get it,
    and its number, since whoever saves a notebook sorts the keys.
    """
    listed = {}
    for number, cell in enumerate(nb.cells, start=1):
        name, kind = notebooks.grade_id(cell), notebooks.nbgrader_role(cell)
        if name and kind:
            listed[name] = {
                "kind": kind,
                "cell_type": cell.cell_type,
                "sha256": digest(cell.source),
                "number": number,
            }
    return listed


def release_key(root: Path, chapter: str) -> str:
    """A key that changes with every new release of the chapter. Raises CourseError if it needs a release."""
    if not is_current(root, chapter):
        raise CourseError(
            f"{chapter}: not released, or changed since; run `coursekit release {chapter}` first"
        )
    return content_key(_step(root, chapter).stamp)


def is_current(root: Path, chapter: str) -> bool:
    """Whether the released chapter and the gradebook belong to the source as it is now."""
    return (
        _step(root, chapter).done() is not None
        and released_path(root, chapter).is_file()
        and _in_gradebook(find_course(root), chapter)
    )


def _step(root: Path, chapter: str) -> Step:
    learners = imported(["from coursekit import notebooks", "from coursekit.check import damage"])
    code = (Path(__file__), Path(faults.__file__), *learners)
    settings = (root / "nbgrader_config.py", root / "requirements.txt", *code)
    stamp = root / "_build" / "released" / f"{chapter}.json"
    return Step(stamp, (source_path(root, chapter).parent, *settings))


def _in_gradebook(course: Course, chapter: str) -> bool:
    """Looked up without nbgrader, whose import takes longer than everything else when nothing has changed."""
    from sqlalchemy import create_engine, text
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError

    url = make_url(
        course.config["CourseDirectory"].get("db_url", f"sqlite:///{course.root / 'gradebook.db'}")
    )
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return False  # connecting would make one
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            asked = text("SELECT 1 FROM assignment WHERE name = :name")
            return connection.execute(asked, {"name": chapter}).fetchone() is not None
    except SQLAlchemyError:
        return False
    finally:
        engine.dispose()


def _forget_samples(api: "NbGraderAPI", chapter: str) -> None:
    """nbgrader adds no question to a chapter that anyone has handed in, sample students included."""
    from nbgrader.api import MissingEntry

    with api.gradebook as gradebook:
        for student in SAMPLE_STUDENTS:
            with contextlib.suppress(MissingEntry):
                gradebook.remove_submission(chapter, student)


def _check_for_leaks(root: Path, chapter: str, source: "NotebookNode") -> None:
    """Settings of nbgrader's own can switch off what it clears; then nothing must stay released."""
    released = released_path(root, chapter)
    lines = {line.strip() for cell in notebooks.read(released).cells for line in cell.source.splitlines()}
    leaked = sorted(notebooks.secret_lines(source) & lines)
    if leaked:
        released.unlink()
        listed = "\n".join(f"  {line}" for line in leaked)
        raise CourseError(
            f"{chapter}: the release held lines of solutions, hidden tests or rubrics:\n{listed}"
        )


def _finish(released: Path) -> None:
    """Let the tests of the released notebook say when they pass, and list its cells in `metadata.coursekit.cells`.

    nbgrader has kept its own copies of the tests by then, and grades with these.
    """
    import nbformat

    nb = notebooks.read(released)
    for cell in notebooks.say_when_tests_pass(nb):
        cell.metadata.nbgrader.checksum = checksum(cell)
    nb.metadata.setdefault("coursekit", {})["cells"] = manifest(nb)
    mode = released.stat().st_mode
    write_atomically(released, nbformat.writes(nb))
    released.chmod(mode)
