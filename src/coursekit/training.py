"""Train one model many times from different seeds, about as cheaply as once.

One run of a network says little: another seed gives another score. ``replicate`` trains as many replicas as you
ask for and returns their histories as one table.

How it is fast: ``fit`` on a small dense network spends most of its time around the arithmetic (one call into
TensorFlow a batch), not in it. Here a whole epoch is one compiled program, and each processor core trains a
replica of its own, so that the weights and the optimizer's state of a replica stay in that core's cache.
Convolutions are different: there the arithmetic dominates, and Keras's own ``fit`` is the fastest.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import datetime
import json
import os
import platform
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from coursekit.progress import track

if TYPE_CHECKING:
    import keras
    import pandas as pd
    import tensorflow as tf

    from coursekit.data import Dataset

# A model made only of these is trained by compiled epochs; any other by Keras's own fit.
_COMPILED_LAYERS = ("InputLayer", "Flatten", "Dense", "Activation", "ReLU", "Softmax", "Dropout")
# Compiling an epoch costs most of a second, which this many steps earn back; a second compiled worker pays for
# itself after this many.
_STEPS_WORTH_COMPILING = 3_000
_STEPS_WORTH_A_CREW = 12_000
_STEPS_PER_CALL = 32
_FORMAT = 1


# ---------------------------------------------------------------------------------------------------- results
@dataclasses.dataclass(frozen=True, eq=False)
class Runs:
    """What ``replicate`` measured.

    ``history``: a frame with a row for each run and epoch and the columns ``run``, ``epoch`` (from 1), ``loss``,
    ``accuracy``, ``val_loss``, ``val_accuracy`` and one for each watched quantity. As in Keras, training figures are
    means over the batches while the weights move; validation figures are taken at the end of the epoch.
    ``test``: a frame with ``run``, ``loss``, ``accuracy`` on the test set, or None if it was not asked for.
    ``predictions``: the predicted classes, an array (runs, test images), or None.
    ``seconds``: wall time of the training. ``provenance``: protocol, data, versions, machine, date.
    """

    history: pd.DataFrame
    test: pd.DataFrame | None
    predictions: np.ndarray | None
    seconds: float
    provenance: dict[str, Any]
    models: tuple[keras.Model, ...] = ()

    def final(self, metric: str = "val_accuracy") -> pd.Series:
        """``metric`` at the last epoch, indexed by run. Raises ValueError for a metric that was not recorded."""
        if metric not in self.history.columns:
            known = ", ".join(c for c in self.history.columns if c not in ("run", "epoch"))
            raise ValueError(f"metric is one of {known}; got {metric!r}")
        last = self.history[self.history["epoch"] == self.history["epoch"].max()]
        return last.set_index("run")[metric]

    def model(self, run: int) -> keras.Model:
        """The trained replica ``run``, an ordinary compiled Keras model."""
        if not self.models:
            raise ValueError(
                "these runs were loaded from a file, which holds figures, not models; train them again"
            )
        if run not in range(len(self.models)):
            raise ValueError(f"run is 0 to {len(self.models) - 1}; got {run!r}")
        return self.models[run]

    def save(self, path: str | os.PathLike) -> None:
        """Write everything but the models to ``path`` as JSON, whole or not at all."""
        path = Path(path)
        document = {
            "format": _FORMAT,
            "history": self.history.to_dict("list"),
            "test": None if self.test is None else self.test.to_dict("list"),
            "predictions": None if self.predictions is None else self.predictions.tolist(),
            "seconds": self.seconds,
            "provenance": self.provenance,
        }
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        temporary.write_text(json.dumps(document), encoding="utf-8")
        temporary.replace(path)

    @classmethod
    def load(cls, path: str | os.PathLike) -> Runs:
        """Read what ``save`` wrote. Raises ValueError, naming the file, if it holds anything else."""
        import pandas as pd

        try:
            document = json.loads(Path(path).read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path}: expected the JSON that Runs.save writes; {error}") from None
        if not isinstance(document, dict) or document.get("format") != _FORMAT:
            raise ValueError(f"{path}: expected an object with format {_FORMAT}, as Runs.save writes")
        missing = {f.name for f in dataclasses.fields(cls)} - {"models"} - document.keys()
        if missing:
            raise ValueError(f"{path}: keys are missing: {', '.join(sorted(missing))}")
        return cls(
            history=pd.DataFrame(document["history"]),
            test=None if document["test"] is None else pd.DataFrame(document["test"]),
            predictions=None if document["predictions"] is None else np.array(document["predictions"]),
            seconds=document["seconds"],
            provenance=document["provenance"],
        )

    def __repr__(self) -> str:
        protocol = self.provenance["protocol"]
        metric = "val_accuracy" if "val_accuracy" in self.history.columns else "accuracy"
        final = self.final(metric)
        text = (
            f"{protocol['runs']} runs of {protocol['epochs']} epochs on {protocol['images']:,} images, "
            f"batches of {protocol['batch_size']}: final {metric} from {final.min():.4f} to {final.max():.4f}, "
            f"mean {final.mean():.4f} ({self.seconds:.1f} s)"
        )
        banner = self.provenance["data"].get("banner")
        return f"{banner}\n{text}" if banner else text


# --------------------------------------------------------------------------------------------------- training
def replicate(
    build: Callable[[], keras.Model],
    data: Dataset,
    *,
    runs: int,
    epochs: int,
    batch_size: int = 32,
    seed: int = 0,
    test: bool = False,
    watch: Mapping[str, Callable[[keras.Model], float]] | None = None,
) -> Runs:
    """Train ``runs`` models from ``build()``, each from its own seed, and return what happened as ``Runs``.

    ``build`` takes nothing and returns a new, compiled Keras model with ``metrics=["accuracy"]``. Every replica gets
    its own initial weights and its own order of the batches, both of which follow from ``seed``: on one machine the
    same call gives the same figures. ``watch`` maps a name to a function of a model; it is called at the end of each
    epoch of each run, and its values become a column of the history. With ``test`` the test set is scored, once, when
    training has ended.

    Labels are integers, or one-hot rows (``data.one_hot()``) where the loss needs them. Raises TypeError or
    ValueError, before any training, for a number below 1, a model that is not new, not compiled or does not fit the
    data, or a loss that does not fit the labels.
    """
    import keras
    import pandas as pd

    for name, value in (("runs", runs), ("epochs", epochs), ("batch_size", batch_size)):
        if type(value) is not int or value < 1:
            raise ValueError(f"{name} is a whole number of at least 1; got {value!r}")
    if not callable(build) or isinstance(build, keras.Model):
        raise TypeError(f"build is a function that returns a compiled model; got {type(build).__name__}")
    watch = dict(watch or {})
    seeds = [int(np.random.SeedSequence([seed, run]).generate_state(1)[0]) for run in range(runs)]
    models = []
    for replica_seed in seeds:
        keras.utils.set_random_seed(replica_seed)
        model = build()
        _check_model(model, data, models)
        models.append(model)

    started = time.perf_counter()
    compiled = keras.backend.backend() == "tensorflow" and _is_dense_stack(models[0])
    train = _train_compiled if compiled else _train_with_fit
    history = train(build, models, data, seeds=seeds, epochs=epochs, batch_size=batch_size, watch=watch)
    seconds = time.perf_counter() - started

    scores, predictions = None, None
    if test:
        scored = [_score(model, data.x_test, data.y_test) for model in models]
        scores = pd.DataFrame([{"run": run, **figures} for run, (figures, _) in enumerate(scored)])
        predictions = np.stack([classes for _, classes in scored])
    protocol = {
        "runs": runs,
        "epochs": epochs,
        "batch_size": batch_size,
        "seed": seed,
        "images": len(data.x_train),
        "parameters": models[0].count_params(),
        "model": [layer.__class__.__name__ for layer in models[0].layers],
        "trained_by": "compiled epochs" if compiled else "fit",
    }
    return Runs(
        history=pd.DataFrame(history).sort_values(["run", "epoch"], ignore_index=True),
        test=scores,
        predictions=predictions,
        seconds=seconds,
        provenance={"protocol": protocol, "data": data.provenance.as_dict(), **_circumstances()},
        models=tuple(models),
    )


def shuffles(seed: int, images: int) -> Iterator[np.ndarray]:
    """The order in which a replica with this seed sees its images: a permutation of ``range(images)`` an epoch."""
    generator = np.random.default_rng(seed)
    while True:
        yield generator.permutation(images)


def _check_model(model: keras.Model, data: Dataset, others: list[keras.Model]) -> None:
    import keras

    if not isinstance(model, keras.Model):
        raise TypeError(
            f"build() returns a Keras model; got {type(model).__name__}. Did you forget a return?"
        )
    if any(model is other for other in others):
        raise ValueError(
            "build() returned the same model twice, so that training would go on where the last run ended. "
            "Create the model inside build."
        )
    if not model.compiled:
        raise ValueError(
            "build() returns a compiled model; this one is not. Did you forget model.compile(...)?"
        )
    if not model.built:
        raise ValueError("build() returns a model of known input shape. Did you forget keras.Input(...)?")
    if int(keras.ops.convert_to_numpy(model.optimizer.iterations)):
        raise ValueError("build() returns a new model; this one has been trained before")
    if model.input_shape[1:] != data.x_train.shape[1:]:
        raise ValueError(
            f"the model takes inputs of shape {model.input_shape[1:]}, data has {data.x_train.shape[1:]}"
        )
    classes = len(data.class_names)
    if model.output_shape[1:] != (classes,):
        raise ValueError(
            f"the model returns rows of shape {model.output_shape[1:]}, data has {classes} classes"
        )
    if "accuracy" not in (model.get_compile_config()["metrics"] or ()):
        raise ValueError('the model is compiled without metrics=["accuracy"], which the history records')
    loss = model.loss if isinstance(model.loss, str) else getattr(model.loss, "name", "")
    if loss.startswith("sparse_") and data.y_train.ndim != 1:
        raise ValueError(
            f"the loss {loss!r} takes integer labels, data has one-hot rows: leave out one_hot()"
        )
    if not loss.startswith("sparse_") and loss in dir(keras.losses) and data.y_train.ndim != 2:
        raise ValueError(f"the loss {loss!r} takes one-hot labels, data has integers: use data.one_hot()")


def _is_dense_stack(model: keras.Model) -> bool:
    import keras

    known = tuple(getattr(keras.layers, name) for name in _COMPILED_LAYERS)
    return isinstance(model, keras.Sequential) and all(type(layer) in known for layer in model.layers)


def _train_compiled(build, models, data, *, seeds, epochs, batch_size, watch) -> list[dict[str, float]]:
    """Train every model of a dense stack, as many at a time as there are cores."""
    import tensorflow as tf

    x, scale = _compact(data.x_train)
    x_val, y_val = tf.constant(data.x_val), tf.constant(data.y_val)
    steps = len(models) * epochs * len(x) // batch_size
    crew = 1 if steps < _STEPS_WORTH_A_CREW else min(len(models), _cores())
    workers = [_Worker(build(), scale, compiled=steps >= _STEPS_WORTH_COMPILING) for _ in range(crew)]
    waiting = iter(range(len(models)))
    lock = threading.Lock()
    rows: list[dict[str, float]] = []

    def work(worker: _Worker) -> None:
        while True:
            with lock:
                run = next(waiting, None)
            if run is None:
                return
            worker.take(models[run])
            for epoch, order in zip(range(1, epochs + 1), shuffles(seeds[run], len(x)), strict=False):
                row = {"run": run, "epoch": epoch}
                row |= worker.train(x[order], data.y_train[order], batch_size)
                if len(x_val):
                    row |= worker.validate(x_val, y_val)
                with lock:
                    row |= {name: float(measure(worker.model)) for name, measure in watch.items()}
                    rows.append(row)
                    bar.update()
            worker.give(models[run])

    with (
        track(total=len(models) * epochs, desc="training", unit="epoch") as bar,
        concurrent.futures.ThreadPoolExecutor(crew) as pool,
    ):
        for done in [pool.submit(work, worker) for worker in workers]:
            done.result()
    return rows


class _Worker:
    """One model that trains replicas in turn: each lends it its weights and takes them back trained.

    So a program is compiled once a worker and not once a replica.
    """

    def __init__(self, model: keras.Model, scale: float, *, compiled: bool) -> None:
        import keras
        import tensorflow as tf

        self.model = model
        model.optimizer.build(model.trainable_variables)
        loss_of = keras.losses.get(model.loss)

        def scores(targets, outputs):
            loss = tf.reduce_mean(loss_of(targets, outputs)) + sum(model.losses)
            labels = tf.argmax(targets, -1) if targets.shape.rank == 2 else targets
            return loss, tf.reduce_sum(tf.cast(tf.argmax(outputs, -1) == labels, tf.float32))

        def step(images, targets):
            with tf.GradientTape() as tape:
                loss, right = scores(targets, model(tf.cast(images, tf.float32) / scale, training=True))
            gradients = tape.gradient(loss, [v.value for v in model.trainable_variables])
            model.optimizer.apply(gradients, model.trainable_variables)
            return loss * images.shape[0], right

        def epoch(batches, targets, rest, rest_targets):
            def next_batch(i, loss, right):
                of_batch = step(batches[i], targets[i])
                return i + 1, loss + of_batch[0], right + of_batch[1]

            _, loss, right = tf.while_loop(lambda i, *_: i < batches.shape[0], next_batch, (0, 0.0, 0.0))
            if rest.shape[0]:
                of_batch = step(rest, rest_targets)
                loss, right = loss + of_batch[0], right + of_batch[1]
            return loss, right

        def validation(images, targets):
            return scores(targets, model(images, training=False))

        self._epoch = tf.function(epoch, jit_compile=compiled, autograph=False)
        self._validation = tf.function(validation, autograph=False)

    @property
    def _state(self) -> list[keras.Variable]:
        return [*self.model.variables, *self.model.optimizer.variables]

    def take(self, replica: keras.Model) -> None:
        replica.optimizer.build(replica.trainable_variables)
        for mine, theirs in zip(self._state, [*replica.variables, *replica.optimizer.variables], strict=True):
            mine.assign(theirs.value)

    def give(self, replica: keras.Model) -> None:
        for mine, theirs in zip(self._state, [*replica.variables, *replica.optimizer.variables], strict=True):
            theirs.assign(mine.value)

    def train(self, x: np.ndarray, y: np.ndarray, batch_size: int) -> dict[str, float]:
        import tensorflow as tf

        whole = len(x) - len(x) % batch_size
        loss, right = self._epoch(
            tf.constant(x[:whole].reshape(-1, batch_size, *x.shape[1:])),
            tf.constant(y[:whole].reshape(-1, batch_size, *y.shape[1:])),
            tf.constant(x[whole:]),
            tf.constant(y[whole:]),
        )
        return {"loss": float(loss) / len(x), "accuracy": float(right) / len(x)}

    def validate(self, x: tf.Tensor, y: tf.Tensor) -> dict[str, float]:
        loss, right = self._validation(x, y)
        return {"val_loss": float(loss), "val_accuracy": float(right) / len(x)}


def _train_with_fit(build, models, data, *, seeds, epochs, batch_size, watch) -> list[dict[str, float]]:
    """Train every model by Keras's own fit, one after another."""
    import keras

    rows: list[dict[str, float]] = []
    validation = (data.x_val, data.y_val) if len(data.x_val) else None
    with track(total=len(models) * epochs, desc="training", unit="epoch") as bar:
        for run, (model, seed) in enumerate(zip(models, seeds, strict=True)):

            def record(epoch, logs, run=run, model=model):
                row = {"run": run, "epoch": epoch + 1}
                row |= {
                    name: float(logs[name])
                    for name in logs
                    if name.removeprefix("val_") in ("loss", "accuracy")
                }
                row |= {name: float(measure(model)) for name, measure in watch.items()}
                rows.append(row)
                bar.update()

            keras.utils.set_random_seed(seed)
            model.steps_per_execution = _STEPS_PER_CALL
            model.fit(
                data.x_train,
                data.y_train,
                batch_size=batch_size,
                epochs=epochs,
                validation_data=validation,
                callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=record)],
                verbose=0,
            )
    return rows


