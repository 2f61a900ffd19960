"""The service's own protocol: /predict and /predict-class."""

from typing import Any

import numpy as np

from models.golden import Tensors
from models.signature import Signature
from service.coverage import check_keys, intervals, sets
from service.exchange import Exchange
from service.plain import is_plain
from service.predictions import check_array, classes, predictions, records
from service.predictor import Predictor
from service.protocol import Protocol, Route
from service.responses import Reply, json_reply, npy_reply
from service.schemas import PredictClassRequest, PredictRequest, Query, read_query
from service.tensors import decode_rows

PREDICT = PredictRequest()
PREDICT_CLASS = PredictClassRequest()


def predict(exchange: Exchange, **place: Any) -> Reply:
    """Probabilities, decisions or values, one per row, with intervals where a coverage is asked."""
    query, predictor, outputs = _ask(exchange, PREDICT, place)
    signature = predictor.signature
    if len(outputs) > 1:
        return _records(exchange, query, predictor, outputs)
    values = predictions(signature, outputs)
    if exchange.wants_npy:
        return _as_array(exchange, query, values)
    answer = _answer(predictor)
    if signature.classes:
        answer["classes"] = signature.classes
        if signature.is_hard:
            answer["probabilities"] = False
    if query.coverage is not None:
        answer["intervals"] = intervals(predictor.version.manifest, outputs, query.coverage)
    return json_reply(answer | {"predictions": values})


def predict_class(exchange: Exchange, **place: Any) -> Reply:
    """The class of each row, or its labels, with probabilities where the model knows any, and sets for a coverage."""
    query, predictor, outputs = _ask(exchange, PREDICT_CLASS, place)
    answer = _answer(predictor)
    answer["predictions"] = classes(predictor.signature, outputs, query.top_k, query.threshold)
    if query.coverage is not None:
        answer["sets"] = sets(predictor.version.manifest, outputs, query.coverage)
    return json_reply(answer)


_PLACES = ("", "/models/<model>", "/models/<model>/versions/<number:version>")
PROTOCOL = Protocol(
    "native",
    tuple(
        Route("POST", place + path, view)
        for place in _PLACES
        for path, view in (("/predict", predict), ("/predict-class", predict_class))
    ),
)


def _records(exchange: Exchange, query: Query, predictor: Predictor, outputs: Tensors) -> Reply:
    """An object by output name for each row, and what holds for an output by its name."""
    if exchange.wants_npy:
        check_array(predictor.signature)
    if query.coverage is not None:
        intervals(predictor.version.manifest, outputs, query.coverage)  # which a model with several outputs has not
    answer, parts = _answer(predictor), {part.outputs[0].name: part for part in predictor.signature.parts}
    if named := {name: part.classes for name, part in parts.items() if part.classes}:
        answer["classes"] = named
    if hard := {name: False for name, part in parts.items() if part.classes and part.is_hard}:
        answer["probabilities"] = hard
    return json_reply(answer | {"predictions": records(predictor.signature, outputs)})


def _ask(exchange: Exchange, schema: PredictRequest, place: dict[str, Any]) -> tuple[Query, Predictor, Tensors]:
    """What is asked, who answers it, and the answer."""
    named = exchange.admit(**place) if place else None
    query, predictor, rows = read(exchange, schema, place, named)
    return query, predictor, exchange.predict(predictor, rows)


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
    worker, tensor = exchange.worker, signature.inputs[0]
    if len(signature.inputs) > 1 or not tensor.is_plain:
        return None
    rows = worker.plain_rows.read(content, tensor.shape, worker.settings.max_rows)
    return None if rows is None else {tensor.name: rows}


def _as_array(exchange: Exchange, query: Query, values: np.ndarray) -> Reply:
    check_keys(query.coverage)
    return npy_reply(values, {"X-Model": exchange.model, "X-Model-Version": exchange.version})


def _answer(predictor: Predictor) -> dict[str, Any]:
    return {"model": predictor.version.name, "version": predictor.version.number}
