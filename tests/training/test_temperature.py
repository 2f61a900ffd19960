"""The temperature: it undoes what makes probabilities too sure, and changes no decision."""

import numpy as np
import pytest

from models.signature import Task
from training.temperature import temperature


@pytest.fixture
def noise():
    return np.random.default_rng(1)


@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_it_finds_by_how_much_logits_of_classes_are_too_sure(noise, factor):
    logits = noise.normal(size=(20_000, 4)) * 2
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    targets = (noise.random((20_000, 1)) > shares.cumsum(axis=1)).sum(axis=1)
    assert temperature(Task.MULTICLASS, targets, logits * factor) == pytest.approx(factor, rel=0.05)


@pytest.mark.parametrize("units", [1, 3])
def test_it_finds_it_for_labels_too(noise, units):
    logits = noise.normal(size=(20_000, units)) * 2
    targets = (noise.random(logits.shape) < 1 / (1 + np.exp(-logits))).astype(np.float32)
    task = Task.BINARY if units == 1 else Task.MULTILABEL
    assert temperature(task, targets, logits * 2) == pytest.approx(2, rel=0.05)


@pytest.mark.parametrize("rows", [10, 100, 1000])
@pytest.mark.parametrize("size", [0.5, 5.0])
def test_logits_that_are_always_right_are_taken_to_be_wrong_once_in_two_more_rows(rows, size):
    targets = np.arange(rows) % 3
    logits = np.eye(3)[targets] * size
    probabilities = np.exp(logits / temperature(Task.MULTICLASS, targets, logits))
    sureness = (probabilities / probabilities.sum(axis=1, keepdims=True)).max(axis=1)
    np.testing.assert_allclose(1 - sureness, 1 / (rows + 2), rtol=0.01)


def test_a_binary_answer_that_is_always_right_is_not_sure_either():
    targets = np.array([[0.0], [1.0]] * 50, np.float32)
    logits = (2 * targets - 1) * 7
    assert 1 / (1 + np.exp(7 / temperature(Task.BINARY, targets, logits))) == pytest.approx(1 / 102, rel=0.01)
