"""The network that a config describes, as it is trained and as it answers. Knows no loss and no training."""

import re
from collections.abc import Sequence
from dataclasses import replace

import keras
import numpy as np

from models.signature import STEP, Input, Output, Signature, Task
from training.architectures import dense, edges, mixer, tabular
from training.config import Config
from training.data import Dataset
from training.errors import InvalidNetwork
from training.linear import linear_weights
from training.preparation import prepare, with_long_tails
from training.targets import encoded, first_biases, scaling

# The names of layers, here and in preparation and architectures.
_OUR_LAYERS = (
    "bins", "brightness", "directions", "embeddings", "features", "features_prepared", "image", "nearness",
    "orientations", "patches", "place", "places", "scales", "temperature", "units", "wide",
)  # fmt: skip
PREDICTION_BATCH = 1024  # rows

_ACTIVATIONS = {Task.BINARY: "sigmoid", Task.MULTICLASS: "softmax", Task.MULTILABEL: "sigmoid"}


def build(dataset: Dataset, task: Task, config: Config) -> keras.Model:
    """The network as it is trained, on raw rows: (rows, units), or (rows, heads, units) where it has heads.

    A classifier gives logits, a regression what `targets.encoded` makes of its targets. Raises InvalidNetwork.
    """
    keras.utils.set_random_seed(config.seed)
    inputs = keras.Input(dataset.shape, name=dataset.input_name)
    prepared = prepare(dataset, inputs)
    units = _units_of(_body(prepared, inputs, dataset, task, config), dataset, task, config)
    if config.wide:
        units = keras.layers.Add()([units, _straight(prepared, inputs, dataset, task, config)])
    return keras.Model(inputs, units)


def assemble(
    networks: Sequence[keras.Model], dataset: Dataset, task: Task, config: Config, temperature: float = 1.0
) -> keras.Model:
    """The model that answers in the units of the data: the mean of all heads and networks, made what callers expect.

    A classifier's logits are divided by `temperature`. Of stock layers only, so that whoever loads the model needs no
    code of this project. It shares the networks' weights.
    """
    inputs = networks[0].inputs[0]
    tensors = [networks[0].outputs[0], *(_uncompiled(network)(inputs) for network in networks[1:])]
    if config.heads:
        tensors = [keras.layers.GlobalAveragePooling1D()(tensor) for tensor in tensors]
    tensor = tensors[0] if len(tensors) == 1 else keras.layers.Average()(tensors)
    for layer in _last_layers(dataset, task, config, temperature):
        tensor = layer(tensor)
    return keras.Model(inputs, tensor)


def answers(model: keras.Model, rows: np.ndarray) -> np.ndarray:
    """What a model gives, (rows, units), for rows of inputs.

    By calls, as `Model.predict` first spends a tenth of a second on making a graph of each model.
    """
    batches = (rows[start : start + PREDICTION_BATCH] for start in range(0, len(rows), PREDICTION_BATCH))
    return np.concatenate([keras.ops.convert_to_numpy(model(batch)) for batch in batches])


def _uncompiled(network: keras.Model) -> keras.Model:
    """The same layers without what the network was trained with, which a file of a model that holds it would name."""
    return keras.Model(network.inputs[0], network.outputs[0])


def signature(dataset: Dataset, task: Task, config: Config) -> Signature:
    """What goes into such a model and what comes out of it."""
    return Signature(
        task=task,
        inputs=(
            Input(
                name=dataset.input_name,
                shape=dataset.shape,
                feature_names=dataset.feature_names,
                ranges=dataset.ranges,
                categories=dataset.categories,
                optional=dataset.optional,
            ),
        ),
        outputs=(
            Output(
                name=output_name(dataset, task, config),
                units=_units(dataset, task),
                activation=_activation(task, config),
                names=dataset.output_names,
            ),
        ),
    )


def output_name(dataset: Dataset, task: Task, config: Config) -> str:
    """Of the model's output, and of its last layer."""
    if task is Task.REGRESSION:
        name = dataset.output_names[0]
        return name if len(dataset.output_names) == 1 and _names_a_layer(name) else "values"
    word = "decision" if config.output == STEP else "probability"
    return word if task is Task.BINARY else {"decision": "decisions", "probability": "probabilities"}[word]


