"""Vertex AI's contract with a container: https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements."""

from service.exchange import Exchange
from service.protocol import Protocol, Route
from service.protocols import tfserving as messages
from service.responses import Reply, json_reply
from service.settings import Settings


def health(exchange: Exchange) -> Reply:
    """New requests may come."""
    exchange.worker.check_ready()
    return json_reply({})


def predict(exchange: Exchange) -> Reply:
    """The model's outputs, or classes where the parameters ask for them."""
    predictor = exchange.admit(exchange.model_named())
    document = exchange.document(exchange.content())
    request = messages.read_predict(document, predictor.signature, exchange.worker.settings.max_rows)
    outputs = exchange.predict(predictor, request.rows)
    return json_reply(messages.prediction_answer(request, predictor.version.manifest, outputs))


def protocol(settings: Settings) -> Protocol:
    """At the paths that Vertex AI has chosen; none elsewhere."""
    chosen = (("GET", settings.aip_health_route, health), ("POST", settings.aip_predict_route, predict))
    return Protocol("vertex", tuple(Route(method, path, view) for method, path, view in chosen if path))
