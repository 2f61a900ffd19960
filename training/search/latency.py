"""How long the served form of a model takes for one row. Knows no study."""

import tempfile
import time
from pathlib import Path

import keras
import numpy as np
import onnxruntime

from models.signature import Task
from models.version import ONNX_FILE
from training.config import Config
from training.data import Dataset
from training.errors import InvalidNetwork
from training.export import write_model
from training.network import signature

RUNS = 300  # of which the median is taken
WARM_UP = 30


def latency_us(model: keras.Model, dataset: Dataset, task: Task, config: Config) -> float:
    """The median, in microseconds, of one row in ONNX Runtime on one thread.

    Raises InvalidNetwork for a model that ONNX cannot express, and ParityError where it computes something else.
    """
    its_signature = signature(dataset, task, config)
    rows = {its_signature.inputs[0].name: dataset.validation.inputs[:32]}
    with tempfile.TemporaryDirectory() as folder:
        if write_model(model, its_signature, rows, Path(folder)) is None:
            raise InvalidNetwork("ONNX cannot express this model, so there is no latency to measure.")
        session = _session(Path(folder) / ONNX_FILE)
    row = {name: values[:1] for name, values in rows.items()}
    return float(np.median([_once(session, row) for _ in range(WARM_UP + RUNS)][WARM_UP:])) / 1000


def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])


def _once(session: onnxruntime.InferenceSession, row: dict[str, np.ndarray]) -> int:
    begin = time.perf_counter_ns()
    session.run(None, row)
    return time.perf_counter_ns() - begin
