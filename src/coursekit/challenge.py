"""The open challenge: what a submission may use, how it is scored, and what the leaderboard hears of it.

A submission is a function that builds a network and trains it. It states its budget, is called with the training
images, and returns a Keras model that takes pixels from 0 to 255 as they are.
"""

from __future__ import annotations

import dataclasses
import re
import secrets
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from coursekit import announcements, checks
from coursekit.processor_time import processor_time

if TYPE_CHECKING:
    import keras

# Latin letters only: others look like them, or like nothing at all.
_NAME = re.compile(r"[A-Za-z0-9À-ÖØ-öø-ž][A-Za-z0-9À-ÖØ-öø-ž .\-]{0,29}|")
# Beyond its budget: to compile the first update takes some seconds, which need not count.
_GRACE = 1.1, 15.0


@dataclasses.dataclass(frozen=True)
class Budget:
    """What a submission may use: parameters of the network, and seconds of processor time for its training."""

    parameters: int
    seconds: int


BUDGETS = {"mnist": Budget(8_000, 300), "cifar10": Budget(200_000, 300)}
# Seconds of processor time on the machine on which the course was made, for a few thousand images.
_SHORT = {"smoke": {"mnist": 4, "cifar10": 6}, "quick": {"mnist": 6, "cifar10": 9}}


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


def rehearse(model: keras.Model, x: np.ndarray, y: np.ndarray) -> Score:
    """Score a model on validation images with pixels from 0 to 255, as `score` does, and print that.

    Raises AssertionError when the model is clearly better on pixels from 0 to 1.
    """
    found, small = score(model, x, y), score(model, x / 255, y)
    print("On validation images:", found)
    if small.accuracy > found.accuracy + 0.05:
        raise AssertionError(
            f"accuracy: expected more on pixels from 0 to 255 than on pixels from 0 to 1, got {found.accuracy:.3f} "
            f"and {small.accuracy:.3f}; was it trained on pixels as they come? Is Rescaling a part of it?"
        )
    return found


def seconds_for(challenge: str, stated: Mapping[str, Any], profile: str) -> float:
    """The seconds of processor time that a training gets.

    At profile full they are those that the author states. The other profiles are for trying things out: a slower
    machine gets more time, up to six times as much. Raises AssertionError for a statement that the challenge does not
    allow.
    """
    _check_statement(challenge, stated)
    if profile == "full":
        return stated["seconds"]
    from keras import ops

    images, kernel = np.ones((64, 28, 28, 16), "float32"), np.ones((3, 3, 16, 16), "float32")
    ops.conv(images, kernel, padding="same")
    started = processor_time()
    for _ in range(20):
        ops.conv(images, kernel, padding="same")
    slower = float(np.clip((processor_time() - started) / 0.05, 1, 6))
    return min(slower * _SHORT[profile][challenge], stated["seconds"])


def check(challenge: str, stated: Mapping[str, Any], parameters: int, *, took: float, seconds: float) -> None:
    """Check what a trained model used against the budget that its author states, and that against the challenge's.

    stated: parameters, and seconds of training at full size; parameters: of the model, by `checks.count_parameters`;
    took: the seconds of processor time that the training took; seconds: those that it was given. Raises AssertionError
    that says what was stated, allowed and used.
    """
    _check_statement(challenge, stated)  # again: the answer ran since, and could have changed it
    if parameters > stated["parameters"]:
        raise AssertionError(
            f"parameters of the model: expected at most the stated {stated['parameters']:,}, got {parameters:,}"
        )
    if took > _GRACE[0] * seconds + _GRACE[1]:
        raise AssertionError(
            f"training: expected at most {seconds:.0f} s of processor time, as `seconds` said, got {took:.0f} s; "
            "does the function look at time.process_time()?"
        )


def _check_statement(challenge: str, stated: Mapping[str, Any]) -> None:
    budget = BUDGETS[challenge]
    name = f"the budget stated for {challenge}"
    if not isinstance(stated, Mapping) or set(stated) != {"parameters", "seconds"}:
        raise AssertionError(f"{name}: expected a dict with parameters and seconds, got {stated!r}")
    for what, most in dataclasses.asdict(budget).items():
        value = stated[what]
        if type(value) is not int or not 0 < value <= most:
            raise AssertionError(f"{name}: expected {what} from 1 to {most:,}, a whole number, got {value!r}")


def name_to_show(name: str) -> str:
    """The name as the leaderboard shows it; empty if its author does not take part.

    Raises AssertionError for a name of other than at most 30 Latin letters, digits, blanks, dots and hyphens.
    """
    shown = unicodedata.normalize("NFC", name).strip() if type(name) is str else name
    if type(name) is not str or not _NAME.fullmatch(shown):
        raise AssertionError(
            "leaderboard_name: expected at most 30 Latin letters, digits, blanks, dots and hyphens, the first a letter "
            f"or a digit, got {name!r}"
        )
    return shown


def announce(
    challenge: str, score: Score, parameters: int, *, took: float, profile: str, name: str = ""
) -> None:
    """Print a score, and keep it for the grader. name: for the leaderboard, as in `name_to_show`."""
    print(f"{challenge}: {score}; {parameters:,} parameters, {took:.0f} s of processor time")
    announcements.announce(
        challenge=challenge,
        name=name_to_show(name),
        **dataclasses.asdict(score),
        parameters=parameters,
        seconds=round(took, 1),
        profile=profile,
    )
