"""The course's data sets: train, validation and test arrays in one immutable object that knows its origin.

`load("mnist")` looks, in this order, in the folder that COURSEKIT_DATA_DIR names, in Keras's cache, on the
network (where Keras's own loader looks, too), and at last takes a small stand-in that ships with the course, which is
never silent (`Provenance.banner`). A damaged file is an error, not a reason to look further.
"""

import contextlib
import dataclasses
import hashlib
import operator
import os
import shutil
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coursekit import files, samples
from coursekit.keras_files import DECODERS, File, NoNetwork, fetch

VALIDATION = 5000  # training images held out for validation, unless a study names its own number

_PARTS = {"train": "training", "val": "validation", "test": "test"}
_KERAS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets"
_SPLITS = ("random", "last", "train_test_split", "test")
_KEYS = ("x_train", "y_train", "x_test", "y_test")


@dataclass(frozen=True)
class _About:
    """What is published about a data set."""

    title: str
    shape: tuple[int, ...]  # of one image
    train: int  # training images
    digest: str  # content_digest of the published images
    megabytes: float  # to download
    files: tuple[File, ...]
    class_names: tuple[str, ...]
    licence: str
    citation: str
    sample_licence: str
    sample_citation: str


_DRAWN = {
    "sample_licence": "The drawn stand-ins are part of coursekit, under its licence for code (MIT).",
    "sample_citation": "Images drawn by coursekit.samples; they come from no published data set.",
}

