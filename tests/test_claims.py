"""What the sources claim, what is recorded, and how the two are compared."""

import base64
import json
import math
import re
import tomllib

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from coursekit import data
from coursekit.record import agreement, claims
from coursekit.record.networks import network
from coursekit.staff.site import reproduction
from coursekit.training import Runs

SHAPES = {"mnist": (28, 28), "fashion_mnist": (28, 28), "cifar10": (32, 32, 3)}
RESULTS = sorted((ROOT / "results").glob("*.json"))
SIZES = {"test": 10_000, "last 6000": 10_000, "42000/9000/9000": 9_000, "51000/0/9000": 9_000}


@pytest.fixture
def results(tmp_path, monkeypatch):
    """An empty record; a function that writes runs with these test accuracies into it."""
    monkeypatch.setenv("COURSEKIT_RESULTS", str(tmp_path))

    def write(name, accuracies, **more):
        protocol = dict(claims.protocols()[name])
        runs = [
            {
                "seed": seed,
                "parameters": 34_826,
                "seconds": 20.0,
                "test": {
                    "accuracy": accuracy,
                    "loss": 1 - accuracy,
                    "errors_in_100": 1,
                    "confusion": np.eye(10, dtype=int).tolist(),
                },
                "history": {
                    "accuracy": [0.5, accuracy],
                    "val_accuracy": [0.6, accuracy],
                    "loss": [1.0, 0.5],
                    "val_loss": [0.9, 0.4],
                },
                **more,
            }
            for seed, accuracy in enumerate(accuracies)
        ]
        document = {"protocol": protocol, "protocol_digest": claims.digest(protocol), "runs": runs}
        (tmp_path / f"{claims.file_of(name)}.json").write_text(json.dumps(document))

    return write


def figure(id, of, **more):
    """The figure of an experiment that is of this and has these properties."""
    (found,) = [
        f
        for f in claims.experiment(id).figures
        if f.of == of and all(getattr(f, k) == v for k, v in more.items())
    ]
    return found


def mark(id, of, **more):
    return claims.judge(claims.experiment(id), figure(id, of, **more)).mark


# --- what is claimed ---


NETWORKS = [name for name, protocol in claims.protocols().items() if "network" in protocol]


@pytest.mark.parametrize("name", NETWORKS)
def test_every_claimed_network_can_be_built_and_has_the_parameters_that_the_source_counts(name):
    protocol = claims.protocols()[name]
    model = network(protocol["network"], SHAPES[protocol["data"]])
    assert model.output_shape == (None, 10)
    for about in claims.experiments().values():
        for each in about.figures:
            if each.of == "parameters" and about.record_of(each) == name:
                assert model.count_params() == each.value


def test_every_part_of_the_sources_that_has_figures_is_listed():
    ids = list(claims.experiments())
    assert [i for i in ids if i[0] == "D"] == [f"D{n}" for n in range(1, 11)]
    assert [i for i in ids if i[0] == "C"] == [f"C{n}" for n in range(13)]
    assert {i[0] for i in ids} == set("ABCDFGHR")


def test_a_figure_says_what_it_is_in_words():
    assert figure("C7", "test accuracy").name == "test accuracy, epoch 9"
    assert figure("C8", "test accuracy").name == "test accuracy, best epoch"
    assert figure("A7b", "test accuracy", best="").name == "test accuracy, 128+128"
    assert figure("A1", "train accuracy").source == "0.7837 (0.5747 to 0.9404)"
    assert figure("B2", "parameters").source == "34,826"


@pytest.mark.parametrize("id", claims.experiments())
def test_the_figures_of_an_experiment_have_different_names(id):
    names = [figure.name for figure in claims.experiment(id).figures]
    assert len(set(names)) == len(names)
    assert list(claims.compare(id).index) == names


def test_an_installed_package_holds_every_file_that_is_not_python():
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    package = ROOT / "src" / "coursekit"
    others = [path for path in package.rglob("*.*") if path.suffix not in (".py", ".pyc")]
    packages = {path: ".".join(path.parent.relative_to(package.parent).parts) for path in others}
    assert others
    listed = {path: patterns.get(packages[path], []) for path in others}
    assert [path for path in others if not any(path.match(pattern) for pattern in listed[path])] == []


