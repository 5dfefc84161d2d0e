"""What the chapter mnist-cnn says of its runs. (The cells of tests run before these, and use some names again.)"""

import numpy as np


def an_mlp_does_with_permuted_digits_what_it_does_with_digits(run):
    assert abs(run["mlp"].final().mean() - run["mlp_permuted"].final().mean()) < 0.02
    assert run["mlp_apart"] < 1e-5


def keras_and_the_loops_make_the_same_maps(run):
    assert run["feature_map"].tolist() == [[0, -1, -1], [1, 2, 1], [-1, 0, 0]]
    assert np.abs(run["by_hand"] - run["second"](run["maps"])).max() < 1e-5
    assert np.allclose(
        run["layer"](run["digit"][None, :, :, None])[0], np.moveaxis(run["edges"], 0, -1), atol=1e-5
    )


def a_layer_finds_the_kernel_from_examples(run):
    assert np.abs(run["learnt"] - [[1, 1, 1], [0, 0, 0], [-1, -1, -1]]).max() < 0.2


def the_map_of_horizontal_edges_is_positive_where_it_is_bright_above_and_zero_where_it_is_even(run):
    digit, edges = run["digit"], run["edges"][0]
    row, column = np.unravel_index(edges.argmax(), edges.shape)
    assert digit[row, column : column + 3].sum() > digit[row + 2, column : column + 3].sum() + 1
    even = [(i, j) for i in range(26) for j in range(26) if np.ptp(digit[i : i + 3, j : j + 3]) == 0]
    assert even and all(edges[place] == 0 for place in even)


def after_pooling_a_quarter_is_left_and_the_strong_edges_are_still_there(run):
    positive, coarse = run["positive"][..., 0], run["coarse"][..., 0]
    assert coarse.size * 4 == positive.size
    for fine, small in zip(positive, coarse, strict=True):
        row, column = np.unravel_index(fine.argmax(), fine.shape)
        assert small.max() == fine.max() == small[row // 2, column // 2]


def at_first_the_validation_accuracy_lies_above_the_training_accuracy(run):
    assert run["b1_log"]["val_accuracy"][1] > run["b1_log"]["accuracy"][1]


def at_equal_epochs_small_batches_are_ahead(run):
    small, large = run["at_equal_epochs"]
    assert small > large + 0.01


def at_equal_updates_large_batches_are_about_as_good_or_better(run):
    small, large = run["at_equal_updates"]
    assert large > small - 0.02


def after_a_seed_fit_repeats_one_order_and_batches_brings_new_ones(run):
    import tensorflow as tf

    three_epochs = run["three_epochs"]
    tf.random.set_seed(None)
    without, seeded, later = (three_epochs(seed, reshuffled=False)["orders"] for seed in (None, 1, None))
    assert (without, seeded, later) == (3, 1, 1)
    mixed = [three_epochs(seed, reshuffled=True) for seed in (1, 1, 2)]
    assert mixed[0] == mixed[1] != mixed[2] and mixed[0]["orders"] == 3


def the_frozen_order_costs_on_unseen_images_and_the_training_accuracy_does_not_show_it(run):
    assert len(run["pair_seeds"]) > 2
    assert run["effects"]["test accuracy"] == run["effects"]["test loss"] == "worse"
    assert run["effects"]["training accuracy"] != "worse"


def two_convolutions_need_fewer_parameters_than_one(run):
    assert run["b2"].count_params() < run["b1"].count_params()


def on_permuted_digits_the_convolutional_network_is_worse_and_the_mlp_is_not(run):
    assert run["rise"]["two convolutions"] > 0.02 > abs(run["rise"]["MLP"])
    assert run["error"].loc["digits", "two convolutions"] < run["error"].loc["digits", "MLP"]


def softmax_and_sigmoid_end_with_the_same_losses_and_weights(run):
    assert np.allclose(run["loss_by_epoch"]["softmax"], run["loss_by_epoch"]["sigmoid"], rtol=1e-4)
    assert np.abs(run["trained"][0] - run["trained"][1]).max() < 1e-3


def nothing_makes_sigmoids_sum_to_1_and_the_answers_are_the_same(run):
    assert np.ptp(run["sums"]) > 0.2
    assert run["alike"] > 0.99 * len(run["sums"])


def pooling_helps_clearly_when_digits_move_by_two_pixels(run):
    assert run["two"]["two strides"] > run["two"]["two poolings"] + 0.03
    assert run["two"].drop("two poolings").min() > run["two"]["two poolings"]


def at_four_pixels_every_network_has_lost_much(run):
    assert np.all(run["moved"].loc[0] - run["moved"].loc[4] > 0.25)
    assert np.all(run["moved"].loc[1] >= run["moved"].loc[3])


def with_larger_batches_a_fresh_first_epoch_looks_worse(run):
    assert run["first"]["accuracy"][1] < run["b2_log"]["accuracy"][1] - 0.05
    assert run["b2_log"]["accuracy"][1] < run["b2_log"]["accuracy"].iloc[-1] - 0.02


def the_second_call_of_fit_goes_on_where_the_first_one_ended(run):
    first, again = run["first"]["accuracy"], run["again"]["accuracy"]
    assert again[1] > first[1] + 0.15 and again[1] > first.iloc[-1] - 0.02


def of_the_four_logs_y_alone_starts_high_and_hardly_moves(run):
    four = run["four"]
    start = four.xs(1, level="epoch")
    others = start.drop("Y")
    assert start.loc["Y", "accuracy"] > others["accuracy"].max() + 0.05
    assert start.loc["Y", "loss"] < others["loss"].min() / 2
    assert abs(np.diff(four.loc["Y"]["accuracy"])[0]) < 0.03


def no_two_scores_that_the_source_sets_side_by_side_can_be_told_apart(run):
    source, half = run["source"], run["half"]
    assert round(10_000 * (source["B6"] - source["B2"])) == 2
    for better, worse in (("B6", "B2"), ("B1", "B4"), ("B1", "B5"), ("B2", "B3")):
        assert 0 < source[better] - source[worse] < np.hypot(half[better], half[worse])
