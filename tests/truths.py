"""What is true of rows that a model answers, made up, and of a search that never was. Knows no Keras."""

import numpy as np

from models.conformal import Conformal
from models.signature import Task
from models.study import Study

CALIBRATED = ("prices", "boxes", "flowers", "pictures", "tumours")  # the models of the zoo that know coverages

STUDY = Study(
    name="flowers",
    sampler="tpe",
    pruner="median",
    seed=42,
    space={"dropout": {"kind": "real", "low": 0.0, "high": 0.5, "log": False}},
    total=5,
    counts={"complete": 4, "failed": 1},
    seconds=12.5,
    trial=3,
    objectives={"error": 0.1, "size": 99.0},
    params={"dropout": 0.25},
    front=(3, 1),
    importances={"dropout": 1.0},
)


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
