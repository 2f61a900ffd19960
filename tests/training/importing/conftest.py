"""Small networks saved as files, once, and what imports them: here, and through a service."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from models.store import Store
from models.version import ModelVersion
from service.app import create_app
from service.flow import Threads
from service.loading import Loader
from service.metrics import Metrics
from service.peers import Peers
from service.predictor import Opener
from service.runtimes.opening import open_runtime
from service.settings import Settings
from service.worker import Worker
from tests.training.importing.here import Here
from tests.training.importing.makers import networks
from training.importing.importing import import_file
from training.importing.wishes import Wishes

keras.config.disable_interactive_logging()


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """The path of a network of makers/networks.py, saved with that suffix; beside it rows and Keras's answers."""
    folder = tmp_path_factory.mktemp("saved")

    def save(name: str, suffix: str = ".keras") -> Path:
        path = folder / f"{name}{suffix}"
        if not path.exists():
            networks.save(name, folder, [suffix])
        return path

    return save


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return Store(tmp_path / "store")


@pytest.fixture
def imported(store: Store) -> Callable[..., ModelVersion]:
    """Imports a file with wishes, in this process; what was told is in `imported.told`."""

    def run(path: Path, **wishes: Any) -> ModelVersion:
        run.told = []
        return import_file(Wishes(path, **wishes), store, run.told.append, Here)

    return run


@pytest.fixture
def ask(store: Store, tmp_path: Path) -> Callable[..., Any]:
    """What the service answers at a path; it is started when it is asked first, and serves what is published then."""
    clients: list[Any] = []

    def answer(path: str, document: Any = None) -> Any:
        if not clients:
            worker = Worker(Settings(model_store=store.root), Metrics(), Peers(tmp_path, count=1), Threads())
            opener = Opener(lambda version: open_runtime(version, "auto", 1), Threads())
            worker.serve(Loader(store, worker.settings, worker.metrics, opener).load())
            clients.append(create_app(worker).test_client())
        response = clients[0].post(path, json=document) if document is not None else clients[0].get(path)
        assert response.status_code == 200, response.text
        return response.json if response.is_json else response.text

    return answer


def rows_and_answers(path: Path) -> tuple[list[np.ndarray], np.ndarray]:
    """What lies beside a saved network."""
    with np.load(path.with_suffix(".npz")) as arrays:
        return [arrays[name] for name in arrays.files if name.startswith("row")], arrays["answers"]


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
