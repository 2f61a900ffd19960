"""Checks what stands in a configuration beside layers: words, numbers, shapes, tensors. Knows no layers."""

from typing import Any

from models.errors import quoted
from models.inspection.refused import Refused
from models.inspection.vocabulary import ACTIVATIONS, CONSTRAINTS, DANGEROUS, DTYPES, INITIALIZERS, REGULARIZERS

LARGEST_DIMENSION = (1 << 31) - 1
LARGEST_VOCABULARY = 1 << 26  # letters, once every word is as long as the longest, as NumPy keeps them
WORDS = {
    "activation": ACTIVATIONS,
    "initializer": INITIALIZERS,
    "regularizer": REGULARIZERS,
    "constraint": CONSTRAINTS,
    "dtype": DTYPES,
    "standardize": frozenset({"lower", "lower_and_strip_punctuation", "strip_punctuation"}),
    "split": frozenset({"character", "whitespace"}),
}
VOCABULARIES = ("vocabulary", "idf_weights")
NEVER = ("lora_rank", "quantization_config", "quantization_mode")  # what would make other weights than is counted
NAMES = ("class_name", "module", "registered_name")
TUPLES = ("__tuple__", "TensorShape")  # how an .h5 has them; under `items`


def check_value(owner: str, key: str, value: Any, place: str) -> None:
    """The value of one key in the configuration of a layer or of a small object."""
    if key in VOCABULARIES:
        _check_vocabulary(value, place)
    elif key in NEVER and value is not None:
        raise Refused("layer", place, f"{quoted(key)} is set: quantized and adapted layers are not supported.")
    elif owner == "TextVectorization" and key in ("standardize", "split") and isinstance(value, str):
        _check_word(value, WORDS[key], place)
    elif (
        isinstance(value, str) and (words := WORDS.get(key.rsplit("_", 1)[-1])) and key not in ("standardize", "split")
    ):
        _check_word(value, words, place)
    else:
        check_plain(value, place)


def check_names(value: Any, place: str) -> None:
    """What says which class an object is of must be text, wherever it stands."""
    if isinstance(value, dict):
        if "class_name" in value:
            for key in NAMES:
                if not isinstance(value.get(key), str | None):
                    raise Refused("config", f"{place}.{key}"[-300:], f"{quoted(str(value[key]))} is no name.")
        for key, each in value.items():
            check_names(each, f"{place}.{key}"[-300:])
    elif isinstance(value, list):
        for each in value:
            check_names(each, place)


def check_plain(value: Any, place: str) -> None:
    """Plain data: nothing in it that Keras would make an object of, but arrays, slices and tuples."""
    if isinstance(value, list):
        for each in value:
            if isinstance(each, dict | list):
                check_plain(each, place)
    elif isinstance(value, dict):
        if "class_name" in value:
            _check_special(value, place)
        for key, each in value.items():
            if isinstance(each, dict | list):
                check_plain(each, f"{place}.{key}"[-300:])


def check_build(value: Any, place: str) -> None:
    """Shapes, and nothing but shapes, under names."""
    if isinstance(value, dict):
        if "class_name" in value:
            _check_special(value, place)
        for key, each in value.items():
            if key != "class_name":
                check_build(each, f"{place}.{key}"[-300:])
    elif isinstance(value, list):
        for each in value:
            check_build(each, place)
    elif value is not None and not (type(value) is int and -1 <= value <= LARGEST_DIMENSION):
        raise Refused("shape", place, f"{quoted(str(value))} is no size of a shape.")


def check_nodes(value: Any, place: str) -> None:
    """The calls of a layer: tensors of other layers, and plain data."""
    if not isinstance(value, list):
        raise Refused("config", place, "the calls of a layer are no list.")
    for node in value:
        _check_call(node, place)


def _check_call(value: Any, place: str) -> None:
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        config = value.get("config")
        config = config if isinstance(config, dict) else {}
        history = config.get("keras_history")
        if not isinstance(history, list) or len(history) != 3 or not isinstance(history[0], str):
            raise Refused("config", place, "it is called with a tensor of no layer.")
        check_build(config.get("shape"), f"{place}.shape")
        _check_word(config.get("dtype"), DTYPES, f"{place}.dtype")
    elif isinstance(value, dict) and "class_name" in value:
        check_plain(value, place)
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            _check_call(each, place)


def _check_special(value: dict[str, Any], place: str) -> None:
    name, config = value["class_name"], value.get("config")
    if name in TUPLES and isinstance(value.get("items"), list):
        return
    if name == "__ellipsis__" or (name == "__slice__" and isinstance(config, dict)):
        return
    if name in ("__numpy__", "__tensor__") and isinstance(config, dict):
        # A dtype such as U1000000000 would make an array of gigabytes of one word.
        _check_word(config.get("dtype"), DTYPES - {"string"}, f"{place}.dtype")
        return
    rule = "function" if name in ("function", "__lambda__") else "layer"
    reason = DANGEROUS.get(name, "no such object belongs here") if isinstance(name, str) else "its name is no text"
    raise Refused(rule, place, f"{quoted(str(name))} is refused: {reason}. Build the model of stock layers.")


def _check_word(value: Any, words: frozenset[str], place: str) -> None:
    if not isinstance(value, str) or value not in words:
        known = ", ".join(sorted(words))
        raise Refused("function", place, f"{quoted(str(value))} is not a name that Keras has here. Known are: {known}.")


def _check_vocabulary(value: Any, place: str) -> None:
    if value is None:
        return
    if isinstance(value, str):
        raise Refused("external-data", place, f"the vocabulary is a file, {quoted(value)}, not a list of words.")
    if not isinstance(value, list) or not all(isinstance(word, str | int | float) for word in value):
        raise Refused("config", place, "a vocabulary is a list of words or numbers.")
    longest = max((len(word) for word in value if isinstance(word, str)), default=1)
    if longest * len(value) > LARGEST_VOCABULARY:
        raise Refused("bomb", place, f"{len(value)} words, the longest of {longest} letters, take too much memory.")
