"""Where keys are needed nobody comes in without one, but to ask whether the service is there; and what each sees."""

import base64
import hashlib
import re
import time
from pathlib import Path

import pytest

from service.gate import MANAGEMENT, OPEN
from service.keys import Keys
from tests.service.keyed import Keyed
from tests.service.protocols import VERTEX
from tests.service.test_operations import samples

ROW = {"instances": [[1, 2, 3, 4]]}
FLOWERS = "/models/flowers/predict"
NEVER = {"models": ["no-such-model"]}
DOCUMENTS = Path(__file__).parents[2] / "docs"
HEALTH = OPEN | {VERTEX["aip_health_route"]}


@pytest.fixture(scope="module")
def keyed(zoo, tmp_path_factory):
    holders = {
        "all": {"manages": True},
        "reader": {},
        "some": {"models": ["flowers", "tags"]},
        "one": {"models": ["flowers"]},
        "none": NEVER,
        "late": {"expires": "2020-01-01"},
        "early": {"expires": "2999-01-01T00:00:00+02:00"},
    }
    return Keyed(zoo, tmp_path_factory.mktemp("keyed"), holders, cors_origins=("https://a.example",))


def filled(rule):
    """A path that the rule has."""
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda gap: {"version": "1", "file": "start.js"}.get(gap[1], "flowers"), rule)


def routes(app):
    """Each method at each path, also those that Flask adds by itself, and some at which there is nothing."""
    for rule in app.url_map.iter_rules():
        for method in rule.methods:
            yield method, rule.rule, filled(rule.rule)
    yield from (("GET", "", "/nothing"), ("BREW", "", "/predict"), ("PUT", "", "/livez"), ("POST", "", "/livez"))


def test_without_a_key_every_route_but_health_refuses(keyed):
    asked = list(routes(keyed.app))
    assert len(asked) > 100
    for method, rule, path in asked:
        response = keyed.client.open(path, method=method, data=b"{}" if method == "POST" else b"")
        is_open = method in ("GET", "HEAD") and rule in HEALTH
        assert response.status_code == (200 if is_open else 401), (method, path)
        if not is_open:
            assert response.headers["WWW-Authenticate"] == 'Bearer realm="heaviside"'
            assert response.headers["Cache-Control"] == "no-store"
            assert method == "HEAD" or response.get_json()["code"] == "key_missing"


def test_all_open_paths_are_routes_and_documented(keyed):
    assert {rule.rule for rule in keyed.app.url_map.iter_rules()} >= HEALTH | MANAGEMENT
    text = (DOCUMENTS / "api.md").read_text()
    assert [path for path in OPEN if f"`{path}`" not in text and f"`GET {path}`" not in text] == []


def test_a_service_without_a_file_of_keys_asks_for_none(client):
    headers = {"X-API-Key": "anything", "Authorization": "Bearer anything"}
    assert client.post(FLOWERS, json=ROW, headers=headers).status_code == 200
    assert "WWW-Authenticate" not in client.get("/nothing").headers


def basic(text):
    return "Basic " + base64.b64encode(text.encode()).decode()


