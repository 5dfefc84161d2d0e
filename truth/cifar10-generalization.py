"""What the chapter cifar10-generalization says of its runs."""

import numpy as np
import pytest


def a_functional_chain_and_a_sequential_one_compute_the_same(run):
    functional, sequential = run["functional"], run["sequential"]
    images = run["cifar"].x_val[:20]
    assert np.allclose(functional(images), sequential(images), atol=1e-6)


def the_validation_loss_grows_while_the_training_loss_falls_and_the_accuracy_hardly_falls(run):
    log = run["plain"].history
    best, end = log.loc[log["val_loss"].idxmin()], log.iloc[-1]
    assert end["val_loss"] > best["val_loss"] + 0.1
    assert end["loss"] < 0.7 * best["loss"]
    assert end["val_accuracy"] > best["val_accuracy"] - 0.04


def in_the_record_the_loss_grows_by_two_fifths_or_more_and_the_accuracy_stays(run):
    assert run["histories"]
    for history in run["histories"]:
        stop = int(np.argmin(history["val_loss"]))
        assert history["val_loss"][-1] > 1.4 * history["val_loss"][stop]
        assert abs(history["val_accuracy"][-1] - history["val_accuracy"][stop]) < 0.02


def wrong_answers_become_surer_and_dearer(run):
    sure, losses = run["confidence"]["wrong answers"], run["by_answer"](run["each_loss"])
    assert sure[-1] > sure[run["lowest"]] + 0.05
    assert losses["wrong answers"][-1] > losses["wrong answers"][run["lowest"]] + 0.3
    assert losses["right answers"][-1] < losses["right answers"][run["lowest"]]


def a_factor_takes_back_loss_and_changes_no_answer(run):
    assert len({accuracy for _, accuracy in run["softened"].values()}) == 1
    losses = {factor: loss for factor, (loss, _) in run["softened"].items()}
    assert min(losses.values()) < losses[1.0] - 0.1
    assert min(losses, key=losses.get) < 0.9


def the_long_training_looks_like_a_later_epoch_of_a_fresh_network(run):
    histories, source = run["histories"], run["source"]
    at_7 = [history["accuracy"][6] for history in histories]
    assert source["G1"]["train accuracy", 7] > max(at_7) + 0.03
    assert min(at_7) < source["G3"]["train accuracy", 7] < max(at_7)
    assert all(epoch in (11, 12, 13) for epoch in run["reached"])


def the_callback_finds_the_best_epoch_with_enough_patience_and_more_only_lengthens_the_training(run):
    losses, ran, found = run["log"]["val_loss"], 0, []
    for patience in (1, 2, 3, 5, 10):
        epochs, back = run["played"](losses, patience)
        assert epochs >= ran and back == 1 + int(np.argmin(losses[:epochs]))
        ran, found = epochs, [*found, losses[back - 1]]
    assert found == sorted(found, reverse=True)


def after_early_stopping_the_network_has_the_loss_of_its_best_epoch(run):
    kept = run["at_best"](run["stopped"]).iloc[0]
    assert run["restored"]["loss"] == pytest.approx(kept["val_loss"], abs=1e-4)


def a_hundred_times_the_images_are_a_tenth_of_the_luck(run):
    bonus = run["bonus"]
    assert 8 < bonus[100] / bonus[10_000] < 12
    assert bonus[10_000] < 0.011 < bonus[3_000]


def on_thousands_of_images_a_choice_by_the_loss_costs_a_hundredth_at_most(run):
    assert run["measured"] and all(abs(value) < 0.012 for value in run["measured"].values())


def the_flips_cost_photographs_and_digits_what_the_text_says(run):
    as_is, mirrored, turned = run["flips"]["photographs"].values()
    assert mirrored > as_is - 0.08 and turned < as_is - 0.12
    as_is, mirrored, turned = run["flips"]["digits"].values()
    assert as_is > 0.9 and max(mirrored, turned) < 0.6


def a_warm_network_needs_no_images_and_a_fresh_one_does(run):
    fresh, warm = run["fresh_scores"], run["warm_scores"]
    few, all_images = run["least"], np.mean(run["fresh_scores"][run["everything"]])
    assert warm[few] > np.mean(fresh[few]) + 0.08
    assert max(warm.values()) - min(warm.values()) < 0.06 < 0.1 < all_images - np.mean(fresh[few])


def the_warm_log_has_the_three_signs_of_the_study_s(run):
    few, all_images = run["least"], np.mean(run["fresh_scores"][run["everything"]])
    assert run["firsts"][1] > 0.4 > 0.2 > run["firsts"][0]
    assert run["bests"][1] <= 3 < run["bests"][0]
    assert abs(run["warm_scores"][few] - all_images) < 0.06


def augmenting_layers_do_nothing_in_prediction(run):
    assert np.array_equal(run["through_layers"](run["two"], training=False), run["two"])
    assert not np.array_equal(run["sheets"][1], run["two"])


def augmentation_narrows_the_gap_from_the_side_of_the_training_accuracy(run):
    plain, augmented = run["remedies"]["plain"], run["remedies"]["augmented"]
    assert augmented["gap"] < plain["gap"] - 0.1
    assert augmented["training accuracy"] < plain["training accuracy"] - 0.08


def a_rate_that_sinks_to_nothing_brings_the_answers_to_rest(run):
    changed = run["remedies"].loc["answers changed in the last epoch"]
    assert changed["augmented, cosine"] < 0.06 < 0.12 < min(changed["plain"], changed["augmented"])
