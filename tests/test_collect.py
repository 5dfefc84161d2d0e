"""Taking in submissions: every shape of a source, the roster, lateness, resubmission, and hostile archives."""

import csv
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fixtures.courses import make_course

from coursekit import cli, notebooks
from coursekit.notebooks import CourseError
from coursekit.staff.course import find_course
from coursekit.staff.intake import archives, place
from coursekit.staff.intake.archives import Limits
from coursekit.staff.intake.collect import Collected, Submission, collect
from coursekit.staff.intake.refusals import Refused
from coursekit.staff.intake.roster import read_roster
from coursekit.staff.lms import export

DUE = datetime(2026, 1, 31, 12, tzinfo=UTC)
BEFORE = DUE - timedelta(hours=2)
AFTER = DUE + timedelta(hours=3)
ROSTER = """id,first_name,last_name,email,platform_id,extension,section
ada,Ada,Lovelace,ada@example.org,,,A
grace,Grace,Hopper,grace@example.org,4711,,B
"""
NOTEBOOK = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
MOODLE = "Ada Lovelace_1234567_assignsubmission_file_"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A course with one assignment, due at DUE, and its gradebook. Not to be changed: copy it."""
    root = make_course(tmp_path_factory.mktemp("template") / "course")
    (root / "source" / "ps1").mkdir(parents=True)
    (root / "source" / "ps1" / "ps1.ipynb").write_bytes(NOTEBOOK)
    with find_course(root).gradebook() as gradebook:
        gradebook.add_assignment("ps1", duedate=DUE.replace(tzinfo=None))
    return root


@pytest.fixture
def root(template, tmp_path):
    shutil.copytree(template, tmp_path / "course")
    return tmp_path / "course"


@pytest.fixture
def take(root, tmp_path):
    """Collect a source with the usual roster, or the text of another one."""

    def take(source, roster=ROSTER, **options):
        path = tmp_path / "roster.csv"
        path.write_text(roster, encoding="utf-8")
        return collect(root, source, roster=path, **{"assignment": "ps1", **options})

    return take


def zipped(path, members, at=BEFORE):
    """A zip archive of the members (name, or an entry; and content), all of one time."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            info = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name, at.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return path


def zip_bytes(*members):
    return zipped(io.BytesIO(), members).getvalue()


def tarred(path, members, mode="w", at=BEFORE):
    """A tar archive; a member is a name or a TarInfo, and content."""
    where = {"fileobj": path} if isinstance(path, io.BytesIO) else {"name": path}
    with tarfile.open(mode=mode, **where) as archive:
        for name, content in members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.mtime, info.size = int(at.timestamp()), len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def special(name, kind, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def written(folder, files, at=BEFORE):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (at.timestamp(), at.timestamp()))
    return folder


def stored(root, student="ada"):
    """The files of a student's submission, without the time stamp."""
    folder = root / "submitted" / student / "ps1"
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {
        name: path.read_bytes() for name, path in files.items() if name not in ("timestamp.txt", place.RECORD)
    }


def stamp(root, student="ada"):
    return (root / "submitted" / student / "ps1" / "timestamp.txt").read_text()


def nbgraders_seconds_late(root, student="ada"):
    """What nbgrader's autograde would record from the time stamp."""
    course = find_course(root)
    moment = course.timestamp(student, "ps1")
    with course.gradebook() as gradebook:
        return gradebook.update_or_create_submission("ps1", student, timestamp=moment).total_seconds_late


def reasons(collected):
    return {each.where: each.reason for each in collected.refused}


def of(collected, student="ada"):
    [found] = [each for each in collected.submissions if each.student == student]
    return found


# Shapes.

INNER = [("ps1.ipynb", NOTEBOOK), ("data/a.txt", b"a")]
SHAPES = {
    "Moodle, a folder each": {f"{MOODLE}/ps1.ipynb": NOTEBOOK, f"{MOODLE}/data/a.txt": b"a"},
    "newer Moodle": {f"{MOODLE[:-1]}/ps1.ipynb": NOTEBOOK, f"{MOODLE[:-1]}/data/a.txt": b"a"},
    "Moodle, the name turned around": {"LOVELACE Áda_7_assignsubmission_file_/ps1.ipynb": NOTEBOOK},
    "Moodle, flat": {f"{MOODLE}ps1.ipynb": NOTEBOOK, f"{MOODLE}b_a.txt": b"a"},
    "Canvas": {"lovelaceada_12345_67890_ps1.ipynb": NOTEBOOK, "lovelaceada_12345_67891_b_a.txt": b"a"},
    "Canvas, second try": {"lovelaceada_12345_67890_ps1-1.ipynb": NOTEBOOK},
    "Canvas, typed text": {"lovelaceada_1_2_ps1.ipynb": NOTEBOOK, "lovelaceada_1_text.html": b"a"},
    "exchange": {"ada+ps1+2026-01-31 10:00:00.000000 UTC+aB_-1/ps1.ipynb": NOTEBOOK},
    "exchange, no random part": {"ada+ps1+2026-01-31 10:00:00 UTC/ps1.ipynb": NOTEBOOK},
    "nbgrader's folders": {"ada/ps1/ps1.ipynb": NOTEBOOK, "ada/ps1/data/a.txt": b"a"},
    "a folder each": {"ada/ps1.ipynb": NOTEBOOK, "ada/data/a.txt": b"a"},
    "a folder each, by email": {"ADA@example.org/ps1.ipynb": NOTEBOOK},
    "a folder each, by name": {"Lovelace, Ada/ps1.ipynb": NOTEBOOK},
    "folders around": {"course/inbound/ada/ps1.ipynb": NOTEBOOK},
    "the student's zip": {f"{MOODLE}/all.zip": zip_bytes(*INNER)},
    "the student's zipped folder": {f"{MOODLE}/all.zip": zip_bytes(*((f"my/{n}", c) for n, c in INNER))},
    "the student's tar": {f"{MOODLE}/all.tgz": tarred(io.BytesIO(), INNER, "w:gz").getvalue()},
}
OTHERS = {"data/a.txt": b"a", "b_a.txt": b"a", "text.html": b"a"}


