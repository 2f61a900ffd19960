"""How good predictions are, by task. Knows neither who made them nor on which rows.

Each metric is computed from rows that may count any number of times, so that intervals.py can ask for a thousand
resamples of the same rows at once.
"""

from collections.abc import Callable, Mapping

import numpy as np

from models.signature import Task
from training.calibration import BINS, Statements, statements

LOWER_IS_BETTER = frozenset({"mse", "rmse", "mae", "log_loss", "ece"})  # of all others, and of measures, the higher

# From how often each row counts, (samples, rows), to the value in each sample, (samples,).
Metric = Callable[[np.ndarray], np.ndarray]

_LEAST = np.finfo(np.float64).eps  # a probability that is taken for 0, so that a certain error has a finite loss

# From targets and predictions, each (rows, units), to a number per row, (rows,), whose mean is the score.
Measure = Callable[[np.ndarray, np.ndarray], np.ndarray]


def scores(task: Task, targets: np.ndarray, predictions: np.ndarray) -> dict[str, float]:
    """The metrics of a task, the one to look at first first.

    `targets` are as in a Split. `predictions` are (rows, units): probabilities, or values in the target's unit.
    """
    return _values(metrics(task, targets, predictions), len(targets))


def hard_scores(task: Task, targets: np.ndarray, decisions: np.ndarray) -> dict[str, float]:
    """The metrics of a classifier whose units give decisions, 0 or 1, and no probabilities that could be judged."""
    return _values(hard_metrics(task, targets, decisions), len(targets))


def measured(
    scores: Mapping[str, float], targets: np.ndarray, predictions: np.ndarray, measures: Mapping[str, Measure]
) -> dict[str, float]:
    """The scores with further measures, which come first: whoever asks for one wants to see it."""
    return _values(measure_metrics(measures, targets, predictions), len(targets)) | dict(scores)


def metrics(task: Task, targets: np.ndarray, predictions: np.ndarray) -> dict[str, Metric]:
    """What `scores` asks for all rows once; a metric that is not defined for these rows is left out."""
    predictions = predictions.astype(np.float64)
    return _OF_DECISIONS[task](targets, predictions) | _OF_PROBABILITIES[task](targets, predictions)


def hard_metrics(task: Task, targets: np.ndarray, decisions: np.ndarray) -> dict[str, Metric]:
    """What `hard_scores` asks for all rows once."""
    return _OF_DECISIONS[task](targets, decisions.astype(np.float64))


def measure_metrics(measures: Mapping[str, Measure], targets: np.ndarray, predictions: np.ndarray) -> dict[str, Metric]:
    """What `measured` asks for all rows once."""
    return {name: _mean(measure(targets, predictions)) for name, measure in measures.items()}


def _values(of: dict[str, Metric], rows: int) -> dict[str, float]:
    once = np.ones((1, rows))
    return {name: float(metric(once)[0]) for name, metric in of.items()}


def _chosen_class(targets: np.ndarray, units: np.ndarray) -> dict[str, Metric]:
    chosen, classes = units.argmax(axis=1), np.arange(units.shape[1])
    truth, given = targets[:, None] == classes, chosen[:, None] == classes
    return {"accuracy": _mean(chosen == targets), "macro_f1": _macro_f1(truth, given)}


def _chosen_side(targets: np.ndarray, units: np.ndarray) -> dict[str, Metric]:
    return {"accuracy": _mean((units >= 0.5).ravel() == targets.ravel())}


def _chosen_labels(targets: np.ndarray, units: np.ndarray) -> dict[str, Metric]:
    truth, given = targets == 1, units >= 0.5
    return {
        "subset_accuracy": _mean((truth == given).all(axis=1)),  # a row counts where all its labels are right
        "macro_f1": _macro_f1(truth, given),
    }


def _of_classes(targets: np.ndarray, probabilities: np.ndarray) -> dict[str, Metric]:
    probabilities = probabilities / probabilities.sum(axis=1, keepdims=True)  # float32 sums miss 1 by a little
    return {
        "log_loss": _mean(_losses(probabilities[np.arange(len(targets)), targets])),
        "ece": _ece(statements(Task.MULTICLASS, targets, probabilities)),
    }


def _of_two(targets: np.ndarray, probabilities: np.ndarray) -> dict[str, Metric]:
    truth = targets.ravel() == 1
    auc = {"auc": _auc(truth, probabilities.ravel())} if 0 < truth.sum() < len(truth) else {}
    return auc | _of_each(Task.BINARY, targets, probabilities)


def _of_labels(targets: np.ndarray, probabilities: np.ndarray) -> dict[str, Metric]:
    return _of_each(Task.MULTILABEL, targets, probabilities)


