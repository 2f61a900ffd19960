"""A model that takes words, and rows that lack numbers, as clients of each protocol ask it."""

import json
from io import BytesIO

import numpy as np
import pytest

from models.manifest import Manifest
from models.signature import Input, Output, Signature, Task
from service.app import create_app
from service.protocols.tfserving import prediction_answer, read_predict
from tests.service.conftest import worker_of
from tests.service.openinference import ask, ask_bytes, fault, in_json, request, taken_apart
from tests.service.protocols import IN_CSV, IN_JSON, npy

TICKETS = "/models/tickets/predict"
ROWS = [["female", 30, "third"], [1, None, "first"], [None, 2.5, None]]
NUMBERS = np.array([[0, 30, 2], [1, np.nan, 0], [np.nan, 2.5, np.nan]], np.float32)


@pytest.fixture(scope="module")
def client(zoo, tmp_path_factory):
    """The same for all tests here, as none changes what is served."""
    return create_app(worker_of(tmp_path_factory.mktemp("peers"), zoo)).test_client()


@pytest.fixture(scope="module")
def expected(client):
    """The probabilities of the second class, from the numbers themselves."""
    response = client.post(TICKETS, data=npy(NUMBERS), headers={"Accept": "application/x-npy"})
    return np.load(BytesIO(response.get_data()))[:, 1].tolist()


def test_each_word_and_each_gap_changes_the_answer(client):
    rows = [["female", 30, "third"], ["male", 30, "third"], ["female", None, "third"], ["female", 30, "first"]]
    answers = client.post(TICKETS, json={"instances": rows}).get_json()["predictions"]
    assert len({json.dumps(answer) for answer in answers}) == len(rows)


def test_words_and_gaps_are_answered_as_their_numbers_are(client, expected):
    for path in ("/models/tickets/predict", "/models/tickets/predict-class"):
        in_words = client.post(path, json={"instances": ROWS}).get_json()
        assert in_words == client.post(path, data=npy(NUMBERS)).get_json()
    answers = client.post(TICKETS, json={"instances": ROWS}).get_json()["predictions"]
    assert np.float32(answers)[:, 1].tolist() == expected


def test_the_words_of_a_model_are_told_beside_its_features(client):
    (tensor,) = client.get("/models/tickets").get_json()["signature"]["inputs"]
    assert tensor["feature_names"] == ["sex", "age", "class"]
    assert tensor["categories"] == [["female", "male"], None, ["first", "second", "third"]]
    assert tensor["optional"] is True
    (tensor,) = client.get("/models/flowers").get_json()["signature"]["inputs"]
    assert (tensor["categories"], tensor["optional"]) == (None, False)


def test_a_number_that_is_none_of_a_word_is_refused_with_its_place(client):
    response = client.post(TICKETS, json={"instances": [["male", 3, 0], ["male", 3, 7]]})
    answer = response.get_json()
    assert (response.status_code, answer["code"]) == (400, "unknown_category")
    message = "expected a word, or its number from 0 to 2, or null, got 7"
    assert answer["details"] == [{"path": "/instances/1/2", "message": message}]


FRAMES = {
    "split": {"dataframe_split": {"columns": ["sex", "age", "class"], "data": ROWS}},
    "split-without-columns": {"dataframe_split": {"data": ROWS}},
    "split-in-another-order": {
        "dataframe_split": {"columns": ["class", "sex", "age"], "data": [[row[2], row[0], row[1]] for row in ROWS]}
    },
    "records-without-what-is-missing": {
        "dataframe_records": [
            {"sex": "female", "age": 30, "class": "third"}, {"sex": "male", "class": "first"}, {"age": 2.5}
        ]
    },
    "columns": {"inputs": {"age": [30, None, 2.5], "sex": ["female", "male", None], "class": ["third", "first", None]}},
    "instances": {"instances": ROWS},
    "inputs": {"inputs": ROWS},
}  # fmt: skip


@pytest.mark.parametrize("form", FRAMES)
def test_a_frame_may_hold_words_and_gaps(client, expected, form):
    answer = client.post("/invocations?model=tickets", json=FRAMES[form]).get_json()
    assert np.float32(answer["predictions"])[:, 0].tolist() == expected


