"""What a WSGI server calls in each worker to get its app. Knows the environment; nothing below it does."""

import logging
import os
from pathlib import Path
from threading import Thread

from flask import Flask

from models.errors import UnreadableStore
from models.store import Store
from service.app import create_app
from service.loading import load_catalog
from service.metrics import Metrics
from service.peers import Peers
from service.settings import Settings
from service.worker import Worker

log = logging.getLogger("heaviside.loading")


def create() -> Flask:
    """The app of one worker.

    While the server starts, it answers at once, 503 until the models are loaded on a thread. A worker that replaces
    another loads them first: its peers serve meanwhile, and it accepts nothing that it cannot answer.
    """
    settings = Settings.from_environ(os.environ)
    shared = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])  # made by gunicorn.conf.py, for prometheus_client and us
    worker = Worker(settings, Metrics(shared), Peers(shared, settings.workers))
    if worker.peers.have_started():
        _load(worker)
    else:
        Thread(target=_load, args=(worker,), name="loading").start()  # no daemon: it must not be cut off inside C++
    return create_app(worker)


def _load(worker: Worker) -> None:
    try:
        worker.serve(load_catalog(Store(worker.settings.model_store), worker.settings))
    except UnreadableStore as error:
        log.critical("the store cannot be read", extra={"fields": {"reason": str(error)}})
        worker.fail(str(error))
        return
    except Exception:
        log.critical("the store cannot be loaded; the worker ends", exc_info=True)
        os._exit(1)  # a worker that can never serve must not stay, looking alive
    log.info("worker ready", extra={"fields": {"models": len(worker.catalog.models)}})
