"""The pieces of JSON Schema, as OpenAPI 3.0 has it, that descriptions are made of. Knows no route."""

from collections.abc import Mapping
from typing import Any

from models.conformal import LEAST, MOST

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
DIGITS: Schema = {"type": "string", "pattern": "^[0-9]+$"}
BYTES: Schema = {"type": "string", "format": "binary"}
ANYTHING: Schema = {}


def record(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None, **more: Any) -> Schema:
    """An object with these keys and no others, as our answers are."""
    properties = {**required, **(optional or {})}
    keys = {"required": list(required)} if required else {}
    return {"type": "object", "properties": properties, **keys, "additionalProperties": False, **more}


def message(properties: Mapping[str, Schema], *required: str, **more: Any) -> Schema:
    """An object of which unknown keys are ignored, as requests of other people's clients are."""
    keys = {"required": list(required)} if required else {}
    return {"type": "object", "properties": dict(properties), **keys, **more}


def mapping(values: Schema) -> Schema:
    """An object with any keys."""
    return {"type": "object", "additionalProperties": values}


def array(items: Schema, **more: Any) -> Schema:
    """An array of one kind of element."""
    return {"type": "array", "items": items, **more}


def choice(*words: str) -> Schema:
    """One of a few words."""
    return {"type": "string", "enum": list(words)}


def one_of(*schemas: Schema, **more: Any) -> Schema:
    """What fits exactly one of the schemas."""
    return {"oneOf": list(schemas), **more}


def ref(name: str) -> Schema:
    """A schema among the description's components."""
    return {"$ref": f"#/components/schemas/{name}"}


# What is predicted, for protocols that answer the model's own outputs, or classes where an option asks for them.
OUTPUTS = array(ref("Values"), minItems=1, description="The model's output, a row per instance.")
RECORDS = array(mapping(ref("Values")), minItems=1, description="By output name, where there are several.")
COLUMNS = mapping(array(ref("Values"), minItems=1))
CLASSES = array(
    one_of(ref("Classes"), mapping(ref("Classes"))),
    minItems=1,
    description="With top_k or threshold: the class of each row, or the labels of a multilabel model; by output name "
    "where there are several.",
)
# Of a row of any number of axes: components, as they refer to themselves.
NESTED: Mapping[str, Schema] = {
    "Values": one_of(NUMBER, array(ref("Values"), minItems=1), description="A number, or numbers in arrays."),
    "Classes": {
        "anyOf": [ref("PredictedClass"), array(ref("ClassProbability")), array(ref("Classes"), minItems=1)],
        "description": "A class, the labels of a multilabel output, or classes nested as their places are.",
    },
}
_INTERVAL = array(NUMBER, minItems=2, maxItems=2)
# What a coverage puts beside outputs, and beside classes.
INTERVALS = {"intervals": array(one_of(_INTERVAL, array(_INTERVAL, minItems=2)), minItems=1)}
SETS = {"sets": array(array(TEXT), minItems=1)}
# Our options among the parameters of a request.
OPTIONS = message(
    {
        "top_k": {"type": "integer", "minimum": 1},
        "threshold": {"type": "number", "minimum": 0, "maximum": 1},
        "coverage": {"type": "number", "minimum": LEAST, "maximum": MOST},
    },
    nullable=True,
    description="With any of them a classifier answers with classes, as /predict-class does. With coverage there are "
    "sets of them besides, or intervals of a regression model's outputs.",
)
