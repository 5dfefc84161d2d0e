"""The doctor's table: what it finds, whom a gap concerns, and that it never falls ill itself."""

import importlib.metadata
import subprocess
import sys
import time

import pytest

from coursekit import data, doctor
from coursekit.staff.sandbox import host


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course folder that we are in and that asks for `packaging`; call it with the lines of its lock."""
    folder = tmp_path / "course"
    (folder / "notebooks").mkdir(parents=True)
    monkeypatch.chdir(folder / "notebooks")

    def write(*lock, needs=("packaging",), python=">=3.11"):
        needs = ", ".join(f'"{line}"' for line in needs)
        project = f'[project]\nname = "coursekit"\nrequires-python = "{python}"\ndependencies = [{needs}]\n'
        (folder / "pyproject.toml").write_text(project, encoding="utf-8")
        (folder / "requirements.txt").write_text("\n".join(lock), encoding="utf-8")

    return write


@pytest.fixture
def only(monkeypatch):
    """The table with one question alone."""

    def ask(what):
        monkeypatch.setattr(doctor, "_QUESTIONS", {what: doctor._QUESTIONS[what]})
        return doctor.rows()

    return ask


@pytest.fixture
def no_programs(monkeypatch):
    """Nothing is on the PATH, except what a test puts into the dictionary."""
    programs = {}
    monkeypatch.setattr(doctor.shutil, "which", programs.get)
    return programs


def version(name):
    return importlib.metadata.version(name)


# The table


def test_this_machine_is_told_in_time_and_in_one_row_for_each_thing():
    started = time.monotonic()
    table = doctor.rows()
    assert time.monotonic() - started < 12
    for what in ("Python", "packages", "memory", "accelerator", "browser", "sandbox"):
        assert [row.what for row in table].count(what) == 1
    assert {row.state for row in table} <= {"ok", "gap", "note"}
    assert all(row.advice for row in table if row.state != "ok")
    assert all(len(row.advice) < 120 for row in table)


def test_every_data_set_has_its_row():
    assert [what for what in doctor._QUESTIONS if what.startswith("data: ")] == [
        f"data: {name}" for name in data.NAMES
    ]


@pytest.mark.parametrize(
    ("states", "status"), [(["ok", "ok"], 0), (["ok", "note"], 0), (["gap", "ok"], 1), (["note", "gap"], 1)]
)
def test_only_a_gap_of_a_student_makes_the_exit_status_1(monkeypatch, capsys, states, status):
    table = [doctor.Row(f"thing {at}", "something", state, "Do it.") for at, state in enumerate(states)]
    monkeypatch.setattr(doctor, "rows", lambda: table)
    assert doctor.main() == status


def test_the_table_is_aligned_and_keeps_to_the_width_of_the_terminal(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "90")
    table = [
        doctor.Row("browser", "a place with a long name " * 4, "ok"),
        doctor.Row("data: fashion_mnist", "not here", "note", "Connect to the network, or do without. " * 3),
    ]
    monkeypatch.setattr(doctor, "rows", lambda: table)
    doctor.main()
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 90
    found, advice = lines[0].index("found"), lines[0].index("what to do")
    assert lines[1].index("a place") == found and lines[1].startswith("browser ")
    row = next(line for line in lines if line.startswith("data: fashion_mnist  note"))
    assert row.index("not here") == found and row.index("Connect") == advice
    assert len([line for line in lines if line[:found].strip() == ""]) > 3  # what does not fit goes on below


def test_a_question_without_an_answer_does_not_hold_up_the_others(monkeypatch):
    monkeypatch.setattr(doctor, "_SECONDS", 0.2)
    monkeypatch.setattr(
        doctor,
        "_QUESTIONS",
        {"slow": lambda: time.sleep(20) or [], "quick": lambda: [doctor.Row("quick", "found", "ok")]},
    )
    started = time.monotonic()
    slow, quick = doctor.rows()
    assert time.monotonic() - started < 10
    assert slow.state == "note" and slow.found == "no answer in 0.2 seconds"
    assert quick == doctor.Row("quick", "found", "ok")


@pytest.mark.parametrize(
    "error",
    [ModuleNotFoundError("No module named 'psutil'"), ValueError("bad line"), OSError("no such file")],
)
def test_the_doctor_tells_what_it_cannot_find_out_instead_of_falling_ill(monkeypatch, error):
    def question():
        raise error

    monkeypatch.setattr(doctor, "_QUESTIONS", {"memory": question})
    (row,) = doctor.rows()
    assert row.state == "gap" and row.found == f"cannot be told: {error}" and row.advice


# Python and packages


def test_this_python_is_compared_with_what_the_course_asks_for(course, only):
    course(python=">=3.9")
    assert only("Python")[0].state == "ok"
    course(python=">=3.99,<4")
    (row,) = only("Python")
    assert row.state == "gap" and ">=3.99,<4" in row.advice.replace(" ", "") and sys.executable in row.found


def test_packages_as_locked_are_ok_and_markers_are_honoured(course, only):
    course(f"packaging=={version('packaging')}", "# a comment", "colorama==99 ; sys_platform == 'nowhere'")
    assert only("packages") == [doctor.Row("packages", "1, as locked", "ok")]


def test_what_a_student_needs_and_lacks_is_a_gap_that_names_it(course, only):
    course("packaging==99", "no-such-package==1", needs=("packaging", "no-such-package"))
    row = only("packages")[0]
    assert row.state == "gap" and row.found == "no-such-package missing" and "pip install" in row.advice


def test_a_version_other_than_locked_is_a_note_and_one_that_does_not_fit_a_gap(course, only):
    course("packaging==99", needs=("packaging",))
    row = only("packages")[0]
    assert row.state == "note" and f"packaging {version('packaging')} (==99)" in row.found
    course("packaging==99", needs=("packaging>=98",))
    row = only("packages")[0]
    assert row.state == "gap" and "does not fit" in row.found


def test_what_the_needed_packages_need_counts_as_needed_and_the_rest_is_for_instructors(course, only):
    course(f"tqdm=={version('tqdm')}", "numpy==99", "no-such-package==1", "pytz==1", needs=("pandas", "tqdm"))
    students, staff = only("packages")
    assert students.state == "note" and "numpy" in students.found  # pandas needs it
    assert staff.state == "note" and "no-such-package" in staff.found
    assert staff.advice.startswith("Only instructors need these")


def test_without_a_lock_the_packages_are_compared_with_what_coursekit_asks_for(tmp_path, monkeypatch, only):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        importlib.metadata, "requires", lambda name: ["packaging>=1", "no-such-package; extra == 'x'"]
    )
    assert only("packages") == [doctor.Row("packages", "1, as coursekit needs", "ok")]


def test_another_projects_folder_is_not_taken_for_the_course(course, tmp_path):
    course()
    assert doctor._course_folder() == tmp_path / "course"
    (tmp_path / "course" / "pyproject.toml").write_text('[project]\nname = "other"\n')
    assert doctor._course_folder() is None


def test_a_lock_that_cannot_be_read_is_told_and_not_raised(course, only):
    course("packaging == == 3")
    (row,) = only("packages")
    assert row.state == "gap" and "packaging == == 3" in row.found


# Data sets


def test_a_data_set_in_the_data_directory_is_found_without_reading_it(tmp_path, monkeypatch, only):
    (tmp_path / "mnist.npz").write_bytes(b"not even an archive")
    monkeypatch.setenv("COURSEKIT_DATA_DIR", str(tmp_path))
    assert only("data: mnist") == [
        doctor.Row("data: mnist", f"data directory: {tmp_path / 'mnist.npz'}", "ok")
    ]


@pytest.mark.parametrize(("reason", "state"), [("", "ok"), ("a.example cannot be reached: refused", "note")])
def test_a_data_set_to_be_downloaded_is_told_with_what_the_network_says(
    tmp_path, monkeypatch, only, reason, state
):
    monkeypatch.delenv("COURSEKIT_DATA_DIR", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(data, "unreachable", lambda name, timeout: reason)
    (row,) = only("data: cifar10")
    assert row.state == state and row.found.startswith("not here") and reason in row.found
    assert ("sample" in row.advice) == bool(reason)


def test_a_data_directory_that_does_not_exist_is_a_gap(tmp_path, monkeypatch, only):
    monkeypatch.setenv("COURSEKIT_DATA_DIR", str(tmp_path / "nowhere"))
    (row,) = only("data: mnist")
    assert row.state == "gap" and "COURSEKIT_DATA_DIR" in row.found


# The machine


@pytest.mark.parametrize(("gigabytes", "state"), [(7.4, "ok"), (15.6, "ok"), (3.8, "gap")])
def test_a_machine_of_8_gb_has_memory_enough(monkeypatch, only, gigabytes, state):
    import psutil

    total = type("Memory", (), {"total": gigabytes * 2**30})
    monkeypatch.setattr(psutil, "virtual_memory", lambda: total)
    (row,) = only("memory")
    assert row.state == state and row.found == f"{gigabytes} GB"


def test_without_an_nvidia_card_tensorflow_is_not_even_asked(monkeypatch, no_programs, only):
    monkeypatch.setattr(doctor.platform, "system", lambda: "Windows")
    monkeypatch.setattr(doctor, "_output", lambda *_: pytest.fail("a program was started"))
    (row,) = only("accelerator")
    assert row.state == "ok" and row.found.startswith("none")


def answers(monkeypatch, cards, tensorflow):
    """nvidia-smi and TensorFlow's process answer with these texts, or raise these errors."""

    def output(command, seconds):
        answer = cards if command[0].endswith("nvidia-smi") else tensorflow
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(doctor, "_output", output)


