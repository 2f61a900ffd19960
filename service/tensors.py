"""From the rows of a request to checked float32 arrays. Knows the model's signature, not the model, and no protocol.

Rows are checked a level at a time by what runs in C (chain, map, set, len), so that a good request costs no Python step
per element. Only where a check fails are the rows walked, to tell which elements are wrong.
"""

import math
from collections.abc import Iterator
from difflib import get_close_matches
from itertools import chain
from typing import Any

import numpy as np

from models.errors import quoted
from models.golden import Tensors
from models.signature import Input, Signature
from service.errors import (
    Detail,
    InvalidRequest,
    NotANumber,
    NumberOutOfRange,
    ServiceError,
    TooManyRows,
    WrongFeatures,
    WrongShape,
    pointer,
)

_NUMBERS = {int, float}  # not bool, which is an int to isinstance
_TOO_LARGE = 2.0**128 - 2.0**103  # from here on float32 rounds to infinity
_KINDS = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}

Fault = tuple[type[ServiceError], Detail]


def decode_rows(instances: Any, signature: Signature, max_rows: int, path: str = "/instances") -> Tensors:
    """The rows of a request as one float32 array of shape (rows, *input shape) per input.

    A row is a nested array of the input's shape, a flat array of as many numbers, an object by feature name, or, for a
    model of several inputs, an object by input name. Raises WrongShape, NotANumber, NumberOutOfRange, WrongFeatures,
    TooManyRows or InvalidRequest, whose details tell where, as JSON pointers that start with `path`.
    """
    if not isinstance(instances, list) or not instances:
        found = "an empty array" if instances == [] else _kind(instances)
        raise InvalidRequest("There are no rows.", [Detail(path, f"expected an array of rows, got {found}")])
    if len(instances) > max_rows:
        raise TooManyRows(f"The request has {len(instances)} rows; at most {max_rows} are taken at a time.")
    if type(instances[0]) is not dict:
        return {_only_input(signature, path).name: _array(instances, signature.inputs[0], path)}
    tensor = signature.inputs[0]
    if len(signature.inputs) > 1 or (instances[0].keys() == {tensor.name} and tensor.feature_names != (tensor.name,)):
        return _by_input(instances, signature, path)
    return {tensor.name: _by_feature(instances, tensor, path)}


def _only_input(signature: Signature, path: str) -> Input:
    if len(signature.inputs) > 1:
        names = ", ".join(tensor.name for tensor in signature.inputs)
        raise WrongShape(
            "The model has several inputs, so each row must be an object by input name.",
            [Detail(f"{path}/0", f"expected an object with the keys {names}")],
        )
    return signature.inputs[0]


def _array(rows: list[Any], tensor: Input, path: str, suffix: str = "") -> np.ndarray:
    """The rows as an array; for messages, row n of them lies at path/n + suffix."""
    sizes = _row_sizes(rows[0], tensor)
    values: list[Any] = rows
    for size in sizes:
        if set(map(type, values)) != {list} or set(map(len, values)) != {size}:
            raise _error(_shape_faults(rows, sizes, path, suffix), tensor)
        values = list(chain.from_iterable(values))
    if not set(map(type, values)) <= _NUMBERS:
        raise _error(_shape_faults(rows, sizes, path, suffix), tensor)
    return _finite(values, len(rows), tensor, _shape_faults(rows, sizes, path, suffix))


def _row_sizes(row: Any, tensor: Input) -> tuple[int, ...]:
    """The levels of the rows below the list of rows: those of the shape, or one where the first row is flat."""
    flat = type(row) is list and bool(row) and type(row[0]) is not list
    return (tensor.size,) if flat else tensor.shape


def _by_feature(rows: list[Any], tensor: Input, path: str) -> np.ndarray:
    names = tensor.feature_names
    if names is None:
        raise WrongFeatures(
            "The model's input has no feature names, so a row cannot be an object.",
            [Detail(f"{path}/0", f"expected {_expected(tensor)}, got an object")],
        )
    faults = _feature_faults(rows, names, path)
    if set(map(type, rows)) != {dict} or set(map(len, rows)) != {len(names)}:
        raise _error(faults, tensor)
    try:
        values = [row[name] for row in rows for name in names]
    except KeyError as error:
        raise _error(faults, tensor) from error
    if not set(map(type, values)) <= _NUMBERS:
        raise _error(faults, tensor)
    return _finite(values, len(rows), tensor, faults)


