"""Executes model.onnx with ONNX Runtime. Knows neither TensorFlow nor Keras."""

import onnxruntime

from models.golden import Tensors
from models.signature import Signature


class OnnxRuntime:
    """One ONNX Runtime session; a session may be run from several threads at once."""

    name = "onnx"

    def __init__(self, model: bytes, signature: Signature, threads: int) -> None:
        """Raises ONNX Runtime's own exceptions where `model` cannot be loaded."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors only: warnings about a graph help nobody who serves it
        # Threads that spin while they wait take the cores from the other workers.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._outputs = [output.name for output in signature.outputs]
        self._names = [output.name for output in self._session.get_outputs()]

    def predict(self, rows: Tensors) -> Tensors:
        """Input arrays (rows, *shape) by name -> output arrays (rows, *shape) float32 by name."""
        return dict(zip(self._outputs, self._session.run(self._names, rows), strict=True))
