"""Granian, the second server: written in Rust, it answers more requests per second. Knows neither models nor Flask.

The first SIGTERM is not for Granian: it starts the drain, during which /readyz says that the service is stopping.
"""

import multiprocessing
import os
import signal
import threading
import time
from mmap import mmap
from types import FrameType
from typing import Any

from granian.constants import HTTPModes, Interfaces
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
RELOAD_S = 3.0  # what a new worker has to load its models before, at SIGHUP, the old one is stopped
LOOK_S = 0.1


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    multiprocessing.set_start_method("fork")  # the app is built after it, and the flag is inherited
    sharing.make_folder()
    stopping = mmap(-1, 1)  # one byte that all processes see
    server = _Server(
        "service",  # is not looked up: run_worker knows what to load
        address=settings.host,
        port=settings.port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_MS, max_buffer_size=BUFFER_BYTES),
        websockets=False,
        workers=settings.workers,
        backpressure=CONNECTIONS,
        workers_kill_timeout=settings.graceful_timeout_s,
        respawn_failed_workers=True,
        respawn_interval=RELOAD_S,
        log_dictconfig=logging_config(settings.log_level),
    )
    server.on_startup(lambda: _drain_first(stopping, settings.drain_s))
    server.on_shutdown(sharing.remove_folder)

    def run_worker(number: int, *arguments: Any) -> None:
        _run_worker(stopping, number, *arguments)

    server.serve(spawn_target=run_worker, target_loader=_nothing)


def _nothing(*_: Any) -> Any:
    """Granian's own loader would run before the slot is named."""


class _Server(MPServer):  # type: ignore[misc]  # its types are not looked at, as it is written in Rust
    """Replaces a worker that died, however often that happens, but not in a hurry; Granian itself would give up."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._replaced_s: dict[int, float] = {}  # by worker, in time.monotonic

    def _respawn_workers(self, workers: list[int], *arguments: Any, **options: Any) -> None:
        latest_s = max(self._replaced_s.get(number, 0.0) for number in workers)
        time.sleep(max(0.0, latest_s + RESPAWN_S - time.monotonic()))
        self._replaced_s |= dict.fromkeys(workers, time.monotonic())
        super()._respawn_workers(workers, *arguments, **options)
        self.respawned_wrks.clear()  # what Granian would count dead workers by


def _drain_first(stopping: mmap, drain_s: float) -> None:
    """Put the drain before what Granian does when it is told to stop; a second signal stops at once."""
    stop: Any = signal.getsignal(signal.SIGTERM)  # sets a flag only, so that any thread may call it

    def handle(number: int, frame: FrameType | None) -> None:
        if stopping[0]:
            stop(number, frame)
            return
        stopping[0] = 1
        timer = threading.Timer(drain_s, stop, (number, frame))
        timer.daemon = True
        timer.start()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)


def _run_worker(stopping: mmap, number: int, process_name: str, _: Any, *arguments: Any) -> None:
    """The life of one worker, in its process."""
    for told in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # until Granian sets its own, the parent's hold
        signal.signal(told, signal.SIG_DFL)
    os.setpgid(0, 0)  # Ctrl-C in a terminal is for the parent
    slot = sharing.Slot()  # not Granian's number, which at SIGHUP two workers have for a while
    parent = os.getppid()

    def load() -> RsgiApp:
        from service import wsgi  # noqa: PLC0415  # after the fork: it imports prometheus_client and the runtimes

        return RsgiApp(wsgi.create, begin, _announce_stop)

    def begin(app: Any) -> None:
        threading.Thread(target=_watch, args=(stopping, parent, app), daemon=True).start()

    try:
        MPServer._spawn_rsgi_worker(number, process_name, load, *arguments)  # no hook leads here
    finally:
        slot.leave()


def _announce_stop(app: Any) -> None:
    app.extensions["heaviside"].stopping.set()


def _watch(stopping: mmap, parent: int, app: Any) -> None:
    """Tell the app when the server is told to stop, and end when the server is gone."""
    while not stopping[0] and os.getppid() == parent:
        time.sleep(LOOK_S)
    _announce_stop(app)
    while os.getppid() == parent:
        time.sleep(LOOK_S)
    os._exit(1)  # killed without a word: nobody will ever stop this worker
