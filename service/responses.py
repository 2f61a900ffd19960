"""How answers leave the service: as JSON, errors by one table of status and code. Knows Flask, no protocol."""

import logging
import time
from contextlib import suppress
from typing import Any

import numpy as np
import orjson
from flask import Response, request
from werkzeug.exceptions import HTTPException

from models.errors import ModelsError, UnknownLabel, UnknownModel, UnknownVersion
from service import errors, npy

log = logging.getLogger("heaviside.errors")

# Each error that a request can meet, with its status and its word for programs. docs/api.md has a line for each.
STATUS_AND_CODE: dict[type[Exception], tuple[int, str]] = {
    errors.InvalidJSON: (400, "invalid_json"),
    errors.UnreadableBody: (400, "unreadable_body"),
    errors.InvalidArray: (400, "invalid_array"),
    errors.InvalidCompression: (400, "invalid_compression"),
    errors.InvalidRequest: (400, "invalid_request"),
    errors.ModelNotNamed: (400, "model_not_named"),
    errors.WrongShape: (400, "wrong_shape"),
    errors.WrongFeatures: (400, "wrong_features"),
    errors.NotANumber: (400, "not_a_number"),
    errors.NumberOutOfRange: (400, "number_out_of_range"),
    errors.NotAClassifier: (400, "not_a_classifier"),
    UnknownModel: (404, "unknown_model"),
    UnknownVersion: (404, "unknown_version"),
    UnknownLabel: (404, "unknown_label"),
    errors.BodyTooLarge: (413, "body_too_large"),
    errors.TooManyRows: (413, "too_many_rows"),
    errors.UnsupportedEncoding: (415, "unsupported_encoding"),
    errors.NonFiniteOutput: (422, "non_finite_output"),
    errors.NotReady: (503, "not_ready"),
    errors.ModelUnavailable: (503, "model_unavailable"),
}

DISCARD_S = 5.0
DISCARD_BYTES = 256 * 1024 * 1024

# What Flask and Werkzeug refuse before a view is asked.
_HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large", 500: "internal"}


def json_response(document: Any, status: int = 200) -> Response:
    """A JSON response; the document may hold NumPy arrays and numbers, and float32 is written in its shortest form."""
    return Response(orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY), status, mimetype="application/json")


def npy_response(values: np.ndarray, headers: dict[str, str]) -> Response:
    """An array in NumPy's format; what JSON would say beside it stands in `headers`."""
    return Response(npy.encode(values), mimetype=npy.MEDIA_TYPE, headers=headers)


def error_response(status: int, code: str, message: str, details: Any = ()) -> Response:
    """The one shape of all errors."""
    return json_response({"error": message, "code": code, "details": details}, status)


def from_known_error(error: errors.ServiceError | ModelsError) -> Response:
    """The answer to an error that is in the table; any other is a fault of ours."""
    if type(error) not in STATUS_AND_CODE:
        return from_unknown_error(error)
    status, code = STATUS_AND_CODE[type(error)]
    response = error_response(status, code, str(error), getattr(error, "details", ()))
    if isinstance(error, errors.NotReady):
        response.headers["Retry-After"] = "1"
    return response


def from_http_error(error: HTTPException) -> Response:
    """The answer to what Flask refused by itself: an unknown path, a wrong method, a body over the limit."""
    status = error.code or 500
    messages = {
        404: f"There is nothing at {request.path[:200]}. GET /docs shows what there is.",
        405: f"{request.method} is not allowed for {request.path[:200]}; use {', '.join(_useful(error))}.",
        413: "The body is larger than SERVICE_MAX_BODY_MIB allows; send fewer rows at a time.",
    }
    message = messages.get(status) or error.description or error.name
    response = error_response(status, _HTTP_CODES.get(status, "http_error"), message)
    if status == 405:
        response.headers["Allow"] = ", ".join(_allowed(error))
    return response


def from_unknown_error(error: Exception) -> Response:
    """The answer to an error that nobody foresaw: nothing of it reaches the client, all of it the log."""
    log.error("unforeseen error", exc_info=error, extra={"fields": {"path": request.path}})
    return error_response(500, "internal", "The service failed on this request; its log tells why, by the request id.")


def discard_body() -> None:
    """Read on, for a while, what a client still sends of a body that was refused.

    Most clients read no answer before they have sent everything, and would see a broken connection instead of it.
    One that asks first (Expect: 100-continue), or announces more than would be read, gets its answer at once.
    """
    if "Expect" in request.headers or (request.content_length or 0) > DISCARD_BYTES:
        return
    deadline_s = time.monotonic() + DISCARD_S
    left = DISCARD_BYTES
    stream = request.environ["wsgi.input"]
    with suppress(Exception):  # each server has its own for broken chunks and for clients that are gone
        while left > 0 and time.monotonic() < deadline_s and (part := stream.read(min(left, 65536))):
            left -= len(part)


def _useful(error: HTTPException) -> list[str]:
    return [method for method in _allowed(error) if method not in ("HEAD", "OPTIONS")]


def _allowed(error: HTTPException) -> list[str]:
    return sorted(getattr(error, "valid_methods", None) or [])
