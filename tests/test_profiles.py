"""A profile caps what a study may have, in one place."""

import numpy as np
import pytest

from coursekit import data
from coursekit.profiles import Profile

SMOKE, QUICK = (1, 2, 500), (2, 8, 700, 60, 0)


@pytest.fixture(scope="module")
def digits():
    """1500 and 297 images: the stand-in for MNIST, or as many of the real set."""
    return data.load("mnist").take(1_300, val=120, test=297)


def numbers(dataset):
    return [len(dataset.y_train), len(dataset.y_val), len(dataset.y_test)]


def test_runs_epochs_and_images_of_every_part_are_cut_to_the_profile(digits):
    quick = Profile("quick", smoke=SMOKE, quick=QUICK)
    assert quick(runs=10, epochs=5) == {"runs": 2, "epochs": 5}
    assert numbers(quick.sample(digits)) == [700, 60, 0]


def test_images_without_a_cap_are_left_as_they_are(digits):
    smoke = Profile("smoke", smoke=SMOKE, quick=QUICK).sample(digits)
    assert numbers(smoke) == [500, 120, 297]
    assert smoke.x_val is digits.x_val and smoke.x_test is digits.x_test


def test_a_profile_draws_the_images_that_take_would(digits):
    quick, taken = Profile("quick", smoke=SMOKE, quick=QUICK).sample(digits), digits.take(700, val=60, test=0)
    for part in ("train", "val", "test"):
        assert np.array_equal(getattr(quick, f"x_{part}"), getattr(taken, f"x_{part}"))
        assert np.array_equal(getattr(quick, f"y_{part}"), getattr(taken, f"y_{part}"))
    assert quick.provenance.split == taken.provenance.split


@pytest.mark.parametrize("name", ["full", "quick"])
def test_where_there_is_nothing_to_cut_the_data_set_is_the_same_object(digits, name):
    assert Profile(name, smoke=SMOKE, quick=(1, 1, 1_300, 120, 500)).sample(digits) is digits


def test_full_caps_nothing():
    full = Profile("full", smoke=SMOKE, quick=QUICK)
    assert full(runs=10, epochs=20) == {"runs": 10, "epochs": 20} and full.caps is None


@pytest.mark.parametrize(
    "caps", [(1, 2), (1, 2, 0), (1, 2, 3.0), (1, 2, True), (1, 2, 3, -1), (1, 2, 3, 4, 5, 6)]
)
def test_caps_that_are_none_are_refused_with_what_was_expected(caps):
    with pytest.raises(ValueError, match=r"smoke is \(runs, epochs, images\), each an int of at least 1"):
        Profile("quick", smoke=caps, quick=QUICK)


def test_an_unknown_profile_lists_the_known_ones():
    with pytest.raises(ValueError, match="PROFILE is one of smoke, quick, full; got 'fast'"):
        Profile("fast", smoke=SMOKE, quick=QUICK)
