"""What a student's process can see, reach, use up and leave behind: tried from inside."""

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import sysconfig
import textwrap
import threading
import time
import venv
from pathlib import Path

import pytest

from coursekit.notebooks import CourseError
from coursekit.staff.sandbox import examine, host, inside
from coursekit.staff.sandbox.host import Gone, Sandbox
from coursekit.staff.sandbox.inside import warm
from coursekit.staff.sandbox.inside.messages import pack, unpack
from coursekit.staff.sandbox.inside.wire import Writer

# The files that both sides may see of the instructors' half, by their stems.
INSIDE = {"__init__", *(path.stem for path in host.INSIDE.glob("*.py"))}
LIMITS = {"memory_mb": 400, "folder_mb": 4, "file_mb": 1, "processes": 12, "threads": 60, "cpu_seconds": 60}
NAMESPACES = ("pid", "mnt", "ipc", "net", "uts")


@pytest.fixture(scope="module")
def student():
    """A warm process for students' cells, with little room."""
    with contextlib.closing(Sandbox("student", imports=["numpy"], limits=LIMITS)) as warm:
        yield warm


@pytest.fixture
def forked(student):
    """Gives forks of the warm process, each with a slot of its own; they end with the test."""
    forks = []

    def fork(of=student):
        forks.append(begin(of, len(forks)))
        return forks[-1]

    yield fork
    for each in forks:
        each.close()


def begin(warm, slot=0):
    """A fork that has got its (no) files."""
    fork = warm.fork(slot)
    fork.send(pack({"files": []}, []), time.monotonic() + 10)
    fork.receive(time.monotonic() + 10)
    return fork


def run(fork, source, seconds=20):
    """What the fork answers when it runs a cell."""
    fork.send(pack({"run": {"source": textwrap.dedent(source), "name": "cell"}}, []), time.monotonic() + 5)
    header, _ = unpack(fork.receive(time.monotonic() + seconds))
    return header


def said(fork, source, seconds=20):
    """What the cell prints, read as JSON. It may not fail."""
    done = run(fork, source, seconds)
    assert done["error"] is None, done["error"]
    return json.loads("".join(o["text"] for o in done["outputs"] if o["output_type"] == "stream"))


def failure(fork, source, seconds=20):
    """The error with which the cell ends."""
    return run(fork, source, seconds)["error"]


# --- what there is to see ---

# Everything but processes, the system's programs and Python.
WALK = """
import json, os, sys
def walk():
    system = ("/proc", "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", sys.prefix, sys.base_prefix)
    for folder, folders, names in os.walk("/"):
        if any(folder == part or folder.startswith(part + "/") for part in system):
            folders.clear()
        else:
            yield folder, names
"""
FILES = (
    WALK
    + """
print(json.dumps([os.path.join(folder, name) for folder, names in walk() for name in names if folder[:4] != "/dev"]))
"""
)


def test_but_for_the_system_and_python_only_the_learners_package_can_be_seen(forked):
    found = [Path(path) for path in said(forked(), FILES)]
    package = [path.relative_to(host.PACKAGE) for path in found if path.is_relative_to(host.PACKAGE)]
    staff = {path.stem for path in package if path.parts[0] == "staff" and path.suffix == ".py"}
    assert staff == INSIDE
    others = [path for path in found if not path.is_relative_to(host.PACKAGE)]
    settings = [Path("/etc") / name for name in host._SETTINGS]
    assert [path for path in others if not any(path.is_relative_to(known) for known in settings)] == []


