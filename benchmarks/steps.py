"""Where the time of one prediction goes, step by step, without a server. Knows the service from inside, and no peer."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any

from flask import Flask

from benchmarks.bodies import BODIES, Body
from benchmarks.errors import PeerFailed
from benchmarks.layout import three_digits
from benchmarks.machine import machine, share_of_others
from benchmarks.networks import publish
from benchmarks.peer import BY_NAME, OURS
from benchmarks.report import Report
from service.exchange import Exchange
from service.flow import Threads
from service.predictions import predictions
from service.responses import json_reply, npy_reply
from service.servers import sharing
from service.views.native import PREDICT, predict, read
from service.worker import Worker
from service.wsgi import create

READY_S = 30
BATCH_S = 0.05  # of calls, of which the mean is one sample
STEPS = (
    "request id, route, metrics, log line",
    "body to checked array",
    "the model's run",
    "queue, finiteness, run's metrics",
    "array to body",
    "all of it, in a row",
)


@dataclass(frozen=True)
class Plan:
    """What is measured; `home` is where models and results go."""

    home: Path
    samples: int


def measure(plan: Plan) -> Report:
    """Time each step for each body. Raises PeerFailed where the service does not get ready."""
    others_share = [share_of_others()]
    store = plan.home / "store"
    publish(store)
    app = _app(store)
    try:
        by_body = {body.name: _steps(app, body, plan.samples) for body in BODIES}
    finally:
        app.extensions["heaviside"].stopping.set()
        sharing.remove_folder()
    rows = [(step, *(three_digits(times[at]) for times in by_body.values())) for at, step in enumerate(STEPS)]
    return Report("steps", ("microseconds", *by_body), [rows], _NOTES, [], {"steps": by_body}, machine(), others_share)


_NOTES = (
    "Each step alone, in a process with nothing else to do; medians. A step alone finds all that it needs in the "
    "caches, so that all of them in a row take longer than their sum.",
    "Counts go to shared memory, and log lines to where standard output goes, as in a worker.",
)


def _app(store: Path) -> Flask:
    """The app as in a worker, with its models loaded."""
    os.environ |= {"MODEL_STORE": str(store), "SERVICE_STORE_POLL_S": "0", "SERVICE_WORKERS": "1"}
    sharing.make_folder()
    sharing.Slot()
    app = create(Threads())
    worker: Worker = app.extensions["heaviside"]
    end_s = time.monotonic() + READY_S
    while not worker.peers.have_started():
        if time.monotonic() > end_s:
            raise PeerFailed("the service did not load its models")
        time.sleep(0.01)
    return app


def _steps(app: Flask, body: Body, samples: int) -> list[float]:
    """Microseconds of each of STEPS."""
    dialect = BY_NAME[OURS].dialects[body.media_type]
    environ = _environ(dialect.path.format(network=body.network.name), dialect.encode(body), body.media_type)
    worker: Worker = app.extensions["heaviside"]
    predictor = worker.catalog.find(body.network.name)
    place, rows = {"model": body.network.name}, {"row": body.rows()}
    outputs = predictor.predict(rows, float("inf"))

    def encode() -> None:
        values = predictions(predictor.signature, outputs)
        if body.media_type == "application/json":
            json_reply({"model": "m", "version": 1, "classes": predictor.signature.classes, "predictions": values})
        else:
            npy_reply(values, {"X-Model": "m", "X-Model-Version": "1"})

    wsgi: Any = app.wsgi_app
    whole = _us(lambda: list(wsgi(environ(), lambda *_: None)), samples)
    view = _us(lambda: predict(Exchange(environ(), worker), **place), samples)
    decode = _us(lambda: read(Exchange(environ(), worker), PREDICT, place, predictor), samples)
    run = _us(lambda: predictor.batcher.beside(rows), samples)
    queued = _us(lambda: predictor.predict(rows, float("inf")), samples)
    return [whole - view, decode, run, queued - run, _us(encode, samples), whole]


def _environ(path: str, content: bytes, media_type: str) -> Callable[[], dict[str, Any]]:
    """What a server makes of a request, anew for each."""
    fixed = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(content)),
        "CONTENT_TYPE": media_type,
        "HTTP_ACCEPT": media_type,
        "wsgi.url_scheme": "http",
    }
    return lambda: {**fixed, "wsgi.input": BytesIO(content)}


def _us(call: Callable[[], object], samples: int) -> float:
    """The median of so many means, in microseconds."""
    call()
    start = time.perf_counter()
    call()
    count = max(1, int(BATCH_S / (time.perf_counter() - start)))
    return median(_mean_us(call, count) for _ in range(samples))


def _mean_us(call: Callable[[], object], count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - start) / count * 1e6
