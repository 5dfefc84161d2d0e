"""The effects of which the chapter cnn-design speaks, from networks trained here with the chapter's own functions.

They show on real digits; the embedded sample is too easy for some of them.
"""

import numpy as np
import pytest
from fixtures.studies import assert_recorded_layers, assert_recorded_training, definitions, needs_real_data

from coursekit import data
from coursekit.record import claims
from coursekit.training import batches, replicate

pytestmark = needs_real_data
IDS = [f"C{i}" for i in range(13)]


@pytest.fixture(scope="module")
def chapter():
    """The functions, classes and designs of the chapter's studies, over 4 000 of its images."""
    import keras

    mnist = data.load("mnist", validation=6_000).take(4_000, val=1_500).scaled()
    names = {"keras": keras, "np": np, "mnist": mnist, "batch_size": 32, "few": slice(0, 1_500), "epochs": 4}
    names |= {"batches": batches, "claims": claims, "right": []}
    also = ("one", "two", "unpooled", "padded", "designs")
    definitions("cnn-design", names, also=also)
    return names


@pytest.fixture(scope="module")
def accuracy(chapter):
    """Validation accuracies of networks trained as in the quick profile."""
    wanted = {id: chapter["designs"][id] for id in ("C0", "C1", "C2", "C3", "C5", "C9", "C10")}
    wanted["C3 with 9 x 9"] = ([(32, 9, 2, "valid")], 0)
    return {
        name: replicate(
            lambda design=design: chapter["build_cnn"](*design),
            chapter["mnist"],
            runs=1,
            epochs=4,
            batch_size=32,
            seed=1,
        )
        .final()
        .mean()
        for name, design in wanted.items()
    }


@pytest.mark.parametrize("id", IDS)
def test_the_networks_are_those_of_the_record(chapter, id):
    model = chapter["build_cnn"](*chapter["designs"][id])
    assert_recorded_layers(model, id)
    assert_recorded_training(model, id)


def test_nearly_all_parameters_of_c4_lie_behind_the_flat_row(chapter):
    owned = chapter["owners"](chapter["build_cnn"](*chapter["designs"]["C4"]))
    assert owned["first dense layer"] > 0.99 * sum(owned.values())


def test_a_corner_pixel_is_looked_at_once_and_holds_no_ink(chapter):
    looks = chapter["coverage"]("valid")
    assert looks[0, 0] == 1 and looks[14, 14] == looks.max() == 81
    padded = chapter["coverage"]("same")
    assert padded[0, 0] == 25 and padded.max() == 81
    ink = chapter["mnist"].x_train.mean(axis=0)
    assert ink[4:-4, 4:-4].sum() > 0.93 * ink.sum()


def test_one_filter_is_weak_and_pooling_alone_costs_accuracy(accuracy):
    assert accuracy["C0"] > accuracy["C1"] + 0.01
    assert accuracy["C3"] > max(accuracy["C0"], accuracy["C1"], accuracy["C2"]) + 0.02


def test_a_single_filter_starts_below_0_in_half_of_all_seeds(chapter):
    import keras

    draw = keras.initializers.GlorotUniform
    starts = np.array([np.ravel(draw(seed=seed)((1, 1, 1, 1)))[0] for seed in range(400)])
    assert 0.42 < np.mean(starts < 0) < 0.58
    assert np.abs(starts).max() <= 3**0.5


def test_a_single_filter_below_0_is_dead_and_nothing_moves_but_the_output_biases(chapter):
    alive, dead = chapter["flip"](0.5, 2), chapter["flip"](-0.5, 2)
    moved = {name: float(value) for name, value in dead.items() if name.startswith("largest move")}
    assert [name for name, by in moved.items() if by] == ["largest move, dense biases"]
    assert dead["share of its map above 0"] == "0.0%" and dead["classes that it answers"] == 1
    assert float(dead["validation accuracy"]) < 0.14 < 0.7 < float(alive["validation accuracy"])
    assert all(float(value) > 0 for name, value in alive.items() if name.startswith("largest move"))


