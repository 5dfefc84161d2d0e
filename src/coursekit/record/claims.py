"""What the source studies claim, what this course recorded, and whether the two agree.

`claims.toml` lists every figure of the studies with its protocol; the folder `results/` holds what
`coursekit reproduce` measured by the same protocol, a file for each experiment. Chapters and the site read both here.
"""

from __future__ import annotations

import base64
import dataclasses
import difflib
import functools
import hashlib
import json
import math
import os
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from coursekit.files import note_read
from coursekit.record.agreement import (
    FEWEST_RUNS,
    MARKS,
    Verdict,
    number,
    of_an_order,
    with_bounds,
    with_figure,
)
from coursekit.record.agreement import interval as interval  # for chapters

if TYPE_CHECKING:
    import pandas as pd

    from coursekit.training import Runs

PROTOCOL = (
    "data",
    "split",
    "images",
    "mislabelled",
    "shifted",
    "pixels",
    "labels",
    "repeat",
    "network",
    "loss",
    "optimizer",
    "batch_size",
    "order",
    "epochs",
    "patience",
    "solution",
    "seconds",
)
_PATIENCE = 10  # epochs that early stopping waits in study 5
# Names the folder of recorded results.
WHERE = "COURSEKIT_RESULTS"


@dataclasses.dataclass(frozen=True)
class Figure:
    """One figure of a source: `of` what, and its value, the values of several runs, bounds, or a remark.

    `epoch`: after which epoch, the last one if None. `at`: "best" (of all epochs) or "stop" (where early
    stopping on the loss would stop) instead, or "best run" (of all runs). `entry`: of which of a sweep's networks.
    `best`, `worst`: the entry that the source found so. `of_runs`: of how many runs `value` is the mean. `explained`:
    the trap behind it.
    """

    of: str
    value: float | None = None
    values: tuple[float, ...] = ()
    above: float | None = None
    below: float | None = None
    remark: str = ""
    best: str = ""
    worst: str = ""
    entry: str = ""
    epoch: int | None = None
    at: str = ""
    of_runs: int = 1
    explained: str = ""

    @property
    def name(self) -> str:
        """What the figure is, in words."""
        when = {"best": "best epoch", "stop": "stopped early"}.get(self.at, self.at)
        when = f"epoch {self.epoch}" if self.epoch else when
        order = "best entry" if self.best else "worst entry" if self.worst else ""
        return ", ".join(filter(None, (self.of, self.entry, when, order)))

    @property
    def source(self) -> str:
        """The source's figure as text."""
        if self.values:
            return f"{np.mean(self.values):.4f} ({min(self.values):.4f} to {max(self.values):.4f})"
        if self.value is not None:
            return number(self.value)
        if self.best or self.worst:
            return f"{self.best} is best" if self.best else f"{self.worst} is worst"
        bounds = [f"over {self.above:g}" if self.above is not None else ""]
        bounds += [f"under {self.below:g}" if self.below is not None else ""]
        return self.remark or " and ".join(filter(None, bounds))


@dataclasses.dataclass(frozen=True)
class Experiment:
    """One experiment of a source (of the course's own, if `study` is ""): its figures, and its protocols by name.

    The record holds `runs` of each protocol. `ranks`: they have several modes, or diverge, so that they are compared by
    ranks.
    """

    id: str
    title: str
    part: str
    study: str
    runs: int
    ranks: bool
    figures: tuple[Figure, ...]
    protocols: Mapping[str, Mapping[str, Any]]

    @property
    def is_sweep(self) -> bool:
        """Whether its protocols are entries of one sweep, none of them the experiment itself."""
        return next(iter(self.protocols)).startswith(f"{self.id}-")

    def record_of(self, figure: Figure) -> str:
        """The name of the record that the figure is compared with."""
        first = next(iter(self.protocols))
        return f"{self.id}-{figure.entry}" if figure.entry else first


@dataclasses.dataclass(frozen=True)
class Trap:
    """What a source says or does that is unsound, and the heading in a chapter under which the course takes it apart.

    Both are "" where it does not yet.
    """

    id: str
    says: str
    chapter: str
    section: str


# -------------------------------------------------------------------------------------------------- what is claimed
@functools.cache
def _document() -> dict[str, Any]:
    with Path(__file__).with_name("claims.toml").open("rb") as file:
        return tomllib.load(file)


