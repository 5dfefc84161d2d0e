"""What this machine lets a command use: cores, memory, and the namespaces of which sandboxes are made."""

import os
import subprocess

# What the first process in a sandbox of root's may still do: it makes namespaces and gives its rights up.
_CAPABILITIES_OF_ROOT = ("CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_KILL", "CAP_SETPCAP")
_CAPABILITIES = ("CAP_SYS_ADMIN", "CAP_SETPCAP")


def cores() -> int:
    """How many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def affordable(bytes_each: float, *, at_most: int | None = None) -> int:
    """How many processes of this size to run at a time: one for each core (or `at_most`) that there is memory for."""
    import psutil

    return max(1, min(at_most or cores(), int(psutil.virtual_memory().available / bytes_each)))


def namespaces() -> list[str]:
    """The options of bubblewrap by which the grader's sandboxes are cut off from the machine."""
    options = ["--die-with-parent", "--new-session", "--unshare-pid", "--unshare-ipc"]
    options += ["--unshare-net", "--unshare-uts", "--unshare-cgroup-try", "--cap-drop", "ALL"]
    root = os.geteuid() == 0
    if not root:
        options.append("--unshare-user")
    for capability in _CAPABILITIES_OF_ROOT if root else _CAPABILITIES:
        options += ["--cap-add", capability]
    return options


def sandbox_refused(bwrap: str, seconds: float = 10.0) -> str:
    """Why the program `bwrap` can make no sandbox such as the grader's here, in its own words; empty if it can."""
    command = [bwrap, *namespaces(), "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    return "" if done.returncode == 0 else done.stderr.strip() or f"exit status {done.returncode}"
