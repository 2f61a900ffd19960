"""What a model would take of memory is counted from its configuration, and bounded before Keras allocates any of it."""

import pytest

from models.inspection.graph import count
from models.inspection.limits import Limits
from models.inspection.refused import Refused
from tests.models.inspection.forge import dense, layer, sequential

LIMITS = Limits()
MUCH = 10**9


def refused(document, limits=LIMITS):
    with pytest.raises(Refused) as caught:
        count(document, limits, "config.json")
    assert caught.value.sentence.endswith(".")
    return caught.value.rule


def picture(*layers):
    return sequential(*layers, shape=(None, 32, 32, 3))


def steps(*layers):
    return sequential(*layers, shape=(None, 10, 8))


def built(document, shape):
    return document | {"build_config": {"input_shape": shape}}


def functional(*layers, outputs):
    return layer(
        "Functional", "keras", name="net", layers=list(layers), input_layers=[["x", 0, 0]], output_layers=outputs
    )


def entry(*shape):
    config = {"batch_shape": list(shape), "name": "x"}
    return {"module": "keras.layers", "class_name": "InputLayer", "config": config, "name": "x", "inbound_nodes": []}


def called(document, *names, **kwargs):
    tensors = [{"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}} for name in names]
    node = {"args": tensors if len(names) == 1 else [tensors], "kwargs": kwargs}
    return document | {"name": document["config"]["name"], "inbound_nodes": [node]}


LARGE = {
    "Dense": sequential(dense(MUCH)),
    "Dense, twice the square root": sequential(dense(40_000), dense(40_000)),
    "many Dense": sequential(*[dense(10_000)] * 10),
    "Embedding": sequential(layer("Embedding", input_dim=MUCH, output_dim=100), shape=(None, 5)),
    "EinsumDense": steps(layer("EinsumDense", equation="abc,cd->abd", output_shape=[None, MUCH])),
    "Conv2D filters": picture(layer("Conv2D", filters=MUCH, kernel_size=[3, 3])),
    "Conv2D kernel": picture(layer("Conv2D", filters=8, kernel_size=[60_000, 60_000], padding="same")),
    "Conv2DTranspose": picture(layer("Conv2DTranspose", filters=8, kernel_size=2, strides=[60_000, 60_000])),
    "Conv1D dilated": steps(layer("Conv1D", filters=1, kernel_size=60_000, dilation_rate=60_000, padding="causal")),
    "DepthwiseConv2D": picture(layer("DepthwiseConv2D", kernel_size=3, depth_multiplier=MUCH)),
    "SeparableConv2D": picture(layer("SeparableConv2D", filters=8, kernel_size=1, depth_multiplier=MUCH)),
    "LSTM": steps(layer("LSTM", units=MUCH)),
    "GRU in Bidirectional": steps(layer("Bidirectional", layer=layer("GRU", units=100_000))),
    "RNN of cells": steps(layer("RNN", cell=[layer("LSTMCell", units=100_000)])),
    "StackedRNNCells": steps(layer("RNN", cell=layer("StackedRNNCells", cells=[layer("GRUCell", units=100_000)]))),
    "ConvLSTM2D": sequential(layer("ConvLSTM2D", filters=100_000, kernel_size=3), shape=(None, 3, 8, 8, 1)),
    "TimeDistributed": steps(layer("TimeDistributed", layer=dense(MUCH))),
    "SpectralNormalization": sequential(layer("SpectralNormalization", layer=dense(MUCH))),
    "nested": sequential(layer("Sequential", "keras", name="inner", layers=[dense(MUCH)])),
    "nested by its own input": sequential(sequential(dense(1_000), shape=(None, 10**6))),
    "RepeatVector": sequential(layer("RepeatVector", n=MUCH)),
    "UpSampling1D": steps(layer("UpSampling1D", size=65_536), layer("UpSampling1D", size=65_536)),
    "UpSampling2D": picture(layer("UpSampling2D", size=[60_000, 60_000])),
    "ZeroPadding2D": picture(layer("ZeroPadding2D", padding=[[60_000, 60_000], [60_000, 60_000]])),
    "Reshape and Dense": picture(layer("Flatten"), dense(100_000)),
    "Resizing": picture(layer("Resizing", height=100_000, width=100_000)),
    "CategoryEncoding": sequential(layer("CategoryEncoding", num_tokens=MUCH)),
    "Hashing": sequential(layer("Hashing", num_bins=MUCH, output_mode="one_hot")),
    "IntegerLookup": sequential(layer("IntegerLookup", vocabulary=[1], max_tokens=MUCH, output_mode="multi_hot")),
    "StringLookup": sequential(layer("StringLookup", vocabulary=["a"], num_oov_indices=MUCH)),
    "TextVectorization": sequential(layer("TextVectorization", output_sequence_length=MUCH), shape=(None, 1)),
    "MelSpectrogram": sequential(layer("MelSpectrogram", num_mel_bins=100_000, fft_length=100_000), shape=(None, 8000)),
    "STFTSpectrogram": sequential(layer("STFTSpectrogram", frame_length=100_000), shape=(None, 200_000, 1)),
    "Input": sequential(shape=(None, MUCH)),
    "Input and Dense": sequential(dense(1), shape=(None, MUCH)),
    "Input with a batch": sequential(layer("Dropout", rate=0.1), shape=(MUCH, 4)),
    "build_config": sequential(built(dense(1_000), [None, 10**6])),
    "build_config of a model": sequential(
        built(layer("Sequential", "keras", name="inner", layers=[dense(1_000)]), [None, 10**6])
    ),
    "build_config inside a wrapper": steps(layer("TimeDistributed", layer=built(dense(1_000), [None, 10**6]))),
    "build_input_shape": layer("Sequential", "keras", name="n", layers=[dense(1000)], build_input_shape=[None, 10**6]),
    "MultiHeadAttention": functional(
        entry(None, 5, 8), called(layer("MultiHeadAttention", name="a", num_heads=10_000, key_dim=10_000), "x", "x"),
        outputs=[["a", 0, 0]],
    ),
    "attention of a million": functional(
        entry(None, 10**6, 8), called(layer("Attention", name="a"), "x", "x"), outputs=[["a", 0, 0]]
    ),
    "Concatenate": functional(
        entry(None, 10**7), called(layer("Concatenate", name="c"), *["x"] * 20), outputs=[["c", 0, 0]]
    ),
    "broadcast": functional(
        entry(None, 30_000),
        called(layer("Reshape", name="r", target_shape=[30_000, 1]), "x"),
        called(layer("Add", name="a"), "x", "r"),
        outputs=[["a", 0, 0]],
    ),
    "one_hot": functional(
        entry(None, 4),
        called(layer("OneHot", "keras.src.ops.nn", name="o", num_classes=MUCH), "x"),
        outputs=[["o", 0, 0]],
    ),
}  # fmt: skip


@pytest.mark.parametrize("document", LARGE.values(), ids=LARGE)
def test_a_layer_that_would_take_much_memory_is_refused(document):
    assert refused(document) in ("parameters", "shape")


NONSENSE = {
    "negative units": sequential(dense(-1)),
    "units that are no number": sequential(dense("many")),
    "units that are true": sequential(dense(True)),
    "units of no layer": sequential(layer("Dense")),
    "kernel of three numbers": picture(layer("Conv2D", filters=1, kernel_size=[1, 2, 3])),
    "axis that is not there": picture(layer("BatchNormalization", axis=9)),
    "flat picture": sequential(layer("Conv2D", filters=1, kernel_size=3)),
    "unknown features": sequential(dense(3), shape=(None, None)),
    "shape with words": sequential(shape=(None, "x")),
    "seventeen dimensions": sequential(shape=[None] * 17),
    "order of no dimensions": steps(layer("Permute", dims=[1, 1])),
    "no input": layer("Sequential", "keras", name="net", layers=[dense()]),
    "layers that are none": layer("Sequential", "keras", name="net", layers=None),
    "model made by code": layer("Model", "keras", name="net"),
    "unrolled for long": sequential(layer("LSTM", units=1, unroll=True), shape=(None, 10**5, 1)),
    "renormalized": sequential(layer("BatchNormalization", renorm=True)),
    "equation of three": steps(layer("EinsumDense", equation="ab,bc,cd->ad", output_shape=3)),
    "called with nothing": functional(entry(None, 4), called(dense(3), "y"), outputs=[["dense", 0, 0]]),
    "waiting for itself": functional(entry(None, 4), called(dense(3), "dense"), outputs=[["dense", 0, 0]]),
    "output of no layer": functional(entry(None, 4), outputs=[["y", 0, 0]]),
    "negative call": functional(entry(None, 4), outputs=[["x", -1, 0]]),
    "two of one name": functional(entry(None, 4), entry(None, 4), outputs=[["x", 0, 0]]),
    "never called": functional(entry(None, 4), dense(3) | {"name": "dense"}, outputs=[["x", 0, 0]]),
}


@pytest.mark.parametrize("document", NONSENSE.values(), ids=NONSENSE)
def test_a_model_that_makes_no_sense_is_refused_with_a_sentence(document):
    assert refused(document) in ("config", "layer", "parameters", "shape")


def test_models_in_models_in_models_end():
    document = dense(4)
    for _ in range(8):  # each calls the one before ten times: a hundred million calls in a few kilobytes
        inner = called(document | {"config": document["config"] | {"name": "inner"}}, "x")
        inner = inner | {"inbound_nodes": inner["inbound_nodes"] * 10}
        document = functional(entry(None, 4), inner, outputs=[["inner", 1, 0]])
    assert refused(document) == "nodes"


def test_a_layer_behind_one_of_an_allowed_package_is_counted_as_far_as_it_tells():
    mine = {"module": "lab", "class_name": "Mine", "config": {}, "registered_name": "lab>Mine"}
    assert count(sequential(mine, dense(3)), LIMITS, "config.json") is None
    assert refused(sequential(mine, built(dense(1_000), [None, 10**6]))) == "parameters"


def test_weights_that_are_fewer_than_the_layers_need_are_refused(refusal):
    from tests.models.inspection import forge  # noqa: PLC0415  # this test alone makes files

    found = refusal(forge.archive(sequential(dense(1_000))))
    assert (found.rule, found.part) == ("shape", "model.weights.h5")
    assert "5000 weights, and the file holds 15" in found.sentence
