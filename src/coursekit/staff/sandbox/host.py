"""Start warm processes in bubblewrap sandboxes, and talk to their forks.

`inside.warm` is the program on the other side. This side gives the orders, holds the limits on time, and counts
nothing that a fork says as more than a claim.
"""

import contextlib
import dataclasses
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from coursekit.machine import namespaces, sandbox_refused
from coursekit.notebooks import CourseError
from coursekit.staff.sandbox import inside
from coursekit.staff.sandbox.inside import messages, warm

PACKAGE = Path(__file__).parents[2]
# What both sides need of the instructors' half of the package; the rest of it is hidden.
INSIDE = Path(inside.__file__).parent
LIMITS = {
    "memory_mb": 4_000,  # beyond what the warm process holds already
    "folder_mb": 256,
    "file_mb": 100,
    "processes": 64,
    "threads": 1_024,
    "cpu_seconds": 3_600,
}
SECONDS_TO_START = 300
SECONDS_TO_END = 20
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
# Of an environment of Python's that is the course folder too.
_OF_PYTHON = ("bin", "etc", "include", "lib", "lib32", "lib64", "libexec", "pyvenv.cfg", "share")
_SETTINGS = ("alternatives", "fonts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "mime.types")


class Gone(Exception):
    """The process at the other end is gone, or did not answer in time; the message says why."""


def why_not() -> str:
    """Why there can be no sandbox on this machine, with what to do about it; empty if there can be one."""
    if sys.platform != "linux":
        return "there is no sandbox on this system: bubblewrap needs Linux"
    if not (bwrap := shutil.which("bwrap")):
        return "the command bwrap is missing: install the package bubblewrap (`apt install bubblewrap`, say)"
    if said := sandbox_refused(bwrap):
        return (
            f"bubblewrap is installed but may not make a sandbox here (are user namespaces allowed?): {said}"
        )
    return ""


class Sandbox:
    """A warm process that has imported what the cells need; `fork` gives a copy of it for one submission.

    role: student or examiner. prelude: cells of the course that run before the first fork. readable: files and
    folders that the cells may read. course: a folder that is covered wherever it would be visible; what Python or
    `readable` has in it stays. secret: files and folders of which nothing may be seen, wherever they lie. Raises
    CourseError when it cannot be started, or would show anything secret.
    """

    def __init__(
        self,
        role: str,
        *,
        imports: Sequence[str] = (),
        prelude: Sequence[Mapping[str, str]] = (),
        environment: Mapping[str, str] | None = None,
        readable: Sequence[Path] = (),
        course: Path | None = None,
        secret: Sequence[Path] = (),
        limits: Mapping[str, int] | None = None,
        sandboxed: bool = True,
    ) -> None:
        view = _view(readable, course, secret) if sandboxed else None
        self._lock = threading.Lock()
        self._log = tempfile.TemporaryFile()
        self._control, theirs = socket.socketpair()
        # Only without a sandbox: the folder that all forks then share, as home and to work in.
        self._scratch = tempfile.TemporaryDirectory()
        variables = _environment(warm.HOME if sandboxed else self._scratch.name, environment or {})
        program = [sys.executable, "-I", "-m", "coursekit.staff.sandbox.inside.warm", str(theirs.fileno())]
        command = [*_bubblewrap(view, variables), *program] if view else program
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                env=variables,
                cwd="/" if sandboxed else self._scratch.name,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        finally:
            theirs.close()
        order = {
            "role": role,
            "imports": list(imports),
            "prelude": [dict(cell) for cell in prelude],
            "limits": {**LIMITS, **(limits or {})},
            "sandboxed": sandboxed,
            "secret": [str(path) for path in view.secret] if view else [],
            # Two graders on one machine need not both begin with its first core, and their forks are other users: the
            # system counts a user's threads, and one that has too many must take none from a submission elsewhere.
            "run": os.getpid(),
        }
        deadline = time.monotonic() + SECONDS_TO_START
        try:
            messages.send(self._control, json.dumps(order).encode(), deadline)
            ready = json.loads(messages.receive(self._control, deadline))
        except (OSError, EOFError, ValueError) as error:
            self.close()
            raise CourseError(
                f"the {role}'s sandbox did not start: {error}\n{self.said()}".rstrip()
            ) from error
        if ready["seen"]:
            self.close()
            raise CourseError(
                f"nothing is graded: the {role}'s sandbox would show {', '.join(ready['seen'])}; move the course "
                "folder away from Python and from the data"
            )
        self._control.settimeout(None)
        # How each cell of the prelude ran; and whether a fork has all that it left, which it has not of threads.
        self.prelude: list[dict[str, Any]] = ready["prelude"]
        self.forkable: bool = ready["forkable"]

    def fork(self, slot: int) -> "Fork":
        """A new copy of the warm process; no two that live at a time may have the same slot (0 to 999)."""
        channel, theirs = socket.socketpair()
        watcher, theirs_too = socket.socketpair()
        try:
            with self._lock:
                socket.send_fds(self._control, [str(slot).encode()], [theirs.fileno(), theirs_too.fileno()])
        except OSError as error:
            raise CourseError(f"the sandbox has ended: {error}\n{self.said()}".rstrip()) from error
        finally:
            theirs.close()
            theirs_too.close()
        return Fork(channel, watcher)

    def close(self) -> None:
        """End the warm process and whatever is left of its forks."""
        self._control.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._scratch.cleanup()

    def said(self) -> str:
        """The end of what the programs inside wrote to stderr."""
        self._log.seek(0)
        return self._log.read().decode("utf-8", errors="replace").strip()[-4000:]


@dataclasses.dataclass(frozen=True)
class Used:
    """Seconds of processor time that a fork and what it started used, and seconds that they had to wait for it."""

    processor: float
    waited: float


@dataclasses.dataclass(frozen=True)
class Ended:
    """How a fork ended, as its watcher tells: wait status, the limit that ended it (or empty), and what it used."""

    status: int
    why: str
    seconds: float
    processor: float
    memory_mb: float

    def __str__(self) -> str:
        if self.why:
            return self.why
        if os.WIFSIGNALED(self.status):
            return f"the Python process was ended by signal {os.WTERMSIG(self.status)}"
        return f"the Python process ended itself (exit status {os.waitstatus_to_exitcode(self.status)})"


class Fork:
    """One fork of a warm process, and the watcher of that fork."""

    def __init__(self, channel: socket.socket, watcher: socket.socket) -> None:
        self._channel, self._watcher = channel, watcher
        self._ended: Ended | None = None
        self._waited = 0.0

    def send(self, message: bytes, deadline: float) -> None:
        """Send a message. Raises Gone."""
        try:
            messages.send(self._channel, message, deadline)
        except TimeoutError:
            raise Gone("it did not take its turn in time") from None
        except OSError:
            raise Gone(self._how_it_ended()) from None

    def receive(self, deadline: float, limit: int = messages.MAX_BYTES) -> bytes:
        """The next message, of at most `limit` bytes.

        Raises TimeoutError at the deadline (of time.monotonic()), and Gone.
        """
        try:
            return messages.receive(self._channel, deadline, limit)
        except TimeoutError:
            raise
        except messages.CannotCross as error:
            self.kill()
            raise Gone(f"it sent {error}") from None
        except (OSError, EOFError):
            raise Gone(self._how_it_ended()) from None

    def interrupt(self) -> None:
        """What Ctrl-C does: an ordinary loop ends with it, and the process can go on.

        It comes back when that is done: an interrupt on its way would end something else later on.
        """
        self._order(b"i")
        with contextlib.suppress(OSError, EOFError, ValueError):
            if report := self._receive_report():
                self._ended = Ended(**json.loads(report))

    def speaks(self, deadline: float) -> bool:
        """Whether a message begins, or it ends, before the deadline."""
        self._channel.settimeout(max(0.001, deadline - time.monotonic()))
        try:
            self._channel.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            return False
        except OSError:
            pass  # to receive will tell
        return True

    def waited(self) -> float:
        """Seconds that it waited for a processor since this was asked before."""
        before, self._waited = self._waited, max(self._waited, self.used().waited)
        return self._waited - before

    def used(self) -> Used:
        """What it used so far, as its watcher tells, which no code inside can change."""
        if self._ended is None:
            self._order(b"t")
            with contextlib.suppress(OSError, EOFError, ValueError):
                report = json.loads(self._receive_report())
                if "status" not in report:
                    return Used(**report)
                self._ended = Ended(**report)
        return Used(self._ended.processor if self._ended else 0.0, 0.0)

    def kill(self) -> None:
        """End the process and all that it has started."""
        self._order(b"k")

    def hang_up(self) -> None:
        """Let the process end by itself, as it does when nobody asks any more."""
        self._channel.close()

    def close(self) -> Ended:
        """End the process, and say how it ended."""
        self._channel.close()
        ended = self._end()
        self._watcher.close()
        return ended

    def _how_it_ended(self) -> str:
        return str(self._end())

    def _end(self) -> Ended:
        if self._ended is None:
            self.kill()
            self._ended = self._last_report()
        return self._ended

    def _order(self, word: bytes) -> None:
        with contextlib.suppress(OSError):
            self._watcher.send(word)

    def _last_report(self) -> Ended:
        try:
            while not (report := self._receive_report()) or "status" not in (said := json.loads(report)):
                continue
            return Ended(**said)
        except (OSError, EOFError, ValueError):
            return Ended(status=-1, why="its watcher is gone", seconds=0.0, processor=0.0, memory_mb=0.0)

    def _receive_report(self) -> bytes:
        """What the watcher says: nothing when it has done what it was told, and at last how the fork ended."""
        return messages.receive(self._watcher, time.monotonic() + SECONDS_TO_END)


def _environment(home: str, extra: Mapping[str, str]) -> dict[str, str]:
    """Variables of the programs inside; nothing of the instructor's own environment but its language."""
    paths = dict.fromkeys([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"])
    variables = {
        "HOME": home,
        "USER": "student",
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "PATH": os.pathsep.join(paths),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": f"{home}/.config/matplotlib",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        # A submission gets one core: the others grade other submissions.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "-1",
        "NBGRADER_EXECUTION": "autograde",
    }
    return {**variables, **extra}


class _View(NamedTuple):
    """What a sandbox shows beside the system, and what it covers.

    shown: what is bound, by its place inside. covered: places of empty folders. secret: every place where something
    secret would be, if it were visible.
    """

    shown: list[Path]
    covered: list[Path]
    secret: list[Path]


def _view(readable: Sequence[Path], course: Path | None, secret: Sequence[Path]) -> _View:
    """The view with data and nothing of the course. Raises CourseError for data among the course's own files."""
    course = course and course.resolve()
    own = [path.resolve() for path in secret]
    data = [Path(path) for path in readable]
    for path in data:
        real = path.resolve()
        if real == course or any(real.is_relative_to(mine) for mine in own):
            raise CourseError(
                f"{path}: cells may read this folder, and it holds the course's own files; keep data apart"
            )
    shown = [*_folders_of_python(course), *data]
    bound = [*shown, *(folder for folder in map(Path, _SYSTEM) if not folder.is_symlink())]
    staff = PACKAGE / "staff"
    # What lies in the course folder is covered with it.
    elsewhere = [path for path in own if path.is_dir() and not (course and path.is_relative_to(course))]
    hidden = [staff.resolve(), *([course] if course else []), *elsewhere]
    packages = [folder / "__init__.py" for folder in INSIDE.parents if folder.is_relative_to(staff)]
    return _View(
        shown=[*shown, *packages, INSIDE],
        covered=sorted({place for path in hidden for place in _places(path, bound)}),
        secret=sorted({place for path in own for place in [path, *_places(path, bound)]}),
    )


def _places(path: Path, bound: Sequence[Path]) -> set[Path]:
    """Where a file or folder of this machine is inside, given what is bound: a link may give it another place."""
    real = {folder: folder.resolve() for folder in bound}
    return {folder / path.relative_to(real[folder]) for folder in bound if path.is_relative_to(real[folder])}


def _bubblewrap(view: _View, variables: Mapping[str, str]) -> list[str]:
    """The command that starts a sandbox, up to the program in it."""
    command = [shutil.which("bwrap") or "bwrap", *namespaces(), *_system()]
    steps = {path: ["--ro-bind-try", str(path), str(path)] for path in view.shown}
    steps |= {path: ["--perms", "0755", "--tmpfs", str(path)] for path in view.covered}
    known = {Path("/"), Path("/tmp"), *map(Path, _SYSTEM)}
    # The outer first: what lies in a folder decides about its place, be it shown or covered.
    for path in sorted(steps, key=lambda path: len(path.parts)):
        # Whoever is not root must be able to walk through the folders above.
        for folder in sorted(set(path.parents) - known):
            command += ["--perms", "0755", "--dir", str(folder)]
        command += steps[path]
    for path in [*view.covered, Path("/dev"), Path("/")]:
        command += ["--remount-ro", str(path)]
    command.append("--clearenv")
    for name, value in variables.items():
        command += ["--setenv", name, value]
    return [*command, "--chdir", "/", "--"]


def _system() -> list[str]:
    """The options that show the system's programs and settings, and make empty folders."""
    options = []
    for folder in map(Path, _SYSTEM):
        if folder.is_symlink():
            options += ["--symlink", os.readlink(folder), str(folder)]
        elif folder.is_dir():
            options += ["--ro-bind", str(folder), str(folder)]
    for name in _SETTINGS:
        options += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    options += ["--proc", "/proc", "--dev", "/dev"]
    for name in ("/tmp", "/dev/shm", warm.HOME):
        options += ["--perms", "0755", "--tmpfs", name]
    return options


def _folders_of_python(course: Path | None) -> list[Path]:
    """Python and this package; of an environment in the course folder itself, only what is Python's."""
    prefixes = [Path(folder).resolve() for folder in (sys.base_prefix, sys.exec_prefix, sys.prefix)]
    found: list[Path] = []
    for folder in dict.fromkeys(prefixes):
        if folder == course:
            found += [folder / name for name in _OF_PYTHON]
        elif folder != Path("/usr"):
            found.append(folder)
    return [*found, PACKAGE]
