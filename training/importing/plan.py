"""What is to be published of a loaded model: its signature, and what goes before and behind it. Knows no Keras."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.errors import listed
from models.signature import Input, Output, Signature
from training.errors import InvalidWish
from training.importing.errors import CannotImport
from training.importing.facts import Facts, InputFacts
from training.importing.inference import Inferred
from training.importing.inputs import Shape, inputs_of
from training.importing.outputs import outputs_of
from training.importing.scaling import Scale, read_scales
from training.importing.wishes import Wishes

SHOWN = 10  # names in a line


@dataclass(frozen=True)
class Plan:
    """How a model is published."""

    facts: Facts
    signature: Signature
    scales: Mapping[str, Scale]  # by input name
    inferred: tuple[Inferred, ...]  # per output

    def findings(self) -> list[str]:
        """What was found out, as lines for a person."""
        outputs = self.signature.outputs
        of = [f" of {output.name}" if len(outputs) > 1 else "" for output in outputs]
        lines = [f"Task{what}: {each.task}: {each.why}." for what, each in zip(of, self.inferred, strict=True)]
        pairs = zip(self.facts.inputs, self.signature.inputs, strict=True)
        lines += [f"Input: {_told(tensor)}{_renamed(facts, tensor)}." for facts, tensor in pairs]
        lines += [f"Output: {_told_output(output)}." for output in outputs]
        return lines


def planned(facts: Facts, shapes: Sequence[Shape], compiled: Mapping[str, Any] | None, wishes: Wishes) -> Plan:
    """The plan for a model whose shapes are settled. Raises InvalidWish for a wish that does not fit it."""
    if facts.stateful:
        raise CannotImport(
            f"The layers {listed(facts.stateful[:5])} are stateful: each answer would depend on the requests before "
            "it. Save the model with stateful=False."
        )
    inputs = inputs_of(facts.inputs, shapes, wishes)
    outputs = outputs_of(facts, compiled, wishes, [tensor.name for tensor in inputs])
    inferred = tuple(each for _, each in outputs)
    signature = Signature(inferred[0].task, tuple(inputs), tuple(output for output, _ in outputs))
    return Plan(facts, signature, _scales(inputs, wishes), inferred)


def _scales(inputs: Sequence[Input], wishes: Wishes) -> dict[str, Scale]:
    if wishes.preprocessing is None:
        return {}
    columns = {tensor.name: tensor.shape[-1] for tensor in inputs if tensor.dtype == "float32" and tensor.shape}
    if not columns:
        raise InvalidWish(
            "PREPROCESSING scales numbers, and the model's inputs are whole numbers that stand for others."
        )
    return read_scales(wishes.preprocessing, columns)


def _told(tensor: Input) -> str:
    numbers = "numbers" if tensor.dtype == "float32" else "whole numbers"
    bounds = f" from {tensor.ranges[0][0]:g} to {tensor.ranges[0][1]:g}" if tensor.ranges else ""
    return f"{tensor.name}, {' x '.join(map(str, tensor.shape)) or 'one'} {numbers}{bounds} a row"


def _renamed(facts: InputFacts, tensor: Input) -> str:
    return "" if facts.name == tensor.name else f" ({facts.name} in the file)"


def _told_output(output: Output) -> str:
    names = output.names
    shown = ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
    size = " x ".join(map(str, output.shape)) or "one"
    return f"{output.name}, {size} number{'s' * (output.units != 1)} a row" + (f" ({shown})" if names else "")
