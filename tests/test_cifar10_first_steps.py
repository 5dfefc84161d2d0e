"""The effects of which cifar10-first-steps speaks, from networks trained here with the chapter's own functions."""

import dataclasses

import numpy as np
import pytest
from fixtures.studies import assert_recorded_layers, assert_recorded_training, definitions, needs_real_data
from scipy import stats

from coursekit import data
from coursekit.record import claims
from coursekit.training import batches, replicate

pytestmark = needs_real_data


@pytest.fixture(scope="module")
def chapter():
    """The functions that the chapter's studies define, over 5 000 of its images."""
    import keras
    import tensorflow as tf

    def scaled(name):
        return data.load(name).take(5_000, val=2_000, test=0).scaled()

    cifar, mnist = scaled("cifar10"), scaled("mnist")
    mean_image = cifar.x_train.mean(axis=0)
    centred = dataclasses.replace(cifar, x_train=cifar.x_train - mean_image, x_val=cifar.x_val - mean_image)
    names = {
        "keras": keras,
        "np": np,
        "tf": tf,
        "claims": claims,
        "dataclasses": dataclasses,
        "batches": batches,
    }
    import pandas as pd

    names |= {"pd": pd, "cifar": cifar, "mnist": mnist, "centred": centred, "small": cifar}
    names["mean_image"] = mean_image
    names["order_of_pixels"] = np.random.default_rng(0).permutation(32 * 32)
    names["few"] = slice(0, 2_000)
    return definitions("cifar10-first-steps", names)


def fitted(chapter, build, used, **settings):
    return replicate(build, used, **{"runs": 2, "epochs": 4, "seed": 1, **settings})


@pytest.fixture(scope="module")
def raw(chapter):
    used = chapter["cifar"]
    watch = chapter["watch_living"](used)
    return fitted(chapter, chapter["build_mlp"], used, runs=10, epochs=5, watch=watch)


@pytest.fixture(scope="module")
def healthy(chapter):
    used = chapter["centred"]
    watch = chapter["watch_living"](used)
    return fitted(chapter, chapter["build_mlp"], used, runs=3, epochs=5, watch=watch)


@pytest.fixture(scope="module")
def cnn(chapter):
    return fitted(chapter, chapter["build_cnn"], chapter["cifar"].take(4_000), runs=1, epochs=5)


def test_the_networks_are_those_of_the_record(chapter):
    mlp, cnn, deep = chapter["build_mlp"], chapter["build_cnn"], chapter["build_deep"]
    built = {
        "F8a": mlp(),
        "F8b-128": mlp(128),
        "F9": cnn(),
        "F10a-0.4": cnn(0.4),
        "F10b": deep(),
        "F10c": deep((128, 128)),
        "F10d": deep((128, 128), batch_norm=True),
        "F10e": deep((128, 128), batch_norm=True, dropout=0.2),
    }
    for name, model in built.items():
        assert_recorded_layers(model, name)
        assert_recorded_training(model, name)


def test_templates_recognise_digits_and_few_photographs(chapter):
    for used in (chapter["cifar"], chapter["mnist"]):
        means = [used.x_train[used.y_train == k].mean(axis=0) for k in range(10)]
        chapter.setdefault("means", {})[used.name] = np.array(means)
    assert chapter["nearest_mean_accuracy"](chapter["mnist"]) > 0.75
    assert 0.15 < chapter["nearest_mean_accuracy"](chapter["cifar"]) < 0.35


def test_most_hidden_units_die_within_an_epoch_and_the_accuracy_counts_the_survivors(raw):
    living, score = raw.final("living"), raw.final()
    assert living.max() <= 12 and living.mean() < 6
    first = raw.history.query("epoch == 1").set_index("run")["living"]
    assert first.max() <= 12 and (first - living).abs().max() <= 4
    assert raw.final("not quite dead").mean() < 8
    assert living.corr(score, method="spearman") > 0.6
    many = living > living.median()
    assert score[many].mean() > score[~many].mean() + 0.02
    assert score[living == 0].empty or score[living == 0].max() < 0.16


