"""A linear model of prepared rows, with whose weights the way past the hidden layers begins. Knows no network."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge

from models.signature import Task

MANY_ROWS = 50_000  # from which on a logistic regression need not run to its end: it is a start, or to be beaten


def linear_weights(
    rows: np.ndarray, targets: np.ndarray, task: Task, units: int, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Kernel (columns, units) and bias (units,) of the least squares, or of a logistic regression, a logit per unit.

    `rows` are (rows, columns); `targets` numbers (rows, units), class numbers (rows,), or 0 and 1 (rows, units).
    """
    if task is Task.REGRESSION:
        fitted = Ridge().fit(rows, targets, sample_weight=weights)
        return np.reshape(fitted.coef_, (units, -1)).T, np.reshape(fitted.intercept_, units)
    if task is Task.MULTICLASS:
        return _logits(rows, targets, units, weights)
    labels = [_logits(rows, label, 1, weights) for label in np.reshape(targets, (len(rows), units)).T]
    return np.concatenate([kernel for kernel, _ in labels], axis=1), np.concatenate([bias for _, bias in labels])


def logistic_regression(rows: int) -> LogisticRegression:
    """One for so many rows, of a table."""
    return LogisticRegression(max_iter=100 if rows > MANY_ROWS else 1000)


def _logits(
    rows: np.ndarray, classes: np.ndarray, units: int, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Of a class that no row has, and of a label that all have or none, nothing is known: its weights are 0."""
    kernel, bias = np.zeros((rows.shape[1], units)), np.zeros(units)
    known = np.unique(classes).astype(int)
    if len(known) < 2:
        return kernel, bias
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it is where the training starts, not where it ends
        fitted = logistic_regression(len(rows)).fit(rows, classes, weights)
    if units == 1:
        return fitted.coef_.T, fitted.intercept_
    two = len(known) == 2  # of which scikit-learn keeps the difference only
    kernel[:, known] = np.concatenate([-fitted.coef_ / 2, fitted.coef_ / 2]).T if two else fitted.coef_.T
    bias[known] = [-fitted.intercept_[0] / 2, fitted.intercept_[0] / 2] if two else fitted.intercept_
    return kernel, bias