_OF_PART = {"title", "study", "runs", "ranks", *PROTOCOL}
_OF_EXPERIMENT = {"id", "title", "runs", "ranks", "record", "each", "also", "figures", *PROTOCOL}


def _known(what: str, entry: Mapping[str, Any], keys: Collection[str]) -> None:
    """A key that nobody reads would be a protocol that nobody carries out."""
    for key in entry:
        if key not in keys:
            near = difflib.get_close_matches(key, keys, n=1)
            raise ValueError(
                f"claims.toml, {what}: unknown key {key!r}; "
                + (f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(keys))}")
            )


@functools.cache
def experiments() -> dict[str, Experiment]:
    """All experiments by their id, in the order in which they are to be recorded.

    Raises ValueError, naming the place, for a key that `claims.toml` cannot have there.
    """
    return read_experiments(_document())


def read_experiments(document: Mapping[str, Any]) -> dict[str, Experiment]:
    """`experiments` from what stands in `claims.toml`."""
    _known("top level", document, ("studies", "parts", "experiments", "traps"))
    for name, part in document["parts"].items():
        _known(f"part {name}", part, _OF_PART)
    found: dict[str, Experiment] = {}
    for entry in document["experiments"]:
        _known(f"experiment {entry['id']}", entry, _OF_EXPERIMENT)
        for name, other in entry.get("also", {}).items():
            _known(f"experiment {entry['id']}, also {name}", other, PROTOCOL)
        for place, figure in enumerate(entry["figures"], start=1):
            keys = [field.name for field in dataclasses.fields(Figure)]
            _known(f"experiment {entry['id']}, figure {place}", figure, keys)
        part = document["parts"][entry["id"][0]]
        found[entry["id"]] = Experiment(
            id=entry["id"],
            title=entry["title"],
            part=part["title"],
            study=document["studies"][str(part["study"])] if "study" in part else "",
            runs=entry.get("runs", part["runs"]),
            ranks=entry.get("ranks", part.get("ranks", False)),
            figures=tuple(
                Figure(**{**figure, "values": tuple(figure.get("values", ()))}) for figure in entry["figures"]
            ),
            protocols=found[entry["record"]].protocols if "record" in entry else _protocols(entry, part),
        )
    return found


