"""Assertions for graded cells and for students who check themselves.

A check returns None in silence when it is satisfied. Otherwise it raises an AssertionError that says what was
expected, what came, and the likely slip. Checks judge what a value is or what a model does, not how it was
written. They accept whatever numpy can turn into an array of numbers (scalars, lists, arrays, tensors), and
compare nothing before it is one: an answer cannot bring its own idea of equality.
"""

import re
from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np

# The points of each test that passed in this kernel and has not failed since, by its name.
_passed: dict[str, float] = {}


def worth(test: str, *, points: float, of: float) -> None:
    """Say, when the cell that begins with this has passed, how many points its tests have given so far.

    `coursekit release` writes it into test cells. test: the cell's name. of: the points of all tests in the chapter
    that students can see. It decides about no points: the grader runs the course's own cells, which lack this line.
    Without IPython it does nothing.
    """
    from IPython import get_ipython

    if (shell := get_ipython()) is None:
        return

    def tell(result: Any) -> None:
        shell.events.unregister("post_run_cell", tell)
        _passed.pop(test, None)
        if result.success:
            _passed[test] = _share(result.result, points)
            print(
                f"✓ {_passed[test]:g} of {points:g} points here, {sum(_passed.values()):g} of {of:g} in this chapter, "
                "hidden tests aside."
            )

    shell.events.register("post_run_cell", tell)


def _share(shown: Any, points: float) -> float:
    """The points of a test that passed: all of them, or the number that it shows."""
    partial = isinstance(shown, int | float) and not isinstance(shown, bool)
    return min(max(float(shown), 0.0), points) if partial else points


def defined(value, name: str) -> None:
    """Check that `value` is something: neither None nor `...`."""
    if value is None or value is Ellipsis:
        got = "None" if value is None else "..."
        _fail(name, "a value", f"{got}, it is not defined yet", "did you forget a return?")


def shape(value, expected: tuple[int | None, ...], name: str, *, slip: str = "") -> None:
    """Check the shape of an array of numbers; None in `expected` stands for any length of that axis.

    slip: replaces the guess at what went wrong, here and in the other checks.
    """
    _same_shape(_numbers(value, name), tuple(expected), name, slip)


def close(value, expected, name: str, *, tolerance: float = 1e-6, slip: str = "") -> None:
    """Check that numbers have the shape of `expected` (no broadcasting) and differ from it by little.

    The difference may be up to `tolerance`, times |expected| where that is above 1. NaN and infinity are
    refused. Raises ValueError if `expected` itself is not finite.
    """
    wanted = np.asarray(expected, float)
    if not np.isfinite(wanted).all():
        raise ValueError(f"{name}: the expected values must be finite")
    found = _numbers(value, name)
    if found.dtype == bool:
        _fail(name, "numbers", "truth values", slip or "did you compare where you should compute?")
    _same_shape(found, wanted.shape, name, slip)
    _finite(found, name, slip)
    got = found.astype(float)
    wrong = ~_near(got, wanted, tolerance)
    if wrong.any():
        _fail(name, *_difference(wanted, got, wrong), slip or _numeric_slip(found, wanted, tolerance))


def integer(value, expected: int, name: str, *, slip: str = "") -> None:
    """Check one whole number of an integer type: Python's, numpy's, or an array or tensor without axes.

    Neither truth values nor floats pass, not even 330.0.
    """
    found = _numbers(value, name)
    wanted = f"the integer {int(expected)}"
    if found.ndim:
        what = f"an array of shape {found.shape}"
        _fail(name, wanted, what, slip or "did you forget to sum, or to take one element?")
    if found.dtype.kind not in "iu":
        if found.dtype == bool:
            _fail(name, wanted, f"the truth value {found}", slip or "did you compare where you should count?")
        hint = "did you divide with / where you need // , or forget int(...)?"
        _fail(name, wanted, f"the float {found}", slip or hint)
    if int(found) != int(expected):
        off = int(found) - int(expected)
        hint = "did you count one too many or one too few?" if abs(off) == 1 else ""
        _fail(name, wanted, f"{int(found)}", slip or hint)


