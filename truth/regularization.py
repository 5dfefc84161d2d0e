"""What the chapter regularization says of its runs."""

import numpy as np

from coursekit.record import claims


def gains(run, name):
    return np.asarray(run["gained"][name])


def the_plain_network_learns_most_wrong_labels_by_heart(run):
    assert run["learnt_wrong"] > 0.7


def its_validation_accuracy_is_highest_long_before_the_end(run):
    curve = run["curve"]
    assert curve.idxmax() < 0.7 * curve.index[-1] and curve.max() > curve.iloc[-1] + 0.03


def its_validation_loss_turns_and_rises(run):
    loss = run["plain"].history.groupby("epoch")["val_loss"].mean()
    assert loss.idxmin() < 0.6 * loss.index[-1] and loss.iloc[-1] > loss.min() * 1.2


def with_four_times_as_many_images_the_gap_shrinks_from_both_sides(run):
    (few_right, few_new), (more_right, more_new) = run["by_size"][600], run["by_size"][2_400]
    assert more_right < few_right and more_new > few_new


def l2_dropout_and_augmentation_gain_accuracy(run):
    for name in ("L2", "dropout", "augmentation"):
        assert gains(run, name).mean() > 0.01, name


def early_stopping_gains_accuracy_in_every_run(run):
    assert gains(run, "early stopping").min() > 0


def with_l2_dropout_and_augmentation_fewer_wrong_labels_are_learnt_by_heart(run):
    for runs in (run["penalized"], run["dropped"], run["copies"]):
        assert run["by_heart"](runs) < run["learnt_wrong"] - 0.1


def batch_norm_costs_accuracy_here_and_in_the_record(run):
    assert gains(run, "batch norm").mean() < 0 < min(gains(run, name).mean() for name in ("L2", "dropout"))
    recorded_late = run["recorded_late"]
    for id in ("R4", "R5"):
        gain = (recorded_late(id) - recorded_late("R1")).dropna()
        assert len(gain) < 3 or claims.interval(gain)[1] < 0


def the_price_draws_the_weights_to_zero(run):
    assert run["spread"]["L2"] < 0.8 * run["spread"]["no remedy"]
    assert np.abs(run["first_kernels"](run["penalized"])).mean() < 0.01


def the_penalty_by_keras_is_that_of_the_formula(run):
    assert abs(run["by_keras"] / run["by_formula"] - 1) < 1e-4


def with_the_small_rate_batch_norm_is_far_ahead_in_a_deep_network(run):
    end = {setting: runs.final().mean() for setting, runs in run["deep"].items()}
    assert end["batch norm", 0.01] > end["no remedy", 0.01] + 0.1
    assert end["no remedy", 0.01] < 0.6


def raw_pixels_start_far_above_guessing_and_scaled_ones_at_it(run):
    assert run["fresh"]["raw"] > 10 and 2 < run["fresh"]["scaled"] < 3


def a_larger_rate_makes_up_for_most_of_the_distance_to_batch_norm(run):
    reached = run["reached"]
    slow, fast = reached["none", 0.01], reached["none", 0.1]
    best = max(reached["batch norm", 0.01], reached["batch norm", 0.1])
    assert fast - slow > 0.5 * (best - slow)


def in_the_record_no_scaled_run_is_lost_and_some_raw_ones_are(run):
    assert run["worst"](run["on_scaled"]) > 0.6 and run["worst"](run["on_raw"]) < 0.2


def in_the_record_batch_norm_has_the_highest_training_accuracy_and_the_widest_gap_on_scaled_pixels(run):
    for c in (1, 2):
        for which in (0, 2):
            middle = {name: run["median_of"](name, which, run["on_scaled"], c) for name in run["names"]}
            assert max(middle, key=middle.get) == "batch norm"
        assert abs(run["median_of"]("none", 2, run["on_scaled"], c)) < 0.01


def in_the_record_most_raw_runs_without_batch_norm_end_above_the_scaled_ones(run):
    for key in run["ids"]:
        if key[1] != "batch norm":
            raw, scaled = (run["column"](run[pairs], key, 1) for pairs in ("on_raw", "on_scaled"))
            assert np.mean(np.array(raw) > max(scaled)) > 0.5


def the_distance_of_the_study_s_validation_and_test_score_is_ordinary_chance(run):
    validation, test = 0.8969, 0.8923
    error = np.sqrt((validation * (1 - validation) + test * (1 - test)) / 9_000)
    assert run["source"][1, "batch norm"] == validation and validation - test < 1.96 * error < 0.0091
