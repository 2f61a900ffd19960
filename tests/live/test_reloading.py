"""Changes while requests go on: new versions in the store, and new workers at SIGHUP."""

import signal

import pytest

from tests.live.clients import Questions, crowd, flowers
from tests.live.counts import Counters, count


@pytest.mark.parametrize("model", ["flowers", "slow"])
def test_a_new_version_is_served_by_all_workers_without_a_failed_request(
    launch_ready, own_zoo, own_slow_store, republish, model
):
    store = own_zoo if model == "flowers" else own_slow_store
    questions = Questions(store.version(model))
    busy = launch_ready(store, SERVICE_STORE_POLL_S="1")
    with crowd(busy, 6, questions.ask) as clients:
        busy.wait_until(lambda: len(clients.outcomes) > 50)
        republish(store, store.version(model))
        busy.wait_until(lambda: sum(line["message"] == "catalog changed" for line in busy.lines()) == 2)
        seen = len(clients.outcomes)
        busy.wait_until(lambda: len(clients.outcomes) > seen + 100)
    assert clients.statuses() == {200}
    for outcome in clients.outcomes:
        questions.check(outcome)
    versions = [outcome.json()["version"] for outcome in clients.outcomes]
    assert set(versions) == {1, 2}
    assert set(versions[seen + 10 :]) == {2}


def test_sighup_replaces_all_workers_while_requests_are_answered(launch_ready, work):
    busy = launch_ready(work.store, SERVICE_DRAIN_S="1")
    before = busy.workers()
    with crowd(busy, 6, work.ask) as clients:
        busy.wait_until(lambda: len(clients.outcomes) > 50)
        busy.process.send_signal(signal.SIGHUP)
        busy.wait_until(lambda: busy.have_replaced(before))
        seen = len(clients.outcomes)
        busy.wait_until(lambda: len(clients.outcomes) > seen + 50)
    assert clients.statuses() <= {0, 200}
    failures = clients.failures()
    print("failed:", len(failures), "of", len(clients.outcomes))
    if busy.kind == "gunicorn":
        assert not failures
    else:  # Granian closes connections without a word before: what was just being asked has to be asked again
        assert len(failures) <= 6
        assert not {one.request_id for one in failures} & set(busy.answered())
    assert busy.is_ready()


def test_sighup_takes_no_count_back(launch_ready, zoo):
    busy = launch_ready(zoo)
    counters, before = Counters(busy), busy.workers()

    def are_replaced():
        counters.check_that_none_went_back()
        return busy.have_replaced(before)

    with crowd(busy, 4, flowers) as clients:
        busy.wait_until(lambda: len(clients.outcomes) > 100)
        busy.process.send_signal(signal.SIGHUP)
        busy.wait_until(are_replaced)
    counters.check_that_none_went_back()
    assert count(busy, 'heaviside_rows_total{model="flowers"') == len(clients.answers(200))
