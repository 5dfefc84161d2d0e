"""nbgrader's exchange: folders of its inbound, and how nbgrader writes when something was handed in.

A folder in the exchange is called `ada+ps1+2026-01-30 20:30:10.000000 UTC+random`; the random part may be missing.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from coursekit.staff.lms.platform import EntryName, Platform, Reading

# Holds the time beside the files of a submission.
TIMESTAMP = "timestamp.txt"
NAME = re.compile(r"(?P<student>.+?)\+(?P<assignment>[^+]+)\+(?P<time>[^+]+)(?:\+[^+]*)?", re.DOTALL)


def read_name(parts: Sequence[str]) -> EntryName | None:
    """What the path of a file in the exchange tells, None when it is none."""
    match = NAME.fullmatch(parts[0])
    if not match:
        return None
    student, assignment, time = match.group("student", "assignment", "time")
    return EntryName(parts[0], tuple(parts[1:]), (Reading(student),), assignment, time)


def read_time(text: str) -> datetime:
    """The time in UTC. Raises ValueError for a text that nbgrader would not read as a time."""
    from nbgrader.utils import parse_utc

    try:
        return parse_utc(text.strip()).replace(tzinfo=UTC)
    except (OverflowError, TypeError, AttributeError) as error:
        raise ValueError(str(error)) from None


def write_time(moment: datetime) -> str:
    """The time as nbgrader's exchange writes it to `timestamp.txt`; `moment` is in UTC."""
    return f"{moment:%Y-%m-%d %H:%M:%S.%f} UTC"


PLATFORM = Platform("nbgrader", "the exchange", read_name, several="newest")
