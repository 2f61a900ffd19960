"""gunicorn's gevent worker, with a while between being told to stop and stopping. Knows neither models nor Flask."""

import logging
import resource
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import Any

import gevent
from gevent import socket as greenlet_socket
from gevent import ssl as greenlet_ssl
from gevent.pool import Pool
from gevent.server import StreamServer
from gunicorn import util
from gunicorn.glogging import Logger
from gunicorn.http import errors as http_errors
from gunicorn.workers.base_async import AsyncWorker
from gunicorn.workers.ggevent import GeventWorker

from service.greenlets import Greenlets
from service.logs import whereabouts
from service.servers import certificates

LOOK_S = 0.1  # how often the worker looks whether it has been told to stop
STALLED_S = 60  # how long a client may send or take nothing in the middle of a request
MIB = 1024 * 1024
SPARE_FILES = 100  # file descriptors that are not connections
HANDSHAKE_S = 10  # how long a client may take until TLS is agreed on
# What is no HTTP that we take, with its status; all else of its kind is 400.
_REFUSALS = {
    http_errors.LimitRequestLine: (414, "URI Too Long"),
    http_errors.LimitRequestHeaders: (431, "Request Header Fields Too Large"),
    http_errors.UnsupportedTransferCoding: (501, "Not Implemented"),
    http_errors.ExpectationFailed: (417, "Expectation Failed"),
}

log = logging.getLogger("heaviside.server")


class QuietLogger(Logger):  # type: ignore[misc]
    """Prepares no access log: the service writes one line per request itself, with the model and the request id."""

    def access(self, *_: Any) -> None:
        """Nothing. gunicorn's own would gather all that it could write, and then not write it."""


