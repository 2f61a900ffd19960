"""One question in the words of every protocol and in every encoding, and the numbers in its answer."""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from models.signature import Signature
from models.store import Store
from service.app import create_app
from tests.service.conftest import worker_of
from tests.service.openinference import JSON_LENGTH, in_bytes, taken_apart

VERTEX = {"aip_health_route": "/vertex/health", "aip_predict_route": "/vertex/predict"}  # settings
IN_JSON = {"Content-Type": "application/json"}
IN_CSV = {"Content-Type": "text/csv"}
IN_NPY = {"Content-Type": "application/x-npy"}


def serve(zoo: Store, folder: Path, **options: Any) -> FlaskClient:
    """A client of a service over the zoo, with Vertex AI's routes and what `options` set besides."""
    return create_app(worker_of(folder, zoo, **VERTEX, **options)).test_client()


def predictions(response: TestResponse) -> Any:
    """What most answers hold."""
    return response.get_json()["predictions"]


@dataclass(frozen=True)
class Question:
    """Rows as a client sends them, and how it reads the answer."""

    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    read: Callable[[TestResponse], Any] = predictions

    def ask(self, client: FlaskClient) -> np.ndarray:
        """The numbers of a good answer, a line per row."""
        response = client.post(self.path, data=self.body, headers=dict(self.headers))
        assert response.status_code == 200, response.get_data(as_text=True)
        values = np.asarray(self.read(response), np.float32)
        return values.reshape(len(values), -1)


@dataclass(frozen=True)
class Asked:
    """What is asked: rows of a model, and the same rows as numbers of JSON, null where one is missing."""

    model: str
    signature: Signature
    rows: np.ndarray
    numbers: list[Any]

    @property
    def values(self) -> list[Any]:
        """The rows with words in place of numbers where the model knows words, but for every other row."""
        categories = self.signature.inputs[0].categories
        if categories is None:
            return self.numbers
        return [
            row if index % 2 else [_word(number, words) for number, words in zip(row, categories, strict=True)]
            for index, row in enumerate(self.numbers)
        ]

    @property
    def flat(self) -> list[list[Any]]:
        """Each row as one list of values."""
        return _flat(self.values)

    @property
    def name(self) -> str:
        """The name of the model's input."""
        return self.signature.inputs[0].name

    @property
    def features(self) -> tuple[str, ...] | None:
        """The names of its features."""
        return self.signature.inputs[0].feature_names


def questions(asked: Asked) -> Iterator[tuple[str, Question]]:
    """All of them, by what they are called: first the protocol."""
    yield from _native(asked)
    yield from _openinference(asked)
    yield from _tfserving(asked)
    yield from _mlflow(asked)
    yield from _frames(asked)
    yield from _vertex(asked)
    if asked.signature.inputs[0].size == 1:
        yield from _bare(asked)


def in_json(numbers: list[Any]) -> list[Any]:
    """Arrays of numbers with null in place of NaN."""
    return [in_json(each) if isinstance(each, list) else None if math.isnan(each) else each for each in numbers]


def npy(rows: np.ndarray) -> bytes:
    """The rows as NumPy saves them."""
    stream = BytesIO()
    np.save(stream, rows)
    return stream.getvalue()


def _native(asked: Asked) -> Iterator[tuple[str, Question]]:
    path = f"/models/{asked.model}/predict"
    yield "native-nested", Question(path, _json({"instances": asked.values}))
    yield "native-flat", Question(path, _json({"instances": asked.flat}))
    yield "native-numbers", Question(path, _json({"instances": asked.numbers}))
    yield "native-in-body", Question("/predict", _json({"model": asked.model, "instances": asked.values}))
    yield "native-npy", Question(path, npy(asked.rows), {"Accept": "application/x-npy"}, _from_npy)


def _openinference(asked: Asked) -> Iterator[tuple[str, Question]]:
    path, tail = f"/v2/models/{asked.model}/infer", asked.rows.astype("<f4").tobytes()
    described = {"name": asked.name, "shape": list(asked.rows.shape), "datatype": "FP32"}
    in_binary = {"parameters": {"binary_data_output": True}}
    documents = {
        "nested": {"inputs": [described | {"data": asked.numbers}]},
        "flat": {"inputs": [described | {"data": [number for row in _flat(asked.numbers) for number in row]}]},
        "doubles": {"inputs": [described | {"datatype": "FP64", "data": asked.numbers}]},
        "json-to-bytes": {"inputs": [described | {"data": asked.numbers}]} | in_binary,
    }
    for name, document in documents.items():
        yield f"openinference-{name}", Question(path, _json(document), read=_from_tensors)
    for name, document in {"bytes-to-json": {}, "bytes": in_binary}.items():
        head = _json({"inputs": [in_bytes(asked.rows.shape, len(tail), name=asked.name)]} | document)
        yield f"openinference-{name}", Question(path, head + tail, {JSON_LENGTH: str(len(head))}, _from_tensors)
    if len(asked.rows) == 1:
        yield "openinference-raw", Question(path, tail, {JSON_LENGTH: "0"}, _from_tensors)


