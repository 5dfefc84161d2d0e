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
import functools
import json
import os
import platform
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from coursekit.files import write_atomically
from coursekit.machine import cores
from coursekit.progress import track

if TYPE_CHECKING:
    import keras
    import pandas as pd
    import tensorflow as tf

    from coursekit.data import Dataset

# A model made only of these is trained by compiled epochs; any other by Keras's own fit.
_COMPILED_LAYERS = (
    "InputLayer",
    "Flatten",
    "Dense",
    "Activation",
    "ReLU",
    "Softmax",
    "Dropout",
    "BatchNormalization",
)
_OPTIMIZER_EXTRAS = {
    "clipnorm",
    "clipvalue",
    "global_clipnorm",
    "gradient_accumulation_steps",
    "loss_scale_factor",
    "use_ema",
    "weight_decay",
}
# Compiling an epoch costs a second, which this many steps earn back.
_STEPS_WORTH_COMPILING = 1_500
_STEPS_PER_CALL = 32
_METRICS = ("loss", "accuracy")
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
        """``metric`` at each run's last epoch, indexed by run. Raises ValueError for a metric that was not recorded."""
        if metric not in self.history.columns:
            known = ", ".join(c for c in self.history.columns if c not in ("run", "epoch"))
            raise ValueError(f"metric is one of {known}; got {metric!r}")
        return self.history.groupby("run")[metric].last()

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
        write_atomically(path, json.dumps(document))

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
    callbacks: Callable[[], list[keras.callbacks.Callback]] | None = None,
    reshuffle: bool = True,
) -> Runs:
    """Train ``runs`` models from ``build()``, each from its own seed, and return what happened as ``Runs``.

    ``build`` takes nothing and returns a new, compiled Keras model with ``metrics=["accuracy"]``. Every replica gets
    its own initial weights and its own order of the batches, both of which follow from ``seed``: on one machine the
    same call gives the same figures. ``watch`` maps a name to a function of a model; it is called at the end of each
    epoch of each run, and its values become a column of the history. ``callbacks`` takes nothing and returns new
    callbacks for Keras's ``fit``, early stopping say; each run gets its own. With ``test`` the test set is scored,
    once, when training has ended. Without ``reshuffle`` a run repeats its first order of the images in every epoch,
    which is a fault that experiments have by accident. The random generators of Python, NumPy and Keras are left
    seeded: what is trained afterwards needs `batches`.

    Labels are integers, or one-hot rows (``data.one_hot()``) where the loss needs them. Raises TypeError or
    ValueError, before any training, for a number below 1, a model that is not new, not compiled or does not fit the
    data, or a loss that does not fit the labels.
    """
    import keras
    import pandas as pd

    _check_arguments(build, callbacks, runs=runs, epochs=epochs, batch_size=batch_size)
    watch = dict(watch or {})
    seeds = [int(np.random.SeedSequence([seed, run]).generate_state(1)[0]) for run in range(runs)]
    models: list[keras.Model] = []
    for replica_seed in seeds:
        keras.utils.set_random_seed(replica_seed)
        model = build()
        _check_model(model, data, models)
        models.append(model)

    started = time.perf_counter()
    compiled = keras.backend.backend() == "tensorflow" and callbacks is None and _is_dense_stack(models[0])
    train = (
        functools.partial(_train_compiled, build)
        if compiled
        else functools.partial(_train_with_fit, callbacks or list)
    )
    orders = [shuffles(replica_seed, len(data.x_train), reshuffle=reshuffle) for replica_seed in seeds]
    history = train(
        models, data, seeds=seeds, orders=orders, epochs=epochs, batch_size=batch_size, watch=watch
    )
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
        "model": [f"{type(layer).__name__} {layer.output.shape[1:]}" for layer in models[0].layers],
        "optimizer": keras.optimizers.serialize(models[0].optimizer)["config"],
        "loss": str(getattr(models[0].loss, "name", models[0].loss)),
        "trained_by": "compiled epochs" if compiled else "fit",
        "order": "reshuffled" if reshuffle else "frozen",
    }
    return Runs(
        history=pd.DataFrame(history).sort_values(["run", "epoch"], ignore_index=True),
        test=scores,
        predictions=predictions,
        seconds=seconds,
        provenance={"protocol": protocol, "data": data.provenance.as_dict(), **circumstances()},
        models=tuple(models),
    )


