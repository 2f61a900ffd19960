"""One layer or operation of a configuration, and one call of it, read as hostile values. Knows no class of layers."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from models.errors import quoted
from models.inspection.refused import Refused

LARGEST = (1 << 31) - 1  # of any size that a layer may name
MOST_DIMENSIONS = 16
LARGEST_WINDOW = 1 << 16  # of kernels, strides, pools, dilations and paddings

Shape = tuple[int | None, ...]  # of a tensor, the batch first; None where any number may come


@dataclass(frozen=True)
class Result:
    """What a layer makes of its inputs, and how many weights it takes for that."""

    outputs: tuple[Shape, ...]
    parameters: int = 0
    scratch: int = 0  # numbers of a row that it needs on the way and does not give


@dataclass(frozen=True)
class Call:
    """The arguments of a call: tensors as shapes (tuples), all else as it stands in the JSON (never a tuple)."""

    args: list[Any]
    kwargs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shapes(self) -> list[Shape]:
        """All tensors, in order."""
        return list(_shapes([self.args, dict(self.kwargs)]))


@dataclass(frozen=True)
class Layer:
    """A class name with its configuration. What is asked of it that makes no sense raises Refused."""

    class_name: str
    config: Mapping[str, Any]
    place: str  # in the JSON
    infer: "Callable[[Layer, Call], Result]"  # of this and of the layers inside it

    def inner(self, key: str) -> "Layer":
        """The layer that stands in the configuration under `key`."""
        return self.of(self.config.get(key), f"{self.place}.{key}")

    def of(self, document: Any, place: str) -> "Layer":
        """The layer that `document` describes."""
        if not isinstance(document, dict) or not isinstance(document.get("class_name"), str):
            raise Refused("config", place, "this is no layer.")
        config = document.get("config")
        if isinstance(config, list):  # a Sequential of Keras before 2.2.3
            config = {"layers": config}
        return Layer(document["class_name"], config if isinstance(config, dict) else {}, place, self.infer)

    def whole(self, key: str, default: int | None = None, most: int = LARGEST) -> int:
        """The whole number under `key`, from 0 to `most`."""
        value = self.config.get(key, default)
        return self._checked(default if value is None else value, key, most)

    def flag(self, key: str, default: bool) -> bool:
        """The truth under `key`."""
        value = self.config.get(key, default)
        return default if value is None else bool(value)

    def window(self, key: str, rank: int, default: int | None = None) -> tuple[int, ...]:
        """The sizes under `key`, one per spatial dimension; a number stands for all of them."""
        value = self.config.get(key, default)
        values = [default if value is None else value] * rank if not isinstance(value, list) else value
        if len(values) != rank:
            self.refuse("shape", f"{key} is {quoted(str(value))}, and must be {rank} whole numbers.")
        return tuple(self._checked(each, key, LARGEST_WINDOW) for each in values)

    def margins(self, key: str, rank: int, default: int) -> list[tuple[int, int]]:
        """What is added or cut before and after, per spatial dimension: n, [n, m], or [[n, m], …]."""
        value = self.config.get(key, default)
        if rank == 1 and isinstance(value, list) and all(isinstance(each, int) for each in value):
            value = [value]
        values = [value] * rank if not isinstance(value, list) else value
        pairs = [each if isinstance(each, list) else [each, each] for each in values]
        if len(pairs) != rank or any(len(pair) != 2 for pair in pairs):
            self.refuse("shape", f"{key} is {quoted(str(value))}, and must be a pair of numbers per dimension.")
        return [tuple(self._checked(each, key, LARGEST_WINDOW) for each in pair) for pair in pairs]  # type: ignore[misc]

    def axes(self, key: str, rank: int, default: int) -> list[int]:
        """The axes under `key`, as indices from 0."""
        value = self.config.get(key, default)
        values = value if isinstance(value, list) else [default if value is None else value]
        if not all(type(axis) is int and -rank <= axis < rank for axis in values):
            self.refuse("shape", f"{key} is {quoted(str(value))}, but its input has {rank} dimensions.")
        return [axis % rank for axis in values]

    def shape(self, value: Any) -> Shape:
        """The shape that `value` tells: a list, or a tuple or a shape as an .h5 has them."""
        if isinstance(value, dict):
            value = value.get("items")
        if not isinstance(value, list) or len(value) > MOST_DIMENSIONS:
            self.refuse("shape", f"{quoted(str(value))} is no shape.")
        return tuple(
            None if size in (None, -1) else self._checked(size, "a size of its shape", LARGEST) for size in value
        )

    def channels_first(self) -> bool:
        """Whether channels come right after the batch, rather than last."""
        return self.config.get("data_format") == "channels_first"

    def refuse(self, rule: str, sentence: str) -> NoReturn:
        """Say what is wrong with this layer."""
        raise Refused(rule, f"{self.place} ({self.class_name})", sentence)

    def _checked(self, value: Any, key: str, most: int) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # some versions of Keras wrote 3.0
        if type(value) is not int or not 0 <= value <= most:
            self.refuse("shape", f"{key} is {quoted(str(value))}, and must be a whole number from 0 to {most}.")
        return value


def known(layer: Layer, size: int | None) -> int:
    """A size of which a number of weights depends."""
    if size is None:
        layer.refuse("shape", "its weights depend on a size of its input that is not fixed.")
    return size


def product(shape: Shape) -> int:
    """How many numbers a row of that shape has at least; what is not fixed counts as one."""
    return math.prod(size for size in shape if size is not None)


def _shapes(value: Any) -> Iterator[Shape]:
    if isinstance(value, tuple):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _shapes(each)
