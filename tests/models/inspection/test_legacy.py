"""Whole models in HDF5 as Keras 2.1 to 2.15 wrote them, by hand: they pass, and Keras 3 loads what passes."""

import copy

import keras
import numpy as np
import pytest

from tests.models.inspection import forge

COMPILED = {
    "optimizer_config": {"class_name": "SGD", "config": {"lr": 0.01, "momentum": 0.0, "decay": 0.0, "nesterov": False}},
    "loss": "sparse_categorical_crossentropy",
    "metrics": ["accuracy"],
    "sample_weight_mode": None,
    "loss_weights": None,
}
UNIFORM = {
    "class_name": "VarianceScaling",
    "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None},
}
ZEROS = {"class_name": "Zeros", "config": {}}


def bare(class_name, **config):
    return {"class_name": class_name, "config": config}


def dense(name, units, activation="relu", **more):
    parts = {"kernel_regularizer": None, "bias_regularizer": None, "activity_regularizer": None}
    parts |= {
        "kernel_initializer": UNIFORM,
        "bias_initializer": ZEROS,
        "kernel_constraint": None,
        "bias_constraint": None,
    }
    return bare("Dense", name=name, trainable=True, units=units, activation=activation, use_bias=True, **parts, **more)


def net(*layers, **more):
    return bare("Sequential", name="sequential", layers=list(layers), **more)


def called(document, *inputs):
    name = document["config"]["name"]
    return document | {"name": name, "inbound_nodes": [[[each, 0, 0, {}] for each in inputs]] if inputs else []}


def entry(name, *shape):
    return called(bare("InputLayer", batch_input_shape=[None, *shape], dtype="float32", sparse=False, name=name))


def functional(class_name, *layers, inputs, outputs):
    ends = {"input_layers": [[name, 0, 0] for name in inputs], "output_layers": [[name, 0, 0] for name in outputs]}
    return bare(class_name, name="model", layers=list(layers), **ends)