@pytest.mark.parametrize("files", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("kind", ["folder", "zip", "tar", "tar.gz", "tar.bz2", "tar.xz"])
def test_a_submission_is_found_in_every_shape_of_every_kind_of_source(take, root, tmp_path, files, kind):
    if kind == "folder":
        source = written(tmp_path / "source", files)
    elif kind == "zip":
        source = zipped(tmp_path / "source.zip", files.items())
    else:
        source = tarred(tmp_path / f"source.{kind}", files.items(), f"w:{kind.partition('.')[2]}")
    collected = take(source)
    assert not collected.refused and not collected.unmatched
    assert [(each.student, each.outcome) for each in collected.submissions] == [("ada", "new")]
    assert of(collected).handed_in == BEFORE
    assert collected.missing == ("grace",)
    assert stamp(root) == "2026-01-31 10:00:00.000000 UTC"
    found = stored(root)
    assert found.pop("ps1.ipynb") == NOTEBOOK
    assert found.items() <= OTHERS.items()
    assert len(found) == (1 if len(files) == 2 or "/all." in str(files) else 0)


def test_the_gradebook_gets_every_student_of_the_roster_and_keeps_what_it_knew(take, root, tmp_path):
    with find_course(root).gradebook() as gradebook:
        gradebook.add_student("grace", first_name="G.", last_name="Hopper", email="old@example.org")
    take(
        written(tmp_path / "s", {"ada/ps1.ipynb": NOTEBOOK}), "id,first_name,email\nada,Ada,\ngrace,Grace,\n"
    )
    with find_course(root).gradebook() as gradebook:
        found = {each.id: (each.first_name, each.last_name, each.email) for each in gradebook.students}
    assert found == {"ada": ("Ada", None, None), "grace": ("Grace", "Hopper", "old@example.org")}


def test_the_platforms_number_of_a_student_is_kept_for_the_export_to_the_platform(take, root, tmp_path):
    source = written(tmp_path / "s", {"ada/ps1.ipynb": NOTEBOOK})
    take(source)
    take(source, "id\nada\ngrace\n")
    with find_course(root).gradebook() as gradebook:
        assert {each.id: each.lms_user_id for each in gradebook.students} == {"ada": None, "grace": "4711"}
    with open(export.export(root, format="canvas"), encoding="utf-8", newline="") as table:
        assert "4711" in [row["ID"] for row in csv.DictReader(table) if row["SIS User ID"] == "grace"]


def test_of_several_hand_ins_in_the_exchange_the_newest_is_taken_and_it_is_said(take, root, tmp_path):
    files = {
        f"ada+{assignment}+2026-01-31 0{hour}:00:00.000000 UTC/{assignment}.ipynb": b"%d" % hour
        for hour, assignment in ((7, "ps1"), (9, "ps1"), (8, "ps1"), (6, "ps2"))
    }
    collected = take(written(tmp_path / "inbound", files))
    assert stored(root) == {"ps1.ipynb": b"9"}
    assert of(collected).notes == ("2 older in the exchange, left out",)
    assert collected.notes == ("1 entries of other assignments were left out",)


def test_the_time_in_an_exchange_folders_name_counts_and_its_secret_stays(take, root, tmp_path):
    name = "ada+ps1+2026-01-31 13:00:00.250000 UTC+x"
    files = {f"{name}/{file}": b"x" for file in ("timestamp.txt", "submission_secret.txt", "ps1.ipynb")}
    collected = take(written(tmp_path / "inbound", files, at=BEFORE))
    assert of(collected).seconds_late == 3600.25
    assert set(stored(root)) == {"submission_secret.txt", "ps1.ipynb"}
    assert stamp(root) == "2026-01-31 13:00:00.250000 UTC"


def test_a_folder_of_the_exchange_without_a_time_is_refused(take, root, tmp_path):
    collected = take(written(tmp_path / "inbound", {"ada+ps1+soon/ps1.ipynb": NOTEBOOK}))
    assert collected.unmatched == (Refused("ada+ps1+soon", "'soon' is not a time"),)
    assert not (root / "submitted" / "ada").exists()


def test_other_assignments_in_nbgraders_folders_are_left_out_and_counted(take, root, tmp_path):
    (root / "source" / "ps2").mkdir()
    files = {"ada/ps1/ps1.ipynb": b"1", "ada/ps2/ps2.ipynb": b"2", "grace/ps2/ps2.ipynb": b"2"}
    collected = take(written(tmp_path / "s", files))
    assert stored(root) == {"ps1.ipynb": b"1"}
    assert collected.missing == ("grace",)
    assert collected.notes == ("2 entries of other assignments were left out",)


def test_what_operating_systems_and_jupyter_leave_is_left_out(take, root, tmp_path):
    litter = (
        "__MACOSX/._ps1.ipynb",
        ".DS_Store",
        ".ipynb_checkpoints/ps1-checkpoint.ipynb",
        "a/__pycache__/b.pyc",
    )
    inner = zip_bytes(("my/ps1.ipynb", NOTEBOOK), *((name, b"x") for name in litter))
    files = {f"{MOODLE}/all.zip": inner, **{f"{MOODLE}/{name}": b"x" for name in litter}}
    collected = take(zipped(tmp_path / "s.zip", files.items()))
    assert stored(root) == {"ps1.ipynb": NOTEBOOK}
    assert not collected.refused


def test_an_archive_beside_the_notebook_and_one_in_an_archive_are_kept_as_files(take, root, tmp_path):
    data = zip_bytes(("a.txt", b"a"))
    files = {
        f"{MOODLE}/ps1.ipynb": NOTEBOOK,
        f"{MOODLE}/data.zip": data,
        "Grace Hopper_4711_assignsubmission_file_/all.zip": zip_bytes(
            ("ps1.ipynb", NOTEBOOK), ("data.zip", data)
        ),
    }
    collected = take(zipped(tmp_path / "s.zip", files.items()))
    assert stored(root) == stored(root, "grace") == {"ps1.ipynb": NOTEBOOK, "data.zip": data}
    assert "data.zip is an archive in an archive and was not opened" in of(collected, "grace").notes[0]


def test_a_name_in_utf8_that_the_zip_does_not_declare_is_read(take, tmp_path):
    content = zip_bytes(("Äda Lovelace_1_assignsubmission_file_/ps1.ipynb", NOTEBOOK))
    flagged = bytearray(content)
    for signature, offset in ((b"PK\3\4", 7), (b"PK\1\2", 9)):
        flagged[flagged.index(signature) + offset] = 0
    (tmp_path / "s.zip").write_bytes(flagged)
    assert of(take(tmp_path / "s.zip")).outcome == "new"


# The names of notebooks.


@pytest.mark.parametrize(
    "name",
    [
        "ps1 (1).ipynb",
        "PS1.ipynb",
        "ps1-2.ipynb",
        "ps1-Copy1.ipynb",
        "ps1 - Copy.ipynb",
        "ps1.ipynb.txt",
        "mine.ipynb",
    ],
)
def test_the_only_notebook_is_stored_under_the_expected_name_and_it_is_said(take, root, tmp_path, name):
    collected = take(written(tmp_path / "s", {f"ada/{name}": NOTEBOOK, "ada/a.txt": b"a"}))
    assert stored(root) == {"ps1.ipynb": NOTEBOOK, "a.txt": b"a"}
    assert of(collected).notes == (f"{name} is stored as ps1.ipynb",)


def test_of_several_candidates_none_is_renamed(take, root, tmp_path):
    collected = take(written(tmp_path / "s", {"ada/ps1 (1).ipynb": b"1", "ada/ps1 (2).ipynb": b"2"}))
    assert stored(root) == {"ps1 (1).ipynb": b"1", "ps1 (2).ipynb": b"2"}
    assert of(collected).notes == (
        "which one is ps1.ipynb is not clear; stored as they are: ps1 (1).ipynb, ps1 (2).ipynb",
        "without ps1.ipynb",
    )


def test_a_copy_beside_the_expected_notebook_is_stored_and_named(take, root, tmp_path):
    collected = take(written(tmp_path / "s", {"ada/ps1 (1).ipynb": b"1", "ada/ps1.ipynb": b"0"}))
    assert stored(root) == {"ps1 (1).ipynb": b"1", "ps1.ipynb": b"0"}
    assert of(collected).notes == ("ps1 (1).ipynb: stored, but not graded; expected and found: ps1.ipynb",)


def test_the_notebook_of_another_assignment_is_not_renamed(take, root, tmp_path):
    written(root, {"source/ps2/ps2.ipynb": NOTEBOOK})
    collected = take(written(tmp_path / "s", {"ada/ps2.ipynb": b"2"}))
    assert stored(root) == {"ps2.ipynb": b"2"}
    assert of(collected).notes == ("without ps1.ipynb",)


def test_with_several_notebooks_only_a_mark_of_a_copy_is_removed(take, root, tmp_path):
    written(root, {"source/ps1/lab-2.ipynb": NOTEBOOK, "source/ps1/lab-1.ipynb": NOTEBOOK})
    files = {
        "ada/ps1.ipynb": b"0",
        "ada/lab-1-1.ipynb": b"1",
        "ada/other.ipynb": b"2",
        "grace/lab.ipynb": b"3",
    }
    collected = take(written(tmp_path / "s", files))
    assert stored(root) == {"ps1.ipynb": b"0", "lab-1.ipynb": b"1", "other.ipynb": b"2"}
    assert of(collected).notes == ("lab-1-1.ipynb is stored as lab-1.ipynb", "without lab-2.ipynb")
    assert stored(root, "grace") == {"lab.ipynb": b"3"}


def test_the_expected_names_come_from_the_release_where_there_is_no_source(take, root, tmp_path):
    (root / "release").mkdir()
    (root / "source" / "ps1").rename(root / "release" / "ps1")
    assert take(written(tmp_path / "s", {"ada/mine.ipynb": NOTEBOOK})).submissions
    assert stored(root) == {"ps1.ipynb": NOTEBOOK}


@pytest.mark.parametrize("name", ["ps2", "../ps1", "ps1+ps2", ".ps1", "ps1/x"])
def test_an_assignment_that_the_course_does_not_have_is_an_error(take, tmp_path, name):
    with pytest.raises(CourseError, match="assignment"):
        take(written(tmp_path / "s", {"ada/ps1.ipynb": NOTEBOOK}), assignment=name)


# The roster.


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no student"),
        ("id\n", "no student"),
        ("name,email\nada,a", "line 1: no column `id` in the header: name, email"),
        ("id,email,Email\nada,a,b", "line 1: the column `email` is there twice"),
        ("id,extention\nada,2d", "line 1: the column `extention` is not known; did you mean `extension`"),
        ("id,email\nada", "line 2: 1 values, expected 2 as in the header"),
        ('id,email\nada,"a\n\ngrace,b\n', "line 2: "),
        ("id\nada\n../ada", "line 3: '../ada' cannot be a student's id"),
        ("id\n.ada", "line 2: '.ada' cannot be"),
        ("id\n\n\nada\n\nada\n", "line 6: id 'ada' is already in line 4$"),
        ("id\nada\nAda", "line 3: id 'Ada' is already in line 2, as 'ada'"),
        ("id,email\nada,A@x\ngrace,a@x", "line 3: email 'a@x' is already in line 2, as 'A@x'"),
        ("id;platform_id\nada;1\ngrace;1", "line 3: platform_id '1' is already in line 2"),
        ("id,platform_id\nada,x", "line 2: platform_id 'x': expected a number"),
        ("id,extension\nada,2w", "line 2: extension '2w': expected 48h, 2d, 2026-02-01 or 2026-02-01T18:00"),
        ("id,extension\nada,-3h", "line 2: extension"),
        ("id,handed_in\nada,noon", "line 2: handed_in 'noon': expected"),
        (b"id,first_name\nada,Ada\ngrace,Gr\x81ce", "line 3: not text in UTF-8, UTF-16 or Windows-1252"),
        (b"PK\x03\x04\x14\x00\x06\x00", "line 1: not text in UTF-8.*; save the roster as CSV in UTF-8"),
        ("id,email\nada,a\n,b", "line 3: no id: the column `id` is empty"),
        ("Username,Email address\nada,a\n,b", "line 3: no id: the column `Username` is empty"),
        ("ID number,Email address\n7,a\n7,b", r"line 3: id \(column `ID number`\) '7' is already in line 2"),
        ("Username,ID number\nada b,7", r"line 2: 'ada b' cannot be a student's id \(column `Username`\)"),
        ("sep=;\nUsername;ID number\n;", "no student"),
        (
            "Username,Surname\n,Lovelace",
            "line 1: no line has an id; expected one in a column of these: Username",
        ),
        (
            "First name,Surname\nAda,Lovelace",
            "line 1: no column `id` in the header.*Username, ID number or Email",
        ),
        (
            "Student,ID,Section,extention\na,1,A,2d",
            "line 1: the column `extention`.*did you mean `extension`",
        ),
        ("Student,ID,SIS Login ID\na,1,ada\nb,1,bob", "line 3: platform_id '1' is already in line 2"),
        ("Surname,Last name,Username\na,a,ada", "line 1: the column `last_name` is there twice"),
    ],
)
def test_a_damaged_roster_is_an_error_with_its_line(take, root, tmp_path, text, message):
    path = tmp_path / "roster.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CourseError, match=f"roster.csv.*{message}"):
        collect(root, tmp_path, roster=path, assignment="ps1")
    assert not (root / "submitted").exists()


def test_a_roster_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(CourseError, match="roster cannot be read: No such file"):
        read_roster(tmp_path / "none.csv")


