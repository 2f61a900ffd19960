"""The messages of MLflow's scoring server: four forms of JSON, and CSV.

Source: https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally, and for the texts of errors
mlflow/pyfunc/scoring_server in https://github.com/mlflow/mlflow.
"""

import csv
import re
from array import array
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from io import StringIO
from itertools import chain, islice
from typing import Any, TypeGuard

import numpy as np

from models.errors import quoted
from models.golden import Tensors
from models.signature import Input, Signature
from service.errors import Detail, InvalidRequest, InvalidTable, WrongFeatures, WrongShape
from service.faults import key_faults
from service.plain import Numbers
from service.protocols.tfserving import read_columns, read_instances
from service.schemas import read_options
from service.tensors import check_count, decode_rows

Document = dict[str, Any]

FORMS = ("dataframe_split", "dataframe_records", "instances", "inputs")
_LINE_END = re.compile("[\r\n]")


@dataclass(frozen=True)
class Invocation:
    """The rows, and how to answer."""

    rows: Tensors
    options: Mapping[str, Any]  # top_k, threshold and coverage


def read_invocation(document: Document, signature: Signature, max_rows: int) -> Invocation:
    """The rows of one of FORMS. Raises what decode_rows raises, and InvalidRequest."""
    forms = [form for form in FORMS if form in document]
    if len(forms) != 1:
        listed = ", ".join(map(repr, FORMS))
        raise InvalidRequest(
            f"The input must be a JSON dictionary with exactly one of the input fields {{{listed}}}. "
            f"Received dictionary with input fields: {list(document)[:10]}."
        )
    if "signature_name" in document:
        raise InvalidRequest("The input has a signature_name, which is no field of MLflow's protocol.")
    form, content = forms[0], document[forms[0]]
    options = read_options(document.get("params"), "/params")
    return Invocation(_READERS[form](content, signature, max_rows), options)


def read_table(text: str, signature: Signature, max_rows: int) -> Tensors:
    """The rows of a CSV, with a line of names before them or without.

    Raises InvalidTable and what decode_rows raises.
    """
    if len(signature.inputs) > 1:
        raise InvalidTable("The model has several inputs, which one table cannot hold.")
    lines = (line for line in csv.reader(StringIO(text, newline=""), strict=True) if line)
    try:
        table = _table(lines, text, signature.inputs[0])
    except csv.Error as error:
        raise InvalidTable(f"The body is no CSV: {error}.") from error
    return decode_rows(table, signature, max_rows, "")


def _table(lines: Iterator[list[str]], text: str, tensor: Input) -> np.ndarray:
    """The numbers, with their columns in the order of the model's features."""
    head = list(islice(lines, 2))
    if not head:
        raise InvalidTable("The body is empty; send a line per row.")
    if len(head[0]) > tensor.size:
        raise _of_another_length("", head[0], tensor)
    if (names := _header(head, tensor)) is None:
        return _numbers(chain(head, lines), text, tensor)
    numbers = chain(head[1:], lines), _LINE_END.split(text, 1)[-1], tensor
    if tensor.feature_names is None or _are_counted(names):
        return _numbers(*numbers)
    _check_features(names, tensor, "")
    return _numbers(*numbers)[:, [names.index(name) for name in tensor.feature_names]]


def _header(head: list[list[str]], tensor: Input) -> list[str] | None:
    """The names in the first line; None where it is a row. Frames without names are written with 0, 1, 2 and so on."""
    first = [word.strip() for word in head[0]]
    if not any(map(_is_number, first)) or set(first) == set(tensor.feature_names or ()):
        return first
    return first if _are_counted(first) and len(head) > 1 and len(first) > 1 else None


def _numbers(lines: Iterable[list[str]], text: str, tensor: Input) -> np.ndarray:
    """All of them; `text` is where they stand."""
    is_plain, values = text.isascii() and "_" not in text, array("d")
    for index, line in enumerate(lines):
        if len(line) != tensor.size:
            raise _of_another_length(f"/{index}", line, tensor)
        try:
            values.extend(map(float, line))
        except ValueError as error:
            raise _no_number(index, line) from error
        if not is_plain and not all(map(_is_number, line)):
            raise _no_number(index, line)
    return np.asarray(values).reshape(-1, tensor.size)


def _is_number(word: str) -> bool:
    """As CSV has it: Python takes 1_000 too, and the digits of all scripts."""
    with suppress(ValueError):
        float(word)
        return word.isascii() and "_" not in word
    return False


def _no_number(index: int, line: list[str]) -> InvalidTable:
    place, word = next((place, word) for place, word in enumerate(line) if not _is_number(word))
    return InvalidTable("The table holds what is no number.", [Detail(f"/{index}/{place}", f"got {quoted(word)}")])


