"""Which pages of other origins may ask from a browser."""

import pytest

from service.app import create_app
from service.settings import Settings

PAGE = {"Origin": "https://a.example"}
ALLOWED = "Access-Control-Allow-Origin"


@pytest.fixture
def serve(zoo, start_worker):
    def start(*origins):
        return create_app(start_worker(zoo, cors_origins=origins)).test_client()

    return start


def granted(response):
    return {name: value for name, value in response.headers if name.startswith("Access-Control-")}


def test_by_default_no_page_may_ask(client):
    for response in (client.get("/models", headers=PAGE), client.options("/predict", headers=PAGE)):
        assert response.status_code == 200
        assert not granted(response)
        assert "Vary" not in response.headers


@pytest.mark.parametrize("path", ["/models", "/livez", "/v2/models/flowers", "/v1/models/flowers", "/ping", "/docs"])
def test_a_page_of_an_allowed_origin_may_read_every_answer(serve, path):
    response = serve("https://b.example", "https://A.example").get(path, headers=PAGE)
    assert response.headers[ALLOWED] == PAGE["Origin"]
    assert response.headers["Vary"] == "Origin"
    assert "X-Request-Id" in response.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("origin", ["https://c.example", "http://a.example", "https://a.example:8443", "null"])
def test_a_page_of_another_origin_may_not_and_caches_are_told(serve, origin):
    response = serve("https://a.example").get("/models", headers={"Origin": origin})
    assert not granted(response)
    assert response.headers["Vary"] == "Origin"


def test_caches_are_told_where_no_page_asks_too(serve):
    """Or one could keep an answer without the headers, and give it to a page that may ask."""
    response = serve("https://a.example").get("/models")
    assert not granted(response)
    assert response.headers["Vary"] == "Origin"


def test_a_star_lets_every_page_ask(serve):
    assert serve("*").get("/models", headers=PAGE).headers[ALLOWED] == "*"


def test_who_is_no_page_is_answered_as_ever(serve):
    assert not granted(serve("*").get("/models"))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/predict", 400), ("GET", "/nothing", 404), ("GET", "/v2/models/roses", 404), ("PUT", "/predict", 405)],
)
def test_errors_may_be_read_too(serve, method, path, status):
    response = serve("https://a.example").open(path, method=method, headers=PAGE)
    assert (response.status_code, response.headers[ALLOWED]) == (status, PAGE["Origin"])


@pytest.mark.parametrize("path", ["/predict", "/v2/models/flowers/infer", "/v1/models/flowers:predict", "/invocations"])
def test_a_browser_that_asks_first_is_told_what_it_may_send(serve, path):
    asked = PAGE | {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type, x-model"}
    response = serve("https://a.example").options(path, headers=asked)
    assert response.status_code == 200
    assert granted(response) == {
        ALLOWED: PAGE["Origin"],
        "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
        "Access-Control-Allow-Headers": "content-type, x-model",
        "Access-Control-Max-Age": "600",
    }


def test_a_browser_that_would_send_no_headers_of_its_own_is_told_none(serve):
    assert "Access-Control-Allow-Headers" not in granted(serve("*").options("/predict", headers=PAGE))


def test_origins_are_set_as_words_with_commas():
    settings = Settings.from_environ({"SERVICE_CORS_ORIGINS": "https://a.example, https://b.example,"})
    assert settings.cors_origins == ("https://a.example", "https://b.example")
