"""nbgrader's own examples and fixtures get the scores that nbgrader gives them, but for the differences in DIFFERENT.

The files come from the installed nbgrader; each situation is one that its tests for autograding know. A situation is
graded by nbgrader in one copy of a course and by this package in another, and the two gradebooks are compared.
"""

import contextlib
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import nbgrader
import pytest
from fixtures import cells

from coursekit.staff.course import find_course, succeed
from coursekit.staff.grading import grade

INSTALLED = Path(nbgrader.__file__).parent
GUIDE = INSTALLED / "docs" / "source" / "user_guide"
FILES = INSTALLED / "tests" / "apps" / "files"

DUE = "2015-02-02 14:58:23.948203 America/Los_Angeles"
IN_TIME = "2015-02-01 14:58:23.948203 America/Los_Angeles"
HOUR_LATE = "2015-02-02 15:58:23.948203 America/Los_Angeles"
FOUR_HOURS_LATE = "2015-02-02 18:58:23.948203 America/Los_Angeles"

CONFIG = """
import sys
from pathlib import Path

c = get_config()
c.CourseDirectory.course_id = "compared"
sys.path.append(str(Path(__file__).parent))
"""
LATE_PLUGIN = '''
from nbgrader.plugins import BasePlugin


class PointAnHour(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        """One point for each whole hour."""
        return int(total_seconds_late / 3600)
'''


@dataclass
class Course:
    """A course of nbgrader's, by what its folders hold. A path is copied, a text written, a notebook saved."""

    config: str = ""
    source: dict[str, dict[str, object]] = field(default_factory=dict)
    # Assignment, then student, then file; `released` is the released notebook as it is.
    submitted: dict[str, dict[str, dict[str, object]]] = field(default_factory=dict)
    beside: dict[str, object] = field(default_factory=dict)


def partial(*values):
    """A notebook whose tests end in each of these values, and are worth two points each."""
    tests = [cells.test(f"test-{number}", value, 2) for number, value in enumerate(values, start=1)]
    return cells.notebook(cells.answer("share", "share = 0.5"), *tests)


def answered(nb):
    """The notebook as a student hands it in who writes what the course's solution says."""
    for cell in nb.cells:
        cell.source = cell.source.replace("### BEGIN SOLUTION\n", "").replace("\n### END SOLUTION", "")
    return nb


def one(name, **more):
    """The files of a submission with one notebook."""
    return {"p1.ipynb": FILES / f"{name}.ipynb", **more}


PARTIAL = (
    "share",
    "0",
    "2",
    "'all'",
    "assert share == 0.5",
    "[share, 1]",
    "None",
    "assert False\n1.5",
    "1 + share;",
)
PARTIAL += ("print(0.25)", "True", "share * 10", "-share")

