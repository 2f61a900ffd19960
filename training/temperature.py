"""How sure a classifier may be: the temperature that its logits are divided by. Knows no model.

C. Guo et al., On Calibration of Modern Neural Networks, 2017, section 4.2.
"""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax

from models.signature import Task

LEAST, MOST = 0.05, 20.0


def temperature(task: Task, targets: np.ndarray, logits: np.ndarray) -> float:
    """The temperature with the least log-loss on rows that the model was not fitted to.

    `targets` as in a Split, `logits` (rows, units). It changes no decision.
    """
    logits = logits.astype(np.float64)

    def loss(log_temperature: float) -> float:
        return _log_loss(task, targets, logits / np.exp(log_temperature))

    found = minimize_scalar(loss, bounds=(np.log(LEAST), np.log(MOST)), method="bounded")
    return float(np.exp(found.x))


def _log_loss(task: Task, targets: np.ndarray, logits: np.ndarray) -> float:
    if task is Task.MULTICLASS:
        return float(-log_softmax(logits, axis=1)[np.arange(len(targets)), targets].mean())
    signs = 2 * targets.reshape(logits.shape) - 1
    return float(-np.log(np.maximum(expit(signs * logits), 1e-300)).mean())
