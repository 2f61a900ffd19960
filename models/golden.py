"""Golden rows: real rows with the outputs that Keras gave for them, the proof that a copy of a model still agrees.

Knows arrays only, no runtime.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np

from models.signature import Input, Signature

# A runtime agrees with Keras where |difference| <= ATOL + RTOL * |Keras's value|. Probabilities lie in 0..1, where
# float32 sums in another order differ by about 1e-7; RTOL does the same for targets in the hundreds.
ATOL = 1e-5
RTOL = 1e-5

Tensors = Mapping[str, np.ndarray]  # name of an input or output -> array with the rows first


@dataclass(frozen=True)
class Golden:
    """Rows and Keras's answers: each array has the rows as its first axis."""

    inputs: Tensors
    outputs: Tensors

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return row_count(self.inputs)

    def fits(self, signature: Signature) -> bool:
        """Whether there is at least one row, and each array has the name, shape and dtype that the signature says.

        Whole numbers must lie in the bounds of their input: what lies beyond may fail a whole batch.
        """
        rows = len(next(iter(self.inputs.values()), ()))
        return (
            rows > 0
            and _kinds(self.inputs) == {each.name: ((rows, *each.shape), each.dtype) for each in signature.inputs}
            and _kinds(self.outputs) == {each.name: ((rows, *each.shape), "float32") for each in signature.outputs}
            and all(are_within(self.inputs[tensor.name], tensor) for tensor in signature.inputs)
        )

    def largest_difference(self, outputs: Tensors) -> float:
        """The largest absolute difference of `outputs` from Keras's; infinite where shapes differ or a NaN is."""
        return max(_difference(expected, outputs.get(name)) for name, expected in self.outputs.items())

    def agrees(self, outputs: Tensors) -> bool:
        """Whether each number of `outputs` lies within ATOL + RTOL * |expected| of Keras's."""
        return all(
            name in outputs
            and outputs[name].shape == expected.shape
            and np.allclose(outputs[name], expected, rtol=RTOL, atol=ATOL)
            for name, expected in self.outputs.items()
        )

    def save(self, path: Path) -> None:
        """Write all arrays into one npz file."""
        arrays = {f"input.{name}": values for name, values in self.inputs.items()}
        arrays |= {f"output.{name}": values for name, values in self.outputs.items()}
        np.savez_compressed(path, allow_pickle=False, **arrays)

    @classmethod
    def from_bytes(cls, content: bytes) -> "Golden":
        """Read what `save` wrote. Pickled objects are refused by NumPy (ValueError)."""
        with np.load(BytesIO(content), allow_pickle=False) as arrays:
            parts = [(*name.split(".", 1), arrays[name]) for name in arrays.files]
        return cls(
            inputs={name: values for side, name, values in parts if side == "input"},
            outputs={name: values for side, name, values in parts if side == "output"},
        )


def row_count(tensors: Tensors) -> int:
    """How many rows the arrays have, which is the same for all of them."""
    return len(next(iter(tensors.values())))


def concatenated(parts: Sequence[Tensors]) -> Tensors:
    """The rows of at least one part, one after the other; of a single part, that itself."""
    if len(parts) == 1:
        return parts[0]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def are_within(values: np.ndarray, tensor: Input) -> bool:
    """Whether all whole numbers of rows, (rows, *shape), lie in the bounds of their input; of float32, always."""
    if tensor.bounds is None:
        return True
    flat = values.reshape(-1, len(tensor.bounds))  # a column per pair of bounds, or one for all numbers
    least, greatest = zip(*tensor.bounds, strict=True)
    return bool((flat.min(axis=0) >= least).all() and (flat.max(axis=0) <= greatest).all())


def _kinds(arrays: Tensors) -> dict[str, tuple[tuple[int, ...], str]]:
    return {name: (values.shape, values.dtype.name) for name, values in arrays.items()}


def _difference(expected: np.ndarray, given: np.ndarray | None) -> float:
    if given is None or given.shape != expected.shape or not np.isfinite(given).all():
        return float("inf")
    return float(np.abs(given.astype(np.float64) - expected).max(initial=0.0))
