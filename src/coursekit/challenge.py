"""The open challenge: what a submission may use, how it is scored, and what the leaderboard hears of it.

A submission is a function that builds a network and trains it. It states its budget, is called with the training
images, and returns a Keras model that takes pixels from 0 to 255 as they are.
"""

from __future__ import annotations

import dataclasses
import re
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from coursekit import checks

if TYPE_CHECKING:
    import keras

_NAME = re.compile(r"[\w .\-]{0,30}")
# Beyond its budget, for what a process needs to start and to answer, and for a last step under way.
_GRACE = 1.1, 10.0


@dataclasses.dataclass(frozen=True)
class Budget:
    """What a submission may use: parameters of the network, and seconds of training on one processor core."""

    parameters: int
    seconds: int


BUDGETS = {"mnist": Budget(8_000, 300), "cifar10": Budget(200_000, 300)}


@dataclasses.dataclass(frozen=True)
class Score:
    """Accuracy on `images` images as they are, and on a `transformed` copy drawn with `seed`."""

    accuracy: float
    transformed: float
    images: int
    seed: int

    def __str__(self) -> str:
        return (
            f"accuracy {self.accuracy:.4f} on {self.images:,} images, {self.transformed:.4f} on the same images "
            f"moved, turned and faded (seed {self.seed})"
        )


def score(model: keras.Model, x: np.ndarray, y: np.ndarray, *, seed: int | None = None) -> Score:
    """Score a model on images with pixels from 0 to 255 and integer labels, each image once, and once transformed.

    The copy is made by `checks.transformed`; without a seed nobody can know it before. Raises AssertionError when
    the model does not return finite probabilities for ten classes.
    """
    seed = secrets.randbits(32) if seed is None else seed

    def accuracy(images: np.ndarray) -> float:
        outputs = np.asarray(model.predict(images.astype("float32"), batch_size=500, verbose=0))
        checks.shape(outputs, (len(images), 10), "predictions of the model")
        checks.probabilities(outputs, "predictions of the model", tolerance=1e-3)
        return float((outputs.argmax(axis=1) == y).mean())

    return Score(accuracy(x), accuracy(checks.transformed(x, seed=seed)), len(x), seed)


def check(
    challenge: str, stated: Mapping[str, Any], model: keras.Model, *, took: float, seconds: float
) -> None:
    """Check a trained model against the budget that its author states, and that against the challenge's.

    stated: parameters, and seconds of training at full size; took: the seconds that the training took; seconds: those
    that it was given. Raises AssertionError that says what was stated, allowed and used.
    """
    budget = BUDGETS[challenge]
    name = f"the budget stated for {challenge}"
    if not isinstance(stated, Mapping) or set(stated) != {"parameters", "seconds"}:
        raise AssertionError(f"{name}: expected a dict with parameters and seconds, got {stated!r}")
    for what, most in dataclasses.asdict(budget).items():
        value = stated[what]
        if type(value) is not int or not 0 < value <= most:
            raise AssertionError(f"{name}: expected {what} from 1 to {most:,}, a whole number, got {value!r}")
    count = model.count_params()
    if count > stated["parameters"]:
        raise AssertionError(
            f"parameters of the model: expected at most the stated {stated['parameters']:,}, got {count:,}"
        )
    if took > _GRACE[0] * seconds + _GRACE[1]:
        raise AssertionError(
            f"training: expected at most {seconds:.0f} s, as `seconds` said, got {took:.0f} s; "
            "does the function look at the clock?"
        )


def announce(
    challenge: str, score: Score, model: keras.Model, *, took: float, profile: str, name: str = ""
) -> None:
    """Print a score, and keep it for the grader. name: for the leaderboard; empty: not to be shown there.

    Raises AssertionError for a name of other than at most 30 letters, digits, blanks, dots and hyphens.
    """
    if type(name) is not str or not _NAME.fullmatch(name):
        raise AssertionError(
            f"leaderboard_name: expected at most 30 letters, digits, blanks, dots and hyphens, got {name!r}"
        )
    parameters = model.count_params()
    print(f"{challenge}: {score}; {parameters:,} parameters, {took:.0f} s")
    _announced.append(
        {
            "challenge": challenge,
            "name": name.strip(),
            **dataclasses.asdict(score),
            "parameters": parameters,
            "seconds": round(took, 1),
            "profile": profile,
        }
    )


def announced() -> list[dict[str, Any]]:
    """The scores that were announced in this process since the last call.

    The grader asks the process that runs the tests: what an answer prints, or does to this module, counts for nothing.
    """
    found = list(_announced)
    _announced.clear()
    return found


_announced: list[dict[str, Any]] = []
