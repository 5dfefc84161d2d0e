"""The program inside a sandbox: it imports what the cells need, once, and forks itself for each submission.

The sandbox (bubblewrap) has no network and shows nothing but Python and the course package. Each fork gets
process, mount, ipc and network namespaces and empty folders of its own, gives up every right, and is watched
by a second fork, which enforces the limits and can always end it. This process itself never runs a line of a
student and never reads one: what it reads would be in the memory of every later fork.
"""

import contextlib
import ctypes
import errno
import gc
import importlib
import json
import os
import re
import resource
import select
import signal
import socket
import struct
import sys
import time
import traceback
from typing import Any

from coursekit.staff.sandbox.inside.messages import receive, send

HOME = "/home/student"
WORK = f"{HOME}/work"
# Of the host's users, these are nobody: each fork that runs at the same time has one to itself.
FIRST_UID = 1_700_000_000
_NEWNS, _NEWUTS, _NEWIPC, _NEWPID, _NEWNET = 0x20000, 0x4000000, 0x8000000, 0x20000000, 0x40000000
_PRIVATE, _NO_SUID_OR_DEVICES = 0x4000 | 0x40000, 0x2 | 0x4
_SECONDS_BETWEEN_LOOKS = 0.05
_TICKS = os.sysconf("SC_CLK_TCK")
_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Warm up as the order on the control socket says, then fork for each request that follows."""
    control = socket.socket(fileno=int(sys.argv[1]))
    order = json.loads(receive(control))
    os.umask(0o022)  # each fork is another user of the folders made here
    if order["sandboxed"]:
        _look_like_a_home()
    role, ready = _warm_up(order)
    send(control, json.dumps(ready).encode())
    gc.collect()
    gc.freeze()  # otherwise each collection in a fork would copy the pages of all objects
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 16, 2)
        while _reap():
            pass
        if not message:
            return
        if os.fork() == 0:
            control.close()
            channel, report = (socket.socket(fileno=number) for number in descriptors)
            _watch(role, order, channel, report, slot=int(message))
        for number in descriptors:
            os.close(number)


def _reap() -> bool:
    try:
        return os.waitpid(-1, os.WNOHANG)[0] > 0
    except ChildProcessError:
        return False


def _look_like_a_home() -> None:
    os.environ["HOME"] = HOME
    _go_to_work()


def _go_to_work() -> None:
    """The folder of the notebook is not the home folder, as on any machine."""
    os.makedirs(WORK, exist_ok=True)
    os.chmod(WORK, 0o777)
    os.chdir(WORK)


def _warm_up(order: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    for name in order["imports"]:
        with contextlib.suppress(BaseException):  # the cell that imports it will fail and say so
            importlib.import_module(name)
    role = importlib.import_module(f"coursekit.staff.sandbox.inside.{order['role']}")
    threads = _threads()
    prelude = role.prepare(order["prelude"])
    # A thread, as TensorFlow starts with its first operation, does not live on in a fork.
    forkable = _threads() <= threads
    return role, {
        "prelude": prelude,
        "forkable": forkable,
        "seen": list(filter(_can_be_seen, order["secret"])),
    }


def _can_be_seen(path: str) -> bool:
    """Whether a file is there, or a folder in which there may be anything."""
    try:
        return any(os.scandir(path))
    except FileNotFoundError:
        return False
    except OSError:  # no folder, or one that only others may open
        return True


def _threads() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except FileNotFoundError:
        import threading

        return threading.active_count()


# What follows runs in forks: first in the one that watches, then in the one that is watched.


def _watch(
    role: Any, order: dict[str, Any], channel: socket.socket, report: socket.socket, slot: int
) -> None:
    """Fork once more, watch over that process until it ends or has to, and report how it went."""
    why, peak, started = "", 0.0, time.monotonic()
    processor: dict[int, float] = {}  # seconds, by process, as each was last seen
    try:
        if order["sandboxed"]:
            _call(_libc.unshare, _NEWPID)
        own = _resident()
        student = os.fork()
        if student == 0:
            report.close()
            _be_watched(role, order, channel, slot)
        channel.close()
        limits = order["limits"]
        # Where the system has it, this tells at once that the process has ended.
        ended: list[Any] = [os.pidfd_open(student)] if hasattr(os, "pidfd_open") else []
        while True:
            ready, _, _ = select.select([report, *ended], [], [], _SECONDS_BETWEEN_LOOKS)
            word = report.recv(1) if report in ready else b" "
            if word == b"i":
                os.kill(student, signal.SIGINT)
                send(report, b"")  # done
            elif word not in (b" ", b"t"):
                os.kill(student, signal.SIGKILL)
            megabytes, processes = _size(student, own, limits["memory_mb"], processor)
            peak = max(peak, megabytes)
            if word == b"t":
                send(report, json.dumps(_time_of(processor, time.monotonic() - started)).encode())
            if megabytes > limits["memory_mb"]:
                why = why or f"used more than {limits['memory_mb']:,} MB of memory"
                os.kill(student, signal.SIGKILL)
            if processes > limits["processes"]:
                why = why or f"started more than {limits['processes']} processes"
                os.kill(student, signal.SIGKILL)
            pid, status, usage = os.wait4(student, os.WNOHANG)
            if pid:
                break
        peak = max(peak + own, usage.ru_maxrss * 1024 / 1e6)
        said = {"status": status, "why": why, "memory_mb": round(peak, 1)}
    except BaseException as error:
        said = {"status": -1, "why": f"the grader failed: {type(error).__name__}: {error}", "memory_mb": peak}
    said |= {"seconds": time.monotonic() - started, "processor": sum(processor.values())}
    try:
        send(report, json.dumps(said).encode())
    except OSError:
        pass  # nobody waits for it any more
    os._exit(0)


def _resident() -> float:
    """Megabytes that this process holds, most of them shared with the one it was forked from."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize() / 1e6
    except FileNotFoundError:
        return 0.0


