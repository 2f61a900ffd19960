"""Targets in units that suit the output layer, and back."""

import numpy as np
import pytest

from models.signature import Task
from training.config import Config, override
from training.data import Dataset, Split
from training.errors import InvalidNetwork
from training.targets import encoded, scaling, smoothed

TARGETS = np.stack([np.linspace(1, 11, 50), np.linspace(-1e4, 3e4, 50)], axis=1).astype(np.float32)


def dataset(targets, names):
    split = Split(np.zeros((len(targets), 2), np.float32), targets)
    return Dataset("noise", "A generator.", "features", names, split, split, split)


PRICES = dataset(TARGETS, ("small", "large"))


@pytest.mark.parametrize(
    ("words", "low", "high"),
    [
        pytest.param(["output_scaling=none"], TARGETS.min(axis=0), TARGETS.max(axis=0), id="none"),
        pytest.param(["output_scaling=standard"], [-1.697] * 2, [1.697] * 2, id="standard"),
        pytest.param(["output_scaling=range", "output=sigmoid"], [0, 0], [1, 1], id="sigmoid"),
        pytest.param(["output_scaling=range", "output=tanh"], [-1, -1], [1, 1], id="tanh"),
    ],
)
def test_targets_are_brought_to_what_the_output_gives_and_come_back(words, low, high):
    config = override(Config(), words)
    given = encoded(TARGETS, PRICES, Task.REGRESSION, config)
    np.testing.assert_allclose(given.min(axis=0), low, atol=1e-3)
    np.testing.assert_allclose(given.max(axis=0), high, atol=1e-3)
    its = scaling(PRICES, Task.REGRESSION, config)
    np.testing.assert_allclose(given * its.scale + its.offset, TARGETS, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("output", ["relu", "softplus"])
def test_an_output_that_is_never_negative_gets_targets_that_keep_their_sign(output):
    config = override(Config(), ["output_scaling=standard", f"output={output}"])
    assert (np.sign(encoded(TARGETS, PRICES, Task.REGRESSION, config)) == np.sign(TARGETS)).all()


def test_a_range_needs_an_output_with_two_bounds():
    with pytest.raises(InvalidNetwork, match="sigmoid or tanh, and not linear"):
        scaling(PRICES, Task.REGRESSION, override(Config(), ["output_scaling=range"]))


def test_smoothing_spreads_a_share_over_all_classes():
    clothes = dataset(np.array([0, 2, 1]), ("hat", "coat", "shoe"))
    config = Config(label_smoothing=0.3)
    shares = smoothed(encoded(clothes.train.targets, clothes, Task.MULTICLASS, config), Task.MULTICLASS, config)
    np.testing.assert_allclose(shares, [[0.8, 0.1, 0.1], [0.1, 0.1, 0.8], [0.1, 0.8, 0.1]], rtol=1e-6)


def test_smoothing_of_labels_spreads_it_over_yes_and_no():
    config = Config(label_smoothing=0.2)
    shares = smoothed(np.array([[0.0, 1.0]], np.float32), Task.MULTILABEL, config)
    np.testing.assert_allclose(shares, [[0.1, 0.9]], rtol=1e-6)
