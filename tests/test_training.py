"""`replicate` trains the same models as plain Keras, from seeds, and refuses what it cannot train."""

import json

import keras
import numpy as np
import pytest

from coursekit import data, training
from coursekit.training import Runs, replicate


@pytest.fixture(scope="module")
def digits():
    """A thousand images, so that the last batch of 32 is a small one."""
    return data.load("mnist", validation=200).take(1000).scaled()


def mlp(optimizer="adam", loss="sparse_categorical_crossentropy", output="softmax", hidden=16, dropout=0.0):
    def build():
        model = keras.Sequential([keras.Input(shape=(28, 28)), keras.layers.Flatten()])
        model.add(keras.layers.Dense(hidden, activation="relu"))
        if dropout:
            model.add(keras.layers.Dropout(dropout))
        model.add(keras.layers.Dense(10, activation=output))
        model.compile(optimizer=keras.optimizers.get(optimizer), loss=loss, metrics=["accuracy"])
        return model

    return build


def cnn():
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Conv2D(4, 3, strides=2, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def seed_of(seed, run):
    return int(np.random.SeedSequence([seed, run]).generate_state(1)[0])


@pytest.fixture
def compiled(monkeypatch):
    """Small trainings are not worth compiling, and are not otherwise."""
    monkeypatch.setattr(training, "_STEPS_WORTH_COMPILING", 0)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("loss", ["mean_squared_error", "sparse_categorical_crossentropy"])
def test_a_compiled_epoch_ends_with_the_weights_that_plain_keras_reaches(digits, optimizer, loss, compiled):
    check_against_plain_keras(digits, optimizer, loss)


def test_so_does_an_epoch_that_is_not_worth_compiling(digits):
    check_against_plain_keras(digits, "adam", "sparse_categorical_crossentropy")


def test_so_does_one_with_batch_normalization_and_its_moving_averages(digits, compiled):
    def build():
        model = keras.Sequential([keras.Input(shape=(28, 28)), keras.layers.Flatten()])
        model.add(keras.layers.Dense(16, activation="relu"))
        model.add(keras.layers.BatchNormalization())
        model.add(keras.layers.Dense(10, activation="softmax"))
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    check_against_plain_keras(digits, "sgd", "sparse_categorical_crossentropy", build)


def check_against_plain_keras(digits, optimizer, loss, build=None):
    build = build or mlp(optimizer, loss)
    used = digits if loss.startswith("sparse") else digits.one_hot()
    runs = replicate(build, used, runs=2, epochs=1, seed=3)
    for run in range(2):
        keras.utils.set_random_seed(seed_of(3, run))
        model = build()
        order = next(training.shuffles(seed_of(3, run), len(used.x_train)))
        history = model.fit(
            used.x_train[order],
            used.y_train[order],
            batch_size=32,
            shuffle=False,
            validation_data=(used.x_val, used.y_val),
            verbose=0,
        ).history
        for ours, theirs in zip(runs.model(run).get_weights(), model.get_weights(), strict=True):
            assert np.abs(ours - theirs).max() < 1e-4
        for metric, values in history.items():
            recorded = runs.history.query("run == @run")[metric].item()
            assert recorded == pytest.approx(values[0], abs=1e-4), metric


def test_a_regularizer_counts_as_it_does_in_keras(digits, compiled):
    def build():
        model = keras.Sequential([keras.Input(shape=(28, 28)), keras.layers.Flatten()])
        model.add(keras.layers.Dense(10, activation="softmax", kernel_regularizer=keras.regularizers.L2(0.1)))
        model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
        return model

    runs = replicate(build, digits, runs=1, epochs=1, test=True)
    loss, accuracy = runs.model(0).evaluate(digits.x_val, digits.y_val, verbose=0)
    assert runs.final("val_loss")[0] == pytest.approx(loss, abs=1e-4)
    assert runs.final("val_accuracy")[0] == pytest.approx(accuracy, abs=1e-6)
    assert runs.test["loss"][0] == pytest.approx(
        runs.model(0).evaluate(digits.x_test, digits.y_test, verbose=0)[0], abs=1e-4
    )


@pytest.mark.parametrize(
    "special",
    [
        {"layer": {"kernel_constraint": "unit_norm"}},
        {"layer": {"activity_regularizer": "l2"}},
        {"optimizer": {"clipnorm": 1.0}},
        {"compile": {"run_eagerly": True}},
    ],
    ids=str,
)
def test_what_compiled_epochs_do_not_know_is_left_to_fit(digits, special):
    def build():
        dense = keras.layers.Dense(10, activation="softmax", **special.get("layer", {}))
        model = keras.Sequential([keras.Input(shape=(28, 28)), keras.layers.Flatten(), dense])
        optimizer = keras.optimizers.SGD(0.1, **special.get("optimizer", {}))
        loss = "sparse_categorical_crossentropy"
        model.compile(optimizer, loss, metrics=["accuracy"], **special.get("compile", {}))
        return model

    runs = replicate(build, digits.take(64), runs=1, epochs=1)
    assert runs.provenance["protocol"]["trained_by"] == "fit"


def test_the_same_seed_gives_the_same_figures(digits, compiled):
    first, again = (replicate(mlp(dropout=0.3), digits, runs=2, epochs=2).history for _ in range(2))
    assert first.equals(again)


def test_another_seed_and_another_run_give_other_figures(digits):
    first, other = (replicate(mlp(), digits, runs=2, epochs=1, seed=seed).history for seed in (0, 1))
    assert len({*first["loss"], *other["loss"]}) == 4


def test_a_longer_training_begins_like_a_shorter_one(digits):
    short, long = (replicate(mlp(), digits, runs=2, epochs=epochs).history for epochs in (1, 3))
    assert np.allclose(short["loss"], long.query("epoch == 1")["loss"], atol=1e-5)


def test_dropout_silences_other_units_in_each_step_of_the_training_and_none_after_it(digits):
    runs = replicate(mlp(hidden=64, dropout=0.8), digits, runs=3, epochs=6)
    assert runs.final("accuracy").mean() < runs.final("val_accuracy").mean() - 0.05
    states = [v for v in runs.model(0).variables if "seed_generator_state" in v.path]
    keras.utils.set_random_seed(seed_of(0, 0))
    fresh = [v for v in mlp(hidden=64, dropout=0.8)().variables if "seed_generator_state" in v.path]
    assert states and (states[0].numpy() != fresh[0].numpy()).any()


def test_each_replica_can_be_taken_out_as_a_compiled_model(digits):
    runs = replicate(mlp(), digits, runs=2, epochs=2)
    for run in range(2):
        scored = runs.model(run).evaluate(digits.x_val, digits.y_val, verbose=0, return_dict=True)
        assert scored["accuracy"] == pytest.approx(runs.final("val_accuracy")[run], abs=1e-6)
    assert runs.model(0).optimizer.iterations.numpy() == 2 * 32
    with pytest.raises(ValueError, match="run is 0 to 1; got 2"):
        runs.model(2)


def test_a_convolutional_model_trains_as_in_plain_keras():
    digits = (
        data.load("mnist", validation=200).take(1100).scaled()
    )  # 35 steps, more than Keras is given at once
    watch = {"steps": lambda model: model.optimizer.iterations.numpy()}
    runs = replicate(cnn, digits, runs=1, epochs=2, seed=5, watch=watch)
    keras.utils.set_random_seed(seed_of(5, 0))
    model, orders = cnn(), training.shuffles(seed_of(5, 0), 1100)
    for epoch in (1, 2):
        order = next(orders)
        plain = model.fit(
            digits.x_train[order],
            digits.y_train[order],
            shuffle=False,
            validation_data=(digits.x_val, digits.y_val),
            verbose=0,
        ).history
        ours = runs.history[runs.history["epoch"] == epoch]
        for metric, values in plain.items():
            assert ours[metric].tolist() == pytest.approx(values, abs=1e-4), metric
    assert runs.history["steps"].tolist() == [35, 70]
    assert runs.model(0).steps_per_execution == 1
    assert runs.provenance["protocol"]["trained_by"] == "fit"


def test_watched_quantities_become_columns(digits):
    watch = {"bias": lambda model: np.abs(model.layers[-1].get_weights()[1]).sum()}
    runs = replicate(mlp(), digits, runs=2, epochs=3, watch=watch)
    last = runs.final("bias")
    assert (runs.history["bias"] > 0).all()
    assert last[1] == pytest.approx(np.abs(runs.model(1).get_weights()[-1]).sum())


def test_each_run_stops_early_by_a_callback_of_its_own(digits):
    made = []

    def callbacks():
        made.append(keras.callbacks.EarlyStopping(patience=1, restore_best_weights=True))
        return made[-1:]

    fast = {"class_name": "Adam", "config": {"learning_rate": 0.05}}
    runs = replicate(mlp(fast), digits, runs=3, epochs=40, seed=1, callbacks=callbacks)
    by_run = runs.history.groupby("run")["val_loss"]
    assert len(made) == 3
    assert by_run.size().min() < 40
    assert all(len(losses) == 40 or losses.iloc[-1] > losses.min() for _, losses in by_run)
    assert runs.final("epoch").tolist() == by_run.size().tolist()
    for run, smallest in by_run.min().items():
        kept = runs.model(run).evaluate(digits.x_val, digits.y_val, verbose=0)[0]
        assert kept == pytest.approx(smallest, abs=1e-5)


def test_the_test_set_is_scored_only_when_asked_for(digits):
    assert replicate(mlp(), digits, runs=1, epochs=1).test is None
    runs = replicate(mlp(), digits, runs=2, epochs=1, test=True)
    assert runs.predictions.shape == (2, len(digits.y_test))
    shares = [np.mean(p == digits.y_test) for p in runs.predictions]
    assert runs.test["accuracy"].tolist() == pytest.approx(shares, abs=1e-6)
    loss, _ = runs.model(1).evaluate(digits.x_test, digits.y_test, verbose=0)
    assert runs.test["loss"][1] == pytest.approx(loss, abs=1e-4)


def test_without_validation_images_there_are_no_validation_figures(digits):
    runs = replicate(mlp(), data.load("mnist", validation=0).take(300).scaled(), runs=1, epochs=1)
    assert list(runs.history.columns) == ["run", "epoch", "loss", "accuracy"]
    assert "final accuracy" in repr(runs)


def test_unscaled_pixels_are_trained_as_they_are(digits):
    raw = data.load("mnist", validation=200).take(1000)
    runs = replicate(mlp(), raw, runs=1, epochs=1)
    loss, _ = runs.model(0).evaluate(raw.x_val.astype("float32"), raw.y_val, verbose=0)
    assert runs.final("val_loss")[0] == pytest.approx(loss, rel=1e-4)


def test_runs_come_back_from_their_file_unchanged(digits, tmp_path):
    runs = replicate(mlp(), digits, runs=2, epochs=2, test=True)
    runs.save(tmp_path / "runs.json")
    again = Runs.load(tmp_path / "runs.json")
    assert again.history.equals(runs.history) and again.test.equals(runs.test)
    assert np.array_equal(again.predictions, runs.predictions)
    assert again.provenance == runs.provenance and repr(again) == repr(runs)
    with pytest.raises(ValueError, match="figures, not models"):
        again.model(0)


def test_results_say_where_they_come_from_but_not_where_files_lie(digits, tmp_path):
    runs = replicate(mlp(), digits, runs=1, epochs=1)
    assert runs.provenance["data"]["digest"] == digits.provenance.digest
    assert runs.provenance["protocol"]["images"] == 1000
    if digits.provenance.location:
        assert str(digits.provenance.location) not in json.dumps(runs.provenance)
    assert repr(runs).startswith("SAMPLE DATA") == (not digits.provenance.genuine)


@pytest.mark.parametrize(
    ("content", "reason"), [("{", "JSON"), ("[]", "format 1"), ('{"format": 1}', "keys are missing: history")]
)
def test_a_file_that_holds_no_runs_is_named(tmp_path, content, reason):
    file = tmp_path / "broken.json"
    file.write_text(content)
    with pytest.raises(ValueError, match=f"broken.json.*{reason}"):
        Runs.load(file)


def uncompiled():
    return keras.Sequential([keras.Input(shape=(28, 28)), keras.layers.Flatten(), keras.layers.Dense(10)])


def trained_before(dataset):
    def build():
        model = mlp()()
        model.fit(dataset.x_train[:32], dataset.y_train[:32], verbose=0)
        return model

    return build


def test_bad_input_is_refused_before_training_starts(digits):
    one_model = mlp()()
    wide = keras.Sequential([keras.Input(shape=(32, 32, 3)), keras.layers.Flatten(), keras.layers.Dense(10)])
    wide.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    silent = uncompiled()
    silent.compile("sgd", "sparse_categorical_crossentropy")
    cases = [
        (mlp(), {"runs": 0}, "runs is a whole number of at least 1; got 0"),
        (mlp(), {"epochs": 1.5}, "epochs is a whole number of at least 1; got 1.5"),
        (mlp(), {"batch_size": True}, "batch_size is a whole number"),
        (mlp()(), {}, "build is a function that returns a compiled model; got Sequential"),
        (lambda: None, {}, "got NoneType. Did you forget a return?"),
        (uncompiled, {}, "forget model.compile"),
        (lambda: one_model, {"runs": 2}, "the same model twice"),
        (trained_before(digits), {}, "has been trained before"),
        (lambda: wide, {}, r"inputs of shape \(32, 32, 3\), data has \(28, 28\)"),
        (lambda: silent, {}, 'without metrics=\\["accuracy"\\]'),
        (mlp(loss="mean_squared_error"), {}, "takes one-hot labels, data has integers"),
        (mlp(loss="mse"), {}, "takes one-hot labels, data has integers"),
        (mlp(loss=keras.losses.CategoricalCrossentropy()), {}, "takes one-hot labels, data has integers"),
    ]
    for build, options, reason in cases:
        with pytest.raises((ValueError, TypeError), match=reason):
            replicate(build, digits, **{"runs": 1, "epochs": 1, **options})
    with pytest.raises(ValueError, match="takes integer labels, data has one-hot rows"):
        replicate(mlp(), digits.one_hot(), runs=1, epochs=1)


def test_a_model_that_was_scored_before_its_training_is_validated_on_all_images():
    few = data.load("mnist", split="test").take(100, val=60).scaled()
    assert len(few.x_val) == 60

    def build():
        model = mlp()()
        model.evaluate(few.x_val, few.y_val, batch_size=1000, verbose=0)
        return model

    runs = replicate(build, few, runs=1, epochs=1, callbacks=list)
    loss, _ = runs.model(0).evaluate(few.x_val, few.y_val, verbose=0)
    assert runs.final("val_loss")[0] == pytest.approx(loss, abs=1e-5)


def test_callbacks_that_all_runs_would_share_are_refused(digits):
    with pytest.raises(TypeError, match="for each run its own; got list"):
        replicate(mlp(), digits, runs=2, epochs=1, callbacks=[keras.callbacks.EarlyStopping()])


def test_an_error_in_a_watched_function_reaches_the_caller_and_ends_the_other_runs(digits):
    seen = []

    def broken(model):
        seen.append(model)
        if len(seen) == 1:
            raise RuntimeError("no such layer")
        return 0.0

    with pytest.raises(RuntimeError, match="no such layer"):
        replicate(mlp(), digits, runs=4, epochs=50, watch={"broken": broken})
    assert len(seen) < 50


@pytest.mark.slow
def test_over_thirty_runs_the_final_accuracies_are_distributed_as_in_plain_keras():
    from scipy import stats

    dataset = data.load("mnist", validation=1000).take(1000).scaled()
    build = mlp(dropout=0.2)
    ours = replicate(build, dataset, runs=30, epochs=3).final("val_accuracy")
    theirs = []
    for run in range(30):
        keras.utils.set_random_seed(1000 + run)
        validation = (dataset.x_val, dataset.y_val)
        fitted = build().fit(
            dataset.x_train, dataset.y_train, epochs=3, validation_data=validation, verbose=0
        )
        theirs.append(fitted.history["val_accuracy"][-1])
    assert stats.ks_2samp(ours, theirs).pvalue > 0.001
    assert abs(np.mean(ours) - np.mean(theirs)) < 4 * np.hypot(np.std(ours), np.std(theirs)) / np.sqrt(30)
