"""A Keras model that was loaded from a file: asked, put between scales and activations, and written anew.

Runs in the throw-away process only.
"""

import io
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import keras
import numpy as np

from models.golden import Tensors
from models.signature import Signature
from models.version import KERAS_FILE, ONNX_FILE
from training.errors import ParityError
from training.export import keras_outputs, write_model
from training.importing.describing import facts
from training.importing.renumbering import renumbered


class KerasModel:
    """A model of stock layers."""

    def __init__(self, path: Path) -> None:
        """Raises Keras's own exceptions where it cannot be loaded."""
        self._model = keras.saving.load_model(renumbered(path), compile=False, safe_mode=True)

    def facts(self) -> dict[str, Any]:
        """The document of facts.py."""
        return facts(self._model)

    def fit(self, inputs: Sequence[Mapping[str, Any]]) -> list[list[int | None]]:
        """Settle names, shapes and dtypes of the inputs; returns the shape of a row of each output."""
        self._inputs = [keras.Input(tuple(each["shape"]), dtype=each["dtype"], name=each["name"]) for each in inputs]
        return [list(tensor.shape[1:]) for tensor in self._called(self._inputs)]

    def answers(self, given: Sequence[np.ndarray]) -> list[np.ndarray]:
        """What it answers as it was loaded."""
        typed = [values.astype(tensor.dtype) for tensor, values in zip(self._model.inputs, given, strict=True)]
        return [np.asarray(each) for each in keras.tree.flatten(self._model.predict(self._nested(typed), verbose=0))]

    def publish(
        self,
        signature: Signature,
        rows: Tensors,
        scales: Mapping[str, Any],
        appended: Sequence[str | None],
        folder: Path,
    ) -> list[np.ndarray]:
        """Write what is published into a folder; returns what it answers once it is loaded again."""
        model = self._between([each.name for each in signature.outputs], scales, appended)
        with redirect_stdout(io.StringIO()):
            try:
                write_model(model, signature, rows, folder)
            except ParityError:  # which the process outside finds too
                (folder / ONNX_FILE).unlink()
        again = keras.saving.load_model(folder / KERAS_FILE, compile=False, safe_mode=True)
        return list(keras_outputs(again, signature, rows).values())

    def _between(self, names: Sequence[str], scales: Mapping[str, Any], appended: Sequence[str | None]) -> keras.Model:
        """The model as it was loaded, with scales before it and activations behind it."""
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


def _scaled(tensor: Any, scale: Mapping[str, Any] | None) -> Any:
    if scale is None:
        return tensor
    return keras.layers.Normalization(mean=scale["mean"], variance=[each**2 for each in scale["scale"]])(tensor)
