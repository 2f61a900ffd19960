"""A service over the zoo, without a server: Flask's test client on the real app, catalog and runtimes."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from models.store import Store
from service.app import create_app
from service.flow import Threads
from service.loading import Loader
from service.metrics import Metrics
from service.peers import Peers
from service.predictor import Opener
from service.runtimes.opening import open_runtime
from service.settings import Settings
from service.worker import Worker


def opener() -> Opener:
    """What a worker with threads opens versions with."""
    return Opener(partial(open_runtime, choice="auto", threads=1), Threads())


def worker_of(folder: Path, store: Store, its_opener: Opener | None = None, **settings: object) -> Worker:
    """A worker that serves a store; `folder` is where it would meet its peers."""
    worker = Worker(Settings(model_store=store.root, **settings), Metrics(), Peers(folder, count=1), Threads())
    worker.serve(Loader(store, worker.settings, worker.metrics, its_opener or opener()).load())
    return worker


@pytest.fixture
def start_worker(tmp_path: Path) -> Callable[..., Worker]:
    """A worker that serves a store, with settings to choose."""

    return partial(worker_of, tmp_path)


@pytest.fixture
def client(zoo: Store, start_worker: Callable[..., Worker]) -> FlaskClient:
    """A client of a service over the whole zoo."""
    return create_app(start_worker(zoo)).test_client()


@pytest.fixture
def labelled_zoo(own_zoo: Store) -> Store:
    """A copy of the zoo in which every model has the label `stable`."""
    for name in own_zoo.names():
        own_zoo.label(name, "stable", 1)
    return own_zoo
