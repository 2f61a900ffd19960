"""Export: ONNX where it can express the model, always with the proof that it computes what Keras computes."""

import keras
import numpy as np
import pytest

from models.golden import Golden
from models.signature import Input, Output, Signature, Task
from training.errors import ParityError
from training.export import keras_outputs, parity, write_model

SIGNATURE = Signature(Task.REGRESSION, (Input("features", (3,)),), (Output("price", 1, "linear", ("price",)),))
ROWS = {"features": np.random.default_rng(3).normal(size=(40, 3)).astype(np.float32)}


def model(*layers):
    tensor = inputs = keras.Input((3,), name="features")
    for layer in layers:
        tensor = layer(tensor)
    return keras.Model(inputs, keras.layers.Dense(1, name="price")(tensor))


def adapted():
    layer = keras.layers.Normalization()
    layer.adapt(ROWS["features"])
    return layer


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param(lambda: [keras.layers.Dense(4, activation="relu")], id="dense"),
        pytest.param(lambda: [adapted()], id="adapted normalization"),
        pytest.param(
            lambda: [keras.layers.Normalization(mean=[1, 2, 3], variance=[1, 4, 9])], id="given normalization"
        ),
        pytest.param(lambda: [keras.Sequential([keras.Input((3,)), adapted()])], id="normalization in a nested model"),
        pytest.param(lambda: [keras.layers.Rescaling([1.0, 2.0, 3.0], [0.5, 0.5, 0.5])], id="rescaling by column"),
        pytest.param(lambda: [keras.layers.Dropout(0.5)], id="dropout"),
    ],
)
def test_a_stock_layer_goes_to_onnx_and_agrees(tmp_path, layers):
    given = write_model(model(*layers()), SIGNATURE, ROWS, tmp_path)
    assert given["rows"] == 32
    assert given["largest_difference"] < 1e-5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["golden.npz", "model.keras", "model.onnx"]


@pytest.mark.parametrize(
    "layer",
    [
        pytest.param(lambda: keras.layers.Discretization(bin_boundaries=[-0.5, 0.5]), id="discretization"),
        pytest.param(lambda: keras.layers.Dense(4, activation="gelu"), id="exact gelu"),
    ],
)
def test_a_model_that_onnx_cannot_express_is_written_without_it(tmp_path, capsys, layer):
    assert write_model(model(layer()), SIGNATURE, ROWS, tmp_path) is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["golden.npz", "model.keras"]
    assert capsys.readouterr().out.startswith("ONNX cannot express this model, so the TensorFlow runtime will serve it")


def test_the_exported_model_answers_in_keras_as_the_golden_rows_say(tmp_path):
    trained = model(adapted(), keras.layers.Dense(4, activation="tanh"))
    write_model(trained, SIGNATURE, ROWS, tmp_path)
    golden = Golden.from_bytes((tmp_path / "golden.npz").read_bytes())
    loaded = keras.models.load_model(tmp_path / "model.keras", compile=False)
    assert golden.agrees(keras_outputs(loaded, SIGNATURE, golden.inputs))


@pytest.mark.parametrize(
    ("outputs", "difference"),
    [
        pytest.param({"price": np.full((2, 1), 100.01, np.float32)}, "0.01", id="another number"),
        pytest.param({"price": np.array([[100], [np.nan]], np.float32)}, "inf", id="NaN"),
        pytest.param({"price": np.full((1, 1), 100, np.float32)}, "inf", id="fewer rows"),
        pytest.param({}, "inf", id="no output of that name"),
    ],
)
def test_a_runtime_that_differs_from_keras_is_refused(outputs, difference):
    golden = Golden(
        inputs={"features": np.ones((2, 3), np.float32)}, outputs={"price": np.full((2, 1), 100, np.float32)}
    )
    with pytest.raises(ParityError, match=f"differs from Keras by up to {difference}.* on the 2 golden rows"):
        parity(golden, outputs)
