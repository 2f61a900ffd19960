"""The OpenAPI description as a judge of answers, and as a maker of requests, with schemathesis."""

import copy
import gzip
import json
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import requests
import schemathesis
from schemathesis.core.failures import FailureGroup
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from models.signature import Input, Signature
from service import __version__
from service.openapi.shapes import array, record

CHECKS = [
    status_code_conformance, content_type_conformance, response_headers_conformance, response_schema_conformance
]  # fmt: skip
REFUSED = (400, 404, 405)  # at paths, and with methods, that are not described
BEYOND = 10**6  # larger numbers may have no finite answer
NOT_JSON = {
    "/ping": b"\n",
    "/health": b"\n",
    "/version": __version__.encode(),
    "/v2/repository/models/{model}/load": b"",
    "/v2/repository/models/{model}/unload": b"",
}


@dataclass(frozen=True)
class Told:
    """An answer."""

    status: int
    headers: Mapping[str, str]  # by names in small letters
    body: bytes

    def unpacked(self) -> bytes:
        """The body without its compression."""
        unpack = {"gzip": gzip.decompress, "deflate": zlib.decompress, "": bytes}
        return unpack[self.headers.get("content-encoding", "") if self.body else ""](self.body)


@dataclass
class Described:
    """What a service says of itself. `application` is asked without Flask's own callable, which tells of exceptions."""

    description: dict[str, Any]
    application: Callable[..., Any] | None = None
    operations: list[APIOperation] = field(init=False)

    def __post_init__(self) -> None:
        schema = schemathesis.openapi.from_dict(copy.deepcopy(self.description), config=schemathesis.Config())
        schema.validate()
        schema.app = self.application
        self.operations = [found.ok() for found in schema.get_all_operations()]
        self._patterns = [(_pattern(operation.path), operation) for operation in sorted(self.operations, key=_breadth)]

    def find(self, method: str, path: str) -> APIOperation | None:
        """What is described of a method at a path; of several paths that fit, the one with the fewest gaps."""
        method = "get" if method == "HEAD" else method.lower()
        fitting = (operation for pattern, operation in self._patterns if pattern.fullmatch(path))
        return next((operation for operation in fitting if operation.method == method), None)

    def judge(self, method: str, path: str, told: Told) -> None:
        """Raises AssertionError where the answer is none of those that are described."""
        operation, told = self.find(method, path), replace(told, body=told.unpacked())
        if operation is None:
            _judge_refusal(method, told)
            return
        assert told.status != 500, told.body
        if method == "HEAD":
            assert told.body == b""
            assert str(told.status) in operation.responses.status_codes
            return
        headers = {name: [value] for name, value in told.headers.items()}
        request = requests.Request(method, "http://localhost/").prepare()
        response = schemathesis.Response(told.status, headers, told.body, request, elapsed=0.0, verify=False)
        gaps = dict.fromkeys(re.findall(r"{(\w+)}", operation.path), "x")
        try:
            operation.Case(path_parameters=gaps).validate_response(response, checks=CHECKS)
        except FailureGroup as faults:
            raise AssertionError("\n".join(map(str, faults.exceptions))) from None
        if told.status == 200:
            assert told.body == NOT_JSON.get(operation.path, told.body)
            _judge_bytes(told)


def _pattern(path: str) -> re.Pattern[str]:
    """Of the paths that fit; the last gap of all that /v1 refuses may have slashes."""
    parts = re.split(r"(\{\w+\})", path)
    gaps = {"{rest}": "(?s:.+)"}
    return re.compile("".join(gaps.get(part, "[^/]+") if part.startswith("{") else re.escape(part) for part in parts))


def _breadth(operation: APIOperation) -> tuple[bool, int]:
    return "{rest}" in operation.path, operation.path.count("{")


def _judge_refusal(method: str, told: Told) -> None:
    assert told.status in REFUSED
    assert told.headers["content-type"] == "application/json"
    if method != "HEAD":
        assert json.loads(told.body).keys() == {"error", "code", "details"}


def _judge_bytes(told: Told) -> None:
    """What JSON Schema cannot say: how many bytes follow the JSON, and how an array begins."""
    length = told.headers.get("inference-header-content-length")
    assert (length is not None) == (told.headers["content-type"] == "application/octet-stream")
    if length is not None:
        outputs = json.loads(told.body[: int(length)])["outputs"]
        sizes = [output["parameters"]["binary_data_size"] for output in outputs if "parameters" in output]
        assert sum(sizes) == len(told.body) - int(length)
    if told.headers["content-type"] == "application/x-npy":
        assert told.body.startswith(b"\x93NUMPY")


