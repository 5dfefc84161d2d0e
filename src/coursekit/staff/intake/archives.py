"""Read a folder, or a zip or tar archive (also packed with gzip, bzip2 or xz), that comes from strangers.

Nothing in it is trusted, neither names nor sizes nor types: members are read one by one and counted while they are
read. A member that is refused is named with the reason. What operating systems and Jupyter leave behind
(`__MACOSX`, checkpoints) is left out.
"""

import bz2
import contextlib
import fnmatch
import gzip
import io
import lzma
import os
import re
import stat
import struct
import tarfile
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from coursekit.notebooks import MAX_FILE_MB, CourseError
from coursekit.staff.intake.refusals import Refusal, Refused, error_text, printable
from coursekit.staff.intake.times import in_utc, since_1970

ARCHIVE_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
NOTEBOOK = re.compile(r"(?P<stem>.+)\.ipynb(?:\.txt|\.json)?", re.IGNORECASE | re.DOTALL)
BLOCK = 1 << 20
LONGEST_NAME, LONGEST_PATH, DEEPEST = 255, 1000, 20
# Up to here it does not matter how well something was packed.
SMALL = 10_000_000
LITTER = "__MACOSX .DS_Store ._* Thumbs.db desktop.ini .ipynb_checkpoints __pycache__ *.pyc".split()
LINK, NOT_REGULAR = "a link", "not a regular file"
# How streams begin that hold one packed file, and what opens them.
UNPACKERS: tuple[tuple[bytes, Callable[[BinaryIO], Any]], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ\0", lzma.open),
)


@dataclass(frozen=True)
class Limits:
    """What is still taken. Bytes count after unpacking; `ratio` is unpacked to packed.

    A submission has `submission_bytes` in all, refused files included; `members` and `total_bytes` are for the
    whole source.
    """

    file_bytes: int = MAX_FILE_MB * 1_000_000
    submission_bytes: int = (MAX_FILE_MB + 100) * 1_000_000
    submission_files: int = 5_000
    total_bytes: int = 50_000_000_000
    members: int = 200_000
    ratio: int = 200


@dataclass(frozen=True)
class SourceFile:
    """A regular file in a source: what to call it, where it lies, when it was written, its packed size.

    `place` is the path's parts in the source at first, and in the submission once that is known.
    """

    shown: str
    place: tuple[str, ...]
    modified: datetime | None
    packed: int
    # Opens a binary stream; each library has its own type of them.
    open: Callable[[], Any]
    # The platform's number of the file, which grows from one upload to the next; 0 where it has none.
    upload: int = 0

    @property
    def is_notebook(self) -> bool:
        """Whether it is a notebook, as its name tells, that lies in no folder."""
        return len(self.place) == 1 and NOTEBOOK.fullmatch(self.place[0]) is not None

    @property
    def is_archive(self) -> bool:
        """Whether it is an archive, as its name tells, in whatever folder."""
        return self.place[-1].lower().endswith(ARCHIVE_SUFFIXES)

    def blocks(self) -> Iterator[bytes]:
        """The content of the file. Raises Refusal where it cannot be read."""
        try:
            with self.open() as stream:
                while block := stream.read(BLOCK):
                    yield block
        except Exception as error:  # whatever decompressors raise for hostile input
            raise Refusal(f"cannot be read: {error_text(error)}") from None

    def limited(self, most: int, ratio: int) -> Iterator[bytes]:
        """The content of the file. Raises Refusal for more than `most` bytes, or `ratio` times the packed size."""
        size = 0
        for block in self.blocks():
            size += len(block)
            if size > most:
                raise Refusal(f"more than {most:,} bytes")
            if self.packed and size > SMALL and size > ratio * self.packed:
                raise Refusal(f"unpacks to more than {ratio} times its size")
            yield block


def in_one_folder(files: Sequence[SourceFile]) -> bool:
    """Whether one folder holds all the files."""
    return len({file.place[0] for file in files}) == 1 and all(len(file.place) > 1 for file in files)


