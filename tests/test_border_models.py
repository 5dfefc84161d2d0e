"""Models as students write them cross the border as what they are; what cannot is refused by the layer's name."""

import inspect
import json
import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from fixtures.model_idioms import SHAPE, idioms, outsiders

from coursekit import checks
from coursekit.staff.sandbox.inside import keras_configs
from coursekit.staff.sandbox.inside.keras_models import write_model
from coursekit.staff.sandbox.inside.messages import CannotCross, pack, unpack
from coursekit.staff.sandbox.inside.wire import Reader, Writer

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

X = np.random.default_rng(0).random((4, *SHAPE)).astype("float32")


def crossed(value):
    """The value as it arrives on the other side."""
    writer = Writer()
    header, buffers = unpack(pack(writer.write(value), writer.buffers))
    return Reader(buffers).read(header)


def outputs(model):
    """The model's answers to `X`, one array an output."""
    import keras

    return [np.asarray(output) for output in keras.tree.flatten(model(X, training=False))]


@pytest.fixture(scope="module")
def keras():
    """The library, which takes seconds to load."""
    import keras

    return keras


def test_ordinary_models_arrive_and_predict_the_same(keras):
    lost = {}
    for name, build in idioms(keras).items():
        keras.utils.set_random_seed(1)
        model = build()
        try:
            arrived = crossed(model)
            assert arrived.count_params() == model.count_params()
            for one, other in zip(outputs(arrived), outputs(model), strict=True):
                np.testing.assert_allclose(one, other, atol=1e-5)
        except (CannotCross, AssertionError) as error:
            lost[name] = str(error)[:200]
    assert lost == {}


@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`")
def test_a_model_that_computes_with_a_students_own_code_is_refused_by_name(keras):
    for name, build in outsiders(keras).items():
        with pytest.raises(
            CannotCross, match=r"Sequential and functional models can|Keras itself can|of its own"
        ):
            crossed(build())
            pytest.fail(name)


@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`")
def test_the_students_own_check_says_before_hand_in_what_cannot_cross(keras):
    for name in ("own layer", "Lambda", "own model"):
        model = outsiders(keras)[name]()
        model.compile(loss="mse")
        with pytest.raises(AssertionError, match="a test cannot be given it; use Sequential or functional"):
            checks.keras_model(model, input_shape=SHAPE, output_shape=(3,))


def test_what_is_kerass_own_of_a_compiled_model_still_arrives(keras):
    arrived = crossed(idioms(keras)["own metric"]())
    assert (arrived.compiled, arrived.loss) == (True, "sparse_categorical_crossentropy")
    assert type(arrived.optimizer) is keras.optimizers.Adam
    arrived.fit(X, np.arange(4) % 3, verbose=0)
    assert set(arrived.evaluate(X, np.arange(4) % 3, verbose=0, return_dict=True)) == {"loss", "accuracy"}


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("own loss", "loss"),
        ("own optimizer", "optimizer"),
        ("own regularizer", "regularizer"),
        ("own constraint", "constraint"),
    ],
)
def test_training_without_what_stayed_behind_is_refused_by_name(keras, name, what):
    model = idioms(keras)[name]()
    if not model.compiled:
        model.compile(optimizer="sgd", loss="mse")
    arrived = crossed(model)
    with pytest.raises(TypeError, match=f"the model's {what} cannot cross to a test"):
        arrived.fit(X, np.zeros(4), verbose=0)


def test_a_model_whose_loss_stayed_behind_can_be_compiled_anew(keras):
    arrived = crossed(idioms(keras)["own loss"]())
    assert type(arrived.optimizer) is keras.optimizers.Adam
    arrived.compile(optimizer="sgd", loss="sparse_categorical_crossentropy")
    arrived.fit(X, np.arange(4) % 3, verbose=0)
    assert int(arrived.optimizer.iterations) == 1


