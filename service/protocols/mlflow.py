"""The messages of MLflow's scoring server: four forms of JSON. Its tables in CSV are in tables.py.

Source: https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally, and for the texts of errors
mlflow/pyfunc/scoring_server in https://github.com/mlflow/mlflow.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from models.golden import Tensors
from models.signature import Signature
from service.errors import Detail, InvalidRequest
from service.plain import Numbers
from service.protocols.tables import are_counted, by_inputs, check_features, column_names
from service.protocols.tfserving import read_columns, read_instances
from service.schemas import read_options
from service.tensors import check_count, decode_rows

Document = dict[str, Any]

FORMS = ("dataframe_split", "dataframe_records", "instances", "inputs")


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
    return _frame(rows, names if len(signature.inputs) > 1 else None, signature, max_rows, "/dataframe_records")


def _inputs(content: Any, signature: Signature, max_rows: int) -> Tensors:
    """A tensor, or one by input name, or a column by feature name."""
    if isinstance(content, dict) and _are_columns(content, signature):
        columns = [column.parsed() if isinstance(column, Numbers) else column for column in content.values()]
        if not all(isinstance(column, list) and len(column) == len(columns[0]) for column in columns):
            raise InvalidRequest("The columns have different lengths.", [Detail("/inputs", "expected equal lengths")])
        check_count(len(columns[0]) if columns else 0, max_rows)
        return _frame([list(row) for row in zip(*columns, strict=True)], list(content), signature, max_rows, "/inputs")
    return read_columns(content, signature, max_rows)


def _are_columns(content: Document, signature: Signature) -> bool:
    """Whether the keys are those of columns, and not of inputs."""
    names = {tensor.name for tensor in signature.inputs}
    if len(names) > 1:
        return not content.keys() >= names and content.keys() == set(column_names(signature.inputs) or ())
    return content.keys() != names


_READERS = {"dataframe_split": _split, "dataframe_records": _records, "instances": read_instances, "inputs": _inputs}


def _frame(rows: list[list[Any]], names: list[Any] | None, signature: Signature, max_rows: int, path: str) -> Tensors:
    """The rows of a table: by the names of features where the table has such, else in their order."""
    check_count(len(rows), max_rows)
    if len(signature.inputs) > 1:
        return decode_rows(by_inputs(rows, names, signature, path), signature, max_rows, path)
    if names is not None and signature.inputs[0].feature_names is not None and not are_counted(names):
        names = [str(name) for name in names]
        check_features(names, signature.inputs[0], path)
        return decode_rows([dict(zip(names, row, strict=True)) for row in rows], signature, max_rows, path)
    return decode_rows(rows, signature, max_rows, path)


def _knows(names: list[str], signature: Signature) -> bool:
    features = signature.inputs[0].feature_names if len(signature.inputs) == 1 else None
    return features is not None or set(names) <= {known.name for known in signature.inputs}


def _kind(content: Any) -> str:
    return {dict: "dictionary", list: "list", str: "string", Numbers: "list"}.get(type(content), type(content).__name__)
