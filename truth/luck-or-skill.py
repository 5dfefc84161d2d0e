"""What the chapter luck-or-skill says of its runs, of its games of chance and of the record."""

import numpy as np
import pytest
from scipy import stats

from coursekit.record import claims


def where_the_record_is_missing_the_cell_has_the_same_numbers(run):
    for units, kept in run["KEPT"].items():
        runs = claims.recorded(f"A6-{units}")
        assert runs and [round(10_000 * each["test"]["accuracy"]) for each in runs] == kept
        assert run["scores"][units] == pytest.approx(np.array(kept) / 10_000)


def about_two_thirds_of_the_runs_lie_within_a_standard_deviation(run):
    inside = [
        np.mean(np.abs(values - values.mean()) <= values.std(ddof=1)) for values in run["scores"].values()
    ]
    assert 0.55 < np.mean(inside) < 0.8


def a_network_that_is_better_by_far_wins_and_of_close_ones_the_better_one_often_loses(run):
    by_far, _, close = run["contest"]
    assert by_far > 0.98 and 0.5 < close < 0.8


def means_of_five_scatter_the_root_of_five_times_less(run):
    assert run["ten"].std() / run["means"].std() == pytest.approx(5**0.5, rel=0.1)


def with_1_96_too_many_intervals_miss_and_student_makes_up_for_it(run):
    assert run["covers"](1.96).mean() < 0.91 < run["covers"](run["student"]).mean() < 0.98


def the_next_run_often_misses_the_interval_of_the_mean_and_seldom_the_prediction_interval(run):
    assert run["inside_mean"].mean() < 0.8 and 0.93 < run["inside_next"].mean() < 0.995


def a_run_of_0_9640_does_not_fit_the_mean_and_is_nothing_special_as_a_next_run(run):
    low, high = claims.interval(run["ten"])
    assert not low <= 0.964 <= high and run["least"] <= 0.964 <= run["most"]


def an_accident_hardly_ever_makes_the_difference_of_64_and_128_units(run):
    assert run["observed"] > 0
    assert np.mean(np.abs(run["dealt"]) >= run["observed"] - 1e-12) < 0.02


def two_ways_give_one_verdict_up_to_128_units_told_apart_beyond_not(run):
    for small, large, apart in ((32, 64, True), (64, 128, True), (128, 256, False)):
        one, two = run["scores"][large], run["scores"][small]
        dealt = run["deal_anew"](one, two)
        p = np.mean(np.abs(dealt) >= abs(dealt[0]) - 1e-12)
        assert ((p < 0.05), run["welch"](one, two).side()) == (apart, "higher" if apart else "")


def a_gain_of_a_few_thousandths_from_128_to_256_units_fits_as_well_as_none(run):
    found = run["welch"](run["scores"][256], run["scores"][128])
    assert found.low < 0 and 0.002 < found.high < 0.006


def three_runs_show_the_better_network_in_about_one_study_of_five(run):
    assert 0.13 < run["power"][64, 128][0] < 0.3


def the_formula_says_nearly_what_the_game_says(run):
    for pair, shares in run["power"].items():
        assert np.interp(0.8, shares, run["numbers"]) == pytest.approx(run["needed"][pair], rel=0.35)
    ratio = run["needed"][128, 256] / run["needed"][64, 128]
    assert ratio == pytest.approx(4, rel=0.2)


def the_scores_of_other_test_sets_lie_where_the_formula_says(run):
    low, high = np.percentile(run["drawn"], [2.5, 97.5])
    assert (low, high) == (pytest.approx(0.98805, abs=4e-4), pytest.approx(0.99195, abs=4e-4))


def twelve_images_do_not_tell_the_two_scores_of_the_study_apart(run):
    first, second = run["source"].values()
    assert round(10_000 * (first - second)) == 12
    assert first - second < 1.96 * np.sqrt((first * (1 - first) + second * (1 - second)) / 10_000)


def the_game_with_coins_comes_near_to_the_exact_test(run):
    exact = stats.binomtest(int(run["only_large"]), int(run["tosses"])).pvalue if run["tosses"] else 1
    assert run["as_uneven"].mean() == pytest.approx(exact, abs=0.025)


def the_same_images_are_sharper_than_bare_scores(run):
    assert len(run["both"]) and (run["same"] < run["bare"]).all()


def the_best_of_twenty_is_too_good_and_on_fresh_images_the_luck_is_gone(run):
    assert run["best"].mean() > run["true_accuracy"] + 0.003
    assert run["fresh"].mean() == pytest.approx(run["true_accuracy"], abs=2e-4)


def several_of_the_sixteen_pairs_are_crowned(run):
    assert len(run["crowned"]) > 3 and run["crowned"].max() < 0.8


def two_of_three_searches_find_something_and_with_bonferroni_few(run):
    p_values = run["p_values"]
    assert 0.03 < np.mean(p_values < 0.05) < 0.07
    assert 0.55 < np.mean(p_values.min(axis=1) < 0.05) < 0.75
    assert np.mean(p_values.min(axis=1) < 0.05 / 20) < 0.09
