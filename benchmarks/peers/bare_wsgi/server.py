"""The floor: what JSON, NumPy and ONNX Runtime cost where nothing at all is checked, counted or logged."""

import os
from pathlib import Path

import numpy as np
import onnxruntime
import orjson


def load(name):
    """One session that uses one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(Path(os.environ["BENCH_STORE"], name, "1", "model.onnx"), options)


SESSIONS = {f"/predict/{name}": load(name) for name in ("clothes", "houses")}


def app(environ, start_response):
    """POST /predict/<network>."""
    rows = np.array(orjson.loads(environ["wsgi.input"].read())["instances"], np.float32)
    (outputs,) = SESSIONS[environ["PATH_INFO"]].run(None, {"row": rows})
    body = orjson.dumps({"predictions": outputs}, option=orjson.OPT_SERIALIZE_NUMPY)
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
