"""The data sets: what is found where, what is refused, how images are drawn, and what the sample is."""

import dataclasses
import functools
import gzip
import hashlib
import http.server
import importlib.util
import io
import itertools
import json
import os
import pickle
import runpy
import shutil
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from pathlib import Path
from typing import ClassVar
from unittest import mock

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit import data, keras_files, progress, samples

REAL = os.environ.get("COURSEKIT_DATA_DIR", "")
real_data = pytest.mark.skipif(not REAL, reason="needs the real data: set COURSEKIT_DATA_DIR")


@pytest.fixture(autouse=True)
def nothing_to_be_had(tmp_path, monkeypatch):
    """No data directory, an empty Keras cache, no network: each test adds what it is about."""
    monkeypatch.delenv("COURSEKIT_DATA_DIR", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(data, "unreachable", lambda name, **_: "the network is off")


def small(train=200, test=50, shape=(28, 28), seed=0):
    """A well-formed set of random images, no two alike, with unequal classes."""
    rng = np.random.default_rng(seed)
    arrays = {}
    for part, count in (("train", train), ("test", test)):
        arrays[f"x_{part}"] = rng.integers(0, 256, (count, *shape), dtype=np.uint8)
        arrays[f"y_{part}"] = np.minimum(rng.integers(0, 14, count), 9).astype(np.uint8)
    return arrays


def ordered(arrays):
    return tuple(arrays[key] for key in ("x_train", "y_train", "x_test", "y_test"))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder that COURSEKIT_DATA_DIR names."""
    place = tmp_path / "data"
    place.mkdir()
    monkeypatch.setenv("COURSEKIT_DATA_DIR", str(place))
    return place


@pytest.fixture
def published(monkeypatch):
    """A small set that passes for the published MNIST."""
    arrays = small()
    about = dataclasses.replace(data._SETS["mnist"], digest=data.content_digest(*ordered(arrays)), train=200)
    monkeypatch.setitem(data._SETS, "mnist", about)
    monkeypatch.setattr(data, "VALIDATION", 50)  # the default would hold out more than there is
    return arrays


def parts(dataset):
    return {f"{x}_{part}": getattr(dataset, f"{x}_{part}") for x in "xy" for part in ("train", "val", "test")}


# The real sets


@real_data
@pytest.mark.parametrize(
    ("name", "train"), [("mnist", 55_000), ("fashion_mnist", 55_000), ("cifar10", 45_000)]
)
def test_the_real_sets_are_recognised_and_have_no_banner(name, train, monkeypatch, capsys):
    monkeypatch.setenv("COURSEKIT_DATA_DIR", REAL)
    found = data.load(name)
    assert found.provenance.genuine and found.provenance.source == "data directory"
    assert found.provenance.banner == "" and capsys.readouterr().out == ""
    assert [len(found.y_train), len(found.y_val), len(found.y_test)] == [train, 5_000, 10_000]
    assert found.x_train.dtype == np.uint8 and found.y_train.dtype == np.int64
    assert found.x_train.shape[1:] == ((32, 32, 3) if name == "cifar10" else (28, 28))
    assert len(found.class_names) == 10 and found.licence and found.citation


@real_data
def test_real_mnist_in_another_order_is_still_mnist(folder):
    with np.load(Path(REAL) / "mnist.npz") as archive:
        arrays = dict(archive)
    for part in ("train", "test"):
        order = np.random.default_rng(1).permutation(len(arrays[f"y_{part}"]))
        arrays[f"x_{part}"], arrays[f"y_{part}"] = arrays[f"x_{part}"][order], arrays[f"y_{part}"][order]
    np.savez(folder / "mnist.npz", **arrays)
    assert data.load("mnist").provenance.genuine


@real_data
def test_real_mnist_loads_with_its_digest_well_within_a_second(monkeypatch):
    monkeypatch.setenv("COURSEKIT_DATA_DIR", REAL)
    seconds = []
    for _ in range(3):
        started = time.process_time()
        data.load("mnist")
        seconds.append(time.process_time() - started)
    assert min(seconds) < 1


# Content digest


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), train=st.integers(1, 30), test=st.integers(1, 30))
def test_the_digest_is_the_same_in_any_order_within_train_and_test(seed, train, test):
    arrays = small(train, test)
    rng = np.random.default_rng(seed)
    one, two = rng.permutation(train), rng.permutation(test)
    mixed = arrays["x_train"][one], arrays["y_train"][one], arrays["x_test"][two], arrays["y_test"][two]
    assert data.content_digest(*mixed) == data.content_digest(*ordered(arrays))


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_the_digest_changes_with_a_single_pixel_or_label(draw):
    arrays = small(20, 10)
    before = data.content_digest(*ordered(arrays))
    key = draw.draw(st.sampled_from(sorted(arrays)))
    at = tuple(draw.draw(st.integers(0, size - 1)) for size in arrays[key].shape)
    arrays[key][at] = (int(arrays[key][at]) + draw.draw(st.integers(1, 9))) % (10 if key[0] == "y" else 256)
    assert data.content_digest(*ordered(arrays)) != before


def test_the_digest_changes_when_two_images_swap_their_labels():
    arrays = small()
    before = data.content_digest(*ordered(arrays))
    first, other = 0, int(np.argmax(arrays["y_train"] != arrays["y_train"][0]))
    arrays["y_train"][[first, other]] = arrays["y_train"][[other, first]]
    assert data.content_digest(*ordered(arrays)) != before


def test_the_digest_changes_when_train_and_test_change_places():
    x_train, y_train, x_test, y_test = ordered(small(20, 20))
    assert data.content_digest(x_train, y_train, x_test, y_test) != data.content_digest(
        x_test, y_test, x_train, y_train
    )


# Drawing by class


@st.composite
def labels_and_number(draw):
    labels = np.array(draw(st.lists(st.integers(0, 9), min_size=1, max_size=300)))
    return labels, draw(st.integers(0, len(labels)))


@given(labels_and_number(), st.integers(0, 2**32))
def test_a_stratified_draw_is_within_one_image_of_every_class_proportion(given_, seed):
    labels, n = given_
    chosen = data.stratified(labels, n, seed=seed)
    assert len(chosen) == n == len(set(chosen.tolist()))
    share = np.bincount(labels) * n / len(labels)
    assert (np.abs(np.bincount(labels[chosen], minlength=len(share)) - share) < 1).all()


@given(labels_and_number(), st.integers(0, 2**32))
def test_a_stratified_draw_is_ascending_and_the_same_for_the_same_seed(given_, seed):
    labels, n = given_
    chosen = data.stratified(labels, n, seed=seed)
    assert (np.diff(chosen) > 0).all()
    assert (chosen == data.stratified(labels, n, seed=seed)).all()


def test_another_seed_draws_other_images():
    labels = np.repeat(np.arange(10), 50)
    draws = {tuple(data.stratified(labels, 100, seed=seed)) for seed in range(20)}
    assert len(draws) == 20


def test_every_image_of_a_class_can_be_drawn():
    labels = np.repeat(np.arange(10), 5)
    seen = {int(position) for seed in range(60) for position in data.stratified(labels, 10, seed=seed)}
    assert seen == set(range(50))


def test_more_images_than_there_are_cannot_be_drawn():
    with pytest.raises(ValueError, match="n: expected a whole number from 0 to 3, got 4"):
        data.stratified(np.array([0, 1, 1]), 4, seed=0)


# Splits


@pytest.fixture(scope="module")
def small_folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("small")
    np.savez(place / "mnist.npz", **small())
    return place


@settings(max_examples=40, deadline=None)
@given(
    validation=st.integers(0, 59_999), split=st.sampled_from(["random", "last"]), seed=st.integers(0, 2**32)
)
def test_train_and_validation_are_disjoint_and_cover_all_training_images(
    small_folder, validation, split, seed
):
    with mock.patch.dict(os.environ, COURSEKIT_DATA_DIR=str(small_folder)):
        found = data.load("mnist", validation=validation, split=split, seed=seed)
    arrays = small()
    keys = [(x.tobytes(), int(y)) for x, y in zip(arrays["x_train"], arrays["y_train"], strict=True)]
    train = [(x.tobytes(), int(y)) for x, y in zip(found.x_train, found.y_train, strict=True)]
    held_out = [(x.tobytes(), int(y)) for x, y in zip(found.x_val, found.y_val, strict=True)]
    assert not set(train) & set(held_out)
    assert sorted(train + held_out) == sorted(keys)
    assert len(train) > 0 and (len(held_out) > 0) == (validation > 0)
    assert (found.x_test == arrays["x_test"]).all()


def test_the_last_images_are_held_out_when_asked_for(folder, published):
    np.savez(folder / "mnist.npz", **published)
    found = data.load("mnist", validation=30, split="last")
    assert (found.x_val == published["x_train"][-30:]).all()
    assert (found.x_train == published["x_train"][:-30]).all()
    assert found.provenance.split.startswith("The last 30 of the 200 training images")


def test_the_test_set_may_double_as_validation_set_and_the_provenance_says_so(folder, published):
    np.savez(folder / "mnist.npz", **published)
    found = data.load("mnist", split="test", validation=data.VALIDATION)
    assert found.x_val is found.x_test and len(found.x_train) == 200
    assert "test images also validate" in found.provenance.split
    scaled = found.scaled()
    assert scaled.x_val is scaled.x_test


def test_a_random_validation_set_has_the_classes_in_proportion(folder, published):
    np.savez(folder / "mnist.npz", **published)
    found = data.load("mnist", validation=50, seed=3)
    share = np.bincount(published["y_train"], minlength=10) * 50 / 200
    assert (np.abs(np.bincount(found.y_val, minlength=10) - share) < 1).all()


def test_without_validation_the_validation_arrays_are_empty(folder, published):
    np.savez(folder / "mnist.npz", **published)
    found = data.load("mnist", validation=0)
    assert found.x_val.shape == (0, 28, 28) and found.y_val.shape == (0,) and len(found.x_train) == 200


def halves_of_a_validation_set(name, validation, test, seed):
    """The training images in three parts as the chapter on regularization first made them."""
    whole = data.load(name, validation=validation + test, seed=seed)
    half = len(whole.y_val) // 2
    return {
        "x_train": whole.x_train,
        "y_train": whole.y_train,
        "x_val": whole.x_val[:half],
        "y_val": whole.y_val[:half],
        "x_test": whole.x_val[half:],
        "y_test": whole.y_val[half:],
    }


def drawn_twice(name, validation, test, seed):
    """The training images in three parts as the record first drew them."""
    from sklearn.model_selection import train_test_split

    whole = data.load(name, validation=0)
    rows, tested = train_test_split(np.arange(len(whole.x_train)), test_size=test, random_state=seed)
    held_out = rows[:0]
    if validation:
        rows, held_out = train_test_split(rows, test_size=validation, random_state=seed)
    chosen = {"train": rows, "val": held_out, "test": tested}
    return {f"{x}_{part}": getattr(whole, f"{x}_train")[rows] for x in "xy" for part, rows in chosen.items()}


@pytest.mark.parametrize(
    ("split", "by_hand", "validation"),
    [
        ("random", halves_of_a_validation_set, 40),
        ("train_test_split", drawn_twice, 40),
        ("train_test_split", drawn_twice, 0),
    ],
)
def test_three_parts_of_the_training_images_are_those_that_used_to_be_made_by_hand(
    folder, published, split, by_hand, validation
):
    np.savez(folder / "mnist.npz", **published)
    found = parts(data.load("mnist", validation=validation, test=40, split=split, seed=123))
    for key, expected in by_hand("mnist", validation, 40, 123).items():
        assert np.array_equal(found[key], expected), key


@real_data
@pytest.mark.parametrize(
    ("split", "by_hand"), [("random", halves_of_a_validation_set), ("train_test_split", drawn_twice)]
)
def test_fashion_mnist_is_split_in_three_as_it_used_to_be_by_hand(monkeypatch, split, by_hand):
    monkeypatch.setenv("COURSEKIT_DATA_DIR", REAL)
    found = data.load("fashion_mnist", validation=9_000, test=9_000, split=split, seed=123)
    for key, expected in by_hand("fashion_mnist", 9_000, 9_000, 123).items():
        assert np.array_equal(getattr(found, key), expected), key


def test_of_the_sample_the_same_share_validates_and_tests(capsys):
    found = data.load("fashion_mnist", validation=9_000, test=9_000, seed=123)
    assert [len(found.y_train), len(found.y_val), len(found.y_test)] == [700, 150, 150]
    by_hand = halves_of_a_validation_set("fashion_mnist", 9_000, 9_000, 123)
    assert all(np.array_equal(getattr(found, key), by_hand[key]) for key in by_hand)


@settings(max_examples=40, deadline=None)
@given(
    numbers=st.tuples(st.integers(0, 59_998), st.integers(1, 59_999)).filter(lambda pair: sum(pair) < 60_000),
    split=st.sampled_from(["random", "last", "train_test_split"]),
    seed=st.integers(0, 2**32 - 1),
)
def test_three_parts_are_disjoint_and_cover_all_training_images(small_folder, numbers, split, seed):
    validation, test = numbers
    with mock.patch.dict(os.environ, COURSEKIT_DATA_DIR=str(small_folder)):
        found = data.load("mnist", validation=validation, test=test, split=split, seed=seed)
    images = [[image.tobytes() for image in x] for x in (found.x_train, found.x_val, found.x_test)]
    assert sorted(itertools.chain(*images)) == sorted(image.tobytes() for image in small()["x_train"])
    assert len(images[0]) > 0 and (len(images[1]) > 0) == (validation > 0) and len(images[2]) > 0


@pytest.mark.parametrize(
    ("split", "told"),
    [
        (
            "random",
            "70 of the 200 training images, drawn by class (seed 3), are held out: "
            "the first 30 validate, the other 40 test.",
        ),
        (
            "last",
            "The last 70 of the 200 training images are held out: the first 30 validate, the other 40 test.",
        ),
        ("train_test_split", "130/30/40 of the 200 training images, drawn twice with seed 3."),
    ],
)
def test_the_provenance_says_that_the_test_images_come_from_the_training_images(
    folder, published, split, told
):
    np.savez(folder / "mnist.npz", **published)
    found = data.load("mnist", validation=30, test=40, split=split, seed=3)
    assert found.provenance.split == told and found.provenance.genuine


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"validation": -1}, ValueError, "validation: expected a whole number from 0 to 59999, got -1"),
        ({"validation": 60_000}, ValueError, "validation: .* to 59999, got 60000"),
        ({"validation": True}, TypeError, "validation: .* got True"),
        ({"validation": 0.1}, TypeError, "validation: .* got 0.1"),
        ({"test": 0}, ValueError, "test: expected a whole number from 1 to 59999, got 0"),
        ({"test": 59_000, "validation": 1_000}, ValueError, "validation: .* to 999, got 1000"),
        ({"test": 9_000, "split": "test"}, ValueError, "test: .* expected the default, got 9000"),
        ({"split": "first"}, ValueError, "split: expected .*, got 'first'"),
        ({"split": "test", "validation": 100}, ValueError, "validation: .* expected the default, got 100"),
        ({"seed": -1}, ValueError, "seed: .* got -1"),
        ({"seed": None}, TypeError, "seed: .* got None"),
    ],
)
def test_a_bad_argument_is_refused_by_name(arguments, error, message):
    with pytest.raises(error, match=message):
        data.load("mnist", **arguments)


@pytest.mark.parametrize("name", ["MNIST", "", None, ["mnist"]])
def test_an_unknown_name_lists_the_known_ones(name):
    with pytest.raises(ValueError, match="expected one of mnist, fashion_mnist, cifar10"):
        data.load(name)


# Files that are refused


def zeroed(size, where):
    """Overwrite a piece in the middle of a file."""

    def damage(path):
        content = bytearray(path.read_bytes())
        at = int(len(content) * where)
        content[at : at + size] = bytes(size)
        path.write_bytes(content)

    return damage


def truncated(path):
    path.write_bytes(path.read_bytes()[:5000])


def text_member(path):
    with zipfile.ZipFile(path, "w") as archive:
        for key in small():
            archive.writestr(f"{key}.npy", "hello")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (truncated, ["x_train, y_train, x_test, y_test", "5,000 bytes", "truncated?"]),
        (lambda path: path.write_bytes(b""), ["found 0 bytes"]),
        (zeroed(300, 0.5), ["x_train", "found damaged content"]),
        (zeroed(20, 0), ["found damaged content"]),
        (text_member, ["x_train", "expected an array", "5 bytes"]),
    ],
    ids=["truncated", "empty", "damaged in the middle", "damaged at the start", "not arrays"],
)
def test_a_damaged_file_is_named_and_never_replaced_by_a_fallback(folder, damage, told):
    path = folder / "mnist.npz"
    np.savez_compressed(path, **small())
    damage(path)
    with pytest.raises(ValueError) as refused:
        data.load("mnist")
    for words in [str(path), *told]:
        assert words in str(refused.value)


def without(key):
    return lambda arrays: arrays.pop(key)


def changed(key, change):
    return lambda arrays: arrays.update({key: change(arrays[key])})


def with_nan(x):
    x = x.astype(np.float64)
    x[0, 0, :3] = np.nan
    return x


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (without("y_test"), ["expected the keys x_train", "found x_train, y_train, x_test"]),
        (changed("x_test", lambda x: x.reshape(len(x), -1)), ["x_test", "(n, 28, 28)", "(50, 784)"]),
        (changed("x_train", lambda x: x[0]), ["x_train", "(n, 28, 28)", "(28, 28)"]),
        (changed("x_train", lambda x: x[:0]), ["x_train", "n of 1 or more", "(0, 28, 28)"]),
        (changed("x_train", with_nan), ["x_train", "expected uint8", "float64 with 3 NaN"]),
        (changed("x_train", lambda x: x / np.float32(255)), ["x_train", "expected uint8", "found float32"]),
        (changed("y_train", lambda y: np.eye(10)[y]), ["y_train", "(n,) or (n, 1)", "(200, 10)"]),
        (changed("y_train", lambda y: y.astype(float)), ["y_train", "integer labels", "found float64"]),
        (changed("y_train", lambda y: y + 1), ["y_train", "labels of 0 to 9", "found 1 to 10"]),
        (changed("y_test", lambda y: y.astype(int) - 3), ["y_test", "labels of 0 to 9", "found -3 to"]),
        (changed("y_test", lambda y: y[:-1]), ["y_test", "expected 50 labels", "found 49"]),
        (changed("y_test", lambda y: y.astype(object)), ["y_test", "expected an array", "damaged"]),
    ],
    ids=[
        "missing key",
        "flat images",
        "one image",
        "no images",
        "NaN",
        "scaled",
        "one-hot labels",
        "float labels",
        "label 10",
        "negative label",
        "a label short",
        "pickled labels",
    ],
)
def test_a_malformed_file_is_refused_with_key_expected_and_found(folder, fault, told):
    arrays = small()
    fault(arrays)
    np.savez(folder / "mnist.npz", **arrays)
    with pytest.raises(ValueError) as refused:
        data.load("mnist")
    for words in [str(folder / "mnist.npz"), *told]:
        assert words in str(refused.value)


def test_cifar_images_with_channels_first_are_refused(folder):
    np.savez(folder / "cifar10.npz", **small(shape=(3, 32, 32)))
    with pytest.raises(ValueError, match=r"x_train: expected the shape \(n, 32, 32, 3\).*\(200, 3, 32, 32\)"):
        data.load("cifar10")


def test_labels_may_come_as_a_column_and_further_keys_do_no_harm(folder, published):
    arrays = {
        **published,
        "y_train": published["y_train"].reshape(-1, 1).astype(np.int32),
        "note": np.zeros(3),
    }
    np.savez(folder / "mnist.npz", **arrays)
    found = data.load("mnist", validation=0)
    assert found.provenance.genuine
    assert (found.y_train == published["y_train"]).all() and found.y_train.dtype == np.int64


# The data directory


def test_a_data_directory_that_does_not_exist_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSEKIT_DATA_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(
        FileNotFoundError, match=r"COURSEKIT_DATA_DIR: expected a folder, found none at .*nowhere"
    ):
        data.load("mnist")


def test_a_data_directory_without_the_file_leads_to_the_next_source(folder, capsys):
    assert data.load("mnist").provenance.source == "embedded sample"


def test_well_formed_images_that_are_not_the_published_ones_say_so_everywhere(folder, capsys):
    np.savez(folder / "mnist.npz", **small())
    found = data.load("mnist")
    banner = found.provenance.banner
    assert banner.startswith("UNKNOWN DATA: mnist.npz") and "\n" not in banner
    assert capsys.readouterr().out == banner + "\n"
    assert found.title == "MNIST (unknown data)" and banner in repr(found)
    assert not found.provenance.genuine and found.provenance.location == str(folder / "mnist.npz")


def test_the_provenance_goes_into_json_without_any_path(folder, tmp_path):
    np.savez(folder / "mnist.npz", **small())
    written = json.dumps(data.load("mnist").provenance.as_dict())
    assert str(tmp_path) not in written
    assert json.loads(written)["banner"].startswith("UNKNOWN DATA")


# What the object lets you do


@pytest.fixture
def dataset(folder, published):
    np.savez(folder / "mnist.npz", **published)
    return data.load("mnist", validation=50)


@pytest.mark.parametrize(
    "make",
    [
        lambda found: found,
        lambda found: found.scaled(),
        lambda found: found.one_hot(),
        lambda found: found.take(20, val=10, test=10),
    ],
    ids=["load", "scaled", "one_hot", "take"],
)
def test_no_array_can_be_written_to(dataset, make):
    for array in parts(make(dataset)).values():
        assert not array.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_no_field_can_be_replaced(dataset):
    with pytest.raises(dataclasses.FrozenInstanceError):
        dataset.x_train = dataset.x_test
    with pytest.raises(dataclasses.FrozenInstanceError):
        dataset.provenance.genuine = True


def test_scaled_images_are_float32_from_0_to_1_and_are_not_scaled_twice(dataset):
    scaled = dataset.scaled()
    for part in ("train", "val", "test"):
        before, after = getattr(dataset, f"x_{part}"), getattr(scaled, f"x_{part}")
        assert after.dtype == np.float32 and after.min() == 0 and after.max() == 1
        assert (np.rint(after * 255) == before).all()
    assert dataset.x_train.dtype == np.uint8
    with pytest.raises(ValueError, match="already scaled"):
        scaled.scaled()


def test_one_hot_labels_have_a_1_at_the_label_and_are_not_made_twice(dataset):
    hot = dataset.one_hot()
    assert hot.y_val.shape == (50, 10) and hot.y_val.dtype == np.float32
    assert (hot.y_val.sum(axis=1) == 1).all() and (hot.y_val.argmax(axis=1) == dataset.y_val).all()
    with pytest.raises(ValueError, match="already one-hot"):
        hot.one_hot()


def test_take_draws_each_part_by_class_and_the_provenance_says_so(dataset):
    some = dataset.take(40, val=20, test=10, seed=4)
    assert [len(some.x_train), len(some.x_val), len(some.x_test)] == [40, 20, 10]
    for part, count in (("train", 40), ("val", 20), ("test", 10)):
        whole = np.bincount(getattr(dataset, f"y_{part}"), minlength=10)
        drawn = np.bincount(getattr(some, f"y_{part}"), minlength=10)
        assert (np.abs(drawn - whole * count / whole.sum()) < 1).all()
    assert some.provenance.split.endswith(
        "Drawn of these, by class (seed 4): 40 training, 20 validation, 10 test images."
    )


def test_take_keeps_images_and_labels_together_and_leaves_other_parts_alone(dataset):
    some = dataset.take(40)
    pairs = {(x.tobytes(), int(y)) for x, y in zip(dataset.x_train, dataset.y_train, strict=True)}
    assert {(x.tobytes(), int(y)) for x, y in zip(some.x_train, some.y_train, strict=True)} <= pairs
    assert some.x_val is dataset.x_val and some.x_test is dataset.x_test


def test_take_draws_the_same_images_before_and_after_one_hot(dataset):
    assert (dataset.take(40).x_train == dataset.one_hot().take(40).x_train).all()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n": 151}, ValueError, "n: expected a whole number from 1 to 150, got 151"),
        ({"n": 0}, ValueError, "n: .* got 0"),
        ({"n": 10, "val": 51}, ValueError, "val: .* from 0 to 50, got 51"),
        ({"n": 10, "test": -1}, ValueError, "test: .* got -1"),
        ({"n": 10.0}, TypeError, "n: .* got 10.0"),
        ({"n": True}, TypeError, "n: .* got True"),
        ({"n": 10, "seed": -1}, ValueError, "seed: .* got -1"),
    ],
)
def test_take_refuses_a_bad_number_by_name(dataset, arguments, error, message):
    with pytest.raises(error, match=message):
        dataset.take(**arguments)


def test_the_printed_form_has_one_short_line_for_each_part(dataset):
    lines = repr(dataset).splitlines()
    assert lines[0] == "MNIST: uint8 images of 28 x 28"
    assert [line.split()[:2] for line in lines[1:]] == [
        ["training", "150"],
        ["validation", "50"],
        ["test", "50"],
    ]
    assert max(map(len, lines)) < 40


# Keras's cache and download


class Server(http.server.BaseHTTPRequestHandler):
    """Stands in for the servers that Keras downloads from, and behaves as it is told."""

    files: ClassVar[dict[str, bytes]] = {}
    behaviour = "good"
    asked: ClassVar[list[str]] = []

    def do_GET(self):
        self.asked.append(self.path)
        content = self.files[self.path]
        if self.behaviour == "not found":
            self.send_error(404)
            return
        if self.behaviour == "other file":
            content = content[:-1]
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:1000])
        self.wfile.flush()
        if self.behaviour == "breaks off":
            return
        if self.behaviour == "silent":
            time.sleep(3)
            return
        self.wfile.write(content[1000:])

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    """A server that is reached instead of Keras's; set its `behaviour`, and look at what was `asked`."""

    class Here(Server):
        files: ClassVar[dict[str, bytes]] = {}
        asked: ClassVar[list[str]] = []

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Here)
    running.daemon_threads = True
    threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setattr(data, "unreachable", lambda name, **_: "")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    Here.address = f"http://127.0.0.1:{running.server_port}"
    yield Here
    running.shutdown()
    running.server_close()


