"""Kept weights: the best with patience, the last without, and the last good ones where a training diverges."""

import keras
import numpy as np
import pytest

from training.errors import TrainingError
from training.weights import KeptWeights, current_weights


@pytest.fixture
def model():
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    network.compile(keras.optimizers.SGD(0.1), "mse")
    network.optimizer.build(network.trainable_variables)
    return network


def train(model, kept, epochs):
    """Pretends that epoch n ends with the weight n, and with these losses; returns the weight at the end."""
    kept.set_model(model)
    model.stop_training = False
    for number, (loss, val_loss) in enumerate(epochs):
        model.set_weights([np.array([[number + 1.0]])])
        kept.on_epoch_end(number, {"loss": loss, "val_loss": val_loss})
        if model.stop_training:
            break
    kept.on_train_end()
    return model.get_weights()[0].item()


def test_without_patience_the_last_weights_stay(model):
    assert train(model, KeptWeights(0), [(3, 3), (2, 1), (1, 2)]) == 3


def test_with_patience_the_best_weights_come_back_and_the_end_comes_after_so_many_epochs(model):
    kept = KeptWeights(2)
    assert train(model, kept, [(3, 3), (2, 1), (1, 2), (1, 2), (1, 0.5)]) == 2
    assert (kept.epoch, kept.best) == (2, 1)


@pytest.mark.parametrize(
    ("losses", "said"),
    [
        pytest.param((float("nan"), 1), "the loss became nan in epoch 3", id="no number"),
        pytest.param((1, float("inf")), "the val_loss became inf in epoch 3", id="infinite"),
        pytest.param((31, 1), "the loss became 31, after 3 in the first epoch in epoch 3", id="far above its start"),
    ],
)
def test_a_divergence_ends_it_with_the_last_good_weights(model, losses, said):
    kept = KeptWeights(0)
    assert train(model, kept, [(3, 3), (2, 1), losses, (1, 1)]) == 2
    assert said in kept.divergence
    assert "the weights of epoch 2. A smaller learning_rate" in kept.divergence


def test_a_divergence_in_the_first_epoch_leaves_nothing_to_keep(model):
    with pytest.raises(TrainingError, match=r"the loss became nan in epoch 1\. Nothing was published\."):
        train(model, KeptWeights(3), [(float("nan"), 1)])


def test_what_answers_are_the_moving_averages_where_there_are_some(model):
    model.compile(keras.optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5), "mse")
    model.set_weights([np.array([[2.0]])])
    for _ in range(2):  # the gradient is twice the weight, so it becomes -2, and then 2
        model.train_on_batch(np.ones((1, 1)), np.zeros((1, 1)))
    assert model.get_weights()[0].item() == pytest.approx(2)
    assert current_weights(model)[0].item() == pytest.approx(0)
