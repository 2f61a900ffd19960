"""A custom runtime for MLServer, as its documentation shows one."""

import os
from pathlib import Path

import onnxruntime
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class OnnxModel(MLModel):
    """The network of the same name as the model."""

    async def load(self) -> bool:
        """Open the session, with one thread."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        path = Path(os.environ["BENCH_STORE"], self.name, "1", "model.onnx")
        self.session = onnxruntime.InferenceSession(path, options)
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Decode the tensor, run the model, encode its output."""
        rows = NumpyCodec.decode_input(payload.inputs[0])
        (outputs,) = self.session.run(None, {"row": rows})
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output("answer", outputs)])
