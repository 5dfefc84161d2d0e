"""What the chapter challenge computes without training, and what the record says; its runs are checked by truth."""

import numpy as np
import pandas as pd
import pytest
from fixtures.studies import definitions

from coursekit import challenge, checks
from coursekit.record import claims


@pytest.fixture(scope="module")
def chapter():
    """The functions that the chapter's studies define."""
    import keras

    return definitions("challenge", {"keras": keras, "np": np, "pd": pd, "checks": checks})


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


def test_random_layers_change_images_in_training_only(chapter):
    turn = chapter["keras"].layers.RandomRotation(0.1, fill_mode="constant")
    image = np.random.default_rng(0).uniform(0, 255, (3, 28, 28, 1)).astype("float32")
    assert np.array_equal(turn(image, training=False), image)
    turned = np.asarray(turn(image, training=True))
    assert np.abs(turned - image).mean() > 1 and turn.count_params() == 0


def test_a_schedule_by_the_clock_ends_at_zero_whatever_the_speed(chapter):
    rate = chapter["one_cycle"]
    assert rate(0) == rate(1) == 0 and rate(0.2) == pytest.approx(0.02)
    assert rate(1 / 3) > 0.8 * rate(0.2)  # where the slow machine of the drawing is cut off


def test_a_model_that_starts_again_trains_as_a_new_one_does(chapter):
    rng = np.random.default_rng(1)
    x, y = rng.integers(0, 256, (200, 28, 28)).astype("uint8"), rng.integers(0, 10, 200)
    model = chapter["build_small"]()
    beginning = model.get_weights()
    trained = []
    for _ in range(2):
        chapter["train"](model, x, y, 3, chapter["moved"], chapter["one_cycle"])
        trained.append(model.get_weights())
        chapter["start_again"](model, beginning)
    for one, two in zip(*trained, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-3, atol=1e-4)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.005)


def test_a_residual_network_begins_as_a_shallow_one_with_as_many_weights_as_the_plain_one(chapter):
    plain, residual = (chapter["build_deep"](kind) for kind in (False, True))
    assert plain.count_params() == residual.count_params()
    blocks = [layer for layer in residual.layers if type(layer).__name__ == "Add"]
    assert len(blocks) == 12 and residual.count_params() < challenge.BUDGETS["cifar10"].parameters
    first, last = residual.layers[3], blocks[-1]
    inside = chapter["keras"].Model(residual.input, [first.output, last.output])
    image = np.random.default_rng(2).uniform(0, 255, (2, 28, 28)).astype("float32")
    at_first, at_last = (np.asarray(output) for output in inside(image))
    np.testing.assert_array_equal(at_first, at_last)


def test_each_recorded_run_of_the_solutions_beats_the_source_studies():
    for name in ("H1", "H2"):
        (figure,) = claims.experiment(name).figures
        scores = [claims.value(run, figure) for run in claims.recorded(name)]
        assert len(scores) >= 3 and min(scores) > figure.above, name
