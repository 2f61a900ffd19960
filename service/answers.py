"""The JSON objects that the service answers with, as marshmallow schemas: what docs and /openapi.json promise."""

from typing import Any

from marshmallow import Schema, fields, validate


class ClassProbability(Schema):
    """A class with its probability, where the model knows any."""

    name = fields.String(data_key="class", required=True)
    index = fields.Integer(required=True)
    probability = fields.Float(metadata={"description": "Absent where the model decides and knows no probabilities."})


class PredictedClass(ClassProbability):
    """The class of a row."""

    top_k = fields.List(fields.Nested(ClassProbability), metadata={"description": "Most probable first."})


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _by_output(values: Any, description: str) -> dict[str, Any]:
    """What a model with several outputs has in the place of one thing."""
    return {"type": "object", "additionalProperties": values, "description": description}


_NAMES = {"type": "array", "items": {"type": "string"}, "minItems": 1}
_FALSE = {"type": "boolean", "enum": [False]}
_INTERVAL = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}


class PredictResponse(Schema):
    """Answer of /predict."""

    model = fields.String(required=True)
    version = fields.Integer(required=True)
    classes = fields.Raw(
        metadata={
            "oneOf": [_NAMES, _by_output(_NAMES, "Of those outputs that have some.")],
            "description": "Class or label names, in the order of numbers.",
        }
    )
    probabilities = fields.Raw(
        metadata={
            "oneOf": [_FALSE, _by_output(_FALSE, "Of those outputs that decide.")],
            "description": "False where the model decides, and its predictions are 0 or 1; else absent.",
        }
    )
    predictions = fields.List(
        fields.Raw(
            metadata={
                "oneOf": [_ref("Values"), _by_output(_ref("Values"), "By output name, where there are several.")],
                "description": "Probabilities in class order; a number, or one number per target, for regression. Of a "
                "model that decides, 0 or 1 for each class or label; of a binary one, the index of the class. Nested "
                "as a row of the output is, where it has several axes.",
            }
        ),
        required=True,
        validate=validate.Length(min=1),
    )
    intervals = fields.List(
        fields.Raw(metadata={"oneOf": [_INTERVAL, {"type": "array", "items": _INTERVAL, "minItems": 2}]}),
        metadata={"description": "With coverage, for regression: low and high of each row, or of each of its targets."},
    )


class PredictClassResponse(Schema):
    """Answer of /predict-class."""

    model = fields.String(required=True)
    version = fields.Integer(required=True)
    predictions = fields.List(
        fields.Raw(
            metadata={
                "oneOf": [_ref("Classes"), _by_output(_ref("Classes"), "By output name, where there are several.")],
                "description": "A class per row; for multilabel models the labels at or above the threshold; nested "
                "where an output has a class for each of several places.",
            }
        ),
        required=True,
        validate=validate.Length(min=1),
    )
    sets = fields.List(
        fields.List(fields.String()),
        metadata={"description": "With coverage: the names of the classes in the set of each row, which may be empty."},
    )


class ErrorDetail(Schema):
    """One fault in a request."""

    path = fields.String(required=True, metadata={"description": "JSON pointer into the request body (RFC 6901)."})
    message = fields.String(required=True)


class ErrorResponse(Schema):
    """Every answer that is not a success."""

    error = fields.String(required=True, metadata={"description": "One sentence."})
    code = fields.String(required=True, metadata={"description": "One word for programs; docs/api.md lists them."})
    details = fields.List(fields.Nested(ErrorDetail), required=True)


class TrafficShares(Schema):
    """Who answers what names neither version nor label, with weights; without a split, the newest version."""

    split = fields.Dict(
        keys=fields.String(), values=fields.Integer(), required=True, metadata={"description": "Weights."}
    )
    shadow = fields.String(required=True, allow_none=True, metadata={"description": "The label that is asked too."})


class ModelSummary(Schema):
    """A model in the list of models."""

    name = fields.String(required=True)
    task = fields.String(required=True, allow_none=True)
    newest = fields.Integer(required=True, allow_none=True, metadata={"description": "The version that answers."})
    versions = fields.List(fields.Integer(), required=True)
    labels = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    traffic = fields.Nested(TrafficShares, required=True)
    refused = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class ModelList(Schema):
    """Answer of /models."""

    models = fields.List(fields.Nested(ModelSummary), required=True)
    default = fields.String(required=True, allow_none=True)


class ModelDetails(ModelSummary):
    """Answer of /models/{name}: the newest version's manifest, in parts, and its card."""

    signature = fields.Dict(required=True, metadata={"description": "As in the manifest: docs/model-format.md."})
    probabilities = fields.Boolean(
        required=True, metadata={"description": "Whether the model answers probabilities: no decisions, no values."}
    )
    scores = fields.Dict(required=True)
    baseline = fields.Dict(required=True)
    training = fields.Dict(required=True)
    data = fields.Dict(required=True)
    created = fields.String(required=True)
    runtime = fields.String(required=True)
    coverage = fields.Raw(
        required=True,
        allow_none=True,
        metadata={
            "type": "object",
            "properties": {
                "least": {"type": "number"},
                "most": {"type": "number"},
                "calibration_rows": {"type": "integer", "minimum": 1},
            },
            "required": ["least", "most", "calibration_rows"],
            "additionalProperties": False,
            "description": "What can be asked for as coverage, and how many rows tell it; null where nothing can.",
        },
    )
    card = fields.String(required=True, metadata={"description": "The model card, in Markdown."})
    report = fields.String(
        required=True, allow_none=True, metadata={"description": "The path of its report, a page, where it has one."}
    )


class Health(Schema):
    """Answer of /livez and /readyz."""

    status = fields.String(required=True)
