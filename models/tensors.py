"""The arrays that go into a model and come out, as one row of them. Knows no other part of a signature."""

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from marshmallow import fields

from models.errors import InvalidSignature
from models.records import RecordSchema, TupleOf

STEP = "step"  # the activation of threshold units: 1 from 0 on, else 0
# The types of numbers that an input may be of, and the least and greatest whole number that each of them holds.
DTYPES = {"float32": None, "int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}

_ONE_AXIS = (-1,)  # as NumPy's reshape has it: one axis of as many as there are
_EXACT = 2**53  # whole numbers up to here are themselves in JSON, whoever reads it


class Task(StrEnum):
    """What a model is for; it decides what its output units mean."""

    BINARY = "binary"  # one unit: the probability of the second of two classes
    MULTICLASS = "multiclass"  # one unit per class, probabilities that sum to 1; in each place of the axes before them
    MULTILABEL = "multilabel"  # one unit per label, each a probability of its own
    REGRESSION = "regression"  # one unit per target, in the target's unit; of any shape


@dataclass(frozen=True)
class Input:
    """One input array. Shapes are those of one row; the batch comes before them."""

    name: str
    shape: tuple[int, ...]
    dtype: str = "float32"  # one of DTYPES
    feature_names: tuple[str, ...] | None = None  # one per column of a flat row
    # Of the training data: per column, or one pair for all. Of whole numbers: what is taken, and nothing else is.
    ranges: tuple[tuple[float, float], ...] | None = None
    # Per column the words that stand for 0, 1, ... in it, or None where it holds numbers; None where all do.
    categories: tuple[tuple[str, ...] | None, ...] | None = None
    optional: bool = False  # whether a number may be missing: null in JSON, NaN in an array

    @property
    def size(self) -> int:
        """How many numbers make a row."""
        return math.prod(self.shape)

    @cached_property
    def is_plain(self) -> bool:
        """Whether rows are float32 and nothing else: no column holds words, and none may lack its number."""
        return self.dtype == "float32" and not self.categories and not self.optional

    @cached_property
    def bounds(self) -> tuple[tuple[int, int], ...] | None:
        """The least and greatest whole number: per column, or one pair for all; None where rows are float32."""
        limits = DTYPES[self.dtype]
        if limits is None or self.ranges is None:
            return limits and (limits,)
        return tuple((int(least), int(greatest)) for least, greatest in self.ranges)


@dataclass(frozen=True)
class Output:
    """One output array of `units` numbers a row, in float32."""

    name: str
    units: int
    activation: str
    # Of classes, labels or targets, in the order of the last axis; binary: two for its one unit. Targets of several
    # axes may have none.
    names: tuple[str, ...]
    shape: tuple[int, ...] = _ONE_AXIS  # of one row: (units,) unless another is given
    task: Task | None = None  # where a model has several outputs, and this one another task than the signature

    def __post_init__(self) -> None:
        if self.shape == _ONE_AXIS:
            object.__setattr__(self, "shape", (self.units,))


def check_input(tensor: Input) -> None:
    """Raises InvalidSignature where its parts contradict each other."""
    if not all(size > 0 for size in tensor.shape):
        raise InvalidSignature(f"Input {tensor.name!r} has shape {tensor.shape}; every size must be at least 1.")
    if tensor.dtype not in DTYPES:
        known = ", ".join(DTYPES)
        raise InvalidSignature(f"Input {tensor.name!r} has dtype {tensor.dtype!r}; format 1 knows {known}.")
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
    if limits := DTYPES[tensor.dtype]:
        _check_whole(tensor, limits)


def _check_whole(tensor: Input, limits: tuple[int, int]) -> None:
    if tensor.categories is not None or tensor.optional:
        raise InvalidSignature(
            f"Input {tensor.name!r} is of {tensor.dtype}, so it has neither categories nor missing numbers; "
            "those are for float32."
        )
    for least, greatest in tensor.ranges or ():
        is_whole = all(number % 1 == 0 and abs(number) <= _EXACT for number in (least, greatest))
        if not (is_whole and limits[0] <= least <= greatest <= limits[1]):
            raise InvalidSignature(
                f"Input {tensor.name!r} of {tensor.dtype} has the range {least} to {greatest}; it needs whole numbers "
                f"that {tensor.dtype} holds, of at most 2**53, the least first."
            )


def check_output(output: Output, task: Task) -> None:
    """Raises InvalidSignature where its parts contradict each other, or the task."""
    if not all(size > 0 for size in output.shape) or math.prod(output.shape) != output.units:
        raise InvalidSignature(
            f"Output {output.name!r} has shape {output.shape} and {output.units} units; every size must be at least "
            "1, and the units are their product."
        )
    if task is Task.BINARY and output.units != 1:
        raise InvalidSignature(f"A binary output has one unit, not {output.units}; two units are multiclass.")
    _check_axes(output, task)
    expected = 2 if task is Task.BINARY else output.shape[-1] if output.shape else 1
    if task is Task.REGRESSION and len(output.shape) > 1 and not output.names:
        return
    if len(set(output.names)) != expected or len(output.names) != expected:
        raise InvalidSignature(
            f"Output {output.name!r} of a {task} model with {output.units} units needs {expected} different names, "
            f"not {list(output.names)}."
        )


def _check_axes(output: Output, task: Task) -> None:
    is_flat = output.shape == (output.units,)
    if task in (Task.BINARY, Task.MULTILABEL) and not is_flat:
        raise InvalidSignature(
            f"Output {output.name!r} has shape {output.shape}; a {task} output has one axis, ({output.units},). "
            "Flatten it in the model, or publish it for regression, whose outputs are of any shape."
        )
    if task is Task.MULTICLASS and not output.shape:
        raise InvalidSignature(f"Output {output.name!r} has no axis; a multiclass output has its classes along one.")
    if output.activation == STEP and not is_flat:
        raise InvalidSignature(f"Output {output.name!r} has shape {output.shape}; threshold units have one axis.")


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
    shape = TupleOf(fields.Integer(strict=True), load_default=_ONE_AXIS)
    task = fields.Enum(Task, by_value=True, load_default=None, allow_none=True)


def output_document(output: dict[str, Any]) -> dict[str, Any]:
    """An Output's fields as they stand in a manifest: without what goes without saying, which readers may not know."""
    silent = {"shape": [output["units"]], "task": None}
    return {key: value for key, value in output.items() if key not in silent or value != silent[key]}