WAYS = {
    "bearer": lambda key: {"Authorization": f"Bearer {key}"},
    "bearer-in-small-letters": lambda key: {"Authorization": f"bearer {key}"},
    "x-api-key": lambda key: {"X-API-Key": key},
    "password": lambda key: {"Authorization": basic(f"any:{key}")},
    "password-without-a-user": lambda key: {"Authorization": basic(f":{key}")},
    "beside-a-word-for-the-proxy": lambda key: {"Authorization": "Bearer of-the-proxy", "X-API-Key": key},
    "password-from-our-own-page": lambda key: {"Authorization": basic(f":{key}"), "Origin": "http://localhost"},
    "bearer-from-another-page": lambda key: {"Authorization": f"Bearer {key}", "Origin": "https://a.example"},
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("holder", ["all", "one", "early"])
def test_a_key_lets_in_however_clients_send_it(keyed, way, holder):
    assert keyed.client.post(FLOWERS, json=ROW, headers=way(keyed.keys[holder])).status_code == 200


WRONG = {
    "nothing": (lambda _: {}, "key_missing"),
    "empty": (lambda _: {"X-API-Key": ""}, "key_missing"),
    "bearer-of-nothing": (lambda _: {"Authorization": "Bearer "}, "key_missing"),
    "another-scheme": (lambda key: {"Authorization": f"Digest {key}"}, "key_missing"),
    "no-scheme": (lambda key: {"Authorization": key}, "key_missing"),
    "as-the-user": (lambda key: {"Authorization": basic(f"{key}:")}, "key_missing"),
    "no-base64": (lambda _: {"Authorization": "Basic ÿ!"}, "key_missing"),
    "no-text": (lambda _: {"Authorization": "Basic " + base64.b64encode(b":\xff").decode()}, "key_missing"),
    "another-key": (lambda _: {"X-API-Key": "heaviside_" + "A" * 43}, "key_unknown"),
    "a-part": (lambda key: {"X-API-Key": key[:-1]}, "key_unknown"),
    "more": (lambda key: {"X-API-Key": key + "A"}, "key_unknown"),
    "twice": (lambda key: {"X-API-Key": f"{key},{key}"}, "key_unknown"),
    "other-letters": (lambda key: {"X-API-Key": key.swapcase()}, "key_unknown"),
    "the-hash": (lambda key: {"X-API-Key": hashlib.sha256(key.encode()).hexdigest()}, "key_unknown"),
    "no-ascii": (lambda _: {"X-API-Key": "ÿ"}, "key_unknown"),
    "a-wrong-one-goes-first": (lambda key: {"X-API-Key": "x", "Authorization": f"Bearer {key}"}, "key_unknown"),
    "a-page-elsewhere-has-a-browser-send-it": (
        lambda key: {"Authorization": basic(f":{key}"), "Origin": "https://evil.example"}, "key_missing"
    ),
    "a-page-of-no-origin": (lambda key: {"Authorization": basic(f":{key}"), "Origin": "null"}, "key_missing"),
}  # fmt: skip


@pytest.mark.parametrize(("send", "code"), WRONG.values(), ids=WRONG)
def test_what_is_no_key_lets_nobody_in(keyed, send, code):
    response = keyed.client.post(FLOWERS, json=ROW, headers=send(keyed.keys["all"]))
    assert (response.status_code, response.get_json()["code"]) == (401, code)


def test_a_key_in_the_url_is_none(keyed):
    key = keyed.keys["all"]
    for name in ("key", "api_key", "access_token", "X-API-Key"):
        assert keyed.client.get(f"/models?{name}={key}").status_code == 401


def test_an_expired_key_is_told_so(keyed):
    response = keyed.ask("GET", "/models", "late")
    assert (response.status_code, response.get_json()["code"]) == (401, "key_expired")


def test_a_browser_is_asked_for_a_password(keyed):
    response = keyed.client.get("/docs", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, 'Basic realm="heaviside"')


def test_a_browser_may_ask_first_whether_it_may_send_a_key(keyed, zoo, tmp_path):
    asks = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    asks["Access-Control-Request-Headers"] = "x-api-key"
    response = keyed.client.options(FLOWERS, headers=asks)
    assert (response.status_code, response.headers["Access-Control-Allow-Headers"]) == (200, "x-api-key")
    assert keyed.client.options(FLOWERS).status_code == 401
    assert Keyed(zoo, tmp_path, {"all": {}}).client.options(FLOWERS, headers=asks).status_code == 401  # no page may


NATIVE = {"error", "code", "details"}
MLFLOW = NATIVE | {"error_code", "message"}
REFUSALS = [
    pytest.param("POST", FLOWERS, NATIVE, id="native"),
    pytest.param("GET", "/models/flowers", NATIVE, id="inventory"),
    pytest.param("GET", "/models/flowers/report", NATIVE, id="report"),
    pytest.param("POST", "/v1/models/flowers:predict", NATIVE, id="tensorflow-serving"),
    pytest.param("GET", "/v1/models/flowers", NATIVE, id="tensorflow-serving-status"),
    pytest.param("GET", "/v1/models/flowers/metadata", NATIVE, id="tensorflow-serving-metadata"),
    pytest.param("POST", "/v2/models/flowers/infer", NATIVE, id="open-inference"),
    pytest.param("GET", "/v2/models/flowers", NATIVE, id="open-inference-metadata"),
    pytest.param("GET", "/v2/models/flowers/ready", NATIVE, id="open-inference-ready"),
    pytest.param("GET", "/v2/models/flowers/config", NATIVE, id="open-inference-config"),
    pytest.param("GET", "/v2/models/flowers/stats", NATIVE, id="open-inference-statistics"),
    pytest.param("POST", "/invocations?model=flowers", MLFLOW, id="mlflow"),
    pytest.param("POST", "/vertex/predict?model=flowers", NATIVE, id="vertex"),
    pytest.param("POST", "/predict", NATIVE, id="in-the-body"),
]


@pytest.mark.parametrize(("method", "path", "shape"), REFUSALS)
def test_a_model_of_others_is_refused_in_the_shape_of_the_protocol(keyed, method, path, shape):
    body = {"json": ROW | {"model": "flowers"}} if path == "/predict" else {"json": ROW} if method == "POST" else {}
    response = keyed.ask(method, path, "none", **body)
    assert (response.status_code, response.get_json()["code"]) == (403, "model_forbidden")
    assert response.get_json().keys() == shape
    assert response.get_json().get("error_code", "PERMISSION_DENIED") == "PERMISSION_DENIED"
    missing = keyed.ask(method, path, **body)
    assert (missing.status_code, missing.get_json().keys()) == (401, shape)
    assert missing.get_json().get("error_code", "UNAUTHENTICATED") == "UNAUTHENTICATED"


def test_who_may_not_ask_a_model_does_not_learn_whether_it_is_there(keyed):
    there, missing = (keyed.ask("GET", f"/models/{name}", "none") for name in ("flowers", "nowhere"))
    assert there.status_code == missing.status_code == 403
    assert there.get_json()["error"] == missing.get_json()["error"].replace("nowhere", "flowers")


def names(response):
    """Which models of the zoo an answer tells of."""
    text = response.get_data(as_text=True)
    return {name for name in ("flowers", "tags", "prices", "tumours", "boxes", "lamps") if name in text}


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/models"), ("GET", "/v1/models"), ("GET", "/v2/models"), ("GET", "/v2/models/stats"),
     ("POST", "/v2/repository/index")],
)  # fmt: skip
def test_lists_have_the_models_of_the_key_alone(keyed, method, path):
    assert names(keyed.ask(method, path, "some")) == {"flowers", "tags"}
    assert names(keyed.ask(method, path, "none")) == set()
    assert len(names(keyed.ask(method, path, "all"))) == 6


