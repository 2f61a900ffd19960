"""What a service answers is as its OpenAPI description says, in whatever state it is; another answer is noticed."""

import json
from dataclasses import replace

import pytest

from service.app import create_app
from service.flow import Threads
from service.metrics import Metrics
from service.peers import Peers
from service.settings import Settings
from service.worker import MIB, Worker
from tests.service.asking import LARGE, SETTINGS, ask
from tests.service.attacks import Attack
from tests.service.conftest import worker_of
from tests.service.described import Described, Told
from tests.service.seeds import control, seeds

SEND = Attack("POST", "/models/flowers/predict", head=b'{"instances": [[1, 2, 3, 4]]}')


@pytest.fixture
def worker(tmp_path, labelled_zoo):
    return worker_of(tmp_path, labelled_zoo, **SETTINGS)


@pytest.fixture
def app(worker):
    return create_app(worker)


@pytest.fixture
def described(app):
    return Described(app.test_client().get("/openapi.json").get_json())


def statuses(app, described, asked):
    """What each is answered with; all of it is described."""
    met = {}
    for attack in asked:
        told = ask(app, attack)
        described.judge(attack.method, attack.path, told)
        met[attack.path] = told.status
    return met


def test_there_is_a_good_request_for_every_operation_and_each_is_answered_as_described(app, labelled_zoo, described):
    good = seeds(labelled_zoo)
    assert set(statuses(app, described, good).values()) == {200}
    asked = {described.find(attack.method, attack.path).label for attack in good + control()}
    never_good = {"GET /v1/{rest}", "POST /v1/{rest}"}
    assert asked | never_good == {operation.label for operation in described.operations}


def test_a_service_that_is_starting_or_stopping_answers_as_described(tmp_path, labelled_zoo, described, worker, app):
    settings = Settings(model_store=labelled_zoo.root, **SETTINGS)
    starting = create_app(Worker(settings, Metrics(), Peers(tmp_path / "new", count=1), Threads()))
    met = statuses(starting, described, seeds(labelled_zoo))
    assert {path for path, status in met.items() if status == 200} == {
        "/", "/livez", "/metrics", "/version", "/v2", "/v2/", "/v2/health/live"
    }  # fmt: skip
    assert set(met.values()) == {200, 503}
    worker.stopping.set()
    met = statuses(app, described, seeds(labelled_zoo))
    assert {path for path, status in met.items() if status == 503} == {
        "/readyz", "/ping", "/health", "/v2/health/ready", "/vertex/health"
    }  # fmt: skip


def test_a_model_whose_versions_were_refused_is_answered_for_as_described(tmp_path, labelled_zoo, described):
    for name in labelled_zoo.names():
        (labelled_zoo.root / name / "1" / "model.onnx").write_bytes(b"")
    app = create_app(worker_of(tmp_path, labelled_zoo, **SETTINGS))
    met = statuses(app, described, seeds(labelled_zoo))
    assert met["/models"] == met["/v2/repository/index"] == met["/v1/models/flowers"] == 200
    assert met["/models/flowers"] == met["/v2/models/flowers/infer"] == met["/invocations"] == met["/ping"] == 503


@pytest.mark.parametrize(
    ("attack", "status"),
    [
        pytest.param(replace(SEND, head=LARGE), 429, id="no-room-for-a-large-body"),
        pytest.param(replace(SEND, headers={"X-Request-Timeout": "1e-9"}), 504, id="no-time"),
        pytest.param(replace(SEND, head=b'{"instances": [[3e38, -3e38, 3e38, -3e38]]}'), 422, id="no-finite-answer"),
        pytest.param(replace(SEND, head=b" " * (3 * MIB)), 413, id="a-body-over-the-limit"),
        pytest.param(replace(SEND, headers={"Content-Encoding": "br"}), 415, id="unknown-compression"),
    ],
)
def test_what_is_refused_for_want_of_room_or_sense_is_answered_as_described(app, worker, described, attack, status):
    room = worker.bodies.take(MIB + 1) if status == 429 else 0
    paths = ("/models/flowers/predict", "/v1/models/flowers:predict", "/invocations", "/vertex/predict")
    asked = [replace(attack, path=path) for path in paths]
    assert statuses(app, described, asked) == dict.fromkeys(paths, status)
    worker.bodies.give_back(room)


def without(told, header):
    return replace(told, headers={name: text for name, text in told.headers.items() if name != header})


def with_keys(told, **more):
    return replace(told, body=json.dumps(json.loads(told.body) | more).encode())


ALTERED = {
    "another-status": lambda told: replace(told, status=202),
    "a-failure": lambda told: replace(told, status=500),
    "another-media-type": lambda told: replace(told, headers=told.headers | {"content-type": "text/html"}),
    "no-media-type": lambda told: without(told, "content-type"),
    "no-request-id": lambda told: without(told, "x-request-id"),
    "no-json": lambda told: replace(told, body=told.body[:-1]),
    "a-key-more": lambda told: with_keys(told, more=1),
    "another-type": lambda told: with_keys(told, predictions=[["0.1"]]),
    "nothing-predicted": lambda told: with_keys(told, predictions=[]),
}


@pytest.mark.parametrize("alter", ALTERED.values(), ids=ALTERED)
def test_an_answer_that_is_not_described_is_noticed(app, described, alter):
    told = ask(app, SEND)
    described.judge(SEND.method, SEND.path, told)
    with pytest.raises(AssertionError):
        described.judge(SEND.method, SEND.path, alter(told))


def test_an_answer_with_another_number_of_bytes_than_it_tells_is_noticed(app, described):
    document = {"inputs": [{"name": "row", "shape": [1, 4], "datatype": "FP32", "data": [1, 2, 3, 4]}]}
    document["parameters"] = {"binary_data_output": True}
    attack = Attack("POST", "/v2/models/flowers/infer", head=json.dumps(document).encode())
    told = ask(app, attack)
    described.judge(attack.method, attack.path, told)
    with pytest.raises(AssertionError):
        described.judge(attack.method, attack.path, replace(told, body=told.body + b"\0"))


def test_at_paths_that_are_not_described_there_is_nothing(app, described):
    with pytest.raises(AssertionError):
        described.judge("GET", "/nowhere", Told(200, {"content-type": "application/json"}, b"{}"))
    assert statuses(app, described, [Attack("GET", "/nowhere"), Attack("DELETE", "/models")]) == {
        "/nowhere": 404, "/models": 405
    }  # fmt: skip
