"""What a test tells its grader beside its verdict: a score, say.

The grader asks the process that runs the tests: what an answer prints, or does to this module, counts for nothing.
"""

from typing import Any

_announced: list[dict[str, Any]] = []


def announce(**facts: Any) -> None:
    """Keep facts, of values that JSON can hold, until somebody collects them."""
    _announced.append(facts)


def collect() -> list[dict[str, Any]]:
    """The facts that were announced in this process since the last call."""
    found = list(_announced)
    _announced.clear()
    return found
