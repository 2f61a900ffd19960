"""Export: ONNX where it can express the model, always with the proof that it computes what Keras computes."""

from dataclasses import replace

import keras
import numpy as np
import onnxruntime
import pytest

from models.errors import InvalidSignature
from models.golden import Golden
from models.signature import Input, Output, Signature, Task
from service.runtimes.onnx import OnnxRuntime
from service.runtimes.tensorflow import TensorFlowRuntime
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
        pytest.param(lambda: [keras.layers.Rescaling(3.0), keras.layers.Dense(4, activation="gelu")], id="exact gelu"),
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
        pytest.param(lambda: keras.layers.Dense(4, activation="celu"), id="celu"),
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


def rows_in(**shapes):
    return {
        name: np.random.default_rng(4).normal(size=(5, *shape)).astype(np.float32) for name, shape in shapes.items()
    }


def values(*names):
    """Outputs of regression with two units each."""
    return tuple(Output(name, 2, "linear", ("x", "y")) for name in names)


def two_by_two(nest_inputs, nest_outputs):
    """Two inputs, and two outputs of one shape, which are as easily taken for one another."""
    left, right = keras.Input((2,), name="left"), keras.Input((2,), name="right")
    doubled = keras.layers.Rescaling(2.0, name="doubled")(left)
    tripled = keras.layers.Rescaling(3.0, name="tripled")(right)
    return keras.Model(nest_inputs(left, right), nest_outputs(doubled, tripled))


@pytest.mark.parametrize(
    ("nest_inputs", "nest_outputs", "inputs", "outputs"),
    [
        pytest.param(
            lambda *pair: [*pair], lambda *pair: [*pair], ("left", "right"), ("doubled", "tripled"), id="in-lists"
        ),
        pytest.param(
            lambda *pair: [*pair], lambda *pair: [*pair][::-1], ("left", "right"), ("tripled", "doubled"), id="swapped"
        ),
        pytest.param(
            lambda left, right: {"left": left, "right": right},
            lambda doubled, tripled: {"z": doubled, "a": tripled},
            ("left", "right"),
            ("tripled", "doubled"),
            id="by-name",
        ),
    ],
)
def test_each_input_and_output_keeps_its_name_however_the_model_nests_them(
    tmp_path, nest_inputs, nest_outputs, inputs, outputs
):
    built = two_by_two(nest_inputs, nest_outputs)
    signature = Signature(Task.REGRESSION, tuple(Input(name, (2,)) for name in inputs), values(*outputs))
    rows = rows_in(left=(2,), right=(2,))
    assert write_model(built, signature, rows, tmp_path)["largest_difference"] < 1e-6
    golden = Golden.from_bytes((tmp_path / "golden.npz").read_bytes())
    np.testing.assert_allclose(golden.outputs["doubled"], 2 * rows["left"], rtol=1e-6)
    np.testing.assert_allclose(golden.outputs["tripled"], 3 * rows["right"], rtol=1e-6)
    for runtime in (
        OnnxRuntime((tmp_path / "model.onnx").read_bytes(), signature, threads=1),
        TensorFlowRuntime((tmp_path / "model.keras").read_bytes(), signature),
    ):
        assert golden.agrees(runtime.predict(golden.inputs)), runtime.name


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_whole_numbers_go_in_as_such(tmp_path, dtype):
    numbers = keras.Input((3,), dtype=dtype, name="numbers")
    built = keras.Model(numbers, keras.layers.Flatten()(keras.layers.Embedding(9, 2)(numbers)))
    signature = Signature(
        Task.REGRESSION,
        (Input("numbers", (3,), dtype, ranges=((0, 8),)),),
        (Output("y", 6, "linear", tuple("abcdef")),),
    )
    write_model(built, signature, {"numbers": np.arange(9, dtype=dtype).reshape(3, 3)}, tmp_path)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    assert session.get_inputs()[0].type == f"tensor({dtype})"


@pytest.mark.parametrize(
    ("signature", "rows", "found"),
    [
        pytest.param(
            replace(SIGNATURE, outputs=(Output("price", 2, "linear", ("a", "b")),)),
            ROWS,
            "price 32x1 of float32",
            id="other-units",
        ),
        pytest.param(
            replace(SIGNATURE, inputs=(Input("features", (3,), "int32"),)),
            ROWS,
            "features 32x3 of float32",
            id="other-dtype",
        ),
    ],
)
def test_a_signature_that_does_not_fit_the_model_is_refused_before_it_is_published(tmp_path, signature, rows, found):
    with pytest.raises(InvalidSignature, match=found):
        write_model(model(), signature, rows, tmp_path)
    assert not list(tmp_path.iterdir())
