"""Large bodies have room in a worker for so many bytes, which each gives back, whatever becomes of it."""

import gzip
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.app import create_app
from service.budget import LARGE, BodyBudget
from service.errors import Overloaded
from service.flow import Threads
from service.loading import Loader
from service.metrics import Metrics
from service.peers import Peers
from service.settings import Settings
from service.worker import Worker
from tests.service.conftest import opener
from tests.service.crowds import PATIENCE_S
from tests.service.held import BODY, FLOWERS, Body, BrokenBody, sent

ROOM = 10 * LARGE


def padded(content, size=2 * LARGE):
    """The same JSON, with so much space in it that it is a large body."""
    return content[:-1] + b" " * (size - len(content)) + content[-1:]


GOOD = padded(BODY)


def test_small_bodies_take_no_room():
    budget = BodyBudget(1)
    assert [budget.take(LARGE) for _ in range(5)] == [0] * 5


def test_a_large_body_that_is_alone_has_room_however_large_it_is():
    budget = BodyBudget(1)
    taken = budget.take(ROOM)
    with pytest.raises(Overloaded):
        budget.take(LARGE + 1)
    assert budget.take(1) == 0
    budget.give_back(taken)
    budget.take(ROOM)


def test_several_large_bodies_have_the_room_that_there_is():
    budget = BodyBudget(ROOM)
    taken = [budget.take(2 * LARGE) for _ in range(5)]
    with pytest.raises(Overloaded, match="large bodies"):
        budget.take(2 * LARGE)
    budget.give_back(taken[0])
    budget.take(2 * LARGE)


@given(st.lists(st.integers(0, 6 * LARGE), min_size=1, max_size=20), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_whatever_is_taken_and_given_back_in_whatever_order_all_room_is_there_again(sizes, random):
    budget, held = BodyBudget(ROOM), []
    for size in sizes:
        try:
            held.append(budget.take(size))
        except Overloaded:
            assert size > LARGE
            assert sum(held) + size > ROOM
        if held and random.random() < 0.5:
            budget.give_back(held.pop(random.randrange(len(held))))
    for size in held:
        budget.give_back(size)
    assert [budget.take(2 * LARGE) for _ in range(5)] == [2 * LARGE] * 5


def test_threads_at_once_never_have_more_than_the_room():
    budget, start = BodyBudget(3 * LARGE), Barrier(8)
    held = []

    def take_and_give_back(_):
        start.wait(PATIENCE_S)
        for _ in range(500):
            try:
                size = budget.take(LARGE + 1)
            except Overloaded:
                continue
            held.append(size)
            assert len(held) <= 2
            held.pop()
            budget.give_back(size)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(take_and_give_back, range(8)))
    assert [budget.take(LARGE + 1) for _ in range(2)] == [LARGE + 1] * 2


@pytest.fixture(scope="module")
def catalog(zoo):
    return Loader(zoo, Settings(model_store=zoo.root), Metrics(), opener()).load()


@pytest.fixture
def client(catalog, tmp_path):
    """A service with room for one large body at a time."""
    worker = Worker(Settings(bodies_mib=1, max_body_mib=4), Metrics(), Peers(tmp_path, count=1), Threads())
    worker.serve(catalog)
    return create_app(worker).test_client()


class SlowBody(Body):
    """A body that arrives when `may_arrive` is set."""

    def __init__(self, content):
        super().__init__(content)
        self.may_arrive = Event()
        self.is_awaited = Event()

    def read(self, size):
        self.is_awaited.set()
        assert self.may_arrive.wait(PATIENCE_S)
        return super().read(size)


def test_while_a_large_body_arrives_another_is_refused_and_a_small_one_is_not(client):
    slow = SlowBody(GOOD)
    with ThreadPoolExecutor() as threads:
        first = threads.submit(lambda: client.application.test_client().post(FLOWERS, **sent(slow, len(GOOD))))
        assert slow.is_awaited.wait(PATIENCE_S)
        refused = client.post(FLOWERS, data=GOOD)
        small = client.post(FLOWERS, data=BODY)
        slow.may_arrive.set()
        assert first.result().status_code == small.status_code == 200
    assert (refused.status_code, refused.get_json()["code"]) == (429, "overloaded")
    assert refused.headers["Retry-After"] == "1"
    assert client.post(FLOWERS, data=GOOD).status_code == 200


