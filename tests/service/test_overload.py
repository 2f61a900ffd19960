"""A service that is asked for more than it can do says so at once, does what it has accepted, and counts the rest."""

import numpy as np
import pytest

from service.limits import Limits
from tests.service.held import BODY, FLOWERS, Body, BrokenBody, HeldService, sent


@pytest.fixture
def serve(zoo, tmp_path):
    """A service whose model `flowers` can be held up."""
    services = []

    def start(**settings):
        services.append(HeldService(zoo, tmp_path, **settings))
        return services[-1]

    yield start
    for service in services:
        service.close()


def assert_overloaded(response):
    assert (response.status_code, response.get_json()["code"]) == (429, "overloaded")
    assert response.headers["Retry-After"] == "1"
    assert response.headers["X-Request-Id"]
    assert "try again in a moment" in response.get_json()["error"]


@pytest.mark.parametrize("path", [FLOWERS, "/models/flowers/versions/1/predict", "/models/flowers/predict-class"])
def test_where_as_many_rows_wait_as_may_a_request_is_refused_before_its_body_is_read(serve, path):
    service = serve(queue_rows=1)
    running, waiting = service.fill()
    assert_overloaded(service.ask(path=path, **sent(BrokenBody(b"", OSError("read")), len(BODY))))
    service.runtime.may_end.set()
    assert running.result().get_json() == waiting.result().get_json()
    assert service.ask(path=path).status_code == 200


def test_a_request_that_names_its_model_in_the_body_is_refused_when_that_is_known(serve):
    service = serve(queue_rows=1)
    service.fill()
    body = Body(b'{"model": "flowers", "instances": [[1, 2, 3, 4]]}')
    assert_overloaded(service.ask(path="/predict", **sent(body, len(body.left))))
    assert service.ask(b'{"model": "tags", "instances": [[1, 2, 3]]}', "/predict").status_code == 200


def test_a_refused_body_is_read_all_the_same_so_that_its_sender_sees_the_answer(serve):
    service = serve(queue_rows=1)
    service.fill()
    body = Body(BODY, part=5)
    assert_overloaded(service.ask(**sent(body, len(BODY))))
    assert body.left == b""


def test_the_body_of_who_asks_first_is_not_read(serve):
    service = serve(queue_rows=1)
    service.fill()
    body = Body(BODY)
    assert_overloaded(service.ask(headers={"Expect": "100-continue"}, **sent(body, len(BODY))))
    assert body.reads == 0


def test_one_model_may_have_less_room_than_the_others(serve):
    service = serve(limits_by_model={"flowers": Limits(queue_rows=2, queue_wait_ms=3_600_000)})
    service.hold()
    service.start(b'{"instances": [[1, 2, 3, 4], [5, 6, 7, 8]]}')
    service.until_waiting(2)
    assert_overloaded(service.ask())
    assert service.ask(b'{"instances": [[1, 2, 3]]}', "/models/tags/predict").status_code == 200


def test_a_request_that_would_wait_longer_than_it_may_is_refused(serve):
    service = serve(queue_wait_ms=1, batch_rows=1)
    service.hold()
    service.start(b'{"instances": [' + b"[1, 2, 3, 4]," * 99 + b"[1, 2, 3, 4]]}")
    service.until_waiting(100)
    assert_overloaded(service.ask())


def test_requests_that_wait_run_together_and_each_gets_its_own_answer(serve):
    service = serve()
    bodies = [b'{"instances": [[%d, 2, 3, 4], [1, %d, 3, 4]]}' % (number, number) for number in range(5)]
    alone = [service.ask(body).get_json() for body in bodies]
    service.hold()
    together = [service.start(body) for body in bodies]
    service.until_waiting(10)
    service.runtime.may_end.set()
    for answer, expected in zip([request.result().get_json() for request in together], alone, strict=True):
        np.testing.assert_allclose(answer["predictions"], expected["predictions"], atol=1e-6)
    assert service.runtime.runs == [1, 10]
    service.until_waiting(0)


def test_a_request_whose_time_is_over_gets_no_answer_and_is_not_run(serve):
    service = serve()
    running = service.hold()
    late = service.ask(headers={"X-Request-Timeout": "0.05"})
    assert (late.status_code, late.get_json()["code"]) == (504, "deadline_exceeded")
    service.runtime.may_end.set()
    assert running.result().status_code == 200
    assert service.ask().status_code == 200
    assert service.runtime.runs == [1, 1]


def test_a_request_whose_run_takes_too_long_gets_no_answer_and_the_next_does(serve):
    service = serve(limits_by_model={"flowers": Limits(request_timeout_s=1)})
    late = service.hold().result()
    assert (late.status_code, late.get_json()["code"]) == (504, "deadline_exceeded")
    service.runtime.may_end.set()
    assert service.ask().status_code == 200


def test_what_is_refused_or_given_up_is_counted_by_its_reason(serve):
    service = serve(queue_rows=1)
    service.hold()
    service.ask(headers={"X-Request-Timeout": "0.05"})  # waits on, unasked, until its turn would be
    service.until_waiting(1)
    service.ask()
    service.ask()
    service.ask(path="/models/tags/predict", **sent(BrokenBody(b"", TimeoutError("too slow")), 10))
    service.ask(b"no json", "/models/tags/predict")
    counts = {
        reason: service.count("rejections_total", reason=reason)
        for reason in ("overloaded", "deadline_exceeded", "body_too_slow", "invalid_json")
    }
    assert counts == {"overloaded": 2, "deadline_exceeded": 1, "body_too_slow": 1, "invalid_json": 0}
