"""Says in today's words what Keras 2 and early Keras 3 wrote about a model, so that today's Keras reads it.

Knows configurations as plain values; which arguments today's layers take it is told.
"""

from collections.abc import Callable, Iterator
from typing import Any

Accepts = Callable[[str], frozenset[str] | None]  # the arguments of a layer class of Keras; None: it is none

# Arguments that today's layers have no more, and the values with which they changed nothing; ... is any value.
GONE: dict[str, tuple[Any, ...]] = {
    "adjustment": (None,),
    "batch_input_shape": (...,),
    "dynamic": (False, None),
    "fused": (...,),
    "groups": (1,),
    "implementation": (...,),
    "input_length": (...,),
    "kernel_constraint": (...,),
    "kernel_initializer": (...,),
    "kernel_regularizer": (...,),
    "ragged": (False, None),
    "renorm": (False,),
    "renorm_clipping": (None,),
    "renorm_momentum": (...,),
    "time_major": (False,),
    "virtual_batch_size": (None,),
    "activity_regularizer": (...,),
    "experimental_run_tf_function": (...,),
}
MODELS = ("Functional", "Model", "Sequential")


class Untranslatable(ValueError):
    """A configuration that means something for which today's Keras has no words."""


def translated(config: Any, accepts: Accepts) -> Any:
    """The configuration of a model, or any part of it, as today's Keras takes it. Raises Untranslatable."""
    if isinstance(config, list):
        return [translated(part, accepts) for part in config]
    if not isinstance(config, dict):
        return config
    result = {key: translated(value, accepts) for key, value in config.items()}
    if isinstance(result.get("class_name"), str) and isinstance(result.get("config"), dict):
        return _object(result, accepts)
    return result


def _object(node: dict[str, Any], accepts: Accepts) -> dict[str, Any]:
    name, config = node["class_name"], node["config"]
    if name in MODELS:
        return {**node, "config": _model(config)}
    if name in ("Policy", "DTypePolicy"):
        return {
            "module": "keras",
            "class_name": "DTypePolicy",
            "config": {"name": config.get("name")},
            "registered_name": None,
        }
    if (known := accepts(name)) is None:
        return node
    if name == "InputLayer" and "batch_input_shape" in config:
        config = {**config, "batch_shape": config["batch_input_shape"]}
    if isinstance(config.get("axis"), list) and len(config["axis"]) == 1:
        config = {**config, "axis": config["axis"][0]}
    config = {key: value for key, value in config.items() if key in known or not _is_gone(name, key, value)}
    nested = {key: _with_module(value, accepts) for key, value in config.items()}
    return {**node, "config": nested}


def _is_gone(layer: str, key: str, value: Any) -> bool:
    """Whether an argument that today's layer does not know may be left out. Raises Untranslatable where not."""
    if key not in GONE:
        return False
    if ... in GONE[key] or value in GONE[key]:
        return True
    raise Untranslatable(f"the layer {layer} has {key}={str(value)[:40]}, which Keras 3 has no more")


def _with_module(value: Any, accepts: Accepts) -> Any:
    """A layer in a layer, such as that of Bidirectional, with the module that Keras 3 asks for there."""
    is_layer = isinstance(value, dict) and "class_name" in value and "config" in value
    if is_layer and "module" not in value and accepts(value["class_name"]) is not None:
        return {"module": "keras.layers", "registered_name": None, **value}
    return value


def _model(config: dict[str, Any]) -> dict[str, Any]:
    """A model's graph with the calls of the models in it counted from 0, where Keras 2 began at 1."""
    layers = config.get("layers")
    if not isinstance(layers, list):
        return config
    inner = dict(_models_within(layers))
    if not inner:
        return config
    renumbered = [
        {**layer, "inbound_nodes": _nodes(layer["inbound_nodes"], inner)} if "inbound_nodes" in layer else layer
        for layer in layers
    ]
    ends: dict[str, Any] = {
        key: _ends(config[key], inner) for key in ("input_layers", "output_layers") if key in config
    }
    return {**config, "layers": renumbered, **ends}


def _models_within(layers: list[Any]) -> Iterator[tuple[str, str]]:
    """Name and class of the models among the layers whose first call Keras 2 kept to itself: those with inputs."""
    for layer in layers:
        if not isinstance(layer, dict) or layer.get("class_name") not in MODELS or "name" not in layer:
            continue
        parts = layer["config"].get("layers") or [{}]
        if parts[0].get("class_name") == "InputLayer":
            yield layer["name"], layer["class_name"]


def _nodes(nodes: Any, inner: dict[str, str]) -> Any:
    """Keras 2's calls, [[[name, call, tensor, arguments], ...], ...]; those of Keras 3 are objects and stay."""
    if isinstance(nodes, list):
        if len(nodes) == 4 and isinstance(nodes[0], str) and isinstance(nodes[1], int):
            name, call, *rest = nodes
            return [name, call - 1 if name in inner and call > 0 else call, *rest]
        return [_nodes(node, inner) for node in nodes]
    return nodes


def _ends(ends: Any, inner: dict[str, str]) -> Any:
    """Of these Keras 3 itself counts the calls of a Functional from 1, and those of a Sequential from 0."""
    if isinstance(ends, list):
        if len(ends) == 3 and isinstance(ends[0], str):
            name, call, tensor = ends
            return [name, call - 1 if inner.get(name) == "Sequential" and call > 0 else call, tensor]
        return [_ends(end, inner) for end in ends]
    return ends
