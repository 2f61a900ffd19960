"""The Open Inference Protocol (V2) with Triton's extensions: its operations."""

from collections.abc import Iterator, Sequence
from typing import Any

from service.openapi.inference import SCHEMAS
from service.openapi.operations import (
    ALIVE,
    ALWAYS,
    ASKED,
    FOUND,
    JSON,
    READY,
    Chapter,
    Errors,
    Operation,
    in_json,
    success,
)
from service.openapi.shapes import BYTES, FLAG, TEXT, Schema, array, choice, message, record, ref

OCTETS = "application/octet-stream"
JSON_LENGTH = "Inference-Header-Content-Length"
# A service that is not ready says so also where KServe's clients look.
ERRORS = Errors("OpenInferenceError", keys_at_times={503: {"ready": {"type": "boolean", "enum": [False]}}})

_PLACES = {
    "/v2/models/{model}": ["Model"],
    "/v2/models/{model}/versions/{version}": ["Model", "Version"],
}
_TRUE: Schema = {"type": "boolean", "enum": [True]}
_DONE = success({JSON: {}}) | {"description": "Done. The body is empty."}
_TOLD = (400, 401, 403, 408, 413, 415, 429, 500, 503)  # a body is read, and no model asked


def _told(summary: str, body: Schema, answer: dict[str, Any], *errors: int) -> Operation:
    return {
        "summary": summary,
        "requestBody": {"required": False, "content": {JSON: {"schema": body}}},
        "responses": {"200": answer} | ERRORS.of(*errors),
    }


def _get(summary: str, answer: Schema, *errors: int, parameters: Sequence[str] = ()) -> Operation:
    return {
        "summary": summary,
        "parameters": list(parameters),
        "responses": {"200": in_json(answer)} | ERRORS.of(*errors),
    }


def _about_models() -> Iterator[tuple[tuple[str, str], Operation]]:
    for place, parameters in _PLACES.items():
        for path, summary, answer in (
            ("", "What the model takes and gives.", ref("OpenInferenceModel")),
            ("/ready", "Whether it can be asked.", record({"name": TEXT, "ready": _TRUE})),
            ("/config", "Its configuration, in Triton's words.", ref("OpenInferenceConfiguration")),
            ("/stats", "What was counted, in all workers.", ref("OpenInferenceStatistics")),
        ):
            yield ("get", place + path), _get(summary, answer, *FOUND, parameters=parameters)
        yield ("post", f"{place}/infer"), _infer(parameters)


def _infer(parameters: Sequence[str]) -> Operation:
    length = {
        "name": JSON_LENGTH,
        "in": "header",
        "schema": {"type": "integer", "minimum": 0},
        "description": "How many bytes of the body are JSON; binary tensors follow. 0: the body is the bytes of a row.",
    }
    json_bytes = {"schema": {"type": "integer", "minimum": 2}, "description": "How many bytes of the body are JSON."}
    return {
        "summary": "The model's outputs, or classes, as JSON and as bytes.",
        "parameters": [*parameters, length, "Timeout"],
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": ref("OpenInferenceRequest")}, OCTETS: {"schema": BYTES}},
        },
        "responses": {
            "200": success(
                {JSON: {"schema": ref("OpenInferenceAnswer")}, OCTETS: {"schema": BYTES}}, {JSON_LENGTH: json_bytes}
            )
        }
        | ERRORS.of(*ASKED),
    }


def _server() -> Operation:
    return _get(
        "Name, version and extensions.",
        record({"name": choice("heaviside"), "version": TEXT, "extensions": array(TEXT, minItems=1)}),
        *ALWAYS,
    )


_UNLOAD = message({"parameters": message({"unload_dependents": FLAG})})
_LOAD = message({"parameters": {"type": "object", "maxProperties": 0, "description": "Nothing of Triton's is taken."}})

OPEN_INFERENCE = Chapter(
    "Open Inference Protocol (V2)",
    "With Triton's extensions: binary tensors, classification, repository, configuration and statistics.",
    ERRORS,
    {
        ("get", "/v2"): _server(),
        ("get", "/v2/"): _server(),
        ("get", "/v2/health/live"): _get("Whether the process answers.", record({"live": _TRUE}), *ALIVE),
        ("get", "/v2/health/ready"): _get(
            "Whether new requests may come.", record({"ready": _TRUE, "live": _TRUE}), *READY
        ),
        ("get", "/v2/models"): _get("The names of all models.", record({"models": array(TEXT)}), *ALWAYS),
        ("get", "/v2/models/stats"): _get(
            "What was counted of all models, in all workers.", ref("OpenInferenceStatistics"), *ALWAYS
        ),
        **dict(_about_models()),
        ("post", "/v2/repository/index"): _told(
            "Every version of every model, and whether it is served.",
            message({"ready": FLAG | {"description": "Only those that are."}}),
            in_json(ref("OpenInferenceIndex")),
            *_TOLD,
        ),
        ("post", "/v2/repository/models/{model}/load"): _told("Serve a model again.", _LOAD, _DONE, *_TOLD, 504)
        | {"parameters": ["Model"]},
        ("post", "/v2/repository/models/{model}/unload"): _told(
            "Serve a model no more.", _UNLOAD, _DONE, *_TOLD, 404, 504
        )
        | {"parameters": ["Model"]},
    },
    SCHEMAS,
)
