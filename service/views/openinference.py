"""The Open Inference Protocol (V2) with Triton's extensions: https://github.com/kserve/open-inference-protocol."""

from typing import Any

from models.errors import UnknownModel, UnknownVersion, quoted
from service import __version__
from service.catalog import ServedModel
from service.compression import compressed
from service.errors import ControlledElsewhere, InvalidRequest, NotReady
from service.exchange import Exchange
from service.predictor import Predictor
from service.protocol import Document, Protocol, Route
from service.protocols import openinference as messages
from service.protocols import repository
from service.protocols.openinference import Answerer, InferAnswer, InferRequest
from service.responses import Reply, json_reply, reply
from service.statistics import statistics

_EXTENSIONS = (
    "classification", "model_repository", "model_repository(unload_dependents)", "model_configuration",
    "binary_tensor_data", "parameters", "statistics",
)  # fmt: skip
_JSON_LENGTH = "Inference-Header-Content-Length"


def server(exchange: Exchange) -> Reply:  # noqa: ARG001  # as every view
    """Name, version and extensions."""
    return json_reply({"name": "heaviside", "version": __version__, "extensions": _EXTENSIONS})


def live(exchange: Exchange) -> Reply:  # noqa: ARG001  # as every view
    """The process answers."""
    return json_reply({"live": True})


def ready(exchange: Exchange) -> Reply:
    """New requests may come."""
    exchange.worker.check_ready()
    return json_reply({"ready": True, "live": True})


def list_models(exchange: Exchange) -> Reply:
    """The names of all models, as KServe has it."""
    return json_reply({"models": list(exchange.worker.catalog.models)})


def model_ready(exchange: Exchange, model: str, version: int | None = None) -> Reply:
    """The model, or this version of it, can be asked."""
    exchange.find(model, version)
    return json_reply({"name": model, "ready": True})


def metadata(exchange: Exchange, model: str, version: int | None = None) -> Reply:
    """What the model takes and gives."""
    served, predictor = exchange.worker.catalog.model(model), exchange.find(model, version)
    versions = [version] if version is not None else sorted(served.predictors)
    return json_reply(messages.metadata(model, versions, predictor.batcher.name, predictor.signature))


def configuration(exchange: Exchange, model: str, version: int | None = None) -> Reply:
    """The model's configuration, in Triton's words."""
    predictor, settings = exchange.find(model, version), exchange.worker.settings
    most_rows = min(settings.max_rows, predictor.most_rows)
    return json_reply(
        messages.configuration(
            model, settings.versions_per_model, predictor.batcher.name, predictor.signature, most_rows
        )
    )


def show_statistics(exchange: Exchange, model: str | None = None, version: int | None = None) -> Reply:
    """What was counted of all versions, or of some, in all workers."""
    models = exchange.worker.catalog.models
    asked = [exchange.worker.catalog.model(model)] if model else list(models.values())
    numbers = [(served.name, number) for served in asked for number in _numbers(served, version)]
    counted = statistics(exchange.worker.metrics)
    return json_reply(
        {"model_stats": [repository.statistics(name, number, counted[name, str(number)]) for name, number in numbers]}
    )


def infer(exchange: Exchange, model: str, version: int | None = None) -> Reply:
    """The model's outputs, or classes, as JSON and as bytes."""
    predictor = exchange.admit(model, version)
    request = _request(exchange, predictor)
    exchange.timeout_s = request.timeout_s
    outputs = exchange.predict(predictor, request.rows)
    answerer = Answerer(exchange.model, exchange.version, exchange.request_id)
    return _reply(exchange, messages.infer_answer(request, answerer, predictor.signature, outputs))


def index(exchange: Exchange) -> Reply:
    """Every version of every model, and whether it is served."""
    content = exchange.content()
    only_ready = repository.read_index(exchange.document(content) if content else {})
    worker = exchange.worker
    return json_reply(repository.index(worker.catalog.models.values(), worker.orders.newest().unloaded, only_ready))


