"""The functions of the chapter reading-cnns, on networks that have not been trained.

What the chapter says of its trained networks is in `truth/reading-cnns.py`.
"""

import numpy as np
import pytest
from fixtures.studies import assert_recorded_layers, definitions


@pytest.fixture(scope="module")
def chapter():
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(1)
    names = definitions("reading-cnns", {"keras": keras, "np": np, "tf": tf})
    return names | {"untrained": names["build_reader"](), "finder": names["build_finder"]()}


def test_the_network_is_the_one_of_the_record(chapter):
    assert_recorded_layers(chapter["build_reader"](), "D10")


def test_units_see_patches_of_3_8_and_10_pixels(chapter):
    noise = np.random.default_rng(0).random((3, 28, 28)).astype("float32")
    for name, place, patch in (
        ("conv_1", (4, 7), np.s_[4:7, 7:10]),
        ("conv_2", (10, 3), np.s_[20:28, 6:14]),
        ("pool_2", (4, 4), np.s_[16:26, 16:26]),
    ):
        seen = chapter["pixels_that_matter"](chapter["untrained"], name, *place, noise)
        inside = np.zeros((28, 28), bool)
        inside[patch] = True
        assert not (seen & ~inside).any() and (seen & inside).sum() > 0.8 * inside.sum()


def test_the_slopes_are_those_of_the_logit_and_the_border_has_none(chapter):
    image, move = (
        np.random.default_rng(1).random((1, 28, 28)).astype("float32"),
        np.zeros((1, 28, 28), "float32"),
    )
    slope = chapter["gradients"](chapter["untrained"], image, np.array([3]))[0]
    assert not slope[26:].any() and not slope[:, 26:].any()
    move[0, 10, 10] = 0.01
    network = chapter["untrained"]
    ratio = [np.log(network(image + sign * move).numpy()[0]) for sign in (1, -1)]
    other = chapter["gradients"](network, image, np.array([5]))[0]
    by_hand = ((ratio[0][3] - ratio[0][5]) - (ratio[1][3] - ratio[1][5])) / 0.02
    assert (slope - other)[10, 10] == pytest.approx(by_hand, abs=0.02)


def test_grad_cam_is_the_sum_of_the_maps_weighted_by_the_last_layer_and_never_below_0(chapter):
    import keras

    finder, images = chapter["finder"], np.random.default_rng(2).random((3, 64, 64, 3)).astype("float32")
    maps = np.asarray(keras.Model(finder.inputs[0], finder.get_layer("maps").output)(images))
    weights = finder.get_layer("logits").get_weights()[0][:, 1]
    found = chapter["grad_cam"](finder, images, 1)
    expected = np.maximum(0, maps @ weights) / 256
    assert found.shape == (3, 16, 16)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_two_maps_are_alike_when_their_sizes_are_whatever_their_signs(chapter):
    first = np.random.default_rng(3).normal(size=(5, 6, 6))
    assert chapter["alike"](first, -2 * first) == pytest.approx(1)
    assert abs(chapter["alike"](first, first[::-1])) < 0.6


def test_a_collage_has_its_four_images_in_reading_order(chapter):
    glued = chapter["collage"](np.arange(4.0)[:, None, None, None] * np.ones((4, 2, 2, 3)))
    assert glued[..., 0].tolist() == [[0, 0, 1, 1]] * 2 + [[2, 2, 3, 3]] * 2
