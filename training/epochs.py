"""Epochs in few calls of TensorFlow, as small networks wait more for calls than for sums. Knows no config and no data.

Keras goes through a tf.data pipeline, whose iterators it makes anew four times an epoch. Here the loop over batches is
part of the graph, and all that Keras iterates over are the numbers at which its calls begin.
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

Batch = tuple[tf.Tensor, ...]  # inputs and targets, and weights where there are some
Step = Callable[[Batch], Any]

MOST_STEPS = 256  # in one call, which Ctrl-C cannot interrupt: seconds, also of large networks


def training_steps(network: keras.Model, batch: Callable[[tf.Tensor], Batch], count: int) -> tf.data.Dataset:
    """Have a compiled network train on `batch(number)` for each number below `count`; to be given to its `fit`."""
    _prepare(network, batch(tf.constant(0, tf.int64)))
    network.train_function = _steps(network, network.train_step, batch, count)
    return _beginnings(count)


def validation_steps(network: keras.Model, rows: Batch, size: int) -> tf.data.Dataset:
    """Have it validate on arrays of rows, `size` at a time; to be given to its `fit` as validation data."""
    arrays = tuple(tf.constant(array) for array in rows)
    count = -(-len(arrays[0]) // size)

    def batch(number: tf.Tensor) -> Batch:
        return tuple(array[number * size : (number + 1) * size] for array in arrays)

    network.test_function = _steps(network, network.test_step, batch, count)
    return _beginnings(count)


def forget(network: keras.Model) -> None:
    """Let go of the rows."""
    network.train_function = network.test_function = None


def _beginnings(count: int) -> tf.data.Dataset:
    """The numbers at which calls begin. Nothing in so small a pipeline is worth tuning, and the tuner slows its end."""
    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_optimization.apply_default_optimizations = False
    return tf.data.Dataset.range(0, count, MOST_STEPS).with_options(options)


def _prepare(network: keras.Model, batch: Batch) -> None:
    """Have the optimizer and the metrics make their variables: else TensorFlow traces the first step twice."""
    network.optimizer.build(network.trainable_variables)
    inputs, targets, weights = (*batch, None)[:3]
    network.compute_metrics(inputs, targets, network(inputs, training=False), sample_weight=weights)
    network.reset_metrics()


def _steps(
    network: keras.Model, step: Step, batch: Callable[[tf.Tensor], Batch], count: int
) -> Callable[[tf.data.Iterator], dict[str, tf.Tensor]]:
    """What Keras calls for each of the beginnings; answers with the metrics so far.

    Without AutoGraph, which takes as long to convert Python as TensorFlow does to trace it.
    """

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]  # TensorFlow is untyped
    def call(begin: tf.Tensor) -> dict[str, tf.Tensor]:
        end = tf.minimum(begin + MOST_STEPS, count)

        def body(number: tf.Tensor) -> tf.Tensor:
            step(batch(number))
            return number + 1

        tf.while_loop(lambda number: number < end, body, [begin], parallel_iterations=1)
        logs: dict[str, tf.Tensor] = network.get_metrics_result()
        return logs

    return lambda iterator: call(next(iterator))
