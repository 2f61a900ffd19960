"""Training rows in batches whose order and changes follow from the seed and the epoch alone. Knows no network.

So a training that goes on at some epoch sees the rows that it would have seen without the interruption.
"""

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from training.config import Config
from training.errors import InvalidNetwork

Logs = dict[str, Any] | None  # metric -> value, as Keras hands them over


class Batches(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
    """Give `rows` to `fit`, and this itself among its callbacks: it tells the rows which epoch it is."""

    def __init__(self, inputs: np.ndarray, targets: np.ndarray, weights: np.ndarray | None, config: Config) -> None:
        """Of `inputs` (rows, ...), `targets` (rows, ...) and weights (rows,) or None. Raises InvalidNetwork."""
        super().__init__()
        if inputs.ndim < 3 and (config.shift or config.flip != "none"):
            raise InvalidNetwork("shift and flip change images, and these rows are none. Leave them out.")
        self._inputs, self._targets = tf.constant(inputs), tf.constant(targets)
        self._weights = None if weights is None else tf.constant(weights, tf.float32)
        self._config = config
        self._epoch = tf.Variable(0, trainable=False)
        self._order = tf.Variable(np.arange(len(inputs)), trainable=False)

    @property
    def rows(self) -> tf.data.Dataset:
        """Batches of (inputs, targets) or (inputs, targets, weights), all rows once; another order in each epoch."""
        batches = tf.data.Dataset.range(self.count)
        if self._config.deterministic:  # TensorFlow would make it so by itself, and complain each time
            return batches.map(self.batch).prefetch(4)
        return batches.map(self.batch, num_parallel_calls=2, deterministic=True).prefetch(4)

    @property
    def count(self) -> int:
        """How many batches an epoch has."""
        return math.ceil(len(self._inputs) / self._config.batch_size)

    def batch(self, number: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """That of the number, from 0, as one of `rows`."""
        start = number * self._config.batch_size
        chosen = self._order[start : start + self._config.batch_size]
        inputs = self._changed(tf.gather(self._inputs, chosen), number)
        batch = inputs, tf.gather(self._targets, chosen)
        return batch if self._weights is None else (*batch, tf.gather(self._weights, chosen))

    def on_epoch_begin(self, epoch: int, _logs: Logs = None) -> None:
        """The next time through is that of `epoch`, from 0."""
        self._epoch.assign(epoch)
        self._order.assign(np.random.default_rng((self._config.seed, epoch)).permutation(len(self._inputs)))

    def _changed(self, images: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
        """Each image mirrored and moved, or not, as its place in the epoch decides."""
        if self._config.flip == "none" and not self._config.shift:
            return images
        seed = [self._config.seed % 2**31, self._epoch * 2**20 + tf.cast(number, tf.int32)]
        if self._config.flip == "horizontal":
            images = _mirrored(images, seed)
        return _moved(images, self._config.shift, [seed[0] + 1, seed[1]]) if self._config.shift else images


def _mirrored(images: tf.Tensor, seed: list[Any]) -> tf.Tensor:
    """About every second of the images (rows, height, width, ...) with left and right exchanged."""
    chosen = tf.random.stateless_uniform([tf.shape(images)[0], *[1] * (images.shape.rank - 1)], seed) < 0.5
    return tf.where(chosen, tf.reverse(images, [2]), images)


def _moved(images: tf.Tensor, most: int, seed: list[Any]) -> tf.Tensor:
    """Images (rows, height, width, ...) moved by up to `most` pixels down and across; what comes in is 0."""
    count = tf.shape(images)[0]
    moves = tf.random.stateless_uniform([2, count, 1], seed, 0, 2 * most + 1, tf.int32)
    rest = [[0, 0]] * (images.shape.rank - 3)
    padded = tf.pad(images, [[0, 0], [most, most], [most, most], *rest])
    for axis in (1, 2):
        places = moves[axis - 1] + tf.range(images.shape[axis])  # (rows, pixels)
        padded = tf.gather(padded, places, axis=axis, batch_dims=1)
    return padded