def _check_arguments(build: Any, callbacks: Any, **numbers: Any) -> None:
    import keras

    for name, value in numbers.items():
        if type(value) is not int or value < 1:
            raise ValueError(f"{name} is a whole number of at least 1; got {value!r}")
    if not callable(build) or isinstance(build, keras.Model):
        raise TypeError(f"build is a function that returns a compiled model; got {type(build).__name__}")
    if callbacks is not None and not callable(callbacks):
        raise TypeError(
            f"callbacks is a function that returns a list of new callbacks, for each run its own; "
            f"got {type(callbacks).__name__}"
        )


def shuffles(seed: int, images: int, *, reshuffle: bool = True) -> Iterator[np.ndarray]:
    """The order in which a replica with this seed sees its images: a permutation of ``range(images)`` an epoch.

    It is another one each epoch; without ``reshuffle``, the first one again and again.
    """
    generator = np.random.default_rng(seed)
    order = generator.permutation(images)
    while True:
        yield order
        if reshuffle:
            order = generator.permutation(images)


def batches(
    x: np.ndarray, y: np.ndarray, batch_size: int = 32, *, seed: int | None = None
) -> tf.data.Dataset:
    """Batches of images and labels for ``fit``, in a new order each epoch that ``seed`` decides.

    Keras's own ``fit(x, y)`` shuffles, too; but on TensorFlow, after ``keras.utils.set_random_seed``, it draws the same
    order in every epoch. ``fit(batches(x, y))`` is repeatable and does not: without ``seed`` the orders follow
    NumPy's generator, which ``set_random_seed`` sets. ``x``: an array (images, ...); ``y``: labels (images,) or one-hot
    rows (images, classes). The last batch of an epoch may be smaller. Raises ValueError for a ``batch_size`` below 1,
    no images, or another number of labels than of images.
    """
    if type(batch_size) is not int or batch_size < 1:
        raise ValueError(f"batch_size is a whole number of at least 1; got {batch_size!r}")
    if not len(x) or len(x) != len(y):
        raise ValueError(
            f"expected as many labels as images, at least one; got {len(x)} images, {len(y)} labels"
        )
    # What Keras says then is true and no reason to worry: the batches are shuffled already.
    warnings.filterwarnings("ignore", message="`shuffle=True` was passed, but will be ignored")
    orders = shuffles(int(np.random.randint(2**31)) if seed is None else seed, len(x))
    return _in_order(x, y, batch_size, lambda: next(orders))


