"""Health, metrics, logs and documentation, for those who run the service."""

import json
import logging
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from models import errors as models_errors
from models.store import Store
from service.app import create_app
from service.errors import InvalidSetting, ServiceError
from service.flow import Threads
from service.logs import JsonFormatter
from service.metrics import Metrics
from service.peers import Peers
from service.responses import STATUS_AND_CODE
from service.settings import Settings
from service.worker import Worker

ROW = {"instances": [[1, 2, 3, 4]] * 3}
SECRET = "a sec" + "ret"  # so that no line of source has it, as tracebacks quote them
API_DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"


def test_a_service_without_its_models_lives_but_is_not_ready(tmp_path):
    client = create_app(Worker(Settings(), Metrics(), Peers(tmp_path, count=1), Threads())).test_client()
    assert client.get("/livez").status_code == 200
    for response in (client.get("/readyz"), client.post("/predict", json=ROW), client.get("/models")):
        assert response.status_code == 503
        assert response.get_json()["code"] == "not_ready"
        assert response.headers["Retry-After"] == "1"


def test_a_service_is_ready_with_its_models_and_not_while_it_stops(zoo, start_worker):
    worker = start_worker(zoo)
    client = create_app(worker).test_client()
    assert client.get("/readyz").get_json() == {"status": "ready"}
    worker.stopping.set()
    assert client.get("/readyz").status_code == 503
    assert client.post("/models/flowers/predict", json=ROW).status_code == 200


def test_an_empty_store_is_told_by_readiness(tmp_path, start_worker):
    client = create_app(start_worker(Store(tmp_path / "empty"))).test_client()
    assert "holds no model" in client.get("/readyz").get_json()["error"]
    assert "the store is empty" in client.post("/predict", json=ROW).get_json()["error"]


def test_a_store_that_may_not_be_read_is_told_by_every_call(tmp_path):
    worker = Worker(Settings(), Metrics(), Peers(tmp_path, count=1), Threads())
    worker.fail("/models cannot be read (Permission denied).")
    client = create_app(worker).test_client()
    for response in (client.get("/readyz"), client.post("/predict", json=ROW)):
        assert (response.status_code, response.get_json()["error"]) == (
            503,
            "/models cannot be read (Permission denied).",
        )


def samples(client):
    families = text_string_to_metric_families(client.get("/metrics").get_data(as_text=True))
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value for family in families for sample in family.samples
    }


MODEL_INFO = (
    "heaviside_model_info",
    ("model", "flowers"),
    ("runtime", "onnx"),
    ("task", "multiclass"),
    ("version", "1"),
)


def test_metrics_count_requests_rows_and_versions(client):
    for _ in range(2):
        client.post("/models/flowers/predict", json=ROW)
    client.post("/models/flowers/predict", json={})
    counts = samples(client)
    route = ("route", "/models/<model>/predict")
    post = ("method", "POST")
    here, version = (("model", "flowers"), ("protocol", "native"), route), ("version", "1")
    good = (*here, ("status", "200"), version)
    assert counts[("heaviside_requests_total", *sorted([*good, post]))] == 2
    bad = (*here, ("status", "400"), version)
    assert counts[("heaviside_requests_total", *sorted([*bad, post]))] == 1
    assert counts["heaviside_rows_total", ("model", "flowers"), ("version", "1")] == 6
    assert counts["heaviside_model_versions", ("model", "flowers"), ("state", "ready")] == 1
    assert counts["heaviside_request_seconds_count", ("model", "flowers"), route] == 3
    for phase in ("decode", "run", "encode"):
        assert counts["heaviside_phase_seconds_count", ("model", "flowers"), ("phase", phase), version] == 2
    assert counts["heaviside_batch_rows_sum", ("model", "flowers"), version] == 6
    assert counts[MODEL_INFO] == 1


def test_paths_and_models_that_clients_make_up_do_not_become_labels(client):
    for number in range(5):
        client.get(f"/made-up/{number}")
        client.post(f"/models/made-up-{number}/predict", json=ROW)
    text = client.get("/metrics").get_data(as_text=True)
    assert "made-up" not in text
    assert 'route="unmatched"' in text


def test_methods_that_clients_make_up_do_not_become_labels(client):
    for number in range(5):
        client.open("/livez", method=f"MADE-UP-{number}")
    text = client.get("/metrics").get_data(as_text=True)
    assert "MADE-UP" not in text
    assert 'method="other"' in text


def test_there_is_one_log_line_per_request_with_what_an_operator_asks_for(client, caplog, capfd):
    caplog.set_level(logging.INFO)
    client.post("/models/flowers/predict", json=ROW, headers={"X-Request-Id": "r1"})
    (line,) = [json.loads(text) for text in capfd.readouterr().out.splitlines() if "heaviside.requests" in text]
    assert line["request_id"] == "r1"
    assert (line["method"], line["path"], line["status"]) == ("POST", "/models/flowers/predict", 200)
    assert (line["model"], line["version"], line["rows"]) == ("flowers", "1", 3)
    assert line["ms"] > 0
    assert line["level"] == "info"


def test_of_an_unforeseen_error_the_log_tells_kind_and_place_and_the_client_nothing(zoo, start_worker, caplog):
    worker = start_worker(zoo)
    app = create_app(worker)

    @app.get("/broken")
    def broken():
        raise RuntimeError(SECRET)

    response = app.test_client().get("/broken")
    assert (response.status_code, response.get_json()["code"]) == (500, "internal")
    assert SECRET not in response.get_data(as_text=True)
    (record,) = [record for record in caplog.records if record.name == "heaviside.errors"]
    line = JsonFormatter().format(record)
    assert SECRET not in line
    exception = json.loads(line)["exception"]
    assert "builtins.RuntimeError" in exception
    assert "in broken" in exception


def test_who_debugs_is_told_what_an_unforeseen_error_says(zoo, start_worker, caplog):
    app = create_app(start_worker(zoo))
    caplog.set_level(logging.DEBUG)

    @app.get("/broken")
    def broken():
        raise RuntimeError(SECRET)

    app.test_client().get("/broken")
    lines = [JsonFormatter().format(record) for record in caplog.records if record.name == "heaviside.errors"]
    assert any(SECRET in line for line in lines)


def concrete_errors():
    served = {models_errors.UnknownModel, models_errors.UnknownVersion, models_errors.UnknownLabel}
    found = served.union(ServiceError.__subclasses__()) - {InvalidSetting}
    return sorted(found, key=lambda error: error.__name__)  # in the same order in every process that runs tests


@pytest.mark.parametrize("error", concrete_errors(), ids=lambda error: error.__name__)
def test_every_error_has_a_status_a_code_and_a_line_in_the_documentation(error):
    status, code = STATUS_AND_CODE[error]
    assert f"| {status} | `{code}` |" in API_DOCUMENT.read_text()


def test_no_two_errors_share_a_code():
    codes = [code for _, code in STATUS_AND_CODE.values()]
    assert len(set(codes)) == len(codes)


def test_the_documentation_page_and_its_files_come_from_the_service(client):
    page = client.get("/docs")
    assert page.mimetype == "text/html"
    text = page.get_data(as_text=True)
    assert "http://" not in text
    assert "https://" not in text
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    for file in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png", "start.js"):
        assert f"/docs/{file}" in text
        with client.get(f"/docs/{file}") as response:
            assert response.status_code == 200
    assert client.get("/docs/../__init__.py").status_code == 404
