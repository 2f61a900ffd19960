"""The peers: how each is started, and in which words it is asked. Knows nothing of processes and of loads."""

import io
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import orjson

from benchmarks.bodies import JSON, NPY, Body

ROOT = Path(__file__).parent.parent
PEERS = Path(__file__).parent / "peers"
WORKERS = 2


def _no_headers(_: Body) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Dialect:
    """How rows become a request's bytes, and an answer's bytes an array again."""

    path: str  # {network} stands for the network's name
    encode: Callable[[Body], bytes]
    decode: Callable[[bytes], np.ndarray]
    headers: Callable[[Body], Mapping[str, str]] = _no_headers  # beside the media type


@dataclass(frozen=True)
class Peer:
    """One server. `{port}`, `{folder}`, `{bin}` and so on in `command` and `environ` are filled in at its start."""

    name: str
    what: str
    command: tuple[str, ...]
    dialects: Mapping[str, Dialect]  # by media type
    environ: Mapping[str, str] = field(default_factory=dict)
    shares: str = ""  # the peer whose folder and environment it shares, started in another way
    is_quiet: bool = False  # takes nothing of the machine while nobody asks it, so that it may run beside others

    @property
    def folder(self) -> Path:
        """Where its server and its requirements lie; ours has none."""
        return PEERS / (self.shares or self.name)

    @property
    def is_ours(self) -> bool:
        """Whether it is this project's own service, which runs in the project's own environment."""
        return self.name in (OURS, OURS_GRANIAN)


def _instances(body: Body) -> bytes:
    return orjson.dumps({"instances": _numbers(body)})


def _named_instances(body: Body) -> bytes:
    return orjson.dumps({"model": body.network.name, "instances": _numbers(body)})


def _array(body: Body) -> bytes:
    file = io.BytesIO()
    np.save(file, _in_bytes(body))
    return file.getvalue()


def _open_inference(body: Body) -> bytes:
    rows = body.rows()
    data = np.asarray(_numbers(body)).ravel().tolist()
    return orjson.dumps({"inputs": [{"name": "row", "shape": rows.shape, "datatype": "FP32", "data": data}]})


def _numbers(body: Body) -> list:  # type: ignore[type-arg]  # nested as deep as the network's rows
    """Grey levels as whole numbers, as clients write them; other numbers with the four digits that they have."""
    rows = body.rows()
    if _is_whole(rows):
        return rows.astype(int).tolist()  # type: ignore[no-any-return]
    return rows.astype(float).round(4).tolist()  # type: ignore[no-any-return]


def _in_bytes(body: Body) -> np.ndarray:
    """The rows as clients have them in arrays: grey levels in a byte each, other numbers as float32."""
    rows = body.rows()
    return rows.astype(np.uint8) if _is_whole(rows) else rows


def _is_whole(rows: np.ndarray) -> bool:
    return np.array_equal(rows, rows.round())


def _predictions(answer: bytes) -> np.ndarray:
    return np.asarray(orjson.loads(answer)["predictions"], np.float32)


def _read_array(answer: bytes) -> np.ndarray:
    return np.asarray(np.load(io.BytesIO(answer)))


def _bare(answer: bytes) -> np.ndarray:
    return np.asarray(orjson.loads(answer), np.float32)


def _binary_head(body: Body) -> bytes:
    rows = _in_bytes(body)
    datatype = "UINT8" if rows.dtype == np.uint8 else "FP32"
    tensor = {"name": "row", "shape": rows.shape, "datatype": datatype, "parameters": {"binary_data_size": rows.nbytes}}
    return orjson.dumps({"inputs": [tensor], "parameters": {"binary_data_output": True}})


def _binary_tensors(body: Body) -> bytes:
    return _binary_head(body) + _in_bytes(body).tobytes()


def _binary_length(body: Body) -> Mapping[str, str]:
    return {"Inference-Header-Content-Length": str(len(_binary_head(body)))}


def _binary_outputs(answer: bytes) -> np.ndarray:
    """The numbers are the last bytes; how many is in the JSON before them."""
    head, _, _ = answer.partition(b"}]}")
    size = orjson.loads(head + b"}]}")["outputs"][0]["parameters"]["binary_data_size"]
    return np.frombuffer(answer[-size:], "<f4")


def _outputs(answer: bytes) -> np.ndarray:
    return np.asarray(orjson.loads(answer)["outputs"][0]["data"], np.float32)


