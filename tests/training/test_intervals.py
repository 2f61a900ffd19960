"""Bootstrap intervals: around the score, the same each time, as wide as theory says, and quick."""

import time

import numpy as np
import pytest

from models.signature import Task
from training.intervals import intervals, resamples
from training.scores import metrics, scores

RNG = np.random.default_rng(3)


def labels(rows, count):
    return RNG.integers(2, size=(rows, count)).astype(np.float32), RNG.random((rows, count))


def classes(rows, count):
    probabilities = RNG.dirichlet(np.full(count, 0.3), size=rows)
    return np.array([RNG.choice(count, p=each) for each in probabilities]), probabilities


def values(rows, count):
    targets = RNG.normal(size=(rows, count))
    return targets, targets + RNG.normal(size=(rows, count))


CASES = [
    pytest.param(Task.MULTICLASS, *classes(300, 4), id="multiclass"),
    pytest.param(Task.BINARY, *labels(300, 1), id="binary"),
    pytest.param(Task.MULTILABEL, *labels(300, 3), id="multilabel"),
    pytest.param(Task.REGRESSION, *values(300, 2), id="regression"),
]


@pytest.mark.parametrize(("task", "targets", "predictions"), CASES)
def test_an_interval_holds_its_score_and_is_the_same_each_time(task, targets, predictions):
    measures = metrics(task, targets, predictions)
    given = intervals(measures, len(targets))
    score = scores(task, targets, predictions)
    assert set(given) == set(score) - {"ece"}
    for metric, (low, high) in given.items():
        assert low < score[metric] < high, metric
    assert given == intervals(measures, len(targets))


def test_the_interval_of_a_share_is_as_wide_as_the_binomial_says():
    targets = (np.arange(1000) < 900).astype(np.float32)[:, None]  # 90% right
    low, high = intervals(metrics(Task.BINARY, targets, np.ones((1000, 1))), 1000)["accuracy"]
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.9 * 0.1 / 1000), rel=0.1)


def test_a_sample_without_one_of_the_classes_does_not_count():
    targets = np.zeros((20, 1))
    targets[0] = 1
    low, high = intervals(metrics(Task.BINARY, targets, RNG.random((20, 1))), 20)["auc"]
    assert 0 <= low < high <= 1


@pytest.mark.parametrize(("rows", "expected"), [(50, 1000), (10_000, 1000), (50_000, 400), (1_000_000, 200)])
def test_large_splits_get_fewer_resamples(rows, expected):
    assert resamples(rows) == expected


def test_ten_thousand_rows_of_ten_classes_take_seconds():
    targets, probabilities = RNG.integers(10, size=10_000), RNG.dirichlet(np.ones(10), size=10_000)
    begin = time.process_time()
    intervals(metrics(Task.MULTICLASS, targets, probabilities), 10_000)
    assert time.process_time() - begin < 6  # seconds of two processors
