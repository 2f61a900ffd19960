"""Ray Serve with two replicas on a cluster of this machine alone; access log off."""

import os
import signal
import sys
import threading
from pathlib import Path

import numpy as np
import onnxruntime
import ray
from ray import serve
from ray.serve.schema import LoggingConfig
from starlette.requests import Request


@serve.deployment(num_replicas=2, max_ongoing_requests=100, ray_actor_options={"num_cpus": 1})
class Networks:
    """Both networks behind one path, so that the two replicas serve either."""

    def __init__(self):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.sessions = {
            name: onnxruntime.InferenceSession(Path(os.environ["BENCH_STORE"], name, "1", "model.onnx"), options)
            for name in ("clothes", "houses")
        }

    async def __call__(self, request: Request):
        """POST /predict."""
        body = await request.json()
        rows = np.array(body["instances"], dtype=np.float32)
        (outputs,) = self.sessions[body["model"]].run(None, {"row": rows})
        return {"predictions": outputs.tolist()}


if __name__ == "__main__":
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    ray.init(num_cpus=2, include_dashboard=False, logging_level="WARNING")
    logging_config = LoggingConfig(enable_access_log=False, log_level="WARNING")
    serve.start(http_options={"host": "127.0.0.1", "port": int(sys.argv[1])}, logging_config=logging_config)
    serve.run(Networks.options(logging_config=logging_config).bind(), route_prefix="/predict")
    stopped.wait()
    serve.shutdown()
    ray.shutdown()
