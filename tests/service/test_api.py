"""The native API answers with what Keras computed, in the shapes that docs/api.md promises."""

import shutil

import numpy as np
import pytest

from service.app import create_app
from tests.truths import STUDY


def golden(zoo, name):
    rows = zoo.version(name).golden()
    return rows.inputs["row"], rows.outputs["answer"]


def post(client, path, **body):
    response = client.post(path, json=body)
    assert response.status_code == 200, response.get_data(as_text=True)
    assert response.content_type == "application/json"
    return response.get_json()


@pytest.mark.parametrize("name", ["flowers", "pictures", "tags"])
def test_predict_gives_the_probabilities_that_keras_gave(client, zoo, name):
    rows, expected = golden(zoo, name)
    answer = post(client, "/predict", model=name, instances=rows.tolist())
    assert (answer["model"], answer["version"]) == (name, 1)
    assert answer["classes"] == list(zoo.version(name).manifest.signature.classes)
    np.testing.assert_allclose(answer["predictions"], expected, atol=1e-6)


def test_predict_gives_both_probabilities_of_a_binary_model(client, zoo):
    rows, expected = golden(zoo, "tumours")
    answer = post(client, "/predict", model="tumours", instances=rows.tolist())
    assert answer["classes"] == ["malignant", "benign"]
    np.testing.assert_allclose(answer["predictions"], np.hstack([1 - expected, expected]), atol=1e-6)


def test_predict_gives_a_number_for_one_target_and_a_list_for_more(client, zoo):
    rows, expected = golden(zoo, "prices")
    answer = post(client, "/predict", model="prices", instances=rows.tolist())
    assert "classes" not in answer
    np.testing.assert_allclose(answer["predictions"], expected[:, 0], atol=1e-6)
    rows, expected = golden(zoo, "boxes")
    np.testing.assert_allclose(
        post(client, "/predict", model="boxes", instances=rows.tolist())["predictions"], expected, atol=1e-6
    )


def test_predict_class_gives_class_index_and_probability(client, zoo):
    rows, expected = golden(zoo, "flowers")
    answers = post(client, "/predict-class", model="flowers", instances=rows.tolist())["predictions"]
    assert [answer["index"] for answer in answers] == expected.argmax(axis=1).tolist()
    names = zoo.version("flowers").manifest.signature.classes
    assert all(answer["class"] == names[answer["index"]] for answer in answers)
    np.testing.assert_allclose([answer["probability"] for answer in answers], expected.max(axis=1), atol=1e-6)


def test_top_k_and_threshold_reach_the_answer(client):
    (answer,) = post(client, "/predict-class", model="flowers", instances=[[1, 2, 3, 4]], top_k=2)["predictions"]
    assert len(answer["top_k"]) == 2
    (answer,) = post(client, "/predict-class", model="tumours", instances=[[1, 2, 3]], threshold=0)["predictions"]
    assert answer["class"] == "benign"
    (labels,) = post(client, "/predict-class", model="tags", instances=[[1, 2, 3]], threshold=0)["predictions"]
    assert [label["class"] for label in labels] == ["large", "odd"]


ROW = [5.1, 3.5, 1.4, 0.2]
BY_NAME = dict(zip(("petal width", "petal length", "sepal width", "sepal length"), ROW[::-1], strict=True))


def test_the_same_row_in_every_form_gives_the_same_answer(client):
    flat, by_name = (
        post(client, "/predict", model="flowers", instances=[ROW]),
        post(client, "/predict", model="flowers", instances=[BY_NAME]),
    )
    assert flat == by_name
    nested = post(client, "/predict", model="pictures", instances=[[[1, 2], [3, 4], [5, 6]]])
    assert nested == post(client, "/predict", model="pictures", instances=[[1, 2, 3, 4, 5, 6]])


@pytest.mark.parametrize("endpoint", ["predict", "predict-class"])
def test_the_model_may_stand_in_the_path(client, endpoint):
    in_body = post(client, f"/{endpoint}", model="flowers", instances=[ROW])
    assert post(client, f"/models/flowers/{endpoint}", instances=[ROW]) == in_body
    assert post(client, f"/models/flowers/{endpoint}/", instances=[ROW]) == in_body
    assert post(client, f"/models/flowers/versions/1/{endpoint}", model="flowers", instances=[ROW]) == in_body