def serve(server, monkeypatch, name, arrays, contents):
    """Let `arrays` pass for the published set `name`, with its files on the server and their hashes known."""
    about = data._SETS[name]
    served = []
    for file, content in zip(about.files, contents, strict=True):
        server.files[f"/{Path(file.name).name}"] = content
        sha256 = hashlib.sha256(content).hexdigest() if file.sha256 else None
        origin = f"{server.address}/{Path(file.name).name}"
        served.append(dataclasses.replace(file, origin=origin, sha256=sha256))
    about = dataclasses.replace(
        about, files=tuple(served), train=200, digest=data.content_digest(*ordered(arrays))
    )
    monkeypatch.setitem(data._SETS, name, about)


@pytest.fixture
def mnist_server(server, published, monkeypatch):
    content = io.BytesIO()
    np.savez(content, **published)
    serve(server, monkeypatch, "mnist", published, [content.getvalue()])
    return server


@pytest.fixture
def no_network(monkeypatch):
    """Call it, and from then on to ask for the network is a failure."""

    def refuse(name, **_):
        raise AssertionError("the network was asked for")

    return lambda: monkeypatch.setattr(data, "unreachable", refuse)


def cache():
    return Path(os.environ["KERAS_HOME"]) / "datasets"


def files_under(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_good_download_is_kept_where_keras_looks_and_read_from_then_on_without_the_network(
    mnist_server, no_network, capfd
):
    first = data.load("mnist", validation=50)
    assert first.provenance.source == "keras download" and first.provenance.genuine
    assert files_under(cache()) == ["mnist.npz"] and os.listdir(cache() / "coursekit") == []
    no_network()
    again = data.load("mnist", validation=50)
    assert again.provenance.source == "keras cache"
    assert again.provenance.location == first.provenance.location == str(cache() / "mnist.npz")
    assert all((parts(first)[key] == parts(again)[key]).all() for key in parts(first))
    assert capfd.readouterr() == ("", "")
    (cache() / "ordinary").touch()
    assert (cache() / "mnist.npz").stat().st_mode == (cache() / "ordinary").stat().st_mode


@pytest.mark.parametrize("name", data.NAMES)
def test_files_come_from_where_keras_gets_them_with_the_hashes_that_it_knows(name):
    keras = Path(importlib.util.find_spec("keras").origin).parent
    source = (keras / "src" / "datasets" / f"{name}.py").read_text()
    for file in data._SETS[name].files:
        folder, _, last = file.origin.rpartition("/")
        assert folder in source and last in source
        assert file.sha256 is None or file.sha256 in source


def test_a_download_of_another_file_is_an_error_and_is_not_kept(mnist_server):
    mnist_server.behaviour = "other file"
    with pytest.raises(ValueError, match=r"mnist.npz: expected the published MNIST .*, got another file"):
        data.load("mnist", validation=50)
    assert files_under(cache()) == []


def test_a_download_with_other_images_is_an_error_and_is_not_kept(server, monkeypatch):
    arrays = small(seed=1)
    content = [gzip.compress(idx(array)) for array in ordered(arrays)]
    serve(server, monkeypatch, "fashion_mnist", small(), content)
    with pytest.raises(
        ValueError, match=r"download of Fashion-MNIST: expected the published .* found other images"
    ):
        data.load("fashion_mnist", validation=50)
    assert files_under(cache()) == []


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("not found", "HTTP Error 404: Not Found"),
        ("silent", "timed out"),
        ("breaks off", "more expected"),
    ],
)
def test_a_download_that_the_network_breaks_off_gives_the_sample_and_says_why(
    mnist_server, monkeypatch, behaviour, reason
):
    mnist_server.behaviour = behaviour
    monkeypatch.setattr(keras_files, "TIMEOUT", 0.5)
    found = data.load("mnist", validation=50)
    assert found.provenance.source == "embedded sample" and reason in found.provenance.banner
    assert (
        "\n" not in found.provenance.banner and f"{mnist_server.address}/mnist.npz" in found.provenance.banner
    )
    assert files_under(cache()) == []


