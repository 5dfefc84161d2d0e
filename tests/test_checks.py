"""Every check both ways: silent on right answers, and a message that helps on wrong ones."""

import subprocess
import sys

import numpy as np
import pytest

from coursekit import checks


@pytest.fixture(scope="session")
def keras():
    import keras

    return keras


def refused(check, *arguments, **options) -> str:
    """The message with which a check turns an answer down."""
    with pytest.raises(AssertionError) as caught:
        check(*arguments, **options)
    return str(caught.value)


def says(message: str, expected: str, got: str, slip: str = "") -> bool:
    before, _, after = message.partition(", got ")
    return f"expected {expected}" in before and after.startswith(got) and slip in after


class AlwaysEqual:
    """An answer with its own idea of arithmetic and equality."""

    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0

    def __abs__(self):
        return 0

    def __float__(self):
        return 1.0


class LyingArray(np.ndarray):
    def __eq__(self, other):
        return np.ones(3, bool)

    def __ne__(self, other):
        return np.zeros(3, bool)

    def __sub__(self, other):
        return np.zeros(3)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return np.zeros(3)

    @property
    def shape(self):
        return (3,)


class ArrayWithShape:
    """Says one shape, converts to another."""

    shape = (3,)

    def __array__(self, dtype=None, copy=None):
        return np.zeros((2, 2))


class Unconvertible:
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("no")


# --- defined and shape ---


@pytest.mark.parametrize("value", [0, False, "", [], np.nan, np.zeros(0)])
def test_any_value_but_none_and_the_ellipsis_is_defined(value):
    assert checks.defined(value, "answer") is None


@pytest.mark.parametrize(("value", "got"), [(None, "None"), (..., "...")])
def test_a_missing_value_asks_for_the_return(value, got):
    message = refused(checks.defined, value, "softmax(x)")
    assert message.startswith("softmax(x): ")
    assert says(message, "a value", got, "is not defined yet; did you forget a return?")


@pytest.mark.parametrize(
    "check",
    [
        lambda value: checks.shape(value, (3,), "answer"),
        lambda value: checks.close(value, 1.0, "answer"),
        lambda value: checks.integer(value, 1, "answer"),
        lambda value: checks.probabilities(value, "answer"),
        lambda value: checks.same_labels(value, [1], "answer"),
        lambda value: checks.same_set(value, [1], "answer"),
    ],
    ids=["shape", "close", "integer", "probabilities", "same_labels", "same_set"],
)
def test_every_check_of_a_value_refuses_what_is_no_number(check):
    assert "did you forget a return?" in refused(check, None)
    assert "did you forget a return?" in refused(check, ...)
    assert says(refused(check, np.exp), "numbers", "an object of type ufunc", "did you forget to call it")
    assert says(refused(check, "1"), "numbers", "an object of type str", "quotes")
    assert says(refused(check, ["1"]), "numbers", "an array of <U1", "quotes")
    assert says(refused(check, {"a": 1}), "numbers", "an object of type dict")
    assert says(refused(check, [[1], [1, 2]]), "numbers", "an object of type list", "the same length?")
    assert says(refused(check, AlwaysEqual()), "numbers", "an object of type AlwaysEqual")
    assert says(refused(check, [AlwaysEqual()]), "numbers", "an array of object")
    assert says(refused(check, 1j), "numbers", "an object of type complex")
    assert "RuntimeError" in refused(check, Unconvertible())


def test_a_right_shape_passes_for_lists_arrays_and_scalars():
    assert checks.shape([[1, 2, 3]], (1, 3), "p") is None
    assert checks.shape(np.zeros((7, 10)), (None, 10), "p") is None
    assert checks.shape(np.zeros((7, 10)), [7, 10], "p") is None
    assert checks.shape(np.float32(3), (), "p") is None


@pytest.mark.parametrize(
    ("value", "expected", "wanted", "got", "slip"),
    [
        (np.zeros((10, 3)), (3, 10), "shape (3, 10)", "shape (10, 3)", "transpose"),
        (np.zeros((3, 1)), (3,), "shape (3,)", "shape (3, 1)", "length 1"),
        (np.zeros(12), (3, 4), "shape (3, 4)", "shape (12,)", "reshape"),
        (np.zeros(3), (None, 10), "shape (any, 10)", "shape (3,)", "axis"),
        (0.5, (3,), "shape (3,)", "a single number", "mean or the sum of everything"),
        ([1, 2], (), "a single number", "shape (2,)", "take the mean or the sum"),
    ],
)
def test_a_wrong_shape_names_both_shapes_and_the_likely_slip(value, expected, wanted, got, slip):
    assert says(refused(checks.shape, value, expected, "p"), wanted, got, slip)


