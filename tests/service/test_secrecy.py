"""What clients send is in no log and no metric, whatever is wrong with it; and answers say how to be treated."""

import base64
import gzip
import json
from dataclasses import replace

import numpy as np
import pytest

from service.app import create_app
from tests.service.asking import SETTINGS, ask
from tests.service.attacks import Attack
from tests.service.conftest import worker_of
from tests.service.keyed import Keyed
from tests.service.protocols import npy
from tests.service.seeds import seeds

CANARY = "c4n4ry"
PATHS = ("/predict", "/models/flowers/predict-class", "/v1/models/flowers:predict", "/v1/models/flowers:classify",
         "/v2/models/flowers/infer", "/v2/repository/index", "/invocations", "/vertex/predict")  # fmt: skip
TENSOR = {"name": "row", "shape": [1, 4], "datatype": "FP32", "data": [1, 2, 3, 4]}
DOCUMENTS = (
    {CANARY: CANARY},
    {"instances": [[CANARY] * 4], "model": "flowers"},
    {"instances": [{CANARY: 1}], "model": CANARY},
    {"instances": [[1, 2, 3, 4]], "parameters": {CANARY: 1}, "label": CANARY, "signature_name": CANARY},
    {"inputs": CANARY, "outputs": [{"name": CANARY}]},
    {"inputs": [TENSOR | {"name": CANARY}]},
    {"inputs": [TENSOR | {"datatype": CANARY}], "id": CANARY},
    {"inputs": [TENSOR | {"data": [CANARY] * 4}], "outputs": [{"name": CANARY}]},
    {"examples": [{CANARY: CANARY}]},
    {"dataframe_split": {"columns": [CANARY] * 4, "data": [[CANARY] * 4]}},
    {"ready": CANARY},
)
BODIES = {
    **{f"json-{number}": json.dumps(document).encode() for number, document in enumerate(DOCUMENTS)},
    "cut": json.dumps({"instances": [[CANARY]]}).encode()[:-2],
    "no-json": CANARY.encode(),
    "csv": f"{CANARY},b,c,d\n1,2,3,{CANARY}\n".encode(),
    "npy-of-text": npy(np.array([[CANARY] * 4])),
    "npy-with-a-broken-head": npy(np.zeros((1, 4))).replace(b"'descr'", CANARY.encode() + b"'"),
}
HEADERS = (
    "Content-Type", "Content-Encoding", "Accept", "Accept-Encoding", "X-Request-Timeout", "X-Model", "Origin",
    "Cookie", "User-Agent", "Referer", "Expect", "Range", "Inference-Header-Content-Length", "X-Forwarded-For",
    "Authorization", "X-API-Key",
)  # fmt: skip


def requests():
    for path in PATHS:
        for body in BODIES.values():
            for kind in ("application/json", "text/csv"):
                yield Attack("POST", path, f"model=flowers&{CANARY}={CANARY}", {"Content-Type": kind}, body)
        for header in HEADERS:
            yield Attack("POST", path, "", {header: CANARY}, BODIES["json-1"])
        yield Attack("POST", path, f"model={CANARY}&version={CANARY}&top_k={CANARY}", {}, BODIES["npy-of-text"])
        packed = gzip.compress(BODIES["json-1"])
        yield Attack("POST", path, "", {"Content-Encoding": "gzip"}, packed[:-9])
    for path in ("/models", "/metrics", "/readyz", "/docs", "/nothing", "/v1/nothing"):
        yield Attack("GET", path, f"key={CANARY}", {"Authorization": f"Bearer {CANARY}", "Cookie": CANARY})
        yield Attack("PATCH", path, CANARY, {}, CANARY.encode())


def said(capfd, caplog):
    """All that has been written since, by whichever way."""
    told = capfd.readouterr()
    return told.out + told.err + "".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)