def test_every_trap_that_a_figure_names_is_listed():
    named = {f.explained for about in claims.experiments().values() for f in about.figures} - {""}
    assert named <= claims.traps().keys()


def test_every_trap_is_explained_in_a_chapter_or_belongs_to_a_part_that_has_none_yet():
    for trap in claims.traps().values():
        explained = (ROOT / "notebooks" / trap.chapter / f"{trap.chapter}.ipynb").is_file()
        assert explained if trap.chapter else trap.id.startswith("G-")


def test_an_unknown_layer_is_named():
    with pytest.raises(ValueError, match="no layer is written 'Conv'"):
        network("Flatten Conv S10", (28, 28))


def test_an_unknown_experiment_is_named_with_those_there_are():
    with pytest.raises(ValueError, match="no experiment 'B9'; the record knows A0"):
        claims.compare("B9")


# --- marks ---


def test_with_fewer_than_three_runs_nothing_is_judged(results):
    assert mark("B2", "test accuracy") == "not judged"
    results("B2", [0.99, 0.991])
    assert mark("B2", "test accuracy") == "not judged"


def test_the_marks_follow_the_interval_and_its_width(results):
    results("B2", [0.9905, 0.991, 0.9915])
    assert mark("B2", "test accuracy") == "compatible"
    results("B2", [0.985, 0.991, 0.997])
    assert mark("B2", "test accuracy") == "too wide to say"
    results("B2", [0.9851, 0.9861, 0.9871])
    assert mark("B2", "test accuracy") == "lower"
    results("B2", [0.9954, 0.9964, 0.9974])
    assert mark("B2", "test accuracy") == "higher"


def test_a_mean_of_several_runs_is_met_more_closely_than_a_single_run(results):
    results("A7b-128+128", [0.9705, 0.9715, 0.9725])
    assert mark("A7b", "test accuracy", entry="128+128") == "lower"


def test_the_single_runs_of_a_study_are_compared_by_their_own_spread(results):
    results("F10d", [0.730, 0.731, 0.732, 0.733, 0.734])
    verdict = claims.judge(claims.experiment("F10d"), figure("F10d", "test accuracy"))
    assert verdict.difference == agreement.welch(verdict.values, figure("F10d", "test accuracy").values)


def test_a_figure_behind_which_there_is_a_trap_is_explained_where_it_differs(results):
    results("B6", [0.981, 0.982, 0.983])
    verdict = claims.judge(claims.experiment("B6"), figure("B6", "test accuracy"))
    assert (verdict.mark, verdict.why) == ("explained", "B-fit-twice")


def test_runs_that_scatter_because_of_a_trap_are_explained_and_not_swallowed_by_their_own_interval(results):
    results("A2", [0.57, 0.67, 0.76, 0.86, 0.96, 0.86, 0.95, 0.76, 0.85, 0.95])
    verdict = claims.judge(claims.experiment("A2"), figure("A2", "test accuracy"))
    assert (verdict.mark, verdict.why) == ("explained", "A-dead")
    assert verdict.difference.low < 0 < verdict.difference.high
    assert verdict.recorded == "median 0.8550, 0.5700 to 0.9600 (10 runs)"


def test_counts_go_by_ranks(results):
    results("C9", [0.99, 0.991, 0.992])
    assert mark("C9", "errors among the first 100") == "compatible"  # 1 each, as in the study
    results("C0", [0.92, 0.91, 0.92])
    verdict = claims.judge(claims.experiment("C0"), figure("C0", "errors among the first 100"))
    assert (verdict.mark, verdict.ranks) == ("too wide to say", True)


def test_parameters_are_compared_exactly_and_with_one_run(results):
    results("B2", [0.99])
    assert mark("B2", "parameters") == "compatible"
    results("B3", [0.99])
    assert mark("B3", "parameters") == "lower"


def test_a_bound_is_met_when_the_whole_interval_of_the_mean_meets_it(results):
    results("A6-16", [0.95, 0.951, 0.952])
    assert mark("A6", "test accuracy", entry="16") == "compatible"


