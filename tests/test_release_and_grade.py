"""What students get, and what nbgrader's own pipeline makes of right, wrong and blank answers."""

import copy
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, make_small_course
from fixtures import cells

from coursekit import notebooks
from coursekit.check import check_notebook
from coursekit.check.damage import checksum, digest
from coursekit.notebooks import CourseError
from coursekit.staff import execute, release, sample_submissions
from coursekit.staff.course import find_course
from coursekit.staff.grading import grade
from coursekit.staff.site import leaks


@pytest.fixture(scope="session")
def graded(tmp_path_factory):
    """The small course, released and with both samples graded. Not to be changed: copy it."""
    course = make_small_course(tmp_path_factory.mktemp("graded") / "course")
    release.release(course)
    return course, sample_submissions.grade_samples(course)


@pytest.fixture
def copy_of_graded(graded, tmp_path):
    return shutil.copytree(graded[0], tmp_path / "course")


@pytest.fixture(scope="module")
def with_students(graded, tmp_path_factory):
    """A copy of the graded course in which students have handed in, and their grades."""
    course = shutil.copytree(graded[0], tmp_path_factory.mktemp("students") / "course")
    released = notebooks.read(release.released_path(course, "tiny"))
    half = {"double": "def double(x):\n    return x + x", "why": "Since."}
    sample_submissions.submit(course, "tiny", "blank", released)
    sample_submissions.submit(course, "tiny", "half", sample_submissions.submission(released, half))
    return course, sample_submissions.graded(course, "tiny", ["blank", "half"])


def test_the_release_holds_no_line_of_a_solution_a_hidden_test_or_a_rubric(graded):
    course, _ = graded
    nb = notebooks.read(release.released_path(course, "tiny"))
    text = "\n".join(cell.source for cell in nb.cells)
    secret = notebooks.secret_lines(cells.tiny())
    assert "twice = x + x" in secret
    assert [line for line in secret if line in text] == []


def test_the_release_keeps_questions_visible_tests_and_studies_without_outputs(graded):
    course, _ = graded
    nb = notebooks.read(release.released_path(course, "tiny"))
    source = [cell.source for cell in nb.cells]
    assert source[5] == "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    assert source[6] == "assert double(2) == 4, 'twice two is four'"
    assert source[7].strip() == "assert callable(double)"
    assert source[10] == "YOUR ANSWER HERE"
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in nb.cells)


def test_the_release_lists_its_cells_in_order_with_digests_of_what_students_get(graded):
    course, _ = graded
    nb = notebooks.read(release.released_path(course, "tiny"))
    listed = sorted(nb.metadata.coursekit.cells.items(), key=lambda item: item[1].number)
    assert [(name, cell.kind, cell.cell_type, cell.number) for name, cell in listed] == [
        ("setup", "locked", "code", 3),
        ("study-one", "locked", "code", 4),
        ("double", "solution", "code", 6),
        ("double-test-1", "test", "code", 7),
        ("double-test-2", "test", "code", 8),
        ("total", "solution", "code", 9),
        ("total-test-1", "test", "code", 10),
        ("why", "manual", "markdown", 11),
    ]
    for _, cell in listed:
        assert cell.sha256 == hashlib.sha256(nb.cells[cell.number - 1].source.encode()).hexdigest()
    assert {"title", "minutes", "datasets"} <= set(nb.metadata.coursekit)


def test_the_list_of_cells_tells_nothing_about_solutions_hidden_tests_or_rubrics(graded):
    course, _ = graded
    text = release.released_path(course, "tiny").read_text(encoding="utf-8")
    released = {cell.source for cell in notebooks.read(release.released_path(course, "tiny")).cells}
    secret = [cell.source for cell in cells.tiny().cells if cell.source not in released]
    assert len(secret) == 5
    assert [source for source in secret if digest(source) in text] == []
    assert [line for line in notebooks.secret_lines(cells.tiny()) if line in text] == []