def _protocols(entry: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    plain = {key: value for key, value in {**part, **entry}.items() if key in PROTOCOL}
    name, each = entry["id"], entry.get("each")
    if each:
        return {
            f"{name}-{k}": {**plain, "network": plain["network"].format(fill)} for k, fill in each.items()
        }
    return {name: plain, **{f"{name}-{k}": {**plain, **other} for k, other in entry.get("also", {}).items()}}


@functools.cache
def protocols() -> dict[str, Mapping[str, Any]]:
    """All protocols by their name."""
    return {name: protocol for about in experiments().values() for name, protocol in about.protocols.items()}


@functools.cache
def _files() -> dict[str, str]:
    """For each protocol the name of its results file: equal protocols share that of the first of them."""
    first: dict[str, str] = {}
    return {name: first.setdefault(digest(protocol), name) for name, protocol in protocols().items()}


def file_of(name: str) -> str:
    """The name of the results file of a protocol; ValueError, naming those there are, for one that is unknown."""
    if name not in _files():
        raise ValueError(f"no protocol {name!r}; the record knows {', '.join(protocols())}")
    return _files()[name]


def traps() -> dict[str, Trap]:
    """All traps by their id."""
    return {entry["id"]: Trap(**entry) for entry in _document()["traps"]}


def experiment(id: str) -> Experiment:
    """The experiment with this id; ValueError, naming the ids there are, for another."""
    known = experiments()
    if id not in known:
        raise ValueError(f"no experiment {id!r}; the record knows {', '.join(known)}")
    return known[id]


def digest(protocol: Mapping[str, Any]) -> str:
    """16 hex digits over everything that a protocol says."""
    text = json.dumps(dict(protocol), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


# ------------------------------------------------------------------------------------------------- what was recorded
def folder() -> Path | None:
    """The folder of recorded results: that of the course around the current folder, or around this package.

    None without one. COURSEKIT_RESULTS names another one.
    """
    if os.environ.get(WHERE):
        return Path(os.environ[WHERE]).absolute()
    for start in (Path.cwd() / "_", Path(__file__).resolve()):
        for parent in start.parents:
            if (parent / "results").is_dir() and (parent / "_toc.yml").is_file():
                return parent / "results"
    return None


def recorded(name: str) -> list[dict[str, Any]]:
    """The recorded runs of one protocol, named as in `Experiment.protocols`; none if there is no file yet.

    Each run is a mapping with seed, history (a list for each metric), untrained and test (loss, accuracy and, in
    test, errors_in_100 and confusion), seconds, date and more. Raises ValueError, naming the file, when it is damaged
    or was measured by another protocol than the one that `claims.toml` now states.
    """
    file, place = file_of(name), folder()
    path = place / f"{file}.json" if place else None
    if path is None:
        return []
    note_read(path)
    if not path.is_file():
        return []
    return read(path)["runs"]


def read(path: Path) -> dict[str, Any]:
    """One results file, checked against its protocol. Raises ValueError as `recorded` does."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        found, stated = document["protocol_digest"], document["protocol"]
        seeds = [run["seed"] for run in document["runs"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: not a file that `coursekit reproduce` wrote: {error!r}") from None
    known = protocols().get(path.stem)
    if known is None:
        raise ValueError(f"{path}: no experiment of that name is claimed")
    if file_of(path.stem) != path.stem:
        raise ValueError(
            f"{path}: the same protocol is recorded in {file_of(path.stem)}.json; remove this file"
        )
    if found != digest(known) or stated != known:
        raise ValueError(
            f"{path}: measured by another protocol (digest {found}) than claims.toml states; "
            "remove the file and record it again"
        )
    if seeds != sorted(set(seeds)):
        raise ValueError(f"{path}: seeds are to be different and in order, got {seeds}")
    return document


def value(run: Mapping[str, Any], figure: Figure) -> float:
    """The figure of one recorded run; nan where a loss had left the numbers."""
    found = _value(run, figure)
    return math.nan if found is None else found


def _value(run: Mapping[str, Any], figure: Figure) -> float | None:
    if figure.of in _COUNTED:
        return _COUNTED[figure.of](run)
    subject, metric = figure.of.rsplit(" ", 1)
    if subject == "untrained test":
        return run["untrained"][metric]
    if subject == "test" and not figure.epoch and figure.at not in ("best", "stop"):
        return run["test"][metric]
    if subject == "evaluated train":
        return run["train"][metric]
    history = run["history"]
    # Where epochs are asked for, the test set was the validation set.
    series = history[metric if subject == "train" else f"val_{metric}"]
    if figure.at == "best":
        return max(history["val_accuracy"]) if metric == "accuracy" else min(series)
    if figure.at == "stop":
        return series[_stop(history["val_loss"])[0]]
    return series[figure.epoch - 1 if figure.epoch else -1]


def _stop(losses: Sequence[float | None]) -> tuple[int, int]:
    """The epoch, from 0, whose weights early stopping would keep, and how many epochs it would have run."""
    known = [math.inf if loss is None else loss for loss in losses]
    best = 0
    for epoch, loss in enumerate(known):
        if loss < known[best]:
            best = epoch
        elif epoch - best >= _PATIENCE:
            return best, epoch + 1
    return best, len(known)


# Figures that are neither an accuracy nor a loss.
_COUNTED: dict[str, Callable[[Mapping[str, Any]], float]] = {
    "parameters": lambda run: run["parameters"],
    "errors among the first 100": lambda run: run["test"]["errors_in_100"],
    "classes never answered": lambda run: sum(
        not any(column) for column in zip(*run["test"]["confusion"], strict=True)
    ),
    "dogs called cat": lambda run: run["test"]["confusion"][5][3],
    "epochs until stopped": lambda run: _stop(run["history"]["val_loss"])[1],
    "seconds per epoch": lambda run: run["seconds"] / len(run["history"]["loss"]),
}


# ---------------------------------------------------------------------------------------------------- do they agree?
def judge(experiment: Experiment, figure: Figure) -> Verdict:
    """Whether the recorded runs agree with the source's figure; `coursekit.record.agreement` says by which rules.

    "compatible": the 95 % interval of recorded minus reported holds 0, and is narrow enough to have shown a difference.
    "too wide to say": it holds 0 and is not. "higher" and "lower": what was recorded lies higher or lower. "explained":
    one of the last three, and a trap is why. "not judged": fewer than three runs, or no number to compare with.
    """
    if figure.best or figure.worst:
        return _judge_order(experiment, figure)
    samples, ranks = _samples(experiment.record_of(figure), figure), experiment.ranks
    if not np.isfinite(samples).all():
        return Verdict("not judged", tuple(samples), "the loss of a run left the numbers")
    if figure.of == "parameters" and samples and figure.value is not None:
        side = (samples[0] > figure.value) - (samples[0] < figure.value)
        return Verdict(("compatible", "higher", "lower")[side], (samples[0],), text=number(samples[0]))
    if figure.remark:
        text = number(max(samples)) if figure.at == "best run" and samples else ""
        text = text or _means_of_sweep(experiment, figure)
        return Verdict("not judged", tuple(samples), text=text, ranks=ranks)
    if len(samples) < FEWEST_RUNS:
        return Verdict("not judged", tuple(samples), ranks=ranks)
    if figure.above is not None or figure.below is not None:
        found = with_bounds(samples, figure.above, figure.below, ranks=ranks)
    else:
        claimed = figure.values or tuple(value for value in [figure.value] if value is not None)
        ranks = ranks or figure.of in _COUNTED
        found = with_figure(samples, claimed, of=figure.of, of_runs=figure.of_runs, ranks=ranks)
    if figure.explained and found.mark != "compatible":
        return dataclasses.replace(found, mark="explained", why=figure.explained)
    return found


def _judge_order(experiment: Experiment, figure: Figure) -> Verdict:
    """Whether the network that the source found best, or worst, of a sweep is so in the record."""
    runs = {name: _samples(name, figure) for name in experiment.protocols}
    named = f"{experiment.id}-{figure.best or figure.worst}"
    if any(len(samples) < FEWEST_RUNS for samples in runs.values()):
        return Verdict("not judged", tuple(runs[named]))
    found = of_an_order(runs, named, best=bool(figure.best))
    return dataclasses.replace(found, why=found.why.replace(f"{experiment.id}-", ""))


def _samples(name: str, figure: Figure) -> list[float]:
    return [value(run, figure) for run in recorded(name) if _has(run, figure)]


def _has(run: Mapping[str, Any], figure: Figure) -> bool:
    """Whether the run holds the figure: older ones were not scored on their training images afterwards."""
    return not figure.of.startswith("evaluated train") or "train" in run


def _means_of_sweep(experiment: Experiment, figure: Figure) -> str:
    """The mean of each entry of a sweep; "" for a single network."""
    if not experiment.is_sweep:
        return ""
    means = {}
    for name in experiment.protocols:
        samples = _samples(name, figure)
        means[name.removeprefix(f"{experiment.id}-")] = f"{np.mean(samples):.4f}" if samples else "open"
    return ", ".join(f"{entry}: {mean}" for entry, mean in means.items())


def right(run: Mapping[str, Any]) -> np.ndarray | None:
    """Which test images a recorded run got right, a truth value for each; None for a run that did not keep it."""
    kept = run["test"].get("right")
    if kept is None:
        return None
    images = int(np.sum(run["test"]["confusion"]))
    return np.unpackbits(np.frombuffer(base64.b64decode(kept), np.uint8), count=images).astype(bool)


def _test_images(protocol: Mapping[str, Any]) -> str:
    """Which images score a network: the published test set, or the last part of the training set's three."""
    *_, last = protocol["split"].split("/")
    return f"{protocol['data']}, " + (
        f"{last} drawn" if "/" in protocol["split"] else "the published test set"
    )


def paired(one: str, two: str, of: str = "test accuracy") -> pd.DataFrame:
    """Two protocols seed by seed: runs of one seed begin alike where their networks do, and answer the same images.

    A row for each seed that is recorded for both: the figure `of` for `one` and `two`, and their `difference`;
    `only_one` and `only_two`, how many test images only one of them got right, and `p`, McNemar's exact test of these
    two numbers (nan where a run did not keep which). Raises ValueError for an unknown protocol, or two test sets.
    """
    import pandas as pd
    from scipy import stats

    first, second = ({run["seed"]: run for run in recorded(name)} for name in (one, two))
    scored, other = (_test_images(protocols()[name]) for name in (one, two))
    if scored != other:
        raise ValueError(f"{one} and {two} are scored on different images: {scored}, {other}")
    figure, rows = Figure(of), {}
    for seed in sorted(first.keys() & second.keys()):
        pair = first[seed], second[seed]
        a, b = (value(run, figure) for run in pair)
        row = {
            "one": a,
            "two": b,
            "difference": a - b,
            "only_one": math.nan,
            "only_two": math.nan,
            "p": math.nan,
        }
        hits, other_hits = (right(run) for run in pair)
        if hits is not None and other_hits is not None:
            only = int((hits & ~other_hits).sum()), int((~hits & other_hits).sum())
            p = stats.binomtest(only[0], sum(only)).pvalue if sum(only) else 1.0
            row |= {"only_one": only[0], "only_two": only[1], "p": float(p)}
        rows[seed] = row
    columns = ("one", "two", "difference", "only_one", "only_two", "p")
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("seed")


# -------------------------------------------------------------------------------------------------------- what to show
def compare(id: str, runs: Runs | None = None) -> pd.DataFrame:
    """The figures of an experiment: the source's, the recorded full-scale result, and those of `runs`, if given.

    The difference is recorded minus source, with its 95 % interval; the mark says what follows (see `judge`). `runs`,
    which may have fewer images and epochs, is shown, as means over its runs, and never judged; its test figures are
    validation figures where the test set was not opened.
    """
    import pandas as pd

    about = experiment(id)
    rows = {}
    for figure in about.figures:
        verdict = judge(about, figure)
        row = {"source": figure.source, "recorded": verdict.recorded}
        if runs is not None:
            row["this run"] = _here(runs, figure)
        row["difference"] = str(verdict.difference or "–")
        rows[figure.name] = {**row, "mark": f"{verdict.mark}: {verdict.why}" if verdict.why else verdict.mark}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(f"{id}: {about.title}")


def _here(runs: Runs, figure: Figure) -> str:
    if figure.of == "parameters":
        return number(runs.provenance["protocol"]["parameters"])
    subject, metric = figure.of.rsplit(" ", 1)
    name = metric if subject == "train" else f"val_{metric}"
    ranks = figure.best or figure.worst or figure.at == "best run"
    if ranks or figure.of in _COUNTED or subject not in ("train", "test", "validation"):
        return "–"
    if subject == "test" and runs.test is not None and not (figure.epoch or figure.at):
        found = runs.test[metric]
    elif name not in runs.history.columns:
        return "–"
    else:
        by_run = runs.history.groupby("run")
        if figure.at == "best":
            found = by_run[name].max() if metric == "accuracy" else by_run[name].min()
        elif figure.at == "stop":
            found = by_run.apply(lambda one: one[name].iloc[_stop(list(one["val_loss"]))[0]])
        else:
            found = by_run[name].last() if not figure.epoch else by_run[name].nth(figure.epoch - 1)
    if not len(found):
        return "–"
    spread = f" ± {found.std():.4f}" if len(found) > 1 else ""
    return f"{found.mean():.4f}{spread} ({len(found)} run{'s' if len(found) > 1 else ''})"


def chosen(ids: Sequence[str] = ()) -> list[Experiment]:
    """The experiments of these ids ("B2") and parts ("B"), all if none are given. ValueError for an unknown one."""
    known = experiments()
    for id in ids:
        if not any(id in (name, name[0]) for name in known):
            raise ValueError(f"no experiment or part {id!r}; there are {', '.join(known)}")
    return [about for name, about in known.items() if not ids or name in ids or name[0] in ids]


def state(ids: Sequence[str] = ()) -> pd.DataFrame:
    """A row for each experiment: how many of its runs are recorded, and the marks of its figures."""
    import pandas as pd

    rows = []
    for about in chosen(ids):
        have = sum(min(len(recorded(name)), about.runs) for name in about.protocols)
        wanted = about.runs * len(about.protocols)
        marks = [judge(about, figure).mark for figure in about.figures]
        rows.append(
            {
                "id": about.id,
                "experiment": about.title,
                "runs": f"{have} of {wanted}",
                "state": "recorded" if have == wanted else "partly recorded" if have else "open",
                "marks": ", ".join(f"{marks.count(mark)} {mark}" for mark in MARKS if mark in marks),
            }
        )
    return pd.DataFrame(rows).set_index("id")
