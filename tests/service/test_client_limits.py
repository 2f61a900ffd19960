"""How much of one client, a key or an address, may be under way at a time; and who the client is behind a proxy."""

import pytest

from service.app import create_app
from service.clients import Clients
from tests.service.conftest import worker_of
from tests.service.keyed import Keyed
from tests.service.test_gate import FLOWERS, ROW


class Nested:
    """A body whose reading asks once more, so that two requests of one client are under way."""

    def __init__(self, ask) -> None:
        self._ask = ask
        self.met = None

    def read(self, size):  # noqa: ARG002  # as a file has it
        if self.met is None:
            self.met = self._ask()
        return b""


@pytest.mark.parametrize(
    ("options", "settings", "status"),
    [
        pytest.param({"at_once": 1}, {}, 429, id="the-key's-own"),
        pytest.param({}, {"client_requests": 1}, 429, id="the-setting"),
        pytest.param({"at_once": 2}, {"client_requests": 1}, 200, id="the-key's-own-goes-first"),
        pytest.param({}, {}, 200, id="no-limit"),
    ],
)
def test_a_key_has_no_more_requests_under_way_than_it_may(zoo, tmp_path, options, settings, status):
    service = Keyed(zoo, tmp_path, {"all": options}, **settings)
    for _ in range(3):  # what was under way is not, once it is answered
        body = Nested(lambda: service.ask("POST", FLOWERS, "all", json=ROW))
        sent = {"environ_overrides": {"wsgi.input": body, "CONTENT_LENGTH": "5", "wsgi.input_terminated": True}}
        assert service.ask("POST", FLOWERS, "all", **sent).status_code == 400  # the body ended early
        assert body.met.status_code == status
        if status == 429:
            assert (body.met.get_json()["code"], body.met.headers["Retry-After"]) == ("too_many_at_once", "1")


@pytest.mark.parametrize(("address", "status"), [("10.0.0.1", 429), ("10.0.0.2", 200)])
def test_where_no_key_is_needed_an_address_has_no_more_requests_under_way_than_it_may(zoo, tmp_path, address, status):
    app = create_app(worker_of(tmp_path, zoo, client_requests=1, trusted_proxies=("127.0.0.1/32",)))
    client = app.test_client()
    body = Nested(lambda: client.post(FLOWERS, json=ROW, headers={"X-Forwarded-For": address}))
    sent = {"environ_overrides": {"wsgi.input": body, "CONTENT_LENGTH": "5", "wsgi.input_terminated": True}}
    client.post(FLOWERS, headers={"X-Forwarded-For": "10.0.0.1"}, **sent)
    assert body.met.status_code == status
    assert client.post(FLOWERS, json=ROW).status_code == 200


def test_a_client_without_an_address_has_room_again_too(zoo, tmp_path):
    """As at a socket of the file system."""
    client = create_app(worker_of(tmp_path, zoo, client_requests=1)).test_client()
    nowhere = {"environ_overrides": {"REMOTE_ADDR": ""}}
    assert [client.post(FLOWERS, json=ROW, **nowhere).status_code for _ in range(3)] == [200] * 3


PROXIES = ("10.0.0.0/8", "::1/128")


@pytest.mark.parametrize(
    ("asked_by", "forwarded", "client"),
    [
        pytest.param("10.1.2.3", "203.0.113.7", "203.0.113.7", id="one-proxy"),
        pytest.param("::1", "203.0.113.7", "203.0.113.7", id="one-of-version-6"),
        pytest.param("10.1.2.3", "203.0.113.7, 10.9.9.9", "203.0.113.7", id="two-proxies"),
        pytest.param("10.1.2.3", "1.2.3.4, 203.0.113.7", "203.0.113.7", id="made-up-before-the-first-proxy"),
        pytest.param("10.1.2.3", "1.2.3.4,203.0.113.7,10.9.9.9", "203.0.113.7", id="made-up-and-two-proxies"),
        pytest.param("203.0.113.7", "10.0.0.1", "203.0.113.7", id="who-is-no-proxy-is-not-believed"),
        pytest.param("10.1.2.3", "", "10.1.2.3", id="the-proxy-itself"),
        pytest.param("10.1.2.3", "10.5.5.5", "10.5.5.5", id="all-are-proxies"),
        pytest.param("10.1.2.3", "canary", "10.1.2.3", id="no-address"),
        pytest.param("10.1.2.3", "canary, 10.9.9.9", "10.9.9.9", id="no-address-before-a-proxy"),
        pytest.param("10.1.2.3", ",".join(["10.1.1.1"] * 5000), "10.1.1.1", id="many"),
        pytest.param("", "1.2.3.4", "", id="a-socket-without-an-address"),
    ],
)
def test_a_client_is_whom_the_last_trusted_proxy_names(asked_by, forwarded, client):
    assert Clients(PROXIES).of({"REMOTE_ADDR": asked_by, "HTTP_X_FORWARDED_FOR": forwarded}) == client


def test_without_trusted_proxies_nobody_is_believed():
    assert Clients(()).of({"REMOTE_ADDR": "10.1.2.3", "HTTP_X_FORWARDED_FOR": "1.2.3.4"}) == "10.1.2.3"
