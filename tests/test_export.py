"""Exported points: the same as nbgrader's own, in the shapes that platforms import, safe in a spreadsheet."""

import csv
import json

import pytest
from fixtures.courses import make_course

from coursekit import cli
from coursekit.notebooks import CourseError
from coursekit.staff import wording
from coursekit.staff.course import RESULT, find_course
from coursekit.staff.grading import gradebook
from coursekit.staff.lms import export, names, worksheet
from coursekit.staff.lms.names import Called

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


def test_the_gradebook_says_what_was_autograded_given_by_hand_waits_and_counts(root):
    found = gradebook.standings(find_course(root), "ps1")
    ada, grace, noa = found["ada"], found["grace"], found["noa"]
    assert (ada.automatic, ada.by_hand, ada.waiting, ada.late_penalty, ada.total, ada.total_maximum) == (
        0.1,
        pytest.approx(5.2),
        0,
        1.25,
        pytest.approx(4.05),
        10,
    )
    assert (grace.automatic, grace.by_hand, grace.waiting, grace.total) == (1, 0, 3, 0)
    assert noa.waiting == 4 and noa.total == 0


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


# A platform's own table, filled in


MOODLE = (
    "\ufeffIdentifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\r\n"
    'Participant 801,Ada Löwe,ada@example.org,"Submitted for grading - ",,"10,00",Yes,"Friday, 1 May",-,\r\n'
    'Participant 802,Somebody Else,no@example.org,No submission,"7,50","10,00",Yes,-,-,<p>kept</p>\r\n'
    'Participant 803,Unlike,x@example.org,No submission,,"10,00",Yes,-,-,\r\n'
)
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,ps1 (4711),Other (4712),Final Score\n"
    ",,,,,Manual Posting,,\n"
    "    Points Possible,,,,,10.00,5.00,(read only)\n"
    '"Löwe, Ada",17,,,A,,3,88\n'
    '"Somebody, Else",99,S1,-MO,A,,,\n'
    '"Student, Test",100,,,A,,,\n'
)


def filled(root, tmp_path, text, assignment="ps1", **options):
    """The lines of a worksheet after it was filled in, and the notes."""
    sheet = tmp_path / "worksheet.csv"
    sheet.write_bytes(text.encode())
    path, notes = worksheet.fill(root, [assignment], sheet, out=tmp_path / "filled.csv", **options)
    return path.read_bytes().decode(), notes


def test_moodles_grading_worksheet_is_filled_in_and_everything_else_stays(root, tmp_path):
    names.remember(find_course(root), "ps1", "moodle", {"grace": Called("803", ("Grace_803",))})
    text, notes = filled(root, tmp_path, MOODLE)
    before, after = MOODLE.split("\r\n"), text.split("\r\n")
    assert len(after) == len(before) and after[0] == before[0] and after[2] == before[2]
    [ada] = csv.reader([after[1]])
    assert ada[4] == "4,05" and ada[9] == "essay: Well put.<br>Handed in late: 1.25 taken off."
    assert ada[:4] + ada[5:9] == next(csv.reader([before[1]]))[:4] + next(csv.reader([before[1]]))[5:9]
    assert next(csv.reader([after[3]]))[4] == "0", "by the number of the download that was collected"
    assert "line 3, Somebody Else: nobody in the gradebook" in notes
    assert "-mo: has points, but no line here" in notes


def test_a_number_of_another_assignment_names_nobody_in_moodles_worksheet(root, tmp_path):
    names.remember(find_course(root), "ps2", "moodle", {"grace": Called("802", ("Grace_802",))})
    _, notes = filled(root, tmp_path, MOODLE)
    assert "line 3, Somebody Else: nobody in the gradebook" in notes


def test_canvas_gradebook_is_filled_in_by_number_and_sis_login(root, tmp_path):
    text, notes = filled(root, tmp_path, CANVAS)
    before, after = CANVAS.split("\n"), text.split("\n")
    assert after[:3] == before[:3] and after[5:] == before[5:]
    assert after[3] == '"Löwe, Ada",17,,,A,4.05,3,88' and after[4] == '"Somebody, Else",99,S1,-MO,A,0,,'
    assert all("Test" not in note for note in notes)


def test_a_column_of_another_name_is_found_by_the_assignments_number(root, tmp_path):
    other = CANVAS.replace("ps1 (4711)", "Homework one (4711)")
    with pytest.raises(
        CourseError, match=r"0 columns for `ps1 \(NUMBER\)`; there are: Student, .*--assignment-id"
    ):
        filled(root, tmp_path, other)
    assert "A,4.05,3" in filled(root, tmp_path, other, assignment_id="4711")[0]


@pytest.mark.parametrize(
    ("text", "theirs"),
    [(MOODLE.replace("10,00", "100,00"), "100,00"), (CANVAS.replace("10.00", "20.00"), "20.00")],
)
def test_another_maximum_on_the_platform_is_refused_with_both_numbers(root, tmp_path, text, theirs):
    with pytest.raises(
        CourseError, match=f"ps1 gives 10 points, but {theirs} in .*; set its maximum there to 10"
    ):
        filled(root, tmp_path, text)


def test_decimals_have_a_comma_where_the_worksheet_has(root, tmp_path):
    semicolons = (
        "Student;ID;SIS User ID;SIS Login ID;Section;ps1 (4711)\n    Points Possible;;;;;10\nAda;17;;;A;\n"
    )
    assert "Ada;17;;;A;4,05\n" in filled(root, tmp_path, semicolons)[0]
    assert ",4.05," in filled(root, tmp_path, MOODLE.replace('"10,00"', "10.00").replace('"7,50"', "7.50"))[0]


def test_two_lines_of_one_student_are_refused(root, tmp_path):
    twice = CANVAS + '"Löwe, Ada",17,,,B,,,\n'
    with pytest.raises(CourseError, match="lines 4 and 7 are both ada's"):
        filled(root, tmp_path, twice)


def test_a_grade_that_moodle_has_locked_is_left_alone_and_named(root, tmp_path):
    text, notes = filled(root, tmp_path, MOODLE.replace("Yes", "No", 1))
    line = next(csv.reader([text.split("\r\n")[1]]))
    assert line == next(csv.reader([MOODLE.split("\r\n")[1].replace("Yes", "No")]))
    assert "line 2, ada: Moodle does not let this grade be changed" in notes


def test_a_table_that_is_no_worksheet_is_refused_with_its_columns(root, tmp_path):
    with pytest.raises(CourseError, match=r"neither Moodle's .* nor Canvas's .*columns are: Name, Punkte"):
        filled(root, tmp_path, "Name,Punkte\nAda,1\n")


def test_the_command_fills_in_the_worksheet_and_says_what_does_not_fit(root, tmp_path, capsys):
    sheet = tmp_path / "worksheet.csv"
    sheet.write_text(CANVAS, encoding="utf-8")
    out = tmp_path / "out.csv"
    arguments = ["export", "ps1", "--worksheet", str(sheet), "--out", str(out), "--course", str(root)]
    assert cli.main(arguments) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == str(out) and "grace: has points, but no line here" in said


def test_the_canvas_table_names_the_assignment_with_its_number(root, tmp_path):
    path = export.export(root, ["ps1"], format="canvas", out=tmp_path / "c.csv", assignment_id="4711")
    assert table(path)[0][5:] == ["ps1 (4711)"]
    for assignments, format in ((["ps1", "ps2"], "canvas"), (["ps1"], "moodle")):
        with pytest.raises(CourseError, match="number goes with the format canvas and one assignment"):
            export.export(root, assignments, format=format, assignment_id="4711", out=tmp_path / "x.csv")
