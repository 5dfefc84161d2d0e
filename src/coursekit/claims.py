"""What the source studies claim, what this course recorded, and whether the two agree.

`claims.toml` lists every figure of the studies with its protocol; the folder `results/` holds what
`coursekit reproduce` measured by the same protocol, a file for each experiment. Chapters and the site read both here.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import math
import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from coursekit.training import Runs

PROTOCOL = (
    "data",
    "split",
    "images",
    "pixels",
    "labels",
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
MARKS = ("reproduced", "higher", "lower", "explained", "not judged")
# With fewer recorded runs than this, nothing is said about spread.
_FEWEST_RUNS = 3
_PATIENCE = 10  # epochs that early stopping waits in study 5
_WHERE = "COURSEKIT_RESULTS"


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
            return _number(self.value)
        if self.best or self.worst:
            return f"{self.best} is best" if self.best else f"{self.worst} is worst"
        bounds = [f"over {self.above:g}" if self.above is not None else ""]
        bounds += [f"under {self.below:g}" if self.below is not None else ""]
        return self.remark or " and ".join(filter(None, bounds))


@dataclasses.dataclass(frozen=True)
class Experiment:
    """One experiment of a source (of the course's own, if `study` is ""): its figures, and its protocols by name.

    The record holds runs of each protocol.
    """

    id: str
    title: str
    part: str
    study: str
    runs: int
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


@functools.cache
def experiments() -> dict[str, Experiment]:
    """All experiments by their id, in the order in which they are to be recorded."""
    document, found = _document(), {}
    for entry in document["experiments"]:
        part = document["parts"][entry["id"][0]]
        found[entry["id"]] = Experiment(
            id=entry["id"],
            title=entry["title"],
            part=part["title"],
            study=document["studies"][str(part["study"])] if "study" in part else "",
            runs=entry.get("runs", part["runs"]),
            figures=tuple(
                Figure(**{k: tuple(v) if k == "values" else v for k, v in figure.items()})
                for figure in entry["figures"]
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
    if os.environ.get(_WHERE):
        return Path(os.environ[_WHERE]).absolute()
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
    if path is None or not path.is_file():
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
        raise ValueError(f"{path}: the same protocol is recorded in {file_of(path.stem)}.json; remove this file")
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
    losses = [math.inf if loss is None else loss for loss in losses]
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        elif epoch - best >= _PATIENCE:
            return best, epoch + 1
    return best, len(losses)


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
@dataclasses.dataclass(frozen=True)
class Verdict:
    """A mark (one of MARKS), the recorded values behind it, and a word on why."""

    mark: str
    values: tuple[float, ...]
    why: str = ""
    text: str = ""

    @property
    def recorded(self) -> str:
        """The recorded figure as text: mean, standard deviation, number of runs, or what `text` says instead."""
        if self.text:
            return self.text
        if not self.values:
            return "open"
        mean, n = np.mean(self.values), len(self.values)
        if n == 1 or min(self.values) == max(self.values):
            return f"{_number(mean)} ({n} run{'s' if n > 1 else ''})"
        return f"{mean:.4f} ± {np.std(self.values, ddof=1):.4f} ({n} runs)"


def judge(experiment: Experiment, figure: Figure) -> Verdict:
    """Whether the recorded runs agree with the source's figure.

    "reproduced": the figure lies inside the 95 % prediction interval of at least 3 recorded runs (for the mean of as
    many runs as the source took), or, for bounds and orders, the 95 % interval of the recorded mean does so as a
    whole. "higher" and "lower": what was recorded lies higher or lower than the source's figure; "explained" instead
    where a trap of the source is the reason. "not judged": fewer runs, or they do not decide.
    """
    if figure.best or figure.worst:
        return _judge_order(experiment, figure)
    samples = [value(run, figure) for run in recorded(experiment.record_of(figure))]
    if not np.isfinite(samples).all():
        return Verdict("not judged", tuple(samples), "the loss of a run left the numbers")
    if figure.of == "parameters" and samples:
        return Verdict(_side(samples[0] - figure.value, 0.0), (samples[0],), text=_number(samples[0]))
    if figure.remark:
        text = _number(max(samples)) if figure.at == "best run" and samples else ""
        return Verdict("not judged", tuple(samples), text=text or _means_of_sweep(experiment, figure))
    if len(samples) < _FEWEST_RUNS:
        return Verdict("not judged", tuple(samples))
    mean, spread, n = np.mean(samples), np.std(samples, ddof=1), len(samples)
    if figure.above is not None or figure.below is not None:
        half = _t(n - 1) * spread / math.sqrt(n)
        low = -math.inf if figure.above is None else figure.above
        high = math.inf if figure.below is None else figure.below
        mark = "higher" if mean - half > high else "lower" if mean + half < low else "not judged"
        mark = "reproduced" if low < mean - half and mean + half < high else mark
    else:
        claimed = np.mean(figure.values or figure.value)
        m = len(figure.values) or figure.of_runs
        mark = _side(mean - claimed, _t(n - 1) * spread * math.sqrt(1 / n + 1 / m))
    if mark in ("higher", "lower") and figure.explained:
        return Verdict("explained", tuple(samples), figure.explained)
    return Verdict(mark, tuple(samples), "the interval holds the bound" if mark == "not judged" else "")


def _means_of_sweep(experiment: Experiment, figure: Figure) -> str:
    """The mean of each entry of a sweep; "" for a single network."""
    if not experiment.is_sweep:
        return ""
    means = {}
    for name in experiment.protocols:
        samples = [value(run, figure) for run in recorded(name)]
        means[name.removeprefix(f"{experiment.id}-")] = f"{np.mean(samples):.4f}" if samples else "open"
    return ", ".join(f"{entry}: {mean}" for entry, mean in means.items())


def _judge_order(experiment: Experiment, figure: Figure) -> Verdict:
    """Whether the entry is really the best (or worst) of its sweep: by Welch's interval against each other one."""
    sign = 1 if figure.best else -1
    named = f"{experiment.id}-{figure.best or figure.worst}"
    runs = {name: [value(run, figure) for run in recorded(name)] for name in experiment.protocols}
    if any(len(samples) < _FEWEST_RUNS for samples in runs.values()):
        return Verdict("not judged", tuple(runs[named]))
    level = 0.05 / (len(runs) - 1)  # Bonferroni's correction: one rival of many is soon ahead by chance
    sides = {
        name: _side(sign * (np.mean(runs[named]) - np.mean(samples)), _welch(runs[named], samples, level))
        for name, samples in runs.items()
        if name != named
    }
    entries = {
        side: [n.removeprefix(f"{experiment.id}-") for n in sides if sides[n] == side]
        for side in sides.values()
    }
    if "lower" in entries:
        mark, why = "lower" if figure.best else "higher", f"{', '.join(entries['lower'])} is"
    elif "reproduced" in entries:  # no difference that the runs could show
        mark, why = "not judged", f"not to be told apart from {', '.join(entries['reproduced'])}"
    else:
        mark, why = "reproduced", ""
    return Verdict(mark, tuple(runs[named]), why)


def _welch(one: Sequence[float], two: Sequence[float], level: float) -> float:
    """Half the width of Welch's interval for the difference of two means."""
    from scipy import stats

    parts = [np.var(each, ddof=1) / len(each) for each in (one, two)]
    if not sum(parts):
        return 0.0
    freedom = sum(parts) ** 2 / sum(p**2 / (len(e) - 1) for p, e in zip(parts, (one, two), strict=True))
    return float(stats.t.ppf(1 - level / 2, freedom)) * math.sqrt(sum(parts))


def _side(difference: float, tolerance: float) -> str:
    if abs(difference) <= tolerance:
        return "reproduced"
    return "higher" if difference > 0 else "lower"


@functools.cache
def _t(freedom: float) -> float:
    from scipy import stats

    return float(stats.t.ppf(0.975, freedom))


# -------------------------------------------------------------------------------------------------------- what to show
def compare(id: str, runs: Runs | None = None) -> pd.DataFrame:
    """The figures of an experiment: the source's, the recorded full-scale result, and those of `runs`, if given.

    The mark says whether the record agrees with the source (see `judge`). `runs`, which may have fewer images and
    epochs, is shown, as means over its runs, and never judged; its test figures are validation figures where the
    test set was not opened.
    """
    import pandas as pd

    about = experiment(id)
    rows = {}
    for figure in about.figures:
        verdict = judge(about, figure)
        row = {"source": figure.source, "recorded": verdict.recorded}
        if runs is not None:
            row["this run"] = _here(runs, figure)
        rows[figure.name] = {**row, "mark": f"{verdict.mark}: {verdict.why}" if verdict.why else verdict.mark}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(f"{id}: {about.title}")


def _here(runs: Runs, figure: Figure) -> str:
    if figure.of == "parameters":
        return _number(runs.provenance["protocol"]["parameters"])
    subject, metric = figure.of.rsplit(" ", 1)
    name = metric if subject == "train" else f"val_{metric}"
    ranks = figure.best or figure.worst or figure.at == "best run"
    if ranks or figure.of in _COUNTED or subject.startswith("untrained"):
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
                "state": "recorded" if have == wanted else "open" if not have else "partly recorded",
                "marks": ", ".join(f"{marks.count(mark)} {mark}" for mark in MARKS if mark in marks),
            }
        )
    return pd.DataFrame(rows).set_index("id")


def _number(x: float) -> str:
    return f"{x:,.0f}" if float(x).is_integer() else f"{x:.4f}"
