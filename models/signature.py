"""The shape of a prediction: what goes into a model and what comes out. Knows no model and no file."""

from dataclasses import dataclass, replace
from functools import cached_property

from marshmallow import fields

from models.errors import InvalidSignature
from models.records import RecordSchema, TupleOf
from models.tensors import STEP, Input, InputSchema, Output, OutputSchema, Task, check_input, check_output

__all__ = ["STEP", "Input", "Output", "Signature", "SignatureSchema", "Task"]


@dataclass(frozen=True)
class Signature:
    """Task, inputs and outputs of a model, both in the model's own order.

    Raises InvalidSignature where they contradict each other.
    """

    task: Task
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]

    def __post_init__(self) -> None:
        for what, tensors in (("input", self.inputs), ("output", self.outputs)):
            names = [tensor.name for tensor in tensors]
            if not names or len(set(names)) != len(names):
                raise InvalidSignature(f"A signature has {what}s of different names, at least one, not {names}.")
        for tensor in self.inputs:
            check_input(tensor)
        for output in self.outputs:
            check_output(output, output.task or self.task)
        if len(self.outputs) == 1 and self.outputs[0].task not in (None, self.task):
            raise InvalidSignature(
                f"A model of one output has one task, not {self.task} for the model and {self.outputs[0].task} for "
                "the output."
            )

    @cached_property
    def is_flat(self) -> bool:
        """Whether there is one output, and a row of it is one list of numbers: what most clients know."""
        return len(self.outputs) == 1 and len(self.outputs[0].shape) == 1

    @cached_property
    def is_hard(self) -> bool:
        """Whether the outputs are decisions, 0 or 1, and no probabilities: those of threshold units.

        Of a signature with several outputs, this and `classes` tell of the first: ask `parts`.
        """
        return self.outputs[0].activation == STEP

    @cached_property
    def classes(self) -> tuple[str, ...] | None:
        """The class or label names in the order of the probabilities; None for regression."""
        return None if (self.outputs[0].task or self.task) is Task.REGRESSION else self.outputs[0].names

    @cached_property
    def parts(self) -> tuple["Signature", ...]:
        """A signature of its own for each output, with its task; itself where there is one output."""
        if len(self.outputs) == 1:
            return (self,)
        return tuple(replace(self, task=output.task or self.task, outputs=(output,)) for output in self.outputs)


class SignatureSchema(RecordSchema):
    """How a Signature stands in a manifest."""

    record = Signature

    task = fields.Enum(Task, by_value=True, required=True)
    inputs = TupleOf(fields.Nested(InputSchema), required=True)
    outputs = TupleOf(fields.Nested(OutputSchema), required=True)
