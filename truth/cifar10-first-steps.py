"""What the chapter cifar10-first-steps says of its runs."""

import numpy as np

from coursekit.record import agreement, claims


def templates_recognise_most_digits_and_few_photographs(run):
    table = run["baselines"]
    assert table.loc[run["mnist"].title].min() > 0.5 > 0.4 > table.loc[run["cifar"].title].max()
    assert table.loc[run["cifar"].title].min() > 0.1


def the_ten_runs_end_far_apart_and_some_below_templates(run):
    assert np.ptp(run["ends"]) > 0.05
    assert (run["ends"] < run["template"]).any()


def most_hidden_units_are_dead_at_the_end_and_were_so_after_one_epoch(run):
    living = run["ten"].history.pivot(index="epoch", columns="run", values="living")
    assert living.iloc[0].mean() < 12 and living.iloc[-1].mean() < 12
    assert living.iloc[-1].max() < 32 / 2


def where_more_units_survive_the_accuracy_tends_to_be_higher(run):
    living, score = run["ten"].final("living"), run["ten"].final()
    assert living.corr(score, method="spearman") > 0.3


def with_no_living_unit_a_tenth_of_the_answers_are_right(run):
    living, score = run["ten"].final("living"), run["ten"].final()
    assert score[living == 0].empty or abs(score[living == 0] - 0.1).max() < 0.06


def raw_photographs_kill_units_in_twenty_steps_and_centred_ones_none(run):
    raw, centred = (run["count_alive"](run[name]) for name in ("steps_raw", "steps_centred"))
    assert raw[-1] < raw[0] - 8
    assert centred[-1] == centred[0] == 32


def centred_bands_stay_on_both_sides_of_0(run):
    shown = run["steps_centred"][-1][:, run["shown"]]
    assert (shown.min(axis=0) < 0).all() and (shown.max(axis=0) > 0).all()


def nearly_all_weights_of_a_unit_are_pushed_one_way(run):
    assert run["same_direction"](run["cifar"]) > 0.8
    assert run["same_direction"](run["centred"]) < 0.8


def one_step_can_carry_a_unit_several_standard_deviations_away(run):
    assert 0.001 * run["pixel_sum"] > 2 * run["spread"]


def black_on_white_the_pixel_sum_grows_more_than_sixfold_and_units_die(run):
    totals = [run["worlds"][name].x_train.sum() for name in ("MNIST", "MNIST, black on white")]
    assert totals[1] > 6 * totals[0]
    digits, inverted = (run["count_alive"](run["steps_of"][n]) for n in ("MNIST", "MNIST, black on white"))
    assert digits[-1] >= digits[0] - 2
    assert inverted[-1] < inverted[0] - 2 and inverted[-1] < digits[-1]


def centred_units_live_and_their_runs_agree(run):
    centred = run["treated"]["centred pixels"]
    assert centred.final("living").min() >= 31
    assert np.ptp(centred.final()) < 0.06
    assert centred.final().min() > run["ends"].mean() + 0.05


def small_steps_spare_units_but_learn_slowly(run):
    slow, centred = run["treated"]["rate 0.0001"], run["treated"]["centred pixels"]
    assert slow.final("living").mean() > run["ten"].final("living").mean() + 8
    assert slow.final().mean() < centred.final().mean()


def leaky_units_stay_behind_centred_pixels(run):
    assert run["treated"]["leaky ReLU"].final().mean() < run["treated"]["centred pixels"].final().mean()


def another_start_is_no_cure(run):
    other = run["treated"]["other start"]
    assert other.final("living").max() < 20
    assert other.final().mean() < run["treated"]["centred pixels"].final().mean() - 0.05


def centring_lifts_the_ceiling_at_every_width_but_it_stays_low(run):
    for raw, centred in zip(run["by_width"]["raw"], run["by_width"]["centred"], strict=True):
        assert centred.final().mean() > raw.final().mean()
    assert run["wrong"] > 0.4


def where_few_units_live_survivors_and_built_units_do_about_as_well(run):
    survived = {size: run["scores"][run["counts"] == size] for size in (1, 2, 4)}
    compared = {size: found.mean() for size, found in survived.items() if len(found)}
    assert compared
    for size, mean in compared.items():
        assert abs(mean - run["healthy"][size].final().mean()) < 0.06


def what_training_adds_to_a_dead_unit_is_an_even_sheet(run):
    def evenness(name, unit):
        start, kernel = run["kernels"][name]
        added = kernel[:, unit] - start[:, unit]
        return abs(added.mean()) / added.std()

    dead, living = (
        [evenness(*which) for which in run["chosen"][:2]],
        [evenness(*which) for which in run["chosen"][3:]],
    )
    assert all(run["active"][name][unit] < 0.02 for name, unit in run["chosen"][:2])
    assert min(dead) > max(living)


def the_cnn_is_far_more_accurate_with_about_as_many_parameters(run):
    assert run["cnn"].final().mean() > run["mlps"]["MLP, raw pixels"].final().max() + 0.05
    assert run["cnn"].final().mean() > run["mlps"]["MLP, centred"].final().mean()
    few, many = run["build_mlp"]().count_params(), run["build_cnn"]().count_params()
    assert 0.5 < many / few < 2


def permuted_the_mlp_is_as_good_as_before_and_the_cnn_falls_below_it(run):
    mlp = run["mlps"]["MLP, centred"].final().mean()
    assert abs(run["mixed_mlp"].final().mean() - mlp) < 0.05
    assert run["mixed_cnn"].final().mean() < run["mixed_mlp"].final().mean()


def moved_photographs_cost_both_networks_accuracy(run):
    assert (run["table"].loc[4] < run["table"].loc[0]).all()


def deeper_layers_have_more_inputs_and_fewer_places(run):
    layers = run["rows_of_layers"][:-1]
    assert [layer["inputs of a unit"] for layer in layers] == sorted(
        layer["inputs of a unit"] for layer in layers
    )
    assert [layer["places"] for layer in layers] == sorted(
        (layer["places"] for layer in layers), reverse=True
    )


def parameters_and_work_are_in_opposite_places(run):
    shares = run["shares"]
    assert shares["parameters"][3] > 0.5 and shares["MACs"][3] < 0.02
    assert shares["MACs"][:2].sum() > 0.8 and shares["parameters"][:2].sum() < 0.2


def much_dropout_lowers_both_sides(run):
    table = run["dropout_table"]
    for column in ("training, all units", "validation"):
        assert table.loc["0.8", column] < table.loc["none", column]


def in_the_record_the_mean_rises_with_every_width_and_the_best_of_the_widest_stays_below_half(run):
    scores = [
        [each["test"]["accuracy"] for each in claims.recorded(f"F8b-{width}")]
        for width in (8, 16, 32, 64, 128)
    ]
    assert all(len(of) >= 3 for of in scores) and np.all(np.diff([np.mean(of) for of in scores]) > 0)
    assert max(scores[-1]) < 0.5


def of_the_steps_of_the_ladder_the_study_s_own_runs_show_none_after_the_one_to_four_convolutions(run):
    for one, two in zip(run["climbed"][1:], run["climbed"][2:], strict=False):
        assert not agreement.welch(run["printed"](two), run["printed"](one)).side()
    four = run["printed"]("F10b")
    assert np.mean(four) - run["printed"]("F9")[0] > 3 * np.std(four, ddof=1)


def he_s_rule_and_glorot_s_draw_weights_of_nearly_the_same_size_here(run):
    assert abs(np.sqrt(2 / 3_072) / np.sqrt(2 / (3_072 + 32)) - 1) < 0.01
