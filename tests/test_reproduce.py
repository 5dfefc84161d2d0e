"""The record is made run by run, can be stopped anywhere, and comes out the same again."""

import json
import os
import random
import subprocess
import sys

import numpy as np
import psutil
import pytest
from conftest import ROOT
from fixtures import cells

from coursekit import cli, data, training
from coursekit.record import claims, reproduce
from coursekit.record.reproduce import Task

real_data = pytest.mark.skipif(
    "COURSEKIT_DATA_DIR" not in os.environ, reason="needs the real data: set COURSEKIT_DATA_DIR"
)
RUN = {"seed": 0, "test": {"accuracy": 0.9}, "seconds": 1.0, "history": {"loss": [1.0]}}


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSEKIT_RESULTS", str(tmp_path / "results"))
    return tmp_path / "results"


# --- what is open ---


def test_first_runs_come_before_repeats_and_parts_in_their_order(place):
    tasks = reproduce.plan(["B", "D9"])
    assert tasks[:4] == [Task("D9", 0), Task("D9-scaled", 0), Task("D9", 1), Task("D9-scaled", 1)]
    of_b = [task for task in tasks if task.name[0] == "B"]
    assert [task.name for task in of_b[:7]] == ["B1", "B2", "B3", "B4", "B5", "B6", "B6-twice"]
    assert of_b[-4:] == [Task(name, 4) for name in ("B2", "B3", "B6", "B6-twice")]


def test_what_is_recorded_is_not_open_and_what_two_experiments_share_is_open_once(place):
    reproduce.keep(Task("B2", 1), {**RUN, "seed": 1}, place)
    assert reproduce.plan(["B2"]) == [Task("B2", seed) for seed in (0, 2, 3, 4)]
    assert reproduce.plan(["B2"], runs=2) == [Task("B2", 0)]
    assert reproduce.plan(["A0", "A1"], runs=2) == [Task("A0", 0), Task("A0", 1)]


def test_equal_protocols_of_two_experiments_are_trained_once(place):
    assert reproduce.plan(["F10a"], runs=1)[0] == Task("F9", 0)
    assert reproduce.plan(["F8a", "F8b"], runs=1).count(Task("F8a", 0)) == 1
    reproduce.keep(Task("F9", 0), RUN, place)
    assert [task.name for task in reproduce.plan(["F10a"], runs=1)] == [
        f"F10a-{rate}" for rate in ("0.2", "0.4", "0.6", "0.8")
    ]


def test_an_unknown_experiment_is_refused_before_anything_is_trained(place, capsys):
    assert cli.main(["reproduce", "Z1", "--course", str(ROOT)]) == 1
    assert "no experiment or part 'Z1'; there are A0, A1" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--runs", "--jobs"])
@pytest.mark.parametrize("number", ["0", "-1"])
def test_a_number_below_one_is_refused(place, capsys, option, number):
    assert cli.main(["reproduce", "B2", option, number, "--course", str(ROOT)]) == 1
    assert f"{option[2:]} must be at least 1, got {number}" in capsys.readouterr().err


def test_the_record_is_that_of_the_course_that_is_named(small_course, monkeypatch, capsys):
    monkeypatch.setenv("COURSEKIT_RESULTS", "")
    monkeypatch.delenv("COURSEKIT_RESULTS")
    assert cli.main(["reproduce", "--list", "A0", "--course", str(small_course)]) == 0
    assert "0 of 10" in capsys.readouterr().out
    assert os.environ.pop("COURSEKIT_RESULTS") == str(small_course / "results")


def test_the_list_shows_each_experiment_with_its_state(place, capsys):
    reproduce.keep(
        Task("B2", 0), {**RUN, "parameters": 34_826, "test": {"accuracy": 0.99, "loss": 0.1}}, place
    )
    assert cli.main(["reproduce", "--list", "B", "--course", str(ROOT)]) == 0
    shown = capsys.readouterr().out
    assert "1 of 5  partly recorded  1 compatible, 3 not judged" in shown
    assert shown.count("open") == 5


# --- files ---


def test_runs_are_kept_in_the_order_of_their_seeds_a_line_each_and_a_new_one_takes_the_place_of_its_seed(
    place,
):
    for seed in (2, 0, 1):
        reproduce.keep(Task("B2", seed), {**RUN, "seed": seed}, place)
    path = reproduce.keep(Task("B2", 1), {**RUN, "seed": 1, "seconds": 7.0}, place)
    assert [(run["seed"], run["seconds"]) for run in claims.read(path)["runs"]] == [
        (0, 1.0),
        (1, 7.0),
        (2, 1.0),
    ]
    assert sum(line.startswith('  {"seed"') for line in path.read_text().splitlines()) == 3


def test_two_commands_at_once_lose_no_run(place):
    script = (
        "import sys; from coursekit.record import claims, reproduce; from coursekit.record.reproduce import Task\n"
        "for n in range(20):\n"
        "    seed = 2 * n + int(sys.argv[1])\n"
        "    reproduce.keep(Task('B2', seed), {'seed': seed}, claims.folder())\n"
    )
    both = [subprocess.Popen([sys.executable, "-c", script, str(k)]) for k in range(2)]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    assert [run["seed"] for run in claims.recorded("B2")] == list(range(40))


