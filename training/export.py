"""Writes a trained Keras model in the forms that are served, and proves that they compute the same."""

import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnxruntime

from models.errors import InvalidSignature
from models.golden import Golden, Tensors
from models.signature import Signature
from models.version import GOLDEN_FILE, KERAS_FILE, ONNX_FILE
from training.parity import parity

GOLDEN_ROWS = 32


def write_model(model: keras.Model, signature: Signature, rows: Tensors, folder: Path) -> dict[str, Any] | None:
    """Write model.keras, golden.npz and, where ONNX can express the model, model.onnx into `folder`.

    `rows` holds real input rows by input name; the first GOLDEN_ROWS of them become the golden rows.
    Returns what the manifest says of parity, None where there is no model.onnx: the TensorFlow runtime serves it then.
    Raises ParityError where ONNX Runtime's answers differ from Keras's by more than ATOL + RTOL * |answer|, and
    InvalidSignature where rows or answers are not as the signature says.
    """
    rows = {name: values[:GOLDEN_ROWS] for name, values in rows.items()}
    golden = Golden(inputs=rows, outputs=keras_outputs(model, signature, rows))
    _check_fit(golden, signature)
    golden.save(folder / GOLDEN_FILE)
    model.save(folder / KERAS_FILE)
    if (outputs := _export_onnx(model, signature, golden, folder / ONNX_FILE)) is None:
        return None
    return parity(golden, outputs)


def keras_outputs(model: keras.Model, signature: Signature, rows: Tensors) -> dict[str, np.ndarray]:
    """What Keras answers for `rows`, by output name.

    The signature has inputs and outputs in the order of `model.inputs` and `model.outputs`, whatever the model nests
    them in.
    """
    inputs: Any = [rows[tensor.name] for tensor in signature.inputs]
    nested = inputs[0] if isinstance(model, keras.Sequential) else keras.tree.pack_sequence_as(model.input, inputs)
    outputs = keras.tree.flatten(model.predict(nested, verbose=0))
    return {tensor.name: values for tensor, values in zip(signature.outputs, outputs, strict=True)}


def _check_fit(golden: Golden, signature: Signature) -> None:
    """Before anything is published; afterwards no service would take it."""
    if golden.fits(signature):
        return
    found = ", ".join(
        f"{name} {'x'.join(map(str, values.shape))} of {values.dtype}"
        for name, values in (*golden.inputs.items(), *golden.outputs.items())
    )
    raise InvalidSignature(
        f"The model's rows and answers do not fit its signature, which has {_told(signature)}, and no whole number "
        f"outside of an input's ranges. They are: {found}."
    )


def _told(signature: Signature) -> str:
    rows = [(tensor.name, tensor.shape, tensor.dtype) for tensor in signature.inputs]
    rows += [(output.name, output.shape, "float32") for output in signature.outputs]
    return ", ".join(f"{name} {'x'.join(map(str, ('rows', *shape)))} of {dtype}" for name, shape, dtype in rows)


def _export_onnx(model: keras.Model, signature: Signature, golden: Golden, path: Path) -> Tensors | None:
    """Export, load again, and answer the golden rows; None where any of it fails: the converter has no error class."""
    logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)
    _inline_statistics(model)
    try:
        from training import operators  # noqa: F401, PLC0415  # teaches the converter; searches do without either

        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)  # Keras looks for it
            model.export(path, format="onnx", verbose=False)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        _check_inputs(session, signature)
        return _onnx_outputs(session, signature, golden.inputs)
    except Exception as error:  # noqa: BLE001  # whatever it is, the model goes out for the TensorFlow runtime
        path.unlink(missing_ok=True)
        print(f"ONNX cannot express this model, so the TensorFlow runtime will serve it: {_first_line(error)}")
        return None


def _inline_statistics(model: keras.Model) -> None:
    """Make plain numbers of what Normalization has learnt: the converter takes a layer's tensors for further inputs."""
    for layer in _layers(model):
        if isinstance(layer, keras.layers.Normalization):
            layer.mean, layer.variance = np.asarray(layer.mean), np.asarray(layer.variance)


def _layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    for layer in model.layers:
        yield layer
        if isinstance(layer, keras.Model):
            yield from _layers(layer)


def _check_inputs(session: onnxruntime.InferenceSession, signature: Signature) -> None:
    given = {tensor.name: tensor.type for tensor in session.get_inputs()}
    expected = {tensor.name: _ONNX_TYPES[tensor.dtype] for tensor in signature.inputs}
    if given != expected:
        raise ValueError(f"its inputs would be {given} instead of {expected}")


_ONNX_TYPES = {"float32": "tensor(float)", "int32": "tensor(int32)", "int64": "tensor(int64)"}


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__


def _onnx_outputs(session: onnxruntime.InferenceSession, signature: Signature, rows: Tensors) -> dict[str, np.ndarray]:
    """By name; ONNX gives the outputs names of its own, in the model's order."""
    outputs = session.run(None, {tensor.name: rows[tensor.name] for tensor in signature.inputs})
    return {tensor.name: values for tensor, values in zip(signature.outputs, outputs, strict=True)}
