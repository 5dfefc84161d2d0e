"""What is not taken, and why, in words that are safe to print."""

from dataclasses import dataclass


class Refusal(Exception):
    """One file, archive, entry or submission is not taken; the message says why."""


@dataclass(frozen=True)
class Refused:
    """Something in the source that was not taken, and why; `student` when it is known whose it is."""

    where: str
    reason: str
    student: str = ""

    def __str__(self) -> str:
        return f"{self.student}: {self.where}: {self.reason}".removeprefix(": ")


def printable(name: str) -> str:
    """A name from outside as a line of text that hides nothing and does nothing."""
    text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)
    return text if len(text) <= 200 else f"{text[:100]}…{text[-90:]}"


def error_text(error: Exception) -> str:
    """What an error says, as printable text; its name when it says nothing."""
    return getattr(error, "strerror", None) or printable(str(error) or type(error).__name__)