def test_version_and_label_pick_another_version(own_zoo, republish, start_worker):
    republish(own_zoo, own_zoo.version("flowers"))
    own_zoo.label("flowers", "stable", 1)
    client = create_app(start_worker(own_zoo)).test_client()
    assert post(client, "/models/flowers/predict", instances=[ROW])["version"] == 2
    assert post(client, "/models/flowers/predict", instances=[ROW], version=1)["version"] == 1
    assert post(client, "/models/flowers/predict", instances=[ROW], label="stable")["version"] == 1
    assert post(client, "/models/flowers/versions/1/predict", instances=[ROW])["version"] == 1


def test_the_model_may_be_left_out_where_a_default_is_set(zoo, start_worker):
    client = create_app(start_worker(zoo, default_model="flowers")).test_client()
    assert post(client, "/predict", instances=[ROW])["model"] == "flowers"


def test_the_content_type_of_the_request_does_not_matter(client):
    response = client.post("/models/flowers/predict", data=b'{"instances": [[1,2,3,4]]}', content_type="text/plain")
    assert response.status_code == 200


def test_models_lists_every_model_with_its_versions(client, zoo):
    models = {model["name"]: model for model in client.get("/models").get_json()["models"]}
    assert list(models) == zoo.names()
    assert models["flowers"] == {
        "name": "flowers",
        "task": "multiclass",
        "newest": 1,
        "versions": [1],
        "labels": {},
        "traffic": {"split": {}, "shadow": None},
        "refused": {},
    }


def test_a_model_is_shown_with_signature_and_card(client):
    answer = client.get("/models/flowers").get_json()
    assert answer["signature"]["inputs"][0]["shape"] == [4]
    assert answer["signature"]["outputs"][0]["names"] == ["setosa", "versicolor", "virginica"]
    assert answer["card"] == "# flowers\n"
    assert answer["runtime"] == "onnx"
    assert client.get("/models/roses").status_code == 404


def test_a_version_that_a_search_found_is_served_as_any_other(own_zoo, republish, start_worker):
    republish(own_zoo, own_zoo.version("flowers"), study=STUDY)
    client = create_app(start_worker(own_zoo)).test_client()
    models = {model["name"]: model for model in client.get("/models").get_json()["models"]}
    assert (models["flowers"]["newest"], models["flowers"]["refused"]) == (2, {})
    assert client.get("/models/flowers").get_json()["card"] == "# flowers\n"
    assert post(client, "/models/flowers/predict", instances=[ROW])["version"] == 2


def test_a_model_that_is_served_outlives_its_store(own_zoo, start_worker):
    client = create_app(start_worker(own_zoo)).test_client()
    shutil.rmtree(own_zoo.root)
    assert client.get("/models/flowers").status_code == 200
    assert client.post("/models/flowers/predict", json={"instances": [ROW]}).status_code == 200


def test_a_refused_version_is_shown_with_its_reason(own_zoo, republish, start_worker):
    republish(own_zoo, own_zoo.version("flowers"))
    (own_zoo.root / "flowers" / "2" / "model.onnx").unlink()
    client = create_app(start_worker(own_zoo)).test_client()
    shown = client.get("/models/flowers").get_json()
    assert shown["versions"] == [1]
    assert "model.onnx cannot be read" in shown["refused"]["2"]


@pytest.mark.parametrize("given", ["abc-123", "req:7/8+9=@x.y_z", "a" * 128])
def test_a_request_id_is_echoed(client, given):
    assert client.get("/livez", headers={"X-Request-Id": given}).headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, 'a"b', "ä"])
def test_a_request_id_that_does_not_belong_into_a_log_is_replaced(client, given):
    made = client.get("/livez", headers={"X-Request-Id": given}).headers["X-Request-Id"]
    assert made != given
    assert len(made) == 32


def test_asking_for_the_methods_of_a_prediction_predicts_nothing(client):
    response = client.options("/models/flowers/predict", data=b'{"instances": [[1, 2, 3, 4]]}')
    assert (response.data, set(response.allow)) == (b"", {"OPTIONS", "POST"})
