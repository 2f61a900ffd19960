"""Makes an ONNX model of a SavedModel, which Keras 3 has no other use for. Runs in the throw-away process only.

Keras could call one in a layer (TFSMLayer), but a .keras file of that holds no more than the folder's path, and is
refused in safe mode; so what is published is the ONNX model alone.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import tensorflow as tf
import tf2onnx
from keras.src.export.tf2onnx_lib import patch_tf2onnx  # what model.export does for the sake of NumPy 2

from models.golden import Golden, Tensors
from models.signature import Signature
from models.version import GOLDEN_FILE, ONNX_FILE

ENDPOINT = "serving_default"
PASSING = ("Identity", "Cast", "Reshape", "Squeeze", "Flatten")
ACTIVATIONS = {
    "Softmax": "softmax",
    "Sigmoid": "sigmoid",
    "HardSigmoid": "hard_sigmoid",
    "Tanh": "tanh",
    "Relu": "relu",
}
_APPENDED = {"softmax": tf.nn.softmax, "sigmoid": tf.math.sigmoid, None: tf.identity}


class SavedModel:
    """The function that a SavedModel serves."""

    def __init__(self, folder: Path) -> None:
        """Raises ValueError where it serves none that can be told from others."""
        self._loaded = tf.saved_model.load(str(folder))  # kept, for its variables live as long as it does
        signatures = dict(self._loaded.signatures)
        if ENDPOINT not in signatures:
            raise ValueError(f"the SavedModel has no signature {ENDPOINT}, but {sorted(signatures) or 'none'}")
        self._function = signatures[ENDPOINT]
        self._inputs = dict(sorted(self._function.structured_input_signature[1].items()))
        self._outputs = sorted(self._function.structured_outputs)
        patch_tf2onnx()

    def facts(self) -> dict[str, Any]:
        """The document of facts.py; the activations are read from the exported graph, for the saved one hides them."""
        shapes = {name: _shape(spec) for name, spec in self._inputs.items()}
        graph = self._exported(
            [tf.TensorSpec((None, *shapes[n]), s.dtype, name=n) for n, s in self._inputs.items()]
        ).graph
        endings = [_ending(graph, output.name) for output in graph.output]
        return {
            "inputs": [
                {"name": name, "shape": shapes[name], "dtype": spec.dtype.name} for name, spec in self._inputs.items()
            ],
            "outputs": [
                {"name": name, "shape": _shape(self._function.structured_outputs[name]), **ending}
                for name, ending in zip(self._outputs, endings, strict=True)
            ],
            "parameters": int(sum(np.prod(variable.shape) for variable in getattr(self._loaded, "variables", ()))),
        }

    def fit(self, inputs: Sequence[Mapping[str, Any]]) -> list[list[int | None]]:
        """Settle names, shapes and dtypes; returns the shapes of the outputs, as one row of zeros gives them."""
        self._specs = [tf.TensorSpec((None, *each["shape"]), each["dtype"], name=each["name"]) for each in inputs]
        zeros = [tf.zeros((1, *each["shape"]), each["dtype"]) for each in inputs]
        return [list(values.shape[1:]) for values in self._called(zeros)]

    def publish(
        self,
        signature: Signature,
        rows: Tensors,
        scales: Mapping[str, Any],
        appended: Sequence[str | None],
        folder: Path,
    ) -> list[np.ndarray]:
        """Write golden rows and ONNX model into a folder; nothing else can be loaded again."""

        def call(*tensors: Any) -> list[Any]:
            names = [spec.name for spec in self._specs]
            scaled = [_scaled(tensor, scales.get(name)) for tensor, name in zip(tensors, names, strict=True)]
            outputs = self._called(scaled)
            return [
                _APPENDED[each](tf.cast(values, tf.float32)) for values, each in zip(outputs, appended, strict=True)
            ]

        answers = call(*(tf.constant(rows[spec.name]) for spec in self._specs))
        outputs = {each.name: values.numpy() for each, values in zip(signature.outputs, answers, strict=True)}
        Golden(rows, outputs).save(folder / GOLDEN_FILE)
        function = tf.function(call, input_signature=self._specs)
        tf2onnx.convert.from_function(function, self._specs, output_path=str(folder / ONNX_FILE))
        return []

    def answers(self, given: Sequence[np.ndarray]) -> list[np.ndarray]:
        """What it answers as it was loaded."""
        return [values.numpy() for values in self._called([tf.constant(values) for values in given])]

    def _called(self, tensors: Sequence[Any]) -> list[Any]:
        pairs = zip(self._inputs.items(), tensors, strict=True)
        outputs = self._function(**{name: tf.cast(tensor, spec.dtype) for (name, spec), tensor in pairs})
        return [outputs[name] for name in self._outputs]

    def _exported(self, specs: Sequence[Any]) -> onnx.ModelProto:
        function = tf.function(lambda *tensors: self._called(tensors), input_signature=specs)
        model: onnx.ModelProto = tf2onnx.convert.from_function(function, specs)[0]
        return model


def _scaled(tensor: Any, scale: Mapping[str, Any] | None) -> Any:
    return tensor if scale is None else (tensor - np.float32(scale["mean"])) / np.float32(scale["scale"])


def _shape(spec: Any) -> list[int | None]:
    if spec.shape.rank is None:
        raise ValueError(f"the SavedModel does not tell the shape of {spec.name}")
    return list(spec.shape[1:])


def _ending(graph: onnx.GraphProto, name: str) -> dict[str, str]:
    """The operator that gives an output its numbers, and the activation that it is."""
    makers = {output: node for node in graph.node for output in node.output}
    while name in makers and makers[name].op_type in PASSING:
        name = makers[name].input[0]
    kind = makers[name].op_type if name in makers else "Input"
    return {"layer": kind, "activation": ACTIVATIONS.get(kind, "linear")}