def test_a_server_that_refuses_gives_the_sample_and_says_why(mnist_server, monkeypatch):
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    found = data.load("mnist", validation=50)
    assert found.provenance.source == "embedded sample" and "Connection refused" in found.provenance.banner


def test_a_full_disk_is_an_error_and_not_a_reason_for_the_sample(mnist_server, monkeypatch):
    def full(bar, n):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tqdm.tqdm.update", full)
    with pytest.raises(RuntimeError, match=r"MNIST could not be downloaded: .*No space left"):
        data.load("mnist", validation=50)
    assert files_under(cache()) == []


def test_an_interrupted_download_leaves_nothing(mnist_server, monkeypatch):
    def interrupt(bar, n):
        raise KeyboardInterrupt

    monkeypatch.setattr("tqdm.tqdm.update", interrupt)
    with pytest.raises(KeyboardInterrupt):
        data.load("mnist", validation=50)
    assert mnist_server.asked == ["/mnist.npz"]
    assert files_under(cache()) == []


def wait_until(happened, seconds=20):
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_what_a_killed_download_leaves_is_never_believed(mnist_server):
    mnist_server.behaviour = "silent"
    program = (
        "import dataclasses; from coursekit import data; data.unreachable = lambda name: ''\n"
        "about = data._SETS['mnist']\n"
        f"file = dataclasses.replace(about.files[0], origin='{mnist_server.address}/mnist.npz')\n"
        "data._SETS['mnist'] = dataclasses.replace(about, files=(file,)); data.load('mnist')"
    )
    loading = subprocess.Popen([sys.executable, "-c", program])
    try:
        wait_until(lambda: any((cache() / "coursekit").glob("staging-*/*")))
    finally:
        loading.kill()
        loading.wait()
    assert len(files_under(cache())) == 1
    assert data.locate("mnist") == ("keras download", None)

    mnist_server.behaviour = "not found"
    assert data.load("mnist", validation=50).provenance.source == "embedded sample"
    mnist_server.behaviour = "good"
    assert data.load("mnist", validation=50).provenance.source == "keras download"

    for staging in cache().glob("coursekit/staging-*"):
        os.utime(staging, (0, 0))
    (cache() / "mnist.npz").unlink()
    data.load("mnist", validation=50)
    assert files_under(cache()) == ["mnist.npz"]  # a day later the remains are gone


