"""What the chapter reading-cnns says of its runs."""

import numpy as np


def slopes_of(names):
    """The slopes of the first 300 images, of the trained and of the untrained network, and the images."""
    return names["by_tape"], names["from_nothing"], names["x_look"][:300]


def it_learns_and_many_of_its_mistakes_are_among_garments_with_sleeves(run):
    assert np.mean(run["answers"] == run["y_look"]) > 0.75
    assert run["sleeves"] > run["off"].sum() / 3


def after_batch_normalization_some_values_are_below_0_and_after_relu_none(run):
    assert all(run["inside"][name].min() == 0 for name in ("conv_1", "conv_2", "dense"))
    assert all(run["inside"][name].min() < 0 for name in ("norm_1", "norm_2", "norm_3"))


def on_black_the_channels_with_a_bias_above_0_are_on_and_no_others(run):
    assert np.array_equal(run["on_black"], run["positive"])


def the_two_blocks_of_kernels_are_the_same_picture(run):
    def stretched(kernels):
        low, high = kernels.min(axis=(0, 1)), kernels.max(axis=(0, 1))
        return (kernels - low) / (high - low)

    np.testing.assert_allclose(stretched(run["kernels"]), stretched(run["scaled"]), atol=1e-4)


def kernels_differ_in_size_by_a_factor_that_a_scale_a_tile_hides(run):
    assert run["sizes"].max() / run["sizes"].min() > 1.25
    assert run["lengths"].max() / run["lengths"].min() > 2


def the_weakest_kernel_becomes_the_strongest_and_no_answer_changes(run):
    assert run["larger"].argmax() == run["weakest"] and run["change"] < 1e-3


def training_moves_the_likeness_by_little_and_most_kernels_still_point_where_they_started(run):
    assert abs(run["like_trained"] - run["like_start"]) < 0.1
    assert np.median(run["kept"]) > 0.8


def nothing_behind_the_last_pooling_sees_the_last_two_rows_and_columns(run):
    rows, columns = np.nonzero(run["pixels_that_matter"](run["model"], "pool_2", 4, 4, run["noise"]))
    assert rows.max() == columns.max() == 25
    assert run["same"] == 0 and not run["by_tape"][:, run["border"]].any()


def the_top_images_are_of_one_class_more_often_than_nine_at_random(run):
    assert all(value > run["at_random"] for value in run["pure"].values())


def filters_differ_in_what_they_cost_and_the_way_of_removal_matters(run):
    assert run["zero"].max() > 0.02 and run["zero"].max() > 4 * max(0, run["zero"].min())
    assert np.abs(run["zero"] - run["mean"]).max() > 0.01
    assert run["drops"].min() < 0


def tape_and_hand_differ_further_on_a_garment_which_stands_on_kinks_than_on_random_greys(run):
    assert run["off_by"]["random greys"].max() < run["off_by"]["a garment"].max()
    assert all(np.median(off) < 0.02 for off in run["off_by"].values())


def slope_times_pixel_of_the_untrained_network_is_as_like_the_image_or_nearly_so(run):
    by_tape, from_nothing, images = slopes_of(run)
    alike = run["alike"]
    assert alike(from_nothing * images, images) > max(0.4, alike(by_tape * images, images) - 0.15)


def the_plain_slope_changes_more_with_training_than_slope_times_pixel(run):
    by_tape, from_nothing, images = slopes_of(run)
    assert run["alike"](by_tape, from_nothing) < run["alike"](by_tape * images, from_nothing * images) - 0.1


def the_untrained_occlusion_map_has_partly_the_same_shape(run):
    maps = []
    for network in (run["model"], run["untrained"]):
        logits = [
            run["covered_logits"](network, image)[:, answer]
            for image, answer in zip(run["x_look"][:30], run["answers"][:30], strict=True)
        ]
        maps.append(np.array([one[0] - one[1:] for one in logits]))
    assert 0.2 < run["alike"](*maps) < 0.9


def covering_moves_the_logits_of_the_trained_network_much_further(run):
    assert run["largest"]["trained"] > 2 * run["largest"]["untrained"]


def grad_cam_finds_the_place_and_the_untrained_twin_does_not(run):
    assert run["found_share"] > 0.6
    assert run["by_untrained"] < 0.45 < run["found_share"] - 0.1


def the_network_calls_the_case_a_t_shirt(run):
    assert run["answers"][run["case"]] == run["wrong"]


def the_terms_add_up_to_the_difference_that_the_probabilities_give_and_much_cancels(run):
    assert abs(run["terms"].sum() + run["rest"] - run["said"]) < 1e-2
    assert min(len(run["plus"]), len(run["minus"])) >= 10
    assert min(run["plus"].sum(), -run["minus"].sum()) > 0.1 * max(run["plus"].sum(), -run["minus"].sum())


def softmax_by_hand_gives_the_shares_of_the_network(run):
    ours = np.exp(run["logits_here"] - run["logits_here"].max())
    theirs = run["probabilities"][run["case"]]
    assert np.abs(ours - theirs / theirs.max()).max() < 1e-3
