"""A submission appears in nbgrader's folder whole or not at all, with its dates; what is there is read and compared.

A submission is put together in a hidden folder beside its place and appears there in one step.

nbgrader knows one due date for everybody. So an extension shows as an earlier time in `timestamp.txt`: what
nbgrader then counts as late is what is late for this student. The real time stands beside it, in RECORD, and so does
the platform's number of the latest upload, from which it is known which of two submissions is newer.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from coursekit.staff.course import RECORD, RESULT, SHOWN, read_extension, read_upload
from coursekit.staff.intake.refusals import Refusal, error_text
from coursekit.staff.intake.times import utc_text
from coursekit.staff.lms.nbgrader import TIMESTAMP, read_time, write_time

# A student's own file of this name could forge when it was handed in, or what it was graded.
RESERVED = (TIMESTAMP, RECORD, RESULT, SHOWN)


class Dates(NamedTuple):
    """When a submission was handed in (UTC), if that is known, and by how much its time stamp is earlier.

    `upload` is the platform's number of what was uploaded last, 0 where it has none.
    """

    handed_in: datetime | None = None
    extension: timedelta = timedelta()
    upload: int = 0


def check_place(target: Path) -> None:
    """Raises Refusal where the folder of a submission, or the one around it, is something else."""
    for path in (target.parent, target):
        if path.is_symlink():
            raise Refusal(f"{path.name} is a link, expected a folder")
        if path.exists() and not path.is_dir():
            raise Refusal(f"{path.name} is a file, expected a folder")


def incoming_folder(target: Path) -> Path:
    """Where to put a submission together that is to appear at `target`."""
    return target.with_name(f".{target.name}.collecting")


def _replaced_folder(target: Path) -> Path:
    return target.with_name(f".{target.name}.replaced")


def put_in_place(target: Path, dates: Dates) -> None:
    """Let the submission that is ready in its incoming folder appear, with its dates."""
    incoming = incoming_folder(target)
    moment, extension, upload = dates
    for name in (TIMESTAMP, RECORD):
        (incoming / name).unlink(missing_ok=True)
    if moment:
        (incoming / TIMESTAMP).write_text(write_time(moment - extension), encoding="utf-8")
    record: dict[str, str | float] = {}
    if moment and extension:
        record |= {"handed_in": moment.isoformat(), "extension_seconds": extension.total_seconds()}
    if upload:
        record["upload"] = upload
    if record:
        (incoming / RECORD).write_text(json.dumps(record) + "\n", encoding="utf-8")
    if target.is_dir():
        os.rename(target, _replaced_folder(target))
    os.rename(incoming, target)
    recover(target)


def recover(target: Path) -> None:
    """Tidy up after a run that was killed: either the old submission is there or the new one."""
    replaced = _replaced_folder(target)
    if replaced.is_dir() and not target.exists():
        os.rename(replaced, target)
    for left in (replaced, incoming_folder(target)):
        if left.is_dir():
            shutil.rmtree(left)


def correct_dates(target: Path, dates: Dates) -> None:
    """Give the submission that is there other dates."""
    incoming = incoming_folder(target)
    shutil.rmtree(incoming)
    shutil.copytree(target, incoming, symlinks=True)
    put_in_place(target, dates)


def read_dates(target: Path) -> Dates:
    """The dates of the submission that is there. Raises Refusal where they cannot be read."""
    try:
        stamp = read_time((target / TIMESTAMP).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Dates(upload=read_upload(target))
    except (OSError, ValueError) as error:
        reason = f"{TIMESTAMP} there is not a time ({error_text(error)}); correct or remove it"
        raise Refusal(reason) from None
    extension = read_extension(target, stamp)
    return Dates(stamp + extension, extension, read_upload(target))


def read_digests(target: Path) -> dict[str, str]:
    """A digest of each file that the student handed in, by its name in the submission."""
    found = {}
    for path in target.rglob("*"):
        name = path.relative_to(target).as_posix()
        if path.is_file() and name not in (TIMESTAMP, RECORD):
            with open(path, "rb") as stream:
                found[name] = hashlib.file_digest(stream, "sha256").hexdigest()
    return found


def _why_not_newer(there: Dates, came: Dates) -> str:
    """Why what came does not take the place of what is there, empty if it is newer."""
    if there.upload and came.upload and there.upload != came.upload:
        if came.upload > there.upload:
            return ""
        return (
            f"uploaded before the one that is there (numbers {came.upload} and {there.upload}), and different"
        )
    if there.handed_in is None or came.handed_in is None:
        return "it is not known which is newer, this one or the one that is there; remove that to take this"
    if came.handed_in <= there.handed_in:
        return f"not newer than the one that is there ({utc_text(there.handed_in)}), but different"
    return ""


def compare(
    target: Path,
    digests: dict[str, str],
    expected: Sequence[str],
    *,
    there: Dates,
    came: Dates,
) -> tuple[str, str]:
    """What is to become of the submission that is there: replaced, kept or unchanged; and what to say about it.

    `digests` are those of the files that came, `there` and `came` are the dates of both. Which is newer is told by
    the numbers of their uploads where both have one, else by their times.
    """
    old = read_digests(target)
    if digests == old:
        return "unchanged", ""
    if not digests:
        return "kept", "nothing of this submission could be taken; the one that is there stays"
    if reason := _why_not_newer(there, came):
        return "kept", reason
    if not old.keys().isdisjoint(expected) and digests.keys().isdisjoint(expected):
        return "kept", "newer, but without the notebooks that the one that is there has"
    return "replaced", ""