@pytest.mark.parametrize("id", ["C0", "C1"])
def test_a_recorded_run_that_answers_one_class_is_not_counted_among_the_living(chapter, id):
    alive = [run["seed"] for run in chapter["living"](id)]
    for run in claims.recorded(id):
        assert (run["seed"] in alive) == (run["test"]["accuracy"] > 0.2)


def test_larger_kernels_help_a_single_convolution(accuracy):
    assert accuracy["C3 with 9 x 9"] > accuracy["C3"] + 0.005
    assert accuracy["C5"] > accuracy["C3"] + 0.01


def test_pooling_and_more_convolutions_save_nine_tenths_of_the_parameters_at_little_loss(chapter, accuracy):
    sizes = {id: chapter["build_cnn"](*chapter["designs"][id]).count_params() for id in ("C5", "C9", "C10")}
    assert sizes["C5"] > 5 * sizes["C9"] > 9 * sizes["C10"] > 0
    assert min(accuracy["C9"], accuracy["C10"]) > accuracy["C5"] - 0.025 > accuracy["C3"] - 0.015


def test_a_shared_callback_that_remembers_sets_the_weaker_networks_back_to_epoch_1(chapter):
    stopper, order = chapter["stopper"], ("C0", "C1", "C2", "C3")
    one = stopper(chapter["RememberingEarlyStopping"], 4)
    logs, kept = chapter["in_sequence"](order, [one] * 4)
    assert [kept[id][0] > 1 for id in order] == [True, False, False, True]
    for id in order:
        assert kept[id][1] == pytest.approx(logs[id][kept[id][0] - 1], abs=1e-3)
    assert logs["C1"][-1] > logs["C1"][0] + 0.1


def test_in_another_order_other_networks_are_set_back(chapter):
    one = chapter["stopper"](chapter["RememberingEarlyStopping"], 4)
    _, kept = chapter["in_sequence"](("C3", "C0"), [one] * 2)
    assert kept["C3"][0] > 1 == kept["C0"][0]


def test_a_new_callback_for_each_training_keeps_a_late_epoch_and_so_does_a_baseline(chapter):
    import keras

    for id in ("C0", "C1"):
        fresh = chapter["stopper"](keras.callbacks.EarlyStopping, 4)
        assert chapter["in_sequence"]((id,), [fresh])[1][id][0] > 1
    with_baseline = keras.callbacks.EarlyStopping(
        monitor="val_accuracy", patience=4, restore_best_weights=True, baseline=0.95
    )
    assert chapter["in_sequence"](("C1",), [with_baseline])[1]["C1"][0] > 1


def test_picking_the_best_epoch_makes_a_score_too_high_on_average(chapter):
    import keras

    keras.utils.set_random_seed(3)
    mnist = chapter["mnist"]
    model = chapter["build_cnn"](*chapter["designs"]["C3"])
    model.fit(
        batches(mnist.x_train[:1_500], mnist.y_train[:1_500], 32),
        epochs=16,
        callbacks=[chapter["NoteAnswers"]()],
        verbose=0,
    )
    right, rng, gain = np.array(chapter["right"]), np.random.default_rng(0), []
    for _ in range(1_000):
        picks = rng.random(right.shape[1]) < 0.5
        curve, other = right[:, picks].mean(axis=1), right[:, ~picks].mean(axis=1)
        gain.append(curve.max() - other[curve.argmax()])
    assert 0.0005 < np.mean(gain) < 0.015


def test_ten_thousand_images_do_not_reliably_tell_0990_from_0993(chapter):
    told_apart = chapter["share_told_apart"]
    assert told_apart(0.990, 0.993, 100) < 0.1
    assert 0.55 < told_apart(0.990, 0.993, 10_000) < 0.75
    assert 0.77 < told_apart(0.990, 0.993, 14_679) < 0.83
