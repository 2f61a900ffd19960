"""An estimator's parameters as the `key=value` words of a recipe, and as a Config. Knows no data and no Keras."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_scalar

from training.config import Config, override
from training.errors import InvalidOverride
from training.space import LAYERS, UNITS, words

_KEYS = {field.name for field in fields(Config)} - {"hidden"}


def words_of(parameters: Mapping[str, Any], **given: Any) -> list[str]:
    """Of an estimator with these parameters; what is `given`, and not None, goes before them.

    Raises ValueError or TypeError for layers that cannot be.
    """
    values = {**parameters, **{key: value for key, value in given.items() if value is not None}}
    settings = {key: _plain(value) for key, value in values.items() if key in _KEYS}
    return words({"architecture": "dense", **_layers(values), **settings})


def config_of(given: Sequence[str]) -> Config:
    """What the words say. Raises ValueError for one that does not fit."""
    try:
        return override(Config(), given)
    except InvalidOverride as error:
        raise ValueError(str(error)) from error


def _layers(values: Mapping[str, Any]) -> dict[str, Any]:
    """The hidden layers: as a space names them where all are alike, else as the setting."""
    if (hidden := values["hidden"]) is not None:
        return {"hidden": ",".join(map(str, hidden)) or "none"}
    check_scalar(values["n_hidden"], "n_hidden", Integral, min_val=0)
    return {LAYERS: int(values["n_hidden"]), UNITS: _plain(values["n_neurons"])}


def _plain(value: Any) -> Any:
    """As words take it: a draw from a distribution is a number of NumPy's, and scikit-learn says None for none."""
    if value is None or isinstance(value, Mapping):  # weights of classes, which go into those of the rows
        return "none"
    return value.item() if isinstance(value, np.generic) else value