_BY_PATH = {JSON: Dialect("/predict/{network}", _instances, _predictions)}
_OWN_PATH = "/models/{network}/predict"
_OWN = {JSON: Dialect(_OWN_PATH, _instances, _predictions), NPY: Dialect(_OWN_PATH, _array, _read_array)}
_BY_BODY = {JSON: Dialect("/predict", _named_instances, _predictions)}
_BENTO = {JSON: Dialect("/{network}", _instances, _bare)}
_V2 = {JSON: Dialect("/v2/models/{network}/infer", _open_inference, _outputs)}
_BINARY_V2 = {NPY: Dialect("/v2/models/{network}/infer", _binary_tensors, _binary_outputs, _binary_length)}
# Ours, in each protocol that it speaks; what is no JSON is each protocol's own binary form.
NATIVE = "native"
PROTOCOLS: Mapping[str, Mapping[str, Dialect]] = {
    NATIVE: _OWN,
    "tfserving": {JSON: Dialect("/v1/models/{network}:predict", _instances, _predictions)},
    "openinference": _V2 | _BINARY_V2,
    "mlflow": {JSON: Dialect("/invocations?model={network}", _instances, _predictions)},
}

_GUNICORN = ("{bin}/gunicorn", "server:app", "--bind", "127.0.0.1:{port}", "--workers", str(WORKERS))
# The floors run on the same servers as ours, with what the service sets for them.
_GEVENT = ("--worker-class", "gevent", "--keep-alive", "75", "--no-control-socket")
_GRANIAN = (
    "{bin}/granian", "server:app", "--interface", "wsgi", "--host", "127.0.0.1", "--port", "{port}",
    "--workers", str(WORKERS), "--http", "1", "--no-ws", "--log-level", "warning",
)  # fmt: skip
_UVICORN = ("{bin}/uvicorn", "server:app", "--port", "{port}", "--workers", str(WORKERS), "--no-access-log")

_SERVE = (sys.executable, "-m", "service", "serve")
_SETTINGS = {"PORT": "{port}", "SERVICE_WORKERS": str(WORKERS), "MODEL_STORE": "{store}", "PYTHONPATH": str(ROOT)}
_RAY = ("{bin}/python", "{folder}/server.py", "{port}")

OURS = "ours"
OURS_GRANIAN = "ours_granian"
EVERY = (
    Peer(OURS, "this service, with every check, its log and its metrics", _SERVE, _OWN, _SETTINGS, is_quiet=True),
    Peer(
        OURS_GRANIAN,
        "the same on its second server",
        _SERVE,
        _OWN,
        {**_SETTINGS, "SERVER": "granian"},
        is_quiet=True,
    ),
    Peer(
        "bare_wsgi",
        "the floor: a WSGI function without any check, on the server of ours",
        (*_GUNICORN, *_GEVENT),
        _BY_PATH,
        is_quiet=True,
    ),
    Peer(
        "bare_granian",
        "the same on the server of ours_granian",
        _GRANIAN,
        _BY_PATH,
        shares="bare_wsgi",
        is_quiet=True,
    ),
    Peer("fastapi_onnx", "FastAPI, pydantic and ONNX Runtime on uvicorn", _UVICORN, _BY_PATH, is_quiet=True),
    Peer(
        "flask_keras",
        "Flask and model.predict on gunicorn's sync workers",
        (*_GUNICORN, "--timeout", "120"),
        _BY_PATH,
        {"TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": "-1"},
    ),
    Peer("litserve", "LitServe", ("{bin}/python", "{folder}/server.py", "{port}"), _BY_BODY),
    Peer(
        "mlserver",
        "MLServer, Open Inference Protocol in JSON",
        ("{bin}/mlserver", "start", "{folder}"),
        _V2,
        {"MLSERVER_HTTP_PORT": "{port}", "MLSERVER_GRPC_PORT": "{port1}", "MLSERVER_METRICS_PORT": "{port2}"},
    ),
    Peer(
        "bentoml",
        "BentoML",
        ("{bin}/bentoml", "serve", "server:Networks", "--host", "127.0.0.1", "--port", "{port}"),
        _BENTO,
        {"BENTOML_DO_NOT_TRACK": "True", "BENTOML_HOME": "{work}"},
    ),
    Peer("ray_serve", "Ray Serve as its documentation starts it", _RAY, _BY_BODY, {"RAY_USAGE_STATS_ENABLED": "0"}),
    Peer(
        "ray_serve_tuned",
        "Ray Serve with HAProxy in front and its settings for throughput",
        _RAY,
        _BY_BODY,
        {
            "RAY_SERVE_ENABLE_HA_PROXY": "1",
            "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT": "{port1}",
            "RAY_SERVE_HAPROXY_METRICS_PORT": "{port2}",
        },
        shares="ray_serve",
    ),
)
BY_NAME = {peer.name: peer for peer in EVERY}