def test_a_roster_from_a_spreadsheet_is_read(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_bytes(
        "\ufeffID;First Name;Platform ID;Extension\r\nada;Áda;Participant 77;2026-02-01\r\n".encode()
    )
    [student] = read_roster(path, timezone="Europe/Vienna")
    assert (student.id, student.first_name, student.platform_id, student.line) == ("ada", "Áda", "77", 2)
    assert student.extension == datetime(2026, 2, 1, 22, 59, 59, tzinfo=UTC)


MOODLES = (
    "First name,Surname,Username,ID number,Email address,Groups\nÁda,Lövelace,ada,007,ada@example.org,A\n"
)
FORMS = {
    "commas": MOODLES.encode(),
    "a byte order mark": MOODLES.encode("utf-8-sig"),
    "UTF-16": MOODLES.encode("utf-16"),
    "UTF-16, tabs": MOODLES.replace(",", "\t").encode("utf-16"),
    "UTF-16, big end first": b"\xfe\xff" + MOODLES.encode("utf-16-be"),
    "Windows-1252": MOODLES.encode("cp1252"),
    "semicolons": MOODLES.replace(",", ";").replace("\n", "\r\n").encode(),
    "sep=;": ("sep=;\r\n" + MOODLES.replace(",", ";")).encode("utf-8-sig"),
    "quoted sep=;": ('"sep=;"\n' + MOODLES.replace(",", ";").replace("Groups", "a,b,c,d,e,f,g")).encode(
        "cp1252"
    ),
    "Last name": MOODLES.replace("Surname", "Last name").encode(),
    "quotes": ('"' + MOODLES.replace(",", '","').strip().replace("\n", '"\n"') + '"').encode(),
    "German": "Vorname,Nachname,ID-Nummer,E-Mail-Adresse\nÁda,Lövelace,ada,ada@example.org".encode(),
    "German Windows": "Anmeldename;Nachname;Vorname;E-Mail-Adresse\nada;Lövelace;Áda;ada@example.org".encode(
        "cp1252"
    ),
    "no usernames": MOODLES.replace("ada,007", ",ada").encode(),
    "a grading worksheet": (
        b"Identifier,Full name,Username,Email address,Status\n"
        + "Participant 1234567,Áda Lövelace,ada,ada@example.org,Submitted".encode()
    ),
}


@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS)
def test_a_roster_as_moodle_exports_it_is_read_and_finds_its_students(root, tmp_path, content):
    path = tmp_path / "roster.csv"
    path.write_bytes(content)
    [student] = read_roster(path)
    assert (student.id, student.first_name, student.last_name) == ("ada", "Áda", "Lövelace")
    assert student.email == "ada@example.org"
    assert student.line == (3 if b"sep=" in content else 2)
    source = zipped(tmp_path / "s.zip", [("Áda Lövelace_1234567_assignsubmission_file_/ps1.ipynb", NOTEBOOK)])
    assert of(collect(root, source, roster=path, assignment="ps1")).outcome == "new"