@pytest.mark.parametrize("with_keys", [False, True], ids=["without-keys", "with-keys"])
def test_nothing_of_a_request_but_its_path_is_logged_or_counted(labelled_zoo, tmp_path, capfd, caplog, with_keys):
    caplog.set_level("INFO")
    settings = SETTINGS | {"client_requests": 100}
    if with_keys:
        del settings["aip_health_route"], settings["aip_predict_route"]
        service = Keyed(labelled_zoo, tmp_path, {"all": {}}, **settings)
        app, headers, hidden = service.app, {"X-API-Key": service.keys["all"]}, service.keys["all"]
    else:
        app, headers, hidden = create_app(worker_of(tmp_path, labelled_zoo, **settings)), {}, CANARY
    statuses = set()
    for attack in requests():
        for sent in (attack.headers, headers | attack.headers):
            statuses.add(ask(app, replace(attack, headers=sent)).status)
    assert statuses >= {200, 400, 404, 405, 415}
    written = said(capfd, caplog)
    assert "heaviside.requests" in written
    assert [part for part in (CANARY, hidden) if part in written] == []
    metrics = ask(app, Attack("GET", "/metrics", headers=headers))
    assert metrics.status == 200
    assert CANARY.encode() not in metrics.body


def test_a_key_is_in_no_answer_and_no_log(zoo, tmp_path, capfd, caplog):
    caplog.set_level("DEBUG")
    service = Keyed(
        zoo, tmp_path, {"all": {"rate": "2/h"}, "late": {"expires": "2020-01-01"}, "some": {"models": ["a"]}}
    )
    answers = b""
    for key in [*service.keys.values(), "heaviside_" + CANARY]:
        password = base64.b64encode(f":{key}".encode()).decode()
        ways = ({"X-API-Key": key}, {"Authorization": f"Bearer {key}"}, {"Authorization": f"Basic {password}"})
        for headers in ways:
            for path in ("/models/flowers", "/metrics", "/nothing"):
                answers += service.client.get(path, headers=headers).get_data()
    written = said(capfd, caplog) + answers.decode()
    digests = [digest.hex() for digest in service.worker.keys.by_digest]
    assert [part for part in (*service.keys.values(), *digests, CANARY) if part in written] == []
    assert '"key":"all"' in written  # but who it was is


def test_an_error_that_nobody_foresaw_and_that_quotes_a_request_tells_nobody(zoo, tmp_path, capfd, caplog):
    service = Keyed(zoo, tmp_path, {"all": {}})

    @service.app.get("/broken")
    def broken():
        try:
            float(CANARY)
        except ValueError as error:
            raise RuntimeError(f"bad {error}") from error

    response = service.ask("GET", "/broken", "all")
    assert (response.status_code, CANARY in response.get_data(as_text=True)) == (500, False)
    written = said(capfd, caplog)
    assert CANARY not in written
    assert "builtins.RuntimeError" in written
    assert "builtins.ValueError" in written


# How answers say that they are to be treated.


def test_every_answer_is_to_be_taken_for_what_it_says(zoo, tmp_path):
    app = create_app(worker_of(tmp_path, zoo, **SETTINGS))
    for attack in [*seeds(zoo), Attack("GET", "/nothing"), Attack("PUT", "/predict"), Attack("GET", "/docs/start.js")]:
        told = ask(app, attack)
        assert told.headers["x-content-type-options"] == "nosniff", attack
        assert not [name for name in told.headers if name in ("server", "x-powered-by")]


def test_answers_to_keys_are_kept_by_no_cache(zoo, tmp_path, client):
    service = Keyed(zoo, tmp_path, {"all": {}})
    for path in ("/models", "/models/flowers", "/metrics", "/docs", "/openapi.json", "/models/flowers/report"):
        assert service.ask("GET", path, "all").headers["Cache-Control"] == "no-store"
        assert "Cache-Control" not in client.get(path).headers


@pytest.mark.parametrize("path", ["/docs", "/models/flowers/report"])
def test_pages_are_shown_in_no_frame_and_run_nothing_that_is_not_theirs(client, path):
    headers = client.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] in ("'none'", "'self'")
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "script-src" not in policy  # so that default-src holds for scripts too
    assert (headers["X-Frame-Options"], headers["Referrer-Policy"]) == ("DENY", "no-referrer")


def test_the_page_of_the_documentation_has_no_script_of_its_own_inside(client):
    """Its policy would not let it run."""
    page = client.get("/docs").get_data(as_text=True)
    assert page.count("<script") == page.count("<script src=") == 2
    assert "javascript:" not in page
