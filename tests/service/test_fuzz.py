"""Thousands of requests that are good, nearly good or hostile: each is answered as the OpenAPI description says.

Some are made from the description itself, others are good requests of every protocol with up to three changes. `make
test` asks a few hundred, always the same; `make endurance` thousands, others each time.
"""

from collections import Counter
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from service.app import create_app
from tests.service.asking import LARGE, SETTINGS, ask, named
from tests.service.attacks import attacks
from tests.service.conftest import worker_of
from tests.service.described import Described, Told, narrowed
from tests.service.seeds import control, seeds
from tests.service.test_operations import samples

MODES = [pytest.param(mode, id=mode.value) for mode in GenerationMode]
UNHEALTHY = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def sizes(few, many):
    """Few requests, always the same, and many others."""
    short = settings(max_examples=few, deadline=None, suppress_health_check=UNHEALTHY, derandomize=True, database=None)
    long = settings(max_examples=many, deadline=None, suppress_health_check=UNHEALTHY)
    return [pytest.param(short, id="short"), pytest.param(long, id="long", marks=pytest.mark.slow)]


@pytest.fixture
def app(tmp_path, labelled_zoo):
    """A service whose limits are soon met."""
    return create_app(worker_of(tmp_path, labelled_zoo, **SETTINGS))


@pytest.fixture
def description(app):
    return app.test_client().get("/openapi.json").get_json()


@pytest.mark.parametrize("size", sizes(200, 5000))
def test_good_requests_changed_in_up_to_three_places_are_answered_as_described(app, labelled_zoo, description, size):
    good, described, met = named(seeds(labelled_zoo)), Described(description), Counter()
    before = [ask(app, attack) for attack in good]

    @size
    @given(attacks(good + control()))
    def attack_it(attack):
        note(str(attack))
        told = ask(app, attack)
        described.judge(attack.method, attack.path, told)
        met[told.status] += 1

    attack_it()
    print(sorted(met.items()))
    assert met[200] > met.total() / 5  # they are not all so bad that none gets far
    assert met.keys() >= {200, 400, 404, 405}
    check_that_nothing_is_left(app, good, before)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", sizes(60, 2500))
def test_requests_made_from_the_description_are_answered_as_described(app, labelled_zoo, description, size, mode):
    good, described, met = named(seeds(labelled_zoo)), Described(description), Counter()
    before = [ask(app, attack) for attack in good]
    everything = [
        operation.as_strategy(generation_mode=mode)
        for model in labelled_zoo.names()
        for operation in of_one_model(description, labelled_zoo, model, app).operations
        if mode is GenerationMode.POSITIVE or operation.body or operation.path_parameters or operation.query
    ]

    @size
    @given(st.one_of(everything))
    def ask_it(case):
        note(case.as_curl_command())
        assume("?" not in unquote(case.formatted_path))  # the test client of Werkzeug takes no such path
        response = case.call()
        headers = {name: value for name, (value, *_) in response.headers.items()}
        told = Told(response.status_code, headers, response.content)
        described.judge(case.method, unquote(urlsplit(response.request.url).path), told)
        met[told.status] += 1

    ask_it()
    print(sorted(met.items()))
    # Many get as far as the rows; of the bad ones most already name a path that is none.
    assert met[200 if mode is GenerationMode.POSITIVE else 400] > met.total() / 8
    check_that_nothing_is_left(app, good, before)


def of_one_model(description, store, model, app):
    """What is described, as it is for one model. Flask's own callable would tell schemathesis of every exception."""
    return Described(narrowed(description, model, store.version(model).manifest.signature), app.wsgi_app)


def check_that_nothing_is_left(app, good, before):
    """Good requests are answered as before, one large body is taken after the other, and no row waits any more."""
    client = app.test_client()
    for attack, first in zip(good, before, strict=True):
        again = ask(app, attack)
        assert first.status == again.status == 200, attack
        assert attack.method == "GET" or first.body == again.body, attack
    for _ in range(2):
        assert client.post("/models/flowers/predict", data=LARGE).status_code == 200
    waiting = {name: value for name, value in samples(client).items() if name[0] == "heaviside_queue_rows"}
    assert set(waiting.values()) <= {0}
