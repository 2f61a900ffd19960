"""A second port: what is on it, and what is on the first no more."""

from service.app import create_app
from service.gate import MANAGEMENT
from tests.service.conftest import worker_of
from tests.service.keyed import Keyed
from tests.service.protocols import VERTEX
from tests.service.test_gate import HEALTH, routes

SECOND = {"environ_overrides": {"SERVER_PORT": "9090"}}


def test_with_a_management_port_each_port_has_its_own(zoo, tmp_path):
    client = create_app(worker_of(tmp_path, zoo, management_port=9090, **VERTEX)).test_client()
    for method, rule, path in routes(client.application):
        if method not in ("GET", "POST") or not rule:
            continue
        first, second = client.open(path, method=method), client.open(path, method=method, **SECOND)
        found = (first.status_code != 404, second.status_code != 404)
        is_open = method == "GET" and rule in HEALTH
        assert found == ((True, True) if is_open else (False, True) if rule in MANAGEMENT else (True, False)), path
    assert client.get("/metrics", headers={"X-Forwarded-Port": "9090", "Host": "localhost:9090"}).status_code == 404


def test_the_management_port_needs_a_key_too(zoo, tmp_path):
    service = Keyed(zoo, tmp_path, {"all": {}}, management_port=9090)
    assert service.ask("GET", "/metrics", **SECOND).status_code == 401
    assert service.ask("GET", "/metrics", "all", **SECOND).status_code == 200
    assert service.ask("GET", "/metrics", "all").status_code == 404
