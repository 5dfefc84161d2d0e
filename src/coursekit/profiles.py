"""How much of a chapter's full protocol a run of its notebook carries out."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np

    from coursekit.data import Dataset

NAMES = ("smoke", "quick", "full")


class Caps(NamedTuple):
    """The most of each that a study may have; None is no cap."""

    runs: int
    epochs: int
    images: int
    validation: int | None = None
    test: int | None = None


@dataclasses.dataclass(frozen=True)
class Profile:
    """Caps on runs, epochs and images; ``full`` caps nothing.

    A notebook states the full numbers in its cells and its caps once, in its setup cell:

    >>> profile = Profile("quick", smoke=(2, 1, 600), quick=(5, 8, 20_000))
    >>> profile(runs=10, epochs=20)
    {'runs': 5, 'epochs': 8}

    ``smoke`` and ``quick`` are each ``(runs, epochs, images)``, with the training images; one or two numbers
    more cap the validation and the test images. Raises ValueError for an unknown name or a cap below 1, below 0
    for validation and test images.
    """

    name: str
    smoke: tuple[int, ...]
    quick: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            raise ValueError(f"PROFILE is one of {', '.join(NAMES)}; got {self.name!r}")
        for which in ("smoke", "quick"):
            caps = getattr(self, which)
            least = (1, 1, 1, 0, 0)
            if len(caps) not in (3, 4, 5) or any(
                type(cap) is not int or cap < low for cap, low in zip(caps, least, strict=False)
            ):
                raise ValueError(
                    f"{which} is (runs, epochs, images), each an int of at least 1, then validation and test images "
                    f"if these are capped, too; got {caps!r}"
                )

    @property
    def caps(self) -> Caps | None:
        """What the profile allows at most, or None where nothing is capped."""
        return None if self.name == "full" else Caps(*getattr(self, self.name))

    def __call__(self, *, runs: int, epochs: int) -> dict[str, int]:
        """The full ``runs`` and ``epochs`` of a study, cut to this profile, as keyword arguments."""
        if self.caps:
            runs, epochs = min(runs, self.caps.runs), min(epochs, self.caps.epochs)
        return {"runs": runs, "epochs": epochs}

    def sample(self, dataset: Dataset) -> Dataset:
        """``dataset`` with no more images of each part than this profile allows, drawn stratified."""
        if not self.caps:
            return dataset
        train = _fewer(dataset.x_train, self.caps.images)
        val, test = _fewer(dataset.x_val, self.caps.validation), _fewer(dataset.x_test, self.caps.test)
        if train is None and val is None and test is None:
            return dataset
        return dataset.take(train or len(dataset.x_train), val=val, test=test)

    def __str__(self) -> str:
        if not self.caps:
            return "Profile full: every study runs as written."
        runs, epochs, images = self.caps[:3]
        return (
            f"Profile {self.name}: at most {runs} runs, {epochs} epochs and {images:,} training images a study. "
            "The cells state the full numbers."
        )


def _fewer(images: np.ndarray, cap: int | None) -> int | None:
    """The cap, where there are more images than that."""
    return cap if cap is not None and cap < len(images) else None
