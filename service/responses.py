"""How answers leave the service: as JSON, errors by one table of status and code. Knows no protocol and no Flask."""

import logging
import math
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import numpy as np
import orjson
from werkzeug.exceptions import HTTPException

from models.errors import UnknownLabel, UnknownModel, UnknownVersion
from service import errors, npy
from service.exchange import Exchange
from service.logs import whereabouts

log = logging.getLogger("heaviside.errors")

Document = dict[str, Any]
# From an error, and the status and document that we have for it, to those that a protocol's clients expect.
Explain = Callable[[Exception, int, Document], tuple[int, Document]]

# Each error that a request can meet, with its status and its word for programs. docs/api.md has a line for each.
STATUS_AND_CODE: dict[type[Exception], tuple[int, str]] = {
    errors.InvalidJSON: (400, "invalid_json"),
    errors.UnreadableBody: (400, "unreadable_body"),
    errors.InvalidArray: (400, "invalid_array"),
    errors.InvalidTable: (400, "invalid_table"),
    errors.ControlledElsewhere: (400, "controlled_elsewhere"),
    errors.InvalidCompression: (400, "invalid_compression"),
    errors.InvalidRequest: (400, "invalid_request"),
    errors.ModelNotNamed: (400, "model_not_named"),
    errors.WrongShape: (400, "wrong_shape"),
    errors.WrongFeatures: (400, "wrong_features"),
    errors.NotANumber: (400, "not_a_number"),
    errors.NumberOutOfRange: (400, "number_out_of_range"),
    errors.UnknownCategory: (400, "unknown_category"),
    errors.NotAClassifier: (400, "not_a_classifier"),
    errors.KeyMissing: (401, "key_missing"),
    errors.KeyUnknown: (401, "key_unknown"),
    errors.KeyExpired: (401, "key_expired"),
    errors.ModelForbidden: (403, "model_forbidden"),
    errors.Forbidden: (403, "forbidden"),
    UnknownModel: (404, "unknown_model"),
    UnknownVersion: (404, "unknown_version"),
    UnknownLabel: (404, "unknown_label"),
    errors.NoReport: (404, "no_report"),
    errors.BodyTooLarge: (413, "body_too_large"),
    errors.TooManyRows: (413, "too_many_rows"),
    errors.UnsupportedEncoding: (415, "unsupported_encoding"),
    errors.UnsupportedMediaType: (415, "unsupported_media_type"),
    errors.NonFiniteOutput: (422, "non_finite_output"),
    errors.BodyTooSlow: (408, "body_too_slow"),
    errors.Overloaded: (429, "overloaded"),
    errors.RateExceeded: (429, "rate_exceeded"),
    errors.TooManyAtOnce: (429, "too_many_at_once"),
    errors.DeadlineExceeded: (504, "deadline_exceeded"),
    errors.NotReady: (503, "not_ready"),
    errors.ModelUnavailable: (503, "model_unavailable"),
}

DISCARD_S = 5.0
DISCARD_BYTES = 256 * 1024 * 1024

# What Flask and Werkzeug refuse before a view is asked.
_HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 500: "internal"}

_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


@dataclass(slots=True)
class Reply:
    """What goes back to the client."""

    status: int
    headers: list[tuple[str, str]]
    body: Iterable[bytes]  # parts; usually one
    size: int | None = None  # of the body in bytes, where it is known

    @property
    def status_line(self) -> str:
        """The status as WSGI wants it."""
        return _STATUS_LINES.get(self.status) or f"{self.status} Unknown"


def reply(content: bytes, media_type: str, status: int = 200) -> Reply:
    """A reply of bytes that lie in memory."""
    headers = [("Content-Type", media_type), ("Content-Length", str(len(content)))]
    return Reply(status, headers, [content], len(content))


def json_reply(document: Any, status: int = 200) -> Reply:
    """A reply in JSON; the document may hold NumPy arrays and numbers, and float32 is written in its shortest form."""
    return reply(orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY), "application/json", status)


def npy_reply(values: np.ndarray, headers: dict[str, str]) -> Reply:
    """An array in NumPy's format; what JSON would say beside it stands in `headers`."""
    answer = reply(npy.encode(values), npy.MEDIA_TYPE)
    answer.headers += headers.items()
    return answer


