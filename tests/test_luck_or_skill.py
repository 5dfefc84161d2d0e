"""The chapter luck-or-skill speaks of the record's networks, and of the same numbers where there is no record."""

import keras
import numpy as np
import pytest
from fixtures.studies import assert_recorded_layers, assert_recorded_training, definitions

from coursekit.record import claims


@pytest.fixture(scope="module")
def chapter():
    return definitions("luck-or-skill", {"np": np, "claims": claims, "keras": keras}, also=["KEPT"])


def test_where_there_is_no_record_the_chapter_keeps_the_same_accuracies(chapter, tmp_path, monkeypatch):
    with_record = {units: chapter["recorded"](units) for units in chapter["KEPT"]}
    monkeypatch.setenv(claims.WHERE, str(tmp_path))
    assert not claims.recorded("A6-32")
    for units, accuracies in with_record.items():
        np.testing.assert_allclose(chapter["recorded"](units), accuracies, atol=1e-7)


def test_its_network_is_that_of_the_record(chapter):
    for units in chapter["KEPT"]:
        assert_recorded_layers(chapter["build_mlp"](units), f"A6-{units}")
        assert_recorded_training(chapter["build_mlp"](units), f"A6-{units}")
