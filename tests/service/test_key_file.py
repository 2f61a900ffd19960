"""Keys are read anew while the service runs; a damaged file changes nothing, and is told."""

import json
import logging

import pytest

from service.flow import Threads
from service.key_file import KeyFile
from service.keys import new_key
from service.metrics import Metrics
from service.peers import Peers
from service.settings import Settings
from service.worker import Worker


class Holder:
    """One who has a key, and the line for it."""

    def __init__(self, name: str) -> None:
        self.key, digest = new_key()
        self.line = json.dumps({"id": name, "sha256": digest}) + "\n"


A, B = Holder("a"), Holder("b")


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "keys.jsonl"
    file.write_text(A.line)
    return file


@pytest.fixture
def start(path, tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()

    def start_one():
        worker = Worker(Settings(api_keys_file=path), Metrics(), Peers(shared, count=2), Threads())
        file = KeyFile(path, worker)
        file.look()
        return worker, file

    return start_one


def holds(worker, holder):
    return worker.keys is not None and worker.keys.find(holder.key) is not None


def gauges(worker):
    return {name: value for name, _, value in worker.metrics.samples() if "api_keys" in name}


def test_a_key_is_added_replaced_and_taken_away_while_the_service_runs(start, path):
    worker, file = start()
    for text, held in ((A.line + B.line, (True, True)), (B.line, (False, True)), ("# nobody\n", (False, False))):
        path.write_text(text)
        file.look()
        assert (holds(worker, A), holds(worker, B)) == held
        assert gauges(worker) == {"heaviside_api_keys": sum(held), "heaviside_api_keys_current": 1}


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda path: path.unlink(), id="gone"),
        pytest.param(lambda path: path.write_text(""), id="empty"),
        pytest.param(lambda path: path.write_text(B.line + '{"id": "c", "sha'), id="torn"),
        pytest.param(lambda path: path.write_bytes(b"\xff" * 100), id="no-text"),
        pytest.param(lambda path: path.write_text(A.line + A.line), id="twice-the-same"),
        pytest.param(lambda path: (path.unlink(), path.mkdir()), id="a-folder"),
        pytest.param(lambda path: path.chmod(0o666), id="anybody-may-change-it"),
    ],
)
def test_a_damaged_file_leaves_the_last_good_keys_and_is_told_once(start, path, damage, caplog):
    worker, file = start()
    damage(path)
    for _ in range(3):
        file.look()
    assert holds(worker, A)
    assert not holds(worker, B)
    assert gauges(worker) == {"heaviside_api_keys": 1, "heaviside_api_keys_current": 0}
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.getMessage() == "API keys cannot be read; the last good ones hold"
    assert str(path) in record.fields["reason"]


def test_a_file_that_is_good_again_is_gone_by_again(start, path, caplog):
    worker, file = start()
    for _ in range(2):
        path.write_text("rubbish")
        file.look()
        path.write_text(A.line)
        file.look()
        assert gauges(worker) == {"heaviside_api_keys": 1, "heaviside_api_keys_current": 1}
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 2


def test_a_worker_that_starts_while_the_file_is_damaged_has_the_last_good_keys_too(start, path):
    start()
    path.unlink()
    replaced, _ = start()
    assert holds(replaced, A)
    assert gauges(replaced) == {"heaviside_api_keys": 1, "heaviside_api_keys_current": 0}


def test_a_worker_that_never_saw_a_good_file_has_no_keys_until_there_is_one(start, path):
    path.write_text("rubbish")
    worker, file = start()
    assert worker.keys is None
    path.write_text(B.line)
    file.look()
    assert holds(worker, B)


def test_following_ends_with_the_worker(start):
    worker, file = start()
    worker.stopping.set()
    file.follow()
    assert holds(worker, A)
