"""The OpenAPI description of the native API, made from the marshmallow schemas. A test compares it with the routes."""

from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema

from service import __version__, answers, npy, schemas

_MODEL = {"name": "model", "in": "path", "required": True, "schema": {"type": "string"}}
_VERSION = {"name": "version", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
_PLACES: dict[str, list[dict[str, Any]]] = {
    "": [],
    "/models/{model}": [_MODEL],
    "/models/{model}/versions/{version}": [_MODEL, _VERSION],
}
_ARRAY = {npy.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}  # docs/api.md tells what it holds
_BAD_REQUEST = (400, 404, 413, 415, 422, 500, 503)


def build_spec() -> APISpec:
    """The whole description."""
    spec = APISpec(
        title="Heaviside",
        version=__version__,
        openapi_version="3.0.3",
        info={"description": "Serves published Keras models. See docs/api.md for examples and error codes."},
        plugins=[MarshmallowPlugin(schema_name_resolver=_schema_name)],
    )
    for schema in (answers.ClassProbability, answers.PredictedClass):  # a oneOf names them, where apispec does not look
        spec.components.schema(schema.__name__, schema=schema)
    for place, parameters in _PLACES.items():
        _add_prediction(spec, f"{place}/predict", schemas.PredictRequest, answers.PredictResponse, parameters)
        _add_prediction(
            spec, f"{place}/predict-class", schemas.PredictClassRequest, answers.PredictClassResponse, parameters
        )
    _add_get(spec, "/models", answers.ModelList, "Every model with its versions and labels.", (503,))
    _add_get(spec, "/models/{model}", answers.ModelDetails, "One model: signature, scores, card.", (404, 503), _MODEL)
    _add_get(spec, "/livez", answers.Health, "Whether the process answers.", ())
    _add_get(spec, "/readyz", answers.Health, "Whether new requests may come.", (503,))
    _add_text(spec, "/metrics", "text/plain", "Counts for Prometheus.")
    return spec


def _add_prediction(
    spec: APISpec, path: str, body: type[Schema], answer: type[Schema], parameters: list[dict[str, Any]]
) -> None:
    operation: dict[str, Any] = {
        "tags": ["predictions"],
        "summary": "The class of each row." if path.endswith("-class") else "Probabilities or values of each row.",
        "parameters": parameters,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}, **_ARRAY}},
        "responses": _responses(answer, _BAD_REQUEST),
    }
    if answer is answers.PredictResponse:
        operation["responses"]["200"]["content"] |= _ARRAY
    spec.path(path, operations={"post": operation})


def _add_get(
    spec: APISpec,
    path: str,
    answer: type[Schema],
    summary: str,
    errors: tuple[int, ...],
    *parameters: dict[str, Any],
) -> None:
    tag = "models" if path.startswith("/models") else "operations"
    operation = {
        "tags": [tag],
        "summary": summary,
        "parameters": list(parameters),
        "responses": _responses(answer, errors),
    }
    spec.path(path, operations={"get": operation})


def _add_text(spec: APISpec, path: str, media_type: str, summary: str) -> None:
    content = {media_type: {"schema": {"type": "string"}}}
    responses = {"200": {"description": "Success", "content": content}}
    spec.path(path, operations={"get": {"tags": ["operations"], "summary": summary, "responses": responses}})


def _responses(answer: type[Schema], errors: tuple[int, ...]) -> dict[str, Any]:
    responses: dict[str, Any] = {"200": {"description": "Success", "content": {"application/json": {"schema": answer}}}}
    for status in errors:
        responses[str(status)] = {
            "description": "An error; docs/api.md lists the codes.",
            "content": {"application/json": {"schema": answers.ErrorResponse}},
        }
    return responses


def _schema_name(schema: Any) -> str:
    return (schema if isinstance(schema, type) else type(schema)).__name__
