"""Clients that keep their connection and write down what became of each request, and crowds of them."""

import select
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse

import numpy as np
import orjson

from models.store import Store
from models.version import ModelVersion
from tests.live.server import PATIENCE_S, Server


@dataclass(frozen=True)
class Outcome:
    """What became of one request: an answer, or a failure."""

    request_id: str
    earlier_id: str  # of the answer before on the same connection; empty where there was none
    status: int = 0
    retry_after: str = ""
    body: bytes = b""
    failure: str = ""  # why there is no answer

    def json(self):
        return orjson.loads(self.body)

    @property
    def code(self) -> str:
        """Of an error; empty for a prediction."""
        return self.json().get("code", "")


class Client:
    """Sends one request after the other over one connection, as long as that is kept open, and else over the next."""

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self._name = name
        self._asked = 0
        self._connection: socket.socket | None = None
        self._earlier_id = ""

    def predict(self, model: str, rows: object, **headers: str) -> Outcome:
        """Ask for a prediction. Raises ConnectionRefusedError where nobody listens."""
        return self.ask("POST", f"/models/{model}/predict", orjson.dumps({"instances": rows}), **headers)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Outcome:
        """Send one request, and wait for its answer. Raises ConnectionRefusedError where nobody listens."""
        self._asked += 1
        request_id = f"{self._name}.{self._asked}"
        headers |= {"Host": "x", "X-Request-Id": request_id, "Content-Length": str(len(body))}
        head = [f"{method} {path} HTTP/1.1", *(f"{name.replace('_', '-')}: {text}" for name, text in headers.items())]
        self._close_if_closed()
        earlier_id = self._earlier_id
        try:
            connection = self._open()
            connection.sendall("\r\n".join([*head, "", ""]).encode() + body)
            with closing(HTTPResponse(connection, method=method)) as response:
                response.begin()
                content = response.read()
        except ConnectionRefusedError:
            raise
        except (OSError, HTTPException) as error:
            self.close()
            return Outcome(request_id, earlier_id, failure=repr(error))
        self._earlier_id = request_id
        if response.will_close:
            self.close()
        assert response.getheader("X-Request-Id") == request_id
        return Outcome(request_id, earlier_id, response.status, response.getheader("Retry-After", ""), content)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection, self._earlier_id = None, ""

    def _close_if_closed(self) -> None:
        """Where the server has closed the connection since the last answer, close it too."""
        if self._connection is not None and select.select([self._connection], [], [], 0)[0]:
            self.close()

    def _open(self) -> socket.socket:
        if self._connection is None:
            self._connection = socket.create_connection(("127.0.0.1", self._server.port), timeout=PATIENCE_S)
        return self._connection


class Crowd:
    """Clients at work, each on a thread: what they have seen until now, and whether they are still at it."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.is_over = threading.Event()

    def statuses(self) -> set[int]:
        """Of all outcomes; 0 is a failure."""
        return {outcome.status for outcome in self.outcomes}

    def failures(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.failure]

    def answers(self, status: int = 200) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.status == status]


@contextmanager
def crowd(server: Server, size: int, ask: Callable[[Client, int], Outcome]) -> Iterator[Crowd]:
    """So many clients `ask` until the block ends, or nobody listens; `ask` is given how often it was called before."""
    these = Crowd()

    def keep_asking(number: int) -> None:
        client = Client(server, f"{server.kind}-{number}")
        asked = 0
        try:
            while not these.is_over.is_set():
                these.outcomes.append(ask(client, asked))
                asked += 1
        except ConnectionRefusedError:
            pass  # the server has stopped
        finally:
            client.close()

    with ThreadPoolExecutor(size) as pool:
        asking = [pool.submit(keep_asking, number) for number in range(size)]
        try:
            yield these
        finally:
            these.is_over.set()
    for one in asking:
        one.result()


def flowers(client: Client, _: int) -> Outcome:
    """Ask the quickest of the zoo's models."""
    return client.predict("flowers", [[1, 2, 3, 4]])


@dataclass(frozen=True)
class Work:
    """What a crowd asks: a model of a store, and how to ask it."""

    store: Store
    model: str
    ask: Callable[[Client, int], Outcome]


class Questions:
    """A version's golden rows as questions, each with some of the rows, and the right answers to them."""

    def __init__(self, version: ModelVersion) -> None:
        golden = version.golden()
        (self._rows,), (self._answers,) = golden.inputs.values(), golden.outputs.values()
        self._name = version.name

    def ask(self, client: Client, number: int, **headers: str) -> Outcome:
        """Ask with one to three rows; two numbers that follow one another begin with different rows."""
        return client.predict(self._name, self._rows[self._chosen(number)].tolist(), **headers)

    def check(self, outcome: Outcome) -> None:
        """That each row got the answer that Keras gave for it. For clients that ask nothing else."""
        number = int(outcome.request_id.rpartition(".")[2]) - 1
        given = outcome.json()["predictions"]
        np.testing.assert_allclose(given, self._answers[self._chosen(number)], atol=1e-5)

    def _chosen(self, number: int) -> list[int]:
        return [(number + index) % len(self._rows) for index in range(1 + number % 3)]
