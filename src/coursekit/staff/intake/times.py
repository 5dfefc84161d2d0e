"""Times of handing in: in UTC inside, with their zone outside."""

from datetime import UTC, datetime, tzinfo


def in_utc(moment: datetime, zone: tzinfo) -> datetime:
    """The moment in UTC; one that names no zone is on the clock of `zone`."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def since_1970(seconds: float) -> datetime | None:
    """The moment so many seconds after 1970 began, None for one that no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def utc_text(moment: datetime | None) -> str:
    """The moment for people, "unknown" for None."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "unknown"
