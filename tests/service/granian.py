"""Granian as far as an app sees it: scopes, protocols and an event loop. Knows no HTTP."""

import asyncio
from types import SimpleNamespace
from urllib.parse import unquote

from service.servers.rsgi import RsgiApp
from tests.service.crowds import in_time

# In the place of a part:
BROKEN = object()  # the client has gone, or what it sends is no chunk
NEVER = object()  # nothing more arrives


class ProtocolClosed(Exception):
    """As Granian raises, where the client has gone."""


class Headers:
    """Granian's headers: names are in small letters, and one that is there twice is there twice."""

    def __init__(self, pairs):
        self._pairs = [(name.lower(), value) for name, value in pairs]

    def items(self):
        return list(self._pairs)


class Protocol:
    """Granian's HTTP protocol: a body that comes at once where it is called, and in parts where it is iterated.

    As there (granian 2.8, src/rsgi/io.rs), what is awaited is a future, and an empty part says that there is no more. A
    body that breaks off raises where it is called for; where it is iterated, there is an empty part before the last.
    """

    def __init__(self, loop, parts):
        self._loop = loop
        self._parts = list(parts)
        self._is_taken = False
        self._has_ended = False
        self.answers = []

    def __call__(self):
        self._take()
        if self._parts and self._parts[-1] in (BROKEN, NEVER):
            return self._future(self._parts[-1])
        return self._future(b"".join(self._parts))

    def __aiter__(self):
        self._take()
        return self

    def __anext__(self):
        if self._has_ended:
            raise StopAsyncIteration
        part = self._parts.pop(0) if self._parts else b""
        self._has_ended = part == b""
        return self._future(b"" if part is BROKEN else part)

    def response_bytes(self, status, headers, body):
        self.answers.append((status, headers, body))

    def _take(self):
        if self._is_taken:
            raise RuntimeError("the body has been taken already")
        self._is_taken = True

    def _future(self, part):
        future = self._loop.create_future()
        if part is BROKEN:
            self._loop.call_soon(future.set_exception, ProtocolClosed())
        elif part is not NEVER:
            self._loop.call_soon(lambda: future.cancelled() or future.set_result(part))
        return future


class Granian:
    """A worker of Granian as far as an app sees it: an event loop that calls the app with each request."""

    def __init__(self, create):
        self.loop = asyncio.new_event_loop()
        self.events = []
        self.is_ending = False
        self.app = RsgiApp(create, self.events.append, self.events.append, lambda: self.is_ending)
        self.app.__rsgi_init__(self.loop)

    def stop(self):
        self.app.__rsgi_del__(self.loop)
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()

    def ask(self, method, target, parts=(), headers=(), **scope):
        """Status, headers and body of the answer to one request."""
        return self.ask_at_once((method, target, parts, headers, scope))[0]

    def ask_at_once(self, *requests):
        """The answers to several requests, each with all that `ask` takes."""
        return self.loop.run_until_complete(in_time(self._ask(*request) for request in requests))

    async def _ask(self, method, target, parts=(), headers=(), scope=()):
        path, _, query = target.partition("?")
        fields = {
            "method": method,
            "path": unquote(path, errors="replace"),  # Granian hands it over decoded
            "query_string": query,
            "headers": Headers(headers),
            "client": "127.0.0.1:50000",
            "http_version": "1.1",
            "scheme": "http",
        }
        protocol = Protocol(self.loop, parts)
        await self.app.__rsgi__(SimpleNamespace(**fields | dict(scope)), protocol)
        ((status, given, body),) = protocol.answers
        return status, dict(given), body
