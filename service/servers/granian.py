"""Granian, the second server: written in Rust, it answers more requests per second. Knows neither models nor Flask.

The first SIGTERM is not for Granian: it starts the drain, during which /readyz says that the service is stopping.
"""

import logging
import multiprocessing
import os
import signal
import threading
import time
from mmap import mmap
from types import FrameType
from typing import Any

from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.server.mp import MPServer

from service.logs import logging_config
from service.servers import sharing
from service.servers.rsgi import RsgiApp
from service.settings import Settings

CONNECTIONS = 10_000  # per worker; those on which nothing is asked count too
HEAD_MS = 75_000  # how long a client may take for a request's head, and how long it may ask nothing
BUFFER_BYTES = 65_536  # per connection; with Granian's 400 kB, workers grow by megabytes while large bodies come
RESPAWN_S = 1.0  # the least between two replacements of the same worker, as it may die again at once
LOADING_S = 120.0  # what a new worker has, at SIGHUP, to load its models, before the old one is stopped all the same
LOOK_S = 0.1

log = logging.getLogger("heaviside.server")


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    multiprocessing.set_start_method("fork")  # the app is built after it, and the flag is inherited
    sharing.make_folder()
    orders = _Orders(settings.workers)
    server = _Server(
        orders,
        "service",  # is not looked up: run_worker knows what to load
        address=settings.host,
        port=settings.port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_MS, max_buffer_size=BUFFER_BYTES),
        websockets=False,
        ssl_cert=settings.tls_cert,
        ssl_key=settings.tls_key,
        ssl_protocol_min=SSLProtocols.tls12,
        workers=settings.workers,
        backpressure=CONNECTIONS,
        workers_kill_timeout=settings.graceful_timeout_s,
        respawn_failed_workers=True,
        log_dictconfig=logging_config(settings.log_level),
    )
    server.on_startup(lambda: _drain_first(orders, settings.drain_s))
    server.on_shutdown(sharing.remove_folder)

    def run_worker(number: int, *arguments: Any) -> None:
        _run_worker(orders, number, *arguments)

    server.serve(spawn_target=run_worker, target_loader=_nothing)


def _nothing(*_: Any) -> Any:
    """Granian's own loader would run before the slot is named."""


class _Orders:
    """What the parent and its workers tell one another, in memory that all of them see. Workers count from 1."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._bytes = mmap(-1, 1 + 2 * workers)

    def stop(self) -> None:
        """Tell all workers to stop."""
        self._bytes[0] = 1

    @property
    def are_to_stop(self) -> bool:
        """Whether that was told."""
        return bool(self._bytes[0])

    def replace(self, number: int) -> None:
        """Tell a worker that another takes its place."""
        self._bytes[number] = (self._bytes[number] + 1) % 256

    def generation(self, number: int) -> int:
        """What changes when a worker is replaced."""
        return self._bytes[number]

    def begin(self, number: int, generation: int) -> None:
        """Tell the parent that a worker can answer."""
        self._bytes[number + self._workers] = generation

    def has_begun(self, number: int) -> bool:
        """Whether the newest worker of that number has told so."""
        return self._bytes[number + self._workers] == self._bytes[number]


class _Server(MPServer):  # type: ignore[misc]  # its types are not looked at, as it is written in Rust
    """Replaces a worker that died, however often that happens, but not in a hurry; Granian itself would give up.

    At SIGHUP, a worker goes on until the one that replaces it can answer; Granian itself waits for a fixed time.
    """

    def __init__(self, orders: _Orders, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._orders = orders
        self._replaced_s: dict[int, float] = {}  # by worker, in time.monotonic

    def _respawn_workers(self, workers: list[int], spawn_target: Any, target_loader: Any, **_: Any) -> None:
        latest_s = max(self._replaced_s.get(index, 0.0) for index in workers)
        time.sleep(max(0.0, latest_s + RESPAWN_S - time.monotonic()))
        for index in workers:
            self._replaced_s[index] = time.monotonic()
            self._orders.replace(index + 1)
            old, new = self.wrks[index], self._spawn_worker(index, spawn_target, target_loader)
            new.start()
            self.wrks[index] = new
            if old.is_alive():
                self._await_begin(new)
            self._end(old)

    def _await_begin(self, new: Any) -> None:
        end_s = time.monotonic() + LOADING_S
        while new.is_alive() and not (self._orders.has_begun(new.idx + 1) or self.interrupt_signal):
            if time.monotonic() > end_s:
                return
            time.sleep(LOOK_S)

    def _stop_workers(self) -> None:
        for worker in self.wrks:
            worker.terminate()
        end_s = time.monotonic() + self.workers_kill_timeout
        for worker in self.wrks:
            self._await_end(worker, end_s)
        self.wrks.clear()

    def _end(self, old: Any) -> None:
        old.terminate()
        self._await_end(old, time.monotonic() + self.workers_kill_timeout)

    def _await_end(self, worker: Any, end_s: float) -> None:
        """Kill a worker that does not end by itself.

        A thread of Granian's waits for it too. Where that one is told of its end first, it counts as alive until that
        thread has run; Granian looks once more after a millisecond, and then kills a process that is no more.
        """
        while worker.is_alive() and time.monotonic() < end_s:
            worker.join(LOOK_S)
            time.sleep(0.001)
        if worker.is_alive():
            log.warning("killing worker-%d, which did not stop in time", worker.idx + 1)
            worker.kill()
            worker.join()


def _drain_first(orders: _Orders, drain_s: float) -> None:
    """Put the drain before what Granian does when it is told to stop; a second signal stops at once."""
    stop: Any = signal.getsignal(signal.SIGTERM)  # sets a flag only, so that any thread may call it

    def handle(number: int, frame: FrameType | None) -> None:
        if orders.are_to_stop:
            stop(number, frame)
            return
        orders.stop()
        timer = threading.Timer(drain_s, stop, (number, frame))
        timer.daemon = True
        timer.start()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)


def _run_worker(orders: _Orders, number: int, process_name: str, _: Any, *arguments: Any) -> None:
    """The life of one worker, in its process."""
    for told in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # until Granian sets its own, the parent's hold
        signal.signal(told, signal.SIG_DFL)
    os.setpgid(0, 0)  # Ctrl-C in a terminal is for the parent
    slot = sharing.Slot()  # not Granian's number, which at SIGHUP two workers have for a while
    parent, generation = os.getppid(), orders.generation(number)

    def is_ending() -> bool:
        return orders.are_to_stop or orders.generation(number) != generation

    def load() -> RsgiApp:
        from service import wsgi  # noqa: PLC0415  # after the fork: it imports prometheus_client and the runtimes

        return RsgiApp(wsgi.create, begin, _announce_stop, is_ending)

    def begin(app: Any) -> None:
        orders.begin(number, generation)
        threading.Thread(target=_watch, args=(orders, parent, app), daemon=True).start()

    try:
        MPServer._spawn_rsgi_worker(number, process_name, load, *arguments)  # no hook leads here
    finally:
        slot.leave()


def _announce_stop(app: Any) -> None:
    app.extensions["heaviside"].stopping.set()


def _watch(orders: _Orders, parent: int, app: Any) -> None:
    """Tell the app when the server is told to stop, and end when the server is gone."""
    while not orders.are_to_stop and os.getppid() == parent:
        time.sleep(LOOK_S)
    _announce_stop(app)
    while os.getppid() == parent:
        time.sleep(LOOK_S)
    os._exit(1)  # killed without a word: nobody will ever stop this worker
