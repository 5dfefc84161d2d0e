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
from typing import Any

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
    folders that the cells may read. Raises CourseError when it cannot be started.
    """

    def __init__(
        self,
        role: str,
        *,
        imports: Sequence[str] = (),
        prelude: Sequence[Mapping[str, str]] = (),
        environment: Mapping[str, str] | None = None,
        readable: Sequence[Path] = (),
        limits: Mapping[str, int] | None = None,
        sandboxed: bool = True,
    ) -> None:
        self._lock = threading.Lock()
        self._log = tempfile.TemporaryFile()
        self._control, theirs = socket.socketpair()
        # Only without a sandbox: the folder that all forks then share, as home and to work in.
        self._scratch = tempfile.TemporaryDirectory()
        variables = _environment(warm.HOME if sandboxed else self._scratch.name, environment or {})
        program = [sys.executable, "-I", "-m", "coursekit.staff.sandbox.inside.warm", str(theirs.fileno())]
        command = [*_bubblewrap(readable, variables), *program] if sandboxed else program
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
            # Two graders on one machine need not both begin with its first core.
            "first_core": os.getpid(),
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
class Ended:
    """How a fork ended, as its watcher tells: wait status, the limit that ended it (or empty), and what it used."""

    status: int
    why: str
    seconds: float
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
                self._ended = _ended(report)

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
            while not (report := self._receive_report()):
                continue
            return _ended(report)
        except (OSError, EOFError, ValueError):
            return Ended(status=-1, why="its watcher is gone", seconds=0.0, memory_mb=0.0)

    def _receive_report(self) -> bytes:
        """What the watcher says: nothing when it has done what it was told, and at last how the fork ended."""
        return messages.receive(self._watcher, time.monotonic() + SECONDS_TO_END)


def _ended(report: bytes) -> Ended:
    return Ended(**json.loads(report))


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


def _bubblewrap(readable: Sequence[Path], variables: Mapping[str, str]) -> list[str]:
    """The command that starts a sandbox, up to the program in it."""
    command = [shutil.which("bwrap") or "bwrap", *namespaces(), *_system()]
    python = _folders_of_python()
    staff = PACKAGE / "staff"
    packages = [folder / "__init__.py" for folder in INSIDE.parents if folder.is_relative_to(staff)]
    # Whoever is not root must be able to walk through the folders above.
    above = {parent for path in [*python, *map(Path, readable)] for parent in path.parents}
    for folder in sorted(above - {Path("/"), Path("/tmp")} - set(map(Path, _SYSTEM))):
        command += ["--perms", "0755", "--dir", str(folder)]
    for folder in python:
        command += ["--ro-bind", str(folder), str(folder)]
    command += ["--perms", "0755", "--tmpfs", str(staff)]
    for folder in (INSIDE.parent, INSIDE):
        command += ["--perms", "0755", "--dir", str(folder)]
    for path in [*packages, INSIDE]:
        command += ["--ro-bind", str(path), str(path)]
    for path in readable:
        command += ["--ro-bind-try", str(path), str(path)]
    command += ["--remount-ro", str(staff), "--remount-ro", "/dev", "--remount-ro", "/", "--clearenv"]
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


def _folders_of_python() -> list[Path]:
    """Python and this package, where they are not among the system's programs."""
    prefixes = [Path(folder).resolve() for folder in (sys.base_prefix, sys.exec_prefix, sys.prefix)]
    found = [folder for folder in dict.fromkeys(prefixes) if not folder.is_relative_to("/usr")]
    if not PACKAGE.is_relative_to(sys.prefix):
        found.append(PACKAGE)
    return found
