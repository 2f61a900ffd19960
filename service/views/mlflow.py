"""MLflow's scoring server, whose paths are those of Amazon SageMaker too.

Sources: https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally and
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html.
"""

from typing import Any

from models.golden import Tensors
from service import __version__, npy
from service.errors import UnreadableBody, UnsupportedMediaType
from service.exchange import Exchange
from service.predictions import by_row, check_array
from service.predictor import Predictor
from service.protocol import Document, Protocol, Route
from service.protocols import mlflow as messages
from service.protocols.mlflow import Invocation
from service.protocols.options import answer_to
from service.protocols.tables import read_table, write_table
from service.responses import Reply, json_reply, npy_reply, reply

_JSON = ("application/json", "")
_TABLES = ("text/csv", "application/csv")
_WORDS = dict.fromkeys(range(400, 500), "BAD_REQUEST") | {404: "NOT_FOUND", 503: "TEMPORARILY_UNAVAILABLE"}


def ping(exchange: Exchange) -> Reply:
    """New requests may come."""
    exchange.worker.check_ready()
    return reply(b"\n", "application/json")


def version(exchange: Exchange) -> Reply:  # noqa: ARG001  # as every view
    """Of the service."""
    return reply(__version__.encode(), "application/json")


def invocations(exchange: Exchange) -> Reply:
    """The model's outputs, or classes where the parameters ask for them."""
    predictor = exchange.admit(exchange.model_named())
    asked = _read(exchange, predictor)
    outputs = exchange.predict(predictor, asked.rows)
    if asked.options:
        answer = answer_to(asked.options, predictor.version.manifest, outputs, "/params")
        return json_reply({"predictions": _values(outputs)} | answer)
    if exchange.wants_npy:
        check_array(predictor.signature)
        return npy_reply(_values(outputs), {"X-Model": exchange.model, "X-Model-Version": exchange.version})
    if exchange.environ.get("HTTP_ACCEPT", "").partition(";")[0].strip().lower() in _TABLES:
        return reply(write_table(outputs).encode(), "text/csv")
    return json_reply({"predictions": _values(outputs)})


def _values(outputs: Tensors) -> Any:
    """The rows of the one output, or an object by output name for each row, as MLflow has frames."""
    return by_row(outputs) if len(outputs) > 1 else next(iter(outputs.values()))


def _read(exchange: Exchange, predictor: Predictor) -> Invocation:
    """By the content type, which MLflow's server checks, unlike others."""
    kind, limit = _media_type(exchange.environ.get("CONTENT_TYPE", "")), exchange.worker.settings.max_rows
    content = exchange.content()
    if kind in _TABLES:
        return Invocation(read_table(_text(content), predictor.signature, limit), {})
    return messages.read_invocation(exchange.document(content), predictor.signature, limit)


def _media_type(given: str) -> str:
    """Without its parameters. Raises UnsupportedMediaType."""
    kind, _, parameters = given.lower().partition(";")
    is_utf8 = parameters.replace(" ", "").replace('"', "") in ("", "charset=utf-8")
    if not is_utf8 or kind.strip() not in (*_JSON, *_TABLES, npy.MEDIA_TYPE):
        raise UnsupportedMediaType(
            "This predictor only supports the following content types: Types: ['text/csv', 'application/csv', "
            f"'application/json', '{npy.MEDIA_TYPE}'], in UTF-8. Got {given[:100]!r}."
        )
    return kind.strip()


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableBody(f"The body is no UTF-8 text: {error}.") from error


def explain(_: Exception, status: int, document: Document) -> tuple[int, Document]:
    """With the two keys that MLflow's clients read."""
    word = _WORDS.get(status, "INTERNAL_ERROR")
    return status, document | {"error_code": word, "message": document["error"]}


PROTOCOL = Protocol(
    "mlflow",
    (
        Route("GET", "/ping", ping),
        Route("GET", "/health", ping),
        Route("GET", "/version", version),
        Route("POST", "/invocations", invocations),
    ),
    explain,
)