def test_releasing_again_makes_the_same_file_with_the_same_permissions(copy_of_graded):
    path = release.released_path(copy_of_graded, "tiny")
    before = path.read_bytes(), path.stat().st_mode
    path.unlink()
    release.release(copy_of_graded)
    assert (path.read_bytes(), path.stat().st_mode) == before
    assert before[1] & 0o777 == 0o644


@pytest.mark.parametrize("chapter", sorted(path.parent.name for path in ROOT.glob("notebooks/*/*.ipynb")))
def test_the_release_of_each_chapter_holds_nothing_secret(course, chapter):
    [path] = release.release(course, [chapter])
    assert len(notebooks.secret_lines(notebooks.read(execute.source_path(course, chapter)))) > 20
    assert leaks.find(course, path.parent) == []


@pytest.fixture(scope="module")
def speaking(tmp_path_factory):
    """A course whose tests say when they pass, and the submission of a student who answered all of it."""
    course = make_small_course(tmp_path_factory.mktemp("speaking") / "course")
    nb = cells.notebook(
        cells.prose("# Tiny"), cells.parameters(), cells.setup("from coursekit import checks")
    )
    nb.cells += [
        cells.answer("double", "    return x + x", before="def double(x):\n"),
        cells.test(
            "double-test-1", cells.hidden("assert double(2) == 4", "assert double(7) == 14"), points=2
        ),
        cells.test("double-test-2", cells.hidden("", "assert double(-1) == -2")),
        cells.answer("share", "share = 0.75"),
        cells.test("share-test-1", "2 * share", points=2),
    ]
    cells.write(course, "tiny", nb)
    [path] = release.release(course)
    answers = {"double": "def double(x):\n    return 2 * x", "share": "share = 0.75"}
    right = sample_submissions.submission(notebooks.read(path), answers)
    return course, right, sample_submissions.submit(course, "tiny", "ada", right)


def cells_with_tests(nb):
    return {notebooks.grade_id(cell): cell for cell in nb.cells if notebooks.is_test(cell)}


def test_a_released_test_begins_with_what_it_is_worth_and_one_that_is_all_hidden_does_not(speaking):
    course, _, _ = speaking
    found = cells_with_tests(notebooks.read(release.released_path(course, "tiny")))
    assert found["double-test-1"].source.splitlines() == [
        'checks.worth("double-test-1", points=2, of=4)',
        "assert double(2) == 4",
    ]
    assert found["double-test-2"].source.strip() == ""
    assert found["share-test-1"].source == 'checks.worth("share-test-1", points=2, of=4)\n2 * share'
    assert all(cell.metadata.nbgrader.checksum == checksum(cell) for cell in found.values())
    source = notebooks.read(execute.source_path(course, "tiny"))
    assert not [cell for cell in source.cells if "checks.worth" in cell.source]


def test_in_a_notebook_a_test_that_passes_says_so(speaking, tmp_path):
    from nbclient import NotebookClient

    _, right, _ = speaking
    nb = copy.deepcopy(right)
    NotebookClient(nb, kernel_name="python3").execute()
    printed = {
        name: "".join(output.get("text", "") for output in cell.outputs)
        for name, cell in cells_with_tests(nb).items()
    }
    assert printed == {
        "double-test-1": "✓ 2 of 2 points here, 2 of 4 in this chapter, hidden tests aside.\n",
        "double-test-2": "",
        "share-test-1": "✓ 1.5 of 2 points here, 3.5 of 4 in this chapter, hidden tests aside.\n",
    }


def test_the_check_before_handing_in_counts_the_same_points(speaking):
    _, _, path = speaking
    report = check_notebook(path)
    assert report.damage == [] and report.table().splitlines() == [
        "  double  passes  2 of 2 here, 2 of 4 in this chapter",
        "  share   fails   cell 8 gives 1.5 of 2 points",
    ]