def test_without_any_other_id_moodles_email_address_is_the_id(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("First name,Last name,ID number,Email address\nAda,Lovelace,,ada@example.org\n")
    assert [each.id for each in read_roster(path)] == ["ada@example.org"]


CANVASES = """Student,ID,SIS User ID,SIS Login ID,Section,ps1 (4711),ID,Final Grade
,,,,,Manual Posting,,
"    Points Possible",,,,,10,,(read only)
"Lovelace, Ada",12345,u1,ada,A,,,
"Hopper, Jr., Grace",4711,u2,grace,A,7,,
"Student, Test",999,,0123456789abcdef0123456789abcdef01234567,A,,,
"""
CANVASES = CANVASES.replace(",ID,Final", ",Extra,Final")


def test_a_roster_as_canvas_exports_it_is_read_without_its_lines_about_nobody(take, root, tmp_path):
    (tmp_path / "canvas.csv").write_text(CANVASES, encoding="utf-8-sig")
    found = [
        (each.id, each.first_name, each.last_name, each.platform_id, each.line)
        for each in read_roster(tmp_path / "canvas.csv")
    ]
    assert found == [("ada", "Ada", "Lovelace", "12345", 4), ("grace", "Grace", "Hopper, Jr.", "4711", 5)]
    # By their number, whatever Canvas makes of the name.
    members = [("a_12345_1_ps1.ipynb", NOTEBOOK), ("testtest_999_2_ps1.ipynb", NOTEBOOK)]
    collected = take(zipped(tmp_path / "s.zip", members), CANVASES)
    assert (of(collected).outcome, collected.missing) == ("new", ("grace",))
    assert [each.where for each in collected.unmatched] == ["testtest_999_2_ps1.ipynb"]


@pytest.mark.parametrize(
    ("header", "line", "id"),
    [
        ("Student,ID,SIS User ID,SIS Login ID,Section", '"Lovelace, Ada",17,u1,,A', "u1"),
        ("Student,ID,Section", '"Lovelace, Ada",17,A', "17"),
        ("Student;ID;SIS Login ID;extension", '"Lovelace, Ada";17;ada;2d', "ada"),
        ("Student,ID,SIS Login ID", "Ada,17,ada", "ada"),
    ],
)
def test_of_canvas_s_ids_the_first_counts_that_the_class_has(tmp_path, header, line, id):
    (tmp_path / "canvas.csv").write_text(f"{header}\n{line}\n")
    [student] = read_roster(tmp_path / "canvas.csv")
    assert (student.id, student.first_name, student.platform_id) == (id, "Ada", "17")
    assert student.extension == (timedelta(days=2) if "extension" in header else None)


def test_where_no_file_matches_the_roster_nothing_is_changed_and_it_is_said_why(take, root, tmp_path):
    before = {path for path in root.rglob("*") if ".coursekit" not in str(path)}
    files = {f"Adda Lovelace{n}_{n}_assignsubmission_file_/ps1.ipynb": NOTEBOOK for n in range(16)}
    collected = take(zipped(tmp_path / "s.zip", files.items()), due=DUE + timedelta(days=1))
    with find_course(root).gradebook() as gradebook:
        assert [each.id for each in gradebook.students] == []
    assert {path for path in root.rglob("*") if ".coursekit" not in str(path)} == before
    assert collected.failure == (
        "nothing in s.zip (16 entries, the first called 'Adda Lovelace0_0') is a submission of one of the 2 students "
        "in roster.csv, the first of whom is ada (Ada Lovelace, ada@example.org; roster, line 2); is it the right "
        "roster, and the right assignment?"
    )
    table = collected.table()
    assert table.startswith("ps1: nothing was changed: nothing in s.zip")
    assert (
        "  Adda Lovelace3_3: fits nobody in the roster; "
        "the nearest is ada (Ada Lovelace, ada@example.org; roster, line 2)\n" in table
    )


@pytest.mark.parametrize(("name", "status"), [("zoe", 1), ("ada", 0)])
def test_the_status_is_1_where_no_file_matches(root, tmp_path, capsys, name, status):
    source = written(tmp_path / "s", {f"{name}/ps1.ipynb": NOTEBOOK})
    (tmp_path / "roster.csv").write_text(ROSTER)
    command = ["collect", str(source), "--roster", str(tmp_path / "roster.csv"), "--assignment", "ps1"]
    report = tmp_path / "report.json"
    assert cli.main([*command, "--course", str(root), "--json", str(report)]) == status
    found = json.loads(report.read_text())
    assert bool(found["failure"]) == bool(status) and len(found["submissions"]) == 1 - status
    assert ("nothing was changed" in capsys.readouterr().out) == bool(status)


def test_who_is_not_in_the_roster_never_enters_the_gradebook(take, root, tmp_path):
    take(written(tmp_path / "s", {"ada/ps1.ipynb": NOTEBOOK, "ghost/ps1.ipynb": NOTEBOOK}))
    with find_course(root).gradebook() as gradebook:
        assert {each.id for each in gradebook.students} == {"ada", "grace"}
    assert os.listdir(root / "submitted") == ["ada"]


def test_many_entries_of_nobody_take_seconds(take, root, tmp_path):
    roster = "id,first_name,last_name\n" + "".join(f"s{n},Ada,Number{n}x\n" for n in range(300))
    began = time.process_time()
    collected = take(
        zipped(tmp_path / "s.zip", [(f"Aba Numbre{n}y/ps1.ipynb", b"") for n in range(3000)]), roster
    )
    assert len(collected.unmatched) == 3000
    assert sum("the nearest is" in each.reason for each in collected.unmatched) == 50
    assert time.process_time() - began < 30


def test_two_students_of_one_name_are_told_by_number_and_never_guessed(take, root, tmp_path):
    roster = "id,first_name,last_name,platform_id\nada1,Ada,Lovelace,\nada2,ADA,lovelace,\ngrace,,,5\n"
    collected = take(zipped(tmp_path / "s.zip", [(f"{MOODLE}/ps1.ipynb", b"1")]), roster)
    [unmatched] = collected.unmatched
    assert unmatched.where == "Ada Lovelace_1234567"
    assert unmatched.reason.startswith("fits ada1 (roster, line 2) and ada2 (roster, line 3)")
    assert collected.missing == ("ada1", "ada2", "grace")
    take(tmp_path / "s.zip", roster.replace("ADA,lovelace,", "ADA,lovelace,1234567"))
    assert stored(root, "ada2") == {"ps1.ipynb": b"1"}
    assert not (root / "submitted" / "ada1").exists()


def test_a_number_that_contradicts_the_name_is_refused(take, root, tmp_path):
    members = [
        ("Ada Lovelace_4711_assignsubmission_file_/ps1.ipynb", b"1"),
        ("hoppergrace_5_6_ps1.ipynb", b"2"),
    ]
    collected = take(zipped(tmp_path / "s.zip", members))
    assert [each.reason for each in collected.unmatched] == [
        "by its number of grace (roster, line 3), by its name of ada (roster, line 2)",
        "by its name of grace (roster, line 3), whose platform_id is 4711",
    ]
    assert not list((root / "submitted").rglob("*.ipynb"))


def test_two_entries_for_one_student_are_both_refused(take, root, tmp_path):
    members = [(f"Ada Lovelace_{number}_assignsubmission_file_/ps1.ipynb", NOTEBOOK) for number in (1, 2)]
    collected = take(zipped(tmp_path / "s.zip", members))
    assert [each.where for each in collected.unmatched] == ["Ada Lovelace_1", "Ada Lovelace_2"]
    assert collected.missing == ("ada", "grace")
    collected = take(written(tmp_path / "s", {"ada/ps1.ipynb": b"1", "ada@example.org/ps1.ipynb": b"2"}))
    assert len(collected.unmatched) == 2
    assert not list((root / "submitted").rglob("*.ipynb"))


def test_a_canvas_name_made_to_look_like_another_students_is_refused(take, root, tmp_path):
    # Mallory's display name ends in "_4711", which is Grace's number.
    roster = ROSTER + "mallory,Mallory,M,,666,,\n"
    members = [("grace_4711_666_90_ps1.ipynb", b"forged"), ("hoppergrace_4711_91_ps1.ipynb", b"hers")]
    collected = take(zipped(tmp_path / "s.zip", members), roster)
    assert stored(root, "grace") == {"ps1.ipynb": b"hers"}
    [unmatched] = collected.unmatched
    assert unmatched.where == "grace_4711_666_90_ps1.ipynb"


def test_a_canvas_file_whose_own_name_begins_with_a_number_is_no_riddle(take, root, tmp_path):
    collected = take(zipped(tmp_path / "s.zip", [("hoppergrace_4711_91_2_ps1.ipynb", NOTEBOOK)]))
    assert of(collected, "grace").notes == ("2_ps1.ipynb is stored as ps1.ipynb",)


def test_what_belongs_to_nobody_and_who_handed_in_nothing_are_listed(take, tmp_path):
    files = {"zoe/ps1.ipynb": NOTEBOOK, "readme.txt": b"", "anon_xY1_22_ps1.ipynb": NOTEBOOK}
    collected = take(written(tmp_path / "s", files))
    assert {each.where for each in collected.unmatched} == {"zoe", "readme.txt", "anon_xY1_22_ps1.ipynb"}
    assert collected.missing == ("ada", "grace")
    table = collected.table()
    assert "Of no student:\n" in table and "  zoe: fits nobody in the roster" in table
    assert table.endswith("Without a submission:\n  ada, grace")


# Lateness.


def test_lateness_counts_from_the_gradebooks_due_date(take, root, tmp_path):
    collected = take(zipped(tmp_path / "s.zip", [(f"{MOODLE}/ps1.ipynb", NOTEBOOK)], at=AFTER))
    assert collected.due == DUE
    assert of(collected).seconds_late == nbgraders_seconds_late(root) == 3 * 3600
    assert "| ada     | 2026-01-31 15:00:00 UTC | 3:00:00 | new        |" in collected.table()
    assert not (root / "submitted" / "ada" / "ps1" / place.RECORD).exists()


@pytest.mark.parametrize(
    ("extension", "seconds"),
    [("48h", 0), ("2d", 0), ("2026-02-01", 0), ("2026-01-31T15:00+00:00", 0), ("1.5h", 5400), ("2h", 3600)],
)
def test_an_extension_moves_what_nbgrader_reads_and_keeps_the_real_time(
    take, root, tmp_path, extension, seconds
):
    roster = f"id,extension\nada,{extension}\n"
    collected = take(written(tmp_path / "s", {"ada/ps1.ipynb": NOTEBOOK}, at=AFTER), roster)
    assert of(collected).handed_in == AFTER
    assert of(collected).seconds_late == nbgraders_seconds_late(root) == seconds
    record = json.loads((root / "submitted" / "ada" / "ps1" / place.RECORD).read_text())
    assert datetime.fromisoformat(record["handed_in"]) == AFTER


def test_an_extension_granted_later_or_withdrawn_holds_for_what_is_already_there(take, root, tmp_path):
    source = written(tmp_path / "s", {"ada/ps1.ipynb": NOTEBOOK}, at=AFTER)
    for extension, seconds, outcome in (
        ("", 10800, "new"),
        ("1h", 7200, "unchanged"),
        ("", 10800, "unchanged"),
    ):
        collected = take(source, f"id,extension\nada,{extension}\n")
        assert of(collected).outcome == outcome
        assert of(collected).handed_in == AFTER
        assert of(collected).seconds_late == nbgraders_seconds_late(root) == seconds
    assert of(collected).notes == ("its time stamp was corrected",)
    assert stored(root) == {"ps1.ipynb": NOTEBOOK}


def test_an_extension_that_ends_before_the_due_date_is_an_error(take, tmp_path):
    source = written(tmp_path / "s", {"ada/ps1.ipynb": NOTEBOOK})
    with pytest.raises(CourseError, match=r"ada \(roster, line 2\): the extension ends before the due date"):
        take(source, "id,extension\nada,2026-01-30\n")


def test_a_due_date_that_is_given_is_stored_where_nbgrader_reads_it(take, root, tmp_path):
    with find_course(root).gradebook() as gradebook:
        gradebook.remove_assignment("ps1")
    source = written(tmp_path / "s", {"ada/ps1.ipynb": NOTEBOOK}, at=AFTER)
    without = take(source, "id,extension\nada,2d\n")
    assert (without.due, of(without).seconds_late) == (None, 0)
    assert without.notes == ("without a due date nobody is late, and extensions mean nothing",)
    given = take(source, due=datetime(2026, 1, 31, 13), timezone="Europe/Vienna")
    assert given.due == DUE
    assert of(given).seconds_late == nbgraders_seconds_late(root) == 10800


def test_a_due_date_other_than_the_gradebooks_is_an_error(take, root, tmp_path):
    source = written(tmp_path / "s", {"ada/ps1.ipynb": NOTEBOOK})
    with pytest.raises(
        CourseError, match="due 2026-01-31 13:00:00 UTC as given, but 2026-01-31 12:00:00 UTC in"
    ):
        take(source, due=DUE + timedelta(hours=1))
    assert not list((root / "submitted").rglob("*.ipynb"))


def test_times_without_a_zone_in_a_zip_are_on_the_clock_of_the_time_zone(take, root, tmp_path):
    source = zipped(tmp_path / "s.zip", [(f"{MOODLE}/ps1.ipynb", NOTEBOOK)], at=datetime(2026, 1, 31, 12, 30))
    assert of(take(source, timezone="Europe/Vienna")).seconds_late == 0
    shutil.rmtree(root / "submitted")
    assert of(take(source)).seconds_late == 1800
    shutil.rmtree(root / "submitted")
    (root / "nbgrader_config.py").write_text("c = get_config()\nc.Exchange.timezone = 'Europe/Vienna'\n")
    assert of(take(source)).seconds_late == 0


def test_an_unknown_time_zone_is_an_error(take, tmp_path):
    with pytest.raises(CourseError, match="'Mars/Crater': no such time zone"):
        take(tmp_path, timezone="Mars/Crater")


def test_a_time_in_utc_in_a_zip_is_preferred(take, tmp_path):
    info = zipfile.ZipInfo(f"{MOODLE}/ps1.ipynb", (2026, 2, 20, 0, 0, 0))
    info.extra = b"UT\x05\x00\x01" + int(BEFORE.timestamp()).to_bytes(4, "little")
    assert of(take(zipped(tmp_path / "s.zip", [(info, NOTEBOOK)]))).handed_in == BEFORE


def test_without_any_time_nobody_is_late_and_it_is_said(take, root, tmp_path):
    info = zipfile.ZipInfo(f"{MOODLE}/ps1.ipynb")
    collected = take(zipped(tmp_path / "s.zip", [(info, NOTEBOOK)]))
    assert (of(collected).handed_in, of(collected).seconds_late) == (None, 0)
    assert of(collected).notes == ("its time is not known, so it does not count as late",)
    assert set(os.listdir(root / "submitted" / "ada" / "ps1")) == {"ps1.ipynb"}
    assert "unknown" in collected.table()


def test_times_inside_a_students_own_archive_count_for_nothing(take, tmp_path):
    inner = zipped(io.BytesIO(), [("ps1.ipynb", NOTEBOOK)], at=BEFORE).getvalue()
    collected = take(zipped(tmp_path / "s.zip", [(f"{MOODLE}/all.zip", inner)], at=AFTER))
    assert of(collected).handed_in == AFTER


EARLY = b"2026-01-01 00:00:00.000000 UTC"
RECORD = b'{"handed_in": "2026-01-01T00:00:00+00:00", "extension_seconds": 0}'


@pytest.mark.parametrize("name", ["timestamp.txt", "TimeStamp.TXT", place.RECORD, ".coursekit.json"])
@pytest.mark.parametrize("place", ["moodle", "folder", "zip", "zipped folder", "lone folder"])
def test_a_file_that_could_forge_time_or_grade_is_refused_and_named(take, root, tmp_path, name, place):
    mine = {
        "moodle": {f"{MOODLE}/ps1.ipynb": NOTEBOOK, f"{MOODLE}/{name}": EARLY},
        "folder": {"ada/ps1.ipynb": NOTEBOOK, f"ada/{name}": EARLY},
        "zip": {f"{MOODLE}/a.zip": zip_bytes(("ps1.ipynb", NOTEBOOK), (name, EARLY))},
        "zipped folder": {f"{MOODLE}/a.zip": zip_bytes(("x/y/ps1.ipynb", NOTEBOOK), (f"x/y/{name}", EARLY))},
        "lone folder": {f"ada/ps1/{name}": EARLY, "ada/ps1/ps1.ipynb": NOTEBOOK, "grace/ps1.ipynb": NOTEBOOK},
    }[place]
    collected = take(zipped(tmp_path / "s.zip", mine.items(), at=AFTER))
    [refused] = collected.refused
    assert refused.student == "ada" and refused.where.endswith(name)
    assert refused.reason == "a student's file of this name could forge its time or its grade"
    assert of(collected).seconds_late == nbgraders_seconds_late(root) == 10800
    assert stored(root) == {"ps1.ipynb": NOTEBOOK}


def test_the_time_stamp_in_nbgraders_own_layout_is_nbgraders(take, root, tmp_path):
    files = {"ada/ps1/ps1.ipynb": NOTEBOOK, "ada/ps1/timestamp.txt": b"2026-01-31 13:00:00 UTC"}
    files |= {"grace/ps1/ps1.ipynb": NOTEBOOK, "grace/ps1/timestamp.txt": b"noon"}
    collected = take(written(tmp_path / "s", files))
    assert of(collected).seconds_late == 3600
    assert of(collected, "grace").handed_in == BEFORE
    assert "timestamp.txt is not a time" in of(collected, "grace").notes[0]
    assert not collected.refused


def test_on_canvas_a_newer_upload_is_newer_although_both_were_on_time(take, root, tmp_path):
    # Both downloads were made after the due date, and so both count as handed in just before it.
    take(zipped(tmp_path / "s.zip", [("lovelaceada_1_20_ps1.ipynb", b"1")], at=AFTER))
    source = zipped(tmp_path / "t.zip", [("lovelaceada_1_31_ps1-1.ipynb", b"2")], at=AFTER)
    collected = take(source)
    assert (of(collected).outcome, of(collected).seconds_late) == ("replaced", 0)
    assert stored(root) == {"ps1.ipynb": b"2"}
    assert of(take(source)).outcome == "unchanged"
    collected = take(tmp_path / "s.zip")
    assert of(collected).outcome == "kept"
    assert (
        of(collected).notes[-1] == "uploaded before the one that is there (numbers 20 and 31), and different"
    )
    assert stored(root) == {"ps1.ipynb": b"2"}


def test_on_canvas_the_number_decides_even_where_the_file_is_older(take, root, tmp_path):
    roster = "id,first_name,last_name,extension\nada,Ada,Lovelace,5d\n"
    take(zipped(tmp_path / "s.zip", [("lovelaceada_1_20_ps1.ipynb", b"1")], at=AFTER), roster)
    newer = zipped(tmp_path / "t.zip", [("lovelaceada_LATE_1_100_ps1-2.ipynb", b"2")], at=BEFORE)
    assert of(take(newer, roster)).outcome == "replaced"
    assert stored(root) == {"ps1.ipynb": b"2"}
    assert nbgraders_seconds_late(root) == 0


def test_what_canvas_handed_out_before_numbers_were_kept_is_compared_by_time(take, root, tmp_path):
    written(
        root / "submitted" / "ada" / "ps1", {"ps1.ipynb": b"1", "timestamp.txt": b"2026-01-31 09:00:00 UTC"}
    )
    source = zipped(tmp_path / "t.zip", [("lovelaceada_1_31_ps1.ipynb", b"2")], at=BEFORE)
    assert of(take(source)).outcome == "replaced"


@pytest.mark.parametrize(
    "record", [b'{"upload": "31"}', b'{"upload": true}', b'{"upload": -1}', b"[]", b"x" * 999]
)
def test_a_damaged_number_of_an_upload_is_as_good_as_none(take, root, tmp_path, record):
    stamped = {"ps1.ipynb": b"1", "timestamp.txt": b"2026-01-31 09:00:00 UTC", place.RECORD: record}
    written(root / "submitted" / "ada" / "ps1", stamped)
    source = zipped(tmp_path / "t.zip", [("lovelaceada_1_1_ps1.ipynb", b"2")], at=BEFORE)
    assert of(take(source)).outcome == "replaced"


@pytest.mark.parametrize(
    "names", [("ps1.ipynb", "ps1-1.ipynb"), ("ps1-1.ipynb", "PS1-2.ipynb"), ("ps1.ipynb",) * 2]
)
def test_of_two_uploads_of_one_notebook_on_canvas_the_newer_is_taken_and_it_is_said(
    take, root, tmp_path, names
):
    old, new = names
    members = [(f"lovelaceada_1_100_{new}", b"new"), (f"lovelaceada_1_99_{old}", b"old")]
    collected = take(zipped(tmp_path / "s.zip", members))
    assert stored(root) == {"ps1.ipynb": b"new"}
    assert f"{old} (upload 99) was left out: {new} (upload 100) is newer" in of(collected).notes


def test_notebooks_of_other_names_on_canvas_are_no_older_uploads(take, root, tmp_path):
    written(root, {"source/ps1/lab-1.ipynb": NOTEBOOK})
    names = ("ps1.ipynb", "lab-1.ipynb", "lab-1-1.ipynb", "x.ipynb", "a.txt")
    members = [(f"lovelaceada_1_{n}_{name}", b"%d" % n) for n, name in enumerate(names, start=5)]
    collected = take(zipped(tmp_path / "s.zip", members))
    assert stored(root) == {"ps1.ipynb": b"5", "lab-1.ipynb": b"7", "x.ipynb": b"8", "a.txt": b"9"}
    assert of(collected).notes == (
        "lab-1.ipynb (upload 6) was left out: lab-1-1.ipynb (upload 7) is newer",
        "x.ipynb: stored, but not graded; expected and found: lab-1.ipynb, ps1.ipynb",
        "lab-1-1.ipynb is stored as lab-1.ipynb",
    )


def test_canvas_says_who_is_late(take, root, tmp_path):
    members = [("lovelaceada_1_2_ps1.ipynb", NOTEBOOK), ("hoppergrace_LATE_4711_3_ps1.ipynb", NOTEBOOK)]
    collected = take(zipped(tmp_path / "s.zip", members, at=AFTER))
    assert of(collected).seconds_late == nbgraders_seconds_late(root) == 0
    assert "Canvas does not call it late" in of(collected).notes[0]
    assert of(collected, "grace").seconds_late == 10800
    assert "Canvas gives files the time of the download" in collected.notes[0]


def test_canvas_and_the_due_date_may_disagree_and_it_is_said(take, tmp_path):
    collected = take(zipped(tmp_path / "s.zip", [("lovelaceada_LATE_1_2_ps1.ipynb", NOTEBOOK)], at=BEFORE))
    assert "Canvas calls it late, but" in of(collected).notes[0]


def test_times_that_may_be_those_of_the_download_are_said(take, tmp_path):
    roster = "id\n" + "\n".join(f"s{n}" for n in range(3))
    source = written(tmp_path / "s", {f"s{n}/ps1.ipynb": NOTEBOOK for n in range(3)}, at=AFTER)
    [note] = take(source, roster).notes
    assert note.startswith("all times of handing in lie within ten minutes")


def test_the_roster_overrules_every_other_time_also_afterwards(take, root, tmp_path):
    source = zipped(tmp_path / "s.zip", [("lovelaceada_LATE_1_2_ps1.ipynb", NOTEBOOK)], at=AFTER)
    assert of(take(source)).seconds_late == 10800
    collected = take(source, "id,first_name,last_name,handed_in\nada,Ada,Lovelace,2026-01-31T12:01\n")
    assert of(collected).outcome == "unchanged"
    assert of(collected).seconds_late == nbgraders_seconds_late(root) == 60


# Resubmission.


def inode(root, student="ada"):
    return (root / "submitted" / student / "ps1").stat().st_ino


def test_a_newer_submission_replaces_an_older_one_and_nothing_of_that_stays(take, root, tmp_path):
    take(written(tmp_path / "s", {"ada/ps1.ipynb": b"1", "ada/old.txt": b"1"}))
    collected = take(written(tmp_path / "t", {"ada/ps1.ipynb": b"2"}, at=AFTER))
    assert of(collected).outcome == "replaced"
    assert stored(root) == {"ps1.ipynb": b"2"}
    assert stamp(root) == "2026-01-31 15:00:00.000000 UTC"
    assert os.listdir(root / "submitted" / "ada") == ["ps1"]


@pytest.mark.parametrize("at", [BEFORE, BEFORE - timedelta(hours=1)])
def test_one_that_is_not_newer_does_not_and_it_is_said(take, root, tmp_path, at):
    take(written(tmp_path / "s", {"ada/ps1.ipynb": b"1"}))
    collected = take(written(tmp_path / "t", {"ada/ps1.ipynb": b"2"}, at=at))
    assert of(collected).outcome == "kept"
    assert of(collected).handed_in == BEFORE
    assert of(collected).notes == (
        "not newer than the one that is there (2026-01-31 10:00:00 UTC), but different",
    )
    assert stored(root) == {"ps1.ipynb": b"1"}


def test_with_an_extension_it_is_the_real_times_that_are_compared(take, root, tmp_path):
    roster = "id,extension\nada,5d\n"
    take(written(tmp_path / "s", {"ada/ps1.ipynb": b"1"}, at=BEFORE), "id\nada\n")
    collected = take(written(tmp_path / "t", {"ada/ps1.ipynb": b"2"}, at=AFTER), roster)
    assert of(collected).outcome == "replaced"
    assert of(take(tmp_path / "s", roster)).outcome == "kept"
    assert of(take(tmp_path / "t", roster)).outcome == "unchanged"
    assert stored(root) == {"ps1.ipynb": b"2"}


def test_identical_content_is_left_untouched_however_new(take, root, tmp_path):
    take(written(tmp_path / "s", {"ada/ps1.ipynb": NOTEBOOK}))
    before = inode(root)
    collected = take(written(tmp_path / "s", {"ada/ps1.ipynb": NOTEBOOK}, at=AFTER))
    assert of(collected).outcome == "unchanged"
    assert of(collected).handed_in == BEFORE
    assert inode(root) == before


def test_of_a_time_stamp_no_more_is_read_than_a_time_needs(take, root, tmp_path, monkeypatch):
    files = {"ada/ps1/ps1.ipynb": NOTEBOOK, "ada/ps1/timestamp.txt": bytes(30_000_000)}
    source = zipped(tmp_path / "s.zip", files.items())
    read, blocks = [], archives.SourceFile.blocks

    def counted(file):
        for block in blocks(file):
            read.append(len(block))
            yield block

    monkeypatch.setattr(archives.SourceFile, "blocks", counted)
    assert "timestamp.txt is not a time" in of(take(source)).notes[0]
    assert sum(read) < 2_000_000


def test_what_plain_nbgrader_collected_is_compared_by_its_time_stamp(take, root, tmp_path):
    stamped = {"ps1.ipynb": b"1", "timestamp.txt": b"2026-01-31 11:00:00.000000 UTC", place.RECORD: RECORD}
    written(root / "submitted" / "ada" / "ps1", stamped)
    collected = take(written(tmp_path / "s", {"ada/ps1.ipynb": b"2"}, at=BEFORE))
    assert of(collected).outcome == "kept"
    assert of(collected).handed_in == DUE - timedelta(hours=1)
    assert of(take(written(tmp_path / "s", {"ada/ps1.ipynb": b"2"}, at=AFTER))).outcome == "replaced"
    assert sorted(os.listdir(root / "submitted" / "ada" / "ps1")) == ["ps1.ipynb", "timestamp.txt"]


def test_a_submission_of_unknown_time_is_not_replaced(take, root, tmp_path):
    written(root / "submitted" / "ada" / "ps1", {"ps1.ipynb": b"1"})
    collected = take(written(tmp_path / "s", {"ada/ps1.ipynb": b"2"}))
    assert of(collected).outcome == "kept"
    assert "not known which is newer" in of(collected).notes[0]
    assert stored(root) == {"ps1.ipynb": b"1"}


def test_a_time_stamp_there_that_is_none_stops_that_student_only(take, root, tmp_path):
    written(root / "submitted" / "ada" / "ps1", {"ps1.ipynb": b"1", "timestamp.txt": b"noon"})
    collected = take(written(tmp_path / "s", {"ada/ps1.ipynb": b"2", "grace/ps1.ipynb": b"2"}))
    assert collected.refused[0].student == "ada" and "not a time" in collected.refused[0].reason
    assert stored(root) == {"ps1.ipynb": b"1"}
    assert stored(root, "grace") == {"ps1.ipynb": b"2"}


@pytest.mark.parametrize("content", [{"ada/notes.txt": b"x"}, {"ada/all.zip": b"PK\3\4 damaged"}])
def test_a_newer_one_without_notebook_does_not_replace_one_with(take, root, tmp_path, content):
    take(written(tmp_path / "s", {"ada/ps1.ipynb": b"1"}))
    collected = take(written(tmp_path / "t", content, at=AFTER))
    assert of(collected).outcome == "kept" and of(collected).notes
    assert stored(root) == {"ps1.ipynb": b"1"}


# Hostile sources.

NAMES = {
    "/etc/evil": "an absolute or empty path",
    "../evil": "a path that leads out of its folder (..)",
    "x/../../../evil": "a path that leads out of its folder (..)",
    "C:/evil": "a drive letter in its name",
    "..\\evil": "a path that leads out of its folder (..)",
    "x\\..\\..\\evil": "a path that leads out of its folder (..)",
    "C:\\evil": "a drive letter in its name",
    "\\\\host\\evil": "an absolute or empty path",
    "\\evil": "an absolute or empty path",
    "x\nevil": "a control character in its name",
    "evil\x1b[2J": "a control character in its name",
    "\u202egpj.evil": "a control character in its name",
    "e" * 256: "its name is too long",
    "ä" * 130: "its name is too long",
    "/".join("e" * 90 for _ in range(12)): "its name is too long",
    "d/" * 20 + "evil": "more than 20 folders deep",
}


@pytest.mark.parametrize("name", NAMES, ids=[repr(name[:20]) for name in NAMES])
@pytest.mark.parametrize("kind", ["zip", "tar"])
@pytest.mark.parametrize("inner", [False, True], ids=["the platform's", "the student's"])
def test_a_path_that_leads_elsewhere_or_deceives_is_refused_and_named(
    take, root, tmp_path, name, kind, inner
):
    make = zipped if kind == "zip" else tarred
    evil = [(name, b"evil"), ("ada/ps1.ipynb", NOTEBOOK)]
    if inner:
        evil = [(f"{MOODLE}/all.{kind}", make(io.BytesIO(), evil).getvalue())]
    collected = take(make(tmp_path / f"s.{kind}", evil))
    [(where, reason)] = reasons(collected).items()
    assert reason == ("a backslash in its name" if "\\" in name and kind == "tar" else NAMES[name])
    assert where.isprintable() and len(where) < 300
    assert stored(root) == {"ps1.ipynb": NOTEBOOK}
    assert not [path for path in tmp_path.rglob("*evil*") if path.is_file()]


@pytest.mark.parametrize("system", [0, 3])
def test_backslashes_in_a_zip_part_folders_as_old_programs_for_windows_mean_them(
    take, root, tmp_path, system
):
    names = {f"{MOODLE}\\ps1.ipynb": NOTEBOOK, f"{MOODLE}\\data\\a.txt": b"a", f"{MOODLE}\\empty\\": b""}
    inner = zip_bytes(("my\\ps1.ipynb", b"2"), ("my\\data/b.txt", b"b"), ("my\\__MACOSX\\x", b""))
    names["Grace Hopper_4711_assignsubmission_file_\\all.zip"] = inner
    members = []
    for name, content in names.items():
        info = zipfile.ZipInfo(name, BEFORE.timetuple()[:6])
        info.create_system = system
        members.append((info, content))
    collected = take(zipped(tmp_path / "s.zip", members))
    assert not collected.refused and not collected.unmatched
    assert stored(root) == {"ps1.ipynb": NOTEBOOK, "data/a.txt": b"a"}
    assert stored(root, "grace") == {"ps1.ipynb": b"2", "data/b.txt": b"b"}


def test_a_null_character_does_not_hide_the_rest_of_a_name(take, root, tmp_path):
    content = zip_bytes(("ada/ps1.ipynbXevil", NOTEBOOK), ("ada/ps1.ipynb", b"ok")).replace(
        b"Xevil", b"\0evil"
    )
    (tmp_path / "s.zip").write_bytes(content)
    assert reasons(take(tmp_path / "s.zip")) == {"ada/ps1.ipynb\\x00evil": "a control character in its name"}
    assert stored(root) == {"ps1.ipynb": b"ok"}


def test_a_name_that_is_not_text_is_refused_and_named(take, root, tmp_path):
    with tarfile.open(tmp_path / "s.tar", "w", encoding="latin-1", format=tarfile.GNU_FORMAT) as archive:
        for name in ("ada/\xe4.txt", "ada/ps1.ipynb"):
            archive.addfile(tarfile.TarInfo(name))
    assert reasons(take(tmp_path / "s.tar")) == {"ada/\\udce4.txt": "its name is not valid text"}
    assert stored(root) == {"ps1.ipynb": b""}


LINKS = {
    "a symbolic link": (tarfile.SYMTYPE, "a link to /etc/passwd"),
    "a hard link": (tarfile.LNKTYPE, "a link to /etc/passwd"),
    "a named pipe": (tarfile.FIFOTYPE, "not a regular file"),
    "a device": (tarfile.CHRTYPE, "not a regular file"),
    "a block device": (tarfile.BLKTYPE, "not a regular file"),
}


@pytest.mark.parametrize(("kind", "reason"), LINKS.values(), ids=LINKS)
@pytest.mark.parametrize("inner", [False, True], ids=["the platform's", "the student's"])
def test_a_link_or_device_in_a_tar_is_refused_and_named(take, root, tmp_path, kind, reason, inner):
    # What follows a link must not be written through it.
    evil = special("ada/dir", kind, "/etc/passwd" if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else "")
    members = [(evil, b""), ("ada/dir/x.txt", b"x"), ("ada/ps1.ipynb", NOTEBOOK)]
    if inner:
        members = [(f"{MOODLE}/all.tar", tarred(io.BytesIO(), members).getvalue())]
    collected = take(tarred(tmp_path / "s.tar", members))
    assert list(reasons(collected).values()) == [reason]
    assert stored(root) == {"dir/x.txt": b"x", "ps1.ipynb": NOTEBOOK}
    assert not (root / "submitted" / "ada" / "ps1" / "dir").is_symlink()


@pytest.mark.parametrize(("mode", "reason"), [(0o120777, "a link"), (0o010644, "not a regular file")])
def test_a_link_or_pipe_in_a_zip_is_refused_and_named(take, root, tmp_path, mode, reason):
    info = zipfile.ZipInfo("ada/evil", BEFORE.timetuple()[:6])
    info.external_attr = mode << 16
    collected = take(zipped(tmp_path / "s.zip", [(info, b"/etc/passwd"), ("ada/ps1.ipynb", NOTEBOOK)]))
    assert reasons(collected) == {"ada/evil": reason}
    assert stored(root) == {"ps1.ipynb": NOTEBOOK}


def test_links_pipes_and_sockets_in_a_folder_are_refused_and_named(take, root, tmp_path):
    secret = written(tmp_path / "secret", {"key": b"secret"})
    source = written(tmp_path / "s", {"ada/ps1.ipynb": NOTEBOOK})
    (source / "ada" / "key").symlink_to(secret / "key")
    (source / "ada" / "all").symlink_to(secret)
    (source / "grace").symlink_to(secret)
    os.mkfifo(source / "ada" / "pipe")
    with socket.socket(socket.AF_UNIX) as listening, pytest.MonkeyPatch.context() as patch:
        patch.chdir(source / "ada")
        listening.bind("socket")
    collected = take(source)
    assert reasons(collected) == {
        "ada/all": "a link",
        "ada/key": "a link",
        "ada/pipe": "not a regular file",
        "ada/socket": "not a regular file",
        "grace": "a link",
    }
    assert stored(root) == {"ps1.ipynb": NOTEBOOK}
    assert collected.missing == ("grace",)


@pytest.mark.parametrize("swapped", ["ada", "ada/ps1.ipynb"])
def test_a_link_put_in_a_files_place_meanwhile_is_refused(take, root, tmp_path, monkeypatch, swapped):
    source = written(tmp_path / "s", {"ada/ps1.ipynb": NOTEBOOK, "grace/ps1.ipynb": NOTEBOOK})
    secret = written(tmp_path / "secret", {"ps1.ipynb": b"secret"})
    listed = archives._list_folder

    def swap_after_listing(*arguments):
        listing = listed(*arguments)
        (source / swapped).rename(tmp_path / "moved")
        (source / swapped).symlink_to(secret if swapped == "ada" else secret / "ps1.ipynb")
        return listing

    monkeypatch.setattr(archives, "_list_folder", swap_after_listing)
    collected = take(source)
    assert list(reasons(collected)) == ["ada/ps1.ipynb"]
    assert stored(root) == {} and stored(root, "grace") == {"ps1.ipynb": NOTEBOOK}


def test_a_file_that_cannot_be_read_is_refused_and_named(take, root, tmp_path, monkeypatch):
    source = written(tmp_path / "s", {"ada/ps1.ipynb": NOTEBOOK, "ada/x.txt": b"x", "ada/dir/y": b"y"})
    really_open, really_list = os.open, os.listdir

    def open_but_x(path, *arguments, **options):
        if path == "x.txt":
            raise PermissionError(13, "Permission denied", path)
        return really_open(path, *arguments, **options)

    def list_but_dir(path):
        if Path(path).name == "dir":
            raise PermissionError(13, "Permission denied", path)
        return really_list(path)

    monkeypatch.setattr(os, "open", open_but_x)
    monkeypatch.setattr(os, "listdir", list_but_dir)
    assert reasons(take(source)) == {
        "ada/x.txt": "cannot be read: Permission denied",
        "ada/dir": "Permission denied",
    }
    assert stored(root) == {"ps1.ipynb": NOTEBOOK}


CLASHES = {
    "the same name twice": (["a.txt", "a.txt"], "a file of this name is already there"),
    "another case": (["a.txt", "A.TXT"], "differs from a.txt only in case or in how its letters are encoded"),
    "another form": (["\xe4.txt", "a\u0308.txt"], "differs from ä.txt only in case or in how its letters"),
    "a file, then a folder": (["a", "a/b"], "a is a file, and a folder is expected"),
    "a folder, then a file": (["a/b", "a"], "a folder of this name is already there"),
    "a folder in another case": (["a", "A/b"], "A is a file, and a folder is expected"),
}


@pytest.mark.parametrize(("names", "reason"), CLASHES.values(), ids=CLASHES)
@pytest.mark.parametrize("kind", ["zip", "tar"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_names_that_clash_the_first_is_taken_and_the_other_named(
    take, root, tmp_path, names, reason, kind
):
    members = [(f"ada/{name}", b"%d" % n) for n, name in enumerate(names)]
    make = zipped if kind == "zip" else tarred
    collected = take(make(tmp_path / f"s.{kind}", [*members, ("ada/ps1.ipynb", NOTEBOOK)]))
    [refused] = collected.refused
    assert refused.student == "ada" and refused.where == f"ada/{names[1]}"
    assert refused.reason.startswith(reason)
    assert stored(root) == {names[0]: b"0", "ps1.ipynb": NOTEBOOK}


def test_of_notebooks_that_clash_the_one_of_the_expected_name_is_taken(take, root, tmp_path):
    collected = take(written(tmp_path / "s", {"ada/PS1.ipynb": b"upper", "ada/ps1.ipynb": b"lower"}))
    assert stored(root) == {"ps1.ipynb": b"lower"}
    assert list(reasons(collected)) == ["ada/PS1.ipynb"]


def test_a_folder_of_the_notebooks_name_does_no_harm(take, root, tmp_path):
    collected = take(written(tmp_path / "s", {"ada/ps1.ipynb/x": b"x", "ada/mine.ipynb": NOTEBOOK}))
    assert stored(root) == {"ps1.ipynb/x": b"x", "mine.ipynb": NOTEBOOK}
    assert of(collected).notes[0].startswith("mine.ipynb cannot be stored as ps1.ipynb")


SMALL = Limits(
    file_bytes=100_000, submission_bytes=250_000, submission_files=50, total_bytes=900_000, members=200
)


@pytest.mark.parametrize("inner", [False, True], ids=["the platform's", "the student's"])
def test_a_file_larger_than_allowed_is_refused_and_named(take, root, tmp_path, inner):
    members = [("ada/big", bytes(100_001)), ("ada/fits", bytes(100_000)), ("ada/ps1.ipynb", NOTEBOOK)]
    if inner:
        members = [(f"{MOODLE}/all.zip", zip_bytes(*members))]
    collected = take(zipped(tmp_path / "s.zip", members), limits=SMALL)
    assert list(reasons(collected).values()) == ["more than 100,000 bytes"]
    assert set(stored(root)) == {"fits", "ps1.ipynb"}


def test_a_submission_larger_than_allowed_leaves_the_others_alone(take, root, tmp_path):
    members = [(f"ada/{n}", bytes(99_000)) for n in range(9)] + [("grace/ps1.ipynb", NOTEBOOK)]
    collected = take(zipped(tmp_path / "s.zip", members), limits=SMALL)
    assert len(collected.refused) == 7
    assert {each.student for each in collected.refused} == {"ada"}
    assert "the submission has more than 250,000 bytes" in collected.refused[0].reason
    assert stored(root, "grace") == {"ps1.ipynb": NOTEBOOK}


def test_all_submissions_together_have_a_limit(take, root, tmp_path):
    limits = Limits(total_bytes=250_000)
    members = [("ada/x", bytes(150_000)), ("grace/x", bytes(150_000))]
    [refused] = take(zipped(tmp_path / "s.zip", members), limits=limits).refused
    assert refused.student == "grace" and "all submissions have more than 250,000 bytes" in refused.reason


def test_nbgraders_own_limits_hold_by_default(take, root, tmp_path):
    settings = "c = get_config()\nc.CourseDirectory.max_file_size = 10\nc.CourseDirectory.max_dir_size = 15\n"
    (root / "nbgrader_config.py").write_text(settings)
    members = [
        ("ada/a", bytes(10_001)),
        ("ada/b", bytes(1)),
        ("grace/a", bytes(9_000)),
        ("grace/b", bytes(9_000)),
    ]
    found = reasons(take(zipped(tmp_path / "s.zip", members)))
    assert found["ada/a"] == "more than 10,000 bytes"
    assert found["grace/b"] == "with it, the submission has more than 15,000 bytes"


def bomb(kind):
    """30 MB of zeros in a student's archive of a few kB."""
    zeros = [("zeros", bytes(30_000_000)), ("ps1.ipynb", NOTEBOOK)]
    return zip_bytes(*zeros) if kind == "zip" else tarred(io.BytesIO(), zeros, f"w:{kind[4:]}").getvalue()


@pytest.mark.parametrize("kind", ["zip", "tar.gz", "tar.bz2", "tar.xz"])
def test_a_bomb_is_refused_and_named_and_harms_nobody_else(take, root, tmp_path, kind):
    members = [
        ("Grace Hopper_4711_assignsubmission_file_/ps1.ipynb", NOTEBOOK),
        (f"{MOODLE}/all.{kind}", bomb(kind)),
    ]
    collected = take(zipped(tmp_path / "s.zip", members))
    [refused] = collected.refused
    assert refused.student == "ada"
    assert refused.reason == "unpacks to more than 200 times its size"
    assert stored(root, "grace") == {"ps1.ipynb": NOTEBOOK}
    # In a zip the members are apart; a packed tar is one stream.
    assert stored(root) == ({"ps1.ipynb": NOTEBOOK} if kind == "zip" else {})
    assert collected.missing == (() if kind == "zip" else ("ada",))


def test_a_file_beside_its_bomb_does_not_stay(take, root, tmp_path):
    take(zipped(tmp_path / "s.zip", [(f"{MOODLE}/all.zip", bomb("zip"))]))
    total = sum(path.stat().st_size for path in (root / "submitted").rglob("*") if path.is_file())
    assert total < 1000


def lying(content, size):
    """The zip archive, with every header saying that the first member unpacks to `size` bytes."""
    content = bytearray(content)
    for signature, offset in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        at = content.index(signature) + offset
        content[at : at + 4] = size.to_bytes(4, "little")
    return bytes(content)


@pytest.mark.parametrize("size", [1, 2**32 - 2])
def test_sizes_in_headers_are_not_believed(take, root, tmp_path, size):
    content = zip_bytes(("ada/big", os.urandom(60_000) * 2), ("ada/ps1.ipynb", NOTEBOOK))
    (tmp_path / "s.zip").write_bytes(lying(content, size))
    collected = take(tmp_path / "s.zip", limits=SMALL)
    assert list(reasons(collected)) == ["ada/big"]
    assert stored(root) == {"ps1.ipynb": NOTEBOOK}


def test_too_many_members_in_a_students_archive_are_refused_as_a_whole(take, root, tmp_path):
    inner = [(f"{n}.txt", b"") for n in range(51)]
    files = {
        f"{MOODLE}/all.zip": zip_bytes(*inner),
        f"{MOODLE}/all.tar": tarred(io.BytesIO(), inner).getvalue(),
    }
    collected = take(zipped(tmp_path / "s.zip", files.items()), limits=SMALL)
    assert set(reasons(collected).values()) == {"more than 50 members"}
    assert not (root / "submitted" / "ada" / "ps1").exists()


def test_too_many_files_of_one_student_leave_the_others_alone(take, root, tmp_path):
    files = {f"ada/{n:03}.txt": b"" for n in range(60)} | {"grace/ps1.ipynb": NOTEBOOK}
    collected = take(written(tmp_path / "s", files), limits=SMALL)
    assert "more than 50 files" in collected.refused[0].reason
    collected = take(zipped(tmp_path / "s.zip", files.items(), at=AFTER), limits=SMALL)
    assert len(collected.refused) == 10 and {each.student for each in collected.refused} == {"ada"}
    assert stored(root, "grace") == {"ps1.ipynb": NOTEBOOK}


def test_too_many_members_in_the_source_are_an_error(take, tmp_path):
    with pytest.raises(CourseError, match=r"s\.zip: more than 200 members"):
        take(zipped(tmp_path / "s.zip", [(f"ada/{n}", b"") for n in range(201)]), limits=SMALL)


def test_a_table_of_contents_cannot_fill_the_memory(take, root, tmp_path):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for n in range(5_000):
            archive.writestr(zipfile.ZipInfo(f"{n:0200}"), b"")
    header = special("x" * 90, tarfile.XHDTYPE)
    header.size = 4_000_000
    pax = header.tobuf() + b"1" * 4_000_000 + bytes(1024)
    members = [(f"{MOODLE}/a.zip", content.getvalue()), (f"{MOODLE}/a.tar", pax)]
    collected = take(zipped(tmp_path / "s.zip", members), limits=Limits(submission_files=100))
    assert [each.reason for each in collected.refused] == ["its table of contents is too large"] * 2


def test_more_archives_in_a_submission_than_sensible_are_refused(take, root, tmp_path):
    inner = zip_bytes(("a.txt", b"a"))
    collected = take(zipped(tmp_path / "s.zip", [(f"{MOODLE}/{n:02}.zip", inner) for n in range(12)]))
    assert reasons(collected)[f"{MOODLE}/11.zip"] == "more than 10 archives in one submission"
    assert stored(root) == {"a.txt": b"a"}


def test_an_encrypted_member_is_refused_and_named(take, root, tmp_path):
    content = bytearray(zip_bytes(("ada/secret", b"x"), ("ada/ps1.ipynb", NOTEBOOK)))
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(signature) + offset] |= 1
    (tmp_path / "s.zip").write_bytes(content)
    assert reasons(take(tmp_path / "s.zip")) == {"ada/secret": "encrypted"}
    assert stored(root) == {"ps1.ipynb": NOTEBOOK}


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_uncommon_packing_in_a_zip_is_refused_and_named(take, tmp_path, method):
    with zipfile.ZipFile(tmp_path / "s.zip", "w", method) as archive:
        archive.writestr("ada/ps1.ipynb", NOTEBOOK)
    assert "packed in an uncommon way" in reasons(take(tmp_path / "s.zip"))["ada/ps1.ipynb"]


def test_a_damaged_member_is_refused_and_named(take, root, tmp_path):
    content = zip_bytes(("ada/x", b"x" * 1000), ("ada/ps1.ipynb", NOTEBOOK))
    at = content.index(b"ada/x") + len("ada/x")
    (tmp_path / "s.zip").write_bytes(content[:at] + b"\xff\xff" + content[at + 2 :])
    [(where, reason)] = reasons(take(tmp_path / "s.zip")).items()
    assert where == "ada/x" and reason.startswith("cannot be read: ")
    assert stored(root) == {"ps1.ipynb": NOTEBOOK}


def sparse():
    """A tar archive whose member claims to be 8 GB, nearly all of it a hole."""
    info = special("ada/hole", tarfile.GNUTYPE_SPARSE)
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[386:398], header[398:410] = b"%011o\0" % 0, b"%011o\0" % 0
    header[483:495] = b"%011o\0" % (8**11 - 1)
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + sum(header[156:512]) + 8 * 32)
    return bytes(header) + bytes(1024)


def test_a_file_full_of_holes_is_refused_and_named(take, tmp_path):
    (tmp_path / "s.tar").write_bytes(sparse())
    assert reasons(take(tmp_path / "s.tar")) == {"ada/hole": "not a regular file"}


def backwards():
    """A tar archive with a size below zero, which would lead back to its own header."""
    header = bytearray(special("ada/x", tarfile.REGTYPE).tobuf(tarfile.GNU_FORMAT))
    header[124:136] = b"\xff" * 10 + b"\xfc\x00"
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + sum(header[156:512]) + 8 * 32)
    return bytes(header) + bytes(1024)


