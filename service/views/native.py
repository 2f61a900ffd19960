"""The service's own protocol: /predict and /predict-class."""

import time
from typing import Any

from models.golden import Tensors, row_count
from models.signature import Signature
from service.exchange import Exchange
from service.plain import is_plain
from service.predictions import classes, predictions
from service.predictor import Predictor
from service.responses import Reply, json_reply, npy_reply
from service.schemas import PredictClassRequest, PredictRequest, Query, read_query
from service.tensors import decode_rows

PREDICT = PredictRequest()
PREDICT_CLASS = PredictClassRequest()


def predict(exchange: Exchange, **place: Any) -> Reply:
    """Probabilities or values, one per row."""
    _, predictor, outputs = _ask(exchange, PREDICT, place)
    values = predictions(predictor.signature, outputs)
    if exchange.wants_npy:
        return npy_reply(values, {"X-Model": exchange.model, "X-Model-Version": exchange.version})
    answer = _answer(predictor)
    if predictor.signature.classes:
        answer["classes"] = predictor.signature.classes
    return json_reply(answer | {"predictions": values})


def predict_class(exchange: Exchange, **place: Any) -> Reply:
    """The class of each row, or its labels, with probabilities."""
    query, predictor, outputs = _ask(exchange, PREDICT_CLASS, place)
    answers = classes(predictor.signature, outputs, query.top_k, query.threshold)
    return json_reply(_answer(predictor) | {"predictions": answers})


_OF_VERSION = "/models/<model>/versions/<int(min=1, max=999999999):version>"
ROUTES = {
    "/predict": predict,
    "/models/<model>/predict": predict,
    f"{_OF_VERSION}/predict": predict,
    "/predict-class": predict_class,
    "/models/<model>/predict-class": predict_class,
    f"{_OF_VERSION}/predict-class": predict_class,
}


def _ask(exchange: Exchange, schema: PredictRequest, place: dict[str, Any]) -> tuple[Query, Predictor, Tensors]:
    """What is asked, who answers it, and the answer."""
    named = None
    if place:
        named = exchange.find(**place)
        named.batcher.admit(exchange.deadline_s(named.limits.request_timeout_s))  # before the body is read
    query, predictor, rows = read(exchange, schema, place, named)
    exchange.rows = row_count(rows)
    exchange.decoded_s = time.perf_counter()
    outputs = predictor.predict(rows, exchange.deadline_s(predictor.limits.request_timeout_s))
    exchange.answered_s = time.perf_counter()
    if query.version is None and query.label is None:
        exchange.ask_shadow(predictor, rows, outputs)
    return query, predictor, outputs


def read(
    exchange: Exchange, schema: PredictRequest, place: dict[str, Any], named: Predictor | None
) -> tuple[Query, Predictor, Tensors]:
    """What is asked, who is to answer it, and the rows; `named` is who the path names. Raises what its steps raise."""
    content = exchange.content()
    if is_plain(content):
        predictor = named or exchange.find(**place)
        if (rows := _plain_rows(exchange, content, predictor.signature)) is not None:
            return Query(**place), predictor, rows
    query = read_query(schema, exchange.document(content), place)
    predictor = exchange.find(query.model, query.version, query.label)
    return query, predictor, decode_rows(query.instances, predictor.signature, exchange.worker.settings.max_rows)


def _plain_rows(exchange: Exchange, content: bytes, signature: Signature) -> Tensors | None:
    if len(signature.inputs) > 1:
        return None
    worker, tensor = exchange.worker, signature.inputs[0]
    rows = worker.plain_rows.read(content, tensor.shape, worker.settings.max_rows)
    return None if rows is None else {tensor.name: rows}


def _answer(predictor: Predictor) -> dict[str, Any]:
    return {"model": predictor.version.name, "version": predictor.version.number}