def test_a_course_the_home_folders_and_the_passwords_of_this_machine_are_not_there(forked, tmp_path):
    for name in ("gradebook.db", "source/ps1/ps1.ipynb", "submitted/ada/ps1/ps1.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("secret")
    paths = [tmp_path, tmp_path / "gradebook.db", Path.cwd() / "tests", Path.home() / ".ssh", "/etc/shadow"]
    paths += [
        "/etc/passwd",
        "/var/lib",
        "/mnt",
        "/run",
        "/sys/kernel",
        Path(__file__),
        host.PACKAGE.parent / "tests",
    ]
    source = (
        f"import json, os; print(json.dumps([p for p in {[str(p) for p in paths]} if os.path.exists(p)]))"
    )
    assert said(forked(), source) == []


def test_only_the_fork_itself_is_among_the_processes(forked):
    # Another one runs at the same time.
    forked()
    source = (
        "import json, os; print(json.dumps([os.getpid(), [n for n in os.listdir('/proc') if n.isdigit()]]))"
    )
    assert said(forked(), source) == [1, ["1"]]


def test_modules_of_the_staff_that_it_does_not_need_cannot_be_imported(forked):
    files = [file.relative_to(host.PACKAGE.parent) for file in (host.PACKAGE / "staff").rglob("*.py")]
    names = sorted(".".join(file.with_suffix("").parts) for file in files if file.stem != "__init__")
    source = f"""
        import importlib, json
        found = []
        for name in {names}:
            try:
                importlib.import_module(name)
                found.append(name)
            except ModuleNotFoundError:
                pass
        print(json.dumps(found))
    """
    assert said(forked(), source) == sorted(f"{inside.__name__}.{name}" for name in INSIDE - {"__init__"})
    assert "coursekit.staff.grading.grade" in names


def test_the_learners_half_of_the_package_is_there(forked):
    assert said(forked(), "from coursekit import checks, data; print(1)") == 1


def test_nothing_of_the_instructors_variables_gets_in(monkeypatch):
    monkeypatch.setenv("PLATFORM_TOKEN", "secret-token-of-the-instructor")
    monkeypatch.setenv("PYTHONPATH", "/secret-token-of-the-instructor")
    source = """
        import json, os
        files = [open(f"/proc/self/{name}", "rb").read().decode() for name in ("environ", "cmdline")]
        print(json.dumps([dict(os.environ), *files]))
    """
    with contextlib.closing(Sandbox("student", environment={"COURSE_SAYS": "hello"})) as warm:
        variables, environ, arguments = said(begin(warm), source)
    assert "secret-token" not in json.dumps([variables, environ, arguments])
    known = {
        *host._environment("/home/student", {}),
        "COURSE_SAYS",
        "PWD",
        "OLDPWD",
        "PAGER",
        "GIT_PAGER",
        "CLICOLOR",
        "TERM",
    }
    known |= {
        "FORCE_COLOR",
        "CLICOLOR_FORCE",
        "KMP_DUPLICATE_LIB_OK",
        "KMP_INIT_AT_FORK",
        "PYDEVD_USE_FRAME_EVAL",
    }
    assert set(variables) - known == set()
    assert variables["COURSE_SAYS"] == "hello"


def test_the_system_and_python_cannot_be_changed(forked):
    source = """
        import json, os, sys
        written = []
        for folder in ("/", "/usr/bin", "/etc", sys.prefix, os.path.dirname(os.__file__), "/home", "/proc/sys/kernel"):
            try:
                open(os.path.join(folder, "left"), "w").close()
                written.append(folder)
            except OSError:
                pass
        print(json.dumps(written))
    """
    assert said(forked(), source) == []


# --- wherever the course folder lies ---

OWN = ("gradebook.db", "source/ps/ps.ipynb", "nbgrader_config.py")
NAMES = [Path(name).name for name in OWN]


def own_files(course):
    """Files of a course's own, made in this folder."""
    for name in OWN:
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).write_text("secret")
    course.chmod(0o755)
    return [course / name for name in OWN]


def environment_in(folder, monkeypatch):
    """An environment of Python's in this folder, which has the packages of the real one; it runs the sandboxes."""
    real = sysconfig.get_path("purelib")
    venv.create(folder, symlinks=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "real.pth").write_text(f"import site; site.addsitedir({real!r})\n")
    for name in ("prefix", "exec_prefix"):
        monkeypatch.setattr(sys, name, str(folder))
    monkeypatch.setattr(sys, "executable", str(folder / "bin" / "python"))
    return [Path(real)]


def under_the_system(tmp_path, monkeypatch):
    monkeypatch.setattr(host, "_SYSTEM", (*host._SYSTEM, str(tmp_path)))
    return tmp_path / "share" / "course", []


def an_environment_s_root(tmp_path, monkeypatch):
    return tmp_path, environment_in(tmp_path, monkeypatch)


def in_an_environment(tmp_path, monkeypatch):
    return tmp_path / "course", environment_in(tmp_path, monkeypatch)


def around_an_environment(tmp_path, monkeypatch):
    return tmp_path, environment_in(tmp_path / "some" / ".venv", monkeypatch)


def in_the_data_folder(tmp_path, monkeypatch):
    return tmp_path / "course", [tmp_path]


def in_a_data_folder_that_has_two_names(tmp_path, monkeypatch):
    (tmp_path / "images").mkdir()
    (tmp_path / "data").symlink_to(tmp_path / "images")
    return tmp_path / "images" / "course", [tmp_path / "data"]