# --- data ---


def test_stand_ins_are_never_recorded(monkeypatch):
    monkeypatch.setattr(
        data, "_find", lambda name: ("embedded sample", None, "no network", "0" * 64, stand_in())
    )
    with pytest.raises(ValueError, match="a record needs the published images"):
        reproduce.dataset.__wrapped__("mnist", "test", "scaled", "one-hot")


def stand_in():
    images, labels = np.zeros((200, 28, 28), np.uint8), np.arange(200) % 10
    return images, labels, images[:100], labels[:100]


@real_data
def test_the_three_parts_of_study_4_are_drawn_as_there_and_share_no_image():
    kept = reproduce.dataset.__wrapped__("fashion_mnist", "42000/9000/9000", "raw", "one-hot")
    again = reproduce.dataset.__wrapped__("fashion_mnist", "51000/0/9000", "scaled", "one-hot")
    assert [len(part) for part in (kept.x_train, kept.x_val, kept.x_test)] == [42_000, 9_000, 9_000]
    assert [len(part) for part in (again.x_train, again.x_val, again.x_test)] == [51_000, 0, 9_000]
    assert kept.x_train.max() == 255 and again.x_train.max() == 1
    assert (kept.x_test[:50] / np.float32(255) == again.x_test[:50]).all()
    # A few images occur twice in Fashion-MNIST itself.
    shared = {image.tobytes() for image in kept.x_test} & {image.tobytes() for image in kept.x_train}
    assert len(shared) < 20


# --- training ---