def test_keras_own_mnist_file_is_read_without_the_network(published, no_network):
    cache().mkdir(parents=True)
    np.savez(cache() / "mnist.npz", **published)
    no_network()
    found = data.load("mnist", validation=50)
    assert found.provenance.source == "keras cache" and found.provenance.genuine


@pytest.mark.parametrize("place", ["mnist.npz", "coursekit/mnist.npz"])
@pytest.mark.parametrize("fault", ["truncated", "other images"])
def test_a_broken_cached_file_is_an_error_that_names_it(published, place, fault):
    path = cache() / place
    path.parent.mkdir(parents=True)
    np.savez(path, **(published if fault == "truncated" else small(seed=1)))
    if fault == "truncated":
        truncated(path)
    with pytest.raises(
        ValueError, match="truncated" if fault == "truncated" else "delete the file"
    ) as refused:
        data.load("mnist", validation=50)
    assert str(path) in str(refused.value)


def test_a_cache_that_cannot_be_written_is_an_error_that_says_what_to_set(mnist_server, tmp_path):
    (tmp_path / "keras").write_text("a file where a folder should be")
    with pytest.raises(OSError, match=r"cannot be written .* set KERAS_HOME .* or COURSEKIT_DATA_DIR"):
        data.load("mnist", validation=50)