def test_a_frame_may_lack_a_column_but_have_no_unknown_one(client):
    split = {"columns": ["sex", "age"], "data": [["male", 3]]}
    answer = client.post("/invocations?model=tickets", json={"dataframe_split": split}).get_json()
    assert answer == client.post("/invocations?model=tickets", json={"inputs": [["male", 3, None]]}).get_json()
    split = {"columns": ["sex", "agee"], "data": [["male", 3]]}
    answer = client.post("/invocations?model=tickets", json={"dataframe_split": split}).get_json()
    assert answer["code"] == "wrong_features"
    assert "did you mean 'age'?" in answer["details"][0]["message"]


TABLES = {
    "names": "sex,age,class\nfemale,30,third\nmale,,first\n,2.5,\n",
    "names-in-another-order": "age,class,sex\n30,third,female\n,first,male\n2.5,,\n",
    "no-names": "female,30,third\nmale,,first\n,2.5,\n",
    "no-names-and-a-gap-first": 'female,30,third\nmale,"",first\nnan,2.5,""\n',
    "numbers": "0,30,2\n1,nan,0\n,2.5,nan\n",
    "counted-names": "0,1,2\nfemale,30,third\nmale,,first\n,2.5,\n",
    "quoted-and-spaced": '"sex","age", class\n"female", 30 ,"third"\nmale, , first\n ,2.5,\n',
    "unknown-words": "sex,age,class\nfemale,30,third\nmale,,first\nwoman,2.5,fourth\n",
}


@pytest.mark.parametrize("form", TABLES)
def test_a_table_may_hold_words_and_gaps(client, expected, form):
    response = client.post("/invocations?model=tickets", data=TABLES[form].encode(), headers=IN_CSV)
    assert np.float32(response.get_json()["predictions"])[:, 0].tolist() == expected


def test_a_table_may_lack_a_column(client):
    response = client.post("/invocations?model=tickets", data=b"class,sex\nthird,male\n", headers=IN_CSV)
    expected = client.post("/invocations?model=tickets", json={"inputs": [["male", None, "third"]]}, headers=IN_JSON)
    assert response.get_json() == expected.get_json()


@pytest.mark.parametrize(
    ("content", "code", "path"),
    [
        ("sex,age,class\nfemale,old,third\n", "invalid_table", "/0/1"),
        ("sex,age,class\nfemale,1_0,third\n", "invalid_table", "/0/1"),
        ("sex,age,class\nfemale,30\n", "wrong_shape", "/0"),
        ("female,30,third\nmale,30\n", "wrong_shape", "/1"),
        ("sex,age,class\nfemale,inf,third\n", "number_out_of_range", "/0/age"),
        ("sex,age,class\nfemale,30,3\n", "unknown_category", "/0/class"),
        ("sex,age,class\n2,30,\n", "unknown_category", "/0/sex"),
        ("sex,age,klass\nmale,30,third\n", "wrong_features", ""),
        ("sex,age,sex\nmale,30,male\n", "wrong_features", ""),
        ("sex,age,class,name\nmale,30,third,x\n", "wrong_shape", ""),
        ("", "invalid_table", None),
    ],
)
def test_a_table_that_does_not_fit_is_refused_with_its_place(client, content, code, path):
    response = client.post("/invocations?model=tickets", data=content.encode(), headers=IN_CSV)
    answer = response.get_json()
    assert (response.status_code, answer["code"]) == (400, code)
    assert [detail["path"] for detail in answer["details"][:1]] == ([] if path is None else [path])


def test_a_table_of_more_rows_than_are_taken_is_refused(zoo, tmp_path):
    client = create_app(worker_of(tmp_path, zoo, max_rows=3)).test_client()
    response = client.post("/invocations?model=tickets", data=b"male,3,\n" * 5, headers=IN_CSV)
    assert (response.status_code, response.get_json()["code"]) == (413, "too_many_rows")
    assert "has 5 rows" in response.get_json()["error"]