def test_a_model_whose_optimizer_stayed_behind_evaluates_and_says_what_it_lacks(keras):
    arrived = crossed(idioms(keras)["own optimizer"]())
    assert arrived.evaluate(X, np.arange(4) % 3, verbose=0) > 0
    with pytest.raises(TypeError, match="the model's optimizer cannot cross to a test"):
        print(arrived.optimizer.learning_rate)


def test_nobody_takes_a_penalty_that_stayed_behind_for_none(keras):
    arrived = crossed(idioms(keras)["own regularizer"]())
    with pytest.raises(TypeError, match="the model's regularizer cannot cross to a test"):
        print(arrived.losses)


def test_a_model_that_answers_otherwise_on_the_other_side_is_refused(keras):
    model = idioms(keras)["plain"]()
    layer = model.layers[0]
    compute = layer.call
    layer.call = lambda x: 2 * compute(x)
    with pytest.raises(CannotCross, match="answers otherwise once it is built again"):
        crossed(model)


def test_asking_a_model_leaves_no_trace_in_it(keras):
    model = idioms(keras)["stateful"]()
    model(X, training=False)
    states = [*model.variables, *keras.tree.flatten(model.layers[-1].states)]
    before = [np.asarray(variable) for variable in states]
    write_model(model, Writer())
    after = [np.asarray(variable) for variable in states]
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))


def test_every_ordinary_model_is_asked_on_both_sides(keras):
    unasked = [name for name, build in idioms(keras).items() if write_model(build(), Writer())[-1] is None]
    assert unasked == []


def test_writing_a_model_leaves_it_as_it_was(keras):
    marks = ("_build_shapes_dict", "_called")  # a copy made anew at each call; whether it was ever called
    for name in ("nested", "own regularizer", "activation of tf.nn", "own loss"):
        model = idioms(keras)[name]()
        before = [dict(vars(layer)) for layer in model._flatten_layers()]
        write_model(model, Writer())
        after = [dict(vars(layer)) for layer in model._flatten_layers()]
        for one, other in zip(before, after, strict=True):
            assert one.keys() == other.keys()
            assert [key for key in one if one[key] is not other[key] and key not in marks] == []


def test_an_own_activation_with_a_name_of_kerass_is_refused(keras):
    def relu(x):
        return x

    model = keras.Sequential([keras.Input(SHAPE), keras.layers.Dense(1, activation=relu)])
    with pytest.raises(CannotCross, match="a function of its own that has Keras's name 'relu'"):
        crossed(model)