def test_the_shape_is_that_of_the_numbers_not_one_that_the_object_claims():
    assert says(refused(checks.shape, ArrayWithShape(), (3,), "p"), "shape (3,)", "shape (2, 2)")
    liar = np.zeros((2, 2)).view(LyingArray)
    assert says(refused(checks.shape, liar, (3,), "p"), "shape (3,)", "shape (2, 2)")


# --- close ---


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.5, 0.5),
        (np.float32(0.5), 0.5),
        (np.array(0.5), 0.5),
        (1, 1.0),
        ([0.5, 0.25], np.array([0.5, 0.25])),
        ((0.5, 0.25), [0.5, 0.25]),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (0.5 + 1e-7, 0.5),
        (1e6 + 0.5, 1e6),
    ],
)
def test_numbers_that_are_near_enough_pass_in_any_container(value, expected):
    assert checks.close(value, expected, "loss") is None


@pytest.mark.parametrize(
    ("value", "expected", "wanted", "got", "slip"),
    [
        (0.75, 0.5, "0.5", "0.75", ""),
        (0.50001, 0.5, "0.5", "0.50001", ""),
        (-0.3, 0.3, "0.3", "-0.3", "minus"),
        (0.1, 0.9, "0.9", "0.1", "subtract from 1"),
        (97.0, 0.97, "0.97", "97", "percentage"),
        (9.0, 3.0, "3", "9", "square root"),
        ([[1, 3], [2, 4]], [[1, 2], [3, 4]], "2 at [0, 1]", "3 (2 of 4 values differ)", "rows and columns"),
        (np.array([200], np.uint8), [456], "456 at [0]", "200", "uint8"),
        ([0, 1], [0.2, 0.8], "0.2 at [0]", "0 (2 of 2 values differ)", "Convert to float"),
        ([1.0], 1.0, "a single number", "shape (1,)", "axis of length 1"),
        (1.0, [1.0, 1.0], "shape (2,)", "a single number", ""),
        ([[1.0], [1.0]], [1.0, 1.0], "shape (2,)", "shape (2, 1)", "axis of length 1"),
        (np.nan, 1.0, "finite numbers", "NaN", "divide by 0"),
        ([1.0, np.nan], [1.0, 2.0], "finite numbers", "NaN (not a number) at [1]", "divide by 0"),
        (np.inf, 1.0, "finite numbers", "infinity", "log(0)"),
        (True, 1.0, "numbers", "truth values", "compare"),
        ([True, False], [1, 0], "numbers", "truth values", "compare"),
    ],
)
def test_numbers_that_are_off_name_the_place_both_values_and_the_slip(value, expected, wanted, got, slip):
    assert says(refused(checks.close, value, expected, "loss"), wanted, got, slip)


def test_a_difference_below_the_digits_shown_is_still_shown():
    message = refused(checks.close, 0.5000004, 0.5, "loss", tolerance=1e-8)
    assert says(message, "0.5", "0.5000004")


def test_the_tolerance_is_absolute_below_1_and_relative_above():
    assert checks.close(0.509, 0.5, "loss", tolerance=0.01) is None
    assert checks.close(505.0, 500.0, "loss", tolerance=0.01) is None
    refused(checks.close, 0.511, 0.5, "loss", tolerance=0.01)
    refused(checks.close, 506.0, 500.0, "loss", tolerance=0.01)


def test_an_array_that_lies_about_equality_is_compared_as_numbers():
    liar = np.array([7.0, 8.0, 9.0]).view(LyingArray)
    assert says(refused(checks.close, liar, [1, 2, 3], "loss"), "1 at [0]", "7 (3 of 3 values differ)")
    assert checks.close(np.array([1.0, 2.0, 3.0]).view(LyingArray), [1, 2, 3], "loss") is None
    liar = np.array([7, 8, 9]).view(LyingArray)
    assert says(refused(checks.same_labels, liar, [1, 2, 3], "y"), "1 at [0]", "7")


