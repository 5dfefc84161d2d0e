"""The effects of which the chapter regularization speaks, from networks trained here with the chapter's own functions.

They show on the real images; the embedded sample is too easy for some of them.
"""

import dataclasses

import numpy as np
import pytest
from fixtures.studies import assert_recorded_layers, assert_recorded_training, definitions, needs_real_data

from coursekit import data
from coursekit.record import claims
from coursekit.training import replicate

pytestmark = needs_real_data


@pytest.fixture(scope="module")
def chapter():
    """The functions that the chapter's studies define."""
    import keras

    names = {"keras": keras, "np": np, "claims": claims}
    definitions("regularization", names)
    return names


@pytest.fixture(scope="module")
def raw():
    """2 000 images with their pixels from 0 to 255."""
    return data.load("fashion_mnist", validation=9_000, seed=123).take(2_000, val=1_000).one_hot()


@pytest.fixture(scope="module")
def fashion(raw):
    return raw.scaled()


@pytest.fixture(scope="module")
def overfitted(chapter, fashion):
    """Networks without and with each remedy on 600 images: training and validation accuracy, and the kernels."""
    few = fashion.take(600)
    settings = {
        "none": {},
        "L2": {"remedy": "L2", "strength": 0.1},
        "dropout": {"remedy": "dropout", "rate": 0.5},
        "batch norm": {"remedy": "batch norm"},
    }
    found = {}
    for name, setting in settings.items():
        runs = replicate(
            lambda: chapter["build"](optimizer="adam", **setting),  # noqa: B023
            few,
            runs=1,
            epochs=15,
            batch_size=20,
            seed=1,
        )
        model = runs.model(0)
        found[name] = (*chapter["accuracies"](model, few), model.layers[1].get_weights()[0], runs)
    return found


@pytest.mark.parametrize("key", [(c, r) for c in (1, 2) for r in ("none", "L2", "dropout", "batch norm")])
def test_the_networks_of_the_chapter_are_those_of_the_record(chapter, key):
    convolutions, remedy = key
    number = 4 * convolutions - 3 + ["none", "L2", "dropout", "batch norm"].index(remedy)
    assert_recorded_layers(chapter["build"](*key), f"D{number}")
    assert_recorded_training(chapter["build"](*key), f"D{number}")


def test_without_a_remedy_the_network_learns_few_images_by_heart(overfitted):
    training, validation, _, runs = overfitted["none"]
    assert training > 0.9 and training - validation > 0.08
    gap = runs.history["accuracy"] - runs.history["val_accuracy"]
    assert gap.iloc[-1] - gap.iloc[0] > 0.08


def test_with_more_images_the_gap_shrinks(chapter, fashion, overfitted):
    more = replicate(
        lambda: chapter["build"](optimizer="adam"), fashion, runs=1, epochs=8, batch_size=20, seed=2
    )
    training, validation = chapter["accuracies"](more.model(0), fashion)
    few_training, few_validation = overfitted["none"][:2]
    assert training - validation < few_training - few_validation
    assert validation > few_validation


def test_dropout_narrows_the_gap_and_batch_normalization_does_not(overfitted):
    gap = {name: found[0] - found[1] for name, found in overfitted.items()}
    assert gap["dropout"] < gap["none"] - 0.02
    assert gap["batch norm"] > gap["dropout"] + 0.04
    assert overfitted["batch norm"][0] > 0.97


def test_the_penalty_makes_the_kernels_narrower(overfitted):
    spread = {name: found[2].std() for name, found in overfitted.items()}
    assert spread["L2"] < 0.7 * spread["none"]
    assert spread["L2"] == min(spread.values())


def test_raw_pixels_start_far_above_guessing_and_scaled_ones_at_it(chapter, raw, fashion):
    losses = {}
    for name, images in (("raw", raw), ("scaled", fashion)):
        losses[name] = chapter["build"]().evaluate(images.x_val, images.y_val, batch_size=500, verbose=0)[0]
    assert losses["raw"] > 10 > 3 > losses["scaled"] > 2