def test_a_key_for_one_model_need_not_name_it(keyed):
    assert keyed.ask("POST", "/predict", "one", json=ROW).status_code == 200
    response = keyed.ask("POST", "/predict", "some", json=ROW)
    assert response.get_json()["code"] == "model_not_named"
    assert names(response) == {"flowers", "tags"}


def test_what_a_list_of_models_does_not_hold_is_not_the_default_either(zoo, tmp_path):
    service = Keyed(zoo, tmp_path, {"one": {"models": ["flowers"]}, "tags": {"models": ["tags", "boxes"]}},
                    default_model="prices")  # fmt: skip
    assert service.ask("POST", "/predict", "one", json=ROW).get_json()["model"] == "flowers"
    assert "prices" not in service.ask("POST", "/predict", "tags", json=ROW).get_data(as_text=True)


def test_metrics_are_for_keys_of_all_models(keyed):
    assert keyed.ask("GET", "/metrics", "reader").status_code == 200
    response = keyed.ask("GET", "/metrics", "some")
    assert (response.status_code, response.get_json()["code"]) == (403, "forbidden")


def test_only_keys_that_manage_load_and_unload_and_only_their_models(zoo, tmp_path):
    manages = {"ci": {"manages": True, "models": ["flowers"]}, "reader": {}}
    service = Keyed(zoo, tmp_path, manages, repository_control=True)
    for verb in ("load", "unload"):
        refused = service.ask("POST", f"/v2/repository/models/flowers/{verb}", "reader")
        assert (refused.status_code, refused.get_json()["code"]) == (403, "forbidden")
        refused = service.ask("POST", f"/v2/repository/models/tags/{verb}", "ci")
        assert (refused.status_code, refused.get_json()["code"]) == (403, "model_forbidden")
    assert service.ask("POST", "/v2/repository/models/flowers/unload", "ci").status_code == 200


