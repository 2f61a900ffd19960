"""The scores of each task, from predictions whose scores are known by hand."""

import math

import numpy as np
import pytest
from sklearn import metrics as sklearn

from models.signature import Task
from training.scores import hard_scores, measured, scores

LN2 = math.log(2)
RNG = np.random.default_rng(5)
ROWS = 200


@pytest.mark.parametrize(
    ("task", "targets", "predictions", "expected"),
    [
        pytest.param(
            Task.MULTICLASS,
            [0, 1, 2, 2],
            [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0.5, 0.5]],
            {"accuracy": 0.75, "macro_f1": (1 + 2 / 3 + 2 / 3) / 3, "log_loss": LN2 / 4, "ece": 0.125},
            id="multiclass, one tie goes to the lower class",
        ),
        pytest.param(
            Task.BINARY,
            [[0], [0], [1], [1]],
            [[0.5], [0.25], [0.5], [0.75]],
            {"accuracy": 0.75, "auc": 0.875, "log_loss": (2 * LN2 - 2 * math.log(0.75)) / 4, "ece": 0.125},
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
                "ece": (0.5 + 0.25) / 8,
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


def test_scores_of_classes_are_those_of_scikit_learn():
    targets = RNG.integers(4, size=ROWS)
    probabilities = RNG.dirichlet(np.ones(4), size=ROWS)
    given = scores(Task.MULTICLASS, targets, probabilities)
    chosen = probabilities.argmax(axis=1)
    assert given["accuracy"] == pytest.approx(sklearn.accuracy_score(targets, chosen))
    assert given["macro_f1"] == pytest.approx(sklearn.f1_score(targets, chosen, average="macro"))
    assert given["log_loss"] == pytest.approx(sklearn.log_loss(targets, probabilities))


def test_scores_of_two_classes_are_those_of_scikit_learn():
    targets = RNG.integers(2, size=(ROWS, 1))
    probabilities = RNG.random((ROWS, 1)).round(1)  # with many ties
    given = scores(Task.BINARY, targets, probabilities)
    assert given["auc"] == pytest.approx(sklearn.roc_auc_score(targets.ravel(), probabilities.ravel()))
    assert given["log_loss"] == pytest.approx(sklearn.log_loss(targets.ravel(), probabilities.ravel(), labels=[0, 1]))


def test_scores_of_values_are_those_of_scikit_learn():
    targets = RNG.normal(size=(ROWS, 3)) * [1, 10, 100]
    values = targets + RNG.normal(size=(ROWS, 3))
    given = scores(Task.REGRESSION, targets, values)
    assert given["mse"] == pytest.approx(sklearn.mean_squared_error(targets, values))
    assert given["mae"] == pytest.approx(sklearn.mean_absolute_error(targets, values))
    assert given["r2"] == pytest.approx(sklearn.r2_score(targets, values))


def test_a_calibration_error_is_the_mean_gap_of_its_bins():
    # Of the bin from 9/15 to 10/15 two rows of which one is right, of the last one two that are right.
    probabilities = np.array([[0.62, 0.38], [0.64, 0.36], [0.96, 0.04], [0.02, 0.98]])
    given = scores(Task.MULTICLASS, np.array([0, 1, 0, 1]), probabilities)
    assert given["ece"] == pytest.approx(0.5 * abs(0.5 - 0.63) + 0.5 * abs(1 - 0.97))


def test_rows_of_one_class_have_no_auc():
    assert list(scores(Task.BINARY, np.ones((2, 1)), np.array([[0.4], [0.6]]))) == ["accuracy", "log_loss", "ece"]


@pytest.mark.parametrize(
    ("task", "targets", "decisions", "expected"),
    [
        pytest.param(
            Task.MULTICLASS,
            [0, 1, 2],
            [[1, 0, 0], [0, 1, 1], [0, 0, 0]],
            {"accuracy": 2 / 3},
            id="none or several given",
        ),
        pytest.param(Task.BINARY, [[0], [1], [1]], [[0], [0], [1]], {"accuracy": 2 / 3}, id="binary"),
        pytest.param(Task.MULTILABEL, [[0, 1], [1, 0]], [[0, 1], [1, 1]], {"subset_accuracy": 0.5}, id="multilabel"),
    ],
)
def test_decisions_are_judged_by_what_was_right_only(task, targets, decisions, expected):
    given = hard_scores(task, np.array(targets), np.array(decisions, np.float32))
    assert given | expected == pytest.approx(given)
    assert not {"log_loss", "ece", "auc"} & given.keys()


def test_a_further_measure_comes_first_and_is_the_mean_of_its_rows():
    given = measured({"mse": 1.0}, np.zeros((4, 1)), np.arange(4.0).reshape(4, 1), {"above": lambda _, p: p[:, 0] > 0})
    assert list(given.items()) == [("above", 0.75), ("mse", 1.0)]