def _of_each(task: Task, targets: np.ndarray, probabilities: np.ndarray) -> dict[str, Metric]:
    losses = _losses(np.where(targets == 1, probabilities, 1 - probabilities))  # (rows, units)
    return {"log_loss": _mean(losses.mean(axis=1)), "ece": _ece(statements(task, targets, probabilities))}


def _of_values(targets: np.ndarray, values: np.ndarray) -> dict[str, Metric]:
    errors = values - targets.astype(np.float64)  # (rows, targets)
    mse = _mean((errors**2).mean(axis=1))
    return {
        "mse": mse,
        "rmse": lambda weights: np.sqrt(mse(weights)),
        "mae": _mean(np.abs(errors).mean(axis=1)),
        "r2": _r2(targets.astype(np.float64), errors),
    }


def _none(_targets: np.ndarray, _units: np.ndarray) -> dict[str, Metric]:
    return {}


_OF_DECISIONS = {
    Task.MULTICLASS: _chosen_class,
    Task.BINARY: _chosen_side,
    Task.MULTILABEL: _chosen_labels,
    Task.REGRESSION: _of_values,
}
_OF_PROBABILITIES = {
    Task.MULTICLASS: _of_classes,
    Task.BINARY: _of_two,
    Task.MULTILABEL: _of_labels,
    Task.REGRESSION: _none,
}


def _mean(values: np.ndarray) -> Metric:
    """Of a number per row, (rows,)."""
    values = values.astype(np.float64)
    return lambda weights: weights @ values / weights.sum(axis=1)


def _losses(probabilities: np.ndarray) -> np.ndarray:
    """The loss of each probability that was given to what came true."""
    return np.asarray(-np.log(np.clip(probabilities, _LEAST, 1 - _LEAST)))


def _macro_f1(truth: np.ndarray, given: np.ndarray) -> Metric:
    """The mean F1 of the classes or labels, (rows, classes), that are true or given in the sample at least once."""
    both, either = (truth & given).astype(np.float64), truth.astype(np.float64) + given

    def macro_f1(weights: np.ndarray) -> np.ndarray:
        hits, sums = weights @ both, weights @ either  # (samples, classes)
        each = np.divide(2 * hits, sums, out=np.zeros_like(sums), where=sums > 0)
        return np.asarray(each.sum(axis=1) / np.maximum((sums > 0).sum(axis=1), 1))

    return macro_f1


def _auc(truth: np.ndarray, probabilities: np.ndarray) -> Metric:
    """The share of pairs, one row of each class, of which the true one is the likelier; of equal ones half count.

    It is not a number in a sample that has rows of one class only.
    """
    order = np.argsort(probabilities, kind="stable")
    starts = np.flatnonzero(np.diff(probabilities[order], prepend=-np.inf))  # of rows of equal probability
    positive = truth[order].astype(np.float64)

    def auc(weights: np.ndarray) -> np.ndarray:
        weights = weights[:, order]
        ones = np.add.reduceat(weights * positive, starts, axis=1)  # (samples, different probabilities)
        zeros = np.add.reduceat(weights * (1 - positive), starts, axis=1)
        won = (ones * (zeros.cumsum(axis=1) - zeros / 2)).sum(axis=1)
        pairs = ones.sum(axis=1) * zeros.sum(axis=1)
        return np.asarray(np.divide(won, pairs, out=np.full_like(won, np.nan), where=pairs > 0))

    return auc


def _ece(stated: Statements) -> Metric:
    """The expected calibration error: how far, bin by bin, the mean probability lies from the share that came true."""
    gaps = np.zeros((len(stated.bins), BINS))
    for bins, gap in zip(stated.bins.T, (stated.came_true - stated.probabilities).T, strict=True):
        gaps[np.arange(len(bins)), bins] += gap
    each = stated.bins.shape[1]
    return lambda weights: np.abs(weights @ gaps).sum(axis=1) / (weights.sum(axis=1) * each)


def _r2(targets: np.ndarray, errors: np.ndarray) -> Metric:
    """1 - the squared errors over the variance, the mean of all targets; where a target is constant 1 or 0."""
    deviations = targets - targets.mean(axis=0)  # (rows, targets)
    least = 1e-12 * (deviations**2).mean(axis=0)  # a variance below this is rounding

    def r2(weights: np.ndarray) -> np.ndarray:
        shares = weights / weights.sum(axis=1, keepdims=True)
        squares, variances = shares @ errors**2, shares @ deviations**2 - (shares @ deviations) ** 2
        constant = (squares > 0).astype(np.float64)
        each = 1 - np.divide(squares, variances, out=constant, where=variances > least)  # (samples, targets)
        return np.asarray(each.mean(axis=1))

    return r2
