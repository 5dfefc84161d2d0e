"""Models as students write them cross the border as what they are; what cannot is refused by the layer's name."""

import json
import os

import numpy as np
import pytest
from fixtures.model_idioms import SHAPE, idioms

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

    return [np.asarray(output) for output in keras.tree.flatten(model(X))]


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


def test_what_is_kerass_own_of_a_compiled_model_still_arrives(keras):
    arrived = crossed(idioms(keras)["own metric"]())
    assert (arrived.compiled, arrived.loss) == (True, "sparse_categorical_crossentropy")
    assert type(arrived.optimizer) is keras.optimizers.Adam
    arrived.fit(X, np.arange(4) % 3, verbose=0)
    assert set(arrived.evaluate(X, np.arange(4) % 3, verbose=0, return_dict=True)) == {"loss", "accuracy"}


@pytest.mark.parametrize("name", ["own loss", "own optimizer"])
def test_training_without_what_stayed_behind_is_refused_by_name(keras, name):
    arrived = crossed(idioms(keras)[name]())
    assert arrived.compiled
    with pytest.raises(TypeError, match=f"the model's {name.split()[1]} cannot cross to a test"):
        arrived.fit(X, np.zeros(4), verbose=0)


def test_writing_a_model_leaves_it_as_it_was(keras):
    for name in ("nested", "own regularizer", "activation of tf.nn", "own loss"):
        model = idioms(keras)[name]()
        before = [dict(vars(layer)) for layer in model._flatten_layers()]
        write_model(model, Writer())
        after = [dict(vars(layer)) for layer in model._flatten_layers()]
        for one, other in zip(before, after, strict=True):
            assert one.keys() == other.keys()
            assert [key for key in one if one[key] is not other[key] and key != "_build_shapes_dict"] == []


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
    nodes(config).update(change)
    with pytest.raises(CannotCross) as refused:
        Reader([memoryview(b) for b in writer.buffers]).read({"model": [json.dumps(config), *rest]})
    assert reason in str(refused.value)


@pytest.mark.parametrize("left", [None, 5, [["loss"]], {"loss": 1}])
def test_a_hostile_list_of_what_stayed_behind_does_no_harm(keras, left):
    writer = Writer()
    written = write_model(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]), writer)
    try:
        Reader([memoryview(b) for b in writer.buffers]).read({"model": [*written[:-1], left]})
    except CannotCross:
        pass
