"""Fixtures for the tests of training: a model that one real epoch has made, and the big data sets where they are."""

import os
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from models.store import Store
from models.version import ModelVersion
from training import recipes
from training.config import override


@pytest.fixture
def pipe() -> Console:
    """A console that writes into memory, as into a pipe; what was written is in `pipe.file`."""
    return Console(file=StringIO(), width=200, highlight=False)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> ModelVersion:
    """The digits after one real epoch, by the whole way from the recipe to the store."""
    from training.pipeline import train  # noqa: PLC0415  # imports Keras

    recipe = recipes.find("digits")
    store = Store(tmp_path_factory.mktemp("store"))
    return train(recipe, override(recipe.config, ["epochs=1", "folds=0"]), store, None, Console(file=StringIO()))


@pytest.fixture
def data_dir() -> Path:
    """The folder with the two big data sets."""
    folder = os.environ.get("DATA_DIR")
    if not folder:
        pytest.skip("set DATA_DIR to a folder with fashion-mnist/*.gz and cal_housing_py3.pkz")
    return Path(folder)
