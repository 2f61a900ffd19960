"""Executes model.keras with TensorFlow. The only file of the service that imports it; only opening.py imports this."""

from tempfile import NamedTemporaryFile
from typing import Any

import keras
import tensorflow as tf

from models.golden import Tensors
from models.signature import Signature


class TensorFlowRuntime:
    """A Keras model behind one compiled function of a fixed signature: `model.predict` costs some 40 ms a call."""

    name = "tensorflow"

    def __init__(self, model: bytes, signature: Signature) -> None:
        """Raises Keras's own exceptions where `model` cannot be loaded."""
        self._inputs = [tensor.name for tensor in signature.inputs]
        self._outputs = [output.name for output in signature.outputs]
        specifications = [tf.TensorSpec((None, *tensor.shape), tensor.dtype) for tensor in signature.inputs]
        keras_model = _load(model)

        def call(*tensors: tf.Tensor) -> Any:
            return keras.tree.flatten(keras_model(_nested(keras_model, tensors), training=False))

        self._call = tf.function(call, input_signature=specifications).get_concrete_function()

    def predict(self, rows: Tensors) -> Tensors:
        """Input arrays (rows, *shape) by name -> output arrays (rows, *shape) float32 by name."""
        outputs = self._call(*(tf.constant(rows[name]) for name in self._inputs))
        return {name: values.numpy() for name, values in zip(self._outputs, outputs, strict=True)}


def _nested(model: keras.Model, tensors: tuple[tf.Tensor, ...]) -> Any:
    """The inputs, in the order of `model.inputs`, as the model has them: bare, in a list, in an object by name."""
    if isinstance(model, keras.Sequential):
        return tensors[0]
    return keras.tree.pack_sequence_as(model.input, list(tensors))


def _load(model: bytes) -> keras.Model:
    """Load from the very bytes whose hash was checked; safe mode runs no code that comes with the file."""
    with NamedTemporaryFile(suffix=".keras") as file:
        file.write(model)
        file.flush()
        return keras.saving.load_model(file.name, compile=False, safe_mode=True)