def test_what_a_test_says_changes_neither_grade_nor_notes_and_earns_nobody_anything(speaking):
    course, right, _ = speaking
    cheat = sample_submissions.submission(right, {"double": "def double(x):\n    return 0"})
    cheat.cells[3].source += '\nchecks._passed["double-test-1"] = 2\nchecks.worth = print'
    sample_submissions.submit(course, "tiny", "eve", cheat)
    report = grade.grade_class(course, "tiny", ["ada", "eve"], prove=False)["students"]
    points = {name: [test["points"] for test in found["questions"]] for name, found in report.items()}
    assert points == {"ada": [2, 1, 1.5], "eve": [0, 0, 1.5]}
    assert [found["notes"] for found in report.values()] == [[], []]


def test_plain_nbgrader_grades_its_own_copy_without_what_a_test_says(speaking, tmp_path):
    course = shutil.copytree(speaking[0], tmp_path / "course")
    with find_course(course).api() as api:
        assert api.autograde("tiny", "ada", force=True)["success"]
        with api.gradebook as gradebook:
            assert gradebook.find_submission("tiny", "ada").score == 4.5
    graded = notebooks.read(course / "autograded" / "ada" / "tiny" / "tiny.ipynb")
    assert not [cell for cell in graded.cells if "checks.worth" in cell.source]


def test_a_right_submission_gets_all_points_and_a_wrong_one_those_it_deserves(graded):
    _, [grades] = graded
    assert grades.maximum == {"double": 3, "total": 2}
    assert grades.points == {
        "sample-right": {"double": 3, "total": 2},
        "sample-wrong": {"double": 1, "total": 0},
    }
    assert grades.by_hand == {"why": 3}


def test_grading_does_not_repeat_the_studies(graded):
    course, _ = graded
    nb = notebooks.read(course / "autograded" / "sample-right" / "tiny" / "tiny.ipynb")
    executed = [notebooks.role(cell) for cell in nb.cells if cell.get("execution_count")]
    assert executed == ["parameters", "setup", "solution", "test", "test", "solution", "test"]


def test_blank_answers_get_no_points_and_one_right_answer_gets_its_own(with_students):
    _, grades = with_students
    assert grades.points == {"blank": {"double": 0, "total": 0}, "half": {"double": 3, "total": 0}}


def test_a_written_answer_waits_for_a_person_in_the_gradebook(with_students):
    course, _ = with_students
    with find_course(course).api() as api, api.gradebook as gradebook:
        waiting = {
            student: gradebook.find_grade("why", "tiny", "tiny", student).needs_manual_grade
            for student in ("blank", "half")
        }
    assert waiting == {"blank": False, "half": True}


def test_a_table_of_grades_has_a_row_for_each_question(graded):
    _, [grades] = graded
    assert grades.table().splitlines() == [
        "tiny:",
        "| question | sample-right | sample-wrong | of |",
        "|----------|--------------|--------------|----|",
        "| double   | 3            | 1            | 3  |",
        "| total    | 2            | 0            | 2  |",
        "| all      | 5            | 1            | 5  |",
        "graded by hand: why (3)",
    ]