def load(exchange: Exchange, model: str) -> Reply:
    """Serve a model again that was unloaded, or look at once for what is new of it."""
    _check_control(exchange)
    content = exchange.content()
    repository.check_load(exchange.document(content) if content else {})
    exchange.worker.flow.beside(exchange.worker.load, model)
    return reply(b"", "application/json")


def unload(exchange: Exchange, model: str) -> Reply:
    """Serve a model no more, in any worker, until it is loaded."""
    _check_control(exchange)
    exchange.worker.catalog.model(model)
    exchange.content()
    exchange.worker.flow.beside(exchange.worker.unload, model)
    return reply(b"", "application/json")


def _request(exchange: Exchange, predictor: Predictor) -> InferRequest:
    """A body is JSON, or JSON and bytes, or the bytes of one row: by a header."""
    length, content = exchange.environ.get("HTTP_INFERENCE_HEADER_CONTENT_LENGTH"), exchange.content()
    if length == "0":
        return messages.read_raw(content, predictor.signature)
    size = len(content) if length is None else _json_length(length, len(content))
    document = exchange.json(content[:size])
    return messages.read_infer(document, content[size:], predictor.signature, exchange.worker.settings.max_rows)


def _reply(exchange: Exchange, answer: InferAnswer) -> Reply:
    content, json_length = answer.content()
    if json_length is None:
        written = reply(content, "application/json")
    else:
        written = reply(content, "application/octet-stream")
        written.headers.append((_JSON_LENGTH, str(json_length)))
    return compressed(written, exchange.environ.get("HTTP_ACCEPT_ENCODING", ""))


def _json_length(given: str, most: int) -> int:
    if not (given.isascii() and given.isdigit() and len(given) < 19 and int(given) <= most):
        raise InvalidRequest(f"inference header size should be in range (0, {most}), got: {given[:100]}")
    return int(given)


def _numbers(served: ServedModel, version: int | None) -> list[int]:
    if version is None:
        return sorted(served.predictors)
    return [served.find(version, None).version.number]


def _check_control(exchange: Exchange) -> None:
    if not exchange.worker.settings.repository_control:
        raise ControlledElsewhere(
            "explicit model load / unload is not allowed; an operator may allow it with SERVICE_REPOSITORY_CONTROL=1."
        )


def explain(error: Exception, status: int, document: Document) -> tuple[int, Document]:
    """As Triton says it, for clients that look for its words."""
    match error:
        case UnknownModel():
            return status, document | {"error": f"Request for unknown model: {quoted(error.name)} is not found"}
        case UnknownVersion():
            text = f"Request for unknown model: '{error.name}' version {error.number} is not found"
            return status, document | {"error": text}
        case NotReady():
            return status, document | {"ready": False}
    return status, document


def _routes(path: str, method: str, view: Any) -> tuple[Route, ...]:
    """For a model, and for one of its versions."""
    places = ("/v2/models/<model>", "/v2/models/<model>/versions/<number:version>")
    return tuple(Route(method, place + path, view) for place in places)


PROTOCOL = Protocol(
    "openinference",
    (
        *(Route("GET", path, server) for path in ("/v2", "/v2/")),
        Route("GET", "/v2/health/live", live),
        Route("GET", "/v2/health/ready", ready),
        Route("GET", "/v2/models", list_models),
        Route("GET", "/v2/models/stats", show_statistics),
        *_routes("", "GET", metadata),
        *_routes("/ready", "GET", model_ready),
        *_routes("/config", "GET", configuration),
        *_routes("/stats", "GET", show_statistics),
        *_routes("/infer", "POST", infer),
        Route("POST", "/v2/repository/index", index),
        Route("POST", "/v2/repository/models/<model>/load", load),
        Route("POST", "/v2/repository/models/<model>/unload", unload),
    ),
    explain,
)
