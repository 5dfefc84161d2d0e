"""What students may see of their graded work: real runs, and the pages that are made from them."""

import json
import shutil

import nbformat
import pytest
from conftest import make_small_course
from fixtures.attack_course import SECRETS, TASKS
from fixtures.html import words
from nbformat.v4 import new_code_cell

from coursekit import notebooks
from coursekit.notebooks import CourseError
from coursekit.staff import release, sample_submissions
from coursekit.staff.course import RESULT, SHOWN, find_course
from coursekit.staff.feedback import disclosure, pages
from coursekit.staff.grading import grade, pool, show
from coursekit.staff.sandbox import host

LEAKING = [student for student in TASKS.cases() if student.startswith("leaking-")]
DOUBLE = "def double(x):\n    return x + x\n\n\nprint('doubled', double(21))"
TOTAL = "def total(xs):\n    return sum(xs)"
# By student, the answers to the chapter `tiny`.
ANSWERS = {
    "ada": {"double": DOUBLE, "total": "def total(xs):\n    print('adding')\n    return sum(xs) + 1"},
    "grace": {"double": DOUBLE, "total": "def total(xs):\n    return xs[0] + sum(xs[1:])"},
    "mo": {
        "double": "calls = []\n\n\ndef double(x):\n    calls.append(x)\n    return x + x",
        "total": "def total(xs):\n    return sum(xs) if len(calls) == 1 else calls[1]",
    },
    "well": {"double": DOUBLE, "total": TOTAL},
}
FORGED = "said by nobody"


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """The course TASKS with pages for those who try to tell what hidden tests asked; nobody may change it."""
    course = TASKS.make(tmp_path_factory.mktemp("attacked") / "course")
    for student in LEAKING:
        TASKS.hand_in(course, TASKS.cases()[student], {})
    grade.grade_class(course, TASKS.assignment, jobs=2)
    pages.write(course, TASKS.assignment)
    return course


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The chapter `tiny`, graded, with a page for each of ANSWERS; nobody may change it."""
    root = make_small_course(tmp_path_factory.mktemp("graded") / "small")
    release.release(root)
    for student, answers in ANSWERS.items():
        hand_in(root, student, answers)
    # Files of the names that the grader and the run for students use.
    forged = hand_in(root, "forger", ANSWERS["ada"])
    for name in (RESULT, SHOWN):
        (forged / name).write_text(json.dumps({"key": "", "reason": FORGED, "notes": [FORGED]}))
    grade.grade_class(root, "tiny", jobs=2)
    pages.write(root, "tiny")
    return root


@pytest.fixture
def course(graded, tmp_path):
    """A copy of the graded course that a test may change."""
    return shutil.copytree(graded, tmp_path / "course")


@pytest.fixture
def nothing_runs(monkeypatch):
    def run(*_):
        raise AssertionError("it was run")

    monkeypatch.setattr(pool, "grade_submission", run)


def hand_in(root, student, answers):
    nb = sample_submissions.submission(notebooks.read(release.released_path(root, "tiny")), answers)
    nb.cells.append(new_code_cell("print('at the end')"))
    folder = root / "submitted" / student / "tiny"
    folder.mkdir(parents=True)
    nbformat.write(nb, folder / "tiny.ipynb")
    return folder


def page(root, student, assignment="tiny"):
    return (root / "feedback" / student / assignment / f"{assignment}.html").read_text(encoding="utf-8")


def change_source(root, old, new):
    path = root / "notebooks" / "tiny" / "tiny.ipynb"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


# Of hidden tests, nothing


@pytest.mark.parametrize("student", LEAKING)
def test_code_that_remembers_has_nothing_of_hidden_tests_to_tell(attacked, student):
    html = page(attacked, student, TASKS.assignment)
    kept = (attacked / "autograded" / student / TASKS.assignment / SHOWN).read_text()
    assert [secret for secret in SECRETS if secret in html or secret in kept] == []
    assert "asked for" in html.lower() or "askedfor" in html.lower()


def test_the_graded_run_would_have_told(attacked):
    nb = notebooks.read(attacked / "autograded" / "leaking-last_cells" / "tasks" / "tasks.ipynb")
    assert "7919" in json.dumps(nb.cells[-1].outputs)
    assert "Printed asked for [3, 0.5, 3, 0.5" not in (
        text := words(page(attacked, "leaking-last_cells", "tasks"))
    )
    assert "Printed asked for [3, 0.5]" in text


# An honest student


def test_a_student_sees_outputs_messages_and_what_the_functions_returned(graded):
    text = words(page(graded, "ada"))
    assert "Printed doubled 42" in text and "Printed at the end" in text
    assert "total-test-1 0 of 2 points" in text
    assert "AssertionError (line 1: assert total([1, 2]) == 3)" in text
    assert "Your function total([1, 2]) returned 4" in text
    assert "Printed during the test adding" in text
    assert "Time used" in text and "Memory used" in text


def test_who_fails_in_a_hidden_part_is_told_no_more_than_that(graded):
    html = page(graded, "grace")
    assert "total-test-1 0 of 2 points" in words(html)
    assert '<p class="message">A hidden test failed.</p>' in html
    assert "nothing is 0" not in html and "IndexError" not in html


def test_who_fails_because_of_a_hidden_part_sees_what_the_rest_of_the_test_gives(graded):
    html = page(graded, "mo")
    assert f'<p class="message">{disclosure.WITHOUT.format(2, 2)}</p>' in html
    assert "-7.5" not in html


def test_who_passes_everything_reads_no_complaint(graded):
    assert 'class="message"' not in page(graded, "well")


# Kept and run again


def test_nothing_is_run_twice_and_the_pages_stay_as_they_are(course, nothing_runs):
    before = {student: page(course, student) for student in ANSWERS}
    pages.write(course, "tiny", list(ANSWERS))
    assert {student: page(course, student) for student in ANSWERS} == before


def test_a_run_that_is_only_half_there_is_made_again(course):
    path = course / "autograded" / "ada" / "tiny" / SHOWN
    kept = json.loads(path.read_text())
    path.write_text(path.read_text()[:1000])
    result, found = show.show_class(course, "tiny", ["ada"])["ada"]
    assert found == kept["notebooks"]
    assert result["questions"][2]["message"] == kept["result"]["questions"][2]["message"]
    assert json.loads(path.read_text())["key"] == kept["key"]


def test_what_was_handed_in_since_is_not_shown_with_the_old_points(course, nothing_runs):
    submitted = course / "submitted" / "ada" / "tiny" / "tiny.ipynb"
    submitted.write_text(submitted.read_text().replace("sum(xs) + 1", "sum(xs)"))
    before = page(course, "ada")
    with pytest.raises(
        CourseError, match=r"2 pages .*\n  ada: what was handed in has changed .*coursekit grade tiny"
    ):
        pages.write(course, "tiny", ["mo", "ada", "well"])
    assert page(course, "ada") == before


def test_points_of_an_old_test_are_not_explained_by_the_new_one(course, nothing_runs):
    change_source(course, "double(-7.5) == -15.0", "double(-8.5) == -17.0")
    with pytest.raises(
        CourseError, match=r"0 pages .*\n  ada: the tests have changed .*coursekit regrade tiny"
    ):
        pages.write(course, "tiny", ["ada"])


# Who is not run


@pytest.mark.parametrize("changes", [{"isolation": "kernel"}, {"sandboxed": False}, None])
def test_work_that_was_not_confined_when_it_was_graded_is_not_run_and_needs_no_sandbox(
    course, nothing_runs, monkeypatch, changes
):
    path = course / "autograded" / "ada" / "tiny" / RESULT
    record = json.loads(path.read_text())
    if changes:
        path.write_text(json.dumps(record | changes))
    else:
        path.unlink()  # as after plain nbgrader
    monkeypatch.setattr(host, "why_not", lambda: "there is none")
    assert show.show_class(course, "tiny", ["ada"]) == {}
    pages.write(course, "tiny", ["ada"])
    text = words(page(course, "ada"))
    assert "return sum(xs) + 1" in text and "total-test-1 0 of 2 points" in text
    assert "doubled 42" not in text and "returned 4" not in text and "Time used" not in text


def test_without_a_sandbox_nothing_is_run_and_nothing_written(course, nothing_runs, monkeypatch):
    monkeypatch.setattr(host, "why_not", lambda: "the command bwrap is missing")
    shutil.rmtree(course / "feedback")
    with pytest.raises(CourseError, match=r"tiny: what students may see .* but the command bwrap is missing"):
        pages.write(course, "tiny")
    assert not (course / "feedback").exists()


def test_a_run_that_fails_is_reported_with_its_reason(course, nothing_runs):
    (course / "autograded" / "ada" / "tiny" / SHOWN).unlink()
    found = show.show_class(course, "tiny", ["ada", "well"])
    assert found["ada"] == "AssertionError: it was run" and found["well"][0]["points"] == 5


# Files of the grader's names


def test_files_handed_in_under_the_graders_names_are_not_believed(graded, course):
    html = page(graded, "forger")
    assert FORGED not in html and "Printed doubled 42" in words(html)
    # The key of the true run is no help either.
    submitted, autograded = (
        course / step / "forger" / "tiny" / SHOWN for step in ("submitted", "autograded")
    )
    kept = autograded.read_text()
    submitted.write_text(kept.replace("doubled 42", FORGED))
    grade.grade_class(course, "tiny", ["forger"])
    autograded.write_text(submitted.read_text())
    pages.write(course, "tiny", ["forger"])
    assert FORGED not in page(course, "forger")


def test_a_record_that_the_student_handed_in_counts_for_nothing(course):
    submitted, autograded = (course / step / "ada" / "tiny" / RESULT for step in ("submitted", "autograded"))
    assert find_course(course).result("ada", "tiny")["isolation"] == "examiner"
    submitted.write_bytes(autograded.read_bytes())
    assert find_course(course).result("ada", "tiny") == {}


def test_a_damaged_record_is_named_and_costs_only_its_student(course, nothing_runs):
    path = course / "autograded" / "ada" / "tiny" / RESULT
    path.write_text("[]")
    found = show.show_class(course, "tiny", ["ada", "well"])
    assert found["ada"] == f"{path}: not a record of `coursekit grade`: expected an object, got list"
    assert set(found) == {"ada", "well"} and found["well"][0]["points"] == 5


def test_nbgraders_own_commands_copy_neither_record_nor_run(course):
    shutil.rmtree(course / "feedback")
    with find_course(course).api() as api:
        assert api.generate_feedback("tiny", "forger")["success"]
        assert api.autograde("tiny", "forger", force=True)["success"]
    assert [path.name for path in (course / "feedback" / "forger" / "tiny").iterdir()] == ["tiny.html"]
    assert list((course / "autograded" / "forger" / "tiny").glob(".*")) == []


# Without a second run


COUNTING = "asked = []\n\n\ndef double(x):\n    asked.append(x)\n    return x + x"
# By student: the answers, a cell at the end, and whether the first run is enough to tell what may be told.
QUIET = {
    "right": ({"double": DOUBLE, "total": TOTAL}, "", True),
    "hidden-part": ({"double": DOUBLE, "total": "def total(xs):\n    return xs[0] + sum(xs[1:])"}, "", True),
    "first-test": ({"double": "def double(x):\n    return 5", "total": TOTAL}, "", True),
    "visible-part": ({"double": DOUBLE, "total": "def total(xs):\n    return 5"}, "", False),
    "remembers": ({"double": COUNTING, "total": TOTAL}, "print(asked)", False),
    "draws": ({"double": COUNTING, "total": TOTAL}, "import sys\nsys.stderr.write(str(asked))", False),
    "raises": ({"double": COUNTING, "total": TOTAL}, "raise ValueError(asked)", False),
    "returns": ({"double": COUNTING, "total": "def total(xs):\n    return asked"}, "", False),
    "prints-in-calls": (
        {"double": "def double(x):\n    print('got', x)\n    return x + x", "total": TOTAL},
        "",
        True,
    ),
    "sleeps": (
        {
            "double": "import time\n\n\ndef double(x):\n    time.sleep(0.75 if x < 0 else 0)\n    return x + x",
            "total": TOTAL,
        },
        "",
        True,
    ),
}


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """The chapter `tiny`, graded, for each of QUIET, with the students whose work `feedback` ran again."""
    root = make_small_course(tmp_path_factory.mktemp("quiet") / "small")
    release.release(root)
    for student, (answers, last, _) in QUIET.items():
        path = hand_in(root, student, answers) / "tiny.ipynb"
        nb = notebooks.read(path)
        nb.cells[-1].source = last
        nbformat.write(nb, path)
    grade.grade_class(root, "tiny", jobs=2)
    again = []
    with pytest.MonkeyPatch.context() as patch:
        run = pool.grade_submission

        def noted(plans, submission, *rest):
            again.append(submission.student)
            return run(plans, submission, *rest)

        patch.setattr(pool, "grade_submission", noted)
        pages.write(root, "tiny")
    return root, again


def test_nobody_is_run_again_whose_first_run_cannot_have_leaked(quiet):
    _, again = quiet
    assert sorted(again) == sorted(student for student, (*_, enough) in QUIET.items() if not enough)


@pytest.mark.parametrize("student", QUIET)
def test_no_page_tells_what_a_hidden_test_asked_with_or_without_a_second_run(quiet, student):
    html = page(quiet[0], student)
    kept = (quiet[0] / "autograded" / student / "tiny" / SHOWN).read_text()
    assert [secret for secret in ("-7.5", "-15", "nothing is 0") if secret in html or secret in kept] == []


def test_what_cells_and_tests_above_the_first_hidden_line_showed_is_on_the_page_of_the_first_run(quiet):
    text = words(page(quiet[0], "right"))
    assert "Printed doubled 42" in text
    assert "total-test-1 2 of 2 points" in text and 'class="message"' not in page(quiet[0], "right")
    printed = words(page(quiet[0], "prints-in-calls"))
    assert "Printed during the test got 2" in printed and printed.count("Printed during the test") == 1


def test_who_fails_in_a_hidden_part_is_told_so_without_a_second_run(quiet):
    assert '<p class="message">twice two is four</p>' in page(quiet[0], "first-test")
    assert '<p class="message">A hidden test failed.</p>' in page(quiet[0], "hidden-part")


def test_time_and_memory_of_the_first_run_are_too_rough_to_carry_a_message(quiet):
    text = words(page(quiet[0], "sleeps"))
    assert "Time used at most 1 s" in text or "Time used at most 10 s" in text
    assert "Memory used at most 1,000 MB" in text or "Memory used at most 100 MB" in text
    record = find_course(quiet[0]).result("sleeps", "tiny")
    slow = next(question for question in record["questions"] if question["question"] == "double-test-2")
    assert slow["seconds"] > 0.7 and f"{slow['seconds']:.2f} s" not in text
