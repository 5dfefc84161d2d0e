"""What cifar10-first-steps says of the record, of the study and of its networks."""

import numpy as np
import pytest
from fixtures.studies import assert_recorded_layers, assert_recorded_training, definitions, needs_real_data
from scipy import stats

from coursekit.record import claims

pytestmark = needs_real_data


@pytest.fixture(scope="module")
def chapter():
    """The functions that the chapter's studies define."""
    import keras
    import pandas as pd

    return definitions("cifar10-first-steps", {"keras": keras, "np": np, "pd": pd})


def test_the_networks_are_those_of_the_record(chapter):
    mlp, cnn, deep = chapter["build_mlp"], chapter["build_cnn"], chapter["build_deep"]
    built = {
        "F8a": mlp(),
        "F8b-128": mlp(128),
        "F9": cnn(),
        "F10a-0.4": cnn(0.4),
        "F10b": deep(),
        "F10c": deep((128, 128)),
        "F10d": deep((128, 128), batch_norm=True),
        "F10e": deep((128, 128), batch_norm=True, dropout=0.2),
    }
    for name, model in built.items():
        assert_recorded_layers(model, name)
        assert_recorded_training(model, name)


def test_the_work_of_a_network_is_not_where_its_parameters_are(chapter):
    three, four = chapter["work"](chapter["build_cnn"]()), chapter["work"](chapter["build_deep"]())
    assert three["MACs"].sum() == 4_548_608 and four["MACs"].sum() == 9_873_408
    shares = three[["parameters", "MACs"]] / three[["parameters", "MACs"]].sum()
    assert shares["parameters"][3] > 0.5 and shares["MACs"][3] < 0.02
    assert shares["MACs"][:2].sum() > 0.8 and shares["parameters"][:2].sum() < 0.2
    assert three["MACs"].sum() > 40 * chapter["work"](chapter["build_mlp"]())["MACs"].sum()


def test_the_record_says_of_the_mlps_what_the_text_says_and_every_run_of_f9_is_far_better():
    def tests(name):
        return [run["test"]["accuracy"] for run in claims.recorded(name)]

    means = [np.mean(tests(f"F8b-{width}")) for width in (8, 16, 32, 64, 128)]
    assert means == sorted(means)
    assert max(tests("F8b-128")) < 0.5
    for run in claims.recorded("F9"):
        assert run["test"]["accuracy"] > max(tests("F8b-128")) + 0.1
        assert run["train"]["accuracy"] > run["test"]["accuracy"] + 0.03


def test_the_studys_own_runs_tell_none_of_its_last_three_steps_apart():
    printed = {
        id: next(figure.values for figure in claims.experiment(id).figures if figure.values)
        for id in ("F10b", "F10c", "F10d", "F10e")
    }
    means = [round(np.mean(values), 4) for values in printed.values()]
    assert means == [0.7332, 0.7353, 0.7431, 0.7450]
    for one, two in (("F10b", "F10c"), ("F10c", "F10d"), ("F10d", "F10e")):
        step = stats.ttest_ind(printed[two], printed[one], equal_var=False)
        assert step.pvalue > 0.3 and step.confidence_interval(0.95).low < 0, (one, two)
    reach = {id: np.ptp(values) for id, values in printed.items()}
    assert max(reach, key=reach.get) == "F10e"
    # F9's runs are not printed; if they scattered like F10b's, five on each side would show the first step.
    rise = means[0] - 0.7103
    assert rise > stats.t.ppf(0.975, 8) * np.std(printed["F10b"], ddof=1) * np.sqrt(2 / 5)
