"""The effects of which the chapter mnist-cnn speaks, from networks trained here with the chapter's own functions."""

import base64
import dataclasses

import numpy as np
import pandas as pd
import pytest
from fixtures.records import shown, write_record
from fixtures.studies import (
    assert_recorded_layers,
    assert_recorded_training,
    definitions,
    needs_real_data,
    recorded_network,
)

from coursekit import data, plots
from coursekit.record import claims
from coursekit.training import batches, replicate

pytestmark = needs_real_data


@pytest.fixture(scope="module")
def chapter():
    """The functions that the chapter's studies define, over 3 000 of its images."""
    import keras

    mnist = data.load("mnist", validation=6_000, split="last").take(3_000, val=3_000).scaled()
    names = {"keras": keras, "np": np, "batches": batches, "mnist": mnist, "mnist_one_hot": mnist.one_hot()}
    names["several"] = None  # a default value of `train`, which is not used here
    names["order"] = np.random.default_rng(0).permutation(28 * 28)
    definitions("mnist-cnn", names, also=("eight", "nothing"))
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
    again = model.model(0).fit(batches(used.x_train, used.y_train, 128), verbose=0).history["accuracy"]
    assert again[0] > fresh.iloc[0] + 0.2 and again[0] > fresh.iloc[-1] - 0.01


def test_keras_trains_a_sigmoid_output_as_if_it_were_softmax_and_its_outputs_do_not_sum_to_1(chapter):
    import keras

    used, losses = chapter["mnist_one_hot"], []
    for output in ("softmax", "sigmoid"):
        keras.utils.set_random_seed(8)
        model = chapter["build_cnn"](output=output)
        few = batches(used.x_train[:1000], used.y_train[:1000])
        losses.append(model.fit(few, verbose=0).history["loss"][0])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    rows = np.asarray(model(used.x_val[:500]))
    assert np.ptp(rows.sum(axis=1)) > 0.2
    assert np.mean(rows.argmax(axis=1) == chapter["mnist"].y_val[:500]) > 0.6


def test_after_a_seed_fit_repeats_one_order_and_batches_brings_new_ones(chapter):
    import tensorflow as tf

    three_epochs = chapter["three_epochs"]
    different = {}
    tf.random.set_seed(None)
    different["no seed"] = three_epochs(None, reshuffled=False)["orders"]
    different["seed"] = three_epochs(1, reshuffled=False)["orders"]
    different["later"] = three_epochs(None, reshuffled=False)["orders"]
    mixed = [three_epochs(seed, reshuffled=True) for seed in (1, 1, 2)]
    assert different == {"no seed": 3, "seed": 1, "later": 1}
    assert mixed[0] == mixed[1] != mixed[2] and mixed[0]["orders"] == 3


def test_no_two_scores_that_the_source_sets_side_by_side_can_be_told_apart():
    scores = {
        name: next(f.value for f in claims.experiment(name).figures if f.of == "test accuracy")
        for name in ("B1", "B2", "B3", "B4", "B5", "B6")
    }
    assert round(10_000 * (scores["B6"] - scores["B2"])) == 2
    for better, worse in (("B6", "B2"), ("B1", "B4"), ("B1", "B5"), ("B2", "B3")):
        pair = scores[better], scores[worse]
        half = 1.96 * np.sqrt(sum(p * (1 - p) for p in pair) / 10_000)
        assert 0 < pair[0] - pair[1] < half


# --- what the cells say of the record, whatever it holds


@pytest.fixture
def record(tmp_path, monkeypatch):
    """An empty record: a function that writes runs into it, one for each accuracy on the test images."""
    monkeypatch.setenv("COURSEKIT_RESULTS", str(tmp_path))

    def write(name, accuracies, *, losses=(0.9,) * 10, train=(0.8,) * 10, right=None):
        runs = [
            {
                "seed": seed,
                "untrained": {"loss": 2.3, "accuracy": 0.1},
                "history": {"accuracy": [train[seed]] * 20, "loss": [0.5] * 20},
                "test": {"accuracy": accuracy, "loss": losses[seed], "confusion": [[8]]},
            }
            for seed, accuracy in enumerate(accuracies)
        ]
        for run, answers in zip(runs, right or (), strict=False):
            run["test"]["right"] = base64.b64encode(np.packbits(answers).tobytes()).decode()
        write_record(tmp_path, name, runs)

    return write