def _tfserving(asked: Asked) -> Iterator[tuple[str, Question]]:
    path, column = f"/v1/models/{asked.model}", _json({"inputs": {asked.name: asked.values}})
    named = [{asked.name: row} for row in asked.values]
    yield "tfserving-rows", Question(f"{path}:predict", _json({"instances": asked.values}))
    yield "tfserving-named-rows", Question(f"{path}:predict", _json({"instances": named}))
    yield "tfserving-column", Question(f"{path}:predict", _json({"inputs": asked.values}), read=_outputs)
    yield "tfserving-named-column", Question(f"{path}/versions/1:predict", column, read=_outputs)
    if asked.features:
        named = [dict(zip(asked.features, row, strict=True)) for row in asked.flat]
        yield "tfserving-features", Question(f"{path}:predict", _json({"instances": named}))
    examples = _json({"examples": named})
    if asked.signature.classes:
        yield "tfserving-classify", Question(f"{path}:classify", examples, read=_scores)
    elif asked.signature.outputs[0].units == 1:
        yield "tfserving-regress", Question(f"{path}:regress", examples, read=_results)


def _mlflow(asked: Asked) -> Iterator[tuple[str, Question]]:
    path = f"/invocations?model={asked.model}"
    yield "mlflow-instances", Question(path, _json({"instances": asked.values}), IN_JSON)
    yield "mlflow-inputs", Question(path, _json({"inputs": asked.values}), IN_JSON)
    yield "mlflow-named-input", Question(path, _json({"inputs": {asked.name: asked.values}}), IN_JSON)
    yield "mlflow-npy", Question(path, npy(asked.rows), IN_NPY | {"Accept": "application/x-npy"}, _from_npy)
    yield "mlflow-csv", Question(path, _csv(asked.flat), IN_CSV | {"Accept": "text/csv"}, _from_csv)


def _frames(asked: Asked) -> Iterator[tuple[str, Question]]:
    """Tables with a line of names; where the model knows the names, in another order than its own."""
    path, step = f"/invocations?model={asked.model}", -1 if asked.features else 1
    flat = [row[::step] for row in asked.flat]
    names = list(asked.features or [f"column {number}" for number in range(len(flat[0]))])[::step]
    split = {"columns": names, "data": flat} if asked.features else {"data": flat}
    records = [dict(zip(names, row, strict=True)) for row in flat]
    yield "mlflow-split", Question(path, _json({"dataframe_split": split}), IN_JSON)
    yield "mlflow-records", Question(path, _json({"dataframe_records": records}), IN_JSON)
    yield "mlflow-csv-with-names", Question(path, _csv([names, *flat]), IN_CSV)
    if asked.features:
        columns = {name: [record[name] for record in records] for name in names}
        yield "mlflow-columns", Question(path, _json({"inputs": columns}), IN_JSON)


def _vertex(asked: Asked) -> Iterator[tuple[str, Question]]:
    path = f"{VERTEX['aip_predict_route']}?model={asked.model}"
    yield "vertex-json", Question(path, _json({"instances": asked.values}))
    yield "vertex-npy", Question(path, npy(asked.rows))


def _bare(asked: Asked) -> Iterator[tuple[str, Question]]:
    """A number for each row of one."""
    bare = [number for row in asked.flat for number in row]
    rows, column, model = _json({"instances": bare}), _json({"inputs": bare}), asked.model
    yield "native-bare", Question(f"/models/{model}/predict", rows)
    yield "tfserving-bare", Question(f"/v1/models/{model}:predict", rows)
    yield "tfserving-bare-column", Question(f"/v1/models/{model}:predict", column, read=_outputs)
    yield "mlflow-bare", Question(f"/invocations?model={model}", column, IN_JSON)
    yield "vertex-bare", Question(f"{VERTEX['aip_predict_route']}?model={model}", rows)


def _json(document: Any) -> bytes:
    return json.dumps(document).encode()


def _csv(lines: list[list[Any]]) -> bytes:
    return "".join(",".join("" if value is None else str(value) for value in line) + "\n" for line in lines).encode()


def _flat(rows: list[Any]) -> list[list[Any]]:
    if all(isinstance(value, list) for row in rows for value in row):
        return _flat([[value for values in row for value in values] for row in rows])
    return rows


def _word(number: Any, words: tuple[str, ...] | None) -> Any:
    return number if words is None or number is None else words[int(number)]


def _from_npy(response: TestResponse) -> np.ndarray:
    return np.load(BytesIO(response.get_data()))


def _from_csv(response: TestResponse) -> list[list[str]]:
    return [line.split(",") for line in response.get_data(as_text=True).splitlines()]


def _from_tensors(response: TestResponse) -> np.ndarray:
    (values,) = taken_apart(response)[1].values()
    return values


def _outputs(response: TestResponse) -> Any:
    return response.get_json()["outputs"]


def _results(response: TestResponse) -> Any:
    return response.get_json()["results"]


def _scores(response: TestResponse) -> Any:
    return [[score for _, score in row] for row in _results(response)]
