"""What every recipe trains is answered alike by both runtimes of the service."""

import os
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from models.store import Store
from service.runtimes.opening import open_runtime
from training import recipes
from training.config import override
from training.errors import TrainingError
from training.pipeline import train

DATA_DIR = Path(os.environ["DATA_DIR"]) if os.environ.get("DATA_DIR") else None


def load(recipe):
    if recipe not in recipes.embedded() and DATA_DIR is None:
        pytest.skip(f"set DATA_DIR to a folder with {recipe.data}")
    try:
        return recipe.load(DATA_DIR)
    except TrainingError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("recipe", recipes.every(), ids=lambda recipe: recipe.name)
def test_onnx_runtime_and_tensorflow_agree_on_what_a_recipe_trains(recipe, tmp_path):
    dataset = load(recipe)
    config = override(recipe.config, ["epochs=1"])
    version = train(recipe, config, Store(tmp_path), DATA_DIR, Console(file=StringIO()))
    rows = {dataset.input_name: dataset.test.inputs[:500]}
    onnx, tensorflow = (open_runtime(version, kind, threads=1).predict(rows) for kind in ("onnx", "tensorflow"))
    assert set(onnx) == set(tensorflow)
    for name, values in onnx.items():
        np.testing.assert_allclose(values, tensorflow[name], rtol=1e-5, atol=1e-5)
