"""The effects of which the chapter mnist-cnn speaks, from networks trained here with the chapter's own functions."""

import dataclasses

import numpy as np
import pytest
from fixtures.studies import (
    assert_recorded_layers,
    assert_recorded_training,
    definitions,
    needs_real_data,
    recorded_network,
)

from coursekit import claims, data
from coursekit.training import replicate

pytestmark = needs_real_data


@pytest.fixture(scope="module")
def chapter():
    """The functions that the chapter's studies define, over 3 000 of its images."""
    import keras

    mnist = data.load("mnist", validation=6_000, split="last").take(3_000, val=3_000).scaled()
    names = {"keras": keras, "np": np, "mnist": mnist, "mnist_one_hot": mnist.one_hot()}
    names["several"] = None  # a default value of `train`, which is not used here
    names["order"] = np.random.default_rng(0).permutation(28 * 28)
    definitions("mnist-cnn", names)
    return names


def fitted(chapter, build, *, used=None, **settings):
    return replicate(
        build, used or chapter["mnist_one_hot"], **{"runs": 1, "epochs": 3, "seed": 1, **settings}
    )


@pytest.fixture(scope="module")
def mlp(chapter):
    return fitted(chapter, chapter["build_mlp"], runs=2)


@pytest.fixture(scope="module")
def b1(chapter):
    return fitted(chapter, chapter["build_b1"])


@pytest.fixture(scope="module")
def b2(chapter):
    return fitted(chapter, lambda: chapter["build_cnn"]((32, 64)))


@pytest.fixture(scope="module")
def permuted(chapter):
    used = chapter["mnist_one_hot"]
    parts = {part: chapter["permuted"](getattr(used, part)) for part in ("x_train", "x_val")}
    return dataclasses.replace(used, **parts)


def test_the_networks_are_those_of_the_record(chapter):
    cnn = chapter["build_cnn"]
    built = {
        "B1": [chapter["build_b1"](), cnn()],
        "B2": [cnn((32, 64))],
        "B3": [cnn((32, 64, 128))],
        "B4": [cnn(output="sigmoid")],
        "B6": [cnn((32, 64))],
    }
    for name, networks in built.items():
        for model in networks:
            assert_recorded_layers(model, name)
            assert_recorded_training(model, name)
    assert cnn(output="sigmoid").layers[-1].activation == recorded_network("B4").layers[-1].activation


def test_an_mlp_does_not_mind_permuted_pixels_and_a_cnn_does(chapter, mlp, b2, permuted):
    mlp_loss = (
        mlp.final().mean() - fitted(chapter, chapter["build_mlp"], runs=2, used=permuted).final().mean()
    )
    cnn = fitted(chapter, lambda: chapter["build_cnn"]((32, 64)), used=permuted)
    assert abs(mlp_loss) < 0.02
    assert b2.final()[0] - cnn.final()[0] > 0.04
    assert b2.final()[0] > mlp.final().max() + 0.01


def test_a_shift_hurts_every_network_and_two_poolings_help_a_little(chapter, mlp, b2):
    mnist = chapter["mnist"]
    frame = np.ones((28, 28), dtype=bool)
    frame[4:-4, 4:-4] = False
    roomy = mnist.x_val[:, frame].max(axis=1) == 0
    chapter |= {"images": mnist.x_val[roomy], "labels": np.tile(mnist.y_val[roomy], 4)}
    strided = fitted(chapter, lambda: chapter["build_strided"]((32, 64)))
    score = {
        name: [chapter["accuracy_when_moved"](runs.model(0), by) for by in (0, 2, 4)]
        for name, runs in {"mlp": mlp, "strided": strided, "pooled": b2}.items()
    }
    lost = {name: values[0] - values[1] for name, values in score.items()}
    assert lost["mlp"] > lost["strided"] > lost["pooled"] + 0.03
    assert all(values[0] - values[2] > 0.3 for values in score.values())


def test_small_batches_lead_at_equal_epochs_but_not_at_equal_updates(chapter, b1):
    large = fitted(
        chapter, chapter["build_b1"], batch_size=256, epochs=8
    )  # 96 updates, as many as one epoch of 32
    by_epoch = b1.history.set_index("epoch")["val_accuracy"]
    assert by_epoch[3] > large.history.set_index("epoch")["val_accuracy"][3] + 0.02
    assert large.final()[0] > by_epoch[1] - 0.02


def test_a_second_fit_goes_on_so_that_its_first_epoch_looks_too_good(chapter):
    used = chapter["mnist_one_hot"]
    model = fitted(chapter, lambda: chapter["build_cnn"]((32, 64)), batch_size=128)
    fresh = model.history["accuracy"]
    again = model.model(0).fit(used.x_train, used.y_train, batch_size=128, verbose=0).history["accuracy"]
    assert again[0] > fresh.iloc[0] + 0.2 and again[0] > fresh.iloc[-1] - 0.01


def test_keras_trains_a_sigmoid_output_as_if_it_were_softmax_and_its_outputs_do_not_sum_to_1(chapter):
    import keras

    used, losses = chapter["mnist_one_hot"], []
    for output in ("softmax", "sigmoid"):
        keras.utils.set_random_seed(8)
        model = chapter["build_cnn"](output=output)
        losses.append(model.fit(used.x_train[:1000], used.y_train[:1000], verbose=0).history["loss"][0])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    rows = np.asarray(model(used.x_val[:500]))
    assert np.ptp(rows.sum(axis=1)) > 0.2
    assert np.mean(rows.argmax(axis=1) == chapter["mnist"].y_val[:500]) > 0.6


def test_the_two_scores_of_the_source_cannot_be_told_apart():
    scores = [
        next(f.value for f in claims.experiment(name).figures if f.of == "test accuracy")
        for name in ("B2", "B3")
    ]
    half = 1.96 * np.sqrt(sum(p * (1 - p) for p in scores) / 10_000)
    assert abs(scores[0] - scores[1]) < half


def test_the_record_says_of_b2_b3_and_b6_what_the_model_answers_say():
    from scipy import stats

    def tests(name, metric):
        return [run["test"][metric] for run in claims.recorded(name)]

    def last(name, metric):
        return np.mean([run["history"][metric][-1] for run in claims.recorded(name)])

    for better, worse in (("B2", "B3"), ("B2", "B6"), ("B6-twice", "B6")):
        pair = tests(better, "accuracy"), tests(worse, "accuracy")
        assert stats.ttest_ind(*pair, equal_var=False).confidence_interval(0.95).low > 0
    assert last("B3", "accuracy") < last("B2", "accuracy") and last("B3", "loss") > last("B2", "loss")
    source = next(f.value for f in claims.experiment("B6").figures if f.of == "test loss")
    assert (
        min(tests("B6-twice", "loss")) <= source <= max(tests("B6-twice", "loss")) < min(tests("B6", "loss"))
    )
