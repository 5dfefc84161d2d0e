"""The effects of which the chapter challenge speaks, from networks trained here with the chapter's own functions."""

import numpy as np
import pandas as pd
import pytest
from fixtures.studies import definitions, needs_real_data

from coursekit import challenge, checks, data
from coursekit.record import claims


@pytest.fixture(scope="module")
def chapter():
    """The functions that the chapter's studies define."""
    import keras

    return definitions("challenge", {"keras": keras, "np": np, "pd": pd, "checks": checks})


@pytest.fixture(scope="module")
def digits():
    return data.load("mnist").take(5_000, val=1_000)


def trained(chapter, x, y, updates, *rest, seed=1, **settings):
    chapter["keras"].utils.set_random_seed(seed)
    return chapter["train"](chapter["build_small"](**settings), x, y, updates, *rest, seed=seed)


def evaluated(model, x, y):
    return model.evaluate(x.astype("float32"), y, batch_size=500, verbose=0, return_dict=True)


def test_parameters_are_paid_late_in_a_network_and_multiplications_early(chapter):
    even = chapter["costs"](chapter["build_stack"]((20, 20, 20)))
    assert even["parameters"][1] == even["parameters"][2] > 10 * even["parameters"][0]
    assert even["multiplications"][1] == 4 * even["multiplications"][2]
    assert even["multiplications"].iloc[-1] < 0.001 * even["multiplications"].sum()
    growing, shrinking = (chapter["build_stack"](widths) for widths in ((9, 18, 36), (36, 18, 9)))
    assert abs(growing.count_params() - shrinking.count_params()) < 100
    paid = [chapter["costs"](model)["multiplications"].sum() for model in (growing, shrinking)]
    assert paid[1] > 2 * paid[0]


def test_the_widths_of_question_1_are_those_that_fit_by_keras_own_count(chapter):
    sizes = [chapter["build_stack"]((w, 2 * w, 4 * w)).count_params() for w in (9, 10)]
    assert sizes[0] <= challenge.BUDGETS["mnist"].parameters < sizes[1]


@needs_real_data
def test_a_network_that_is_fed_with_the_wrong_pixels_fails_in_silence(chapter, digits):
    x, y = digits.x_train / np.float32(255), digits.y_train
    outside = trained(chapter, x, y, 300, scale=False)
    inside = chapter["build_small"]()
    inside.set_weights(outside.get_weights())
    right, wrong = (evaluated(outside, digits.x_val / by, digits.y_val) for by in (255, 1))
    same = evaluated(inside, digits.x_val, digits.y_val)
    assert wrong["loss"] > 20 * right["loss"] and wrong["accuracy"] < right["accuracy"] - 0.15
    assert same["accuracy"] == pytest.approx(right["accuracy"], abs=0.002)
    scores = [challenge.score(outside, digits.x_val / by, digits.y_val, seed=0) for by in (255, 1)]
    assert scores[0].accuracy > scores[1].accuracy + 0.15  # what the test cells of the challenges look for


@needs_real_data
def test_moved_images_help_on_validation_images_and_much_on_transformed_ones(chapter, digits):
    x, y = digits.x_train[:1_000], digits.y_train[:1_000]
    plain, moved = (
        challenge.score(
            trained(chapter, x, y, 390, change, seed=2), digits.x_val[:500], digits.y_val[:500], seed=5
        )
        for change in (None, chapter["moved"])
    )
    assert moved.accuracy > plain.accuracy + 0.01
    assert moved.transformed > plain.transformed + 0.08


def test_random_layers_change_images_in_training_only(chapter):
    turn = chapter["keras"].layers.RandomRotation(0.1, fill_mode="constant")
    image = np.random.default_rng(0).uniform(0, 255, (3, 28, 28, 1)).astype("float32")
    assert np.array_equal(turn(image, training=False), image)
    turned = np.asarray(turn(image, training=True))
    assert np.abs(turned - image).mean() > 1 and turn.count_params() == 0


def test_a_schedule_by_the_clock_ends_at_zero_whatever_the_speed(chapter):
    rate = chapter["one_cycle"]
    assert rate(0) == rate(1) == 0 and rate(0.2) == pytest.approx(0.02)
    assert rate(1 / 3) > 0.8 * rate(0.2)  # where the slow machine of the figure is cut off


@needs_real_data
def test_a_schedule_that_comes_to_its_end_beats_one_that_is_cut_off(chapter, digits):
    rates = {"cut off": lambda share: chapter["one_cycle"](share / 3), "by the clock": chapter["one_cycle"]}
    right = {
        name: np.mean(
            [
                evaluated(
                    trained(chapter, digits.x_train, digits.y_train, 130, chapter["moved"], rate, seed=seed),
                    digits.x_val,
                    digits.y_val,
                )["accuracy"]
                for seed in (3, 4)
            ]
        )
        for name, rate in rates.items()
    }
    assert right["by the clock"] > right["cut off"] + 0.02


def test_the_best_of_many_equal_entries_looks_better_than_they_are():
    rng = np.random.default_rng(7)
    best = rng.binomial(10_000, 0.993, size=(500, 200)).max(axis=1) / 10_000
    assert 0.9945 < best.mean() < 0.996 and np.quantile(best, 0.05) > 0.994


@needs_real_data
def test_a_transformed_copy_catches_a_table_but_not_training_on_the_public_images(chapter, digits):
    exam, fresh = slice(0, 500), slice(500, None)
    x, y = digits.x_val, digits.y_val
    chapter |= {
        "updates": 470,
        "table": {image.tobytes(): label for image, label in zip(x[exam], y[exam], strict=True)},
    }
    known = (np.concatenate([digits.x_train[:500], x[exam]]), np.concatenate([digits.y_train[:500], y[exam]]))
    answers = {
        "P": chapter["answer_p"],
        "Q": chapter["entered"](*known),
        "R": chapter["entered"](digits.x_train[:1_000], digits.y_train[:1_000]),
    }
    changed = checks.transformed(x, seed=9)
    public, copy, unseen = (
        {name: np.mean(answer(images[part]) == y[part]) for name, answer in answers.items()}
        for images, part in ((x, exam), (changed, exam), (x, fresh))
    )
    assert public["P"] == 1 and copy["P"] < 0.3
    assert public["Q"] > public["R"] + 0.01 and copy["Q"] > copy["R"] - 0.02
    assert public["Q"] > unseen["Q"] + 0.01 and unseen["Q"] < unseen["R"] + 0.03


def test_each_recorded_run_of_the_solutions_beats_the_source_studies():
    for name in ("H1", "H2"):
        (figure,) = claims.experiment(name).figures
        scores = [claims.value(run, figure) for run in claims.recorded(name)]
        assert len(scores) >= 3 and min(scores) > figure.above, name
