"""The network that a config describes, raw rows in and answers out. Knows neither losses nor how it is trained."""

import keras
import numpy as np

from models.signature import Input, Output, Signature, Task
from training.config import Config
from training.data import Dataset

_ACTIVATIONS = {
    Task.BINARY: "sigmoid",
    Task.MULTICLASS: "softmax",
    Task.MULTILABEL: "sigmoid",
    Task.REGRESSION: "linear",
}


def build(dataset: Dataset, task: Task, config: Config) -> keras.Model:
    """A model of stock layers only, so that whoever loads it needs no code of this project.

    Scaling of inputs and outputs is inside: callers send and get numbers in the units of the data.
    """
    keras.utils.set_random_seed(config.seed)
    tensor = inputs = keras.Input(dataset.shape, name=dataset.input_name)
    for layer in [*_preparation(dataset), *_hidden(config), *_output(dataset, task, config)]:
        tensor = layer(tensor)
    return keras.Model(inputs, tensor)


def signature(dataset: Dataset, task: Task) -> Signature:
    """What goes into such a model and what comes out of it."""
    return Signature(
        task=task,
        inputs=(
            Input(
                name=dataset.input_name,
                shape=dataset.shape,
                feature_names=dataset.feature_names,
                ranges=dataset.ranges,
            ),
        ),
        outputs=(
            Output(
                name=_output_name(dataset, task),
                units=_units(dataset, task),
                activation=_ACTIVATIONS[task],
                names=dataset.output_names,
            ),
        ),
    )


def _preparation(dataset: Dataset) -> list[keras.layers.Layer]:
    if dataset.largest_pixel is not None:
        return [keras.layers.Rescaling(1 / dataset.largest_pixel), keras.layers.Flatten()]
    normalization = keras.layers.Normalization()
    normalization.adapt(dataset.train.inputs)  # on training rows only: what is held out must stay unknown
    return [normalization]


def _hidden(config: Config) -> list[keras.layers.Layer]:
    layers: list[keras.layers.Layer] = []
    for units in config.hidden:
        layers.append(keras.layers.Dense(units, activation=config.activation))
        if config.dropout:
            layers.append(keras.layers.Dropout(config.dropout))
    return layers


def _output(dataset: Dataset, task: Task, config: Config) -> list[keras.layers.Layer]:
    units, name = _units(dataset, task), _output_name(dataset, task)
    if config.output_scaling == "none" or task is not Task.REGRESSION:
        return [keras.layers.Dense(units, activation=_ACTIVATIONS[task], name=name)]
    targets = dataset.train.targets.astype(np.float64)  # (rows, units)
    scaling = keras.layers.Rescaling(targets.std(axis=0).tolist(), targets.mean(axis=0).tolist(), name=name)
    return [keras.layers.Dense(units, name="standard_deviations"), scaling]


def _units(dataset: Dataset, task: Task) -> int:
    return 1 if task is Task.BINARY else len(dataset.output_names)


def _output_name(dataset: Dataset, task: Task) -> str:
    if task is Task.REGRESSION:
        return dataset.output_names[0] if len(dataset.output_names) == 1 else "values"
    return "probability" if task is Task.BINARY else "probabilities"