def error_reply(status: int, code: str, message: str, details: Any = ()) -> Reply:
    """An error in its one shape, to which some protocols add."""
    return json_reply(_document(code, message, details), status)


def _document(code: str, message: str, details: Any = ()) -> Document:
    return {"error": message, "code": code, "details": details}


def from_error(error: Exception, exchange: Exchange, explain: Explain | None = None) -> Reply:
    """The answer to any exception: one from the table, one of Werkzeug's, or one that nobody foresaw."""
    if isinstance(error, HTTPException):
        return _from_http_error(error, exchange)
    if type(error) not in STATUS_AND_CODE:
        return _from_unknown_error(error, exchange, explain)
    status, code = STATUS_AND_CODE[type(error)]
    answer = _explained(error, status, _document(code, str(error), getattr(error, "details", ())), explain)
    exchange.fault = code
    answer.headers += _hints(error, status, exchange)
    return answer


def _hints(error: Exception, status: int, exchange: Exchange) -> list[tuple[str, str]]:
    """What the client may do about it."""
    if status == 401:
        asks_for_page = "text/html" in exchange.environ.get("HTTP_ACCEPT", "")  # a browser, which knows Basic only
        return [("WWW-Authenticate", f'{"Basic" if asks_for_page else "Bearer"} realm="heaviside"')]
    if isinstance(error, errors.RateExceeded):
        return [("Retry-After", str(max(1, math.ceil(error.retry_s))))]
    if isinstance(error, errors.NotReady | errors.Overloaded | errors.TooManyAtOnce):
        return [("Retry-After", "1")]
    return []


def _from_http_error(error: HTTPException, exchange: Exchange) -> Reply:
    """What Flask refuses by itself: an unknown path, a wrong method."""
    status = error.code or 500
    method, path = exchange.method, exchange.path[:200]
    messages = {
        404: f"There is nothing at {path}. GET /docs shows what there is.",
        405: f"{method} is not allowed for {path}; use {', '.join(_useful(error))}.",
    }
    message = messages.get(status) or error.description or error.name
    answer = error_reply(status, _HTTP_CODES.get(status, "http_error"), message)
    if status == 405:
        answer.headers.append(("Allow", ", ".join(_allowed(error))))
    return answer


def _from_unknown_error(error: Exception, exchange: Exchange, explain: Explain | None) -> Reply:
    """Nothing of it reaches the client, and of its own words, which may quote the request, nothing the log."""
    fields = {"path": exchange.path[:200], "request_id": exchange.request_id, "exception": whereabouts(error)}
    log.error("unforeseen error", extra={"fields": fields})
    log.debug("what the unforeseen error says", exc_info=error, extra={"fields": {"request_id": exchange.request_id}})
    message = "The service failed on this request; its log tells why, by the request id."
    return _explained(error, 500, _document("internal", message), explain)


def _explained(error: Exception, status: int, document: Document, explain: Explain | None) -> Reply:
    if explain is not None:
        status, document = explain(error, status, document)
    return json_reply(document, status)


def discard_body(exchange: Exchange) -> None:
    """Read on, for a while, what a client still sends of a body that nobody wants.

    Most clients read no answer before they have sent everything, and would see a broken connection instead of it.
    One that asks first (Expect: 100-continue), or announces more than would be read, gets its answer at once.
    """
    if "HTTP_EXPECT" in exchange.environ or (exchange.content_length or 0) > DISCARD_BYTES:
        return
    deadline_s = time.monotonic() + DISCARD_S
    left = DISCARD_BYTES
    stream = exchange.environ["wsgi.input"]
    with suppress(Exception), exchange.worker.flow.time_limit(DISCARD_S):  # each server has errors of its own
        while left > 0 and time.monotonic() < deadline_s and (part := stream.read(min(left, 65536))):
            left -= len(part)


def _useful(error: HTTPException) -> list[str]:
    return [method for method in _allowed(error) if method not in ("HEAD", "OPTIONS")]


def _allowed(error: HTTPException) -> list[str]:
    return sorted(getattr(error, "valid_methods", None) or [])