def _body(
    tensor: keras.KerasTensor, inputs: keras.KerasTensor, dataset: Dataset, task: Task, config: Config
) -> keras.KerasTensor:
    if config.architecture == "edges":
        return edges.body(tensor, config)
    if config.architecture == "mixer":
        return mixer.body(tensor, config)
    if config.architecture == "dense":
        return dense.body(tensor, config)
    return tabular.body(tensor, _rows(tensor, inputs, dataset), dataset, task, config)


def _straight(
    tensor: keras.KerasTensor, inputs: keras.KerasTensor, dataset: Dataset, task: Task, config: Config
) -> keras.KerasTensor:
    """What a linear model of the prepared inputs tells: (rows, units), or (rows, 1, units) where there are heads.

    The wide part of H.-T. Cheng et al., Wide & Deep Learning for Recommender Systems, 2016; here it begins with the
    weights of that model, so that the hidden layers have only to learn what it cannot tell.
    """
    if config.output != "linear":
        raise InvalidNetwork(f"wide=yes takes output=linear, and not {config.output}.")
    if len(tensor.shape) > 2:
        tensor = keras.layers.Flatten()(tensor)
    if dataset.long_tails:
        tensor = with_long_tails(dataset, inputs, tensor)
    layer = keras.layers.Dense(_units(dataset, task), name="wide")
    told = layer(tensor)
    targets = encoded(dataset.train.targets, dataset, task, replace(config, label_smoothing=0.0))
    layer.set_weights(
        linear_weights(_rows(tensor, inputs, dataset), targets, task, _units(dataset, task), dataset.train.weights)
    )
    return keras.layers.Reshape((1, _units(dataset, task)))(told) if config.heads else told


def _rows(tensor: keras.KerasTensor, inputs: keras.KerasTensor, dataset: Dataset) -> np.ndarray:
    """The training rows as that tensor has them."""
    return answers(keras.Model(inputs, tensor), dataset.train.inputs)


def _units_of(tensor: keras.KerasTensor, dataset: Dataset, task: Task, config: Config) -> keras.KerasTensor:
    """The last layer with weights: one for all, or one per head."""
    units, activation = _units(dataset, task), config.output if task is Task.REGRESSION else None
    if config.heads:
        layer = keras.layers.EinsumDense(
            "bhd,hdu->bhu", output_shape=(config.heads, units), bias_axes="hu", activation=activation, name="units"
        )
    else:
        layer = keras.layers.Dense(units, activation=activation, name="units")
    outputs = layer(tensor)
    if config.wide:
        layer.kernel.assign(np.zeros(layer.kernel.shape))  # all that is known at first is what the wide part tells
    layer.bias.assign(np.broadcast_to(first_biases(dataset, task, config), layer.bias.shape))
    return outputs


def _last_layers(dataset: Dataset, task: Task, config: Config, temperature: float) -> list[keras.layers.Layer]:
    """From the networks' outputs to answers; the very last has the output's name."""
    name, to_targets = output_name(dataset, task, config), scaling(dataset, task, config)
    if task is Task.REGRESSION:
        if to_targets.changes_nothing:
            return [keras.layers.Activation("linear", name=name)]
        return [keras.layers.Rescaling(to_targets.scale.tolist(), to_targets.offset.tolist(), name=name)]
    sureness = [keras.layers.Rescaling(1 / temperature, name="temperature")] if temperature != 1 else []
    return [*sureness, keras.layers.Activation(_ACTIVATIONS[task], name=name)]


def _units(dataset: Dataset, task: Task) -> int:
    return 1 if task is Task.BINARY else len(dataset.output_names)


def _names_a_layer(name: str) -> bool:
    """Whether the last layer may be called so: TensorFlow takes identifiers only, and other layers have names too."""
    its_class = re.sub(r"_\d+$", "", name)  # Keras calls layers dense, dense_1, ...
    by_keras = hasattr(keras.layers, its_class.title().replace("_", "")) or hasattr(keras.ops, its_class)
    return name.isascii() and name.isidentifier() and not by_keras and name not in _OUR_LAYERS


def _activation(task: Task, config: Config) -> str:
    return config.output if task is Task.REGRESSION or config.output == STEP else _ACTIVATIONS[task]
