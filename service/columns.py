"""The values of an input whose columns hold words, or may lack some, as float32. Knows one input, and no protocol."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from models.signature import Input
from service.errors import pointer
from service.faults import NUMBERS, PLAIN, Column, Fault

_NOTHING = type(None)


def columns(tensor: Input) -> tuple[Column, ...]:
    """What each number of a flat row may be; one for all of them where they are alike."""
    if tensor.is_plain:
        return PLAIN
    return tuple(Column(words, tensor.optional) for words in tensor.categories or (None,))


def from_values(values: list[Any], tensor: Input) -> np.ndarray | None:
    """The values of flat rows, one row after the other, as JSON has them; None where one does not fit its column.

    A word becomes its number. Where the input is optional, null becomes NaN, and so does a word that nobody knows.
    """
    numbers = _numbers(values, tensor)
    if numbers is None or not set(map(type, numbers)) <= (NUMBERS | {_NOTHING} if tensor.optional else NUMBERS):
        return None
    try:
        with np.errstate(over="ignore"):
            rows = np.array(numbers, np.float32)  # in which null is NaN
    except OverflowError:  # an integer beyond float64
        return None
    if np.count_nonzero(np.isnan(rows)) > numbers.count(None):  # NaN is no JSON, however a parser takes it
        return None
    return None if _misfits(rows.reshape(-1, tensor.size), tensor).any() else rows


def from_numbers(numbers: np.ndarray, tensor: Input) -> np.ndarray | None:
    """Numbers of rows, (rows, *shape) or (rows, size), as float32; None where one does not fit its column.

    A word stands there as its number. Where the input is optional, NaN stands for what is missing.
    """
    rows = _as_float32(numbers)
    return None if _misfits(rows, tensor).any() else rows


def number_faults(numbers: np.ndarray, tensor: Input, path: str) -> Iterator[Fault]:
    """Where numbers of rows do not fit; number n of row m lies at path/m/n."""
    known = columns(tensor)
    for place in np.argwhere(_misfits(_as_float32(numbers), tensor)).tolist():
        column = known[place[-1] if len(known) > 1 else 0]
        yield from column.faults(float(numbers[tuple(place)]), path + pointer(*place))


def _numbers(values: list[Any], tensor: Input) -> list[Any] | None:
    """The values with numbers in place of words; None where an array or an object stands in place of a word."""
    numbers = values.copy()
    for place, words in enumerate(tensor.categories or ()):
        if words is not None:
            column = values[place :: tensor.size]
            try:
                numbers[place :: tensor.size] = _translated(column, words, tensor)
            except TypeError:  # it has no hash
                return None
    return numbers


def _translated(column: list[Any], words: tuple[str, ...], tensor: Input) -> list[Any]:
    known: dict[Any, Any] = {word: number for number, word in enumerate(words)}
    found = list(map(known.get, column, column))  # what is no word of the column stays as it is
    if tensor.optional and str in set(map(type, found)):
        return [None if type(value) is str else value for value in found]
    return found


def _as_float32(numbers: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore", invalid="ignore"):  # invalid: a signalling NaN
        return numbers.astype(np.float32)


def _misfits(rows: np.ndarray, tensor: Input) -> np.ndarray:
    """Which numbers the input does not take: an array of bool as large as `rows`."""
    unfit: np.ndarray = np.isinf(rows) if tensor.optional else ~np.isfinite(rows)
    for place, words in enumerate(tensor.categories or ()):
        if words is not None:
            column = rows[:, place]
            is_word = (column == np.trunc(column)) & (column >= 0) & (column < len(words))
            unfit[:, place] |= ~(is_word | np.isnan(column))
    return unfit
