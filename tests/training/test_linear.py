"""The way past the hidden layers: it begins as a linear model, and a network that has it does not fall behind one."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from models.signature import Task
from training.config import Config, override
from training.data import Dataset, Split
from training.errors import InvalidNetwork
from training.fit import fit
from training.linear import linear_weights
from training.network import assemble, build

NOISE = np.random.default_rng(3)
ROWS = NOISE.normal(size=(300, 4)).astype(np.float32)
SUMS = (ROWS @ [[1.0], [-2.0], [0.5], [3.0]] + 7).astype(np.float32)
NAMES = ("a", "b", "c", "d")


def dataset(targets, outputs, rows=ROWS, **more):
    split = Split(rows, targets)
    return Dataset("noise", "A generator.", "features", outputs, split, split, split, feature_names=NAMES, **more)


@pytest.mark.parametrize("words", [[], ["heads=2"], ["architecture=tabular", "bins=4"], ["output_scaling=standard"]])
def test_an_untrained_network_answers_as_least_squares_do(words):
    config = override(Config(wide=True), words)
    data = dataset(SUMS, ("sum",))
    model = assemble([build(data, Task.REGRESSION, config)], data, Task.REGRESSION, config)
    np.testing.assert_allclose(model(ROWS), SUMS, atol=0.1)


def test_an_untrained_classifier_answers_as_a_logistic_regression_does():
    classes = np.digitize(SUMS.ravel(), [5, 9]).astype(np.int32)
    data = dataset(classes, ("low", "middle", "high"))
    model = assemble([build(data, Task.MULTICLASS, Config(wide=True))], data, Task.MULTICLASS, Config(wide=True))
    standardised = (ROWS - ROWS.mean(axis=0)) / ROWS.std(axis=0)
    expected = LogisticRegression(max_iter=1000).fit(standardised, classes).predict_proba(standardised)
    np.testing.assert_allclose(model(ROWS), expected, atol=1e-3)


@pytest.mark.parametrize(
    ("task", "targets", "units"),
    [
        pytest.param(Task.MULTICLASS, (SUMS.ravel() > 7) * 2, 3, id="a class of which there is no row"),
        pytest.param(Task.BINARY, (SUMS > 7).astype(np.float32), 1, id="binary"),
        pytest.param(Task.MULTILABEL, np.hstack([SUMS > 7, SUMS > -99]).astype(np.float32), 2, id="a label of all"),
        pytest.param(Task.MULTICLASS, np.full(300, 1), 3, id="one class"),
    ],
)
def test_weights_have_the_shape_of_the_units_whatever_the_rows_hold(task, targets, units):
    kernel, bias = linear_weights(ROWS, targets, task, units, None)
    assert (kernel.shape, bias.shape) == ((4, units), (units,))
    logits = ROWS @ kernel + bias
    answers = np.argmax(logits, axis=1) if task is Task.MULTICLASS else logits[:, 0] > 0
    if len(np.unique(targets)) > 1:
        assert (answers == np.reshape(targets, (300, -1))[:, 0]).mean() > 0.9


def test_weights_of_rows_count():
    counted = np.where(SUMS.ravel() > 7, 1.0, 1e-6)
    _, bias = linear_weights(ROWS, (SUMS > 7).astype(np.float32), Task.BINARY, 1, counted)
    assert bias[0] > 3


def test_a_sum_of_columns_with_long_tails_is_told_at_once():
    tails = np.exp(2 * ROWS).astype(np.float32)
    sums = tails.sum(axis=1, keepdims=True)
    data = dataset(sums, ("sum",), tails, long_tails=(0, 1, 2, 3))
    config = Config(output_scaling="standard", optimizer="adam", learning_rate=1e-3, epochs=5)
    without, wide = (
        fit(data, Task.REGRESSION, replace(config, wide=each)).scores["test"]["r2"] for each in (False, True)
    )
    assert without < 0.9
    assert wide > 0.99


def test_what_is_published_holds_the_wide_layer_by_name():
    data = dataset(SUMS, ("sum",))
    assert isinstance(build(data, Task.REGRESSION, Config(wide=True)).get_layer("wide"), keras.layers.Dense)


def test_an_output_that_is_not_linear_is_refused():
    with pytest.raises(InvalidNetwork, match="wide=yes takes output=linear, and not softplus"):
        build(dataset(SUMS, ("sum",)), Task.REGRESSION, Config(wide=True, output="softplus"))
