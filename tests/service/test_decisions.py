"""Models of threshold units decide: their answers are 0 and 1, in every protocol, and nothing claims a probability."""

from io import BytesIO

import numpy as np
import pytest

from models.signature import STEP, Input, Output, Signature, Task
from service.app import create_app
from service.errors import InvalidRequest
from service.predictions import classes, decisions, predictions, scores
from tests.service.conftest import worker_of
from tests.service.openinference import ask_bytes, golden, taken_apart


def signature(task, *names):
    units = 1 if task is Task.BINARY else len(names)
    return Signature(task, (Input("row", (1,)),), (Output("answer", units, STEP, names),))


BINARY = signature(Task.BINARY, "no", "yes")
MULTICLASS = signature(Task.MULTICLASS, "ant", "bee", "cat")
MULTILABEL = signature(Task.MULTILABEL, "large", "odd")


@pytest.fixture(scope="module")
def client(zoo, tmp_path_factory):
    """The same for all tests here, as none changes what is served."""
    return create_app(worker_of(tmp_path_factory.mktemp("peers"), zoo)).test_client()


def named(*pairs):
    return [{"class": name, "index": index} for name, index in pairs]


@pytest.mark.parametrize(
    ("its_signature", "outputs", "predicted", "of_classes", "chosen"),
    [
        pytest.param(
            BINARY, [[1], [0]], [1, 0], [[0, 1], [1, 0]], named(("yes", 1), ("no", 0)), id="binary"
        ),
        pytest.param(
            MULTICLASS, [[0, 0, 1], [1, 0, 0]], [[0, 0, 1], [1, 0, 0]], [[0, 0, 1], [1, 0, 0]],
            named(("cat", 2), ("ant", 0)), id="multiclass",
        ),
        pytest.param(
            MULTILABEL, [[1, 1], [0, 0]], [[1, 1], [0, 0]], [[1, 1], [0, 0]],
            [named(("large", 0), ("odd", 1)), []], id="multilabel",
        ),
    ],
)  # fmt: skip
def test_what_is_decided_is_told_as_it_is(its_signature, outputs, predicted, of_classes, chosen):
    outputs = {"answer": np.array(outputs, np.float32)}
    assert predictions(its_signature, outputs).tolist() == predicted
    assert scores(its_signature, outputs).tolist() == of_classes
    assert classes(its_signature, outputs) == chosen


def test_decisions_compare_with_those_of_a_model_that_knows_probabilities():
    soft = Signature(Task.BINARY, BINARY.inputs, (Output("answer", 1, "sigmoid", ("no", "yes")),))
    hard = decisions(BINARY, {"answer": np.array([[1], [0]], np.float32)})
    np.testing.assert_array_equal(hard, decisions(soft, {"answer": np.array([[0.9], [0.4]], np.float32)}))


@pytest.mark.parametrize("its_signature", [BINARY, MULTICLASS, MULTILABEL], ids=lambda given: given.task)
@pytest.mark.parametrize("options", [{"top_k": 1}, {"threshold": 0.5}, {"top_k": 1, "threshold": 0}], ids=str)
def test_options_that_take_probabilities_are_refused(its_signature, options):
    with pytest.raises(InvalidRequest, match="decides by itself and knows no probabilities") as caught:
        classes(its_signature, {"answer": np.zeros((1, its_signature.outputs[0].units))}, **options, path="/params")
    assert [detail.path for detail in caught.value.details] == [f"/params/{name}" for name in options]


def asked(client, path, **document):
    response = client.post(path, json=document)
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_json()


def test_predict_answers_the_index_of_the_class_and_says_that_it_is_no_probability(client, zoo):
    rows, expected = golden(zoo, "gates")
    assert set(expected.ravel().tolist()) == {0.0, 1.0}
    assert asked(client, "/models/gates/predict", instances=rows.tolist()) == {
        "model": "gates",
        "version": 1,
        "classes": ["closed", "open"],
        "probabilities": False,
        "predictions": expected[:, 0].tolist(),
    }
    response = client.post(
        "/models/gates/predict", json={"instances": rows.tolist()}, headers={"Accept": "application/x-npy"}
    )
    np.testing.assert_array_equal(np.load(BytesIO(response.get_data())), expected[:, 0], strict=True)


def test_predict_answers_0_or_1_for_each_label(client, zoo):
    rows, expected = golden(zoo, "lamps")
    answer = asked(client, "/models/lamps/predict", instances=rows.tolist())
    assert (answer["probabilities"], answer["classes"]) == (False, ["red", "green"])
    assert answer["predictions"] == expected.tolist()


def test_predict_class_tells_classes_and_labels_without_probabilities(client, zoo):
    rows, expected = golden(zoo, "gates")
    names = ("closed", "open")
    assert asked(client, "/models/gates/predict-class", instances=rows.tolist())["predictions"] == [
        {"class": names[index], "index": index} for index in expected[:, 0].astype(int).tolist()
    ]
    rows, expected = golden(zoo, "lamps")
    assert asked(client, "/models/lamps/predict-class", instances=rows.tolist())["predictions"] == [
        [{"class": ("red", "green")[index], "index": index} for index in np.flatnonzero(row).tolist()]
        for row in expected
    ]


@pytest.mark.parametrize("option", [{"top_k": 1}, {"threshold": 0.5}], ids=str)
def test_predict_class_refuses_what_takes_probabilities(client, option):
    response = client.post("/models/gates/predict-class", json={"instances": [[1, 2]]} | option)
    answer = response.get_json()
    assert (response.status_code, answer["code"]) == (400, "invalid_request")
    assert "knows no probabilities" in answer["error"]
    assert [detail["path"] for detail in answer["details"]] == [f"/{name}" for name in option]


def test_classifications_of_other_protocols_are_the_decisions(client, zoo):
    rows, expected = golden(zoo, "gates")
    examples = [{"left": row[0], "right": row[1]} for row in rows.tolist()]
    results = asked(client, "/v1/models/gates:classify", examples=examples)["results"]
    assert results == [[["closed", 1 - unit], ["open", unit]] for unit in expected[:, 0].tolist()]
    output = {"name": "answer", "parameters": {"classification": 1}}
    strings = taken_apart(ask_bytes(client, rows, "gates", outputs=[output]))[1]["answer"]
    assert strings.ravel().tolist() == [
        f"1.000000:{unit}:{('closed', 'open')[unit]}" for unit in expected[:, 0].astype(int).tolist()
    ]
    answers = asked(client, "/invocations?model=gates", inputs=rows.tolist())
    assert answers == {"predictions": expected.tolist()}


def test_whether_a_model_answers_probabilities_is_told(client):
    told = {name: client.get(f"/models/{name}").get_json() for name in ("gates", "lamps", "flowers", "tags", "prices")}
    assert {name: answer["probabilities"] for name, answer in told.items()} == {
        "gates": False, "lamps": False, "flowers": True, "tags": True, "prices": False
    }  # fmt: skip
    assert told["gates"]["signature"]["outputs"][0]["activation"] == STEP
