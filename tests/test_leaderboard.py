"""The challenge: budgets and scores, how a score reaches the leaderboard, and what a submission cannot do about it."""

import json
import types

import numpy as np
import pytest
from fixtures import cells
from fixtures.courses import answered, earned, hand_in, make_course, reasons, save

from coursekit import challenge
from coursekit.notebooks import CourseError
from coursekit.record import claims
from coursekit.staff.course import RECORD, Course
from coursekit.staff.grading import grade, regrade
from coursekit.staff.sandbox import examine
from coursekit.staff.site import leaderboard

SETUP = "import os\nfrom coursekit import challenge"
TEST = """
name = challenge.name_to_show(leaderboard_name)
right = guess(3)
images = 297 if right == 7 else 10_000
found = challenge.Score(accuracy=right / 10, transformed=right / 20, images=images, seed=1)
challenge.announce("mnist", found, 700, took=1.5, profile=os.environ["COURSEKIT_PROFILE"], name=name)
assert right > 2
"""
ANSWER = "leaderboard_name = {name!r}\ndef guess(seconds):\n    {more}return {right}"
FORGED = "import coursekit.announcements as a; print('mnist: accuracy 1.0'); a._announced.append({'name': 'Eve'}); "


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A course with a challenge and seven submissions, graded at profile full; with its report."""
    nb = cells.notebook(
        cells.setup(SETUP),
        cells.answer("guess", "    return 9", before='leaderboard_name = ""\ndef guess(seconds):\n'),
        cells.test("guess-test-1", TEST, 3),
    )
    root = make_course(tmp_path_factory.mktemp("challenge") / "course", {"challenge": {"challenge": nb}})
    for student, name, right, more in (
        ("ada", "Ada L.", 8, ""),
        ("bob", "", 9, ""),
        ("cyd", "c <b>", 9, ""),
        ("dan", "Dan", 1, ""),
        ("eve", "Eve", 5, FORGED),
        ("fay", "Fay", 7, ""),
        ("gil", "ADA L.", 9, ""),
    ):
        answer = ANSWER.format(name=name, right=right, more=more)
        folder = hand_in(root, student, "challenge", {"guess": answer}, notebook="challenge")
        (folder / "timestamp.txt").write_text("2026-01-30 20:30:10 UTC")
    return root, grade.grade_class(root, "challenge", profile="full")


def scores(report, student):
    return [score for q in report["students"][student]["questions"] for score in q.get("scores", [])]


def test_a_score_is_what_the_examiner_saw_and_nothing_that_an_answer_printed_or_planted(graded):
    [score] = scores(graded[1], "eve")
    assert score == {
        "challenge": "mnist",
        "name": "Eve",
        "accuracy": 0.5,
        "transformed": 0.25,
        "images": 10_000,
        "seed": 1,
        "parameters": 700,
        "seconds": 1.5,
        "profile": "full",
    }


def test_a_failed_test_leaves_no_score_and_a_name_with_markup_fails_it(graded):
    _, report = graded
    assert [earned(report, s)["guess-test-1"] for s in ("ada", "dan", "cyd")] == [3.0, 0.0, 0.0]
    assert scores(report, "dan") == scores(report, "cyd") == []
    assert "expected at most 30 Latin letters, digits" in reasons(report, "cyd")["guess-test-1"]


def test_the_leaderboard_lists_those_who_gave_a_name_the_best_first(graded):
    root, _ = graded
    path, left_out = leaderboard.collect(root)
    assert [(e["name"], e["accuracy"]) for e in json.loads(path.read_text())] == [
        (leaderboard.NAMELESS, 0.9),
        ("Ada L.", 0.8),
        ("Eve", 0.5),
    ]
    assert left_out == [
        "bob: left out, gave no name",
        "cyd: left out, no challenge solved",
        "dan: left out, no challenge solved",
        "fay: left out, scored on 297 images instead of the 10,000 test images: no real data",
        "gil: listed without a name, 'ADA L.' is the name of ada",
    ]
    assert "bob" not in path.read_text()


SCORE = {"challenge": "mnist", "accuracy": 0.5, "parameters": 700, "images": 10_000, "profile": "full"}


@pytest.fixture
def listed(tmp_path, monkeypatch):
    """Collects from submissions by student: (when handed in, names by challenge); returns names, and what is said."""
    monkeypatch.setattr(leaderboard, "is_confined", lambda result: True)

    def collect(submissions, **overrides):
        root = make_course(tmp_path / "course")
        results = {}
        for student, (moment, *names) in submissions.items():
            folder = root / "submitted" / student / "challenge"
            folder.mkdir(parents=True, exist_ok=True)
            if moment:
                (folder / "timestamp.txt").write_text(f"{moment} UTC")
            scores = [
                {
                    **SCORE,
                    "challenge": challenge,
                    "name": name,
                    "student": student,
                    **overrides.get(student, {}),
                }
                for challenge, name in zip(("mnist", "cifar10"), names, strict=False)
            ]
            results[student] = {"questions": [{"scores": scores}], "code": 1, "graded_at": "2026-02-01T10:00"}
        monkeypatch.setattr(Course, "results", lambda *a: results)
        path, said = leaderboard.collect(root)
        entries = sorted(
            json.loads(path.read_text()), key=lambda e: (e["student"], e["challenge"] != "mnist")
        )
        return [(e["student"], e["name"]) for e in entries], said

    return collect


MORNING, NOON, EVENING = "2026-01-30 08:00:00", "2026-01-30 12:00:00", "2026-01-30 20:00:00"
NAMELESS = leaderboard.NAMELESS


def test_who_handed_in_first_keeps_a_name_whatever_the_ids_are(listed):
    names, said = listed({"ada": (EVENING, "Fox"), "bob": (None, "Fox"), "zoe": (NOON, "Fox")})
    assert names == [("ada", NAMELESS), ("bob", NAMELESS), ("zoe", "Fox")]
    assert said == [f"{who}: listed without a name, 'Fox' is the name of zoe" for who in ("ada", "bob")]


def test_an_extension_makes_nobody_the_first(listed, tmp_path):
    folder = tmp_path / "course" / "submitted" / "ada" / "challenge"
    folder.mkdir(parents=True)
    record = {"handed_in": "2026-02-02T08:00:00+00:00", "extension_seconds": 259_200}
    (folder / RECORD).write_text(json.dumps(record))
    assert listed({"ada": (MORNING, "Fox"), "zoe": (NOON, "Fox")})[0] == [("ada", NAMELESS), ("zoe", "Fox")]


@pytest.mark.parametrize(
    "other", ["FOX 1", "fox1", "F.o-x 1", "Fóx 1", "Føx 1", "Fo\u0301x 1", "F0x l", "Fox I"]
)
def test_names_that_look_alike_are_one(listed, other):
    assert listed({"ada": (NOON, "Fox 1"), "bob": (EVENING, other), "cyd": (EVENING, "Fox 2")})[0] == [
        ("ada", "Fox 1"),
        ("bob", NAMELESS),
        ("cyd", "Fox 2"),
    ]


def test_who_gives_a_taken_name_keeps_the_place_and_the_names_that_are_free(listed):
    names, _ = listed({"ada": (NOON, "Fox", "Fox"), "bob": (EVENING, "Fox", "Owl")})
    assert names == [("ada", "Fox"), ("ada", "Fox"), ("bob", NAMELESS), ("bob", "Owl")]


def test_who_is_left_out_keeps_no_name_from_others(listed):
    submissions = {"ada": (MORNING, "Fox", "Owl"), "bob": (NOON, "Fox"), "cyd": (NOON, "Owl")}
    names, said = listed(submissions, ada={"images": 297})
    assert names == [("bob", "Fox"), ("cyd", "Owl")]
    assert [line.partition(":")[0] for line in said] == ["ada"]


def test_whoever_hands_in_again_keeps_the_name_that_was_theirs(listed):
    assert listed({"ada": (MORNING, "Fox"), "bob": (NOON, "Fox")})[0] == [("ada", "Fox"), ("bob", NAMELESS)]
    again = {"ada": (EVENING, "Fox"), "bob": (NOON, "Fox")}
    assert listed(again)[0] == [("ada", "Fox"), ("bob", NAMELESS)]
    assert listed(again, ada={"profile": "smoke"})[0] == [("bob", "Fox")]
    assert listed(again)[0] == [("ada", NAMELESS), ("bob", "Fox")]


def test_a_name_waits_for_whoever_is_not_listed_once_and_is_free_when_its_owner_takes_another(listed):
    assert listed({"ada": (EVENING, "Fox")})[0] == [("ada", "Fox")]
    assert listed({"ada": (EVENING, "Fox")}, ada={"images": 297})[0] == []
    assert listed({"ada": (EVENING, "Fox"), "bob": (NOON, "Fox")})[0] == [("ada", "Fox"), ("bob", NAMELESS)]
    assert listed({"ada": (EVENING, "Owl"), "bob": (NOON, "Fox")})[0] == [("ada", "Owl"), ("bob", "Fox")]


def test_every_letter_that_a_name_may_have_looks_like_plain_ones_or_digits():
    allowed = [letter for letter in map(chr, range(0x180)) if challenge._NAME.fullmatch(letter)]
    assert [letter for letter in allowed if not leaderboard._look(letter).isascii()] == []


def test_no_student_can_be_called_what_the_nameless_are():
    with pytest.raises(AssertionError):
        challenge.name_to_show(NAMELESS)


def test_its_page_shows_names_budgets_and_the_course_s_own_scores(graded, tmp_path):
    root, _ = graded
    leaderboard.collect(root)
    page = tmp_path / "leaderboard.md"
    page.write_text(f"# Leaderboard\n\n{leaderboard.LINE}\n", encoding="utf-8")
    leaderboard.write(root, page)
    html = page.read_text(encoding="utf-8")
    assert "2. Ada L.</th><td>0.8000</td><td>0.4000</td><td>700</td><td>2</td>" in html
    written = len(ANSWER.format(name="Ada L.", right=8, more=""))
    assert f"<td>{written}</td>" in html  # the characters of code
    assert "at most 8,000 parameters" in html and "at most 200,000 parameters" in html
    assert html.count("best figure of the source studies") == 2
    assert leaderboard.LINE not in html


def test_a_leaderboard_file_that_something_else_wrote_is_named(graded, tmp_path):
    (tmp_path / leaderboard.FILE).write_text('[{"name": "x"}]', encoding="utf-8")
    page = tmp_path / "leaderboard.md"
    page.write_text(leaderboard.LINE, encoding="utf-8")
    with pytest.raises(CourseError, match=r"leaderboard.json: not a file that `coursekit leaderboard` wrote"):
        leaderboard.write(tmp_path, page)


def test_scores_at_another_profile_or_without_isolation_are_left_out(graded, tmp_path):
    root, _ = graded
    grade.grade_class(root, "challenge", ["ada"], profile="smoke")
    grade.grade_class(root, "challenge", ["eve"], profile="full", isolation="kernel")
    _, left_out = leaderboard.collect(root)
    assert left_out[0].startswith(
        "ada: left out, graded at profile smoke; use `coursekit grade challenge --profile full`"
    )
    assert "eve: left out, graded in one kernel, or without a sandbox" in left_out
    with pytest.raises(CourseError, match="graded with profile full and smoke; choose one of them"):
        regrade.regrade_class(root, "challenge", isolation="examiner")
    with pytest.raises(CourseError, match="profile is one of smoke, quick, full, got 'huge'"):
        grade.grade_class(root, "challenge", profile="huge")


READER = """def look():
    import os
    try:
        return os.listdir(os.environ["COURSEKIT_DATA_DIR"])
    except OSError:
        return []"""


@pytest.mark.parametrize("allowed", [True, False])
def test_a_notebook_can_keep_the_data_from_the_answers(tmp_path, monkeypatch, allowed):
    images = tmp_path / "images"
    images.mkdir()
    (images / "mnist.npz").write_bytes(b"pixels")
    monkeypatch.setenv("COURSEKIT_DATA_DIR", str(images))
    nb = cells.notebook(
        cells.setup("import os"),
        cells.answer("look", "    return 1", before="def look():\n"),
        cells.test(
            "look-test-1",
            f"assert os.listdir(os.environ['COURSEKIT_DATA_DIR']) == ['mnist.npz']\n"
            f"assert look() == {['mnist.npz'] if allowed else []!r}",
        ),
    )
    nb.metadata["coursekit"]["data_for_student"] = allowed
    root = make_course(tmp_path / "course", {"ps": {"ps": nb}})
    hand_in(root, "ada", answers={"look": READER})
    report = grade.grade_class(root, "ps")
    assert earned(report, "ada") == {"look-test-1": 1.0}, reasons(report, "ada")


def test_where_the_data_are_kept_from_answers_no_file_of_a_submission_reaches_them(tmp_path):
    nb = cells.notebook(
        cells.setup("import os"),
        cells.answer("look", "    return 1", before="def look():\n"),
        cells.test("look-test-1", "assert look() == ['given.csv']"),
    )
    nb.metadata["coursekit"]["data_for_student"] = False
    root = make_course(tmp_path / "course", {"ps": {"ps": nb}}, files={"ps/given.csv": "1"})
    listing = "def look():\n    import os\n    return [n for n in sorted(os.listdir()) if n.endswith(('csv', 'npz'))]"
    hand_in(root, "ada", answers={"look": listing})
    (root / "submitted" / "ada" / "ps" / "weights.npz").write_bytes(b"learnt elsewhere")
    report = grade.grade_class(root, "ps")
    assert earned(report, "ada") == {"look-test-1": 1.0}, reasons(report, "ada")
    assert "weights.npz: left out; answers get no data here" in report["students"]["ada"]["notes"]


def test_a_test_that_asks_for_more_time_does_not_take_it_from_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(examine, "CELLS_AT_THE_LIMIT", 1)
    nb = cells.notebook(
        cells.setup("import time"),
        cells.answer("wait", "    time.sleep(5)", before="def wait():\n"),
        cells.test("wait-test-1", "# coursekit: timeout 15\nwait()"),
        cells.test("wait-test-2", "assert callable(wait)"),
    )
    root = make_course(tmp_path / "course", {"ps": {"ps": nb}}, config="c.ExecutePreprocessor.timeout = 4\n")
    save(answered(nb, {"wait": "def wait(): time.sleep(5)"}), root / "submitted" / "ada" / "ps" / "ps.ipynb")
    assert earned(grade.grade_class(root, "ps"), "ada") == {"wait-test-1": 1.0, "wait-test-2": 1.0}


# ---------------------------------------------------------------------------------------------- the rules themselves
def model(outputs):
    """Something that answers as a network does."""
    return types.SimpleNamespace(predict=lambda x, **_: outputs(x))


def looks_up(x, y):
    """A network that knows these images by heart and nothing else."""
    known = {image.tobytes(): label for image, label in zip(x.astype("float32"), y, strict=True)}
    return model(lambda images: np.eye(10)[[known.get(image.tobytes(), 0) for image in images]])


def test_answers_known_by_heart_do_not_hold_for_the_transformed_copy():
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (200, 12, 12)).astype("uint8"), rng.integers(1, 10, 200)
    found = challenge.score(looks_up(x, y), x, y)
    assert (found.accuracy, found.transformed, found.images) == (1.0, 0.0, 200)
    assert challenge.score(looks_up(x, y), x, y).seed != found.seed


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        (lambda x: np.full((len(x), 10), np.nan), "predictions of the model"),
        (lambda x: np.zeros((len(x), 10)), "predictions of the model"),
        (lambda x: np.full((len(x), 9), 1 / 9), r"expected shape \(20, 10\)"),
    ],
)
def test_what_is_no_distribution_over_ten_classes_has_no_score(outputs, message):
    x = np.zeros((20, 12, 12), "uint8")
    with pytest.raises(AssertionError, match=message):
        challenge.score(model(outputs), x, np.zeros(20, int))


@pytest.mark.parametrize(
    ("stated", "parameters", "took", "message"),
    [
        (
            {"parameters": 8_001, "seconds": 60},
            10,
            1,
            "expected parameters from 1 to 8,000, a whole number, got 8001",
        ),
        ({"parameters": 800, "seconds": 1e9}, 10, 1, "expected seconds from 1 to"),
        ({"parameters": 800}, 10, 1, "expected a dict with parameters and seconds, got"),
        ({"parameters": 800, "seconds": 60}, 801, 1, "expected at most the stated 800, got 801"),
        (
            {"parameters": 800, "seconds": 60},
            800,
            82,
            "expected at most 60 s of processor time, as `seconds` said, got 82 s",
        ),
    ],
)
def test_a_budget_that_is_not_kept_is_named_with_what_was_used(stated, parameters, took, message):
    with pytest.raises(AssertionError, match=message):
        challenge.check("mnist", stated, parameters, took=took, seconds=60)


def test_a_budget_that_is_kept_passes_in_silence():
    stated = {"parameters": 800, "seconds": 60}
    assert challenge.check("mnist", stated, 800, took=81, seconds=60) is None


def test_a_budget_that_is_not_allowed_is_named_before_anything_is_trained():
    with pytest.raises(AssertionError, match="expected seconds from 1 to 300, a whole number, got 301"):
        challenge.seconds_for("mnist", {"parameters": 800, "seconds": 301}, "full")
    assert challenge.seconds_for("mnist", {"parameters": 800, "seconds": 200}, "full") == 200
    assert 4 <= challenge.seconds_for("mnist", {"parameters": 800, "seconds": 200}, "smoke") <= 24


@pytest.mark.parametrize("name", ["", "Ada L.", " Zoë-2 ", "Ångström", "c-10"])
def test_a_name_in_latin_letters_is_shown(name):
    assert challenge.name_to_show(name) == name.strip()


@pytest.mark.parametrize("name", ["\u3164", "\u0410da", "<b>", ".", "-", "x" * 31, "a\nb", None, 7, "a_b"])
def test_a_name_that_may_look_like_another_or_like_nothing_is_not(name):
    with pytest.raises(AssertionError, match="Latin letters"):
        challenge.name_to_show(name)


def test_a_network_that_is_better_on_scaled_pixels_is_told_so():
    x, y = np.full((40, 6, 6), 200, "uint8"), np.arange(40) % 10
    scaled = model(lambda images: np.eye(10)[y if images.max() <= 1 else np.zeros(40, int)])
    with pytest.raises(AssertionError, match=r"on pixels from 0 to 255 .* got 0\.100 and 1\.000"):
        challenge.rehearse(scaled, x, y)


def test_the_record_states_the_budgets_of_the_challenge():
    for id, name in (("H1", "mnist"), ("H2", "cifar10")):
        [protocol] = claims.experiment(id).protocols.values()
        assert (protocol["data"], protocol["seconds"]) == (name, challenge.BUDGETS[name].seconds)