def test_the_best_of_a_sweep_is_named_without_the_sweep_s_id(results):
    for rate in ("0", "0.2", "0.4", "0.6", "0.8"):
        results(f"A7c-{rate}", [0.90, 0.901, 0.902])
    assert mark("A7c", "test accuracy") == "too wide to say"
    results("A7c-0.4", [0.97, 0.971, 0.972])
    verdict = claims.judge(claims.experiment("A7c"), figure("A7c", "test accuracy"))
    assert (verdict.mark, verdict.why) == ("lower", "0.4 is")


def test_an_entry_that_another_experiment_has_recorded_is_read_from_there(results):
    for rate in ("0.2", "0.4", "0.6", "0.8"):
        results(f"F10a-{rate}", [0.60, 0.601, 0.602])
    assert (
        claims.file_of("F10a-0") == "F9"
        and claims.file_of("F8b-32") == "F8a"
        and claims.file_of("A7d") == "A7c-0.2"
    )
    assert mark("F10a", "test accuracy", best="0") == "not judged"
    results("F9", [0.70, 0.701, 0.702])
    assert mark("F10a", "test accuracy", best="0") == "compatible"
    assert len(claims.recorded("F10a-0")) == 3


def test_a_run_whose_loss_left_the_numbers_is_shown_and_stops_the_judgement(results):
    results("B2", [0.99, 0.991, 0.992], test={"accuracy": 0.1, "loss": None, "errors_in_100": 90})
    verdict = claims.judge(claims.experiment("B2"), figure("B2", "test loss"))
    assert (verdict.mark, verdict.why) == ("not judged", "the loss of a run left the numbers")
    assert (
        claims.value({"history": {"val_loss": [None, 2.0, 1.0]}}, claims.Figure("test loss", at="stop")) == 1
    )


def test_the_worst_of_a_sweep_is_judged_alike(results):
    for depth, level in zip("0123", (0.92, 0.96, 0.97, 0.96), strict=True):
        results(f"A7a-{depth}", [level, level + 0.001, level + 0.002])
    assert mark("A7a", "test accuracy", worst="0") == "compatible"
    results("A7a-3", [0.5, 0.501, 0.502])
    assert mark("A7a", "test accuracy", worst="0") == "higher"


def test_early_stopping_keeps_the_epoch_of_the_lowest_loss_until_its_patience_ends():
    losses = [5, 4, 3, *[3.5] * 9, 2, *[9] * 20, 1]
    run = {
        "history": {"val_loss": losses, "val_accuracy": [1 / n for n in losses], "loss": [], "accuracy": []}
    }
    assert claims.value(run, claims.Figure("test loss", at="stop")) == 2
    run["history"]["val_loss"] = [5, 4, 3, *[3.5] * 10, 2]
    assert claims.value(run, claims.Figure("test loss", at="stop")) == 3
    assert claims.value(run, claims.Figure("epochs until stopped")) == 13


def test_what_is_counted_comes_from_the_run(results):
    results("B2", [0.99])
    [run] = claims.recorded("B2")
    run["test"]["confusion"][5][5], run["test"]["confusion"][5][3] = 0, 199
    assert claims.value(run, claims.Figure("classes never answered")) == 1
    assert claims.value(run, claims.Figure("dogs called cat")) == 199
    assert claims.value(run, claims.Figure("seconds per epoch")) == 10


def test_of_the_best_run_the_record_shows_the_best(results):
    results("F8a", [0.30, 0.36, 0.28])
    verdict = claims.judge(claims.experiment("F8a"), figure("F8a", "test accuracy", at="best run"))
    assert (verdict.mark, verdict.recorded) == ("not judged", "0.3600")


def test_an_unknown_protocol_is_refused_and_not_taken_for_an_open_one():
    with pytest.raises(ValueError, match="no protocol 'B7'"):
        claims.recorded("B7")


# --- tables ---