def started(place):
    """The command with four runs to make, when its first run is kept; that line, and its worker processes."""
    command = [sys.executable, "-m", "coursekit.cli", "reproduce", "A7a", "--runs", "1", "--jobs", "2"]
    process = subprocess.Popen(
        [*command, "--course", str(ROOT)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    line = process.stdout.readline()
    return process, line, psutil.Process(process.pid).children(recursive=True)


@real_data
def test_killed_at_any_point_it_keeps_every_finished_run_and_goes_on_with_the_rest(place):
    files = {claims.file_of(f"A7a-{depth}") for depth in range(4)}
    process, line, workers = started(place)
    process.kill()
    process.wait()
    assert len(workers) >= 2 and psutil.wait_procs(workers, timeout=60)[1] == []
    assert line.split()[0] in files and "3 left" in line
    kept = {path.stem for path in place.glob("*.json")}
    assert len(kept) >= 1

    process, line, workers = started(place)
    for worker in workers:
        if "spawn_main" in " ".join(worker.cmdline()):
            worker.kill()
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "coursekit: a worker process was ended from outside" in errors and "--jobs 1" in errors
    assert line.split()[0] not in kept and (place / f"{line.split()[0]}.json").is_file()

    process, _, _ = started(place)
    process.communicate(timeout=240)
    assert process.returncode == 0
    assert {path.stem for path in place.glob("*.json")} == files
    assert reproduce.plan(["A7a"], runs=1) == []


@real_data
def test_one_recorded_run_drawn_at_random_comes_out_the_same_at_full_protocol():
    cheap = [
        (name, run)
        for name in claims.protocols()
        for run in claims.recorded(name)
        if run["seconds"] < 12
        and run["versions"]["backend"].startswith("tensorflow")
        # Runs that stall on plateaus may end on another one after the last digit was rounded differently.
        and np.std([other["test"]["accuracy"] for other in claims.recorded(name)]) < 0.005
    ]
    name, before = random.choice(cheap)
    print("drawn:", name, "seed", before["seed"])
    now = reproduce.train(claims.protocols()[name], before["seed"])
    assert now["parameters"] == before["parameters"]
    assert now["untrained"]["loss"] == pytest.approx(before["untrained"]["loss"], rel=1e-3)
    # Another processor rounds differently, and training magnifies that.
    assert now["history"]["loss"][0] == pytest.approx(before["history"]["loss"][0], rel=0.05)
    assert now["test"]["accuracy"] == pytest.approx(before["test"]["accuracy"], abs=0.02)


def test_early_stopping_keeps_the_best_epoch_and_looks_at_half_of_the_images_by_themselves():
    used = data.load("cifar10", split="test").take(120, val=60, test=60).scaled().one_hot()
    protocol = {**claims.protocols()["G5-1000"], "network": "Flatten D64 S10", "epochs": 60, "patience": 2}
    run = reproduce.train(protocol, 0, used)
    history = run["history"]
    best = int(np.argmin(history["val_loss"]))
    assert len(history["loss"]) == best + 3 < 60
    assert {len(series) for series in history.values()} == {best + 3}
    assert run["test"]["loss"] == pytest.approx(history["val_loss"][best], abs=1e-4)
    assert history["half_loss"][best] != history["val_loss"][best]
    assert claims.value(run, claims.Figure("test loss", at="stop")) == history["val_loss"][best]


def test_a_run_keeps_its_training_figures_after_training_and_which_test_images_it_got_right():
    used = data.load("fashion_mnist", split="test").take(120, val=60, test=60).scaled().one_hot()
    run = reproduce.train({**claims.protocols()["D3"], "epochs": 3, "batch_size": 20}, 0, used)
    assert run["train"].keys() == {"loss", "accuracy"}
    assert run["train"]["loss"] < run["history"]["loss"][-1]  # later, and without dropout
    assert claims.right(run).mean() == pytest.approx(run["test"]["accuracy"], abs=1e-6)
    figure = claims.Figure("evaluated train accuracy")
    assert claims.value(run, figure) == run["train"]["accuracy"]


@pytest.mark.parametrize("order", ["reshuffled", "frozen"])
def test_the_order_of_the_protocol_is_the_one_that_is_trained(order, monkeypatch):
    asked = []
    shuffles = training.shuffles
    monkeypatch.setattr(
        training, "shuffles", lambda *a, **options: asked.append(options) or shuffles(*a, **options)
    )
    used = data.load("mnist", split="test").take(60, val=20, test=20).scaled()
    reproduce.train({**claims.protocols()["A5"], "epochs": 1, "order": order}, 0, used)
    assert asked == [{"reshuffle": order == "reshuffled"}]


def test_a_repeated_set_passes_its_images_several_times_an_epoch_and_scores_as_ever():
    used = data.load("cifar10", split="test").take(40, val=20, test=20).scaled().one_hot()
    protocol = {**claims.protocols()["G5-1000-equal"], "network": "Flatten S10", "epochs": 2}
    often = reproduce.train({**protocol, "repeat": 8}, 0, used)
    once = reproduce.train({key: protocol[key] for key in protocol if key != "repeat"}, 0, used)
    assert often["train"]["loss"] < once["train"]["loss"]
    assert sum(map(sum, often["test"]["confusion"])) == 20


@pytest.fixture
def solved(place):
    """A course whose chapter `challenge` holds a solution of one challenge only."""
    source = """def mnist_challenge(x_train, y_train, seconds):
    assert x_train.dtype == "uint8" and seconds == 9
    model = keras.Sequential([keras.Input(shape=(28, 28)), keras.layers.Rescaling(1 / 255), keras.layers.Flatten()])
    model.add(keras.layers.Dense(10, activation="softmax"))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    model.fit(x_train, y_train, epochs=20, verbose=0)
    return model"""
    nb = cells.chapter(cells.solution("mnist-challenge", source), cells.solution("cifar10-challenge", "pass"))
    for cell, name in zip(
        nb.cells[1:], ("parameters", "setup", "mnist-challenge", "cifar10-challenge"), strict=True
    ):
        cell.id = name
    nb.cells[2].source = "import keras"
    cells.write(place.parent, "challenge", nb)
    return place


def test_a_challenge_is_recorded_by_the_course_s_own_solution_and_scored_as_a_submission_is(solved):
    protocol = {**claims.protocols()["H1"], "seconds": 9}
    run = reproduce.train(protocol, 3, data.load("mnist", split="test").take(300, val=100, test=100))
    assert run["parameters"] == 7_850 and run["seed"] == 3
    assert 0.3 < run["test"]["accuracy"] <= 1 and 0.2 < run["test"]["transformed"] <= 1
    assert np.trace(run["test"]["confusion"]) == round(100 * run["test"]["accuracy"])


def test_without_the_solution_the_challenge_cannot_be_recorded(solved):
    with pytest.raises(
        ValueError, match=r"challenge\.ipynb: no solution of cifar10_challenge; only the course's own"
    ):
        reproduce.train(claims.protocols()["H2"], 0, data.load("cifar10", split="test").take(20))


JAX = """
import json, sys
import numpy as np
from coursekit import data
from coursekit.record import claims, reproduce
images = np.random.default_rng(0)
found = {}
for name in sys.argv[1:]:
    protocol = {**claims.protocols()[name], "epochs": 2, "batch_size": 20}
    used = data.load(protocol["data"], split="test").take(400, val=100, test=100).scaled()
    used = used.one_hot() if protocol["labels"] == "one-hot" else used
    found[name] = reproduce.train(protocol, 0, used)
print(json.dumps(found))
"""


def test_with_jax_as_backend_the_experiments_train_as_well():
    names = ["A5", "D8"]
    environment = {**os.environ, "KERAS_BACKEND": "jax", "COURSEKIT_DATA_DIR": ""}
    del environment["COURSEKIT_DATA_DIR"]
    done = subprocess.run(
        [sys.executable, "-c", JAX, *names], capture_output=True, text=True, timeout=300, env=environment
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    for name in names:
        assert found[name]["versions"]["backend"].startswith("jax")
        losses = found[name]["history"]["loss"]
        assert losses[1] < losses[0]
        assert found[name]["trained_by"] == "fit"
