"""The mean and scale of a StandardScaler, read from JSON or npz so that they go into the model. Knows no model."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.errors import listed, quoted
from training.errors import InvalidWish

LARGEST_FILE = 16 << 20  # bytes
PICKLES = (".joblib", ".pkl", ".pickle", ".sav", ".p")
HOW = (
    'Write its numbers into a JSON file: json.dump({"mean": scaler.mean_.tolist(), "scale": scaler.scale_.tolist()}, '
    'open("scaler.json", "w")).'
)


@dataclass(frozen=True)
class Scale:
    """What is taken off each column, and what it is then divided by."""

    mean: tuple[float, ...]
    scale: tuple[float, ...]

    def applied(self, rows: np.ndarray) -> np.ndarray:
        """The rows as the saved model takes them: (rows - mean) / scale along the last axis."""
        scaled = (rows.astype(np.float64) - np.array(self.mean)) / np.array(self.scale)
        return np.asarray(scaled, np.float32)


def read_scales(path: Path, inputs: Mapping[str, int]) -> dict[str, Scale]:
    """The scale of each input that the file tells of; `inputs` are their columns by name. Raises InvalidWish."""
    document = _document(path)
    if {"mean", "scale"} <= document.keys():
        if len(inputs) > 1:
            raise InvalidWish(
                f"{path} tells of one input, and the model has several. Write an object for each that is scaled: "
                f'{{"{next(iter(inputs))}": {{"mean": [...], "scale": [...]}}}}.'
            )
        document = {next(iter(inputs)): document}
    if unknown := [name for name in document if name not in inputs]:
        raise InvalidWish(
            f"{path} holds {listed(map(quoted, unknown[:5]))}, and neither mean and scale nor an input of the model. "
            f"Its inputs: {listed(inputs)}. {HOW}"
        )
    return {name: _scale(path, name, values, inputs[name]) for name, values in document.items()}


def _document(path: Path) -> dict[str, Any]:
    suffix = path.suffix.lower()
    if suffix in PICKLES:
        raise InvalidWish(f"{path} is a pickle, and reading one runs whatever code is in it. {HOW}")
    if suffix not in (".json", ".npz"):
        raise InvalidWish(f"PREPROCESSING={path} must end in .json or .npz. {HOW}")
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InvalidWish(f"{path} is larger than {LARGEST_FILE >> 20} MB, which no mean and scale are. {HOW}")
        document: Any = json.loads(path.read_bytes()) if suffix == ".json" else _arrays(path)
    except OSError as error:
        raise InvalidWish(f"PREPROCESSING={path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError, zipfile.BadZipFile) as error:
        raise InvalidWish(f"{path} holds no mean and scale: {str(error)[:100]} {HOW}") from error
    if not isinstance(document, dict):
        raise InvalidWish(f"{path} holds no object with mean and scale. {HOW}")
    return {str(key).removesuffix("_"): value for key, value in document.items()}


def _arrays(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        if sum(member.file_size for member in archive.infolist()) > LARGEST_FILE:
            raise ValueError(f"it unpacks to more than {LARGEST_FILE >> 20} MB.")
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name].tolist() for name in arrays.files}


def _scale(path: Path, name: str, values: Any, columns: int) -> Scale:
    found = {str(key).removesuffix("_"): value for key, value in values.items()} if isinstance(values, dict) else {}
    if not {"mean", "scale"} <= found.keys():
        raise InvalidWish(f"{path} holds no mean and scale for the input {name}. {HOW}")
    mean, scale = (_numbers(path, key, found[key], columns) for key in ("mean", "scale"))
    if not all(value > 0 for value in scale):
        raise InvalidWish(f"{path} has a scale that is not above 0; each column is divided by its own.")
    return Scale(mean, scale)


def _numbers(path: Path, key: str, values: Sequence[Any], columns: int) -> tuple[float, ...]:
    try:
        numbers = np.atleast_1d(np.array(values, np.float32))
    except (ValueError, TypeError, OverflowError) as error:
        raise InvalidWish(f"{path} has a {key} that is no list of numbers.") from error
    if numbers.shape != (columns,) or not np.isfinite(numbers).all():
        raise InvalidWish(
            f"{path} has a {key} of {numbers.size} numbers; the input has {columns} columns, each of which needs one."
        )
    return tuple(numbers.astype(float).tolist())
