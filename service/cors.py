"""Which pages of other origins may ask from a browser: https://fetch.spec.whatwg.org/#http-cors-protocol."""

from collections.abc import Sequence
from typing import Any

ANY = "*"
_PREFLIGHT = [
    ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
    ("Access-Control-Max-Age", "600"),
]
_EXPOSED = ("Access-Control-Expose-Headers", "X-Request-Id, X-Model, X-Model-Version, Inference-Header-Content-Length")


class Cors:
    """The headers for browsers; none without origins."""

    def __init__(self, origins: Sequence[str]) -> None:
        self._origins = frozenset(origin.lower() for origin in origins)

    def headers(self, environ: dict[str, Any]) -> list[tuple[str, str]]:
        """What to add to the answer of a request."""
        if not self._origins:
            return []
        origin = environ.get("HTTP_ORIGIN", "")
        if ANY in self._origins:
            return [("Access-Control-Allow-Origin", ANY), *self._rest(environ)] if origin else []
        if origin.lower() not in self._origins:
            return [("Vary", "Origin")]
        return [("Access-Control-Allow-Origin", origin), ("Vary", "Origin"), *self._rest(environ)]

    def _rest(self, environ: dict[str, Any]) -> list[tuple[str, str]]:
        if environ["REQUEST_METHOD"] != "OPTIONS":
            return [_EXPOSED]
        asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
        return [*_PREFLIGHT, ("Access-Control-Allow-Headers", asked)] if asked else _PREFLIGHT
