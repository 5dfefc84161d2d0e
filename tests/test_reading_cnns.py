"""The effects of which the chapter reading-cnns speaks, from networks trained here with the chapter's own functions.

They show on real garments; the drawn stand-ins are too easy for some of them.
"""

import numpy as np
import pytest
from fixtures.studies import assert_recorded_layers, definitions, needs_real_data

from coursekit import data
from coursekit.training import batches

pytestmark = needs_real_data


@pytest.fixture(scope="module")
def chapter():
    """The chapter's functions, a network trained on 8 000 images, and its untrained twin."""
    import keras
    import tensorflow as tf

    fashion = data.load("fashion_mnist", validation=9_000).take(8_000, val=1_000).scaled()
    names = {"keras": keras, "np": np, "tf": tf, "fashion": fashion}
    definitions("reading-cnns", names)
    keras.utils.set_random_seed(1)
    untrained, model = names["build_reader"](), names["build_reader"]()
    model.set_weights(untrained.get_weights())
    hot = fashion.one_hot()
    model.fit(batches(hot.x_train, hot.y_train, 50), epochs=5, verbose=0)
    layers = [model.get_layer(name).output for name in ("pool_1", "pool_2")]
    maps = keras.Model(model.inputs[0], layers).predict(fashion.x_val, verbose=0)
    names |= {
        "model": model,
        "untrained": untrained,
        "inside": dict(zip(("pool_1", "pool_2"), maps, strict=True)),
        "x_look": fashion.x_val,
        "y_look": fashion.y_val,
        "answers": model.predict(fashion.x_val, verbose=0).argmax(axis=1),
        "squares": np.kron(np.eye(49).reshape(49, 7, 7), np.ones((1, 4, 4))).astype("float32"),
    }
    return names


@pytest.fixture(scope="module")
def slopes(chapter):
    """The slopes of 200 images, of the trained and of the untrained network."""
    images, answers = chapter["x_look"][:200], chapter["answers"][:200]
    return [chapter["gradients"](chapter[name], images, answers) for name in ("model", "untrained")]


def test_the_network_is_the_one_of_the_record(chapter):
    assert_recorded_layers(chapter["build_reader"](), "D10")


def test_it_learns_and_confuses_garments_with_sleeves(chapter):
    answers, labels = chapter["answers"], chapter["y_look"]
    assert np.mean(answers == labels) > 0.78
    wrong = answers != labels
    sleeves = np.isin(labels, (0, 2, 4, 6)) & np.isin(answers, (0, 2, 4, 6))
    assert np.mean(sleeves[wrong]) > 0.5


def test_kernels_differ_in_size_by_a_factor_that_a_scale_a_tile_hides(chapter):
    for name, at_least in (("conv_1", 1.25), ("conv_2", 2)):
        kernels = chapter["model"].get_layer(name).get_weights()[0]
        sizes = np.linalg.norm(kernels.reshape(9, -1), axis=0)
        assert sizes.max() / sizes.min() > at_least


def test_small_kernels_are_hardly_clearer_edges_after_training_and_stay_near_their_start(chapter):
    trained, start = (
        chapter[name].get_layer("conv_1").get_weights()[0].reshape(9, 16) for name in ("model", "untrained")
    )
    cosine = (trained * start).sum(axis=0) / np.linalg.norm(trained, axis=0) / np.linalg.norm(start, axis=0)
    assert np.median(cosine) > 0.8
    edge = np.array([[1, 1, 1], [0, 0, 0], [-1, -1, -1]])
    corner = np.array([[1, 1, 0], [1, 0, -1], [0, -1, -1]])
    spot = np.where(np.arange(9) == 4, 8, -1).reshape(3, 3)
    patterns = [edge, edge.T, corner, corner[:, ::-1], np.ones((3, 3)), spot]
    chapter["flat"] = np.array([p.ravel() / np.linalg.norm(p) for p in patterns])
    likeness = [chapter["likeness"](kernels).max(axis=0).mean() for kernels in (trained, start)]
    assert abs(likeness[0] - likeness[1]) < 0.1


def test_units_see_patches_of_3_8_and_10_pixels_and_nobody_sees_the_last_two_rows_and_columns(chapter):
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
    painted = chapter["x_look"].copy()
    painted[:, 26:] = 1 - painted[:, 26:]
    painted[:, :, 26:] = 1 - painted[:, :, 26:]
    assert (chapter["model"].predict(painted, verbose=0).argmax(axis=1) == chapter["answers"]).all()


def test_a_kernel_ten_times_as_strong_changes_nothing_once_the_normalization_knows(chapter):
    model, louder = chapter["model"], chapter["build_reader"]()
    louder.set_weights(model.get_weights())
    kernel, bias = louder.get_layer("conv_1").get_weights()
    kernel[..., 0] *= 10
    bias[0] *= 10
    louder.get_layer("conv_1").set_weights([kernel, bias])
    norm = louder.get_layer("norm_1")
    gamma, beta, mean, variance = norm.get_weights()
    mean[0] *= 10
    variance[0] = 100 * (variance[0] + norm.epsilon) - norm.epsilon
    norm.set_weights([gamma, beta, mean, variance])
    images = chapter["x_look"][:200]
    assert np.abs(louder.predict(images, verbose=0) - model.predict(images, verbose=0)).max() < 1e-3


def test_filters_differ_in_what_they_cost_and_the_way_of_removal_matters(chapter):
    zero = chapter["accuracy_drops"]("pool_1", chapter["nothing"]).mean(axis=1)
    mean = chapter["accuracy_drops"]("pool_1", np.mean).mean(axis=1)
    assert zero.max() > 0.03 and zero.max() > 5 * max(0, zero.min())
    assert np.abs(zero - mean).max() > 0.02


def test_slope_times_pixel_looks_like_the_image_without_any_training(chapter, slopes):
    trained, untrained = slopes
    images, alike = chapter["x_look"][:200], chapter["alike"]
    assert alike(untrained * images, images) > 0.5
    assert alike(untrained * images, images) > alike(trained * images, images) - 0.1
    assert alike(trained * images, untrained * images) > alike(trained, untrained) + 0.15
    assert alike(trained, untrained) < 0.4


def test_occlusion_moves_the_trained_network_much_more_than_the_untrained(chapter):
    falls = {
        name: np.median(
            [
                np.ptp(
                    chapter["covered_logits"](chapter[name], chapter["x_look"][i])[:, chapter["answers"][i]]
                )
                for i in range(30)
            ]
        )
        for name in ("model", "untrained")
    }
    assert falls["model"] > 2 * falls["untrained"]


def test_contributions_and_biases_add_up_to_the_logarithm_of_the_ratio_of_probabilities(chapter):
    import keras

    model, images = chapter["model"], chapter["x_look"][:50]
    hidden = keras.Model(model.inputs[0], model.get_layer("norm_3").output).predict(images, verbose=0)
    weights, biases = model.get_layer("output").get_weights()
    probabilities = model.predict(images, verbose=0).astype(float)
    wrong, true = np.argsort(probabilities, axis=1)[:, [-2, -1]].T
    terms = hidden * (weights[:, wrong] - weights[:, true]).T
    rows = np.arange(len(images))
    ratio = np.log(probabilities[rows, wrong] / probabilities[rows, true])
    assert np.abs(terms.sum(axis=1) + biases[wrong] - biases[true] - ratio).max() < 1e-3
    assert (np.minimum((terms > 0).sum(axis=1), (terms < 0).sum(axis=1)) >= 10).mean() > 0.9
