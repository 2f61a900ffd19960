"""Requests of the Open Inference Protocol as its clients write them, and its answers taken apart."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from models.store import Store

JSON_LENGTH = "Inference-Header-Content-Length"
ROW = ((1, 2, 3, 4),)  # one that the model `flowers` takes
NO_HEADERS: Mapping[str, str] = {}


def golden(zoo: Store, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows that a model knows, and Keras's answers to them."""
    rows = zoo.version(name).golden()
    return rows.inputs["row"], rows.outputs["answer"]


def in_json(rows: Any = ROW, datatype: str = "FP32", **more: Any) -> dict[str, Any]:
    """The model's input as JSON; what `more` names is replaced, or added."""
    rows = np.asarray(rows)
    return {"name": "row", "shape": list(rows.shape), "datatype": datatype, "data": rows.tolist()} | more


def in_bytes(sizes: tuple[int, ...], count: int, datatype: str = "FP32", **more: Any) -> dict[str, Any]:
    """The model's input where `count` bytes after the JSON document hold its numbers."""
    parameters = {"binary_data_size": count}
    return {"name": "row", "shape": list(sizes), "datatype": datatype, "parameters": parameters} | more


def request(*inputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A whole document; without an input one good row."""
    return {"inputs": list(inputs) or [in_json()]} | more


def ask(
    client: FlaskClient,
    document: Any,
    tail: bytes | None = None,
    model: str = "flowers",
    headers: Mapping[str, str] = NO_HEADERS,
) -> TestResponse:
    """Ask for an inference, with a JSON document or a text in its place, and maybe the bytes after it."""
    head = document if isinstance(document, bytes) else json.dumps(document).encode()
    length = {} if tail is None else {JSON_LENGTH: str(len(head))}
    return client.post(f"/v2/models/{model}/infer", data=head + (tail or b""), headers=length | dict(headers))


def ask_bytes(client: FlaskClient, rows: np.ndarray, model: str = "flowers", **more: Any) -> TestResponse:
    """Ask with float32 rows as bytes; `more` stands in the document."""
    content = rows.astype("<f4").tobytes()
    return ask(client, request(in_bytes(rows.shape, len(content)), **more), content, model)


def taken_apart(response: TestResponse, content: bytes | None = None) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The JSON document of a good answer, and the values of each output in the shape that the document tells.

    `content` is the body, where the response has a compressed one.
    """
    assert response.status_code == 200, response.get_data(as_text=True)
    content = response.get_data() if content is None else content
    length = response.headers.get(JSON_LENGTH)
    assert response.content_type == ("application/json" if length is None else "application/octet-stream")
    size = len(content) if length is None else int(length)
    document, tail = json.loads(content[:size]), content[size:]
    values = {}
    for output in document["outputs"]:
        if "data" in output:
            assert "parameters" not in output
            flat = np.array(output["data"], object if output["datatype"] == "BYTES" else np.float32)
        else:
            taken = output["parameters"]["binary_data_size"]
            flat, tail = numbers_or_strings(tail[:taken], output["datatype"]), tail[taken:]
        values[output["name"]] = flat.reshape(output["shape"])
    assert tail == b""
    return document, values


def numbers_or_strings(content: bytes, datatype: str) -> np.ndarray:
    """What the bytes of one output hold; before each string stand four bytes with its length."""
    if datatype != "BYTES":
        return np.frombuffer(content, "<f4")
    strings = []
    while content:
        end = 4 + int.from_bytes(content[:4], "little")
        assert end <= len(content)
        strings.append(content[4:end].decode())
        content = content[end:]
    return np.array(strings, object)


def fault(response: TestResponse) -> tuple[int, str, str | None]:
    """Status, code, and the path of the first detail of a refusal, in the shape that all clients can read."""
    assert response.content_type == "application/json"
    answer = response.get_json()
    assert isinstance(answer["error"], str)
    assert answer["error"]
    details = answer["details"]
    return response.status_code, answer["code"], details[0]["path"] if details else None