def idx(array):
    """The file format of MNIST and Fashion-MNIST: type, number of axes, sizes, bytes."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


@pytest.fixture
def fashion_cache(monkeypatch):
    """A small Fashion-MNIST as Keras's own loader keeps it."""
    arrays = small()
    about = dataclasses.replace(
        data._SETS["fashion_mnist"], digest=data.content_digest(*ordered(arrays)), train=200
    )
    monkeypatch.setitem(data._SETS, "fashion_mnist", about)
    for file, array in zip(about.files, ordered(arrays), strict=True):
        path = cache() / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(idx(array)))
    return arrays


def test_the_files_that_keras_has_of_fashion_mnist_are_decoded_once(fashion_cache, no_network, monkeypatch):
    before, tensorflow_was_there = files_under(cache()), "tensorflow" in sys.modules
    no_network()
    found = data.load("fashion_mnist", validation=0)
    assert found.provenance.source == "keras cache" and found.provenance.genuine
    assert (found.x_train == fashion_cache["x_train"]).all()
    assert ("tensorflow" in sys.modules) == tensorflow_was_there
    monkeypatch.setattr(data, "_decode", None)
    assert data.load("fashion_mnist", validation=0).provenance.genuine
    assert files_under(cache()) == sorted([*before, "coursekit/fashion_mnist.npz"])