GOOD_TAR = tarred(io.BytesIO(), [("ada/ps1.ipynb", NOTEBOOK), ("ada/x", b"x" * 9000)]).getvalue()
DAMAGED = {
    "a zip cut off": (zip_bytes(("ada/ps1.ipynb", NOTEBOOK))[:-30], "a damaged zip archive"),
    "a tar cut off in a file": (GOOD_TAR[:4000], "a damaged tar archive"),
    "a tar cut off between files": (GOOD_TAR[:1024], "a damaged tar archive: it stops before its end mark"),
    "a tar with garbage inside": (
        GOOD_TAR[:1024] + b"garbage!" * 64 + GOOD_TAR[1024:],
        "a damaged tar archive: it stops before its end mark",
    ),
    "a packed tar cut off": (
        tarred(io.BytesIO(), [("a", os.urandom(9000))], "w:gz").getvalue()[:5000],
        "cannot be read",
    ),
    "a tar that leads backwards": (backwards(), "a damaged tar archive: a size below zero"),
    "long names in long names": (
        special("././@LongLink", tarfile.GNUTYPE_LONGNAME).tobuf(tarfile.GNU_FORMAT) * 3000 + bytes(1024),
        "a damaged tar archive: maximum recursion depth",
    ),
    "something else": (b"not an archive at all", "not a zip or tar archive"),
    "nothing": (b"", "not a zip or tar archive"),
}


