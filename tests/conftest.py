"""Fixtures for all tests: a store with the real small models of tests/zoo.py, and a service that serves it."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models.store import Store
from models.version import MANIFEST_FILE, ModelVersion

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # a failing test shows its own output, not TensorFlow's banner


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--zoo", help="a store made by `python -m tests.zoo`; else one is made, which takes TensorFlow")


@pytest.fixture(scope="session")
def zoo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Published models: one per kind of prediction, and half_plus_two. Tests must not change it: see `own_zoo`."""
    if made := request.config.getoption("--zoo"):
        return Store(Path(made))
    from tests import zoo as animals  # noqa: PLC0415  # imports Keras

    root = tmp_path_factory.mktemp("zoo")
    animals.publish_all(root)
    return Store(root)


@pytest.fixture
def own_zoo(zoo: Store, tmp_path: Path) -> Store:
    """A copy of the zoo that a test may damage."""
    shutil.copytree(zoo.root, tmp_path / "store")
    return Store(tmp_path / "store")


@pytest.fixture
def republish() -> Callable[..., ModelVersion]:
    """Publish the files of a version once more, as the next version of the same or another name."""

    def publish(store: Store, version: ModelVersion, name: str = "", **changes: Any) -> ModelVersion:
        name = name or version.name
        with store.staging(name) as folder:
            for file in version.folder.iterdir():
                if file.name != MANIFEST_FILE:
                    shutil.copy(file, folder)
            manifest = type(version.manifest)(**(vars(version.manifest) | changes))
            return store.publish(name, folder, manifest)

    return publish
