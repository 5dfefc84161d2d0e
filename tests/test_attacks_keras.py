"""Attacks and oddities with Keras models, as tests/test_attacks.py has them for everything else."""

from pathlib import Path

import pytest
from fixtures.attack_course import MARK, Target

from coursekit.staff.grading import grade

MODELS = Target(
    assignment="models",
    attacks=Path(__file__).parent / "attacks_keras",
    seconds=60,
    memory_mb=3_000,
    setup="""import keras
import numpy as np

from coursekit import checks


def examples(seed, n=300):
    x = np.random.default_rng(seed).normal(size=(n, 4)).astype("float32")
    return x, x[:, :3].argmax(axis=1)""",
    answers={
        "build": """def build():
    model = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(3, activation="softmax")])
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model""",
        "learn": """def learn(x, y):
    model = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(3, activation="softmax")])
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="sparse_categorical_crossentropy")
    history = model.fit(x, y, epochs=20, batch_size=16, verbose=0)
    return model, history""",
    },
    tests={
        "build-test-1": (
            1,
            """checks.keras_model(build(), input_shape=(4,), output_shape=(3,), max_parameters=500)
checks.probability_outputs(build())""",
            "",
        ),
        "build-test-2": (
            2,
            """model = build()
model.fit(*examples(1), epochs=20, batch_size=16, verbose=0)""",
            """x, y = examples(2)
assert np.mean(np.argmax(model.predict(x, verbose=0), axis=1) == y) > 0.85
assert model.evaluate(x, y, verbose=0)[1] > 0.85
assert isinstance(model, keras.Model) and len(model.weights) >= 2""",
        ),
        "learn-test-1": (
            1,
            """model, history = learn(*examples(3))
assert isinstance(model, keras.Model)
assert history.history["loss"][-1] < history.history["loss"][0], "the loss should fall\"""",
            "",
        ),
        "learn-test-2": (
            2,
            "model, _ = learn(*examples(4))",
            """x, y = examples(5)
assert np.mean(np.argmax(model.predict(x, verbose=0), axis=1) == y) > 0.85""",
        ),
    },
)
CASES = MODELS.cases()
NEIGHBOURS = ("a-neighbour", "z-neighbour")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The course folder and the report on all cases and their neighbours."""
    course = MODELS.make(tmp_path_factory.mktemp("models") / "course")
    for case in CASES.values():
        MODELS.hand_in(course, case, {"COURSE": course})
    for student in NEIGHBOURS:
        MODELS.hand_in_right(course, student)
    return course, grade.grade_class(course, MODELS.assignment, jobs=2)


def points(report, student):
    """The points of a student, by question."""
    earned = dict.fromkeys(MODELS.points, 0.0)
    for test in report["students"][student]["questions"]:
        earned[test["question"].partition("-test-")[0]] += test["points"]
    return earned


@pytest.mark.parametrize("student", CASES)
def test_a_submission_gets_what_it_deserves(graded, student):
    _, report = graded
    earned, result = points(report, student), report["students"][student]
    undeserved = {
        question: f"{earned[question]:g} instead of {least:g}..{most:g}"
        for question, (least, most) in CASES[student].deserves.items()
        if not least <= earned[question] <= most
    }
    assert undeserved == {}, f"{CASES[student].about} {[q['reason'][:300] for q in result['questions']]}"


@pytest.mark.parametrize("student", CASES)
def test_each_lost_point_has_a_reason_that_the_student_may_read(graded, student):
    lost = [q for q in graded[1]["students"][student]["questions"] if q["points"] < q["maximum"]]
    assert [q["question"] for q in lost if not q["reason"] or not q["message"]] == []


@pytest.mark.parametrize("student", NEIGHBOURS)
def test_a_neighbour_of_attackers_gets_all_points(graded, student):
    assert points(graded[1], student) == MODELS.points


def test_no_model_leaves_anything_behind(graded):
    course, _ = graded
    assert [*course.rglob(f"*{MARK}*"), *Path("/tmp").glob(f"{MARK}*")] == []
