"""Models of less usual forms: several outputs, images and steps as answers, names in objects, older weights."""

import io
import json
import zipfile

import h5py
import keras
import numpy as np
import pytest

from models.signature import Task
from models.version import KERAS_FILE, ONNX_FILE
from service.runtimes.opening import open_runtime
from tests.training.importing.conftest import rows_and_answers
from training.importing import importing
from training.importing.renumbering import NEW, OLD, WEIGHTS, renumbered

layers = keras.layers


def several():
    """A class and a price of the same house."""
    row = keras.Input((4,), name="house")
    hidden = layers.Dense(5, activation="relu")(row)
    kind, price = layers.Dense(3, name="kind")(hidden), layers.Dense(1, name="price")(hidden)
    model = keras.Model(row, [kind, price])
    model.compile(loss={"kind": keras.losses.SparseCategoricalCrossentropy(from_logits=True), "price": "mse"})
    return model


def test_several_outputs_have_a_task_each(imported, ask, tmp_path):
    several().save(tmp_path / "house.keras")
    version = imported(tmp_path / "house.keras", classes="kind:flat,house,castle")
    kind, price = version.manifest.signature.parts
    assert (kind.task, kind.outputs[0].names) == (Task.MULTICLASS, ("flat", "house", "castle"))
    assert (price.task, price.outputs[0].name) == (Task.REGRESSION, "price")
    golden = version.golden()
    (answer,) = ask("/models/house/predict", {"instances": golden.inputs["house"][:1].tolist()})["predictions"]
    assert answer["kind"] == pytest.approx(golden.outputs["kind"][0], abs=1e-5)
    assert np.ravel(answer["price"]) == pytest.approx(golden.outputs["price"][0], abs=1e-5)


def autoencoder():
    image = keras.Input((8, 8, 1), name="image")
    code = layers.Conv2D(2, 3, strides=2, padding="same", activation="relu")(image)
    return keras.Model(image, layers.Conv2DTranspose(1, 3, strides=2, padding="same", activation="sigmoid")(code))


def tagger():
    words = keras.Input((6,), name="words")
    steps = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(layers.Embedding(20, 4)(words))
    return keras.Model(words, layers.TimeDistributed(layers.Dense(5, activation="softmax"))(steps))


def by_name():
    left, right = keras.Input((3,), name="right_one"), keras.Input((2,), name="left_one")
    answer = layers.Dense(1, activation="sigmoid")(layers.Concatenate()([left, right]))
    return keras.Model({"right_one": left, "left_one": right}, {"same": answer})


def pixels():
    image = keras.Input((4, 4, 3), dtype="uint8", name="image")
    return keras.Model(image, layers.Dense(2, activation="softmax")(layers.Flatten()(layers.Rescaling(1 / 255)(image))))


FORMS = {
    "an image": (autoencoder, Task.REGRESSION, [("image", (8, 8, 1), "float32")], (8, 8, 1)),
    "a class at each step": (tagger, Task.MULTICLASS, [("words", (6,), "int32")], (6, 5)),
    "inputs in an object": (
        by_name,
        Task.BINARY,
        [("left_one", (2,), "float32"), ("right_one", (3,), "float32")],
        (1,),
    ),
    "bytes": (pixels, Task.MULTICLASS, [("image", (4, 4, 3), "int32")], (2,)),
}


@pytest.mark.parametrize("case", FORMS.values(), ids=FORMS)
def test_a_model_of_any_form_is_imported_and_answers_as_keras_did(case, imported, tmp_path):
    make, task, inputs, shape = case
    model = make()
    model.save(tmp_path / "model.keras")
    version = imported(tmp_path / "model.keras")
    signature, golden = version.manifest.signature, version.golden()
    assert signature.task is task
    assert sorted((each.name, each.shape, each.dtype) for each in signature.inputs) == inputs
    assert signature.outputs[0].shape == shape
    given = [golden.inputs[tensor.name] for tensor in model.inputs]
    (expected,) = keras.tree.flatten(model.predict(keras.tree.pack_sequence_as(model.input, given), verbose=0))
    assert golden.agrees({signature.outputs[0].name: expected})
    for choice in ("onnx", "tensorflow"):
        assert golden.agrees(open_runtime(version, choice, 1).predict(golden.inputs))


def test_half_precision_is_answered_in_full_precision(imported, tmp_path):
    layers_of_half = [keras.Input((4,)), layers.Dense(8, dtype="mixed_float16"), layers.Dense(3, activation="softmax")]
    keras.Sequential(layers_of_half).save(tmp_path / "half.keras")
    version = imported(tmp_path / "half.keras")
    assert str(version.golden().outputs["probabilities"].dtype) == "float32"


def test_without_an_onnx_model_the_version_is_for_the_tensorflow_runtime_and_says_so(saved, imported, ask, monkeypatch):
    has = importing.Workshop.has
    monkeypatch.setattr(importing.Workshop, "has", lambda shop, *place: ONNX_FILE not in place and has(shop, *place))
    version = imported(saved("iris"))
    assert not version.has(ONNX_FILE)
    assert version.has(KERAS_FILE)
    assert "the TensorFlow runtime serves this version" in version.card()
    assert ask("/models/iris")["runtime"] == "tensorflow"
    rows, answers = rows_and_answers(saved("iris"))
    assert np.array(ask("/models/iris/predict", {"instances": rows[0].tolist()})["predictions"]) == pytest.approx(
        answers, abs=1e-5
    )


def as_keras_2_13_counted(path, new):
    """The same file with its layers under the old names: each class counted twice for each layer with weights."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    weights = io.BytesIO(members[WEIGHTS])
    with h5py.File(weights, "r+") as file:
        file.move(NEW, OLD)
        file[OLD].move("dense_1", "dense_2")
    metadata = json.dumps(json.loads(members["metadata.json"]) | {"keras_version": "2.13.1"}).encode()
    with zipfile.ZipFile(new, "w") as archive:
        for name, content in (members | {WEIGHTS: weights.getvalue(), "metadata.json": metadata}).items():
            archive.writestr(name, content)


def test_layers_that_keras_2_13_counted_twice_find_their_weights(saved, imported, tmp_path):
    as_keras_2_13_counted(saved("iris"), tmp_path / "iris.keras")
    version = imported(tmp_path / "iris.keras")
    assert "The file is of Keras 2.13.1" in " ".join(imported.told)
    golden = version.golden()
    model = keras.saving.load_model(saved("iris"), compile=False)
    assert golden.agrees({"probabilities": model.predict(golden.inputs["inputs"], verbose=0)})


def test_a_file_of_today_is_not_written_anew(saved):
    assert renumbered(saved("iris")) == saved("iris")
    assert renumbered(saved("iris", ".h5")) == saved("iris", ".h5")