def probabilities(value, name: str, *, tolerance: float = 1e-4, slip: str = "") -> None:
    """Check that each row (the last axis) holds probabilities: none negative, and their sum 1."""
    found = _numbers(value, name)
    if not found.ndim or not found.size:
        _fail(name, "rows of probabilities", _described(found), slip or "did you pass a single number?")
    _finite(found, name, slip)
    rows = found.astype(float)
    if (rows < 0).any():
        at = _first(rows < 0)
        hint = "did you forget the exponential? A softmax is never negative"
        _fail(name, "no value below 0", f"{_number(rows[at])}{_where(at)}", slip or hint)
    sums = rows.sum(axis=-1)
    wrong = ~_near(sums, np.ones_like(sums), tolerance)
    if wrong.any():
        at = _first(wrong)
        hint = ""
        if rows.ndim > 1 and _near(rows.sum(), 1.0, tolerance):
            hint = (
                "did you divide by the sum of the whole array instead of each row's (axis=-1, keepdims=True)?"
            )
        elif rows.ndim > 1 and _near(rows.sum(axis=0), 1.0, tolerance).all():
            hint = "did you sum over axis 0 instead of the last axis?"
        _fail(
            name,
            "rows that sum to 1",
            f"a sum of {_number(sums[at])}" + (f" in row {_index(at)}" if at else ""),
            slip or hint or "did you forget to divide by the sum?",
        )


def same_labels(value, expected, name: str, *, slip: str = "") -> None:
    """Check that integer labels equal `expected` one by one; shape and order count."""
    wanted = np.asarray(expected)
    found = _numbers(value, name)
    if found.ndim == wanted.ndim + 1:
        hint = "did you forget argmax over the last axis?"
        _fail(name, f"labels of shape {wanted.shape}", _described(found), slip or hint)
    _same_shape(found, wanted.shape, name, slip)
    _whole(found, name, slip)
    wrong = found != wanted
    if wrong.any():
        share = np.mean(wrong)
        hint = "did you count classes from 1? Labels start at 0" if (found - 1 == wanted).all() else ""
        if not hint and share > 0.5:
            hint = "did you take argmax over the wrong axis?"
        _fail(name, *_difference(wanted, found, wrong), slip or hint)


def same_set(value, expected, name: str, *, slip: str = "") -> None:
    """Check that a list, set or array holds exactly the integers of `expected`, in any order, each once."""
    wanted = {int(i) for i in expected}
    if isinstance(value, set | frozenset):
        value = list(value)
    found = _numbers(value, name)
    if found.ndim != 1:
        _fail(name, "a list of integers", _described(found), slip or "did you forget to put it into a list?")
    if found.dtype == bool:
        hint = "did you forget np.flatnonzero, which turns a mask into indices?"
        _fail(name, "a list of integers", f"a mask of {found.size} truth values", slip or hint)
    if found.size:  # an empty list has no type of its own
        _whole(found, name, slip)
    got = [int(i) for i in found]
    if len(set(got)) < len(got):
        twice = sorted({i for i in got if got.count(i) > 1})
        _fail(name, "each index once", f"{_some(twice)} more than once", slip or "did you forget np.unique?")
    if set(got) != wanted:
        hint = "did you count from 1? Indices start at 0" if {i - 1 for i in got} == wanted else ""
        _fail(name, _some(sorted(wanted)), _some(sorted(got)), slip or hint)


def keras_model(
    model,
    *,
    input_shape: tuple[int, ...],
    output_shape: tuple[int, ...],
    max_parameters: int | None = None,
    name: str = "model",
) -> None:
    """Check a built and compiled Keras model by feeding it two blank inputs.

    input_shape, output_shape: of one image and its output, without the batch axis: (28, 28) and (10,).
    max_parameters: the budget, if there is one, for `count_parameters`.
    Classes and activations of somebody's own are refused, since no other process could build such a model again.
    """
    defined(model, name)
    import keras

    if isinstance(model, type) or not isinstance(model, keras.Model):
        hint = "did you forget to call the function that builds it?" if callable(model) else ""
        _fail(name, "a Keras model", _kind(model), hint or "did you return the model itself?")
    if not model.built:
        hint = f"did you forget keras.Input(shape={tuple(input_shape)}) as its first entry?"
        _fail(name, "a model that knows its input", "one without weights so far", hint)
    if not model.compiled:
        _fail(name, "a compiled model", "one that was not compiled", "did you forget model.compile(...)?")
    images = f"inputs of shape {tuple(input_shape)}"
    takes = getattr(model, "input_shape", None)
    if isinstance(takes, tuple) and not _fits(tuple(input_shape), takes[1:]):
        _fail(name, images, f"a model for {tuple(takes[1:])}", "did you forget to flatten inside the model?")
    outputs = _run(model, np.zeros((2, *input_shape), np.float32), name)
    if outputs.shape != (2, *output_shape):
        hint = "does the last layer have as many units as there are outputs?"
        if outputs.ndim > 1 + len(output_shape):
            hint = "did you forget Flatten?"
        _fail(name, f"outputs of shape {tuple(output_shape)}", f"{outputs.shape[1:]}", hint)
    _check_classes(model, name)
    if max_parameters is not None:
        count = count_parameters(model)
        if count > max_parameters:
            hint = "how many weights does each layer have? model.summary() shows them"
            _fail(name, f"at most {max_parameters} parameters", f"{count}", hint)


