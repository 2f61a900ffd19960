"""Tables as MLflow has them, to the rows of a model: CSV, and what the names of columns mean. Knows no JSON."""

import csv
import math
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from io import StringIO
from itertools import accumulate, chain, islice
from typing import Any

import numpy as np

from models.errors import quoted
from models.golden import Tensors
from models.signature import Input, Signature
from service.columns import columns
from service.errors import Detail, InvalidTable, WrongFeatures, WrongShape
from service.faults import Column, key_faults
from service.tensors import check_count, decode_rows

_LINE_END = re.compile("[\r\n]")
_WHOLE = re.compile("[+-]?[0-9]{1,40}")  # which a float may not hold; the longest that is worth its time


def read_table(text: str, signature: Signature, max_rows: int) -> Tensors:
    """The rows of a CSV, with a line of names before them or without.

    Raises InvalidTable and what decode_rows raises.
    """
    tensor = signature.inputs[0]
    lines = (line for line in csv.reader(StringIO(text, newline=""), strict=True) if line)
    table: Any
    try:
        if len(signature.inputs) > 1:
            table = _joint(lines, signature, max_rows)
        else:
            table = _numbers(lines, text, tensor) if tensor.is_plain else _values(lines, tensor, max_rows)
    except csv.Error as error:
        raise InvalidTable(f"The body is no CSV: {error}.") from error
    return decode_rows(table, signature, max_rows, "")


def write_table(outputs: Tensors) -> str:
    """A line per row with the numbers of all outputs, one after the other, and no names."""
    flat = [values.reshape(len(values), -1) for values in outputs.values()]
    rows = flat[0] if len(flat) == 1 else np.concatenate(flat, axis=1)
    return "".join(",".join(map(str, row)) + "\n" for row in rows)


def check_features(names: list[str], tensor: Input, path: str) -> None:
    """Raises WrongFeatures where the names of columns are not those of the features, each once."""
    features = tensor.feature_names or ()
    faults = key_faults([dict.fromkeys(names)], features, "feature", path, features if tensor.optional else ())
    if (fault := next(faults, None)) is not None:
        raise WrongFeatures("The table has other columns than the model has features.", [replace(fault[1], path=path)])
    if len(set(names)) < len(names):
        raise WrongFeatures("A column stands there twice.", [Detail(path, ", ".join(names)[:200])])


def by_inputs(rows: list[list[Any]], names: list[Any] | None, signature: Signature, path: str) -> list[dict[str, Any]]:
    """The rows of a table for a model with several inputs, as an object by input name each.

    A column is an input, by its name; or the columns are those of all inputs, by their names or one after the other.
    """
    inputs = signature.inputs
    if names is not None and set(names) == {tensor.name for tensor in inputs} and len(names) == len(inputs):
        return [dict(zip(names, row, strict=True)) for row in rows]
    ends = list(accumulate(tensor.size for tensor in inputs))
    for index, row in enumerate(rows):
        if len(row) != ends[-1]:
            raise _of_another_length(f"{path}/{index}", row, ends[-1])
    known = column_names(inputs)
    if names is not None and known is not None and not are_counted(names):
        if (fault := next(key_faults([dict.fromkeys(names)], known, "column", path), None)) is not None:
            raise WrongFeatures("The table has other columns than the model has.", [replace(fault[1], path=path)])
        places = [names.index(name) for name in known]
        rows = [[row[place] for place in places] for row in rows]
    return [
        {tensor.name: row[end - tensor.size : end] for tensor, end in zip(inputs, ends, strict=True)} for row in rows
    ]


def column_names(inputs: Sequence[Input]) -> tuple[str, ...] | None:
    """Of the columns of all inputs: of features, or of an input that is one number; None where some have none."""
    names = [name for each in inputs for name in each.feature_names or ((each.name,) if each.size == 1 else ())]
    is_complete = len(set(names)) == len(names) == sum(tensor.size for tensor in inputs)
    return tuple(names) if is_complete else None


def are_counted(names: list[Any]) -> bool:
    """Whether they are no names: 0, 1, 2 and so on is what a frame without names has."""
    return [str(name) for name in names] == [str(number) for number in range(len(names))]


def _numbers(lines: Iterator[list[str]], text: str, tensor: Input) -> np.ndarray:
    """Those of a table that holds no words, with their columns in the order of the model's features."""
    names, rows = _taken_apart(lines, _cells(tensor), tensor.feature_names)
    if names is None:
        return _all_numbers(rows, text, tensor)
    text = _LINE_END.split(text, 1)[-1]
    if tensor.feature_names is None or are_counted(names):
        return _all_numbers(rows, text, tensor)
    check_features(names, tensor, "")
    return _all_numbers(rows, text, tensor)[:, [names.index(name) for name in tensor.feature_names]]


def _values(lines: Iterator[list[str]], tensor: Input, max_rows: int) -> list[Any]:
    """The rows as JSON would have them: in the order of the model's features, or by their names."""
    cells = _cells(tensor)
    names, rows = _taken_apart(lines, cells, tensor.feature_names)
    if names is None or tensor.feature_names is None or are_counted(names):
        return list(_read(_few(rows, max_rows), cells))
    check_features(names, tensor, "")
    by_name = dict(zip(tensor.feature_names, cells, strict=True))
    read = _read(_few(rows, max_rows), [by_name[name] for name in names])
    return [dict(zip(names, row, strict=True)) for row in read]


