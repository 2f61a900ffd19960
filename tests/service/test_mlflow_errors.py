"""MLflow's scoring server: what it refuses, in which words, and in the shape that its clients read."""

import json

import numpy as np
import pytest

from service.app import create_app
from tests.service.conftest import worker_of
from tests.service.protocols import IN_JSON, IN_NPY, npy

ROW = [1, 2, 3, 4]
NAMES = ["sepal length", "sepal width", "petal length", "petal width"]
NAMED = dict(zip(NAMES, ROW, strict=True))


@pytest.fixture(scope="module")
def client(zoo, tmp_path_factory):
    """The same for all tests here, as none changes what is served."""
    return create_app(worker_of(tmp_path_factory.mktemp("peers"), zoo, default_model="flowers")).test_client()


def ask(client, document, query="", **headers):
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    headers = IN_JSON | {name.replace("_", "-"): text for name, text in headers.items()}
    return client.post(f"/invocations{query}", data=content, headers=headers)


def refused(response, status, code, error_code="BAD_REQUEST"):
    """The answer, when it has the shape that MLflow's clients read beside our own."""
    answer = response.get_json()
    assert response.content_type == "application/json"
    assert (response.status_code, answer["code"], answer["error_code"]) == (status, code, error_code)
    assert answer.keys() == {"error", "code", "details", "error_code", "message"}
    assert answer["message"] == answer["error"] != ""
    return answer


ONE_OF_THEM = "The input must be a JSON dictionary with exactly one of the input fields {'dataframe_split', "
INVALID_SPLIT = "Provided dataframe_split field is not a valid dataframe representation in 'split' format."
BAD = [
    # document or body, code, path of the first detail, start of the message
    (b"", "invalid_json", None, "The body is empty"),
    (b"{", "invalid_json", None, "The body is not valid JSON"),
    ([[1, 2]], "invalid_json", None, "The body must be a JSON object"),
    ({}, "invalid_request", None, ONE_OF_THEM),
    ({"data": [ROW]}, "invalid_request", None, ONE_OF_THEM),
    ({"instances": [ROW], "inputs": [ROW]}, "invalid_request", None, ONE_OF_THEM),
    ({"instances": [ROW], "dataframe_split": None}, "invalid_request", None, ONE_OF_THEM),
    ({"instances": [ROW], "signature_name": "serving_default"}, "invalid_request", None, "The input has a signature_"),
    ({"dataframe_split": [ROW]}, "invalid_request", None, "Dataframe split format must be a dictionary. Got list"),
    ({"dataframe_split": ["a"]}, "invalid_request", None, "Dataframe split format must be a dictionary. Got list"),
    ({"dataframe_split": {"columns": NAMES}}, "invalid_request", "/dataframe_split", INVALID_SPLIT),
    ({"dataframe_split": {"columns": "x", "data": [ROW]}}, "invalid_request", "/dataframe_split", INVALID_SPLIT),
    ({"dataframe_split": {"columns": NAMES, "data": ROW}}, "invalid_request", "/dataframe_split", INVALID_SPLIT),
    ({"dataframe_split": {"columns": NAMES[:3], "data": [ROW]}}, "invalid_request", "/dataframe_split", INVALID_SPLIT),
    ({"dataframe_split": {"columns": NAMES, "data": [ROW, [1]]}}, "invalid_request", "/dataframe_split", INVALID_SPLIT),
    ({"dataframe_split": {"columns": NAMES, "data": []}}, "invalid_request", "/dataframe_split/data", "There are no"),
    ({"dataframe_split": {"data": [[1, 2, 3]]}}, "wrong_shape", "/dataframe_split/data/0", "The rows do not fit"),
    ({"dataframe_split": {"columns": NAMES[:3], "data": [[1, 2, 3]]}}, "wrong_features", "/dataframe_split/data",
     "The table has other columns"),
    ({"dataframe_split": {"columns": [*NAMES, NAMES[0]], "data": [[*ROW, 1]]}}, "wrong_features",
     "/dataframe_split/data", "A column stands there twice"),
    ({"dataframe_split": {"columns": NAMES, "data": [[1, 2, None, 4]]}}, "not_a_number",
     "/dataframe_split/data/0/petal length", "The rows do not fit"),
    ({"dataframe_split": {"data": [[1, 2, "2026-01-01", 4]]}}, "not_a_number", "/dataframe_split/data/0/2",
     "The rows do not fit"),
    ({"dataframe_records": NAMED}, "invalid_request", None,
     "Dataframe records format must be a list of records. Got dictionary."),
    ({"dataframe_records": "x"}, "invalid_request", None, "Dataframe records format must be a list of records. Got st"),
    ({"dataframe_records": [ROW]}, "invalid_request", None, "Dataframe records format must be a list of records."),
    ({"dataframe_records": []}, "invalid_request", None, "Provided dataframe_records field is not a valid dataframe"),
    ({"dataframe_records": [NAMED, {"sepal length": 1}]}, "wrong_features", "/dataframe_records/1", "The rows do not"),
    ({"dataframe_records": [NAMED | {"petal width": True}]}, "not_a_number", "/dataframe_records/0/petal width",
     "The rows do not fit"),
    ({"instances": ROW}, "wrong_shape", "/instances/0", "The rows do not fit"),
    ({"instances": {"row": [ROW]}}, "invalid_request", None, "Expecting 'instances' to be an list/array"),
    (b'{"instances": [[1, 2, 3, NaN]]}', "number_out_of_range", "/instances/0/3", "The rows do not fit"),
    ({"inputs": 5}, "invalid_request", "/inputs", "There are no rows"),
    ({"inputs": {}}, "invalid_request", "/inputs", "There are no rows"),
    ({"inputs": {name: [1] for name in NAMES[1:]}}, "wrong_features", "/inputs", "The table has other columns"),
    ({"inputs": {name: [1] for name in NAMES} | {"petal width": [1, 2]}}, "invalid_request", "/inputs",
     "The columns have different lengths"),
    ({"inputs": dict.fromkeys(NAMES, 1)}, "invalid_request", "/inputs", "The columns have different lengths"),
    ({"instances": [ROW], "params": []}, "invalid_request", "/params", "The params must be an object"),
    ({"instances": [ROW], "params": {"top_k": 0}}, "invalid_request", "/params/top_k", "The params do not fit"),
    ({"instances": [ROW], "params": {"threshold": 0.5}}, "invalid_request", "/params/threshold", "A multiclass model"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "code", "path", "words"), BAD, ids=[str(bad[0])[:70] for bad in BAD])
