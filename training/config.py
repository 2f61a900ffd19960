"""What a recipe lets you choose, and strict key=value overrides of it. Knows no data, no network and no Keras."""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from training.errors import InvalidOverride

# Those that the ONNX converter knows; Keras's exact gelu, which needs Erfc, it does not.
ACTIVATIONS = ("relu", "elu", "selu", "silu", "softplus", "tanh", "sigmoid", "linear")
OPTIMIZERS = ("sgd", "momentum", "adam", "adamw", "nadam", "rmsprop")
OUTPUT_SCALINGS = ("none", "standard")


@dataclass(frozen=True)
class Config:
    """The hyperparameters of one training."""

    hidden: tuple[int, ...] = (100,)  # units of each hidden layer, from the input on; () is a linear model
    activation: str = "relu"  # of every hidden layer, one of ACTIVATIONS
    optimizer: str = "sgd"  # one of OPTIMIZERS; momentum is SGD with Nesterov momentum 0.9
    learning_rate: float = 0.01  # step size of the optimizer
    batch_size: int = 32  # rows per step of the optimizer
    epochs: int = 30  # passes over the training rows, fewer where early stopping ends them
    dropout: float = 0.0  # share of each hidden layer's units that a training step leaves out, 0 to below 1
    weight_decay: float = 0.0  # share by which a step shrinks each kernel, times the learning rate; biases stay
    output_scaling: str = "none"  # of a regression; standard: a last layer brings standard deviations to the unit
    patience: int = 0  # epochs without a better validation loss after which the best weights are restored; 0 = never
    seed: int = 42  # of the first weights, of shuffling and of dropout

    def to_dict(self) -> dict[str, Any]:
        """The values by key, as JSON can hold them."""
        values = {key: getattr(self, key) for key in _SETTINGS}
        return values | {"hidden": list(self.hidden)}


def override(config: Config, assignments: Iterable[str]) -> Config:
    """The config with each `key=value` applied.

    Raises InvalidOverride for an unknown key, a key given twice, or a value that does not fit its key.
    """
    values: dict[str, Any] = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals or key not in _SETTINGS:
            raise InvalidOverride(f"There is no setting {key!r} in {assignment!r}. Known settings: {_known()}.")
        if key in values:
            raise InvalidOverride(f"The setting {key!r} is given twice. Give it once.")
        values[key] = _value(key, text)
    return replace(config, **values)


def assignments(config: Config, default: Config) -> list[str]:
    """The `key=value` words that turn `default` into `config`; `override` reads them back."""
    changed = [field.name for field in fields(Config) if getattr(config, field.name) != getattr(default, field.name)]
    return [f"{key}={_text(getattr(config, key))}" for key in changed]


@dataclass(frozen=True)
class _Setting:
    """How the text of one setting is read; `read` raises ValueError for a text that is not `right`."""

    read: Callable[[str], Any]
    right: str


def _value(key: str, text: str) -> Any:
    setting = _SETTINGS[key]
    try:
        return setting.read(text)
    except ValueError as error:
        raise InvalidOverride(f"{key}={text[:40]} does not fit: {key} is {setting.right}.") from error


def _known() -> str:
    return "; ".join(f"{key} ({setting.right})" for key, setting in _SETTINGS.items())


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "none"
    return str(value)


def _whole(lowest: int, highest: int, right: str) -> _Setting:
    def read(text: str) -> int:
        if not re.fullmatch("[0-9]{1,12}", text) or not lowest <= int(text) <= highest:
            raise ValueError(text)
        return int(text)

    return _Setting(read, right)


def _real(fits: Callable[[float], bool], right: str) -> _Setting:
    def read(text: str) -> float:
        if not re.fullmatch(r"[0-9.]+(e[+-]?[0-9]+)?", text, re.IGNORECASE):
            raise ValueError(text)
        value = float(text)
        if not math.isfinite(value) or not fits(value):
            raise ValueError(text)
        return value

    return _Setting(read, right)


def _word(known: tuple[str, ...]) -> _Setting:
    def read(text: str) -> str:
        if text not in known:
            raise ValueError(text)
        return text

    return _Setting(read, f"one of {', '.join(known)}")


def _sizes(text: str) -> tuple[int, ...]:
    if text == "none":
        return ()
    size = _whole(1, 10_000, "")
    return tuple(size.read(part) for part in text.split(","))


_SETTINGS: dict[str, _Setting] = {
    "hidden": _Setting(_sizes, "whole numbers from 1 to 10000 joined by commas, such as 300,100, or none"),
    "activation": _word(ACTIVATIONS),
    "optimizer": _word(OPTIMIZERS),
    "learning_rate": _real(lambda value: 0 < value <= 1000, "a number above 0, at most 1000"),
    "batch_size": _whole(1, 10**9, "a whole number from 1 on"),
    "epochs": _whole(1, 10**9, "a whole number from 1 on"),
    "dropout": _real(lambda value: 0 <= value < 1, "a number from 0 to below 1"),
    "weight_decay": _real(lambda value: 0 <= value <= 1000, "a number from 0 to 1000"),
    "output_scaling": _word(OUTPUT_SCALINGS),
    "patience": _whole(0, 10**9, "a whole number from 0 on; 0 means no early stopping"),
    "seed": _whole(0, 2**32 - 1, "a whole number from 0 to 4294967295"),
}