def _check_classes(model, name: str) -> None:
    """Check that a test can be given the model: it runs apart from the student's code, and without it."""
    import keras

    for part in _with_inner_layers(model):
        if isinstance(part, keras.layers.Lambda) or not type(part).__module__.startswith("keras."):
            _fail(
                name,
                "a model made of Keras's classes",
                f"{type(part).__name__} ({part.name})",
                "a test cannot be given it; use Sequential or functional models, layers of Keras and keras.ops",
            )
        for of in ("activation", "recurrent_activation"):
            function = getattr(part, of, None)
            module = getattr(function, "__module__", None) or ""
            if callable(function) and not module.startswith(("keras.", "tensorflow.")):
                _fail(
                    name,
                    "activations of Keras",
                    f"{getattr(function, '__name__', function)!r} in {part.name}",
                    "a test cannot be given a function of your own; apply keras.ops to the layer's output",
                )


def _with_inner_layers(model):
    """The model and all layers in it, those of inner models as well."""
    yield model
    for layer in getattr(model, "layers", ()):
        yield from _with_inner_layers(layer)


def count_parameters(model) -> int:
    """The numbers from which a Keras model computes its answers: its weights, trainable or not, and constants.

    Constants are numbers that layers and operations are called with or are given as arguments, as `Rescaling` and
    `Normalization` may be. The first 100 numbers are free, as preprocessing needs a few; more could hold what was
    learnt elsewhere.
    """
    import keras

    constants = _constants(keras.saving.serialize_keras_object(model)["config"])
    return model.count_params() + max(0, constants - 100)


# Arguments that are constants, be they floats or integers: of calls, and of layers and operations.
_CONSTANTS = frozenset(
    """inbound_nodes scale offset mean variance value max_value threshold negative_slope alpha x_min x_max
    bin_boundaries""".split()
)
# Arguments from which no answer is computed: weights that were made by them count already, or only training needs them.
_NO_CONSTANTS = ("initializer", "regularizer", "constraint", "_config", "rate", "momentum", "dropout", "seed")
# Above this a whole number says more than a size.
_LARGEST_SIZE = 10_000


def _constants(part) -> int:
    """How many numbers a part of a model's configuration holds that are no sizes."""
    if isinstance(part, dict):
        counted = [(key, value) for key, value in part.items() if not key.endswith(_NO_CONSTANTS)]
        return sum(_entries(value) if key in _CONSTANTS else _constants(value) for key, value in counted)
    if isinstance(part, list | tuple):
        # A shape or a stride is a short list; a long one is data, whatever layer it is for.
        return _entries(part) if _is_array(part) and _entries(part) > 8 else sum(map(_constants, part))
    return int(isinstance(part, float) or (isinstance(part, int) and abs(part) > _LARGEST_SIZE))


def _entries(part) -> int:
    if isinstance(part, dict):
        named = part.get("class_name") == "__keras_tensor__"
        return 0 if named else sum(_entries(v) for k, v in part.items() if k not in ("class_name", "dtype"))
    return sum(map(_entries, part)) if isinstance(part, list | tuple) else int(part is not None)


def _is_array(part) -> bool:
    return not isinstance(part, dict) and (not isinstance(part, list | tuple) or all(map(_is_array, part)))


def probability_outputs(model, name: str = "model") -> None:
    """Check that a built Keras model answers with probabilities, whatever the input: also a large one.

    A side of the images that the model leaves open is tried with 32 pixels.
    """
    defined(model, name)
    takes = getattr(model, "input_shape", None)
    if not isinstance(takes, tuple):
        _fail(name, "a built Keras model", _kind(model), "did you forget keras.Input(...)?")
    sides = [32 if side is None else side for side in takes[1:]]
    images = np.random.default_rng(0).random((16, *sides), dtype=np.float32)
    outputs = _run(model, np.concatenate([images, 10 * images]), name)
    probabilities(
        outputs, f"outputs of {name}", slip='did you forget activation="softmax" in the last layer?'
    )


