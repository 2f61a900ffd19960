"""For those who run the service: /livez, /readyz and /metrics."""

from flask import Blueprint, Response

from service.errors import Forbidden
from service.metrics import CONTENT_TYPE
from service.views.reading import exchange, json_response, worker

blueprint = Blueprint("operations", __name__)


@blueprint.get("/livez")
def livez() -> Response:
    """The process answers; nothing is said of models."""
    return json_response({"status": "alive"})


@blueprint.get("/readyz")
def readyz() -> Response:
    """200 where new requests may come; 503 while starting, while stopping, and where a model cannot be served."""
    worker().check_ready()
    return json_response({"status": "ready"})


@blueprint.get("/metrics")
def metrics() -> Response:
    """The counts of all workers, for Prometheus. They tell of all models: not for a key that is for some only."""
    key = exchange().key
    if key is not None and key.models is not None:
        raise Forbidden("Metrics tell of all models, and this key is for some; one without models may read them.")
    return Response(worker().metrics.render(), content_type=CONTENT_TYPE)
