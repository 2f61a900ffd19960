"""Tells what a loaded Keras model takes and gives: the document of facts.py. Knows no file and no wish."""

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

# What changes no number, so that what stands before or behind it counts.
PASSING = ("Cast", "Dropout", "Flatten", "GaussianNoise", "Identity", "Reshape", "Squeeze")
LINEAR = "linear"
MOST_COLUMNS = 1 << 16


def facts(model: keras.Model) -> dict[str, Any]:
    """The facts of a model. Raises ValueError where it does not know the shape of its rows."""
    if not getattr(model, "inputs", None):
        raise ValueError(
            "the model does not know the shape of its rows: call model.build((None, ...)), or predict once, and save "
            "it again"
        )
    names = _output_names(model)
    layers = list(_layers(model))
    return {
        "inputs": [_input(model, tensor) for tensor in model.inputs],
        "outputs": [
            {"name": name, "shape": list(tensor.shape[1:]), **_ending(tensor)}
            for name, tensor in zip(names, model.outputs, strict=True)
        ],
        "parameters": model.count_params(),
        "stateful": [layer.name for layer in layers if getattr(layer, "stateful", False)],
        "precision": Counter(layer.compute_dtype for layer in layers if layer.weights).most_common(1)[0][0]
        if any(layer.weights for layer in layers)
        else "float32",
    }


def _layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _layers(layer)
        else:
            yield layer


def _output_names(model: keras.Model) -> list[str]:
    names = list(getattr(model, "output_names", None) or [])
    if len(names) == len(model.outputs):
        return names
    return [tensor._keras_history.operation.name for tensor in model.outputs]  # Keras tells it nowhere else


def _input(model: keras.Model, tensor: Any) -> dict[str, Any]:
    dtype = keras.backend.standardize_dtype(tensor.dtype)
    takers = list(_takers(model, tensor))
    return {
        "name": tensor.name,
        "shape": list(tensor.shape[1:]),
        "dtype": dtype,
        **_below(takers, dtype),
        **_usual(takers),
    }


def _takers(model: keras.Model, tensor: Any) -> Iterator[Any]:
    """The layers that are the first to look at a tensor's numbers, also within models in the model."""
    graph = getattr(model, "_functional", None) or model
    for operation in graph.operations:
        for node in operation._inbound_nodes:
            for place, given in enumerate(node.input_tensors):
                if given is not tensor:
                    continue
                if isinstance(operation, keras.Model):
                    yield from _takers(operation, operation.inputs[place])
                elif type(operation).__name__ in PASSING:
                    yield from _takers(model, node.outputs[0])
                else:
                    yield operation


def _below(takers: list[Any], dtype: str) -> dict[str, Any]:
    """The number below which an input must lie that is looked up in Embeddings, and in nothing else if not whole."""
    sizes = [layer.input_dim for layer in takers if isinstance(layer, keras.layers.Embedding)]
    others = [layer for layer in takers if not isinstance(layer, keras.layers.Embedding | keras.layers.InputLayer)]
    others = [layer for layer in others if type(layer).__name__ != "NotEqual"]  # the mask over the zeros
    is_index = sizes and (not others or "int" in dtype)
    return {"below": min(sizes)} if is_index else {}


def _usual(takers: list[Any]) -> dict[str, Any]:
    """What the first layers take to be usual, where they scale."""
    for layer in takers:
        if isinstance(layer, keras.layers.Normalization) and not layer.invert:
            means, variances = (np.asarray(each, np.float64).ravel() for each in (layer.mean, layer.variance))
            if means.size <= MOST_COLUMNS and np.isfinite(means).all() and np.isfinite(variances).all():
                return {"means": means.tolist(), "deviations": np.sqrt(variances).tolist()}
        if isinstance(layer, keras.layers.Rescaling):
            scale, offset = float(np.ravel(layer.scale)[0]), float(np.ravel(layer.offset)[0])
            if scale > 0 and math.isfinite(offset):
                return {"interval": [((-1 if offset < 0 else 0) - offset) / scale, (1 - offset) / scale]}
    return {}


def _ending(tensor: Any) -> dict[str, str]:
    """The layer that gives a tensor its numbers, and the activation behind it."""
    operation, node, place = tensor._keras_history
    if isinstance(operation, keras.Model):
        return _ending(operation.outputs[place])
    kind = type(operation).__name__
    activation = _activation(operation)
    given = operation._inbound_nodes[node].input_tensors
    if given and (kind in PASSING or (kind == "Activation" and activation == LINEAR)):
        return _ending(given[0])
    if kind == "TimeDistributed" and isinstance(operation.layer, keras.Model):
        return _ending(operation.layer.outputs[0])
    return {"layer": kind, "activation": activation}


def _activation(operation: Any) -> str:
    kind = type(operation).__name__
    if kind in ("Softmax", "Sigmoid"):  # as layers, or as functions of keras.ops
        last = getattr(operation, "axis", -1) in (-1, None)
        return kind.lower() if last else f"{kind.lower()} along axis {operation.axis}"
    for inner in ("layer", "forward_layer", "cell"):
        if hasattr(operation, inner):
            return _activation(getattr(operation, inner))
    activation = getattr(operation, "activation", None)
    return getattr(activation, "__name__", type(activation).__name__) if activation is not None else LINEAR
