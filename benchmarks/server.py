"""A peer's server while it runs: started, awaited, asked, checked, loaded and ended. Knows no rounds and no table."""

import os
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import numpy as np
import onnxruntime

from benchmarks.bodies import Body
from benchmarks.environments import environment
from benchmarks.errors import PeerFailed
from benchmarks.networks import folder
from benchmarks.peer import WORKERS, Dialect, Peer
from benchmarks.processes import Family
from benchmarks.wrk import Load, Post, put_load

PORT = 8400  # and the two after it, for a peer that wants more than one; those that run beside it take later ones
PORTS = 3
START_S = 120  # the most that a peer may take to its first good answer
SETTLED_S = 1.5  # of good answers only, after which all workers are taken to be there
ANSWER_S = 30
TOLERANCE = 1e-5


class Server:
    """A started server of one peer, which serves the networks in `store`."""

    def __init__(self, peer: Peer, family: Family, home: Path, store: Path, port: int) -> None:
        self.family = family
        self.peer = peer
        self.port = port
        self._home = home
        self._store = store
        self.log = _log(peer, home)

    def await_answer(self, body: Body) -> float:
        """Seconds until its first good answer. Raises PeerFailed."""
        return self._await_answers(body, 0)

    def settle(self, body: Body) -> None:
        """Wait until it has given nothing but good answers for a while: so all workers are there. Raises PeerFailed."""
        self._await_answers(body, SETTLED_S)

    def _await_answers(self, body: Body, for_s: float) -> float:
        start = good_since = time.monotonic()
        while time.monotonic() < start + START_S:
            if self.family.has_ended:
                raise PeerFailed(f"it ended before it answered; its last words: {self._last_line()}")
            if not self._is_good(body):
                time.sleep(0.01)
                good_since = time.monotonic()
            elif time.monotonic() - good_since >= for_s:
                return time.monotonic() - start
        raise PeerFailed(f"it gave no good answers within {START_S} s; its last words: {self._last_line()}")

    def check(self, body: Body) -> None:
        """Ask twice as often as there are workers, because each has a model of its own. Raises PeerFailed."""
        expected = self._expected(body)
        for _ in range(2 * WORKERS):
            status, answer = self._ask(body)
            if status != 200:
                raise PeerFailed(f"it answers {body.name!r} with {status}: {answer[:200]!r}")
            given = self.peer.dialects[body.media_type].decode(answer)
            if given.size != expected.size or not np.allclose(
                given.reshape(expected.shape), expected, TOLERANCE, TOLERANCE
            ):
                raise PeerFailed(f"its answer to {body.name!r} is not the model's: {answer[:200]!r}")

    def load(self, body: Body, connections: int, seconds: int) -> Load:
        """Load it with one body, in a closed loop. Raises UnreadableReport."""
        self._work_off(body)
        url = f"http://127.0.0.1:{self.port}{self.path(body)}"
        headers = self.peer.dialects[body.media_type].headers(body)
        return put_load(Post(url, self.file(body), body.media_type, headers), connections, seconds)

    def speaking(self, name: str, dialects: Mapping[str, Dialect]) -> "Server":
        """The same server, asked in other words."""
        return Server(replace(self.peer, name=name, dialects=dialects), self.family, self._home, self._store, self.port)

    def path(self, body: Body) -> str:
        """Where the body is to be sent."""
        return self.peer.dialects[body.media_type].path.format(network=body.network.name)

    def file(self, body: Body) -> Path:
        """A file with the body as this peer wants it, for the programs that send it."""
        file = _made(self._home / "bodies") / f"{self.peer.name} {body.name}"
        file.write_bytes(self.peer.dialects[body.media_type].encode(body))
        return file

    def _ask(self, body: Body) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_S)
        try:
            headers = {"Content-Type": body.media_type, "Accept": body.media_type}  # as post.lua sends them
            headers |= self.peer.dialects[body.media_type].headers(body)
            connection.request("POST", self.path(body), self.peer.dialects[body.media_type].encode(body), headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def _is_good(self, body: Body) -> bool:
        try:
            return self._ask(body)[0] == 200
        except (OSError, HTTPException):
            return False  # not yet

    def _work_off(self, body: Body) -> None:
        """Wait behind the requests that wrk left in the queue when it ended: they are not the next load's."""
        for _ in range(2 * WORKERS):
            self._is_good(body)

    def _expected(self, body: Body) -> np.ndarray:
        """What model.onnx computes: the answer of ours and of every peer, to 1e-5."""
        session = onnxruntime.InferenceSession(folder(self._store, body.network) / "model.onnx")
        return np.asarray(session.run(None, {"row": body.rows()})[0])

    def _last_line(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "none"


@contextmanager
def running(peer: Peer, home: Path, store: Path, place: int = 0) -> Iterator[Server]:
    """Start `peer` on the networks in `store`, and end it. Whatever else it needs is in `home`. Raises PeerFailed.

    `place` is its number among those that run at the same time.
    """
    port = PORT + place * PORTS
    programs = _programs(peer, home)
    _check_is_free(port)
    family = _start(peer, programs, home, store, port)
    try:
        yield Server(peer, family, home, store, port)
    finally:
        family.end()


def _programs(peer: Peer, home: Path) -> Path:
    if peer.is_ours:
        return Path(sys.executable).parent
    return environment(peer.folder.name, peer.folder / "requirements.txt", home / "venvs")


def _start(peer: Peer, programs: Path, home: Path, store: Path, port: int) -> Family:
    work = _made(home / "work" / peer.name)
    places = {
        "bin": programs,
        "folder": peer.folder,
        "work": work,
        "store": store,
        "port": port,
        "port1": port + 1,
        "port2": port + 2,
    }
    command = [word.format_map(places) for word in peer.command]
    own = {name: value.format_map(places) for name, value in peer.environ.items()}
    shared = {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": os.environ.get("HOME", str(work))}
    common = {"PYTHONPATH": str(peer.folder), "BENCH_STORE": str(store)}
    return Family(command, shared | common | own, work, _log(peer, home))


def _check_is_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise PeerFailed(f"port {port} is taken by another program") from error


def _log(peer: Peer, home: Path) -> Path:
    return _made(home / "logs") / f"{peer.name}.log"


def _made(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