def reported_accuracy(scored: Mapping[str, float], expected: float, name: str) -> None:
    """Check that one of a model's metrics is its accuracy, whatever the metric is called.

    scored: what `evaluate` or `test_on_batch` gives with `return_dict=True`; expected: the share of right answers,
    from which the metric may differ by 0.001.
    """
    metrics = {metric: value for metric, value in scored.items() if metric != "loss"}
    if not any(_near(np.asarray(value, float), expected, 1e-3) for value in metrics.values()):
        shown = ", ".join(f"{metric} {float(value):.3f}" for metric, value in metrics.items())
        hint = 'did you forget metrics=["accuracy"] in compile?'
        _fail(name, f"the accuracy {expected:.3f} among its metrics", shown or "no metric", hint)


def transformed(
    images: np.ndarray, *, seed: int, shift: float = 2.0, degrees: float = 10.0, contrast: float = 0.2
) -> np.ndarray:
    """Images that nobody has seen: each one moved, turned and faded a little, by chance.

    For tests of a model on public images, whose labels a submission could hold by heart; `seed` is then the secret
    of a hidden test. images: floats or integers of shape (n, height, width) or (n, height, width, channels); the
    result has their shape and type. Each image is shifted by at most `shift` pixels along both axes, turned by
    at most `degrees`, and its contrast around its mean changed by a factor of at most 1 +- `contrast`; values stay
    between the smallest and largest of all images. Raises ValueError for another number of axes.
    """
    from scipy import ndimage

    if images.ndim not in (3, 4):
        raise ValueError(
            f"images have the shape (n, height, width) or (n, height, width, channels), got {images.shape}"
        )
    rng = np.random.default_rng(seed)
    low, high = images.min(initial=0), images.max(initial=0)
    made = np.empty_like(images)
    for image, place in zip(images, made, strict=True):
        moved = ndimage.rotate(image.astype(float), rng.uniform(-degrees, degrees), reshape=False, order=1)
        by = [*rng.uniform(-shift, shift, size=2), *[0] * (image.ndim - 2)]
        moved = ndimage.shift(moved, by, order=1)
        moved = moved.mean() + (moved - moved.mean()) * rng.uniform(1 - contrast, 1 + contrast)
        moved = np.clip(moved, low, high)
        place[...] = np.round(moved) if images.dtype.kind in "iu" else moved
    return made


# --- inside ---


def _fail(name: str, expected: str, got: str, slip: str = "") -> NoReturn:
    raise AssertionError(f"{name}: expected {expected}, got {got}" + (f"; {slip}" if slip else ""))


def _numbers(value, name: str) -> np.ndarray:
    """`value` as an ndarray proper (no subclass) of booleans, integers or floats."""
    defined(value, name)
    if callable(value) and not hasattr(value, "__array__"):
        _fail(name, "numbers", f"{_kind(value)}", "did you forget to call it, with ()?")
    try:
        array = np.asarray(value)
    except Exception as error:  # whatever the answer's own conversion raises is the answer's fault
        slip = "do all rows have the same length?" if isinstance(value, list | tuple) else ""
        _fail(
            name,
            "numbers",
            f"{_kind(value)} that numpy cannot turn into an array ({type(error).__name__})",
            slip,
        )
    if array.dtype.kind not in "biuf":
        slip = ""
        if array.dtype.kind in "US":
            slip = "did you put quotes around numbers, or return a text?"
        elif not array.ndim:
            slip = "did you return a list, an array or a number?"
        what = _kind(value) if not array.ndim else f"an array of {array.dtype}"
        _fail(name, "numbers", what, slip or "are all elements numbers?")
    return array


def _same_shape(found: np.ndarray, expected: tuple, name: str, slip: str) -> None:
    got = found.shape
    if _fits(got, expected):
        return
    slim = tuple(n for n in got if n != 1)
    hint = ""
    if len(got) == 2 and got[::-1] == expected:
        hint = "did you forget to transpose, or sum over the wrong axis?"
    elif slim == tuple(n for n in expected if n != 1):
        hint = "did you keep or drop an axis of length 1 (keepdims, reshape)?"
    elif not expected:
        hint = "did you forget to take the mean or the sum?"
    elif not got:
        hint = "did you take the mean or the sum of everything?"
    elif None not in expected and np.prod(got) == np.prod(expected):
        hint = "did you forget to reshape?"
    elif len(got) != len(expected):
        hint = "did you sum or index over the right axis?"
    wanted = f"shape {_shape(expected)}" if expected else "a single number"
    _fail(name, wanted, f"shape {got}" if got else "a single number", slip or hint)