def test_bad_requests_are_told_in_mlflows_words_and_with_their_place(client, document, code, path, words):
    answer = refused(ask(client, document), 400, code)
    assert answer["message"].startswith(words)
    assert (answer["details"][0]["path"] if answer["details"] else None) == path


def test_records_of_a_model_without_names_must_have_the_same_fields(client):
    answer = refused(ask(client, {"dataframe_records": [{"a": 1}, {"b": 1}]}, "?model=tags"), 400, "invalid_request")
    assert answer["message"] == "The records have different fields."


def test_a_regression_model_has_no_classes(client):
    refused(ask(client, {"inputs": [[1, 2]], "params": {"top_k": 1}}, "?model=prices"), 400, "not_a_classifier")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/octet-stream",
     "application/json; charset=latin-1", "application/json; format=pandas-split", "text/csv; header=present",
     "application/json; charset=utf-8; x=y", "application/jsonx", "json"],
)  # fmt: skip
def test_other_content_types_are_refused_as_mlflow_refuses_them(client, content_type):
    response = ask(client, {"inputs": [ROW]}, Content_Type=content_type)
    answer = refused(response, 415, "unsupported_media_type")
    assert answer["message"].startswith("This predictor only supports the following content types")
    assert repr(content_type) in answer["message"]


def test_a_damaged_array_of_numpy_is_refused_in_the_same_shape(client):
    content = npy(np.float32([ROW]))
    assert client.post("/invocations", data=content, headers=IN_NPY).status_code == 200
    refused(client.post("/invocations", data=content[:-1], headers=IN_NPY), 400, "invalid_array")


@pytest.mark.parametrize("name", ["nope", "null", "true", "1", "1.50", "1e2", '"flowers"', "%ff", "flowers/1", ""])
def test_an_unknown_model_is_never_answered_by_the_default_one(client, name):
    for response in (ask(client, {"inputs": [ROW]}, f"?model={name}"), ask(client, {"inputs": [ROW]}, X_Model=name)):
        refused(response, 404, "unknown_model", "NOT_FOUND")


@pytest.mark.parametrize(("method", "path"), [("GET", "/invocations"), ("POST", "/ping"), ("PUT", "/version")])
def test_another_method_is_refused_with_those_that_are_right(client, method, path):
    response = client.open(path, method=method)
    assert (response.status_code, response.get_json()["code"]) == (405, "method_not_allowed")
    assert ("POST" if path == "/invocations" else "GET") in response.headers["Allow"]
