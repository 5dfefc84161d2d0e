"""The record: the source studies' experiments carried out at full protocol, run by run.

Every run is one task of its own, and its result is in `results/` as soon as it has ended, so that whoever stops the
command loses the runs under way and nothing else.
"""

from __future__ import annotations

import base64
import concurrent.futures
import concurrent.futures.process
import dataclasses
import functools
import json
import math
import multiprocessing
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock

from coursekit import challenge
from coursekit.files import write_atomically
from coursekit.machine import affordable, cores
from coursekit.record import claims
from coursekit.training import circumstances

if TYPE_CHECKING:
    from coursekit.data import Dataset

_DIGITS = 6  # of a recorded figure, after the point
_BYTES_OF_A_WORKER = 3e9
_SPLIT_SEED = 123  # study 4 drew its test images with this seed, then its validation images


@dataclasses.dataclass(frozen=True)
class Task:
    """One run to record: a protocol by its name, and a seed."""

    name: str
    seed: int


def plan(ids: Sequence[str] = (), *, runs: int | None = None) -> list[Task]:
    """The runs that the record still lacks, the most wanted first: parts in their order, first runs before repeats.

    ids: experiments ("B2") or whole parts ("B"); all if none. runs: as many of each, instead of what is planned.
    Raises ValueError for an unknown id.
    """
    if runs is not None and runs < 1:
        raise ValueError(f"runs must be at least 1, got {runs}")
    order = list(dict.fromkeys(name[0] for name in claims.experiments()))
    tasks = []
    for about in claims.chosen(ids):
        for name in about.protocols:
            have = {run["seed"] for run in claims.recorded(name)}
            tasks += [
                Task(claims.file_of(name), seed)
                for seed in range(about.runs if runs is None else runs)
                if seed not in have
            ]
    # The sort is stable: within a part and a seed, the file's order stays.
    return sorted(dict.fromkeys(tasks), key=lambda task: (order.index(task.name[0]), task.seed))


@functools.lru_cache(maxsize=1)
def dataset(
    data: str,
    split: str,
    pixels: str,
    labels: str,
    images: int | None = None,
    mislabelled: float = 0,
    shifted: int = 0,
) -> Dataset:
    """The images as a protocol asks for them. Raises ValueError when they are not the published ones.

    split: "test" (the test set also validates), "last N" (of the training images validate), or "42000/9000/9000"
    (the training images alone, in three parts drawn with scikit-learn). mislabelled: the share of training labels
    that are made wrong; shifted: by how many pixels copies of the training images are moved.
    """
    from coursekit.data import load

    if split == "test":
        found = load(data, split="test")
    elif split.startswith("last "):
        found = load(data, validation=int(split[5:]), split="last")
    else:
        train, validation, test = map(int, split.split("/"))
        found = load(data, validation=validation, test=test, split="train_test_split", seed=_SPLIT_SEED)
        if found.provenance.genuine and len(found.x_train) != train:
            raise ValueError(f"split {split!r}: expected {len(found.x_train)} training images")
    if not found.provenance.genuine:
        raise ValueError(f"{data}: a record needs the published images. {found.provenance.banner}")
    found = found.take(images) if images else found
    found = found.mislabelled(mislabelled) if mislabelled else found
    found = found.shifted(shifted) if shifted else found
    found = found.scaled() if pixels == "scaled" else found
    return found.one_hot() if labels == "one-hot" else found


def build(protocol: Mapping[str, Any], input_shape: tuple[int, ...]):
    """The compiled network of a protocol."""
    import keras

    from coursekit.record.networks import network

    model = network(protocol["network"], input_shape)
    name, _, rate = protocol["optimizer"].partition(" ")
    kinds = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}
    optimizer = kinds[name](learning_rate=float(rate)) if rate else kinds[name]()
    model.compile(optimizer=optimizer, loss=protocol["loss"], metrics=["accuracy"])
    return model


