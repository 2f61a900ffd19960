"""A request takes no longer than it may: neither its body nor its answer, and the client may ask for less."""

import pytest

from service.app import create_app
from service.flow import Threads
from service.limits import Limits
from service.loading import Loader
from service.metrics import Metrics
from service.peers import Peers
from service.settings import Settings
from service.worker import Worker
from tests.service.conftest import opener
from tests.service.held import BODY, FLOWERS, Body, BrokenBody, sent

IN_BODY = b'{"model": "flowers", "instances": [[1, 2, 3, 4]]}'
OVER = "0.000000001"  # seconds, which are over before the body has been read
paths = pytest.mark.parametrize(
    ("path", "body"), [(FLOWERS, BODY), ("/predict", IN_BODY)], ids=["model-in-path", "in-body"]
)


@pytest.fixture(scope="module")
def catalog(zoo):
    return Loader(zoo, Settings(model_store=zoo.root), Metrics(), opener()).load()


@pytest.fixture
def serve(catalog, tmp_path):
    """A client of a service over the zoo, with a flow to choose."""

    def start(flow, **settings):
        worker = Worker(Settings(**settings), Metrics(), Peers(tmp_path, count=1), flow)
        worker.serve(catalog)
        return create_app(worker).test_client()

    return start


@pytest.fixture
def client(serve):
    return serve(Threads())


@paths
@pytest.mark.parametrize("given", ["30", "5.5", "+7", " 8 ", "1e9", "1e400", "inf", "99999999999999999999"])
def test_a_client_may_ask_for_any_time(client, path, body, given):
    assert client.post(path, data=body, headers={"X-Request-Timeout": given}).status_code == 200


@paths
@pytest.mark.parametrize(
    "given", ["", "abc", "0", "-0.0", "-1", "nan", "-inf", "0.5s", "1_0", "1,1", "0x10", "1 2", "--1", "soon" * 1000]
)
def test_a_time_that_is_none_is_refused(client, path, body, given):
    response = client.post(path, data=body, headers={"X-Request-Timeout": given})
    answer = response.get_json()
    assert (response.status_code, answer["code"]) == (400, "invalid_request")
    assert "X-Request-Timeout takes seconds" in answer["error"]
    assert "expected a positive number, got '" in answer["details"][0]["message"]
    assert len(response.data) < 1000


@paths
def test_a_request_whose_time_is_over_before_the_model_is_asked_gets_no_answer(client, path, body):
    response = client.post(path, data=body, headers={"X-Request-Timeout": OVER})
    assert (response.status_code, response.get_json()["code"]) == (504, "deadline_exceeded")


def test_what_is_wrong_with_a_request_is_said_even_where_its_time_is_over(client):
    response = client.post(FLOWERS, data=b"no json", headers={"X-Request-Timeout": OVER})
    assert (response.status_code, response.get_json()["code"]) == (400, "invalid_json")


def test_requests_without_a_body_ask_for_no_time(client):
    assert client.get("/models", headers={"X-Request-Timeout": "abc"}).status_code == 200


@paths
@pytest.mark.parametrize("length", [99, None], ids=["announced", "chunked"])
def test_a_body_that_has_not_arrived_in_time_is_refused(client, path, body, length):
    response = client.post(path, **sent(BrokenBody(body, TimeoutError("waited for too long")), length))
    assert (response.status_code, response.get_json()["code"]) == (408, "body_too_slow")


@pytest.mark.parametrize("length", [99, None], ids=["announced", "chunked"])
def test_a_body_that_breaks_off_is_unreadable(client, length):
    response = client.post(FLOWERS, **sent(BrokenBody(BODY, ConnectionResetError()), length))
    assert (response.status_code, response.get_json()["code"]) == (400, "unreadable_body")


class Stopwatch(Threads):
    """Threads that remember what time limits they were asked for."""

    def __init__(self):
        self.limits_s = []

    def time_limit(self, seconds):
        self.limits_s.append(seconds)
        return super().time_limit(seconds)


@pytest.mark.parametrize(
    ("headers", "most_s"),
    [({}, 1000), ({"X-Request-Timeout": "1e9"}, 1000), ({"X-Request-Timeout": "500"}, 500)],
    ids=["as-set", "no-more-than-set", "less-than-set"],
)
def test_a_body_has_the_time_of_its_request_to_arrive(serve, headers, most_s):
    stopwatch = Stopwatch()
    response = serve(stopwatch, request_timeout_s=1000).post(FLOWERS, headers=headers, **sent(Body(BODY), len(BODY)))
    assert response.status_code == 200
    (limit_s,) = stopwatch.limits_s
    assert most_s - 100 < limit_s < most_s


def test_a_model_may_have_less_time_than_the_others(zoo, start_worker):
    client = create_app(
        start_worker(zoo, limits_by_model={"flowers": Limits(request_timeout_s=0)})  # no file may say so
    ).test_client()
    assert client.post(FLOWERS, data=BODY).status_code == 504
    assert client.post("/models/tags/predict", data=b'{"instances": [[1, 2, 3]]}').status_code == 200
