"""MLflow's scoring server: which model answers, and how models of every kind answer."""

import json

import numpy as np
import pytest

from service.app import create_app
from tests.service.conftest import worker_of
from tests.service.openinference import golden
from tests.service.protocols import IN_JSON, IN_NPY, npy


@pytest.fixture(scope="module")
def client(zoo, tmp_path_factory):
    """The same for all tests here, as none changes what is served."""
    return create_app(worker_of(tmp_path_factory.mktemp("peers"), zoo, default_model="flowers")).test_client()


def ask(client, document, query="", **headers):
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    headers = IN_JSON | {name.replace("_", "-"): text for name, text in headers.items()}
    return client.post(f"/invocations{query}", data=content, headers=headers)


def predictions(client, document, query="", **headers):
    response = ask(client, document, query, **headers)
    assert response.status_code == 200, response.get_data(as_text=True)
    assert response.content_type == "application/json"
    assert list(response.get_json()) == ["predictions"]
    return response.get_json()["predictions"]


def test_the_documented_forms_have_the_documented_answers(client):
    """Of y = x / 2 + 2; a model of one column may have its numbers bare."""
    expected, query = [[2.5], [3.0], [4.5]], "?model=half_plus_two"
    assert predictions(client, {"instances": [1.0, 2.0, 5.0]}, query) == expected
    assert predictions(client, {"inputs": [[1], [2], [5]]}, query) == expected
    assert predictions(client, {"inputs": {"x": [1, 2, 5]}}, query) == expected
    assert predictions(client, {"dataframe_records": [{"x": 1}, {"x": 2}, {"x": 5}]}, query) == expected
    assert predictions(client, {"dataframe_split": {"columns": ["x"], "data": [[1], [2], [5]]}}, query) == expected


@pytest.mark.parametrize("name", ["flowers", "pictures", "tumours", "tags", "prices", "boxes"])
def test_rows_are_answered_as_keras_answered_them(client, zoo, name):
    rows, expected = golden(zoo, name)
    answer = predictions(client, {"inputs": rows.tolist()}, f"?model={name}")
    np.testing.assert_allclose(np.float32(answer), expected, atol=1e-6, strict=True)


@pytest.mark.parametrize(
    "document",
    [
        {"dataframe_split": {"columns": ["a", "b", "c"], "data": [[1, 2, 3], [4, 5, 6]]}},
        {"dataframe_records": [{"a": 1, "b": 2, "c": 3}, {"a": 4, "b": 5, "c": 6}]},
        {"inputs": {"a": [1, 4], "b": [2, 5], "c": [3, 6]}},
    ],
    ids=lambda document: next(iter(document)),
)
def test_where_a_model_has_no_feature_names_columns_stand_in_its_order(client, document):
    expected = predictions(client, {"instances": [[1, 2, 3], [4, 5, 6]]}, "?model=tags")
    assert predictions(client, document, "?model=tags") == expected


@pytest.mark.parametrize(("threshold", "name"), [(0, "benign"), (1, "malignant")])
def test_a_threshold_among_the_params_decides_between_two_classes(client, threshold, name):
    rows = {"instances": [[1, 2, 3]]}
    ((benign,),) = predictions(client, rows, "?model=tumours")
    (answer,) = predictions(client, rows | {"params": {"threshold": threshold}}, "?model=tumours")
    assert answer["class"] == name
    assert answer["probability"] == pytest.approx(benign if name == "benign" else 1 - benign)


def test_the_query_names_the_model_before_a_header_does(client):
    expected = predictions(client, {"inputs": [[1, 2]]}, "?model=prices")
    assert predictions(client, {"inputs": [[1, 2]]}, X_Model="prices") == expected
    assert predictions(client, {"inputs": [[1, 2]]}, "?model=prices", X_Model="flowers") == expected


@pytest.mark.parametrize("name", ["null", "true", "1.50", "1e2", "007", "7"])
def test_a_model_may_have_a_name_that_looks_like_json(own_zoo, republish, start_worker, name):
    republish(own_zoo, own_zoo.version("prices"), name=name)
    client = create_app(start_worker(own_zoo, default_model="flowers")).test_client()
    expected = predictions(client, {"inputs": [[1, 2]]}, "?model=prices")
    assert predictions(client, {"inputs": [[1, 2]]}, f"?model={name}") == expected
    assert predictions(client, {"inputs": [[1, 2]]}, X_Model=name) == expected
    rows = npy(np.array([[1, 2]], np.float32))
    for path in (f"/predict?model={name}", f"/invocations?model={name}"):
        assert client.post(path, data=rows, headers=IN_NPY).status_code == 200