def _joint(lines: Iterator[list[str]], signature: Signature, max_rows: int) -> list[dict[str, Any]]:
    """The rows of a table that holds the columns of all inputs."""
    cells, known = [cell for tensor in signature.inputs for cell in _cells(tensor)], column_names(signature.inputs)
    names, rows = _taken_apart(lines, cells, known)
    if names is not None and known is not None and set(names) == set(known):
        by_name = dict(zip(known, cells, strict=True))
        cells = [by_name[name] for name in names]
    return by_inputs(list(_read(_few(rows, max_rows), cells)), names, signature, "")


def _taken_apart(
    lines: Iterator[list[str]], cells: list["_Cell"], known: tuple[str, ...] | None
) -> tuple[list[str] | None, Iterator[list[str]]]:
    """The names of columns, if there are any, and the rows."""
    head = list(islice(lines, 2))
    if not head:
        raise InvalidTable("The body is empty; send a line per row.")
    if len(head[0]) > len(cells):
        raise _of_another_length("", head[0], len(cells))
    names = _header(head, cells, known)
    return names, chain(head if names is None else head[1:], lines)


def _header(head: list[list[str]], cells: list["_Cell"], known: tuple[str, ...] | None) -> list[str] | None:
    """The names in the first line; None where it is a row. Frames without names are written with 0, 1, 2 and so on."""
    first = [word.strip() for word in head[0]]
    is_row = any(cell.may_be(word) for cell, word in zip(cells, first, strict=False))
    if not is_row or set(first) == set(known or ()):
        return first
    return first if are_counted(first) and len(head) > 1 and len(first) > 1 else None


@dataclass(frozen=True)
class _Cell:
    """How the texts of a column are read."""

    column: Column

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of the column."""
        return frozenset(self.column.words or ())

    @cached_property
    def takes_numbers(self) -> bool:
        """Not where a word is one too, such as 1, 2 and 3: a table, which has no types, means the word."""
        return not any(map(_is_number, self.words))

    def may_be(self, word: str) -> bool:
        """Whether it can stand in the column, and is not just any word."""
        return word in self.words or _is_number(word) or (self.column.optional and not word)

    def read(self, word: str) -> Any:
        """What JSON would have in its place. Raises ValueError where a number is due."""
        text = word.strip()
        if word in self.words or text in self.words:
            return word if word in self.words else text
        if not text and self.column.optional:
            return None
        if self.column.words and not (self.takes_numbers and _is_number(word)):
            return text
        if not _is_number(word):
            raise ValueError
        if self.column.is_whole and _WHOLE.fullmatch(text):
            return int(text)
        number = float(word)
        return None if self.column.optional and math.isnan(number) else number


def _cells(tensor: Input) -> list[_Cell]:
    known = columns(tensor)
    return [_Cell(column) for column in known] if len(known) > 1 else [_Cell(known[0])] * tensor.size


def _few(rows: Iterator[list[str]], max_rows: int) -> list[list[str]]:
    """All of them. Raises TooManyRows before they take room."""
    taken = list(islice(rows, max_rows))
    check_count(len(taken) + sum(1 for _ in rows), max_rows)
    return taken


def _read(rows: list[list[str]], cells: list[_Cell]) -> Iterator[list[Any]]:
    for index, line in enumerate(rows):
        if len(line) != len(cells):
            raise _of_another_length(f"/{index}", line, len(cells))
        yield [
            _value(word, cell, f"/{index}/{place}") for place, (word, cell) in enumerate(zip(line, cells, strict=True))
        ]


def _value(word: str, cell: _Cell, path: str) -> Any:
    try:
        return cell.read(word)
    except ValueError as error:
        raise _no_number(word, path) from error


def _all_numbers(lines: Iterable[list[str]], text: str, tensor: Input) -> np.ndarray:
    """All of them; `text` is where they stand."""
    is_plain, values = text.isascii() and "_" not in text, array("d")
    for index, line in enumerate(lines):
        if len(line) != tensor.size:
            raise _of_another_length(f"/{index}", line, tensor.size)
        try:
            values.extend(map(float, line))
        except ValueError as error:
            raise _first_fault(index, line) from error
        if not is_plain and not all(map(_is_number, line)):
            raise _first_fault(index, line)
    return np.asarray(values).reshape(-1, tensor.size)


def _is_number(word: str) -> bool:
    """As CSV has it: Python takes 1_000 too, and the digits of all scripts."""
    with suppress(ValueError):
        float(word)
        return word.isascii() and "_" not in word
    return False


def _first_fault(index: int, line: list[str]) -> InvalidTable:
    place, word = next((place, word) for place, word in enumerate(line) if not _is_number(word))
    return _no_number(word, f"/{index}/{place}")


def _no_number(word: str, path: str) -> InvalidTable:
    return InvalidTable("The table holds what is no number.", [Detail(path, f"got {quoted(word)}")])


def _of_another_length(path: str, line: list[str], expected: int) -> WrongShape:
    detail = Detail(path, f"expected {expected}, got {len(line)}")
    return WrongShape("A line of the table does not have as many values as a row of the model.", [detail])
