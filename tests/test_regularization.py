"""The networks of the chapter regularization are those of the record, and what it says of the study's figures holds."""

import numpy as np
import pytest
from fixtures.studies import assert_recorded_layers, assert_recorded_training, definitions

from coursekit.record import claims


@pytest.fixture(scope="module")
def chapter():
    """The functions that the chapter's studies define."""
    import keras

    names = {"keras": keras, "np": np, "claims": claims}
    definitions("regularization", names)
    return names


@pytest.mark.parametrize("key", [(c, r) for c in (1, 2) for r in ("none", "L2", "dropout", "batch norm")])
def test_the_networks_of_the_chapter_are_those_of_the_record(chapter, key):
    convolutions, remedy = key
    number = 4 * convolutions - 3 + ["none", "L2", "dropout", "batch norm"].index(remedy)
    assert_recorded_layers(chapter["build"](*key), f"D{number}")
    assert_recorded_training(chapter["build"](*key), f"D{number}")


@pytest.mark.parametrize(
    "id, remedy",
    [
        ("R1", {}),
        ("R2", {"penalty": 0.01}),
        ("R3", {"dropout": 0.5}),
        ("R4", {"normalize": True}),
        ("R5", {"normalize": True, "rate": 0.003}),
        ("R6", {}),
    ],
)
def test_the_dense_networks_of_the_chapter_are_those_of_the_record(chapter, id, remedy):
    assert_recorded_layers(chapter["build_dense"](**remedy), id)
    assert_recorded_training(chapter["build_dense"](**remedy), id)


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