def test_an_expected_value_that_is_not_finite_is_the_authors_mistake():
    with pytest.raises(ValueError, match=r"loss: .*finite"):
        checks.close(1.0, np.nan, "loss")


def test_the_authors_slip_replaces_the_guess():
    message = refused(checks.close, -0.3, 0.3, "loss", slip="did you forget the mean?")
    assert message.endswith("; did you forget the mean?")
    assert "minus" not in message


# --- integer ---


@pytest.mark.parametrize("value", [330, np.int32(330), np.uint16(330), np.array(330)])
def test_whole_numbers_of_any_integer_type_pass(value):
    assert checks.integer(value, 330, "parameters") is None


@pytest.mark.parametrize(
    ("value", "expected", "wanted", "got", "slip"),
    [
        (320, 330, "the integer 330", "320", ""),
        (331, 330, "the integer 330", "331", "one too many"),
        (330.0, 330, "the integer 330", "the float 330.0", "//"),
        (np.float32(330), 330, "the integer 330", "the float 330.0", "//"),
        (True, 1, "the integer 1", "the truth value True", "count"),
        (np.bool_(True), 1, "the integer 1", "the truth value True", "count"),
        ([330], 330, "the integer 330", "an array of shape (1,)", "one element"),
        (np.array([300, 30]), 330, "the integer 330", "an array of shape (2,)", "sum"),
        (np.nan, 330, "the integer 330", "the float nan", ""),
    ],
)
def test_a_wrong_integer_or_another_type_is_told_apart(value, expected, wanted, got, slip):
    assert says(refused(checks.integer, value, expected, "parameters"), wanted, got, slip)


# --- probabilities ---


@pytest.mark.parametrize(
    "value",
    [[0.2, 0.8], [[0.2, 0.8], [1.0, 0.0]], np.full((2, 3, 4), 0.25, np.float32), [[1, 0], [0, 1]]],
)
def test_rows_that_sum_to_one_pass(value):
    assert checks.probabilities(value, "p") is None


@pytest.mark.parametrize(
    ("value", "wanted", "got", "slip"),
    [
        ([[-0.5, 1.5]], "no value below 0", "-0.5 at [0, 0]", "exponential"),
        ([[0.5, 0.5], [0.2, 0.7]], "rows that sum to 1", "a sum of 0.9 in row 1", "divide by the sum"),
        ([[0.2, 0.3], [0.8, 0.7]], "rows that sum to 1", "a sum of 0.5 in row 0", "axis 0"),
        (np.full((2, 2), 0.25), "rows that sum to 1", "a sum of 0.5 in row 0", "whole array"),
        ([0.5, 0.6], "rows that sum to 1", "a sum of 1.1", "divide by the sum"),
        ([0.5, np.nan], "finite numbers", "NaN", "overflow"),
        (1.0, "rows of probabilities", "the single number 1", ""),
        ([], "rows of probabilities", "an array of shape (0,)", ""),
    ],
)
def test_what_is_no_probability_is_named(value, wanted, got, slip):
    assert says(refused(checks.probabilities, value, "p"), wanted, got, slip)


# --- labels and sets ---


@pytest.mark.parametrize("value", [[3, 1, 2], (3, 1, 2), np.array([3, 1, 2], np.uint8)])
def test_equal_labels_pass(value):
    assert checks.same_labels(value, np.array([3, 1, 2]), "labels") is None


@pytest.mark.parametrize(
    ("value", "wanted", "got", "slip"),
    [
        ([3, 1, 1], "2 at [2]", "1 (1 of 3 values differ)", ""),
        ([1, 2, 3], "3 at [0]", "1 (3 of 3 values differ)", "wrong axis"),
        ([4, 2, 3], "3 at [0]", "4 (3 of 3 values differ)", "start at 0"),
        ([3, 1], "shape (3,)", "shape (2,)", ""),
        (np.eye(4)[[3, 1, 2]], "labels of shape (3,)", "an array of shape (3, 4)", "argmax"),
        ([3.0, 1.0, 2.0], "integers", "values of type float64", "argmax"),
        ([True, True, False], "integers", "truth values", "argmax"),
    ],
)
def test_wrong_labels_name_the_first_one(value, wanted, got, slip):
    assert says(refused(checks.same_labels, value, [3, 1, 2], "labels"), wanted, got, slip)


