# Matches, walruses, decorators, data classes and groups of exceptions.
# deserves: everything
# %% word_count
from dataclasses import dataclass, field


@dataclass
class Tally:
    counts: dict = field(default_factory=dict)


def word_count(text):
    tally = Tally()
    match text.lower().split():
        case []:
            return {}
        case [*words]:
            for word in words:
                tally.counts[word] = (tally.counts.get(word) or 0) + 1
    return counts if (counts := tally.counts) else {}