def around_the_data_folder(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    return tmp_path, [tmp_path / "data"]


def in_the_package(tmp_path, monkeypatch):
    package = tmp_path / "coursekit"
    shutil.copytree(host.PACKAGE, package)
    real = host.PACKAGE
    monkeypatch.setattr(host, "INSIDE", package / host.INSIDE.relative_to(real))
    monkeypatch.setattr(host, "PACKAGE", package)
    return package / "course", [real]


PLACES = [
    under_the_system,
    an_environment_s_root,
    in_an_environment,
    around_an_environment,
    in_the_data_folder,
    in_a_data_folder_that_has_two_names,
    around_the_data_folder,
    in_the_package,
]


@pytest.mark.parametrize("place", PLACES)
def test_the_course_folder_is_invisible_wherever_it_lies(tmp_path, monkeypatch, place):
    tmp_path.chmod(0o755)
    course, readable = place(tmp_path, monkeypatch)
    secret = own_files(course)
    data = [folder / "mnist.npz" for folder in readable if folder.is_relative_to(tmp_path)]
    for file in data:
        file.write_text("pixels")
    look = f"""
        import json, os
        found = [p for p in {[str(path) for path in secret]} if os.path.exists(p)]
        for start in {[str(path) for path in {tmp_path, *(file.parent for file in data)}]}:
            found += [os.path.join(at, n) for at, _, names in os.walk(start) for n in names if n in {NAMES}]
        print(json.dumps(found))
    """
    options = {"imports": ["numpy"], "readable": readable}
    with contextlib.closing(Sandbox("student", **options, course=course, secret=secret)) as warm:
        fork = begin(warm)
        assert said(fork, look) == []
        assert [said(fork, f"print(len(open('{file}').read()))") for file in data] == [6] * len(data)
        assert failure(fork, f"open('{course}/left', 'w')")["type"].endswith("Error")


def test_a_file_of_the_course_s_that_would_be_seen_all_the_same_stops_the_grading(tmp_path):
    # Not in the course folder, where it would be covered.
    gradebook = tmp_path / "data" / "gradebook.db"
    own_files(tmp_path / "data")
    course = tmp_path / "course"
    course.mkdir()
    with pytest.raises(CourseError, match=f"nothing is graded: .*would show {gradebook}; move"):
        Sandbox("student", readable=[tmp_path / "data"], course=course, secret=[gradebook])


@pytest.mark.parametrize("data", [".", "source", "source/ps"])
def test_the_course_s_own_files_cannot_be_data_for_cells(tmp_path, data):
    own_files(tmp_path)
    with pytest.raises(CourseError, match="holds the course's own files; keep data apart"):
        Sandbox("student", readable=[tmp_path / data], course=tmp_path, secret=[tmp_path / "source"])


def test_data_around_the_course_s_own_files_stops_the_grading(tmp_path):
    secret = tmp_path / "_build" / "executed"
    secret.mkdir(parents=True)
    (secret / "ps.ipynb").write_text("solution")
    with pytest.raises(CourseError, match=f"nothing is graded: .*would show {secret}; move"):
        Sandbox("student", readable=[tmp_path / "_build"], course=tmp_path, secret=[secret])


# --- what it may do ---

RIGHTS = """
import json, os
with open("/proc/self/status") as file:
    status = dict(line.split(":\\t", 1) for line in file.read().splitlines() if ":\\t" in line)
names = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
print(json.dumps({
    "capabilities": sum(int(status[name], 16) for name in names),
    "no new privileges": status["NoNewPrivs"],
    "seccomp": status["Seccomp"],
    "root": 0 in os.getresuid() + os.getresgid(),
    "groups": [g for g in os.getgroups() if g != 65534],
    "namespaces": {n: os.readlink("/proc/self/ns/" + n) for n in ("pid", "mnt", "ipc", "net", "uts")},
}))
"""


def test_it_has_no_capability_no_way_to_get_one_and_is_nobody(forked):
    rights = said(forked(), RIGHTS)
    assert rights["capabilities"] == 0
    assert rights["no new privileges"] == "1"
    assert rights["root"] is False
    assert rights["groups"] == []
    assert rights["seccomp"] == "2" or os.uname().machine not in ("x86_64", "aarch64")


def test_no_fork_of_another_run_on_this_machine_is_the_same_user(forked):
    users = [said(forked(), "import os\n\nprint(os.getuid())") for _ in range(2)]
    assert len(set(users)) == 2 or os.geteuid()  # whoever is not root can be nobody else
    if os.geteuid() == 0:
        assert {(user - warm.FIRST_UID) // 1_000 for user in users} == {os.getpid() % 400_000}


def test_each_fork_has_namespaces_of_its_own(forked):
    here = {name: os.readlink(f"/proc/self/ns/{name}") for name in NAMESPACES}
    one, other = (said(forked(), RIGHTS)["namespaces"] for _ in range(2))
    for name in NAMESPACES:
        assert len({here[name], one[name], other[name]}) == 3, name


CALLS = {
    "unshare a user namespace": "libc.unshare(0x10000000)",
    "unshare a mount namespace": "libc.unshare(0x20000)",
    "mount": "libc.mount(b'none', b'/tmp', b'tmpfs', 0, None)",
    "umount": "libc.umount2(b'/tmp', 0)",
    "trace": "libc.ptrace(0, 0, 0, 0)",
    "become root": "libc.setuid(0)",
    "shared memory of System V": "libc.shmget(77, 4096, 0o1666)",
    "messages of System V": "libc.msgget(77, 0o1666)",
    "a file in memory": "libc.memfd_create(b'x', 0)",
    "chroot": "libc.chroot(b'/tmp')",
    "set the clock": "libc.settimeofday(b'\\0' * 16, None)",
    "name the machine": "libc.sethostname(b'mine', 4)",
    "more open files": "libc.setrlimit(7, (ctypes.c_ulong * 2)(9999, 9999))",
}


CALL = "import ctypes; libc = ctypes.CDLL(None, use_errno=True); print(%s)"


@pytest.mark.parametrize("what", CALLS)
def test_the_system_refuses_to(forked, what):
    assert said(forked(), CALL % CALLS[what]) == -1


# --- network ---


@pytest.fixture
def listener():
    """A server on this machine: its port, and who came."""
    visitors = []
    with socket.create_server(("", 0)) as server:

        def welcome():
            with contextlib.suppress(OSError):
                while True:
                    visitors.append(server.accept())

        threading.Thread(target=welcome, daemon=True).start()
        port = server.getsockname()[1]
        socket.create_connection(("127.0.0.1", port), 5).close()  # it does answer
        yield port, visitors


def test_a_server_on_this_machine_cannot_be_reached(forked, listener):
    port, visitors = listener
    source = f"""
        import json, socket
        reached = []
        for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", {socket.gethostname()!r}):
            try:
                socket.create_connection((host, {port}), 2)
                reached.append(host)
            except OSError:
                pass
        print(json.dumps([reached, [name for _, name in socket.if_nameindex()]]))
    """
    reached, interfaces = said(forked(), source)
    assert (reached, set(interfaces) - {"lo"}) == ([], set())
    assert len(visitors) <= 1


def test_no_name_can_be_looked_up(forked):
    error = failure(forked(), "import socket; socket.getaddrinfo('example.org', 80)")
    assert error["name"] == "gaierror"


def test_sockets_in_the_abstract_name_space_of_this_machine_are_out_of_reach(forked):
    name = f"coursekit-{secrets.token_hex(8)}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0{name}")
        server.listen()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(f"\0{name}")
        error = failure(forked(), f"import socket; socket.socket(socket.AF_UNIX).connect('\\0{name}')")
    assert error["name"] == "ConnectionRefusedError"


# --- what one leaves, and the next one finds ---

LEAVE = (
    WALK
    + """
import ctypes, socket, subprocess
left = []
for folder, _ in walk():
    try:
        with open(os.path.join(folder, "MARK"), "w") as file:
            file.write("MARK")
        left.append(folder)
    except OSError:
        pass
asleep = subprocess.Popen(["sleep", "SLEEP"], start_new_session=True)
while not open(f"/proc/{asleep.pid}/cmdline").read():
    pass
kept, terminal = socket.socket(socket.AF_UNIX), os.openpty()
kept.bind("\\0MARK")
kept.listen()
librt = ctypes.CDLL(None)
queue = librt.mq_open(b"/MARK", 0o102, 0o666, None)
shared = librt.shmget(4711, 4096, 0o1666)
os.environ["MARK"] = "MARK"
print(json.dumps(left))
"""
)
LOOK = (
    WALK
    + """
import ctypes, socket
found = [os.path.join(folder, name) for folder, names in walk() for name in names if "MARK" in name]
for name in os.listdir("/proc"):
    if name.isdigit():
        with open(f"/proc/{name}/cmdline", "rb") as file:
            found += ["a process"] * (b"SLEEP" in file.read())
try:
    socket.socket(socket.AF_UNIX).connect("\\0MARK")
    found.append("an abstract socket")
except OSError:
    pass
libc = ctypes.CDLL(None)
found += ["a terminal"] * (os.listdir("/dev/pts") != ["ptmx"])
found += ["a message queue"] * (libc.mq_open(b"/MARK", 0o2, 0o666, None) != -1)
found += ["shared memory"] * (libc.shmget(4711, 4096, 0o666) != -1)
found += ["a variable"] * ("MARK" in os.environ)
print(json.dumps(found))
"""
)


def marked(source, mark, sleep):
    """The source with the name of what is left, and the seconds that the left process sleeps."""
    return source.replace("MARK", mark).replace("SLEEP", sleep)


def test_what_one_leaves_is_found_neither_at_the_same_time_nor_afterwards(forked):
    mark, sleep = f"left{secrets.token_hex(4)}", f"3600.{secrets.randbelow(10**9)}"
    one, other = forked(), forked()
    assert set(said(one, marked(LEAVE, mark, sleep))) >= {
        "/tmp",
        "/home/student",
        "/home/student/work",
        "/dev/shm",
    }
    there = said(one, marked(LOOK, mark, sleep))
    assert {f"/tmp/{mark}", f"/dev/shm/{mark}", "a process", "an abstract socket", "a terminal"} <= set(there)
    assert said(other, marked(LOOK, mark, sleep)) == []
    assert running(sleep) != []
    one.close()
    assert said(forked(), marked(LOOK, mark, sleep)) == []
    assert running(sleep) == []
    assert list(Path("/tmp").glob(f"*{mark}*")) + list(Path("/dev/shm").glob(f"*{mark}*")) == []


def running(argument, seconds=3):
    """Processes of this machine that were started with this argument; gone ones have a moment to go."""
    deadline = time.monotonic() + seconds
    while True:
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if argument.encode() in (process / "cmdline").read_bytes():
                    found.append(process.name)
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


SEARCH = """
import json, re
pattern, found = re.compile(b"ke[p]t-secret-[0-9a-f]{32}"), set()
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", buffering=0) as memory:
    for line in maps.read().splitlines():
        first, last = (int(part, 16) for part in line.split()[0].split("-"))
        if line.split()[1][0] != "r" or first >= 2**63 or last - first > 2**28:
            continue
        memory.seek(first)
        try:
            found |= set(pattern.findall(memory.read(last - first)))
        except OSError:
            continue
print(json.dumps([len(found), line != ""]))
"""


def test_the_memory_of_a_later_fork_holds_no_text_of_an_earlier_one(forked):
    secret = f"kept-secret-{secrets.token_hex(16)}"
    one = forked()
    content = Writer()
    files = pack({"files": [["notes.txt", content.write(secret.encode())]]}, content.buffers)
    one.send(files, time.monotonic() + 5)
    one.receive(time.monotonic() + 5)
    assert run(one, f"answer = {secret!r}")["error"] is None
    assert said(one, SEARCH) == [1, True]
    assert said(forked(), SEARCH) == [0, True]
    one.close()
    assert said(forked(), SEARCH) == [0, True]


def test_what_one_does_to_the_modules_does_not_reach_the_next(forked):
    assert (
        run(forked(), "import numpy, sys; numpy.isclose = None; sys.left = 1; del sys.modules['json']")[
            "error"
        ]
        is None
    )
    assert (
        said(forked(), "import json, sys, numpy; print(int(numpy.isclose(1, 1)) + hasattr(sys, 'left'))") == 1
    )


# --- what it can use up ---


def test_more_memory_than_it_may_have_is_an_error_that_it_survives(forked):
    fork = forked()
    assert failure(fork, "x = bytearray(800_000_000)")["name"] == "MemoryError"
    assert failure(fork, "import mmap; mmap.mmap(-1, 800_000_000)")["name"] in ("OSError", "MemoryError")
    assert said(fork, "x = bytearray(50_000_000); print(1)") == 1


def test_memory_in_many_processes_is_added_up(forked):
    source = """
        import os, time
        for _ in range(5):
            if os.fork() == 0:
                x = bytearray(b"x") * 200_000_000
                time.sleep(60)
        time.sleep(60)
    """
    started = time.monotonic()
    with pytest.raises(Gone, match="used more than 400 MB of memory"):
        run(forked(), source)
    assert time.monotonic() - started < 10


def test_more_processes_than_it_may_have_end_it(forked):
    source = """
        import os, time
        for _ in range(30):
            if os.fork() == 0:
                time.sleep(60)
        time.sleep(60)
    """
    started = time.monotonic()
    with pytest.raises(Gone, match="started more than 12 processes"):
        run(forked(), source)
    assert time.monotonic() - started < 10


THREADS = """
import threading
stop, started = threading.Event(), 0
try:
    for _ in range(200):
        threading.Thread(target=stop.wait, daemon=True).start()
        started += 1
except RuntimeError:
    pass
stop.set()
print(started)
"""


def test_more_threads_than_it_may_have_do_not_start():
    # Each thread reserves room in memory, too.
    with contextlib.closing(Sandbox("student", limits={**LIMITS, "memory_mb": 20_000})) as warm:
        assert 50 <= said(begin(warm), THREADS) < 60


def test_a_file_may_not_be_larger_than_the_limit(forked):
    error = failure(forked(), "open('big', 'wb').write(bytes(2_000_000))")
    assert (error["type"], "File too large" in error["text"]) == ("OSError", True)


@pytest.mark.parametrize("folder", ["/tmp", "/home/student", "/dev/shm"])
def test_a_folder_may_not_hold_more_than_the_limit(forked, folder):
    source = f"""
        for number in range(20):
            with open(f"{folder}/part{{number}}", "wb") as file:
                file.write(bytes(900_000))
    """
    error = failure(forked(), source)
    assert "No space left on device" in error["text"]


def test_a_folder_may_not_hold_files_without_end(forked):
    error = failure(forked(), "for number in range(30_000): open(f'f{number}', 'w').close()")
    assert "No space left on device" in error["text"]


def test_only_so_many_files_can_be_open(forked):
    error = failure(forked(), "kept = [open('/dev/null') for _ in range(300)]")
    assert "Too many open files" in error["text"]


def test_a_process_that_is_killed_is_gone_in_seconds_with_all_that_it_started(forked):
    sleep = f"3600.{secrets.randbelow(10**9)}"
    fork = forked()
    source = f"""
        import os, signal, subprocess, time
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        subprocess.Popen(["setsid", "sleep", "{sleep}"])
        if os.fork() == 0:
            os.setsid()
            subprocess.Popen(["nohup", "sleep", "{sleep}"], start_new_session=True)
            os._exit(0)
        time.sleep(0.3)
        print(1)
    """
    assert said(fork, source) == 1
    assert len(running(sleep, 0)) >= 2
    message = pack({"run": {"source": "while True: pass", "name": "cell"}}, [])
    fork.send(message, time.monotonic() + 5)
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        fork.receive(time.monotonic() + 0.2)
    fork.interrupt()  # which it ignores
    with pytest.raises(TimeoutError):
        fork.receive(time.monotonic() + 0.3)
    fork.kill()
    with pytest.raises(Gone, match="signal 9"):
        fork.receive(time.monotonic() + 5)
    assert fork.close().memory_mb > 1
    assert running(sleep) == []
    assert time.monotonic() - started < 5


def test_an_interrupt_ends_an_ordinary_loop_and_the_process_goes_on(forked):
    fork = forked()
    fork.send(pack({"run": {"source": "x = 1\nwhile True: pass", "name": "cell"}}, []), time.monotonic() + 5)
    with pytest.raises(TimeoutError):
        fork.receive(time.monotonic() + 0.2)
    fork.interrupt()
    header, _ = unpack(fork.receive(time.monotonic() + 5))
    assert header["error"]["name"] == "KeyboardInterrupt"
    assert said(fork, "print(x)") == 1


def test_an_interrupt_that_comes_too_late_ends_nothing(forked):
    fork = forked()
    for _ in range(20):
        fork.interrupt()
        assert said(fork, "print(1)") == 1


def test_an_interrupt_that_comes_too_late_does_not_end_the_examiner():
    test = {"kind": "test", "source": "assert True", "name": "test"}
    task = examine.new_task(cells=[test] * 20, imports=["numpy"])
    with examine.warm_pair(task) as pair:
        run = examine._SubmissionRun(task, pair, 0)
        for number in range(20):
            assert run._run_in_examiner(number)["verdict"]["fault"] == ""
            run._forks["examiner"].interrupt()
        run.close()


def test_of_a_forged_reply_only_what_can_be_a_line_number_or_a_text_is_kept():
    error = {"name": ["x"], "text": "\ud800"}
    checked = examine._checked({"lines": [-1000, 0, True, "1", 10**30, 2], "error": error, "value": "3"})
    assert (checked["lines"], checked["value"]) == ([10**30, 2], None)
    assert checked["error"] == {"type": "", "name": "['x']", "text": "?"}


def test_with_the_warm_process_all_forks_end(student):
    sleep = f"3600.{secrets.randbelow(10**9)}"
    warm = Sandbox("student")
    forks = [begin(warm, slot) for slot in range(2)]
    for fork in forks:
        said(
            fork,
            f"import subprocess; subprocess.Popen(['sleep', '{sleep}'], start_new_session=True); print(1)",
        )
    warm.close()
    assert running(sleep) == []
    assert [fork.close().why for fork in forks] == ["its watcher is gone"] * 2


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import os; os._exit(3)", "the Python process ended itself (exit status 3)"),
        ("import ctypes; ctypes.string_at(0)", "the Python process was ended by signal 11"),
    ],
)
def test_how_a_process_ended_is_told(forked, source, why):
    with pytest.raises(Gone) as gone:
        run(forked(), source)
    assert str(gone.value) == why