def test_units_die_in_the_first_steps_and_inverted_digits_kill_them_too(chapter):
    steps = {
        name: chapter["count_alive"](chapter["first_steps"](used))
        for name, used in {
            "raw": chapter["cifar"],
            "centred": chapter["centred"],
            "mnist": chapter["mnist"],
            "inverted": chapter["inverted"](chapter["mnist"]),
        }.items()
    }
    assert steps["raw"][0] > 28 and steps["raw"][-1] < 16
    assert steps["centred"][-1] == steps["centred"][0] == 32
    assert steps["mnist"][-1] >= 31
    assert steps["inverted"][-1] < steps["inverted"][0] - 5


def test_positive_pixels_push_all_weights_of_a_unit_one_way_and_centred_ones_do_not(chapter):
    assert chapter["same_direction"](chapter["cifar"]) > 0.85
    assert chapter["same_direction"](chapter["centred"]) < 0.75
    sums = chapter["first_steps"](chapter["cifar"], steps=1)
    push = np.abs(sums[1].mean(axis=0) - sums[0].mean(axis=0)).max()
    total = chapter["cifar"].x_train.reshape(5_000, -1).sum(axis=1).mean()
    assert 0.6 * 0.001 * total < push < 1.05 * 0.001 * total
    assert push > 2 * np.median(sums[0].std(axis=0))


def test_centring_saves_all_units_and_another_start_does_not(chapter, raw, healthy):
    assert healthy.final("living").min() == 32
    assert healthy.final().min() > raw.final().mean() + 0.1
    assert np.ptp(healthy.final()) < 0.05
    used = chapter["cifar"]
    start = fitted(
        chapter,
        lambda: chapter["build_mlp"](start="he_normal"),
        used,
        runs=4,
        watch=chapter["watch_living"](used),
    )
    assert start.final("living").max() < 16
    assert start.final().mean() < healthy.final().min() - 0.07
    slow = fitted(
        chapter,
        lambda: chapter["build_mlp"](optimizer=chapter["keras"].optimizers.Adam(0.0001)),
        used,
        watch=chapter["watch_living"](used),
    )
    assert slow.final("living").min() > 16
    assert slow.final().max() < healthy.final().min()


def test_larger_batches_leave_more_units_alive(chapter, raw):
    used = chapter["cifar"]
    large = fitted(
        chapter,
        chapter["build_mlp"],
        used,
        runs=10,
        epochs=5,
        batch_size=128,
        watch=chapter["watch_living"](used),
    )
    assert large.final("living").mean() > raw.final("living").mean()


def test_a_few_healthy_units_do_what_a_few_survivors_do(chapter, raw):
    small = {
        units: fitted(chapter, lambda units=units: chapter["build_mlp"](units), chapter["centred"])
        for units in (1, 2, 8)
    }
    means = [runs.final().mean() for runs in small.values()]
    assert 0.14 < means[0] < 0.23 and means[0] + 0.01 < means[1] < means[2] - 0.05
    survivors = raw.final()[raw.final("living") == 1]
    assert survivors.empty or abs(survivors.mean() - means[0]) < 0.06


def test_training_adds_an_even_sheet_to_a_dead_unit_and_a_picture_to_a_healthy_one(chapter):
    evenness = {}
    for name in ("cifar", "centred"):
        used = chapter[name]
        chapter["keras"].utils.set_random_seed(5)
        model = chapter["build_mlp"]()
        start = model.layers[1].get_weights()[0]
        model.fit(batches(used.x_train, used.y_train), epochs=2, verbose=0)
        kernel, bias = model.layers[1].get_weights()
        added = kernel - start
        alive = (used.x_val.reshape(2_000, -1) @ kernel + bias > 0).any(axis=0)
        evenness[name] = np.abs(added.mean(axis=0)) / added.std(axis=0)
        if name == "cifar":
            assert (~alive).sum() > 15
            evenness[name] = evenness[name][~alive]
    assert np.median(evenness["cifar"]) > 1.2 > 0.8 > np.median(evenness["centred"])