def _of_another_length(path: str, line: list[str], tensor: Input) -> WrongShape:
    detail = Detail(path, f"expected {tensor.size}, got {len(line)}")
    return WrongShape("A line of the table does not have as many values as a row of the model.", [detail])


def _split(content: Any, signature: Signature, max_rows: int) -> Tensors:
    if not isinstance(content, dict):
        raise InvalidRequest(f"Dataframe split format must be a dictionary. Got {_kind(content)}")
    data, names = content.get("data"), content.get("columns")
    if isinstance(data, Numbers):
        data = data.parsed()
    if not isinstance(names, list | None) or not _is_table(data, names):
        raise InvalidRequest(
            "Provided dataframe_split field is not a valid dataframe representation in 'split' format.",
            [Detail("/dataframe_split", "expected columns, and data with a row of as many values per instance")],
        )
    return _frame(data, names, signature, max_rows, "/dataframe_split/data")


def _is_table(data: Any, names: list[Any] | None) -> TypeGuard[list[list[Any]]]:
    if not isinstance(data, list) or not all(isinstance(row, list) for row in data):
        return False
    return names is None or all(len(row) == len(names) for row in data)


def _records(content: Any, signature: Signature, max_rows: int) -> Tensors:
    if not isinstance(content, list) or not all(isinstance(record, dict) for record in content):
        found = "other elements" if isinstance(content, list) else _kind(content)
        raise InvalidRequest(f"Dataframe records format must be a list of records. Got {found}.")
    check_count(len(content), max_rows)
    if not content:
        raise InvalidRequest("Provided dataframe_records field is not a valid dataframe representation: it is empty.")
    names = list(content[0])
    if _knows(names, signature):
        return decode_rows(content, signature, max_rows, "/dataframe_records")
    if any(record.keys() != content[0].keys() for record in content):
        raise InvalidRequest(
            "The records have different fields.", [Detail("/dataframe_records", ", ".join(names)[:200])]
        )
    rows = [[record[name] for name in names] for record in content]
    return _frame(rows, None, signature, max_rows, "/dataframe_records")


def _inputs(content: Any, signature: Signature, max_rows: int) -> Tensors:
    """A tensor, or one by input name, or a column by feature name."""
    if isinstance(content, dict) and content.keys() != {tensor.name for tensor in signature.inputs}:
        columns = [column.parsed() if isinstance(column, Numbers) else column for column in content.values()]
        if not all(isinstance(column, list) and len(column) == len(columns[0]) for column in columns):
            raise InvalidRequest("The columns have different lengths.", [Detail("/inputs", "expected equal lengths")])
        check_count(len(columns[0]) if columns else 0, max_rows)
        return _frame([list(row) for row in zip(*columns, strict=True)], list(content), signature, max_rows, "/inputs")
    return read_columns(content, signature, max_rows)


_READERS = {"dataframe_split": _split, "dataframe_records": _records, "instances": read_instances, "inputs": _inputs}


def _frame(rows: list[list[Any]], names: list[Any] | None, signature: Signature, max_rows: int, path: str) -> Tensors:
    """The rows of a table: by the names of features where the table has such, else in their order."""
    check_count(len(rows), max_rows)
    if names is not None and signature.inputs[0].feature_names is not None and not _are_counted(names):
        names = [str(name) for name in names]
        _check_features(names, signature.inputs[0], path)
        return decode_rows([dict(zip(names, row, strict=True)) for row in rows], signature, max_rows, path)
    return decode_rows(rows, signature, max_rows, path)


def _check_features(names: list[str], tensor: Input, path: str) -> None:
    """Raises WrongFeatures where the names of columns are not those of the features, each once."""
    if (
        fault := next(key_faults([dict.fromkeys(names)], tensor.feature_names or (), "feature", path), None)
    ) is not None:
        raise WrongFeatures("The table has other columns than the model has features.", [replace(fault[1], path=path)])
    if len(set(names)) < len(names):
        raise WrongFeatures("A column stands there twice.", [Detail(path, ", ".join(names)[:200])])


def _are_counted(names: list[Any]) -> bool:
    """Whether they are no names: 0, 1, 2 and so on is what a frame without names has."""
    return [str(name) for name in names] == [str(number) for number in range(len(names))]


def _knows(names: list[str], signature: Signature) -> bool:
    tensor = signature.inputs[0]
    return tensor.feature_names is not None or set(names) <= {known.name for known in signature.inputs}


def _kind(content: Any) -> str:
    return {dict: "dictionary", list: "list", str: "string", Numbers: "list"}.get(type(content), type(content).__name__)