@pytest.mark.parametrize("value", [[1, 3], (3, 1), {1, 3}, frozenset({1, 3}), np.array([3, 1])])
def test_a_set_of_indices_passes_in_any_order_and_container(value):
    assert checks.same_set(value, [1, 3], "dead") is None


@pytest.mark.parametrize("value", [[], set(), np.zeros(0, int)])
def test_an_empty_set_is_a_set(value):
    assert checks.same_set(value, [], "dead") is None
    assert says(refused(checks.same_set, value, [1, 3], "dead"), "[1, 3]", "[]")


@pytest.mark.parametrize(
    ("value", "wanted", "got", "slip"),
    [
        ([1, 4], "[1, 3]", "[1, 4]", ""),
        ([2, 4], "[1, 3]", "[2, 4]", "start at 0"),
        ([1, 3, 3], "each index once", "[3] more than once", "np.unique"),
        ([False, True, False, True], "a list of integers", "a mask of 4", "flatnonzero"),
        (2, "a list of integers", "the single number 2", "into a list"),
        ([[1, 3]], "a list of integers", "an array of shape (1, 2)", ""),
        ([1.0, 3.0], "integers", "values of type float64", ""),
    ],
)
def test_a_wrong_set_names_both(value, wanted, got, slip):
    assert says(refused(checks.same_set, value, [1, 3], "dead"), wanted, got, slip)


# --- Keras ---


@pytest.fixture(scope="session")
def model_of(keras):
    def build(*layers, shape=(28, 28), compiled=True):
        model = keras.Sequential([*([keras.Input(shape)] if shape else []), *layers])
        if compiled:
            model.compile(loss="sparse_categorical_crossentropy")
        return model

    return build


IMAGES_TO_TEN = {"input_shape": (28, 28), "output_shape": (10,)}


def test_a_keras_model_within_its_budget_passes_however_it_was_written(keras, model_of):
    flatten, dense = keras.layers.Flatten, keras.layers.Dense
    model = model_of(flatten(), dense(10))
    assert checks.keras_model(model, **IMAGES_TO_TEN) is None
    assert checks.keras_model(model, **IMAGES_TO_TEN, max_parameters=7850) is None
    inputs = keras.Input((28, 28))
    functional = keras.Model(inputs, dense(10)(keras.layers.Reshape((784,))(inputs)))
    functional.compile(loss="mse")
    assert checks.keras_model(functional, **IMAGES_TO_TEN) is None


def test_a_wrong_keras_model_is_told_what_is_missing(keras, model_of):
    flatten, dense = keras.layers.Flatten, keras.layers.Dense

    def message(model, **more):
        return refused(checks.keras_model, model, **IMAGES_TO_TEN, **more)

    assert says(message(None), "a value", "None", "return")
    assert says(message(lambda: 0), "a Keras model", "an object of type function", "call the function")
    assert says(message(keras.Sequential), "a Keras model", "an object of type type", "call")
    assert says(message([1]), "a Keras model", "an object of type list")
    unbuilt = model_of(flatten(), dense(10), shape=None)
    assert says(
        message(unbuilt), "a model that knows its input", "one without weights", "keras.Input(shape=(28, 28))"
    )
    uncompiled = model_of(flatten(), dense(10), compiled=False)
    assert says(message(uncompiled), "a compiled model", "one that was not", "model.compile")
    flat = model_of(dense(10), shape=(784,))
    assert says(message(flat), "inputs of shape (28, 28)", "a model for (784,)", "flatten")
    assert says(message(model_of(dense(10))), "outputs of shape (10,)", "(28, 10)", "Flatten")
    assert says(message(model_of(flatten(), dense(9))), "outputs of shape (10,)", "(9,)", "units")
    model = model_of(flatten(), dense(10))
    assert says(message(model, max_parameters=7849), "at most 7849 parameters", "7850", "summary")


def test_weights_that_are_not_trained_count_against_the_budget(keras, model_of):
    frozen = keras.layers.Dense(10)
    model = model_of(keras.layers.Flatten(), frozen)
    frozen.trainable = False
    assert "got 7850" in refused(checks.keras_model, model, **IMAGES_TO_TEN, max_parameters=100)


