"""Models of any form in the words of every protocol: rows by input name, and from answers arrays by output name."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import numpy as np
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from models.golden import Tensors
from models.signature import Signature, Task
from tests.service.openinference import JSON_LENGTH, taken_apart
from tests.service.protocols import IN_CSV, IN_JSON, IN_NPY, VERTEX, npy

DATATYPES = {"float32": "FP32", "int32": "INT32", "int64": "INT64"}


@dataclass(frozen=True)
class Form:
    """Rows of a model as a client sends them, and how it reads the answer."""

    path: str
    body: bytes
    read: Callable[[TestResponse, Signature], Mapping[str, Any]]
    headers: Mapping[str, str] = field(default_factory=dict)

    def ask(self, client: FlaskClient, signature: Signature) -> dict[str, np.ndarray]:
        """The outputs as the model has them; of a binary one, some protocols tell both classes."""
        response = client.post(self.path, data=self.body, headers=dict(self.headers))
        assert response.status_code == 200, response.get_data(as_text=True)
        told, arrays = self.read(response, signature), {}
        assert list(told) == [output.name for output in signature.outputs]
        for part in signature.parts:
            output = part.outputs[0]
            values = np.asarray(told[output.name], np.float32)
            if part.task is Task.BINARY and values.shape[1:] == (2,):
                values = values[:, 1:]
            arrays[output.name] = values.reshape(len(values), *output.shape)
        return arrays


def forms(model: str, signature: Signature, rows: Tensors) -> Iterator[tuple[str, Form]]:
    """All of them, by what they are called: first the protocol."""
    yield from _native(model, signature, rows)
    yield from _tfserving(model, signature, rows)
    yield from _openinference(model, signature, rows)
    yield from _mlflow(model, signature, rows)
    yield "vertex", Form(f"{VERTEX['aip_predict_route']}?model={model}", _rows(rows), _predictions)


def _native(model: str, signature: Signature, rows: Tensors) -> Iterator[tuple[str, Form]]:
    path = f"/models/{model}/predict"
    flat = {name: values.reshape(len(values), -1) for name, values in rows.items()}
    yield "native", Form(path, _rows(rows), _predictions)
    yield "native-flat", Form(path, _rows(flat), _predictions)
    yield "native-in-body", Form("/predict", _json({"model": model, "instances": by_row(rows)}), _predictions)
    if len(signature.inputs) == 1 and len(signature.outputs) == 1:
        (values,) = rows.values()
        yield "native-npy", Form(path, npy(values), _from_npy, {"Accept": "application/x-npy"})


def _tfserving(model: str, signature: Signature, rows: Tensors) -> Iterator[tuple[str, Form]]:
    path, columns = f"/v1/models/{model}:predict", {name: values.tolist() for name, values in rows.items()}
    yield "tfserving-rows", Form(path, _json({"instances": by_row(rows)}), _predictions)
    yield "tfserving-columns", Form(path, _json({"inputs": columns}), _outputs)
    if len(signature.inputs) == 1:
        yield "tfserving-rows-bare", Form(path, _rows(rows), _predictions)
        yield "tfserving-column-bare", Form(path, _json({"inputs": next(iter(columns.values()))}), _outputs)


def _openinference(model: str, signature: Signature, rows: Tensors) -> Iterator[tuple[str, Form]]:
    path = f"/v2/models/{model}/infer"
    described = [
        {"name": tensor.name, "shape": list(rows[tensor.name].shape), "datatype": DATATYPES[tensor.dtype]}
        for tensor in signature.inputs
    ]
    nested = [each | {"data": rows[each["name"]].tolist()} for each in described]
    flat = [each | {"data": rows[each["name"]].reshape(-1).tolist()} for each in described]
    contents = [np.ascontiguousarray(rows[each["name"]]).tobytes() for each in described]
    in_bytes = [
        each | {"parameters": {"binary_data_size": len(content)}}
        for each, content in zip(described, contents, strict=True)
    ]
    binary, tail = {"parameters": {"binary_data_output": True}}, b"".join(contents)
    yield "openinference-nested", Form(path, _json({"inputs": nested}), _tensors)
    yield "openinference-flat", Form(path, _json({"inputs": flat}), _tensors)
    yield "openinference-to-bytes", Form(path, _json({"inputs": flat} | binary), _tensors)
    for name, more in (("from-bytes", {}), ("bytes", binary)):
        head = _json({"inputs": in_bytes} | more)
        yield f"openinference-{name}", Form(path, head + tail, _tensors, {JSON_LENGTH: str(len(head))})
    if len(described) == described[0]["shape"][0] == 1:
        yield "openinference-raw", Form(path, tail, _tensors, {JSON_LENGTH: "0"})


def _mlflow(model: str, signature: Signature, rows: Tensors) -> Iterator[tuple[str, Form]]:
    path, names = f"/invocations?model={model}", list(rows)
    cells = [[record[name] for name in names] for record in by_row(rows)]
    flat = [[value for row in line for value in np.asarray(row).reshape(-1).tolist()] for line in cells]
    columns = {name: values.tolist() for name, values in rows.items()}
    yield "mlflow-instances", Form(path, _json({"instances": by_row(rows)}), _predictions, IN_JSON)
    yield "mlflow-inputs", Form(path, _json({"inputs": columns}), _predictions, IN_JSON)
    yield "mlflow-records", Form(path, _json({"dataframe_records": by_row(rows)}), _predictions, IN_JSON)
    yield "mlflow-split-flat", Form(path, _json({"dataframe_split": {"data": flat}}), _predictions, IN_JSON)
    yield "mlflow-csv", Form(path, _csv(flat), _predictions, IN_CSV)
    yield "mlflow-csv-both-ways", Form(path, _csv(flat), _from_csv, IN_CSV | {"Accept": "text/csv"})
    if len(names) > 1:
        split = {"dataframe_split": {"columns": names[::-1], "data": [line[::-1] for line in cells]}}
        yield "mlflow-split", Form(path, _json(split), _predictions, IN_JSON)
    elif len(signature.outputs) == 1:
        (values,) = rows.values()
        yield "mlflow-npy", Form(path, npy(values), _from_npy, IN_NPY | {"Accept": "application/x-npy"})


def by_row(rows: Tensors) -> list[dict[str, Any]]:
    """An object by input name for each row."""
    return [
        dict(zip(rows, row, strict=True)) for row in zip(*(values.tolist() for values in rows.values()), strict=True)
    ]


def _rows(rows: Tensors) -> bytes:
    """By input name where there are several."""
    return _json({"instances": by_row(rows) if len(rows) > 1 else next(iter(rows.values())).tolist()})


def _json(document: Any) -> bytes:
    return json.dumps(document).encode()


def _csv(lines: list[list[Any]]) -> bytes:
    return "".join(",".join(map(str, line)) + "\n" for line in lines).encode()


def _predictions(response: TestResponse, signature: Signature) -> Mapping[str, Any]:
    """One per row: an object by output name where there are several."""
    rows = response.get_json()["predictions"]
    names = [output.name for output in signature.outputs]
    if len(names) == 1:
        return {names[0]: rows}
    assert all(list(row) == names for row in rows)
    return {name: [row[name] for row in rows] for name in names}


def _outputs(response: TestResponse, signature: Signature) -> Mapping[str, Any]:
    outputs = response.get_json()["outputs"]
    return outputs if len(signature.outputs) > 1 else {signature.outputs[0].name: outputs}


def _tensors(response: TestResponse, signature: Signature) -> Mapping[str, Any]:
    document, values = taken_apart(response)
    rows = document["outputs"][0]["shape"][0]
    assert [output["shape"] for output in document["outputs"]] == [[rows, *each.shape] for each in signature.outputs]
    return values


def _from_npy(response: TestResponse, signature: Signature) -> Mapping[str, Any]:
    return {signature.outputs[0].name: np.load(BytesIO(response.get_data()))}


def _from_csv(response: TestResponse, signature: Signature) -> Mapping[str, Any]:
    """A line per row, with the numbers of all outputs one after the other."""
    lines = np.array([line.split(",") for line in response.get_data(as_text=True).splitlines()], np.float32)
    ends = np.cumsum([output.units for output in signature.outputs])[:-1]
    names = [output.name for output in signature.outputs]
    return dict(zip(names, np.split(lines, ends, axis=1), strict=True))
