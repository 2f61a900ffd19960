"""Writes a trained Keras model in the forms that are served, and proves that they compute the same."""

import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnxruntime

from models.golden import ATOL, RTOL, Golden, Tensors
from models.signature import Signature
from models.version import GOLDEN_FILE, KERAS_FILE, ONNX_FILE
from training.errors import ParityError

GOLDEN_ROWS = 32


def write_model(model: keras.Model, signature: Signature, rows: Tensors, folder: Path) -> dict[str, Any] | None:
    """Write model.keras, golden.npz and, where ONNX can express the model, model.onnx into `folder`.

    `rows` holds real input rows by input name; the first GOLDEN_ROWS of them become the golden rows.
    Returns what the manifest says of parity, None where there is no model.onnx: the TensorFlow runtime serves it then.
    Raises ParityError where ONNX Runtime's answers differ from Keras's by more than ATOL + RTOL * |answer|.
    """
    rows = {name: values[:GOLDEN_ROWS] for name, values in rows.items()}
    golden = Golden(inputs=rows, outputs=keras_outputs(model, signature, rows))
    golden.save(folder / GOLDEN_FILE)
    model.save(folder / KERAS_FILE)
    if (session := _export_onnx(model, signature, folder / ONNX_FILE)) is None:
        return None
    return parity(golden, _onnx_outputs(session, signature, rows))


def keras_outputs(model: keras.Model, signature: Signature, rows: Tensors) -> dict[str, np.ndarray]:
    """What Keras answers for `rows`, by output name."""
    inputs = [rows[tensor.name] for tensor in signature.inputs]
    outputs = keras.tree.flatten(model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0))
    return {tensor.name: values for tensor, values in zip(signature.outputs, outputs, strict=True)}


def parity(golden: Golden, outputs: Tensors) -> dict[str, Any]:
    """What the manifest says of a runtime that gave `outputs` for the golden rows. Raises ParityError."""
    difference = golden.largest_difference(outputs)
    if not golden.agrees(outputs):
        raise ParityError(
            f"ONNX Runtime differs from Keras by up to {difference:.3g} on the {golden.rows} golden rows, more than "
            f"{ATOL:g} + {RTOL:g} * |value|. The model was not published."
        )
    return {"rows": golden.rows, "largest_difference": difference, "atol": ATOL, "rtol": RTOL}


def _export_onnx(model: keras.Model, signature: Signature, path: Path) -> onnxruntime.InferenceSession | None:
    """Export and load again; None where either fails, for which the converter has no error class of its own."""
    logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)
    _inline_statistics(model)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)  # Keras looks for it
            model.export(path, format="onnx", verbose=False)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        _check_inputs(session, signature)
    except Exception as error:  # noqa: BLE001  # whatever it is, the model goes out for the TensorFlow runtime
        path.unlink(missing_ok=True)
        print(f"ONNX cannot express this model, so the TensorFlow runtime will serve it: {_first_line(error)}")
        return None
    return session


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
    given, expected = [tensor.name for tensor in session.get_inputs()], [tensor.name for tensor in signature.inputs]
    if sorted(given) != sorted(expected):
        raise ValueError(f"its inputs would be {given} instead of {expected}")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__


def _onnx_outputs(session: onnxruntime.InferenceSession, signature: Signature, rows: Tensors) -> dict[str, np.ndarray]:
    outputs = session.run(None, {tensor.name: rows[tensor.name] for tensor in signature.inputs})
    return {tensor.name: values for tensor, values in zip(signature.outputs, outputs, strict=True)}
