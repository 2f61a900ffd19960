"""Which elements of bad rows are wrong, and how. Knows neither models nor arrays: it walks what JSON gave.

Asked only where the checks of tensors.py have failed, as it costs a Python step per element.
"""

import math
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from models.errors import quoted
from service.errors import Detail, NotANumber, NumberOutOfRange, ServiceError, WrongFeatures, WrongShape, pointer

Fault = tuple[type[ServiceError], Detail]

NUMBERS = {int, float}  # not bool, which is an int to isinstance

_TOO_LARGE = 2.0**128 - 2.0**103  # from here on float32 rounds to infinity
_KINDS = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}


def shape_faults(rows: list[Any], sizes: tuple[int, ...], path: str, suffix: str) -> Iterator[Fault]:
    """Where rows do not have the sizes, level by level, or hold no numbers; row n of them lies at path/n + suffix."""
    for index, row in enumerate(rows):
        yield from _element_faults(row, sizes, f"{path}/{index}{suffix}")


def _element_faults(value: Any, sizes: tuple[int, ...], path: str) -> Iterator[Fault]:
    if not sizes:
        yield from _number_faults(value, path)
    elif type(value) is not list:
        yield WrongShape, Detail(path, f"expected an array of {sizes[0]}, got {kind_of(value)}")
    elif len(value) != sizes[0]:
        yield WrongShape, Detail(path, f"expected an array of {sizes[0]}, got one of {len(value)}")
    else:
        for index, element in enumerate(value):
            yield from _element_faults(element, sizes[1:], f"{path}/{index}")


def feature_faults(rows: list[Any], names: tuple[str, ...], path: str) -> Iterator[Fault]:
    """Where rows lack features, have unknown ones, or hold no numbers."""
    yield from key_faults(rows, names, "feature", path)
    for index, row in enumerate(rows):
        if type(row) is dict:
            for name in filter(row.__contains__, names):
                yield from _number_faults(row[name], f"{path}{pointer(index, name)}")


def key_faults(rows: list[Any], names: tuple[str, ...], what: str, path: str) -> Iterator[Fault]:
    """Where rows are no objects with just these keys; `what` is what a key names: a feature or an input."""
    for index, row in enumerate(rows):
        place = f"{path}/{index}"
        if type(row) is not dict:
            yield WrongFeatures, Detail(place, f"expected an object by {what} name, got {kind_of(row)}")
            continue
        for name in sorted(row.keys() - set(names)):  # first, as a misspelt name makes the right one missing
            yield WrongFeatures, Detail(place + pointer(name), f"unknown {what} {quoted(name)}{_closest(name, names)}")
        for name in names:
            if name not in row:
                yield WrongFeatures, Detail(place, f"{what} {name!r} is missing")


def _number_faults(value: Any, path: str) -> Iterator[Fault]:
    if type(value) not in NUMBERS:
        yield NotANumber, Detail(path, f"expected a number, got {kind_of(value)}")
    elif not -_TOO_LARGE < value < _TOO_LARGE:  # so for NaN too
        finite = isinstance(value, int) or math.isfinite(value)
        what = "one that is too large for float32" if finite else "NaN" if math.isnan(value) else "infinity"
        yield NumberOutOfRange, Detail(path, f"expected a number, got {what}")


def kind_of(value: Any) -> str:
    """What a JSON value is, in words."""
    return _KINDS.get(type(value), "a number")


def _closest(name: str, names: tuple[str, ...]) -> str:
    matches = get_close_matches(name[:100], names, n=1)
    return f"; did you mean {matches[0]!r}?" if matches else f"; known: {', '.join(names[:10])}"
