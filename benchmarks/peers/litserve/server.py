"""LitServe with two workers, and as many API servers as it chooses for them."""

import os
import sys
from pathlib import Path

import litserve
import numpy as np
import onnxruntime


class Networks(litserve.LitAPI):
    """Both networks behind one path, so that the two workers serve either."""

    def setup(self, device):  # noqa: ARG002  # LitServe fixes the arguments
        """Open the sessions, each with one thread."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.sessions = {
            name: onnxruntime.InferenceSession(Path(os.environ["BENCH_STORE"], name, "1", "model.onnx"), options)
            for name in ("clothes", "houses")
        }

    def decode_request(self, request):
        """The body to a session and its rows."""
        return self.sessions[request["model"]], np.array(request["instances"], dtype=np.float32)

    def predict(self, x):
        """Run the model."""
        session, rows = x
        return session.run(None, {"row": rows})[0]

    def encode_response(self, output):
        """The outputs as lists."""
        return {"predictions": output.tolist()}


if __name__ == "__main__":
    server = litserve.LitServer(Networks(), accelerator="cpu", workers_per_device=2)
    server.run(host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", generate_client_file=False)