def test_arrays_that_layers_are_given_count_as_parameters_beyond_the_first_hundred(keras, model_of):
    layers, many = keras.layers, np.linspace(0, 1, 784).reshape(28, 28)
    plain = model_of(
        layers.Rescaling(1 / 255), layers.Normalization(mean=0.1, variance=2.0), layers.Flatten()
    )
    assert checks.count_parameters(plain) == plain.count_params()
    pixels = keras.Input((28, 28))
    for hidden in (
        model_of(layers.Rescaling(many)),
        model_of(layers.Rescaling(1.0, offset=many > 0.5)),
        model_of(layers.Rescaling(many.tolist())),
        model_of(layers.ELU(alpha=[[0.1] * 8] * 98)),
        model_of(keras.Sequential([keras.Input((28, 28)), layers.Rescaling(many)])),
        keras.Model(pixels, layers.Multiply()([pixels, keras.ops.convert_to_tensor(many[None])])),
    ):
        assert 684 <= checks.count_parameters(hidden) - hidden.count_params() < 720


def test_a_model_that_fails_on_an_image_is_named_with_its_error(keras):
    class Broken(keras.Model):
        def call(self, inputs):
            raise TypeError("no images, please")

    model = Broken()
    model.built = True
    model.compile(loss="mse")
    message = refused(checks.keras_model, model, **IMAGES_TO_TEN)
    assert says(message, "a model that takes (28, 28)", "TypeError (", "no images, please")


def test_an_activation_of_somebodys_own_is_named_before_it_is_handed_in(keras, model_of):
    import tensorflow as tf

    def steep(x):
        return keras.ops.sigmoid(4 * x)

    for activation in (steep, lambda x: x):
        model = model_of(keras.layers.Flatten(), keras.layers.Dense(10, activation=activation))
        message = refused(checks.keras_model, model, **IMAGES_TO_TEN)
        assert says(
            message, "activations of Keras", f"{activation.__name__!r} in dense", "a function of your own"
        )
    for known in (keras.activations.relu, keras.ops.silu, tf.nn.softmax, keras.layers.ReLU()):
        model = model_of(keras.layers.Flatten(), keras.layers.Dense(10, activation=known))
        assert checks.keras_model(model, **IMAGES_TO_TEN) is None


def test_a_model_that_answers_with_probabilities_passes_whatever_makes_them(keras, model_of):
    flatten, dense = keras.layers.Flatten, keras.layers.Dense
    assert checks.probability_outputs(model_of(flatten(), dense(10, activation="softmax"))) is None
    separate = model_of(flatten(), dense(10), keras.layers.Softmax(), keras.layers.Dropout(0.5))
    assert checks.probability_outputs(separate) is None


def test_a_model_for_images_of_any_size_passes_as_well(keras):
    layers = keras.layers
    anywhere = keras.Sequential(
        [keras.Input((None, None, 3)), layers.GlobalMaxPooling2D(), layers.Dense(4, activation="softmax")]
    )
    assert checks.probability_outputs(anywhere) is None


@pytest.mark.parametrize("activation", ["relu", "sigmoid", None])
def test_a_model_whose_outputs_are_no_probabilities_is_told_to_use_softmax(activation, keras, model_of):
    keras.utils.set_random_seed(0)
    model = model_of(keras.layers.Flatten(), keras.layers.Dense(10, activation=activation))
    message = refused(checks.probability_outputs, model, "answer")
    assert message.startswith("outputs of answer: expected ")
    assert "got " in message
    assert message.endswith('; did you forget activation="softmax" in the last layer?')


def test_what_is_no_built_model_has_no_outputs_to_look_at(model_of):
    assert says(refused(checks.probability_outputs, 3), "a built Keras model", "an object of type int")
    assert "a return?" in refused(checks.probability_outputs, None)


@pytest.mark.parametrize("metric", ["accuracy", "acc", "categorical_accuracy"])
def test_an_accuracy_among_the_metrics_passes_whatever_it_is_called(metric):
    assert checks.reported_accuracy({"loss": 1.2, "mse": 0.1, metric: 0.7504}, 0.75, "model") is None


def test_a_model_without_its_accuracy_among_the_metrics_is_told_which_ones_came():
    slip = 'did you forget metrics=["accuracy"]'
    for scored, shown in (
        ({"loss": 0.75}, "no metric"),
        ({"loss": 0.75, "binary_accuracy": 0.9}, "binary_accuracy 0.900"),
    ):
        message = refused(checks.reported_accuracy, scored, 0.75, "model")
        assert says(message, "the accuracy 0.750 among its metrics", shown, slip)


