"""The functions of the chapter cifar10-generalization, and what it says of the source study and of the record."""

import numpy as np
import pytest
from fixtures.studies import assert_recorded_layers, assert_recorded_training, definitions

from coursekit import data
from coursekit.record import claims


@pytest.fixture(scope="module")
def chapter():
    """The functions that the chapter's studies define."""
    import keras

    return definitions("cifar10-generalization", {"keras": keras, "np": np})


def test_g1_is_the_network_of_the_record_written_with_the_functional_api(chapter):
    model = chapter["build"]()
    assert type(model.layers[0]).__name__ == "InputLayer"
    assert_recorded_layers(model, "G1")
    assert_recorded_training(model, "G1")


def test_early_stopping_runs_on_for_its_patience_and_puts_the_best_weights_back(chapter):
    losses = [3.0, 2.0, 2.5, 1.9, 2.2, 2.1, 2.0, 1.0]
    found = {patience: chapter["played"](losses, patience) for patience in (1, 2, 3, 5)}
    assert found == {1: (3, 2), 2: (6, 4), 3: (7, 4), 5: (8, 8)}


def test_the_pair_of_classes_that_the_source_numbers_6_and_4_is_dog_and_cat():
    names = data.load("cifar10").class_names
    assert (names[5], names[3]) == ("dog", "cat") and (names[4], names[6]) == ("deer", "frog")
    assert any(figure.of == "dogs called cat" for figure in claims.experiment("G3").figures)


def test_the_source_s_logs_of_g1_and_g3_differ_in_epoch_7_as_a_later_epoch_does():
    of = {
        id: {(f.of, f.epoch): f.value for f in claims.experiment(id).figures if f.epoch}
        for id in ("G1", "G3")
    }
    for figure in ("train accuracy", "test loss"):
        assert of["G1"][figure, 7] > of["G3"][figure, 7] + 0.05


def test_the_record_has_a_curve_of_equal_passes_and_one_of_equal_updates():
    protocols = claims.protocols()
    once = {"G5-1000", "G5-2500", "G5-5000", "G5", "G5-25000", "G4"}
    repeated = {f"G5-{n}-equal" for n in (1_000, 2_500, 5_000, 10_000, 25_000)}
    networks = {protocols[name]["network"] for name in once | repeated}
    assert len(networks) == 1
    assert {protocols[name]["epochs"] for name in once} == {40}
    updates = {
        protocols[name]["epochs"] * -(-protocols[name]["images"] * protocols[name]["repeat"] // 32)
        for name in repeated
    }
    assert updates == {20 * -(-50_000 // 32)}


def test_the_logs_of_the_record_give_a_curve_in_either_reading(chapter):
    log = {
        "half_accuracy": [0.5, 0.7, 0.6],
        "val_accuracy": [0.5, 0.6, 0.65],
        "val_loss": [1.2, 0.9, 1.0],
    }
    # The first half chooses epoch 2, where the other has 0.5; the other chooses epoch 3, where the first has 0.6.
    assert chapter["read_fairly"](log) == pytest.approx((0.5 + 0.6) / 2)
    assert chapter["read_as_the_study"](log) == 0.6


def test_the_optimism_of_a_log_is_what_one_half_promises_and_the_other_does_not_keep(chapter):
    log = {
        "half_loss": [0.9, 0.8, 1.0],
        "val_loss": [1.0, 0.9, 0.8],
        "half_accuracy": [0.5, 0.7, 0.6],
        "val_accuracy": [0.5, 0.6, 0.65],
    }
    # The first half chooses epoch 2 (0.7, the other 0.5), the second one epoch 3 (0.7, the other 0.6).
    assert chapter["optimism"](log) == pytest.approx((0.2 + 0.1) / 2)


def test_what_the_study_prints_of_g3_puts_a_floor_under_its_right_cats():
    for right in range(1_001):
        answered = 2 * right / 0.615 - 1_000
        if answered >= right + 199:  # the dogs called cat are among the answers
            break
    assert right == 533
