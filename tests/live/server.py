"""A running `python -m service serve`, and what can be seen of it from outside."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60  # for a machine that is busy with something else; a good one needs a second
KINDS = ("gunicorn", "granian")


@dataclass
class Answer:
    """Status, headers and body of a response."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self):
        return json.loads(self.body)


@dataclass
class Server:
    """The main process, the port and the log of a server."""

    process: subprocess.Popen
    port: int
    log: Path
    kind: str = ""

    def call(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """One request on a connection of its own."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def predict(self, model: str = "flowers", rows: object = ((1, 2, 3, 4),), **headers: str) -> Answer:
        return self.call("POST", f"/models/{model}/predict", json.dumps({"instances": rows}).encode(), **headers)

    def is_ready(self) -> bool:
        try:
            return self.call("GET", "/readyz").status == 200
        except OSError:
            return False

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Wait for what a running server will show, in a minute at most."""
        deadline = time.monotonic() + PATIENCE_S
        while not is_so():
            assert self.process.poll() is None, self.end_of_log()
            assert time.monotonic() < deadline, self.end_of_log()
            time.sleep(0.02)

    def workers(self) -> list[int]:
        """The process ids of the workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def loaded(self) -> set[int]:
        """The process ids of all workers that have ever been ready to answer."""
        ready = [line for line in self.log.read_text().splitlines() if '"worker ready"' in line]
        return {json.loads(line)["process"] for line in ready}

    def have_replaced(self, old: list[int]) -> bool:
        """Whether none of these workers is left, and two others are ready."""
        now = set(self.workers())
        return len(now) == 2 and not now & set(old) and now <= self.loaded()

    def resident_mib(self, pid: int) -> float:
        """How much memory a worker has."""
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("VmRSS"))) / 1024

    def shared_folder(self) -> Path:
        """The folder in memory that the workers keep their counts in, as the kernel sees it."""
        maps = [Path(f"/proc/{pid}/maps").read_text() for pid in self.workers()]
        return next(Path(line.split()[-1]).parent for line in "".join(maps).splitlines() if line.endswith(".db"))

    def answered(self) -> dict[str, int]:
        """The requests that are in the log, by their ids, and the process of who answered each."""
        return {line["request_id"]: line["process"] for line in self.lines() if line["message"] == "request"}

    def lines(self) -> list[dict]:
        """The log so far, without a line that is still being written."""
        return [json.loads(line) for line in self.log.read_text().split("\n")[:-1]]

    def complaints(self) -> list[dict]:
        """The lines of the log that somebody should look at."""
        return [line for line in self.lines() if line["level"] not in ("debug", "info")]

    def end_of_log(self) -> str:
        return self.log.read_text()[-1500:]

    def stop(self) -> int:
        """Send SIGTERM, and wait for the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)


def start(kind: str, store: Path, log: Path, *, python: str = sys.executable, **environ: str) -> Server:
    """Start gunicorn or Granian, with two workers, on a free port of the loopback interface; `python` is who runs it.

    Requests may wait long for a model there: the machine may be busy, and what is refused is a matter of few tests.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = {"SERVER": kind, "PORT": str(port), "MODEL_STORE": str(store.resolve())}
    variables |= {"SERVICE_DRAIN_S": "0", "SERVICE_QUEUE_WAIT_MS": "60000"}
    with log.open("w") as output:
        process = subprocess.Popen(
            [python, "-m", "service", "serve"],
            cwd=ROOT,
            env={**os.environ, **variables, **environ},
            stdout=output,
            stderr=output,
        )
    return Server(process, port, log, kind)
