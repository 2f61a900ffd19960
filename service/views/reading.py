"""What every view reads: the worker that its app belongs to, and the body of the current request."""

from typing import Any, cast

from flask import current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from service.bodies import json_object
from service.errors import UnreadableBody
from service.worker import Worker

_UNREADABLE = "The body cannot be read: it is not framed as its headers say, or it ended early."


def worker() -> Worker:
    """Settings, metrics and catalog of this process."""
    return cast("Worker", current_app.extensions["heaviside"])


def json_body() -> dict[str, Any]:
    """The JSON object in the body. Raises what `json_object` raises, and UnreadableBody."""
    return json_object(_body(), request.headers.get("Content-Encoding", ""), worker().settings.max_body_bytes)


def _body() -> bytes:
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise
    except Exception as error:  # each server has its own for broken chunks and for clients that are gone
        raise UnreadableBody(_UNREADABLE) from error
    if len(body) < (request.content_length or 0):
        raise UnreadableBody(_UNREADABLE)
    return body
