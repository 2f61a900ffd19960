"""A model that is slower than what is asked of it: requests run together, are refused in time, and none is mixed up."""

import time

import pytest

from tests.live.clients import Questions, crowd
from tests.live.counts import count

ROW = [0.5] * 8


@pytest.fixture(scope="module")
def questions(slow_store):
    return Questions(slow_store.version("slow"))


@pytest.fixture(scope="module")
def slow(launch_ready, slow_store):
    """A server with one worker, so that it is known who is asked, and in which much may wait."""
    return launch_ready(slow_store, SERVICE_WORKERS="1", SERVICE_QUEUE_ROWS="100000")


def test_concurrent_requests_run_together_and_each_gets_the_answers_to_its_own_rows(slow, questions):
    runs, rows = count(slow, "heaviside_batch_rows_count"), count(slow, "heaviside_batch_rows_sum")
    with crowd(slow, 16, questions.ask) as clients:
        slow.wait_until(lambda: len(clients.outcomes) >= 200)
    assert clients.statuses() == {200}
    for outcome in clients.outcomes:
        questions.check(outcome)
    asked = sum(len(outcome.json()["predictions"]) for outcome in clients.outcomes)
    assert count(slow, "heaviside_batch_rows_sum") - rows == asked
    assert count(slow, "heaviside_batch_rows_count") - runs < len(clients.outcomes) / 2


def test_a_request_whose_time_is_over_is_told_so_and_the_server_lives_on(slow):
    start = time.monotonic()
    answer = slow.predict("slow", [ROW] * 1000, X_Request_Timeout="0.2")  # they take more than a second
    assert time.monotonic() - start < 10
    assert (answer.status, answer.json()["code"]) == (504, "deadline_exceeded")
    assert slow.predict("slow", [ROW]).status == 200


def test_a_request_that_cannot_be_answered_in_its_time_is_not_run(slow):
    slow.wait_until(lambda: slow.predict("slow", [ROW], X_Request_Timeout="1").status == 200)  # nothing else runs
    rows = count(slow, "heaviside_batch_rows_sum")
    with crowd(slow, 3, lambda client, _: client.predict("slow", [ROW] * 200)) as busy:  # so that always some wait
        slow.wait_until(lambda: len(busy.outcomes) >= 3)
        in_vain = [slow.predict("slow", [ROW] * 7, X_Request_Timeout="0.01") for _ in range(10)]
    assert {answer.status for answer in in_vain} <= {429, 504}
    assert busy.statuses() == {200}
    assert count(slow, "heaviside_batch_rows_sum") - rows == 200 * len(busy.outcomes)


def test_a_flood_is_answered_in_part_and_in_time_and_leaves_nothing_behind(launch_ready, slow_store, questions):
    flooded = launch_ready(slow_store, SERVICE_QUEUE_ROWS="4")

    def ask(client, number):
        hurry = {"X_Request_Timeout": "0.02"} if number % 4 == 0 else {}
        return questions.ask(client, number, **hurry)

    with crowd(flooded, 32, ask) as clients:
        flooded.wait_until(lambda: all(len(clients.answers(status)) > 10 for status in (200, 429, 504)))
        flooded.wait_until(lambda: len(clients.answers(200)) > 300)
        assert flooded.call("GET", "/livez").status == 200
    assert clients.statuses() == {200, 429, 504}
    for outcome in clients.answers(200):
        questions.check(outcome)
    assert {outcome.code for outcome in clients.answers(504)} == {"deadline_exceeded"}
    assert {outcome.code for outcome in clients.answers(429)} == {"overloaded"}
    assert all(int(outcome.retry_after) >= 1 for outcome in clients.answers(429))

    assert flooded.predict("slow", [ROW]).status == 200
    flooded.wait_until(lambda: count(flooded, "heaviside_queue_rows") == 0)
    for status, reason in ((429, "overloaded"), (504, "deadline_exceeded")):
        assert count(flooded, f'heaviside_rejections_total{{reason="{reason}"}}') == len(clients.answers(status))
