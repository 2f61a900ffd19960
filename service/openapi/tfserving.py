"""TensorFlow Serving's REST protocol, with what KServe's V1 protocol has besides."""

from collections.abc import Iterator, Mapping

from service.openapi.operations import (
    ALWAYS,
    ASKED,
    FOUND,
    JSON,
    READY,
    Chapter,
    Errors,
    Operation,
    in_json,
)
from service.openapi.shapes import (
    ANYTHING,
    CLASSES,
    COLUMNS,
    DIGITS,
    FLAG,
    INTERVALS,
    NUMBER,
    OPTIONS,
    OUTPUTS,
    RECORDS,
    SETS,
    TEXT,
    Schema,
    array,
    choice,
    mapping,
    message,
    one_of,
    record,
    ref,
)
from service.settings import Settings

# An unknown label is a bad request here, and so is whatever the paths do not take.
ERRORS = Errors("TensorFlowServingError", more_codes={400: ("unknown_label",)})

_PLACES = {
    "/v1/models/{model}": ["Model"],
    "/v1/models/{model}/versions/{version}": ["Model", "Version"],
    "/v1/models/{model}/labels/{label}": ["Model", "Label"],
}
_SIGNATURE = {"signature_name": TEXT}
_SIZE = {"type": "string", "pattern": "^(-1|[0-9]+)$"}
_ROW_EXAMPLE = [[5.1, 3.5, 1.4, 0.2]]

PREDICT = message(
    {
        **_SIGNATURE,
        "instances": array(ANYTHING, minItems=1, description="A row per element.", example=_ROW_EXAMPLE),
        "inputs": {"description": "All rows as one tensor, or an object of tensors by input name."},
        "parameters": OPTIONS,
    },
    oneOf=[{"required": ["instances"]}, {"required": ["inputs"]}],
)
_FEATURES = message({}, description="Values by feature name.")
_EXAMPLES = message({**_SIGNATURE, "context": _FEATURES, "examples": array(_FEATURES, minItems=1)}, "examples")

_SCHEMAS: Mapping[str, Schema] = {
    "TensorFlowServingPredictRequest": PREDICT,
    "TensorFlowServingExamples": _EXAMPLES,
    "TensorFlowServingTensor": record(
        {
            "dtype": choice("DT_FLOAT", "DT_INT32", "DT_INT64", "DT_STRING"),
            "tensor_shape": record({"dim": array(record({"size": _SIZE, "name": TEXT})), "unknown_rank": FLAG}),
            "name": TEXT,
        }
    ),
    "TensorFlowServingSignature": record(
        {
            "inputs": mapping(ref("TensorFlowServingTensor")),
            "outputs": mapping(ref("TensorFlowServingTensor")),
            "method_name": choice(*(f"tensorflow/serving/{method}" for method in ("predict", "classify", "regress"))),
            "defaults": record({}),
        }
    ),
}

PREDICTIONS = one_of(
    *(record({key: OUTPUTS}, INTERVALS) for key in ("predictions", "outputs")),
    record({"predictions": RECORDS}),
    record({"outputs": COLUMNS}),
    record({"predictions": CLASSES}, SETS),
)
_PAIR = array(one_of(TEXT, NUMBER), minItems=2, maxItems=2, description="A class and its probability, or 0 or 1.")
_ASKED = {
    "predict": ("The model's outputs, or classes.", "TensorFlowServingPredictRequest", PREDICTIONS),
    "classify": (
        "The probability of each class, for each example.",
        "TensorFlowServingExamples",
        record({"results": array(array(_PAIR, minItems=1), minItems=1)}),
    ),
    "regress": (
        "The value of each example.",
        "TensorFlowServingExamples",
        record({"results": array(NUMBER, minItems=1)}),
    ),
}
_METADATA = record(
    {
        "model_spec": record({"name": TEXT, "signature_name": TEXT, "version": DIGITS}),
        "metadata": record({"signature_def": record({"signature_def": mapping(ref("TensorFlowServingSignature"))})}),
    }
)


def _status(settings: Settings) -> Schema:
    version = record(
        {
            "version": DIGITS,
            "state": choice("AVAILABLE", "END"),
            "status": record({"error_code": choice("OK", "FAILED_PRECONDITION"), "error_message": TEXT}),
        }
    )
    for_kserve = {"name": TEXT, "ready": FLAG} if settings.v1_status == "kserve" else {}
    return record({"model_version_status": array(version), **for_kserve})


def _operations(settings: Settings) -> Iterator[tuple[tuple[str, str], Operation]]:
    for place, parameters in _PLACES.items():
        for method, (summary, asked, answer) in _ASKED.items():
            yield (
                ("post", f"{place}:{method}"),
                {
                    "summary": summary,
                    "parameters": [*parameters, "Timeout"],
                    "requestBody": {"required": True, "content": {JSON: {"schema": ref(asked)}}},
                    "responses": {"200": in_json(answer)} | ERRORS.of(*ASKED),
                },
            )
        for path, summary, answer in (
            (place, "The versions, or this one, and whether they are served.", _status(settings)),
            (f"{place}/metadata", "The signatures of a version.", _METADATA),
        ):
            yield (
                ("get", path),
                {
                    "summary": summary,
                    "parameters": parameters,
                    "responses": {"200": in_json(answer)} | ERRORS.of(400, *FOUND),
                },
            )
    for method in ("get", "post"):
        yield (
            (method, "/v1/{rest}"),
            {
                "summary": "Whatever else is asked under /v1: a malformed request.",
                "parameters": [_REST],
                "responses": ERRORS.of(400, *ALWAYS),
            },
        )


_REST = {
    "name": "rest",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[^/]+$", "not": {"enum": ["models"]}},
    "description": "May have slashes.",
}


def tensorflow_serving(settings: Settings) -> Chapter:
    """The status of a model has the keys that KServe's clients read where the settings say so."""
    return Chapter("TensorFlow Serving", "Its REST protocol.", ERRORS, dict(_operations(settings)), _SCHEMAS)


_NATIVE = Errors("Error")
KSERVE = Chapter(
    "KServe V1",
    "What KServe's V1 protocol has beside TensorFlow Serving's.",
    _NATIVE,
    {
        ("get", "/"): {
            "summary": "Whether the process answers.",
            "responses": {"200": in_json(record({"status": choice("alive")}))} | _NATIVE.of(*ALWAYS),
        },
        ("get", "/v1/models"): {
            "summary": "The names of all models.",
            "responses": {"200": in_json(record({"models": array(TEXT)}))} | _NATIVE.of(*READY),
        },
    },
)