# --- time ---

WORK = "import time\n\nbegin = time.process_time()\nwhile time.process_time() - begin < {seconds}:\n    pass"


def test_what_it_used_is_told_from_outside_whatever_its_clocks_say(forked):
    fork = forked()
    before = fork.used().processor
    stopped = "import time\n\nclock, time.process_time = time.process_time, lambda: 0\nbegin = clock()\n"
    assert run(fork, stopped + "while clock() - begin < 0.5:\n    pass")["error"] is None
    assert 0.4 < fork.used().processor - before < 1.5


def test_what_its_processes_used_is_counted_while_they_run_and_when_they_are_gone(forked):
    fork = forked()
    before = fork.used().processor
    cell = """
    import os, signal, time

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks the system what the child has used
    child = os.fork()
    if child == 0:
        while time.process_time() < 0.6:
            pass
        os._exit(0)
    try:
        while True:
            os.kill(child, 0)
            time.sleep(0.01)
    except ProcessLookupError:
        pass
    """
    assert run(fork, cell, seconds=60)["error"] is None
    assert 0.4 < fork.used().processor - before < 1.5


def test_to_wait_for_the_processor_is_told_from_sleeping(forked):
    sleeper, busy = forked(), forked()
    assert run(sleeper, "import time\n\ntime.sleep(1)")["error"] is None
    with burning():
        assert run(busy, WORK.format(seconds=1), seconds=60)["error"] is None
    assert busy.used().waited > sleeper.used().waited + 0.3


