"""Counts the weights of a model and the numbers of each layer's output from its configuration. Knows no single layer.

What is counted here is what Keras would allocate, so that a small file cannot ask for much. The configuration has
passed the list of stock objects before.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from models.inspection.layer import Call, Layer, Result, Shape, product
from models.inspection.limits import Limits
from models.inspection.network import Network, own_shape
from models.inspection.objects import is_operation
from models.inspection.refused import Refused
from models.inspection.rules import LAYERS, OPERATIONS
from models.inspection.vocabulary import MODELS

OPERATION = "keras.ops."  # in front of an operation's name: Add, Concatenate and Reshape are names of layers too


class Uncounted(Exception):  # a finding, not an error of anybody's
    """The model has layers whose weights and outputs only their package knows."""


def count(document: Mapping[str, Any], limits: Limits, place: str) -> int | None:
    """The number of weights; None where a layer is of an allowed package. Raises Refused above the limits."""
    counter = _Counter(limits)
    try:
        model = Layer("", {}, place, counter.infer).of(document, f"{place}.config")
        counter.built(document, place)
        return counter.model(model, None).parameters
    except Uncounted:
        return None
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        fault = f"{type(error).__name__}: {str(error)[:100]}"
        raise Refused("shape", place, f"its layers do not fit together ({fault}). Save the model again.") from error


class _Counter:
    """Infers layer by layer, within limits of the whole model."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._calls = 0

    def infer(self, layer: Layer, call: Call) -> Result:
        """What `layer` makes of `call`. Raises Refused where that is too much."""
        self._calls += 1
        if self._calls > self._limits.calls:
            raise Refused("nodes", layer.place, f"the model calls its layers more than {self._limits.calls} times.")
        if layer.class_name in MODELS:
            return self.model(layer, call)
        name = layer.class_name.removeprefix(OPERATION)
        rule = (OPERATIONS if name != layer.class_name else LAYERS).get(name)
        if rule is None:
            raise Uncounted(layer.place)
        if not call.shapes:
            layer.refuse("shape", "it is called with no tensor.")
        return self._bounded(layer, rule(layer, call))

    def _bounded(self, layer: Layer, result: Result) -> Result:
        if result.parameters > self._limits.parameters:
            most = self._limits.parameters
            layer.refuse("parameters", f"it asks for {result.parameters} weights, and a model may have {most}.")
        for size in (*map(product, result.outputs), result.scratch):
            if size > self._limits.row_elements:
                layer.refuse("shape", f"it makes {size} numbers of one row, and may make {self._limits.row_elements}.")
        return result

    def model(self, layer: Layer, call: Call | None) -> Result:
        """A model: called with tensors as a layer, or with what its own inputs say."""
        if layer.class_name == "Sequential":
            return self._bounded(layer, self._sequential(layer, call))
        if "layers" not in layer.config:
            layer.refuse("config", "the model is made by code that is not in the file: it has no layers.")
        return self._bounded(layer, Network(layer, named).infer(call))

    def _sequential(self, layer: Layer, call: Call | None) -> Result:
        layers = [named(layer, each, index) for index, each in enumerate(layer.config.get("layers", []))]
        own = own_shape(layers[0]) if layers else None
        if own is None and layer.config.get("build_input_shape"):
            own = layer.shape(layer.config["build_input_shape"])
        if own is None and call is None:
            layer.refuse("shape", "it does not say what its input is: call the model once before you save it.")
        # Keras builds it by its own shape first, whatever it is called with.
        built = None if own is None else self._through(layers, own)
        called = None if call is None else self._through(layers, call.shapes[0])
        return Result((called or built).outputs, (built or called).parameters)  # type: ignore[union-attr]

    def _through(self, layers: list[Layer], shape: Shape) -> Result:
        result, parameters = Result((shape,)), 0
        for each in layers:
            if each.class_name != "InputLayer":
                result = self.infer(each, Call([*result.outputs]))
                parameters += result.parameters
        return Result(result.outputs, parameters)

    def built(self, document: Any, place: str) -> None:
        """Infer every layer from its `build_config`: Keras builds it with that before it is ever called."""
        if isinstance(document, dict):
            build, config = document.get("build_config"), document.get("config")
            if isinstance(build, dict) and isinstance(config, dict) and not is_operation(document):
                layer = Layer(document["class_name"], config, place, self.infer)
                call = _build_call(layer, build)
                with suppress(Uncounted):
                    if call.shapes:
                        self.infer(layer, call)
        if isinstance(document, dict | list):
            for key, each in document.items() if isinstance(document, dict) else enumerate(document):
                self.built(each, f"{place}.{key}"[-300:])


def named(parent: Layer, document: Mapping[str, Any], index: int) -> Layer:
    """A layer of a model, with the name of an operation where it is one."""
    layer = parent.of(document, f"{parent.place}.layers[{index}]")
    name = OPERATION + layer.class_name if is_operation(document) else layer.class_name
    return Layer(name, layer.config, layer.place, layer.infer)


def _build_call(layer: Layer, build: Mapping[str, Any]) -> Call:
    shapes = build.get("shapes_dict")
    if isinstance(shapes, dict):
        return Call([], {key.removesuffix("_shape"): _tensors(layer, value) for key, value in shapes.items()})
    return Call([_tensors(layer, build.get("input_shape"))])


def _tensors(layer: Layer, value: Any) -> Any:
    """Lists of numbers as shapes, in lists and mappings as they stand."""
    if isinstance(value, list) and any(isinstance(each, list | dict) for each in value):
        return [_tensors(layer, each) for each in value]
    if isinstance(value, dict) and "items" not in value:
        return {key: _tensors(layer, each) for key, each in value.items()}
    return None if value is None else layer.shape(value)
