"""Trains a layer of threshold units by the perceptron rule, one row at a time. Knows no gradient.

F. Rosenblatt, The Perceptron: A Probabilistic Model for Information Storage and Organization in the Brain, 1958.
"""

import time
from collections.abc import Sequence

import keras
import numpy as np

from models.signature import Task
from training.config import Config
from training.data import Dataset
from training.fit import Run
from training.neurons import Layer
from training.thresholds import threshold_run

# The spread of the first weights. Were they 0, sums of the data's few digits would come to exactly 0 for some rows, and
# rounding would decide; runtimes round differently.
FIRST_WEIGHTS = 0.1


def fit(dataset: Dataset, task: Task, config: Config, callbacks: Sequence[keras.callbacks.Callback] = ()) -> Run:
    """Until an epoch is without error, or after `config.epochs`; each output unit learns for itself.

    The history tells the errors of all units, in each epoch on training rows and after it on validation rows.
    """
    begin = time.monotonic()
    perceptron = Perceptron(dataset, config)
    listeners = keras.callbacks.CallbackList(list(callbacks), epochs=config.epochs)
    listeners.on_train_begin()
    errors: list[np.ndarray] = []
    validation_errors: list[float] = []
    seconds: list[float] = []
    while len(errors) < config.epochs and (not errors or errors[-1].any()):
        start = time.monotonic()
        errors.append(perceptron.learn(len(errors)))
        validation_errors.append(perceptron.errors_in_validation())
        seconds.append(time.monotonic() - start)
        listeners.on_epoch_end(
            len(errors) - 1, {"errors": float(errors[-1].sum()), "val_errors": validation_errors[-1]}
        )
    listeners.on_train_end()
    history = {"errors": [float(each.sum()) for each in errors], "val_errors": validation_errors, "seconds": seconds}
    note = _note(errors, _unit_names(dataset, task), dataset.train.rows)
    return threshold_run([perceptron.layer], dataset, task, config, history=history, begin=begin, notes=(note,))


class Perceptron:
    """Units that start with small weights drawn from the seed."""

    def __init__(self, dataset: Dataset, config: Config) -> None:
        self._train, self._validation, self._config = dataset.train, dataset.validation, config
        units, inputs = dataset.train.targets.shape[1], int(np.prod(dataset.shape))
        first = np.random.default_rng(config.seed).normal(0, FIRST_WEIGHTS, (inputs + 1, units))
        self.kernel, self.bias = first[:-1], first[-1]

    @property
    def layer(self) -> Layer:
        """The units as they decide now."""
        return Layer(self.kernel.astype(np.float32), self.bias.astype(np.float32))

    def learn(self, epoch: int) -> np.ndarray:
        """Go once through the training rows, in an order of this epoch; returns each unit's errors, (units,)."""
        errors = np.zeros(len(self.bias), np.int64)
        order = np.random.default_rng((self._config.seed, epoch)).permutation(self._train.rows)
        rows = self._train.inputs.reshape(self._train.rows, -1)[order].astype(np.float64)
        for row, wanted in zip(rows, self._train.targets[order], strict=True):
            missing = wanted - (row @ self.kernel + self.bias >= 0)  # (units,): 1, 0, or -1 for a 1 too many
            self.kernel += self._config.learning_rate * np.outer(row, missing)
            self.bias += self._config.learning_rate * missing
            errors += missing != 0
        return errors

    def errors_in_validation(self) -> float:
        """How many decisions about validation rows are wrong."""
        decisions = self.layer.decisions(self._validation.inputs.reshape(self._validation.rows, -1))
        return float((decisions != self._validation.targets).sum())


def _unit_names(dataset: Dataset, task: Task) -> tuple[str, ...]:
    return dataset.output_names[1:] if task is Task.BINARY else dataset.output_names


def _note(errors: Sequence[np.ndarray], names: Sequence[str], rows: int) -> str:
    """What the rule proved: a unit that errs no more has found a line that separates its rows."""
    last = errors[-1]
    done = [name for name, count in zip(names, last, strict=True) if not count]
    open_ = [f"{name} ({count})" for name, count in zip(names, last, strict=True) if count]
    found = f"In epoch {len(errors)} no training row was decided wrongly for {' and '.join(done)}: "
    separated = f"{found}a line separates the {rows} rows." if done else ""
    rest = (
        f"In the last epoch, {len(errors)}, rows were still decided wrongly for {' and '.join(open_)}. The rule ends "
        "by itself only where a line separates the rows; where none does, its weights never settle."
    )
    return " ".join(filter(None, [separated, rest if open_ else ""]))
