"""The messages of the Open Inference Protocol (V2) with Triton's extensions for binary tensors and classification.

Sources: https://github.com/kserve/open-inference-protocol and, for the extensions, docs/protocol in
https://github.com/triton-inference-server/server.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from models.errors import quoted
from models.golden import Tensors
from models.signature import Signature
from service.errors import Detail, InvalidRequest, WrongShape, pointer, sayable
from service.predictions import scores
from service.protocols.tensors import Buffer, Tensor
from service.schemas import read_options

Document = dict[str, Any]

_MOST_ELEMENTS = 1_000_000  # of a classification
_LONGEST_US = 10**15  # some thirty years: a float cannot hold any whole number


@dataclass(frozen=True)
class Wanted:
    """An output that is asked for."""

    name: str
    is_binary: bool
    top_k: int = 0  # classes in place of numbers


@dataclass(frozen=True)
class InferRequest:
    """The rows, and how to answer."""

    id: str
    rows: Tensors
    outputs: tuple[Wanted, ...]
    timeout_s: float = math.inf


@dataclass(frozen=True)
class InferAnswer:
    """A JSON document, and the bytes that follow it; None where there are no binary outputs."""

    document: Document
    tail: bytes | None

    def content(self) -> tuple[bytes, int | None]:
        """The body, and how many bytes of it are JSON, where that must be told."""
        head = orjson.dumps(self.document, option=orjson.OPT_SERIALIZE_NUMPY)
        return (head, None) if self.tail is None else (head + self.tail, len(head))


def read_infer(document: Document, tail: bytes, signature: Signature, max_rows: int) -> InferRequest:
    """What is asked with a JSON document and the binary tensors after it.

    Raises InvalidRequest, WrongShape, NotANumber, NumberOutOfRange and TooManyRows.
    """
    parameters = _parameters(document, "")
    given, buffer = _tensors(document, "inputs"), Buffer(tail)
    _check_names(given, [tensor.name for tensor in signature.inputs])
    inputs, rows = {tensor.name: tensor for tensor in signature.inputs}, {}
    for index, described in enumerate(given):
        path, name = f"/inputs/{index}", described["name"]
        rows[name] = Tensor(described, inputs[name], max_rows, path).rows(_parameters(described, path), buffer)
    buffer.check_end()
    if len({len(values) for values in rows.values()}) > 1:
        raise WrongShape("The inputs have different numbers of rows.", [Detail("/inputs", "different first sizes")])
    outputs = tuple(_wanted(document, parameters, signature))
    return InferRequest(_identifier(document), rows, outputs, _timeout_s(parameters))


def read_raw(body: bytes, signature: Signature) -> InferRequest:
    """The request whose body is nothing but the bytes of one row. Raises InvalidRequest and NumberOutOfRange."""
    if len(signature.inputs) > 1:
        raise InvalidRequest(
            f"Raw request must only have 1 input (found 1) to be deduced but got {len(signature.inputs)} inputs."
        )
    tensor, buffer = signature.inputs[0], Buffer(body)
    described = {"name": tensor.name, "shape": [1, *tensor.shape], "datatype": _DATATYPES[tensor.dtype]}
    rows = Tensor(described, tensor, 1, "/inputs/0").rows({"binary_data_size": len(body)}, buffer)
    return InferRequest("", {tensor.name: rows}, tuple(Wanted(output.name, True) for output in signature.outputs))


@dataclass(frozen=True)
class Answerer:
    """Who answers, and which id an answer has where the request has none."""

    model: str
    version: str
    id: str


def infer_answer(request: InferRequest, answerer: Answerer, signature: Signature, outputs: Tensors) -> InferAnswer:
    """The outputs that were asked for, in that order."""
    described_outputs: list[Document] = []
    buffers: list[bytes] = []
    for wanted in request.outputs:
        described, values = _described(wanted, signature, outputs)
        if wanted.is_binary:
            buffers.append(_bytes_of(values))
            described["parameters"] = {"binary_data_size": len(buffers[-1])}
        else:
            described["data"] = values
        described_outputs.append(described)
    document = {
        "id": request.id or answerer.id,
        "model_name": answerer.model,
        "model_version": answerer.version,
        "outputs": described_outputs,
    }
    is_binary = any(wanted.is_binary for wanted in request.outputs)
    return InferAnswer(document, b"".join(buffers) if is_binary else None)


def _described(wanted: Wanted, signature: Signature, outputs: Tensors) -> tuple[Document, Any]:
    """An output without its data; and these, flat: an array, or strings."""
    if wanted.top_k:
        part = next(part for part in signature.parts if part.outputs[0].name == wanted.name)
        shape, strings = _classification(part, outputs, wanted.top_k)
        return {"name": wanted.name, "datatype": "BYTES", "shape": shape}, strings
    values = outputs[wanted.name]
    return {"name": wanted.name, "datatype": "FP32", "shape": values.shape}, values.reshape(-1)


def _classification(signature: Signature, outputs: Tensors, top_k: int) -> tuple[list[int], list[str]]:
    """Strings "value:index:label" of the highest values along the last axis, and the shape that they lie in."""
    values = scores(signature, outputs)  # of a binary model, both classes
    if values.ndim == 1:
        values = values[:, np.newaxis]
    rows, names = values.reshape(-1, values.shape[-1]), signature.outputs[0].names
    count = min(top_k, values.shape[-1])
    if count * len(rows) > _MOST_ELEMENTS:
        raise InvalidRequest("classification output tensor too large")
    best = np.argsort(-rows, axis=1, kind="stable")[:, :count]
    labels = [f":{name}" for name in names] or [""] * values.shape[-1]
    return [*values.shape[:-1], count], [
        f"{row[index]:f}:{index}{labels[index]}" for row, indexes in zip(rows, best, strict=True) for index in indexes
    ]


def _bytes_of(values: Any) -> bytes:
    """Little-endian, row by row; a string is its length in four bytes, and then itself."""
    if isinstance(values, np.ndarray):
        return values.astype("<f4", copy=False).tobytes()
    encoded = [text.encode() for text in values]
    return b"".join(len(text).to_bytes(4, "little") + text for text in encoded)


def _identifier(document: Document) -> str:
    identifier = document.get("id", "")
    if not isinstance(identifier, str) or sayable(identifier) != identifier:
        raise InvalidRequest("The id must be a string.", [Detail("/id", "expected a string that UTF-8 can hold")])
    return identifier


def _wanted(document: Document, parameters: Document, signature: Signature) -> Iterator[Wanted]:
    known = [output.name for output in signature.outputs]
    top_k = read_options(parameters).get("top_k", 0)
    is_binary = _flag(parameters, "binary_data_output", "/parameters")
    if not document.get("outputs"):
        for name in known:
            yield Wanted(name, is_binary, top_k)
        return
    for index, output in enumerate(_tensors(document, "outputs")):
        path = f"/outputs/{index}"
        if output["name"] not in known:
            raise InvalidRequest(
                f"unexpected inference output {quoted(output['name'])} for the model",
                [Detail(f"{path}/name", f"expected {' or '.join(known)}")],
            )
        own = _parameters(output, path)
        binary = _flag(own, "binary_data", f"{path}/parameters") if "binary_data" in own else is_binary
        yield Wanted(output["name"], binary, _class_count(own, path) or top_k)


def _timeout_s(parameters: Document) -> float:
    """`timeout` is in microseconds; 0 stands for none."""
    timeout = parameters.get("timeout", 0)
    if type(timeout) is not int or timeout < 0:
        detail = Detail("/parameters/timeout", "expected a whole number of microseconds")
        raise InvalidRequest("The timeout is no number of microseconds.", [detail])
    return min(timeout, _LONGEST_US) / 1e6 if timeout else math.inf


def _class_count(parameters: Document, path: str) -> int:
    count = parameters.get("classification", 0)
    if type(count) is not int or count < 0:
        place = f"{path}/parameters/classification"
        raise InvalidRequest("The number of classes does not fit.", [Detail(place, "expected a positive integer")])
    return count


def _tensors(document: Document, key: str) -> list[Document]:
    """The inputs or outputs of a request, each an object with a name."""
    tensors = document.get(key)
    if not isinstance(tensors, list) or not tensors:
        raise InvalidRequest(
            f"The request has no {key}: expected an array of objects.", [Detail(f"/{key}", "expected an array")]
        )
    names = []
    for index, tensor in enumerate(tensors):
        if not isinstance(tensor, dict) or not isinstance(tensor.get("name"), str):
            raise InvalidRequest(f"Each of the {key} needs a name.", [Detail(f"/{key}/{index}", "expected an object")])
        names.append(tensor["name"])
    if len(set(names)) < len(names):
        raise InvalidRequest(f"A name stands twice among the {key}.", [Detail(f"/{key}", ", ".join(names)[:200])])
    return tensors


def _check_names(given: Iterable[Document], expected: list[str]) -> None:
    names = [tensor["name"] for tensor in given]
    unknown = [(index, name) for index, name in enumerate(names) if name not in expected]
    listed = ", ".join(expected)
    if unknown:
        index, name = unknown[0]
        raise InvalidRequest(
            f"unexpected inference input {quoted(name)} for the model",
            [Detail(f"/inputs/{index}/name", f"expected {listed}")],
        )
    if len(names) < len(expected):
        raise InvalidRequest(
            f"expected {len(expected)} inputs but got {len(names)} inputs for the model",
            [Detail("/inputs", f"expected {listed}")],
        )


def _parameters(holder: Mapping[str, Any], path: str) -> Document:
    parameters = holder.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise InvalidRequest("Parameters are an object.", [Detail(f"{path}/parameters", "expected an object")])
    for name in parameters:
        if name.startswith("triton_"):
            place = Detail(f"{path}/parameters{pointer(name)}", "unknown parameter")
            raise InvalidRequest("parameter keys starting with 'triton_' are reserved for Triton usage", [place])
    return parameters


def _flag(parameters: Document, key: str, path: str) -> bool:
    value = parameters.get(key, False)
    if type(value) is not bool:
        raise InvalidRequest(f"{key} is true or false.", [Detail(f"{path}/{key}", "expected a boolean")])
    return value


def metadata(name: str, versions: Iterable[int], platform: str, signature: Signature) -> Document:
    """What a model takes and gives; -1 stands for the rows."""
    return {
        "name": name,
        "versions": [str(version) for version in versions],
        "platform": _PLATFORMS[platform],
        "inputs": [
            {"name": tensor.name, "datatype": _DATATYPES[tensor.dtype], "shape": [-1, *tensor.shape]}
            for tensor in signature.inputs
        ],
        "outputs": [
            {"name": output.name, "datatype": "FP32", "shape": [-1, *output.shape]} for output in signature.outputs
        ],
    }


_DATATYPES = {"float32": "FP32", "int32": "INT32", "int64": "INT64"}
_PLATFORMS = {"onnx": "onnx_onnxv1", "tensorflow": "tensorflow_savedmodel"}
_BACKENDS = {"onnx": "onnxruntime", "tensorflow": "tensorflow"}


def configuration(name: str, versions: int, platform: str, signature: Signature, max_rows: int) -> Document:
    """The model's configuration in Triton's words, as far as they mean something here."""
    return {
        "name": name,
        "platform": _PLATFORMS[platform],
        "backend": _BACKENDS[platform],
        "version_policy": {"latest": {"num_versions": versions}},
        "max_batch_size": max_rows,
        "input": [
            {"name": tensor.name, "data_type": f"TYPE_{_DATATYPES[tensor.dtype]}", "dims": list(tensor.shape)}
            for tensor in signature.inputs
        ],
        "output": [
            {"name": output.name, "data_type": "TYPE_FP32", "dims": list(output.shape)} for output in signature.outputs
        ],
        "dynamic_batching": {},
        "parameters": {"task": {"string_value": str(signature.task)}},
    }
