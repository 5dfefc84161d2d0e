"""When a figure counts as agreeing with recorded runs: by numbers that were worked out by hand or by scipy."""

import numpy as np
import pytest
from scipy import stats

from coursekit.record.agreement import (
    Difference,
    Verdict,
    interval,
    of_an_order,
    prediction,
    resampled,
    resolution,
    shift,
    welch,
    with_bounds,
    with_figure,
)

DRAW = np.random.default_rng(3)


# --- intervals ---


def test_the_interval_of_a_mean_is_student_s():
    # 2, 4, 6: mean 4, standard deviation 2, t(2) = 4.303: 4 +- 4.303 * 2 / sqrt(3).
    assert interval([2, 4, 6]) == pytest.approx((4 - 4.968, 4 + 4.968), abs=0.001)
    with pytest.raises(ValueError, match="at least 2 values, got 1"):
        interval([1.0])


def test_welch_s_interval_is_scipy_s():
    one, two = DRAW.normal(0.7, 0.01, 5), DRAW.normal(0.71, 0.03, 8)
    theirs = stats.ttest_ind(one, two, equal_var=False).confidence_interval(0.95)
    found = welch(one, two)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high))
    assert welch([1, 1, 1], [2, 2, 2]) == Difference(-1.0, -1.0, -1.0)


def test_one_more_run_has_a_wider_interval_than_the_mean_of_many():
    # Mean 0.991, standard deviation 0.001, 3 runs: 4.303 * 0.001 * sqrt(4/3) = 0.0050 for one run.
    samples = [0.990, 0.991, 0.992]
    assert prediction(samples, 0.991, 1).half == pytest.approx(0.00497, abs=1e-5)
    assert prediction(samples, 0.991, 10).half == pytest.approx(
        4.303 * 0.001 * np.sqrt(1 / 3 + 1 / 10), abs=1e-5
    )


def test_the_shift_by_ranks_moves_with_the_data_and_holds_the_truth_as_often_as_it_says():
    assert shift([11, 12, 13, 14], [1, 2, 3, 4]).estimate == 10
    held = 0
    for _ in range(400):
        one, two = DRAW.normal(0, 1, 10), DRAW.normal(0.5, 1, 10)
        found = shift(one, two)
        held += found.low <= -0.5 <= found.high
    assert 0.92 < held / 400 < 0.99


def test_runs_drawn_again_give_about_the_spread_of_a_mean_of_ten():
    samples = np.linspace(0.1, 0.4, 10)
    found = resampled(samples, 0.25, 10)
    assert found.estimate == pytest.approx(0)
    assert found.half == pytest.approx(1.96 * np.std(samples) * np.sqrt(1 / 10 + 1 / 10), rel=0.05)


# --- one figure ---


def test_a_figure_is_compatible_only_where_a_difference_would_have_been_seen():
    near, wide = [0.700, 0.701, 0.702, 0.701, 0.700], [0.66, 0.72, 0.70, 0.68, 0.74]
    assert with_figure(near, [0.7012], of="test accuracy").mark == "compatible"
    assert with_figure(near, [0.72], of="test accuracy").mark == "lower"
    assert with_figure(near, [0.68], of="test accuracy").mark == "higher"
    assert with_figure(wide, [0.7012], of="test accuracy").mark == "too wide to say"


def test_an_interval_from_minus_sixty_to_a_hundred_says_nothing():
    losses = [2.0, 40.0, 3.0, 55.0, 1.0]
    found = with_figure(losses, [0.64], of="validation loss")
    assert found.mark == "too wide to say" and found.difference.low < -40 and found.difference.high > 80


def test_the_resolution_is_a_point_half_of_few_errors_a_tenth_of_a_loss_and_one_of_a_count():
    assert resolution("test accuracy", 0.7) == 0.01
    assert resolution("test accuracy", 0.99) == pytest.approx(0.005)
    assert resolution("validation loss", 0.4) == pytest.approx(0.04)
    assert resolution("epochs until stopped", 21) == 1


def test_several_runs_of_a_study_are_compared_by_their_own_spread():
    ours, theirs = [0.740, 0.741, 0.742, 0.741, 0.740], [0.72, 0.77, 0.71, 0.76, 0.70]
    found = with_figure(ours, theirs, of="test accuracy")
    assert found.mark == "too wide to say"
    assert found.difference == welch(ours, theirs)