def train(protocol: Mapping[str, Any], seed: int, data: Dataset | None = None) -> dict[str, Any]:
    """One run by the protocol, as the record keeps it. `data`: other images than the protocol's, for tests."""
    if data is None:
        keys = ("data", "split", "pixels", "labels", "images", "mislabelled", "shifted")
        data = dataset(**{key: protocol[key] for key in keys if key in protocol})
    trained = (_solve if "solution" in protocol else _fit)(protocol, seed, data)
    provenance = data.provenance.as_dict()
    return {
        "seed": seed,
        **trained,
        **circumstances(),
        "data": {key: provenance[key] for key in ("digest", "source", "split")},
    }


def _fit(protocol: Mapping[str, Any], seed: int, data: Dataset) -> dict[str, Any]:
    """Train the network of the protocol."""
    from coursekit.training import replicate

    untrained: dict[str, float | None] = {}

    def built():
        model = build(protocol, data.x_train.shape[1:])
        if not untrained:
            scored = model.evaluate(data.x_test, data.y_test, batch_size=1000, verbose=0, return_dict=True)
            untrained.update({name: _rounded(scored[name]) for name in ("loss", "accuracy")})
        return model

    once, times = data, protocol.get("repeat", 1)
    if times > 1:
        often: dict[str, Any] = {
            part: np.concatenate([getattr(data, part)] * times) for part in ("x_train", "y_train")
        }
        data = dataclasses.replace(data, **often)
    early: dict[str, Any] = {}
    if patience := protocol.get("patience"):
        early = {"callbacks": lambda: _stopping(patience), "watch": _on_half(data)}
    runs = replicate(
        built,
        data,
        runs=1,
        epochs=protocol["epochs"],
        batch_size=protocol["batch_size"],
        seed=seed,
        test=True,
        reshuffle=protocol["order"] == "reshuffled",
        **early,
    )
    assert runs.test is not None and runs.predictions is not None  # test=True
    scores, made = runs.test.iloc[0], runs.provenance["protocol"]
    after = runs.model(0).evaluate(once.x_train, once.y_train, batch_size=1000, verbose=0, return_dict=True)
    return {
        "parameters": made["parameters"],
        "untrained": untrained,
        "history": {
            name: [_rounded(x) for x in runs.history[name]]
            for name in runs.history.columns
            if name not in ("run", "epoch")
        },
        "train": {name: _rounded(after[name]) for name in ("loss", "accuracy")},
        "test": {
            "loss": _rounded(scores["loss"]),
            "accuracy": _rounded(scores["accuracy"]),
            **_answered(data, runs.predictions[0]),
        },
        "seconds": round(runs.seconds, 1),
        "trained_by": made["trained_by"],
    }


def _solve(protocol: Mapping[str, Any], seed: int, data: Dataset) -> dict[str, Any]:
    """Let the course's own solution of a challenge train, and score it as a submission is scored."""
    import keras

    solution = _solution(protocol["solution"])
    keras.utils.set_random_seed(seed)
    started = time.perf_counter()
    model = solution(data.x_train, data.y_train, protocol["seconds"])
    seconds = time.perf_counter() - started
    scored = challenge.score(model, data.x_test, data.y_test, seed=seed)
    outputs = model.predict(data.x_test.astype("float32"), batch_size=1000, verbose=0)
    loss = keras.losses.sparse_categorical_crossentropy(data.y_test, outputs)
    return {
        "parameters": model.count_params(),
        "untrained": {},
        "history": {},
        "test": {
            "loss": _rounded(np.mean(keras.ops.convert_to_numpy(loss))),
            "accuracy": _rounded(scored.accuracy),
            "transformed": _rounded(scored.transformed),
            **_answered(data, outputs.argmax(axis=1)),
        },
        "seconds": round(seconds, 1),
        "trained_by": "the solution",
    }


