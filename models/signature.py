"""The shape of a prediction: what goes into a model and what comes out. Knows no model and no file."""

import math
from dataclasses import dataclass
from enum import StrEnum

from marshmallow import fields

from models.errors import InvalidSignature
from models.records import RecordSchema, TupleOf

STEP = "step"  # the activation of threshold units: 1 from 0 on, else 0


class Task(StrEnum):
    """What a model is for; it decides what its output units mean."""

    BINARY = "binary"  # one unit: the probability of the second of two classes
    MULTICLASS = "multiclass"  # one unit per class, probabilities that sum to 1
    MULTILABEL = "multilabel"  # one unit per label, each a probability of its own
    REGRESSION = "regression"  # one unit per target, in the target's unit


@dataclass(frozen=True)
class Input:
    """One input array. Shapes are those of one row; the batch comes before them."""

    name: str
    shape: tuple[int, ...]
    dtype: str = "float32"
    feature_names: tuple[str, ...] | None = None  # one per column of a flat row
    ranges: tuple[tuple[float, float], ...] | None = None  # of the training data: per column, or one pair for all
    # Per column the words that stand for 0, 1, ... in it, or None where it holds numbers; None where all do.
    categories: tuple[tuple[str, ...] | None, ...] | None = None
    optional: bool = False  # whether a number may be missing: null in JSON, NaN in an array

    @property
    def size(self) -> int:
        """How many numbers make a row."""
        return math.prod(self.shape)

    @property
    def is_plain(self) -> bool:
        """Whether rows are numbers and nothing else: no column holds words, and none may lack its number."""
        return not self.categories and not self.optional


@dataclass(frozen=True)
class Output:
    """One output array of `units` numbers a row."""

    name: str
    units: int
    activation: str
    names: tuple[str, ...]  # of classes, labels or targets, in the order of the units; binary: two for its one unit


@dataclass(frozen=True)
class Signature:
    """Task, inputs and outputs of a model.

    Raises InvalidSignature where they contradict each other.
    """

    task: Task
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]

    def __post_init__(self) -> None:
        names = [tensor.name for tensor in self.inputs]
        if not names or len(set(names)) != len(names) or len(self.outputs) != 1:
            raise InvalidSignature(
                f"A signature has inputs of different names, not {names}, and, in format 1, one output, "
                f"not {len(self.outputs)}."
            )
        for tensor in self.inputs:
            _check_input(tensor)
        for output in self.outputs:
            _check_names(self.task, output)

    @property
    def is_hard(self) -> bool:
        """Whether the outputs are decisions, 0 or 1, and no probabilities: those of threshold units."""
        return self.outputs[0].activation == STEP

    @property
    def classes(self) -> tuple[str, ...] | None:
        """The class or label names in the order of the probabilities; None for regression."""
        return None if self.task is Task.REGRESSION else self.outputs[0].names


def _check_input(tensor: Input) -> None:
    if not all(size > 0 for size in tensor.shape):
        raise InvalidSignature(f"Input {tensor.name!r} has shape {tensor.shape}; every size must be at least 1.")
    if tensor.dtype != "float32":
        raise InvalidSignature(f"Input {tensor.name!r} has dtype {tensor.dtype!r}; format 1 knows float32 only.")
    if tensor.feature_names is not None and tensor.shape != (len(set(tensor.feature_names)),):
        raise InvalidSignature(
            f"Input {tensor.name!r} of shape {tensor.shape} has {len(set(tensor.feature_names))} different "
            "feature names; it needs one per column."
        )
    if tensor.categories is not None and (tensor.feature_names is None or len(tensor.categories) != tensor.size):
        raise InvalidSignature(
            f"Input {tensor.name!r} has categories for {len(tensor.categories)} columns; it needs feature names, and "
            "categories or null for each."
        )
    for words in tensor.categories or ():
        if words is not None and (not words or len(set(words)) != len(words)):
            raise InvalidSignature(f"Input {tensor.name!r} has a column whose categories are not different words.")
    if tensor.ranges is not None and len(tensor.ranges) not in (1, tensor.size):
        raise InvalidSignature(f"Input {tensor.name!r} has {len(tensor.ranges)} ranges for {tensor.size} columns.")


def _check_names(task: Task, output: Output) -> None:
    expected = 2 if task is Task.BINARY else output.units
    if len(set(output.names)) != expected or len(output.names) != expected:
        raise InvalidSignature(
            f"Output {output.name!r} of a {task} model with {output.units} units needs {expected} different names, "
            f"not {list(output.names)}."
        )
    if task is Task.BINARY and output.units != 1:
        raise InvalidSignature(f"A binary model has one output unit, not {output.units}; two units are multiclass.")


class InputSchema(RecordSchema):
    """How an Input stands in a manifest."""

    record = Input

    name = fields.String(required=True)
    shape = TupleOf(fields.Integer(strict=True), required=True)
    dtype = fields.String(required=True)
    feature_names = TupleOf(fields.String(), required=True, allow_none=True)
    ranges = TupleOf(fields.Tuple((fields.Float(), fields.Float())), required=True, allow_none=True)
    categories = TupleOf(TupleOf(fields.String(), allow_none=True), load_default=None, allow_none=True)
    optional = fields.Boolean(load_default=False)


class OutputSchema(RecordSchema):
    """How an Output stands in a manifest."""

    record = Output

    name = fields.String(required=True)
    units = fields.Integer(required=True, strict=True)
    activation = fields.String(required=True)
    names = TupleOf(fields.String(), required=True)


class SignatureSchema(RecordSchema):
    """How a Signature stands in a manifest."""

    record = Signature

    task = fields.Enum(Task, by_value=True, required=True)
    inputs = TupleOf(fields.Nested(InputSchema), required=True)
    outputs = TupleOf(fields.Nested(OutputSchema), required=True)
