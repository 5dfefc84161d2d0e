"""How much of a chapter's full protocol a run of its notebook carries out."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coursekit.data import Dataset

NAMES = ("smoke", "quick", "full")


@dataclasses.dataclass(frozen=True)
class Profile:
    """Caps on runs, epochs and training images; ``full`` caps nothing.

    A notebook states the full numbers in its cells and its caps once, in its setup cell:

    >>> profile = Profile("quick", smoke=(2, 1, 600), quick=(5, 8, 20_000))
    >>> profile(runs=10, epochs=20)
    {'runs': 5, 'epochs': 8}

    ``smoke`` and ``quick`` are each ``(runs, epochs, images)``. Raises ValueError for an unknown name or a cap
    below 1.
    """

    name: str
    smoke: tuple[int, int, int]
    quick: tuple[int, int, int]

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            raise ValueError(f"PROFILE is one of {', '.join(NAMES)}; got {self.name!r}")
        for which in ("smoke", "quick"):
            caps = getattr(self, which)
            if len(caps) != 3 or any(type(cap) is not int or cap < 1 for cap in caps):
                raise ValueError(
                    f"{which} is (runs, epochs, images), each an int of at least 1; got {caps!r}"
                )

    @property
    def caps(self) -> tuple[int, int, int] | None:
        """``(runs, epochs, images)``, or None where nothing is capped."""
        return None if self.name == "full" else getattr(self, self.name)

    def __call__(self, *, runs: int, epochs: int) -> dict[str, int]:
        """The full ``runs`` and ``epochs`` of a study, cut to this profile, as keyword arguments."""
        if self.caps:
            runs, epochs = min(runs, self.caps[0]), min(epochs, self.caps[1])
        return {"runs": runs, "epochs": epochs}

    def sample(self, dataset: Dataset) -> Dataset:
        """``dataset`` with no more training images than this profile allows, drawn stratified."""
        if self.caps and len(dataset.x_train) > self.caps[2]:
            return dataset.take(self.caps[2])
        return dataset

    def __str__(self) -> str:
        if not self.caps:
            return "Profile full: every study runs as written."
        runs, epochs, images = self.caps
        return (
            f"Profile {self.name}: at most {runs} runs, {epochs} epochs and {images:,} training images a study. "
            "The cells state the full numbers."
        )