CHAPTER = {  # the network of Géron's chapter 10, as TensorFlow 2.0 saves it
    "flatten": (),
    "dense/dense/kernel:0": (784, 300),
    "dense/dense/bias:0": (300,),
    "dense_1/dense_1/kernel:0": (300, 100),
    "dense_1/dense_1/bias:0": (100,),
    "dense_2/dense_2/kernel:0": (100, 10),
    "dense_2/dense_2/bias:0": (10,),
}
DIGITS = (
    bare(
        "Flatten",
        name="flatten",
        trainable=True,
        batch_input_shape=[None, 28, 28],
        dtype="float32",
        data_format="channels_last",
    ),
    dense("dense", 300),
    dense("dense_1", 100),
    dense("dense_2", 10, "softmax"),
)
TWO_INPUTS = (
    entry("wide", 5),
    entry("deep", 6),
    called(dense("hidden", 30), "deep"),
    called(bare("Concatenate", name="concat", trainable=True, axis=-1), "wide", "hidden"),
    called(dense("out", 1, "linear"), "concat"),
)
WEIGHTS = {name: shape for name, shape in CHAPTER.items() if shape}
TWO_WEIGHTS = {
    "hidden/hidden/kernel:0": (6, 30),
    "hidden/hidden/bias:0": (30,),
    "out/out/kernel:0": (35, 1),
    "out/out/bias:0": (1,),
}
TEXT = (
    bare(
        "Embedding",
        name="embedding",
        batch_input_shape=[None, 20],
        dtype="float32",
        input_dim=50,
        output_dim=8,
        mask_zero=False,
        embeddings_initializer={
            "class_name": "RandomUniform",
            "config": {"minval": -0.05, "maxval": 0.05, "seed": None},
        },
        input_length=20,
    ),
    bare(
        "LSTM",
        name="lstm",
        units=4,
        activation="tanh",
        recurrent_activation="hard_sigmoid",
        use_bias=True,
        implementation=1,
        return_sequences=False,
        recurrent_initializer={"class_name": "Orthogonal", "config": {"gain": 1.0, "seed": None}},
    ),
    dense("dense", 1, "sigmoid"),
)
TEXT_WEIGHTS = {
    "embedding/embedding/embeddings:0": (50, 8),
    "lstm/lstm/kernel:0": (8, 16),
    "lstm/lstm/recurrent_kernel:0": (4, 16),
    "lstm/lstm/bias:0": (16,),
    "dense/dense/kernel:0": (4, 1),
    "dense/dense/bias:0": (1,),
}
PICTURE = (
    bare(
        "Conv2D",
        name="conv",
        batch_input_shape=[None, 8, 8, 1],
        dtype="float32",
        filters=3,
        kernel_size=[3, 3],
        strides=[1, 1],
        padding="valid",
        data_format="channels_last",
        dilation_rate=[1, 1],
        activation="relu",
        use_bias=True,
    ),
    bare("BatchNormalization", name="bn", axis=[3], momentum=0.99, epsilon=0.001, center=True, scale=True),
    bare("MaxPooling2D", name="pool", pool_size=[2, 2], strides=[2, 2], padding="valid", data_format="channels_last"),
    bare("Dropout", name="drop", rate=0.5, noise_shape=None, seed=None),
    bare("Flatten", name="flat", data_format="channels_last"),
    dense("dense", 2, "softmax"),
)
PICTURE_WEIGHTS = {
    "conv/conv/kernel:0": (3, 3, 1, 3),
    "conv/conv/bias:0": (3,),
    "bn/bn/gamma:0": (3,),
    "bn/bn/beta:0": (3,),
    "bn/bn/moving_mean:0": (3,),
    "bn/bn/moving_variance:0": (3,),
    "dense/dense/kernel:0": (27, 2),
    "dense/dense/bias:0": (2,),
}
LATE = {
    "module": "keras.initializers",
    "class_name": "GlorotUniform",
    "config": {"seed": None},
    "registered_name": None,
}
LATE_LAYERS = (  # as Keras 2.13 to 2.15 mixed the new form of objects into an .h5
    {"module": "keras.layers", "registered_name": None}
    | bare("InputLayer", batch_input_shape=[None, 4], dtype="float32", name="input_1"),
    {"module": "keras.layers", "registered_name": None, "build_config": {"input_shape": [None, 4]}}
    | bare("Dense", name="dense", units=3, activation="softmax", use_bias=True, kernel_initializer=LATE),
)
CELL = {"name": "lstm", "units": 4, "activation": "tanh", "recurrent_activation": "sigmoid", "time_major": False}
BOTH_WAYS = net(entry("x", 5, 3), bare("Bidirectional", name="b", layer=bare("LSTM", **CELL)), dense("d", 1))
BOTH_WEIGHTS = {
    f"b/b/{way}_lstm/{name}:0": shape
    for way in ("forward", "backward")
    for name, shape in {"kernel": (3, 16), "recurrent_kernel": (4, 16), "bias": (16,)}.items()
} | {"d/d/kernel:0": (8, 1), "d/d/bias:0": (1,)}
FRAMES = net(
    bare("TimeDistributed", name="t", batch_input_shape=[None, 5, 3], layer=dense("inner", 2)),
    bare("GRU", name="g", units=2),
)
FRAMES_WEIGHTS = {
    "t/t/kernel:0": (3, 2),
    "t/t/bias:0": (2,),
    "g/g/kernel:0": (2, 6),
    "g/g/r:0": (2, 6),
    "g/g/bias:0": (6,),
}
INNER = functional("Model", entry("y", 4), called(dense("d", 3), "y"), inputs=["y"], outputs=["d"])
TOWER = net(dense("t", 3, batch_input_shape=[None, 3]))


def calling(name, document, *inputs):
    """A layer called `name` with the first calls of models, which Keras 2 counts as 1."""
    config = document["config"] | {"name": name}
    return document | {"name": name, "config": config, "inbound_nodes": [[[each, 1, 0, {}] for each in inputs]]}


