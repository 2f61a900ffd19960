"""Good requests of every kind, to be changed by attacks, or asked again after them."""

import json
from collections.abc import Iterator
from typing import Any

from models.store import Store
from tests.service.attacks import MODELS, MODELS_OF_OTHER_FORMS, Attack
from tests.service.forms import Form, forms
from tests.service.openinference import JSON_LENGTH
from tests.service.protocols import IN_JSON, VERTEX, Asked, Question, in_json, questions

ROW = {"instances": [[1, 2, 3, 4]]}
TENSOR = {"name": "row", "shape": [1, 4], "datatype": "FP32", "data": [1, 2, 3, 4]}
READ = (
    "/", "/livez", "/readyz", "/metrics", "/models", "/models/flowers", "/models/flowers/report", "/ping", "/health",
    "/version", "/v1/models", "/v1/models/flowers", "/v1/models/flowers/versions/1", "/v1/models/flowers/labels/stable",
    "/v1/models/flowers/metadata", "/v1/models/flowers/versions/1/metadata",
    "/v1/models/flowers/labels/stable/metadata",
    "/v2", "/v2/", "/v2/health/live", "/v2/health/ready", "/v2/models", "/v2/models/stats", "/v2/models/flowers",
    "/v2/models/flowers/versions/1", "/v2/models/flowers/ready", "/v2/models/flowers/versions/1/ready",
    "/v2/models/flowers/config", "/v2/models/flowers/versions/1/config", "/v2/models/flowers/stats",
    "/v2/models/flowers/versions/1/stats", VERTEX["aip_health_route"],
)  # fmt: skip
INFER = "/v2/models/flowers/infer"
PARCEL = {"sides": [1, 2], "picture": [[1, 2], [3, 4]]}
SENT: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/models/flowers/predict-class", ROW | {"top_k": 2}),
    ("/models/flowers/versions/1/predict", ROW),
    ("/models/flowers/versions/1/predict-class", ROW),
    ("/models/tumours/predict-class", {"instances": [[1, 2, 3]], "threshold": 0.3}),
    ("/models/prices/predict", {"instances": [[1, 2], [3, 4]], "coverage": 0.9}),
    ("/models/boxes/predict", {"instances": [[1, 2, 3, 4, 5, 6]], "coverage": 0.5}),
    ("/models/flowers/predict-class", ROW | {"coverage": 0.05, "top_k": 1}),
    ("/models/tickets/predict", {"instances": [{"sex": "male"}, {"age": None, "class": "third", "sex": 0}]}),
    ("/models/tickets/predict-class", {"instances": [["female", 30, None], [1, 2.5, "no such class"]], "top_k": 2}),
    ("/models/gates/predict-class", {"instances": [[1, 2]]}),
    ("/models/lamps/versions/1/predict-class", {"instances": [[1, 2, 3]]}),
    ("/predict", ROW | {"model": "flowers", "label": "stable"}),
    ("/predict-class", ROW | {"model": "flowers", "version": 1}),
    ("/v1/models/flowers/labels/stable:predict", ROW | {"signature_name": "serving_default"}),
    ("/v1/models/flowers/labels/stable:classify", {"examples": [{"row": [1, 2, 3, 4]}]}),
    ("/v1/models/flowers/versions/1:classify", {"signature_name": "classify", "examples": [{"row": [1, 2, 3, 4]}]}),
    ("/v1/models/prices/versions/1:regress", {"context": {"age": [3]}, "examples": [{"rooms": 1}, {"rooms": 2.5}]}),
    ("/v1/models/prices/labels/stable:regress", {"examples": [{"rooms": 1, "age": 2}]}),
    ("/v1/models/flowers:predict", ROW | {"parameters": {"top_k": 2}}),
    ("/v1/models/tumours:predict", {"instances": [[1, 2, 3]], "parameters": {"coverage": 0.9}}),
    ("/v1/models/boxes:predict", {"inputs": [[1, 2, 3, 4, 5, 6]], "parameters": {"coverage": 0.9}}),
    (INFER, {"id": "42", "inputs": [TENSOR], "outputs": [{"name": "answer", "parameters": {"classification": 2}}]}),
    (INFER, {"inputs": [TENSOR | {"datatype": "INT64"}], "parameters": {"timeout": 10**8, "priority": 1}}),
    (INFER, {"inputs": [TENSOR | {"datatype": "BOOL", "data": [[True, False, True, True]]}]}),
    ("/v2/models/flowers/versions/1/infer", {"inputs": [TENSOR], "parameters": {"top_k": 3}}),
    (INFER, {"inputs": [TENSOR], "parameters": {"top_k": 3, "binary_data_output": True}}),
    (INFER, {"inputs": [TENSOR], "outputs": [{"name": "answer", "parameters": {"binary_data": True}}]}),
    ("/v2/repository/index", {"ready": True}),
    ("/models/parcels/predict-class", {"instances": [PARCEL], "top_k": 2}),
    ("/models/sentences/predict-class", {"instances": [[1, 2, 3, 4, 5]]}),
    ("/models/sentences/predict-class", {"instances": [[1, 2, 3, 4, 5]], "top_k": 2}),
    ("/v1/models/parcels:predict", {"instances": [PARCEL], "parameters": {"threshold": 0.5}}),
    ("/invocations", {"inputs": {"sides": [[1, 2]], "picture": [[1, 2, 3, 4]]}, "params": {"top_k": 1}}),
)  # fmt: skip
# What a service says to them depends on its settings.
CONTROL = (
    ("/v2/repository/models/flowers/load", {"parameters": {}}),
    ("/v2/repository/models/flowers/unload", {"parameters": {"unload_dependents": False}}),
)


def seeds(zoo: Store) -> list[Attack]:
    """One to read and to ask everything with, in every protocol and encoding."""
    found = [Attack("GET", path) for path in READ]
    found += [_sent(path, document) for path, document in SENT]
    for model in MODELS:
        if model in zoo.names():
            found += _of(zoo, model)
    for model in MODELS_OF_OTHER_FORMS:
        if model in zoo.names():
            found += _of_other_form(zoo, model)
    return found


def _sent(path: str, document: dict[str, Any]) -> Attack:
    """What is sent to a path that names no model names one in its query."""
    query, headers = ("model=parcels", IN_JSON) if path == "/invocations" else ("", {})
    return Attack("POST", path, query, dict(headers), json.dumps(document).encode())


def control() -> list[Attack]:
    """Load and unload."""
    return [Attack("POST", path, head=json.dumps(document).encode()) for path, document in CONTROL]


def _of(zoo: Store, model: str) -> Iterator[Attack]:
    version = zoo.version(model)
    signature, golden = version.manifest.signature, version.golden()
    for count in (1, 3):
        rows = golden.inputs[signature.inputs[0].name][:count]
        for _, question in questions(Asked(model, signature, rows, in_json(rows.tolist()))):
            yield _attack(question)


def _of_other_form(zoo: Store, model: str) -> Iterator[Attack]:
    version = zoo.version(model)
    rows = {name: values[:1] for name, values in version.golden().inputs.items()}
    for _, form in forms(model, version.manifest.signature, rows):
        yield _attack(form)


def _attack(question: Question | Form) -> Attack:
    path, _, query = question.path.partition("?")
    headers = dict(question.headers)
    length = headers.pop(JSON_LENGTH, None)
    if length in (None, "0"):
        raw = {} if length is None else {JSON_LENGTH: "0"}
        return Attack("POST", path, query, headers | raw, question.body)
    at = int(length)
    return Attack("POST", path, query, headers, question.body[:at], question.body[at:])
