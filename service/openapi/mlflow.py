"""MLflow's scoring server, whose paths are those of Amazon SageMaker too."""

from collections.abc import Mapping

from service.openapi.operations import (
    ALWAYS,
    ASKED,
    JSON,
    NPY,
    READY,
    Chapter,
    Errors,
    Operation,
    success,
)
from service.openapi.shapes import (
    ANYTHING,
    CLASSES,
    INTERVALS,
    OPTIONS,
    OUTPUTS,
    RECORDS,
    SETS,
    TEXT,
    Schema,
    array,
    choice,
    message,
    one_of,
    record,
)

_FORMS: Mapping[str, Schema] = {
    "dataframe_split": message(
        {
            "columns": array(
                ANYTHING, description="Names of features; without them, columns are in the model's order."
            ),
            "index": array(ANYTHING),
            "data": array(array(ANYTHING), minItems=1),
        },
        "data",
    ),
    "dataframe_records": array(message({}), minItems=1, description="An object by column for each row."),
    "instances": array(ANYTHING, minItems=1),
    "inputs": {"description": "A tensor, an object of tensors by input name, or of columns by feature name."},
}
_REQUEST = message(
    {**_FORMS, "params": OPTIONS},
    oneOf=[{"required": [form]} for form in _FORMS],
    example={"inputs": [[5.1, 3.5, 1.4, 0.2]]},
)
_ERRORS = Errors(
    "MLflowError",
    {"error_code": choice("BAD_REQUEST", "NOT_FOUND", "TEMPORARILY_UNAVAILABLE", "INTERNAL_ERROR"), "message": TEXT},
)
_TABLES = {media_type: {"schema": TEXT} for media_type in ("text/csv", "application/csv")}


_PREDICTIONS = one_of(
    record({"predictions": OUTPUTS}, INTERVALS),
    record({"predictions": RECORDS}),
    record({"predictions": CLASSES}, SETS),
)


def _ping() -> Operation:
    return {
        "summary": "Whether new requests may come.",
        "responses": {"200": success({JSON: {}}) | {"description": "Yes. The body is a line break."}}
        | _ERRORS.of(*READY),
    }


MLFLOW = Chapter(
    "MLflow and Amazon SageMaker",
    "MLflow's scoring server, and SageMaker's contract with a container.",
    _ERRORS,
    {
        ("get", "/ping"): _ping(),
        ("get", "/health"): _ping(),
        ("get", "/version"): {
            "summary": "The version of the service.",
            "responses": {"200": success({JSON: {}}) | {"description": "Its digits and dots, without quotes."}}
            | _ERRORS.of(*ALWAYS),
        },
        ("post", "/invocations"): {
            "summary": "The model's outputs, or classes.",
            "parameters": ["ModelAsked", "ModelNamed", "Timeout"],
            "requestBody": {
                "required": True,
                "content": {JSON: {"schema": _REQUEST}, **_TABLES, **NPY},
            },
            "responses": {
                "200": success(
                    {
                        JSON: {"schema": _PREDICTIONS},
                        "text/csv": {"schema": TEXT},
                        **NPY,
                    }
                )
            }
            | _ERRORS.of(*ASKED),
        },
    },
)