late = subprocess.TimeoutExpired("python", 7)
failed = subprocess.CalledProcessError(1, "nvidia-smi")


@pytest.mark.parametrize(
    ("cards", "tensorflow", "state", "found"),
    [
        ("NVIDIA T4\n", "some log line\n1\n", "ok", "NVIDIA T4; TensorFlow uses 1"),
        ("NVIDIA T4\nNVIDIA T4\n", "0\n", "note", "NVIDIA T4, NVIDIA T4, but TensorFlow does not see it"),
        ("NVIDIA T4\n", late, "note", "NVIDIA T4: TensorFlow has not said in time what it sees"),
        ("NVIDIA T4\n", failed, "note", "NVIDIA T4: TensorFlow does not load"),
        (failed, "1\n", "note", "cannot be told: nvidia-smi fails"),
    ],
    ids=["used", "not seen", "too slow", "broken", "nvidia-smi fails"],
)
def test_an_nvidia_card_is_told_with_what_tensorflow_makes_of_it(
    monkeypatch, no_programs, only, cards, tensorflow, state, found
):
    no_programs["nvidia-smi"] = "/usr/bin/nvidia-smi"
    answers(monkeypatch, cards, tensorflow)
    (row,) = only("accelerator")
    assert (row.state, row.found) == (state, found)


