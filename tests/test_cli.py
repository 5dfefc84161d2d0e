"""The command: its verbs, and how it explains what went wrong."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fixtures import cells

from coursekit import check, cli, doctor
from coursekit.notebooks import CourseError
from coursekit.staff import execute, sample_submissions
from coursekit.staff.feedback import handback, pages
from coursekit.staff.grading import grade, regrade
from coursekit.staff.intake import collect
from coursekit.staff.lms import export
from coursekit.staff.site import book


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
    listed = re.findall(r"^    ([\w-]+)(?:  |$)", capsys.readouterr().out, flags=re.MULTILINE)
    verbs = "run truth minutes release collect grade regrade leaderboard feedback export verify new-question"
    verbs += " new-chapter book answers doctor reproduce check"
    assert listed == verbs.split()


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
    monkeypatch.setattr(book, "build", lambda root, *, profile: root / profile / "index.html")
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


# --- verbs for classes ---

RESULT = {"points": 2.0, "maximum": 3.0, "seconds": 0.5, "memory_mb": 80.0, "reason": "", "kept": False}
RESULT |= {
    "automatic": 2.0,
    "by_hand": 1.5,
    "waiting": 1,
    "late_penalty": 0.0,
    "total": 3.5,
    "total_maximum": 8.0,
}
RESULT["questions"] = [{"question": "double-test-1", "points": 2.0, "maximum": 3.0}]
REPORT = {"assignment": "ps1", "isolation": "examiner", "sandboxed": True, "seconds": 1.0}
REPORT |= {"students": {"ada": RESULT}, "changes": [], "proved": True, "warnings": []}


@pytest.fixture
def no_grading(monkeypatch):
    """Takes the place of grading and regrading; returns the list of their calls."""
    calls = []

    def grade_class(*arguments, **options):
        calls.append((arguments, options))
        return REPORT

    monkeypatch.setattr(grade, "grade_class", grade_class)
    monkeypatch.setattr(regrade, "regrade_class", grade_class)
    return calls


def test_grade_hands_its_options_on_writes_the_report_and_prints_the_summary(
    small_course, no_grading, tmp_path, capsys
):
    out = tmp_path / "report.json"
    arguments = ["grade", "ps1", "--student", "ada", "--student", "bob", "--jobs", "3", "--json", str(out)]
    arguments += ["--isolation", "kernel", "--unsandboxed", "--profile", "full", "--force"]
    arguments += ["--course", str(small_course)]
    assert cli.main(arguments) == 0
    assert no_grading == [
        (
            (small_course, "ps1", ["ada", "bob"]),
            {
                "jobs": 3,
                "isolation": "kernel",
                "sandboxed": False,
                "profile": "full",
                "prove": True,
                "force": True,
            },
        )
    ]
    assert json.loads(out.read_text()) == REPORT
    assert capsys.readouterr().out == f"{grade.summary(REPORT)}\n"


@pytest.mark.parametrize(
    ("verb", "more"),
    [
        ("grade", {"isolation": "examiner", "profile": "smoke", "force": False}),
        ("regrade", {"isolation": None, "profile": None}),
    ],
)
def test_by_default_all_students_are_graded_in_a_sandbox_with_an_examiner_or_again_as_before(
    small_course, no_grading, capsys, verb, more
):
    assert cli.main([verb, "ps1", "--course", str(small_course)]) == 0
    defaults = {"jobs": None, "sandboxed": True, "prove": True, **more}
    assert no_grading == [((small_course, "ps1", []), defaults)]
    assert capsys.readouterr().out == f"{(grade if verb == 'grade' else regrade).summary(REPORT)}\n"


def test_the_table_has_autograded_points_those_by_hand_what_waits_and_the_total():
    lines = [
        [cell.strip() for cell in line.strip("| ").split("|")] for line in grade.summary(REPORT).splitlines()
    ]
    assert lines[0][:6] == ["student", "autograded", "by hand", "waiting", "total", "of"]
    assert lines[2][:6] == ["ada", "2", "1.5", "1", "3.5", "8"]


@pytest.mark.parametrize("verb", ["grade", "regrade"])
def test_tests_that_were_not_proved_are_used_only_when_asked_for_and_marked(
    small_course, no_grading, capsys, verb
):
    assert cli.main([verb, "ps1", "--unproved", "--course", str(small_course)]) == 0
    assert no_grading[0][1]["prove"] is False
    assert capsys.readouterr().out.splitlines()[-1].startswith("UNPROVED: ")


def test_grade_without_an_assignment_asks_which(small_course, no_grading, capsys):
    assert cli.main(["grade", "--course", str(small_course)]) == 1
    assert capsys.readouterr().err.startswith("coursekit: which ASSIGNMENT? (or --samples")
    assert no_grading == []


def test_an_unknown_isolation_is_refused(small_course, no_grading, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["grade", "ps1", "--isolation", "docker", "--course", str(small_course)])
    assert ended.value.code == 2
    assert "choose from 'examiner', 'kernel'" in capsys.readouterr().err


def test_when_the_grader_fails_on_some_the_report_of_the_others_is_written_and_the_status_is_1(
    small_course, monkeypatch, tmp_path, capsys
):
    def fail(*arguments, **options):
        raise grade.GradingFailed("ps1: not graded, 1 of 2:\n  bob: RuntimeError: a slip", REPORT)

    monkeypatch.setattr(grade, "grade_class", fail)
    out = tmp_path / "report.json"
    assert cli.main(["grade", "ps1", "--json", str(out), "--course", str(small_course)]) == 1
    assert json.loads(out.read_text()) == REPORT
    captured = capsys.readouterr()
    assert captured.out == f"{grade.summary(REPORT)}\n"
    assert captured.err == "coursekit: ps1: not graded, 1 of 2:\n  bob: RuntimeError: a slip\n"


def test_what_grade_cannot_start_with_is_one_message(small_course, capsys):
    assert cli.main(["grade", "ps9", "--course", str(small_course)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("coursekit: no assignment 'ps9'")
    assert "there are: tiny" in captured.err


def test_collect_hands_its_options_on_and_prints_the_table(small_course, monkeypatch, tmp_path, capsys):
    calls = []

    class Collected:
        failure = ""

        def table(self):
            return "the table"

    monkeypatch.setattr(
        collect, "collect", lambda *args, **options: calls.append((args, options)) or Collected()
    )
    arguments = ["collect", "download.zip", "--roster", "roster.csv", "--assignment", "ps1"]
    arguments += ["--due", "2026-01-31 12:00:00+00:00", "--course", str(small_course)]
    assert cli.main(arguments) == 0
    [(positional, options)] = calls
    assert positional == (small_course, Path("download.zip"))
    assert {**options, "timezone": None} == {
        "roster": Path("roster.csv"),
        "assignment": "ps1",
        "due": datetime(2026, 1, 31, 12, tzinfo=UTC),
        "timezone": None,
    }
    assert capsys.readouterr().out == "the table\n"


@pytest.mark.parametrize("missing", ["--roster", "--assignment"])
def test_collect_needs_a_roster_and_an_assignment(small_course, capsys, missing):
    given = {"--roster": "roster.csv", "--assignment": "ps1"}
    more = [word for name, value in given.items() if name != missing for word in (name, value)]
    with pytest.raises(SystemExit) as ended:
        cli.main(["collect", "download.zip", *more, "--course", str(small_course)])
    assert ended.value.code == 2
    assert missing in capsys.readouterr().err


def test_feedback_prints_where_the_pages_are(small_course, monkeypatch, capsys):
    calls = []

    def write(*arguments):
        calls.append(arguments)
        return [Path("feedback/ada/ps1/ps1.html")]

    monkeypatch.setattr(pages, "write", write)
    assert cli.main(["feedback", "ps1", "--student", "ada", "--course", str(small_course)]) == 0
    assert calls == [(small_course, "ps1", ["ada"])]
    assert capsys.readouterr().out == "feedback/ada/ps1/ps1.html\n"


def test_feedback_hands_the_zip_of_a_platform_over_and_names_who_is_not_in_it(
    small_course, monkeypatch, capsys
):
    def write(*arguments):
        raise pages.PagesMissing("ps1: 2 pages written, none for these students:\n  eve: damaged")

    calls = []

    def write_zip(*arguments, **options):
        calls.append((arguments, options))
        return Path("feedback-ps1-moodle.zip"), ["bob"]

    monkeypatch.setattr(pages, "write", write)
    monkeypatch.setattr(handback, "write_zip", write_zip)
    arguments = ["feedback", "ps1", "--format", "moodle", "--course", str(small_course)]
    assert cli.main(arguments) == 1, "one damaged submission keeps nobody else's feedback back"
    assert calls == [((small_course, "ps1", []), {"format": "moodle", "out": None})]
    said = capsys.readouterr()
    assert said.out == "feedback-ps1-moodle.zip\n"
    assert "warning: bob: not in the zip" in said.err and "eve: damaged" in said.err


def test_export_hands_its_options_on_prints_the_path_and_warns_of_what_is_unfinished(
    small_course, monkeypatch, capsys
):
    calls = []
    monkeypatch.setattr(
        export, "export", lambda *a, **options: calls.append((a, options)) or Path("points.csv")
    )
    monkeypatch.setattr(export, "unfinished", lambda root, assignments: ["ps1: 2 wait for a person"])
    arguments = [
        "export",
        "ps1",
        "ps2",
        "--format",
        "moodle",
        "--out",
        "points.csv",
        "--course",
        str(small_course),
    ]
    assert cli.main(arguments) == 0
    assert calls == [((small_course, ["ps1", "ps2"]), {"format": "moodle", "out": Path("points.csv")})]
    captured = capsys.readouterr()
    assert captured.out == "points.csv\n"
    assert captured.err == "coursekit: warning: ps1: 2 wait for a person\n"


def test_export_offers_every_format_that_there_is(capsys):
    with pytest.raises(SystemExit):
        cli.main(["export", "--help"])
    assert f"--format {{{','.join(export.FORMATS)}}}" in capsys.readouterr().out


@pytest.mark.parametrize("status", [0, 1, 2])
def test_check_prints_its_lines_and_hands_the_status_on(monkeypatch, capsys, status):
    class Report:
        def lines(self):
            return ["double: passes the public tests", "total: not attempted"]

    Report.status = status
    monkeypatch.setattr(check, "check_notebook", lambda notebook: Report())
    assert cli.main(["check", "tiny.ipynb"]) == status
    assert capsys.readouterr().out == "double: passes the public tests\ntotal: not attempted\n"
