"""From the rows of a request to checked arrays. Knows the model's signature, not the model, and no protocol.

Rows are checked a level at a time by what runs in C (chain, map, set, len), so that a good request costs no Python step
per element. Only where a check fails are the rows walked, to tell which elements are wrong. What whole numbers, columns
of words, and numbers that may be missing need besides is in columns.py.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np

from models.golden import Tensors
from models.signature import Input, Signature
from service.columns import columns, from_numbers, from_text, from_values, number_faults
from service.errors import (
    Detail,
    InvalidRequest,
    ServiceError,
    TooManyRows,
    WrongFeatures,
    WrongShape,
    pointer,
)
from service.faults import NUMBERS, Fault, feature_faults, key_faults, kind_of, shape_faults
from service.floats import as_float32
from service.plain import Numbers


def decode_rows(instances: Any, signature: Signature, max_rows: int, path: str = "/instances") -> Tensors:
    """The rows of a request as one array of shape (rows, *input shape) per input, of its dtype.

    The rows are one array of numbers, (rows, *shape) or (rows, size), or a list, or the text of one. In a list, a row
    is a nested array of the input's shape, a flat array of as many numbers, a bare number where it is one, an object by
    feature name, or an object by input name. In a column of words, one of them may stand for its number; where the
    input is optional, null, NaN in an array of NumPy, and the lack of a feature stand for NaN. Raises WrongShape,
    NotANumber, NumberOutOfRange, UnknownCategory, WrongFeatures, TooManyRows or InvalidRequest, whose details tell
    where, as JSON pointers that start with `path`.
    """
    if isinstance(instances, Numbers):
        if len(signature.inputs) == 1:
            tensor = signature.inputs[0]
            is_plain, shape = tensor.is_plain, tensor.shape
            rows = instances.rows(shape, max_rows) if is_plain else from_text(instances, tensor, max_rows)
            if rows is not None:
                return {tensor.name: rows}
        instances = instances.parsed()
    if isinstance(instances, np.ndarray):
        return {_only_input(signature, path).name: _checked(instances, signature.inputs[0], max_rows, path)}
    if not isinstance(instances, list) or not instances:
        found = "an empty array" if instances == [] else kind_of(instances)
        raise InvalidRequest("There are no rows.", [Detail(path, f"expected an array of rows, got {found}")])
    check_count(len(instances), max_rows)
    if type(instances[0]) is not dict:
        return {_only_input(signature, path).name: _array(instances, signature.inputs[0], path)}
    tensor = signature.inputs[0]
    if len(signature.inputs) > 1 or (instances[0].keys() == {tensor.name} and tensor.feature_names != (tensor.name,)):
        return _by_input(instances, signature, path)
    return {tensor.name: _by_feature(instances, tensor, path)}


def check_count(rows: int, max_rows: int) -> None:
    """Raises TooManyRows where the rows are more than a request may have."""
    if rows > max_rows:
        raise TooManyRows(f"The request has {rows} rows; at most {max_rows} are taken at a time.")


def _only_input(signature: Signature, path: str) -> Input:
    if len(signature.inputs) > 1:
        names = ", ".join(tensor.name for tensor in signature.inputs)
        raise WrongShape(
            "The model has several inputs, so each row must be an object by input name.",
            [Detail(f"{path}/0", f"expected an object with the keys {names}")],
        )
    return signature.inputs[0]


def _checked(array: np.ndarray, tensor: Input, max_rows: int, path: str) -> np.ndarray:
    if array.ndim == 0 or array.shape[1:] not in (tensor.shape, (tensor.size,)):
        found = "x".join(map(str, array.shape)) or "a single number"
        raise WrongShape(_misfit(tensor), [Detail(path, f"got an array of {found}")])
    if not len(array):
        raise InvalidRequest("There are no rows.", [Detail(path, "expected rows, got an empty array")])
    check_count(len(array), max_rows)
    if (rows := as_float32(array) if tensor.is_plain else from_numbers(array, tensor)) is None:
        raise _error(number_faults(array, tensor, path), tensor)
    return rows.reshape(len(array), *tensor.shape)


def _array(rows: list[Any], tensor: Input, path: str, suffix: str = "") -> np.ndarray:
    """The rows as an array; for messages, row n of them lies at path/n + suffix."""
    sizes = _row_sizes(rows[0], tensor)
    faults = shape_faults(rows, sizes, columns(tensor), path, suffix)
    values: list[Any] = rows
    for size in sizes:
        if set(map(type, values)) != {list} or set(map(len, values)) != {size}:
            raise _error(faults, tensor)
        values = list(chain.from_iterable(values))
    return _as_array(values, len(rows), tensor, faults)


def _row_sizes(row: Any, tensor: Input) -> tuple[int, ...]:
    """The levels below the list of rows: those of the shape; one where the first row is flat, none where it is bare."""
    if tensor.size == 1 and (type(row) in NUMBERS or not (tensor.is_plain or type(row) is list)):
        return ()
    flat = type(row) is list and bool(row) and type(row[0]) is not list
    return (tensor.size,) if flat else tensor.shape


def _by_feature(rows: list[Any], tensor: Input, path: str) -> np.ndarray:
    names = tensor.feature_names
    if names is None:
        raise WrongFeatures(
            "The model's input has no feature names, so a row cannot be an object.",
            [Detail(f"{path}/0", f"expected {_expected(tensor)}, got an object")],
        )
    faults = feature_faults(rows, names, columns(tensor), path)
    if set(map(type, rows)) != {dict} or (values := _in_order(rows, names, tensor)) is None:
        raise _error(faults, tensor)
    return _as_array(values, len(rows), tensor, faults)


def _in_order(rows: list[dict[str, Any]], names: tuple[str, ...], tensor: Input) -> list[Any] | None:
    """The values of all rows in the order of the features; None where one has others, or too few."""
    if tensor.optional:
        is_known = all(map(set(names).issuperset, rows))
        return [row.get(name) for row in rows for name in names] if is_known else None
    if set(map(len, rows)) != {len(names)}:
        return None
    try:
        return [row[name] for row in rows for name in names]
    except KeyError:
        return None


def _by_input(rows: list[Any], signature: Signature, path: str) -> Tensors:
    names = tuple(tensor.name for tensor in signature.inputs)
    if set(map(type, rows)) != {dict} or any(row.keys() != set(names) for row in rows):
        raise _error(key_faults(rows, names, "input", path), signature.inputs[0])
    return {
        tensor.name: _array([row[tensor.name] for row in rows], tensor, path, pointer(tensor.name))
        for tensor in signature.inputs
    }


def _as_array(values: list[Any], rows: int, tensor: Input, faults: Iterator[Fault]) -> np.ndarray:
    array = _finite(values) if tensor.is_plain else from_values(values, tensor)
    if array is None:
        raise _error(faults, tensor)
    return array.reshape(rows, *tensor.shape)


def _finite(values: list[Any]) -> np.ndarray | None:
    if not set(map(type, values)) <= NUMBERS:
        return None
    try:
        with np.errstate(over="ignore"):
            array = np.array(values, np.float32)
    except OverflowError:  # an integer beyond float64
        return None
    return array if np.isfinite(array).all() else None


def _error(faults: Iterator[Fault], tensor: Input) -> ServiceError:
    """The error of the first fault's kind, with the next few faults as details."""
    kind, first = next(faults)
    return kind(_misfit(tensor), chain([first], (detail for _, detail in faults)))


def _misfit(tensor: Input) -> str:
    return f"The rows do not fit the model: each must be {_expected(tensor)}."


def _expected(tensor: Input) -> str:
    kinds = [
        "numbers" if tensor.bounds is None else "whole numbers",
        *(["words"] if tensor.categories else []),
        *(["null"] if tensor.optional else []),
    ]
    values = ", ".join(kinds[:-1]) + f" or {kinds[-1]}" if len(kinds) > 1 else kinds[0]
    nested = "x".join(map(str, tensor.shape)) if len(tensor.shape) > 1 else ""
    row = f"a {nested} array or {tensor.size} {values}" if nested else f"an array of {tensor.size} {values}"
    return f"{row}, or an object by feature name" if tensor.feature_names else row
