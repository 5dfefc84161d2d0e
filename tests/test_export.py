"""Exported points: the same as nbgrader's own, in the shapes that platforms import, safe in a spreadsheet."""

import csv
import json

import pytest
from fixtures.courses import make_course

from coursekit import cli
from coursekit.notebooks import CourseError
from coursekit.staff import wording
from coursekit.staff.course import RESULT, find_course
from coursekit.staff.lms import export

RECORD = {
    "isolation": "examiner",
    "sandboxed": True,
    "graded_at": "2026-11-21T14:00:00+00:00",
    "questions": [],
}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A course with two assignments, and students in every state that a submission can be in."""
    root = make_course(tmp_path_factory.mktemp("course"))
    with find_course(root).gradebook() as gradebook:
        for name in ("ps1", "ps2"):
            gradebook.add_assignment(name)
            for notebook in ("a", "b"):
                gradebook.add_notebook(notebook, name)
                gradebook.add_grade_cell("test", notebook, name, max_score=3, cell_type="code")
                gradebook.add_grade_cell("essay", notebook, name, max_score=2, cell_type="markdown")
                gradebook.add_solution_cell("essay", notebook, name)
        gradebook.add_student(
            "ada", first_name="Ada", last_name="Löwe", email="ada@example.org", lms_user_id="17"
        )
        gradebook.add_student("grace", first_name="=1+1", last_name="@SUM(A1)", email="+grace@example.org")
        gradebook.add_student("-mo", first_name="\tMo", last_name="日本, 太郎\x07")
        for name in ("kim", "lee", "mia", "noa"):
            gradebook.add_student(name)
        # Everything at once: hand-given points count, extra credit is added, the penalty is taken off.
        marks(
            gradebook,
            "ada",
            "ps1",
            "a",
            auto=1,
            manual=2.5,
            extra=0.5,
            essay=2,
            penalty=1.25,
            comment="Well put.",
        )
        marks(gradebook, "ada", "ps1", "b", auto=0.1, essay=0.2)
        # More penalty than points; an essay that nobody has read.
        marks(gradebook, "grace", "ps1", "a", auto=1, penalty=9)
        # Graded, and right to get 0.
        marks(gradebook, "-mo", "ps1", "a", auto=0, essay=0)
        # In the gradebook, but nothing is graded; then handed in without being in it.
        gradebook.add_submission("ps1", "kim")
        gradebook.add_submission("ps2", "kim")
        # Graded with nothing but answers to be read.
        gradebook.add_submission("ps1", "noa")
    for student in ("kim", "lee"):
        (root / "submitted" / student / "ps1").mkdir(parents=True)
    graded(root, "ada", RECORD)
    graded(root, "grace", RECORD | {"isolation": "kernel", "sandboxed": False})
    graded(root, "noa", None)
    return root


def marks(
    gradebook,
    student,
    assignment,
    notebook,
    *,
    auto,
    manual=None,
    extra=None,
    essay=None,
    penalty=None,
    comment=None,
):
    gradebook.update_or_create_submission(assignment, student)
    grade = gradebook.find_grade("test", notebook, assignment, student)
    grade.auto_score, grade.manual_score, grade.extra_credit = auto, manual, extra
    grade.needs_manual_grade = False
    hand_graded = gradebook.find_grade("essay", notebook, assignment, student)
    hand_graded.manual_score, hand_graded.needs_manual_grade = essay, essay is None
    found = gradebook.find_submission_notebook(notebook, assignment, student)
    found.late_submission_penalty = penalty
    gradebook.find_comment("essay", notebook, assignment, student).manual_comment = comment
    gradebook.db.commit()


def graded(root, student, record):
    folder = root / "autograded" / student / "ps1"
    folder.mkdir(parents=True)
    if record:
        (folder / RESULT).write_text(json.dumps(record), encoding="utf-8")


def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.fixture
def rows(root, tmp_path):
    """The lines of an export in the format `csv`, by student."""

    def make(*assignments):
        with open(
            export.export(root, assignments, out=tmp_path / "out.csv"), encoding="utf-8", newline=""
        ) as file:
            return {(row["student_id"], row["assignment"]): row for row in csv.DictReader(file)}

    return make


# The plain table


def test_points_are_those_of_nbgraders_own_export(root, rows, tmp_path):
    from nbgrader.plugins import CsvExportPlugin

    theirs = tmp_path / "theirs.csv"
    with find_course(root).gradebook() as gradebook:
        CsvExportPlugin(to=str(theirs)).export(gradebook)
    ours, compared = rows(), 0
    with open(theirs, encoding="utf-8") as file:
        # nbgrader quotes nothing: a comma in a name moves its columns.
        for line in [line for line in file.read().splitlines() if "太郎" not in line][1:]:
            cells = line.split(",")
            student, name, numbers = cells[3], cells[0], [float(cell) for cell in cells[7:]]
            mine = ours[student, name]
            columns = ("raw_score", "late_submission_penalty", "score", "max_score")
            assert [float(mine[column] or 0) for column in columns] == pytest.approx(numbers)
            compared += 1
    assert compared == 12 and ours["ada", "ps1"]["score"] == "4.05"


def test_a_line_says_who_what_and_how_it_was_graded(rows):
    assert rows()["ada", "ps1"] == {
        "student_id": "ada",
        "last_name": "Löwe",
        "first_name": "Ada",
        "email": "ada@example.org",
        "assignment": "ps1",
        "submission": "graded",
        "raw_score": "5.3",
        "late_submission_penalty": "1.25",
        "score": "4.05",
        "max_score": "10",
        "needs_manual_grade": "no",
        "graded_at": "2026-11-21T14:00:00+00:00",
        "isolation": "examiner",
    }


def test_no_penalty_takes_points_below_zero_and_open_hand_grading_shows(rows):
    row = rows()["grace", "ps1"]
    assert (row["raw_score"], row["late_submission_penalty"], row["score"]) == ("1", "9", "0")
    assert row["needs_manual_grade"] == "yes"
    assert row["isolation"] == "kernel (not tamper-proof), unsandboxed"


def test_nothing_handed_in_is_empty_and_not_zero_but_a_zero_that_was_given_is_one(rows):
    found = rows("ps1")
    assert found["'-mo", "ps1"]["score"] == "0" and found["noa", "ps1"]["score"] == "0"
    for student, state in (("mia", "none"), ("kim", "not graded"), ("lee", "none")):
        row = found[student, "ps1"]
        assert (row["score"], row["raw_score"], row["needs_manual_grade"]) == ("", "", "")
        assert row["submission"] == state and row["max_score"] == "10"


def test_who_graded_is_never_claimed_without_a_record(root, rows):
    found = rows("ps1")
    assert found["noa", "ps1"]["isolation"] == "nbgrader"
    assert found["'-mo", "ps1"]["isolation"] == "unknown", "its autograded folder is gone"
    handed_in = root / "submitted" / "ada" / "ps1" / RESULT
    handed_in.parent.mkdir(parents=True)
    handed_in.write_bytes((root / "autograded" / "ada" / "ps1" / RESULT).read_bytes())
    try:
        assert rows("ps1")["ada", "ps1"]["isolation"] == "nbgrader", "the record is the student's own"
    finally:
        handed_in.unlink()
        handed_in.parent.rmdir()
        handed_in.parent.parent.rmdir()


def test_a_damaged_record_stops_nothing(root, rows):
    path = root / "autograded" / "ada" / "ps1" / RESULT
    before = path.read_text()
    path.write_text("{")
    try:
        assert rows("ps1")["ada", "ps1"]["isolation"] == "unknown"
        assert rows("ps1")["ada", "ps1"]["score"] == "4.05"
    finally:
        path.write_text(before)


def test_only_the_assignments_named_are_exported_in_their_order(rows):
    assert {name for _, name in rows("ps2")} == {"ps2"}
    assert list(dict.fromkeys(name for _, name in rows("ps2", "ps1"))) == ["ps2", "ps1"]
    assert len(rows()) == 14


# Spreadsheets


@pytest.mark.parametrize("format", list(export.FORMATS))
def test_no_cell_of_text_starts_as_a_formula(root, tmp_path, format):
    cells = [cell for row in table(export.export(root, format=format, out=tmp_path / "x")) for cell in row]
    assert "'-mo" in cells
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n")]
    text = "".join(cells)
    assert "=1+1" in text and "@SUM(A1)" in text and wording.printable(text) == text


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\ufffd=1"),
        ("\x00x", "'\ufffdx"),
        ("a\r\nb", "a\nb"),
        ("Zoë 李-7", "Zoë 李-7"),
        ("\ud800", "\ufffd"),
        ("", ""),
    ],
)
def test_text_is_made_harmless_and_otherwise_kept(text, cell):
    assert export.text_of_cell(text) == cell


# Platforms


def test_canvas_gets_the_columns_that_its_import_asks_for(root, tmp_path):
    header, possible, *students = table(export.export(root, format="canvas", out=tmp_path / "canvas.csv"))
    assert header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "ps1", "ps2"]
    assert possible == ["    Points Possible", "", "", "", "", "10", "10"]
    assert ["Löwe, Ada", "17", "ada", "ada", "", "4.05", ""] in students
    assert ["kim", "", "kim", "kim", "", "", ""] in students
    assert ["日本, 太郎\ufffd, \tMo", "", "'-mo", "'-mo", "", "0", ""] in students
    assert len(students) == 7


def test_moodle_gets_ids_grades_and_the_graders_comments(root, tmp_path):
    header, *students = table(export.export(root, ["ps1"], format="moodle", out=tmp_path / "moodle.csv"))
    assert header[:4] == ["Username", "Email address", "Last name", "First name"]
    assert header[-2:] == ["ps1", "Feedback comments: ps1"]
    found = {row[0]: row for row in students}
    assert found["ada"][1:4] == ["ada@example.org", "Löwe", "Ada"]
    assert found["ada"][-2:] == ["4.05", "essay: Well put.\nHanded in late: 1.25 taken off."]
    assert found["grace"][-1] == "Handed in late: 9 taken off.\nNot final: 3 answers wait for a grader."
    assert found["mia"][-2:] == found["kim"][-2:] == ["", ""]


# What is not final


def test_what_is_not_final_is_listed(root):
    assert export.unfinished(root) == [
        "ps1, -mo: 2 answers wait for a grader",
        "ps1, grace: 3 answers wait for a grader",
        "ps1, kim: handed in, not graded",
        "ps1, lee: handed in, not graded",
        "ps1, noa: 4 answers wait for a grader",
    ]
    assert export.unfinished(root, ["ps2"]) == []


def test_the_command_warns_of_what_is_not_final(root, tmp_path, capsys):
    out = tmp_path / "ps1.csv"
    assert cli.main(["export", "ps1", "--course", str(root), "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert said.out == f"{out}\n"
    assert "coursekit: warning: ps1, kim: handed in, not graded\n" in said.err
    assert len(said.err.splitlines()) == len(export.unfinished(root, ["ps1"]))


# Files and faults


def test_the_file_lies_in_the_course_folder_unless_told_otherwise_and_is_replaced(root, tmp_path):
    assert export.export(root) == root / "grades.csv"
    assert export.export(root, format="canvas") == root / "grades-canvas.csv"
    before = (root / "grades.csv").read_bytes()
    assert export.export(root, out=tmp_path / "new" / "x.csv").read_bytes() == before
    (root / "grades.csv").write_text("old")
    assert export.export(root).read_bytes() == before
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["x.csv"]


def test_unknown_formats_and_assignments_are_named_with_what_there_is(root, tmp_path):
    with pytest.raises(CourseError, match="unknown format 'xls', expected one of: csv, canvas, moodle"):
        export.export(root, format="xls")
    with pytest.raises(CourseError, match="no assignment ps9, ps8 in the gradebook; there are: ps1, ps2"):
        export.export(root, ["ps1", "ps9", "ps8"])
    make_course(tmp_path)
    with pytest.raises(CourseError, match="no assignment at all in the gradebook; there are: none"):
        export.export(tmp_path)


def test_a_folder_or_device_is_not_replaced_by_the_file(root, tmp_path):
    for place in (tmp_path, "/dev/null"):
        with pytest.raises(CourseError, match=f"{place}: not a file that can be replaced"):
            export.export(root, out=place)