def test_while_a_large_chunked_body_arrives_another_is_refused(client):
    class Tail(SlowBody):
        """A body whose first part, enough to know that it is large, arrives at once."""

        def read(self, size):
            return super().read(size) if self.reads else Body.read(self, size)

    tail = Tail(GOOD)
    with ThreadPoolExecutor() as threads:
        first = threads.submit(lambda: client.application.test_client().post(FLOWERS, **sent(tail)))
        assert tail.is_awaited.wait(PATIENCE_S)
        refused = [client.post(FLOWERS, data=GOOD), client.post(FLOWERS, **sent(Body(GOOD)))]
        small = client.post(FLOWERS, **sent(Body(BODY)))
        tail.may_arrive.set()
        assert first.result().status_code == small.status_code == 200
    assert [response.status_code for response in refused] == [429, 429]
    assert client.post(FLOWERS, **sent(Body(GOOD))).status_code == 200


ENDS = [
    # id, path, body, length or None where it is chunked, headers, status
    ("answered", FLOWERS, partial(Body, GOOD), len(GOOD), {}, 200),
    ("answered-chunked", FLOWERS, partial(Body, GOOD, part=100_000), None, {}, 200),
    ("no-json", FLOWERS, partial(Body, b"x" * len(GOOD)), len(GOOD), {}, 400),
    ("unknown-model", "/predict", partial(Body, padded(b'{"model": "roses", "instances": [[1]]}')), len(GOOD), {}, 404),
    ("no-model", "/predict", partial(Body, GOOD), len(GOOD), {}, 400),
    ("not-finite", FLOWERS, partial(Body, padded(b'{"instances": [[3e38, -3e38, 3e38, 3e38]]}')), len(GOOD), {}, 422),
    ("no-gzip", FLOWERS, partial(Body, GOOD), len(GOOD), {"Content-Encoding": "gzip"}, 400),
    ("bad-timeout", FLOWERS, partial(Body, GOOD), len(GOOD), {"X-Request-Timeout": "soon"}, 400),
    (
        "time-over",
        "/models/flowers/versions/1/predict",
        partial(Body, GOOD),
        len(GOOD),
        {"X-Request-Timeout": "1e-9"},
        504,
    ),
    ("ended-early", FLOWERS, partial(Body, GOOD[:-1]), len(GOOD), {}, 400),
    ("broken-off", FLOWERS, partial(BrokenBody, GOOD[:-1], OSError()), len(GOOD), {}, 400),
    ("broken-off-chunked", FLOWERS, partial(BrokenBody, GOOD, OSError()), None, {}, 400),
    ("too-slow", FLOWERS, partial(BrokenBody, GOOD[:-1], TimeoutError()), len(GOOD), {}, 408),
    ("too-slow-chunked", FLOWERS, partial(BrokenBody, GOOD, TimeoutError()), None, {}, 408),
    ("too-large", FLOWERS, partial(Body, b"x" * (5 * LARGE)), 5 * LARGE, {}, 413),
    ("too-large-chunked", FLOWERS, partial(Body, b"x" * (5 * LARGE)), None, {}, 413),
]


@pytest.mark.parametrize("case", ENDS, ids=[case[0] for case in ENDS])
def test_room_is_given_back_whatever_becomes_of_a_body(client, case):
    _, path, body, length, headers, status = case
    assert client.post(path, headers=headers, **sent(body(), length)).status_code == status
    assert client.post(FLOWERS, data=GOOD).status_code == 200


CHUNKED = [
    ("small", partial(Body, BODY), {}, 200, None),
    ("byte-by-byte", partial(Body, BODY, part=1), {}, 200, None),
    ("large-in-parts", partial(Body, GOOD, part=300_000), {}, 200, None),
    ("just-as-large-as-may-be", partial(Body, padded(BODY, 4 * LARGE), part=1_000_000), {}, 200, None),
    ("a-byte-larger", partial(Body, padded(BODY, 4 * LARGE + 1), part=1_000_000), {}, 413, "body_too_large"),
    ("empty", partial(Body, b""), {}, 400, "invalid_json"),
    ("compressed", partial(Body, gzip.compress(BODY), part=10), {"Content-Encoding": "gzip"}, 200, None),
    ("cut-off-json", partial(Body, BODY[:-1], part=10), {}, 400, "invalid_json"),
]


@pytest.mark.parametrize("case", CHUNKED, ids=[case[0] for case in CHUNKED])
def test_a_chunked_body_is_read_to_its_end(client, case):
    _, body, headers, status, code = case
    response = client.post(FLOWERS, headers={"Transfer-Encoding": "chunked", **headers}, **sent(body()))
    assert (response.status_code, response.get_json().get("code")) == (status, code)
    assert response.status_code != 200 or response.get_json() == client.post(FLOWERS, data=BODY).get_json()