def test_nothing_changed_nothing_is_released_or_graded_again_and_nbgrader_is_not_imported(graded):
    course, grades = graded
    files = [
        *course.glob("release/**/*.ipynb"),
        *course.glob("autograded/**/*.ipynb"),
        course / "gradebook.db",
    ]
    before = {file: file.stat().st_mtime_ns for file in files}
    script = (
        "import sys, pathlib; from coursekit.staff import release, sample_submissions\n"
        f"course = pathlib.Path({str(course)!r})\n"
        "release.release(course)\n"
        "print(sample_submissions.grade_samples(course)[0].points)\n"
        "print({'nbgrader', 'nbclient', 'tensorflow'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [str(grades[0].points), "set()"]
    assert {file: file.stat().st_mtime_ns for file in files} == before


def test_a_question_more_is_released_and_graded_although_samples_were_handed_in(copy_of_graded):
    nb = cells.tiny()
    nb.cells += [cells.answer("three", "three = 3"), cells.test("three-test-1", "assert three == 3")]
    cells.write(copy_of_graded, "tiny", nb)
    with pytest.raises(
        CourseError, match="tiny: not released, or changed since; run `coursekit release tiny`"
    ):
        sample_submissions.grade_samples(copy_of_graded)
    with (copy_of_graded / "answers" / "tiny.py").open("a") as answers:
        answers.write(
            "\n# %% three | right | 1 | three\nthree = 3\n# %% three | wrong | 0 | pi\nthree = 3.14\n"
        )
    release.release(copy_of_graded)
    [grades] = sample_submissions.grade_samples(copy_of_graded)
    assert grades.points["sample-right"] == {"double": 3, "total": 2, "three": 1}
    assert grades.points["sample-wrong"] == {"double": 1, "total": 0, "three": 0}


def test_a_chapter_that_students_handed_in_keeps_its_questions(with_students):
    course, _ = with_students
    nb = cells.tiny()
    nb.cells += [cells.answer("three", "three = 3"), cells.test("three-test-1", "assert three == 3")]
    cells.write(course, "tiny", nb)
    with pytest.raises(CourseError) as failure:
        release.release(course)
    assert "tiny: nbgrader could not release it" in str(failure.value)
    assert "there are submissions associated with it" in str(failure.value)


def test_a_lost_gradebook_means_a_new_release(graded, tmp_path):
    course = shutil.copytree(graded[0], tmp_path / "course")
    assert release.is_current(course, "tiny")
    (course / "gradebook.db").unlink()
    assert not release.is_current(course, "tiny")
    (course / "gradebook.db").write_text("not a database")
    assert not release.is_current(course, "tiny")


def test_the_gradebook_is_looked_for_where_the_settings_say(small_course):
    elsewhere = small_course / "grades" / "book.db"
    elsewhere.parent.mkdir()
    with (small_course / "nbgrader_config.py").open("a") as settings:
        settings.write(f"\nc.CourseDirectory.db_url = 'sqlite:///{elsewhere}'\n")
    assert not release.is_current(small_course, "tiny") and not elsewhere.exists()
    release.release(small_course)
    assert elsewhere.is_file() and release.is_current(small_course, "tiny")


def test_a_chapter_with_problems_is_not_released_and_all_problems_are_listed(small_course):
    nb = cells.tiny()
    nb.cells[3].execution_count = 7
    nb.cells[4].metadata["tags"] = ["study"]
    cells.write(small_course, "tiny", nb)
    with pytest.raises(CourseError) as failure:
        release.release(small_course)
    assert "tiny, cell 4: has the execution count 7" in str(failure.value)
    assert "tiny, cell 5: unknown role of this markdown cell" in str(failure.value)
    assert not (small_course / "release").exists()


def test_a_setting_that_would_leak_solutions_is_caught(small_course):
    with (small_course / "nbgrader_config.py").open("a") as config:
        config.write('c.ClearHiddenTests.begin_test_delimeter = "FIRST HIDDEN TEST"\n')
    with pytest.raises(CourseError) as failure:
        release.release(small_course)
    assert "tiny: the release held lines of solutions, hidden tests or rubrics" in str(failure.value)
    assert "assert double(-7.5) == -15.0" in str(failure.value)
    assert not release.released_path(small_course, "tiny").exists()


def test_the_settings_of_nbgrader_do_not_outlive_their_use(small_course, monkeypatch):
    monkeypatch.setenv("COURSEKIT_PROFILE", "full")
    before = dict(os.environ)
    with find_course(small_course).api() as api:
        assert os.environ["COURSEKIT_PROFILE"] == "smoke"
        assert api.config.ExecutePreprocessor.timeout == 300
    assert dict(os.environ) == before


def test_an_answer_that_does_not_get_its_points_fails_with_question_points_and_reason(
    copy_of_graded, monkeypatch
):
    file = copy_of_graded / "answers" / "tiny.py"
    file.write_text(file.read_text().replace("wrong | 0 | starts", "wrong | 1 | starts"))

    def graded_before(root, chapter, students, force, sandboxed):
        source = notebooks.read(execute.source_path(root, chapter))
        points = {"sample-right": {"double": 2, "total": 2}, "sample-wrong": {"double": 1, "total": 0}}
        return sample_submissions.Grades(chapter, notebooks.questions(source), points, {})

    monkeypatch.setattr(sample_submissions, "graded", graded_before)
    # What the pipeline left from the real grading still tells why.
    monkeypatch.setattr(sample_submissions, "submit", lambda *arguments: None)
    with pytest.raises(CourseError) as failure:
        sample_submissions.grade_samples(copy_of_graded)
    assert str(failure.value).splitlines() == [
        f"tiny, question double, sample-right: got 2 of 3 points, expected 3 (adds; {file}, line 2)",
        f"tiny, question total, sample-wrong: got 0 of 2 points, expected 1 "
        f"(starts at the first number; {file}, line 23)",
        "  total-test-1: IndexError: list index out of range (line 3: assert total([]) == 0, 'nothing is 0')",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("double | right | 3 | adds", "double | right | 2 | adds", "a right answer gets all 3 points, not 2"),
        ("wrong | 1 | rounds", "wrong | 3 | rounds", "a wrong answer gets less than 3 points, not 3"),
        ("# %% total | wrong", "# %% totals | wrong", "no question 'totals'; there are: double, total"),
        ("total | right | 2", "double | right | 3", "no right answer to: total"),
    ],
)
def test_answers_that_do_not_fit_the_chapter_are_refused(graded, tmp_path, old, new, expected):
    course, _ = graded
    changed = tmp_path / "tiny.py"
    changed.write_text(cells.TINY_ANSWERS.replace(old, new))
    maximum = notebooks.questions(notebooks.read(execute.source_path(course, "tiny")))
    with pytest.raises(CourseError) as failure:
        sample_submissions._samples(changed, maximum)
    assert expected in str(failure.value)
    assert str(changed) in str(failure.value)


