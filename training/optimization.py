"""What a training minimises, and by which steps. Knows no data and no layer."""

import keras
import numpy as np

from models.signature import Task
from training.config import Config


def optimizer(config: Config, steps: int) -> keras.optimizers.Optimizer:
    """The optimizer that a config names; an epoch has `steps` of its steps. Biases are never decayed."""
    rate, decay = _rate(config, steps), config.weight_decay or None
    more = {
        "global_clipnorm": config.clip_norm or None,
        "use_ema": bool(config.ema),
        "ema_momentum": config.ema or 0.99,  # asked for a number also where it is not used
    }
    optimizers = {
        "sgd": lambda: keras.optimizers.SGD(rate, weight_decay=decay, **more),
        "momentum": lambda: keras.optimizers.SGD(rate, momentum=0.9, nesterov=True, weight_decay=decay, **more),
        "adam": lambda: keras.optimizers.Adam(rate, weight_decay=decay, **more),
        "adamw": lambda: keras.optimizers.AdamW(rate, weight_decay=config.weight_decay, **more),
        "nadam": lambda: keras.optimizers.Nadam(rate, weight_decay=decay, **more),
        "rmsprop": lambda: keras.optimizers.RMSprop(rate, weight_decay=decay, **more),
    }
    chosen = optimizers[config.optimizer]()
    chosen.exclude_from_weight_decay(var_names=["bias", "gamma", "beta", "scales"])
    return chosen


def _rate(config: Config, steps: int) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """The learning rate, or how it changes with the step.

    Warm-up: P. Goyal et al., Accurate, Large Minibatch SGD, 2017, section 2.2. Cosine: I. Loshchilov and F. Hutter,
    SGDR, 2017, equation 5.
    """
    warmup = min(config.warmup, config.epochs) * steps
    falling = max(1, config.epochs * steps - warmup)
    rises = {"warmup_target": config.learning_rate, "warmup_steps": warmup} if warmup else {}
    start = config.learning_rate / steps if warmup else config.learning_rate
    if config.schedule == "cosine":
        return keras.optimizers.schedules.CosineDecay(start, falling, **rises)
    if warmup:
        return keras.optimizers.schedules.CosineDecay(start, falling, alpha=1.0, **rises)  # and does not fall
    return config.learning_rate


def loss(task: Task, config: Config) -> keras.losses.Loss:
    """The loss of a network as network.build makes it: classifiers give logits."""
    if task is Task.REGRESSION:
        losses = {
            "mse": keras.losses.MeanSquaredError,
            "mae": keras.losses.MeanAbsoluteError,
            "huber": keras.losses.Huber,
        }
        chosen = losses["mse" if config.loss == "auto" else config.loss]()
    elif task is not Task.MULTICLASS:
        chosen = keras.losses.BinaryCrossentropy(from_logits=True)
    elif config.label_smoothing:  # which makes of each class number a share of every class
        chosen = keras.losses.CategoricalCrossentropy(from_logits=True)
    else:
        chosen = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return _PerHead(chosen) if config.heads else chosen


def metrics(task: Task, config: Config, scale: np.ndarray) -> list[keras.metrics.Metric]:
    """What is told of each epoch beside the loss, of the mean over heads; errors in the unit of the targets.

    Of our own, because Keras takes the word "accuracy" for argmax even where each output is a label of its own.
    """

    def answers(outputs: keras.KerasTensor) -> keras.KerasTensor:
        return keras.ops.mean(outputs, axis=1) if config.heads else outputs

    def mae(targets: keras.KerasTensor, outputs: keras.KerasTensor) -> keras.KerasTensor:
        return keras.ops.mean(keras.ops.abs(answers(outputs) - targets) * scale.astype(np.float32), axis=-1)

    def of_labels(targets: keras.KerasTensor, outputs: keras.KerasTensor) -> keras.KerasTensor:
        return keras.ops.mean(keras.ops.equal(answers(outputs) >= 0, targets >= 0.5), axis=-1)

    def of_classes(targets: keras.KerasTensor, outputs: keras.KerasTensor) -> keras.KerasTensor:
        truth = keras.ops.argmax(targets, axis=-1) if config.label_smoothing else keras.ops.reshape(targets, (-1,))
        found = keras.ops.argmax(answers(outputs), axis=-1)
        return keras.ops.equal(keras.ops.cast(truth, "int32"), keras.ops.cast(found, "int32"))

    if task is Task.REGRESSION:
        return [keras.metrics.MeanMetricWrapper(mae, name="mae")]
    of_task = of_classes if task is Task.MULTICLASS else of_labels
    return [keras.metrics.MeanMetricWrapper(of_task, name="accuracy")]


class _PerHead(keras.losses.Loss):  # type: ignore[misc]  # Keras is untyped
    """The mean over heads, each of which is told the targets and answers for itself: not the loss of their mean."""

    def __init__(self, loss: keras.losses.Loss) -> None:
        super().__init__(name=loss.name)
        self._loss = loss

    def call(self, targets: keras.KerasTensor, outputs: keras.KerasTensor) -> keras.KerasTensor:
        """Targets (rows, ...), outputs (rows, heads, units) -> (rows,)."""
        heads = outputs.shape[1]
        each = keras.ops.repeat(keras.ops.expand_dims(targets, 1), heads, axis=1)
        return keras.ops.mean(self._loss.call(each, outputs), axis=1)