def cifar10_archive(arrays):
    """The arrays as CIFAR-10 is published: an archive of pickles, five of them with training images."""
    content = io.BytesIO()
    batches = {"test_batch": (arrays["x_test"], arrays["y_test"])}
    for number in range(5):
        rows = slice(number * 40, number * 40 + 40)
        batches[f"data_batch_{number + 1}"] = arrays["x_train"][rows], arrays["y_train"][rows]
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, (x, y) in batches.items():
            batch = {b"data": x.transpose(0, 3, 1, 2).reshape(len(x), -1), b"labels": y.tolist()}
            entry = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            pickled = pickle.dumps(batch)
            entry.size = len(pickled)
            archive.addfile(entry, io.BytesIO(pickled))
    return content.getvalue()


def test_a_downloaded_cifar10_is_kept_as_keras_keeps_it_and_decoded_once(server, monkeypatch, no_network):
    arrays = small(shape=(32, 32, 3))
    serve(server, monkeypatch, "cifar10", arrays, [cifar10_archive(arrays)])
    found = data.load("cifar10", validation=0)
    assert found.provenance.source == "keras download" and found.provenance.genuine
    assert (found.x_train == arrays["x_train"]).all() and (found.y_test == arrays["y_test"]).all()
    assert files_under(cache()) == ["cifar-10-batches-py-target_archive", "coursekit/cifar10.npz"]
    no_network()
    again = data.load("cifar10", validation=0)
    assert again.provenance.source == "keras cache" and again.provenance.location == found.provenance.location


