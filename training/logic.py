"""Networks whose weights are set by hand, so that nothing is trained. Knows not what they compute."""

import time
from collections.abc import Sequence

import keras

from models.signature import Task
from training.config import Config
from training.data import Dataset
from training.fit import Run
from training.neurons import Layer
from training.thresholds import threshold_run


def fit(
    dataset: Dataset,
    task: Task,
    config: Config,
    callbacks: Sequence[keras.callbacks.Callback] = (),  # noqa: ARG001  # there is no epoch to tell of
    layers: Sequence[Layer] = (),
) -> Run:
    """Put `layers` of threshold units one upon the other, and score them as a trained network is scored."""
    return threshold_run(layers, dataset, task, config, history={}, begin=time.monotonic())