@contextlib.contextmanager
def burning():
    """Three processes for each core that never rest."""
    burners = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(3 * (os.cpu_count() or 1))
    ]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def verdict_on(answer, test, timeout):
    """The verdict on a test cell behind an answer that defines `work`."""
    cells = [{"kind": "theirs", "source": answer, "name": "work"}]
    cells += [{"kind": "test", "source": test, "name": "work-test-1", "hidden": []}]
    cells[1] |= {"in_place": False, "timeout": None, "answers": ["work"]}
    return examine.examine(examine.new_task(cells=cells, answers=["work"], timeout=timeout))["cells"][1][
        "verdict"
    ]


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (f"def work():\n{textwrap.indent(WORK.format(seconds=1), '    ')}\n    return 1", ""),
        (
            "import time\n\n\ndef work():\n    time.sleep(60)\n    return 1",
            "the answer took more than 2 seconds",
        ),
    ],
    ids=["works", "sleeps"],
)
def test_on_a_busy_machine_an_answer_gets_the_time_for_which_it_waited_and_no_more(answer, fault):
    with burning():
        assert verdict_on(answer, "assert work() == 1", timeout=2)["fault"] == fault


def test_a_test_hears_of_the_processor_time_that_the_answer_used_in_its_own_process():
    test = """
    from coursekit.processor_time import processor_time

    before = processor_time()
    work()
    took = processor_time() - before
    assert 0.9 < took < 3, took
    """
    answer = f"def work():\n{textwrap.indent(WORK.format(seconds=1), '    ')}"
    found = verdict_on(answer, textwrap.dedent(test), timeout=20)
    assert not found["error"] and not found["fault"]


