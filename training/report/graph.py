"""A Keras model as boxes in rows, each below all that it needs. Knows no picture."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import keras


@dataclass(frozen=True)
class Box:
    """One call of a layer or of an operation."""

    key: str  # no other box of the model has it
    kind: str  # the class of the layer, and what tells it from others of its class
    name: str
    shape: str  # of what it gives, without the batch
    parameters: int
    parents: tuple[str, ...]  # keys of the boxes that it takes from
    row: int  # from the top: one more than its lowest parent's


@dataclass(frozen=True)
class Passage:
    """The place in a row where a connection goes by on its way further down."""

    key: str
    parents: tuple[str, ...]


def boxes(model: keras.Model) -> list[Box]:
    """Every call between inputs and outputs, each after all that it needs; none of a model that is code alone."""
    found: dict[str, Box] = {}
    for tensor in getattr(model, "outputs", None) or ():
        _visit(tensor, found)
    return list(found.values())


def rows(every: list[Box]) -> list[list[Box | Passage]]:
    """From the top to the bottom, each from left to right, with a passage in every row that a connection crosses.

    In the order of K. Sugiyama, S. Tagawa and M. Toda, Methods for Visual Understanding of Hierarchical System
    Structures, 1981: a box goes to the mean place of its parents.
    """
    laid: list[list[Box | Passage]] = [[] for _ in range(1 + max((box.row for box in every), default=-1))]
    by_key = {box.key: box for box in every}
    for box in every:
        parents = tuple(_passages(by_key[parent], box, laid) for parent in box.parents)
        laid[box.row].append(replace(box, parents=parents))
    for above, row in pairwise(laid):
        _sort(row, {item.key: place for place, item in enumerate(above)})
    return laid


def _passages(parent: Box, child: Box, laid: list[list[Box | Passage]]) -> str:
    """Put the passages between two boxes into their rows; returns the key of what the child hangs on."""
    key = parent.key
    for number in range(parent.row + 1, child.row):
        passage = Passage(f"{parent.key}>{number}", (key,))
        if all(item.key != passage.key for item in laid[number]):  # children of the same parent share its passages
            laid[number].append(passage)
        key = passage.key
    return key


def _sort(row: list[Box | Passage], above: dict[str, int]) -> None:
    row.sort(key=lambda item: sum(above[parent] for parent in item.parents) / max(len(item.parents), 1))


def _visit(tensor: Any, found: dict[str, Box]) -> str:
    """Add the call that gives a tensor, after all that it needs; returns its key."""
    operation, call, _ = tensor._keras_history
    key = f"{operation.name}/{call}"
    if key not in found:
        node = operation._inbound_nodes[call]
        parents = tuple(dict.fromkeys(_visit(parent, found) for parent in node.input_tensors))
        found[key] = Box(
            key,
            " · ".join([type(operation).__name__, *_settings(operation)]),
            operation.name,
            ", ".join(_shape(output.shape) for output in node.output_tensors),
            0 if call or not isinstance(operation, keras.Layer) else operation.count_params(),
            parents,
            row=max((found[parent].row + 1 for parent in parents), default=0),
        )
    return key


def _settings(operation: Any) -> Iterator[str]:
    activation = getattr(operation, "activation", None)
    if activation is not None and getattr(activation, "__name__", "linear") != "linear":
        yield activation.__name__
    if isinstance(rate := getattr(operation, "rate", None), float):
        yield f"{rate:g}"


def _shape(shape: tuple[int | None, ...]) -> str:
    return " x ".join("any" if size is None else str(size) for size in shape[1:]) or "1"