NESTED = functional(
    "Model",
    entry("x", 4),
    calling("inner", INNER) | {"inbound_nodes": [[["x", 0, 0, {}]]]},
    calling("tower", TOWER, "inner"),
    calling("e", dense("e", 2), "tower"),
    inputs=["x"],
    outputs=["e"],
)
NESTED["config"]["output_layers"].append(["tower", 1, 0])
NESTED_WEIGHTS = {
    "inner/d/kernel:0": (4, 3),
    "inner/d/bias:0": (3,),
    "tower/t/kernel:0": (3, 3),
    "tower/t/bias:0": (3,),
}
NESTED_WEIGHTS |= {"e/e/kernel:0": (3, 2), "e/e/bias:0": (2,)}
MOBILE = net(
    entry("x", 8, 8, 2),
    bare("DepthwiseConv2D", name="c", kernel_size=[3, 3], groups=1, depth_multiplier=1, padding="same"),
    bare("SeparableConv2D", name="s", filters=3, kernel_size=[1, 1], groups=1, kernel_initializer=UNIFORM),
    bare("Conv2DTranspose", name="t", filters=1, kernel_size=[2, 2], groups=1),
    bare("LeakyReLU", name="l", alpha=0.1),
)
MOBILE_WEIGHTS = {
    "c/c/d:0": (3, 3, 2, 1),
    "c/c/b:0": (2,),
    "s/s/d:0": (1, 1, 2, 1),
    "s/s/p:0": (1, 1, 2, 3),
    "s/s/b:0": (3,),
}
MOBILE_WEIGHTS |= {"t/t/k:0": (2, 2, 1, 3), "t/t/b:0": (1,)}
FILES = {
    "chapter, tf.keras 2.0": (net(*DIGITS), WEIGHTS, "2.2.4-tf", 266_610),
    "chapter, tf.keras 2.4": (
        net(
            entry("flatten_input", 28, 28),
            *DIGITS,
            build_input_shape={"class_name": "TensorShape", "items": [None, 28, 28]},
        ),
        WEIGHTS,
        "2.4.0",
        266_610,
    ),
    "two inputs, Keras 2.2": (
        functional("Model", *TWO_INPUTS, inputs=["wide", "deep"], outputs=["out"]),
        TWO_WEIGHTS,
        "2.2.4",
        246,
    ),
    "two inputs, tf.keras 2.8": (
        functional("Functional", *TWO_INPUTS, inputs=["wide", "deep"], outputs=["out"]),
        TWO_WEIGHTS,
        "2.8.0",
        246,
    ),
    "text, Keras 2.3": (net(*TEXT), TEXT_WEIGHTS, "2.3.1", 613),
    "pictures, Keras 2.2": (net(*PICTURE), PICTURE_WEIGHTS, "2.2.4", 98),
    "bare list, Keras 2.1": (bare("Sequential") | {"config": list(DIGITS)}, WEIGHTS, "2.1.6", 266_610),
    "both ways": (BOTH_WAYS, BOTH_WEIGHTS, "2.4.0", 265),
    "frames": (FRAMES, FRAMES_WEIGHTS, "2.2.4", 38),
    "models in a model": (NESTED, NESTED_WEIGHTS, "2.4.0", 35),
    "words of old": (MOBILE, MOBILE_WEIGHTS, "2.11.0", 44),
    "Keras 2.15": (net(*LATE_LAYERS), {"dense/dense/kernel:0": (4, 3), "dense/dense/bias:0": (3,)}, "2.15.0", 15),
}


@pytest.mark.filterwarnings("ignore:Argument `input_length`", "ignore:Argument `alpha`")
@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_what_old_versions_wrote_passes_and_is_loaded(tmp_path, inspected, file):
    config, weights, version, parameters = file
    found = inspected(forge.legacy(config, weights, COMPILED, version), "old.h5")
    assert (found.kind, found.keras_version, found.parameters) == ("h5", version, parameters)
    assert found.compile_config["loss"] == "sparse_categorical_crossentropy"
    (tmp_path / "out").mkdir()
    model = keras.saving.load_model(found.strip_to(tmp_path / "out"), compile=False, safe_mode=True)
    assert model.count_params() == parameters
    assert all(np.all(weight.numpy() == 0.5) for weight in model.weights)


@pytest.mark.parametrize("class_name", ["TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer", "CuDNNLSTM", "Lambda"])
def test_layers_that_keras_3_no_longer_has_are_refused(refusal, class_name):
    assert refusal(forge.legacy(net(*DIGITS, bare(class_name, name="x")), WEIGHTS), "old.hdf5").rule == "layer"


def test_an_h5_with_a_lambda_is_refused_in_each_of_its_old_forms(refusal):
    code = ["4wEAAAAAAAAAAA==", None, None]
    for function in (code, {"class_name": "__lambda__", "config": {"code": code[0]}}, "relu"):
        hostile = bare("Lambda", name="x", function=function, function_type="lambda", module="os")
        assert refusal(forge.legacy(net(*DIGITS, hostile), WEIGHTS), "old.h5").rule == "layer"


@pytest.mark.parametrize("name", ["TypeSpec", "CompositeTensor", "__lambda__"])
def test_what_the_reader_of_an_h5_would_make_while_it_reads_is_refused(refusal, name):
    config = copy.deepcopy(net(*DIGITS))
    config["config"]["layers"][1]["config"]["extra"] = {"class_name": name, "items": [], "spec": {}, "tensors": []}
    assert refusal(forge.legacy(config, WEIGHTS), "old.h5").rule in ("layer", "function")


def test_weights_without_a_model_are_refused_with_the_remedy(refusal):
    refused = refusal(forge.weights(), "weights.h5")
    assert (refused.rule, refused.part) == ("config", "/model_config")
    assert "model.save" in refused.sentence


@pytest.mark.parametrize("text", [b"", b"not JSON", b"[]", b'{"class_name": "Sequential"}', b'{"config": {}}'])
def test_a_configuration_that_is_none_is_refused(refusal, text):
    def fill(file):
        file.attrs["model_config"] = text

    assert refusal(forge.hdf5(fill), "old.h5").rule in ("json", "config", "layer", "bomb")