def test_one_that_has_ended_tells_what_it_used(forked):
    fork = forked()
    run(fork, WORK.format(seconds=0.4))
    with pytest.raises(Gone):
        run(fork, "import os\n\nos._exit(0)")
    assert fork.used().processor > 0.3


def test_a_message_that_is_too_long_ends_it(forked):
    fork = forked()
    source = "import os\nos.write(3, (10**15).to_bytes(8, 'big'))"
    with pytest.raises(Gone, match=r"it sent 1,000,000,000 MB at once; at most 256 MB may cross"):
        run(fork, source)


# --- starting ---


def test_a_prelude_runs_once_before_the_forks(forked):
    prelude = [{"source": "import random\nnumber = random.random()\nprint('ready')", "name": "setup"}]
    with contextlib.closing(Sandbox("student", prelude=prelude)) as warm:
        assert warm.prelude[0]["outputs"] == [{"output_type": "stream", "name": "stdout", "text": "ready\n"}]
        numbers = [said(begin(warm, slot), "print(number)") for slot in range(2)]
    assert numbers[0] == numbers[1]


def test_what_cannot_be_imported_does_not_keep_the_rest_from_starting():
    with contextlib.closing(Sandbox("student", imports=["no_such_module", "colorsys"])) as warm:
        fork = begin(warm)
        assert said(fork, "import sys\nprint(int('colorsys' in sys.modules))") == 1
        assert failure(fork, "import no_such_module")["name"] == "ModuleNotFoundError"