def test_three_columns_stand_side_by_side_and_a_quick_run_is_shown_but_not_judged(results):
    results("B2", [0.9905, 0.991, 0.9915])
    history = pd.DataFrame(
        {"run": [0, 0, 1, 1], "epoch": [1, 2, 1, 2], "accuracy": [0.1, 0.2, 0.1, 0.4], "val_accuracy": 0.5}
    )
    provenance = {"protocol": {"parameters": 34_826}}
    here = Runs(history=history, test=None, predictions=None, seconds=1.0, provenance=provenance)
    table = claims.compare("B2", here)
    assert list(table.columns) == ["source", "recorded", "this run", "difference", "mark"]
    assert table.loc["test accuracy"].tolist() == [
        "0.9912",
        "0.9910 ± 0.0005 (3 runs)",
        "0.5000 ± 0.0000 (2 runs)",
        "-0.0002 [-0.0027, +0.0023]",
        "compatible",
    ]
    assert table.loc["parameters", "this run"] == "34,826"
    assert table.loc["test loss", "this run"] == "–"
    assert claims.compare("D1", here).loc["evaluated train accuracy", "this run"] == "–"


def test_without_a_record_the_table_says_so(results):
    table = claims.compare("B2")
    assert table["recorded"].tolist() == ["open"] * 4
    assert claims.state(["B"]).loc["B2", ["runs", "state"]].tolist() == ["0 of 5", "open"]


def test_the_page_holds_every_figure_every_trap_and_the_links_it_is_given(results):
    results("B6", [0.981, 0.982, 0.983])
    html = reproduction.tables({"B-fit-twice": "there.html#why"})
    figures = sum(len(about.figures) for about in claims.experiments().values())
    claimed, trapped = html.split("</table>")[:2]
    variants = sum(
        len(about.protocols) - 1 for about in claims.experiments().values() if about.id in about.protocols
    )
    assert claimed.count("<tr>") == figures + variants + 1  # and the heading
    assert claimed.count('<tr class="experiment">') == len(claims.experiments())
    assert trapped.count("<tr>") == len(claims.traps()) + 1
    assert claimed.count('<a href="there.html#why">B-fit-twice</a>') == 2
    assert '<a href="there.html#why">explained here</a>' in trapped


# --- pairs ---


def kept(right):
    """What a run keeps of the answers to eight test images."""
    bits = base64.b64encode(np.packbits(np.array(right, bool))).decode()
    return {"accuracy": float(np.mean(right)), "right": bits, "confusion": [[len(right)]]}


def test_runs_of_one_seed_are_compared_image_by_image(results):
    results("B2", [0.0], test=kept([1, 1, 1, 1, 1, 1, 0, 0]))
    results("B3", [0.0], test=kept([1, 0, 0, 0, 0, 0, 1, 0]))
    table = claims.paired("B2", "B3")
    assert table.loc[0].to_dict() == {
        "one": 0.75,
        "two": 0.25,
        "difference": 0.5,
        "only_one": 5,
        "only_two": 1,
        "p": pytest.approx(2 * 7 / 64),  # at most 1 of 6 heads, or at most 1 tail
    }
    assert claims.right(claims.recorded("B2")[0]).tolist() == [True] * 6 + [False] * 2


def test_only_seeds_that_both_have_make_pairs_and_older_runs_have_no_images(results):
    results("B2", [0.99, 0.98, 0.97])
    results("B3", [0.96, 0.97])
    table = claims.paired("B2", "B3")
    assert table["difference"].tolist() == pytest.approx([0.03, 0.01])
    assert table[["only_one", "only_two", "p"]].isna().all(axis=None)
    assert claims.paired("B2", "B1").empty


def test_networks_that_answered_different_images_make_no_pairs():
    said = (
        "D1 and B2 are scored on different images: fashion_mnist, 9000 drawn, mnist, the published test set"
    )
    with pytest.raises(ValueError, match=said):
        claims.paired("D1", "B2")
    assert claims.paired("B2", "C3") is not None and claims.paired("D4", "D9") is not None
    with pytest.raises(ValueError, match="no protocol 'B7'"):
        claims.paired("B2", "B7")


# --- what claims.toml may say ---


