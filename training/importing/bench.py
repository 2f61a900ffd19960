"""Loads a model file, describes it, and writes what is published. Runs in the throw-away process only.

Knows Keras, and neither wishes nor the store: what is published it is told.
"""

import io
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import h5py  # noqa: F401  # with all that is needed later, before files are out of reach
import keras
import numpy as np
import tf2onnx  # noqa: F401

from models.signature import SignatureSchema
from models.version import KERAS_FILE, ONNX_FILE
from training.errors import ParityError
from training.export import keras_outputs, write_model
from training.importing.describing import facts
from training.importing.reading import readable

RESULT = "result"  # the folder of what is published
ROWS = "rows.npz"  # the golden rows, by the number of the input
ORIGINAL = "original.npz"  # what the model as it was loaded answers, by the number of the output
RELOADED = "reloaded.npz"  # what the model as it was written answers


class Bench:
    """One model on its way through."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self, file: str, keras_version: str | None) -> dict[str, Any]:
        """Load the file; returns its facts (facts.py)."""
        path, notes = readable(self._folder / file, keras_version or "")
        self._model = keras.saving.load_model(path, compile=False, safe_mode=True)
        return {**facts(self._model), "notes": notes}

    def fit(self, inputs: Sequence[Mapping[str, Any]]) -> list[list[int | None]]:
        """Settle names, shapes and dtypes of the inputs; returns the shape of a row of each output."""
        self._inputs = [keras.Input(tuple(each["shape"]), dtype=each["dtype"], name=each["name"]) for each in inputs]
        return [list(tensor.shape[1:]) for tensor in self._called(self._inputs)]

    def make(self, signature: Any, scales: Mapping[str, Any], appended: Sequence[str | None]) -> dict[str, Any]:
        """Write what is published into RESULT, and the answers that prove it; returns why there is no ONNX model."""
        its_signature = SignatureSchema().load(signature)
        with np.load(self._folder / ROWS) as arrays:
            rows = {each.name: arrays[str(number)] for number, each in enumerate(its_signature.inputs)}
        self._write(ORIGINAL, self._original(rows, its_signature.inputs, scales))
        model = self._published([each.name for each in its_signature.outputs], scales, appended)
        result, said = self._folder / RESULT, io.StringIO()
        result.mkdir()
        with redirect_stdout(said):
            try:
                write_model(model, its_signature, rows, result)
            except ParityError as error:  # the parent decides on what it finds
                (result / ONNX_FILE).unlink()
                print(error)
        again = keras.saving.load_model(result / KERAS_FILE, compile=False, safe_mode=True)
        self._write(RELOADED, list(keras_outputs(again, its_signature, rows).values()))
        return {"without_onnx": said.getvalue().strip()[:500]}

    def _original(self, rows: Mapping[str, np.ndarray], inputs: Any, scales: Mapping[str, Any]) -> list[np.ndarray]:
        """What the model answers as it was loaded, to rows that are scaled here, by NumPy."""
        given = []
        for tensor, each in zip(self._model.inputs, inputs, strict=True):
            values = rows[each.name]
            if scale := scales.get(each.name):
                values = (values.astype(np.float64) - np.array(scale["mean"])) / np.array(scale["scale"])
            given.append(values.astype(tensor.dtype))
        return [
            np.asarray(values) for values in keras.tree.flatten(self._model.predict(self._nested(given), verbose=0))
        ]

    def _published(
        self, names: Sequence[str], scales: Mapping[str, Any], appended: Sequence[str | None]
    ) -> keras.Model:
        """The model as it was loaded, between scales before and activations behind it."""
        tensors = [_scaled(tensor, scales.get(tensor.name)) for tensor in self._inputs]
        outputs = [
            keras.layers.Activation(activation or "linear", dtype="float32", name=name)(tensor)
            for tensor, activation, name in zip(self._called(tensors), appended, names, strict=True)
        ]
        return keras.Model(self._inputs, outputs)

    def _called(self, tensors: Sequence[Any]) -> list[Any]:
        outputs: list[Any] = keras.tree.flatten(self._model(self._nested(tensors), training=False))
        return outputs

    def _nested(self, tensors: Sequence[Any]) -> Any:
        """In the structure that the model takes: one, a list, an object by name."""
        if isinstance(self._model, keras.Sequential):
            return tensors[0]
        return keras.tree.pack_sequence_as(self._model.input, list(tensors))

    def _write(self, file: str, arrays: Sequence[np.ndarray]) -> None:
        numbered: dict[str, Any] = {str(number): values for number, values in enumerate(arrays)}
        np.savez(self._folder / file, **numbered)


def _scaled(tensor: Any, scale: Mapping[str, Any] | None) -> Any:
    if scale is None:
        return tensor
    return keras.layers.Normalization(mean=scale["mean"], variance=[each**2 for each in scale["scale"]])(tensor)
