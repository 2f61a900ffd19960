"""The JSON objects that requests bring, as marshmallow schemas. Knows their keys, not what the rows in them mean."""

from dataclasses import dataclass
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate, validates_schema

from models.conformal import LEAST, MOST
from service.errors import Detail, InvalidRequest, pointer


@dataclass(frozen=True)
class Query:
    """What a prediction request asks for, apart from its rows' meaning."""

    instances: Any = None
    model: str | None = None
    version: int | None = None
    label: str | None = None
    top_k: int | None = None
    threshold: float | None = None
    coverage: float | None = None


class Number(fields.Float):
    """A finite JSON number; not a boolean and not a string that looks like one."""

    def _validated(self, value: Any) -> Any:
        if type(value) not in (int, float):
            raise self.make_error("invalid")
        return super()._validated(value)


class PredictRequest(Schema):
    """Body of /predict."""

    model = fields.String(metadata={"description": "May be left out where one model is served or a default is set."})
    version = fields.Integer(
        strict=True,
        validate=validate.Range(1, 999_999_999),
        metadata={"description": "Which version answers; else the newest."},
    )
    label = fields.String(metadata={"description": "A label, such as stable, instead of a version."})
    instances = fields.Raw(
        required=True,
        metadata={
            "type": "array",
            "items": {"oneOf": [{"type": "array", "items": {}}, {"type": "object"}]},
            "minItems": 1,
            "description": "The rows: nested arrays, flat arrays of the right length, or objects by feature name, or "
            "by input name. "
            "GET /models/{model} tells which columns take words, and whether null may stand for a number.",
            "example": [[5.1, 3.5, 1.4, 0.2]],
        },
    )
    coverage = Number(
        validate=validate.Range(LEAST, MOST),
        metadata={
            "description": "For how large a share of rows the truth shall lie in an interval (regression, /predict) or "
            "in a set of classes (binary and multiclass, /predict-class), which the answer then has besides."
        },
    )

    @validates_schema
    def _one_version(self, values: dict[str, Any], **_: Any) -> None:
        if "version" in values and "label" in values:
            raise ValidationError("Give a version or a label, not both.", "label")

    @post_load
    def _to_query(self, values: dict[str, Any], **_: Any) -> Query:
        return Query(**values)


class PredictClassRequest(PredictRequest):
    """Body of /predict-class."""

    top_k = fields.Integer(
        strict=True,
        validate=validate.Range(min=1),
        metadata={"description": "Adds the k most probable classes to each answer."},
    )
    threshold = Number(
        validate=validate.Range(min=0, max=1),
        metadata={"description": "Binary and multilabel models: the least probability to choose a class. Default 0.5."},
    )


class Options(Schema):
    """What a request may ask for in any protocol: a classifier then answers with classes."""

    top_k = fields.Integer(strict=True, validate=validate.Range(min=1))
    threshold = Number(validate=validate.Range(min=0, max=1))
    coverage = Number(validate=validate.Range(LEAST, MOST))


def read_options(parameters: Any, path: str = "/parameters") -> dict[str, Any]:
    """Our own options among the parameters of a protocol's request, and no others. Raises InvalidRequest."""
    if parameters is None:
        return {}
    if not isinstance(parameters, dict):
        raise InvalidRequest(f"The {path[1:]} must be an object.", [Detail(path, "expected an object")])
    if not parameters.keys() & OPTIONS.fields.keys():
        return {}
    try:
        options: dict[str, Any] = OPTIONS.load(parameters, unknown=EXCLUDE)
    except ValidationError as error:
        raise InvalidRequest(
            f"The {path[1:]} do not fit.",
            (
                Detail(path + pointer(key), " ".join(map(str, messages)))
                for key, messages in error.messages_dict.items()
            ),
        ) from error
    return options


OPTIONS = Options()


def read_query(schema: Schema, document: dict[str, Any], place: dict[str, Any]) -> Query:
    """The query in a body; `place` holds the model and version that the URL names, which the body may repeat.

    Raises InvalidRequest, which lists the known keys where one is unknown.
    """
    if document.keys() == {"instances"} and document["instances"] is not None:
        return Query(document["instances"], **place)  # the schema could refuse nothing
    for key, value in place.items():
        if document.setdefault(key, value) != value:
            raise InvalidRequest(
                f"The URL and the body name different values for {key!r}.",
                [Detail(pointer(key), f"the URL names {value!r}")],
            )
    try:
        query: Query = schema.load(document)
    except ValidationError as error:
        raise InvalidRequest(
            f"The request does not fit. Its keys are: {', '.join(schema.fields)}.",
            (Detail(pointer(key), " ".join(map(str, messages))) for key, messages in error.messages_dict.items()),
        ) from error
    return query
