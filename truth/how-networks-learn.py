"""What the chapter how-networks-learn says of its runs."""

import numpy as np
import pytest


def without_a_bend_two_layers_are_one_and_three_units_draw_nothing_but_a_line(run):
    assert (
        np.abs(run["two_layers"] - run["one_layer"]).max()
        < 1e-12
        < 1
        < np.abs(run["with_bend"] - run["one_layer"]).max()
    )
    assert np.abs(run["flat"]).max() < 1e-12
    np.testing.assert_allclose(run["tent"], np.maximum(0, 1 - np.abs(np.linspace(-2, 2, 401))), atol=1e-12)


def of_three_walkers_one_arrives_one_is_far_from_the_bottom_and_one_climbs_out(run):
    slow, good, wild = ([run["line_loss"](*place) for place in places] for places in run["walks"].values())
    least = run["height"].min()
    assert np.all(np.diff(slow) < 0) and slow[-1] > 10 * least
    assert good[5] < 2 * least and good[-1] < least + 1e-4
    assert np.all(np.diff(wild[3:]) > 0) and wild[-1] > wild[0]
    assert 0.3 < 2 / run["curvatures"][1] < 0.57


def backpropagation_by_hand_and_the_tape_agree(run):
    assert run["apart"] < 1e-6


def sums_vanish_explode_or_keep_their_size_with_the_size_of_the_first_weights(run):
    spread = {name: np.array([layer.std() for layer in sums]) for name, sums in run["by_start"].items()}
    assert not spread["all zero"].any()
    assert np.all(spread["too small"][1:] < spread["too small"][:-1] / 5)
    assert np.all(spread["too large"][1:] > spread["too large"][:-1] * 1.8)
    assert (
        np.all(spread["Glorot"][1:] < spread["Glorot"][:-1])
        and spread["Glorot"][-1] > spread["Glorot"][0] / 10
    )
    assert 0.5 < spread["He"].max() / spread["He"][0] < 1.6 and spread["He"].min() > spread["He"][0] / 1.6


def the_right_network_passes_the_four_checks(run):
    first, wrong_by, change, by_heart = run["found"]["no fault"]
    assert abs(first - np.log(10)) < 0.4 and wrong_by < 1e-5 and change < 0 and by_heart < 0.02


def each_planted_fault_is_found_by_the_checks_that_the_answer_names_and_by_no_other(run):
    passed = {
        name: [abs(first - np.log(10)) < 0.4, wrong_by < 1e-4, change < 0, by_heart < 0.02]
        for name, (first, wrong_by, change, by_heart) in run["found"].items()
    }
    assert passed["forgets b1"] == [True, False, True, True]
    assert passed["uphill"] == [True, False, False, False]
    assert passed["pixels to 255"] == [False, True, False, False]
    assert passed["wrong labels"] == [True, True, True, True]


def zeros():
    return [np.zeros((784, 32)), np.zeros(32), np.zeros((32, 10)), np.zeros(10)]


def of_a_network_of_zeros_only_the_last_biases_move(run):
    _, gradients = run["forward_and_back"](run["x_train"][:20], run["targets_train"][:20], zeros())
    assert [bool(gradient.any()) for gradient in gradients] == [False, False, False, True]


def it_passes_all_checks_but_the_last_and_the_first_one_exactly(run):
    first, wrong_by, change, by_heart = run["four_checks"](run["forward_and_back"], zeros())
    assert first == pytest.approx(np.log(10)) and wrong_by < 1e-6 and -0.1 < change < 0 and by_heart > 1


def the_network_in_numpy_reads_new_digits(run):
    assert run["reached"] > 0.92
    assert run["seconds"] < 60
    assert run["learnt"] == ["Glorot", "He"]
