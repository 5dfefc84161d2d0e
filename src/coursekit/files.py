"""Files that are there whole or not at all."""

import hashlib
import os
from pathlib import Path

# The environment variable that names where to note what a notebook reads.
READS = "COURSEKIT_READS"


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write `content`, text as UTF-8, so that a reader, or a killed writer, never leaves half of it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    os.replace(temporary, path)


def digest(path: str | os.PathLike) -> str:
    """The SHA-256 of one file as hex digits; "" where there is none."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return ""


def note_read(path: Path) -> None:
    """Tell whoever executes a notebook, and asked for it, that this file was looked for."""
    if where := os.environ.get(READS):
        with open(where, "a", encoding="utf-8") as file:
            file.write(f"{digest(path)} {path}\n")
