"""The effects of which the chapter cifar10-generalization speaks, from networks trained here with its own functions."""

import functools
import time
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from fixtures.studies import assert_recorded_layers, assert_recorded_training, definitions, needs_real_data

from coursekit import data
from coursekit.record import claims
from coursekit.training import batches, replicate

pytestmark = needs_real_data

EPOCHS = 30


@pytest.fixture(scope="module")
def chapter():
    """The functions that the chapter's studies define, over a few of its images."""
    import keras

    cifar = data.load("cifar10").take(2_500, val=800).scaled().one_hot()
    names = {"keras": keras, "np": np, "pd": pd, "time": time, "SimpleNamespace": SimpleNamespace}
    names["batches"] = batches
    names |= {"cifar": cifar, "few": cifar.take(1_000), "curve_settings": {"runs": 1, "epochs": 30}}
    return definitions("cifar10-generalization", names)


@pytest.fixture(scope="module")
def schedule(chapter):
    steps = EPOCHS * -(-len(chapter["few"].x_train) // 32)
    return chapter["keras"].optimizers.schedules.CosineDecay(initial_learning_rate=0.002, decay_steps=steps)


@pytest.fixture(scope="module")
def trained(chapter, schedule):
    """The three trainings of section 9, each made when it is first asked for."""
    small, photo_layers = chapter["build_small"], chapter["photo_layers"]
    builds = {
        "plain": small,
        "augmented": lambda: small(augment=photo_layers),
        "both": lambda: small(augment=photo_layers, rate=schedule),
    }
    return functools.cache(lambda name: chapter["train"](builds[name], chapter["few"], EPOCHS, seed=1))


@pytest.fixture(scope="module")
def stopped(chapter):
    return replicate(
        chapter["build_small"], chapter["cifar"], runs=1, epochs=30, callbacks=chapter["stopping"], seed=1
    )


def judged(chapter, one):
    """Whether each answer was right, its confidence and its loss: arrays of epochs and validation images."""
    true = chapter["few"].y_val.argmax(axis=1)
    right = one.outputs.argmax(axis=2) == true
    loss = -np.log(np.maximum(one.outputs[:, np.arange(len(true)), true], 1e-7))
    return right, one.outputs.max(axis=2), loss


def test_g1_is_the_network_of_the_record_written_with_the_functional_api(chapter):
    model = chapter["build"]()
    assert type(model.layers[0]).__name__ == "InputLayer"
    assert_recorded_layers(model, "G1")
    assert_recorded_training(model, "G1")


def test_a_functional_chain_and_a_sequential_one_compute_the_same(chapter):
    import keras

    functional, images = chapter["build_small"](), chapter["cifar"].x_val[:20]
    sequential = keras.Sequential([keras.Input(shape=(32, 32, 3)), *functional.layers[1:]])
    assert np.allclose(functional(images), sequential(images), atol=1e-6)


def test_the_validation_loss_grows_while_the_accuracy_stays_and_wrong_answers_become_sure(chapter, trained):
    log = trained("plain").history
    best, end = log.loc[log["val_loss"].idxmin()], log.iloc[-1]
    assert end["val_loss"] > best["val_loss"] + 0.1
    assert end["val_accuracy"] > best["val_accuracy"] - 0.03
    assert end["loss"] < 0.7 * best["loss"]
    right, top, loss = judged(chapter, trained("plain"))
    at = int(best["epoch"]) - 1
    assert top[-1][~right[-1]].mean() > top[at][~right[at]].mean() + 0.05
    assert loss[-1][~right[-1]].mean() > loss[at][~right[at]].mean() + 0.3
    assert loss[-1][right[-1]].mean() < loss[at][right[at]].mean()


def test_a_factor_on_the_last_layer_lowers_the_loss_and_changes_no_answer(chapter, trained):
    one, few = trained("plain"), chapter["few"]
    last, weights = one.model.layers[-1], one.model.layers[-1].get_weights()
    last.set_weights([0.5 * weight for weight in weights])
    softer = one.model.predict(few.x_val, batch_size=500, verbose=0)
    last.set_weights(weights)
    assert (softer.argmax(axis=1) == one.outputs[-1].argmax(axis=1)).all()
    loss = -np.log(np.maximum(softer[np.arange(len(softer)), few.y_val.argmax(axis=1)], 1e-7)).mean()
    assert loss < one.history["val_loss"].iloc[-1] - 0.1


def test_early_stopping_runs_on_for_its_patience_and_puts_the_best_weights_back(chapter):
    losses = [3.0, 2.0, 2.5, 1.9, 2.2, 2.1, 2.0, 1.0]
    found = {patience: chapter["played"](losses, patience) for patience in (1, 2, 3, 5)}
    assert found == {1: (3, 2), 2: (6, 4), 3: (7, 4), 5: (8, 8)}


def test_after_early_stopping_the_network_has_the_loss_of_its_best_epoch(chapter, stopped):
    kept, used = chapter["at_best"](stopped).iloc[0], chapter["cifar"]
    again = stopped.model(0).evaluate(used.x_val, used.y_val, batch_size=500, verbose=0)[0]
    assert again == pytest.approx(kept["val_loss"], abs=1e-4)
    assert stopped.history["epoch"].max() == kept["epoch"] + 3


def test_few_images_that_choose_an_epoch_flatter_it_and_many_do_so_less(chapter, trained):
    right, _, losses = judged(chapter, trained("plain"))
    optimism = {n: chapter["optimism"](right, losses, n, "accuracy")[0] for n in (30, 400)}
    assert optimism[30] > 0.015
    assert -0.005 < optimism[400] < optimism[30] / 1.5
    assert chapter["optimism"](right, losses, 30, "loss")[0] < optimism[30]


def test_a_warm_network_needs_no_images_and_a_fresh_one_does(chapter, stopped):
    few = chapter["cifar"].take(250)
    warm = chapter["continued"](stopped.model(0), few)
    fresh = replicate(chapter["build_small"], few, runs=1, epochs=30, callbacks=chapter["stopping"], seed=2)
    of_all, of_few = (chapter["at_best"](runs).iloc[0]["val_accuracy"] for runs in (stopped, fresh))
    at = int(np.argmin(warm["val_loss"]))
    assert warm["accuracy"][0] > fresh.history["accuracy"].iloc[0] + 0.25
    assert warm["val_accuracy"][at] > of_few + 0.08
    assert warm["val_accuracy"][at] > of_all - 0.05
    assert at + 1 < chapter["at_best"](fresh).iloc[0]["epoch"]


def test_augmentation_narrows_the_gap_and_keeps_the_validation_loss_down(chapter, trained):
    plain, augmented = (chapter["summary"](trained(name), chapter["few"]) for name in ("plain", "augmented"))
    assert augmented["gap"] < plain["gap"] - 0.1
    assert augmented["training accuracy"] < plain["training accuracy"] - 0.08
    assert augmented["validation accuracy"] > plain["validation accuracy"] - 0.03
    assert augmented["validation loss"] < plain["validation loss"] - 0.1


def test_with_a_cosine_answers_come_to_rest(chapter, trained):
    of = {name: chapter["summary"](trained(name), chapter["few"]) for name in ("plain", "augmented", "both")}
    changed = {name: figures["answers changed in the last epoch"] for name, figures in of.items()}
    assert changed["both"] < 0.06 and changed["both"] < changed["augmented"] / 2
    assert of["both"]["validation accuracy"] > of["plain"]["validation accuracy"] - 0.04
    assert of["both"]["gap"] < of["plain"]["gap"] - 0.1


def test_augmenting_layers_work_in_training_only(chapter):
    images = chapter["cifar"].x_train[:4]
    for layer in chapter["photo_layers"]():
        assert np.array_equal(layer(images, training=False), images)
        assert not np.array_equal(
            np.concatenate([layer(images, training=True) for _ in range(5)])[:4], images
        )


def test_photographs_may_be_mirrored_and_not_turned_over_and_digits_neither(chapter, stopped):
    from sklearn.datasets import load_digits
    from sklearn.neighbors import KNeighborsClassifier

    used, digits = chapter["cifar"], load_digits()
    knn = KNeighborsClassifier(n_neighbors=3).fit(digits.data[:1_000], digits.target[:1_000])
    photos = chapter["share_right"](
        lambda x: np.argmax(stopped.model(0)(x), axis=1), used.x_val, used.y_val.argmax(axis=1)
    )
    of_digits = chapter["share_right"](
        lambda x: knn.predict(x.reshape(len(x), -1)), digits.images[1_000:], digits.target[1_000:]
    )
    as_is, mirrored, turned = photos.values()
    assert mirrored > as_is - 0.08 and turned < as_is - 0.1
    as_is, mirrored, turned = of_digits.values()
    assert as_is > 0.9 and max(mirrored, turned) < 0.6


def test_the_pair_of_classes_that_the_source_numbers_6_and_4_is_dog_and_cat():
    names = data.load("cifar10").class_names
    assert (names[5], names[3]) == ("dog", "cat") and (names[4], names[6]) == ("deer", "frog")
    assert any(figure.of == "dogs called cat" for figure in claims.experiment("G3").figures)


def test_the_source_s_logs_of_g1_and_g3_differ_in_epoch_7_as_a_later_epoch_does():
    of = {
        id: {(f.of, f.epoch): f.value for f in claims.experiment(id).figures if f.epoch}
        for id in ("G1", "G3")
    }
    for figure in ("train accuracy", "test loss"):
        assert of["G1"][figure, 7] > of["G3"][figure, 7] + 0.05


def test_the_record_has_a_curve_of_equal_passes_and_one_of_equal_updates():
    protocols = claims.protocols()
    once = {"G5-1000", "G5-2500", "G5-5000", "G5", "G5-25000", "G4"}
    repeated = {f"G5-{n}-equal" for n in (1_000, 2_500, 5_000, 10_000, 25_000)}
    networks = {protocols[name]["network"] for name in once | repeated}
    assert len(networks) == 1
    assert {protocols[name]["epochs"] for name in once} == {40}
    updates = {
        protocols[name]["epochs"] * -(-protocols[name]["images"] * protocols[name]["repeat"] // 32)
        for name in repeated
    }
    assert updates == {20 * -(-50_000 // 32)}


def test_the_logs_of_the_record_give_a_curve_in_either_reading(chapter):
    log = {
        "half_accuracy": [0.5, 0.7, 0.6],
        "val_accuracy": [0.5, 0.6, 0.65],
        "val_loss": [1.2, 0.9, 1.0],
    }
    # The first half chooses epoch 2, where the other has 0.5; the other chooses epoch 3, where the first has 0.6.
    assert chapter["read_fairly"](log) == pytest.approx((0.5 + 0.6) / 2)
    assert chapter["read_as_the_study"](log) == 0.6


def test_what_the_study_prints_of_g3_puts_a_floor_under_its_right_cats():
    for right in range(1_001):
        answered = 2 * right / 0.615 - 1_000
        if answered >= right + 199:  # the dogs called cat are among the answers
            break
    assert right == 533
