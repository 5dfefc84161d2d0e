"""What the chapter cnn-design says of the record and of its exercises, by the chapter's own functions.

What it says of its own runs is checked by `truth/cnn-design.py`.
"""

import re

import numpy as np
import pytest
from fixtures.studies import assert_recorded_layers, assert_recorded_training, definitions, needs_real_data

from coursekit import data, drawings
from coursekit.record import claims
from coursekit.training import batches

pytestmark = needs_real_data
IDS = [f"C{i}" for i in range(13)]


@pytest.fixture(scope="module")
def chapter():
    """The functions, classes and designs of the chapter's studies, over some of its images."""
    import keras

    mnist = data.load("mnist", validation=6_000).take(1_500, val=1_500).scaled()
    names = {"keras": keras, "np": np, "mnist": mnist, "batch_size": 32, "few": slice(0, 1_500), "epochs": 4}
    names |= {"batches": batches, "claims": claims}
    definitions("cnn-design", names, also=("one", "two", "unpooled", "padded", "designs"))
    return names


@pytest.mark.parametrize("id", IDS)
def test_the_networks_are_those_of_the_record(chapter, id):
    model = chapter["build_cnn"](*chapter["designs"][id])
    assert_recorded_layers(model, id)
    assert_recorded_training(model, id)


@pytest.mark.parametrize("id", ["C0", "C1"])
def test_a_recorded_run_that_answers_one_class_is_not_counted_among_the_living(chapter, id):
    alive = [run["seed"] for run in chapter["living"](id)]
    for run in claims.recorded(id):
        assert (run["seed"] in alive) == (run["test"]["accuracy"] > 0.2)


def test_in_another_order_other_networks_are_set_back(chapter):
    one = chapter["stopper"](chapter["RememberingEarlyStopping"], 4)
    _, kept = chapter["in_sequence"](("C3", "C0"), [one] * 2)
    assert kept["C3"][0] > 1 == kept["C0"][0]


def test_a_baseline_that_is_out_of_reach_keeps_a_late_epoch_all_the_same(chapter):
    import keras

    with_baseline = keras.callbacks.EarlyStopping(
        monitor="val_accuracy", patience=4, restore_best_weights=True, baseline=0.95
    )
    assert chapter["in_sequence"](("C1",), [with_baseline])[1]["C1"][0] > 1


def drawn(drawing):
    return re.findall(r">([^<>]+)</text>", drawing._repr_html_())


def test_the_drawings_say_what_the_networks_have(chapter):
    models = {id: chapter["build_cnn"](*chapter["designs"][id]) for id in ("C4", "C10")}
    said = drawn(drawings.where_parameters_sit())
    for model in models.values():
        assert all(f"{count:,}".replace(",", " ") in said for count in chapter["owners"](model).values())
    sides = list(dict.fromkeys(layer.output.shape[1] for layer in models["C10"].layers[:-4]))
    assert [int(n) for n in drawn(drawings.shrinking_maps()) if n.isdigit()] == sides == [28, 20, 10, 8, 4, 2]


def test_the_numbers_in_the_drawn_image_are_those_of_the_places_that_look_at_a_pixel(chapter):
    numbers = [int(n) for n in drawn(drawings.looks_at_the_rim()) if n.isdigit() and n != "0"]
    looks = [chapter["coverage"](padding, kernel=3, side=5) for padding in ("valid", "same")]
    assert numbers == np.concatenate(looks).ravel().tolist()