def _fits(got: tuple[int, ...], expected: tuple[int | None, ...]) -> bool:
    return len(got) == len(expected) and all(
        want in (None, has) for want, has in zip(expected, got, strict=True)
    )


def _shape(expected: tuple) -> str:
    lengths = ["any" if n is None else str(n) for n in expected]
    return f"({lengths[0]},)" if len(lengths) == 1 else f"({', '.join(lengths)})"


def _finite(found: np.ndarray, name: str, slip: str) -> None:
    strange = ~np.isfinite(found)
    if strange.any():
        at = _first(strange)
        what = "NaN (not a number)" if np.isnan(found[at]) else "infinity"
        hint = "did you divide by 0, take log(0), or let exp overflow?"
        _fail(name, "finite numbers", f"{what}{_where(at)}", slip or hint)


def _whole(found: np.ndarray, name: str, slip: str) -> None:
    if found.dtype.kind not in "iu":
        kind = "truth values" if found.dtype == bool else f"values of type {found.dtype}"
        _fail(name, "integers", kind, slip or "did you forget argmax, or astype(int)?")


def _near(got, wanted, tolerance: float) -> np.ndarray:
    return np.abs(got - wanted) <= tolerance * np.maximum(1, np.abs(wanted))


def _difference(wanted: np.ndarray, got: np.ndarray, wrong: np.ndarray) -> tuple[str, str]:
    """What was expected and what came, at the first place where they differ."""
    at = _first(wrong)
    count = f" ({np.count_nonzero(wrong)} of {wrong.size} values differ)" if wrong.size > 1 else ""
    want, have = _number(wanted[at]), _number(got[at])
    if want == have:  # the difference is below the digits shown
        want, have = repr(float(wanted[at])), repr(float(got[at]))
    return f"{want}{_where(at)}", f"{have}{count}"


def _numeric_slip(found: np.ndarray, wanted: np.ndarray, tolerance: float) -> str:
    got = found.astype(float)
    slips = [
        (-wanted, "did you forget a minus sign?"),
        (1 - wanted, "did you forget to subtract from 1?"),
        (100 * wanted, "did you give a percentage instead of a share?"),
        (wanted / 100, "did you give a share instead of a percentage?"),
        (wanted**2, "did you forget the square root?"),
        (np.sqrt(np.abs(wanted)), "did you forget to square?"),
    ]
    if wanted.ndim == 2 and wanted.shape[0] == wanted.shape[1]:
        slips.insert(0, (wanted.T, "did you swap rows and columns?"))
    for slipped, hint in slips:
        if _near(got, slipped, tolerance).all():
            return hint
    if found.dtype.itemsize == 1:
        return f"did you compute with {found.dtype}? It holds nothing above {np.iinfo(found.dtype).max}"
    if found.dtype.kind in "iu" and not _near(wanted, np.round(wanted), tolerance).all():
        return f"did you round, or compute with {found.dtype}? Convert to float first"
    return ""


def _run(model, images: np.ndarray, name: str) -> np.ndarray:
    try:
        outputs = model(images, training=False)
    except Exception as error:
        reason = " ".join(re.sub(r"\x1b\[\d*m", "", str(error)).split())[:200]  # Keras prints in bold
        _fail(name, f"a model that takes {images.shape[1:]}", f"{type(error).__name__} ({reason})")
    return _numbers(outputs, f"outputs of {name}")


def _first(wrong: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(np.argmax(wrong), np.shape(wrong)))


def _index(at: tuple[int, ...]) -> str:
    return ", ".join(map(str, at))


def _where(at: tuple[int, ...]) -> str:
    return f" at [{_index(at)}]" if at else ""


def _some(values: list[int]) -> str:
    shown = ", ".join(map(str, values[:12]))
    return f"[{shown}{', ...' if len(values) > 12 else ''}]"


def _number(x) -> str:
    return str(int(x)) if float(x).is_integer() else f"{float(x):.6g}"


def _kind(value) -> str:
    return f"an object of type {type(value).__name__}"


def _described(found: np.ndarray) -> str:
    return f"an array of shape {found.shape}" if found.ndim else f"the single number {_number(found)}"
