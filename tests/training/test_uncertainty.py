"""What validation rows say of how sure the answers to other rows are."""

import numpy as np
import pytest

from models.signature import STEP, Input, Output, Signature, Task
from training.uncertainty import conformal, nonconformity


def signature(task, units, activation="softmax"):
    names = ("no", "yes") if task is Task.BINARY else tuple("abc"[:units])
    return Signature(task, (Input("row", (2,)),), (Output("answer", units, activation, names),))


@pytest.mark.parametrize(
    ("task", "targets", "predictions", "expected"),
    [
        pytest.param(Task.MULTICLASS, [2, 0], [[0.1, 0.2, 0.7], [0.2, 0.3, 0.5]], [[0.3], [0.8]], id="multiclass"),
        pytest.param(Task.BINARY, [[1], [0]], [[0.9], [0.9]], [[0.1], [0.9]], id="binary, of both classes"),
        pytest.param(Task.REGRESSION, [[1, 5], [2, 5]], [[3, 5], [1.5, 6]], [[2, 0], [0.5, 1]], id="each target"),
    ],
)
def test_a_row_is_scored_by_how_ill_its_answer_fits(task, targets, predictions, expected):
    np.testing.assert_allclose(nonconformity(task, np.array(targets), np.array(predictions)), expected)


def test_a_regression_has_thresholds_of_each_target():
    targets = np.zeros((99, 2))
    predictions = np.arange(1, 100)[:, None] * np.array([1, -10])
    given = conformal(signature(Task.REGRESSION, 2, "linear"), targets, predictions)
    np.testing.assert_allclose(given.threshold(0.9), [90, 900])


@pytest.mark.parametrize(
    ("task", "units", "activation"),
    [
        pytest.param(Task.MULTILABEL, 3, "sigmoid", id="labels do not exclude one another"),
        pytest.param(Task.MULTICLASS, 3, STEP, id="decisions have no probability"),
    ],
)
def test_some_models_promise_nothing(task, units, activation):
    assert conformal(signature(task, units, activation), np.zeros(4), np.zeros((4, units))) is None
