"""The chapter mnist-cnn: its networks, and what its cells say of the record. (What it says of its runs: `truth`.)"""

import base64

import keras
import numpy as np
import pandas as pd
import pytest
from fixtures.records import shown, write_record
from fixtures.studies import (
    assert_recorded_layers,
    assert_recorded_training,
    definitions,
    recorded_network,
)

from coursekit import plots
from coursekit.record import claims
from coursekit.record.agreement import welch


def test_the_networks_are_those_of_the_record():
    names = {"keras": keras, "mnist_one_hot": None}  # a default value of `train`, which is not used here
    chapter = definitions("mnist-cnn", names)
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
        "welch": welch,
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


CELLS = ["study-fresh-and-fresh", "study-fresh-difference"]


def test_fresh_networks_are_compared_by_the_interval_of_the_difference_of_their_means(record, names):
    assert "fewer than two runs" in shown("mnist-cnn", CELLS, names)
    record("B2", [0.992, 0.993, 0.9925])
    record("B6", [0.989, 0.988, 0.9885])
    said = shown("mnist-cnn", CELLS, names)
    assert "+0.0040" in said and "the first is better" in said
    record("B6", [0.989, 0.988, 0.996])
    assert "undecided" in shown("mnist-cnn", CELLS, names)


def test_two_and_three_convolutions_are_compared_with_their_training_figures(record, names):
    cells = ["study-fresh-and-fresh", "study-fresh-difference", "study-two-images", "study-repeated"]
    assert "fewer than two runs" in shown("mnist-cnn", cells, names)
    record("B2", [0.992, 0.993, 0.9925])
    record("B3", [0.989, 0.988, 0.9885])
    said = shown("mnist-cnn", cells, names)
    assert "+0.0040" in said and "**0.0010** apart" in said and "differ by 0.0012" in said
