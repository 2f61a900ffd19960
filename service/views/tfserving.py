"""TensorFlow Serving's REST protocol: https://www.tensorflow.org/tfx/serving/api_rest."""

from typing import Any

from models.errors import UnknownLabel, UnknownModel, UnknownVersion
from service.catalog import ServedModel
from service.errors import InvalidJSON, InvalidRequest
from service.exchange import Exchange
from service.protocol import Document, Protocol, Route
from service.protocols import tfserving as messages
from service.responses import Reply, json_reply


def predict(exchange: Exchange, **place: Any) -> Reply:
    """The model's outputs, by row or by column."""
    predictor = exchange.admit(**place)
    request = messages.read_predict(_document(exchange), predictor.signature, exchange.worker.settings.max_rows)
    outputs = exchange.predict(predictor, request.rows)
    return json_reply(messages.prediction_answer(request, predictor.version.manifest, outputs))


def classify(exchange: Exchange, **place: Any) -> Reply:
    """All classes of each example, with their probabilities."""
    predictor = exchange.admit(**place)
    limit = exchange.worker.settings.max_rows
    rows = messages.read_examples(_document(exchange), predictor.signature, limit, messages.CLASSIFY)
    return json_reply(messages.classification_answer(predictor.signature, exchange.predict(predictor, rows)))


def regress(exchange: Exchange, **place: Any) -> Reply:
    """The value of each example."""
    predictor = exchange.admit(**place)
    limit = exchange.worker.settings.max_rows
    rows = messages.read_examples(_document(exchange), predictor.signature, limit, messages.REGRESS)
    return json_reply(messages.regression_answer(predictor.signature, exchange.predict(predictor, rows)))


def status(exchange: Exchange, model: str, version: int | None = None, label: str | None = None) -> Reply:
    """The versions of a model, or the one that is asked for, and whether they are served."""
    served = exchange.catalog.model(model)
    if label is not None:
        version = served.find(None, label).version.number
    states = _states(served, version)
    answer: Document = {"model_version_status": states}
    if exchange.worker.settings.v1_status == "kserve":
        answer |= {"name": model, "ready": any(state["state"] == "AVAILABLE" for state in states)}
    return json_reply(answer)


def metadata(exchange: Exchange, **place: Any) -> Reply:
    """The signatures of a version."""
    predictor = exchange.find(**place)
    return json_reply(messages.metadata(exchange.model, predictor.version.number, predictor.signature))


def malformed(exchange: Exchange, rest: str) -> Reply:  # noqa: ARG001  # the path is in the exchange
    """Whatever else is asked under /v1."""
    raise InvalidRequest(f"Malformed request: {exchange.method} {exchange.path[:200]}")


def _document(exchange: Exchange) -> Document:
    content = exchange.content()
    if not content:
        raise InvalidJSON("The document is empty")
    return exchange.document(content)


def _states(served: ServedModel, version: int | None) -> list[Document]:
    states = {number: messages.version_status(number, reason) for number, reason in served.refused.items()}
    states |= {number: messages.version_status(number) for number in served.predictors}
    if version is None:
        return [states[number] for number in sorted(states, reverse=True)]
    if version not in states:
        raise UnknownVersion(served.name, version, sorted(served.predictors))
    return [states[version]]


def explain_status(error: Exception, status: int, document: Document) -> tuple[int, Document]:
    """As TensorFlow Serving says it of a model's status."""
    match error:
        case UnknownModel():
            return status, document | {"error": f"Could not find any versions of model {error.name[:100]}"}
        case UnknownVersion():
            return status, document | {"error": f"Could not find version {error.number} of model {error.name}"}
    return explain(error, status, document)


def explain(error: Exception, status: int, document: Document) -> tuple[int, Document]:
    """As TensorFlow Serving says it; a label that is unknown is a bad request there."""
    match error:
        case UnknownModel():
            return status, document | {"error": f"Servable not found for request: Latest({error.name[:100]})"}
        case UnknownVersion():
            return status, document | {
                "error": f"Servable not found for request: Specific({error.name}, {error.number})"
            }
        case UnknownLabel():
            return 400, document | {"error": f"Unrecognized servable version label: {error.label[:100]}"}
        case InvalidJSON():
            return status, document | {"error": f"JSON Parse error: {error}"}
    return status, document


_PLACES = (
    "/v1/models/<name:model>",
    "/v1/models/<name:model>/versions/<number:version>",
    "/v1/models/<name:model>/labels/<name:label>",
)
PROTOCOL = Protocol(
    "tfserving",
    (
        *(
            Route("POST", f"{place}:{view.__name__}", view)
            for place in _PLACES
            for view in (predict, classify, regress)
        ),
        *(Route("GET", f"{place}/metadata", metadata) for place in _PLACES),
        *(Route(method, "/v1/<path:rest>", malformed) for method in ("GET", "POST")),
    ),
    explain,
)
STATUS = Protocol("tfserving", tuple(Route("GET", place, status) for place in _PLACES), explain_status)
