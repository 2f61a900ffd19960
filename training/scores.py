"""How good predictions are, by task. Knows neither who made them nor on which rows."""

from collections.abc import Callable

import numpy as np
from sklearn import metrics

from models.signature import Task


def scores(task: Task, targets: np.ndarray, predictions: np.ndarray) -> dict[str, float]:
    """The metrics of a task, the one to look at first first.

    `targets` are as in a Split. `predictions` are (rows, units): probabilities, or values in the target's unit.
    """
    values = _METRICS[task](targets, predictions.astype(np.float64))
    return {name: float(value) for name, value in values.items()}


def _multiclass(targets: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    probabilities = probabilities / probabilities.sum(axis=1, keepdims=True)  # float32 sums miss 1 by a little
    return {
        "accuracy": metrics.accuracy_score(targets, probabilities.argmax(axis=1)),
        "log_loss": metrics.log_loss(targets, probabilities, labels=range(probabilities.shape[1])),
    }


def _binary(targets: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    truth, probability = targets.ravel(), probabilities.ravel()
    return {
        "accuracy": metrics.accuracy_score(truth, probability >= 0.5),
        "auc": metrics.roc_auc_score(truth, probability),
        "log_loss": metrics.log_loss(truth, probability, labels=[0, 1]),
    }


def _multilabel(targets: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    given = probabilities >= 0.5
    losses = [metrics.log_loss(targets[:, i], probabilities[:, i], labels=[0, 1]) for i in range(targets.shape[1])]
    return {
        "subset_accuracy": metrics.accuracy_score(targets, given),  # a row counts where all its labels are right
        "macro_f1": metrics.f1_score(targets, given, average="macro", zero_division=0),
        "log_loss": sum(losses) / len(losses),
    }


def _regression(targets: np.ndarray, values: np.ndarray) -> dict[str, float]:
    mse = metrics.mean_squared_error(targets, values)
    return {
        "mse": mse,
        "rmse": mse**0.5,
        "mae": metrics.mean_absolute_error(targets, values),
        "r2": metrics.r2_score(targets, values),
    }


_METRICS: dict[Task, Callable[[np.ndarray, np.ndarray], dict[str, float]]] = {
    Task.MULTICLASS: _multiclass,
    Task.BINARY: _binary,
    Task.MULTILABEL: _multilabel,
    Task.REGRESSION: _regression,
}
