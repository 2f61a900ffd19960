"""Who may come in: keys, their rates, how much of one client is under way, and which port has what. Knows no view.

Everything needs a key, where keys are needed, but what is in `OPEN`; so a route that is new needs one.
"""

import base64
import binascii
import time
from typing import Any

from werkzeug.exceptions import NotFound

from service.clients import Clients
from service.errors import KeyExpired, KeyMissing, KeyUnknown, NotReady, RateExceeded, TooManyAtOnce
from service.exchange import Exchange
from service.keys import NOBODY, Key
from service.rates import Rates
from service.worker import Worker

# What load balancers and orchestrators ask, who have no key: these tell whether requests may come, and nothing else.
OPEN = frozenset({"/livez", "/readyz", "/", "/ping", "/health", "/v2/health/live", "/v2/health/ready"})
# What is on the management port only, where there is one.
MANAGEMENT = frozenset(
    {"/metrics", "/v2/repository/models/<model>/load", "/v2/repository/models/<model>/unload"}
)  # fmt: skip

_HOW = 'as "Authorization: Bearer KEY" or "X-API-Key: KEY"'
_NOT_READY = "The service is not ready. Its log tells why, and so does this path with a key for all models."


class Gate:
    """What the front asks before any view, where an operator has set any of it."""

    def __init__(self, worker: Worker, clients: Clients) -> None:
        settings = worker.settings
        self._worker = worker
        self._clients = clients
        self._needs_keys = settings.api_keys_file is not None
        self._rates = Rates(worker.peers.folder)
        self._under_way: dict[str, int] = {}  # requests, by who asks
        self._management_port = str(settings.management_port or "")
        self._open = OPEN | {settings.aip_health_route}
        # A browser asks without a key whether it may send one.
        self._answers_preflights = bool(settings.cors_origins)

    @staticmethod
    def is_needed(worker: Worker) -> bool:
        """Whether there is anything to look at."""
        settings = worker.settings
        return bool(settings.api_keys_file or settings.management_port or settings.client_requests)

    def enter(self, exchange: Exchange) -> None:
        """Let a request in, or raise why not: nothing has been read of its body."""
        is_open = self._is_open(exchange)
        if self._needs_keys:
            exchange.key = self._key_if_any(exchange) if is_open else self._key(exchange)
        if self._management_port and not is_open:
            self._check_port(exchange)
        if not is_open:
            self._take_seat(exchange)
            self._check_rate(exchange.key)

    def leave(self, exchange: Exchange) -> None:
        """The request has been answered."""
        if exchange.seat is not None:
            self._under_way[exchange.seat] -= 1
            if not self._under_way[exchange.seat]:
                del self._under_way[exchange.seat]

    def veiled(self, error: Exception, exchange: Exchange) -> Exception:
        """What may be told of an error: why a service is not ready names models."""
        if isinstance(error, NotReady) and exchange.key is not None and exchange.key.models is not None:
            return NotReady(_NOT_READY)
        return error

    def headers(self, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """What to add to those of an answer: what was answered to one key is nobody else's, also not a cache's."""
        if not self._needs_keys or "Cache-Control" in dict(headers):
            return []
        return [("Cache-Control", "no-store")]

    def _is_open(self, exchange: Exchange) -> bool:
        if exchange.route in self._open and exchange.method in ("GET", "HEAD"):
            return True
        is_preflight = self._answers_preflights and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in exchange.environ
        return is_preflight and exchange.method == "OPTIONS"

    def _key_if_any(self, exchange: Exchange) -> Key:
        try:
            return self._key(exchange)
        except (KeyMissing, KeyUnknown, KeyExpired, NotReady):
            return NOBODY

    def _key(self, exchange: Exchange) -> Key:
        """Raises KeyMissing, KeyUnknown, KeyExpired or NotReady."""
        keys = self._worker.keys
        if keys is None:
            raise NotReady(_NOT_READY)
        given = _given(exchange.environ)
        if given is None:
            raise KeyMissing(f"This service needs an API key, {_HOW}.")
        key = keys.find(given)
        if key is None:
            raise KeyUnknown("The API key is none of this service's.")
        if key.expires_s is not None and key.expires_s <= time.time():
            raise KeyExpired(f"The API key {key.id!r} has expired; ask whoever runs the service for another.")
        return key

    def _check_port(self, exchange: Exchange) -> None:
        """Raises NotFound."""
        is_there = exchange.environ.get("SERVER_PORT") == self._management_port
        if is_there != (exchange.route in MANAGEMENT):
            raise NotFound

    def _take_seat(self, exchange: Exchange) -> None:
        """Raises TooManyAtOnce."""
        key = exchange.key
        most = (key and key.at_once) or self._worker.settings.client_requests
        if not most:
            return
        name = f"key {key.id}" if key is not None else self._clients.of(exchange.environ)
        under_way = self._under_way.get(name, 0)
        if under_way >= most:
            raise TooManyAtOnce(f"{most} requests of this client are under way already; wait for their answers.")
        self._under_way[name] = under_way + 1
        exchange.seat = name

    def _check_rate(self, key: Key | None) -> None:
        """Raises RateExceeded."""
        if key is None or key.rate is None:
            return
        if wait_s := self._rates.wait_s(key.id, key.rate):
            rate = f"{key.rate.requests} requests in {key.rate.period_s:.0f} seconds"
            raise RateExceeded(f"The API key {key.id!r} is for {rate}; try again later.", wait_s)


def _given(environ: dict[str, Any]) -> str | None:
    """The key that a request has brought.

    X-API-Key goes first: Authorization may be meant for somebody on the way. A password is a key too, whatever the
    user's name, as some clients and all browsers can send nothing else.
    """
    if key := environ.get("HTTP_X_API_KEY"):
        return str(key)
    scheme, _, key = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    scheme = scheme.lower()
    if scheme == "bearer":
        return key.strip() or None
    if scheme == "basic" and not _is_from_elsewhere(environ):
        return _password(key)
    return None


def _password(word: str) -> str | None:
    try:
        return base64.b64decode(word.strip(), validate=True).decode().partition(":")[2] or None
    except (binascii.Error, ValueError):
        return None


def _is_from_elsewhere(environ: dict[str, Any]) -> bool:
    """Whether a page of another origin made a browser ask, which adds a password that it knows by itself."""
    origin: str | None = environ.get("HTTP_ORIGIN")
    return origin is not None and origin.partition("://")[2].lower() != environ.get("HTTP_HOST", "").lower()
