"""The perceptron rule: what a line separates it separates, and of what none does it says so."""

import numpy as np
import pytest

from models.signature import Task
from training import perceptron, recipes
from training.callbacks import LineProgress
from training.config import Config
from training.data import Dataset, Split
from training.errors import InvalidOverride
from training.perceptron import Perceptron
from training.sources import iris, propositions

STEP = Config(hidden=(), output="step", learning_rate=1.0, epochs=30)


def fit(dataset, task, config=STEP):
    return perceptron.fit(dataset, task, config)


def test_the_rule_adds_the_row_of_a_missed_1_and_takes_away_that_of_a_1_too_many():
    rows = Split(np.array([[2.0, 3.0]], np.float32), np.array([[1.0, 0.0]], np.float32))
    data = Dataset("one row", "By hand.", "features", ("a", "b"), rows, rows, rows, feature_names=("x", "y"))
    learner = Perceptron(data, Config(output="step", learning_rate=0.5))
    learner.kernel, learner.bias = np.full((2, 2), [-1.0, 1.0]), np.zeros(2)  # the first unit misses, the second errs
    assert learner.learn(0).tolist() == [1, 1]
    np.testing.assert_array_equal(learner.layer.kernel, [[0.0, 0.0], [0.5, -0.5]])
    np.testing.assert_array_equal(learner.layer.bias, [0.5, -0.5])
    assert learner.learn(1).tolist() == [0, 0]


def test_it_ends_with_the_first_epoch_without_an_error():
    run = fit(iris.setosa(None), Task.BINARY)
    errors = run.history["errors"]
    assert errors[-1] == 0 < min(errors[:-1])
    assert run.epochs == len(errors) < STEP.epochs
    assert run.scores["test"] == {"accuracy": 1.0}
    assert "a line separates the 96 rows" in run.notes[0]


def test_of_rows_that_no_line_separates_it_says_so():
    run = fit(propositions.exclusive_or(None), Task.BINARY)
    assert run.epochs == STEP.epochs
    assert min(run.history["errors"]) > 0
    assert "still decided wrongly for either (" in run.notes[0]
    assert "separates the 4 rows" not in run.notes[0]


def test_each_unit_of_a_layer_learns_for_itself():
    run = fit(iris.species_each(None), Task.MULTILABEL)
    setosa = run.predictions["test"][:, 0]
    np.testing.assert_array_equal(setosa, iris.species_each(None).test.targets[:, 0])
    assert "wrongly for setosa: a line separates" in run.notes[0]
    assert "still decided wrongly for versicolor (" in run.notes[0]


def test_the_same_seed_gives_the_same_units_and_another_seed_others():
    first, again, other = (
        fit(iris.species_each(None), Task.MULTILABEL, Config(output="step", epochs=3, seed=seed)) for seed in (1, 1, 2)
    )
    rows = first.model.get_weights(), again.model.get_weights(), other.model.get_weights()
    np.testing.assert_array_equal(rows[0][0], rows[1][0])
    assert not np.allclose(rows[0][0], rows[2][0])


def test_listeners_are_told_each_epoch(pipe):
    perceptron.fit(iris.setosa(None), Task.BINARY, STEP, [LineProgress("iris", pipe)])
    assert "iris: epoch 1/30 errors " in pipe.file.getvalue()


@pytest.mark.parametrize("word", ["hidden=5", "dropout=0.5", "members=3"])
def test_a_setting_that_the_rule_does_not_look_at_is_refused(word):
    with pytest.raises(InvalidOverride, match="changes nothing in iris-perceptron, which is by the perceptron rule"):
        recipes.find("iris-perceptron").plan([word])
