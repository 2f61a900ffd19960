"""Small networks of the usual kinds, with random weights. Runs under any Keras from 2.12 on, so it knows no other file.

As a program, `python networks.py FOLDER`, it saves each of them as .keras and .h5 and, beside them, rows with the
answers that this Keras gives (NAME.npz), for a test that imports them with another Keras.
"""

import sys
from pathlib import Path

import keras
import numpy as np

layers = keras.layers
IS_OLD = keras.__version__ < "3"


def start(*shape):
    """The input of a stack; people wrote it into the first layer before Keras 3, see `of`."""
    return [] if IS_OLD else [keras.Input(shape)]


def of(*shape):
    """The argument of the first layer that tells the shape, before Keras 3."""
    return {"input_shape": shape} if IS_OLD else {}


def iris():
    """The chapter's own kind: a stack of dense layers and a softmax."""
    model = keras.Sequential([*start(4), layers.Dense(10, activation="relu", **of(4)), layers.Dense(3, "softmax")])
    model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])
    return model


def fashion():
    """Images that are flattened, with batch normalisation and dropout, which do nothing but scale afterwards."""
    model = keras.Sequential(
        [
            *start(28, 28),
            layers.Flatten(**of(28, 28)),
            layers.Dense(30, activation="relu", kernel_initializer="he_normal"),
            layers.BatchNormalization(),
            layers.Dropout(0.2),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy", optimizer="nadam", metrics=["accuracy"])
    return model


def digits():
    """A small convolutional network."""
    image = keras.Input((28, 28, 1), name="image")
    tensor = layers.Rescaling(1 / 255.0)(image)
    tensor = layers.Conv2D(8, 3, activation="relu", padding="same")(tensor)
    tensor = layers.MaxPooling2D()(tensor)
    tensor = layers.SeparableConv2D(8, 3, activation="elu")(tensor)
    tensor = layers.BatchNormalization()(tensor)
    tensor = layers.GlobalAveragePooling2D()(tensor)
    model = keras.Model(image, layers.Dense(10, activation="softmax", name="digit")(tensor))
    model.compile(loss="categorical_crossentropy", optimizer="adam")
    return model


def churn():
    """One sigmoid."""
    model = keras.Sequential(
        [*start(5), layers.Dense(8, activation="relu", **of(5)), layers.Dense(1, activation="sigmoid")]
    )
    model.compile(loss="binary_crossentropy", optimizer="adam")
    return model


def tags():
    """Several sigmoids."""
    model = keras.Sequential([*start(6), layers.Dense(8, activation="tanh", **of(6)), layers.Dense(3, "sigmoid")])
    model.compile(loss="binary_crossentropy", optimizer="adam")
    return model


def logits():
    """A linear last layer whose loss takes logits."""
    model = keras.Sequential([*start(4), layers.Dense(8, activation="relu", **of(4)), layers.Dense(3)])
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), optimizer="adam")
    return model


def price():
    """A linear regressor."""
    model = keras.Sequential([*start(8), layers.Dense(1, **of(8))])
    model.compile(loss="mean_squared_error", optimizer="sgd")
    return model


def wide_and_deep():
    """Two inputs of the user's own names, as in the chapter."""
    wide, deep = keras.Input((5,), name="input_wide"), keras.Input((6,), name="input_deep")
    hidden = layers.Dense(10, activation="relu")(layers.Dense(10, activation="relu")(deep))
    model = keras.Model([wide, deep], layers.Dense(1, name="price")(layers.Concatenate()([wide, hidden])))
    model.compile(loss="mse", optimizer="adam")
    return model


