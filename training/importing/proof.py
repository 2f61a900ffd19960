"""Reads back what the workshop wrote, and proves that it is the model that was loaded. Believes nothing of it.

Knows ONNX Runtime, and no Keras: what answers here is what will serve.
"""

import zipfile
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any, TypeVar

import numpy as np
import onnx
import onnxruntime

from models.errors import BadVersion
from models.golden import ATOL, RTOL, Golden, Tensors
from models.onnx_file import STOCK_DOMAINS, check_onnx
from models.signature import Signature
from models.version import ONNX_FILE
from training.errors import ParityError
from training.importing.errors import CannotImport, WorkshopFailed
from training.importing.inference import SOFTMAX
from training.parity import parity

SLACK = 1 << 20  # bytes of an npz file beyond its numbers
Result = TypeVar("Result")


def golden_of(content: bytes, signature: Signature, rows: Tensors) -> Golden:
    """The golden rows as the workshop wrote them. Raises WorkshopFailed where they are not those that were asked."""
    golden = _read(lambda: Golden.from_bytes(_bounded(content, _numbers(signature, rows))))
    if not golden.fits(signature) or any((golden.inputs[name] != values).any() for name, values in rows.items()):
        raise WorkshopFailed("The process that had the model gave answers that do not fit its signature.")
    for name, values in golden.outputs.items():
        if bad := int((~np.isfinite(values.reshape(len(values), -1)).all(axis=1)).sum()):
            raise CannotImport(
                f"The model answers NaN or infinity in {name} for {bad} of {len(values)} rows. Give rows such as it "
                "was trained on, SAMPLES=rows.npy, or their range, INPUT_RANGE=0,255."
            )
    return golden


def answers_of(content: bytes, golden: Golden) -> list[np.ndarray]:
    """What a model answered to the golden rows, by the number of its output. Raises WorkshopFailed."""
    size = 2 * sum(values.nbytes for values in golden.outputs.values())  # the saved model may compute in float64
    arrays = _read(lambda: _by_number(_bounded(content, size)))
    if [values.shape for values in arrays] != [values.shape for values in golden.outputs.values()]:
        raise WorkshopFailed("The process that had the model gave answers of other shapes than its signature has.")
    return arrays


def check_same(what: str, answers: Sequence[np.ndarray], golden: Golden, appended: Sequence[str | None]) -> float:
    """The largest difference of answers, with the activations that were put behind them, from the golden ones.

    Raises CannotImport where it is more than a copy may have.
    """
    largest = 0.0
    for (name, expected), answer, activation in zip(golden.outputs.items(), answers, appended, strict=True):
        values = _activated(answer.astype(np.float64), activation)
        difference = float(np.abs(values - expected).max(initial=0.0))
        if not np.allclose(expected, values, rtol=RTOL, atol=ATOL):
            raise CannotImport(
                f"The model to be published differs in {name} by up to {difference:.3g} from {what}, more than "
                f"{ATOL:g} + {RTOL:g} * |value|, so it is not published."
            )
        largest = max(largest, difference)
    return largest


def onnx_parity(content: bytes, golden: Golden) -> dict[str, Any]:
    """What the manifest says of ONNX Runtime. Raises ParityError where it cannot answer as Keras did."""
    _check_graph(content)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    try:
        outputs = session.run(None, dict(golden.inputs))
    except Exception as error:  # ONNX Runtime has no error class of its own
        raise ParityError(f"ONNX Runtime fails on the golden rows: {str(error)[:200]}") from error
    return parity(golden, dict(zip(golden.outputs, outputs, strict=True)))


def _check_graph(content: bytes) -> None:
    """Nothing but what an exported network is: by the rules of every service, and without a name of another maker."""
    said = "The process that had the model exported something that is no ONNX model of a network."
    try:
        check_onnx(content, ONNX_FILE)
    except BadVersion as error:
        raise WorkshopFailed(said) from error
    if {entry.domain for entry in onnx.load_model_from_string(content).opset_import} - set(STOCK_DOMAINS):
        raise WorkshopFailed(said)


def _activated(values: np.ndarray, activation: str | None) -> np.ndarray:
    if activation is None:
        return values
    if activation == SOFTMAX:
        powers = np.exp(values - values.max(axis=-1, keepdims=True))
        softmax: np.ndarray = powers / powers.sum(axis=-1, keepdims=True)
        return softmax
    sigmoid: np.ndarray = 0.5 + 0.5 * np.tanh(values / 2)
    return sigmoid


def _numbers(signature: Signature, rows: Tensors) -> int:
    """Bytes of all arrays."""
    count = len(next(iter(rows.values())))
    return sum(values.nbytes for values in rows.values()) + 4 * count * sum(each.units for each in signature.outputs)


def _bounded(content: bytes, size: int) -> bytes:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        if sum(member.file_size for member in archive.infolist()) > size + SLACK:
            raise WorkshopFailed("The process that had the model gave more answers than there were questions.")
    return content


def _by_number(content: bytes) -> list[np.ndarray]:
    with np.load(BytesIO(content), allow_pickle=False) as arrays:
        return [arrays[str(number)] for number in range(len(arrays.files))]


def _read(read: Callable[[], Result]) -> Result:
    try:
        return read()
    except WorkshopFailed:
        raise
    except Exception as error:  # NumPy raises many kinds for what is no npz file
        raise WorkshopFailed("The process that had the model gave answers that cannot be read.") from error