def test_files_that_cells_may_read_are_there_and_cannot_be_changed(tmp_path):
    tmp_path.chmod(0o755)
    (tmp_path / "data.csv").write_text("1")
    (tmp_path / "data.csv").chmod(0o644)
    with contextlib.closing(Sandbox("student", readable=[tmp_path, tmp_path / "not there"])) as warm:
        fork = begin(warm)
        assert said(fork, f"print(open('{tmp_path}/data.csv').read())") == 1
        assert "Read-only" in failure(fork, f"open('{tmp_path}/data.csv', 'w')")["text"]


def test_a_sandbox_that_does_not_start_says_what_the_programs_inside_said(monkeypatch):
    monkeypatch.setattr(host, "_bubblewrap", lambda *a: ["sh", "-c", "echo no room >&2; exit 1"])
    with pytest.raises(CourseError) as failed:
        Sandbox("student")
    assert "the student's sandbox did not start" in str(failed.value)
    assert "no room" in str(failed.value)


def test_why_there_can_be_no_sandbox_names_the_package_or_the_reason(monkeypatch, tmp_path):
    assert host.why_not() == ""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "install the package bubblewrap" in host.why_not()
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\necho 'No permissions to create new namespace' >&2\nexit 1\n")
    refusing.chmod(0o755)
    assert "may not make a sandbox here" in host.why_not()
    assert "No permissions to create new namespace" in host.why_not()
    monkeypatch.setattr(host.sys, "platform", "darwin")
    assert host.why_not() == "there is no sandbox on this system: bubblewrap needs Linux"


