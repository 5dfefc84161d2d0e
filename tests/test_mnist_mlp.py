"""The chapter mnist-mlp's networks, and what it says of the record. What it says of its runs stands in `truth/`."""

import numpy as np
import pandas as pd
import pytest
from fixtures.records import shown, write_record
from fixtures.studies import assert_recorded_layers, assert_recorded_training, definitions

from coursekit import plots
from coursekit.record import claims


@pytest.fixture(scope="module")
def chapter():
    """The functions that the chapter's studies define."""
    import keras

    names = {"keras": keras, "np": np}
    definitions("mnist-mlp", names)
    return names


def test_the_networks_of_the_chapter_are_those_of_the_record(chapter):
    for name, model in {
        "A2": chapter["build_base"](),
        "A5": chapter["build_softmax"](),
        "A7d": chapter["build_softmax"]((128, 128), dropout=0.2),
    }.items():
        assert_recorded_layers(model, name)
        assert_recorded_training(model, name)


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
