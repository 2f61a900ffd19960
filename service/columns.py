"""The values of an input that is not plain: of whole numbers, or whose columns hold words, or may lack some.

Knows one input, and no protocol. Whole numbers are whole.py's, all others become float32.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from models.signature import Input
from service import whole
from service.errors import pointer
from service.faults import NUMBERS, PLAIN, Column, Fault, Whole
from service.plain import Numbers

_NOTHING = type(None)


def columns(tensor: Input) -> tuple[Column, ...]:
    """What each number of a flat row may be; one for all of them where they are alike."""
    if tensor.is_plain:
        return PLAIN
    if tensor.bounds is not None:
        return tuple(Whole(bounds=bounds) for bounds in tensor.bounds)
    return tuple(Column(words, tensor.optional) for words in tensor.categories or (None,))


def from_text(text: Numbers, tensor: Input, max_rows: int) -> np.ndarray | None:
    """The rows of an array that nobody has parsed yet; None where it holds more than numbers that fit."""
    read = text.rows if tensor.bounds is None else text.whole_rows
    rows = read(tensor.shape, max_rows)
    return None if rows is None else from_numbers(rows, tensor)


def from_values(values: list[Any], tensor: Input) -> np.ndarray | None:
    """The values of flat rows, one row after the other, as JSON has them; None where one does not fit its column.

    A word becomes its number. Where the input is optional, null becomes NaN, and so does a word that nobody knows.
    """
    if tensor.bounds is not None:
        return whole.from_values(values, tensor)
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
    """Numbers of rows, (rows, *shape) or (rows, size), in the input's dtype; None where one does not fit its column.

    A word stands there as its number. Where the input is optional, NaN stands for what is missing.
    """
    if tensor.bounds is not None:
        return whole.from_numbers(numbers, tensor)
    rows = _as_float32(numbers)
    return None if _misfits(rows, tensor).any() else rows


def number_faults(numbers: np.ndarray, tensor: Input, path: str) -> Iterator[Fault]:
    """Where numbers of rows do not fit; number n of row m lies at path/m/n."""
    known = columns(tensor)
    unfit = whole.misfits(numbers, tensor) if tensor.bounds else _misfits(_as_float32(numbers), tensor)
    for place in np.argwhere(unfit).tolist():
        column = known[_column(place, numbers.shape) if len(known) > 1 else 0]
        yield from column.faults(numbers[tuple(place)].item(), path + pointer(*place))


def _column(place: list[int], shape: tuple[int, ...]) -> int:
    """Which number of a flat row."""
    return int(np.ravel_multi_index(place[1:], shape[1:]))


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
