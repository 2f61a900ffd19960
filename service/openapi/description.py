"""The whole OpenAPI description, from the chapters of all protocols. A test compares it with the routes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from service import __version__, answers
from service.openapi.mlflow import MLFLOW
from service.openapi.native import INVENTORY, OPERATIONS, PREDICTIONS
from service.openapi.openinference import OPEN_INFERENCE
from service.openapi.operations import HEADERS, PARAMETERS, Chapter
from service.openapi.shapes import NESTED
from service.openapi.tfserving import KSERVE, tensorflow_serving
from service.openapi.vertex import vertex_ai
from service.settings import Settings

_ABOUT = (
    "Serves published Keras models, to clients of several protocols: docs/api.md and docs/protocols.md have examples, "
    "and all codes of errors. Every body may be compressed with gzip or deflate."
)


def describe(settings: Settings) -> dict[str, Any]:
    """The description of a service with these settings, as JSON has it."""
    vertex = vertex_ai(settings)
    others = (PREDICTIONS, INVENTORY, OPERATIONS, tensorflow_serving(settings), OPEN_INFERENCE, KSERVE, MLFLOW)
    # Where two protocols want the same path, Vertex AI has it: its client has chosen it.
    chapters = [*(_without(chapter, vertex) for chapter in others), *([vertex] if vertex.operations else [])]
    spec = APISpec(
        title="Heaviside",
        version=__version__,
        openapi_version="3.0.3",
        info={"description": _ABOUT},
        plugins=[MarshmallowPlugin(schema_name_resolver=_schema_name)],
        tags=[{"name": chapter.name, "description": chapter.summary} for chapter in chapters],
    )
    _add_components(spec, chapters)
    for chapter in chapters:
        for (method, path), operation in chapter.operations.items():
            spec.path(path, operations={method: {"tags": [chapter.name], **operation}})
    return spec.to_dict()


def _without(chapter: Chapter, other: Chapter) -> Chapter:
    """The chapter but for the operations that the other one has too."""
    operations = {key: operation for key, operation in chapter.operations.items() if key not in other.operations}
    return replace(chapter, operations=operations)


def _add_components(spec: APISpec, chapters: Sequence[Chapter]) -> None:
    for name, parameter in PARAMETERS.items():
        spec.components.parameter(name, parameter["in"], parameter)
    for name, header in HEADERS.items():
        spec.components.header(name, header)
    # No operation names these where apispec looks.
    for schema in (answers.ClassProbability, answers.PredictedClass, answers.ErrorDetail):
        spec.components.schema(schema.__name__, schema=schema)
    for name, shape in NESTED.items():
        spec.components.schema(name, shape)
    responses: dict[str, Any] = {}
    for chapter in chapters:
        responses |= chapter.errors.components()  # some chapters share theirs
        for name, shape in chapter.schemas.items():
            spec.components.schema(name, shape)
    for name, response in responses.items():
        spec.components.response(name, response)


def _schema_name(schema: Any) -> str:
    return (schema if isinstance(schema, type) else type(schema)).__name__