def test_an_unloaded_model_of_others_is_not_in_the_index(keyed):
    keyed.worker.orders.unload("prices")
    assert names(keyed.ask("POST", "/v2/repository/index", "some")) == {"flowers", "tags"}


def test_why_a_service_is_not_ready_is_told_to_keys_of_all_models(own_zoo, tmp_path):
    (own_zoo.root / "prices" / "1" / "model.onnx").write_bytes(b"")
    service = Keyed(own_zoo, tmp_path, {"all": {}, "some": {"models": ["flowers"]}})
    for path in ("/readyz", "/ping", "/v2/health/ready", "/vertex/health"):
        answers = [service.ask("GET", path, holder) for holder in (None, "some", "all")]
        assert [answer.status_code for answer in answers] == [503] * 3
        assert [names(answer) for answer in answers] == [set(), set(), {"prices"}]


def test_a_service_whose_keys_cannot_be_read_lets_nobody_in_and_is_not_ready(zoo, tmp_path):
    service = Keyed(zoo, tmp_path, {"all": {}})
    service.worker.keys = None
    assert service.ask("GET", "/livez").status_code == 200
    assert service.ask("GET", "/readyz").status_code == 503
    assert service.ask("POST", FLOWERS, "all", json=ROW).status_code == 503
    service.worker.keys = Keys({})
    assert service.ask("POST", FLOWERS, "all", json=ROW).status_code == 401


def test_over_its_rate_a_key_is_told_when_to_come_again_and_others_go_on(zoo, tmp_path):
    service = Keyed(zoo, tmp_path, {"slow": {"rate": "3/h"}, "fast": {}})
    statuses = [service.ask("POST", FLOWERS, "slow", json=ROW).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    response = service.ask("POST", "/invocations?model=flowers", "slow", json=ROW)
    assert (response.status_code, response.get_json()["code"]) == (429, "rate_exceeded")
    assert response.get_json().keys() == MLFLOW
    assert 1100 < int(response.headers["Retry-After"]) <= 1200
    assert service.ask("POST", FLOWERS, "fast", json=ROW).status_code == 200
    count = samples(_with_key(service, "fast"))
    assert count["heaviside_rejections_total", ("reason", "rate_exceeded")] == 2
    assert count["heaviside_key_requests_total", ("key", "slow"), ("status", "200")] == 3
    assert count["heaviside_key_requests_total", ("key", "slow"), ("status", "429")] == 2
    assert service.ask("GET", "/readyz", "slow").status_code == 200


def _with_key(service, holder):
    class Client:
        def get(self, path):
            return service.ask("GET", path, holder)

    return Client()


def test_what_was_refused_for_want_of_a_key_is_counted(zoo, tmp_path):
    service = Keyed(zoo, tmp_path, {"all": {}, "some": NEVER})
    service.ask("GET", "/models")
    service.ask("GET", "/models/flowers", "some")
    count = samples(_with_key(service, "all"))
    assert count["heaviside_rejections_total", ("reason", "key_missing")] == 1
    assert count["heaviside_rejections_total", ("reason", "model_forbidden")] == 1


def test_the_description_says_where_a_key_is_needed(keyed, client):
    described = keyed.ask("GET", "/openapi.json", "reader").get_json()
    assert described["components"]["securitySchemes"].keys() == {"ApiKey", "Bearer", "Password"}
    open_paths = {
        path
        for path, methods in described["paths"].items()
        for operation in methods.values()
        if isinstance(operation, dict) and "security" not in operation
    }
    assert open_paths == HEALTH
    assert "securitySchemes" not in client.get("/openapi.json").get_json()["components"]


def test_a_key_that_expires_while_the_service_runs_ends_then(zoo, tmp_path):
    service = Keyed(zoo, tmp_path, {"soon": {}})
    ((digest, key),) = service.worker.keys.by_digest.items()
    for seconds, status in ((60, 200), (-0.001, 401)):
        ends = type(key)(**vars(key) | {"expires_s": time.time() + seconds})
        service.worker.keys = Keys({digest: ends})
        assert service.ask("GET", "/models", "soon").status_code == status