@pytest.mark.parametrize(
    ("place", "key", "message"),
    [
        (
            lambda d: d["experiments"][0],
            "epoch",
            "experiment A0: unknown key 'epoch'; did you mean 'epochs'?",
        ),
        (lambda d: d["parts"]["G"], "patiense", "part G: unknown key 'patiense'; did you mean 'patience'?"),
        (
            lambda d: d["experiments"][0]["figures"][1],
            "valu",
            "experiment A0, figure 2: unknown key 'valu'; did you mean 'value'?",
        ),
        (
            lambda d: next(e for e in d["experiments"] if e["id"] == "B6")["also"]["twice"],
            "runs",
            "experiment B6, also twice: unknown key 'runs'; there are batch_size, data",
        ),
        (lambda d: d, "part", "top level: unknown key 'part'; did you mean 'parts'?"),
    ],
)
def test_a_key_that_nobody_reads_is_refused_with_its_place_and_the_nearest_one(place, key, message):
    document = tomllib.loads((ROOT / "src" / "coursekit" / "record" / "claims.toml").read_text())
    claims.read_experiments(document)
    place(document)[key] = 5
    with pytest.raises(ValueError, match=re.escape(f"claims.toml, {message}")):
        claims.read_experiments(document)


@pytest.mark.parametrize("id", claims.experiments())
def test_no_experiment_is_called_recorded_after_one_run(id):
    assert claims.experiment(id).runs >= 3


# --- files ---


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"protocol_digest": "1"}',
        '{"protocol_digest": "1", "protocol": {}, "runs": null}',
        '{"protocol_digest": "1", "protocol": {}, "runs": [{}]}',
    ],
)
def test_a_damaged_file_is_named(results, tmp_path, content):
    (tmp_path / "B2.json").write_text(content)
    with pytest.raises(ValueError, match=r"B2\.json: not a file that `coursekit reproduce` wrote"):
        claims.compare("B2")


def test_a_second_file_of_one_protocol_is_refused(results, tmp_path):
    results("F8a", [0.2])
    (tmp_path / "F8a.json").rename(tmp_path / "F8b-32.json")
    with pytest.raises(ValueError, match=r"F8b-32\.json: the same protocol is recorded in F8a\.json"):
        claims.read(tmp_path / "F8b-32.json")


def test_a_record_of_another_protocol_is_refused(results, tmp_path):
    results("B2", [0.99])
    text = (tmp_path / "B2.json").read_text()
    (tmp_path / "B2.json").write_text(text.replace('"epochs": 10', '"epochs": 9'))
    with pytest.raises(ValueError, match=r"B2\.json: measured by another protocol"):
        claims.compare("B2")


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_every_recorded_run_fits_its_protocol_and_its_data(path):
    document = claims.read(path)
    protocol = document["protocol"]
    about = data._about(protocol["data"])
    for run in document["runs"]:
        assert run["data"]["digest"] == about.digest
        if "network" in protocol:
            check_history(run, protocol)
        confusion = np.array(run["test"]["confusion"])
        assert confusion.shape == (10, 10) and confusion.sum() == SIZES[protocol["split"]]
        assert np.trace(confusion) / confusion.sum() == pytest.approx(run["test"]["accuracy"], abs=1e-5)
        if "right" in run["test"]:
            assert claims.right(run).sum() == np.trace(confusion)
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", run["date"]) and run["seconds"] > 0
        assert run["versions"].keys() >= {"keras", "backend", "python"} and run["machine"]["cores"] >= 1


def check_history(run, protocol):
    history, patience = run["history"], protocol.get("patience")
    assert {"loss", "accuracy"} <= history.keys()
    assert ("val_loss" in history) == (protocol["split"] != "51000/0/9000")
    [epochs] = {len(series) for series in history.values()}
    best = int(np.argmin(history["val_loss"])) if patience else 0
    assert epochs == min(protocol["epochs"], best + 1 + patience if patience else math.inf)
    if patience:  # the best epoch's weights were scored, and half of the images were looked at by themselves
        assert run["test"]["loss"] == pytest.approx(history["val_loss"][best], abs=1e-4)
        assert {"half_loss", "half_accuracy"} <= history.keys()


def test_there_is_a_record():
    assert len(RESULTS) > 40
