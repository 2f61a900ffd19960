"""How far the answers to rows that a model was not fitted to lay from the truth. Knows neither model nor rows."""

import numpy as np

from models.conformal import Conformal
from models.signature import Signature, Task


def conformal(signature: Signature, targets: np.ndarray, predictions: np.ndarray) -> Conformal | None:
    """From the answers to the calibration rows, as in models/conformal.py, what a version may promise.

    None where there is nothing to promise: of labels, which are no classes that exclude one another, and of decisions.
    """
    if signature.task is Task.MULTILABEL or signature.is_hard:
        return None
    return Conformal.of(nonconformity(signature.task, targets, predictions))


def nonconformity(task: Task, targets: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """How ill answers fit: (rows, targets) distances, or (rows, 1) of 1 - the probability of the true class."""
    if task is Task.REGRESSION:
        return np.asarray(np.abs(predictions.astype(np.float64) - targets))
    probabilities = class_probabilities(task, predictions)
    return 1 - np.take_along_axis(probabilities, targets.reshape(-1, 1).astype(np.int64), axis=1)


def class_probabilities(task: Task, predictions: np.ndarray) -> np.ndarray:
    """A probability per class, (rows, classes), also of a binary model, whose one unit tells that of the second."""
    predictions = predictions.astype(np.float64)
    return np.hstack([1 - predictions, predictions]) if task is Task.BINARY else predictions