def narrowed(description: dict[str, Any], model: str, signature: Signature) -> dict[str, Any]:
    """The description as it is for one model: its name in the paths, and its rows in the bodies."""
    description = copy.deepcopy(description)
    by_name, forms = _rows_of(signature)
    few = {"minItems": 1, "maxItems": 3}
    rows = {"oneOf": [array(each, **few) for each in forms]}
    examples = array(by_name, **few)
    components = description["components"]
    components["parameters"]["Model"]["schema"] = components["parameters"]["ModelAsked"]["schema"] = {"enum": [model]}
    components["parameters"]["Version"]["schema"] = {"enum": [1]}
    components["parameters"]["Label"]["schema"] = {"enum": ["stable"]}
    schemas = components["schemas"]
    for name in ("PredictRequest", "PredictClassRequest"):
        schemas[name]["properties"] = {"instances": rows, "model": {"enum": [model]}, "version": {"enum": [1]}}
        schemas[name]["required"] = ["instances", "model"]
    default = {"signature_name": {"enum": ["serving_default"]}}
    schemas["TensorFlowServingPredictRequest"]["properties"] |= {"instances": rows, "inputs": rows} | default
    del schemas["TensorFlowServingExamples"]["properties"]["signature_name"]
    schemas["TensorFlowServingExamples"]["properties"] |= {"examples": examples, "context": record({})}
    asked = schemas["OpenInferenceRequest"]["properties"]
    asked["inputs"] = _tensors_of(signature)
    asked["outputs"]["items"]["properties"]["name"] = {"enum": [output.name for output in signature.outputs]}
    return description


def _rows_of(signature: Signature) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A row by name, and all forms that a row may have."""
    if len(signature.inputs) > 1:
        rows = {tensor.name: {"oneOf": _different(*_row_and_flat(tensor))} for tensor in signature.inputs}
        return record(rows), [record(rows)]
    tensor = signature.inputs[0]
    row, flat = _row_and_flat(tensor)
    columns = [
        {"enum": [*words, 0]} if words else _number(tensor) for words in tensor.categories or (None,) * tensor.size
    ]
    features = dict(zip(tensor.feature_names or (), columns, strict=False)) or {tensor.name: row}
    by_name = record({}, features) if tensor.optional else record(features)
    return by_name, [*_different(row, flat), by_name]


def _number(tensor: Input) -> dict[str, Any]:
    if tensor.bounds:
        least, greatest = tensor.bounds[0]
        return {"type": "integer", "minimum": least, "maximum": greatest}
    return {"type": "number", "minimum": -BEYOND, "maximum": BEYOND, "nullable": tensor.optional}


def _row_and_flat(tensor: Input) -> tuple[dict[str, Any], dict[str, Any]]:
    anywhere = {"enum": [0, 1]} if tensor.categories else _number(tensor)  # of all columns of words
    row, flat = anywhere, _exactly(tensor.size, anywhere)
    for size in reversed(tensor.shape):
        row = _exactly(size, row)
    return row, flat


def _different(row: dict[str, Any], flat: dict[str, Any]) -> list[dict[str, Any]]:
    return [row] if row == flat else [row, flat]


def _tensors_of(signature: Signature) -> dict[str, Any]:
    """Of one input, any row; OpenAPI has no words for several in their order, so they have one row."""
    if len(signature.inputs) > 1:
        rows = [
            {"name": tensor.name, "shape": [1, *tensor.shape], "datatype": "FP32", "data": [0.5] * tensor.size}
            for tensor in signature.inputs
        ]
        return {"enum": [rows, rows[::-1]]}
    tensor = signature.inputs[0]
    described = {
        "name": {"enum": [tensor.name]},
        "shape": {"enum": [[1, *tensor.shape], [1, tensor.size]]},
        "datatype": {"enum": ["INT32", "INT64"] if tensor.bounds else ["FP32", "FP64"]},
        "data": _row_and_flat(tensor)[1],
    }
    return _exactly(1, record(described))


def _exactly(count: int, items: Any) -> dict[str, Any]:
    return array(items, minItems=count, maxItems=count)