def _in_order(x, y, batch_size: int, order: Callable[[], np.ndarray]) -> tf.data.Dataset:
    """Batches whose order is asked for anew whenever somebody begins to read them: once an epoch, by `fit`."""
    import tensorflow as tf

    images, labels = tf.constant(x), tf.constant(y)
    orders = tf.data.Dataset.from_generator(
        lambda: iter([order()]), output_signature=tf.TensorSpec((len(x),), tf.int64)
    )
    return (
        orders.flat_map(lambda rows: tf.data.Dataset.from_tensor_slices(rows).batch(batch_size))
        .map(lambda rows: (tf.gather(images, rows), tf.gather(labels, rows)))
        .apply(tf.data.experimental.assert_cardinality(-(-len(x) // batch_size)))
    )


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
    function = keras.losses.get(model.loss)
    loss = str(getattr(function, "name", None) or getattr(function, "__name__", ""))
    if loss.startswith("sparse_") and data.y_train.ndim != 1:
        raise ValueError(f"the loss {loss} takes integer labels, data has one-hot rows: leave out one_hot()")
    if not loss.startswith("sparse_") and loss in dir(keras.losses) and data.y_train.ndim != 2:
        raise ValueError(f"the loss {loss} takes one-hot labels, data has integers: use data.one_hot()")


def _is_dense_stack(model: keras.Model) -> bool:
    """Whether compiled epochs can train this model as `fit` would."""
    import keras

    known = tuple(getattr(keras.layers, name) for name in _COMPILED_LAYERS)
    extras = model.optimizer.get_config().keys() & _OPTIMIZER_EXTRAS
    return (
        isinstance(model, keras.Sequential)
        and all(type(layer) in known for layer in model.layers)
        and not any(getattr(layer, "activity_regularizer", None) for layer in model.layers)
        and not any(variable.constraint for variable in model.trainable_variables)
        and not any(model.optimizer.get_config()[extra] for extra in extras)
        and not model.get_compile_config().get("loss_weights")
        and not model.run_eagerly
        and model.dtype_policy.name == "float32"
    )


@functools.cache
def _xla_works() -> bool:
    """Whether this build of TensorFlow can compile: Keras itself does without on a CPU, so nothing else tells."""
    import tensorflow as tf

    try:
        tf.function(lambda x: x + 1, jit_compile=True)(tf.constant(1.0))
    except (tf.errors.OpError, ValueError):
        return False
    return True


def _train_compiled(
    build, models, data, *, seeds, orders, epochs, batch_size, watch
) -> list[dict[str, float]]:
    """Train every model of a dense stack, as many at a time as there are cores."""
    import tensorflow as tf

    n = len(data.x_train)
    steps = len(models) * epochs * n // batch_size
    train, validate = _programs(build(), compiled=steps >= _STEPS_WORTH_COMPILING and _xla_works())
    x, y = tf.constant(data.x_train), tf.constant(data.y_train)
    x_val, y_val = tf.constant(data.x_val), tf.constant(data.y_val)
    lock, stop = threading.Lock(), threading.Event()

    def train_replica(run: int) -> list[dict[str, float]]:
        try:
            return list(epochs_of(run))
        except BaseException:
            stop.set()
            raise

    def epochs_of(run: int) -> Iterator[dict[str, float]]:
        variables = _state(models[run])
        # Tensors, not variables: for those the program would be compiled a second time.
        state = [tf.convert_to_tensor(variable.value) for variable in variables]
        for epoch, order in zip(range(1, epochs + 1), orders[run], strict=False):
            if stop.is_set():
                return
            batches, rest = np.split(order.astype(np.int32), [n - n % batch_size])
            batches = tf.constant(batches.reshape(-1, batch_size))
            state, loss, right = train(state, x, y, batches, tf.constant(rest))
            if watch or epoch == epochs:
                for variable, value in zip(variables, state, strict=True):
                    variable.assign(value)
            row = {"run": run, "epoch": epoch, "loss": float(loss) / n, "accuracy": float(right) / n}
            if len(x_val):
                loss, right = validate(state, x_val, y_val)
                row |= {"val_loss": float(loss), "val_accuracy": float(right) / len(x_val)}
            with lock:  # what is watched need not be made for threads
                row |= {name: float(measure(models[run])) for name, measure in watch.items()}
                bar.update()
            yield row

    with (
        track(total=len(models) * epochs, desc="training", unit="epoch") as bar,
        concurrent.futures.ThreadPoolExecutor(cores()) as pool,
    ):
        try:
            return [row for rows in pool.map(train_replica, range(len(models))) for row in rows]
        finally:  # after an interrupt, too, the replicas under way end with their epoch
            stop.set()


def _state(model: keras.Model) -> list[keras.Variable]:
    """Everything that training changes: weights, the state of dropout's generators, the optimizer's own variables."""
    model.optimizer.build(model.trainable_variables)
    return [*model.variables, *model.optimizer.variables]


def _programs(model: keras.Model, *, compiled: bool) -> tuple[Callable, Callable]:
    """Two functions of a state that all replicas share, so that they are compiled once.

    One trains for an epoch and returns the new state, the summed loss and the number of right answers; the other
    returns mean loss and right answers on other images. Layers, loss and optimizer are Keras's own.
    """
    import keras
    import tensorflow as tf

    optimizer = model.optimizer
    # On TensorFlow an optimizer reaches for the variable itself; here it has to use what stands for it in a scope.
    optimizer._var_key = id
    for name in ("assign", "assign_add", "assign_sub"):
        setattr(optimizer, name, lambda variable, value, name=name: getattr(variable, name)(value))
    variables = _state(model)
    loss_of = keras.losses.get(model.loss)

    def scores(targets, outputs):
        loss = tf.reduce_mean(loss_of(targets, outputs)) + sum(model.losses)
        labels = tf.argmax(targets, -1) if targets.shape.rank == 2 else targets
        return loss, tf.reduce_sum(tf.cast(tf.argmax(outputs, -1) == labels, tf.float32))

    def step(state, images, targets):
        with keras.StatelessScope(list(zip(variables, state, strict=True))) as scope:
            weights = [variable.value for variable in model.trainable_variables]
            with tf.GradientTape() as tape:
                tape.watch(weights)
                loss, right = scores(targets, model(tf.cast(images, tf.float32), training=True))
            gradients = tape.gradient(loss, weights)
            for gradient, variable in zip(gradients, model.trainable_variables, strict=True):
                optimizer.update_step(gradient, variable, optimizer.learning_rate)
            optimizer.iterations.assign_add(1)
        return [scope.get_current_value(v) for v in variables], loss * images.shape[0], right

    def epoch(state, x, y, batches, rest):
        def train_on(batch, state, loss, right):
            state, of_batch, right_in_batch = step(state, tf.gather(x, batch), tf.gather(y, batch))
            return state, loss + of_batch, right + right_in_batch

        _, *reached = tf.while_loop(
            lambda i, *_: i < batches.shape[0],
            lambda i, *reached: (i + 1, *train_on(batches[i], *reached)),
            (0, state, 0.0, 0.0),
        )
        return train_on(rest, *reached) if rest.shape[0] else reached

    def validation(state, images, targets):
        with keras.StatelessScope(list(zip(variables, state, strict=True))):
            return scores(targets, model(images, training=False))

    return (
        tf.function(epoch, jit_compile=compiled, autograph=False),
        tf.function(validation, autograph=False),
    )


def _train_with_fit(
    callbacks, models, data, *, seeds, orders, epochs, batch_size, watch
) -> list[dict[str, float]]:
    """Train every model by Keras's own fit, one after another."""
    import keras
    import tensorflow as tf

    rows: list[dict[str, float]] = []
    x, y = tf.constant(data.x_train), tf.constant(data.y_train)
    validation = (data.x_val, data.y_val) if len(data.x_val) else None

    def train(run: int, model: keras.Model, of_run: Iterator[np.ndarray]) -> None:
        order = np.arange(len(x))  # for whoever looks at a batch before the first epoch

        def shuffle(epoch, logs):
            nonlocal order
            order = next(of_run)

        def record(epoch, logs):
            row = {"run": run, "epoch": epoch + 1}
            row |= {name: float(logs[name]) for name in logs if name.removeprefix("val_") in _METRICS}
            row |= {name: float(measure(model)) for name, measure in watch.items()}
            rows.append(row)
            bar.update()

        _set_steps_per_call(model, _STEPS_PER_CALL)
        model.fit(
            _in_order(x, y, batch_size, lambda: order),
            shuffle=False,  # they are
            epochs=epochs,
            validation_data=validation,
            validation_batch_size=batch_size,
            callbacks=[
                keras.callbacks.LambdaCallback(on_epoch_begin=shuffle, on_epoch_end=record),
                *callbacks(),
            ],
            verbose=0,
        )
        # Whoever takes the model out and trains on gets what Keras gives, batch by batch.
        _set_steps_per_call(model, 1)

    with track(total=len(models) * epochs, desc="training", unit="epoch") as bar:
        for run, (model, seed, of_run) in enumerate(zip(models, seeds, orders, strict=True)):
            keras.utils.set_random_seed(seed)
            train(run, model, of_run)
    return rows


def _set_steps_per_call(model: keras.Model, steps: int) -> None:
    """Keras keeps functions that it made for another number of steps, which would pass over images in silence."""
    model.steps_per_execution, model.train_function, model.test_function = steps, None, None


def _score(model: keras.Model, x: np.ndarray, y: np.ndarray) -> tuple[dict[str, float], np.ndarray]:
    """Loss and accuracy of a trained model, and the classes that it predicts."""
    scored = model.evaluate(x, y, batch_size=1000, verbose=0, return_dict=True)
    classes = model.predict(x, batch_size=1000, verbose=0).argmax(axis=-1)
    return {name: float(scored[name]) for name in ("loss", "accuracy")}, classes


def circumstances() -> dict[str, Any]:
    """Versions, machine and date, as they stand with every result."""
    import keras

    return {
        "versions": {
            "python": platform.python_version(),
            "keras": keras.__version__,
            "backend": f"{keras.backend.backend()} {_backend_version()}",
            "numpy": np.__version__,
        },
        "machine": {"system": platform.system(), "processor": platform.machine(), "cores": cores()},
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }


def _backend_version() -> str:
    import importlib.metadata

    import keras

    return importlib.metadata.version(keras.backend.backend())
