"""What a service with keys answers, to those who have some and to those who have none, is as it describes itself."""

from dataclasses import replace

import pytest

from tests.service.asking import SETTINGS, ask
from tests.service.described import Described
from tests.service.keyed import Keyed
from tests.service.protocols import VERTEX
from tests.service.seeds import control, seeds


@pytest.mark.parametrize(
    ("options", "statuses"),
    [
        pytest.param(None, {200, 401}, id="no-key"),
        pytest.param({"expires": "2020-01-01"}, {200, 401}, id="an-old-key"),
        pytest.param({"models": ["no-such-model"]}, {200, 403}, id="a-key-for-others"),
        pytest.param({"rate": "1/day"}, {200, 429}, id="over-its-rate"),
        pytest.param({"manages": True}, {200, 400}, id="a-key-for-all"),
    ],
)
def test_every_refusal_is_described(labelled_zoo, tmp_path, options, statuses):
    settings = {name: value for name, value in SETTINGS.items() if name not in VERTEX}
    service = Keyed(labelled_zoo, tmp_path, {"one": options or {}, "all": {}}, **settings)
    described = Described(service.ask("GET", "/openapi.json", "all").get_json())
    headers = {"X-API-Key": service.keys["one"]} if options is not None else {}
    met = set()
    for attack in seeds(labelled_zoo)[::3] + control():
        told = ask(service.app, replace(attack, headers=attack.headers | headers))
        described.judge(attack.method, attack.path, told)
        met.add(told.status)
    assert met == statuses
