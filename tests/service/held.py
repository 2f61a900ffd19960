"""A service over the zoo whose model `flowers` can be held up: its runs then do not end until they may."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event

from models.store import Store
from service.app import create_app
from service.batcher import MOMENT_S
from service.flow import Threads
from service.loading import Loader
from service.metrics import Metrics
from service.peers import Peers
from service.predictor import Opener
from service.runtimes.opening import open_runtime
from service.settings import Settings
from service.worker import Worker
from tests.service.crowds import PATIENCE_S
from tests.service.test_operations import samples

FLOWERS = "/models/flowers/predict"
BODY = b'{"instances": [[1, 2, 3, 4]]}'


class HeldRuntime:
    """A real runtime that takes longer than a moment, so that its calls are queued, and that can be held up."""

    def __init__(self, runtime) -> None:
        self.name = runtime.name
        self.may_end = Event()
        self.may_end.set()
        self.is_held = Event()
        self.runs: list[int] = []  # rows of each
        self._runtime = runtime

    def predict(self, rows):
        self.runs.append(len(rows["row"]))
        time.sleep(2 * MOMENT_S)
        if not self.may_end.is_set():
            self.is_held.set()
            assert self.may_end.wait(PATIENCE_S)
        return self._runtime.predict(rows)


class HeldService:
    """The real app over real models, and requests to it on threads."""

    def __init__(self, store: Store, folder: Path, **settings: object) -> None:
        # With a long wait, only the number of rows decides whether there is room.
        settings = {"model_store": store.root, "queue_wait_ms": 3_600_000, **settings}
        self.worker = Worker(Settings(**settings), Metrics(), Peers(folder, count=1), Threads())
        self.worker.serve(Loader(store, self.worker.settings, self.worker.metrics, self._opener()).load())
        self.client = create_app(self.worker).test_client()
        self._threads = ThreadPoolExecutor()

    def _opener(self) -> Opener:
        def open_held(version):
            runtime = open_runtime(version, choice="auto", threads=1)
            if version.name != "flowers":
                return runtime
            self.runtime = HeldRuntime(runtime)
            return self.runtime

        return Opener(open_held, Threads())

    def close(self) -> None:
        """Let all end that is held up."""
        self.runtime.may_end.set()
        self._threads.shutdown()

    def ask(self, body: bytes = BODY, path: str = FLOWERS, **options):
        """The response to one request."""
        return self.client.application.test_client().post(path, data=body, **options)

    def start(self, body: bytes = BODY, path: str = FLOWERS, **options) -> Future:
        """One request on another thread."""
        return self._threads.submit(self.ask, body, path, **options)

    def hold(self) -> Future:
        """A request whose run is held up, until `may_end` is set."""
        self.runtime.runs.clear()
        self.runtime.may_end.clear()
        request = self.start()
        assert self.runtime.is_held.wait(PATIENCE_S)
        return request

    def fill(self) -> tuple[Future, Future]:
        """A request whose run is held up, and one that waits for it."""
        running = self.hold()
        waiting = self.start()
        self.until_waiting(1)
        return running, waiting

    def until_waiting(self, rows: int) -> None:
        """Wait until so many rows wait for the model."""
        end_s = time.monotonic() + PATIENCE_S
        while self.count("queue_rows", model="flowers") != rows:
            assert time.monotonic() < end_s
            time.sleep(0.001)

    def count(self, metric: str, **labels: str) -> float:
        """A metric as Prometheus would see it; 0 where it has not been counted."""
        return samples(self.client).get((f"heaviside_{metric}", *sorted(labels.items())), 0)


class Body:
    """The body of a request as a server gives it, in parts, and what has been read of it."""

    def __init__(self, content: bytes, part: int = 1 << 30) -> None:
        self.left = content
        self.part = part
        self.reads = 0

    def read(self, size: int) -> bytes:
        self.reads += 1
        size = min(size, self.part)
        given, self.left = self.left[:size], self.left[size:]
        return given


class BrokenBody(Body):
    """A body that breaks off with `error` once its content has been read."""

    def __init__(self, content: bytes, error: Exception) -> None:
        super().__init__(content)
        self.error = error

    def read(self, size: int) -> bytes:
        given = super().read(size)
        if not given:
            raise self.error
        return given


def sent(body: Body, length: int | None = None) -> dict:
    """The option for a test client that sends `body`; chunked where no length is given."""
    announced = {"CONTENT_LENGTH": ""} if length is None else {"CONTENT_LENGTH": str(length)}
    return {"environ_overrides": {"wsgi.input": body, "wsgi.input_terminated": True, **announced}}
