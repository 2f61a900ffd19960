"""A study in a real PostgreSQL server, started here where it is installed: a worker joins, and is killed."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from models.store import Store
from tests.training.search.searches import SPACE, command, running, trials, under_way, wait_for, worker_of
from training.errors import UnusableStorage
from training.search import quota
from training.search.storage import open_storage

pytestmark = pytest.mark.slow

PASSWORD = secrets.token_hex(8)
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def as_nobody():
    """PostgreSQL does not run as root."""
    return {"user": "nobody"} if os.getuid() == 0 else {}


@pytest.fixture(scope="module")
def database():
    """The address of an empty database on a free port."""
    initdb = str(BINARIES[-1]) if BINARIES else shutil.which("initdb")
    if initdb is None:
        pytest.skip("PostgreSQL's server is not installed: apt-get install postgresql")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        data, password = Path(folder) / "data", Path(folder) / "password"
        data.mkdir()
        password.write_text(PASSWORD)
        if os.getuid() == 0:
            for path in (Path(folder), data, password):
                shutil.chown(path, "nobody")
        control = [str(Path(initdb).with_name("pg_ctl")), "--pgdata", str(data), "--wait"]
        subprocess.run(
            [initdb, "--pgdata", str(data), "--username=me", f"--pwfile={password}", "--auth=scram-sha-256"],
            check=True, capture_output=True, cwd=folder, **as_nobody(),
        )  # fmt: skip
        options = f"-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        log = ["--log", str(data / "log")]
        subprocess.run(
            [*control, *log, "--options", options, "start"],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            **as_nobody(),
        )
        try:
            yield f"postgresql://me:{PASSWORD}@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run(
                [*control, "--mode=immediate", "stop"], check=True, cwd=folder, stdout=subprocess.DEVNULL, **as_nobody()
            )


def test_workers_join_through_a_database_and_a_killed_one_costs_its_trial_only(database, tmp_path):
    storage = open_storage(database)
    search = command("epochs=300", "workers=1", *SPACE, "--trials", "5")  # long enough for another to join
    with under_way(search, tmp_path, STORAGE=database) as tuning:
        wait_for(lambda: running(storage))
        with under_way(command(name="tune-worker"), tmp_path, STORAGE=database, STUDY="iris") as joined:
            victim = wait_for(lambda: [trial for trial in running(storage) if worker_of(trial) == joined.pid])[0]
            joined.send_signal(signal.SIGKILL)
            assert joined.wait() == -signal.SIGKILL
            printed, errors = tuning.communicate()
    assert (tuning.returncode, errors) == (0, "")
    assert PASSWORD not in printed
    assert len(quota.done(trials(storage))) == len(quota.counted(trials(storage))) == 5
    assert quota.is_lost(trials(storage)[victim.number])
    assert Store(tmp_path).numbers("iris") == [1]
    storage.engine.dispose()


def test_a_wrong_password_gets_one_sentence_that_does_not_tell_it(database):
    with pytest.raises(UnusableStorage, match="password authentication failed") as caught:
        open_storage(database.replace(PASSWORD, f"x{PASSWORD}"))
    assert PASSWORD not in str(caught.value)