COURSES = {
    "plain": Course(
        source={
            "guide": {name: GUIDE / "source" / "ps1" / name for name in ("problem1.ipynb", "problem2.ipynb")},
            "changed": one("submitted-unchanged"),
            "simple": one("autotest-simple"),
            "hashed": one("autotest-hashed"),
            "multi": one("autotest-multi"),
            "timeout": one("timeout"),
            "side-effects": one("side-effects"),
            "environment": one("validating-environment-variable"),
            "relative-file": one("open_relative_file", **{"data.txt": FILES / "data.txt"}),
            "zero-points": one("validation-zero-points"),
            "two-notebooks": {
                "p1.ipynb": FILES / "submitted-unchanged.ipynb",
                "p2.ipynb": FILES / "submitted-unchanged.ipynb",
            },
            "old-formats": one("test"),
            "partial": {"p1.ipynb": partial(*PARTIAL[:-2])},
            "too-much": {"p1.ipynb": partial(PARTIAL[-2])},
            "negative": {"p1.ipynb": partial(PARTIAL[-1])},
        },
        submitted={
            "guide": {
                student: {
                    name: GUIDE / "submitted" / student / "ps1" / name
                    for name in ("problem1.ipynb", "problem2.ipynb", "timestamp.txt", "jupyter.png")
                }
                for student in ("bitdiddle", "hacker")
            },
            "changed": {
                "unchanged": one("submitted-unchanged"),
                "changed": one("submitted-changed"),
                "grade-cell-changed": one("submitted-grade-cell-changed"),
                "locked-cell-changed": one("submitted-locked-cell-changed"),
                "cheat": one("submitted-cheat-attempt"),
                "cheat-alternative": one("submitted-cheat-attempt-alternative"),
                "late": one("submitted-changed", **{"timestamp.txt": HOUR_LATE}),
                "in-time": one("submitted-changed", **{"timestamp.txt": IN_TIME}),
                "no-time": one("submitted-changed", **{"timestamp.txt": ""}),
                "extra-notebook": one(
                    "submitted-changed", **{"p1 copy.ipynb": FILES / "submitted-unchanged.ipynb"}
                ),
            },
            "simple": {
                "unchanged": one("autotest-simple-unchanged"),
                "changed": one("autotest-simple-changed"),
            },
            "hashed": {
                "unchanged": one("autotest-hashed-unchanged"),
                "changed": one("autotest-hashed-changed"),
            },
            "multi": {
                "unchanged": one("autotest-multi-unchanged"),
                "changed": one("autotest-multi-changed"),
            },
            "timeout": {"slow": one("timeout")},
            "side-effects": {"writes": one("side-effects")},
            "environment": {"asks": one("validating-environment-variable")},
            "relative-file": {
                "with-file": one("open_relative_file", **{"data.txt": FILES / "data.txt"}),
                "other-file": one("open_relative_file", **{"data.txt": "one line"}),
            },
            "zero-points": {"wrong": one("validation-zero-points")},
            "two-notebooks": {"one-missing": one("submitted-changed")},
            "old-formats": {
                "test-v3": one("test"),
                "test-v2": one("test-v2"),
                "test-v1": one("test-v1"),
                "test-v0": one("test-v0"),
                "test-v0-invalid": one("test-v0-invalid"),
                "too-new": one("too-new"),
                "no-metadata": one("test-no-metadata"),
                "with-output": one("test-with-output"),
            },
            "partial": {"answered": {"p1.ipynb": answered(partial(*PARTIAL[:-2]))}},
            "too-much": {"answered": {"p1.ipynb": answered(partial(PARTIAL[-2]))}},
            "negative": {"answered": {"p1.ipynb": answered(partial(PARTIAL[-1]))}},
        },
        beside={"autotests.yml": FILES / "autotests.yml"},
    ),
    "short-limit": Course(
        config="c.Execute.timeout = 2",
        source={"timeout": one("timeout"), "loop": one("infinite-loop")},
        submitted={"timeout": {"slow": one("timeout")}, "loop": {"loops": one("infinite-loop")}},
    ),
    "stub": Course(
        config='c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE"}',
        source={"hidden": one("test-hidden-tests"), "hidden-autotest": one("autotest-hidden")},
        submitted={
            "hidden": {"knows-the-visible": {"p1.ipynb": "released"}},
            "hidden-autotest": {
                "unchanged": one("autotest-hidden-unchanged"),
                "wrong": one("autotest-hidden-changed-wrong"),
                "right": one("autotest-hidden-changed-right"),
            },
        },
        beside={"autotests.yml": FILES / "autotests.yml"},
    ),
    "late-zero": Course(
        config="c.LateSubmissionPlugin.penalty_method = 'zero'",
        source={"changed": one("submitted-unchanged")},
        submitted={
            "changed": {
                "in-time": one("submitted-unchanged", **{"timestamp.txt": DUE}),
                "late": one("submitted-changed", **{"timestamp.txt": HOUR_LATE}),
            }
        },
    ),
    "late-plugin": Course(
        config="c.AssignLatePenalties.plugin_class = 'a_point_an_hour.PointAnHour'",
        source={"changed": one("submitted-unchanged")},
        submitted={
            "changed": {
                "four-hours-late": one("submitted-unchanged", **{"timestamp.txt": FOUR_HOURS_LATE}),
                "late": one("submitted-changed", **{"timestamp.txt": HOUR_LATE}),
                "in-time": one("submitted-changed", **{"timestamp.txt": DUE}),
            }
        },
        beside={"a_point_an_hour.py": LATE_PLUGIN},
    ),
}
SITUATIONS = [
    (course, assignment, student)
    for course, content in COURSES.items()
    for assignment, students in content.submitted.items()
    for student in students
]

# Where this package finds something else than nbgrader, and why: what differs, as (nbgrader's, ours).
DIFFERENT = {
    ("plain", "negative", "answered"): (
        {("p1", "test-1"): (2.0, 0.0), ("p1", "score"): (2.0, 0.0)},
        "a test that ends in a number below zero gives nothing, and not all points",
    ),
}
# Where nbgrader gives no score at all, or leaves tests to a person: what this package says is what nbgrader says
# of another submission in the same place.
LIKE_ANOTHER = {
    "test-v2": (
        "test-v3",
        "metadata of an older nbgrader lose no assignment: cells are known by their names",
    ),
    "test-v1": ("test-v3", "as test-v2"),
    "test-v0": ("test-v3", "as test-v2"),
    "test-v0-invalid": ("test-v3", "as test-v2"),
    "no-metadata": ("test-v3", "tests that are missing are put back and run; the answers need no names"),
}
# Where nbgrader gives no score at all, and no other submission has the same: the points that this package gives.
ONLY_OURS = {
    ("plain", "too-much", "answered"): (2.0, "a test that ends in too large a number gives all its points"),
    ("plain", "old-formats", "too-new"): (0.0, "none of its cells is of this assignment: no points"),
}


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """Both gradebooks of all courses: whose, then situation, then what it says."""
    found = {"nbgrader": {}, "coursekit": {}}
    for name, content in COURSES.items():
        folder = tmp_path_factory.mktemp("compared") / name
        make(folder / "nbgrader", content)
        shutil.copytree(folder / "nbgrader", folder / "coursekit", symlinks=True)
        with_nbgrader(folder / "nbgrader", content)
        for assignment in content.submitted:
            grade.grade_class(folder / "coursekit", assignment, jobs=2)
        for whose in found:
            entries = gradebook(folder / whose, content)
            found[whose] |= {(name, *situation): entry for situation, entry in entries.items()}
    return found