def _score(model: keras.Model, x: np.ndarray, y: np.ndarray) -> tuple[dict[str, float], np.ndarray]:
    """Loss, accuracy and predicted classes of a trained model, from one pass over the images."""
    import keras

    outputs = model.predict(x, batch_size=1000, verbose=0)
    loss = np.mean(keras.ops.convert_to_numpy(keras.losses.get(model.loss)(y, outputs)))
    classes = outputs.argmax(axis=-1)
    labels = y.argmax(axis=-1) if y.ndim == 2 else y
    return {"loss": float(loss), "accuracy": float(np.mean(classes == labels))}, classes


def _compact(x: np.ndarray) -> tuple[np.ndarray, float]:
    """The images in as few bytes as hold them exactly, and what to divide them by; shuffling is memory-bound."""
    if x.dtype == np.uint8:
        return x, 1.0
    levels = np.rint(x * 255)
    if levels.min() >= 0 and levels.max() <= 255:
        levels = levels.astype(np.uint8)
        if np.array_equal(levels.astype(np.float32) / 255, x):
            return levels, 255.0
    return x.astype(np.float32, copy=False), 1.0


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _circumstances() -> dict[str, Any]:
    import keras

    return {
        "versions": {
            "python": platform.python_version(),
            "keras": keras.__version__,
            "backend": f"{keras.backend.backend()} {_backend_version()}",
            "numpy": np.__version__,
        },
        "machine": {"system": platform.system(), "processor": platform.machine(), "cores": _cores()},
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }


def _backend_version() -> str:
    import importlib.metadata

    import keras

    return importlib.metadata.version(keras.backend.backend())