def test_on_raw_pixels_batch_normalization_wins_and_evaluate_adds_the_penalty(chapter, raw):
    runs = {
        remedy: replicate(
            lambda: chapter["build"](1, remedy),  # noqa: B023
            dataclasses.replace(raw),
            runs=1,
            epochs=3,
            batch_size=100,
            seed=1,
        )
        for remedy in ("none", "L2", "batch norm")
    }
    final = {remedy: each.final().mean() for remedy, each in runs.items()}
    assert final["batch norm"] > max(final["none"], final["L2"]) + 0.05
    model = runs["L2"].model(0)
    reported = model.evaluate(raw.x_val, raw.y_val, batch_size=500, verbose=0)[0]
    answers = np.asarray(model(raw.x_val.astype("float32"), training=False))
    pure = -np.mean(np.log(np.maximum(answers[raw.y_val == 1], 1e-7)))
    assert reported - float(sum(model.losses)) == pytest.approx(pure, rel=0.02)


def test_a_larger_learning_rate_closes_much_of_the_distance_to_batch_normalization(chapter, fashion):
    import keras

    reached = {}
    for name, remedy, rate in (("slow", "none", 0.01), ("fast", "none", 0.1)):
        runs = replicate(
            lambda: chapter["build"](1, remedy, optimizer=keras.optimizers.SGD(rate)),  # noqa: B023
            fashion,
            runs=1,
            epochs=4,
            batch_size=20,
            seed=5,
        )
        reached[name] = runs.final().mean()
    assert reached["fast"] > reached["slow"] + 0.04


def test_a_second_convolution_makes_the_flat_row_and_the_network_more_than_six_times_smaller(chapter):
    one, two = chapter["build"](1), chapter["build"](2)
    widths = [
        next(layer for layer in model.layers if layer.name.startswith("flatten")).output.shape[1]
        for model in (one, two)
    ]
    assert widths == [2_704, 400]
    assert one.count_params() > 6 * two.count_params()


@pytest.mark.parametrize(
    "id, convolutions, remedy",
    [("D1", 1, "none"), ("D5", 2, "none"), ("D4", 1, "batch norm"), ("D8", 2, "batch norm")],
)
def test_the_networks_of_depth_by_filters_are_those_of_the_record(chapter, id, convolutions, remedy):
    model = chapter["build"](convolutions, remedy, filters=64)
    assert_recorded_layers(model, f"{id}-64")
    assert_recorded_training(model, f"{id}-64-scaled")


def test_what_depth_adds_is_open_below_three_seeds_and_by_median_and_range_on_raw_pixels(chapter):
    assert chapter["said"]([0.1, 0.2], "") == "open"
    assert chapter["said"]([0.1, 0.2, -0.7], "") == "+0.1000 (-0.7000 to +0.2000)"
    low, high = claims.interval([0.1, 0.2, 0.3])
    assert chapter["said"]([0.1, 0.2, 0.3], "-scaled") == f"+0.2000 ({low:+.4f} to {high:+.4f})"


def test_in_the_study_batch_normalization_narrows_the_gap_with_one_convolution_only():
    gap = {}
    for id in ("D1", "D3", "D4", "D5", "D7", "D8"):
        of = {figure.of: figure.value for figure in claims.experiment(id).figures}
        gap[id] = round(of["evaluated train accuracy"] - of["validation accuracy"], 3)
    assert (gap["D1"], gap["D3"], gap["D4"]) == (0.030, 0.020, 0.013)
    assert gap["D8"] > gap["D5"] > 0 > gap["D7"]


def test_the_penalty_of_a_recorded_run_decays_as_the_arithmetic_says():
    factor = (1 - 2 * 0.01 * 0.01) ** (2 * 420)
    for run in claims.recorded("D6"):
        losses = np.array(run["history"]["val_loss"], float)  # None, where one left the numbers, is nan
        if losses[0] > 10:
            # In the first epoch the rest of the loss falls as well.
            assert losses[2:] / losses[1:-1] == pytest.approx(factor, abs=0.05)