def _solution(name: str) -> Callable[..., Any]:
    """The function that answers a question of the chapter `challenge`, from the course's own notebook."""
    place = claims.folder()
    path = (place.parent if place else Path.cwd()) / "notebooks" / "challenge" / "challenge.ipynb"
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"{path}: expected the chapter with its solutions; {error!r}") from None
    names: dict[str, Any] = {}
    for cell in cells:
        if cell["id"] in ("parameters", "setup", name.replace("_", "-")):
            exec("".join(cell["source"]), names)
    if not callable(names.get(name)):
        raise ValueError(f"{path}: no solution of {name}; only the course's own notebook has it")
    return names[name]


def _answered(data: Dataset, answers: np.ndarray) -> dict[str, Any]:
    """What the record keeps of the answers to the test images."""
    from sklearn.metrics import confusion_matrix

    truth = data.y_test if data.y_test.ndim == 1 else data.y_test.argmax(axis=1)
    return {
        "errors_in_100": int((truth[:100] != answers[:100]).sum()),
        "right": base64.b64encode(np.packbits(truth == answers).tobytes()).decode(),
        "confusion": confusion_matrix(truth, answers, labels=range(len(data.class_names))).tolist(),
    }


def _stopping(patience: int):
    """Early stopping as study 5 seems to have done it: on the validation loss, with the best epoch's weights."""
    import keras

    return [keras.callbacks.EarlyStopping(monitor="val_loss", patience=patience, restore_best_weights=True)]


