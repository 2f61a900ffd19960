"""Rows of whole numbers, exactly: in their dtype and within the bounds of their input. Knows one input, no protocol.

What lies outside of the bounds must not reach a runtime: there it fails a run, and with it the rows of others.
"""

from typing import Any

import numpy as np

from models.tensors import Input

_LARGEST = 2**63 - 1
_BEYOND = 2.0**63  # the first float that int64 cannot hold


def from_values(values: list[Any], tensor: Input) -> np.ndarray | None:
    """The values of flat rows, one row after the other, as JSON has them; None where one does not fit.

    1.0 is as good as 1.
    """
    kinds = set(map(type, values))
    if not kinds <= {int, float}:
        return None
    if float in kinds:
        values = [int(value) if type(value) is float and value.is_integer() else value for value in values]
        if float in set(map(type, values)):
            return None
    try:
        numbers = np.array(values, np.int64)
    except OverflowError:
        return None
    return from_numbers(numbers.reshape(-1, tensor.size), tensor)


def from_numbers(numbers: np.ndarray, tensor: Input) -> np.ndarray | None:
    """Numbers of rows, (rows, *shape) or (rows, size), in the input's dtype; None where one does not fit."""
    whole, unfit = _apart(numbers, tensor)
    return None if unfit.any() else whole.astype(tensor.dtype)


def misfits(numbers: np.ndarray, tensor: Input) -> np.ndarray:
    """Which numbers the input does not take: an array of bool as large as `numbers`."""
    return _apart(numbers, tensor)[1]


def _apart(numbers: np.ndarray, tensor: Input) -> tuple[np.ndarray, np.ndarray]:
    """The numbers as int64, and which of them are none, or lie outside of the bounds."""
    unfit = _no_int64(numbers)
    whole = np.where(unfit, 0, numbers).astype(np.int64) if unfit.any() else numbers.astype(np.int64)
    columns = whole.reshape(len(whole), -1)
    least, greatest = np.array(tensor.bounds, np.int64).T  # a bound per column, or one for all
    unfit |= ((columns < least) | (columns > greatest)).reshape(unfit.shape)
    return whole, unfit


def _no_int64(numbers: np.ndarray) -> np.ndarray:
    unfit = np.zeros(numbers.shape, bool)
    if numbers.dtype.kind == "f":
        with np.errstate(invalid="ignore"):  # a signalling NaN
            wide = numbers.astype(np.float64)  # as float16 cannot hold the ends of int64
        unfit = ~((np.trunc(wide) == wide) & (wide >= -_BEYOND) & (wide < _BEYOND))
    elif numbers.dtype.kind == "u" and numbers.itemsize > 4:
        unfit = numbers > np.uint64(_LARGEST)
    return unfit
