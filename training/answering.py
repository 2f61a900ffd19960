"""A published version that answers rows here, without a service. Knows neither files nor scores."""

from collections.abc import Callable

import numpy as np
import onnxruntime

from models.errors import BadVersion
from models.version import ONNX_FILE, ModelVersion
from training.quiet import quiet_stderr, start_tensorflow

ROWS = 1024  # in one run: enough for speed, little for memory

Answering = Callable[[np.ndarray], np.ndarray]  # rows (rows, *shape) -> answers (rows, units)


def answering(version: ModelVersion) -> Answering:
    """By ONNX Runtime, as the service does it, or by Keras where ONNX cannot express the model. Raises BadVersion."""
    run = _by_onnx(version) if version.has(ONNX_FILE) else _by_keras(version)

    def answer(rows: np.ndarray) -> np.ndarray:
        units = version.manifest.signature.outputs[0].units
        parts = [run(rows[start : start + ROWS]) for start in range(0, len(rows), ROWS)]
        return np.concatenate([np.empty((0, units), np.float32), *parts])

    return answer


def _by_onnx(version: ModelVersion) -> Answering:
    name = version.manifest.signature.inputs[0].name
    try:
        session = onnxruntime.InferenceSession(version.read(ONNX_FILE), providers=["CPUExecutionProvider"])
    except BadVersion:
        raise
    except Exception as error:  # ONNX Runtime has no error class of its own
        raise BadVersion(f"{version.place}/{ONNX_FILE} cannot be opened: {error}") from error

    def run(rows: np.ndarray) -> np.ndarray:
        answers: np.ndarray = session.run(None, {name: rows})[0]
        return answers

    return run


def _by_keras(version: ModelVersion) -> Answering:
    with quiet_stderr():
        start_tensorflow()
        from training.published import keras_model  # noqa: PLC0415  # takes seconds, which most versions need not cost

    model = keras_model(version)

    def run(rows: np.ndarray) -> np.ndarray:
        answers: np.ndarray = model.predict(rows, verbose=0)
        return answers

    return run
