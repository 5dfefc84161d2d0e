"""What the chapter mnist-mlp says of its runs."""

import numpy as np

from coursekit.record import claims


def finals(runs, metric="val_accuracy"):
    return runs.final(metric).to_numpy()


def the_network_by_hand_and_by_keras_differ_by_rounding(run):
    assert np.abs(run["by_hand"] - run["by_keras"]).max() < 1e-5


def before_training_it_is_right_about_as_often_as_by_guessing(run):
    history = run["history"].history
    untrained = np.mean(run["first"].clip(min=0).argmax(axis=1) == run["mnist"].y_val)
    assert untrained < 0.3 < 0.4 < history["val_accuracy"][0]


def in_the_first_epoch_the_training_accuracy_is_the_lower_one(run):
    history = run["history"].history
    assert history["accuracy"][0] < history["val_accuracy"][0]


def an_answer_that_is_hardly_given_leaves_most_pictures_of_its_digit_to_others(run):
    for digit in run["never"]:
        assert np.mean(run["predicted"][run["mnist"].y_val == digit] == digit) < 0.2


def with_one_network_and_other_seeds_ten_runs_end_far_apart(run):
    assert np.ptp(finals(run["ten"])) > 0.15


def the_first_trial_begins_as_the_ten_runs_do(run):
    begun, same = run["ten"].history, run["trials"]["SGD 0.1"].history
    same = same[same["epoch"] <= begun["epoch"].max()]
    np.testing.assert_allclose(begun["val_accuracy"], same["val_accuracy"], atol=0.002)


def in_each_trial_runs_end_without_some_of_the_digits(run):
    for runs in run["trials"].values():
        assert (finals(runs, "lost") > 0).sum() >= 2


def the_more_digits_a_run_has_lost_the_lower_it_ends_and_each_costs_about_a_tenth(run):
    slope, level = np.polyfit(run["evidence"]["lost"], run["evidence"]["val_accuracy"], 1)
    assert -0.14 < slope < -0.06 and level > 0.85


def the_outputs_of_lost_digits_are_silent_and_the_others_are_above_zero_on_most_images(run):
    lost, alive = run["lost_classes"](run["stuck"]), run["alive"]
    silent = np.flatnonzero(alive < 0.05)
    assert len(lost) >= 2 and len({*lost} ^ {*silent}) <= 1
    assert np.median(np.delete(alive, lost)) > 0.8 and (np.delete(alive, silent) > 0.5).sum() >= 9 - len(
        silent
    )


def a_silent_output_has_a_large_error_and_hardly_any_gradient(run):
    silent, errors, pulls = run["silent"], run["errors"], run["pulls"]
    assert errors[silent].min() > 1.5 * np.median(errors[~silent])
    assert np.median(pulls[silent]) < np.median(pulls[~silent]) / 3


def a_silent_0_costs_less_accuracy_than_any_other_output_and_about_as_much_loss(run):
    accuracy, loss = run["silenced"].to_numpy().T
    awake = np.flatnonzero(loss > 0.002)
    others = awake[awake > 0]
    assert len(others) >= 6
    assert accuracy[others].max() < min(-0.03, accuracy[0] - 0.01)
    if 0 in awake:
        assert 0.6 * np.median(loss[others]) < loss[0] < 0.012


def with_softmax_all_runs_lie_in_one_narrow_band_above_every_run_that_has_lost_a_digit(run):
    repaired, adam = finals(run["repaired"]), run["trials"]["Adam"]
    assert repaired.std() < finals(adam).std() / 5 and np.ptp(repaired) < 0.03
    assert repaired.min() > run["evidence"].loc[run["evidence"]["lost"] > 0, "val_accuracy"].max()


def two_units_are_too_few_sixteen_do_most_of_the_work_and_doubling_adds_little_after_that(run):
    reached = run["reached"]
    assert reached[16] - reached[2] > 0.25
    for width in (16, 32, 64):
        assert reached[2 * width] - reached[width] < 0.03
    assert 0.01 < reached[128] - reached[16] < 0.06


def a_wide_network_is_better_on_its_training_images_than_on_others(run):
    assert run["gaps"][128] > 0.008


def without_a_hidden_layer_the_network_is_the_worst_of_the_four(run):
    none, *others = (finals(runs).mean() for runs in run["by_depth"].values())
    assert none < min(others)


def a_narrow_first_layer_is_a_bottleneck_and_a_narrow_second_one_much_less(run):
    mean = {pair: finals(runs).mean() for pair, runs in run["by_pair"].items()}
    assert mean[8, 128] + 0.01 < mean[128, 8] < mean[128, 128] + 0.005


def much_dropout_starves_the_network_and_puts_training_accuracy_below_validation_accuracy(run):
    train, validation = (
        {rate: finals(runs, of).mean() for rate, runs in run["by_rate"].items()}
        for of in ("accuracy", "val_accuracy")
    )
    assert validation[0.8] < validation[0] - 0.03
    assert train[0] > validation[0] and train[0.5] < validation[0.5] and train[0.8] < validation[0.8] - 0.1
    assert validation[0.2] < validation[0] + 0.01


def on_record_the_first_hidden_layer_brings_the_large_step(run):
    mean = [np.mean([of["test"]["accuracy"] for of in claims.recorded(f"A7a-{depth}")]) for depth in range(4)]
    assert mean[1] - mean[0] > 0.03 and abs(mean[2] - mean[1]) < 0.002 and abs(mean[3] - mean[2]) < 0.002


def on_record_accuracy_grows_down_each_column_of_the_map_and_less_along_its_rows(run):
    grid = run["grid"].to_numpy()
    assert np.all(np.diff(grid, axis=0) > 0)
    assert np.all(np.ptp(grid, axis=1).mean() < np.ptp(grid, axis=0).mean() / 2)
    assert np.ptp(grid[2:, 2:]) < 0.005
