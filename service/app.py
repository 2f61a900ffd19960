"""Puts the Flask app together: views, error answers, and what happens before and after every request."""

import logging
import re
import time
import uuid

from flask import Flask, Request, Response, g, request
from flask.globals import request_ctx
from werkzeug.exceptions import HTTPException

from models.errors import ModelsError
from service import responses
from service.errors import ServiceError
from service.views import documentation, inventory, native, operations
from service.views.reading import Note
from service.worker import Worker

EXTENSION = "heaviside"

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}  # a client may make up others
_REQUEST_ID = re.compile(r"[\w.:/+=@-]{1,128}", re.ASCII)  # what a client may put into our log lines

log = logging.getLogger("heaviside.requests")


def create_app(worker: Worker) -> Flask:
    """The WSGI app of one worker. Its views find the worker in `app.extensions`."""
    app = Flask("service", static_folder=None)
    app.url_map.merge_slashes = False  # or //models would be answered by a redirect, in HTML
    app.extensions[EXTENSION] = worker
    # One byte more: of a chunked body Werkzeug gives just so many bytes, and bodies.py sees that it was too long.
    app.config["MAX_CONTENT_LENGTH"] = worker.settings.max_body_bytes + 1
    app.url_map.strict_slashes = False
    for views in (native, inventory, operations, documentation):
        app.register_blueprint(views.blueprint)
    app.register_error_handler(ServiceError, responses.from_known_error)
    app.register_error_handler(ModelsError, responses.from_known_error)
    app.register_error_handler(HTTPException, responses.from_http_error)
    app.register_error_handler(Exception, responses.from_unknown_error)
    app.before_request(_begin)
    app.after_request(lambda response: _finish(worker, response))
    return app


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    g.note = Note(request_id, started_s=time.perf_counter())


def _finish(worker: Worker, response: Response) -> Response:
    note, its_request = g.note, request_ctx.request  # once: each look-up through a proxy costs as much as a small sum
    seconds = time.perf_counter() - note.started_s
    response.headers["X-Request-Id"] = note.request_id
    if response.status_code == 413:
        responses.discard_body()
    worker.metrics.observe(
        route=its_request.url_rule.rule if its_request.url_rule else "unmatched",
        method=its_request.method if its_request.method in _METHODS else "other",
        status=response.status_code,
        model=note.model,
        version=note.version,
        seconds=seconds,
    )
    if log.isEnabledFor(logging.INFO):
        log.info("request", extra={"fields": _log_fields(its_request, response, note, seconds)})
    return response


def _log_fields(its_request: Request, response: Response, note: Note, seconds: float) -> dict[str, object]:
    return {
        "request_id": note.request_id,
        "method": its_request.method,
        "path": its_request.path[:200],
        "status": response.status_code,
        "ms": round(seconds * 1000, 3),
        "model": note.model,
        "version": note.version,
        "rows": note.rows,
        "bytes_in": its_request.content_length or 0,
        "bytes_out": response.content_length or 0,
        "client": its_request.remote_addr or "",
    }
