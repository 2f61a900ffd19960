"""MLflow's scoring protocol, whose paths are Amazon SageMaker's too: four forms of JSON, CSV, and whom they ask."""

import csv
import json
import shutil
from io import BytesIO, StringIO

import numpy as np
import pytest

from service import __version__
from service.app import create_app
from service.flow import Threads
from service.metrics import Metrics
from service.peers import Peers
from service.settings import Settings
from service.worker import Worker

PATH = "/invocations"
CSV = {"Content-Type": "text/csv"}
NPY = {"Content-Type": "application/x-npy"}
ROWS = [[5.1, 3.5, 1.4, 0.2], [6.0, 3.0, 4.0, 1.0]]


@pytest.fixture
def names(zoo):
    return list(zoo.version("flowers").manifest.signature.inputs[0].feature_names)


@pytest.fixture
def flowers(zoo, start_worker):
    """A client of a service whose default model is `flowers`."""
    return create_app(start_worker(zoo, default_model="flowers")).test_client()


@pytest.fixture
def expected(flowers):
    """What the model answers to ROWS."""
    return flowers.post(PATH, json={"instances": ROWS}).get_json()["predictions"]


def table(rows, names=None, end="\n"):
    file = StringIO(newline="")
    csv.writer(file, lineterminator=end).writerows([names, *rows] if names else rows)
    return file.getvalue()


def test_predictions_are_the_models_outputs(flowers, zoo):
    golden = zoo.version("flowers").golden()
    answer = flowers.post(PATH, json={"inputs": golden.inputs["row"].tolist()}).get_json()
    assert answer.keys() == {"predictions"}
    np.testing.assert_allclose(answer["predictions"], golden.outputs["answer"], atol=1e-6)