def _on_half(data: Dataset) -> dict[str, Callable[[Any], float]]:
    """What the first half of the validation images says after each epoch.

    The other half follows from it and from the whole: so one can choose an epoch by one half and score the other.
    """
    x, y = (part[: len(data.x_val) // 2] for part in (data.x_val, data.y_val))
    scores: dict[str, float] = {}

    def loss(model) -> float:
        scores.update(model.evaluate(x, y, batch_size=1000, verbose=0, return_dict=True))
        return scores["loss"]

    return {"half_loss": loss, "half_accuracy": lambda model: scores["accuracy"]}


def _rounded(x: float) -> float | None:
    """The figure for JSON, which has no nan: a loss that left the numbers is null."""
    x = float(x)
    return round(x, _DIGITS) if math.isfinite(x) else None


@functools.cache
def code_version() -> str:
    """The commit of this code, "-dirty" behind it if files differ from it; "unknown" where git does not know them."""
    package = Path(__file__).parents[1]

    def git(*arguments: str) -> str:
        command = ["git", *arguments]
        done = subprocess.run(command, cwd=package, capture_output=True, text=True, timeout=10, check=True)
        return done.stdout.strip()

    try:
        git("ls-files", "--error-unmatch", "__init__.py")
        return git("rev-parse", "--short=12", "HEAD") + (
            "-dirty" if git("status", "--porcelain", ".") else ""
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"


def keep(task: Task, run: Mapping[str, Any], place: Path) -> Path:
    """Add a run to its results file, whole or not at all, whoever else is adding to it."""
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{task.name}.json"
    with FileLock(place / ".lock"):  # free again when its holder is gone, however it went
        protocol = dict(claims.protocols()[task.name])
        runs = (
            [old for old in claims.read(path)["runs"] if old["seed"] != task.seed] if path.is_file() else []
        )
        document = {
            "experiment": task.name,
            "protocol": protocol,
            "protocol_digest": claims.digest(protocol),
            "runs": sorted([*runs, dict(run)], key=lambda each: each["seed"]),
        }
        write_atomically(path, _lines(document))
    return path


def _lines(document: Mapping[str, Any]) -> str:
    """JSON with a line for each run, so that a change of the record can be read."""
    head = json.dumps({key: document[key] for key in document if key != "runs"}, indent=1)
    runs = ",\n".join(f"  {json.dumps(run, separators=(',', ':'))}" for run in document["runs"])
    return f'{head[:-2]},\n "runs": [\n{runs}\n ]\n}}\n'


# ------------------------------------------------------------------------------------------------------- many of them
def reproduce(
    ids: Sequence[str] = (),
    *,
    runs: int | None = None,
    jobs: int | None = None,
    tell: Callable[[str], None] = print,
) -> int:
    """Record what is still open of the experiments; returns how many runs were recorded.

    jobs: runs at a time (default: one for each core, or one where there is an accelerator). `tell` hears of each
    run, with the time left as far as the runs done so far can tell it. Two commands at once may train the same run;
    it is kept once. Raises ValueError as `plan` does, for jobs below 1, and when a worker was ended from outside.
    """
    if jobs is not None and jobs < 1:
        raise ValueError(f"jobs must be at least 1, got {jobs}")
    tasks = plan(ids, runs=runs)
    if not tasks:
        tell("nothing is open")
        return 0
    place = claims.folder() or Path.cwd() / "results"
    code = code_version()  # as it is now: the files may change while it runs
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("COURSEKIT_PROGRESS", "off")
    jobs = jobs or _jobs()
    if jobs > 1:
        # Small networks keep one core busy, not two: a run for each core is up to twice as fast.
        threads = str(max(1, cores() // jobs))
        os.environ |= {"TF_NUM_INTRAOP_THREADS": threads, "OMP_NUM_THREADS": threads}
    started, took = time.monotonic(), dict[str, list[float]]()
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(jobs, context, _follow_parent) as pool:
        under_way: dict[concurrent.futures.Future, Task] = {}
        queue = iter(tasks)
        try:
            for number in range(len(tasks)):
                while len(under_way) < jobs and (task := next(queue, None)):
                    under_way[pool.submit(_work, task)] = task
                done, _ = concurrent.futures.wait(under_way, return_when="FIRST_COMPLETED")
                future = min(done, key=lambda each: under_way[each].seed)
                task, run = under_way[future], {**future.result(), "code": code}
                keep(task, run, place)
                del under_way[future]
                took.setdefault(task.name[0], []).append(run["seconds"])
                left = _seconds_left(tasks[number + 1 :], took) / jobs
                tell(
                    f"{task.name} run {task.seed + 1}: test accuracy {run['test']['accuracy']:.4f} "
                    f"({run['seconds']:.0f} s); {len(tasks) - number - 1} left"
                    + (f", about {_duration(left)}" if left else "")
                )
        except BaseException as error:
            # What is finished is kept, whatever happened to another one.
            for future, task in under_way.items():
                if future.done() and not future.cancelled() and not future.exception():
                    keep(task, {**future.result(), "code": code}, place)
            for process in list((pool._processes or {}).values()):
                process.terminate()
            if isinstance(error, concurrent.futures.process.BrokenProcessPool):
                raise ValueError(
                    "a worker process was ended from outside, perhaps for want of memory; what had finished is "
                    f"kept. Run the command again with --jobs {max(1, jobs // 2)}"
                ) from None
            raise
    tell(f"{len(tasks)} runs in {_duration(time.monotonic() - started)}")
    return len(tasks)


def _work(task: Task) -> dict[str, Any]:
    import keras

    run = train(claims.protocols()[task.name], task.seed)
    keras.utils.clear_session()  # a worker trains many networks, and Keras keeps what belongs to each
    return run


def _follow_parent() -> None:
    """In a worker: end when the command has ended, and leave the keyboard to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def follow() -> None:
        if parent := multiprocessing.parent_process():
            parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def _jobs() -> int:
    """One where there is an accelerator, else a run for each core for which there is memory."""
    import keras

    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        if jax.default_backend() != "cpu":
            return 1
    elif backend == "tensorflow":
        import tensorflow as tf

        if tf.config.list_physical_devices("GPU"):
            return 1
    return affordable(_BYTES_OF_A_WORKER)


def _seconds_left(tasks: Sequence[Task], took: Mapping[str, Sequence[float]]) -> float:
    """From what a run of the same part took on average; of the other parts nothing is known yet."""
    return sum(float(np.mean(took[task.name[0]])) for task in tasks if task.name[0] in took)


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return (
        f"{seconds:.0f} s" if seconds < 90 else f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"
    )
