"""Trains a network on a data set and scores it. Knows neither the store nor where the data came from."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import keras

from models.signature import Task
from training.callbacks import EpochClock, FiniteLoss, losses_first
from training.config import Config
from training.data import Dataset
from training.network import build
from training.scores import scores

PREDICTION_BATCH = 1024

# Steps of the optimizer in one call of TensorFlow: the same numbers in about half the time, as small networks wait more
# for calls than for sums. Callbacks per batch would be called as seldom; there are none.
STEPS_PER_EXECUTION = 32


@dataclass(frozen=True)
class Run:
    """What one training gave."""

    model: keras.Model
    config: Config
    history: dict[str, list[float]]  # loss, val_loss, metrics and seconds: a number per epoch
    scores: dict[str, dict[str, float]]  # "validation" and "test" -> metric -> value
    seconds: float

    @property
    def epochs(self) -> int:
        """How many epochs were trained: fewer than the config allows where early stopping ended them."""
        return len(self.history["loss"])


def fit(dataset: Dataset, task: Task, config: Config, callbacks: Sequence[keras.callbacks.Callback] = ()) -> Run:
    """Build the network, train it, and score it on validation and test rows.

    Raises TrainingError where a loss becomes NaN or infinite.
    """
    begin = time.monotonic()
    model = build(dataset, task, config)
    model.compile(_optimizer(config), _loss(task), metrics=_metrics(task), steps_per_execution=STEPS_PER_EXECUTION)
    history = _train(model, dataset, config, callbacks)
    return Run(model, config, history, _scores(model, dataset, task), seconds=time.monotonic() - begin)


def _train(
    model: keras.Model, dataset: Dataset, config: Config, callbacks: Sequence[keras.callbacks.Callback]
) -> dict[str, list[float]]:
    clock = EpochClock()
    history = model.fit(
        dataset.train.inputs,
        dataset.train.targets,
        validation_data=(dataset.validation.inputs, dataset.validation.targets),
        validation_batch_size=PREDICTION_BATCH,
        batch_size=config.batch_size,
        epochs=config.epochs,
        callbacks=[clock, *callbacks, FiniteLoss(), *_early_stopping(config)],
        verbose=0,
    )
    metrics = {name: history.history[name] for name in losses_first(history.history)}
    return {**metrics, "seconds": clock.seconds}


def _early_stopping(config: Config) -> list[keras.callbacks.Callback]:
    if not config.patience:
        return []
    return [keras.callbacks.EarlyStopping("val_loss", patience=config.patience, restore_best_weights=True)]


def _optimizer(config: Config) -> keras.optimizers.Optimizer:
    rate, decay = config.learning_rate, config.weight_decay or None
    optimizers = {
        "sgd": lambda: keras.optimizers.SGD(rate, weight_decay=decay),
        "momentum": lambda: keras.optimizers.SGD(rate, momentum=0.9, nesterov=True, weight_decay=decay),
        "adam": lambda: keras.optimizers.Adam(rate, weight_decay=decay),
        "adamw": lambda: keras.optimizers.AdamW(rate, weight_decay=config.weight_decay),
        "nadam": lambda: keras.optimizers.Nadam(rate, weight_decay=decay),
        "rmsprop": lambda: keras.optimizers.RMSprop(rate, weight_decay=decay),
    }
    optimizer = optimizers[config.optimizer]()
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


def _loss(task: Task) -> str:
    if task is Task.REGRESSION:
        return "mse"
    return "sparse_categorical_crossentropy" if task is Task.MULTICLASS else "binary_crossentropy"


def _metrics(task: Task) -> list[keras.metrics.Metric]:
    """By class, because Keras takes the word "accuracy" for argmax even where each output is a label of its own."""
    if task is Task.REGRESSION:
        return [keras.metrics.MeanAbsoluteError(name="mae")]
    if task is Task.MULTICLASS:
        return [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]
    return [keras.metrics.BinaryAccuracy(name="accuracy")]


def _scores(model: keras.Model, dataset: Dataset, task: Task) -> dict[str, dict[str, float]]:
    return {
        name: scores(task, split.targets, model.predict(split.inputs, batch_size=PREDICTION_BATCH, verbose=0))
        for name, split in dataset.splits.items()
        if name != "train"
    }
