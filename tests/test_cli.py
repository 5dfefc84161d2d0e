"""The command: its verbs, and how it explains what went wrong."""

import re
from pathlib import Path

import pytest
from fixtures import cells

from coursekit import cli, doctor
from coursekit.staff import execute, sample_submissions, site
from coursekit.staff.notebooks import CourseError


@pytest.fixture
def no_work(monkeypatch):
    """Takes the place of `execute.run`; returns the list of its calls."""
    calls = []

    def run(root, chapters, **options):
        calls.append((root, chapters, options))
        return [execute.Result("tiny", options["profile"], 1.5, 80.0, False, Path("tiny.ipynb"))]

    monkeypatch.setattr(execute, "run", run)
    return calls


def test_help_names_every_verb(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    listed = re.findall(r"^    (\w+)  ", capsys.readouterr().out, flags=re.MULTILINE)
    assert listed == "run release collect grade regrade feedback export book doctor check".split()


def test_run_hands_its_options_on_and_prints_the_timing_table(small_course, no_work, capsys):
    arguments = ["run", "tiny", "--profile", "full", "--force", "--jobs", "3", "--course", str(small_course)]
    assert cli.main(arguments) == 0
    assert no_work == [(small_course, ["tiny"], {"profile": "full", "force": True, "jobs": 3})]
    assert "| tiny    | full    | 1.5     | 80 MB       | executed |" in capsys.readouterr().out


def test_the_course_is_found_at_or_above_the_current_folder(small_course, no_work, monkeypatch):
    monkeypatch.chdir(small_course / "notebooks" / "tiny")
    assert cli.main(["run"]) == 0
    assert no_work == [(small_course, [], {"profile": "quick", "force": False, "jobs": None})]


def test_outside_a_course_the_command_says_what_it_looked_for(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["run"]) == 1
    assert (
        capsys.readouterr().err == f"coursekit: {tmp_path}: no course here or above (no nbgrader_config.py)\n"
    )
    assert cli.main(["release", "--course", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"coursekit: {tmp_path}: no course here (no nbgrader_config.py)\n"


def test_a_fault_in_the_course_is_one_message_without_a_traceback(small_course, capsys):
    assert cli.main(["run", "tinny", "--course", str(small_course)]) == 1
    captured = capsys.readouterr()
    assert captured.err == "coursekit: no chapter 'tinny'; the course has: tiny\n"
    assert captured.out == ""


def test_a_release_with_problems_lists_them(small_course, capsys):
    cells.write(small_course, "tiny", cells.notebook(cells.setup()))
    assert cli.main(["release", "--course", str(small_course)]) == 1
    assert "tiny: 0 parameters cells, expected exactly one" in capsys.readouterr().err


def test_grade_prints_a_table_for_each_chapter(small_course, monkeypatch, capsys):
    grades = sample_submissions.Grades("tiny", {"double": 3}, {"sample-right": {"double": 3}}, {})
    monkeypatch.setattr(sample_submissions, "grade_samples", lambda root, chapters, sandboxed: [grades])
    assert cli.main(["grade", "--samples", "--course", str(small_course)]) == 0
    assert grades.table() in capsys.readouterr().out


def test_book_publishes_the_profile_asked_for(small_course, monkeypatch, capsys):
    monkeypatch.setattr(site, "build", lambda root, *, profile: root / profile / "index.html")
    assert cli.main(["book", "--profile", "full", "--course", str(small_course)]) == 0
    assert capsys.readouterr().out == f"{small_course}/full/index.html\n"


def test_doctor_looks_at_the_course_asked_for_and_hands_its_status_on(small_course, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    seen = []
    monkeypatch.setattr(doctor, "main", lambda: seen.append(Path.cwd()) or 1)
    assert cli.main(["doctor", "--course", str(small_course)]) == 1
    assert seen == [small_course]


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (CourseError("two\nlines"), 1, "coursekit: two\nlines\n"),
        (ValueError("no data set 'mnits'"), 1, "coursekit: no data set 'mnits'\n"),
        (FileNotFoundError(2, "No such file", "x.npz"), 1, "coursekit: [Errno 2] No such file: 'x.npz'\n"),
        (KeyboardInterrupt(), 130, "coursekit: interrupted\n"),
        (
            ModuleNotFoundError("No module named 'papermill'", name="papermill"),
            1,
            "coursekit: No module named 'papermill'; instructors install the package as coursekit[staff]\n",
        ),
    ],
    ids=["course", "value", "file", "interrupt", "not installed"],
)
def test_errors_meant_for_people_come_as_one_message(
    small_course, monkeypatch, capsys, error, status, message
):
    def fail(*arguments, **options):
        raise error

    monkeypatch.setattr(execute, "run", fail)
    assert cli.main(["run", "--course", str(small_course)]) == status
    assert capsys.readouterr().err == message


def test_a_mistake_in_the_program_keeps_its_traceback(small_course, monkeypatch):
    monkeypatch.setattr(execute, "run", lambda *arguments, **options: {}["missing"])
    with pytest.raises(KeyError):
        cli.main(["run", "--course", str(small_course)])