def _size(student: int, own: float, limit: float, processor: dict[int, float]) -> tuple[float, int]:
    """Megabytes that the watched process and what it started hold beyond what they began with; their number.

    Notes in `processor` the seconds that each of them has used.
    """
    if not os.path.isdir("/proc/self"):
        return 0.0, 1
    parents, seconds = {}, {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as file:
                    fields = file.read().rpartition(")")[2].split()
                parents[int(name)] = int(fields[1])
                seconds[int(name)] = (int(fields[11]) + int(fields[12])) / _TICKS
            except (OSError, IndexError, ValueError):
                continue
    family, grown = {student}, True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in family} - family
        family, grown = family | more, bool(more)
    processor.update({pid: seconds[pid] for pid in family if pid in seconds})
    resident = {pid: _of_process(pid) for pid in family}
    megabytes = max(0.0, sum(resident.values()) - own)
    if megabytes > limit and len(family) > 1:
        # Much of it may be memory that forks share. To tell takes long, so not until it matters.
        megabytes = sum(_share(pid, size) for pid, size in resident.items())
    return megabytes, len(family)


def _time_of(processor: dict[int, float], seconds: float) -> dict[str, float]:
    """Seconds that processes used, and those that all of them waited while something else had the processor."""
    used, waited = sum(processor.values()), 0
    for pid in processor:
        try:
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
                    waited += int(file.read().split()[1])
        except (OSError, IndexError):
            continue
    # Threads of one family wait for each other, too, but then one of them runs.
    return {"processor": used, "waited": max(0.0, min(waited / 1e9, seconds - used))}


def _of_process(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize() / 1e6
    except OSError:
        return 0.0


def _share(pid: int, resident: float) -> float:
    """Megabytes that a process holds, counting what it shares with n others as the n-th part."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("Pss:")) * 1024 / 1e6
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    except OSError:
        return resident


def _be_watched(role: Any, order: dict[str, Any], channel: socket.socket, slot: int) -> None:
    """Give up every right, then play the role until the other side hangs up."""
    status = 1
    try:
        if order["sandboxed"]:
            _move_to_empty_folders(order["limits"]["folder_mb"])
            _keep_to_one_core(order["run"] + slot // 2)
        _limit(order["limits"])
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2) if order["role"] == "student" else (0, 1):
            os.dup2(null, standard)
        number = os.dup2(channel.fileno(), 3) if channel.fileno() != 3 else 3
        channel.detach()
        os.closerange(4, 65_536)
        if order["sandboxed"]:
            _give_up_rights(FIRST_UID + order["run"] % 400_000 * 1_000 + slot)
        role.serve(socket.socket(fileno=number))
        status = 0
    except EOFError:
        status = 0
    except BaseException:
        traceback.print_exc()  # into the log of the sandbox; a student's goes nowhere
    finally:
        os._exit(status)


def _move_to_empty_folders(megabytes: int) -> None:
    _call(_libc.unshare, _NEWNS | _NEWIPC | _NEWUTS | _NEWNET)
    _mount(b"none", b"/", None, _PRIVATE)
    size = f"size={megabytes}m,nr_inodes=20000,mode=1777".encode()
    folders = (HOME, "/tmp", "/dev/shm")
    # Data, or Python itself, may lie below one of them.
    mounted = {path: os.open(path, os.O_PATH) for path in _mounted_below(folders)}
    for folder in folders:
        _mount(b"tmpfs", folder.encode(), b"tmpfs", _NO_SUID_OR_DEVICES, size)
    for path, descriptor in mounted.items():
        _mount_again(path, descriptor)
    _mount(b"devpts", b"/dev/pts", b"devpts", 0x8 | 0x2, b"newinstance,ptmxmode=0666,mode=620")
    _mount(b"proc", b"/proc", b"proc", 0x8 | _NO_SUID_OR_DEVICES)
    # Memory that belongs to no process would not be seen; where these cannot be set, they are someone else's to set.
    for setting in ("kernel/shmmni", "kernel/msgmni", "fs/mqueue/queues_max"):
        try:
            with open(f"/proc/sys/{setting}", "w") as file:
                file.write("0")
        except OSError:
            pass
    _go_to_work()


def _mounted_below(folders: tuple[str, ...]) -> list[str]:
    """What is mounted below the folders, and not below another such mount."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        points = [line.split(" ")[4] for line in file]
    points = [re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), point) for point in points]
    below = [point for point in points if point.startswith(tuple(f"{folder}/" for folder in folders))]
    return [point for point in below if not any(point.startswith(f"{other}/") for other in below)]


