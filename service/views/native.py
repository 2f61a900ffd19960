"""The service's own protocol: /predict and /predict-class."""

from typing import Any

from flask import Blueprint, Response, g

from models.golden import Tensors
from service.predictions import classes, predictions
from service.predictor import Predictor
from service.responses import json_response, npy_response
from service.schemas import PredictClassRequest, PredictRequest, Query, read_query
from service.tensors import decode_rows
from service.views.reading import request_document, wants_npy, worker

blueprint = Blueprint("native", __name__)

_PREDICT = PredictRequest()
_PREDICT_CLASS = PredictClassRequest()


@blueprint.post("/predict")
@blueprint.post("/models/<model>/predict")
@blueprint.post("/models/<model>/versions/<int(min=1, max=999999999):version>/predict")
def predict(**place: Any) -> Response:
    """Probabilities or values, one per row."""
    query = read_query(_PREDICT, request_document(), place)
    predictor, outputs = _ask(query)
    values = predictions(predictor.signature, outputs)
    if wants_npy():
        return npy_response(values, {"X-Model": g.note.model, "X-Model-Version": g.note.version})
    answer = _answer(predictor)
    if predictor.signature.classes:
        answer["classes"] = predictor.signature.classes
    return json_response(answer | {"predictions": values})


@blueprint.post("/predict-class")
@blueprint.post("/models/<model>/predict-class")
@blueprint.post("/models/<model>/versions/<int(min=1, max=999999999):version>/predict-class")
def predict_class(**place: Any) -> Response:
    """The class of each row, or its labels, with probabilities."""
    query = read_query(_PREDICT_CLASS, request_document(), place)
    predictor, outputs = _ask(query)
    answers = classes(predictor.signature, outputs, query.top_k, query.threshold)
    return json_response(_answer(predictor) | {"predictions": answers})


def _ask(query: Query) -> tuple[Predictor, Tensors]:
    here, note = worker(), g.note
    predictor = here.catalog.find(query.model, query.version, query.label)
    note.model, note.version = predictor.version.name, str(predictor.version.number)
    rows = decode_rows(query.instances, predictor.signature, here.settings.max_rows)
    outputs = predictor.predict(rows)
    note.rows = len(query.instances)
    here.metrics.observe_rows(note.model, note.version, note.rows)
    return predictor, outputs


def _answer(predictor: Predictor) -> dict[str, Any]:
    return {"model": predictor.version.name, "version": predictor.version.number}
