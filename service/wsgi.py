"""What a WSGI server calls in each worker to get its app. Knows the environment; nothing below it does."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Thread

from flask import Flask

from models.store import Store
from service.app import create_app
from service.flow import Flow
from service.key_file import KeyFile
from service.loading import Loader
from service.metrics import Metrics
from service.peers import Peers
from service.predictor import Opener
from service.runtimes.opening import open_runtime
from service.settings import Settings
from service.watching import follow, load_first
from service.worker import Worker

Step = Callable[[Worker, Loader], None]


def create_for_greenlets() -> Flask:
    """The app of one worker of gunicorn, whose requests are greenlets."""
    from service.greenlets import Greenlets  # noqa: PLC0415  # gevent is of no use to other servers' workers

    return create(Greenlets())


def create(flow: Flow) -> Flask:
    """The app of one worker.

    While the server starts, it answers at once, 503 until the models are loaded on a thread. A worker that replaces
    another loads them first: its peers serve meanwhile, and it accepts nothing that it cannot answer.
    """
    settings = Settings.from_environ(os.environ)
    shared = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])  # made by the server, for prometheus_client and us
    worker = Worker(settings, Metrics(shared), Peers(shared, settings.workers), flow)
    if settings.api_keys_file is not None:
        keys = KeyFile(settings.api_keys_file, worker)
        keys.look()
        Thread(target=keys.follow, name="keys").start()
    open_one = partial(open_runtime, choice=settings.runtime, threads=settings.runtime_threads)
    loader = Loader(
        Store(settings.model_store, trusted=settings.trusted_keys), settings, worker.metrics, Opener(open_one, flow)
    )
    if worker.peers.have_started():
        load_first(worker, loader)
        steps: tuple[Step, ...] = (follow,)
    else:
        steps = (load_first, follow)
    # No daemon: it must not be cut off inside C++ when the worker ends.
    Thread(target=_run, args=(steps, worker, loader), name="loading").start()
    return create_app(worker)


def _run(steps: tuple[Step, ...], worker: Worker, loader: Loader) -> None:
    for step in steps:
        step(worker, loader)