def _mount_again(path: str, descriptor: int) -> None:
    """Mount what the descriptor points at, which is hidden now, in its old place."""
    source = f"/proc/self/fd/{descriptor}"
    if os.path.isdir(source):
        os.makedirs(path, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if not os.path.exists(path):
            open(path, "w").close()
    # MS_BIND with MS_REC: with what is mounted in it, without which it may not be shown. It stays read-only.
    _mount(source.encode(), os.fsencode(path), None, 0x1000 | 0x4000)
    os.close(descriptor)


def _keep_to_one_core(number: int) -> None:
    """Otherwise many busy processes of one submission would take the time that the others' tests have."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[number % len(cores)]})


def _limit(limits: dict[str, Any]) -> None:
    with_shared = _address_space() + limits["memory_mb"] * 1_000_000
    wanted = {
        resource.RLIMIT_AS: with_shared,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: limits["cpu_seconds"],
        resource.RLIMIT_FSIZE: limits["file_mb"] * 1_000_000,
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_NPROC: limits["threads"],
    }
    for which, value in wanted.items():
        _, hard = resource.getrlimit(which)
        value = int(value) if hard == resource.RLIM_INFINITY else min(int(value), hard)
        resource.setrlimit(which, (value, value))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a file that is too large is an error, not the end


def _address_space() -> int:
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except FileNotFoundError:
        return 1 << 40


def _give_up_rights(uid: int) -> None:
    for capability in range(64):
        _libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP; fails beyond the last one
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    _libc.prctl(47, 4, 0, 0, 0)  # PR_CAP_AMBIENT, clear all
    _call(_libc.prctl, 38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    header = struct.pack("Ii", 0x20080522, 0)  # version 3, this process
    _call(_libc.capset, header, struct.pack("6I", 0, 0, 0, 0, 0, 0))
    _libc.prctl(4, 1, 0, 0, 0)  # PR_SET_DUMPABLE: its own /proc/self belongs to it
    _forbid_system_calls()


def _forbid_system_calls() -> None:
    """No namespaces of its own, no memory that belongs to no process, and none of the kernel's odder corners."""
    try:
        architecture, numbers, clone = _FORBIDDEN[os.uname().machine]
    except KeyError:
        return  # the sandbox holds without this; it only takes away what nobody needs
    load, equal, bits_set, answer = 0x20, 0x15, 0x45, 0x06
    program = [(load, 0, 0, 4), (equal, 1, 0, architecture), (answer, 0, 0, _KILL)]
    program.append((load, 0, 0, 0))
    # Calls of another architecture on the same processor (x32) have numbers of their own.
    program += [(0x35, 0, 1, 0x40000000), (answer, 0, 0, _KILL)]
    for number in map(int, numbers.split()):
        program += [(equal, 0, 1, number), (answer, 0, 0, _REFUSE | errno.EPERM)]
    # clone3 hides its flags from a filter; without it the C library takes clone.
    program += [(equal, 0, 1, 435), (answer, 0, 0, _REFUSE | errno.ENOSYS)]
    program += [(equal, 0, 3, clone), (load, 0, 0, 16), (bits_set, 0, 1, 0x7E020080)]
    program += [(answer, 0, 0, _REFUSE | errno.EPERM), (answer, 0, 0, _ALLOW)]
    packed = b"".join(struct.pack("HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(packed)
    header = struct.pack("HxxxxxxP", len(program), ctypes.addressof(buffer))
    _call(_libc.prctl, 22, 2, ctypes.create_string_buffer(header), 0, 0)  # PR_SET_SECCOMP, a filter


_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
# By machine: its audit number; unshare, setns, mount, umount2, pivot_root, chroot, memfd_create, memfd_secret,
# shmget, msgget, ptrace, process_vm_readv and _writev, keyctl, add_key, request_key, bpf, perf_event_open,
# userfaultfd, io_uring_setup, open_by_handle_at, name_to_handle_at, kexec_load, fsopen, open_tree, move_mount,
# mount_setattr, pidfd_getfd, sched_setaffinity, sched_setattr; and clone.
_FORBIDDEN = {
    "x86_64": (
        0xC000003E,
        "272 308 165 166 155 161 319 447 29 68 101 310 311 250 248 249 321 298 323 425 304 303 246 430 428 429 442 "
        "438 203 314",
        56,
    ),
    "aarch64": (
        0xC00000B7,
        "97 268 40 39 41 51 279 447 194 186 117 270 271 219 217 218 280 241 282 425 265 264 104 430 428 429 442 "
        "438 122 274",
        220,
    ),
}


def _mount(
    source: bytes, target: bytes, kind: bytes | None, flags: int, options: bytes | None = None
) -> None:
    _call(_libc.mount, source, target, kind, flags, options)


def _call(function: Any, *arguments: Any) -> None:
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function.__name__}{arguments}: {os.strerror(number)}")


if __name__ == "__main__":
    main()
