"""Answers what the throw-away process is asked, about one model file. Knows neither wishes nor the store.

What a model is, and how it is written, keras_model.py and saved_model.py know.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.golden import Tensors
from models.signature import Input, SignatureSchema
from training.importing.keras_model import KerasModel
from training.importing.places import ORIGINAL, RELOADED, RESULT, ROWS
from training.importing.saved_model import SavedModel


class Bench:
    """One model on its way through."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self, file: str) -> dict[str, Any]:
        """Load the file; returns its facts (facts.py)."""
        path = self._folder / file
        self._model = SavedModel(path) if path.is_dir() else KerasModel(path)
        return self._model.facts()

    def fit(self, inputs: Sequence[Mapping[str, Any]]) -> list[list[int | None]]:
        """Settle names, shapes and dtypes of the inputs; returns the shape of a row of each output."""
        return self._model.fit(inputs)

    def make(self, signature: Any, scales: Mapping[str, Any], appended: Sequence[str | None]) -> None:
        """Write what is published into RESULT, and the answers that prove it."""
        its_signature = SignatureSchema().load(signature)
        with np.load(self._folder / ROWS) as arrays:
            rows = {each.name: arrays[str(number)] for number, each in enumerate(its_signature.inputs)}
        self._write(ORIGINAL, self._model.answers(_scaled(rows, its_signature.inputs, scales)))
        result = self._folder / RESULT
        result.mkdir()
        self._write(RELOADED, self._model.publish(its_signature, rows, scales, appended, result))

    def _write(self, file: str, arrays: Sequence[np.ndarray]) -> None:
        numbered: dict[str, Any] = {str(number): values for number, values in enumerate(arrays)}
        np.savez(self._folder / file, **numbered)


def _scaled(rows: Tensors, inputs: Sequence[Input], scales: Mapping[str, Any]) -> list[np.ndarray]:
    """The rows as the saved model takes them, scaled here, by NumPy."""
    given = []
    for name in (each.name for each in inputs):
        values = rows[name]
        if scale := scales.get(name):
            values = (values.astype(np.float64) - np.array(scale["mean"])) / np.array(scale["scale"])
        given.append(values)
    return given
