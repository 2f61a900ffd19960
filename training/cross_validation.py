"""Scores from all rows: each is scored once, by a network that was trained without it. Knows no method.

M. Stone, Cross-Validatory Choice and Assessment of Statistical Predictions, 1974.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split

from models.signature import Task
from training.config import Config
from training.data import Dataset, Split
from training.folds import SPREAD
from training.methods import Fit
from training.scores import Measure, measured

SEED = 42  # of the folds: the same for all seeds of the training, so that their scores can be compared
VALIDATION = 0.1  # of the rows that are not scored


def cross_validated(
    fit: Fit, dataset: Dataset, task: Task, config: Config, measures: Mapping[str, Measure]
) -> dict[str, float]:
    """The mean of each metric over `config.folds` folds, and its spread under `<metric>_spread`.

    The folds have all classes in the same shares. The rest of the rows is split into training and validation rows.
    """
    each = []
    for fold in _folds(dataset, task, config.folds):
        run = fit(fold, task, config)
        each.append(measured(run.scores["test"], fold.test.targets, run.predictions["test"], measures))
    means = {metric: float(np.mean([scores[metric] for scores in each])) for metric in each[0]}
    spreads = {metric + SPREAD: float(np.std([scores[metric] for scores in each])) for metric in means}
    return means | spreads


def _folds(dataset: Dataset, task: Task, folds: int) -> Iterator[Dataset]:
    rows = _together(list(dataset.splits.values()))
    classes = _classes(rows.targets, task)
    for rest, test in _parts(classes, folds):
        train, validation = _two(rest, classes[rest])
        yield replace(dataset, train=_at(rows, train), validation=_at(rows, validation), test=_at(rows, test))


def _parts(classes: np.ndarray, folds: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    kind = StratifiedKFold if np.bincount(classes).min() >= folds else KFold
    yield from kind(folds, shuffle=True, random_state=SEED).split(classes, classes)


def _two(rows: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    held_out = max(int(len(rows) * VALIDATION), 1)
    stratify = classes if np.bincount(classes).min() > 1 and held_out >= len(np.unique(classes)) else None
    train, validation = train_test_split(rows, test_size=held_out, random_state=SEED, stratify=stratify)
    return train, validation


def _classes(targets: np.ndarray, task: Task) -> np.ndarray:
    """What is to be in the same shares everywhere, as numbers from 0 on: classes, sets of labels, or nothing."""
    if task is Task.REGRESSION:
        return np.zeros(len(targets), np.int64)
    return np.unique(targets, axis=0, return_inverse=True)[1].ravel()


def _together(splits: list[Split]) -> Split:
    weights = [split.weights for split in splits if split.weights is not None]
    return Split(
        np.concatenate([split.inputs for split in splits]),
        np.concatenate([split.targets for split in splits]),
        np.concatenate(weights) if len(weights) == len(splits) else None,
    )


def _at(rows: Split, places: np.ndarray) -> Split:
    weights = None if rows.weights is None else rows.weights[places]
    return Split(rows.inputs[places], rows.targets[places], weights)