def text():
    """Whole numbers that stand for words, averaged."""
    model = keras.Sequential(
        [
            layers.Embedding(100, 8, **({"input_length": 12} if IS_OLD else {})),
            layers.GlobalAveragePooling1D(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.build((None, 12))
    model.compile(loss="binary_crossentropy", optimizer="adam")
    return model


def sentences():
    """The same read in order, with a mask over the zeros, by an input of whole numbers."""
    words = keras.Input((12,), dtype="int32", name="words")
    tensor = layers.Embedding(100, 8, mask_zero=True)(words)
    tensor = layers.LSTM(6)(tensor)
    model = keras.Model(words, layers.Dense(4, activation="softmax")(tensor))
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
    return model


def waves():
    """A series of any length, read in both directions."""
    series = keras.Input((None, 2), name="series")
    tensor = layers.Bidirectional(layers.GRU(5, return_sequences=True))(series)
    tensor = layers.Bidirectional(layers.SimpleRNN(3))(tensor)
    model = keras.Model(series, layers.Dense(2, activation="softmax")(tensor))
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
    return model


def nested():
    """A network in a network, and a layer that is used twice."""
    half = keras.Sequential([*start(3), layers.Dense(4, activation="relu", **of(3)), layers.Dense(4)], name="half")
    left, right = keras.Input((3,), name="left"), keras.Input((3,), name="right")
    tensor = layers.Subtract()([half(left), half(right)])
    model = keras.Model([left, right], layers.Dense(1, activation="sigmoid", name="same")(tensor))
    model.compile(loss="binary_crossentropy", optimizer="adam")
    return model


def scaled():
    """Numbers that the network itself standardises."""
    normalization = layers.Normalization()
    normalization.adapt(np.random.default_rng(2).normal(50, 10, (64, 3)).astype("float32"))
    row = keras.Input((3,), name="row")
    model = keras.Model(row, layers.Dense(2)(normalization(row)))
    model.compile(loss="mae", optimizer="adam")
    return model


NETWORKS = {
    make.__name__: make
    for make in (
        iris, fashion, digits, churn, tags, logits, price, wide_and_deep, text, sentences, waves, nested, scaled,
    )
}  # fmt: skip
LENGTHS = {"waves": 7}  # of rows whose length the network leaves open


def build(name):
    """One of them, with the same weights every time under one Keras."""
    keras.utils.set_random_seed(7)
    model = NETWORKS[name]()
    generator = np.random.default_rng(11)
    for layer in model.layers:
        if not isinstance(layer, layers.Normalization):  # which has learnt its numbers
            for weight in layer.weights:  # moving averages and biases too, which are 0 and 1 at first
                values = np.asarray(weight) + generator.uniform(0, 0.3, tuple(weight.shape))
                weight.assign(values.astype("float32"))
    return model


def rows_for(model, name, count=8):
    """Rows for each input, in the order of the inputs."""
    generator = np.random.default_rng(3)
    rows = []
    for tensor in model.inputs:
        shape = (count, *(size or LENGTHS.get(name, 5) for size in tuple(tensor.shape)[1:]))
        if name in ("text", "sentences"):
            rows.append(generator.integers(0, 100, shape).astype("int32"))
        else:
            rows.append((generator.normal(size=shape) * (255 if name == "digits" else 1)).astype("float32"))
    return rows


def answers_of(model, rows):
    """What Keras answers."""
    return np.asarray(model.predict(rows if len(rows) > 1 else rows[0], verbose=0))


def save(name, folder, suffixes=(".keras", ".h5")):
    """Save one, with rows and answers beside it."""
    model = build(name)
    rows = rows_for(model, name)
    numbered = {f"row{number}": values for number, values in enumerate(rows)}
    np.savez(Path(folder) / f"{name}.npz", answers=answers_of(model, rows), **numbered)
    for suffix in suffixes:
        is_old = keras.__version__.startswith("2.12") and suffix == ".keras"  # it would write HDF5 under that name
        model.save(str(Path(folder) / (name + suffix)), **({"save_format": "keras_v3"} if is_old else {}))


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    for each in NETWORKS:
        try:
            save(each, sys.argv[1])
        except Exception as error:  # noqa: BLE001  # an old Keras may not have it all; the others are still worth making
            print(f"{keras.__version__} {each}: {type(error).__name__}: {error}"[:300], file=sys.stderr)