@pytest.fixture
def names():
    """What the cells on the record find in their notebook."""
    from IPython.display import Markdown
    from matplotlib import pyplot as plt
    from scipy import stats

    return {
        "np": np,
        "pd": pd,
        "plt": plt,
        "stats": stats,
        "claims": claims,
        "plots": plots,
        "Markdown": Markdown,
    }


FROZEN = ["study-frozen-pairs", "study-frozen-cost", "study-frozen-verdict"]


@pytest.mark.parametrize("runs", [0, 1])
def test_with_fewer_than_two_pairs_nothing_is_said_of_the_frozen_order(record, names, runs):
    record("F9-frozen", [0.68] * 10)
    if runs:
        record("F9", [0.70] * runs)
    assert f"**{runs}** of 10" in shown("mnist-cnn", FROZEN[:1], names)
    assert "no interval yet" in shown("mnist-cnn", FROZEN[:2], names)
    assert "not recorded yet" in shown("mnist-cnn", FROZEN, names)


@pytest.mark.parametrize(
    ("train", "said"),
    [
        ((0.80, 0.81, 0.79), "does **not** show it: there the frozen order is not to be told apart"),
        ((0.83, 0.84, 0.83), "does **not** show it: there the frozen order is better"),
        ((0.70, 0.71, 0.70), "shows it, too"),
    ],
)
def test_the_verdict_on_the_frozen_order_follows_the_paired_differences(record, names, train, said):
    record("F9-frozen", [0.68, 0.67, 0.685], losses=(1.0, 1.02, 1.01), train=train)
    record("F9", [0.70, 0.69, 0.71])
    verdict = shown("mnist-cnn", FROZEN, names)
    assert said in verdict and "**0.0217** of test accuracy and **0.1100** of test loss" in verdict
    table = shown("mnist-cnn", FROZEN[:2], names)
    assert table.count("worse") == (3 if "too" in said else 2) and "-0.0217" in table


def test_a_frozen_order_that_costs_nothing_is_not_called_worse(record, names):
    record("F9-frozen", [0.69, 0.71, 0.70], losses=(0.91, 0.89, 0.90))
    record("F9", [0.70, 0.70, 0.70])
    assert "no cost" in shown("mnist-cnn", FROZEN, names)


def test_the_record_says_how_many_images_only_softmax_or_only_sigmoid_gets_right(record, names):
    assert "not both recorded" in shown("mnist-cnn", ["study-sigmoid-record"], names)
    record("B1", [0.75, 0.5], right=[[1, 1, 1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0]])
    record("B4", [0.75, 0.5], right=[[1, 1, 1, 1, 1, 1, 0, 0], [1, 1, 1, 0, 1, 0, 0, 0]])
    said = shown("mnist-cnn", ["study-sigmoid-record"], names)
    assert "seed 0: test accuracy 0.7500 with softmax, 0.7500 with sigmoid; 0 images" in said
    assert "sigmoid; 2 images" in said and "**the same** in both" in said


def test_two_recorded_networks_are_compared_by_the_images_that_only_one_gets_right(record, names):
    record("B2", [1.0], right=[[1, 1, 1, 1, 1, 1, 1, 0]])
    record("B3", [0.25], right=[[0, 0, 0, 0, 0, 0, 1, 1]])
    table = shown("mnist-cnn", ["study-mcnemar"], names)
    assert "test images" in table and table.splitlines()[-1].split() == ["0", "6", "1", "0.125"]


def test_whether_twenty_epochs_explain_the_best_model_of_the_source_follows_the_record(record, names):
    cells = ["study-fresh-or-not"]
    assert "not recorded with both" in shown("mnist-cnn", cells, names)
    record("B6", [0.988, 0.989, 0.9885], losses=(0.030, 0.031, 0.032))
    record("B6-twice", [0.991, 0.992, 0.9905], losses=(0.023, 0.024, 0.025))
    said = shown("mnist-cnn", cells, names)
    assert (
        "**contains** it" in said
        and "**all above** it" in said
        and "by 3 pairs of equal seed: +0.0027" in said
    )
    record("B6-twice", [0.991, 0.992, 0.9905], losses=(0.033, 0.034, 0.035))
    assert "does not contain it" in shown("mnist-cnn", cells, names)