FORMS = {
    "split": lambda names: {"dataframe_split": {"columns": names, "index": [0, 1], "data": ROWS}},
    "split-without-index": lambda names: {"dataframe_split": {"columns": names, "data": ROWS}},
    "split-without-columns": lambda _: {"dataframe_split": {"data": ROWS}},
    "split-with-counted-columns": lambda _: {"dataframe_split": {"columns": [0, 1, 2, 3], "data": ROWS}},
    "split-in-another-order": lambda names: {
        "dataframe_split": {"columns": names[::-1], "data": [row[::-1] for row in ROWS]}
    },
    "records": lambda names: {"dataframe_records": [dict(zip(names, row, strict=True)) for row in ROWS]},
    "records-in-another-order": lambda names: {
        "dataframe_records": [dict(zip(names[::-1], row[::-1], strict=True)) for row in ROWS]
    },
    "instances": lambda _: {"instances": ROWS},
    "instances-by-feature": lambda names: {"instances": [dict(zip(names, row, strict=True)) for row in ROWS]},
    "inputs": lambda _: {"inputs": ROWS},
    "inputs-by-input": lambda _: {"inputs": {"row": ROWS}},
    "inputs-by-feature": lambda names: {"inputs": dict(zip(names, map(list, zip(*ROWS, strict=True)), strict=True))},
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_same_rows_is_answered_alike(flowers, names, expected, form):
    assert flowers.post(PATH, json=FORMS[form](names)).get_json() == {"predictions": expected}


@pytest.mark.parametrize("form", FORMS)
def test_params_ask_for_classes_in_every_form(flowers, names, form):
    answer = flowers.post(PATH, json=FORMS[form](names) | {"params": {"top_k": 1}}).get_json()
    assert [len(one["top_k"]) for one in answer["predictions"]] == [1, 1]


TABLES = {
    "names": lambda names: table(ROWS, names),
    "names-in-another-order": lambda names: table([row[::-1] for row in ROWS], names[::-1]),
    "no-names": lambda _: table(ROWS),
    "counted-names": lambda _: table(ROWS, ["0", "1", "2", "3"]),
    "quoted": lambda names: ",".join(f'"{name}"' for name in names) + '\n"5.1","3.5","1.4","0.2"\n6,3,4,1\n',
    "byte-order-mark": lambda names: "\ufeff" + table(ROWS, names),
    "lines-of-windows": lambda names: table(ROWS, names, "\r\n"),
    "no-last-line-end": lambda names: table(ROWS, names).rstrip("\n"),
    "blank-lines": lambda names: "\n" + table(ROWS, names) + "\n\n",
    "spaces-and-exponents": lambda _: " 51e-1, 3.5 ,1.4,.2\n6,3,4,1\n",
}


@pytest.mark.parametrize("media_type", ["text/csv", "application/csv", "text/csv; charset=utf-8", "TEXT/CSV"])
def test_a_table_may_come_under_both_names(flowers, expected, media_type):
    response = flowers.post(PATH, data=table(ROWS), headers={"Content-Type": media_type})
    assert response.get_json() == {"predictions": expected}


@pytest.mark.parametrize("form", TABLES)
def test_a_table_is_read_however_it_was_written(flowers, names, expected, form):
    response = flowers.post(PATH, data=TABLES[form](names).encode(), headers=CSV)
    assert response.get_json() == {"predictions": expected}


def test_arrays_and_tables_come_back_where_they_are_asked_for(flowers, expected):
    file = BytesIO()
    np.save(file, np.array(ROWS))
    response = flowers.post(PATH, data=file.getvalue(), headers=NPY | {"Accept": "application/x-npy"})
    assert response.headers["X-Model"] == "flowers"
    np.testing.assert_array_equal(np.load(BytesIO(response.get_data())), np.array(expected, np.float32))
    response = flowers.post(PATH, data=table(ROWS), headers=CSV | {"Accept": "text/csv"})
    assert response.content_type.startswith("text/csv")
    lines = [[float(word) for word in line] for line in csv.reader(StringIO(response.get_data(as_text=True)))]
    np.testing.assert_array_equal(np.array(lines, np.float32), np.array(expected, np.float32))


BAD = [
    # id, document, code, words of the message
    ("none", {}, "invalid_request", "must be a JSON dictionary with exactly one of the input fields"),
    ("two", {"inputs": ROWS, "instances": ROWS}, "invalid_request", "exactly one of the input fields"),
    ("array", ROWS, "invalid_json", "JSON object"),
    ("signature", {"inputs": ROWS, "signature_name": "x"}, "invalid_request", "signature_name"),
    ("split-of-a-list", {"dataframe_split": [1]}, "invalid_request",
     "Dataframe split format must be a dictionary. Got list"),
    ("split-of-nothing", {"dataframe_split": {}}, "invalid_request", "not a valid dataframe representation"),
    ("split-ragged", {"dataframe_split": {"columns": ["a", "b"], "data": [[1]]}}, "invalid_request",
     "Provided dataframe_split field is not a valid dataframe representation"),
    ("split-of-strangers", {"dataframe_split": {"columns": ["a", "b", "c", "d"], "data": ROWS}}, "wrong_features", ""),
    ("split-with-text", {"dataframe_split": {"data": [[1, 2, 3, "4"]]}}, "not_a_number", ""),
    ("records-of-a-dict", {"dataframe_records": {}}, "invalid_request",
     "Dataframe records format must be a list of records. Got dictionary."),
    ("records-of-nothing", {"dataframe_records": []}, "invalid_request", "not a valid dataframe representation"),
    ("records-of-null", {"dataframe_records": [{"sepal_length": None}]}, "wrong_features", ""),
    ("no-rows", {"instances": []}, "invalid_request", ""),
    ("columns-of-different-lengths", {"inputs": {"a": [1, 2], "b": [1]}}, "invalid_request", "different lengths"),
    ("params-of-text", {"inputs": ROWS, "params": "x"}, "invalid_request", "params"),
    ("params-that-do-not-fit", {"inputs": ROWS, "params": {"top_k": 0}}, "invalid_request", "params"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "code", "words"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_a_bad_request_is_told_in_mlflows_words_and_shape(flowers, document, code, words):
    response = flowers.post(PATH, json=document)
    answer = response.get_json()
    assert (response.status_code, answer["code"], answer["error_code"]) == (400, code, "BAD_REQUEST")
    assert answer["message"] == answer["error"]
    assert words in answer["message"]
    assert flowers.post(PATH, json={"inputs": ROWS}).status_code == 200


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "invalid_table"), (b"\n\n", "invalid_table"), (b"a,b,c,d\n1,2,3,4\n", "wrong_features"),
        (b"1,2,3,4\n1,2,3,four\n", "invalid_table"), (b"1,2,3\n", "wrong_shape"), (b"1,2,3,4\n1,2\n", "wrong_shape"),
        (b"1,2,3,nan\n", "number_out_of_range"), (b"1,2,3,1e39\n", "number_out_of_range"),
        (b'1,2,3,"4\n', "invalid_table"),
        (b"\xff\xfe1,2", "unreadable_body"), (b"1,2,3,\n", "invalid_table"),
    ],
)  # fmt: skip
def test_a_bad_table_is_told(flowers, content, code):
    response = flowers.post(PATH, data=content, headers=CSV)
    assert (response.status_code, response.get_json()["code"]) == (400, code)


