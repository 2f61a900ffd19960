"""How a server stops: it says so first, finishes what it has accepted, and leaves nothing behind."""

import shutil
import signal
import time
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.live.clients import Client, crowd, flowers
from tests.live.server import PATIENCE_S


def test_it_says_that_it_is_stopping_before_it_refuses_connections(launch_ready, zoo):
    stopping = launch_ready(zoo, SERVICE_DRAIN_S="2")
    stopping.process.send_signal(signal.SIGTERM)
    answers = []

    def says_no():
        answers.append(stopping.call("GET", "/readyz"))
        return answers[-1].status == 503

    stopping.wait_until(says_no)
    assert answers[-1].json()["error"] == "The service is stopping."
    assert stopping.predict().status == 200
    assert stopping.process.wait(PATIENCE_S) == 0


def test_sigterm_finishes_what_was_accepted_and_ends_with_status_0(launch_ready, zoo):
    stopping = launch_ready(zoo)
    connection = HTTPConnection("127.0.0.1", stopping.port, timeout=PATIENCE_S)
    connection.putrequest("POST", "/models/flowers/predict")
    body = b'{"instances": [[1,2,3,4]]}'
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body[:5])
    time.sleep(0.3)  # the request is accepted, and its worker waits for the rest
    stopping.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    connection.send(body[5:])
    assert connection.getresponse().status == 200
    connection.close()
    assert stopping.process.wait(PATIENCE_S) == 0
    assert not stopping.complaints()


def test_sigterm_under_load_answers_all_that_was_taken_on(launch_ready, work):
    stopping = launch_ready(work.store, SERVICE_DRAIN_S="1")
    folder = stopping.shared_folder()
    with crowd(stopping, 8, work.ask) as clients:
        stopping.wait_until(lambda: len(clients.outcomes) > 100)
        assert stopping.stop() == 0
    assert clients.statuses() <= {0, 200}
    assert_can_be_asked_again(stopping, clients)
    assert not stopping.complaints()
    assert not folder.exists()


def assert_can_be_asked_again(server, clients):
    """What failed met a port or a connection that was just being closed: no worker has seen it."""
    failures = clients.failures()
    print("failed:", len(failures), "of", len(clients.outcomes))
    assert not {one.request_id for one in failures} & set(server.answered())
    assert len(failures) <= 4
    if server.kind == "gunicorn":  # Granian closes without a word before
        assert not [one for one in failures if one.earlier_id]


def test_a_connection_on_which_nothing_is_asked_is_closed_in_silence(launch_ready, zoo):
    stopping = launch_ready(zoo)
    with closing(Client(stopping, "idle")) as client:
        assert flowers(client, 0).status == 200
        start = time.monotonic()
        assert stopping.stop() == 0
        assert time.monotonic() - start < 10
        assert not stopping.complaints()
        with pytest.raises(ConnectionRefusedError):
            flowers(client, 1)


def test_workers_whose_main_process_was_killed_end_too(launch_ready, zoo):
    orphaned = launch_ready(zoo)
    workers, folder = orphaned.workers(), orphaned.shared_folder()
    orphaned.process.kill()
    orphaned.process.wait(PATIENCE_S)
    deadline = time.monotonic() + 10
    while any(is_running(pid) for pid in workers):
        assert time.monotonic() < deadline, orphaned.end_of_log()
        time.sleep(0.05)
    shutil.rmtree(folder)  # nobody is left to do it


def is_running(pid):
    with suppress(FileNotFoundError):
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    return False
