"""Vertex AI's contract with a container, at the paths that the settings name."""

from collections.abc import Iterator

from service.openapi.operations import ASKED, JSON, NPY, READY, Chapter, Errors, Operation, in_json
from service.openapi.shapes import record, ref
from service.openapi.tfserving import PREDICTIONS
from service.settings import Settings

_ERRORS = Errors("Error")


def vertex_ai(settings: Settings) -> Chapter:
    """Empty where the settings name no paths."""
    return Chapter("Vertex AI", "Its contract with a container.", _ERRORS, dict(_operations(settings)))


def _operations(settings: Settings) -> Iterator[tuple[tuple[str, str], Operation]]:
    if settings.aip_health_route:
        yield (
            ("get", settings.aip_health_route),
            {
                "summary": "Whether new requests may come.",
                "responses": {"200": in_json(record({}))} | _ERRORS.of(*READY),
            },
        )
    if settings.aip_predict_route:
        yield (
            ("post", settings.aip_predict_route),
            {
                "summary": "The model's outputs, or classes.",
                "parameters": ["ModelAsked", "ModelNamed", "Timeout"],
                "requestBody": {
                    "required": True,
                    "content": {JSON: {"schema": ref("TensorFlowServingPredictRequest")}, **NPY},
                },
                "responses": {"200": in_json(PREDICTIONS)} | _ERRORS.of(*ASKED),
            },
        )