def test_on_a_mac_tensorflow_is_asked(monkeypatch, no_programs, only):
    monkeypatch.setattr(doctor.platform, "system", lambda: "Darwin")
    answers(monkeypatch, AssertionError(), "1\n")
    assert only("accelerator") == [doctor.Row("accelerator", "GPU; TensorFlow uses 1", "ok")]


def test_a_browser_is_found_on_the_path_and_where_windows_keeps_it(monkeypatch, no_programs, tmp_path, only):
    for folder in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        monkeypatch.delenv(folder, raising=False)
    (row,) = only("browser")
    assert row.state == "note" and row.advice.startswith("Only instructors need it")

    chrome = tmp_path / "Google" / "Chrome" / "Application" / "chrome.exe"
    chrome.parent.mkdir(parents=True)
    chrome.touch()
    monkeypatch.setenv("PROGRAMFILES", str(tmp_path))
    assert only("browser") == [doctor.Row("browser", str(chrome), "ok")]

    no_programs["chromium"] = str(tmp_path)
    assert only("browser") == [doctor.Row("browser", str(tmp_path), "ok")]


@pytest.mark.parametrize(
    ("system", "bwrap", "state", "found"),
    [
        ("Linux", "exit 0", "ok", "and it works"),
        ("Linux", "exit 1", "note", "is here but does not work"),
        # A machine that lets a sandbox start, but not one that gives up its rights as the grader's does.
        ("Linux", 'case "$*" in *--cap-drop*) exit 1;; esac', "note", "is here but does not work"),
        ("Linux", None, "note", "bwrap is not installed"),
        ("Windows", None, "note", "none on this system"),
        ("Darwin", None, "note", "none on this system"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for bwrap is a shell script")
def test_a_sandbox_counts_only_when_it_really_runs_something(
    monkeypatch, no_programs, tmp_path, only, system, bwrap, state, found
):
    monkeypatch.setattr(doctor.platform, "system", lambda: system)
    if bwrap:
        program = tmp_path / "bwrap"
        program.write_text(f"#!/bin/sh\n{bwrap}\n")
        program.chmod(0o755)
        no_programs["bwrap"] = str(program)
    (row,) = only("sandbox")
    assert row.state == state and found in row.found
    if bwrap:  # the grader asks the same question
        monkeypatch.setattr(host.shutil, "which", no_programs.get)
        assert bool(host.why_not()) == (state != "ok")
    assert row.advice.startswith("Only instructors need it") == (state == "note")