@pytest.mark.parametrize(
    "media_type",
    ["text/html", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1",
     "application/json; boundary=x"],
)  # fmt: skip
def test_other_types_are_refused_as_mlflow_refuses_them(flowers, media_type):
    response = flowers.post(PATH, data=json.dumps({"inputs": ROWS}), headers={"Content-Type": media_type})
    assert (response.status_code, response.get_json()["code"]) == (415, "unsupported_media_type")
    assert "This predictor only supports the following content types" in response.get_json()["message"]


@pytest.mark.parametrize("media_type", ["application/json", "application/json; charset=UTF-8", None])
def test_json_is_taken_with_its_charset_and_where_no_type_is_told(flowers, media_type):
    headers = {"Content-Type": media_type} if media_type else {}
    assert flowers.post(PATH, data=json.dumps({"inputs": ROWS}), headers=headers).status_code == 200


def test_the_model_is_the_one_named_else_the_default_else_the_only_one(client, flowers, own_zoo, start_worker):
    body = {"inputs": ROWS}
    response = client.post(PATH, json=body)
    assert (response.status_code, response.get_json()["code"]) == (400, "model_not_named")
    assert "?model=" in response.get_json()["message"]
    assert client.post(f"{PATH}?model=flowers", json=body).status_code == 200
    assert client.post(PATH, json=body, headers={"X-Model": "flowers"}).status_code == 200
    assert flowers.post(PATH, json=body).status_code == 200
    response = flowers.post(f"{PATH}?model=roses", json=body)
    assert (response.status_code, response.get_json()["error_code"]) == (404, "NOT_FOUND")
    for folder in own_zoo.root.iterdir():
        if folder.name != "flowers":
            shutil.rmtree(folder)
    assert create_app(start_worker(own_zoo)).test_client().post(PATH, json=body).status_code == 200


@pytest.mark.parametrize("path", ["/ping", "/health"])
def test_health_is_an_empty_line_where_new_requests_may_come_and_503_elsewhere(client, tmp_path, path):
    response = client.get(path)
    assert (response.status_code, response.get_data(), response.content_type) == (200, b"\n", "application/json")
    starting = create_app(Worker(Settings(), Metrics(), Peers(tmp_path, count=1), Threads())).test_client()
    response = starting.get(path)
    assert (response.status_code, response.get_json()["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")


def test_the_version_is_told_as_text(client):
    response = client.get("/version")
    assert (response.get_data(as_text=True), response.content_type) == (__version__, "application/json")
