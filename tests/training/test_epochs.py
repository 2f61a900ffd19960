"""Epochs in few calls of TensorFlow: the same steps, metrics and weights as those of Keras's own loop."""

import keras
import numpy as np
import pytest

from training.batches import Batches
from training.config import Config
from training.epochs import MOST_STEPS, forget, training_steps, validation_steps

ROWS = 50
CONFIG = Config(batch_size=8, seed=3)


def _network():
    keras.utils.set_random_seed(1)
    network = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "relu"), keras.layers.Dense(1)])
    network.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    return network


def _rows(count, weighed):
    random = np.random.default_rng(2)
    inputs = random.normal(size=(count, 4)).astype(np.float32)
    targets = inputs.sum(axis=1, keepdims=True)
    return (inputs, targets, random.random(count).astype(np.float32)) if weighed else (inputs, targets)


@pytest.mark.parametrize("weighed", [False, True], ids=["all rows alike", "rows with weights"])
def test_steps_and_metrics_are_those_of_keras_own_loop(weighed):
    train, held_out = _rows(ROWS, weighed), _rows(20, weighed)
    arrays = (*train, None)[:3]
    theirs, ours = _network(), _network()

    batches = Batches(*arrays, CONFIG)
    expected = theirs.fit(
        batches.rows,
        validation_data=held_out,
        validation_batch_size=8,
        epochs=3,
        callbacks=[batches],
        shuffle=False,
        verbose=0,
    )
    batches = Batches(*arrays, CONFIG)
    given = ours.fit(
        training_steps(ours, batches.batch, batches.count),
        validation_data=validation_steps(ours, held_out, 8),
        epochs=3,
        callbacks=[batches],
        shuffle=False,
        verbose=0,
    )

    for mine, right in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, right, rtol=1e-5, atol=1e-6)
    for metric, values in expected.history.items():
        np.testing.assert_allclose(given.history[metric], values, rtol=1e-5)


def test_an_epoch_of_more_steps_than_a_call_takes_is_whole():
    network, count = _network(), MOST_STEPS + 5

    rows = _rows(count, weighed=False)
    batches = Batches(*rows, None, Config(batch_size=1))
    network.fit(
        training_steps(network, batches.batch, batches.count), epochs=2, callbacks=[batches], shuffle=False, verbose=0
    )

    assert int(network.optimizer.iterations) == 2 * count


def test_what_is_trained_evaluates_other_rows_afterwards():
    network, rows = _network(), _rows(ROWS, weighed=False)
    batches = Batches(*rows, None, CONFIG)
    network.fit(
        training_steps(network, batches.batch, batches.count),
        validation_data=validation_steps(network, rows, 8),
        callbacks=[batches],
        shuffle=False,
        verbose=0,
    )

    forget(network)

    others = _rows(7, weighed=False)
    assert network.evaluate(*others, verbose=0, return_dict=True)["loss"] == pytest.approx(
        float(np.mean((network.predict(others[0], verbose=0) - others[1]) ** 2)), rel=1e-5
    )
