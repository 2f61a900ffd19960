"""A linear model of scikit-learn, the score that a network must beat. Knows no network.

Every recipe names one, and scikit-learn takes a second to be imported; so only what fits or makes one imports it.
"""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from models.signature import Task
from training.data import Dataset
from training.scores import Measure, measured, scores

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator
    from sklearn.compose import ColumnTransformer


@dataclass(frozen=True)
class Baseline:
    """An estimator that is still to be fitted, and what to call it."""

    name: str
    estimator: Callable[[], "BaseEstimator"]


def baseline_scores(
    baseline: Baseline, dataset: Dataset, task: Task, measures: Mapping[str, Measure] = MappingProxyType({})
) -> dict[str, float]:
    """Fit the baseline on the training rows; returns its scores on the test rows, with those by further measures."""
    from sklearn.exceptions import ConvergenceWarning

    estimator = baseline.estimator()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # its iterations are limited on purpose
        estimator.fit(_flat(dataset.train.inputs), _targets(dataset.train.targets, task))
    predictions = _predictions(estimator, _flat(dataset.test.inputs), task)
    return measured(scores(task, dataset.test.targets, predictions), dataset.test.targets, predictions, measures)


def logistic_regression(iterations: int = 1000) -> "BaseEstimator":
    """On standardised columns, for tables."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    return _behind(StandardScaler(), LogisticRegression(max_iter=iterations))


def logistic_regression_on_pixels(iterations: int = 1000) -> "BaseEstimator":
    """On pixels brought to 0..1 together, for images: a pixel that is hardly ever inked must not weigh as much."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import MinMaxScaler

    return _behind(MinMaxScaler(), LogisticRegression(max_iter=iterations))


def one_logistic_regression_per_label() -> "BaseEstimator":
    """On pixels, one model per label."""
    from sklearn.multiclass import OneVsRestClassifier

    return OneVsRestClassifier(logistic_regression_on_pixels())


def linear_regression() -> "BaseEstimator":
    """Ordinary least squares; it needs no scaling."""
    from sklearn.linear_model import LinearRegression

    return LinearRegression()


def ridge() -> "BaseEstimator":
    """Least squares with a small penalty, on standardised columns, for few rows."""
    from sklearn.linear_model import Ridge
    from sklearn.preprocessing import StandardScaler

    return _behind(StandardScaler(), Ridge(alpha=10.0))


def of_table(dataset: Dataset, task: Task) -> Baseline:
    """The linear model of a table with words and missing values: numbers complete and marked, words one-hot."""
    from sklearn.linear_model import Ridge
    from sklearn.multiclass import OneVsRestClassifier

    from training import linear

    logistic = linear.logistic_regression(dataset.train.rows)
    if task is Task.REGRESSION:
        return Baseline("ridge regression", lambda: _behind(_columns(dataset), Ridge()))
    if task is Task.MULTILABEL:
        labels = OneVsRestClassifier(logistic)
        return Baseline("one logistic regression per label", lambda: _behind(_columns(dataset), labels))
    return Baseline("logistic regression", lambda: _behind(_columns(dataset), logistic))


def _columns(dataset: Dataset) -> "ColumnTransformer":
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    categories = dataset.categories or (None,) * dataset.shape[0]
    words = [place for place, known in enumerate(categories) if known is not None]
    codes = [np.arange(len(known), dtype=np.float32) for known in categories if known is not None]
    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    one_hot = OneHotEncoder(categories=codes, handle_unknown="ignore")  # NaN is unknown too
    return ColumnTransformer([("numbers", numbers, list(dataset.number_columns)), ("words", one_hot, words)])


def mean_of_targets() -> "BaseEstimator":
    """The same answer to all rows, for so few that a linear model does worse than that."""
    from sklearn.dummy import DummyRegressor

    return DummyRegressor()


def _behind(preparation: "BaseEstimator", model: "BaseEstimator") -> "BaseEstimator":
    from sklearn.pipeline import make_pipeline

    return make_pipeline(preparation, model)


def _flat(inputs: np.ndarray) -> np.ndarray:
    return inputs.reshape(len(inputs), -1)  # (rows, columns)


def _targets(targets: np.ndarray, task: Task) -> np.ndarray:
    return targets.ravel() if task is Task.BINARY else targets


def _predictions(estimator: "BaseEstimator", inputs: np.ndarray, task: Task) -> np.ndarray:
    """The answers in the shape that a network of this task gives: (rows, units)."""
    if task is Task.REGRESSION:
        return np.reshape(estimator.predict(inputs), (len(inputs), -1))
    probabilities = np.asarray(estimator.predict_proba(inputs))
    return probabilities[:, 1:] if task is Task.BINARY else probabilities
