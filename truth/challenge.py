"""What the chapter challenge says of its runs."""

import numpy as np
import pytest


def the_second_and_the_third_convolution_have_equal_parameters_and_a_quarter_of_the_arithmetic(run):
    priced = run["priced"]
    assert priced["parameters"][1] == priced["parameters"][2]
    assert priced["multiplications"][1] == 4 * priced["multiplications"][2]


def a_network_that_is_fed_with_the_wrong_pixels_is_worse_and_far_too_sure(run):
    right, wrong, with_rescaling = (run["handed_over"].iloc[row] for row in range(3))
    assert wrong["accuracy"] < right["accuracy"] - 0.05 and wrong["loss"] > 4 * right["loss"]
    assert with_rescaling["accuracy"] == pytest.approx(right["accuracy"], abs=0.003)


def moved_digits_help_most_on_the_changed_copies(run):
    assert run["helped"]["transformed"] > 0.03
    assert run["helped"]["transformed"] > run["helped"]["accuracy"]


def a_schedule_that_comes_to_its_end_beats_one_that_is_cut_off(run):
    assert run["gained"]["accuracy"] > 0.01 and run["gained"]["loss"] < 0


def copies_take_the_recorded_entry_from_85_to_64_in_a_hundred(run):
    photographs, digits = run["reached"]["H2"], run["reached"]["H1"]
    assert [round(photographs[of], 2) for of in ("accuracy", "transformed")] == [0.85, 0.64]
    assert digits["accuracy"] - digits["transformed"] < 0.02


def the_best_of_two_hundred_equal_entries_looks_better_than_they_are(run):
    for name, true in run["truth"].items():
        assert run["winners"][name][0] == pytest.approx(true, abs=0.0005)
        assert np.all(np.diff(run["winners"][name]) > 0) and run["winners"][name][-1] > true + 0.0015


def the_copy_catches_the_table_and_not_who_trained_on_the_public_images(run):
    table, trained, honest = (run["rows"][f"entry {name}"] for name in "PQR")
    assert table["public"] == 1 and table["public, transformed"] < 0.3 and table["fresh"] < 0.3
    assert trained["public, transformed"] > honest["public, transformed"] - 0.06
    assert trained["public"] > 0.8 < honest["public"]


def the_first_win_is_nine_digits_in_ten_in_seconds(run):
    assert run["log"][0][3] > 0.88 and run["won_in"] < 20


def one_change_at_a_time_the_entry_gets_better_and_a_change_that_harms_is_dropped(run):
    assert len(run["log"]) == 5 and "mean" not in run["settings"]
    assert run["log"][-1][-1] == "harm"
    assert run["best"].mean() > run["start"].mean() + 0.005


def the_residual_network_learns_more_by_far_than_the_plain_one_of_equal_depth_and_size(run):
    plain, residual = run["deep"]["plain"], run["deep"]["residual"]
    assert plain["parameters"] == residual["parameters"]
    assert residual["validation accuracy"] > plain["validation accuracy"] + 0.2
