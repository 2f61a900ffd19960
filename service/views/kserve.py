"""What KServe's V1 protocol has beside TensorFlow Serving's: https://kserve.github.io/website/latest/modelserving/data_plane/v1_protocol/."""

from service.exchange import Exchange
from service.protocol import Protocol, Route
from service.responses import Reply, json_reply


def alive(exchange: Exchange) -> Reply:  # noqa: ARG001  # as every view
    """The process answers."""
    return json_reply({"status": "alive"})


def list_models(exchange: Exchange) -> Reply:
    """The names of all models."""
    return json_reply({"models": list(exchange.catalog.models)})


PROTOCOL = Protocol("kserve", (Route("GET", "/", alive), Route("GET", "/v1/models", list_models)))
