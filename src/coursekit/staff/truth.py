"""What a chapter's text says of its runs, checked against them.

`truth/<chapter>.py` holds one function for each sentence that a run could contradict. It is named like the sentence,
takes the names that the notebook's cells defined, and asserts:

    def three_walkers_and_only_one_arrives(run):
        assert run["losses"]["0.3"] < 0.1 < run["losses"]["0.02"]

Whenever `coursekit run` has executed a chapter, its kernel checks them and the outcome is kept beside the notebook; a
sentence that fails stops nobody. `make test` asserts them for the quick profile on the real data, `make truth` for
runs with other seeds.
"""

import importlib.util
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

# So far apart are the seeds of two runs: no seed of one is a seed of the other.
SEEDS_APART = 1_000


def path(root: Path, chapter: str) -> Path:
    """Where the sentences of a chapter stand."""
    return root / "truth" / f"{chapter}.py"


def sentences(file: Path) -> dict[str, Callable[[Mapping[str, Any]], None]]:
    """The sentences of a file, by name."""
    spec = importlib.util.spec_from_file_location(f"truth_{file.stem.replace('-', '_')}", file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {
        name: thing
        for name, thing in vars(module).items()
        if inspect.isfunction(thing)
        and thing.__module__ == module.__name__
        and list(inspect.signature(thing).parameters) == ["run"]
    }


def check(file: str, run: Mapping[str, Any], answer: str) -> None:
    """Check each sentence of `file` against the names that a notebook defined, and write to `answer` what failed.

    Called in the notebook's kernel. The answer is JSON: for each sentence why it does not hold, or "".
    """
    outcome = {}
    for name, holds in sentences(Path(file)).items():
        try:
            holds(run)
            outcome[name] = ""
        except Exception as error:
            outcome[name] = _reason(error)
    Path(answer).write_text(json.dumps(outcome), encoding="utf-8")


def _reason(error: Exception) -> str:
    """What failed, and in which line."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    line = trace.tb_lineno if trace else 0
    return f"line {line}: {type(error).__name__}: {error}".strip(": ")


def shift_seeds(by: int) -> None:
    """Let every seed of this process mean another one: `by` is added to Keras's, and to NumPy's generators'.

    Called in a notebook's kernel, before its first cell.
    """
    import keras
    import numpy as np

    set_random_seed, default_rng = keras.utils.set_random_seed, np.random.default_rng

    def shifted_rng(seed: Any = None) -> Any:
        return default_rng(seed + by if isinstance(seed, int) else seed)

    keras.utils.set_random_seed = lambda seed: set_random_seed(seed + by)
    np.random.default_rng = shifted_rng


def table(outcomes: Mapping[str, Sequence[Mapping[str, str]]]) -> str:
    """By chapter: each sentence, in how many runs it held, and why it did not in the first one where it failed."""
    rows = []
    for chapter, runs in outcomes.items():
        for name in runs[0]:
            failed = [run[name] for run in runs if run[name]]
            held = f"{len(runs) - len(failed)} of {len(runs)}"
            rows.append(
                f"{chapter}: {held:>8}  {name.replace('_', ' ')}" + (f"\n    {failed[0]}" if failed else "")
            )
    return "\n".join(rows)