def test_by_ranks_one_outlier_decides_nothing():
    ours = [0.85, 0.86, 0.84, 0.85, 0.86, 0.10, 0.85, 0.84, 0.86, 0.85]
    theirs = [value - 0.05 for value in ours]
    assert with_figure(ours, theirs, of="test accuracy", ranks=True).mark == "higher"
    assert with_figure(ours, theirs, of="test accuracy").mark == "too wide to say"


def test_by_ranks_a_single_run_outside_the_range_of_five_is_not_yet_a_contradiction():
    ours = [0.70, 0.71, 0.72, 0.73, 0.74]
    outside = with_figure(ours, [0.9], of="test accuracy", ranks=True)
    assert (outside.mark, outside.why) == (
        "too wide to say",
        "outside the range of 5 runs, as 2 in 6 would be by chance",
    )
    assert with_figure(ours * 8, [0.9], of="test accuracy", ranks=True).mark == "lower"
    assert with_figure([0.71, 0.712, 0.714], [0.712], of="test accuracy", ranks=True).mark == "compatible"


# --- bounds ---


@pytest.mark.parametrize(
    ("samples", "mark"),
    [
        ([0.95, 0.951, 0.952], "compatible"),
        ([0.85, 0.9, 0.95], "too wide to say"),
        ([0.80, 0.801, 0.802], "lower"),
    ],
)
def test_a_bound_is_met_when_the_whole_interval_of_the_mean_meets_it(samples, mark):
    assert with_bounds(samples, 0.9, None).mark == mark


def test_by_ranks_the_interval_of_the_median_leaves_the_outermost_runs_out():
    samples = [0.1, 0.61, 0.62, 0.63, 0.64, 0.65, 0.66, 0.67, 0.68, 0.9]
    found = with_bounds(samples, 0.5, 0.75, ranks=True)
    assert found.mark == "compatible"
    assert (found.difference.low, found.difference.high) == pytest.approx((0.61 - 0.5, 0.68 - 0.5))
    assert with_bounds([0.1, 0.61, 0.62, 0.63, 0.64], 0.5, 0.75, ranks=True).mark == "too wide to say"


# --- orders ---


def test_to_beat_all_needs_every_pair_and_to_be_beaten_one_that_survives_the_correction():
    level = [0.90, 0.901, 0.902]
    runs = {name: level for name in "abcde"}
    assert of_an_order(runs, "a", best=True).why == "not to be told apart from b, c, d, e"
    assert of_an_order({**runs, "a": [0.95, 0.951, 0.952]}, "a", best=True).mark == "compatible"
    beaten = of_an_order({**runs, "c": [0.97, 0.971, 0.972]}, "a", best=True)
    assert (beaten.mark, beaten.why) == ("lower", "c is")
    assert of_an_order({**runs, "a": [0.5, 0.501, 0.502]}, "a", best=False).mark == "compatible"


def test_a_rival_ahead_at_95_per_cent_is_not_yet_ahead_of_four():
    named, rival = [0.900, 0.901, 0.902, 0.903, 0.904], [0.9028, 0.9038, 0.9048, 0.9058, 0.9068]
    others = {name: [0.80, 0.801, 0.802, 0.803, 0.804] for name in "cdef"}
    assert of_an_order({"a": named, "b": rival}, "a", best=True).mark == "lower"
    assert (
        of_an_order({"a": named, "b": rival, **others}, "a", best=True).why == "not to be told apart from b"
    )


def test_of_many_equal_networks_none_is_called_the_best_or_beaten_by_chance():
    marks = []
    for _ in range(60):
        runs = {str(n): DRAW.normal(0.97, 0.002, size=5).tolist() for n in range(16)}
        marks.append(of_an_order(runs, "0", best=True).mark)
    assert marks.count("too wide to say") >= 54


# --- as text ---


def test_a_verdict_says_what_was_recorded():
    assert Verdict("not judged", ()).recorded == "open"
    assert Verdict("not judged", (0.5,)).recorded == "0.5000 (1 run)"
    assert Verdict("not judged", (0.4, 0.6)).recorded == "0.5000 ± 0.1414 (2 runs)"
    assert (
        Verdict("not judged", (0.1, 0.5, 0.4), ranks=True).recorded
        == "median 0.4000, 0.1000 to 0.5000 (3 runs)"
    )
    assert Verdict("not judged", (3, 3)).recorded == "3 (2 runs)"
    assert str(Difference(-0.0021, -0.006, 0.0018)) == "-0.0021 [-0.0060, +0.0018]"
    assert str(Difference(4.2552, -0.0527, 10_277_630_975.36)) == "+4.2552 [-0.0527, +10,277,630,975]"
