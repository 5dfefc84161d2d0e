"""The effects of which the chapter mnist-mlp speaks, from networks trained here with the chapter's own functions.

They show on real digits; the embedded sample is too easy for some of them.
"""

import numpy as np
import pandas as pd
import pytest
from fixtures.records import shown, write_record
from fixtures.studies import assert_recorded_layers, assert_recorded_training, definitions, needs_real_data

from coursekit import data, plots
from coursekit.record import claims
from coursekit.training import replicate

pytestmark = needs_real_data


@pytest.fixture(scope="module")
def chapter():
    """The functions that the chapter's studies define, over 6 000 of its images."""
    import keras

    mnist = data.load("mnist", validation=5_000).take(6_000).scaled()
    names = {"keras": keras, "np": np, "mnist": mnist, "mnist_one_hot": mnist.one_hot()}
    definitions("mnist-mlp", names)
    return names


@pytest.fixture(scope="module")
def stalled(chapter):
    """Ten runs with ReLU on the output, and the digits that each has lost."""
    import keras

    def build():
        return chapter["build_base"](keras.optimizers.Adam())

    runs = replicate(build, chapter["mnist_one_hot"], runs=10, epochs=6, seed=1)
    return runs, [chapter["lost_classes"](runs.model(run)) for run in range(10)]


def test_the_networks_of_the_chapter_are_those_of_the_record(chapter):
    for name, model in {
        "A2": chapter["build_base"](),
        "A5": chapter["build_softmax"](),
        "A7d": chapter["build_softmax"]((128, 128), dropout=0.2),
    }.items():
        assert_recorded_layers(model, name)
        assert_recorded_training(model, name)


def test_with_relu_on_the_output_runs_lose_digits_and_stall_about_ten_points_lower_for_each(stalled):
    runs, lost = stalled
    accuracy = runs.final("val_accuracy")
    counts = np.array([len(digits) for digits in lost])
    assert (counts > 0).sum() >= 3
    slope, intercept = np.polyfit(counts, accuracy, 1)
    assert -0.14 < slope < -0.06 and 0.88 < intercept < 0.97


def test_the_output_of_a_lost_digit_is_silent_and_gets_next_to_no_gradient(chapter, stalled):
    import tensorflow as tf

    runs, lost = stalled
    run = max(range(10), key=lambda r: len(lost[r]))
    model, used = runs.model(run), chapter["mnist_one_hot"]
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(used.x_train[:2000]) - used.y_train[:2000]) ** 2)
    pull = np.linalg.norm(tape.gradient(loss, model.layers[-1].kernel.value), axis=0)
    outputs, labels = np.asarray(model(chapter["mnist"].x_val)), chapter["mnist"].y_val
    alive = [np.mean(outputs[labels == digit, digit] > 0) for digit in range(10)]
    healthy = [digit for digit in range(10) if digit not in lost[run]]
    assert max(alive[digit] for digit in lost[run]) < 0.05 < 0.5 < np.median([alive[d] for d in healthy])
    assert max(pull[digit] for digit in lost[run]) < np.median(pull[healthy]) / 2


def test_a_silent_0_wins_ties_so_that_it_costs_less_accuracy_than_any_other_and_as_much_loss(
    chapter, stalled
):
    runs, lost = stalled
    model, used = runs.model(min(range(10), key=lambda run: len(lost[run]))), chapter["mnist_one_hot"]
    kernel, bias = model.layers[-1].get_weights()

    def scored(bias):
        model.layers[-1].set_weights([kernel, bias])
        return np.array(model.evaluate(used.x_val, used.y_val, verbose=0))

    whole = scored(bias)
    changes = np.array([scored(np.where(np.arange(10) == digit, -1000, bias)) - whole for digit in range(10)])
    scored(bias)
    loss, accuracy = changes.T
    assert accuracy[1:].max() < -0.05 < accuracy[0] < 0
    assert 0.9 * np.median(loss[1:]) < loss[0] < 0.011 and loss[1:].min() > 0.005


def test_with_softmax_and_cross_entropy_the_runs_agree(chapter, stalled):
    relu = stalled[0].final("val_accuracy")
    softmax = replicate(chapter["build_softmax"], chapter["mnist"], runs=10, epochs=6, seed=1)
    assert softmax.final("val_accuracy").std() < relu.std() / 5
    assert softmax.final("val_accuracy").min() > 0.9


def test_width_pays_with_diminishing_returns_and_a_hidden_layer_beats_none(chapter):
    mean = {}
    for width in (0, 2, 16, 128):
        hidden = (width,) if width else ()
        runs = replicate(lambda: chapter["build_softmax"](hidden), chapter["mnist"], runs=2, epochs=6, seed=2)  # noqa: B023
        mean[width] = runs.final("val_accuracy").mean()
    assert mean[16] - mean[2] > 0.2 > 0.1 > mean[128] - mean[16] > 0.01
    assert mean[128] - mean[0] > 0.02


def test_with_much_dropout_training_accuracy_falls_below_validation_accuracy(chapter):
    runs = replicate(
        lambda: chapter["build_softmax"]((128, 128), dropout=0.8), chapter["mnist"], runs=2, epochs=6, seed=5
    )
    assert runs.final("accuracy").max() < runs.final("val_accuracy").min() - 0.05


def run_with(silent):
    """A recorded run in which the images of the silent classes are all answered 1."""
    confusion = 960 * np.eye(10, dtype=int)
    confusion[silent] = 960 * np.eye(10, dtype=int)[1]
    return {
        "test": {
            "accuracy": float(np.trace(confusion)) / 10_000,
            "loss": 0.0095 + 0.009 * len(silent),
            "confusion": confusion.tolist(),
        }
    }


@pytest.fixture
def witnesses(tmp_path, monkeypatch):
    """A function: what the two cells on the second witness say of a record of these runs."""
    from IPython.display import Markdown
    from matplotlib import pyplot as plt

    monkeypatch.setenv("COURSEKIT_RESULTS", str(tmp_path))

    def said(runs):
        if runs:
            write_record(tmp_path, "A2", [{"seed": seed, **run} for seed, run in enumerate(runs)])
        names = {"np": np, "pd": pd, "plt": plt, "claims": claims, "plots": plots, "Markdown": Markdown}
        return shown("mnist-mlp", ["study-witnesses", "study-witnesses-agree"], names)

    return said


def test_without_long_runs_in_the_record_the_second_witness_is_silent(witnesses):
    assert "Too few" in witnesses([]) and "Too few" in witnesses([run_with([])])


def test_the_loss_counts_one_silent_output_more_than_the_accuracy_in_two_runs_of_the_source(witnesses):
    said = witnesses([run_with([]), run_with([9]), run_with([3]), run_with([8, 9])])
    assert "-0.096 of accuracy and **+0.0090** of loss" in said
    assert (
        "run 7 of the source study is nearest to our runs with 0 lost; by its loss, 0.0186, to those with **1**"
        in said
    )
    assert (
        "run 9 of the source study is nearest to our runs with 1 lost; by its loss, 0.0279, to those with **2**"
        in said
    )