@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`")
def test_a_refusal_names_the_layer_and_what_to_use_instead(keras):
    model = keras.Sequential([keras.Input(SHAPE), keras.layers.Lambda(lambda x: x, name="mine")])
    with pytest.raises(CannotCross, match=r"'Lambda'; only .* \(the layer 'mine'\): write .* keras.ops"):
        crossed(model)


def nodes(config):
    return config["config"]["layers"][1]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"inbound_nodes": []}, "an operation without input"),
        ({"inbound_nodes": [{"args": [[1.0]], "kwargs": {}}]}, "an operation without input"),
        ({"class_name": "VectorizedMap"}, "'VectorizedMap'"),
        ({"class_name": "Operation"}, "'Operation'"),
        ({"class_name": "np"}, "'np'"),
        ({"module": "keras.src.ops.operation", "class_name": "Operation"}, "only layers of Keras"),
        ({"module": "keras.src.ops.core", "class_name": "WhileLoop"}, "'WhileLoop'"),
        ({"class_name": "Tile", "config": {"repeats": [10**9, 1]}}, "1,000,000,000"),
        ({"class_name": "Split", "config": {"indices_or_sections": 10**5}}, "more than 1,000 pieces"),
        ({"registered_name": "own>Add"}, "a class of its own"),
    ],
    ids=lambda part: json.dumps(part)[:50],
)
def test_a_hostile_operation_is_refused(keras, change, reason):
    inputs, writer = keras.Input((3,)), Writer()
    text, *rest = write_model(keras.Model(inputs, inputs + 1.0), writer)
    config = json.loads(text)
    nodes(config).update({"registered_name": None, **change})
    with pytest.raises(CannotCross) as refused:
        Reader([memoryview(b) for b in writer.buffers]).read({"model": [json.dumps(config), *rest]})
    assert reason in str(refused.value)


@pytest.mark.parametrize("left", [None, 5, [["loss"]], {"loss": 1}])
def test_a_hostile_list_of_what_stayed_behind_does_no_harm(keras, left):
    writer = Writer()
    written = write_model(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]), writer)
    try:
        Reader([memoryview(b) for b in writer.buffers]).read({"model": [*written[:-2], left, written[-1]]})
    except CannotCross:
        pass


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"dtype": "int8_from_float32"}, "the dtype 'int8_from_float32'"),
        (
            {
                "dtype": {
                    "module": "keras",
                    "class_name": "DTypePolicy",
                    "config": {"name": "int4_from_float32"},
                }
            },
            "the dtype 'int4_from_float32'",
        ),
        (
            {
                "activation": {
                    "class_name": "function",
                    "module": "keras.activations",
                    "config": "deserialize",
                }
            },
            "own",
        ),
        (
            {"activation": {"class_name": "function", "module": "keras.ops", "config": "relu"}},
            "a function of its own",
        ),
        (
            {"kernel_initializer": {"module": "keras.initializers", "class_name": "get", "config": {}}},
            "'get'",
        ),
        (
            {
                "kernel_initializer": {
                    "module": "keras.initializers",
                    "class_name": "__typespec__",
                    "config": [],
                }
            },
            "'__typespec__'",
        ),
        (
            {
                "kernel_regularizer": {
                    "module": "keras.regularizers",
                    "class_name": "Regularizer",
                    "config": {},
                }
            },
            "'Reg",
        ),
    ],
    ids=lambda part: json.dumps(part)[:60],
)
def test_a_hostile_setting_is_refused(keras, change, reason):
    writer = Writer()
    text, *rest = write_model(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]), writer)
    config = json.loads(text)
    config["config"]["layers"][1]["config"].update(change)
    with pytest.raises(CannotCross) as refused:
        Reader([memoryview(b) for b in writer.buffers]).read({"model": [json.dumps(config), *rest]})
    assert reason in str(refused.value)


# Parameters by which a class of Keras could be given code, a file, or any layer.
SUSPICIOUS = re.compile(r"fn|func|callable|body|path$|file|url|vocab|cell|program|module$|generator|artifact")
# They take a layer of Keras, which is checked like any other.
TAKE_A_LAYER = {"Bidirectional", "SpectralNormalization", "TimeDistributed"}


def test_no_class_that_a_configuration_may_name_takes_code_or_files(keras):
    modules = ["keras.layers", *sorted(keras_configs._OPERATION_MODULES)]
    found = set()
    for module in modules:
        home = keras.layers if module == "keras.layers" else sys.modules[module]
        for name in keras_configs.allowed_names(module):
            kind = getattr(home, name)
            parameters = [
                *inspect.signature(kind.__init__).parameters,
                *inspect.signature(kind.call).parameters,
            ]
            found |= {(name, p) for p in parameters if SUSPICIOUS.search(p)}
            if "layer" in parameters and name not in TAKE_A_LAYER:
                found.add((name, "layer"))
    assert found == set()


def test_a_name_that_is_new_in_keras_is_read_by_somebody_before_a_student_may_use_it(keras):
    reviewed = json.loads((Path(__file__).parent / "fixtures" / "reviewed_keras_names.json").read_text())
    modules = ["keras.layers", *keras_configs._OPERATION_MODULES, *keras_configs._BASES]
    allowed = {module: set(keras_configs.allowed_names(module)) for module in modules}
    allowed["functions"] = set(keras_configs.allowed_functions())
    new = {module: sorted(names - set(reviewed.get(module, ()))) for module, names in allowed.items()}
    assert {module: names for module, names in new.items() if names} == {}