ONE_WORD = Signature(
    Task.REGRESSION,
    (Input("row", (1,), feature_names=("sex",), categories=(("female", "male"),), optional=True),),
    (Output("y", 1, "linear", ("y",)),),
)


@pytest.mark.parametrize(
    ("document", "is_bare"),
    [
        ({"instances": ["male", None]}, True),
        ({"instances": [None, "male"]}, True),
        ({"inputs": {"row": ["male", 0]}}, True),
        ({"instances": [["male"], [None]]}, False),
        ({"instances": [{"sex": "male"}, {}]}, False),
    ],
    ids=str,
)
def test_a_word_by_itself_is_answered_with_a_number_by_itself(document, is_bare):
    request = read_predict(document, ONE_WORD, max_rows=2)
    assert request.is_bare is is_bare
    manifest = Manifest(
        ONE_WORD, "2026-01-01T00:00:00Z", training={}, scores={}, baseline={}, data={}, libraries={}, parity=None
    )
    assert prediction_answer(request, manifest, {"y": np.ones((2, 1))}).popitem()[1].ndim == (1 if is_bare else 2)


def classified(client, **document):
    response = client.post("/v1/models/tickets:classify", json=document)
    assert response.status_code == 200, response.get_data(as_text=True)
    return [row[1][1] for row in response.get_json()["results"]]


def test_examples_and_their_context_may_hold_words_and_gaps(client, expected):
    examples = [{"sex": "female", "age": 30, "class": ["third"]}, {"sex": ["male"], "class": "first"}, {"age": [2.5]}]
    assert np.float32(classified(client, examples=examples)).tolist() == expected
    assert classified(client, context={"sex": "male"}, examples=[{"age": 3}]) == classified(
        client, examples=[{"sex": "male", "age": 3}]
    )


@pytest.mark.parametrize("datatype", ["FP32", "FP64"])
def test_tensors_hold_the_numbers_of_words_and_null_or_nan(client, expected, datatype):
    data = [[None if np.isnan(number) else number for number in row] for row in NUMBERS.tolist()]
    document = request(in_json(NUMBERS, datatype, data=data))
    for response in (ask(client, document, model="tickets"), ask_bytes(client, NUMBERS, "tickets")):
        assert taken_apart(response)[1]["answer"][:, 0].tolist() == expected


@pytest.mark.parametrize(
    ("model", "tensor", "code"),
    [
        ("tickets", in_json([[0, 30, 3]]), "unknown_category"),
        ("tickets", in_json([[0, 30, 3]], "INT8"), "unknown_category"),
        ("tickets", in_json([[0, 30, 0.5]]), "unknown_category"),
        ("tickets", in_json([[0, 30, 2]], data=["female", 30, "third"]), "not_a_number"),
        ("tickets", in_json([[0, 30, 2]], "BYTES", data=["female", "30", "third"]), "invalid_request"),
        ("tickets", in_json([[0, 30, 2]], "INT8", data=[0, None, 2]), "not_a_number"),
        ("tickets", in_json([[0, 30, 2]], data=[0, float("nan"), None]), "number_out_of_range"),
        ("tickets", in_json([[0, 30, 2]], data=[0, 1e39, None]), "number_out_of_range"),
        ("flowers", in_json([[1, 2, 3, 4]], data=[1, None, 3, 4]), "not_a_number"),
    ],
    ids=str,
)
def test_tensors_that_do_not_fit_the_columns_are_refused(client, model, tensor, code):
    status, found, path = fault(ask(client, request(tensor), model=model))
    assert (status, found) == (400, code)
    assert path.startswith("/inputs/0/data")


def test_the_place_of_a_number_in_bytes_that_is_none_of_a_word_is_told(client):
    answer = ask_bytes(client, np.array([[0, 30, 2], [0, 30, 5]]), "tickets").get_json()
    assert "at /1/2: expected a word, or its number from 0 to 2" in answer["details"][0]["message"]


def test_golden_rows_with_gaps_prove_what_a_version_computes(zoo):
    golden = zoo.version("tickets").golden()
    assert np.isnan(golden.inputs["row"]).any()
    assert np.isfinite(golden.outputs["answer"]).all()
