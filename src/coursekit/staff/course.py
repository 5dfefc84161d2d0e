"""A course folder as nbgrader understands it: where submissions lie, what the settings say, and its gradebook."""

import contextlib
import fcntl
import json
import os
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coursekit.notebooks import CourseError

if TYPE_CHECKING:
    from nbgrader.api import Gradebook
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

# What `coursekit grade` found out about a submission, beside the notebooks in its autograded folder.
RESULT = ".coursekit.json"
# What of it the student may see.
SHOWN = ".coursekit-shown.json"
RESULT_BYTES = 20_000_000
# Beside a submission with an extension: when it was handed in, and by how much `timestamp.txt` is earlier. Beside one
# from a platform that numbers what is uploaded: the last number.
RECORD = ".handed-in.json"
# How long one program waits for another one that is writing to an SQLite gradebook.
SECONDS_TO_WAIT = 120


@dataclass(frozen=True)
class Course:
    """An nbgrader course, read from the `nbgrader_config.py` in `root`."""

    root: Path
    config: "Config"
    # The environment variables that nbgrader_config.py sets for the kernels.
    environment: dict[str, str]

    @cached_property
    def directory(self) -> "CourseDirectory":
        """nbgrader's own object for the course's folders."""
        from nbgrader.coursedir import CourseDirectory

        return CourseDirectory(config=self.config)

    def folder(self, step: str, student: str, assignment: str) -> Path:
        """The folder of an assignment. Steps: source, release, submitted, autograded, feedback.

        The student is "." for source and release.
        """
        directory = getattr(self.directory, f"{step}_directory")
        return Path(self.directory.format_path(directory, student, assignment))

    def students(self, step: str, assignment: str) -> list[str]:
        """The students who have a folder of this assignment at the step (submitted, autograded), sorted."""
        pattern = self.folder(step, "*", assignment)
        if "*" not in pattern.parts:
            return []
        at = pattern.parts.index("*")
        base, rest = Path(*pattern.parts[:at]), pattern.parts[at + 1 :]
        folders = sorted(base.iterdir()) if base.is_dir() else []
        return [f.name for f in folders if not f.name.startswith(".") and f.joinpath(*rest).is_dir()]

    def results(
        self, assignment: str, students: Sequence[str] | None = None, *, since: int = 0
    ) -> dict[str, dict[str, Any]]:
        """What `coursekit grade` recorded of each graded submission, by student, if that was after `since` (in ns).

        Where there is no record, or one that cannot be read, nothing was graded.
        """
        found = {}
        for student in self.students("autograded", assignment) if students is None else students:
            with contextlib.suppress(CourseError):
                if result := self.result(student, assignment, since=since):
                    found[student] = result
        return found

    def result(self, student: str, assignment: str, *, since: int = 0) -> dict[str, Any]:
        """What `coursekit grade` recorded of a submission; empty when something else graded it.

        nbgrader copies all that a student hands in, so a record that stands in the submission too is the student's
        own and counts for nothing. Raises CourseError for one that cannot be read.
        """
        path = self.folder("autograded", student, assignment) / RESULT
        try:
            about = path.stat()
            if about.st_mtime_ns <= since:
                return {}
            if about.st_size > RESULT_BYTES:
                raise ValueError(f"{about.st_size:,} bytes, at most {RESULT_BYTES:,} expected")
            content = path.read_bytes()
            handed_in = self.folder("submitted", student, assignment) / RESULT
            if (
                handed_in.is_file()
                and handed_in.stat().st_size == len(content)
                and handed_in.read_bytes() == content
            ):
                return {}
            result = json.loads(content)
            if not isinstance(result, dict):
                raise ValueError(f"expected an object, got {type(result).__name__}")
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            reason = str(error) or type(error).__name__
            raise CourseError(f"{path}: not a record of `coursekit grade`: {reason}") from None
        return result

    def delimiters(self, preprocessor: str) -> tuple[str, str]:
        """What marks the begin and the end of what nbgrader's ClearHiddenTests or ClearMarkScheme removes."""
        from nbgrader import preprocessors

        clear = getattr(preprocessors, preprocessor)(config=self.config)
        part = "test" if preprocessor == "ClearHiddenTests" else "mark_scheme"
        return getattr(clear, f"begin_{part}_delimeter"), getattr(clear, f"end_{part}_delimeter")

    def timestamp(self, student: str, assignment: str) -> datetime | None:
        """When the submission was handed in, as its `timestamp.txt` says (UTC), None without one.

        Raises CourseError for one that is no time, or no ordinary file: a student may have made it.
        """
        from nbgrader.utils import parse_utc

        path = self.folder("submitted", student, assignment) / "timestamp.txt"
        try:
            return parse_utc(_short_text(path).strip())
        except FileNotFoundError:
            return None
        except Exception as error:  # whatever the parser makes of it
            raise CourseError(
                f"{path.name}: expected a time like 2026-01-30 20:30:10 UTC ({error})"
            ) from None

    def handed_in(self, student: str, assignment: str) -> datetime | None:
        """When the submission was really handed in (UTC), extension or not; None where nobody knows."""
        with contextlib.suppress(CourseError):
            if stamp := self.timestamp(student, assignment):
                stamp = stamp.replace(tzinfo=UTC)
                return stamp + read_extension(self.folder("submitted", student, assignment), stamp)
        return None

    @contextlib.contextmanager
    def api(self, **folders: str) -> Iterator["NbGraderAPI"]:
        """nbgrader's API, quiet, and with its variables and kernels as this course wants them.

        folders: other ones than the course's own, as release_directory="...".
        """
        from nbgrader.apps.api import NbGraderAPI
        from nbgrader.coursedir import CourseDirectory

        directory = CourseDirectory(config=self.config)
        for name, folder in folders.items():
            setattr(directory, name, folder)
        # nbgrader_config.py only proposes a profile; here it is smoke, whatever the shell says.
        with _quietly(), _variables({**self.environment, "COURSEKIT_PROFILE": "smoke", "PATH": _path()}):
            yield NbGraderAPI(directory, config=self.config)

    @contextlib.contextmanager
    def gradebook(self) -> Iterator["Gradebook"]:
        """nbgrader's gradebook, for one short transaction at a time.

        Programs of this package take turns at a lock file; an SQLite gradebook that nbgrader or formgrader is
        writing to is waited for.
        """
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import DBAPIError

        with self.lock("gradebook"), _variables({"PATH": _path()}):
            try:
                with self._gradebook as gradebook:
                    yield gradebook
            except DBAPIError as error:
                where = make_url(self.directory.db_url).set(query={})
                raise CourseError(f"the gradebook {where!r}: {error.orig}") from error

    @cached_property
    def _gradebook(self) -> "Gradebook":
        """The one gradebook, which connects anew after each closing; its statements are compiled once."""
        from nbgrader.api import Gradebook

        url = self.directory.db_url
        if url.startswith("sqlite:"):
            url += f"{'&' if '?' in url else '?'}timeout={SECONDS_TO_WAIT}"
        return Gradebook(url, self.directory.course_id or "default_course")

    @contextlib.contextmanager
    def lock(self, name: str, *, wait: bool = True) -> Iterator[bool]:
        """Hold the lock `name` of this course; yields False when it is taken and `wait` is off.

        The system releases it when this process ends, however it ends.
        """
        folder = self.root / ".coursekit" / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / name, "w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True


