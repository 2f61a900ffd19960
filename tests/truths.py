"""What is true of rows that a model answers, made up: as often its class as it says, or so far off. Knows no Keras."""

import numpy as np

from models.conformal import Conformal
from models.signature import Task

CALIBRATED = ("prices", "boxes", "flowers", "pictures", "tumours")  # the models of the zoo that know coverages


def drawn(task: Task, predictions: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """The index of a class for each row of probabilities, (rows,); else a value for each value, (rows, targets)."""
    if task is Task.REGRESSION:
        return predictions + generator.laplace(scale=1 + np.arange(predictions.shape[1]), size=predictions.shape)
    passed = predictions.cumsum(axis=1) < generator.random((len(predictions), 1))
    return np.minimum(passed.sum(axis=1), predictions.shape[1] - 1)


def calibrated(task: Task, predictions: np.ndarray) -> Conformal:
    """From predictions, and truths that are drawn for them."""
    truths = drawn(task, predictions, np.random.default_rng(3))
    if task is Task.REGRESSION:
        return Conformal.of(np.abs(predictions - truths))
    return Conformal.of(1 - predictions[np.arange(len(predictions)), truths, None])
