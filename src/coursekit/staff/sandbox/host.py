"""Start warm processes in bubblewrap sandboxes, and talk to their forks.

`inside.warm` is the program on the other side. This side gives the orders, holds the limits on time, and counts
nothing that a fork says as more than a claim.
"""

import contextlib
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
from coursekit.staff.sandbox.inside import warm, wire

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
        self._control.settimeout(SECONDS_TO_START)
        try:
            warm.send(self._control, json.dumps(order).encode())
            self.ready: dict[str, Any] = json.loads(warm.receive(self._control))
        except (OSError, EOFError, ValueError) as error:
            self.close()
            raise CourseError(
                f"the {role}'s sandbox did not start: {error}\n{self.said()}".rstrip()
            ) from error
        self._control.settimeout(None)

    def fork(self, slot: int) -> "Fork":
        """A new copy of the warm process; no two that live at a time may have the same slot (0 to 999)."""
        channel, theirs = socket.socketpair()
        report, watcher = socket.socketpair()
        try:
            with self._lock:
                socket.send_fds(self._control, [str(slot).encode()], [theirs.fileno(), watcher.fileno()])
        except OSError as error:
            raise CourseError(f"the sandbox has ended: {error}\n{self.said()}".rstrip()) from error
        finally:
            theirs.close()
            watcher.close()
        return Fork(channel, report)

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


class Fork:
    """One fork of a warm process."""

    def __init__(self, channel: socket.socket, report: socket.socket) -> None:
        self._channel, self._report = channel, report
        self._said: dict[str, Any] | None = None

    def send(self, message: bytes, deadline: float) -> None:
        """Send a message. Raises Gone."""
        try:
            self._channel.settimeout(max(0.01, deadline - time.monotonic()))
            warm.send(self._channel, message)
        except TimeoutError:
            raise Gone("it did not take its turn in time") from None
        except OSError:
            raise Gone(self._obituary()) from None

    def receive(self, deadline: float, limit: int = wire.MAX_BYTES) -> bytes:
        """The next message, of at most `limit` bytes.

        Raises TimeoutError at the deadline (of time.monotonic()), and Gone.
        """
        try:
            size = int.from_bytes(self._exactly(8, deadline), "big")
            if size > limit:
                self.kill()
                raise Gone(f"it sent {size / 1e6:,.0f} MB at once; at most {limit / 1e6:,.0f} MB may cross")
            return self._exactly(size, deadline)
        except TimeoutError:
            raise
        except OSError:
            raise Gone(self._obituary()) from None

    def _exactly(self, size: int, deadline: float) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            self._channel.settimeout(max(0.001, deadline - time.monotonic()))
            part = self._channel.recv(min(size - len(parts), 1 << 20))
            if not part:
                raise Gone(self._obituary())
            parts += part
        return bytes(parts)

    def interrupt(self) -> None:
        """What Ctrl-C does: an ordinary loop ends with it, and the process can go on.

        It comes back when that is done: an interrupt on its way would end something else later on.
        """
        self._tell(b"i")
        self._report.settimeout(SECONDS_TO_END)
        with contextlib.suppress(OSError, EOFError, ValueError):
            if said := warm.receive(self._report):
                self._said = json.loads(said)

    def kill(self) -> None:
        """End the process and all that it has started."""
        self._tell(b"k")

    def hang_up(self) -> None:
        """Let the process end by itself, as it does when nobody asks any more."""
        self._channel.close()

    def close(self) -> dict[str, Any]:
        """End the process, and say how it ended: status, why (a limit), seconds, memory_mb."""
        self._channel.close()
        if self._said is None:
            self.kill()
            self._said = self._heard()
        self._report.close()
        return self._said

    def _tell(self, word: bytes) -> None:
        with contextlib.suppress(OSError):
            self._report.send(word)

    def _heard(self) -> dict[str, Any]:
        self._report.settimeout(SECONDS_TO_END)
        try:
            while not (said := warm.receive(self._report)):
                continue
            return json.loads(said)
        except (OSError, EOFError, ValueError):
            return {"status": -1, "why": "its watcher is gone", "seconds": 0.0, "memory_mb": 0.0}

    def _obituary(self) -> str:
        if self._said is None:
            self.kill()
            self._said = self._heard()
        if self._said["why"]:
            return self._said["why"]
        status = self._said["status"]
        if os.WIFSIGNALED(status):
            return f"the Python process was ended by signal {os.WTERMSIG(status)}"
        return f"the Python process ended itself (exit status {os.waitstatus_to_exitcode(status)})"


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
    command = [shutil.which("bwrap") or "bwrap", *namespaces()]
    for folder in map(Path, _SYSTEM):
        if folder.is_symlink():
            command += ["--symlink", os.readlink(folder), str(folder)]
        elif folder.is_dir():
            command += ["--ro-bind", str(folder), str(folder)]
    for name in _SETTINGS:
        command += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    command += ["--proc", "/proc", "--dev", "/dev"]
    for folder in ("/tmp", "/dev/shm", warm.HOME):
        command += ["--perms", "0755", "--tmpfs", folder]
    shown = [Path(f).resolve() for f in (sys.base_prefix, sys.exec_prefix, sys.prefix)]
    shown = [folder for folder in dict.fromkeys(shown) if not folder.is_relative_to("/usr")]
    if not PACKAGE.is_relative_to(sys.prefix):
        shown.append(PACKAGE)
    staff = PACKAGE / "staff"
    packages = [folder / "__init__.py" for folder in INSIDE.parents if folder.is_relative_to(staff)]
    # Whoever is not root must be able to walk through the folders above.
    above = {parent for path in [*shown, *map(Path, readable)] for parent in path.parents}
    for folder in sorted(above - {Path("/"), Path("/tmp")} - set(map(Path, _SYSTEM))):
        command += ["--perms", "0755", "--dir", str(folder)]
    for folder in shown:
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
