"""The service's own protocol, from the marshmallow schemas of its messages."""

from collections.abc import Iterator, Sequence
from typing import Any

from marshmallow import Schema

from service import answers, schemas
from service.openapi.operations import (
    ALIVE,
    ALWAYS,
    ASKED,
    FOUND,
    JSON,
    KEYS,
    NPY,
    READY,
    Chapter,
    Errors,
    Operation,
    in_json,
    success,
)
from service.openapi.shapes import TEXT

ERRORS = Errors("Error")

_PLACES = {
    "": [],
    "/models/{model}": ["Model"],
    "/models/{model}/versions/{version}": ["Model", "Version"],
}
_WHO, _HOW = ("model", "version", "label", "coverage"), ("top_k", "threshold")


def _predictions() -> Iterator[tuple[tuple[str, str], Operation]]:
    for place, parameters in _PLACES.items():
        yield (
            ("post", f"{place}/predict"),
            {
                "summary": "Probabilities, decisions or values of each row.",
                "parameters": [*parameters, *_in_query(place, *_WHO), "Timeout"],
                "requestBody": _body(schemas.PredictRequest),
                "responses": {"200": _in_json_or_npy()} | ERRORS.of(*ASKED),
            },
        )
        yield (
            ("post", f"{place}/predict-class"),
            {
                "summary": "The class of each row.",
                "parameters": [*parameters, *_in_query(place, *_WHO, *_HOW), "Timeout"],
                "requestBody": _body(schemas.PredictClassRequest),
                "responses": {"200": in_json(answers.PredictClassResponse)} | ERRORS.of(*ASKED),
            },
        )


def _body(schema: type[Schema]) -> dict[str, Any]:
    return {"required": True, "content": {JSON: {"schema": schema}, **NPY}}


def _in_query(place: str, *keys: str) -> list[dict[str, Any]]:
    """The keys of a body that stand in the query string where the body has none, but for those in the path."""
    return [
        {"name": key, "in": "query", "schema": KEYS[key], "description": "For a body as npy, which has no keys."}
        for key in keys
        if f"{{{key}}}" not in place
    ]


def _in_json_or_npy() -> dict[str, Any]:
    answerer = {name: {"schema": TEXT, "description": "Who answered, beside npy."}
                for name in ("X-Model", "X-Model-Version")}  # fmt: skip
    return success({JSON: {"schema": answers.PredictResponse}, **NPY}, answerer)


def _operation(summary: str, answer: type[Schema], *errors: int, place: Sequence[str] = ()) -> Operation:
    return {
        "summary": summary,
        "parameters": list(place),
        "responses": {"200": in_json(answer)} | ERRORS.of(*errors),
    }


PREDICTIONS = Chapter(
    "Predictions", "The service's own protocol: docs/api.md has examples.", ERRORS, dict(_predictions())
)
INVENTORY = Chapter(
    "Models",
    "What is served.",
    ERRORS,
    {
        ("get", "/models"): _operation("Every model with its versions and labels.", answers.ModelList, *ALWAYS),
        ("get", "/models/{model}"): _operation(
            "One model: signature, scores, card.", answers.ModelDetails, *FOUND, place=("Model",)
        ),
        ("get", "/models/{model}/report"): {
            "summary": "The report of a model's newest version, a page.",
            "parameters": ["Model"],
            "responses": {"200": success({"text/html": {"schema": TEXT}})} | ERRORS.of(*FOUND),
        },
    },
)
OPERATIONS = Chapter(
    "Operations",
    "For those who run the service.",
    ERRORS,
    {
        ("get", "/livez"): _operation("Whether the process answers.", answers.Health, *ALIVE),
        ("get", "/readyz"): _operation("Whether new requests may come.", answers.Health, *READY),
        ("get", "/metrics"): {
            "summary": "Counts for Prometheus.",
            "responses": {"200": success({"text/plain": {"schema": TEXT}})} | ERRORS.of(*ALWAYS),
        },
    },
)
