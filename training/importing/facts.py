"""What the workshop says of a model that it has loaded, as plain values that are checked. Knows no Keras.

The process that says it has had a stranger's file, so nothing here is believed: an odd document is an error.
"""

from dataclasses import dataclass, replace
from typing import Any

from marshmallow import ValidationError, fields, validate

from models.records import RecordSchema, TupleOf
from training.importing.errors import WorkshopFailed

LINEAR = "linear"
MOST_TENSORS = 64


@dataclass(frozen=True)
class InputFacts:
    """One input of the model as it was saved."""

    name: str
    shape: tuple[int | None, ...]  # of one row; None where the model leaves a size open
    dtype: str
    below: int | None = None  # the number of rows of the smallest Embedding that it is looked up in
    # What the network's first layer takes to be usual: a mean and deviation, or an interval.
    means: tuple[float, ...] | None = None
    deviations: tuple[float, ...] | None = None
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class OutputFacts:
    """One output of the model as it was saved."""

    name: str  # of the layer that gives it
    layer: str  # its class
    activation: str  # LINEAR where it has none
    shape: tuple[int | None, ...]  # of one row


@dataclass(frozen=True)
class Facts:
    """All that is known of a loaded model."""

    inputs: tuple[InputFacts, ...]
    outputs: tuple[OutputFacts, ...]
    parameters: int
    stateful: tuple[str, ...] = ()  # layers that remember the rows before
    precision: str = "float32"  # in which most layers compute

    def shaped(self, outputs: Any) -> "Facts":
        """The same with the shapes of the outputs, as the workshop says them once those of the inputs are settled."""
        shapes = _load(_ShapesSchema(), {"shapes": outputs}).shapes
        if len(shapes) != len(self.outputs):
            raise WorkshopFailed("The workshop gave shapes for other outputs than the model has.")
        pairs = zip(self.outputs, shapes, strict=True)
        return replace(self, outputs=tuple(replace(output, shape=shape) for output, shape in pairs))


def facts_of(document: Any) -> Facts:
    """The facts in a document. Raises WorkshopFailed where it holds something else."""
    facts: Facts = _load(_FactsSchema(), document)
    return facts


def _load(schema: Any, document: Any) -> Any:
    try:
        return schema.load(document)
    except (ValidationError, TypeError, ValueError) as error:
        raise WorkshopFailed(
            f"The process that had the model answered with what is no answer: {str(error)[:200]}"
        ) from error


_NAME = validate.Length(min=1, max=200)
_SIZE = validate.Range(min=1, max=1 << 31)
_RANK = validate.Length(max=16)


def _shape(**options: Any) -> TupleOf:
    return TupleOf(fields.Integer(strict=True, allow_none=True, validate=_SIZE), validate=_RANK, **options)


def _numbers() -> TupleOf:
    return TupleOf(fields.Float(), load_default=None, allow_none=True, validate=validate.Length(max=1 << 20))


class _InputSchema(RecordSchema):
    record = InputFacts

    name = fields.String(required=True, validate=_NAME)
    shape = _shape(required=True)
    dtype = fields.String(required=True, validate=_NAME)
    below = fields.Integer(strict=True, load_default=None, allow_none=True, validate=_SIZE)
    means = _numbers()
    deviations = _numbers()
    interval = fields.Tuple((fields.Float(), fields.Float()), load_default=None, allow_none=True)


class _OutputSchema(RecordSchema):
    record = OutputFacts

    name = fields.String(required=True, validate=_NAME)
    layer = fields.String(required=True, validate=_NAME)
    activation = fields.String(required=True, validate=_NAME)
    shape = _shape(required=True)


class _FactsSchema(RecordSchema):
    record = Facts

    inputs = TupleOf(fields.Nested(_InputSchema), required=True, validate=validate.Length(min=1, max=MOST_TENSORS))
    outputs = TupleOf(fields.Nested(_OutputSchema), required=True, validate=validate.Length(min=1, max=MOST_TENSORS))
    parameters = fields.Integer(strict=True, required=True)
    stateful = TupleOf(fields.String(validate=_NAME), load_default=(), validate=validate.Length(max=1000))
    precision = fields.String(load_default="float32", validate=_NAME)


@dataclass(frozen=True)
class _Shapes:
    shapes: tuple[tuple[int | None, ...], ...]


class _ShapesSchema(RecordSchema):
    record = _Shapes

    shapes = TupleOf(_shape(), required=True, validate=validate.Length(max=MOST_TENSORS))
