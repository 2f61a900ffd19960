"""Layers of threshold units as a Keras model, and the Run of it. Knows not how their weights came to be."""

import time
from collections.abc import Sequence

import keras
import numpy as np

from models.signature import Task
from training.config import Config
from training.data import Dataset
from training.fit import History, Run, held_out_predictions
from training.memory import peak_memory_mb
from training.network import output_name
from training.neurons import Layer
from training.scores import hard_scores


def threshold_run(
    layers: Sequence[Layer],
    dataset: Dataset,
    task: Task,
    config: Config,
    *,
    history: History,
    begin: float,
    notes: tuple[str, ...] = (),
) -> Run:
    """The model of these layers, scored on validation and test rows; `begin` is when its training began."""
    model = threshold_network(layers, dataset, output_name(dataset, task, config))
    predictions = held_out_predictions(model, dataset)
    return Run(
        model,
        config,
        history,
        predictions,
        {name: hard_scores(task, dataset.splits[name].targets, values) for name, values in predictions.items()},
        seconds=time.monotonic() - begin,
        peak_memory_mb=peak_memory_mb(),
        notes=notes,
    )


def threshold_network(layers: Sequence[Layer], dataset: Dataset, name: str) -> keras.Model:
    """Raw rows -> decisions of the last layer. Of stock layers and operations: it loads without this project."""
    inputs = keras.Input(dataset.shape, name=dataset.input_name)
    tensor = keras.layers.Flatten()(inputs) if len(dataset.shape) > 1 else inputs
    for layer in layers:
        dense = keras.layers.Dense(len(layer.bias))
        sums = dense(tensor)
        dense.set_weights([np.asarray(layer.kernel), np.asarray(layer.bias)])
        tensor = keras.ops.cast(keras.ops.greater_equal(sums, 0.0), "float32")
    return keras.Model(inputs, keras.layers.Activation("linear", name=name)(tensor))
