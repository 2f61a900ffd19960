"""BentoML with two workers; access log off, metrics on as they are by default."""

import os
from pathlib import Path
from typing import Annotated

import bentoml
import numpy as np
import onnxruntime
from bentoml.validators import DType, Shape

Images = Annotated[np.ndarray, DType("float32"), Shape((-1, 28, 28))]
Houses = Annotated[np.ndarray, DType("float32"), Shape((-1, 8))]


@bentoml.service(workers=2, logging={"access": {"enabled": False}})
class Networks:
    """Both networks, a path for each."""

    def __init__(self):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.sessions = {
            name: onnxruntime.InferenceSession(Path(os.environ["BENCH_STORE"], name, "1", "model.onnx"), options)
            for name in ("clothes", "houses")
        }

    @bentoml.api
    def clothes(self, instances: Images) -> np.ndarray:
        """The probabilities of each class."""
        return self.sessions["clothes"].run(None, {"row": instances})[0]

    @bentoml.api
    def houses(self, instances: Houses) -> np.ndarray:
        """The value of each house."""
        return self.sessions["houses"].run(None, {"row": instances})[0]
