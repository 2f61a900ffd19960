"""Writes a configuration of Keras 2 as Keras 3 reads it, where Keras 3.15 cannot read it as it stands. Knows no files.

Each step is a file of Keras 2.1 to 2.15 that Keras 3.15 refuses, or loads wrongly:

- a Sequential that is a bare list, or that names the shape of its input, batch and all, in its first layer;
- layers inside wrappers, of which Keras 3 asks the module even in an .h5;
- models called as layers, whose first call Keras 2 counts from 1 and Keras 3 from 0;
- axes of normalisations in a list, where Keras 3 takes a number, and reads a list from an .h5 only;
- words that layers no longer take, and that mean nothing at the value that Keras 2 wrote.
"""

from collections.abc import Mapping
from typing import Any

# Where Keras 2.12 to 2.15 had its models; Keras 3 cannot import these modules.
MOVED = {
    "keras.engine.functional": "keras.src.models.functional",
    "keras.src.engine.functional": "keras.src.models.functional",
    "keras.engine.sequential": "keras",
    "keras.src.engine.sequential": "keras",
    "keras.engine.training": "keras",
    "keras.src.engine.training": "keras",
}
NEEDLESS = ("compile_config", "build_config")
INNER = ("layer", "backward_layer", "cell", "cells")
MODELS = ("Functional", "Model", "Sequential")
UNGROUPED = ("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose", "DepthwiseConv1D", "DepthwiseConv2D")
SEPARABLE = ("SeparableConv1D", "SeparableConv2D")
OF_A_KERNEL = ("kernel_initializer", "kernel_regularizer", "kernel_constraint")


def modern(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same model, in a form that Keras 3 reads."""
    config, name = document["config"], document["class_name"]
    if isinstance(config, list):
        config = {"name": "sequential", "layers": config}
    fresh = {key: value for key, value in document.items() if key not in NEEDLESS} | {"config": _config(name, config)}
    if document.get("module") in MOVED:
        fresh["module"] = MOVED[document["module"]]
    return fresh


def _config(name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    fresh = {key: value for key, value in config.items() if not _is_dropped(name, key, value)}
    for key in INNER:
        if isinstance(fresh.get(key), dict):
            fresh[key] = _inner(fresh[key])
        elif isinstance(fresh.get(key), list):
            fresh[key] = [_inner(each) for each in fresh[key]]
    if isinstance(fresh.get("axis"), list) and len(fresh["axis"]) == 1:
        fresh["axis"] = fresh["axis"][0]
    if name == "GRU" and "reset_after" not in config:
        fresh["reset_after"] = False  # Keras before 2.1.3 knew nothing else
    if name in MODELS and isinstance(fresh.get("layers"), list):
        fresh["layers"] = _layers(name, fresh["layers"])
        if name != "Sequential" and _is_old_graph(config["layers"]):
            towers = {str(each.get("name")) for each in config["layers"] if each["class_name"] == "Sequential"}
            fresh["output_layers"] = [_tensor(each, towers) for each in fresh.get("output_layers", [])]
    return fresh


def _is_old_graph(layers: list[Any]) -> bool:
    return any(isinstance(node, list) for each in layers for node in each.get("inbound_nodes") or [])


def _is_dropped(name: str, key: str, value: Any) -> bool:
    return (
        (key == "time_major" and not value)
        or (key == "batch_input_shape" and name != "InputLayer")
        or (key == "groups" and name in UNGROUPED + SEPARABLE and value == 1)
        or (key in OF_A_KERNEL and name in SEPARABLE)
    )


def _inner(document: Any) -> Any:
    if not isinstance(document, dict) or "class_name" not in document:
        return document
    fresh = modern(document)
    if "module" not in fresh:
        module = "keras.src.models.functional" if fresh["class_name"] == "Functional" else "keras.layers"
        fresh["module"] = "keras" if fresh["class_name"] in ("Sequential", "Model") else module
        fresh["registered_name"] = None
    return fresh


def _layers(name: str, layers: list[Any]) -> list[Any]:
    fresh = [modern(each) for each in layers]
    if name == "Sequential":
        return fresh if not layers or fresh[0]["class_name"] == "InputLayer" else _entry(layers[0], fresh[0]) + fresh
    counted_from_one = {str(each.get("name")) for each in layers if each["class_name"] in MODELS}
    for each in fresh:
        nodes = each.get("inbound_nodes")
        if nodes and all(isinstance(node, list) for node in nodes):
            each["inbound_nodes"] = [[_tensor(tensor, counted_from_one) for tensor in node] for node in nodes]
    return fresh


def _entry(first: Mapping[str, Any], fresh: Mapping[str, Any]) -> list[Any]:
    """An InputLayer for the first layer of a Sequential that names the shape of its input."""
    config = first["config"] if isinstance(first["config"], dict) else {}
    shape = config.get("batch_input_shape")
    if shape is None and isinstance(config.get("layer"), dict):
        shape = config["layer"]["config"].get("batch_input_shape")
    if shape is None:
        return []
    entry = {"batch_shape": shape, "dtype": "float32", "name": f"{fresh['config'].get('name', 'first')}_input"}
    stands = {"module": "keras.layers", "registered_name": None} if "module" in first else {}
    return [{**stands, "class_name": "InputLayer", "config": entry}]


def _tensor(tensor: Any, counted_from_one: set[str]) -> Any:
    """`[layer, call, output, …]` with the call as Keras 3 counts it."""
    if isinstance(tensor, list) and tensor and tensor[0] in counted_from_one and tensor[1] >= 1:
        return [tensor[0], tensor[1] - 1, *tensor[2:]]
    return tensor
