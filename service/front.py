"""The way of every request: number and clock, the gate, a view, then metrics and log. Knows WSGI, no view by name.

The views of protocols are asked here at once: Flask's request machinery costs about as much as all that they need.
Every other request goes on to Flask. Both have the same routes, errors, metrics and log lines.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, RequestRedirect
from werkzeug.wsgi import get_path_info

from service import responses
from service.clients import Clients
from service.cors import Cors
from service.exchange import ENVIRON_KEY, Exchange
from service.gate import Gate
from service.logs import line_now, write_lines
from service.protocol import Endpoint
from service.responses import Reply
from service.worker import Worker

WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Place = dict[str, Any]

_ASKED_HERE = {"GET", "HEAD", "POST"}  # Flask answers OPTIONS
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}  # a client may make up others
_REJECTED = {401, 403, 408, 429, 504}  # for want of a key, room or time
_AS_IT_SAYS = ("X-Content-Type-Options", "nosniff")  # or a browser may take an answer for a script or a page
_KNOWN_PATHS = 1000  # how many are remembered: models and versions are few, but a client may make up paths

log = logging.getLogger("heaviside.requests")


class _Found(NamedTuple):
    endpoint: Endpoint | None  # None: Flask is to answer
    route: str
    place: Place  # what the path names


class Front:
    """The WSGI callable of one worker, before Flask's."""

    def __init__(self, worker: Worker, flask: WSGI, routes: Map, endpoints: Mapping[str, Endpoint]) -> None:
        self._worker = worker
        self._flask = flask
        self._routes = routes.bind("")
        self._endpoints = endpoints  # by Flask's names for them
        self._cors = Cors(worker.settings.cors_origins)
        self._clients = Clients(worker.settings.trusted_proxies)
        self._gate = Gate(worker, self._clients) if Gate.is_needed(worker) else None
        self._known: dict[tuple[str, str], _Found] = {}  # by method and path
        self._lines: deque[bytes] = deque()  # of the log, to be written soon
        self._is_due = False

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        exchange = Exchange(environ, self._worker)
        try:
            reply = self._ask(exchange)
            if exchange.has_unread_body:
                responses.discard_body(exchange)
        finally:
            if self._gate is not None:
                self._gate.leave(exchange)
        reply.headers += (("X-Request-Id", exchange.request_id), _AS_IT_SAYS)
        reply.headers += self._cors.headers(environ)
        if self._gate is not None:
            reply.headers += self._gate.headers(reply.headers)
        self._write_down(exchange, reply)
        start_response(reply.status_line, reply.headers)
        return reply.body if environ["REQUEST_METHOD"] != "HEAD" else ()

    def _ask(self, exchange: Exchange) -> Reply:
        endpoint, exchange.route, place = self._find(exchange.environ)
        if endpoint is not None:
            exchange.protocol = endpoint.protocol.name
        try:
            if self._gate is not None:
                self._gate.enter(exchange)
            if endpoint is None:
                return self._ask_flask(exchange)
            return endpoint.view(exchange, **place)
        except Exception as error:  # noqa: BLE001  # one place where each becomes an answer; the unforeseen are logged
            if self._gate is not None:
                error = self._gate.veiled(error, exchange)
            return responses.from_error(error, exchange, endpoint.protocol.explain if endpoint else None)
        finally:
            exchange.close()

    def _find(self, environ: dict[str, Any]) -> _Found:
        key = (environ["REQUEST_METHOD"], environ["PATH_INFO"])
        if found := self._known.get(key):
            return found
        try:
            rule, place = self._routes.match(get_path_info(environ), key[0], return_rule=True)
        except (HTTPException, RequestRedirect):
            return _Found(None, "unmatched", {})  # Flask meets it too, and says what is wrong
        endpoint = self._endpoints.get(rule.endpoint) if key[0] in _ASKED_HERE else None
        found = _Found(endpoint, rule.rule, dict(place))
        if len(self._known) >= _KNOWN_PATHS:
            self._known.clear()
        self._known[key] = found
        return found

    def _ask_flask(self, exchange: Exchange) -> Reply:
        started: list[Any] = []
        exchange.environ[ENVIRON_KEY] = exchange
        body = self._flask(exchange.environ, lambda status, headers, _=None: started.extend((status, headers)))
        status, headers = started
        length = dict(headers).get("Content-Length")
        return Reply(int(status[:3]), list(headers), body, length and int(length))

    def _write_down(self, exchange: Exchange, reply: Reply) -> None:
        seconds = time.perf_counter() - exchange.started_s
        self._count(exchange, reply, seconds)
        if log.isEnabledFor(logging.INFO):
            client = self._clients.of(exchange.environ)
            self._lines.append(line_now("info", log.name, "request", _log_fields(exchange, reply, seconds, client)))
            if not self._is_due:
                self._is_due = True
                self._worker.flow.soon(self._write_lines)

    def _write_lines(self) -> None:
        """Those of several requests together, as writing costs more than all else of a line."""
        self._is_due = False  # first, or what another thread adds meanwhile could be left lying
        lines = []
        with suppress(IndexError):  # when there are no more
            while True:
                lines.append(self._lines.popleft())
        write_lines(lines)

    def _count(self, exchange: Exchange, reply: Reply, seconds: float) -> None:
        method = exchange.method
        self._worker.metrics.observe(
            protocol=exchange.protocol,
            route=exchange.route,
            method=method if method in _METHODS else "other",
            status=reply.status,
            model=exchange.model,
            version=exchange.version,
            seconds=seconds,
        )
        if exchange.key is not None and exchange.key.id:
            self._worker.metrics.observe_key(exchange.key.id, reply.status)
        if reply.status in _REJECTED:
            self._worker.metrics.observe_rejection(exchange.fault or "other")
        if exchange.answered_s and reply.status == 200:
            self._worker.metrics.observe_prediction(
                model=exchange.model,
                version=exchange.version,
                rows=exchange.rows,
                decode_s=exchange.decoded_s - exchange.started_s,
                encode_s=exchange.started_s + seconds - exchange.answered_s,
            )


def _log_fields(exchange: Exchange, reply: Reply, seconds: float, client: str) -> dict[str, object]:
    return {
        "request_id": exchange.request_id,
        "method": exchange.method,
        "path": exchange.path[:200],
        "status": reply.status,
        "code": exchange.fault,
        "ms": round(seconds * 1000, 3),
        "model": exchange.model,
        "version": exchange.version,
        "rows": exchange.rows,
        "bytes_in": exchange.content_length or 0,
        "bytes_out": reply.size or 0,
        "client": client,
        "key": exchange.key and exchange.key.id,
    }