class Meter:
    """Reads files and counts what comes, for the submission at hand and for all."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.total, self.submission = limits, 0, 0

    def blocks(self, file: SourceFile) -> Iterator[bytes]:
        """The content of the file. Raises Refusal where it cannot be read, or exceeds a limit."""
        limits = self.limits
        for block in file.limited(limits.file_bytes, limits.ratio):
            self.total += len(block)
            self.submission += len(block)
            if self.submission > limits.submission_bytes:
                raise Refusal(f"with it, the submission has more than {limits.submission_bytes:,} bytes")
            if self.total > limits.total_bytes:
                raise Refusal(f"with it, all submissions have more than {limits.total_bytes:,} bytes")
            yield block


@dataclass(frozen=True)
class Access:
    """How to read a source: where unpacked data may lie meanwhile, the clock of its times, what to close."""

    base: Path
    zone: tzinfo
    limits: Limits
    opened: contextlib.ExitStack

    def scratch(self, blocks: Iterable[bytes]) -> BinaryIO:
        """A file without a name that holds the blocks; the system frees it however this process ends."""
        try:
            self.base.mkdir(parents=True, exist_ok=True)
            file = self.opened.enter_context(tempfile.TemporaryFile(dir=self.base))
            file.writelines(blocks)
            file.seek(0)
        except OSError as error:
            raise CourseError(f"{self.base}: cannot be written: {error.strerror}") from None
        return file


@dataclass
class Listing:
    """Files that may be read, and those that may not."""

    files: list[SourceFile] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def add(
        self, name: str, fault: str, modified: datetime | None, packed: int, opener: Callable[[], Any]
    ) -> None:
        """A member called `name`, to be refused if it has a fault."""
        try:
            parts = parts_of(name)
            if any(fnmatch.fnmatchcase(part, litter) for part in parts for litter in LITTER):
                return
            if fault:
                raise Refusal(fault)
            self.files.append(SourceFile(printable(name), parts, modified, packed, opener))
        except Refusal as refusal:
            self.refused.append(Refused(printable(name), str(refusal)))


def list_source(source: Path, access: Access) -> Listing:
    """What the source holds, a folder or an archive. Raises CourseError for one that cannot be read at all."""
    try:
        if source.is_dir():
            return _list_folder(source, access)
        file = access.opened.enter_context(open(source, "rb"))
        return _list_archive(file, access, access.limits.members, access.limits.total_bytes)
    except OSError as error:
        raise CourseError(f"{source}: cannot be read: {error.strerror}") from None
    except Refusal as refusal:
        raise CourseError(f"{source}: {refusal}") from None


def list_inner(file: SourceFile, access: Access) -> Listing:
    """What a student's own archive holds; copied first, since one cannot search in the one around it."""
    limits = access.limits
    copy = access.scratch(file.limited(limits.file_bytes, limits.ratio))
    return _list_archive(copy, access, limits.submission_files, limits.submission_bytes)


def _list_archive(file: BinaryIO, access: Access, most: int, most_bytes: int) -> Listing:
    """The members of a zip or tar archive, told by its first bytes. Raises Refusal for damage and other files."""
    start = file.read(8)
    packed = file.seek(0, os.SEEK_END)
    file.seek(0)
    if start.startswith((b"PK\3\4", b"PK\5\6")):
        return _list_zip(_Guarded(file), access.zone, most)
    for magic, unpack in UNPACKERS:
        if start.startswith(magic):
            whole = SourceFile("", (), None, packed, partial(unpack, file))
            unpacked = access.scratch(whole.limited(most_bytes, access.limits.ratio))
            return _list_tar(_Guarded(unpacked), most)
    return _list_tar(_Guarded(file), most)


class _Guarded(io.RawIOBase):
    """A file that gives no more bytes than allowed, so that a table of contents cannot fill the memory."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.allowed: float = 0

    def read(self, size: int = -1) -> bytes:
        if size is None or size < 0:
            here = self.file.tell()
            size = self.file.seek(0, os.SEEK_END) - here
            self.file.seek(here)
        self.allowed -= size
        if self.allowed < 0:
            raise Refusal("its table of contents is too large")
        return self.file.read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()

    def seekable(self) -> bool:
        return True


def _list_zip(file: _Guarded, zone: tzinfo, most: int) -> Listing:
    # The end of the file, twice, and for each member a header, a name and what else there may be.
    file.allowed = 200_000 + most * 400
    try:
        archive = zipfile.ZipFile(file)
    except Refusal:
        raise
    except Exception as error:
        raise Refusal(f"a damaged zip archive: {error_text(error)}") from None
    file.allowed = float("inf")
    if len(archive.infolist()) > most:
        raise Refusal(f"more than {most:,} members")
    listing = Listing()
    for info in archive.infolist():
        name, fault = _zip_name(info), _zip_fault(info)
        if fault == LINK or not name.endswith("/"):
            opener = partial(archive.open, info)
            listing.add(name, fault, _zip_time(info, zone), info.compress_size, opener)
    return listing


def _zip_fault(info: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16)
    # Many programs write no kind.
    if kind and (fault := _fault_of_kind(kind)):
        return fault
    if info.flag_bits & 1:
        return "encrypted"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # Python unpacks the others without a limit for what one read may bring.
        return "packed in an uncommon way, expected zip's usual one (deflate)"
    return ""


def _fault_of_kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return LINK
    return "" if stat.S_ISREG(mode) else NOT_REGULAR


def _zip_name(info: zipfile.ZipInfo) -> str:
    """The member's whole name, which `filename` does not tell after a null character, with slashes between parts."""
    name = info.orig_filename
    if not info.flag_bits & 0x800:
        # Many programs write UTF-8 without saying so.
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    # The format knows only slashes; older programs for Windows wrote backslashes all the same.
    return name.replace("\\", "/")


