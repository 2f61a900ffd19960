"""The graph of a functional model: which layer is called with which tensors. Knows no single layer.

Two ways of writing a call are read: Keras 3's, `{"args": [tensor], "kwargs": {}}` with tensors that name their layer,
and Keras 2's, `[["layer", call, output, {}], …]`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from models.inspection.layer import Call, Layer, Result, Shape
from models.inspection.vocabulary import MODELS

Named = Callable[[Layer, Mapping[str, Any], int], Layer]


class Network:
    """One functional model, about to be called once."""

    def __init__(self, model: Layer, named: Named) -> None:
        self._model, self._named = model, named
        documents = model.config["layers"]
        layers = [named(model, document, index) for index, document in enumerate(documents)]
        names = [str(each.get("name", each["config"].get("name"))) for each in documents]
        self._layers = dict(zip(names, layers, strict=True))
        self._nodes = {name: each.get("inbound_nodes") or [] for name, each in zip(names, documents, strict=True)}
        self._made: dict[str, list[tuple[Shape, ...]]] = {name: [] for name in names}
        if len(self._made) != len(documents):
            model.refuse("config", "two of its layers have the same name.")

    def infer(self, call: Call | None) -> Result:
        """The outputs, and the weights of all layers, each counted once however often it is called."""
        if call is not None:  # Keras builds it by its own inputs first, whatever it is called with
            parameters = Network(self._model, self._named).infer(None).parameters
            self._enter(call)
            return Result(self._run().outputs, parameters)
        self._enter(None)
        return self._run()

    def _run(self) -> Result:
        parameters = 0
        waiting = [(name, layer) for name, layer in self._layers.items() if self._nodes[name]]
        while waiting:
            left = []
            for name, layer in waiting:
                parameters += self._advance(name, layer)
                if len(self._made[name]) < len(self._nodes[name]):
                    left.append((name, layer))
            if len(left) == len(waiting):
                self._model.refuse("config", f"the layer {left[0][0][:100]!r} waits for tensors that no layer makes.")
            waiting = left
        outputs = self._tensors(self._model.config.get("output_layers"))
        return Result(tuple(outputs), parameters)

    def _enter(self, call: Call | None) -> None:
        """Give the inputs their shapes: those of the call, or their own."""
        places = self._histories(self._model.config.get("input_layers"))
        given = call.shapes if call is not None else []
        for name, layer in self._layers.items():
            if layer.class_name == "InputLayer":
                shape = own_shape(layer)
                if shape is None:
                    layer.refuse("shape", "it does not say what the model's input is.")
                self._made[name] = [(shape,)]
            elif not self._nodes[name] and layer.class_name not in MODELS:
                self._model.refuse("config", f"the layer {name[:100]!r} is never called.")
        for (name, _, _), shape in zip(places, given, strict=False):
            self._made[name] = [(shape,)]

    def _advance(self, name: str, layer: Layer) -> int:
        """Make the calls of a layer whose tensors are there; the weights come with the first."""
        parameters = 0
        for node in self._nodes[name][len(self._made[name]) :]:
            call = self._call(node)
            if call is None:
                break
            result = layer.infer(layer, call)
            if not self._made[name]:
                parameters = result.parameters
            self._made[name].append(result.outputs)
        return parameters

    def _call(self, node: Any) -> Call | None:
        """The call of a node; None while a tensor of it is missing."""
        try:
            if isinstance(node, dict):
                return Call(self._filled(node["args"]), self._filled(node["kwargs"]))
            kwargs = node[0][3] if node and len(node[0]) > 3 and isinstance(node[0][3], dict) else {}
            return Call([self._tensor(*each[:3]) for each in node], kwargs)
        except _Missing:
            return None

    def _filled(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._filled(each) for each in value]
        if not isinstance(value, dict):
            return value
        if "class_name" not in value:
            return {key: self._filled(each) for key, each in value.items()}
        if value.get("class_name") == "__keras_tensor__":
            return self._tensor(*value["config"]["keras_history"])
        if value.get("class_name") in ("__numpy__", "__tensor__"):
            return _shape_of(value["config"]["value"])
        return value

    def _tensor(self, name: str, node: int, output: int) -> Shape:
        if name not in self._made or type(node) is not int or type(output) is not int or min(node, output) < 0:
            self._model.refuse("config", f"a layer is called with a tensor of {str(name)[:100]!r}, which is not there.")
        made = self._made[name]
        index = self._index(name, node)
        if index >= len(made):
            raise _Missing
        return made[index][output]

    def _index(self, name: str, node: int) -> int:
        """Which of the calls in the file is meant. Keras 2 counted a model's own inputs as its first."""
        if self._layers[name].class_name in MODELS and node >= len(self._nodes[name]):
            return max(node - 1, 0)
        return node

    def _tensors(self, value: Any) -> list[Shape]:
        """The outputs of the model, where Keras 3, too, counts from 1 what is called as a model."""
        histories = self._histories(value)
        shifted = [(name, node - self._is_functional(name), output) for name, node, output in histories]
        try:
            return [self._tensor(*each) for each in shifted]
        except _Missing:
            return self._model.refuse("config", "its outputs name a call of a layer that is not there.")

    def _is_functional(self, name: str) -> bool:
        return name in self._layers and self._layers[name].class_name in ("Functional", "Model")

    def _histories(self, value: Any) -> list[tuple[str, int, int]]:
        """All `[layer, call, output]` in a nested list or mapping."""
        if isinstance(value, list) and len(value) == 3 and isinstance(value[0], str):
            return [(value[0], value[1], value[2])]
        if isinstance(value, list | dict):
            inner = value.values() if isinstance(value, dict) else value
            return [each for nested in inner for each in self._histories(nested)]
        return self._model.refuse("config", "its inputs or outputs name no layers.")


class _Missing(Exception):
    """A tensor that is not there yet."""


def own_shape(layer: Layer) -> Shape | None:
    """What a layer says of the input of its model: an InputLayer, or the first layer of a Sequential in an .h5."""
    for key in ("batch_shape", "batch_input_shape"):
        if layer.config.get(key) is not None:
            return layer.shape(layer.config[key])
    if isinstance(layer.config.get("shape"), list):
        return layer.shape([None, *layer.config["shape"]])
    if isinstance(layer.config.get("layer"), dict):
        return own_shape(layer.inner("layer"))
    if layer.class_name in MODELS and layer.config.get("layers"):
        return own_shape(layer.of(layer.config["layers"][0], layer.place))
    return None


def _shape_of(value: Any) -> Shape:
    sizes: list[int | None] = []
    while isinstance(value, list):
        sizes.append(len(value))
        value = value[0] if value else None
    return tuple(sizes)
