"""Whether recorded runs agree with a figure that somebody else reports: numbers in, a verdict out.

A figure is *compatible* with a record only when the record could have contradicted it: the 95 % interval of the
difference holds 0 and is no wider than a stated resolution. An interval that holds 0 because it holds nearly everything
says nothing, and is called so.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np

MARKS = ("compatible", "higher", "lower", "explained", "too wide to say", "not judged")
# With fewer recorded runs than this, nothing is said about spread.
FEWEST_RUNS = 3
LEVEL = 0.95
_DRAWS = 10_000  # of a bootstrap


@dataclasses.dataclass(frozen=True)
class Difference:
    """Recorded minus reported: an estimate and the interval around it."""

    estimate: float
    low: float
    high: float

    @property
    def half(self) -> float:
        """Half the width of the interval."""
        return (self.high - self.low) / 2

    def side(self) -> str:
        """The word "higher" or "lower" where the interval leaves no doubt, else an empty one."""
        return "higher" if self.low > 0 else "lower" if self.high < 0 else ""

    def __str__(self) -> str:
        def text(x: float) -> str:
            whole = (float(x).is_integer() and abs(x) >= 1) or abs(x) >= 1000
            return f"{x:+,.0f}" if whole else f"{x:+.4f}"

        return f"{text(self.estimate)} [{text(self.low)}, {text(self.high)}]"


@dataclasses.dataclass(frozen=True)
class Verdict:
    """A mark (one of MARKS), the recorded values behind it, a word on why, and the difference that decided."""

    mark: str
    values: tuple[float, ...]
    why: str = ""
    text: str = ""
    difference: Difference | None = None
    ranks: bool = False

    @property
    def recorded(self) -> str:
        """The recorded figure as text: mean and standard deviation, or median and range, and the number of runs."""
        if self.text:
            return self.text
        if not self.values:
            return "open"
        n = len(self.values)
        runs = f"({n} run{'s' if n > 1 else ''})"
        if n == 1 or min(self.values) == max(self.values):
            return f"{number(self.values[0])} {runs}"
        if self.ranks:
            low, high = number(min(self.values)), number(max(self.values))
            return f"median {number(np.median(self.values))}, {low} to {high} {runs}"
        return f"{np.mean(self.values):.4f} ± {np.std(self.values, ddof=1):.4f} {runs}"


def number(x: float) -> str:
    """A figure as text: four digits after the point, none where it is whole."""
    return f"{x:,.0f}" if float(x).is_integer() else f"{x:.4f}"


# ----------------------------------------------------------------------------------------------------------- intervals
def interval(values: Sequence[float], level: float = LEVEL) -> tuple[float, float]:
    """Student's t interval of the mean of at least two values: the lower and the upper end."""
    if len(values) < 2:
        raise ValueError(f"an interval needs at least 2 values, got {len(values)}")
    half = _t(len(values) - 1, level) * np.std(values, ddof=1) / math.sqrt(len(values))
    return float(np.mean(values) - half), float(np.mean(values) + half)


def welch(one: Sequence[float], two: Sequence[float], level: float = LEVEL) -> Difference:
    """The difference of two means, `one` minus `two`, with Welch's interval: each by its own spread."""
    estimate = float(np.mean(one) - np.mean(two))
    parts = [float(np.var(each, ddof=1)) / len(each) for each in (one, two)]
    if not sum(parts):
        return Difference(estimate, estimate, estimate)
    freedom = sum(parts) ** 2 / sum(p**2 / (len(e) - 1) for p, e in zip(parts, (one, two), strict=True))
    half = _t(freedom, level) * math.sqrt(sum(parts))
    return Difference(estimate, estimate - half, estimate + half)


def prediction(samples: Sequence[float], claimed: float, of_runs: int) -> Difference:
    """Against a mean of `of_runs` runs whose spread nobody gave, which is taken to be that of `samples`."""
    estimate, spread, n = float(np.mean(samples) - claimed), float(np.std(samples, ddof=1)), len(samples)
    half = _t(n - 1) * spread * math.sqrt(1 / n + 1 / of_runs)
    return Difference(estimate, estimate - half, estimate + half)


def shift(one: Sequence[float], two: Sequence[float], level: float = LEVEL) -> Difference:
    """How far `one` lies above `two`, by ranks: the median of all differences, with the interval of Mann and Whitney.

    It asks nothing of the shape of either (Hollander and Wolfe, Nonparametric Statistical Methods, section 4.3).
    """
    from scipy import stats

    differences = np.sort(np.subtract.outer(np.asarray(one), np.asarray(two)).ravel())
    m, n = len(one), len(two)
    z = stats.norm.ppf((1 + level) / 2)
    left_out = max(0, math.floor(m * n / 2 - z * math.sqrt(m * n * (m + n + 1) / 12)))
    return Difference(
        float(np.median(differences)), float(differences[left_out]), float(differences[-1 - left_out])
    )


def resampled(samples: Sequence[float], claimed: float, of_runs: int) -> Difference:
    """As `prediction`, for runs with several modes: by drawing runs again (the basic bootstrap, with a fixed seed)."""
    draw = np.random.default_rng(0)
    means = draw.choice(samples, size=(_DRAWS, len(samples))).mean(axis=1)
    theirs = draw.choice(samples, size=(_DRAWS, of_runs)).mean(axis=1)
    estimate = float(np.mean(samples) - claimed)
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(means - theirs, [tail, 100 - tail])
    return Difference(estimate, estimate - float(high), estimate - float(low))


