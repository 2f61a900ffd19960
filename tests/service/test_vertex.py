"""Vertex AI's contract: its routes and port, its bodies; and Amazon SageMaker's place for models."""

import json

import numpy as np
import pytest

from service import settings as settings_module
from service.app import create_app
from service.errors import InvalidSetting
from service.flow import Threads
from service.metrics import Metrics
from service.peers import Peers
from service.settings import Settings
from service.worker import Worker

HEALTH, PREDICT = "/v1/endpoints/7/health", "/v1/endpoints/7/deployedModels/8:predict"
ROWS = [[1, 2, 3, 4], [4, 3, 2, 1]]


@pytest.fixture
def serve(zoo, start_worker):
    def start(health=HEALTH, predict=PREDICT, **options):
        worker = start_worker(zoo, aip_health_route=health, aip_predict_route=predict, **options)
        return create_app(worker).test_client()

    return start


def test_health_is_told_at_the_path_that_vertex_ai_has_chosen(serve):
    response = serve().get(HEALTH)
    assert (response.status_code, response.get_json()) == (200, {})


def test_health_is_503_while_the_service_starts(tmp_path):
    settings = Settings(aip_health_route=HEALTH, aip_predict_route=PREDICT)
    client = create_app(Worker(settings, Metrics(), Peers(tmp_path, count=1), Threads())).test_client()
    for response in (client.get(HEALTH), client.post(PREDICT, json={"instances": ROWS})):
        assert (response.status_code, response.get_json()["code"]) == (503, "not_ready")


def test_predictions_are_the_models_outputs_a_row_per_instance(serve, zoo):
    golden = zoo.version("flowers").golden()
    body = {"instances": golden.inputs["row"].tolist()}
    answer = serve(default_model="flowers").post(PREDICT, data=json.dumps(body)).get_json()
    assert answer.keys() == {"predictions"}
    np.testing.assert_allclose(answer["predictions"], golden.outputs["answer"], atol=1e-6)


def test_parameters_ask_for_classes(serve):
    client = serve(default_model="flowers")
    body = {"instances": ROWS, "parameters": {"top_k": 2}}
    expected = client.post("/predict-class", json={"model": "flowers", "instances": ROWS, "top_k": 2}).get_json()
    assert client.post(PREDICT, json=body).get_json()["predictions"] == expected["predictions"]


def test_parameters_of_others_change_nothing(serve):
    client = serve(default_model="flowers")
    plain = client.post(PREDICT, json={"instances": ROWS}).get_json()
    for parameters in ({}, None, {"temperature": 0.2}):
        assert client.post(PREDICT, json={"instances": ROWS, "parameters": parameters}).get_json() == plain


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"instances": ROWS, "parameters": [1]}, "/parameters"),
        ({"instances": ROWS, "parameters": {"top_k": 0}}, "/parameters/top_k"),
        ({"instances": ROWS, "parameters": {"threshold": "high"}}, "/parameters/threshold"),
        ({"instances": [[1, 2, 3, "4"]]}, "/instances/0/3"),
    ],
    ids=str,
)
def test_bad_requests_are_told_where(serve, body, path):
    client = serve(default_model="flowers")
    response = client.post(PREDICT, json=body)
    assert response.status_code == 400
    assert response.get_json()["details"][0]["path"] == path
    assert client.post(PREDICT, json={"instances": ROWS}).status_code == 200


def test_the_model_is_named_where_the_path_names_none(serve):
    client, body = serve(), {"instances": ROWS}
    response = client.post(PREDICT, json=body)
    assert (response.status_code, response.get_json()["code"]) == (400, "model_not_named")
    assert client.post(f"{PREDICT}?model=flowers", json=body).status_code == 200
    assert client.post(PREDICT, json=body, headers={"X-Model": "flowers"}).status_code == 200
    assert client.post(f"{PREDICT}?model=roses", json=body).status_code == 404


def test_where_vertex_ai_has_chosen_a_path_of_ours_its_protocol_answers_there(serve):
    client = serve("/livez", "/predict", default_model="flowers")
    assert client.get("/livez").get_json() == {}
    assert client.post("/predict", json={"instances": ROWS}).get_json().keys() == {"predictions"}
    assert client.post("/models/flowers/predict", json={"instances": ROWS}).get_json()["model"] == "flowers"


def test_health_and_predictions_may_have_one_path(serve):
    client = serve("/predict", "/predict", default_model="flowers")
    assert client.get("/predict").get_json() == {}
    assert client.post("/predict", json={"instances": ROWS}).get_json().keys() == {"predictions"}


def test_a_path_of_ours_keeps_the_methods_that_vertex_ai_has_not_chosen(serve):
    client = serve("/predict", "/ping", default_model="flowers")
    assert client.get("/predict").get_json() == {}
    assert client.post("/predict", json={"instances": ROWS}).get_json()["model"] == "flowers"
    assert client.get("/ping").get_data() == b"\n"
    assert client.post("/ping", json={"instances": ROWS}).get_json().keys() == {"predictions"}


def test_without_its_routes_there_is_nothing_of_vertex_ai(client):
    assert client.get(HEALTH).status_code == 400  # as anything under /v1 that TensorFlow Serving does not know
    assert client.get("/vertex/health").status_code == 404


def test_its_port_goes_before_ours():
    assert Settings.from_environ({"PORT": "9000", "AIP_HTTP_PORT": "8081"}).port == 8081
    assert Settings.from_environ({"PORT": "9000"}).port == 9000


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AIP_HTTP_PORT", "0"), ("AIP_HTTP_PORT", "http"), ("AIP_PREDICT_ROUTE", "predict"),
        ("AIP_PREDICT_ROUTE", "/p?x=1"), ("AIP_HEALTH_ROUTE", "/<name>"), ("AIP_PREDICT_ROUTE", "/a%20b"),
    ],
)  # fmt: skip
def test_settings_that_do_not_fit_stop_the_service_with_their_name(variable, value):
    with pytest.raises(InvalidSetting, match=variable):
        Settings.from_environ({variable: value})


def test_what_else_vertex_ai_sets_disturbs_nobody():
    environ = {"AIP_MODE": "PREDICTION", "AIP_STORAGE_URI": "gs://bucket/models", "AIP_FRAMEWORK": "CUSTOM_CONTAINER"}
    assert Settings.from_environ(environ) == Settings()


def test_sagemakers_folder_is_taken_where_ours_is_not_there(tmp_path, monkeypatch):
    theirs, ours = tmp_path / "opt", tmp_path / "models"
    monkeypatch.setattr(settings_module, "SAGEMAKER_STORE", theirs)
    environ = {"MODEL_STORE": str(ours)}
    assert Settings.from_environ(environ).model_store == ours
    theirs.mkdir()
    assert Settings.from_environ(environ).model_store == theirs
    ours.mkdir()
    assert Settings.from_environ(environ).model_store == ours
