"""Which weights a training ends with: the last, the best, or the last good ones where it diverged. Knows no data."""

import math
from typing import Any

import keras
import numpy as np

from training.errors import Diverged

Logs = dict[str, Any] | None  # metric -> value, as Keras hands them over

DIVERGED = 10.0  # times the loss of the first epoch: no schedule brings that back


class KeptWeights(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
    """Keeps the weights that the training will end with, and ends it where that is due.

    With `patience` those of the epoch with the least validation loss, and the end comes after so many epochs without a
    better one; without, those of the last epoch. A loss that is no number, or far above its start, ends it at once:
    with what is kept so far, or with Diverged where that is nothing.
    """

    def __init__(self, patience: int) -> None:
        super().__init__()
        self._patience = patience
        self.kept: list[np.ndarray] = []
        self.epoch = 0  # from 1: that of the kept weights
        self.best = math.inf
        self.first_loss = math.nan
        self.divergence = ""  # a sentence where there was one

    def state(self) -> dict[str, Any]:
        """All that is known so far, for `restore`."""
        names = ("kept", "epoch", "best", "first_loss", "divergence")
        return {name: getattr(self, name) for name in names}

    def restore(self, state: dict[str, Any]) -> None:
        """Know what another knew."""
        for name, value in state.items():
            setattr(self, name, value)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Keep, or end."""
        values = logs or {}
        if fault := self._fault(values):
            self._diverge(epoch + 1, fault)
        elif not self._patience or values["val_loss"] < self.best:
            self.best, self.epoch = values["val_loss"], epoch + 1
            self.kept = current_weights(self.model)
        elif epoch + 1 - self.epoch >= self._patience:
            self.model.stop_training = True

    def on_train_end(self, _logs: Logs = None) -> None:
        """Put the kept weights into the model."""
        for variable, value in zip(self.model.weights, self.kept, strict=bool(self.kept)):
            variable.assign(value)

    def _fault(self, values: dict[str, Any]) -> str:
        for metric, value in values.items():
            if not math.isfinite(value):
                return f"the {metric} became {value}"
        if math.isnan(self.first_loss):
            self.first_loss = values["loss"]
        if values["loss"] > DIVERGED * max(self.first_loss, 0.0) > 0:
            return f"the loss became {values['loss']:.3g}, after {self.first_loss:.3g} in the first epoch"
        return ""

    def _diverge(self, epoch: int, fault: str) -> None:
        remedy = "A smaller learning_rate is the usual remedy."
        if not self.kept:
            raise Diverged(f"The training diverged: {fault} in epoch {epoch}. Nothing was published. {remedy}")
        self.divergence = (
            f"The training diverged: {fault} in epoch {epoch}. It ends with the weights of epoch {self.epoch}. {remedy}"
        )
        self.model.stop_training = True


def current_weights(model: keras.Model) -> list[np.ndarray]:
    """Copies of all weights, as they answer: the moving averages of those that have one."""
    optimizer = model.optimizer
    trained = optimizer._trainable_variables
    # There is no public way to the averages that leaves the weights as they are.
    averages = optimizer._model_variables_moving_average if optimizer.use_ema else trained
    answering = {id(variable): average for variable, average in zip(trained, averages, strict=True)}
    return [keras.ops.convert_to_numpy(answering.get(id(variable), variable)).copy() for variable in model.weights]