def test_tensors_count_as_arrays(keras):
    convert = keras.ops.convert_to_tensor
    assert checks.close(convert([0.5, 0.25]), [0.5, 0.25], "loss") is None
    assert checks.close(keras.Variable([0.5, 0.25]), [0.5, 0.25], "loss") is None
    assert checks.integer(convert(3), 3, "count") is None
    assert says(refused(checks.integer, convert(3.0), 3, "count"), "the integer 3", "the float 3.0")
    assert says(refused(checks.close, convert([0.5]), [0.7], "loss"), "0.7 at [0]", "0.5")
    symbolic = keras.KerasTensor((2,))
    assert says(
        refused(checks.close, symbolic, [0.5, 0.25], "loss"), "numbers", "an object of type KerasTensor"
    )


def test_checks_of_values_do_not_load_keras():
    program = (
        "import sys; from coursekit import checks; checks.close([1.0], [1.0], 'x'); "
        "checks.probabilities([1.0], 'p'); print({'keras', 'tensorflow', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("shape", [(6, 28, 28), (6, 32, 32, 3)])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_transformed_images_differ_from_every_original_and_keep_shape_type_and_range(shape, dtype):
    images = np.random.default_rng(0).integers(0, 256, size=shape).astype(dtype)
    made = checks.transformed(images, seed=5)
    assert made.shape == shape and made.dtype == images.dtype
    assert made.min() >= images.min() and made.max() <= images.max()
    assert all((new != old).mean() > 0.5 for new, old in zip(made, images, strict=True))


def test_transformed_images_depend_on_the_seed_alone():
    images = np.random.default_rng(0).random((3, 28, 28))
    assert np.array_equal(checks.transformed(images, seed=5), checks.transformed(images, seed=5))
    assert not np.array_equal(checks.transformed(images, seed=5), checks.transformed(images, seed=6))


def test_transformed_images_move_no_further_than_asked():
    image = np.zeros((1, 28, 28))
    image[0, 14, 14] = 1.0
    for seed in range(20):
        rows, columns = np.nonzero(checks.transformed(image, seed=seed, degrees=0, contrast=0)[0])
        assert abs(rows.mean() - 14) <= 2.5 and abs(columns.mean() - 14) <= 2.5


@pytest.fixture
def cell(capsys, monkeypatch):
    """Runs a cell as a notebook does, and returns what it prints."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    monkeypatch.setattr(checks, "_passed", {})
    shell.run_cell("from coursekit import checks")

    def run(source):
        shell.run_cell(source)
        return capsys.readouterr().out

    yield run
    InteractiveShell.clear_instance()


FIRST = 'checks.worth("sum-test-1", points=2, of=7)\nchecks.defined(total, "total")'


def test_a_test_that_passes_says_so_with_its_points_and_those_of_the_chapter_so_far(cell):
    cell("total = 3")
    assert cell(FIRST) == "✓ 2 of 2 points here, 2 of 7 in this chapter, hidden tests aside.\n"
    assert "✓ 1.5 of 1.5 points here, 3.5 of 7 in" in cell('checks.worth("b", points=1.5, of=7)\nassert True')


def test_a_test_counts_once_and_no_longer_when_it_fails_again(cell):
    cell("total = 3")
    assert "2 of 7" in cell(FIRST) and "2 of 7" in cell(FIRST)
    cell("total = None")
    said = cell(FIRST)
    assert "did you forget a return?" in said and "✓" not in said
    assert " 1 of 7 in this" in cell('checks.worth("b", points=1, of=7)\nassert True')
    assert "✓" not in cell("total = 4")


def test_a_test_that_gives_a_part_of_its_points_says_how_many(cell):
    assert "✓ 0.5 of 2 points here, 0.5 of 7" in cell('checks.worth("part", points=2, of=7)\n0.5')
    for shown, counted in (("99", 2), ("-3", 0), ("True", 2), ("'text'", 2)):
        assert f"✓ {counted} of 2 points here" in cell(f'checks.worth("part", points=2, of=7)\n{shown}')


def test_outside_of_a_notebook_a_test_says_nothing(capsys):
    assert checks.worth("sum-test-1", points=2, of=7) is None
    assert capsys.readouterr().out == ""


def test_transforming_one_image_alone_is_an_error_that_names_its_shape():
    with pytest.raises(ValueError, match=r"got \(28, 28\)"):
        checks.transformed(np.zeros((28, 28)), seed=1)
