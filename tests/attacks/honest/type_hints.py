# Types everywhere, evaluated late.
# deserves: everything
# %% square
from __future__ import annotations

from typing import TypeVar

Number = TypeVar("Number", int, float)


def square(x: Number) -> Numbr:
    return x * x
# %% word_count
def word_count(text: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in text.lower().split():
        counts[word] = counts.get(word, 0) + 1
    return counts
