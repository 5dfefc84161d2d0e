"""One class in which nearly everybody attacks the grader, or is odd: each gets what it deserves, and no more.

What each case of `tests/attacks` does stands in its first line; how a case is written, in fixtures/attack_course.py.
"""

import contextlib
import hashlib
import json
import os
import socket
import sqlite3
import stat
import tempfile
import threading
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest
from fixtures.attack_course import MARK, NEIGHBOURS, SECRETS, TASKS

from coursekit.staff.course import RESULT
from coursekit.staff.grading import grade, show

CASES = TASKS.cases()
LEAKING = [student for student in CASES if student.startswith("leaking-")]
# Where attackers try to leave something; what lies there already is not theirs.
OUTSIDE = [Path(folder).expanduser() for folder in ("/", "/tmp", "/var/tmp", "/dev/shm", "/run", "/etc", "~")]
OUTSIDE += [Path(tempfile.gettempdir()), Path("~/.ipython/profile_default/startup").expanduser()]
# How many seconds processes sleep that attackers leave running, by which they are known.
RUN = 1_000_000 + os.getpid()
MEGABYTE = 2**20


@dataclass
class Graded:
    """The class after it was graded, and what changed by it."""

    course: Path
    report: dict
    failed: str
    before: dict[str, str]
    after: dict[str, str]
    visitors: list[str] = field(default_factory=list)

    def points(self, student):
        """The points of a student, by question."""
        earned = dict.fromkeys(TASKS.points, 0.0)
        for test in self.report["students"][student]["questions"]:
            earned[test["question"].partition("-test-")[0]] += test["points"]
        return earned


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """All cases and their neighbours, graded in one call. Not to be changed."""
    course = TASKS.make(tmp_path_factory.mktemp("attacked") / "course")
    data = course / "data"
    data.mkdir()
    (data / "pixels.txt").write_text("0 1 2")
    with pytest.MonkeyPatch.context() as patch, listening() as (known, visitors):
        # What students may read is nowhere nearer to what they may not.
        patch.setenv("COURSEKIT_DATA_DIR", str(data))
        known |= {
            "COURSE": course,
            "DATA": "0 1 2",
            "PID_NAMESPACE": os.readlink("/proc/self/ns/pid"),
            "RUN": RUN,
        }
        for case in CASES.values():
            TASKS.hand_in(course, case, known)
        for student in NEIGHBOURS:
            TASKS.hand_in_right(course, student)
        before, failed = contents(course), ""
        try:
            report = grade.grade_class(course, TASKS.assignment, jobs=2)
        except grade.GradingFailed as failure:
            report, failed = failure.report, str(failure)
        return Graded(course, report, failed, before, contents(course), visitors)


@contextlib.contextmanager
def listening():
    """Servers on this machine that welcome everybody; yields their addresses and who came."""
    visitors = []
    folder = tempfile.mkdtemp(prefix="coursekit-")
    path, name = f"{folder}/socket", f"coursekit-{uuid.uuid4().hex}"
    servers = [socket.socket(), socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)]
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for server, address in zip(servers, (("127.0.0.1", 0), path, f"\0{name}"), strict=True):
        server.bind(address)
        server.listen()
    datagrams.bind(("127.0.0.1", 0))

    def welcome(server):
        with contextlib.suppress(OSError):
            while True:
                end, _ = server.accept()
                visitors.append(str(server.getsockname()))
                end.sendall(b"welcome")
                end.close()

    def answer():
        with contextlib.suppress(OSError):
            while True:
                _, sender = datagrams.recvfrom(100)
                visitors.append("datagram")
                datagrams.sendto(b"welcome", sender)

    for server in servers:
        threading.Thread(target=welcome, args=(server,), daemon=True).start()
    threading.Thread(target=answer, daemon=True).start()
    ports = {"TCP_PORT": servers[0].getsockname()[1], "UDP_PORT": datagrams.getsockname()[1]}
    try:
        yield {**ports, "UNIX_SOCKET": path, "ABSTRACT_SOCKET": name}, visitors
    finally:
        for server in (*servers, datagrams):
            server.close()
        os.remove(path)
        os.rmdir(folder)


def contents(course):
    """What lies in the course folder, by path: kind, rights and a digest of the content."""
    found = {}
    for folder, folders, names in os.walk(os.fsencode(course)):
        for name in (*folders, *names):
            path = os.path.join(folder, name)
            about = os.lstat(path)
            content = os.readlink(path) if stat.S_ISLNK(about.st_mode) else b""
            if stat.S_ISREG(about.st_mode):
                content = _digest(path) if about.st_mode & 0o400 else b"?"
            found[os.fsdecode(os.path.relpath(path, os.fsencode(course)))] = f"{about.st_mode:o} {content!r}"
    return found


def _digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def test_the_grader_itself_fails_on_no_submission(graded):
    assert graded.failed == ""
    assert set(graded.report["students"]) == {*CASES, *NEIGHBOURS}


@pytest.mark.parametrize("student", CASES)
def test_a_submission_gets_what_it_deserves(graded, student):
    earned = graded.points(student)
    undeserved = {
        question: f"{earned[question]:g} instead of {least:g}..{most:g}"
        for question, (least, most) in CASES[student].deserves.items()
        if not least - 1e-9 <= earned[question] <= most + 1e-9
    }
    assert undeserved == {}, f"{CASES[student].about} {_reasons(graded.report['students'][student])}"


def _reasons(result):
    lost = [q for q in result["questions"] if q["points"] < q["maximum"]]
    return "\n".join([result["reason"], *(f"{q['question']}: {q['reason'][:300]}" for q in lost)])


