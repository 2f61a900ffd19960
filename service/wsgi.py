"""What a WSGI server calls in each worker to get its app. Knows the environment; nothing below it does."""

import os
from collections.abc import Callable
from pathlib import Path
from threading import Thread

from flask import Flask

from models.store import Store
from service.app import create_app
from service.loading import Loader
from service.metrics import Metrics
from service.peers import Peers
from service.settings import Settings
from service.watching import follow, load_first
from service.worker import Worker

Step = Callable[[Worker, Loader], None]


def create() -> Flask:
    """The app of one worker.

    While the server starts, it answers at once, 503 until the models are loaded on a thread. A worker that replaces
    another loads them first: its peers serve meanwhile, and it accepts nothing that it cannot answer.
    """
    settings = Settings.from_environ(os.environ)
    shared = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])  # made by gunicorn.conf.py, for prometheus_client and us
    worker = Worker(settings, Metrics(shared), Peers(shared, settings.workers))
    loader = Loader(Store(settings.model_store), settings, worker.metrics)
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