def test_an_archive_that_is_not_the_published_one_is_never_unpickled(server, monkeypatch):
    arrays = small(shape=(32, 32, 3))
    serve(server, monkeypatch, "cifar10", arrays, [cifar10_archive(arrays)])
    cache().mkdir(parents=True)
    kept = cache() / "cifar-10-batches-py-target_archive"
    kept.write_bytes(cifar10_archive(small(shape=(32, 32, 3), seed=1)))
    monkeypatch.setattr(pickle, "load", None)
    with pytest.raises(ValueError, match=r"the SHA-256 of .*; delete .*target_archive and load again"):
        data.load("cifar10", validation=0)


AS_KERAS_DOES = """
import sys, numpy as np
from keras.src.datasets import cifar, cifar10, fashion_mnist
folder = sys.argv[1]
fashion_mnist.get_file = lambda name, **_: f"{folder}/fashion-mnist/{name}"
(x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
x, y = cifar.load_batch(f"{folder}/test_batch")
np.savez(f"{folder}/keras.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test, x=x, y=y)
"""


def test_files_are_decoded_as_keras_decodes_them(fashion_cache):
    ours = keras_files.decode_idx(*[cache() / file.name for file in data._SETS["fashion_mnist"].files])
    photos = small(shape=(32, 32, 3))
    (cache() / "photos.tar.gz").write_bytes(cifar10_archive(photos))
    with tarfile.open(cache() / "photos.tar.gz") as archive:
        batch = archive.extractfile("cifar-10-batches-py/test_batch").read()
    (cache() / "test_batch").write_bytes(batch)
    subprocess.run([sys.executable, "-c", AS_KERAS_DOES, str(cache())], check=True)
    with np.load(cache() / "keras.npz") as keras:
        for key, array in zip(("x_train", "y_train", "x_test", "y_test"), ours, strict=True):
            assert np.array_equal(array, keras[key])
        *_, x, y = keras_files.decode_cifar10(cache() / "photos.tar.gz")
        assert np.array_equal(x, keras["x"].transpose(0, 2, 3, 1)) and np.array_equal(y, keras["y"])


@pytest.mark.parametrize("size", [2000, 0])
def test_a_broken_file_in_keras_cache_names_the_folder_to_delete_and_is_not_downloaded_again(
    fashion_cache, no_network, size
):
    no_network()
    broken = cache() / "fashion-mnist" / "t10k-images-idx3-ubyte.gz"
    broken.write_bytes(broken.read_bytes()[:size])
    with pytest.raises(ValueError, match="incomplete or damaged") as refused:
        data.load("fashion_mnist", validation=0)
    assert f"delete {cache() / 'fashion-mnist'} and load again" in str(refused.value)
    assert broken.stat().st_size == size and not (cache() / "coursekit" / "fashion_mnist.npz").exists()


def test_an_incomplete_keras_cache_is_no_cache(fashion_cache):
    (cache() / "fashion-mnist" / "t10k-images-idx3-ubyte.gz").unlink()
    assert data.locate("fashion_mnist") == ("keras download", None)