@pytest.mark.parametrize(("content", "reason"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_source_is_an_error_that_names_it(take, root, tmp_path, content, reason):
    (tmp_path / "s.zip").write_bytes(content)
    with pytest.raises(CourseError, match=f"s.zip: {reason}"):
        take(tmp_path / "s.zip")
    assert not list(root.glob("submitted/*"))


@pytest.mark.parametrize(("content", "reason"), DAMAGED.values(), ids=DAMAGED)
def test_a_students_damaged_archive_is_refused_and_named(take, root, tmp_path, content, reason):
    files = {f"{MOODLE}/all.zip": content, "Grace Hopper_4711_assignsubmission_file_/ps1.ipynb": NOTEBOOK}
    collected = take(zipped(tmp_path / "s.zip", files.items()))
    [refused] = collected.refused
    assert (refused.where, refused.student) == (f"{MOODLE}/all.zip", "ada")
    assert refused.reason.startswith(reason)
    assert stored(root, "grace") == {"ps1.ipynb": NOTEBOOK}


def test_a_source_that_is_not_there_is_an_error(take, tmp_path):
    with pytest.raises(CourseError, match=r"none\.zip: cannot be read: No such file"):
        take(tmp_path / "none.zip")


@pytest.mark.parametrize("place", ["submitted/ada", "submitted/ada/ps1"])
@pytest.mark.parametrize("what", ["file", "link"])
def test_a_file_or_link_where_the_submission_should_stand_stops_that_student_only(
    take, root, tmp_path, place, what
):
    (root / place).parent.mkdir(parents=True)
    elsewhere = written(tmp_path / "elsewhere", {"x": b""})
    if what == "file":
        (root / place).write_text("kept")
    else:
        (root / place).symlink_to(elsewhere)
    collected = take(written(tmp_path / "s", {"ada/ps1.ipynb": NOTEBOOK, "grace/ps1.ipynb": NOTEBOOK}))
    [refused] = collected.refused
    assert refused.student == "ada" and f"is a {what}, expected a folder" in refused.reason
    assert os.listdir(elsewhere) == ["x"]
    assert stored(root, "grace") == {"ps1.ipynb": NOTEBOOK}


def test_nothing_but_submitted_gradebook_and_locks_is_written(take, root, tmp_path):
    before = {path for path in tmp_path.rglob("*")}
    inner = tarred(io.BytesIO(), [("ps1.ipynb", NOTEBOOK)], "w:xz").getvalue()
    take(zipped(tmp_path / "s.zip", [(f"{MOODLE}/all.tar.xz", inner)]))
    new = {path.relative_to(tmp_path).as_posix() for path in set(tmp_path.rglob("*")) - before}
    assert {name for name in new if not name.startswith("course/.coursekit")} == {
        "s.zip",
        "roster.csv",
        "course/submitted",
        "course/submitted/ada",
        "course/submitted/ada/ps1",
        "course/submitted/ada/ps1/ps1.ipynb",
        "course/submitted/ada/ps1/timestamp.txt",
    }


# Interruptions.

SCRIPT = """
import os, resource, signal, sys
from pathlib import Path
from coursekit.staff.intake import collect, contents
root, source, roster, how, count = sys.argv[1:]
if how == "full disk":
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(count), int(count)))
else:
    module, name = {"rename": (os, "rename"), "write": (contents, "_write_file")}[how.split()[1]]
    really, calls = getattr(module, name), []
    def killing(*arguments):
        calls.append(arguments)
        last = len(calls) == int(count)
        if last and how.startswith("before"):
            os.kill(os.getpid(), signal.SIGKILL)
        result = really(*arguments)
        if last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    setattr(module, name, killing)
try:
    collect.collect(Path(root), Path(source), roster=Path(roster), assignment="ps1")
except collect.CourseError as error:
    sys.exit(f"CourseError: {error}")
"""


def interrupted(root, source, tmp_path, how, count):
    (tmp_path / "roster.csv").write_text(ROSTER)
    arguments = [root, source, tmp_path / "roster.csv", how, count]
    command = [sys.executable, "-c", SCRIPT, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.parametrize("how", ["before write", "after write", "before rename", "after rename"])
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("earlier", [False, True], ids=["a first submission", "a second one"])
def test_killed_at_any_moment_it_leaves_nothing_half_done(take, root, tmp_path, how, count, earlier):
    old, new = {"ps1.ipynb": b"old", "b": b"old"}, {"ps1.ipynb": b"new", "b": b"new"}
    empty = written(tmp_path / "empty", {"readme": b""})
    if earlier:
        take(written(tmp_path / "s", {f"ada/{name}": content for name, content in old.items()}))
    source = written(
        tmp_path / "t", {f"{who}/{n}": c for who in ("ada", "grace") for n, c in new.items()}, at=AFTER
    )
    assert interrupted(root, source, tmp_path, how, count).returncode == -signal.SIGKILL
    # Between two renames an old submission is away for an instant; whatever is visible is whole.
    assert stored(root) in ({}, new, *([old] if earlier else []))
    take(empty)
    assert stored(root) in (new, old if earlier else {})
    collected = take(source)
    assert not collected.refused
    assert stored(root) == stored(root, "grace") == new
    assert sorted(os.listdir(root / "submitted")) == ["ada", "grace"]
    assert os.listdir(root / "submitted" / "ada") == os.listdir(root / "submitted" / "grace") == ["ps1"]


@pytest.mark.parametrize("inner", [False, True], ids=["a file", "an archive"])
def test_a_full_disk_is_an_error_that_names_the_file_and_leaves_nothing(root, tmp_path, inner):
    content = os.urandom(2_000_000)
    name = "all.zip" if inner else "ps1.ipynb"
    files = {f"ada/{name}": zip_bytes(("ps1.ipynb", content)) if inner else content}
    done = interrupted(root, written(tmp_path / "s", files), tmp_path, "full disk", 1_000_000)
    assert done.stderr.startswith("CourseError: ") and "cannot be written: File too large" in done.stderr
    assert str(root / "submitted") in done.stderr
    assert not [path for path in (root / "submitted").rglob("*") if path.is_file()]


# The whole class.


def test_a_class_of_300_takes_seconds(take, root, tmp_path):
    roster = "id,first_name,last_name\n" + "".join(f"s{n},Ada,Number{n}x\n" for n in range(300))
    half = os.urandom(1_000_000)
    members = [
        (f"Ada Number{n}x_{n + 1000}_assignsubmission_file_/ps1.ipynb", b"%d" % n + half + half)
        for n in range(300)
    ]
    with zipfile.ZipFile(tmp_path / "s.zip", "w", zipfile.ZIP_STORED) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name, BEFORE.timetuple()[:6]), content)
    started = time.perf_counter()
    collected = take(tmp_path / "s.zip", roster)
    seconds = time.perf_counter() - started
    assert len(collected.submissions) == 300 and not collected.missing
    assert (root / "submitted" / "s299" / "ps1" / "ps1.ipynb").stat().st_size == 2_000_003
    started = time.perf_counter()
    assert {each.outcome for each in take(tmp_path / "s.zip", roster).submissions} == {"unchanged"}
    assert max(seconds, time.perf_counter() - started) < 60


def test_notes_that_repeat_for_many_students_are_counted_and_the_json_has_all(take, root, tmp_path):
    roster = "id\n" + "".join(f"s{n}\n" for n in range(23))
    files = {f"s{n}/{'mine' if n else 'PS1'}.ipynb": NOTEBOOK for n in range(23)}
    collected = take(written(tmp_path / "s", files), roster)
    assert (
        "\nNotes:\n  s0: PS1.ipynb is stored as ps1.ipynb\n  22 students: mine.ipynb is stored as ps1.ipynb"
        in (collected.table())
    )
    found = json.loads(json.dumps(collected.as_dict()))
    assert [each["notes"] for each in found["submissions"][1:]] == [
        ["mine.ipynb is stored as ps1.ipynb"]
    ] * 22
    assert found["due"] == DUE.isoformat() and found["failure"] == ""


def test_a_notebook_of_150_mb_is_taken_in_as_it_is_graded(take, root, tmp_path):
    output = b'"' + b"iVBOR" * 30_000_000 + b'"'
    content = NOTEBOOK.replace(b'"metadata": {}', b'"metadata": {"outputs": [' + output + b"]}")
    collected = take(written(tmp_path / "s", {"ada/ps1.ipynb": content}))
    assert not collected.refused
    assert notebooks.submitted_content(root / "submitted" / "ada" / "ps1" / "ps1.ipynb")


def test_the_table_says_everything_in_readable_lines():
    collected = Collected(
        assignment="ps1",
        due=DUE,
        submissions=(Submission("ada", "replaced", AFTER, 90_000.0, ("a note",)),),
        refused=(Refused("x", "a link", "ada"), Refused("y", "encrypted")),
        unmatched=(Refused("zoe", "fits nobody in the roster"),),
        missing=("grace",),
        notes=("a remark",),
    )
    assert collected.table() == (
        "ps1, due 2026-01-31 12:00:00 UTC: 1 submissions\n"
        "| student | handed in               | late by        | submission |\n"
        "|---------|-------------------------|----------------|------------|\n"
        "| ada     | 2026-01-31 15:00:00 UTC | 1 day, 1:00:00 | replaced   |\n"
        "Notes:\n  a remark\n  ada: a note\n"
        "Refused:\n  ada: x: a link\n  y: encrypted\n"
        "Of no student:\n  zoe: fits nobody in the roster\n"
        "Without a submission:\n  grace"
    )
