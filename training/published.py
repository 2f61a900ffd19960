"""The Keras model of a published version, and its weights for a training that goes on from it. Knows no training."""

import tempfile
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from models.signature import Task
from models.version import KERAS_FILE, ModelVersion
from training.config import Config
from training.data import Dataset
from training.errors import CannotContinue
from training.network import assemble, build

Weights = list[np.ndarray]  # of one network


def weights_of(version: ModelVersion, dataset: Dataset, task: Task, config: Config) -> list[Weights]:
    """The weights of each network of a version, for networks as network.build makes them.

    Raises CannotContinue for other data or a network that is built otherwise now, and BadVersion for a damaged file.
    """
    if (sha256 := version.manifest.data.get("sha256")) != dataset.sha256:
        raise CannotContinue(
            f"{version} was trained on other data: its SHA-256 was {sha256}, and now is {dataset.sha256}. Rows that "
            "are held out now may have been learnt then. Bring that data back, or begin anew with make train."
        )
    networks = [build(dataset, task, replace(config, seed=config.seed + number)) for number in range(config.members)]
    model, published = assemble(networks, dataset, task, config), keras_model(version)
    if [weight.shape for weight in model.weights] != [weight.shape for weight in published.weights]:
        raise CannotContinue(
            f"{version} has a network of other shapes than its config now gives: this Heaviside builds it otherwise. "
            "Begin anew with make train."
        )
    model.set_weights(published.get_weights())
    return [network.get_weights() for network in networks]


def keras_model(version: ModelVersion) -> keras.Model:
    """The model that Keras saved, from bytes that are checked first. Raises BadVersion where they are damaged."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / KERAS_FILE
        path.write_bytes(version.read(KERAS_FILE))
        return keras.saving.load_model(path, compile=False, safe_mode=True)
