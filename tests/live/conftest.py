"""A real server: gunicorn with two workers on a free port of the loopback interface."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import orjson
import pytest

from models.store import Store

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60  # for a machine that is busy with something else; a good one needs a second


@dataclass
class Answer:
    """Status, headers and body of a response."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self):
        return orjson.loads(self.body)


@dataclass
class Server:
    """A running `python -m service serve`."""

    process: subprocess.Popen
    port: int
    log: Path

    def call(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """One request on a connection of its own."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def predict(self, model: str = "flowers", rows: object = ((1, 2, 3, 4),)) -> Answer:
        return self.call("POST", f"/models/{model}/predict", orjson.dumps({"instances": rows}))

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not is_so():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def is_ready(self) -> bool:
        try:
            return self.call("GET", "/readyz").status == 200
        except OSError:
            return False

    def workers(self) -> list[int]:
        """The process ids of the workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def lines(self) -> list[dict]:
        """The log so far, without a line that is still being written."""
        return [orjson.loads(line) for line in self.log.read_text().split("\n")[:-1]]


@pytest.fixture(scope="module")
def launch(tmp_path_factory) -> Iterator[Callable[..., Server]]:
    """Start servers, and end them when the module's tests are done."""
    servers = []

    def start(store: Store, **environ: str) -> Server:
        log = tmp_path_factory.mktemp("server") / "log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        variables = {**os.environ, "PORT": str(port), "MODEL_STORE": str(store.root.resolve()), **environ}
        with log.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "service", "serve"], cwd=ROOT, env=variables, stdout=output, stderr=output
            )
        servers.append(Server(process, port, log))
        return servers[-1]

    yield start
    for server in servers:
        server.process.send_signal(signal.SIGTERM)
    for server in servers:
        server.process.wait(PATIENCE_S)


@pytest.fixture(scope="module")
def server(launch, zoo) -> Server:
    """A ready server over the whole zoo."""
    running = launch(zoo)
    running.wait_until(running.is_ready)
    return running
