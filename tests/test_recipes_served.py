"""What every recipe trains is answered alike by both runtimes of the service."""

import os
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from models.store import Store
from service.runtimes.opening import open_runtime
from training import recipes
from training.config import override
from training.data import Split
from training.errors import TrainingError
from training.pipeline import train

DATA_DIR = Path(os.environ["DATA_DIR"]) if os.environ.get("DATA_DIR") else None


ROWS = 2_000  # of a split: what is to be shown needs no more

# Besides the default recipes those whose networks have something that no other has. The rest is for `make endurance`.
OF_THEIR_OWN = (
    "california-bounded",
    "california-positive",
    "digits-centroid",
    "iris-threshold-units",
    "linnerud",
    "xor",
)


def quick(recipe):
    return recipe.default or recipe.name in OF_THEIR_OWN


RECIPES = [
    pytest.param(recipe, marks=() if quick(recipe) else pytest.mark.slow, id=recipe.name) for recipe in recipes.every()
]


def few(load):
    """The same data with the first rows of each split only."""

    def first(split):
        weights = None if split.weights is None else split.weights[:ROWS]
        return Split(split.inputs[:ROWS], split.targets[:ROWS], weights)

    return lambda data_dir: load(data_dir).with_each(first)


def small(recipe):
    """The recipe on few rows. Skips the test where its data is not there."""
    if not recipe.embedded and DATA_DIR is None:
        pytest.skip(f"set DATA_DIR to a folder with {recipe.data}")
    try:
        recipe.load(DATA_DIR)
    except TrainingError as error:
        pytest.skip(str(error))
    return replace(recipe, load=few(recipe.load), lender=recipe.lender and few(recipe.lender))


@pytest.mark.parametrize("recipe", RECIPES)
def test_onnx_runtime_and_tensorflow_agree_on_what_a_recipe_trains(recipe, tmp_path):
    recipe = small(recipe)
    dataset = recipe.load(DATA_DIR)
    config = override(recipe.config, ["epochs=1", "folds=0"])
    version = train(recipe, config, Store(tmp_path), DATA_DIR, Console(file=StringIO()))
    rows = {dataset.input_name: dataset.test.inputs[:500]}
    onnx, tensorflow = (open_runtime(version, kind, threads=1).predict(rows) for kind in ("onnx", "tensorflow"))
    assert set(onnx) == set(tensorflow)
    for name, values in onnx.items():
        np.testing.assert_allclose(values, tensorflow[name], rtol=1e-5, atol=1e-5)