# --- as somebody who is not root ---

PROGRAM = """
import json, sys, time
from coursekit.staff.sandbox.host import Sandbox, why_not
sys.path.insert(0, {tests!r})
import test_sandbox as t
assert why_not() == "", why_not()
warm = Sandbox("student", imports=["numpy"], limits=t.LIMITS)
forks = [t.begin(warm, slot) for slot in range(2)]
mark = ("leftbynobody", "3600.123456789")
found = dict(rights=[t.said(fork, t.RIGHTS) for fork in forks], files=t.said(forks[0], t.FILES))
found["left"] = t.said(forks[0], t.marked(t.LEAVE, *mark))
found["seen"] = t.said(forks[1], t.marked(t.LOOK, *mark))
found["calls"] = [t.said(forks[1], t.CALL % call) for call in t.CALLS.values()]
found["memory"] = t.failure(forks[1], "x = bytearray(800_000_000)")["name"]
found["threads"] = t.said(forks[1], t.THREADS)
forks[0].close()
warm.close()
print(json.dumps(found))
"""


def test_for_an_unprivileged_user_the_sandbox_holds_the_same(tmp_path):
    command = [sys.executable, "-c", PROGRAM.format(tests=str(Path(__file__).parent))]
    done = subprocess.run([*as_nobody(), *command], capture_output=True, text=True, cwd="/", timeout=60)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    one, other = found["rights"]
    assert (one["capabilities"], one["no new privileges"], one["root"], one["groups"]) == (0, "1", False, [])
    assert [name for name in NAMESPACES if one["namespaces"][name] == other["namespaces"][name]] == []
    assert "/tmp" in found["left"] and found["seen"] == []
    assert set(found["calls"]) == {-1}
    assert found["memory"] == "MemoryError"
    assert 0 < found["threads"] < 60
    assert [
        path
        for path in found["files"]
        if "/staff/" in path and Path(path).name.partition(".")[0] not in INSIDE
    ] == []


def as_nobody():
    """A command line that runs what follows as a user without rights, who can read Python and this package."""
    if os.geteuid() != 0:
        return []
    shown = {
        Path(folder).resolve()
        for folder in (sys.prefix, sys.base_prefix, host.PACKAGE, Path(__file__).parent)
    }
    closed = {p for folder in shown for p in folder.parents if not p.stat().st_mode & 0o005 == 0o005}
    command = ["bwrap", "--dev-bind", "/", "/", "--cap-add", "ALL"]
    for folder in sorted(closed, key=lambda p: len(p.parts)):
        command += ["--tmpfs", str(folder)]
    below = [folder for folder in shown if any(folder.is_relative_to(parent) for parent in closed)]
    between = {p for folder in below for p in folder.parents if any(p.is_relative_to(c) for c in closed)}
    for folder in sorted(between - closed):
        command += ["--perms", "0755", "--dir", str(folder)]
    for folder in below:
        command += ["--ro-bind", str(folder), str(folder)]
    nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps=-all"]
    return [
        *command,
        "--",
        *nobody,
        "env",
        "HOME=/tmp",
        f"PATH={os.path.dirname(shutil.which('bwrap'))}:/usr/bin:/bin",
    ]
