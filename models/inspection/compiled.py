"""Checks how a model was compiled. None of it is used, but nothing in it may be code either. Knows no layers."""

from collections.abc import Sequence
from typing import Any

from models.errors import quoted
from models.inspection.refused import Refused
from models.inspection.vocabulary import COMPILED_MODULES, DANGEROUS

NO_MODELLING = frozenset({"deserialize", "get", "serialize"})  # functions of those modules that are no losses


def check_compiled(document: Any, place: str, allow: Sequence[str]) -> None:
    """Losses, metrics and optimizers of Keras, or names of unknown ones: those of no module are nothing but names."""
    if isinstance(document, list):
        for each in document:
            check_compiled(each, place, allow)
    elif isinstance(document, dict):
        if "class_name" in document:
            _check_object(document, place, allow)
        for key, each in document.items():
            if isinstance(each, dict | list):
                check_compiled(each, f"{place}.{key}"[-300:], allow)


def _check_object(document: dict[str, Any], place: str, allow: Sequence[str]) -> None:
    name, module = document["class_name"], document.get("module")
    called = document.get("config") if name == "function" else name
    if not isinstance(name, str) or not isinstance(called, str) or not isinstance(module, str | None):
        raise Refused("config", place, "the name of an object in it is no text.")
    if name in DANGEROUS and name != "function":
        rule = "function" if name == "__lambda__" else "layer"
        raise Refused(rule, place, f"{quoted(name)} is refused: {DANGEROUS[name]}.")
    package = str(document.get("registered_name")).partition(">")[0]
    if (module is not None and module not in COMPILED_MODULES and package not in allow) or called in NO_MODELLING:
        sentence = f"{quoted(called)} of {quoted(str(module))} is neither a loss, a metric nor an optimizer of Keras."
        raise Refused(
            "function", place, f"{sentence} Save the model without: compile it with Keras's own, and save it."
        )


def check_nested(document: Any, place: str, allow: Sequence[str]) -> None:
    """Check every `compile_config` of a model and of the models in it."""
    if isinstance(document, list):
        for index, each in enumerate(document):
            check_nested(each, f"{place}[{index}]"[-300:], allow)
    elif isinstance(document, dict):
        for key, each in document.items():
            if key == "compile_config":
                check_compiled(each, f"{place}.{key}"[-300:], allow)
            elif isinstance(each, dict | list):
                check_nested(each, f"{place}.{key}"[-300:], allow)
