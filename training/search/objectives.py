"""What a search minimises, by name. Knows no study, and of a network only its scores on validation rows."""

from collections.abc import Mapping

import numpy as np

from models.signature import Task

ERROR, LOSS, SIZE, LATENCY = "error", "loss", "size", "latency"
NAMES = (ERROR, LOSS, SIZE, LATENCY)
EACH_EPOCH = (ERROR, LOSS)  # those that every epoch tells, so that a pruner can compare


def error(task: Task, scores: Mapping[str, float]) -> float:
    """The share of rows that are wrong, or the MSE in the unit of the data."""
    if task is Task.REGRESSION:
        return scores["mse"]
    return 1 - scores["subset_accuracy" if task is Task.MULTILABEL else "accuracy"]


def loss(task: Task, scores: Mapping[str, float]) -> float:
    """The log-loss, or the MSE."""
    return scores["mse" if task is Task.REGRESSION else "log_loss"]


def epoch_value(objective: str, task: Task, logs: Mapping[str, float], scale: np.ndarray, squared: bool) -> float:
    """What an epoch tells of an objective, from Keras's logs; comparable among trials, not always equal to `error`.

    Keras counts each label of a multilabel row by itself. The loss of a regression is in units of `scale`, which is
    put back where the loss is squared.
    """
    if objective == ERROR and "val_accuracy" in logs:
        return 1 - float(logs["val_accuracy"])
    back = float(np.mean(np.square(scale))) if task is Task.REGRESSION and squared else 1.0
    return float(logs["val_loss"]) * back
