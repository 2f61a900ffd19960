"""Cross-validation: every row is scored once, by a network that did not see it; the manifest tells mean and spread."""

from dataclasses import replace

import numpy as np
import pytest

from models.signature import Task
from models.store import Store
from training import recipes
from training.config import Config, override
from training.cross_validation import cross_validated
from training.fit import Run, fit
from training.folds import told
from training.outcomes import Outcome
from training.pipeline import train
from training.sources import embedded, iris
from training.tables import print_outcomes


class Majority:
    """A training that learns which target is the most frequent, and keeps the data sets that it was given."""

    def __init__(self):
        self.seen = []

    def __call__(self, dataset, _task, config):
        self.seen.append(dataset)
        predictions = {"test": np.zeros((dataset.test.rows, len(dataset.output_names)), np.float32)}
        accuracy = float((dataset.test.targets.ravel() == np.bincount(dataset.train.targets.ravel()).argmax()).mean())
        return Run(None, config, {}, predictions, {"test": {"accuracy": accuracy}}, 0.0, 0.0)


@pytest.fixture(scope="module")
def flowers():
    return iris.species(None)


def keys(split):
    return [row.tobytes() for row in split.inputs]


def test_every_row_is_scored_once_by_a_network_that_did_not_see_it(flowers):
    fitting = Majority()
    cross_validated(fitting, flowers, Task.MULTICLASS, Config(folds=5), {})
    scored = [key for fold in fitting.seen for key in keys(fold.test)]
    everything = [key for split in flowers.splits.values() for key in keys(split)]
    assert sorted(scored) == sorted(everything)
    for fold in fitting.seen:
        assert [split.rows for split in fold.splits.values()] == [108, 12, 30]
        seen = [*keys(fold.train), *keys(fold.validation), *keys(fold.test)]
        assert sorted(seen) == sorted(everything)


def test_each_fold_has_all_classes_in_the_same_shares(flowers):
    fitting = Majority()
    cross_validated(fitting, flowers, Task.MULTICLASS, Config(folds=5), {})
    for fold in fitting.seen:
        assert np.bincount(fold.test.targets).tolist() == [10, 10, 10]
        assert np.bincount(fold.validation.targets).tolist() == [4, 4, 4]


def test_mean_and_spread_are_those_of_the_folds(flowers):
    def third(targets, _):
        return targets == 2

    given = cross_validated(Majority(), flowers, Task.MULTICLASS, Config(folds=5), {"third": third})
    assert given == pytest.approx({"third": 1 / 3, "accuracy": 1 / 3, "third_spread": 0, "accuracy_spread": 0})


@pytest.mark.parametrize("load", [embedded.diabetes, embedded.breast_cancer, embedded.digits_multilabel])
def test_the_folds_follow_from_the_data_alone(load):
    dataset = load(None)
    task = {1: Task.REGRESSION, 2: Task.BINARY if load is embedded.breast_cancer else Task.MULTILABEL}
    first, again = [], []
    for seen, seed in ((first, 1), (again, 2)):

        def fitting(fold, _task, config, seen=seen):
            seen.append(fold.test.inputs)
            return Run(None, config, {}, {"test": fold.test.targets}, {"test": {"score": 1.0}}, 0.0, 0.0)

        cross_validated(fitting, dataset, task[len(dataset.output_names)], Config(folds=3, seed=seed), {})
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_classes_rarer_than_the_folds_are_no_reason_to_fail(flowers):
    rare = flowers.test.targets.copy()
    rare[0] = 3
    dataset = replace(flowers, output_names=(*"abcd",), test=replace(flowers.test, targets=rare))
    assert cross_validated(Majority(), dataset, Task.MULTICLASS, Config(folds=5), {})["accuracy"] < 0.4


def test_weights_follow_their_rows(flowers):
    weighted = flowers.with_each(lambda split: replace(split, weights=split.inputs[:, 0]))
    fitting = Majority()
    cross_validated(fitting, weighted, Task.MULTICLASS, Config(folds=3), {})
    for fold in fitting.seen:
        np.testing.assert_array_equal(fold.train.weights, fold.train.inputs[:, 0])


def test_manifest_card_and_table_tell_them(tmp_path, pipe):
    recipe = recipes.find("iris")
    version = train(recipe, override(recipe.config, ["epochs=2", "folds=2"]), Store(tmp_path), None, pipe)
    scores = version.manifest.scores["cross-validation"]
    assert {"accuracy", "accuracy_spread", "log_loss", "log_loss_spread"} <= scores.keys()
    sentence = told(version.manifest)
    assert sentence.startswith("Cross-validation over all 150 rows in 2 folds, mean ± standard deviation: accuracy 0.")
    assert sentence in version.read("README.md").decode()
    print_outcomes([Outcome(recipe, 1.0, version)], pipe)
    assert f"accuracy {scores['accuracy']:.4g} ± {scores['accuracy_spread']:.2g}." in pipe.file.getvalue()


def test_without_folds_nothing_is_told(published):
    assert told(published.manifest) == ""


def test_a_real_training_can_be_cross_validated(flowers):
    scores = cross_validated(fit, flowers, Task.MULTICLASS, Config(hidden=(), epochs=2, folds=2), {})
    assert 0 < scores["accuracy"] <= 1
