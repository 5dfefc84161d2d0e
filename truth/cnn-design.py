"""What the chapter cnn-design says of its runs."""

import numpy as np


def all_thirteen_have_as_many_parameters_as_the_study_counted(run):
    assert run["agreeing"] == len(run["designs"]) == 13
    assert [run["parameters"][id] for id in ("C0", "C1", "C2")] == [7_852, 1_972, 1_710]


def larger_kernels_and_a_third_convolution_make_the_network_smaller(run):
    assert run["parameters"]["C5"] < run["parameters"]["C4"]
    assert run["parameters"]["C10"] < run["parameters"]["C9"]
    assert run["parameters"]["C10"] < 0.11 * run["parameters"]["C5"]


def nearly_all_of_c4_sits_between_the_flat_row_and_the_units_behind_it(run):
    assert run["owned"].loc["C4", "first dense layer"] > 0.99 * run["parameters"]["C4"]


def a_corner_is_looked_at_once_with_padding_more_often_and_never_as_often_as_the_middle(run):
    valid, padded = run["coverage"]("valid"), run["coverage"]("same")
    assert valid[0, 0] == 1 and padded[0, 0] == 25
    assert valid[14, 14] == valid.max() == padded.max() == 81


def very_little_ink_lies_outside_the_middle_20_by_20_pixels(run):
    assert run["frame"] < 0.05


def a_number_sees_9_pixels_after_the_first_layer_and_24_at_the_end(run):
    sides = [field.any(axis=0).sum() for field in run["fields"].values()]
    assert sides == [9, 10, 14, 16, 24]


def with_32_filters_a_network_is_better_than_with_a_single_one(run):
    assert run["reached"]["C3"] > max(run["single"].values()) + 0.01


def a_network_of_one_weight_that_guesses_has_drawn_a_weight_below_0(run):
    for id in ("C0", "C1"):
        weight = float(np.ravel(run["trained"][id].model(0).layers[1].get_weights()[0])[0])
        assert (weight > 0) == (run["reached"][id] > 0.2) == (id not in run["stuck"])


def larger_kernels_help_a_single_convolution(run):
    assert run["reached"]["C5"] > run["reached"]["C3"] + 0.005


def in_the_study_the_larger_kernels_gain_more_than_the_hidden_layer(run):
    c3, c4, c5, c10 = run["in_study"]
    assert 0 < c4 - c3 < c5 - c4 and c10 > c5


def from_c5_to_c10_little_accuracy_moves(run):
    assert abs(run["reached"]["C5"] - run["reached"]["C10"]) < 0.04


def a_single_filter_starts_below_0_in_half_of_all_seeds(run):
    assert 0.42 < np.mean(run["starts"] < 0) < 0.58 and np.abs(run["starts"]).max() <= 3**0.5


def of_the_silent_network_only_the_biases_of_the_output_move_and_every_image_gets_one_answer(run):
    alive, silent = run["sides"]["first weight +0.5"], run["sides"]["first weight -0.5"]
    moved = [name for name in silent.index if name.startswith("largest move") and float(silent[name])]
    assert moved == ["largest move, dense biases"] and silent["classes that it answers"] == 1
    assert float(silent["validation accuracy"]) < 0.14 < 0.7 < float(alive["validation accuracy"])
    assert all(float(alive[name]) > 0 for name in alive.index if name.startswith("largest move"))


def smaller_and_better_than_the_hidden_layer_of_c4_are_many(run):
    assert {"C5", "C8", "C9", "C10"} <= {*run["better"]}


def each_network_that_beats_everything_before_it_keeps_a_later_epoch_and_no_other_but_the_first(run):
    kept = run["evidence"]["weights kept"]
    assert {id for id in run["designs"] if kept[id] == "a later epoch"} == {"C0", *run["beaten"]}
    assert run["level"] == ["C10"]


def with_one_object_for_all_c1_is_set_back_to_epoch_1_and_c0_and_c3_are_not(run):
    logs, kept = run["shared"]
    assert kept["C1"][0] == 1 < min(kept["C0"][0], kept["C3"][0])
    assert max(logs["C1"]) > logs["C1"][0] + 0.1


def with_a_new_object_each_network_keeps_its_best_epoch(run):
    logs, kept = run["fresh"]
    for id, log in logs.items():
        assert kept[id][0] == 1 + np.argmax(log) > 1 and abs(kept[id][1] - max(log)) < 1e-3


def the_training_was_the_same_on_both_sides(run):
    assert run["apart"] < 0.02


def the_best_epoch_lies_a_little_above_the_last_one(run):
    assert len(run["gaps"]) > 2 and 0 < run["gaps"].mean() < 0.003 and run["gaps"].min() >= 0


def one_hundred_images_cannot_separate_0990_from_0993(run):
    fewer, more = np.mean(run["stronger"] < run["weaker"]), np.mean(run["stronger"] > run["weaker"])
    assert more < fewer < 0.5 and more > 0.2 and np.mean(run["weaker"] == 0) > 0.3


def not_even_the_whole_test_set_is_enough_and_fifteen_thousand_images_are(run):
    told_apart = run["share_told_apart"]
    assert told_apart(0.990, 0.993, 100) < 0.1
    assert 0.55 < told_apart(0.990, 0.993, 10_000) < 0.75
    assert 0.77 < told_apart(0.990, 0.993, 15_000) < 0.85
