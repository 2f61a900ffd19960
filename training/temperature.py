"""How sure a classifier may be: the temperature that its logits are divided by. Knows no model.

C. Guo et al., On Calibration of Modern Neural Networks, 2017, section 4.2. Targets are a little short of sure, as in
J. Platt, Probabilistic Outputs for Support Vector Machines, 1999, section 2.2: where a model is right on all rows that
are asked, no temperature would be low enough, and one wrong answer later on would cost all.
"""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_expit, log_softmax

from models.signature import Task

LEAST, MOST = 0.05, 20.0


def temperature(task: Task, targets: np.ndarray, logits: np.ndarray) -> float:
    """The temperature with the least log-loss on rows that the model was not fitted to.

    `targets` as in a Split, `logits` (rows, units). It changes no decision. From n rows that
    are all told rightly nobody can tell more than that about one in n + 2 is not, so targets are that sure.
    """
    logits, doubt = logits.astype(np.float64), 1 / (len(targets) + 2)

    def loss(log_temperature: float) -> float:
        return _log_loss(task, targets, logits / np.exp(log_temperature), doubt)

    found = minimize_scalar(loss, bounds=(np.log(LEAST), np.log(MOST)), method="bounded")
    return float(np.exp(found.x))


def _log_loss(task: Task, targets: np.ndarray, logits: np.ndarray, doubt: float) -> float:
    """The mean over rows, where a share of `doubt` of each target lies with the other classes, or the other answer."""
    if task is Task.MULTICLASS:
        losses = -log_softmax(logits, axis=1)  # (rows, classes)
        right = losses[np.arange(len(targets)), targets]
        return float(((1 - doubt) * right + doubt * (losses.sum(axis=1) - right) / (losses.shape[1] - 1)).mean())
    signed = (2 * targets.reshape(logits.shape) - 1) * logits
    return float(-((1 - doubt) * log_expit(signed) + doubt * log_expit(-signed)).mean())