def test_a_server_that_cannot_be_reached_is_named_with_the_reason(monkeypatch):
    monkeypatch.undo()
    for scheme in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(scheme, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert data.unreachable("cifar10") == "www.cs.toronto.edu cannot be reached: Connection refused"


# The sample


def off_the_network():
    """How to start a process without any network, and the variables that it needs for that."""
    if (unshare := shutil.which("unshare")) and subprocess.run(
        [unshare, "-rn", "true"], check=False
    ).returncode == 0:
        return [unshare, "-rn"], {}
    return [], dict.fromkeys(("http_proxy", "https_proxy", "HTTPS_PROXY"), "http://127.0.0.1:9")


def test_without_a_network_the_sample_stands_in_and_its_banner_is_printed(tmp_path):
    program = (
        "import sys; from coursekit import data\n"
        "for name in data.NAMES:\n"
        "    found = data.load(name)\n"
        "    assert not found.provenance.genuine and found.provenance.source == 'embedded sample'\n"
        "    assert found.provenance.banner in repr(found) and found.title.endswith('(sample data)')\n"
        "assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules\n"
    )
    start, variables = off_the_network()
    environment = {**os.environ, **variables, "KERAS_HOME": str(tmp_path / "keras")}
    done = subprocess.run(
        [*start, sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    banners = done.stdout.splitlines()
    assert [banner.startswith("SAMPLE DATA: ") for banner in banners] == [True] * 3
    assert all("cannot be reached" in banner and "COURSEKIT_DATA_DIR" in banner for banner in banners)
    assert not (tmp_path / "keras").exists()


@pytest.fixture(scope="module")
def sample():
    return functools.cache(samples.arrays)


@pytest.mark.parametrize(
    ("name", "shape", "train", "test"),
    [
        ("mnist", (28, 28), 1500, 297),
        ("fashion_mnist", (28, 28), 1000, 300),
        ("cifar10", (32, 32, 3), 1000, 300),
    ],
)
def test_the_sample_is_small_has_all_classes_and_no_image_twice(sample, name, shape, train, test):
    x_train, y_train, x_test, y_test = sample(name)
    assert x_train.shape == (train, *shape) and x_test.shape == (test, *shape) and x_train.dtype == np.uint8
    assert set(y_train.tolist()) == set(y_test.tolist()) == set(range(10))
    assert len({image.tobytes() for image in (*x_train, *x_test)}) == train + test


@pytest.mark.parametrize("name", data.NAMES)
def test_the_sample_is_the_same_every_time(sample, name):
    again = samples.arrays(name)
    assert all((one == two).all() for one, two in zip(sample(name), again, strict=True))


@pytest.fixture(scope="module")
def generator():
    """The module that draws the stand-ins."""
    return runpy.run_path(str(ROOT / "tools" / "draw_samples.py"))


@pytest.mark.parametrize("name", ["fashion_mnist", "cifar10"])
def test_the_sample_is_what_its_generator_draws(sample, generator, name):
    drawn = generator["draw"](name)
    x_train, y_train, x_test, y_test = sample(name)
    assert np.array_equal(np.concatenate([x_train, x_test]), drawn.images)
    assert np.array_equal(np.concatenate([y_train, y_test]), drawn.labels)


def test_the_file_of_the_sample_is_what_its_generator_writes(generator, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["draw_samples.py", "--to", str(tmp_path / "samples.npz")])
    generator["main"]()
    with np.load(tmp_path / "samples.npz") as new, np.load(generator["TARGET"]) as kept:
        assert new.files == kept.files
        assert all(np.array_equal(new[key], kept[key]) for key in new.files)


@pytest.mark.parametrize("name", data.NAMES)
def test_the_sample_can_be_learnt_but_is_not_trivial(sample, name):
    x_train, y_train, x_test, y_test = sample(name)
    flat = x_train.reshape(len(x_train), -1).astype(float)
    means = np.stack([flat[y_train == label].mean(axis=0) for label in range(10)])
    nearest = [((image.reshape(-1) - means) ** 2).sum(axis=1).argmin() for image in x_test]
    assert 0.25 < (nearest == y_test).mean() < 0.95


def test_of_the_sample_the_same_share_is_held_out_and_too_much_asked_for_means_all(capsys):
    found = data.load("mnist", validation=6000)
    assert [len(found.y_train), len(found.y_val), len(found.y_test)] == [1350, 150, 297]
    some = found.take(10_000, val=10, test=2_000)
    assert [len(some.y_train), len(some.y_val), len(some.y_test)] == [1350, 10, 297]
    assert "1,350 training, 10 validation, 297 test" in some.provenance.split


def test_the_sample_has_its_own_licence_and_citation(capsys):
    found = data.load("mnist")
    assert "Alpaydin" in found.citation and "LeCun" not in found.citation
    assert "1,500" in found.provenance.split


# Progress bars


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def screen(monkeypatch):
    """What a bar writes to stderr, which is a terminal. (pytest puts its own streams into sys itself.)"""
    terminal = Terminal()
    streams = mock.Mock(stderr=terminal, stdout=io.StringIO(), modules={})
    monkeypatch.setattr(progress, "sys", streams)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("COURSEKIT_PROGRESS", raising=False)
    return streams


def test_a_bar_shows_on_a_terminal_and_disappears(screen):
    assert list(progress.track(range(3), desc="epochs", unit="epoch")) == [0, 1, 2]
    assert "epochs" in screen.stderr.getvalue() and screen.stderr.getvalue().endswith(" \r")


@pytest.mark.parametrize(("variable", "value"), [("CI", "true"), ("COURSEKIT_PROGRESS", "off")])
def test_a_bar_is_silent_where_nobody_watches(screen, monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    assert list(progress.track(range(3))) == [0, 1, 2]
    assert screen.stderr.getvalue() == ""


def test_a_bar_is_silent_when_its_output_goes_into_a_file(screen):
    screen.stderr = io.StringIO()
    with progress.track(total=5) as bar:
        bar.update(5)
    assert screen.stderr.getvalue() == ""


def test_in_a_notebook_a_bar_shows_and_keeps_off_stderr(screen):
    shell = mock.Mock(kernel=object())
    screen.stderr = io.StringIO()
    screen.modules["IPython"] = mock.Mock(get_ipython=lambda: shell)
    list(progress.track(range(3), desc="runs"))
    assert "runs" in screen.stdout.getvalue() and screen.stderr.getvalue() == ""


def test_a_download_shows_its_bytes(screen, mnist_server):
    data.load("mnist", validation=50)
    assert "MNIST" in screen.stderr.getvalue() and "11.5M" in screen.stderr.getvalue()


@pytest.mark.parametrize("one_hot", [False, True])
def test_a_share_of_the_training_labels_is_made_wrong_and_nothing_else(one_hot):
    clean = data.load("mnist", validation=200).take(100)
    clean = clean.one_hot() if one_hot else clean
    careless, again, other = (clean.mislabelled(0.2, seed=seed) for seed in (1, 1, 2))
    changed = (clean.y_train.reshape(100, -1) != careless.y_train.reshape(100, -1)).any(axis=1)
    assert changed.sum() == 20 and careless.y_train.dtype == clean.y_train.dtype
    assert (careless.y_train == again.y_train).all() and (careless.y_train != other.y_train).any()
    assert careless.x_train is clean.x_train and careless.y_val is clean.y_val
    if one_hot:
        assert (careless.y_train.sum(axis=1) == 1).all()
    with pytest.raises(ValueError, match="share: expected a number from 0 to 1, got 2"):
        clean.mislabelled(2)


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_shifted_copies_are_the_images_moved_with_zeros_coming_in(name):
    few = data.load(name, validation=20).take(10)
    copies = few.shifted(2)
    assert len(copies.x_train) == 90 and (copies.y_train.reshape(9, 10) == few.y_train).all()
    by_move = copies.x_train.reshape(9, *few.x_train.shape)
    assert (by_move[4] == few.x_train).all()
    assert (by_move[0][:, 2:, 2:] == few.x_train[:, :-2, :-2]).all() and not by_move[0][:, :2].any()
    assert (by_move[8][:, :-2, :-2] == few.x_train[:, 2:, 2:]).all()
    with pytest.raises(ValueError, match="by: expected a whole number from 1"):
        few.shifted(0)