def test_a_submission_that_is_no_notebook_gets_no_point_and_the_reason(copy_of_graded):
    path = sample_submissions.submit(copy_of_graded, "tiny", "ada", cells.tiny())
    path.write_text("not a notebook")
    report = grade.grade_class(copy_of_graded, "tiny", ["ada"])
    assert report["students"]["ada"]["points"] == 0
    assert report["students"]["ada"]["reason"] == "tiny.ipynb: not valid JSON (Expecting value, line 1)"


def test_handing_in_again_replaces_what_was_there(small_course):
    first = sample_submissions.submit(small_course, "tiny", "ada", cells.tiny())
    (first.parent / "extra.txt").write_text("x")
    nb = cells.chapter()
    again = sample_submissions.submit(small_course, "tiny", "ada", nb)
    assert [cell.id for cell in notebooks.read(again).cells] == [cell.id for cell in nb.cells]
    assert [path.name for path in again.parent.iterdir()] == ["tiny.ipynb"]


def test_plain_nbgrader_commands_work_in_the_course_folder(copy_of_graded):
    def nbgrader(*arguments):
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments],
            cwd=copy_of_graded,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
        )

    done = nbgrader("generate_assignment", "tiny", "--force")
    assert done.returncode == 0, done.stderr
    assert "twice = x + x" not in release.released_path(copy_of_graded, "tiny").read_text()
    done = nbgrader("autograde", "tiny", "--student", "sample-right", "--force")
    assert done.returncode == 0, done.stderr
    with find_course(copy_of_graded).api() as api, api.gradebook as gradebook:
        assert gradebook.find_submission("tiny", "sample-right").score == 5
