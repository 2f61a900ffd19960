"""What every view reads: the worker that its app belongs to, and the body of the current request."""

from dataclasses import dataclass
from typing import Any, cast

import orjson
from flask import current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from service import npy
from service.bodies import decompressed, json_object
from service.errors import UnreadableBody
from service.worker import Worker

_UNREADABLE = "The body cannot be read: it is not framed as its headers say, or it ended early."


@dataclass(slots=True)
class Note:
    """What is written down of a request for metrics and log; in `g.note`."""

    request_id: str
    started_s: float  # of time.perf_counter
    model: str = ""  # who answered; empty where none was found
    version: str = ""
    rows: int = 0


def worker() -> Worker:
    """Settings, metrics and catalog of this process."""
    return cast("Worker", current_app.extensions["heaviside"])


def request_document() -> dict[str, Any]:
    """The JSON object in the body; or an array in the npy format as "instances", beside what the query string says.

    Raises what `decompressed`, `json_object` and `npy.decode` raise, and UnreadableBody.
    """
    limit = worker().settings.max_body_bytes
    content = decompressed(_body(), request.headers.get("Content-Encoding", ""), limit)
    if content.startswith(npy.MAGIC):
        return {key: _typed(value) for key, value in request.args.items()} | {"instances": npy.decode(content)}
    return json_object(content, limit)


def wants_npy() -> bool:
    """Whether the client asks for its answer in the npy format."""
    return request.headers.get("Accept", "").partition(";")[0].strip().lower() == npy.MEDIA_TYPE


def _typed(text: str) -> Any:
    """A value of the query string as JSON would give it: a number where it looks like one."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


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