def find_course(root: Path) -> Course:
    """The course in the folder `root`. Raises CourseError when its nbgrader_config.py cannot be read."""
    from traitlets.config import PyFileConfigLoader

    root = root.resolve()
    if not (root / "nbgrader_config.py").is_file():
        raise CourseError(f"{root}: no nbgrader_config.py here")
    before = dict(os.environ)
    try:
        config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
        environment = {name: value for name, value in os.environ.items() if before.get(name) != value}
    except Exception as error:  # whatever the instructor's own code raises
        raise CourseError(f"{root / 'nbgrader_config.py'}: {type(error).__name__}: {error}") from error
    finally:
        os.environ.clear()
        os.environ.update(before)
    config.CourseDirectory.root = str(root)
    return Course(root=root, config=config, environment=environment)


def read_extension(folder: Path, stamp: datetime) -> timedelta:
    """By how much the time stamp (UTC) of the submission in `folder` is earlier than it was handed in, as RECORD says.

    Plain nbgrader takes in whatever a student's folder holds: a record counts as far as it explains the stamp, and so
    it can only make a submission later.
    """
    with contextlib.suppress(OSError, ValueError, TypeError, LookupError, OverflowError):
        record = json.loads(_short_text(folder / RECORD))
        extension = timedelta(seconds=record["extension_seconds"])
        if datetime.fromisoformat(record["handed_in"]) - extension == stamp and extension > timedelta():
            return extension
    return timedelta()


def read_upload(folder: Path) -> int:
    """The platform's number of the last upload of the submission in `folder`, as RECORD says; 0 where it says none."""
    with contextlib.suppress(OSError, ValueError, TypeError, LookupError):
        number = json.loads(_short_text(folder / RECORD))["upload"]
        if type(number) is int and number > 0:
            return number
    return 0


def _short_text(path: Path) -> str:
    """What the file says. Raises OSError, and ValueError for what is no short text file: a student may have made it."""
    about = path.lstat()
    if not stat.S_ISREG(about.st_mode) or about.st_size > 200:
        raise ValueError("no short text file")
    return path.read_text(encoding="utf-8")


def _path() -> str:
    """nbgrader calls alembic by name to make a gradebook; this environment need not be the active one."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


@contextlib.contextmanager
def _variables(changed: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(changed)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """What this process and its kernels write to stderr is shown only with a CourseError."""
    sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), 2)
        try:
            yield
        except CourseError as error:
            log.seek(0)
            said = log.read().decode("utf-8", errors="replace").strip()
            raise CourseError(f"{error}\n{said}".rstrip()) from error
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(terminal)


def succeed(result: dict[str, Any], failure: str) -> None:
    """Raise CourseError with nbgrader's log if what its API returned says that it failed."""
    if not result["success"]:
        raise CourseError(f"{failure}\n{result.get('log') or result.get('error', '')}".rstrip())