def _by_input(rows: list[Any], signature: Signature, path: str) -> Tensors:
    names = tuple(tensor.name for tensor in signature.inputs)
    if set(map(type, rows)) != {dict} or any(row.keys() != set(names) for row in rows):
        raise _error(_key_faults(rows, names, "input", path), signature.inputs[0])
    return {
        tensor.name: _array([row[tensor.name] for row in rows], tensor, path, pointer(tensor.name))
        for tensor in signature.inputs
    }


def _finite(values: list[int | float], rows: int, tensor: Input, faults: Iterator[Fault]) -> np.ndarray:
    try:
        with np.errstate(over="ignore"):
            array = np.array(values, dtype=np.float32).reshape(rows, *tensor.shape)
    except OverflowError as error:  # an integer beyond float64
        raise _error(faults, tensor) from error
    if not np.isfinite(array).all():
        raise _error(faults, tensor)
    return array


def _error(faults: Iterator[Fault], tensor: Input) -> ServiceError:
    """The error of the first fault's kind, with the next few faults as details."""
    kind, first = next(faults)
    message = f"The rows do not fit the model: each must be {_expected(tensor)}."
    return kind(message, chain([first], (detail for _, detail in faults)))


def _expected(tensor: Input) -> str:
    nested = "x".join(map(str, tensor.shape)) if len(tensor.shape) > 1 else ""
    row = f"a {nested} array or {tensor.size} numbers" if nested else f"an array of {tensor.size} numbers"
    return f"{row}, or an object by feature name" if tensor.feature_names else row


def _shape_faults(rows: list[Any], sizes: tuple[int, ...], path: str, suffix: str) -> Iterator[Fault]:
    for index, row in enumerate(rows):
        yield from _element_faults(row, sizes, f"{path}/{index}{suffix}")


def _element_faults(value: Any, sizes: tuple[int, ...], path: str) -> Iterator[Fault]:
    if not sizes:
        yield from _number_faults(value, path)
    elif type(value) is not list:
        yield WrongShape, Detail(path, f"expected an array of {sizes[0]}, got {_kind(value)}")
    elif len(value) != sizes[0]:
        yield WrongShape, Detail(path, f"expected an array of {sizes[0]}, got one of {len(value)}")
    else:
        for index, element in enumerate(value):
            yield from _element_faults(element, sizes[1:], f"{path}/{index}")


def _feature_faults(rows: list[Any], names: tuple[str, ...], path: str) -> Iterator[Fault]:
    yield from _key_faults(rows, names, "feature", path)
    for index, row in enumerate(rows):
        if type(row) is dict:
            for name in filter(row.__contains__, names):
                yield from _number_faults(row[name], f"{path}{pointer(index, name)}")


def _key_faults(rows: list[Any], names: tuple[str, ...], what: str, path: str) -> Iterator[Fault]:
    for index, row in enumerate(rows):
        place = f"{path}/{index}"
        if type(row) is not dict:
            yield WrongFeatures, Detail(place, f"expected an object by {what} name, as the first row, got {_kind(row)}")
            continue
        for name in sorted(row.keys() - set(names)):  # first, as a misspelt name makes the right one missing
            yield WrongFeatures, Detail(place + pointer(name), f"unknown {what} {quoted(name)}{_closest(name, names)}")
        for name in names:
            if name not in row:
                yield WrongFeatures, Detail(place, f"{what} {name!r} is missing")


def _number_faults(value: Any, path: str) -> Iterator[Fault]:
    if type(value) not in _NUMBERS:
        yield NotANumber, Detail(path, f"expected a number, got {_kind(value)}")
    elif not -_TOO_LARGE < value < _TOO_LARGE:  # so for NaN too
        finite = isinstance(value, int) or math.isfinite(value)
        what = "one that is too large for float32" if finite else "NaN" if math.isnan(value) else "infinity"
        yield NumberOutOfRange, Detail(path, f"expected a number, got {what}")


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "a number")


def _closest(name: str, names: tuple[str, ...]) -> str:
    matches = get_close_matches(name[:100], names, n=1)
    return f"; did you mean {matches[0]!r}?" if matches else f"; known: {', '.join(names[:10])}"
