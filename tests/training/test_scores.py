"""The scores of each task, from predictions whose scores are known by hand."""

import math

import numpy as np
import pytest

from models.signature import Task
from training.scores import scores

LN2 = math.log(2)


@pytest.mark.parametrize(
    ("task", "targets", "predictions", "expected"),
    [
        pytest.param(
            Task.MULTICLASS,
            [0, 1, 2, 2],
            [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0.5, 0.5]],
            {"accuracy": 0.75, "log_loss": LN2 / 4},
            id="multiclass, one tie goes to the lower class",
        ),
        pytest.param(
            Task.BINARY,
            [[0], [0], [1], [1]],
            [[0.5], [0.25], [0.5], [0.75]],
            {"accuracy": 0.75, "auc": 0.875, "log_loss": (2 * LN2 - 2 * math.log(0.75)) / 4},
            id="binary, 0.5 is the second class",
        ),
        pytest.param(
            Task.MULTILABEL,
            [[0, 1], [1, 1], [0, 0], [1, 0]],
            [[0.5, 0.5], [0.5, 0.5], [0.25, 0.5], [0.5, 0.5]],
            {
                "subset_accuracy": 0.25,
                "macro_f1": (0.8 + 2 / 3) / 2,
                "log_loss": (7 * LN2 - math.log(0.75)) / 8,
            },
            id="multilabel, all labels of a row must be right",
        ),
        pytest.param(
            Task.REGRESSION,
            [[1], [2], [3]],
            [[1], [2], [6]],
            {"mse": 3.0, "rmse": math.sqrt(3), "mae": 1.0, "r2": -3.5},
            id="regression",
        ),
    ],
)
def test_scores_are_what_the_definition_says(task, targets, predictions, expected):
    given = scores(task, np.array(targets), np.array(predictions, np.float32))
    assert given == pytest.approx(expected, abs=1e-9)
    assert list(given) == list(expected)


def test_a_certain_error_has_a_finite_log_loss():
    given = scores(Task.MULTICLASS, np.array([0, 1]), np.array([[0, 1], [0, 1]], np.float32))
    assert math.isfinite(given["log_loss"])