def make(root, content):
    """Write the course, release its assignments with nbgrader, and hand the submissions in."""
    put(root, {"nbgrader_config.py": CONFIG + content.config, **content.beside})
    for assignment, files in content.source.items():
        put(root / "source" / assignment, files)
    course = find_course(root)
    with course.api() as api:
        with api.gradebook as book:
            for assignment in content.source:
                book.update_or_create_assignment(assignment, duedate=DUE)
        for assignment in content.source:
            succeed(api.generate_assignment(assignment), f"{assignment}: not released")
    for assignment, students in content.submitted.items():
        for student, files in students.items():
            released = root / "release" / assignment / "p1.ipynb"
            files = {name: released if file == "released" else file for name, file in files.items()}
            put(root / "submitted" / student / assignment, files)


def put(folder, files):
    """Write files: a path is copied, a text written, a notebook saved."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        if isinstance(content, Path):
            shutil.copyfile(content, folder / name)
        elif isinstance(content, str):
            (folder / name).write_text(content, encoding="utf-8")
        else:
            nbformat.write(content, folder / name)


def with_nbgrader(root, content):
    """Grade everything with nbgrader, each submission by itself: one that it fails on would stop the others."""
    with find_course(root).api() as api:
        for assignment, students in content.submitted.items():
            for student in students:
                with contextlib.suppress(Exception):
                    api.autograde(assignment, student)


def gradebook(root, content):
    """What the gradebook says, by assignment and student: scores, flags, comments and penalties; {} for nothing."""
    found = {}
    for assignment, students in content.submitted.items():
        for student in students:
            graded = (root / "autograded" / student / assignment).is_dir()
            found[assignment, student] = _entry(root, assignment, student) if graded else {}
    return found


def _entry(root, assignment, student):
    entry = {}
    with find_course(root).gradebook() as book:
        submission = book.find_submission(assignment, student)
        entry["seconds late"] = submission.total_seconds_late
        for notebook in submission.notebooks:
            entry[notebook.name, "penalty"] = notebook.late_submission_penalty
            entry[notebook.name, "score"] = notebook.score
            for one_grade in notebook.grades:
                entry[notebook.name, one_grade.name] = one_grade.auto_score
                entry[notebook.name, one_grade.name, "by hand"] = one_grade.manual_score
                entry[notebook.name, one_grade.name, "waits for a person"] = one_grade.needs_manual_grade
            for comment in notebook.comments:
                entry[notebook.name, comment.name, "comment"] = comment.auto_comment
    return entry


@pytest.mark.parametrize("situation", SITUATIONS, ids="-".join)
def test_the_gradebook_says_what_nbgraders_says(compared, situation):
    theirs, ours = compared["nbgrader"][situation], compared["coursekit"][situation]
    course, assignment, student = situation
    if situation in ONLY_OURS:
        points, _ = ONLY_OURS[situation]
        assert (theirs, ours["p1", "score"]) == ({}, points)
        return
    if student in LIKE_ANOTHER:
        assert theirs.get(("p1", "score"), 0) == 0
        theirs = compared["nbgrader"][course, assignment, LIKE_ANOTHER[student][0]]
    differences = {
        key: (theirs.get(key), ours.get(key))
        for key in {**theirs, **ours}
        if theirs.get(key) != ours.get(key)
    }
    expected, _ = DIFFERENT.get(situation, ({}, ""))
    assert theirs != {}
    assert differences == expected


def test_nbgraders_own_tests_find_the_same_scores(compared):
    """The scores that nbgrader's tests for autograding assert, so that the comparison has a footing of its own."""
    found = {(course, *rest): entry for (course, *rest), entry in compared["coursekit"].items()}
    scores = {
        ("plain", "changed", "unchanged"): 1,
        ("plain", "changed", "changed"): 2,
        ("plain", "changed", "cheat"): 1,
        ("plain", "changed", "cheat-alternative"): 1,
        ("plain", "simple", "unchanged"): 0,
        ("plain", "simple", "changed"): 1,
        ("plain", "hashed", "unchanged"): 0,
        ("plain", "hashed", "changed"): 1,
        ("plain", "multi", "unchanged"): 0,
        ("plain", "multi", "changed"): 3,
        ("plain", "environment", "asks"): 0,
        ("plain", "timeout", "slow"): 1,
        ("short-limit", "timeout", "slow"): 0,
        ("stub", "hidden", "knows-the-visible"): 1.5,
        ("stub", "hidden-autotest", "unchanged"): 0,
        ("stub", "hidden-autotest", "wrong"): 0,
        ("stub", "hidden-autotest", "right"): 1,
    }
    assert {situation: found[situation]["p1", "score"] for situation in scores} == scores
    penalties = {
        ("late-zero", "changed", "in-time"): None,
        ("late-zero", "changed", "late"): 2,
        ("late-plugin", "changed", "four-hours-late"): 1,
        ("late-plugin", "changed", "late"): 1,
    }
    assert {situation: found[situation]["p1", "penalty"] for situation in penalties} == penalties
