"""Two workers that are one server: what they hold, what they count, and what is left when one is killed."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.live.clients import crowd
from tests.live.counts import Counters, count, samples


def test_the_workers_have_loaded_no_tensorflow_and_stay_small(server):
    assert len(server.workers()) == 2
    for pid in server.workers():
        assert "tensorflow" not in Path(f"/proc/{pid}/maps").read_text()
        assert server.resident_mib(pid) <= 120


def test_metrics_sum_up_what_all_workers_did(server):
    before = count(server, 'heaviside_rows_total{model="tags"')
    statuses = []
    with ThreadPoolExecutor(8) as pool:
        while len(answering(server, "tags")) < 2:  # the kernel chooses, and may choose one worker for a while
            statuses += pool.map(lambda _: server.predict("tags", [[1, 2, 3]] * 2).status, range(50))
            assert len(statuses) < 5000
    assert set(statuses) == {200}
    assert count(server, 'heaviside_rows_total{model="tags"') - before == 2 * len(statuses)


def answered(server, model):
    """How many predictions of a model were answered, as /metrics says."""
    of_model = {name: value for name, value in samples(server).items() if f'model="{model}"' in name}
    return sum(value for name, value in of_model.items() if name.startswith("heaviside_requests_total{"))


def answering(server, model):
    """The processes that have answered for a model."""
    return {line["process"] for line in server.lines() if line["message"] == "request" and line["model"] == model}


def test_a_worker_that_dies_again_at_once_is_replaced_again_and_goes_on_in_its_files(launch_ready, zoo):
    busy = launch_ready(zoo, SERVICE_WORKERS="1")
    folder = busy.shared_folder()
    files = {path.name for path in folder.glob("*.db")}
    for _ in range(3):
        (victim,) = busy.workers()
        os.kill(victim, signal.SIGKILL)
        busy.wait_until(lambda gone=victim: gone not in busy.workers() and busy.workers() and busy.is_ready())
    assert {path.name for path in folder.glob("*.db")} == files


def test_a_killed_worker_loses_at_most_its_own_requests_in_flight(launch_ready, work):
    busy = launch_ready(work.store)
    counters, before = Counters(busy), busy.workers()
    with crowd(busy, 8, work.ask) as clients:
        busy.wait_until(lambda: len(clients.outcomes) > 100)
        victim = answering(busy, work.model).pop()  # the kernel may have given all connections to one worker
        counters.check_that_none_went_back()
        os.kill(victim, signal.SIGKILL)
        busy.wait_until(lambda: set(busy.workers()) - set(before) & busy.loaded())
        counters.check_that_none_went_back()
        seen = len(clients.outcomes)
        busy.wait_until(lambda: len(clients.outcomes) > seen + 50)
    assert clients.statuses() <= {0, 200}
    assert_were_all_in_flight(busy, clients, victim=victim)
    answers = len(clients.answers(200))
    assert answers <= answered(busy, work.model) <= answers + len(clients.failures())
    (new,) = set(busy.workers()) - set(before)
    busy.wait_until(lambda: busy.is_ready() and new in busy.answered().values())
    counters.check_that_none_went_back()


def assert_were_all_in_flight(server, clients, victim):
    """What failed was asked of the victim, and no client had more than one request there."""
    process, failures = server.answered(), clients.failures()
    print("failed:", len(failures), "of", len(clients.outcomes))
    if server.kind == "granian":  # a dying worker's own port takes connections for a moment: those it has not seen
        failures = [one for one in failures if one.earlier_id or one.request_id in process]
    # What is not in the log was answered in the moment in which the victim died.
    assert {process.get(one.earlier_id, victim) for one in failures if one.earlier_id} <= {victim}
    names = [one.request_id.partition(".")[0] for one in failures]
    assert len(names) == len(set(names))
