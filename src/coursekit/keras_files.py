"""The files that Keras's own loaders download: fetched into a folder, and decoded.

Keras's loaders need a backend, and TensorFlow shall not be loaded just to read images.
"""

import gzip
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from coursekit.files import digest
from coursekit.progress import track
from coursekit.samples import Arrays

TIMEOUT = 30  # seconds without a byte until a download is given up


@dataclass(frozen=True)
class File:
    """A file of a data set as Keras's own loader downloads it."""

    name: str  # in Keras's cache, with its folder
    origin: str
    sha256: str | None = None  # where Keras knows it


class NoNetwork(Exception):
    """The download failed, and the network is to blame."""


def fetch(files: tuple[File, ...], folder: Path, title: str, megabytes: float) -> None:
    """Download the files of a data set into the folder, each checked by its hash where that is known.

    Raises NoNetwork where the network is to blame for a failure, ValueError for another file than the published
    one, RuntimeError for what else went wrong, as when the disk is full.
    """
    # Only here: they would be an eighth of what importing coursekit.data takes.
    import http.client
    import ssl
    import urllib.error

    of_the_network = (
        urllib.error.URLError,
        TimeoutError,
        ConnectionError,
        ssl.SSLError,
        http.client.HTTPException,
    )
    for file in files:
        path = folder / file.name
        path.parent.mkdir(exist_ok=True)
        try:
            with track(total=round(megabytes * 1e6), desc=title, unit="B") as bar:
                _copy(file.origin, path, bar)
        except of_the_network as error:
            cause = error if isinstance(error, urllib.error.HTTPError) else getattr(error, "reason", error)
            raise NoNetwork(f"{file.origin}: {str(cause) or type(cause).__name__}") from error
        except OSError as error:
            raise RuntimeError(f"{title} could not be downloaded: {error}") from error
        if file.sha256 and digest(path) != file.sha256:
            raise ValueError(
                f"{file.origin}: expected the published {title} (SHA-256 {file.sha256[:12]}), got another file; "
                "it is not kept: load again"
            )


def _copy(origin: str, path: Path, bar: tqdm) -> None:
    import http.client
    import urllib.request

    # An opener of its own, since urllib keeps the proxies of its first call for the life of the process.
    with urllib.request.build_opener().open(origin, timeout=TIMEOUT) as response, path.open("wb") as out:
        bar.total = int(response.headers.get("Content-Length") or bar.total)
        while chunk := response.read(2**16):
            out.write(chunk)
            bar.update(len(chunk))
        if response.length:  # what is missing
            raise http.client.IncompleteRead(b"", response.length)


def decode_idx(*paths: Path) -> Arrays:
    """Training images and labels, test images and labels of four idx files, packed by gzip."""
    x_train, y_train, x_test, y_test = map(_idx_array, paths)
    return x_train, y_train, x_test, y_test


def _idx_array(path: Path) -> np.ndarray:
    """The array of an idx file: its type, number of axes, their sizes, then the bytes."""
    content = gzip.decompress(path.read_bytes())
    axes = content[3]
    sizes = np.frombuffer(content, ">i4", count=axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(sizes)


def decode_cifar10(path: Path) -> Arrays:
    """The arrays of CIFAR-10's archive. It holds pickles: check its hash first."""
    import tarfile

    with tarfile.open(path) as archive:
        batches = {
            Path(member.name).name: pickle.load(file, encoding="bytes")
            for member in archive
            if "_batch" in member.name and (file := archive.extractfile(member))
        }
    train, test = [batches[f"data_batch_{number}"] for number in range(1, 6)], [batches["test_batch"]]
    x_train, x_test = (
        np.concatenate([batch[b"data"] for batch in part]).reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        for part in (train, test)
    )
    y_train, y_test = (np.concatenate([batch[b"labels"] for batch in part]) for part in (train, test))
    return x_train, y_train, x_test, y_test


# x_train, y_train, x_test, y_test out of a set's files; MNIST's one file is an .npz.
DECODERS: dict[str, Callable[..., Arrays]] = {
    "fashion_mnist": decode_idx,
    "cifar10": decode_cifar10,
}
