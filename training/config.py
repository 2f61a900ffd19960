"""What a recipe lets you choose, and strict key=value overrides of it. Knows no data, no network and no Keras."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from models.errors import listed
from training.errors import InvalidOverride

ARCHITECTURES = ("dense", "edges", "mixer", "tabular")
ACTIVATIONS = ("relu", "elu", "selu", "silu", "softplus", "tanh", "sigmoid", "linear")
NORMALIZATIONS = ("none", "batch", "layer")
OUTPUTS = ("linear", "relu", "softplus", "sigmoid", "tanh")
OUTPUT_SCALINGS = ("none", "standard", "range")
LOSSES = ("auto", "mse", "mae", "huber")
OPTIMIZERS = ("sgd", "momentum", "adam", "adamw", "nadam", "rmsprop")
SCHEDULES = ("constant", "cosine")
CLASS_WEIGHTS = ("none", "balanced")
FLIPS = ("none", "horizontal")
CALIBRATIONS = ("none", "temperature")
YES_OR_NO = ("yes", "no")


@dataclass(frozen=True)
class Config:
    """The hyperparameters of one training."""

    # The network.
    architecture: str = "dense"  # one of ARCHITECTURES: layers of units, images by edges or patches, tables by values
    hidden: tuple[int, ...] = (100,)  # units of each hidden layer, from the input on; () is a linear model
    activation: str = "relu"  # of every hidden layer, one of ACTIVATIONS
    normalization: str = "none"  # of a hidden layer's sums, one of NORMALIZATIONS
    dropout: float = 0.0  # share of each hidden layer's units that a training step leaves out, 0 to below 1
    heads: int = 0  # networks that share their kernels and differ in scales, trained side by side; 0 = one of its own
    # Whether the prepared inputs also go straight to the output, at first with the weights of a linear model.
    wide: bool = False
    members: int = 1  # networks that are trained one after the other and answer together
    # Activation of a regression's output, one of OUTPUTS. step, here and above: threshold units, which no word can ask
    # for, as they have no slope that the optimizers could follow.
    output: str = "linear"
    output_scaling: str = "none"  # of a regression: standard deviations, or the range of the targets, to the unit
    orientations: int = 8  # edges: directions in each of which it is told how fast the brightness grows
    cells: tuple[int, ...] = (7, 14)  # edges: cells along a side of an image that are told of, for each of its grids
    patch: int = 4  # mixer: pixels along a patch's side
    token_units: int = 64  # mixer: hidden units that mix patches; `hidden` are those that mix channels, a block each
    channels: int = 64  # mixer: numbers that stand for a patch
    bins: int = 32  # tabular: intervals that a column's values fall into
    embedding: int = 16  # tabular: numbers that stand for a column
    places: int = 0  # tabular: places among the rows' coordinates, for each of which a network is told how near it is
    directions: int = 0  # tabular: further columns, each a direction between the two coordinates of a place
    # How it is trained.
    loss: str = "auto"  # of a regression, one of LOSSES; auto: mse, and cross-entropy for every classification
    optimizer: str = "sgd"  # one of OPTIMIZERS; momentum is SGD with Nesterov momentum 0.9
    learning_rate: float = 0.01  # step size of the optimizer, the largest where a schedule changes it
    schedule: str = "constant"  # one of SCHEDULES; cosine falls to nothing
    warmup: int = 0  # epochs in which the learning rate rises to its value first
    batch_size: int = 32  # rows per step of the optimizer
    large_batch: int = 0  # as many in a first training, whose network answers where it is the better one; 0 = none
    epochs: int = 30  # passes over the training rows, fewer where early stopping ends them
    patience: int = 0  # epochs without a better validation loss after which the best weights are restored; 0 = never
    weight_decay: float = 0.0  # share by which a step shrinks each kernel, times the learning rate; biases stay
    clip_norm: float = 0.0  # the largest length of a step's gradient; 0 = any
    ema: float = 0.0  # share of the old in a moving average of the weights, which then answers; 0 = the last weights
    label_smoothing: float = 0.0  # share of a target that is spread over all classes, 0 to below 1
    class_weight: str = "none"  # one of CLASS_WEIGHTS; balanced: rare classes count as much as frequent ones
    shift: int = 0  # images: pixels by which a training step moves each at most, across and down
    flip: str = "none"  # images: one of FLIPS; horizontal: a training step mirrors every second one
    # What is done after it.
    calibration: str = "none"  # one of CALIBRATIONS; temperature: probabilities as sure as validation rows allow
    folds: int = 0  # parts of all rows, each of which is scored by a network that saw the others; 0 = no such scores
    seed: int = 42  # of the first weights, of shuffling, of dropout and of changes to images
    deterministic: bool = False  # to the last bit, on one thread and with only those operations that repeat themselves

    def to_dict(self) -> dict[str, Any]:
        """The values by key, as JSON can hold them."""
        values = {key: getattr(self, key) for key in _SETTINGS}
        return values | {"hidden": list(self.hidden), "cells": list(self.cells)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Config":
        """What `to_dict` gave; a key that was not there then has its default.

        Raises InvalidOverride for a key that is not known.
        """
        if unknown := values.keys() - _SETTINGS.keys():
            raise InvalidOverride(
                f"This Heaviside knows no setting {listed(sorted(unknown))}. Use the one that wrote it."
            )
        lists: dict[str, Any] = {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
        return cls(**{**values, **lists})


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
    changed = replace(config, **values)
    _check_together(changed, values)
    return changed


def assignments(config: Config, default: Config) -> list[str]:
    """The `key=value` words that turn `default` into `config`; `override` reads them back."""
    changed = [field.name for field in fields(Config) if getattr(config, field.name) != getattr(default, field.name)]
    return [f"{key}={_text(getattr(config, key))}" for key in changed]


def _check_together(config: Config, given: Iterable[str]) -> None:
    """Raises InvalidOverride for a setting that the architecture does not look at: it would change nothing."""
    for architecture, keys in _OF_ONE_ARCHITECTURE.items():
        for key in given:
            if key in keys and architecture != config.architecture:
                raise InvalidOverride(
                    f"The setting {key!r} is of architecture={architecture}, and this one is {config.architecture}."
                )


_OF_ONE_ARCHITECTURE = {
    "edges": ("orientations", "cells"),
    "mixer": ("patch", "token_units", "channels"),
    "tabular": ("bins", "embedding", "places", "directions"),
}

# Without these the weights of one network mean nothing in another.
OF_THE_NETWORK = (
    "architecture",
    "hidden",
    "activation",
    "normalization",
    "heads",
    "members",
    "wide",
    "output",
    "output_scaling",
    *(key for keys in _OF_ONE_ARCHITECTURE.values() for key in keys),
)


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
    if isinstance(value, bool):
        return "yes" if value else "no"
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


def _share() -> _Setting:
    return _real(lambda value: 0 <= value < 1, "a number from 0 to below 1")


def _folds(text: str) -> int:
    return _whole(0 if text == "0" else 2, 1000, "").read(text)  # type: ignore[no-any-return]


def _word(known: tuple[str, ...]) -> _Setting:
    def read(text: str) -> str:
        if text not in known:
            raise ValueError(text)
        return text

    return _Setting(read, f"one of {', '.join(known)}")


def _yes_or_no(text: str) -> bool:
    if text not in YES_OR_NO:
        raise ValueError(text)
    return text == "yes"


def _sizes(text: str) -> tuple[int, ...]:
    if text == "none":
        return ()
    size = _whole(1, 10_000, "")
    return tuple(size.read(part) for part in text.split(","))


_SETTINGS: dict[str, _Setting] = {
    "architecture": _word(ARCHITECTURES),
    "hidden": _Setting(_sizes, "whole numbers from 1 to 10000 joined by commas, such as 300,100, or none"),
    "activation": _word(ACTIVATIONS),
    "normalization": _word(NORMALIZATIONS),
    "dropout": _share(),
    "heads": _whole(0, 1000, "a whole number from 0 to 1000; 0 means none"),
    "wide": _Setting(_yes_or_no, "yes or no"),
    "members": _whole(1, 100, "a whole number from 1 to 100"),
    "output": _word(OUTPUTS),
    "output_scaling": _word(OUTPUT_SCALINGS),
    "orientations": _whole(1, 1000, "a whole number from 1 to 1000"),
    "cells": _Setting(_sizes, "whole numbers joined by commas, such as 7,14"),
    "patch": _whole(1, 1000, "a whole number from 1 to 1000"),
    "token_units": _whole(1, 10_000, "a whole number from 1 to 10000"),
    "channels": _whole(1, 10_000, "a whole number from 1 to 10000"),
    "bins": _whole(2, 1000, "a whole number from 2 to 1000"),
    "embedding": _whole(1, 1000, "a whole number from 1 to 1000"),
    "places": _whole(0, 10_000, "a whole number from 0 to 10000"),
    "directions": _whole(0, 1000, "a whole number from 0 to 1000"),
    "loss": _word(LOSSES),
    "optimizer": _word(OPTIMIZERS),
    "learning_rate": _real(lambda value: 0 < value <= 1000, "a number above 0, at most 1000"),
    "schedule": _word(SCHEDULES),
    "warmup": _whole(0, 10**9, "a whole number from 0 on"),
    "batch_size": _whole(1, 10**9, "a whole number from 1 on"),
    "large_batch": _whole(0, 10**9, "a whole number from 0 on; 0 means none"),
    "epochs": _whole(1, 10**9, "a whole number from 1 on"),
    "patience": _whole(0, 10**9, "a whole number from 0 on; 0 means no early stopping"),
    "weight_decay": _real(lambda value: 0 <= value <= 1000, "a number from 0 to 1000"),
    "clip_norm": _real(lambda value: 0 <= value <= 1000, "a number from 0 to 1000; 0 means any length"),
    "ema": _share(),
    "label_smoothing": _share(),
    "class_weight": _word(CLASS_WEIGHTS),
    "shift": _whole(0, 1000, "a whole number from 0 to 1000"),
    "flip": _word(FLIPS),
    "calibration": _word(CALIBRATIONS),
    "folds": _Setting(_folds, "a whole number from 2 to 1000, or 0 for none"),
    "seed": _whole(0, 2**32 - 1, "a whole number from 0 to 4294967295"),
    "deterministic": _Setting(_yes_or_no, "yes or no"),
}