@pytest.mark.parametrize("student", CASES)
def test_each_lost_point_has_a_reason_that_the_student_may_read(graded, student):
    result = graded.report["students"][student]
    lost = [q for q in result["questions"] if q["points"] < q["maximum"]]
    assert [q["question"] for q in lost if not (q["reason"] or result["reason"])] == []
    assert [q["question"] for q in lost if not (q["message"] or result["reason"])] == []


@pytest.mark.parametrize("student", NEIGHBOURS)
def test_a_neighbour_of_attackers_gets_all_points(graded, student):
    result = graded.report["students"][student]
    assert graded.points(student) == TASKS.points
    assert (result["reason"], result["notes"]) == ("", [])
    assert [q for q in result["questions"] if q["reason"] or q["message"]] == []


def test_the_gradebook_says_what_the_report_says_and_has_no_points_by_hand(graded):
    query = """
        select student.id, base_cell.name, grade.auto_score, grade.manual_score, grade.extra_credit
        from grade join submitted_notebook on grade.notebook_id = submitted_notebook.id
        join submitted_assignment on submitted_notebook.assignment_id = submitted_assignment.id
        join student on submitted_assignment.student_id = student.id
        join base_cell on grade.cell_id = base_cell.id"""
    with contextlib.closing(sqlite3.connect(graded.course / "gradebook.db")) as book:
        entries = {(student, name): scores for student, name, *scores in book.execute(query)}
    reported = {
        (student, q["question"]): [q["points"], None, None]
        for student, result in graded.report["students"].items()
        for q in result["questions"]
    }
    assert {key: scores for key, scores in entries.items() if scores[0] is not None} == reported


def test_the_autograded_folder_of_each_student_holds_a_notebook_and_the_result_and_little_else(graded):
    for student, result in graded.report["students"].items():
        folder = graded.course / "autograded" / student / TASKS.assignment
        kept = json.loads((folder / RESULT).read_text()) | {"kept": False}
        assert kept.items() <= result.items()
        links = [path for path in folder.rglob("*") if path.is_symlink()]
        assert links == [], student
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        assert size < 20 * MEGABYTE, f"{student}: {size / MEGABYTE:.0f} MB"
        if not result["reason"]:
            nb = nbformat.read(folder / f"{TASKS.assignment}.ipynb", as_version=4)
            nbformat.validate(nb)
            names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in nb.cells]
            assert {names.count(name) for name in TASKS.tests} == {1}, student


def test_nothing_in_the_course_has_changed_but_what_grading_writes(graded):
    def others(found):
        written = ("autograded", "gradebook.db", ".coursekit")
        return {path: about for path, about in found.items() if path.split(os.sep)[0] not in written}

    assert others(graded.after) == others(graded.before)


def test_attackers_leave_nothing_on_this_machine(graded):
    left = [path for folder in OUTSIDE if folder.is_dir() for path in folder.glob(f"*{MARK}*")]
    left += list(Path(os.__file__).parent.glob(f"*{MARK}*"))
    left += [path for path in graded.course.rglob(f"*{MARK}*")]
    assert left == []
    assert "LEFT_BEHIND" not in Path(os.__file__).read_text()


def test_nothing_that_attackers_started_still_runs(graded):
    running = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            started = (process / "cmdline").read_bytes().split(b"\0")
            if str(RUN).encode() in started:
                running.append(started)
    assert running == []


def test_no_attacker_reaches_a_server_on_this_machine(graded):
    assert graded.visitors == []


def test_whoever_reaches_a_server_on_this_machine_is_noticed():
    with listening() as (known, visitors):
        with socket.create_connection(("127.0.0.1", known["TCP_PORT"])) as end:
            assert end.recv(100) == b"welcome"
        for address in (known["UNIX_SOCKET"], f"\0{known['ABSTRACT_SOCKET']}"):
            with socket.socket(socket.AF_UNIX) as end:
                end.connect(address)
                assert end.recv(100) == b"welcome"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"hello", ("127.0.0.1", known["UDP_PORT"]))
            assert end.recv(100) == b"welcome"
        assert len(visitors) == 4


@pytest.fixture(scope="module")
def shown(graded):
    """What those may see who tell what hidden tests asked them, and a few others."""
    return show.show_class(graded.course, TASKS.assignment, [*LEAKING, *NEIGHBOURS], jobs=2)


@pytest.mark.parametrize("student", [*LEAKING, *NEIGHBOURS])
def test_what_a_student_may_see_tells_nothing_of_hidden_tests(shown, student):
    result, notebooks = shown[student]
    seen = json.dumps([result, notebooks], ensure_ascii=False)
    assert "assert square(3) == 9" in seen
    assert [secret for secret in SECRETS if secret in seen] == []


def test_what_is_reported_of_an_answer_is_short_and_plain_text(graded):
    for student, result in graded.report["students"].items():
        for q in result["questions"]:
            for name in ("message", "returned", "output"):
                text = q[name]
                assert len(text) < 120_000, f"{student}, {q['question']}: {name} has {len(text):,} characters"
                text.encode("utf-8")


def test_there_is_a_case_of_every_kind_and_none_is_named_twice():
    kinds = {case.path.parent.name for case in CASES.values()}
    assert len(CASES) == len(list(TASKS.attacks.glob("*/*.py")))
    assert kinds >= set(
        "kernel values reading patching times dying hanging bombs honest notebook files".split()
    )
    assert kinds >= set("network escaping outliving leaking exceptions border protocol detecting".split())