class GreenletWorker(GeventWorker):  # type: ignore[misc]  # gunicorn has no types
    """One greenlet per connection, so that slow clients cost memory only.

    After SIGTERM it goes on accepting for `drain_s`, so that /readyz can say so before connections are refused; each
    answer closes its connection. Then it closes those on which nothing is asked, finishes the rest, and ends.
    """

    drain_s = 0.0  # set by gunicorn.conf.py
    client_connections = 0  # of one address; 0: as many as come

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.announce_stop: Callable[[], None] = lambda: None  # set by gunicorn.conf.py when there is an app to tell
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.worker_connections: int = min(self.cfg.worker_connections, max(files - SPARE_FILES, SPARE_FILES))
        self._flow: Greenlets  # of the waits for requests; those within requests are the app's
        self._tls: Any = None  # the context, where there is a certificate
        self._connected: Counter[str] = Counter()  # connections by address

    def patch(self) -> None:
        """Let only the listening sockets wait in gevent's way. The rest of Python stays as it is: see greenlets.py."""
        self.sockets: list[Any] = [
            greenlet_socket.socket(one.FAMILY, socket.SOCK_STREAM, fileno=one.sock.detach()) for one in self.sockets
        ]

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM: stop, but not yet."""
        if self.alive:
            super().handle_exit(sig, frame)  # `alive` is false from here on, which ends connections with their answers
            self.announce_stop()

    def run(self) -> None:
        """Serve until told to stop, drain, and stop."""
        self._flow = Greenlets()
        for name, setting in self.cfg.settings.items():  # or each is looked up in a slow way, thirty for a request
            self.cfg.__dict__[name] = setting.get()
        if self.cfg.is_ssl:
            self._tls = _tls_context(self.cfg)
        servers = [self._serve(listener) for listener in self.sockets]
        while self.alive:
            self._rest()
        self._rest_until(time.monotonic() + self.drain_s)
        for server in servers:
            server.accept_all()
            server.close()
        self._rest()  # who has just connected is about to ask
        end_s = time.monotonic() + self.cfg.graceful_timeout - self.drain_s
        while any(len(server.pool) for server in servers) and time.monotonic() < end_s:
            self._flow.end_waits()  # of connections on which nothing is asked
            self._rest()

    def timeout_ctx(self) -> Any:
        """Around the wait for a next request and its head: when it has taken too long, the connection is closed."""
        return _Unasked(self._flow, self.cfg.keepalive)

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """All requests of one connection."""
        address = addr[0] if addr else ""
        if self.client_connections and self._connected[address] >= self.client_connections:
            client.close()
            return
        self._connected[address] += 1
        try:
            if self._tls is None or (client := self._agreed(client)):
                AsyncWorker.handle(self, listener, client, addr)  # GeventWorker's own would let clients stall for ever
        finally:
            self._connected[address] -= 1
            if not self._connected[address]:
                del self._connected[address]

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:  # noqa: ARG002  # as gunicorn has it
        """Answer what is no HTTP, and log its kind: gunicorn itself would log what was sent, be it a key or a row."""
        status, phrase = _REFUSALS.get(type(exc), (400, "Bad Request"))
        if isinstance(exc, http_errors.ParseException):
            fields = {"kind": type(exc).__name__, "status": status, "client": addr[0] if addr else ""}
            log.warning("request refused", extra={"fields": fields})
        else:
            status, phrase = 500, "Internal Server Error"
            log.error("unforeseen error", extra={"fields": {"exception": whereabouts(exc)}})
        with suppress(Exception):  # whoever sends such things may be gone
            util.write_error(client, status, phrase, "")

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> None:
        """One request."""
        sock.settimeout(STALLED_S)
        answer = _OneWrite(sock)
        try:
            AsyncWorker.handle_request(self, listener_name, req, answer, addr)
        finally:
            answer.flush()
        sock.settimeout(None)
        gevent.sleep(0)  # or a client that asks again at once would keep the others waiting

    def _agreed(self, client: Any) -> Any:
        """The connection with TLS; None, and closed, where the client does not come to terms."""
        try:
            with self._flow.time_limit(HANDSHAKE_S):
                return self._tls.wrap_socket(client, server_side=True)
        except (OSError, TimeoutError) as error:
            log.debug("no TLS", extra={"fields": {"kind": type(error).__name__}})
            client.close()
            return None

    def _serve(self, listener: Any) -> Any:
        listener.setblocking(True)
        address = _Address(listener.getsockname())
        server = _Listener(listener, handle=partial(self.handle, address), spawn=Pool(self.worker_connections))
        server.start()
        return server

    def _rest(self) -> None:
        self.notify()
        gevent.sleep(LOOK_S)

    def _rest_until(self, end_s: float) -> None:
        while time.monotonic() < end_s:
            self._rest()


class _Listener(StreamServer):  # type: ignore[misc]  # gevent has no types
    """Accepts connections."""

    @property
    def max_accept(self) -> int:
        """How many at most in each round of the worker's loop.

        One, or one worker would take all that come together. But with many connections a round is long, and those that
        wait to be accepted must not wait for ever.
        """
        return max(1, len(self.pool) // 4)

    def accept_all(self) -> None:
        """Accept whoever has connected, as their connections would be reset when the port is closed."""
        while not self.full() and (client := self.do_read()):
            self.do_handle(*client)


class _Address:
    """What gunicorn wants of a listening socket, also when that is closed already."""

    def __init__(self, name: Any) -> None:
        self._name = name

    def getsockname(self) -> Any:
        """Where it listens, or has listened."""
        return self._name


class _Unasked:
    """A time limit that ends in silence: whoever has asked nothing needs no answer."""

    def __init__(self, flow: Greenlets, seconds: float) -> None:
        self._limit = flow.time_limit(seconds)

    def __enter__(self) -> None:
        self._limit.__enter__()

    def __exit__(self, kind: type[BaseException] | None, *error: Any) -> bool:
        self._limit.__exit__(kind, *error)
        return kind is TimeoutError


def _tls_context(cfg: Any) -> Any:
    """As gunicorn's settings have it, with sockets that wait in gevent's way."""
    context = greenlet_ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificates.load(context, cfg.certfile, cfg.keyfile)
    context.verify_mode = cfg.cert_reqs
    if cfg.ca_certs:
        context.load_verify_locations(cfg.ca_certs)
    if cfg.ciphers:
        context.set_ciphers(cfg.ciphers)
    return context


class _OneWrite:
    """A socket that sends head and body of an answer together, as two sends would cost more than all of our log."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._parts: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        self.flush()  # whatever else is done with the socket comes after what was written
        return getattr(self._sock, name)

    def sendall(self, part: bytes) -> None:
        """Keep a small part until the next; send a large one, and all before it, at once."""
        self._parts.append(part)
        if len(part) > MIB:
            self.flush()

    def flush(self) -> None:
        """Send what is kept."""
        if self._parts:
            whole = b"".join(self._parts)
            self._parts.clear()
            sent = self._sock.send(whole)  # sendall would first ask the system for the size of its buffer
            if sent < len(whole):
                self._sock.sendall(whole[sent:])
