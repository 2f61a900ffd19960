"""Walks a configuration and lets only stock objects pass, each where it belongs. Knows no shapes and no files.

Every object that Keras could make stands in a JSON object with a `class_name`, wherever that is; each must be on the
list for its place. What is no such object is plain data.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from models.errors import quoted
from models.inspection import values
from models.inspection.refused import Refused
from models.inspection.rules import LAYERS, OPERATIONS
from models.inspection.vocabulary import (
    ACTIVATION_LAYERS,
    DANGEROUS,
    FUNCTION_WORDS,
    LAYER_MODULES,
    MODEL_MODULES,
    MODELS,
    NUMPY_OPERATIONS,
    OPERATION_MODULES,
    PARTS,
    POLICIES,
    POLICY_MODULES,
)

INNER = {  # the keys of a layer's configuration under which layers stand
    "Bidirectional": ("layer", "backward_layer"),
    "RNN": ("cell",),
    "SpectralNormalization": ("layer",),
    "StackedRNNCells": ("cells",),
    "TimeDistributed": ("layer",),
}
KERAS_ROOTS = ("keras", "tf_keras", "tensorflow", "builtins")  # no package that `allow` could mean


class Walk:
    """The check of one configuration, for which what the packages in `allow` register is stock too."""

    def __init__(self, allow: Sequence[str]) -> None:
        self._allow = tuple(allow)
        self._shared: dict[Any, Any] = {}

    def model(self, document: Any, place: str) -> None:
        """Check a model with all its layers."""
        values.check_names(document, place)
        if not isinstance(document, dict) or document.get("class_name") not in MODELS:
            self.layer(document, place)
            raise Refused("layer", place, "this is no model, Sequential or functional, but a layer.")
        self.layer(document, place)

    def layer(self, document: Any, place: str) -> None:
        """Check a layer, an operation, or a model as a layer of another."""
        if not isinstance(document, dict) or not isinstance(document.get("class_name"), str):
            raise Refused("config", place, "here a layer should stand, and does not.")
        name = document["class_name"]
        self._check_name(document, place, self.known(document))
        self._check_shared(document, place)
        config = document.get("config")
        if isinstance(config, list) and name == "Sequential":  # Keras before 2.2.3
            self._layers(config, f"{place}.config")
            return
        if not isinstance(config, dict):
            raise Refused("config", place, f"the layer {quoted(name)} has no configuration.")
        if "module" not in document:
            _check_function_words(config, f"{place}.config")
        for key, value in document.items():
            if key == "config":
                self._configuration(name, value, f"{place}.config")
            elif key == "inbound_nodes":
                values.check_nodes(value, f"{place}.inbound_nodes")
            elif key == "build_config":
                values.check_build(value, f"{place}.build_config")
            elif key != "compile_config":
                values.check_plain(value, f"{place}.{key}")

    def known(self, document: Mapping[str, Any]) -> bool:
        """Whether the class is a stock one, where it says it is."""
        name, module = document["class_name"], document.get("module")
        if "module" not in document:  # of an .h5, or a layer that was written as there
            return name in LAYERS or name in MODELS or name == "InputLayer" or self.allowed(name)
        if name in MODELS:
            return module in MODEL_MODULES[name]
        if module in LAYER_MODULES:
            return name in LAYERS or name == "InputLayer"
        if is_operation(document):
            return True
        return self.allowed(document.get("registered_name")) and str(module).split(".")[0] not in KERAS_ROOTS

    def allowed(self, registered: Any) -> bool:
        """Whether a registered name, `package>Class`, is of a package that may be used."""
        return isinstance(registered, str) and registered.partition(">")[0] in self._allow and ">" in registered

    def _check_shared(self, document: Mapping[str, Any], place: str) -> None:
        """Keras takes the first object of an id for all others, so that they must be the same."""
        key = document.get("shared_object_id")
        told = (document["class_name"], document.get("config"))
        if key is not None and (not isinstance(key, int) or self._shared.setdefault(key, told) != told):
            raise Refused("config", place, "it shares its shared_object_id with an object that is not the same.")

    def _configuration(self, name: str, config: Mapping[str, Any], place: str) -> None:
        for key, value in config.items():
            where = f"{place}.{key}"[-300:]
            if key == "layers" and name in MODELS:
                self._layers(value, where)
            elif key in INNER.get(name, ()):
                self._inner(value, where)
            elif key == "build_config" or key.endswith("build_input_shape"):
                values.check_build(value, where)
            elif isinstance(value, dict) and name not in LAYERS and name not in MODELS and self._is_layer(value):
                self.layer(value, where)  # inside a layer of an allowed package
            else:
                self._part(name, key, value, where)

    def _is_layer(self, document: Mapping[str, Any]) -> bool:
        return document.get("class_name") not in ("InputLayer", None) and self.known(document)

    def _layers(self, value: Any, place: str) -> None:
        if not isinstance(value, list):
            raise Refused("config", place, "the layers are no list.")
        for index, document in enumerate(value):
            self.layer(document, f"{place}[{index}]")

    def _inner(self, value: Any, place: str) -> None:
        if value is None:
            return
        for document in value if isinstance(value, list) else [value]:
            self.layer(document, place)

    def _part(self, name: str, key: str, value: Any, place: str) -> None:
        """Whatever else a configuration holds: words, numbers, lists, and small objects such as initializers."""
        if key.endswith("activation") and isinstance(value, dict):
            self._check_name(value, place, value.get("class_name") in ACTIVATION_LAYERS and self.known(value))
            config = value.get("config")
            if not isinstance(config, dict | None):
                raise Refused("config", place, "the configuration of an activation is no object.")
            self._configuration("Activation", config or {}, f"{place}.config")
            return
        for ending, (names, modules) in PARTS.items():
            if key.endswith(ending) and isinstance(value, dict):
                self._small(value, place, names, modules)
                return
        if key.endswith("dtype") and isinstance(value, dict):
            self._small(value, place, POLICIES, POLICY_MODULES)
            return
        values.check_value(name, key, value, place)

    def _small(self, document: Any, place: str, names: Collection[str], modules: Collection[str]) -> None:
        stock = document.get("class_name") in names and document.get("module", modules[0]) in modules  # type: ignore[index]
        self._check_name(document, place, stock or self.allowed(document.get("registered_name")))
        config = document.get("config")
        if not isinstance(config, dict | None):
            raise Refused("config", place, f"the configuration of {quoted(str(document['class_name']))} is no object.")
        for key, value in (config or {}).items():
            values.check_value("", "dtype" if key == "name" and names is POLICIES else key, value, f"{place}.{key}")

    def _check_name(self, document: Mapping[str, Any], place: str, known: bool) -> None:
        name, module, registered = (document.get(key) for key in ("class_name", "module", "registered_name"))
        if not known:
            raise _unknown(name, module, place)
        if registered not in (None, name) and not self.allowed(registered):
            sentence = (
                f"{quoted(str(name))} is registered as {quoted(str(registered))}, which is no name of Keras's own."
            )
            raise Refused("registered-name", place, f"{sentence} Give its package in ALLOW if you trust it.")


def _check_function_words(config: Mapping[str, Any], place: str) -> None:
    for key, value in config.items():
        if key != "name" and isinstance(value, str) and value in FUNCTION_WORDS:
            sentence = f"Keras would take the word {quoted(value)} for a function of its own here."
            raise Refused("function", f"{place}.{key}"[-300:], f"{sentence} Save the model as .keras.")


def is_operation(document: Mapping[str, Any]) -> bool:
    """Whether the object is an operation of keras.ops, in the module in which Keras has it."""
    name, module = document.get("class_name"), document.get("module")
    if module == NUMPY_OPERATIONS:
        return name in OPERATIONS and not any(name in names for names in OPERATION_MODULES.values())
    return name in OPERATION_MODULES.get(str(module), ())


def _unknown(name: Any, module: Any, place: str) -> Refused:
    if name in DANGEROUS:
        rule = "function" if name in ("function", "__lambda__") else "layer"
        return Refused(
            rule, place, f"{quoted(str(name))} is refused, for {DANGEROUS[name]}. Replace it by stock layers."
        )
    if module is None and name in OPERATIONS:
        return Refused(
            "layer", place, f"Keras cannot read the operation {quoted(name)} from an .h5. Save it as .keras."
        )
    where = f" of {quoted(str(module))}" if module else ""
    sentence = f"{quoted(str(name))}{where} does not belong here: it is no stock object of Keras for this place."
    return Refused("layer", place, f"{sentence} Build the model of stock layers, or give the package in ALLOW.")