_SETS = {
    "mnist": _About(
        title="MNIST",
        shape=(28, 28),
        train=60_000,
        digest="e9ee51dddd05c8e19d5732c778f6d33e8258536758f870b07eb537a8b400a9bb",
        megabytes=11.5,
        files=(
            File(
                "mnist.npz",
                f"{_KERAS}/mnist.npz",
                "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
            ),
        ),
        class_names=tuple("0123456789"),
        licence="Creative Commons Attribution-ShareAlike 3.0; copyright Yann LeCun and Corinna Cortes, "
        "derived from NIST's special databases.",
        citation="LeCun, Y., Bottou, L., Bengio, Y., and Haffner, P. (1998). Gradient-based learning applied "
        "to document recognition. Proceedings of the IEEE, 86(11), 2278-2324. doi:10.1109/5.726791",
        sample_licence="Creative Commons Attribution 4.0 (UCI Machine Learning Repository).",
        sample_citation="Alpaydin, E., and Kaynak, C. (1998). Optical Recognition of Handwritten Digits. UCI "
        "Machine Learning Repository. doi:10.24432/C50P49. The 1797 images that scikit-learn ships.",
    ),
    "fashion_mnist": _About(
        title="Fashion-MNIST",
        shape=(28, 28),
        train=60_000,
        digest="b37184a39bc34cb82a728122093fc50a410fc3a7c63a5b8d6ddec6393d45c94f",
        megabytes=30.9,
        files=tuple(
            File(f"fashion-mnist/{part}-ubyte.gz", f"{_KERAS}/{part}-ubyte.gz")
            for part in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
        ),
        class_names=(
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
        licence="MIT; copyright Zalando SE.",
        citation="Xiao, H., Rasul, K., and Vollgraf, R. (2017). Fashion-MNIST: a Novel Image Dataset for "
        "Benchmarking Machine Learning Algorithms. arXiv:1708.07747",
        **_DRAWN,
    ),
    "cifar10": _About(
        title="CIFAR-10",
        shape=(32, 32, 3),
        train=50_000,
        digest="fd277d277da7253a7e5ef9578e882bfbfabfe7191dd7198135d1aa8d22bb0685",
        megabytes=170.5,
        files=(
            File(
                "cifar-10-batches-py-target_archive",
                "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
                "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
            ),
        ),
        class_names=(
            "airplane",
            "automobile",
            "bird",
            "cat",
            "deer",
            "dog",
            "frog",
            "horse",
            "ship",
            "truck",
        ),
        licence="No licence is stated; the authors ask users to cite the technical report.",
        citation="Krizhevsky, A. (2009). Learning Multiple Layers of Features from Tiny Images. Technical "
        "report, University of Toronto.",
        **_DRAWN,
    ),
}

NAMES = tuple(_SETS)


@dataclass(frozen=True, eq=False)
class Provenance:
    """Where a data set's images came from.

    `digest` is `content_digest` of all images that were found, before any split; `genuine` says whether that
    is the published set's. `reason` says why the sample had to do, else "".
    """

    dataset: str
    source: str  # "data directory", "keras cache", "keras download" or "embedded sample"
    location: str | None
    digest: str
    genuine: bool
    split: str
    reason: str = ""

    @property
    def banner(self) -> str:
        """One line to show wherever figures are shown that do not come from the real set; "" when they do."""
        title = _SETS[self.dataset].title
        if self.genuine:
            return ""
        if self.source == "embedded sample":
            return (
                f"SAMPLE DATA: a small stand-in replaces {title} ({self.reason}), so the figures do not come "
                "from the real set. Connect to the network and load again, or set COURSEKIT_DATA_DIR to a "
                f"folder that holds {self.dataset}.npz."
            )
        return (
            f"UNKNOWN DATA: {self.dataset}.npz in the folder that COURSEKIT_DATA_DIR names is not the "
            f"published {title} (content digest {self.digest[:12]}), so the figures do not come from the "
            "real set. Replace that file, or unset COURSEKIT_DATA_DIR."
        )

    def as_dict(self) -> dict:
        """Plain values for JSON, with the banner, without the location: paths do not belong in results."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        del values["location"]
        return {**values, "banner": self.banner}


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Train, validation and test arrays of one data set, read-only.

    `x_*` are uint8 images of shape (n, 28, 28) or (n, 32, 32, 3), after `scaled()` float32 in 0..1.
    `y_*` are int64 labels of shape (n,), after `one_hot()` float32 rows of shape (n, 10).
    """

    name: str
    title: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    class_names: tuple[str, ...]
    licence: str
    citation: str
    provenance: Provenance

    def __post_init__(self) -> None:
        for part in _PARTS:
            getattr(self, f"x_{part}").setflags(write=False)
            getattr(self, f"y_{part}").setflags(write=False)

    def __repr__(self) -> str:
        lines = [
            f"{self.title}: {self.x_train.dtype} images of {' x '.join(map(str, self.x_train.shape[1:]))}"
        ]
        for part, label in _PARTS.items():
            lines.append(f"  {label:<10} {len(getattr(self, f'x_{part}')):>7,} images")
        if self.provenance.banner:
            lines.append(self.provenance.banner)
        return "\n".join(lines)

    def scaled(self) -> "Dataset":
        """The same data with images as float32 in 0..1. ValueError if they already are."""
        if self.x_train.dtype != np.uint8:
            raise ValueError(
                f"scaled(): expected uint8 images, got {self.x_train.dtype}; they are already scaled"
            )
        return self._with_each("x", lambda x: x.astype(np.float32) / np.float32(255))

    def one_hot(self) -> "Dataset":
        """The same data with labels as float32 rows, 1 at the label. ValueError if they already are."""
        if self.y_train.ndim != 1:
            shape = self.y_train.shape
            raise ValueError(
                f"one_hot(): expected labels of shape (n,), got {shape}; they are already one-hot"
            )
        return self._with_each("y", lambda y: np.eye(len(self.class_names), dtype=np.float32)[y])

    def take(self, n: int, *, val: int | None = None, test: int | None = None, seed: int = 0) -> "Dataset":
        """A smaller data set: n training images, and val and test images where given, stratified by class.

        The same seed draws the same images; they keep their order. A number greater than there are images is
        a ValueError. Where the data are not the published ones, and so may be fewer, it means all of them.
        """
        _whole(n, "n", 1)
        _whole(seed, "seed", 0)
        arrays: dict[str, Any] = {}
        drawn = []
        for part, argument, number in (("train", "n", n), ("val", "val", val), ("test", "test", test)):
            if number is None:
                continue
            x, y = getattr(self, f"x_{part}"), getattr(self, f"y_{part}")
            most = len(x) if self.provenance.genuine else None
            number = min(_whole(number, argument, 1 if part == "train" else 0, most), len(x))
            chosen = stratified(y if y.ndim == 1 else y.argmax(axis=1), number, seed=seed)
            arrays |= {f"x_{part}": x[chosen], f"y_{part}": y[chosen]}
            drawn.append(f"{number:,} {_PARTS[part]}")
        split = f"{self.provenance.split} Drawn of these, by class (seed {seed}): {', '.join(drawn)} images."
        provenance = dataclasses.replace(self.provenance, split=split)
        return dataclasses.replace(self, **arrays, provenance=provenance)

    def mislabelled(self, share: float, *, seed: int = 0) -> "Dataset":
        """The same data with this share of the training labels replaced by other classes, drawn with `seed`.

        ValueError for a share outside 0 to 1.
        """
        if not 0 <= share <= 1:
            raise ValueError(f"share: expected a number from 0 to 1, got {share!r}")
        labels = self.y_train.copy()
        rng = np.random.default_rng(seed)
        wrong = rng.choice(len(labels), round(share * len(labels)), replace=False)
        classes = len(self.class_names)
        moved = rng.integers(1, classes, len(wrong))
        if labels.ndim == 1:
            labels[wrong] = (labels[wrong] + moved) % classes
        else:  # one-hot rows
            places = (labels[wrong].argmax(axis=1) + moved) % classes
            labels[wrong] = np.eye(classes, dtype=labels.dtype)[places]
        split = f"{self.provenance.split} {len(wrong):,} training labels were made wrong."
        return dataclasses.replace(
            self, y_train=labels, provenance=dataclasses.replace(self.provenance, split=split)
        )

    def shifted(self, by: int) -> "Dataset":
        """The same data with each training image nine times: moved by -`by`, 0 and `by` pixels down and across.

        Pixels that come in are 0. ValueError for `by` below 1.
        """
        _whole(by, "by", 1)
        height, width = self.x_train.shape[1:3]
        edges = [(0, 0), (by, by), (by, by)] + [(0, 0)] * (self.x_train.ndim - 3)
        padded = np.pad(self.x_train, edges)
        moves = [(down, across) for down in (0, by, 2 * by) for across in (0, by, 2 * by)]
        copies = [padded[:, down : down + height, across : across + width] for down, across in moves]
        split = f"{self.provenance.split} Each training image stands there nine times, shifted by {by}."
        return dataclasses.replace(
            self,
            x_train=np.concatenate(copies),
            y_train=np.concatenate([self.y_train] * len(moves)),
            provenance=dataclasses.replace(self.provenance, split=split),
        )

    def _with_each(self, letter: str, change: Callable[[np.ndarray], np.ndarray]) -> "Dataset":
        train, val, test = (getattr(self, f"{letter}_{part}") for part in _PARTS)
        changed: dict[str, Any] = {f"{letter}_train": change(train), f"{letter}_test": change(test)}
        # Where the test set doubles as validation set, it is not held in memory twice.
        changed[f"{letter}_val"] = changed[f"{letter}_test"] if val is test else change(val)
        return dataclasses.replace(self, **changed)


def load(
    name: str,
    *,
    validation: int = VALIDATION,
    test: int | None = None,
    split: str = "random",
    seed: int = 0,
) -> Dataset:
    """The data set `name`: "mnist", "fashion_mnist" or "cifar10".

    split says where the validation set comes from:

    - "random": `validation` of the training images, drawn with `seed`, stratified by class;
    - "last": the last `validation` training images;
    - "train_test_split": drawn with `seed` by scikit-learn's function of that name, whatever their class, and
      left in its order;
    - "test": the test set doubles as validation set and all training images train; `validation` and `test` stay
      at their defaults.

    With `test`, that many training images are the test set, chosen in the same way: of the images that "random"
    and "last" hold out, the first validate and the others test; "train_test_split" draws the test images first,
    then the validation images from the rest.

    `validation` and `test` count images of the published training set; of a smaller one (the stand-in) the same
    share is held out. With 0 the validation set is empty. Data that are not the published ones print their
    banner.

    Raises TypeError or ValueError for a bad argument, FileNotFoundError when COURSEKIT_DATA_DIR names no
    folder, ValueError for a file that is damaged or not of this set's form, RuntimeError or OSError for a
    download that failed though there is a network.
    """
    about = _about(name)
    _check_split(split, validation, test, seed, about.train)
    source, location, reason, digest, (x_train, y_train, x_test, y_test) = _find(name)
    found = len(y_train)
    if split == "test":
        x_val, y_val = x_test, y_test
        how = f"All {found:,} training images train; the {len(y_test):,} test images also validate."
    else:
        kept, held_out, tested = _positions(
            y_train, *_shares(found, about.train, validation, test or 0), split, seed
        )
        if test is not None:
            x_test, y_test = x_train[tested], y_train[tested]
        how = _in_words(split, seed, len(kept), len(held_out), len(y_test), test is not None)
        x_val, y_val, x_train, y_train = x_train[held_out], y_train[held_out], x_train[kept], y_train[kept]
    provenance = Provenance(
        dataset=name,
        source=source,
        location=str(location) if location else None,
        digest=digest,
        genuine=digest == about.digest,
        split=how,
        reason=reason,
    )
    sample = source == "embedded sample"
    title = about.title
    if not provenance.genuine:
        title += " (sample data)" if sample else " (unknown data)"
    dataset = Dataset(
        name=name,
        title=title,
        x_train=x_train,
        y_train=y_train,
        x_val=x_val,
        y_val=y_val,
        x_test=x_test,
        y_test=y_test,
        class_names=about.class_names,
        licence=about.sample_licence if sample else about.licence,
        citation=about.sample_citation if sample else about.citation,
        provenance=provenance,
    )
    if provenance.banner:
        print(provenance.banner)
    return dataset


def locate(name: str) -> tuple[str, Path | None]:
    """Source and path that `load(name)` would turn to first, without reading anything.

    The source is "data directory", "keras cache" or, with None for the path, "keras download".
    FileNotFoundError when COURSEKIT_DATA_DIR names no folder.
    """
    about = _about(name)
    if named := os.environ.get("COURSEKIT_DATA_DIR"):
        folder = Path(named).expanduser().absolute()
        if not folder.is_dir():
            raise FileNotFoundError(
                f"COURSEKIT_DATA_DIR: expected a folder, found none at {folder}; correct or unset it"
            )
        if (folder / f"{name}.npz").exists():
            return "data directory", folder / f"{name}.npz"
    if _finished(name).exists():
        return "keras cache", _finished(name)
    cached = [_datasets_folder() / file.name for file in about.files]
    if all(file.exists() for file in cached):
        return "keras cache", Path(os.path.commonpath(cached))
    return "keras download", None


def unreachable(name: str, *, timeout: float = 10) -> str:
    """Why the server that Keras downloads `name` from cannot be reached; "" when it answers anything at all.

    `timeout` is in seconds and counts once the server's name is resolved.
    """
    import http.client
    import urllib.error
    import urllib.request

    origin = _about(name).files[0].origin
    try:
        # An opener of its own, since urllib keeps the proxies of its first call for the life of the process.
        request = urllib.request.Request(origin, method="HEAD")
        urllib.request.build_opener().open(request, timeout=timeout).close()
    except urllib.error.HTTPError as error:
        error.close()
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        return f"{origin.split('/')[2]} cannot be reached: {getattr(reason, 'strerror', None) or reason}"
    return ""


def stratified(labels: np.ndarray, n: int, *, seed: int) -> np.ndarray:
    """n positions in `labels` (integers, shape (total,)), ascending, each class in its proportion.

    Each class gets its exact share rounded down; the images then missing go to the classes with the largest
    remainders, the lower label first. The same seed draws the same positions. ValueError if n is too large.
    """
    _whole(n, "n", 0, len(labels))
    available = np.bincount(labels)
    share, remainder = np.divmod(available * n, max(len(labels), 1))
    share[np.argsort(-remainder, kind="stable")[: n - share.sum()]] += 1
    # Sorting plain uniform numbers rather than shuffling: their stream is the same in every version of numpy.
    order = np.argsort(np.random.Generator(np.random.PCG64(seed)).random(len(labels)), kind="stable")
    chosen = [order[labels[order] == label][:count] for label, count in enumerate(share)]
    return np.sort(np.concatenate(chosen)) if chosen else order


def content_digest(x_train: np.ndarray, y_train: np.ndarray, x_test: np.ndarray, y_test: np.ndarray) -> str:
    """64 hex digits over uint8 images and labels 0..9, whatever their order within train and within test."""
    whole = hashlib.blake2b(digest_size=32)
    for x, y in ((x_train, y_train), (x_test, y_test)):
        pixels = np.ascontiguousarray(x).reshape(-1).data
        size = x[0].size
        images = [
            bytes([label]) + hashlib.blake2b(pixels[at : at + size], digest_size=16).digest()
            for label, at in zip(y.tolist(), range(0, x.size, size), strict=True)
        ]
        whole.update(repr(x.shape).encode())
        whole.update(b"".join(sorted(images)))
    return whole.hexdigest()


def _about(name: str) -> _About:
    if name not in NAMES:
        raise ValueError(f"unknown data set {name!r}: expected one of {', '.join(NAMES)}")
    return _SETS[name]


def _whole(value: int, argument: str, least: int, most: int | None = None) -> int:
    allowed = f"a whole number from {least}" + ("" if most is None else f" to {most}")
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise TypeError(f"{argument}: expected {allowed}, got {value!r}")
    if number < least or (most is not None and number > most):
        raise ValueError(f"{argument}: expected {allowed}, got {number}")
    return number


# Which images train, validate and test


def _check_split(split: str, validation: int, test: int | None, seed: int, images: int) -> None:
    """TypeError or ValueError for arguments of `load` that do not fit `images` training images."""
    tested = 0 if test is None else _whole(test, "test", 1, images - 1)
    _whole(validation, "validation", 0, images - 1 - tested)
    _whole(seed, "seed", 0)
    if split not in _SPLITS:
        *others, last = (f'"{known}"' for known in _SPLITS)
        raise ValueError(f"split: expected {', '.join(others)} or {last}, got {split!r}")
    if split == "test" and validation != VALIDATION:
        raise ValueError(
            f'validation: split="test" holds no images out, expected the default, got {validation}'
        )
    if split == "test" and test is not None:
        raise ValueError(f'test: split="test" holds no images out, expected the default, got {test}')


def _shares(found: int, published: int, validation: int, test: int) -> tuple[int, int]:
    """How many of the images found validate and test, where that many of the published ones would."""
    if found >= published:
        return validation, test
    if test:
        test = min(max(round(test * found / published), 1), max(found - 2, 0))
    if validation:
        validation = min(max(round(validation * found / published), 1), found - 1 - test)
    return validation, test


def _positions(
    labels: np.ndarray, validation: int, test: int, split: str, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The positions of the training images that train, validate and test."""
    everything = np.arange(len(labels))
    if split == "train_test_split":
        kept, tested = _drawn(everything, test, seed)
        kept, held_out = _drawn(kept, validation, seed)
        return kept, held_out, tested
    if split == "last":
        held_out = everything[len(labels) - validation - test :]
    else:
        held_out = stratified(labels, validation + test, seed=seed)
    kept = np.setdiff1d(everything, held_out, assume_unique=True)
    return kept, held_out[:validation], held_out[validation:]


def _drawn(positions: np.ndarray, number: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The positions left, and `number` of them drawn, as scikit-learn does it."""
    from sklearn.model_selection import train_test_split

    if not number:
        return positions, positions[:0]
    left, drawn = train_test_split(positions, test_size=number, random_state=seed)
    return left, drawn


def _in_words(split: str, seed: int, train: int, validation: int, tested: int, from_training: bool) -> str:
    """What `Provenance.split` says of images that were held out."""
    held_out = validation + tested if from_training else validation
    found = train + held_out
    if split == "train_test_split":
        parts = f"{train}/{validation}/{tested}" if from_training else f"{train}/{validation}"
        times = "twice" if from_training else "once"
        return f"{parts} of the {found:,} training images, drawn {times} with seed {seed}."
    if split == "last":
        which = f"The last {held_out:,} of the {found:,} training images"
    else:
        which = f"{held_out:,} of the {found:,} training images, drawn by class (seed {seed}),"
    if from_training:
        return f"{which} are held out: the first {validation:,} validate, the other {tested:,} test."
    return f"{which} are the validation set; the {tested:,} test images are kept apart."


# Where images come from


def _find(name: str) -> tuple[str, Path | None, str, str, samples.Arrays]:
    """Source, location, why the sample had to do, content digest, arrays."""
    about = _about(name)
    source, path = locate(name)
    if path is None:
        return _download(name)
    if source == "data directory":
        arrays = _read(path, about)
        return source, path, "", content_digest(*arrays), arrays
    if path.suffix != ".npz":
        return source, path, "", about.digest, _decoded(name, path)
    arrays = _check_published(_read(path, about), about, str(path), "delete the file and load again")
    return source, path, "", about.digest, arrays


def _datasets_folder() -> Path:
    return (Path(os.environ.get("KERAS_HOME") or "~/.keras") / "datasets").expanduser().absolute()


def _finished(name: str) -> Path:
    return _datasets_folder() / "coursekit" / f"{name}.npz"


def _read(path: Path, about: _About) -> samples.Arrays:
    """The four arrays of an .npz file, checked one by one."""
    keys = ", ".join(_KEYS)
    with path.open("rb") as file:
        if not zipfile.is_zipfile(file):
            raise ValueError(
                f"{path}: expected an .npz archive with {keys}, found {path.stat().st_size:,} bytes that are "
                "not one; is the file truncated?"
            )
    arrays = {}
    key = "table of contents"
    try:
        with np.load(path, allow_pickle=False) as archive:
            found = archive.files
            for key in [key for key in _KEYS if key in found]:
                arrays[key] = archive[key]
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path}, {key}: expected an array, found damaged content ({error})") from error
    for key in _KEYS:
        if key not in found:
            raise ValueError(f"{path}: expected the keys {keys}, found {', '.join(found) or 'none'}")
        if not isinstance(arrays[key], np.ndarray):
            raise ValueError(
                f"{path}, {key}: expected an array, found {len(arrays[key])} bytes of something else"
            )
    return _checked(arrays, about, path)


def _checked(arrays: dict[str, np.ndarray], about: _About, path: Path) -> samples.Arrays:
    """The arrays in their order, of the form that the set has; labels come out as int64 of shape (n,)."""
    for part in ("train", "test"):
        x, y = arrays[f"x_{part}"], arrays[f"y_{part}"]
        _expect(path, f"x_{part}", x, about.shape)
        _expect(path, f"y_{part}", y, ())
        if len(x) != len(y):
            raise ValueError(
                f"{path}, y_{part}: expected {len(x)} labels, one for each image, found {len(y)}"
            )
        arrays[f"y_{part}"] = y.reshape(-1).astype(np.int64)
    x_train, y_train, x_test, y_test = (arrays[key] for key in _KEYS)
    return x_train, y_train, x_test, y_test


def _expect(path: Path, key: str, array: np.ndarray, shape: tuple[int, ...]) -> None:
    """ValueError unless `array` holds n >= 1 images of `shape` or, for the shape (), labels 0..9."""
    labels = not shape
    fits = array.shape[1:] == shape or (labels and array.shape[1:] == (1,))
    if array.ndim == 0 or not fits or len(array) == 0:
        wanted = "(n,) or (n, 1)" if labels else f"(n, {', '.join(map(str, shape))})"
        raise ValueError(
            f"{path}, {key}: expected the shape {wanted} with n of 1 or more, found {array.shape}"
        )
    if not (np.issubdtype(array.dtype, np.integer) if labels else array.dtype == np.uint8):
        wanted = "integer labels" if labels else "uint8 pixels of 0 to 255"
        missing = np.isnan(array).sum() if np.issubdtype(array.dtype, np.floating) else 0
        raise ValueError(
            f"{path}, {key}: expected {wanted}, found {array.dtype}"
            + (f" with {missing:,} NaN" if missing else "")
        )
    if labels and not (array.min() >= 0 and array.max() <= 9):
        raise ValueError(f"{path}, {key}: expected labels of 0 to 9, found {array.min()} to {array.max()}")


def _check_published(arrays: samples.Arrays, about: _About, what: str, advice: str) -> samples.Arrays:
    digest = content_digest(*arrays)
    if digest != about.digest:
        raise ValueError(
            f"{what}: expected the published {about.title} (content digest {about.digest[:12]}), found other "
            f"images or labels ({digest[:12]}); {advice}"
        )
    return arrays


# Downloads


def _download(name: str) -> tuple[str, Path | None, str, str, samples.Arrays]:
    """What `_find` returns, of images out of the network, or of the sample where there is none.

    The files move into Keras's cache once their images are the published ones.
    """
    about = _about(name)
    reason = unreachable(name)
    if not reason:
        try:
            with _staging(name) as staging:
                fetch(about.files, staging, about.title, about.megabytes)
                what = f"the download of {about.title}"
                arrays = _decode(name, staging, what, "it is not kept: load again")
                for file in about.files:
                    target = _datasets_folder() / file.name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    os.replace(staging / file.name, target)
                _keep_decoded(name, arrays, staging)
            return "keras download", locate(name)[1], "", about.digest, arrays
        except NoNetwork as error:
            reason = str(error)
    arrays = samples.arrays(name)
    return "embedded sample", None, reason, content_digest(*arrays), arrays


def _decoded(name: str, path: Path) -> samples.Arrays:
    """The arrays of Keras's files in its cache; kept as one .npz file, which is read much faster next time."""
    arrays = _decode(name, _datasets_folder(), str(path), f"delete {path} and load again")
    with _staging(name) as staging:
        _keep_decoded(name, arrays, staging)
    return arrays


def _keep_decoded(name: str, arrays: samples.Arrays, staging: Path) -> None:
    if name not in DECODERS:  # MNIST comes as an .npz file
        return
    made: dict[str, Any] = dict(zip(_KEYS, arrays, strict=True))
    np.savez(staging / "made.npz", **made)
    os.replace(staging / "made.npz", _finished(name))


@contextlib.contextmanager
def _staging(name: str) -> Iterator[Path]:
    """A temporary folder in Keras's cache, from which finished files move to their places."""
    place = _finished(name).parent
    try:
        place.mkdir(parents=True, exist_ok=True)
        _sweep(place)
        staging = Path(tempfile.mkdtemp(prefix="staging-", dir=place))
    except OSError as error:
        raise OSError(
            f"{place} cannot be written ({error.strerror}): set KERAS_HOME to a folder that can, "
            f"or COURSEKIT_DATA_DIR to a folder that holds {name}.npz"
        ) from error
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what a killed download left behind, when no running one can still be at work there."""
    for staging in folder.glob("staging-*"):
        if time.time() - staging.stat().st_mtime > 24 * 3600:
            shutil.rmtree(staging, ignore_errors=True)


def _decode(name: str, folder: Path, what: str, advice: str) -> samples.Arrays:
    """The arrays of a set's files as Keras keeps them in `folder`, once they are the published ones."""
    about = _about(name)
    paths = [folder / file.name for file in about.files]
    if name not in DECODERS:
        return _check_published(_read(paths[0], about), about, what, advice)
    try:
        for path, file in zip(paths, about.files, strict=True):
            if file.sha256 and files.digest(path) != file.sha256:  # before anything in it is unpickled
                raise ValueError(f"the SHA-256 of {path.name} is another one")
        decoded = dict(zip(_KEYS, DECODERS[name](*paths), strict=True))
        arrays = _checked(decoded, about, paths[0].parent)
    except (OSError, EOFError, ValueError, IndexError, zlib.error) as error:
        raise ValueError(
            f"{what}: expected {about.title} as Keras keeps it, found files that are incomplete or damaged "
            f"({error}); {advice}"
        ) from error
    return _check_published(arrays, about, what, advice)