def test_a_cnn_beats_an_mlp_on_the_same_photographs_and_needs_its_neighbours(chapter, cnn):
    mlp = fitted(chapter, chapter["build_mlp"], chapter["centred"].take(4_000), epochs=5)
    assert cnn.final()[0] > mlp.final().max() + 0.03
    mixed_mlp = fitted(
        chapter, chapter["build_mlp"], chapter["permuted"](chapter["centred"].take(4_000)), epochs=5
    )
    mixed_cnn = fitted(
        chapter, chapter["build_cnn"], chapter["permuted"](chapter["cifar"].take(4_000)), runs=1, epochs=5
    )
    assert abs(mixed_mlp.final().mean() - mlp.final().mean()) < 0.03
    assert mixed_cnn.final()[0] < mixed_mlp.final().min() - 0.03
    for model, offset in ((mlp.model(0), chapter["mean_image"]), (cnn.model(0), 0)):
        by = [chapter["accuracy_when_moved"](model, chapter["cifar"], by, offset) for by in (0, 2, 4)]
        assert by[2] < by[0] - 0.03 and by[1] < by[0]


def test_deep_units_of_the_cnn_die_and_few_of_the_first_layer(chapter, cnn):
    dead, values = [], chapter["cifar"].x_val[:500]
    for layer in cnn.model(0).layers:
        values = layer(values)
        if layer.weights:
            dead.append((np.asarray(values).reshape(-1, values.shape[-1]).max(axis=0) <= 0).mean())
    assert dead[0] < 0.15 < max(dead[2], dead[3])


def test_much_dropout_lowers_training_and_validation_accuracy_in_few_epochs(chapter, cnn):
    used = chapter["cifar"].take(4_000)
    dropped = fitted(chapter, lambda: chapter["build_cnn"](0.8), used, runs=1, epochs=5)
    assert dropped.final()[0] < cnn.final()[0] - 0.03
    chapter["small"] = used
    assert chapter["measured"](dropped.model(0)) < chapter["measured"](cnn.model(0)) - 0.05


def test_the_work_of_a_network_is_not_where_its_parameters_are(chapter):
    three, four = chapter["work"](chapter["build_cnn"]()), chapter["work"](chapter["build_deep"]())
    assert three["MACs"].sum() == 4_548_608 and four["MACs"].sum() == 9_873_408
    shares = three[["parameters", "MACs"]] / three[["parameters", "MACs"]].sum()
    assert shares["parameters"][3] > 0.5 and shares["MACs"][3] < 0.02
    assert shares["MACs"][:2].sum() > 0.8 and shares["parameters"][:2].sum() < 0.2
    assert three["MACs"].sum() > 40 * chapter["work"](chapter["build_mlp"]())["MACs"].sum()


def test_the_record_says_of_the_mlps_what_the_text_says_and_every_run_of_f9_is_far_better():
    def tests(name):
        return [run["test"]["accuracy"] for run in claims.recorded(name)]

    means = [np.mean(tests(f"F8b-{width}")) for width in (8, 16, 32, 64, 128)]
    assert means == sorted(means)
    assert max(tests("F8b-128")) < 0.5
    for run in claims.recorded("F9"):
        assert run["test"]["accuracy"] > max(tests("F8b-128")) + 0.1
        assert run["train"]["accuracy"] > run["test"]["accuracy"] + 0.03


def test_the_studys_own_runs_tell_none_of_its_last_three_steps_apart():
    printed = {
        id: next(figure.values for figure in claims.experiment(id).figures if figure.values)
        for id in ("F10b", "F10c", "F10d", "F10e")
    }
    means = [round(np.mean(values), 4) for values in printed.values()]
    assert means == [0.7332, 0.7353, 0.7431, 0.7450]
    for one, two in (("F10b", "F10c"), ("F10c", "F10d"), ("F10d", "F10e")):
        step = stats.ttest_ind(printed[two], printed[one], equal_var=False)
        assert step.pvalue > 0.3 and step.confidence_interval(0.95).low < 0, (one, two)
    reach = {id: np.ptp(values) for id, values in printed.items()}
    assert max(reach, key=reach.get) == "F10e"
    # F9's runs are not printed; if they scattered like F10b's, five on each side would show the first step.
    rise = means[0] - 0.7103
    assert rise > stats.t.ppf(0.975, 8) * np.std(printed["F10b"], ddof=1) * np.sqrt(2 / 5)