def _t(freedom: float, level: float = LEVEL) -> float:
    from scipy import stats

    return float(stats.t.ppf((1 + level) / 2, freedom))


# ------------------------------------------------------------------------------------------------------------ verdicts
def resolution(of: str, claimed: float) -> float:
    """The half width up to which an interval is worth a judgement on a figure.

    An accuracy: 0.01, since the studies argue with differences of a point; but half of the errors where they are
    fewer than two in a hundred, since there a point is everything. A loss: 10 %. A count: 1.
    """
    if of.endswith("accuracy"):
        return min(0.01, (1 - claimed) / 2)
    return 0.1 * abs(claimed) if of.endswith("loss") else 1.0


def with_figure(
    samples: Sequence[float], claimed: Sequence[float], *, of: str, of_runs: int = 1, ranks: bool = False
) -> Verdict:
    """Whether at least three runs agree with a reported figure: one value, or the values of several runs.

    of_runs: of how many runs a single value is the mean. ranks: the runs have several modes, or some diverge, so that
    mean and standard deviation do not describe them.
    """
    center = float(np.mean(claimed))
    if len(claimed) > 1:
        found = shift(samples, claimed) if ranks else welch(samples, claimed)
    elif ranks and of_runs == 1:
        return _within_range(samples, center, of)
    else:
        found = (resampled if ranks else prediction)(samples, center, of_runs)
    narrow = found.half <= resolution(of, center)
    mark = found.side() or ("compatible" if narrow else "too wide to say")
    return Verdict(mark, tuple(samples), difference=found, ranks=ranks)


def _within_range(samples: Sequence[float], claimed: float, of: str) -> Verdict:
    """One run of somebody else's beside n of ours, by ranks: a further run lies outside ours 2 times in n + 1."""
    low, high, n = min(samples), max(samples), len(samples)
    found = Difference(float(np.median(samples)) - claimed, low - claimed, high - claimed)
    inside = low <= claimed <= high
    if not inside and 2 / (n + 1) < 1 - LEVEL:
        return Verdict(found.side(), tuple(samples), difference=found, ranks=True)
    if inside and found.half <= resolution(of, claimed):
        return Verdict("compatible", tuple(samples), difference=found, ranks=True)
    why = "" if inside else f"outside the range of {n} runs, as 2 in {n + 1} would be by chance"
    return Verdict("too wide to say", tuple(samples), why, difference=found, ranks=True)


def with_bounds(
    samples: Sequence[float], above: float | None, below: float | None, *, ranks: bool = False
) -> Verdict:
    """Whether the recorded mean (by ranks: median) lies within the bounds, as its whole 95 % interval does."""
    low, high = _interval_of_median(samples) if ranks else interval(samples)
    least = -math.inf if above is None else above
    most = math.inf if below is None else below
    if least < low and high < most:
        mark, why = "compatible", ""
    elif low > most or high < least:
        mark, why = ("higher" if low > most else "lower"), ""
    else:
        mark, why = "too wide to say", "the interval holds the bound"
    bound = above if above is not None else most
    center = float(np.median(samples) if ranks else np.mean(samples))
    found = Difference(center - bound, low - bound, high - bound)
    return Verdict(mark, tuple(samples), why, difference=found, ranks=ranks)


def _interval_of_median(samples: Sequence[float]) -> tuple[float, float]:
    """From the k-th smallest to the k-th largest, as many left out as 95 % allow (none below 6 runs)."""
    from scipy import stats

    ordered, n = sorted(samples), len(samples)
    left_out = max(0, int(stats.binom.ppf((1 - LEVEL) / 2, n, 0.5)) - 1)
    return ordered[left_out], ordered[n - 1 - left_out]


def of_an_order(runs: Mapping[str, Sequence[float]], named: str, *, best: bool) -> Verdict:
    """Whether the entry `named` is really the best (or the worst) of all.

    To beat all, it has to beat each rival, every pair at 95 %: no correction is due, as one failure is enough. That
    *some* rival beats it is found by chance the sooner the more rivals there are: there each pair is compared at
    Bonferroni's level.
    """
    sign = 1 if best else -1
    rivals = {name: samples for name, samples in runs.items() if name != named}
    strict = 1 - (1 - LEVEL) / len(rivals)
    ahead = [n for n, samples in rivals.items() if sign * _certain(runs[named], samples, strict) < 0]
    level = [n for n, samples in rivals.items() if sign * _certain(runs[named], samples, LEVEL) <= 0]
    if ahead:
        return Verdict("lower" if best else "higher", tuple(runs[named]), f"{', '.join(ahead)} is")
    if level:
        why = f"not to be told apart from {', '.join(level)}"
        return Verdict("too wide to say", tuple(runs[named]), why)
    return Verdict("compatible", tuple(runs[named]))


def _certain(one: Sequence[float], two: Sequence[float], level: float) -> int:
    """1 or -1 where Welch's interval says which mean is higher, else 0."""
    return {"higher": 1, "lower": -1, "": 0}[welch(one, two, level).side()]