def _zip_time(info: zipfile.ZipInfo, zone: tzinfo) -> datetime | None:
    """When the member was written: in UTC where the archive says so, else on the clock of `zone`."""
    extra = info.extra
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        if kind == 0x5455 and size >= 5 and len(extra) >= 9 and extra[4] & 1:
            return since_1970(struct.unpack("<i", extra[5:9])[0])
        extra = extra[4 + size :]
    try:
        moment = datetime(*info.date_time)
    except ValueError:
        return None
    # The first time that the format knows stands for none.
    return in_utc(moment, zone) if moment > datetime(1980, 1, 1) else None


def _list_tar(file: _Guarded, most: int) -> Listing:
    listing = Listing()
    is_tar, count, last = False, 0, -1
    try:
        file.allowed = BLOCK
        is_tar = file.read(tarfile.BLOCKSIZE)[257:262] == b"ustar"
        file.seek(0)
        archive = tarfile.open(fileobj=file, mode="r:")
        while (info := archive.next()) is not None:
            count += 1
            if count > most:
                raise Refusal(f"more than {most:,} members")
            # A negative size would lead back to a member that was already seen, for ever.
            if info.offset <= last or info.size < 0:
                raise Refusal("a damaged tar archive: a size below zero")
            last = info.offset
            if not info.isdir():
                opener = partial(archive.extractfile, info)
                listing.add(info.name, _tar_fault(info), since_1970(info.mtime), 0, opener)
            file.allowed = BLOCK
        # For tarfile, damage is the end as well.
        file.seek(archive.offset)
        end = file.read(tarfile.BLOCKSIZE)
    except Refusal:
        raise
    except Exception as error:
        what = "a damaged tar archive" if is_tar else "not a zip or tar archive"
        raise Refusal(f"{what}: {error_text(error)}") from None
    if not end or end.strip(b"\0"):
        raise Refusal("a damaged tar archive: it stops before its end mark")
    file.allowed = float("inf")
    return listing


def _tar_fault(info: tarfile.TarInfo) -> str:
    if info.issym() or info.islnk():
        return f"{LINK} to {printable(info.linkname)}"
    return "" if info.isreg() and info.sparse is None else NOT_REGULAR


def _list_folder(root: Path, access: Access) -> Listing:
    """The files below `root`. Links are not followed, not even one that takes a file's place meanwhile."""
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    access.opened.callback(os.close, handle)
    listing = Listing()
    for top in sorted(os.listdir(root)):
        waiting: list[tuple[str, ...]] = [(top,)]
        count = 0
        while waiting:
            parts = waiting.pop()
            path, name = root.joinpath(*parts), "/".join(parts)
            count += 1
            if count > access.limits.submission_files:
                listing.refused.append(
                    Refused(printable(name), f"more than {count - 1} files; no more were read")
                )
                break
            try:
                status = os.lstat(path)
                if stat.S_ISDIR(status.st_mode) and len(parts) <= DEEPEST:
                    waiting += [(*parts, each) for each in sorted(os.listdir(path), reverse=True)]
                    continue
            except OSError as error:
                listing.refused.append(Refused(printable(name), error_text(error)))
                continue
            opener = partial(_open_inside, handle, parts)
            listing.add(name, _fault_of_kind(status.st_mode), since_1970(status.st_mtime), 0, opener)
    return listing


def _open_inside(root: int, parts: Sequence[str]) -> BinaryIO:
    """The regular file at `parts` below the folder that `root` is open on."""
    folder = os.dup(root)
    try:
        for part in parts[:-1]:
            deeper = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = deeper
        # Not to wait for a writer, should it be a pipe by now.
        handle = os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    finally:
        os.close(folder)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Refusal(NOT_REGULAR)
    return os.fdopen(handle, "rb")


def parts_of(name: str) -> tuple[str, ...]:
    """The parts of a path inside a source. Raises Refusal for one that could lead elsewhere or deceive."""
    directions = {unicodedata.bidirectional(character) for character in name}
    categories = {unicodedata.category(character) for character in name}
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if "Cs" in categories:
        raise Refusal("its name is not valid text")
    if categories & {"Cc", "Zl", "Zp"} or directions & {*"LRE RLE LRO RLO PDF LRI RLI FSI PDI".split()}:
        raise Refusal("a control character in its name")
    if "\\" in name:
        raise Refusal("a backslash in its name")
    if name.startswith("/") or not parts:
        raise Refusal("an absolute or empty path")
    if re.match(r"[A-Za-z]:", name):
        raise Refusal("a drive letter in its name")
    if ".." in parts:
        raise Refusal("a path that leads out of its folder (..)")
    if max(len(part.encode()) for part in parts) > LONGEST_NAME or len(name) > LONGEST_PATH:
        raise Refusal("its name is too long")
    if len(parts) > DEEPEST:
        raise Refusal(f"more than {DEEPEST} folders deep")
    return parts
