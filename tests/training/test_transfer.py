"""Reused layers: a network for few rows that starts with what another has learnt from many."""

from dataclasses import replace

import numpy as np
import pytest

from models.signature import Task
from training import recipes, transfer
from training.config import Config
from training.data import Split
from training.errors import InvalidOverride, TrainingError
from training.fit import train
from training.methods import fitting
from training.network import build
from training.recipe import Method
from training.sources import embedded, fashion_parts

FEW = 16
CONFIG = Config(hidden=(64, 32), optimizer="adam", learning_rate=3e-3, batch_size=4, epochs=20)


def two(split):
    """Threes and eights."""
    chosen = np.isin(split.targets, (3, 8))
    return Split(split.inputs[chosen], (split.targets[chosen] == 8).astype(np.float32).reshape(-1, 1))


def eight(split):
    """The other digits, numbered from 0."""
    chosen = ~np.isin(split.targets, (3, 8))
    return Split(
        split.inputs[chosen], np.searchsorted([0, 1, 2, 4, 5, 6, 7, 9], split.targets[chosen]).astype(np.int32)
    )


@pytest.fixture(scope="module")
def lender():
    return embedded.digits(None).with_each(eight, output_names=tuple("01245679"))


@pytest.fixture(scope="module")
def few():
    pairs = embedded.digits(None).with_each(two, output_names=("3", "8"))
    return replace(pairs, train=Split(pairs.train.inputs[:FEW], pairs.train.targets[:FEW]))


def test_lent_layers_stay_as_they_are_until_all_learn(lender, few):
    config = replace(CONFIG, epochs=1)
    lent = train(build(lender, Task.MULTICLASS, config), lender, Task.MULTICLASS, config).network
    network = transfer.reusing(build(few, Task.BINARY, config), lent)
    first = network.layers[-1].get_weights()
    train(network, few, Task.BINARY, config)
    for layer, other in zip(network.layers[:-1], lent.layers[:-1], strict=True):
        for weights, theirs in zip(layer.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(weights, theirs)
    assert not np.allclose(first[0], network.layers[-1].get_weights()[0])
    before = network.layers[-2].get_weights()
    train(transfer.unfrozen(network), few, Task.BINARY, config)
    assert not np.allclose(before[0], network.layers[-2].get_weights()[0])


def test_a_run_tells_what_the_same_network_reaches_from_scratch(lender, few):
    run = transfer.fit(few, Task.BINARY, CONFIG, lender=lender)
    assert run.epochs == 2 * CONFIG.epochs
    assert run.notes[0].startswith(f"Its lower layers were trained on {lender.train.rows:,} rows of 8 other classes.")
    assert f"test accuracy {run.scores['test']['accuracy']:.4f}, from scratch 0." in run.notes[0]
    assert run.scores["test"]["accuracy"] > 0.8


def test_the_recipe_lends_from_the_eight_other_classes(data_dir):
    pair, others = fashion_parts.sandal_or_shirt(data_dir), fashion_parts.other_eight(data_dir)
    assert pair.train.rows == 200
    assert 0.4 < pair.train.targets.mean() < 0.6
    assert [split.rows for split in others.splits.values()] == [43_986, 4_014, 8_000]
    assert others.output_names == (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sneaker", "Bag", "Ankle boot",
    )  # fmt: skip
    assert np.bincount(others.test.targets).tolist() == [1000] * 8


@pytest.mark.parametrize("word", ["members=2", "folds=5"])
def test_a_setting_that_it_does_not_look_at_is_refused(word):
    with pytest.raises(InvalidOverride, match="changes nothing in fashion-transfer, which is by reused layers"):
        recipes.find("fashion-transfer").plan([word])


def test_without_a_lender_there_is_nothing_to_reuse():
    recipe = replace(recipes.find("digits"), method=Method.TRANSFER)
    with pytest.raises(TrainingError, match="so it needs a lender"):
        fitting(recipe, None)
