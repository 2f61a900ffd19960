"""What a model was trained to do, read from its compile configuration, in which no two Keras agree. Knows no model."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CLASSES = ("categorical_crossentropy", "sparse_categorical_crossentropy", "categorical_focal_crossentropy")
YES_OR_NO = ("binary_crossentropy", "binary_focal_crossentropy")
LONGEST_NAME = 60


@dataclass(frozen=True)
class Loss:
    """A loss by Keras's snake-case name."""

    name: str
    from_logits: bool = False

    def __str__(self) -> str:
        return f"{self.name} from logits" if self.from_logits else self.name


def losses(compile_config: Mapping[str, Any] | None, outputs: Sequence[str]) -> list[Loss | None]:
    """The loss of each output, by name; None where it is unknown."""
    said = (compile_config or {}).get("loss")
    if isinstance(said, Mapping) and "class_name" not in said:
        return [_loss(said.get(name)) for name in outputs]
    if isinstance(said, list | tuple):
        return [_loss(each) for each in said] if len(said) == len(outputs) else [None] * len(outputs)
    return [_loss(said)] * len(outputs)


def _loss(said: Any) -> Loss | None:
    """From a name, or a class or function as Keras 2 or 3 writes it."""
    if isinstance(said, str):
        return _named(said)
    if not isinstance(said, Mapping):
        return None
    config = said.get("config")
    if said.get("class_name") == "function":  # of the module keras.losses; its name is the config
        return _named(config) if isinstance(config, str) else None
    name = said.get("class_name")
    if not isinstance(name, str):
        return None
    return _named(name, isinstance(config, Mapping) and config.get("from_logits") is True)


def _named(name: str, from_logits: bool = False) -> Loss | None:
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.rpartition(">")[2]).lower()
    return Loss(snake, from_logits) if re.fullmatch(r"\w{1,60}", snake, re.ASCII) else None
