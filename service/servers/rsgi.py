"""Between Granian's own interface, RSGI, and the service's WSGI callable. Knows neither models nor Flask.

Granian could call a WSGI app itself, on threads: but there a client that sends its body slowly holds a thread, for as
long as it likes, and threads that run Python at the same time hinder each other.
The interface: https://github.com/emmett-framework/granian/blob/master/docs/spec/RSGI.md
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

from service.tasks import Tasks


class RsgiApp:
    """What Granian calls in each worker: first to begin, then with each request, at last to end."""

    def __init__(
        self,
        create: Callable[[Tasks], Any],
        begin: Callable[[Any], None],
        end: Callable[[Any], None],
        is_ending: Callable[[], bool],
    ) -> None:
        self._create = create
        self._begin = begin
        self._end = end
        self._is_ending = is_ending
        self._app: Any = None
        self._flow: Tasks

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Make the app, in the thread that it will run in."""
        self._flow = Tasks(loop)
        self._app = self._create(self._flow)
        self._begin(self._app)

    def __rsgi_del__(self, _: asyncio.AbstractEventLoop) -> None:
        """All requests have been answered."""
        self._end(self._app)

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request."""
        await self._flow.run(self._answer, scope, protocol)

    def _answer(self, scope: Any, protocol: Any) -> None:
        started: list[Any] = []
        environ = _environ(scope)
        environ["wsgi.input"] = _Body(protocol, self._flow, environ.get("CONTENT_LENGTH"))
        parts = self._app(environ, lambda status, headers, _=None: started.extend((status, headers)))
        try:
            body = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        status, headers = started
        if self._is_ending():
            headers.append(("Connection", "close"))  # or Granian would close it later, while the client asks again
        protocol.response_bytes(int(status[:3]), headers, b"" if scope.method == "HEAD" else body)


class _Body:
    """The body of a request as WSGI gives it: a file that is read once."""

    def __init__(self, protocol: Any, flow: Tasks, length: str | None) -> None:
        self._protocol = protocol
        self._flow = flow
        self._length = int(length) if length else None  # None where it is chunked
        self._parts: Any = None
        self._left = b""

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; none at the end. Raises what Granian raises where the client has gone."""
        if self._parts is None and self._length is not None and size >= self._length:
            self._parts = ()
            body: bytes = self._flow.result_of(self._protocol())  # all of it at once
            return body
        if self._parts is None:
            self._parts = aiter(self._protocol)
        if not self._left and self._parts:
            self._left = self._next()
        given, self._left = self._left[:size], self._left[size:]
        return given

    def _next(self) -> bytes:
        """The next part, or an empty one at the end. Raises ConnectionError where the body broke off.

        Granian gives an empty part at the end, and two where there was an error before it.
        """
        part = self._part()
        if not part and self._part() is not None:
            raise ConnectionError("the body broke off, or has trailers")
        return part or b""

    def _part(self) -> bytes | None:
        try:
            part: Awaitable[bytes] = anext(self._parts)
        except StopAsyncIteration:
            return None
        return self._flow.result_of(part)


def _environ(scope: Any) -> dict[str, Any]:
    """What PEP 3333 asks for, as far as the service reads it."""
    address, _, port = scope.client.rpartition(":")
    environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": address,
        "REMOTE_PORT": port,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input_terminated": True,
        "wsgi.errors": None,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        if key := _key(name):
            environ[key] = f"{environ[key]},{value}" if key in environ else value
    return environ


@lru_cache  # names are few, but a client may make up others
def _key(name: str) -> str:
    """Where a header stands in WSGI; "" for one that could pass for another there, with "_" in place of "-"."""
    if "_" in name:
        return ""
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
