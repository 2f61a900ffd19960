"""Which elements of bad rows are wrong, and how. Knows neither models nor arrays: it walks what JSON gave.

Asked only where the checks of tensors.py have failed, as it costs a Python step per element.
"""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, ClassVar

from models.errors import quoted
from service.errors import (
    Detail,
    NotANumber,
    NumberOutOfRange,
    ServiceError,
    UnknownCategory,
    WrongFeatures,
    WrongShape,
    pointer,
)

Fault = tuple[type[ServiceError], Detail]

NUMBERS = {int, float}  # not bool, which is an int to isinstance

_LONG = 2**64  # a number from here on is not worth its digits in a message
_TOO_LARGE = 2.0**128 - 2.0**103  # from here on float32 rounds to infinity
_KINDS = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}


@dataclass(frozen=True)
class Column:
    """What a number of a row may be."""

    words: tuple[str, ...] | None = None  # which stand for 0, 1, ...; None where it may be any number
    optional: bool = False  # whether it may be missing; then a word that nobody knows is as good as none

    is_whole: ClassVar[bool] = False

    def faults(self, value: Any, path: str) -> Iterator[Fault]:
        """What is wrong with a value that stands at `path`."""
        if value is None and self.optional:
            return
        if type(value) is str and self.words is not None:
            if not (self.optional or value in self.words):
                yield UnknownCategory, Detail(path, f"unknown word {quoted(value)}{_closest(value, self.words)}")
        elif type(value) not in NUMBERS:
            yield NotANumber, Detail(path, f"expected {self._expected}, got {kind_of(value)}")
        elif not -_TOO_LARGE < value < _TOO_LARGE:  # so for NaN too
            yield NumberOutOfRange, Detail(path, f"expected {self._expected}, got {_extreme(value)}")
        elif self.words is not None and not (value % 1 == 0 and 0 <= value < len(self.words)):
            yield UnknownCategory, Detail(path, f"expected {self._expected}, got {value}")

    @property
    def _expected(self) -> str:
        number = "a number" if self.words is None else f"a word, or its number from 0 to {len(self.words) - 1}"
        return f"{number}, or null" if self.optional else number


@dataclass(frozen=True)
class Whole(Column):
    """What a whole number of a row may be: one within bounds."""

    bounds: tuple[int, int] = (0, 0)

    is_whole: ClassVar[bool] = True

    def faults(self, value: Any, path: str) -> Iterator[Fault]:
        """What is wrong with a value that stands at `path`."""
        least, greatest = self.bounds
        if type(value) not in NUMBERS:
            yield NotANumber, Detail(path, f"expected {self._expected}, got {kind_of(value)}")
        elif isinstance(value, float) and not math.isfinite(value):
            yield NumberOutOfRange, Detail(path, f"expected {self._expected}, got {_extreme(value)}")
        elif value % 1:
            yield NotANumber, Detail(path, f"expected {self._expected}, got {value}")
        elif not least <= value <= greatest:
            number = int(value) if abs(value) < _LONG else "one that is too large"
            yield NumberOutOfRange, Detail(path, f"expected {self._expected}, got {number}")

    @property
    def _expected(self) -> str:
        return f"a whole number from {self.bounds[0]} to {self.bounds[1]}"


PLAIN = (Column(),)


def shape_faults(
    rows: list[Any], sizes: tuple[int, ...], columns: tuple[Column, ...], path: str, suffix: str
) -> Iterator[Fault]:
    """Where rows do not have the sizes, level by level, or do not fit the columns; row n lies at path/n + suffix.

    There is one column for each number of a flat row, or one for all numbers.
    """
    for index, row in enumerate(rows):
        yield from _element_faults(row, sizes, columns, f"{path}/{index}{suffix}")


def _element_faults(value: Any, sizes: tuple[int, ...], columns: tuple[Column, ...], path: str) -> Iterator[Fault]:
    if not sizes:
        yield from columns[0].faults(value, path)
    elif type(value) is not list:
        yield WrongShape, Detail(path, f"expected an array of {sizes[0]}, got {kind_of(value)}")
    elif len(value) != sizes[0]:
        yield WrongShape, Detail(path, f"expected an array of {sizes[0]}, got one of {len(value)}")
    else:
        for index, element in enumerate(value):
            column = columns[index : index + 1] if len(columns) > 1 else columns
            yield from _element_faults(element, sizes[1:], column, f"{path}/{index}")


def feature_faults(rows: list[Any], names: tuple[str, ...], columns: tuple[Column, ...], path: str) -> Iterator[Fault]:
    """Where rows lack features, have unknown ones, or do not fit the columns: one for each name, or one for all."""
    each = columns if len(columns) > 1 else columns[:1] * len(names)
    optional = {name for name, column in zip(names, each, strict=True) if column.optional}
    yield from key_faults(rows, names, "feature", path, optional)
    for index, row in enumerate(rows):
        if type(row) is dict:
            for name, column in zip(names, each, strict=True):
                if name in row:
                    yield from column.faults(row[name], f"{path}{pointer(index, name)}")


def key_faults(
    rows: list[Any], names: tuple[str, ...], what: str, path: str, optional: Collection[str] = ()
) -> Iterator[Fault]:
    """Where rows are no objects with just these keys, or without some of the optional ones.

    `what` is what a key names: a feature or an input.
    """
    needed = [name for name in names if name not in optional]
    for index, row in enumerate(rows):
        place = f"{path}/{index}"
        if type(row) is not dict:
            yield WrongFeatures, Detail(place, f"expected an object by {what} name, got {kind_of(row)}")
            continue
        for name in sorted(row.keys() - set(names)):  # first, as a misspelt name makes the right one missing
            yield WrongFeatures, Detail(place + pointer(name), f"unknown {what} {quoted(name)}{_closest(name, names)}")
        for name in needed:
            if name not in row:
                yield WrongFeatures, Detail(place, f"{what} {name!r} is missing")


def _extreme(number: float) -> str:
    if isinstance(number, int) or math.isfinite(number):
        return "one that is too large for float32"
    return "NaN" if math.isnan(number) else "infinity"


def kind_of(value: Any) -> str:
    """What a JSON value is, in words."""
    return _KINDS.get(type(value), "a number")


def _closest(name: str, names: tuple[str, ...]) -> str:
    matches = get_close_matches(name[:100], names, n=1)
    return f"; did you mean {matches[0]!r}?" if matches else f"; known: {', '.join(names[:10])}"
